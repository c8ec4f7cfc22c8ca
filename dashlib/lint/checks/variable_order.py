"""A variable comes after those that its options depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, Problem
from dashlib.promql.variables import references

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dashlib.lint.subjects import Lint

CHECK = Check("variable-order", "info", "A variable comes after the variables that its options depend on.")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every variable that depends on one behind it, or on itself, and every second one of a name."""
    for dashboard in lint.dashboards:
        names = [variable.name for variable in dashboard.variables if not variable.is_hidden]
        asks = {
            variable.name: {used.name for used in references(variable.asked[1])} if variable.kind == "query" else set()
            for variable in dashboard.variables
        }
        seen, circle = set[str](), set[str]()
        for variable in dashboard.variables:
            name = variable.name
            place, query, _ = variable.asked
            for used in references(query) if variable.kind == "query" else ():
                itself = used.name == name
                if not itself and name in _behind(used.name, asks):
                    if name not in circle:  # said once, at the first of them
                        circle |= _behind(name, asks)
                        yield Problem(
                            linted=dashboard.linted,
                            pointer=place,
                            message=f"the variables {name!r} and {used.name!r} depend on each other",
                            expression=query,
                            span=(used.start, used.end),
                            suggestion="ask one of them without the other",
                            severity="error",
                        )
                elif itself or (used.name in names and used.name not in seen and not variable.is_hidden):
                    yield Problem(
                        linted=dashboard.linted,
                        pointer=place,
                        message=f"the variable {name!r} depends on itself"
                        if itself
                        else f"the variable {name!r} depends on {used.name!r}, which comes after it",
                        expression=query,
                        span=(used.start, used.end),
                        suggestion="" if itself else f"put {used.name!r} before it: people choose from left to right",
                        severity="warning" if itself else None,
                    )
            if name in seen:
                yield dashboard.linted.problem(variable.pointer, f"two variables are named {name!r}")
            seen.add(name)


def _behind(name: str, asks: Mapping[str, Collection[str]]) -> set[str]:
    """Return the variables that a variable depends on, directly or through others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        more = set(asks.get(waiting.pop(), ())) - found
        found |= more
        waiting += more
    return found
