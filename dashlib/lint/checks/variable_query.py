"""The query of a variable is one of those that Grafana's Prometheus datasource answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "variable-query",
    "error",
    "A query variable uses label_values(…), label_names(), metrics(…), query_result(…) or a series selector.",
    peers=("dashboard-linter template-label-promql",),
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every query of a variable that Prometheus would refuse."""
    for dashboard in lint.dashboards:
        for variable in dashboard.prometheus_variables:
            pointer, query, asked = variable.asked
            if asked is None:
                yield dashboard.linted.problem(
                    pointer,
                    f"the variable {variable.data.get('name')!r} has the query {query!r}, which is not a valid "
                    "variable query"
                    if query
                    else f"the variable {variable.data.get('name')!r} has no query",
                    suggestion="label_values(metric, label) lists the values of a label",
                    text=query,
                )
