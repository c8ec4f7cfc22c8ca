"""The range of a value axis, and the texts at it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

#: About so many lines across a chart.
_LINES: Final = 5
_DECIMAL: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
#: Steps of seconds that a clock has, up to a day.
_OF_TIME: Final = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0,
                   21600.0, 43200.0, 86400.0)  # fmt: skip
_BINARY_UNITS: Final = frozenset({"bytes", "bits", "kbytes", "mbytes", "gbytes", "binBps", "binbps"})
_KIBI: Final = 1024.0
#: The share of the range that is left free above and below.
_PADDING: Final = 0.05
#: What an axis shows where every value is 0.
_OF_ZERO: Final = 100.0


@attrs.frozen
class Bounds:
    """What limits an axis; None where nothing does.

    Attributes:
        low: its least value, whatever the data is.
        high: its greatest value, whatever the data is.
        soft_low: it reaches down to here at least.
        soft_high: it reaches up to here at least.
    """

    low: float | None = None
    high: float | None = None
    soft_low: float | None = None
    soft_high: float | None = None


@attrs.frozen
class Scale:
    """How an axis runs.

    Attributes:
        kind: `linear`, `log`, or `symlog`, which is linear around zero and reaches below it.
        base: of the logarithm: 2 or 10.
        threshold: up to here, on both sides of zero, a symlog is linear.
    """

    kind: str = "linear"
    base: float = 2.0
    threshold: float = 1.0


LINEAR: Final = Scale()


@attrs.frozen
class Axis:
    """A value axis.

    Attributes:
        low: its least value.
        high: its greatest value.
        ticks: values with a line, each with its text.
        scale: how it runs.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    scale: Scale = LINEAR


def axis(
    values: Iterable[float],
    bounds: Bounds,
    unit: str,
    text: Callable[[float], str],
    decimals: int | None = None,
    scale: Scale = LINEAR,
) -> Axis:
    """Return the axis for some values.

    Args:
        values: all that is drawn; what is not finite is passed over.
        bounds: of the panel.
        unit: Grafana's id of the unit; time has steps of its own.
        text: formats a value of the axis.
        decimals: that the text has; a finer step would be written wrong.
        scale: how it runs.
    """
    finite = [value for value in values if math.isfinite(value)]
    if scale.kind == "log":
        return _logarithmic(finite, bounds, text, scale)
    if scale.kind == "symlog":
        return _symmetric(finite, bounds, text, scale)
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    low, high = _padded(low, high)
    if bounds.soft_low is not None:
        low = min(low, bounds.soft_low)
    if bounds.soft_high is not None:
        high = max(high, bounds.soft_high)
    low = low if bounds.low is None else bounds.low
    high = high if bounds.high is None else bounds.high
    if high <= low:
        high = low + 1.0
    step = _step((high - low) / _LINES, unit, decimals)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    # Three times 0.2 is 0.6000000000000001, which some units write with more decimals than its neighbors.
    ticks = [float(f"{number * step:.12g}") for number in range(first, last + 1)]
    return Axis(low, high, _marked(ticks, text))


def _marked(ticks: Iterable[float], text: Callable[[float], str]) -> tuple[tuple[float, str], ...]:
    """Return ticks with their texts.

    A unit with too few decimals writes several of them alike; the first one says it.
    """
    seen: set[str] = set()
    marked = []
    for tick in ticks:
        written = text(tick)
        marked.append((tick, "" if written in seen else written))
        seen.add(written)
    return tuple(marked)


def _logarithmic(finite: Sequence[float], bounds: Bounds, text: Callable[[float], str], scale: Scale) -> Axis:
    """Return an axis of powers; what is not positive has no place on it."""
    positive = [value for value in finite if value > 0]
    low, high = min(positive, default=1.0), max(positive, default=1.0)
    if bounds.soft_low is not None and bounds.soft_low > 0:
        low = min(low, bounds.soft_low)
    if bounds.soft_high is not None:
        high = max(high, bounds.soft_high)
    first, last = _exponent(low, scale, math.floor), _exponent(high, scale, math.ceil)
    low, high = scale.base**first, scale.base ** max(last, first + 1)
    # A bound of zero or less cuts nothing off: the axis does not reach there.
    low = bounds.low if bounds.low is not None and bounds.low > 0 else low
    high = bounds.high if bounds.high is not None and bounds.high > low else max(high, low * scale.base)
    return Axis(low, high, _marked(_powers(low, high, scale), text), scale)


def _symmetric(finite: Sequence[float], bounds: Bounds, text: Callable[[float], str], scale: Scale) -> Axis:
    """Return an axis of zero and of powers on both sides of it."""
    low, high = min([*finite, bounds.soft_low or 0.0, 0.0]), max([*finite, bounds.soft_high or 0.0, 0.0])
    low = -(scale.base ** _exponent(-low, scale, math.ceil)) if low < 0 else 0.0
    high = scale.base ** _exponent(high, scale, math.ceil) if high > 0 else 0.0
    low = low if bounds.low is None else bounds.low
    high = high if bounds.high is None else bounds.high
    high = high if high > low else low + scale.threshold
    ticks = [
        *(-tick for tick in reversed(_powers(scale.threshold, -low, scale))),
        *([0.0] if low <= 0 <= high else []),
        *_powers(scale.threshold, high, scale),
    ]
    return Axis(low, high, _marked([tick for tick in ticks if low <= tick <= high], text), scale)


def _exponent(value: float, scale: Scale, rounded: Callable[[float], int]) -> int:
    exponent = math.log(value, scale.base)
    return round(exponent) if math.isclose(exponent, round(exponent), abs_tol=1e-9) else rounded(exponent)


def _powers(low: float, high: float, scale: Scale) -> list[float]:
    """Return the powers from one value to another, so few that their texts have room."""
    if high < low:
        return []
    first, last = _exponent(low, scale, math.ceil), _exponent(high, scale, math.floor)
    every = max(1, math.ceil((last - first + 1) / (2 * _LINES)))
    return [scale.base**exponent for exponent in range(first, last + 1, every)]


def _padded(low: float, high: float) -> tuple[float, float]:
    if low == high:
        if low == 0:
            return 0.0, _OF_ZERO
        return min(0.0, 2 * low), max(0.0, 2 * high)
    # Grafana's charts begin at zero unless something is below it.
    pad = (high - min(low, 0.0)) * _PADDING
    return (0.0 if low >= 0 else low - pad), (high + pad if high > 0 else 0.0)


def _step(least: float, unit: str, decimals: int | None) -> float:
    factor = {"s": 1.0, "dtdurations": 1.0, "ms": 1000.0}.get(unit)
    if factor is not None and least / factor > 1:
        longer = next((step for step in _OF_TIME if step >= least / factor), None)
        if longer is not None:
            return longer * factor
        return _step(least / factor / _OF_TIME[-1], "none", None) * factor * _OF_TIME[-1]
    if unit in _BINARY_UNITS and least >= 1:
        scale = _KIBI ** math.floor(math.log(least, _KIBI))
        rest = least / scale
        return float(2 ** math.ceil(math.log2(rest)) * scale)
    magnitude = 10.0 ** math.floor(math.log10(least))
    steps = [nice * magnitude for nice in _DECIMAL if nice * magnitude >= least * (1 - 1e-9)]
    if factor is None and decimals is not None:
        exact = [step for step in steps if abs(step - round(step, decimals)) < step * 1e-9]
        return next(iter(exact), steps[0])
    return steps[0]
