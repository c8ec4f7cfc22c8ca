"""Values that are added or compared have the same unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import COMPARISONS, Binary, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint
    from dashlib.promql.types import Unit

CHECK = Check(
    "mixed-units",
    "error",
    "Only values of the same unit are added, subtracted or compared.",
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every sum, difference and comparison of two units."""
    for query in lint.queries:
        for node in walk(query.tree) if query.tree is not None else ():
            if not isinstance(node, Binary) or node.operator not in COMPARISONS | {"+", "-"}:
                continue
            left, right = query.type_of(node.left).unit, query.type_of(node.right).unit
            if left is None or right is None or left.is_like(right) or _is_time(node.operator, left, right):
                continue
            word = "compares" if node.operator in COMPARISONS else "adds" if node.operator == "+" else "subtracts"
            yield query.problem(
                f"{node.operator} {word} {left.name} and {right.name}",
                (node.operator_start, node.operator_start + len(node.operator)),
                suggestion=_suggestion(left, right),
            )


def _is_time(operator: str, left: Unit, right: Unit) -> bool:
    """Tell whether a duration is added to a point in time: both in seconds, or both in milliseconds."""
    if operator not in {"+", "-"} or {left.base, right.base} != {"epoch_s", "s"}:
        return False
    return left.factor == right.factor


def _suggestion(left: Unit, right: Unit) -> str:
    if left.base != right.base and {left.base, right.base} != {"epoch_s", "s"}:
        return ""
    smaller, larger = sorted((left, right), key=lambda unit: unit.factor)
    return f"divide the {smaller.name} by {larger.factor / smaller.factor:g}"
