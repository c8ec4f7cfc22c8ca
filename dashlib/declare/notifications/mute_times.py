"""When nobody is notified."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from dashlib.declare.arguments import checked
from dashlib.declare.labels import texts
from dashlib.declare.signals import is_filled
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable


# As Alertmanager and Grafana count: a week begins on Sunday, and a range does not go over its end.
_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_TIMES = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_DAYS_IN_MONTH, _MONTHS_IN_YEAR = 31, 12


def _weekday(text: str) -> int | None:
    return _WEEKDAYS.index(text) if text in _WEEKDAYS else None


def _day_of_month(text: str) -> int | None:
    if not re.fullmatch(r"-?[0-9]{1,2}", text) or not 1 <= abs(int(text)) <= _DAYS_IN_MONTH:
        return None
    day = int(text)
    return day if day > 0 else _DAYS_IN_MONTH + 1 + day


def _month(text: str) -> int | None:
    if text in _MONTHS:
        return _MONTHS.index(text) + 1
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) and 1 <= int(text) <= _MONTHS_IN_YEAR else None


def _year(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{4}", text) else None


_RANGES = {
    "weekdays": (_weekday, "'monday' or 'monday:friday'; the week begins on Sunday, so write a weekend as two entries"),
    "days_of_month": (_day_of_month, "'1', '1:5' or, counted from the end of the month, '-3:-1'"),
    "months": (_month, "'january', '1:3' or 'january:march'"),
    "years": (_year, "'2027' or '2027:2028'"),
}


def _are_ranges(instance: object, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    number, example = _RANGES[attribute.name]
    for text in value:
        ends = [number(end) for end in text.split(":")]
        first, last = ends[0], ends[-1]
        if len(ends) not in (1, 2) or first is None or last is None or first > last:
            raise DeclarationError(f"{type(instance).__name__} {attribute.name} must be like {example}; got {text!r}")


@checked
@attrs.frozen(repr=False)
class Period(Value):
    """A recurring time. A field that is left empty matches always.

    Attributes:
        times: of day, such as `22:00-24:00`; a night needs two of them.
        weekdays: `monday` or `monday:friday`.
        days_of_month: `1`, `1:5`, or from the end `-3:-1`.
        months: `january`, `1:3`.
        years: `2027`, `2027:2028`.
    """

    times: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=texts)
    weekdays: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=texts, validator=_are_ranges)
    days_of_month: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=texts, validator=_are_ranges)
    months: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=texts, validator=_are_ranges)
    years: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=texts, validator=_are_ranges)

    @times.validator
    def _check_times(self, _attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
        for text in value:
            if not _TIMES.fullmatch(text) or text[:5] >= text[6:]:
                raise DeclarationError(
                    f"Period times must be like '22:00-24:00', with the start before the end (write a night as "
                    f"'22:00-24:00' and '00:00-06:00'); got {text!r}"
                )

    def interval(self, location: str) -> dict[str, object]:
        """Return the period as Alertmanager and Grafana write it, in one of their `time_intervals`.

        Args:
            location: a time zone of the IANA database, or `UTC`.
        """
        written: dict[str, object] = {}
        if self.times:
            written["times"] = [{"start_time": text[:5], "end_time": text[6:]} for text in self.times]
        for name in ("weekdays", "days_of_month", "months", "years"):
            if getattr(self, name):
                written[name] = list(getattr(self, name))
        # Alertmanager and Grafana count in UTC where nothing is said.
        if location != "UTC":
            written["location"] = location
        return written


def _is_time_zone(name: str) -> bool:
    if name == "UTC":
        return True
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        return False
    return True


def _periods(items: Period | Iterable[Period]) -> tuple[Period, ...]:
    return (items,) if isinstance(items, Period) else tuple(items)


@checked
@attrs.frozen(eq=False, repr=False)
class MuteTime(Value):
    """Times in which a route that names it sends nothing: what Grafana calls a mute timing.

    Attributes:
        name: what routes call it.
        periods: it applies in any of them.
        location: time zone, a name of the IANA database such as `Europe/Berlin`.
        source: where it was declared.
    """

    name: str = attrs.field(validator=is_filled)
    periods: tuple[Period, ...] = attrs.field(converter=_periods)
    location: str = attrs.field(kw_only=True, default="UTC")
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    @periods.validator
    def _check_periods(self, _attribute: attrs.Attribute[object], value: tuple[object, ...]) -> None:
        if not value:
            raise DeclarationError(f"mute time {self.name!r} needs at least one Period")

    @location.validator
    def _check_location(self, _attribute: attrs.Attribute[str], value: str) -> None:
        # A machine without the database cannot tell; Alertmanager then will.
        if not _is_time_zone(value) and _is_time_zone("Europe/London"):
            raise DeclarationError(
                f"mute time {self.name!r}: {value!r} is not an IANA time zone such as Europe/Berlin or UTC"
            )

    @property
    def intervals(self) -> list[dict[str, object]]:
        """Its periods as Alertmanager and Grafana write them: the list `time_intervals`."""
        return [period.interval(self.location) for period in self.periods]
