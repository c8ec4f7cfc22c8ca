"""The examination: which queries run in which order, and what their answers mean.

First the properties of the Prometheus (a dozen requests), then every query of the set once, a few in parallel, then the
reasons for the empty ones. A failed query is a finding; an unreachable Prometheus ends the examination.
"""

from __future__ import annotations

import functools
import math
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import attrs

from dashlib import promql
from dashlib.compile.rendering import Rendering
from dashlib.doctor import causes, installation
from dashlib.doctor.causes import Cause, Facts, listed, readable_seconds
from dashlib.doctor.evidence import Evidence
from dashlib.doctor.explain import Explanation
from dashlib.doctor.questions import DEFAULT_RANGE, Question, unasked, without_all
from dashlib.doctor.report import Cost, DoctorReport, FiringAlert, group
from dashlib.documents import variable_queries
from dashlib.errors import DashlibError, RemoteError, UnreachableError
from dashlib.metrics import exposition, recognition
from dashlib.metrics.clusters import Merged, lacking, merged
from dashlib.metrics.identity import Identity
from dashlib.metrics.profiles import MissingInProfileError
from dashlib.metrics.recognition import Observed
from dashlib.promql.tokens import label_text
from dashlib.servers.prometheus import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from dashlib.doctor.installation import Placed, RuleFile
    from dashlib.doctor.questions import Choose
    from dashlib.documents.rules import Rule
    from dashlib.documents.variable_queries import Asked
    from dashlib.metrics.catalog import Catalog
    from dashlib.metrics.profiles import Profile
    from dashlib.servers.kafka_connect import DeployedConnector, KafkaConnect, Plugin
    from dashlib.servers.prometheus import Engine, LoadedRule, Prometheus, Sample, ScrapeTarget

LONGEST_RANGE = 6 * 3600.0
#: Points in a dashboard's range at which a panel is evaluated.
POINTS = 2
#: How many queries run in parallel.
WORKERS = 4
#: Seconds after which no further query is started.
BUDGET = 120.0
_PROBES = 24
#: The setting that VictoriaMetrics names where it refuses a query for its length, by default of more than 16 KiB.
_TOO_LONG = "-search.maxQueryLen"
# Of the exporters of databases, by family: a series of each target.
_OF_EXPORTERS = (("postgres_exporter", "pg_up"), ("mysqld_exporter", "mysql_up"))
# In the order in which they are tried; all of them exist as long as a task runs.
_OF_EVERY_CONNECTOR = ("Connected", "QueueTotalCapacity", "QueueRemainingCapacity", "TotalNumberOfEventsSeen")
#: Root causes in an expression, and what may follow from them.
_ROOTS = frozenset({"wrong-profile", "metric-missing", "family-missing", "label-missing"})
_FOLLOWS = frozenset({"join", "no-such-series", "value-missing", "not-a-number"})


@attrs.frozen
class Examined:
    """What to examine.

    Attributes:
        questions: returns the queries of the set, given a function that returns one value of a label.
        rule_files: the rule files of the set, to compare with what is loaded.
        catalog: the known metrics.
        profile: the one that the set was compiled for; None for files that dashlib did not generate.
        placed: what is known to be wrong before Prometheus is queried.
        looked_at: the origin of the set, for the head of the report: names and values.
        identity: labels by which the set tells Kafka Connect clusters apart.
    """

    questions: Callable[[Choose], Sequence[Question]]
    rule_files: Sequence[RuleFile]
    catalog: Catalog
    profile: Profile | None
    placed: Sequence[Placed] = ()
    looked_at: Sequence[tuple[str, str]] = ()
    identity: Identity = attrs.field(factory=Identity)


@attrs.frozen
class _Server:
    """What a Prometheus reports about itself, and the rules where they live."""

    engine: Engine
    targets: Sequence[ScrapeTarget]
    rules: Sequence[LoadedRule] | None
    patterns: Sequence[str]
    look_back: float
    retention: float
    intervals: dict[str, float]


@attrs.frozen
class _Connectors:
    """The topic prefixes with series, Kafka Connect's connectors, and intervals that Prometheus does not report.

    Attributes:
        now: topic prefixes that have series now.
        before: those that had some in the range.
        jobs: the jobs of their series.
        known: Kafka Connect's connectors; None if it was not asked.
        plugins: the connector classes that its workers have.
        measured: seconds between scrapes, for jobs whose interval Prometheus does not report.
        told_apart: whether the series have the label that identifies the connector.
        tasks: the states of tasks by connector, from Kafka Connect's metrics in Prometheus.
        names: topic prefix by connector name, if Debezium's series have both.
    """

    now: frozenset[str]
    before: frozenset[str]
    jobs: frozenset[str]
    known: Sequence[DeployedConnector] | None = None
    plugins: Sequence[Plugin] = ()
    measured: Mapping[str, float] = attrs.field(factory=dict)
    told_apart: bool = True
    tasks: Mapping[str, Sequence[str]] = attrs.field(factory=dict)
    names: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class _Result:
    """The result of one query."""

    placed: tuple[Placed, ...] = ()
    cost: Cost | None = None
    alert: FiringAlert | None = None


def examine(
    prometheus: Prometheus,
    examined: Examined,
    connect: KafkaConnect | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    ruler: Prometheus | None = None,
) -> DoctorReport:
    """Run all queries of a set against a Prometheus, and return what is wrong.

    Args:
        prometheus: the Prometheus.
        examined: the set.
        connect: the Kafka Connect whose connectors Prometheus should have; None for none.
        progress: called with the number of finished queries and their total.
        ruler: where the rules are loaded, if not in that Prometheus: vmalert, a ruler.

    Raises:
        RemoteError: Prometheus, the given ruler or the given Kafka Connect, cannot be reached.
    """
    began = time.monotonic()
    now = prometheus.query("time()").samples[0].value
    questions = list(examined.questions(functools.partial(_choose, prometheus, now)))
    range_ = min(max([question.range for question in questions], default=DEFAULT_RANGE), LONGEST_RANGE)
    with ThreadPoolExecutor(WORKERS) as pool:
        server = pool.submit(_ask_server, prometheus, ruler)
        known = pool.submit(_ask_connect, connect)
        names = frozenset(prometheus.label_values("__name__", now - range_, now))
        evidence = Evidence(prometheus, now, range_, names)
        observed = _observe(evidence, examined.catalog, pool)
        seen = recognition.recognize(observed, examined.catalog)
        connectors, plugins = known.result()
        found = _ask_series(evidence, examined, seen, connectors, plugins, server.result().intervals)
        facts = _facts(examined, evidence, observed, seen, found, server.result(), prometheus.url)
        placed = [*examined.placed, *_of_the_whole(examined, questions, server.result(), found, facts, evidence)]
        results = _ask_all(questions, evidence, facts, server.result(), pool, progress, began + BUDGET)
    placed = causes_first([*placed, *(each for result in results for each in result.placed)])
    costs = sorted((result.cost for result in results if result.cost is not None), key=_dearest, reverse=True)
    wrong = {place for cause, place in placed if place is not None and cause.severity != "info"}
    unique = {question.asked: question.place for question in questions}
    return DoctorReport(
        prometheus.url,
        (*_described(server.result(), seen, found, facts), *examined.looked_at),
        group(placed),
        tuple(costs),
        tuple(result.alert for result in results if result.alert is not None),
        len(unique),
        sum(place not in wrong for place in unique.values()),
        sum(each.api.sent for each in (prometheus, connect, ruler) if each is not None),
        time.monotonic() - began,
        server.result().engine.name or "Prometheus",
    )


def _facts(
    examined: Examined,
    evidence: Evidence,
    observed: Observed,
    seen: recognition.Recognition,
    found: _Connectors,
    server: _Server,
    url: str,
) -> Facts:
    """Return what the causes of empty answers are told from."""
    recording = list(_recording_rules(examined.rule_files))
    return Facts(
        examined.catalog,
        examined.profile,
        seen,
        evidence.names,
        intervals={**found.measured, **server.intervals},
        records={rule.name: file.path for file, rule in recording},
        loaded=_names_loaded(server.rules),
        gone={cause.subject: cause for cause in _gone(found, evidence.range)},
        range=evidence.range,
        recorded={rule.name: rule.text for _, rule in recording},
        respelled=recognition.respelled(evidence.names, examined.catalog, _known_spelling(examined, seen)),
        own=_own_profile(observed, examined.catalog),
        url=url,
    )


def _dearest(cost: Cost) -> tuple[float, int]:
    return (cost.seconds if math.isfinite(cost.seconds) else -1.0, cost.touched)


# --- before the first query ------------------------------------------------------------------------------------------


def _choose(prometheus: Prometheus, now: float, asked: Asked, regex: str) -> str:
    """Return the first value of a variable used with `=`; empty if it has none."""
    start, selectors = now - DEFAULT_RANGE, [asked.expression] if asked.expression else ()
    try:
        match asked.function:
            case "label_values":
                texts = prometheus.label_values(asked.label, start, now, selectors)
            case "label_names":
                texts = prometheus.label_names(selectors, start, now)
            case "metrics":
                pattern = re.compile(asked.expression)
                texts = [name for name in prometheus.label_values("__name__", start, now) if pattern.search(name)]
            case "query_result":
                samples = prometheus.query(asked.expression, at=now).samples
                texts = [variable_queries.sample_text(one.labels, one.value, now) for one in samples]
            case _:
                texts = [variable_queries.series_text(one) for one in prometheus.series(selectors, start, now)]
    except UnreachableError:
        raise
    except (RemoteError, re.error):
        return ""
    return min(variable_queries.values(texts, regex), default="")


def _ask_server(prometheus: Prometheus, ruler: Prometheus | None) -> _Server:
    import yaml

    engine = prometheus.engine()
    rules = prometheus.rules() if ruler is None else ruler.loaded_elsewhere()
    if ruler is None and not rules and engine.forwards_rules:
        rules = None  # nobody is behind it whose rules it could pass on
    targets = prometheus.targets() or []
    intervals: dict[str, float] = {}
    for target in targets:
        if math.isfinite(target.interval):
            intervals[target.job] = max(target.interval, intervals.get(target.job, 0.0))
    try:
        configuration = yaml.safe_load(prometheus.configuration())
    except (yaml.YAMLError, RecursionError):
        configuration = None
    patterns = configuration.get("rule_files") if isinstance(configuration, dict) else None
    flags = prometheus.flags()
    look_back = installation.promql_seconds(flags.get("query.lookback-delta", ""))
    return _Server(
        engine,
        targets,
        rules,
        [str(each) for each in patterns] if isinstance(patterns, list) else [],
        look_back if math.isfinite(look_back) else 0.0,
        installation.retention_of(flags),
        intervals,
    )


def _ask_connect(connect: KafkaConnect | None) -> tuple[Sequence[DeployedConnector] | None, Sequence[Plugin]]:
    if connect is None:
        return None, ()
    connectors = [each for each in connect.connectors() if each.kind and each.kind != "jdbc"]
    return connectors, connect.plugins()


def observe_prometheus(prometheus: Prometheus, catalog: Catalog) -> Observed:
    """Return what a Prometheus has: every name of the last hour, and the labels of those that identify a profile.

    Raises:
        RemoteError: Prometheus cannot be reached.
    """
    now = prometheus.query("time()").samples[0].value
    names = frozenset(prometheus.label_values("__name__", now - DEFAULT_RANGE, now))
    with ThreadPoolExecutor(WORKERS) as pool:
        return _observe(Evidence(prometheus, now, DEFAULT_RANGE, names), catalog, pool)


def _observe(evidence: Evidence, catalog: Catalog, pool: ThreadPoolExecutor) -> Observed:
    """Return every current name, and the labels of those that identify the profile."""
    evidence.look_at_names(recognition.concerned_names(sorted(evidence.past_names), catalog))
    names: dict[str, dict[str, frozenset[str]] | None] = dict.fromkeys(evidence.names)
    telling = recognition.telling_names(sorted(evidence.names), catalog)[:_PROBES]

    def look(name: str) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for labels in evidence.examples((name,)):
            for label, value in labels.items():
                if label not in ("__name__", "job", "instance"):
                    found.setdefault(label, set()).add(value)
        return {label: frozenset(values) for label, values in found.items()}

    names.update(zip(telling, pool.map(look, telling), strict=True))
    return Observed(names)


def _ask_series(
    evidence: Evidence,
    examined: Examined,
    seen: recognition.Recognition,
    connectors: Sequence[DeployedConnector] | None,
    plugins: Sequence[Plugin],
    intervals: Mapping[str, float],
) -> _Connectors:
    """Return the topic prefixes with series, now and in the range, and their jobs."""
    unknown = _Connectors(frozenset(), frozenset(), frozenset(), connectors, plugins, told_apart=False)
    profile = seen.best.profile if seen.best is not None else examined.profile
    if profile is None:
        return unknown
    selector = _one_of_each_connector(evidence, examined.catalog, profile)
    if not selector:
        return attrs.evolve(unknown, tasks=_ask_tasks(evidence, examined.catalog, profile))
    label = profile.label("server")
    tasks, names = _ask_tasks(evidence, examined.catalog, profile), _ask_names(evidence, selector, profile)
    now = evidence.evaluate(f"group by (job, {label}) ({selector})").samples
    one_of_each_job = {sample.labels["job"]: sample.labels for sample in now if "job" in sample.labels}
    past = f"last_over_time({selector}[{round(evidence.range)}s])"
    before = evidence.evaluate(f"group by (job, {label}) ({past})").samples
    return _Connectors(
        frozenset(sample.labels[label] for sample in now if label in sample.labels),
        frozenset(sample.labels[label] for sample in before if label in sample.labels),
        frozenset(sample.labels["job"] for sample in before if "job" in sample.labels),
        connectors,
        plugins,
        {
            job: evidence.interval_of(_narrowed(selector, {"job": job, label: labels.get(label, "")}))
            for job, labels in one_of_each_job.items()
            if job not in intervals
        },
        not now or any(label in sample.labels for sample in now),
        tasks,
        names,
    )


def _one_of_each_connector(evidence: Evidence, catalog: Catalog, profile: Profile) -> str:
    """Return a selector of series that every connector has; empty if Prometheus has none of the metrics.

    Several metrics are tried, without filters: a missing metric or a renamed label must not hide every connector.
    """
    for metric in _OF_EVERY_CONNECTOR:
        try:
            selector = Rendering(catalog, profile).render(metric, filter_unknown=True)
            found = promql.read(selector).selectors
        except DashlibError:
            continue
        if len(found) == 1 and evidence.names_of(found[0], past=True):
            return selector[found[0].start : found[0].end]
    return ""


def _ask_tasks(evidence: Evidence, catalog: Catalog, profile: Profile) -> dict[str, list[str]]:
    """Return the states of tasks by connector, from Kafka Connect's metrics, if there are any."""
    try:
        status = Rendering(catalog, profile).render("connector_task_status", filter_unknown=True)
        connector, task = (profile.label(each, "kafka_connect") for each in ("connector", "task"))
        state = profile.label("status", "kafka_connect")
        found = evidence.evaluate(f"group by ({connector}, {task}, {state}) ({status})").samples
    except DashlibError:
        return {}
    states: dict[str, list[str]] = {}
    for labels in (sample.labels for sample in found):
        if connector in labels and state in labels:
            states.setdefault(labels[connector], []).append(labels[state].upper())
    return states


def _ask_names(evidence: Evidence, selector: str, profile: Profile) -> dict[str, str]:
    """Return topic prefixes by connector name, if Debezium's series in the range have both."""
    server, connector = profile.label("server"), profile.label("connector")
    past = f"last_over_time({selector}[{round(evidence.range)}s])"
    found = evidence.evaluate(f"group by ({server}, {connector}) ({past})").samples
    return {each.labels[connector]: each.labels[server] for each in found if {connector, server} <= each.labels.keys()}


def _narrowed(selector: str, labels: dict[str, str]) -> str:
    """Return a selector with additional filters."""
    found = promql.read(selector).selectors[0]
    more = [promql.Matcher(label, "=", value) for label, value in labels.items() if value]
    return found.metric + promql.format_matchers([*found.matchers, *more])


def _gone(found: _Connectors, range_: float) -> list[Cause]:
    """Return the connectors that have vanished from Prometheus, or whose series are missing."""
    if not found.told_apart:
        return []  # the label that identifies the connector is missing, which is a finding of its own
    if found.known is None:
        return list(installation.connectors_vanished(found.now, found.before, range_, found.tasks, found.names))
    return list(installation.connectors_and_series(found.known, found.now, found.before, range_))


def _known_spelling(examined: Examined, seen: recognition.Recognition) -> Profile | None:
    """Return the profile whose names are known: the one that the series follow, else the one of the set."""
    return seen.best.profile if seen.best is not None and seen.best.profile != examined.profile else examined.profile


def _own_profile(observed: Observed, catalog: Catalog) -> Profile | None:
    try:
        return recognition.derive(observed, catalog, "ours")
    except exposition.MetricsTextError:
        return None


def causes_first(placed: Sequence[Placed]) -> list[Placed]:
    """Return the findings without those that follow from another one at the same place.

    If two sides of an operator do not match because a label was renamed, the label is the finding. What a missing
    metric or label does to the rest of an expression is not a separate finding.
    """
    labels = {cause.subject: cause for cause, _ in placed if cause.kind == "label-missing"}
    rooted = {place for cause, place in placed if cause.kind in _ROOTS and cause.loses == "signal"}
    kept: list[Placed] = []
    for cause, place in placed:
        if cause.kind in _FOLLOWS:
            renamed = next((labels[label] for label in cause.subject.split(", ") if label in labels), None)
            if renamed is not None:
                kept.append((renamed, place))
                continue
            if place in rooted:
                continue
        kept.append((cause, place))
    return kept


def _names_loaded(rules: Sequence[LoadedRule] | None) -> frozenset[str] | None:
    return None if rules is None else frozenset(rule.name for rule in rules)


def _recording_rules(files: Sequence[RuleFile]) -> Iterator[tuple[RuleFile, Rule]]:
    for file in files:
        for each in file.groups:
            yield from ((file, rule) for rule in each.prometheus_rules if not rule.is_alert)


# --- the whole -------------------------------------------------------------------------------------------------------


def _of_the_whole(
    examined: Examined,
    questions: Sequence[Question],
    server: _Server,
    found: _Connectors,
    facts: Facts,
    evidence: Evidence,
) -> list[Placed]:
    placed: list[Placed] = []
    if server.rules is not None:
        placed += installation.rules_not_as_declared(examined.rule_files, server.rules, server.patterns)
    placed += installation.retention_too_short(questions, server.retention)
    placed += installation.scraped_too_seldom(questions, facts, found.jobs, server.look_back)
    general = [*installation.targets_down(server.targets, found.jobs)]
    general += _gone(found, facts.range)
    general += installation.without_heartbeat(found.known or ())
    general += installation.unbounded(_unbounded_series(facts, evidence), len(found.now))
    general += installation.clock_skew(_lags(facts, evidence))
    general += _clusters(examined, questions, facts, evidence)
    return [*placed, *((cause, None) for cause in general)]


def _clusters(examined: Examined, questions: Sequence[Question], facts: Facts, evidence: Evidence) -> list[Cause]:
    """Return the connectors of several clusters that the set puts together, and what its identity gets wrong."""
    profile = facts.followed_profile or examined.profile
    if profile is None:
        return []
    kept = {*examined.identity.labels, *_grouped_by(questions)}
    selector = _one_of_each_connector(evidence, facts.catalog, profile)
    there = [sample.labels for sample in evidence.evaluate(selector).samples] if selector else []
    found = installation.clusters_merged(merged_clusters(there, profile, kept))
    series = {("debezium", selector): there}
    for family, metric in _OF_EXPORTERS if examined.identity.labels else ():
        if metric in evidence.names:
            series[family, metric] = [sample.labels for sample in evidence.evaluate(metric).samples]
    return [*found, *installation.identity_lacking(lacking(series, examined.identity))]


def merged_clusters(series: Sequence[Mapping[str, str]], profile: Profile, kept: Collection[str] = ()) -> Merged | None:
    """Return the connectors that exist in several clusters, as their series tell; None without any.

    Args:
        series: labels of the series of one of Debezium's metrics.
        profile: how its labels are spelled.
        kept: labels by which expressions tell clusters apart.
    """
    own = {profile.label(label) for label in ("server", "plugin", "context", "connector", "task", "database")}
    return merged(series, own, kept, profile.label("server"))


def clusters_of(prometheus: Prometheus, catalog: Catalog, profile: Profile) -> Merged | None:
    """Return the connectors that exist in several clusters of a Prometheus, as `merged_clusters`.

    Raises:
        RemoteError: Prometheus cannot be reached.
    """
    now = prometheus.query("time()").samples[0].value
    names = frozenset(prometheus.label_values("__name__", now - DEFAULT_RANGE, now))
    evidence = Evidence(prometheus, now, DEFAULT_RANGE, names)
    selector = _one_of_each_connector(evidence, catalog, profile)
    there = [sample.labels for sample in evidence.evaluate(selector).samples] if selector else []
    return merged_clusters(there, profile)


def clusters_on(series: Sequence[tuple[str, Mapping[str, str]]], catalog: Catalog, profile: Profile) -> Merged | None:
    """Return the connectors that exist in several clusters on a page of metrics, as `merged_clusters`.

    Args:
        series: name and labels of each.
        catalog: the metrics that exist.
        profile: how they are spelled.
    """
    exported = profile.exported_names(catalog)
    for metric in _OF_EVERY_CONNECTOR:
        there = [labels for name, labels in series if metric in exported.get(name, ())]
        if there:
            return merged_clusters(there, profile)
    return None


def _grouped_by(questions: Sequence[Question]) -> set[str]:
    """Return the labels by which any query of the set groups together with the job."""
    found: set[str] = set()
    for asked in {question.asked for question in questions}:
        try:
            groupings = promql.read(asked).groupings
        except promql.PromQLError:
            continue
        for grouping in groupings:
            labels = {token.text for token in grouping.labels}
            found |= labels if grouping.keyword == "by" and "job" in labels else set()
    return found


def _unbounded_series(facts: Facts, evidence: Evidence) -> dict[str, int]:
    """Return how many series the metrics with unbounded label values have."""
    endings = tuple(metric.name.casefold() for metric in facts.catalog.metrics("debezium") if metric.unbounded)
    return {
        exported: evidence.count(exported)
        for exported in sorted(facts.recognition.of_debezium)
        if exported.casefold().endswith(endings) and facts.logical(exported) is None
    }


def _lags(facts: Facts, evidence: Evidence) -> list[tuple[dict[str, str], float]]:
    profile = facts.followed_profile
    if profile is None:
        return []
    lag = 'min by (server) (MilliSecondsBehindSource{context="streaming"})'
    try:
        expression = Rendering(facts.catalog, profile).render(lag, filter_unknown=True)
        answer = evidence.evaluate(f"({expression}) < -1")
    except (MissingInProfileError, QueryError):
        return []
    return [(sample.labels, sample.value) for sample in answer.samples]


def _described(
    server: _Server, seen: recognition.Recognition, found: _Connectors, facts: Facts
) -> list[tuple[str, str]]:
    best = seen.best
    built = f" (the set is built for {facts.profile.name})" if facts.profile is not None else ""
    described = [
        ("engine", _described_engine(server.engine)),
        (
            "profile",
            f"{'none that ships with dashlib' if best is None or facts.respelled else best.profile.name}{built}",
        ),
        ("connectors", _described_connectors(seen, found, facts)),
    ]
    if found.known is not None:
        said = installation.counted({each.name: (each.state, *each.tasks) for each in found.known})
        described.append(("Kafka Connect", said or "none"))
    elif found.tasks:
        described.append(("Kafka Connect", f"{installation.counted(found.tasks)} (from its metrics)"))
    if found.known is not None:
        versions = sorted({each.version for each in found.plugins if each.name.startswith("io.debezium.")})
        if versions:
            described.append(("Debezium", listed(versions)))
    intervals = [
        f"{job} every {readable_seconds(facts.intervals[job])}" for job in sorted(found.jobs & facts.intervals.keys())
    ]
    described.append(("scrapes", listed(intervals) or "unknown"))
    if server.rules is None:
        described.append(
            ("rules", "unknown: they are loaded elsewhere; pass --rules-url with the URL of vmalert or a ruler")
        )
    if server.look_back:
        described.append(("look-back", readable_seconds(server.look_back)))
    return described


def _described_engine(engine: Engine) -> str:
    if not engine.name:
        return f"unknown: {engine.reason}"
    return f"{engine.name} {engine.version or '(version unknown)'}"


def _described_connectors(seen: recognition.Recognition, found: _Connectors, facts: Facts) -> str:
    if "debezium" in facts.respelled or not found.told_apart:
        return "unknown: their metrics or labels have other names"
    return f"{len(found.now)} with series now; kinds: {listed(seen.kinds) or '-'}"


# --- every query -----------------------------------------------------------------------------------------------------


def _ask_all(
    questions: Sequence[Question],
    evidence: Evidence,
    facts: Facts,
    server: _Server,
    pool: ThreadPoolExecutor,
    progress: Callable[[int, int], None],
    deadline: float,
) -> list[_Result]:
    """Run every distinct query once, and return the result of each."""
    together: dict[tuple[str, str, str, bool], list[Question]] = {}
    for question in questions:
        together.setdefault((question.asked, question.label, question.regex, question.is_alert), []).append(question)
    results: list[_Result] = []
    progress(0, len(together))
    ask = functools.partial(_ask, evidence=evidence, facts=facts, server=server, deadline=deadline)
    for result in pool.map(ask, together.values()):
        results.append(result)
        progress(len(results), len(together))
    return results


def _ask(
    questions: Sequence[Question], *, evidence: Evidence, facts: Facts, server: _Server, deadline: float
) -> _Result:
    """Run one query, and find out why it is unexpectedly empty."""
    first = questions[0]
    places = [question.place for question in questions]
    if time.monotonic() > deadline:
        late = Cause(
            "not-asked", "time", f"not every query ran within {readable_seconds(BUDGET)}", "examine fewer files"
        )
        return _Result(tuple((late, place) for place in places))
    reason = unasked(first)
    if reason:
        cause = Cause("query-fails", first.expression, f"the query cannot run: {reason}", "declare the variable")
        return _Result(tuple((cause, place) for place in places))
    try:
        return _asked(first, places, evidence, facts, server)
    except UnreachableError:
        raise
    except RemoteError as error:
        hint = f"the query is {first.asked}"
        if _TOO_LONG in error.message:
            hint = "start VictoriaMetrics (vmselect in a cluster) with -search.maxQueryLen=128KiB"
        cause = Cause("query-fails", first.asked, f"the query fails: {error.message}", hint)
        return _Result(tuple((cause, place) for place in places))


def _asked(question: Question, places: Sequence[object], evidence: Evidence, facts: Facts, server: _Server) -> _Result:
    asked = without_all(question.asked)
    expression = f"group by ({label_text(question.label)}) ({asked})" if question.label else asked
    answer = evidence.evaluate(expression)
    found = _causes(question, expression, evidence, facts, [sample.labels for sample in answer.samples])
    if answer.samples and not question.is_alert:
        nan = causes.not_a_number([sample.value for sample in answer.samples], question.asked)
        found += [nan] if nan is not None else []
    if answer.samples and question.regex and not _offered(question, answer.samples, evidence.now):
        found += [causes.nothing_offered(question.place.name, question.regex, len(answer.samples))]
    alert = None
    if question.is_alert and answer.samples:
        alert = _holding(question, [sample.labels for sample in answer.samples], server)
    in_range = math.nan
    if question.place.kind == "panel" and not found:
        in_range = evidence.share_of_range(asked, min(question.range, facts.range), POINTS)
    cost = Cost(question.place, len(places), len(answer.samples), answer.seconds, answer.touched, in_range)
    return _Result(tuple((cause, place) for cause in found for place in places), cost, alert)  # type: ignore[misc]


def _offered(question: Question, samples: Sequence[Sample], now: float) -> list[str]:
    """Return the values that a variable offers from the result of its query."""
    if question.label:
        texts = [sample.labels.get(question.label, "") for sample in samples]
    else:  # a series query returns only series, query_result each with its value
        texts = [variable_queries.series_text(sample.labels) for sample in samples]
        texts += [variable_queries.sample_text(sample.labels, sample.value, now) for sample in samples]
    return variable_queries.values(texts, question.regex)


def _causes(
    question: Question, expression: str, evidence: Evidence, facts: Facts, answered: Sequence[dict[str, str]]
) -> list[Cause]:
    """Return why a query is empty, if it is, and by which missing labels it filters or groups."""
    try:
        asked = Explanation(question.asked, evidence, facts)
        wrong = [*asked.missing_metrics(), *asked.wrong_labels(answered)]
        found = list(Explanation(expression, evidence, facts).why_empty()) if not answered else []
    except promql.PromQLError:
        return []  # newer PromQL than dashlib parses: Prometheus has answered, only the reasons are unknown
    if question.is_alert:
        # An alert whose condition is not met is fine; one whose metric is missing is not.
        found = [cause for cause in found if cause.kind != causes.NOT_MET]
    return list(dict.fromkeys([*found, *wrong]))


def _holding(question: Question, labels: Sequence[dict[str, str]], server: _Server) -> FiringAlert:
    examples = [
        next((each[key] for key in ("server", "connector", "name", "instance", "job") if key in each), str(each))
        for each in labels
    ]
    if server.rules is None:
        return FiringAlert(question.place, len(labels), tuple(sorted(set(examples))), None)
    loaded = [rule for rule in server.rules if rule.is_alert and rule.name == question.place.name]
    state = "firing" if any(rule.firing for rule in loaded) else "pending" if loaded else ""
    return FiringAlert(question.place, len(labels), tuple(sorted(set(examples))), state)
