"""Thousands of connectors for `bench/scale.py`: every series that the lab's exporter has of them, and what it says.

The series are those of `tests/e2e/recordings/healthy.json.gz`, which a running stack's exporters served: names, labels
and how each value goes on are theirs. A connector of the fleet is one of the recording's under another name, on one
of ten Connect clusters with a job of its own and two workers each. SQL Server and MongoDB are PostgreSQL's series with
the labels that these have (`task`; per database all but the queue). Four in a thousand each are failed, paused,
lagging, disconnected, or lost their metrics a third of the history ago.
"""

from __future__ import annotations

import itertools
import math
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from dashlib.recordings.recording import ABSENT, GONE, Recording  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

RECORDING: Final = ROOT / "tests" / "e2e" / "recordings" / "healthy.json.gz"
CLUSTERS: Final = 10
WORKERS: Final = 2
# How many courses a series takes in the fleet: counters at so many heights and speeds, gauges at so many moments.
VARIANTS: Final = 16
# One database exporter for so many connectors.
PER_EXPORTER: Final = 20
# The first so many of them are of kinds whose exporter was recorded.
EXPORTED: Final = 3
# What was counted more often than this went on.
_TWICE: Final = 2
# One of each trouble for so many connectors.
PER_TROUBLE: Final = 250
TROUBLES: Final = ("failed", "paused", "lagging", "disconnected", "vanished")
KINDS: Final = ("mysql", "mariadb", "postgres", "sql_server", "mongodb")
_CLASSES: Final = {"sql_server": "sqlserver.SqlServerConnector", "mongodb": "mongodb.MongoDbConnector"}
_OF_THE_TASK: Final = ("Queue", "Connected")
# What rules and panels look back on for a day.
LOOKED_BACK: Final = frozenset(
    {"up", "kafka_connect_worker_connector_count", "kafka_connect_worker_task_count", "pg_up", "mysql_up"}
)
STALE: Final = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


@attrs.frozen
class Course:
    """How a value goes on, scrape by scrape.

    Attributes:
        values: what was scraped, again and again.
        step: how much a counter gains a scrape; 0 for a gauge.
    """

    values: tuple[float, ...]
    step: float = 0.0

    def at(self, scrape: int, variant: int) -> float:
        """Return the value of a scrape."""
        if self.step:
            speed = 0.25 * (variant + 1)
            return round(self.values[0] * (variant + 1) + max(scrape, 0) * self.step * speed)
        return self.values[(scrape + variant) % len(self.values)]


_SCANNED: Final = {"inventory.customers": Course((1_000.0,)), "inventory.orders": Course((40_527.0,))}


@attrs.frozen
class Series:
    """One series of the fleet.

    Attributes:
        labels: with `__name__`.
        course: its values.
        variant: which one of the course's.
        vanishes: it is gone since a third of the history.
        is_looked_back: something looks back on it for a day.
    """

    labels: Mapping[str, str]
    course: Course
    variant: int
    vanishes: bool = False
    is_looked_back: bool = False


@attrs.frozen
class _Template:
    """What the recording has of one connector, worker or exporter: labels without where and who, and courses."""

    series: tuple[tuple[Mapping[str, str], Course], ...]


def fleet(connectors: int, interval: float) -> Iterator[Series]:
    """Yield every series of so many connectors, their workers and some exporters of their databases.

    Args:
        connectors: how many.
        interval: seconds between two scrapes.
    """
    recording = Recording.read(RECORDING)
    templates = {kind: _connector(recording, kind, interval) for kind in ("mysql", "mariadb", "postgres")}
    worker = _template(
        recording,
        interval,
        lambda each: each.get("instance") == "connect-2:9404" and not {"connector", "server"} & each.keys(),
    )
    exporters = {
        "mysql": _template(recording, interval, lambda each: each.get("instance") == "mysqld-exporter:9104"),
        "postgres": _template(recording, interval, lambda each: each["job"] == "postgres"),
    }
    for cluster in range(CLUSTERS):
        for number in range(WORKERS):
            place = _place(cluster, number)
            running = math.ceil(connectors / CLUSTERS / WORKERS)
            for labels, course in worker.series:
                name = labels["__name__"]
                held = Course((float(running),)) if name.endswith(("r_task_count", "r_connector_count")) else course
                yield Series({**labels, **place}, held, number, is_looked_back=name in LOOKED_BACK)
    for number in range(connectors):
        kind = KINDS[number % len(KINDS)]
        base = templates.get(kind, templates["postgres"])
        trouble = TROUBLES[number % PER_TROUBLE - 1] if 1 <= number % PER_TROUBLE <= len(TROUBLES) else ""
        yield from _connector_series(base, kind, number, trouble)
        if number % PER_EXPORTER < EXPORTED and kind in ("mysql", "mariadb", "postgres"):
            exporter = exporters["postgres" if kind == "postgres" else "mysql"]
            own = {"instance": f"{kind}-{number}-exporter:9104", "server": f"{kind}-{number}-server"}
            for labels, course in exporter.series:
                looked_back = labels["__name__"] in LOOKED_BACK
                yield Series({**labels, **own}, course, number % VARIANTS, is_looked_back=looked_back)


def _place(cluster: int, worker: int) -> dict[str, str]:
    return {"job": f"connect-{cluster:02}", "instance": f"connect-{cluster:02}-{worker}:9404"}


def _connector_series(base: _Template, kind: str, number: int, trouble: str) -> Iterator[Series]:
    place = _place(number // len(KINDS) % CLUSTERS, number // len(KINDS) // CLUSTERS % WORKERS)
    own = {"connector": f"{kind}-{number}-connector"}
    for labels, course in (*base.series, *_snapshots(kind)):
        is_debezium = labels["__name__"].startswith("debezium_")
        if trouble == "failed" and is_debezium:
            continue  # a failed task takes its metrics with it
        shown = {**labels, **place, **own}
        if is_debezium:
            shown |= {"plugin": kind, "server": f"{kind}-{number}-server"}
            if kind in ("sql_server", "mongodb"):
                shown["task"] = "0"
            if kind == "sql_server" and not any(part in labels["__name__"] for part in _OF_THE_TASK):
                shown["database"] = "inventory"
        if "connector_class" in labels and kind in _CLASSES:
            shown["connector_class"] = f"io.debezium.connector.{_CLASSES[kind]}"
        yield Series(
            _status(shown, trouble),
            _told(labels, course, trouble),
            number % VARIANTS,
            vanishes=trouble == "vanished" and is_debezium,
            is_looked_back=labels["__name__"] == "debezium_metrics_QueueTotalCapacity"
            and labels.get("context") == "streaming",
        )


def _snapshots(kind: str) -> Iterator[tuple[Mapping[str, str], Course]]:
    """Yield what a first snapshot left behind, which was in this run of the task for half of the kinds."""
    if kind in ("mysql", "postgres"):
        for table, rows in _SCANNED.items():
            yield {"__name__": "debezium_metrics_RowsScanned", "context": "snapshot", "table": table}, rows


def _status(labels: dict[str, str], trouble: str) -> dict[str, str]:
    is_task = labels["__name__"] == "kafka_connect_connector_task_status"
    if "status" in labels and (trouble == "paused" or (trouble == "failed" and is_task)):
        return {**labels, "status": trouble}
    return labels


def _told(labels: Mapping[str, str], course: Course, trouble: str) -> Course:
    name, streams = labels["__name__"], labels.get("context") == "streaming"
    if trouble in ("failed", "paused"):
        if name == f"kafka_connect_worker_connector_{trouble}_task_count":
            return Course((1.0,))
        if name == "kafka_connect_worker_connector_running_task_count":
            return Course((0.0,))
    if trouble == "lagging" and streams:
        if name == "debezium_metrics_MilliSecondsBehindSource":
            return Course((100_000.0,), 2_000.0)
        if name == "debezium_metrics_QueueRemainingCapacity":
            return Course((100.0,))
    if trouble == "disconnected" and streams and name == "debezium_metrics_Connected":
        return Course((0.0,))
    return course


def _connector(recording: Recording, kind: str, interval: float) -> _Template:
    """Return what there is of the connector of a kind, wherever it ran; a series once."""
    return _template(
        recording,
        interval,
        lambda each: each.get("plugin") == kind or each.get("connector", "") == f"{kind}-connector",
    )


def _template(recording: Recording, interval: float, is_of: Callable[[Mapping[str, str]], bool]) -> _Template:
    found: dict[tuple[tuple[str, str], ...], tuple[Mapping[str, str], Course]] = {}
    for each in recording.series:
        if is_of(each.labels):
            labels = {name: value for name, value in each.labels.items() if name != "instance"}
            found[tuple(sorted(labels.items()))] = (labels, _course(each.samples(), recording.interval, interval))
    return _Template(tuple(found.values()))


def _course(samples: Sequence[str], recorded: float, interval: float) -> Course:
    values = tuple(float(each) for each in samples if each not in (ABSENT, GONE)) or (0.0,)
    gained = values[-1] - values[0]
    rises = gained > 0 and all(after >= before for before, after in itertools.pairwise(values))
    # what went up twice or more is a counter or a timer; it goes on
    if rises and len(set(values)) > _TWICE:
        return Course(values, gained / (len(values) - 1) * interval / recorded)
    return Course(values)
