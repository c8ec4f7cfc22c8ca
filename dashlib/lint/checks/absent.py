"""absent() takes a selector, and its alert waits long enough not to fire at every restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import COMPARISONS, Aggregation, Binary, Call, Node, Vector, with_ancestors
from dashlib.promql.types import OF_EACH_TARGET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Rule

CHECK = Check(
    "absent",
    "warning",
    "absent() takes a selector with `=` matchers, and its alert waits for two scrapes.",
    peers=("pint alerts/absent", "pint promql/fragile"),
)

_ABSENT = frozenset({"absent", "absent_over_time"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every absent() that has no labels, and every alert on one that fires at once."""
    for alert in lint.alerts:
        query = alert.query
        for node, above in with_ancestors(query.tree) if query.tree is not None else ():
            if isinstance(node, Call) and node.function in _ABSENT and not _is_beside(above):
                yield from _problems(alert, node, lint)


def _problems(alert: Rule, node: Call, lint: Lint) -> Iterator[Problem]:
    query = alert.query
    argument = node.arguments[0]
    if isinstance(argument, Aggregation | Binary):
        yield query.problem(
            f"{node.function}() of an expression does not tell which series disappeared: its result has no labels, "
            "and it fires only when the last series is gone",
            argument,
            suggestion="compare with the recent past: last_over_time(x[1h]) unless x",
            severity="info" if _is_of_one_job(argument) else None,
        )
    elif isinstance(argument, Vector) and any(
        matcher.operator in {"=~", "!~"} for matcher in argument.selector.matchers
    ):
        yield query.problem(
            f"{node.function}() keeps only the labels of `=` matchers, and fires only when every series that matches "
            "the regular expression is gone",
            argument,
            suggestion="write one absent() for each value, or compare with the recent past: last_over_time(x[1h]) "
            "unless x",
        )
    least = 2 * lint.settings.scrape_seconds
    if node.function == "absent" and alert.lasting < least:
        # a scrape that fails leaves `up`, as 0
        once = (
            ""
            if isinstance(argument, Vector) and argument.metric in OF_EACH_TARGET
            else ": if a single target serves it, one failed scrape is enough"
        )
        yield query.problem(
            f"{alert.name} fires as soon as the series is gone{once}",
            node,
            suggestion=f"wait for at least two scrapes: for: {least:g}s",
        )


def _is_of_one_job(argument: Node) -> bool:
    """Tell whether the alert itself says what is gone: `absent(up{job="x"} == 1)`, the last of one job."""
    return (
        isinstance(argument, Binary)
        and argument.operator in COMPARISONS
        and isinstance(argument.left, Vector)
        and bool(argument.left.selector.matchers)
    )


def _is_beside(above: tuple[Node, ...]) -> bool:
    """Tell whether an alert does not fire by what is absent alone.

    It fills up (`x or 0 * absent(x)`), or is one of several conditions.
    """
    return any(isinstance(one, Binary) and one.operator in {"*", "and", "unless"} for one in above)
