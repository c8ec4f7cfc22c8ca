"""The options of a variable are those of the selected time range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, ValueFix, once_a_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "variable-refresh",
    "warning",
    "A query variable is refreshed when the time range changes.",
    peers=("dashboard-linter template-on-time-change-reload",),
    together=once_a_file,
)

_ON_TIME_RANGE_CHANGE = 2


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every query variable that keeps old choices."""
    for dashboard in lint.dashboards:
        for variable in dashboard.prometheus_variables:
            refresh, name = variable.data.get("refresh"), variable.data.get("name")
            if refresh != _ON_TIME_RANGE_CHANGE:
                yield dashboard.linted.problem(
                    f"{variable.pointer}/refresh" if "refresh" in variable.data else variable.pointer,
                    f"the variable {name!r} is not refreshed when the time range changes (refresh is {refresh!r}): "
                    "values from a time range selected later are not offered",
                    suggestion=f"refresh: {_ON_TIME_RANGE_CHANGE}",
                    fix=ValueFix(_ON_TIME_RANGE_CHANGE) if "refresh" in variable.data else None,
                )
