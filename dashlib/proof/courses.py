"""How a series goes: constant, along a line, in a burst, or absent; and that in promtool's notation."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from dashlib.metrics.catalog import Metric

# Where a line begins that may begin anywhere: far enough from 0 that a counter does not seem to have started anew.
_BEGINNING: Final = 1_000_000.0
_DIGITS: Final = ".14g"


@frozen
class Series:
    """A series that a proof makes up.

    Attributes:
        name: logical name of its metric.
        labels: its labels, sorted.
        metric: what the catalog knows of it; None where that is nothing.
    """

    name: str
    labels: tuple[tuple[str, str], ...]
    metric: Metric | None = field(default=None, eq=False, repr=False)

    def with_label(self, label: str, value: str) -> Series:
        """Return the same series with another value of one label."""
        return Series(self.name, tuple(sorted({**dict(self.labels), label: value}.items())), self.metric)

    def __str__(self) -> str:
        """Return the series as promtool reads it."""
        written = ", ".join(f'{label}="{_escaped(value)}"' for label, value in self.labels)
        return f"{self.name}{{{written}}}"


@frozen
class Line:
    """A value that is constant or grows evenly.

    Attributes:
        start: the value at time 0; None where only the slope counts: it then goes on from wherever the series is.
        slope: growth in a second.
    """

    start: float | None
    slope: float = 0.0

    @property
    def constant(self) -> float | None:
        """The value, where it is known and always the same."""
        return self.start if self.slope == 0 else None

    def at(self, seconds: float) -> float | None:
        """Return the value at a time; None where only the slope is known."""
        return None if self.start is None else self.start + self.slope * seconds

    def __str__(self) -> str:
        """Return what it does, for people."""
        if self.slope == 0:
            return "constant" if self.start is None else number(self.start)
        return f"{number(self.slope)} more each second"


@frozen
class Burst:
    """Something that happens a few times at once, and then no more.

    Attributes:
        what: `resets` of a counter, or `changes`.
        times: how often.
    """

    what: Literal["resets", "changes"]
    times: int

    def __str__(self) -> str:
        """Return what it does, for people."""
        return f"{self.times} {self.what}"


@frozen
class Absent:
    """There is no sample."""

    def __str__(self) -> str:
        """Return what it does, for people."""
        return "absent"


ABSENT: Final = Absent()
Course: TypeAlias = Line | Burst | Absent


@frozen
class Voice:
    """One of the series by which Prometheus hears of a logical one.

    Attributes:
        series: as it is written.
        factor: what a value in the canonical unit is multiplied with.
        hidden: canonical values that it has no sample for.
        more: what is added to each value after that.
        always: it has samples where the logical series has none.
    """

    series: Series
    factor: float = 1.0
    hidden: tuple[float, ...] = ()
    more: float = 0.0
    always: bool = False


@frozen
class Segment:
    """A time in which each series has one course.

    Attributes:
        seconds: how long.
        courses: by series; one that is not here is absent.
    """

    seconds: int
    courses: Mapping[Series, Course]


def input_series(
    segments: Sequence[Segment], scrape: int, voices: Callable[[Series], Iterable[Voice]]
) -> list[dict[str, str]]:
    """Return the series of some segments, one after another, as promtool reads them.

    Args:
        segments: in order of time; each lasts a whole number of scrapes.
        scrape: seconds between two samples.
        voices: returns the series by which Prometheus hears of a logical one.
    """
    series = dict.fromkeys(each for segment in segments for each in segment.courses)
    written: dict[str, str] = {}
    for each in series:
        courses = [(segment.courses.get(each, ABSENT), segment.seconds // scrape) for segment in segments]
        for voice in voices(each):
            said = [
                (Line(None), count) if voice.always and course == ABSENT else (course, count)
                for course, count in courses
            ]
            if any(not _is_silent(course, voice.hidden) for course, _ in said):
                written[str(voice.series)] = samples(said, scrape, voice.factor, voice.hidden, voice.more)
    return [{"series": name, "values": values} for name, values in written.items()]


def _is_silent(course: Course, hidden: Collection[float]) -> bool:
    return isinstance(course, Absent) or (isinstance(course, Line) and course.constant in hidden)


def samples(
    courses: Sequence[tuple[Course, int]],
    scrape: int,
    factor: float = 1.0,
    hidden: Collection[float] = (),
    more: float = 0.0,
) -> str:
    """Return one series' samples in promtool's notation.

    Args:
        courses: each course with the number of its samples.
        scrape: seconds between two samples.
        factor: what each value is multiplied with.
        hidden: values, before that, that there are no samples of; what comes then goes on from them all the same.
        more: what is added to each value after that.
    """

    def scaled(value: float) -> str:
        return number(value if factor == 1 else float(format(value * factor, _DIGITS)))

    def written(value: float) -> str:
        return scaled(value) if not more else number(float(format(value * factor + more, _DIGITS)))

    parts: list[str] = []
    last: float | None = None
    is_there = False
    position = 0
    for course, count in courses:
        if not count:
            continue
        if isinstance(course, Absent) or (isinstance(course, Line) and course.constant in hidden):
            parts.extend((["stale"] if is_there else []) + _gap(count - is_there))
            last = course.constant if isinstance(course, Line) else None
        elif isinstance(course, Burst):
            values = _burst(course, _BEGINNING if last is None else last, count)
            parts.extend(written(value) for value in values)
            parts.extend([f"{written(values[-1])}+0x{count - len(values) - 1}"] if count > len(values) else [])
            last = values[-1]
        else:
            step = course.slope * scrape
            first = course.at(position * scrape)
            if first is None:
                first = _BEGINNING if last is None else last + step
            parts.append(f"{written(first)}{'-' if step < 0 else '+'}{scaled(abs(step))}x{count - 1}")
            last = first + step * (count - 1)
        is_there = not _is_silent(course, hidden)
        position += count
    return " ".join(parts)


def _gap(count: int) -> list[str]:
    return [f"_x{count}"] if count else []


def _burst(burst: Burst, last: float, count: int) -> list[float]:
    """Return the samples of a burst: a counter that begins anew, or a value that changes, so many times.

    What a threshold asks for may be more than a series of some samples can do, or than fits into memory.
    """
    times = min(burst.times, count)
    if burst.what == "changes":
        values = [last + step + 1 for step in range(times)]
    else:
        values = [last + 1, *[0.0, 1.0] * times][: 2 * times]
    return (values or [last])[:count]


def number(value: float) -> str:
    """Return a number without an exponent, as short as it is exact."""
    return str(int(value)) if float(value).is_integer() else format(Decimal(repr(float(value))), "f")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
