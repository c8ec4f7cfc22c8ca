"""The query of a variable is one of those that Grafana's Prometheus datasource answers."""

from __future__ import annotations

import difflib
import re
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

_FUNCTIONS = {
    "label_values": "label_values(metric, label) lists the values of a label",
    "label_names": "label_names() lists the names of labels",
    "metrics": "metrics(pattern) lists the names of metrics",
    "query_result": "query_result(expression) lists the series of its result",
}


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
                    suggestion=_meant(query),
                    text=query,
                )


def _meant(query: str) -> str:
    """Return what the author of a query most likely meant."""
    called = re.match(r"\s*(\w+)\s*\(", query)
    names = tuple(_FUNCTIONS)
    near = difflib.get_close_matches(called[1].casefold(), names, n=1, cutoff=0.6) if called is not None else []
    if near and called is not None and near[0] != called[1]:
        return f"did you mean {near[0]}? {_FUNCTIONS[near[0]]}"
    if called is not None and called[1] not in _FUNCTIONS:
        return "query_result(…) takes an expression; label_values(metric, label) lists the values of a label"
    return _FUNCTIONS[near[0] if near else "label_values"]
