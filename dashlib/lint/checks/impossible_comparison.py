"""A comparison can hold, and can fail to hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import COMPARISONS, Binary, Node, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query

CHECK = Check(
    "impossible-comparison",
    "error",
    "A comparison is neither always true nor always false for the values that the metric can have.",
    peers=("pint promql/impossible",),
)

_ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "^", "atan2"})
#: Lowest and highest value of each unit that has bounds.
_BOUNDS = {"bool": (0.0, 1.0), "ratio": (None, None), "count": (0.0, None)}


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every comparison whose result is known beforehand."""
    for query in lint.queries:
        for node in walk(query.tree) if query.tree is not None else ():
            if isinstance(node, Binary) and node.operator in COMPARISONS:
                yield from _problems(query, node)


def _problems(query: Query, node: Binary) -> Iterator[Problem]:
    for side, other, flipped in ((node.left, node.right, False), (node.right, node.left, True)):
        constant = query.type_of(other).constant
        if constant is None or not query.type_of(side).is_vector:
            continue
        operator = _flipped(node.operator) if flipped else node.operator
        if math.isnan(constant):
            yield query.problem(
                "no value is equal to, greater than or less than NaN: the comparison "
                + ("always holds" if operator == "!=" else "never holds"),
                other,
                suggestion="x != x is true only for NaN",
            )
            continue
        if query.type_of(side).constant is not None and query.role == "alert":
            continue  # absent(x) == 1: odd, and right
        earlier = _earlier_bounds(query, side)
        low, high = _bounds(query, side, earlier)
        verdict = _verdict(operator, constant, low, high)
        if verdict == "never":
            said = _range(low, high)
            yield query.problem(
                f"this never holds: {query.written(side)} is {said}",
                node,
                suggestion="compare with a value that it can have",
            )


def _flipped(operator: str) -> str:
    return {">": "<", "<": ">", ">=": "<=", "<=": ">="}.get(operator, operator)


def _earlier_bounds(query: Query, node: Node) -> list[tuple[str, float]]:
    """Return the comparisons that a side has passed already: `(x > 5) < 3`."""
    found = []
    while isinstance(node, Binary) and node.operator in COMPARISONS and not node.is_bool:
        bound = query.type_of(node.right).constant
        if bound is not None:
            found.append((node.operator, bound))
        node = node.left
    return found


def _bounds(query: Query, node: Node, earlier: list[tuple[str, float]]) -> tuple[float | None, float | None]:
    unit = query.type_of(node).unit if not _is_computed(node) else None
    low, high = _BOUNDS.get(unit.base, (None, None)) if unit is not None else (None, None)
    for operator, bound in earlier:
        if operator in {">", ">=", "=="}:
            low = bound if low is None else max(low, bound)
        if operator in {"<", "<=", "=="}:
            high = bound if high is None else min(high, bound)
    return low, high


def _is_computed(node: Node) -> bool:
    """Tell whether a value is added up or scaled: `up * 1000` has the unit of `up`, and not its bounds."""
    if isinstance(node, Binary):
        if node.operator in COMPARISONS:
            return not node.is_bool and _is_computed(node.left)
        return node.operator in _ARITHMETIC or any(_is_computed(side) for side in (node.left, node.right))
    return any(_is_computed(child) for child in node.children)


def _verdict(operator: str, constant: float, low: float | None, high: float | None) -> str:
    above = low is not None and constant < low
    below = high is not None and constant > high
    never = {
        "==": above or below,
        ">": high is not None and constant >= high,
        ">=": below,
        "<": low is not None and constant <= low,
        "<=": above,
        "!=": False,
    }
    return "never" if never[operator] else ""


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"between {low:g} and {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}"
