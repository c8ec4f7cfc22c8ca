"""What is wrong with the installation as a whole: rules, targets, connectors, cardinality. Pure.

Each function takes what was queried before and returns causes; `examination` runs the queries.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

from dashlib import promql
from dashlib.doctor.causes import SCRAPES_IN_A_RANGE, Cause, Facts, Severity, listed, readable_seconds
from dashlib.doctor.questions import Place, Question
from dashlib.documents.values import object_of
from dashlib.metrics.kinds import KINDS
from dashlib.promql import tree as promql_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.documents.rules import Rule, RuleGroup
    from dashlib.metrics.clusters import Lacking, Merged
    from dashlib.servers.kafka_connect import DeployedConnector
    from dashlib.servers.prometheus import Labels, LoadedRule, ScrapeTarget

#: How many series per connector make a metric with an unbounded label a finding.
_MANY_SERIES = 50
#: For how long Prometheus keeps samples unless it is told otherwise, in seconds.
_RETENTION = 15 * 86400
_RATES = frozenset({"rate", "increase", "irate"})
#: Kinds whose idle source emits no event at all: without a heartbeat, silence looks like a fault, and the source
#: retains its log for the connector.
_SILENT_WHEN_IDLE = frozenset(kind.name for kind in KINDS if kind.when_idle == "silent")
_RUNNING, _FAILED = "RUNNING", "FAILED"
_WORST_LAST = (_RUNNING, "RESTARTING", "PAUSED", "STOPPED", "UNASSIGNED", "DESTROYED", _FAILED)

Placed = tuple[Cause, Place | None]


# --- rules -----------------------------------------------------------------------------------------------------------


@attrs.frozen
class RuleFile:
    """A rule file of the set.

    Attributes:
        path: its path in the project.
        groups: its groups.
    """

    path: str
    groups: Sequence[RuleGroup]


def rules_not_as_declared(
    files: Iterable[RuleFile], loaded: Sequence[LoadedRule], patterns: Sequence[str]
) -> Iterator[Placed]:
    """Yield the rules of the set that Prometheus has not loaded, has loaded in another version, or cannot evaluate.

    Args:
        files: the rule files of the set.
        loaded: what Prometheus has loaded.
        patterns: `rule_files` of its configuration; empty if unknown.
    """
    by_group: dict[str, dict[str, list[LoadedRule]]] = {}
    for rule in loaded:
        by_group.setdefault(rule.group, {}).setdefault(rule.name, []).append(rule)
    where = f"to where rule_files finds it ({listed(patterns)})" if patterns else "to a path in rule_files"
    for file in files:
        missing = [group for group in file.groups if group.name not in by_group]
        if missing:
            count = sum(len(group.prometheus_rules) for group in missing)
            names = listed(group.name for group in missing)
            yield (
                Cause(
                    "rules-not-loaded",
                    file.path,
                    f"Prometheus has not loaded {file.path} (group {names}, {count} rules)",
                    f"copy the file {where} and reload Prometheus",
                ),
                None,
            )
        for group in file.groups:
            if group.name in by_group:
                yield from _group_not_as_declared(file.path, group, by_group[group.name])


def _group_not_as_declared(path: str, group: RuleGroup, loaded: Mapping[str, Sequence[LoadedRule]]) -> Iterator[Placed]:
    for rule in group.prometheus_rules:
        name = rule.name
        place = Place(rule.kind, group.name, name, path)
        candidates = loaded.get(name, ())
        differences = [_differences(rule, each) for each in candidates]
        if not candidates:
            yield _differs(path, f"its group {group.name} lacks {name}"), place
        elif all(differences):
            what = min(differences, key=len)
            yield _differs(path, f"{name} differs in {listed(what)}"), place
        for each in candidates:
            if each.health == "err":
                message = f"Prometheus cannot evaluate {name}: {each.error or 'no reason given'}"
                yield Cause("rule-fails", name, message, "run its expression by hand"), place


def _differs(path: str, what: str) -> Cause:
    return Cause(
        "rules-differ",
        path,
        f"Prometheus has loaded another version of {path}: {what}",
        "copy the compiled file to where Prometheus reads it and reload Prometheus",
        "warning",
    )


def _differences(declared: Rule, loaded: LoadedRule) -> list[str]:
    found = []
    if normal(declared.text) != normal(loaded.expression):
        found.append("expr")
    if promql_seconds(declared.data.get("for", "0s")) != loaded.lasting:
        found.append("for")
    if _texts(declared.data.get("labels")) != loaded.labels:
        found.append("labels")
    if loaded.is_alert and _texts(declared.data.get("annotations")) != loaded.annotations:
        found.append("annotations")
    return found


def _texts(table: object) -> dict[str, str]:
    """Return labels or annotations as Prometheus reads them: an unquoted number is a string, too."""
    return {str(key): str(value) for key, value in object_of(table).items()}


def normal(expression: str) -> str:
    """Return an expression in the parser's own layout, so that spellings compare equal; unchanged if it does not parse.

    Prometheus writes the filters of a selector in its own order.
    """
    try:
        found = promql.read(expression).selectors
        for selector in reversed(found):
            if selector.open_brace is not None:
                ordered = promql.format_matchers(sorted(selector.matchers))
                expression = expression[: selector.open_brace] + ordered + expression[selector.end :]
        return promql.read(expression).normal()
    except promql.PromQLError:
        return " ".join(expression.split())


def retention_of(flags: Mapping[str, str]) -> float:
    """Return for how long a Prometheus keeps samples, in seconds, by its flags; infinite where they do not say."""
    told = promql_seconds(flags.get("storage.tsdb.retention.time", ""))
    if told == 0 and flags.get("storage.tsdb.retention.size") == "0B":
        return _RETENTION  # with neither limit set
    return told if told > 0 else math.inf


def retention_too_short(questions: Iterable[Question], retention: float) -> Iterator[Placed]:
    """Yield the rules that look further back than Prometheus keeps samples, as budgets of objectives do.

    Args:
        questions: the queries of the set.
        retention: for how long it keeps them, in seconds.
    """
    ranges = [
        (question, max((promql_seconds(each.range) for each in _selectors(question.asked) if each.range), default=0.0))
        for question in questions
        if question.place.kind in ("alert", "record")
    ]
    further = [(question, seconds) for question, seconds in ranges if seconds > retention]
    for question, _ in further:
        kept, longest = (promql.format_duration(each) for each in (retention, max(each for _, each in further)))
        yield (
            Cause(
                "retention",
                kept,
                f"Prometheus keeps samples for {kept}, and rules look back {longest}: they tell of less time than they "
                "say, and what was bad before is forgotten",
                f"start it with --storage.tsdb.retention.time={longest} or more, or promise for a shorter window",
                "warning",
            ),
            question.place,
        )


def _selectors(expression: str) -> Sequence[promql.Selector]:
    try:
        return promql.read(expression).selectors
    except promql.PromQLError:
        return ()


def promql_seconds(duration: object) -> float:
    """Return the seconds of a duration; NaN if it is not valid."""
    try:
        return promql.duration_seconds(str(duration))
    except ValueError:
        return math.nan


# --- targets and scrapes ---------------------------------------------------------------------------------------------


def targets_down(targets: Sequence[ScrapeTarget], jobs: frozenset[str]) -> Iterator[Cause]:
    """Yield the targets that cannot be scraped, of the jobs with connector series (of all jobs, if none has any)."""
    for target in targets:
        if not target.is_up and (target.job in jobs or not jobs):
            error = target.error or "no reason given"
            yield Cause(
                "target-down",
                f"{target.job} {target.instance}",
                f"Prometheus cannot scrape {target.instance} of job {target.job}: {error}",
                "is the worker running, and does its JMX exporter answer?",
                "error" if target.job in jobs else "warning",
            )


def scraped_too_seldom(
    questions: Iterable[Question], facts: Facts, jobs: frozenset[str], look_back: float
) -> Iterator[Placed]:
    """Yield the jobs with a scrape interval too long for the range of a rule or for Prometheus' look-back.

    Args:
        questions: the queries of the set.
        facts: what is known; its `intervals` are by job.
        jobs: the jobs with connector series.
        look_back: seconds for which Prometheus considers a sample current.
    """
    for job in sorted(jobs & facts.intervals.keys()):
        interval = facts.intervals[job]
        if not math.isfinite(interval):
            continue
        if look_back and 2 * interval > look_back:
            yield (
                Cause(
                    "scrape-interval",
                    job,
                    f"job {job} is scraped every {readable_seconds(interval)}, and the look-back is "
                    f"{readable_seconds(look_back)}: a single failed scrape leaves a gap",
                    "scrape more often",
                    "warning",
                ),
                None,
            )
        for question in questions:
            if question.place.kind in ("alert", "record"):
                shortest = _shortest_range(question.asked, facts)
                if shortest and shortest < SCRAPES_IN_A_RANGE * interval:
                    yield (
                        Cause(
                            "scrape-interval",
                            job,
                            f"job {job} is scraped every {readable_seconds(interval)}: rates over "
                            f"{readable_seconds(shortest)} cover fewer than four scrapes",
                            f"scrape at least every {readable_seconds(shortest / SCRAPES_IN_A_RANGE)}, or give the "
                            f"rule group rate_interval={readable_seconds(SCRAPES_IN_A_RANGE * interval)!r}",
                            "warning",
                        ),
                        question.place,
                    )


def _shortest_range(expression: str, facts: Facts) -> float:
    """Return the seconds of the shortest range of a rate over Debezium's or Kafka Connect's metrics; 0 for none."""
    found = []
    try:
        tree = promql.read(expression).tree
    except promql.PromQLError:
        return 0.0
    for node in promql_tree.walk(tree):
        if isinstance(node, promql_tree.Call) and node.function in _RATES:
            for argument in node.arguments:
                if isinstance(argument, promql_tree.Vector) and argument.selector.range:
                    metric = facts.logical(argument.metric) if argument.metric else None
                    ours = metric is None or metric.family in ("debezium", "kafka_connect")
                    found += [promql_seconds(argument.selector.range)] if ours else []
    return min(found, default=0.0)


# --- connectors ------------------------------------------------------------------------------------------------------


def connectors_and_series(
    connectors: Sequence[DeployedConnector], now: frozenset[str], before: frozenset[str], range_: float
) -> Iterator[Cause]:
    """Yield connectors without series, series without a connector, and what has vanished.

    Args:
        connectors: Debezium's source connectors in Kafka Connect.
        now: topic prefixes that have series now.
        before: topic prefixes that had series in the range.
        range_: seconds of the range.
    """
    known = {connector.server: connector for connector in connectors}
    for server, connector in sorted(known.items()):
        if server in now:
            continue
        if connector.state != _RUNNING and _FAILED not in connector.tasks:
            continue  # paused keeps its series; stopped and unassigned have none, as expected
        failed = _FAILED in connector.tasks
        state = "has a failed task, and a failed task's metrics disappear" if failed else "runs in Kafka Connect"
        yield Cause(
            "connector-without-series",
            connector.name,
            f"connector {connector.name} (topic prefix {server}) {state}: Prometheus has no series of it",
            "see the task's stack trace in Kafka Connect" if failed else "does Prometheus scrape every worker?",
        )
    for server in sorted(now - known.keys()):
        yield Cause(
            "series-without-connector",
            server,
            f"Prometheus has series of topic prefix {server}, but Kafka Connect has no such connector",
            "does --connect name the cluster that Prometheus scrapes?",
            "warning",
        )
    for server in sorted(before - now - known.keys()):
        yield Cause(
            "connector-deleted",
            server,
            f"topic prefix {server} had series in the last {readable_seconds(range_)} and has none now, and Kafka "
            "Connect has no such connector: it was deleted",
            "recreate it, or wait until the range has passed",
        )


def connectors_vanished(
    now: frozenset[str],
    before: frozenset[str],
    range_: float,
    tasks: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
) -> Iterator[Cause]:
    """Yield the connectors that had series and have none now, and failed tasks, without asking Kafka Connect.

    Args:
        now: topic prefixes that have series now.
        before: topic prefixes that had series in the range.
        range_: seconds of the range.
        tasks: states of tasks by connector, from Kafka Connect's metrics, if there are any.
        names: topic prefixes by connector name, if Debezium's series have both.
    """
    vanished = sorted(before - now)
    failed = sorted(connector for connector, states in tasks.items() if _FAILED in states)
    of_prefix = _prefixes_of(failed, vanished, names)
    gone_wrong = {prefix: connector for connector, prefix in of_prefix.items()}
    for server in vanished:
        had = f"topic prefix {server} had series in the last {readable_seconds(range_)} and has none now"
        if server in gone_wrong:
            yield Cause(
                "connector-vanished",
                server,
                f"{had}: according to Kafka Connect's metrics, a task of connector {gone_wrong[server]} has failed, "
                "and a failed task's metrics disappear",
                f"see its stack trace: GET /connectors/{gone_wrong[server]}/status",
            )
        else:
            others = [connector for connector in failed if connector not in of_prefix]
            why = "the connector was deleted or stopped"
            if others:
                why += f", or it is one of those with a failed task (as Kafka Connect's metrics show): {listed(others)}"
            elif not tasks:
                why += ", or its task has failed"
            yield Cause("connector-vanished", server, f"{had}: {why}", "to tell which, pass --connect URL")
    for connector in failed:
        if connector not in of_prefix and not set(vanished) - set(gone_wrong):
            yield Cause(
                "task-failed",
                connector,
                f"according to Kafka Connect's metrics, a task of connector {connector} has failed",
                f"see its stack trace: GET /connectors/{connector}/status",
            )


def _prefixes_of(connectors: Sequence[str], prefixes: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return the topic prefix of each connector: from the series, else by elimination if one of each is left."""
    found = {connector: names[connector] for connector in connectors if names.get(connector) in prefixes}
    left = [each for each in connectors if each not in names]
    unclaimed = [each for each in prefixes if each not in names.values()]
    if len(left) == len(unclaimed) == 1:
        found[left[0]] = unclaimed[0]
    return found


def counted(states: Mapping[str, Sequence[str]]) -> str:
    """Return how many connectors are in which state, for messages; those not running by name.

    A connector counts as its worst task: Kafka Connect reports it as running when its task has failed.

    Args:
        states: of the connector and its tasks, by its name.
    """
    by_state: dict[str, list[str]] = {}
    for connector, found in sorted(states.items()):
        worst = max((each.upper() for each in found), key=_badness, default="UNASSIGNED")
        by_state.setdefault(worst, []).append(connector)
    ordered = sorted(by_state, key=_badness)
    return ", ".join(
        f"{len(by_state[state])} {state.lower()}" + (f" ({listed(by_state[state])})" if state != _RUNNING else "")
        for state in ordered
    )


def _badness(state: str) -> int:
    return _WORST_LAST.index(state) if state in _WORST_LAST else 1


def without_heartbeat(connectors: Iterable[DeployedConnector]) -> Iterator[Cause]:
    """Yield the connectors whose silence cannot be distinguished from an idle source."""
    for connector in connectors:
        if connector.kind not in _SILENT_WHEN_IDLE:
            continue
        if not connector.heartbeat_seconds:
            yield Cause(
                "no-heartbeat",
                connector.name,
                f"connector {connector.name} ({connector.kind}) has no heartbeat: while its source is idle, its "
                "metrics do not change, and the source retains its log",
                "set heartbeat.interval.ms, and heartbeat.action.query to a statement on a captured table",
                "warning",
            )
        elif connector.kind == "postgres" and "heartbeat.action.query" not in connector.configuration:
            yield Cause(
                "no-heartbeat",
                connector.name,
                f"connector {connector.name} sends heartbeats only to Kafka: its metrics do not change while its "
                "source is idle",
                "set heartbeat.action.query to a statement on a captured table",
                "info",
            )


# --- values ----------------------------------------------------------------------------------------------------------


def unbounded(counts: Mapping[str, int], connectors: int) -> Iterator[Cause]:
    """Yield the metrics whose labels hold event text, offsets or transaction ids.

    Args:
        counts: current series of unbounded metrics, by exported name.
        connectors: the number of connectors.
    """
    for name, count in sorted(counts.items()):
        if count >= _MANY_SERIES and count >= _MANY_SERIES * max(connectors, 1) / 10:
            yield Cause(
                "unbounded-labels",
                name,
                f"{name} has {count} series: its label values grow with every event or transaction",
                "remove it from the exporter's rules, or drop it with metric_relabel_configs",
                "warning",
            )


def clock_skew(lags: Iterable[tuple[Labels, float]]) -> Iterator[Cause]:
    """Yield the connectors that handle events before they were committed: clocks differ.

    Args:
        lags: labels and lag in seconds, without unknown values.
    """
    for labels, lag in lags:
        if lag < -1:
            name = next((labels[key] for key in ("server", "name", "debezium_logical_name") if key in labels), "")
            yield Cause(
                "clock-skew",
                name,
                f"connector {name or labels} has a lag of {lag:g} s: the worker's clock is behind the database's",
                "run NTP on both; until then, every lag is too low by that much",
                "warning",
            )


# --- clusters --------------------------------------------------------------------------------------------------------


def clusters_merged(found: Merged | None) -> Iterator[Cause]:
    """Yield the connectors of several Kafka Connect clusters that rules and panels take for one.

    Args:
        found: what tells them apart; None without any such connectors.
    """
    if found is not None:
        names = listed(f"{server} of job {job}" for job, server in found.connectors)
        yield Cause(
            "clusters-merged",
            ", ".join(found.labels),
            f"connectors of equal names run in several clusters, told apart by {found.described} only: {names}. Rules "
            "and panels take them for one, and miss one that vanishes while another is there",
            f"add to [tool.dashlib] in pyproject.toml: {found.line}",
        )


def identity_lacking(found: Iterable[Lacking]) -> Iterator[Cause]:
    """Yield the labels of `[tool.dashlib] identity` that series do not have.

    Args:
        found: each label, and where it is missing.
    """
    for each in found:
        severity: Severity = "error" if each.everywhere else "warning"
        yield Cause("identity-missing", each.label, each.message, each.hint, severity)
