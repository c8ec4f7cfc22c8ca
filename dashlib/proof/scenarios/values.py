"""The values on either side of a level, the nearest to it first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from dashlib import promql
from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashlib.promql.tree import Node
    from dashlib.proof.obligations import Obligation
    from dashlib.proof.solver import Goal

#: By how much a value is beyond a level at least, as a part of the level: more than a float's rounding.
_BEYOND: Final = 1e-6
_SMALLEST_STEP: Final = {"s": 0.001, "bytes": 1.0, "decbytes": 1.0}
#: Functions that look at whether there are samples only, or when.
_ONLY_PRESENCE: Final = frozenset({"absent", "absent_over_time", "count_over_time", "present_over_time", "timestamp"})


def firing_values(obligation: Obligation) -> list[float]:
    """Return values at which an alert has to fire, the nearest to its level first."""
    level = float(obligation.value or 0.0)
    if obligation.direction == "equals":
        return [level]
    sign = 1 if obligation.direction == "above" else -1
    nearest = _SMALLEST_STEP.get(obligation.unit, relative_step(level))
    whole = math.floor(level) + 1.0 if sign > 0 else math.ceil(level) - 1.0
    steps = [level + sign * max(nearest, abs(level) * 1e-12), level + sign * relative_step(level), whole]
    steps = [level, *steps] if obligation.inclusive else steps
    return list(dict.fromkeys(steps if not is_count(obligation) else [whole, *steps]))


def silent_values(obligation: Obligation) -> list[float]:
    """Return values at which an alert must be silent, the nearest to its level first."""
    level = float(obligation.value or 0.0)
    sign = 1 if obligation.direction == "above" else -1
    whole = math.ceil(level) - 1.0 if sign > 0 else math.floor(level) + 1.0
    return list(
        dict.fromkeys([level, level - sign * relative_step(level) / 1000, level - sign * relative_step(level), whole])
    )


def calm_values(obligation: Obligation) -> list[float]:
    """Return values that are far on the silent side of the level."""
    level = float(obligation.value or 0.0)
    if obligation.direction == "equals":
        return [state for state in obligation.states if state != level]
    size = max(1.0, abs(level))
    if obligation.direction == "above":
        values = [float(math.floor(level / 2)) if level > 1 else level / 2, level, level - size]
    else:
        values = [level + size, level]
    return [each for each in dict.fromkeys(values) if not (obligation.inclusive and each == level)]


def further_values(obligation: Obligation) -> list[float]:
    """Return values that are on the firing side of the level, and far from it."""
    level = float(obligation.value or 0.0)
    if obligation.direction == "equals":
        return [level]
    sign = 1 if obligation.direction == "above" else -1
    size = max(1.0, abs(level))
    return [level + sign * math.ceil(size), level + sign * size * 0.3, level + sign * size * 0.01]


def told_values(obligation: Obligation) -> list[float]:
    """Return values at which an alert fires and its text is easily read: 61 s says more of a unit than 60.001 s.

    Prometheus estimates a growth, which is told as a whole number.
    """
    level = float(obligation.value or 0.0)
    if obligation.kind == "change":
        return [level + 1.3]
    if obligation.direction == "equals":
        return []
    sign = 1 if obligation.direction == "above" else -1
    return [level + sign]


def relative_step(level: float) -> float:
    """Return by how much a value is beyond a level at least."""
    return max(1.0, abs(level)) * _BEYOND


def is_count(obligation: Obligation) -> bool:
    """Tell whether a signal's values are whole numbers, as far as its expression shows."""
    root = promql.read(obligation.signal).tree
    while not isinstance(root, promql_tree.Aggregation) and root.children:
        root = root.children[0]
    return isinstance(root, promql_tree.Aggregation) and root.operator == "count"


def lines_at(values: Iterable[float]) -> list[Goal]:
    """Return the courses that stay at some values."""
    return [Line(value) for value in values]


def value_matters(node: Node, above: Sequence[Node]) -> bool:
    """Tell whether more of a selector's series is looked at than that they are there."""
    below = node
    for each in above:
        if isinstance(each, promql_tree.Binary) and each.operator in ("and", "unless") and below is each.right:
            return False
        if isinstance(each, promql_tree.Aggregation) and each.operator in ("count", "group"):
            return False
        if isinstance(each, promql_tree.Call) and each.function in _ONLY_PRESENCE:
            return False
        below = each
    return True
