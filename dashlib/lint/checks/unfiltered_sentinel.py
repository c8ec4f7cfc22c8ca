"""A value that means *unknown* is filtered before anything compares, adds or draws it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import COMPARISONS, Aggregation, Binary, Call, Node, Subquery, Vector, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query

CHECK = Check(
    "unfiltered-sentinel",
    "warning",
    "A value that means unknown (-1) is filtered out before it is compared, summed or drawn.",
)

# Of these only whether there is a series matters.
_PRESENCE = frozenset(
    {"absent", "absent_over_time", "present_over_time", "count_over_time", "timestamp", "count", "group"}
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every metric with sentinel values whose values reach somebody unfiltered."""
    for query in lint.queries:
        if query.tree is None or query.role == "variable":
            continue
        if query.role == "record" and query.rule is not None and query.rule.name in lint.guards:
            continue
        names = query.linted.names
        for node, above in with_ancestors(query.tree):
            metric = names.metric(node.metric) if isinstance(node, Vector) else None
            if metric is None or not isinstance(node, Vector):
                continue
            missing = [value for value in names.profile.unknown(metric) if not _is_filtered(query, node, above, value)]
            if missing:
                value = f"{missing[0]:g}"
                yield query.problem(
                    f"{node.metric} is {value} while the value is unknown, and it is "
                    + ("compared like any other value" if query.role == "alert" else "drawn like any other value"),
                    node,
                    suggestion=f"filter it out: {query.expression[node.start : node.end]} != {value}"
                    if node.selector.range is None
                    else f"filter it out in a subquery: ({query.expression[node.start : node.selector.end]} != "
                    f"{value})[{node.selector.range}:]",
                )


def _is_filtered(query: Query, node: Node, above: tuple[Node, ...], sentinel: float) -> bool:
    """Tell whether a sentinel value cannot get out of the expression, or cannot be taken for a value."""
    value: float | None = sentinel
    below = node
    for parent in above:
        if _keeps_presence_only(query, parent, below):
            return True
        if isinstance(parent, Binary):
            other = parent.right if below is parent.left else parent.left
            constant = query.type_of(other).constant
            if parent.operator in COMPARISONS:
                if constant is None or value is None:
                    return constant is not None and value is None
                left, right = (value, constant) if below is parent.left else (constant, value)
                if not _holds(parent.operator, left, right) and not parent.is_bool:
                    return True
                if (parent.operator == "==" and constant == sentinel) or (
                    parent.is_bool and _holds(parent.operator, left, right) and constant <= 0
                ):
                    return True  # it asks for the sentinel
            else:
                value = _after(parent.operator, value, constant, is_left=below is parent.left)
        elif not isinstance(parent, Subquery) and isinstance(parent, Call):
            value = value if parent.function.endswith("_over_time") or parent.function in {"sort", "vector"} else None
        below = parent
    return False


def _keeps_presence_only(query: Query, parent: Node, below: Node) -> bool:
    match parent:
        case Binary(operator="and" | "unless"):
            return below is parent.right
        case Call(function=name) | Aggregation(operator=name):
            return name in _PRESENCE
    return query.keeps_no_value(parent)


def _holds(operator: str, left: float, right: float) -> bool:
    results = {
        "==": math.isclose(left, right),
        "!=": not math.isclose(left, right),
        ">": left > right,
        "<": left < right,
        ">=": left >= right,
        "<=": left <= right,
    }
    return results[operator]


def _after(  # noqa: PLR0911  # one for each operator
    operator: str, value: float | None, constant: float | None, *, is_left: bool
) -> float | None:
    """Return what becomes of a value in arithmetic with a constant; None when that is not known."""
    if operator in {"and", "unless", "or"}:
        return value
    if value is None or constant is None:
        return None
    match operator:
        case "*":
            return value * constant
        case "/" if is_left and constant:
            return value / constant
        case "+":
            return value + constant
        case "-":
            return value - constant if is_left else constant - value
    return None
