"""A panel that draws data asks for some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashlib.declare.panel_kinds import kinds_that_show
from dashlib.documents.datasource_kinds import OWN, takes_promql
from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Panel

CHECK = Check(
    "panel-without-query",
    "error",
    "A panel that draws data asks for some.",
    peers=("dashboard-linter panel-no-targets",),
)


# Grafana's own kinds that draw nothing but data. Of a plugin nobody knows whether it needs any.
_KINDS = kinds_that_show("value", "lines", "states", "rows") | {
    "graph", "singlestat", "barchart", "piechart", "table-old", "heatmap", "histogram", "status-history", "logs",
    "trend", "candlestick", "nodeGraph", "traces", "flamegraph", "grafana-piechart-panel",
}  # fmt: skip


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel that asks for nothing, and every query without an expression."""
    for panel in lint.panels:
        if panel.kind not in _KINDS or panel.data.get("libraryPanel") or panel.data.get("snapshotData"):
            continue
        linted = panel.dashboard.linted
        empty = [pointer for pointer, target in panel.targets if _is_empty(panel, target)]
        if len(empty) == len(panel.targets) and panel.dashboard.datasources.of(panel.data.get("datasource")) != OWN:
            yield linted.problem(panel.pointer, f"{panel.name} asks for nothing")
            continue
        for pointer in empty:
            yield linted.problem(
                f"{pointer}/expr",
                f"a query of {panel.name} is empty, and is not asked",
                suggestion="remove it",
                severity="info",
            )


def _is_empty(panel: Panel, target: dict[str, Any]) -> bool:
    expression = target.get("expr")
    return (
        isinstance(expression, str)
        and not expression.strip()
        and takes_promql(panel.dashboard.datasources.of_target(target, panel.data))
    )
