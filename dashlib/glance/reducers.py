"""What a panel makes of a series' many values: Grafana's calculations ("reducers")."""

from __future__ import annotations

import itertools
import math
import sys
from typing import TYPE_CHECKING, cast

from dashlib.declare.calculations import ALIASES, NAMES
from dashlib.glance.answers import GlanceError
from dashlib.glance.javascript import Value, key_of, round_number, sorted_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PERCENTILES = {f"p{percent}": percent / 100 for percent in range(1, 100)}
_OF_NOTHING: dict[str, Value] = {"sum": 0.0, "count": 0.0, "countAll": 0.0, "allIsZero": False, "allIsNull": True}


def canonical(calculation: str) -> str:
    """Return the id of a calculation that may be named by an older one.

    Raises:
        GlanceError: Grafana has no such calculation.
    """
    name = ALIASES.get(calculation, calculation)
    if name not in NAMES and name not in _PERCENTILES:
        raise GlanceError(f"the calculation {calculation!r} is not valid; Grafana has {', '.join(NAMES)}, p1 to p99")
    return name


def name_of(calculation: str) -> str:
    """Return what Grafana calls a calculation: `Last *` for `lastNotNull`."""
    name = canonical(calculation)
    if name in NAMES:
        return NAMES[name]
    percent = int(name[1:])
    ending = "th" if percent in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(percent % 10, "th")
    return f"{percent}{ending} %"


def index_of(values: Sequence[Value], calculation: str) -> int | None:
    """Return which of the values a calculation shows, None where it shows none of them as it is."""
    name = canonical(calculation)
    if not values:
        return None
    if name == "last":
        return len(values) - 1
    if name == "first":
        return 0
    if name == "lastNotNull":
        return next((i for i in range(len(values) - 1, -1, -1) if _is_there(values[i])), None)
    if name == "firstNotNull":
        return next((i for i, value in enumerate(values) if _is_there(value)), None)
    return None


def reduce(values: Sequence[Value], calculation: str, *, numeric: bool = True) -> Value:
    """Return what a calculation makes of a field's values.

    Args:
        values: None is Grafana's null. NaN is not null, but the calculations pass over it as over null, except `last`
            and `first` (they return it), `count`, `median`, percentiles, `variance` and `stdDev`.
        calculation: its id, for example `lastNotNull`.
        numeric: the field holds numbers or times.

    Raises:
        GlanceError: Grafana has no such calculation.
    """
    name = canonical(calculation)
    if not values:
        return _OF_NOTHING.get(name)
    if name in ("last", "first", "lastNotNull", "firstNotNull"):
        index = index_of(values, name)
        return None if index is None else values[index]
    if name in _PERCENTILES:
        return _percentile(values, _PERCENTILES[name])
    special = _SPECIAL.get(name)
    if special is not None:
        return special(values, cast("list[float]", [value for value in values if value is not None]) if numeric else [])
    return _standard(values, name, numeric=numeric)


def _is_there(value: Value) -> bool:
    return not (value is None or (isinstance(value, float) and math.isnan(value)))  # NaN is not itself


def _standard(values: Sequence[Value], name: str, *, numeric: bool) -> Value:
    if name == "count":
        return float(sum(value is not None for value in values))
    there = [value for value in values if _is_there(value)]
    numbers = cast("list[float]", there) if numeric else []
    if name == "allIsNull":
        return not numbers
    if name == "allIsZero":
        return bool(numbers) and not any(number != 0 for number in numbers)
    if name == "sum":
        return _added(numbers)
    return _of_numbers(numbers, name)


def _added(numbers: Sequence[float]) -> float:
    total = 0.0
    for number in numbers:
        total += number
    return total


def _of_numbers(numbers: Sequence[float], name: str) -> float | None:  # noqa: PLR0911  # one for each
    """Return a calculation over the values that are numbers."""
    if name == "delta":
        return _delta(numbers)
    if name == "logmin":
        return min((number for number in numbers if 0 < number < _MOST), default=_MOST)
    if not numbers:
        return 0.0 if name == "diffperc" else None
    first, last = numbers[0], numbers[-1]
    most, least = max(numbers), min(numbers)
    if name == "mean":
        return _added(numbers) / len(numbers)
    if name == "max":
        return most if most > -_MOST else None
    if name == "min":
        return least if least < _MOST else None
    if name == "range":
        return most - least if most > -_MOST and least < _MOST else None
    if name == "diff":
        return last - first
    if name == "diffperc":
        return _quotient(last - first, first) * 100
    steps = (after - before for before, after in itertools.pairwise(numbers))
    return min((step for step in steps if step < _MOST), default=None)


# Grafana begins its search for extremes at the largest double, so that an infinite one is never found beyond it.
_MOST = sys.float_info.max


def _quotient(dividend: float, divisor: float) -> float:
    if divisor == 0:
        return (
            math.nan
            if dividend == 0 or math.isnan(dividend)
            else math.copysign(math.inf, dividend) * math.copysign(1, divisor)
        )
    return dividend / divisor


def _delta(numbers: Sequence[float]) -> float:
    """Return how much a counter rose; the first rise after a fall does not count."""
    total = 0.0
    rising = True
    for before, after in itertools.pairwise(numbers):
        if before > after:
            rising = False
        else:
            if rising:
                total += after - before
            rising = True
    return total


def _percentile(values: Sequence[Value], fraction: float) -> Value:
    ordered = sorted_numbers(cast("list[float]", [value for value in values if value is not None]))
    index = int(round_number((len(ordered) - 1) * fraction))
    return ordered[index] if 0 <= index < len(ordered) else None


def _median(values: Sequence[Value], numbers: Sequence[float]) -> Value:
    ordered = sorted_numbers(cast("list[float]", [value for value in values if value is not None]))
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2 if numbers else math.nan


def _variance(_: Sequence[Value], numbers: Sequence[float]) -> float:
    squares = mean = 0.0
    for count, number in enumerate(numbers, start=1):
        before = mean
        mean += (number - before) / count
        squares += (number - before) * (number - mean)
    return squares / len(numbers) if numbers else 0.0


def _deviation(values: Sequence[Value], numbers: Sequence[float]) -> float:
    return math.sqrt(_variance(values, numbers))


def _changes(values: Sequence[Value], _: Sequence[float]) -> float:
    there = [value for value in values if value is not None]
    return float(sum(before != after for before, after in itertools.pairwise(there)))


def _distinct(values: Sequence[Value], _: Sequence[float]) -> float:
    return float(len({key_of(value) for value in values if value is not None}))


def _unique(values: Sequence[Value], _: Sequence[float]) -> list[Value]:
    return list({"" if value is None else "=" + key_of(value): value for value in values}.values())


# Of all values, and of the numbers among them.
_SPECIAL: dict[str, Callable[[Sequence[Value], Sequence[float]], Value]] = {
    "median": _median,
    "variance": _variance,
    "stdDev": _deviation,
    "countAll": lambda values, _: float(len(values)),
    "changeCount": _changes,
    "distinctCount": _distinct,
    "allValues": lambda values, _: list(values),
    "uniqueValues": _unique,
}
