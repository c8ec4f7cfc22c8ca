"""What every series did while a fault lasted: read from Prometheus as it was scraped, kept small.

A recording is one gzipped JSON file. Each series holds its samples in promtool's own notation, one value a scrape:
`0x11 1 stale _x4` is twelve times 0, then 1, then gone. `up` tells when the scrapes were: a scrape in which a series is
missing is where it went away.
"""

from __future__ import annotations

import gzip
import json
import time
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from .clients import PrometheusApi

# What a rule or a panel may ask for. The server's own metrics, the JVM's and the exporters' upkeep are left out.
RECORDED = (
    '{__name__=~"up|(debezium|kafka_connect)_.+|pg_replication_slots?_.+|pg_up|mysql_up|mysql_binlog_.+'
    '|mysql_global_variables_binlog_expire_logs_seconds"}'
)
JOB = "kafka-connect"
ABSENT = "_"
GONE = "stale"
# A number is written without its fraction from here on.
LARGE = 100_000


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


@define
class Recorder:
    """Watches a stack's Prometheus from now until it is asked for the recording.

    Attributes:
        fault: the name of what will be done.
        metrics: the Prometheus.
        interval: its scrape interval for Kafka Connect, in seconds.
    """

    fault: str
    metrics: PrometheusApi
    interval: float = 5
    started: float = field(factory=time.time, init=False)
    _marks: list[tuple[float, str]] = field(factory=list, init=False)

    def begin_now(self) -> None:
        """Forget what was so far: it was preparation."""
        self.started = time.time()
        self._marks.clear()

    def mark(self, what: str) -> None:
        """Note what is being done, or was just seen."""
        self._marks.append((time.time(), what))

    def watch(self, seconds: float) -> None:
        """Return when Prometheus has scraped for so many more seconds."""
        end = time.time() + seconds
        last_scrape = f'max(timestamp(up{{job="{JOB}"}}))'
        wait_until(
            lambda: (self.metrics.value(last_scrape) or 0) >= end,
            "Prometheus does not scrape Kafka Connect",
            seconds=seconds + 60,
            every=0.5,
        )

    def finish(self, versions: Mapping[str, str]) -> Recording:
        """Return what was recorded."""
        end = time.time()
        found = self.metrics.samples(RECORDED, start=self.started - self.interval, end=end)
        scrapes = {
            _target(labels): [at for at, _ in samples] for labels, samples in found if labels["__name__"] == "up"
        }
        first = min((times[0] for times in scrapes.values() if times), default=self.started)
        # the end is a scrape of every worker: behind it a series would seem to be gone that is only not scraped yet
        last = min((times[-1] for (job, _), times in scrapes.items() if job == JOB), default=first)
        length = 1 + round((last - first) / self.interval)
        series = []
        for labels, samples in found:
            times = scrapes.get(_target(labels), [])
            series.append(Series(labels, contract(_on_grid(dict(samples), times, first, self.interval, length))))
        return Recording(
            fault=self.fault,
            interval=self.interval,
            versions=dict(versions),
            marks=[Mark(round(at - first, 1), what) for at, what in self._marks],
            series=sorted(series, key=lambda each: each.name),
        )


def _target(labels: Mapping[str, str]) -> tuple[str, str]:
    return labels.get("job", ""), labels.get("instance", "")


def _on_grid(
    samples: Mapping[float, str], times: Sequence[float], first: float, interval: float, length: int
) -> list[str]:
    """Return one value a grid point: the scrape's, `stale` where the series is first missing, else `_`.

    A target that is scraped less often than the grid has nothing between two scrapes.
    """
    grid = [ABSENT] * length
    present = False
    for at in times:
        point = round((at - first) / interval)
        if not 0 <= point < length:
            continue
        if at in samples:
            grid[point] = _short(samples[at])
            present = True
        elif present:
            grid[point] = GONE
            present = False
    return grid


def _short(value: str) -> str:
    number = float(value)
    if number != number or number in {float("inf"), float("-inf")}:  # noqa: PLR0124 - NaN is what differs from itself
        return value
    return written(number)


def written(number: float) -> str:
    """Return a number as promtool reads it, without what a float's text has too many of.

    What grows goes on growing: a large number loses its fraction, and nothing before it.
    """
    return f"{number:.0f}" if number == int(number) or abs(number) >= LARGE else f"{number:.6g}"
