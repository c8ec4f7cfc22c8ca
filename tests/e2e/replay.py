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
from dashlib.recordings.drawing_out import WITHOUT_HEARTBEAT, began_at, drawn_out
from dashlib.recordings.recording import Recording, Series, contract

from .inhibition import inhibition_rules, is_inhibited
from .lab import ROOT, RULES

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

EVALUATION_SECONDS = 15

# How long Alertmanager waits before it tells of a group, in seconds, and before it looks at a group again, at least.
GROUP_WAIT = 30
GROUP_INTERVAL = 60

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
    evaluated: bool = True,
) -> tuple[list[Fired], dict[Asked, Answered]]:
    """Return the alerts that fire over a recording, drawn out, and what expressions were answered meanwhile.

    Args:
        recording: what the series did.
        promtool: path of the program.
        asked: expressions, and when each is asked.
        altered: makes other series of them, drawn out: one value each interval from the beginning of the replay.
        identity: labels that tell clusters apart: the rules are compiled for them.
        records: the rules also record what panels ask that read records.
        evaluated: whether rules are evaluated at all, which is most of the work; without them nothing fires.
    """
    drawn, total = drawn_out(recording, goes_on=bool(asked))
    series = [
        {"series": Series(labels, "").name, "values": contract(values)}
        for labels, values in (drawn if altered is None else altered(drawn))
    ]
    with rules_of(recording.fault, identity, records=records) as folder:
        inhibiting = inhibition_rules(folder / "alertmanager.yml" if identity else None)
        rules = rules_in(folder) if evaluated else {}
        periods, answers = periods_of(series, recording.interval, total, rules, promtool, asked)
    return fired_in(recording, periods, total, inhibiting, identity), answers


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
