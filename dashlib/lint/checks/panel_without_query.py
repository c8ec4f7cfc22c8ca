"""A panel that draws data has a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.declare.panel_kinds import kinds_that_show
from dashlib.documents.datasource_kinds import OWN, takes_promql
from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.documents.dashboards import Query
    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "panel-without-query",
    "error",
    "A panel that draws data has a query.",
    peers=("dashboard-linter panel-no-targets",),
)


# Grafana's own kinds that draw nothing but data. Of a plugin nobody knows whether it needs any.
_KINDS = kinds_that_show("value", "lines", "states", "rows", "numbers", "records") | {
    "graph", "singlestat", "table-old", "grafana-piechart-panel",
}  # fmt: skip


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel that has no query, and every query without an expression."""
    for panel in lint.panels:
        if panel.kind not in _KINDS or panel.data.get("libraryPanel") or panel.data.get("snapshotData"):
            continue
        linted = panel.linted
        empty = [query.text_pointer for query in panel.queries if _is_empty(query)]
        if len(empty) == len(panel.queries) and panel.dashboard.datasources.of(panel.datasource) != OWN:
            yield linted.problem(panel.pointer, f"{panel.name} has no query")
            continue
        for pointer in empty:
            yield linted.problem(
                pointer,
                f"a query of {panel.name} is empty and is never run",
                suggestion="remove it",
                severity="info",
            )


def _is_empty(query: Query) -> bool:
    return isinstance(query.data.get("expr"), str) and not query.text and takes_promql(query.datasource_kind)
