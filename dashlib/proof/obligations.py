"""What has to be proven of a project's alerts: what each of them declares, beside the rule that it was compiled to."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import evolve, field, frozen

from dashlib import promql
from dashlib.compile.known import catalog_of, connectors_of, identity_of
from dashlib.declare import dashboards as declared_dashboards
from dashlib.declare.alerts import Alert, Configured, Record, RuleGroup, alerts_of, bad_time, objectives_of
from dashlib.declare.dashboards import LabelVariable, keys_of, panel_id
from dashlib.declare.grafana_rules import GrafanaRuleGroup
from dashlib.declare.library import LibraryPanel
from dashlib.declare.panels import note_of
from dashlib.declare.signals import Condition, Signal
from dashlib.declare.thresholds import Level, ThresholdSet
from dashlib.documents.dashboards import Dashboard
from dashlib.documents.rules import groups_in
from dashlib.metrics.profiles import load_profile
from dashlib.proof.composed import Composed, composed
from dashlib.proof.exporter import Exporter
from dashlib.proof.managed import managed, wanted_of
from dashlib.proof.meaning import HeldGuard, Meaning, Shown, coverings, labels_left, readable, readable_duration
from dashlib.proof.objectives import BurnRules, CompiledGroup, alert_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.compile.configuration import Configuration
    from dashlib.compile.declared_connectors import DeclaredConnectors
    from dashlib.compile.loading import Project
    from dashlib.declare.objectives import Objective
    from dashlib.declare.signals import Direction
    from dashlib.documents.document import Document
    from dashlib.documents.rules import RuleGroup as CompiledRules
    from dashlib.proof.managed import Managed, Wanted
    from dashlib.proof.meaning import Covering
    from dashlib.sources import Source

Kind = Literal["threshold", "state", "absence", "change"]

_TURNED: Final[Mapping[Direction, Direction]] = {"above": "below", "below": "above", "equals": "equals"}

_NOT: Final = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}


@frozen
class Elsewhere:
    """Series that a rule is not for.

    Attributes:
        label: by which they are filtered.
        value: a value of it that no filter lets pass.
        reference: the alert without any filter by that label.
        is_chosen: the rule group, or an override, filters by it, and not only the signal.
        others: further values that no filter lets pass.
    """

    label: str
    value: str
    reference: str
    is_chosen: bool
    others: tuple[str, ...] = ()


@frozen(eq=False)
class Obligation:
    """An alert rule that has to be proven, and what its declaration says that it does.

    Attributes:
        alert: its name.
        group: name of its rule group.
        path: of the compiled file, relative to the project's root.
        declared_in: the declaration file, relative to the project's root.
        source: where the alert is declared.
        rule: what was compiled; None where nothing was.
        interval: seconds between two evaluations of the compiled group.
        records: the recording rules that it asks, of whatever file, in their order.
        seldom: names of those that are not evaluated as often as they are to be: as declared, or as the alert itself.
        tick: seconds between two evaluations, as declared.
        kind: of its condition.
        lasting: its `for`, in seconds.
        window: over which time an absence or change looks back, in seconds.
        direction: on which side of the value it fires.
        value: the level; None for an absence.
        unit: Grafana's unit of the signal.
        states: all states of the signal.
        signal: the signal without guards, as PromQL over logical names.
        guards: what must hold or not.
        reference: PromQL over logical names that has a series where the alert is to fire.
        declared: the same with the labels that the exporter has.
        labels: of the alert.
        text: summary and description, as a template.
        untold: labels that only tell exported metrics apart.
        elsewhere: series that it is not for.
        clusters: labels of its series by which it tells Kafka Connect clusters apart.
        covers: which connectors the rule is for, where an alert has several rules; empty otherwise.
        runbook: the link to what to do; empty without one.
        panels: links to a panel, one of which it has; none where it has no such link.
        burn: of an objective's alert, whose severity its labels say, the rules that it is compiled to.
        serves: of the time of an objective, the name of the alert that rests on it.
        inclusive: it is to fire at its level, too.
        named: what filters of its signal, group or override name one by one, each by its label and a value.
        managed: the Grafana-managed rule of the same alert for the same series.
        unlike: what promtool does not look at and is not as declared, and what is there instead.
        again: it is Grafana's rule of an alert of which all is proven for other series.
    """

    alert: str
    group: str
    path: str
    declared_in: str
    source: Source
    rule: Mapping[str, Any] | None
    interval: float
    records: tuple[Mapping[str, Any], ...]
    tick: float
    kind: Kind
    lasting: float
    window: float
    direction: Direction
    value: float | None
    unit: str
    states: tuple[float, ...]
    signal: str
    guards: tuple[HeldGuard, ...]
    reference: str
    declared: str
    labels: Mapping[str, str] = field(factory=dict)
    text: str = ""
    untold: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    clusters: tuple[str, ...] = ()
    covers: str = ""
    runbook: str = ""
    panels: frozenset[str] = frozenset()
    burn: BurnRules | None = None
    serves: str = ""
    seldom: tuple[str, ...] = ()
    inclusive: bool = False
    named: tuple[tuple[str, str], ...] = ()
    managed: Managed | None = None
    unlike: tuple[str, str] | None = None
    again: bool = False

    @functools.cached_property
    def composed(self) -> Composed | None:
        """The compiled rules as one expression; None where that would not say the same."""
        return composed(self.rule, self.records) if self.rule is not None else None

    @property
    def joined(self) -> frozenset[str]:
        """Labels by which guards are joined with the signal."""
        return frozenset(label for guard in self.guards for label in guard.on)


def what_is_proven(project: Project) -> Project:
    """Return a project with what proofs need of it only: rules, and dashboards with what they show."""
    needed = (declared_dashboards.Dashboard, LibraryPanel, RuleGroup, GrafanaRuleGroup)
    return evolve(project, declared=tuple(each for each in project.declared if isinstance(each.item, needed)))


def quickest_first(alerts: Sequence[Obligation]) -> list[Obligation]:
    """Return alerts in their order, but first that of the first file that is proven soonest: somebody waits for it.

    Each guard is tried several times, and each time for as long as the alert takes to fire.
    """
    of_first_file = [alert for alert in alerts if alert.declared_in == alerts[0].declared_in]
    quickest = min(of_first_file, key=lambda alert: (len(alert.guards), alert.lasting), default=None)
    return sorted(alerts, key=lambda alert: alert is not quickest)


def exporter_of(project: Project, profile: str = "") -> Exporter:
    """Return what the exporter makes of the metrics that a project knows.

    Args:
        project: from `load_project`.
        profile: its naming profile; by default the configuration's.
    """
    return Exporter(
        catalog_of(project),
        load_profile(profile or project.configuration.profile, project.root),
        identity=identity_of(project),
    )


def obligations(project: Project, documents: Sequence[Document], profile: str = "") -> list[Obligation]:
    """Return what has to be proven, an entry a rule, in the order of the files.

    Args:
        project: from `load_project`.
        documents: what it compiles to; other kinds than rules are passed over.
        profile: naming profile that they were compiled for.
    """
    files = {document.path.name: document for document in documents if document.kind == "rules"}
    known = _Known(project, exporter_of(project, profile), dict(_shown(project, documents)), files)
    # Of each file in the order of its first group: two declaration files may write into one.
    order = list(dict.fromkeys(group.file for group, _ in project.rule_groups))
    alerts = [
        each
        for group, declared_in in sorted(project.rule_groups, key=lambda of: order.index(of[0].file))
        if group.file in files
        for each in (*known.of_alerts(group, declared_in), *known.of_objectives(group, declared_in))
    ]
    for document in documents:
        if document.kind == "grafana-alerting" and "groups" in document.data:
            known.add_managed(alerts, document)
    return alerts


@frozen(eq=False)
class _Known:
    """What obligations are read from: declarations, the rules that they became, and the exporter's names.

    Attributes:
        project: what is declared.
        exporter: how metrics are spelled.
        shown: the dashboards that alerts link to, by uid.
        files: the compiled rule files, by name.
    """

    project: Project
    exporter: Exporter
    shown: Mapping[str, Shown]
    files: Mapping[str, Document]

    @property
    def configuration(self) -> Configuration:
        return self.project.configuration

    @functools.cached_property
    def connectors(self) -> DeclaredConnectors:
        return connectors_of(self.project)

    @functools.cached_property
    def tables(self) -> dict[str, float]:
        """How often each connector's heartbeat table is written."""
        declared = self.connectors.declared.values()
        return {each.name: each.heartbeat_table for each in declared if each.heartbeat_table is not None}

    @functools.cached_property
    def groups(self) -> dict[str, dict[str, CompiledRules]]:
        return {name: {each.name: each for each in groups_in(file.data)} for name, file in self.files.items()}

    @functools.cached_property
    def recorded(self) -> dict[str, tuple[Mapping[str, Any], ...]]:
        return {
            name: tuple(rule.data for group in groups.values() for rule in group.rules if not rule.is_alert)
            for name, groups in self.groups.items()
        }

    @functools.cached_property
    def every(self) -> dict[str, float]:
        """How often each recorded series is computed, in seconds between two evaluations."""
        return {
            rule.name: promql.duration_seconds(group.data["interval"])
            for groups in self.groups.values()
            for group in groups.values()
            for rule in group.rules
            if not rule.is_alert
        }

    @functools.cached_property
    def declared_every(self) -> dict[str, float]:
        return {
            rule.name: promql.duration_seconds(group.interval)
            for group, _ in self.project.rule_groups
            for rule in group.rules
            if isinstance(rule, Record)
        }

    def records(self, file: str) -> tuple[Mapping[str, Any], ...]:
        """Return the records of all files; of two of one name its own file's is meant."""
        return (*self.recorded[file], *(one for other, of in self.recorded.items() if other != file for one in of))

    def is_left_out(self, name: str, file: str) -> bool:
        return any(each.name == name for each in self.files[file].left_out)

    def of_alerts(self, group: RuleGroup, declared_in: str) -> Iterator[Obligation]:
        """Yield an entry for each rule that an alert of a group should be, or is."""
        records = self.records(group.file)
        compiled = self.groups[group.file].get(group.name)
        interval = promql.duration_seconds(compiled.data["interval"] if compiled is not None else group.interval)
        tick = promql.duration_seconds(group.interval)
        for alert in alerts_of(group):
            in_group = compiled.rules if compiled is not None else ()
            rules = [rule.data for rule in in_group if rule.is_alert and rule.name == alert.name]
            if not rules and self.is_left_out(alert.name, group.file):
                continue
            covered = coverings(alert, group, self.connectors)
            for rule, covering in itertools.zip_longest(rules, covered):
                # A rule too many is one for nobody.
                meaning = Meaning(alert, group, covering or covered[0], self.exporter, self.tables)
                needed = _needed(str(rule["expr"]), records) if rule is not None else ()
                names = dict.fromkeys(str(record["record"]) for record in needed)
                yield Obligation(
                    path=str(self.files[group.file].path),
                    declared_in=declared_in,
                    rule=rule if covering is not None else None,
                    interval=interval,
                    records=needed,
                    seldom=tuple(name for name in names if self.every[name] > self.declared_every.get(name, tick)),
                    runbook=meaning.runbook(self.configuration.runbook_url),
                    panels=meaning.panels(self.configuration.grafana_url, self.shown),
                    covers=str(meaning.covering) if len(covered) > 1 else "",
                    **_declared(alert, group, meaning, self.configuration),
                )

    def of_objectives(self, group: RuleGroup, declared_in: str) -> Iterator[Obligation]:
        """Yield what the objectives of a group have to be proven of: their time, and how fast their budget burns."""
        whole = tuple(
            CompiledGroup(promql.duration_seconds(each.data["interval"]), tuple(rule.data for rule in each.rules))
            for each in self.groups[group.file].values()
        )
        # What another file records is computed before what is computed from it.
        own = self.recorded[group.file]
        records = (*(one for one in self.records(group.file) if one not in own), *own)
        for objective in objectives_of(group):
            if self.is_left_out(objective.name, group.file):
                continue
            labels = _objective_labels(objective, group, self.configuration)
            interval = round(promql.duration_seconds(group.interval))
            promise = _promise(objective, group, self.connectors)
            series = self.labels_of_series(objective.signal.base)
            burn = BurnRules(objective, interval, labels, self.configuration.runbook_url, promise, series, whole)
            time = _Time(
                objective, group, self.exporter, self.tables, self.connectors, burn.stem, records, self.configuration
            )
            for each in (*time.all(), *_burns(burn, group)):
                yield evolve(each, path=str(self.files[group.file].path), declared_in=declared_in)

    def add_managed(self, alerts: list[Obligation], document: Document) -> None:
        """Add Grafana-managed rules to the alerts that they are rules of, or as alerts of their own for other series.

        Args:
            alerts: those of Prometheus.
            document: the compiled rules.
        """
        groups = {(each["folder"], each["name"]): each for each in document.data["groups"]}
        left_out = {(each.of, each.name) for each in document.left_out}
        of_prometheus: dict[tuple[str, str, str], list[int]] = {}
        for place, each in enumerate(alerts):
            of_prometheus.setdefault((each.path, each.group, each.alert), []).append(place)
        for group, declared_in in self.project.grafana_rule_groups:
            for wanted in wanted_of(group, self.connectors):
                if (group.name, wanted.rule.title) in left_out:
                    continue
                found = managed(
                    wanted,
                    groups.get((group.folder, group.name), {}),
                    str(document.path),
                    self.configuration.grafana_datasource,
                )
                file = self.files.get(wanted.scope.file)
                key = (str(file.path) if file is not None else "", wanted.scope.name, wanted.rule.name)
                places = of_prometheus.get(key, ())
                place = places[wanted.index] if wanted.is_for_the_same and wanted.index < len(places) else -1
                if place >= 0 and alerts[place].managed is None:
                    alerts[place] = self.with_managed(alerts[place], found)
                else:
                    alerts.append(evolve(self.alone(wanted, found, declared_in), again=bool(places)))

    def with_managed(self, alert: Obligation, found: Managed) -> Obligation:
        """Return an alert with the Grafana-managed rule that is for the same series."""
        rules = [each for each in (alert.rule, found.rule) if each is not None]
        records = _needed(" or ".join(f"({each['expr']})" for each in rules), self.every_record) if rules else ()
        return evolve(alert, managed=found, unlike=found.unlike, records=records)

    def alone(self, wanted: Wanted, found: Managed, declared_in: str) -> Obligation:
        """Return what has to be proven of a Grafana-managed rule that is for other series than any of Prometheus'."""
        meaning = Meaning(wanted.rule.alert, wanted.scope, wanted.covering, self.exporter, self.tables)
        declared = _declared(wanted.rule.alert, wanted.scope, meaning, self.configuration)
        tick = promql.duration_seconds(wanted.group.interval)
        return Obligation(
            path=found.path,
            declared_in=declared_in,
            rule=found.rule,
            interval=tick,
            records=_needed(str(found.rule["expr"]), self.every_record) if found.rule is not None else (),
            runbook=meaning.runbook(self.configuration.runbook_url),
            panels=meaning.panels(self.configuration.grafana_url, self.shown),
            unlike=found.unlike,
            **{
                **declared,
                "alert": wanted.title,
                "group": wanted.group.name,
                "tick": tick,
                "source": wanted.rule.source,
            },
        )

    @property
    def every_record(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(itertools.chain.from_iterable(self.recorded.values()))

    def labels_of_series(self, signal: Signal) -> dict[str, str]:
        """Return the labels that a signal keeps, each with the exporter's name of it."""
        said = next((each for each in signal.expressions if self.exporter.can_say(each)), signal.expressions[0])
        text = self.exporter.told_apart(said)
        metrics = [self.exporter.metric(each.name) for each in promql.read(text).selectors]
        found = {}
        for label in labels_left(text):
            own = [metric for metric in metrics if metric is not None and label in metric.labels]
            spelled = self.exporter.label(label, own[0]) if own else label
            if spelled is not None:
                found[label] = spelled
        return found


def _objective_labels(objective: Objective, group: RuleGroup, configuration: Configuration) -> dict[str, str]:
    """Return the labels of an objective's alerts, but for their severity."""
    own = {
        name: configuration.labels.get(value.key, "") if isinstance(value, Configured) else value
        for name, value in group.labels.items()
    }
    of_all = configuration.alert_labels
    return {"signal": f"{objective.identifier}_budget", **of_all, **own, "objective": objective.name}


def _promise(objective: Objective, group: RuleGroup, connectors: DeclaredConnectors) -> str:
    """Return what an objective promises, in words."""
    within = readable_duration(promql.duration_seconds(objective.window))
    signal = objective.signal.base
    if objective.total is not None:
        return f"{objective.target:g} % of {objective.total.title} within {within} are {signal.title}"
    bad = bad_time(objective, group)
    level, direction = coverings(bad, group, connectors)[0].level or 0.0, bad.condition.direction
    states: dict[float, str] = {state.value: state.text for state in signal.states}
    what = states.get(level, f"{level:g}") if direction == "equals" else f"{direction} {readable(level, signal.unit)}"
    return f"{objective.target:g} % of the time that counts within {within}, {signal.title} is not {what}"


def _burns(burn: BurnRules, group: RuleGroup) -> Iterator[Obligation]:
    """Yield what has to be proven of the alerts of an objective."""
    for severity, name in alert_names(burn).items():
        yield Obligation(
            alert=name,
            group=group.name,
            path="",
            declared_in="",
            source=burn.objective.source,
            rule={},
            interval=burn.interval,
            records=(),
            tick=burn.interval,
            kind="threshold",
            lasting=0.0,
            window=0.0,
            direction="above",
            value=None,
            unit="none",
            states=(),
            signal="",
            guards=(),
            reference="",
            declared="",
            labels={"severity": severity},
            burn=burn,
        )


@frozen(eq=False)
class _Time:
    """What has to be proven of an objective's time: that each evaluation is bad, good, or does not count.

    Each is proven like an alert that fires then.
    """

    objective: Objective
    group: RuleGroup
    exporter: Exporter
    tables: Mapping[str, float]
    connectors: DeclaredConnectors
    stem: str
    records: Sequence[Mapping[str, Any]]
    configuration: Configuration

    def all(self) -> Iterator[Obligation]:
        """Yield what has to be proven."""
        words = "".join(f"{word[:1].upper()}{word[1:]}" for word in self.objective.name.split())
        if self.objective.total is not None:
            yield from self._events(words, self.objective.signal, self.objective.total)
            return
        bad = bad_time(self.objective, self.group)
        for covering in coverings(bad, self.group, self.connectors):
            meaning = Meaning(bad, self.group, evolve(covering, lasting=0.0), self.exporter, self.tables)
            there = f" and {meaning.as_exported(f'({meaning.signal()})')}" if self.objective.missing == "bad" else ""
            of = evolve(meaning, alert=evolve(bad, name=f"{words}IsBad"))
            yield self._obligation(of, of.reference(), f"{self.stem}:bad == 1{there}", str(covering))
            of = evolve(meaning, alert=evolve(bad, name=f"{words}IsGood"))
            good = self._obligation(of, of.opposite(), f"({self.stem}:bad == 0) + 1", str(covering))
            other = next((state for state in good.states if state != good.value), good.value)
            value = other if good.direction == "equals" else good.value
            elsewhere = tuple(
                evolve(each, reference=_one(evolve(of, omitted=each.label).opposite())) for each in good.elsewhere
            )
            direction = _TURNED[good.direction]
            yield evolve(good, direction=direction, value=value, elsewhere=elsewhere, inclusive=True)
        if self.objective.missing == "bad":
            signal = self.objective.signal.base.unless(
                *(each.guard for each in self.objective.signal.guards if each.keyword == "unless")
            )
            gone = Condition(signal, "absence", window="1d", for_="0s", resolution="5m")
            alert = evolve(bad, name=f"{words}IsMissing", condition=gone)
            [covering] = coverings(evolve(alert, thresholds=None), self.group, self.connectors)[:1]
            of = Meaning(alert, self.group, covering, self.exporter, self.tables)
            there = of.as_exported(f"({of.signal()})")
            yield self._obligation(of, of.reference(), f"{self.stem}:bad == 1 unless {there}", "")

    def _events(self, words: str, good: Signal, total: Signal) -> Iterator[Obligation]:
        """Yield what has to be proven of events: how many count, and how many of them are not good."""
        counted, are_good = total.base.expression, good.base.expression
        events, bad = f"{self.stem}:events", f"{self.stem}:bad"
        # Where good events are those of all that pass one more filter, the bad ones are those that do not.
        do_not_pass = _filtered_out(counted, are_good)
        if do_not_pass:
            asked = {"AreBad": (do_not_pass, f"{bad} > 0"), "AreGood": (are_good, f"{events} - {bad} > 0")}
        else:
            asked = {"AreBad": (f"({counted}) - (({are_good}) or 0 * ({counted}))", f"{bad} > 0")}
            # Of other metrics there may be none, and then no event is good.
            if not {*promql.read(counted).metrics} & {*promql.read(are_good).metrics}:
                asked["AreAllBad"] = (counted, f"{bad} > 0")
        for name, (expression, expected) in {"AreCounted": (counted, f"{events} > 0"), **asked}.items():
            signal = evolve(total, expression=expression)
            alert = Alert(
                f"{words}{name}",
                Condition(signal, "change", level="critical", window=self.group.rate_interval),
                severity=self.objective.page,
                summary=f"The objective {self.objective.name} counts.",
                description="It counts.",
                thresholds=ThresholdSet("events", [Level(signal, "critical", above=0)]),
                source=self.objective.source,
            )
            for covering in coverings(alert, self.group, self.connectors)[:1]:
                of = Meaning(alert, self.group, evolve(covering, lasting=0.0), self.exporter, self.tables)
                yield self._obligation(of, of.reference(), expected, "")

    def _obligation(self, meaning: Meaning, reference: str, asked: str, covers: str) -> Obligation:
        declared = _declared(meaning.alert, self.group, meaning, self.configuration)
        # What counts events says how many; of a level it says that it is so.
        said = str if self.objective.total is not None else _one
        reference = said(reference)
        declared |= {
            "reference": reference,
            "declared": meaning.as_exported(reference),
            "lasting": 0.0,
            "labels": {},
            "text": "\n",
            "elsewhere": tuple(evolve(each, reference=said(each.reference)) for each in declared["elsewhere"]),
        }
        return Obligation(
            path="",
            declared_in="",
            rule={"alert": meaning.alert.name, "expr": asked, "labels": {}},
            interval=declared["tick"],
            records=_needed(asked, self.records),
            covers=covers,
            serves=self.objective.alert_name(self.objective.page),
            **declared,
        )


def _filtered_out(every: str, some: str) -> str:
    """Return the expression of what a filter leaves out that one expression has and the other lacks; empty if none."""
    [of_every, *others], [of_some, *more] = (promql.read(each).selectors for each in (every, some))
    own = [place for place, each in enumerate(of_some.matchers) if each not in of_every.matchers]
    is_alike = (
        not others
        and not more
        and of_every.metric == of_some.metric
        and set(of_every.matchers) <= set(of_some.matchers)
        and every[: of_every.start] == some[: of_some.start]
        and every[of_every.end :] == some[of_some.end :]
    )
    if not is_alike or len(own) != 1:
        return ""
    one, (begin, _) = of_some.matchers[own[0]], of_some.places[own[0]]
    operator = some.index(one.operator, begin + len(one.label))
    return some[:operator] + _NOT[one.operator] + some[operator + len(one.operator) :]


def _one(expression: str) -> str:
    """Return an expression whose every sample is 1."""
    return f"(({expression}) ^ 0)"


def _shown(project: Project, documents: Sequence[Document]) -> Iterator[tuple[str, Shown]]:
    """Yield what is compiled of each dashboard that is declared: nothing of it comes from what compiles rules."""
    compiled = {each.data["uid"]: each for each in documents if each.kind == "dashboard"}
    for dashboard, _ in project.dashboards:
        document = compiled.get(dashboard.uid)
        if document is None:
            continue
        found = Dashboard(document.data)
        there, names = {panel.id for panel in found.all_panels}, set(found.variable_names)
        panels = []
        own_keys = [key for keys in keys_of(dashboard) for key in keys.panels]
        for panel, key in zip((each for row in dashboard.rows for each in row.panels), own_keys, strict=True):
            note = note_of(panel)
            number = dashboard.panel_ids.get(key, panel_id(dashboard.uid, key))
            if number in there:
                signals = frozenset(each.name for each in note.signals) if note is not None else frozenset[str]()
                panels.append((number, frozenset({key}), signals))
        variables = [
            (each.values_of, each.name)
            for each in dashboard.variables
            if isinstance(each, LabelVariable) and each.name in names
        ]
        listed = {label for label, _ in variables}
        clusters = [(each, each) for each in project.configuration.identity if each in names and each not in listed]
        yield dashboard.uid, Shown(tuple(panels), (*clusters, *variables))


def _declared(alert: Alert, group: RuleGroup, meaning: Meaning, configuration: Configuration) -> dict[str, Any]:
    condition, signal = alert.condition, alert.signal
    reference = meaning.reference()
    covering: Covering = meaning.covering
    metrics = [meaning.exporter.metric(each.name) for each in promql.read(meaning.signal()).selectors]
    return {
        "alert": alert.name,
        "group": group.name,
        "source": alert.source,
        "tick": promql.duration_seconds(group.interval),
        "kind": condition.kind,
        "lasting": covering.lasting,
        "window": promql.duration_seconds(condition.window),
        "direction": condition.direction,
        "value": covering.level,
        "unit": signal.unit,
        "states": tuple(float(state.value) for state in signal.states),
        "signal": meaning.signal(),
        "guards": tuple(meaning.guards()),
        "reference": reference,
        "declared": meaning.as_exported(reference),
        "labels": meaning.labels(configuration.labels, configuration.alert_labels),
        "text": meaning.text(),
        "untold": tuple(
            dict.fromkeys(label for metric in metrics if metric is not None for label in meaning.exporter.added(metric))
        ),
        "clusters": meaning.clusters,
        "named": tuple(dict.fromkeys(meaning.named())),
        "elsewhere": tuple(
            Elsewhere(
                label,
                value,
                evolve(meaning, omitted=label).reference(),
                is_chosen=any(one.label == label for one in covering.where),
                others=others,
            )
            for label, value, others in meaning.elsewhere()
        ),
    }


def _needed(expression: str, records: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return the recording rules that an expression asks, itself or through others, in the order of their files."""
    asked: set[str] = set()
    waiting = [expression]
    while waiting:
        new = set(promql.read(waiting.pop()).metrics) - asked
        asked |= new
        waiting.extend(str(record["expr"]) for record in records if record["record"] in new)
    return tuple(record for record in records if record["record"] in asked)
