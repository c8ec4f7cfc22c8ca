"""What every series did while a fault lasted: read from Prometheus as it was scraped, kept small.

A recording is one gzipped JSON file. Each series holds its samples in promtool's own notation, one value a scrape:
`0x11 1 stale _x4` is twelve times 0, then 1, then gone. `up` tells when the scrapes were: a scrape in which a series is
missing is where it went away.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from attrs import define, field

from dashlib.recordings.recording import ABSENT, GONE, Mark, Recording, Series, contract, written

from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .clients import PrometheusApi

# What a rule or a panel may ask for. The server's own metrics, the JVM's and the exporters' upkeep are left out.
RECORDED = (
    '{__name__=~"up|(debezium|kafka_connect)_.+|pg_replication_slots?_.+|pg_up|mysql_up|mysql_binlog_.+'
    '|pg_settings_max_slot_wal_keep_size_bytes|mysql_global_variables_binlog_expire_logs_seconds"}'
)
JOB = "kafka-connect"


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
