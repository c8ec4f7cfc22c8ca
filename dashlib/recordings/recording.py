"""What every series did while something happened, as a Prometheus scraped it, kept small.

A recording is one gzipped JSON file. Each series holds its samples in promtool's own notation, one value a scrape:
`0x11 1 stale _x4` is twelve times 0, then 1, then gone. `up` tells when the scrapes were: a scrape in which a series is
missing is where it went away.
"""

from __future__ import annotations

import gzip
import json
import math
from typing import TYPE_CHECKING, Any

from attrs import frozen

from dashlib.errors import DashlibError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

#: A scrape in which a series is not there.
ABSENT = "_"
#: The first scrape in which a series is not there any more.
GONE = "stale"
# A number is written without its fraction from here on.
_LARGE = 100_000


class RecordingError(DashlibError):
    """A file is not a recording, or there is no recording of that name."""


@frozen
class Mark:
    """Something that was done, or seen, during a recording.

    Attributes:
        at: seconds from the first scrape.
        what: the sentence.
    """

    at: float
    what: str


@frozen
class Series:
    """One series of a recording.

    Attributes:
        labels: with `__name__`.
        values: promtool's notation, one value a scrape.
    """

    labels: Mapping[str, str]
    values: str

    @property
    def name(self) -> str:
        """The series as promtool reads it: `up{instance="connect:9404", job="kafka-connect"}`."""
        labels = ", ".join(
            f"{label}={json.dumps(value)}" for label, value in sorted(self.labels.items()) if label != "__name__"
        )
        return f"{self.labels['__name__']}{{{labels}}}"

    def samples(self) -> list[str]:
        """Return the values one by one; `stale` where the series went away, `_` where it is not there."""
        return expand(self.values)


@frozen
class Recording:
    """What every series did while a fault lasted.

    Attributes:
        fault: its name.
        interval: seconds between two scrapes.
        versions: of what ran.
        marks: what was done when.
        series: all of them, sorted by name.
    """

    fault: str
    interval: float
    versions: Mapping[str, str]
    marks: Sequence[Mark]
    series: Sequence[Series]

    @property
    def length(self) -> int:
        """How many scrapes it holds."""
        return max((len(each.samples()) for each in self.series), default=0)

    def write(self, path: Path) -> None:
        """Write it, the same bytes for the same recording."""
        content = {
            "fault": self.fault,
            "interval": self.interval,
            "versions": dict(self.versions),
            "marks": [[mark.at, mark.what] for mark in self.marks],
            "series": [[each.name, each.values] for each in self.series],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(content, indent=0, ensure_ascii=False)
        path.write_bytes(gzip.compress(text.encode(), mtime=0))

    @classmethod
    def read(cls, path: Path) -> Recording:
        """Read one that was written."""
        content: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
        return cls(
            fault=content["fault"],
            interval=content["interval"],
            versions=content["versions"],
            marks=[Mark(at, what) for at, what in content["marks"]],
            series=[Series(_parse_name(name), values) for name, values in content["series"]],
        )


def _parse_name(name: str) -> dict[str, str]:
    """Undo `Series.name`."""
    metric, _, labels = name.partition("{")
    found = {"__name__": metric}
    decoder = json.JSONDecoder()
    rest = labels.removesuffix("}")
    while rest:
        label, _, rest = rest.partition("=")
        value, end = decoder.raw_decode(rest)
        found[label.strip()] = value
        rest = rest[end:].removeprefix(", ")
    return found


def contract(values: Iterable[str]) -> str:
    """Write values in promtool's notation, runs as `1x2` (three times 1) and `_x3` (three times nothing)."""
    runs: list[tuple[str, int]] = []
    for value in values:
        if runs and runs[-1][0] == value:
            runs[-1] = (value, runs[-1][1] + 1)
        else:
            runs.append((value, 1))
    return " ".join(_run(value, count) for value, count in runs)


def _run(value: str, count: int) -> str:
    if count == 1:
        return value
    if value == ABSENT:
        return f"_x{count}"
    if value in {GONE, "NaN", "Inf", "+Inf", "-Inf"}:  # promtool repeats plain numbers only
        return " ".join([value] * count)
    return f"{value}x{count - 1}"


def expand(values: str) -> list[str]:
    """Undo `contract`."""
    found: list[str] = []
    for each in values.split():
        value, times, count = each.rpartition("x")
        if not times:
            found.append(each)
        else:
            found += [value] * (int(count) + (0 if value == ABSENT else 1))
    return found


def written(number: float) -> str:
    """Return a number as promtool reads it, without what a float's text has too many of.

    What grows goes on growing: a large number loses its fraction, and nothing before it.
    """
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Inf" if number > 0 else "-Inf"
    return f"{number:.0f}" if number == int(number) or abs(number) >= _LARGE else f"{number:.6g}"
