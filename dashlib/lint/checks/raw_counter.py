"""Counters are queried through rate, increase and the like, not as raw values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.declare.panel_kinds import kinds_that_show
from dashlib.lint.findings import Check
from dashlib.promql.tree import COMPARISONS, Aggregation, Binary, Call, Vector, vectors, walk, with_ancestors
from dashlib.promql.types import COUNTER_FUNCTIONS
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query
    from dashlib.promql.tree import Node

CHECK = Check(
    "raw-counter",
    "warning",
    "A counter is queried through rate, increase or resets, not as a raw value.",
    peers=("dashboard-linter target-counter-agg", "pint promql/counter"),
)

# They are for gauges.
_DIFFERENCES = frozenset({"delta", "idelta", "deriv"})
# Panels that show a value of each series, not its course.
_SINGLE = kinds_that_show("value", "rows") | {"singlestat"}
# They look only at whether there is a series, and which labels it has.
_PRESENCE = frozenset({"count", "group", "count_values"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every counter that is drawn or compared as it is."""
    for query in lint.queries:
        if query.tree is None or query.role == "variable":
            continue
        for node, above in with_ancestors(query.tree):
            if isinstance(node, Vector) and query.type_of(node).is_counter and not _is_fine(node, above, query):
                is_difference = any(isinstance(one, Call) and one.function in _DIFFERENCES for one in above)
                yield query.problem(
                    f"{node.metric} is a counter, and a reset makes its difference negative"
                    if is_difference
                    else f"{node.metric} is a counter: it restarts at 0, so its raw value depends on how long ago "
                    "that was",
                    node,
                    suggestion=f"query its growth: {_instead(query, node)}",
                )


def _is_fine(node: Vector, above: tuple[Node, ...], query: Query) -> bool:
    below: Node = node
    for parent in above:
        if _makes_sense_of_it(parent, below, node) or query.keeps_no_value(parent) or _is_what_is_left(parent, query):
            return True
        below = parent
    return query.role == "alert" and not any(
        isinstance(parent, Binary) and parent.operator in COMPARISONS for parent in above
    )


def _makes_sense_of_it(parent: Node, below: Node, node: Vector) -> bool:
    if isinstance(parent, Call):
        # a quantile of buckets as they are is that of all since the start; a variable is the choice of whoever looks
        return parent.function in COUNTER_FUNCTIONS or "histogram" in parent.function or has_variable(parent.function)
    if isinstance(parent, Aggregation):
        return parent.operator in _PRESENCE or has_variable(parent.operator)
    if isinstance(parent, Binary):
        is_condition = parent.operator in {"and", "unless"} and below is parent.right
        return is_condition or has_variable(parent.operator) or _is_growth(parent, node)
    return False


def _is_growth(parent: Binary, node: Vector) -> bool:
    """Tell whether a counter is taken from itself at another time, or compared with that.

    `x - x offset 5m`; `max_over_time(x[5m]) - min_over_time(x[5m])`.
    """
    if parent.operator != "-" and parent.operator not in COMPARISONS:
        return False
    sides = [[one for one in vectors(side) if one.metric == node.metric] for side in (parent.left, parent.right)]
    functions = [
        {call.function for call in walk(side) if isinstance(call, Call)} for side in (parent.left, parent.right)
    ]
    return all(sides) and (
        len({(one.end - one.selector.end) for side in sides for one in side}) > 1 or functions[0] != functions[1]
    )


def _is_what_is_left(parent: Node, query: Query) -> bool:
    """Tell whether a counter is taken from its counterpart: `started_total - handled_total` are under way.

    Their names differ in one word, not the first, and both restart with the same process.
    """
    if not isinstance(parent, Binary) or parent.operator != "-":
        return False
    sides = [list(vectors(side)) for side in (parent.left, parent.right)]
    if any(len(side) != 1 or not query.type_of(side[0]).is_counter for side in sides):
        return False
    if any(isinstance(one, Call) for side in (parent.left, parent.right) for one in walk(side)):
        return False
    if len({side[0].end - side[0].selector.end for side in sides}) > 1:
        return False  # of different times
    begun, ended = (side[0].metric.split("_") for side in sides)
    return (
        begun[0] == ended[0]
        and len(begun) == len(ended)
        and sum(one != other for one, other in zip(begun, ended, strict=True)) == 1
    )


def _instead(query: Query, node: Vector) -> str:
    selector = query.expression[node.start : node.selector.end]
    if query.is_rule:
        return f"rate({selector}[5m])"
    if query.panel is not None and query.panel.kind in _SINGLE:
        return f"increase({selector}[$__range]), or rate({selector}[$__rate_interval])"
    return f"rate({selector}[$__rate_interval])"
