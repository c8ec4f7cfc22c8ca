"""What `expected.toml` says is true while a fault lasts, held to what the recordings' raw series show."""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from typing import TYPE_CHECKING

import attrs
import pytest
from attrs import frozen

from tests.e2e.fault_table import expected, recordings
from tests.e2e.faults import FAULTS
from tests.e2e.recording import ABSENT, GONE, Mark, Recording, Series
from tests.e2e.replay import BEGINS_AND_ENDS, HELD, HELD_LONGER, draw_out, height_of
from tests.e2e.truth import GRACE, WELL, Stretch, at_mark, parse, periods, possible_states, states_at, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# How far Prometheus looks back for a series' last sample, in seconds.
LOOK_BACK = 300.0
# A heartbeat every ten seconds that did not come for so long, in milliseconds.
OVERDUE = 60_000

RECORDINGS = {recording.fault: recording for recording in recordings()}


@frozen
class Moment:
    """The raw series at one moment of a recording that is drawn out, as Prometheus has them then.

    Attributes:
        values: labels and value of each series that is there, by the metric's name.
    """

    values: Mapping[str, Sequence[tuple[Mapping[str, str], float]]]

    def of(self, metric: str, **labels: str) -> list[float]:
        """Return the values of a metric's series with these labels."""
        return [value for each, value in self.values[metric] if labels.items() <= each.items()]

    def status(self, metric: str, connector: str) -> set[str]:
        """Return what Kafka Connect says of a connector or of its task."""
        return {
            labels["status"] for labels, value in self.values[metric] if labels["connector"] == connector and value == 1
        }


@functools.cache
def drawn_out(fault: str) -> Sequence[Moment]:
    """Return the moments of a recording with its height drawn out, one a scrape."""
    recording, held = RECORDINGS[fault], held_of(fault)
    height = height_of(recording, BEGINS_AND_ENDS[fault][1])
    moments: list[dict[str, list[tuple[Mapping[str, str], float]]]] = [
        defaultdict(list) for _ in range(recording.length + round(held / recording.interval))
    ]
    for series in recording.series:
        if series.labels["__name__"] in ASKED:
            values = draw_out(series.samples(), height, recording.interval, held)
            for at, value in enumerate(looked_back(values, round(LOOK_BACK / recording.interval))):
                if value is not None:
                    moments[at][series.labels["__name__"]].append((series.labels, value))
    return [Moment(each) for each in moments]


def looked_back(values: Sequence[str], scrapes: int) -> list[float | None]:
    """Return a series' value at each scrape: the last one that is not older than so many scrapes, unless it is gone."""
    found: list[float | None] = []
    last, seen = None, 0
    for at, value in enumerate(values):
        if value == GONE:
            last = None
        elif value != ABSENT:
            last, seen = float(value), at
        found.append(last if at - seen < scrapes else None)
    return found


def held_of(fault: str) -> float:
    return HELD_LONGER.get(fault, HELD)


CONNECTOR_STATUS = "kafka_connect_connector_status"
TASK_STATUS = "kafka_connect_connector_task_status"
CONNECTORS = "kafka_connect_worker_connector_count"
CONNECTED = "debezium_metrics_Connected"
QUEUE = "debezium_metrics_QueueTotalCapacity"
SNAPSHOT = "debezium_metrics_SnapshotRunning"
HISTORY = "debezium_metrics_SchemaHistoryStatus"
LAST_EVENT = "debezium_metrics_MilliSecondsSinceLastEvent"
SLOT_ACTIVE = "pg_replication_slots_active"
SLOT_BEHIND = "pg_replication_slots_pg_wal_lsn_diff"
ASKED = frozenset(
    {
        "up",
        CONNECTOR_STATUS,
        TASK_STATUS,
        CONNECTORS,
        CONNECTED,
        QUEUE,
        SNAPSHOT,
        HISTORY,
        LAST_EVENT,
        SLOT_ACTIVE,
        SLOT_BEHIND,
    }
)


def workers(moment: Moment) -> list[float]:
    return moment.of("up", job="kafka-connect")


def is_unknown_to_connect(moment: Moment, name: str) -> bool:
    return not moment.status(CONNECTOR_STATUS, name) and not moment.status(TASK_STATUS, name) and all(workers(moment))


def kafka_is_lost(moment: Moment) -> bool:
    return any(workers(moment)) and not any(moment.of(CONNECTORS))


# Restarting and Unassigned are not here: they pass within a scrape or two, and are never all that is true for longer.
OF_A_CONNECTOR: Mapping[str, Callable[[Moment, str], bool]] = {
    "Failed": lambda at, name: "failed" in at.status(TASK_STATUS, name) | at.status(CONNECTOR_STATUS, name),
    "Connect gone": lambda at, _: not any(workers(at)),
    "Kafka lost": lambda at, name: kafka_is_lost(at) and not at.status(CONNECTOR_STATUS, name),
    "Worker gone": lambda at, name: not at.status(TASK_STATUS, name) and any(workers(at)) and not all(workers(at)),
    "No task": lambda at, name: at.status(CONNECTOR_STATUS, name) == {"running"} and not at.status(TASK_STATUS, name),
    "No metrics": lambda at, name: "running" in at.status(TASK_STATUS, name) and not at.of(QUEUE, connector=name),
    "Disconnected": lambda at, name: (
        at.of(CONNECTED, connector=name) == [0] and "running" in at.status(TASK_STATUS, name)
    ),
    "No events": lambda at, name: (
        all(ago > OVERDUE for ago in at.of(LAST_EVENT, connector=name, context="streaming"))
        and at.of(CONNECTED, connector=name) == [1]
    ),
    "Deleted": is_unknown_to_connect,
    "Absent": is_unknown_to_connect,
    "Reading schema history": lambda at, name: at.of(HISTORY, connector=name, value="RECOVERING") == [1],
    "Snapshot": lambda at, name: at.of(SNAPSHOT, connector=name) == [1],
    "Stopped": lambda at, name: at.status(CONNECTOR_STATUS, name) == {"stopped"},
    "Paused": lambda at, name: at.status(CONNECTOR_STATUS, name) == at.status(TASK_STATUS, name) == {"paused"},
    "Connected": lambda at, name: (
        at.of(CONNECTED, connector=name) == [1]
        and at.status(TASK_STATUS, name) == {"running"}
        and at.status(CONNECTOR_STATUS, name) <= {"running"}
    ),
}
OF_A_SLOT: Mapping[str, Callable[[Moment, str], bool]] = {
    "Active": lambda at, name: at.of(SLOT_ACTIVE, slot_name=name) == [1],
    "Inactive": lambda at, name: at.of(SLOT_ACTIVE, slot_name=name) == [0],
    "Lost": lambda at, name: all(math.isnan(behind) for behind in at.of(SLOT_BEHIND, slot_name=name)),
    "Unknown": lambda at, name: not at.of(SLOT_ACTIVE, slot_name=name),
    "Absent": lambda at, name: not at.of(SLOT_ACTIVE, slot_name=name),
}

# When all connectors are deleted, the workers have none either: only what was done tells that from Kafka lost.
OF_THE_CLUSTER: Mapping[str, Callable[[Moment], bool]] = {
    "Up": lambda at: any(workers(at)),
    "Connect gone": lambda at: not any(workers(at)),
    "Kafka lost": kafka_is_lost,
}


def shows(moment: Moment, subject: str, state: str) -> bool:
    """Tell whether the raw series show a subject in a state."""
    if subject == "cluster":
        return OF_THE_CLUSTER[state](moment)
    if ":" in subject:
        return moment.of("up", instance=subject) == [float(state == "Up")]
    if subject.startswith("slot"):
        return OF_A_SLOT[state](moment, subject.removeprefix("slot").strip() or "debezium")
    name = f"{subject}-connector" if subject in WELL else subject
    return state in OF_A_CONNECTOR and OF_A_CONNECTOR[state](moment, name)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_raw_series_show_what_is_true_as_soon_as_they_can(fault: str) -> None:
    recording, moments, held = RECORDINGS[fault], drawn_out(fault), held_of(fault)
    begin = BEGINS_AND_ENDS[fault][0]
    begins = at_mark(recording, begin, held=held) if begin else 2 * recording.interval
    wrong = []
    for subject, stretches in truth(fault).items():
        found = periods(recording, stretches, held=held)
        ends = [since for since, _, _ in found[1:]]
        for (_, known, stretch), end in zip(found, [*ends, math.inf], strict=True):
            wrong += [
                f"{subject} is not {'/'.join(stretch.states)} {at * recording.interval:g} s after the first scrape"
                for at, moment in enumerate(moments)
                if known < at * recording.interval < end - recording.interval / 2
                and (stretch.since or at * recording.interval >= begins - recording.interval)
                and not any(shows(moment, subject, state) for state in stretch.states)
            ]
    assert wrong == []
