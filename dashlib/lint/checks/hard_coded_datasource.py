"""A panel asks the datasource that the reader chose, not one of its author's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashlib.documents.values import text_of
from dashlib.lint.findings import Check
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Dashboard, Lint

CHECK = Check(
    "hard-coded-datasource",
    "warning",
    "Panels and variables use a datasource variable, so that the dashboard works in any Grafana.",
    peers=("dashboard-linter panel-datasource", "dashboard-linter template-datasource"),
)


# Grafana's own, its default, and none.
_NOT_ONES_OWN = frozenset({"", "default", "grafana", "__expr__"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every datasource that is not a variable, once for each dashboard and datasource."""
    for dashboard in lint.dashboards:
        seen: set[str] = set()
        for pointer, source in _sources(dashboard):
            name = text_of(source.get("uid")) if isinstance(source, dict) else text_of(source)
            if name in _NOT_ONES_OWN | seen or name.startswith("-- ") or has_variable(name) or "{{" in name:
                continue
            seen.add(name)
            yield dashboard.linted.problem(
                pointer,
                f"the datasource {name!r} is hard-coded: in a Grafana without a datasource of that name, its queries "
                "fail",
                suggestion=_suggestion(dashboard, dashboard.datasources.of(source)),
            )


def _suggestion(dashboard: Dashboard, kind: str) -> str:
    own = (one for one in dashboard.variables if one.kind == "datasource" and kind and one.data.get("query") == kind)
    variable = next(own, None)
    if variable is not None:
        return f"use ${{{variable.name}}}, as the dashboard has that variable"
    word = re.sub(r"[^A-Z0-9]+", "_", kind.upper().removeprefix("GRAFANA-").removesuffix("-DATASOURCE"))
    name = f"DS_{word}" if word else "datasource"
    return f"add a variable of type datasource{f' for {kind}' if kind else ''}, and use ${{{name}}}"


def _sources(dashboard: Dashboard) -> Iterator[tuple[str, object]]:
    for panel in dashboard.panels:
        if panel.promql:
            yield f"{panel.pointer}/datasource", panel.datasource
            for query in panel.queries:
                yield f"{query.pointer}/datasource", query.own_datasource
    for variable in dashboard.variables:
        if variable.kind == "query":
            yield f"{variable.pointer}/datasource", variable.datasource
