"""An alert lasts for at least two evaluations before it fires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql_tree import Aggregation, Binary, Call, Subquery, Vector, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Rule

CHECK = Check(
    "alert-for",
    "warning",
    "An alert holds for at least two evaluations, or looks back itself, before it fires.",
    peers=("pint rule/for", "pint alerts/for", "pint promql/fragile"),
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every alert that one sample fires, and every `for` that says nothing."""
    for alert in lint.alerts:
        interval = alert.group.interval(lint.settings)
        pointer = f"{alert.pointer}/for"
        if 0 < alert.lasting < 2 * interval:
            yield alert.linted.problem(
                pointer,
                f"{alert.name} fires after {alert.lasting:g}s, and its group is evaluated every {interval:g}s: one "
                "sample decides",
                suggestion=f"let it last for at least {2 * interval:g}s",
            )
        elif "for" in alert.data and alert.data["for"] not in {None, ""} and alert.lasting == 0:
            yield alert.linted.problem(
                pointer, f"{alert.name} has a `for` of nothing, which is the default", suggestion="leave it out"
            )
        elif not alert.lasting and not _looks_back(alert):
            yield alert.linted.problem(
                alert.pointer,
                f"{alert.name} has no `for`: one bad sample fires it, and one failed scrape resolves it",
                suggestion=f"let it last: for: {2 * interval or 120:g}s or more",
            )


def _looks_back(alert: Rule) -> bool:
    """Tell whether an expression sees more than one moment, so that one sample does not decide."""
    tree = alert.query.tree
    if tree is None:
        return True
    return any(
        isinstance(node, Subquery)
        or (isinstance(node, Call) and any(_is_range(argument) for argument in node.arguments))
        for node in walk(tree)
        if not isinstance(node, Aggregation | Binary)
    )


def _is_range(node: object) -> bool:
    return isinstance(node, Vector) and node.selector.range is not None
