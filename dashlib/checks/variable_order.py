"""A variable is chosen after those that its own choices depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, Problem
from dashlib.lint.subjects import text_of, variable_query
from dashlib.lint.variables import uses_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.subjects import Lint

CHECK = Check("variable-order", "warning", "A variable stands behind those that its own choices depend on.")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every variable that depends on one behind it, or on itself."""
    for dashboard in lint.dashboards:
        names = list(dashboard.variable_names)
        seen: set[str] = set()
        for pointer, variable in dashboard.variables:
            name = text_of(variable.get("name"))
            place, query = variable_query(variable)
            for used, start, end in uses_in(query):
                if used in names and used not in seen:
                    itself = used == name
                    yield Problem(
                        linted=dashboard.linted,
                        pointer=f"{pointer}{place}",
                        message=f"the variable {name!r} depends on itself"
                        if itself
                        else f"the variable {name!r} depends on {used!r}, which stands behind it",
                        expression=query,
                        span=(start, end),
                        suggestion="" if itself else f"put {used!r} before it",
                    )
            if name in seen:
                yield dashboard.linted.problem(pointer, f"two variables are called {name!r}")
            seen.add(name)
