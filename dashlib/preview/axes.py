"""The range of a value axis, and the texts at it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
class Axis:
    """A value axis.

    Attributes:
        low: its least value.
        high: its greatest value.
        ticks: values with a line, each with its text.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


def axis(
    values: Iterable[float], bounds: Bounds, unit: str, text: Callable[[float], str], decimals: int | None = None
) -> Axis:
    """Return the axis for some values.

    Args:
        values: all that is drawn; what is not finite is passed over.
        bounds: of the panel.
        unit: Grafana's id of the unit; time has steps of its own.
        text: formats a value of the axis.
        decimals: that the text has; a finer step would be written wrong.
    """
    finite = [value for value in values if math.isfinite(value)]
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
    ticks = [number * step for number in range(first, last + 1)]
    texts = [text(tick) for tick in ticks]
    # A unit with too few decimals writes several lines alike; the first of them says it.
    seen: set[str] = set()
    marked = []
    for tick, written in zip(ticks, texts, strict=True):
        marked.append((tick, "" if written in seen else written))
        seen.add(written)
    return Axis(low, high, tuple(marked))


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
