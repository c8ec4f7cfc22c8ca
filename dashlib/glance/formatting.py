"""A number in a unit, as Grafana writes it: `2 ms`, `1.50 mins`, `0%`, `3.9 ev/s`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias

from dashlib.glance import dates
from dashlib.glance.javascript import half_up, number_text, power, round_number
from dashlib.glance.units import BINARY, BOOLEANS, COUNTS, CURRENCIES, DECIMAL, PLAIN

# Prefix, number, suffix.
Formatted: TypeAlias = tuple[str, str, str]
_Formatter: TypeAlias = Callable[[float, int | None], Formatted]

_MILLISECONDS = 1000.0
# From so many units of its last digit on, a number has one digit more.
_TWO_DIGITS = 2.25
_BASE_SIXTEEN = 16
_HALF = 0.5
_TEN = 10


def formatted(value: float, unit: str, decimals: int | None, now: float | None = None) -> Formatted:
    """Return a number as Grafana writes it: prefix, number, suffix.

    Args:
        value: no NaN; a panel never formats one.
        unit: Grafana's id, or one of the forms `suffix:`, `prefix:`, `time:`, `si:`, `count:`, `currency:`, `bool:`. A
            unit that Grafana does not have is written behind the number.
        decimals: digits after the point; None for as many as Grafana finds fit.
        now: Unix seconds of the moment that the panel is looked at, for units that count from it.

    Raises:
        GlanceError: the unit needs to know now, or a date pattern has a letter the reader does not know.
    """
    moment = dates.formatter(unit)
    if moment is not None:
        return "", moment(value, now), ""
    return _formatter(unit)(value, decimals)


def is_date(unit: str) -> bool:
    """Return whether a unit writes a point in time (milliseconds since 1970)."""
    return dates.formatter(unit) is not None


@functools.lru_cache(maxsize=512)
def _formatter(unit: str) -> _Formatter:
    for table, make in _TABLES:
        if unit in table:
            return make(unit)
    if unit in _OTHERS:
        return _OTHERS[unit]
    kind, colon, rest = unit.partition(":")
    if colon and kind in _CUSTOM:
        return _CUSTOM[kind](rest)
    return _plain(unit)


def fixed(value: float, decimals: int | None) -> str:
    """Return a number with so many digits after the point, as many as fit if None."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    places = _fitting_decimals(value) if decimals is None else max(0, decimals)
    if value == 0:
        return f"{0:.{places}f}"
    factor = power(10.0, places)
    scaled = value * factor
    text = number_text(round_number(scaled) / factor if math.isfinite(factor) else math.nan)
    if "e" in text:
        return text
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(places, '0')}" if len(fraction) < places else text


def _fitting_decimals(value: float) -> int:
    """Return how many digits after the point Grafana finds fit: about two that count, none for a whole number."""
    if math.isnan(value) or math.fmod(value, 1) == 0:
        return 0
    size = abs(value)
    decimals = 1 - math.floor(math.log(size) / math.log(10))
    if size / power(10.0, -decimals) > _TWO_DIGITS:
        decimals += 1
    return max(0, decimals)


def _plain(symbol: str, *, before: bool = False) -> _Formatter:
    if before:
        return lambda value, decimals: (symbol, fixed(value, decimals), "")
    suffix = f" {symbol}" if symbol else ""
    return lambda value, decimals: ("", fixed(value, decimals), suffix)


def _scaled(factor: float, suffixes: Sequence[str], offset: int = 0) -> _Formatter:
    """Return what writes a value with the suffix that leaves it between 1 and `factor`."""
    last = len(suffixes) - 1
    step = math.log10(factor)

    def write(value: float, decimals: int | None) -> Formatted:
        if math.isinf(value):
            return "", fixed(value, None), ""
        index = 0 if value == 0 else math.floor(math.log10(abs(value)) / step)
        suffix = suffixes[min(max(offset + index, 0), last)]
        return "", fixed(value / power(factor, min(max(index, -offset), last - offset)), decimals), suffix

    return write


_DECIMAL_PREFIXES = ("f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y")
_BINARY_PREFIXES = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")
_LARGE = ("", "K", "M", "B", "T")
_BASE = _DECIMAL_PREFIXES.index("")


def _decimal(symbol: str, steps: int = 0) -> _Formatter:
    return _scaled(1000.0, [f" {prefix}{symbol}" for prefix in _DECIMAL_PREFIXES], _BASE + steps)


def _binary(symbol: str, steps: int = 0) -> _Formatter:
    return _scaled(1024.0, [f" {prefix}{symbol}" for prefix in _BINARY_PREFIXES], steps)


def _counted(symbol: str) -> _Formatter:
    scaled = _scaled(1000.0, _LARGE)

    def write(value: float, decimals: int | None) -> Formatted:
        prefix, text, suffix = scaled(value, decimals)
        # Grafana appends to a suffix that an infinite value does not have.
        return prefix, text, f"{'undefined' if math.isinf(value) else suffix} {symbol}"

    return write


def _currency(symbol: str, *, behind: bool = False) -> _Formatter:
    scaled = _scaled(1000.0, _LARGE)

    def write(value: float, decimals: int | None) -> Formatted:
        _, text, suffix = scaled(abs(value), decimals)
        minus = "-" if value < 0 else ""
        return (
            (minus, text, suffix if math.isinf(value) else suffix + symbol)
            if behind
            else (minus + symbol, text, suffix)
        )

    return write


def _grouped(number: Decimal) -> str:
    return f"{number:,f}"


def _full_currency(symbol: str, *, behind: bool) -> _Formatter:
    def write(value: float, decimals: int | None) -> Formatted:
        if math.isinf(value):
            text = fixed(value, None)
        elif decimals is None:
            text = _without_zeros(_grouped(half_up(value, 1)))
        else:
            text = _grouped(half_up(value, decimals))
        return ("", text, symbol) if behind else (symbol, text, "")

    return write


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _currency_of(rest: str) -> _Formatter:
    kind, *more = rest.split(":")
    if kind == "financial" and more:
        return _full_currency(more[0], behind=more[1:2] == ["suffix"]) if more[0] else _plain("")
    return _currency(rest)


def _si_of(rest: str) -> _Formatter:
    first = rest[:1].replace("μ", "µ")
    steps = _DECIMAL_PREFIXES.index(first) - _BASE if first and first in _DECIMAL_PREFIXES else 0
    return _decimal(rest[1:] if steps else rest, steps)


def _boolean(true: str, false: str) -> _Formatter:
    return lambda value, _: ("", true if value else false, "")


def _boolean_of(rest: str) -> _Formatter:
    true, slash, false = rest.partition("/")
    return _boolean(true, false if slash else "-")


# --- times -------------------------------------------------------------------------------------------------------

# Below which size, multiplied and divided by what, under which name.
_Step: TypeAlias = tuple[float, float, float, str]
_MINUTE, _HOUR, _DAY, _WEEK, _YEAR = 60.0, 3600.0, 86400.0, 604800.0, 31536000.0
_PLURAL = {"min", "hour", "day", "week", "year"}


def _time(steps: Sequence[_Step], *, first_plural: bool) -> _Formatter:
    def write(value: float, decimals: int | None) -> Formatted:
        size = abs(value)
        place, (_, multiplier, divisor, name) = next(
            (number, step) for number, step in enumerate(steps) if size < step[0] or number == len(steps) - 1
        )
        shown = value * multiplier / divisor
        plural = name in _PLURAL and abs(shown) > 1 and (place > 0 or first_plural)
        return "", fixed(shown, decimals), f" {name}{'s' if plural else ''}"

    return write


_NANOSECONDS = _time(
    (
        (1e3, 1, 1, "ns"),
        (1e6, 1, 1e3, "µs"),
        (1e9, 1, 1e6, "ms"),
        (6e10, 1, 1e9, "s"),
        (36e11, 1, 6e10, "min"),
        (864e11, 1, 36e11, "hour"),
        (math.inf, 1, 864e11, "day"),
    ),
    first_plural=True,
)
_MICROSECONDS = _time(
    ((1e3, 1, 1, "µs"), (1e6, 1, 1e3, "ms"), (math.inf, 1, 1e6, "s")),
    first_plural=True,
)
_MILLISECOND_STEPS = _time(
    (
        (1e3, 1, 1, "ms"),
        (6e4, 1, 1e3, "s"),
        (36e5, 1, 6e4, "min"),
        (864e5, 1, 36e5, "hour"),
        (31536e6, 1, 864e5, "day"),
        (math.inf, 1, 31536e6, "year"),
    ),
    first_plural=True,
)
_SECOND_STEPS = _time(
    (
        (1e-6, 1e9, 1, "ns"),
        (1e-3, 1e6, 1, "µs"),
        (1, 1e3, 1, "ms"),
        (_MINUTE, 1, 1, "s"),
        (_HOUR, 1, _MINUTE, "min"),
        (_DAY, 1, _HOUR, "hour"),
        (_WEEK, 1, _DAY, "day"),
        (_YEAR, 1, _WEEK, "week"),
        (math.inf, 1, 31556900.0, "year"),
    ),
    first_plural=True,
)
_MINUTES = _time(
    (
        (60, 1, 1, "min"),
        (1440, 1, 60, "hour"),
        (10080, 1, 1440, "day"),
        (604800, 1, 10080, "week"),
        (math.inf, 1, 525948, "year"),
    ),
    first_plural=False,
)
_HOURS = _time(
    ((24, 1, 1, "hour"), (168, 1, 24, "day"), (8760, 1, 168, "week"), (math.inf, 1, 8760, "year")),
    first_plural=False,
)
_DAYS = _time(
    ((7, 1, 1, "day"), (365, 1, 7, "week"), (math.inf, 1, 365, "year")),
    first_plural=True,
)


def _seconds(value: float, decimals: int | None) -> Formatted:
    return ("", "0", " s") if value == 0 else _SECOND_STEPS(value, decimals)


_PARTS = (
    ("year", 31536e6),
    ("month", 2592e6),
    ("week", 604800e3),
    ("day", 86400e3),
    ("hour", 3600e3),
    ("minute", 60e3),
    ("second", 1e3),
    ("millisecond", 1.0),
)


def _duration(unit: str, milliseconds: float) -> _Formatter:
    """Return what writes a duration in words: `1 hour, 2 minutes` with one decimal more than the largest part."""

    def write(value: float, decimals: int | None) -> Formatted:
        if value == 0:
            return "", "0", f" {unit}s"
        if value < 0:
            _, text, suffix = write(-value, decimals)
            return "", text, f"{suffix} ago"
        rest = value * milliseconds
        parts: list[str] = []
        for name, length in _PARTS:
            count = rest / length
            if count >= 1 or parts:
                if len(parts) > (decimals or 0):
                    break
                whole = math.floor(count) if math.isfinite(count) else count
                parts.append(f"{number_text(whole)} {name}{'' if whole == 1 else 's'}")
                rest = math.fmod(rest, length) if math.isfinite(rest) else math.nan
        return "", ", ".join(parts), ""

    return write


def _clock(value: float, decimals: int | None) -> Formatted:
    """Return milliseconds as on a clock: `01m:02s:003ms`, with fewer parts the fewer decimals."""
    if not math.isfinite(value):
        return "", "Invalid date", ""
    total = math.trunc(value)
    parts = (f"{total // 60000 % 60:02d}m", f"{total // 1000 % 60:02d}s", f"{total % 1000:03d}ms")
    if value < _MILLISECONDS:
        return "", parts[2], ""
    if value < _MINUTE * _MILLISECONDS:
        return "", ":".join(parts[1 : 2 if decimals == 0 else 3]), ""
    if value < _HOUR * _MILLISECONDS:
        return "", ":".join(parts[: {0: 1, 1: 2}.get(3 if decimals is None else decimals, 3)]), ""
    hours = f"{total // 3600000}h"
    kept = {0: 0, 1: 1, 2: 2}.get(3 if decimals is None else decimals, 3)
    return "", ":".join((hours, *parts[:kept])), ""


def _hours_minutes_seconds(value: float, decimals: int | None) -> Formatted:
    if value < 0:
        _, text, suffix = _hours_minutes_seconds(-value, decimals)
        return "", text, f"{suffix} ago"
    if math.isinf(value):
        return "", "Infinity:NaN:NaN", ""
    total = math.floor(value)
    parts = (total // 3600, total % 3600 // 60, total % 60)
    return "", ":".join(f"{part:02d}" for part in parts), ""


def _days_and_hours(value: float, decimals: int | None) -> Formatted:
    if value < 0:
        _, text, suffix = _days_and_hours(-value, decimals)
        return "", text, f"{suffix} ago"
    if math.isinf(value):
        return "", "Infinity d NaN:NaN:NaN", ""
    days = math.floor(value / _DAY)
    _, text, suffix = _hours_minutes_seconds(value - days * _DAY, decimals)
    return "", (f"{days} d " if days else "") + text, suffix


# --- other notations -----------------------------------------------------------------------------------------------


def _hexadecimal(mark: str) -> _Formatter:
    def write(value: float, decimals: int | None) -> Formatted:
        text = fixed(value, decimals)
        number = math.nan if "∞" in text else float(text)
        if math.isnan(number):
            return "", mark + "NAN", ""
        minus = "-" if number < 0 else ""
        return "", minus + mark + _base_sixteen(abs(number)), ""

    return write


def _base_sixteen(number: float) -> str:
    """Return a number to the base of 16, with as many digits as tell it from its neighbors."""
    whole = math.floor(number)
    fraction = number - whole
    delta = max(0.5 * (math.nextafter(number, math.inf) - number), math.ulp(0.0))
    digits: list[int] = []
    if fraction >= delta:
        while True:
            fraction *= 16
            delta *= 16
            digit = int(fraction)
            digits.append(digit)
            fraction -= digit
            if (fraction > _HALF or (fraction == _HALF and digit & 1)) and fraction + delta > 1:
                whole = _carried(digits, whole)
                break
            if fraction < delta:
                break
    text = f"{whole:X}"
    return f"{text}.{''.join(f'{digit:X}' for digit in digits)}" if digits else text


def _carried(digits: list[int], whole: int) -> int:
    """Round the last digit up, in place, and return the whole part."""
    while digits:
        digits[-1] += 1
        if digits[-1] < _BASE_SIXTEEN:
            return whole
        digits.pop()
    return whole + 1


def _scientific(value: float, decimals: int | None) -> Formatted:
    if math.isinf(value):
        return "", number_text(value), ""
    number = Decimal(value) if decimals is not None else Decimal(repr(value))
    if number == 0:
        return "", f"{0:.{decimals or 0}f}e+0", ""
    exponent = number.adjusted()
    mantissa = number.scaleb(-exponent)
    if decimals is not None:
        mantissa = half_up_exact(mantissa, decimals)
        if abs(mantissa) >= _TEN:
            exponent += 1
            mantissa = half_up_exact(mantissa / 10, decimals)
    else:
        mantissa = mantissa.normalize()
    return "", f"{mantissa:f}e{exponent:+d}", ""


def half_up_exact(number: Decimal, decimals: int) -> Decimal:
    """Return a number rounded to so many decimals, halves away from zero."""
    return number.quantize(Decimal(1).scaleb(-decimals), rounding="ROUND_HALF_UP")


def _locale(value: float, decimals: int | None) -> Formatted:
    if math.isinf(value):
        return "", fixed(value, None), ""
    text = _without_zeros(_grouped(half_up(value, 3 if decimals is None else decimals)))
    return "", text, ""


def _string(value: float, _: int | None) -> Formatted:
    return "", number_text(value), ""


def _percent(value: float, decimals: int | None) -> Formatted:
    return "", fixed(value, decimals), "%"


def _percent_of_one(value: float, decimals: int | None) -> Formatted:
    return "", fixed(100 * value, decimals), "%"


_TABLES: tuple[tuple[dict[str, object], Callable[[str], _Formatter]], ...] = (
    (dict(PLAIN), lambda unit: _plain(PLAIN[unit])),
    (dict(DECIMAL), lambda unit: _decimal(*DECIMAL[unit])),
    (dict(BINARY), lambda unit: _binary(*BINARY[unit])),
    (dict(COUNTS), lambda unit: _counted(COUNTS[unit])),
    (dict(CURRENCIES), lambda unit: _currency(CURRENCIES[unit][0], behind=CURRENCIES[unit][1])),
    (dict(BOOLEANS), lambda unit: _boolean(*BOOLEANS[unit])),
)
_OTHERS: dict[str, _Formatter] = {
    "": _plain(""),
    "string": _string,
    "short": _scaled(1000.0, ("", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept")),
    "pressurepsi": _scaled(1000.0, ("psi", "ksi", "Mpsi")),
    "percent": _percent,
    "percentunit": _percent_of_one,
    "hex0x": _hexadecimal("0x"),
    "hex": _hexadecimal(""),
    "sci": _scientific,
    "locale": _locale,
    "ns": _NANOSECONDS,
    "µs": _MICROSECONDS,
    "ms": _MILLISECOND_STEPS,
    "s": _seconds,
    "m": _MINUTES,
    "h": _HOURS,
    "d": _DAYS,
    "dtdurationms": _duration("millisecond", 1.0),
    "dtdurations": _duration("second", _MILLISECONDS),
    "dthms": _hours_minutes_seconds,
    "dtdhms": _days_and_hours,
    "timeticks": lambda value, decimals: _seconds(value / 100, decimals),
    "clockms": _clock,
    "clocks": lambda value, decimals: _clock(value * _MILLISECONDS, decimals),
}
_CUSTOM: dict[str, Callable[[str], _Formatter]] = {
    "prefix": lambda rest: _plain(rest, before=True),
    "suffix": _plain,
    "si": _si_of,
    "count": _counted,
    "currency": _currency_of,
    "bool": _boolean_of,
}
