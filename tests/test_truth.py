"""What `expected.toml` says is true while a fault lasts, held to what the recordings' raw series show."""

from __future__ import annotations

import functools
import math
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from dashlib.recordings.drawing_out import BEGINS_AND_ENDS, HELD, HELD_LONGER, draw_out, height_of
from dashlib.recordings.recording import ABSENT, GONE
from tests.e2e import fault_table
from tests.e2e import truth as truth_of_faults
from tests.e2e.fault_table import expected, recording_of
from tests.e2e.faults import FAULTS
from tests.e2e.truth import GRACE, WELL, Stretch, at_mark, parse, periods, states_at, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

# How far Prometheus looks back for a series' last sample, in seconds.
LOOK_BACK = 300.0
# How many scrapes it takes until every target was scraped.
AT_FIRST = 4
# A heartbeat every ten seconds that did not come for so long, in milliseconds.
OVERDUE = 60_000


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
    recording, held = recording_of(fault), held_of(fault)
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


# What passes within a scrape or two: the raw series show anything then.
PASSING = frozenset({"Restarting", "Unassigned"})
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
    return state in PASSING or OF_A_CONNECTOR[state](moment, name)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_raw_series_show_what_is_true_as_soon_as_they_can(fault: str) -> None:
    recording, held = recording_of(fault), held_of(fault)
    begin = BEGINS_AND_ENDS[fault][0]
    begins = at_mark(recording, begin, held=held) if begin else AT_FIRST * recording.interval
    wrong = []
    for subject, stretches in truth(fault).items():
        found = periods(recording, stretches, held=held)
        ends = [since for since, _, _ in found[1:]]
        for (_, known, stretch), end in zip(found, [*ends, math.inf], strict=True):
            first = max(known, begins - recording.interval)
            wrong += [
                f"{subject} is not {'/'.join(stretch.states)} {at:g} s after the first scrape"
                for at, moment in scrapes(fault)
                # a scrape is noted at the nearest point of a grid
                if first <= at < end - recording.interval / 2
                and not any(shows(moment, subject, state) for state in stretch.states)
            ]
    assert not wrong, wrong[:9]


def scrapes(fault: str) -> Sequence[tuple[float, Moment]]:
    return [(at * recording_of(fault).interval, moment) for at, moment in enumerate(drawn_out(fault))]


def test_every_fault_says_what_is_true_of_the_lab() -> None:
    assert expected().keys() == FAULTS.keys()
    for fault in FAULTS:
        assert truth(fault).keys() >= WELL.keys()


def test_who_is_not_named_is_well_all_along() -> None:
    assert states_at(recording_of("slot-lost"), "mysql", 500, held=HELD) == (frozenset({"Connected"}), False)
    assert states_at(recording_of("slot-lost"), "connect:9404", 500, held=HELD) == (frozenset({"Up"}), False)
    assert states_at(recording_of("slot-lost"), "cluster", 500, held=HELD) == (frozenset({"Up"}), False)


@pytest.mark.parametrize(
    ("after", "states"),
    [
        (-1, {"Connected"}),
        (0, {"Connected", "Failed"}),
        (15, {"Connected", "Failed"}),
        (15 + GRACE - 1, {"Connected", "Failed"}),
        (15 + GRACE, {"Failed"}),
        (600, {"Failed"}),
    ],
)
def test_the_state_before_is_as_good_until_half_a_minute_after_metrics_can_tell(
    after: float, states: set[str]
) -> None:  # fmt: skip
    stopped = recording_of("database-stopped")
    begin = at_mark(stopped, "stop the databases", held=HELD)
    assert states_at(stopped, "mysql", begin + after, held=HELD) == (frozenset(states), False)


def test_what_comes_behind_the_height_comes_later_by_as_long_as_it_is_drawn_out() -> None:
    stopped = recording_of("database-stopped")
    for held in (0, 60, HELD):
        end = 101.3 + held
        assert at_mark(stopped, "start the databases", held=held) == end
        assert at_mark(stopped, "stop the databases", held=held) == 16.7
        assert states_at(stopped, "postgres", end - 1, held=held)[0] == {"No metrics"}
        assert states_at(stopped, "postgres", end + 60, held=held)[0] == {"Connected"}
        assert states_at(stopped, "mysql", end + 10, held=held)[0] == {"Failed"}


def test_what_no_metric_can_tell_is_said_to_be_so() -> None:
    idle = recording_of("source-idle-without-heartbeat")
    at = at_mark(idle, "stop the load", held=HELD) + 180
    assert states_at(idle, "postgres", at, held=HELD) == (frozenset({"Connected"}), True)
    assert states_at(idle, "mysql", at, held=HELD) == (frozenset({"Connected"}), False)


def test_a_connector_that_nobody_has_heard_of_yet_is_absent() -> None:
    first = recording_of("first-snapshot")
    begin = at_mark(first, "register new connectors", held=HELD)
    assert states_at(first, "mysql-archive", begin - 1, held=HELD)[0] == {"Absent"}
    assert states_at(first, "mysql-archive", begin + 60, held=HELD)[0] == {"Snapshot"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"since": "x", "known": 1, "state": ["Conected"]}, "mysql cannot be 'Conected'; it can be Failed, "),
        ({"since": "x", "known": 1, "state": ["Up"]}, "mysql cannot be 'Up'"),
        ({"since": "x", "known": 1, "state": []}, "state is a list of at least one"),
        ({"since": "x", "known": 1, "state": "Failed"}, "state is a list of at least one"),
        ({"known": 1, "state": ["Failed"]}, "each stretch but the first has since and known"),
        ({"since": "x", "state": ["Failed"]}, "each stretch but the first has since and known"),
        ({"since": "x", "known": -1, "state": ["Failed"]}, "known is seconds from the mark, not -1"),
        ({"since": "x", "known": "1", "state": ["Failed"]}, "known is seconds from the mark, not '1'"),
        ({"since": "x", "known": 1, "states": ["Failed"]}, "unknown key 'states'"),
    ],
)
def test_a_stretch_that_is_none_is_refused(row: Mapping[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"mysql, stretch 2: {said}")):
        parse({"mysql": [{"state": ["Connected"]}, row]})


def test_a_first_stretch_holds_from_the_beginning() -> None:
    with pytest.raises(ValueError, match="mysql, stretch 1: each stretch but the first"):
        parse({"mysql": [{"since": "x", "known": 1, "state": ["Failed"]}]})


@pytest.mark.parametrize(
    ("subject", "state"),
    [("connect:9404", "Down"), ("slot", "Lost"), ("slot archive", "Absent"), ("cluster", "Kafka lost")],
)
def test_each_kind_of_subject_has_its_own_states(subject: str, state: str) -> None:
    [stretch] = parse({subject: [{"state": [state]}]})[subject]
    assert stretch == Stretch("", 0.0, (state,), "")
    with pytest.raises(ValueError, match="cannot be 'Connected'"):
        parse({subject: [{"state": ["Connected"]}]})


def test_a_mark_that_the_recording_does_not_have_is_refused() -> None:
    stretches = parse({"mysql": [{"state": ["Connected"]}, {"since": "no mark", "known": 1, "state": ["Failed"]}]})
    with pytest.raises(ValueError, match="no mark 'no mark'; it has 'stop the databases', "):
        periods(recording_of("database-stopped"), stretches["mysql"], held=HELD)


@pytest.mark.parametrize(
    ("since", "known"),
    [("stop the databases", 90), ("start the databases", 5), ("start the databases", 10)],
    ids=["earlier mark", "known earlier", "known at the same time"],
)
def test_stretches_that_are_not_in_order_of_time_are_refused(since: str, known: float) -> None:
    rows: list[Mapping[str, object]] = [
        {"state": ["Connected"]},
        {"since": "start the databases", "known": 10, "state": ["Failed"]},
        {"since": since, "known": known, "state": ["Connected"]},
    ]
    with pytest.raises(ValueError, match="put them in order of time"):
        periods(recording_of("database-stopped"), parse({"mysql": rows})["mysql"], held=HELD)


def test_a_key_that_nobody_reads_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "expected.toml"
    file.write_text('[healthy]\nnote = "nothing fires"\nfires = []\ntruht = {}\n', encoding="utf-8")
    monkeypatch.setattr(fault_table, "EXPECTED", file)
    with pytest.raises(ValueError, match="healthy: unknown key 'truht'"):
        expected()


def test_a_fault_without_truth_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "expected.toml"
    file.write_text('[healthy]\nnote = "nothing fires"\nfires = []\n', encoding="utf-8")
    monkeypatch.setattr(truth_of_faults, "EXPECTED", file)
    with pytest.raises(ValueError, match=r"add \[healthy.truth\]"):
        truth.__wrapped__("healthy")
