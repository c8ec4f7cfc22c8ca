"""The compiled rules, as they are, over what a fault did to the series: which alerts fire, and after how long.

A fault is recorded for a minute or two, because Debezium's own timers cannot be shortened and nobody waits for more. A
rule may need ten. So the recording is drawn out where the fault is at its height, before it is mended: each series
goes on as it went in the last minute (constant, growing as it grew, going up and down as it did, or absent), for as
long as it takes the slowest rule to fire. No threshold, range, `for` or interval is changed. promtool, which is
Prometheus' own engine, says what fires.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import yaml
from attrs import frozen

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project, serialize
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

from .inhibition import inhibition_rules, is_inhibited
from .lab import ROOT, RULES
from .recording import ABSENT, GONE, Recording, Series, contract, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dashlib.documents.document import Document

Labels: TypeAlias = "Mapping[str, str]"
# An expression, and when it is asked, in seconds of the replay.
Asked: TypeAlias = "tuple[str, float]"
# Series with one value each interval, made into others.
Altered: TypeAlias = "Callable[[list[tuple[Labels, list[str]]]], list[tuple[Labels, list[str]]]]"
# What it was answered: labels and value of each series.
Answered: TypeAlias = "Sequence[tuple[Labels, float]]"
# Labels of an alert, and when it fired first and last, in seconds.
Period: TypeAlias = "tuple[Labels, float, float]"

RECORDINGS = Path(__file__).parent / "recordings"

# How long the height of a fault is drawn out, in seconds: longer than the slowest rule's `for`.
HELD = 1200
# The same for faults that rules wait for longer: half an hour for a slot, for a snapshot, and for events.
HELD_LONGER = {"offsets-lost": 2400, "slot-left-behind": 2400, "source-written-elsewhere": 2400}
# How long all was well before the recording begins, in seconds: rules look back.
BEFORE = 300
# How much of the fault shows how a series goes on, in seconds: longer than a binlog heartbeat's 48.
LEARNED = 60
EVALUATION_SECONDS = 15
# How long the rules are evaluated after the last sample, in seconds: long enough for a group to see that all is well
# again, and within Prometheus' look-back of five minutes, in which the last sample still counts.
AFTERWARDS = 90

# How long the mended end of a recording goes on as it was, in seconds: people look at what was mended, too.
MENDED = 300

# How many last scrapes without a change make a series constant, where it went up and down before.
SETTLED = 3

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

# How long Alertmanager waits before it tells of a group, in seconds, and before it looks at a group again, at least.
GROUP_WAIT = 30
GROUP_INTERVAL = 60

# Faults of connectors without a heartbeat table: the rules are those for connectors of which none is declared.
WITHOUT_HEARTBEAT = frozenset({"source-idle-without-heartbeat", "source-written-elsewhere"})

# The labels that say what an alert is about, the most telling first.
SUBJECTS = ("server", "connector", "instance", "slot_name", "job")

_SAMPLE = re.compile(r"\{([^}]*)\} ([^\s,]+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
# What nothing is, so that promtool says what it got.
_NEVER = [{"labels": '{never="so"}', "value": 1}]


@frozen(order=True)
class Fired:
    """An alert that fired.

    Attributes:
        alert: its name.
        severity: of it.
        server: the topic prefix of its connector; else the connector, worker or slot that it is about.
        after: seconds from the beginning of the fault until it fired.
        ended: whether it had ended when the recording did.
        inhibited: whether another alert, which fired all the while, holds it back in Alertmanager.
        cluster: of its connector, where a replay has several.
    """

    alert: str
    server: str
    severity: str
    after: float
    ended: bool
    inhibited: bool
    cluster: str = ""


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


def replay(recording: Recording, promtool: str) -> list[Fired]:
    """Return the alerts that fire over a recording, drawn out; sorted.

    Args:
        recording: what the series did.
        promtool: path of the program.

    Raises:
        ValueError: promtool does not take what it is given; the message is what it said.
    """
    return replay_and_ask(recording, promtool, ())[0]


def replay_and_ask(
    recording: Recording,
    promtool: str,
    asked: Sequence[Asked],
    altered: Altered | None = None,
    identity: tuple[str, ...] = (),
    *,
    records: bool = False,
) -> tuple[list[Fired], dict[Asked, Answered]]:
    """Return the alerts that fire over a recording, drawn out, and what expressions were answered meanwhile.

    Args:
        recording: what the series did.
        promtool: path of the program.
        asked: expressions, and when each is asked.
        altered: makes other series of them, drawn out: one value each interval from the beginning of the replay.
        identity: labels that tell clusters apart: the rules are compiled for them.
        records: the rules also record what panels ask that read records.
    """
    drawn, total = drawn_out(recording, goes_on=bool(asked))
    series = [
        {"series": Series(labels, "").name, "values": contract(values)}
        for labels, values in (drawn if altered is None else altered(drawn))
    ]
    with rules_of(recording.fault, identity, records=records) as folder:
        inhibiting = inhibition_rules(folder / "alertmanager.yml" if identity else None)
        periods, answers = periods_of(series, recording.interval, total, rules_in(folder), promtool, asked)
    return fired_in(recording, periods, total, inhibiting, identity), answers


def drawn_out(recording: Recording, *, goes_on: bool = False) -> tuple[list[tuple[Labels, list[str]]], float]:
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
        counts = _counts(each.labels["__name__"])
        drawn = draw_out(each.samples(), height, interval, held, counts=counts)
        drawn = [*drawn, *go_on(drawn, interval, counts=counts)] if goes_on else drawn
        series.append((each.labels, [*_before(each.samples(), recording, begin), *drawn]))
    return series, BEFORE + (recording.length + round(held / interval)) * interval + AFTERWARDS


def fired_in(
    recording: Recording,
    periods: Sequence[Period],
    total: float,
    inhibiting: Sequence[Mapping[str, Any]],
    identity: tuple[str, ...] = (),
) -> list[Fired]:
    """Return the alerts that fired, sorted.

    Args:
        recording: what was replayed.
        periods: of each alert its labels, and when it fired first and last.
        total: how long the rules were evaluated, in seconds.
        inhibiting: Alertmanager's inhibition rules.
        identity: labels that tell clusters apart.
    """
    began, over = began_at(recording), total - 2 * EVALUATION_SECONDS
    return sorted(
        Fired(
            labels["alertname"],
            next((labels[label] for label in SUBJECTS if labels.get(label)), ""),
            labels["severity"],
            max(0.0, first - began),
            last < over,
            _is_inhibited(labels, first, last, periods, inhibiting),
            labels.get(identity[0], "") if identity else "",
        )
        for labels, first, last in periods
    )


@contextlib.contextmanager
def rules_of(fault: str, identity: tuple[str, ...] = (), *, records: bool = False) -> Iterator[Path]:
    """Yield the folder of the compiled rules for the connectors of a fault.

    Args:
        fault: its name.
        identity: labels that tell clusters apart; with any, Alertmanager's configuration is in the folder, too.
        records: the rules also record what panels ask that read records.
    """
    has_heartbeat = fault not in WITHOUT_HEARTBEAT
    if has_heartbeat and not identity and not records:
        yield RULES
        return
    with tempfile.TemporaryDirectory() as folder:
        yield _compiled(Path(folder), heartbeat=has_heartbeat, identity=identity, records=records)


def _is_inhibited(
    labels: Labels, first: float, last: float, periods: Sequence[Period], rules: Sequence[Mapping[str, Any]]
) -> bool:
    """Tell whether others hold an alert back from the time when it would be told until it ends."""
    others = [each for each, begins, ends in periods if begins <= first + GROUP_WAIT and ends + GROUP_INTERVAL >= last]
    return is_inhibited(labels, others, rules)


@functools.cache
def documents(*, heartbeat: bool, identity: tuple[str, ...] = (), records: bool = False) -> Sequence[Document]:
    """Return what this project compiles to.

    Args:
        heartbeat: the lab's heartbeat tables are declared.
        identity: labels that tell clusters apart.
        records: panels read what is recorded.
    """
    project = load_project(ROOT)
    configuration = attrs.evolve(project.configuration, identity=identity, panels_read_records=records)
    if not heartbeat:
        configuration = attrs.evolve(configuration, connectors={}, overrides={})
    return compile_project(attrs.evolve(project, configuration=configuration))


def _compiled(folder: Path, *, heartbeat: bool, identity: tuple[str, ...], records: bool) -> Path:
    """Compile the rules, and who is told of them, for another configuration; return their folder."""
    for document in documents(heartbeat=heartbeat, identity=identity, records=records):
        if document.kind in ("rules", "alertmanager"):
            (folder / document.path.name).write_bytes(serialize(document))
    return folder


@functools.cache
def rules_in(folder: Path) -> Mapping[Path, Sequence[str]]:
    """Return the rule files of a folder, each with the names of its groups."""
    return {
        file: [group["name"] for group in yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)["groups"]]
        for file in sorted(folder.glob("*.yml"))
        if file.name != "alertmanager.yml"
    }


def periods_of(
    series: Sequence[Mapping[str, str]],
    interval: float,
    total: float,
    rules: Mapping[Path, Sequence[str]],
    promtool: str,
    asked: Sequence[Asked],
) -> tuple[list[Period], dict[Asked, Answered]]:
    """Return the labels of each alert that fires over the series, and when it fires first and last; and the answers."""
    firing = 'timestamp(ALERTS{alertstate="firing"})'
    scenario = {
        "rule_files": [str(file) for file in rules],
        "evaluation_interval": f"{EVALUATION_SECONDS}s",
        # promtool's own order is another one each time, and alerts on recorded series an evaluation sooner or later.
        "group_eval_order": [name for names in rules.values() for name in names],
        "tests": [
            {
                "interval": f"{interval:g}s",
                "input_series": list(series),
                "promql_expr_test": [
                    {"expr": expression, "eval_time": f"{at * 1000:.0f}ms", "exp_samples": _NEVER}
                    for expression, at in [
                        *(
                            (f"{function}_over_time({firing}[{total:g}s:{EVALUATION_SECONDS}s])", total)
                            for function in ("min", "max")
                        ),
                        *asked,
                    ]
                ],
            }
        ],
    }
    first, last, *others = run_scenario(scenario, promtool)
    ends = {tuple(sorted(labels.items())): at for labels, at in last}
    periods: list[Period] = [(labels, at, ends[tuple(sorted(labels.items()))]) for labels, at in first]
    return periods, dict(zip(asked, others, strict=True))


def _before(values: Sequence[str], recording: Recording, begin: str) -> list[str]:
    """Return the samples of a series while all was well, before the recording: as it mostly was before the fault."""
    first = max(1, int((time_of(recording, begin) or 0.0) // recording.interval))
    well = sorted((value for value in values[:first] if value not in (ABSENT, GONE)), key=float)
    return [well[len(well) // 2] if well else ABSENT] * round(BEFORE / recording.interval)


@functools.cache
def _counts(name: str) -> bool:
    """Tell whether a metric is a counter, which is at 0 again only where a task began anew."""
    profile = load_profile("lab")
    return any(
        metric.type == "counter" and profile.metric_name(metric) == name for metric in catalog().metrics("debezium")
    )


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
    runs = len(steps) == SETTLED and all(0.5 < step / (1000 * interval) < 1.5 for step in steps)
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
    runs = len(last) == SETTLED and all(0.5 * timer < step < 1.5 * timer for step in last)
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


def run_scenario(scenario: Mapping[str, object], promtool: str) -> list[Answered]:
    """Return what each expression of a scenario gives.

    None of them gives what is expected of it, so promtool says what it got instead.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        # JSON is YAML, and is written a hundred times as fast
        json.dump(scenario, file)
        file.flush()
        # It lives for seconds: collecting garbage less often saves a sixth of its CPU time.
        done = subprocess.run(
            [promtool, "test", "rules", file.name],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "GOGC": "400"},
        )
    output = done.stdout + done.stderr
    got = re.findall(r"^ *got:(.*)", output, re.MULTILINE)
    if not got:
        raise ValueError(f"promtool refused the replay:\n{output[-3000:]}")
    return [samples_in(line) for line in got]


def samples_in(line: str) -> list[tuple[Labels, float]]:
    """Return the labels and values of the samples that a line of a failed test names."""
    return [(dict(_LABEL.findall(labels)), float(value)) for labels, value in _SAMPLE.findall(line)]
