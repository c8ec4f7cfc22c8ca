"""A recorded fault, drawn out at its height.

A fault is recorded for a minute or two, because Debezium's own timers cannot be shortened and nobody waits for more. A
rule may need ten. So the recording is drawn out where the fault is at its height, before it is mended: each series
goes on as it went in the last minute (constant, growing as it grew, going up and down as it did, or absent), for as
long as it takes the slowest rule to fire.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import statistics
from typing import TYPE_CHECKING

from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import MissingInProfileError, load_profile
from dashlib.recordings.recording import ABSENT, GONE, Recording, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# How long the height of a fault is drawn out, in seconds: longer than the slowest rule's `for`.
HELD = 1200
# The same for faults that rules wait for longer: half an hour for a slot, for a snapshot, and for events.
HELD_LONGER = {"offsets-lost": 2400, "slot-left-behind": 2400, "source-written-elsewhere": 2400}
# How long all was well before the recording begins, in seconds: rules look back.
BEFORE = 300
# How much of the fault shows how a series goes on, in seconds: longer than a binlog heartbeat's 48.
LEARNED = 60
# How long the mended end of a recording goes on as it was, in seconds: people look at what was mended, too.
MENDED = 300
# How long the rules are evaluated after the last sample, in seconds: long enough for a group to see that all is well
# again, and within Prometheus' look-back of five minutes, in which the last sample still counts.
AFTERWARDS = 90
# Faults of connectors without a heartbeat table: the rules are those for connectors of which none is declared.
WITHOUT_HEARTBEAT = frozenset({"source-idle-without-heartbeat", "source-written-elsewhere"})

# How many last scrapes without a change make a series constant, where it went up and down before.
SETTLED = 3

# A timer in milliseconds gains so many times the interval from one scrape to the next, at least and at most.
_LEAST, _MOST = 0.5, 1.5

# In place of a mark: the last scrape in which most snapshots run at once.
SNAPSHOTS = "snapshots run"

# The mark at which a fault begins, and the one at which it is at its height: before it is mended. A fault without a
# second one is drawn out at its end.
BEGINS_AND_ENDS = {
    "healthy": ("", ""),
    "database-stopped": ("stop the databases", "start the databases"),
    "database-killed": ("kill the databases", "start the databases"),
    "database-hung": ("freeze the databases", "the databases still hang"),
    "connection-killed": ("kill the connections that changes are read from", "wait until they come back"),
    "password-changed": ("restart the connectors", "change the password back and restart the connectors"),
    "schema-changed": ("change the schema", "mend the schema"),
    "connector-paused": ("pause the connectors", "resume the connectors"),
    "connector-stopped": ("stop the connectors", "resume the connectors"),
    "connector-deleted": ("delete the connectors", "register the connectors again"),
    "connections-flapping": ("kill the connections again and again", "leave the connections alone"),
    "gtids-off": ("turn GTIDs off", "turn GTIDs on"),
    "offsets-lost": ("lose the offsets", "the databases still hang"),
    "events-erroneous": ("write into a table that the schema history does not know", "drop the table"),
    "offsets-refused": ("let the topic of offsets take no record over 64 bytes", "let it take records of any size"),
    "tasks-refused": ("register connectors with two tasks", "delete them"),
    "records-skipped": ("let a transformation fail", "take the transformation away"),
    "schema-history-slow": ("limit the consumers of schema histories to 100 bytes a second", "lift the limit"),
    "slot-left-behind": ("stop PostgreSQL's connector", "resume PostgreSQL's connector"),
    "slot-lost": ("stop PostgreSQL's connector, and let slots keep no WAL", "let the connector begin anew"),
    "kafka-hung": ("freeze Kafka", "let Kafka go on"),
    "kafka-slow": ("limit the producers to 3000 bytes a second", "lift the limit"),
    "queue-full-by-bytes": ("limit the producers to 3000 bytes a second", "lift the limit"),
    "binlogs-purged-soon": (
        "keep binlogs for five minutes, limit the producers, and write into four binlogs",
        "lift the limits",
    ),
    "worker-killed": ("kill the second worker", "start the second worker"),
    "workers-stopped": ("kill the workers", "start the workers"),
    "rolling-restart": ("stop connect-1", ""),
    "source-idle": ("stop the load", "start the load"),
    "source-idle-without-heartbeat": ("stop the load", "start the load"),
    "source-written-elsewhere": ("write into another database", "write into the connector's database again"),
    "snapshot-aborted": ("ask for a blocking snapshot by a query that fails", "restart the connectors"),
    "first-snapshot": ("register new connectors", SNAPSHOTS),
    "blocking-snapshot": ("ask for a blocking snapshot of orders", SNAPSHOTS),
    "incremental-snapshot": ("ask for an incremental snapshot of orders", SNAPSHOTS),
}


def held_of(fault: str) -> float:
    """Return how long the height of a fault is drawn out, in seconds."""
    return HELD_LONGER.get(fault, HELD)


def began_at(recording: Recording) -> float:
    """Return when the fault begins, in seconds of the replay."""
    return BEFORE + (time_of(recording, BEGINS_AND_ENDS[recording.fault][0]) or 0.0)


def ended_at(recording: Recording) -> float | None:
    """Return when the fault is mended, in seconds of the replay; None if it is not in the recording."""
    end = time_of(recording, BEGINS_AND_ENDS[recording.fault][1])
    return None if end is None else BEFORE + end + held_of(recording.fault)


def height_ends_at(recording: Recording) -> float | None:
    """Return when the height of a fault ends, in seconds of the replay: when it is mended, or its snapshots end.

    None if it ends with the recording.
    """
    mark = BEGINS_AND_ENDS[recording.fault][1]
    if mark == SNAPSHOTS:
        return BEFORE + height_of(recording, mark) * recording.interval + held_of(recording.fault)
    return ended_at(recording)


def drawn_out(
    recording: Recording, *, goes_on: bool = False
) -> tuple[list[tuple[Mapping[str, str], list[str]]], float]:
    """Return the series of a recording with its height drawn out, and how long the rules are evaluated, in seconds.

    Args:
        recording: what the series did.
        goes_on: the mended end goes on for a while, for those who look at it.
    """
    begin, end = BEGINS_AND_ENDS[recording.fault]
    interval, height = recording.interval, height_of(recording, end)
    held = held_of(recording.fault)
    series = []
    for each in recording.series:
        counts = is_counter(each.labels["__name__"])
        drawn = draw_out(each.samples(), height, interval, held, counts=counts)
        drawn = [*drawn, *go_on(drawn, interval, counts=counts)] if goes_on else drawn
        series.append((each.labels, [*_before(each.samples(), recording, begin), *drawn]))
    return series, BEFORE + (recording.length + round(held / interval)) * interval + AFTERWARDS


def led_in(values: Sequence[str], scrapes: int, well: int, interval: float, *, counts: bool = False) -> list[str]:
    """Return a series with what it did before: as it did in its first scrapes, while all was well.

    A counter that grew so long has counted more: it is higher by that, until it starts anew.

    Args:
        values: one a scrape.
        scrapes: how many to put before them.
        well: how many of the first scrapes show how it goes.
        interval: seconds between two scrapes.
        counts: the series is a counter: it grew as it grows.
    """
    first = values[: max(1, well)]
    known = [(at, float(value)) for at, value in enumerate(first) if value not in (ABSENT, GONE)]
    if not known or GONE in first[: known[0][0]]:
        return [*[ABSENT] * scrapes, *values]
    numbers = [value for _, value in known]
    steps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
    if counts:
        steps = [step for step in steps if step >= 0]  # a task that began anew lost its count, and not its pace
    # In the middle: what happened once, a rebalance, did not happen all the time.
    growth = statistics.median(steps) if steps else 0.0
    growth = max(0.0, growth) if math.isfinite(growth) and (counts or _is_a_timer(steps, interval)) else 0.0
    every = max(1, round((known[-1][0] - known[0][0]) / max(1, len(known) - 1)))
    places = range(scrapes + known[0][0] - every, -1, -every)
    gain = max(0.0, growth * len(places) - numbers[0]) if growth > 0 else 0.0
    found = [ABSENT] * scrapes
    for back, at in enumerate((at for at in places if at < scrapes), start=1):
        again = first[known[-back % len(known)][0]]
        found[at] = written(numbers[0] + gain - growth * back) if counts or growth > 0 else again
    return [*found, *(_raised(values, gain) if gain else values)]


def _is_a_timer(steps: Sequence[float], interval: float) -> bool:
    timer = 1000 * interval
    return bool(steps) and all(_LEAST * timer < step < _MOST * timer for step in steps)


def _raised(values: Sequence[str], gain: float) -> list[str]:
    """Return a counter that began higher, until it starts anew."""
    raised: list[str] = []
    previous = -1.0
    for value in values:
        if value == GONE or (value != ABSENT and not float(value) >= previous):
            break
        if value != ABSENT:
            previous = float(value)
        raised.append(value if value == ABSENT else written(previous + gain))
    return [*raised, *values[len(raised) :]]


def _before(values: Sequence[str], recording: Recording, begin: str) -> list[str]:
    """Return the samples of a series while all was well, before the recording: as it mostly was before the fault."""
    first = max(1, int((time_of(recording, begin) or 0.0) // recording.interval))
    well = sorted((value for value in values[:first] if value not in (ABSENT, GONE)), key=float)
    return [well[len(well) // 2] if well else ABSENT] * round(BEFORE / recording.interval)


@functools.cache
def is_counter(name: str) -> bool:
    """Tell whether a metric of Debezium is a counter, which is at 0 again only where a task began anew."""
    return name in _counters("debezium")


def is_any_counter(name: str) -> bool:
    """Tell whether a metric is a counter, whoever exports it."""
    return name in _counters(None)


@functools.cache
def _counters(family: str | None) -> frozenset[str]:
    profile = load_profile("lab")
    found: set[str] = set()
    for metric in catalog().metrics(family):
        if metric.type == "counter":
            with contextlib.suppress(MissingInProfileError):
                found.update(profile.names(metric))
    return frozenset(found)


def draw_out(
    values: Sequence[str], height: int, interval: float, seconds: float = HELD, *, counts: bool = False
) -> list[str]:
    """Return a series' values with the fault held at its height.

    Args:
        values: one a scrape.
        height: how many scrapes the fault has lasted when it is at its height.
        interval: seconds between two scrapes.
        seconds: how long it is held.
        counts: the series is a counter: a task that began anew while the fault lasted does not do so again and again.
    """
    missing = max(0, height - len(values))
    before = [*values[:height], *[ABSENT] * missing]
    more = round(seconds / interval)
    known = [(at, float(value)) for at, value in enumerate(before) if value not in (ABSENT, GONE)]
    window = max(1, round(LEARNED / interval))
    learned = [(at, value) for at, value in known if at >= len(before) - window]
    # It is gone only where that is marked: a target that is scraped less often than the grid has gaps between samples.
    if not learned or GONE in before[known[-1][0] :]:
        return [*before, *[ABSENT] * more, *values[height:]]
    if counts:
        resets = [index for index in range(1, len(learned)) if learned[index][1] < learned[index - 1][1]]
        learned = learned[resets[-1] if resets else 0 :]
    numbers = [value for _, value in learned]
    steps = [later - earlier for earlier, later in itertools.pairwise(numbers)]
    growth = _growth(steps, interval)
    if growth:
        held = [written(numbers[-1] + growth * (index + 1)) for index in range(more)]
    else:
        texts = [before[at] for at, _ in learned]
        went_one_way = all(step >= 0 for step in steps) or all(step <= 0 for step in steps)
        if went_one_way or len(set(texts[-SETTLED:])) == 1:
            texts = texts[-1:]
        held = [texts[index % len(texts)] for index in range(more)]
    return [*before, *held, *_shifted(values[height:], numbers[-1], growth * more)]


def go_on(values: Sequence[str], interval: float, *, counts: bool = False) -> list[str]:
    """Return what a series does for five more minutes after a recording, as it did in its last half minute.

    Args:
        values: one a scrape, to the end.
        interval: seconds between two scrapes.
        counts: the series is a counter: it grows as it did.
    """
    more = round(MENDED / interval)
    last = list(values[-2 * SETTLED :])
    if GONE in last:
        last = last[len(last) - last[::-1].index(GONE) :]
    numbers = [float(value) for value in last if value != ABSENT]
    if not numbers:
        return [ABSENT] * more
    steps = [later - earlier for earlier, later in itertools.pairwise(numbers)][-SETTLED:]
    runs = len(steps) == SETTLED and all(_LEAST < step / (1000 * interval) < _MOST for step in steps)
    if runs or counts:
        growth = max(0.0, sum(steps) / max(1, len(steps)))
        return [written(numbers[-1] + growth * (index + 1)) for index in range(more)]
    if ABSENT not in last[-SETTLED:]:
        last = last[-SETTLED:]
    return [last[index % len(last)] for index in range(more)]


def _growth(steps: Sequence[float], interval: float) -> float:
    """Return how much a series grows from one scrape to the next; 0 if it does not.

    It grows if it always grew while it was looked at, more than once; or if it is a timer in milliseconds that has run
    for the last few scrapes.
    """
    if all(step >= 0 for step in steps) and sum(step > 0 for step in steps) > 1:
        return sum(steps) / len(steps)
    timer, last = 1000 * interval, steps[-SETTLED:]
    runs = len(last) == SETTLED and all(_LEAST * timer < step < _MOST * timer for step in last)
    if any(step <= -SETTLED * timer for step in steps):
        return 0.0  # a timer that ran before and was reset: a binlog's heartbeat
    return timer if runs else 0.0


def _shifted(values: Sequence[str], last: float, gain: float) -> list[str]:
    """Let a counter go on from where it was drawn out to, until it starts anew."""
    if not gain:
        return list(values)
    shifted: list[str] = []
    previous = last
    for value in values:
        if value in (ABSENT, GONE) or not float(value) >= previous:
            shifted.extend(values[len(shifted) :])
            break
        previous = float(value)
        shifted.append(written(previous + gain))
    return shifted


def height_of(recording: Recording, mark: str) -> int:
    """Return how many scrapes a fault lasts until it is at its height."""
    if mark == SNAPSHOTS:
        running = [
            each.samples() for each in recording.series if each.labels["__name__"] == "debezium_metrics_SnapshotRunning"
        ]
        counts = [sum(values[at] == "1" for values in running if at < len(values)) for at in range(recording.length)]
        return max(at for at, count in enumerate(counts) if count == max(counts)) + 1
    end = time_of(recording, mark)
    return recording.length if end is None else max(1, int(end // recording.interval))


def time_of(recording: Recording, what: str) -> float | None:
    """Return when a mark was set first, in seconds from the first scrape; None if it never was."""
    return next((mark.at for mark in recording.marks if mark.what == what), None)
