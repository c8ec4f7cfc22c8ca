"""Points in time as Grafana writes them, in UTC: a person's browser has a time zone of its own."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from dashlib.glance.answers import GlanceError

# Milliseconds since 1970 and the moment of looking (Unix seconds) to text.
_Formatter: TypeAlias = Callable[[float, float | None], str]

SYSTEM = "YYYY-MM-DD HH:mm:ss"
SYSTEM_WITH_MILLISECONDS = "YYYY-MM-DD HH:mm:ss.SSS"
_US = "MM/DD/YYYY h:mm:ss a"
# In the browser's language: American English, whose narrow space before AM comes from Unicode's tables.
_LOCAL = "MM/DD/YYYY, hh:mm:ss\u202fA"
# By unit: the pattern, and the one for the day of looking.
_PATTERNS: dict[str, tuple[str, str]] = {
    "dateTimeAsIso": (SYSTEM, ""),
    "dateTimeAsIsoNoDateIfToday": (SYSTEM, "HH:mm:ss"),
    "dateTimeAsUS": (_US, ""),
    "dateTimeAsUSNoDateIfToday": (_US, "h:mm:ss a"),
    "dateTimeAsLocal": (_LOCAL, ""),
    "dateTimeAsLocalNoDateIfToday": (_LOCAL, "hh:mm:ss\u202fA"),
    "dateTimeAsSystem": (SYSTEM, ""),
}
_FARTHEST = 8.64e15


@functools.lru_cache(maxsize=128)
def formatter(unit: str) -> _Formatter | None:
    """Return the formatter of points in time in this unit; None if the unit is not a date."""
    if unit == "dateTimeFromNow":
        return _from_now
    if unit.startswith("time:"):
        pattern = unit.removeprefix("time:")
        return lambda value, _: written(value, pattern)
    if unit not in _PATTERNS:
        return None
    pattern, today = _PATTERNS[unit]
    if not today:
        return lambda value, _: written(value, pattern)

    def write(value: float, now: float | None) -> str:
        seen = _moment(_needed(now, unit) * 1000)
        moment = _moment(value)
        same_day = moment is not None and seen is not None and moment.date() == seen.date()
        return written(value, today if same_day else pattern)

    return write


def _needed(now: float | None, unit: str) -> float:
    if now is None:
        raise GlanceError(f"the unit {unit} is relative to the current time, which is missing; call see(…, now=…)")
    return now


def _moment(milliseconds: float) -> datetime | None:
    if not math.isfinite(milliseconds) or abs(milliseconds) > _FARTHEST:
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=math.trunc(milliseconds))
    except OverflowError:
        return None


_TOKEN = re.compile(
    r"\[([^\]]*)\]|\\(.)|YYYY|YY|MMMM|MMM|MM|M|DDDD|DDD|DD|Do|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|SSS|A|a|X|x|ZZ|Z|z|([A-Za-z])"
)
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def written(milliseconds: float, pattern: str) -> str:
    """Return a point in time by a pattern of moment.js: `YYYY-MM-DD HH:mm:ss`.

    Raises:
        GlanceError: the pattern has a letter that the reader does not know.
    """
    moment = _moment(milliseconds)
    if moment is None:
        return "Invalid date"

    def token(match: re.Match[str]) -> str:
        if match[1] is not None or match[2] is not None:
            return match[1] if match[1] is not None else match[2]
        if match[3] is not None:
            raise GlanceError(f"the reader does not know {match[3]!r} of the date pattern {pattern!r}")
        return _TOKENS[match[0]](moment)

    return _TOKEN.sub(token, pattern or "YYYY-MM-DDTHH:mm:ssZ")


_NOON = 12
_MINUTE_AFTER_SECONDS = 45


def _ordinal(day: int) -> str:
    return f"{day}{'th' if day in (11, 12, 13) else _ORDINALS.get(day % 10, 'th')}"


_TOKENS: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda moment: f"{moment.year:04d}",
    "YY": lambda moment: f"{moment.year % 100:02d}",
    "MMMM": lambda moment: f"{moment:%B}",
    "MMM": lambda moment: f"{moment:%b}",
    "MM": lambda moment: f"{moment.month:02d}",
    "M": lambda moment: str(moment.month),
    "DDDD": lambda moment: f"{moment:%j}",
    "DDD": lambda moment: str(int(f"{moment:%j}")),
    "DD": lambda moment: f"{moment.day:02d}",
    "Do": lambda moment: _ordinal(moment.day),
    "D": lambda moment: str(moment.day),
    "dddd": lambda moment: f"{moment:%A}",
    "ddd": lambda moment: f"{moment:%a}",
    "HH": lambda moment: f"{moment.hour:02d}",
    "H": lambda moment: str(moment.hour),
    "hh": lambda moment: f"{(moment.hour - 1) % 12 + 1:02d}",
    "h": lambda moment: str((moment.hour - 1) % 12 + 1),
    "mm": lambda moment: f"{moment.minute:02d}",
    "m": lambda moment: str(moment.minute),
    "ss": lambda moment: f"{moment.second:02d}",
    "s": lambda moment: str(moment.second),
    "SSS": lambda moment: f"{moment.microsecond // 1000:03d}",
    "A": lambda moment: "PM" if moment.hour >= _NOON else "AM",
    "a": lambda moment: "pm" if moment.hour >= _NOON else "am",
    "X": lambda moment: str(math.floor(moment.timestamp())),
    "x": lambda moment: str(math.floor(moment.timestamp() * 1000)),
    "Z": lambda _: "+00:00",
    "ZZ": lambda _: "+0000",
    "z": lambda _: "UTC",
}

_MINUTE, _HOUR, _DAY, _MONTH = 60.0, 3600.0, 86400.0, 86400.0 * 146097 / 4800


def _from_now(value: float, now: float | None) -> str:
    """Return how long ago, or in how long, as moment.js says it: `3 minutes ago`, `in an hour`."""
    difference = value / 1000 - _needed(now, "dateTimeFromNow")
    if not math.isfinite(difference):
        return "Invalid date"
    size = abs(difference)
    # How many of each, from how many on it is the next larger, and what one is called.
    rungs = (
        (math.floor(size / _MINUTE + 0.5), 45, "a minute", "minutes"),
        (math.floor(size / _HOUR + 0.5), 22, "an hour", "hours"),
        (math.floor(size / _DAY + 0.5), 26, "a day", "days"),
        (math.floor(size / _MONTH + 0.5), 11, "a month", "months"),
        (math.floor(size / _MONTH / 12 + 0.5), math.inf, "a year", "years"),
    )
    text = "a few seconds"
    if math.floor(size + 0.5) >= _MINUTE_AFTER_SECONDS:
        count, _, one, many = next(rung for rung in rungs if rung[0] < rung[1])
        text = one if count <= 1 else f"{count} {many}"
    return f"in {text}" if difference > 0 else f"{text} ago"
