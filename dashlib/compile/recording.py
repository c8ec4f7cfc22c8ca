"""Which recording rules the alerts of a project need, what they are called, and what each of them computes.

An alert whose expression is long, or has guards, or is about what has vanished, compares a recorded series: a person on
call reads `server:debezium_live_lag_seconds:max > 5`, and Prometheus computes guards and signals once for all groups.
Recorded is a guard, a signal with its guards, and of an absence when each series was last there.

Nothing is recorded in a group's scope: its filters and those of overrides stand at the alert. All is derived from
rendered text. A part of an expression that another rule records, text for text, becomes the name of that rule.

When a series was last there is computed from what the rule itself recorded before, which costs a look-up, where a
subquery over a day would compute the signal some hundred times. It outlasts a Prometheus that is down for an hour.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from dashlib import promql
from dashlib.compile.conditions import (
    alert_expression,
    guard_expression,
    guards_held,
    guards_text,
    in_condition,
    measured_expression,
    operand,
    signal_expression,
)
from dashlib.compile.coverage import variants
from dashlib.compile.rendering import ALERTS, CHOSEN, HEARTBEAT_TABLES, LISTED, Recorded, number_text
from dashlib.declare.alerts import Record, alerts_of, bad_time, objectives_of
from dashlib.declare.objectives import Objective
from dashlib.declare.signals import Guard
from dashlib.errors import DashlibError, DeclarationError
from dashlib.metrics.profiles import BY_RULES, MissingInProfileError
from dashlib.promql import tree as promql_tree
from dashlib.promql.tree import Aggregation, Binary, Call, Negation, Node, Subquery, Vector
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.compile.coverage import Variant
    from dashlib.compile.declared_connectors import DeclaredConnectors
    from dashlib.compile.rendering import Rendering
    from dashlib.declare.alerts import Alert, RuleGroup
    from dashlib.declare.labels import LabelMatch
    from dashlib.declare.signals import Signal
    from dashlib.sources import Source

#: A simple alert that is shorter than this, in characters, compares what the exporter gives.
LONGEST_RAW: Final = 120
#: How long Prometheus may be down without forgetting when a series was last there.
OUTAGE: Final = "1h"
#: How long what a panel's signal remembers is kept after it is gone, and after how many seconds it counts as gone.
REMEMBERED: Final = "1d"
GONE_AFTER: Final = 60

#: The series that says of which connectors an alert's rules are, where an expression would name too many.
CHOSEN_CONNECTORS: Final = "server:dashlib_chosen:group"

_RATE_INTERVAL: Final = "$__rate_interval"
#: Over which time a rate is recorded that a panel draws over `$__rate_interval`: four scrapes of half a minute.
RATED_OVER: Final = "2m"
_RANGE: Final = "$__range"
# Of several parts they are those of the whole.
_OF_PARTS: Final = ("sum", "max", "min")
# What they answer says nothing of the cluster that it is of.
_WITHOUT_LABELS: Final = frozenset({"absent", "absent_over_time", "scalar", "vector"})
# The finest comes first; a label that is not here tells more than all of them.
_LEVELS: Final = ("slot_name", "table", "task", "database", "instance", "server", "connector", "job")
_NO_LEVELS: Final = frozenset({"plugin", "context", "value", "gtid_source"})
_UNITS: Final = {"s": "seconds", "bytes": "bytes", "decbytes": "bytes", "percent": "percent"}
_CHOICES: Final = re.compile("|".join(map(re.escape, (CHOSEN, LISTED))))  # a panel makes them behind what is recorded
_ARTICLES: Final = re.compile(r"^(?:the|an|a|it) ")
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")


@attrs.frozen(eq=False, repr=False)
class Derived(Value):
    """A recording rule that the alerts of a project need.

    Attributes:
        recorded: its name, and the logical labels of its series.
        computes: its PromQL, in which other records stand by their names.
        subject: the signal or guard that it stands for.
        meaning: what its value says, in words.
        fixed: labels that its rule adds.
    """

    recorded: Recorded
    computes: str
    subject: Signal | Guard
    meaning: str
    fixed: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def name(self) -> str:
        """Its name."""
        return self.recorded.name


@attrs.frozen(eq=False, repr=False)
class Recording(Value):
    """What is recorded for the rules and panels of a project.

    Attributes:
        rules: the recording rules, each behind those that it asks.
        interval: how often they are evaluated: as often as the alert that is evaluated most often.
        alerts: what each alert and each objective compares, by its identity.
        signals: what stands for a signal on a panel, by the signal's identity.
    """

    rules: tuple[Derived, ...] = ()
    interval: str = "30s"
    alerts: Mapping[int, Recorded] = attrs.field(factory=dict)
    signals: Mapping[int, Recorded] = attrs.field(factory=dict)

    def of_alert(
        self, alert: Alert | Objective, where: Mapping[str, LabelMatch], rendering: Rendering
    ) -> Recorded | None:
        """Return what an alert or objective compares for some connectors; None where it asks the exporter's series."""
        recorded = self.alerts.get(id(alert))
        return recorded if recorded is not None and is_chosen_behind(alert.signal, where, rendering) else None


def derive(
    groups: Sequence[RuleGroup], rendering: Rendering, connectors: DeclaredConnectors, panels: Iterable[Signal] = ()
) -> Recording:
    """Return the recording rules that the alerts of some groups need.

    Args:
        groups: all of a project.
        rendering: catalog and profile, without a scope.
        connectors: what the configuration says of them.
        panels: signals that panels ask for, too, where they read records.

    Raises:
        DeclarationError: two rules would have one name; the message names both places.
    """
    rendering = rendering.reading_records
    wanted = _Wanted(rendering, _by_hand(groups, rendering))
    intervals = []
    declared = [(group, rule) for group in groups for rule in group.rules if isinstance(rule, Record)]
    for group in groups:
        by_hand = {id(rule.signal) for other, rule in declared if other.file == group.file and other.where}
        watching: list[Alert | Objective] = [*alerts_of(group), *objectives_of(group)]
        for rule in watching:
            try:
                alert = bad_time(rule, group) if isinstance(rule, Objective) else rule
                covered = [each.behind(group) for each in variants(alert, group, connectors)]
                wanted.chosen += _overridden(alert, covered, rendering)
                is_by_hand = not by_hand.isdisjoint(_subjects(alert))
                if not is_by_hand and any(_needs_record(alert, group, each.where, rendering) for each in covered):
                    wanted.add_alert(alert, group, id(rule))
                    intervals.append(group.interval)
            except DashlibError:
                continue  # whoever compiles the rule says what is wrong, or that the profile lacks something
    for signal in panels:
        wanted.add_panel(signal)
    for signal in (*(alert.signal for group in groups for alert in alerts_of(group)), *panels):
        wanted.add_heartbeat_tables(signal)
    interval = min(intervals, key=promql.duration_seconds, default="30s")
    return wanted.recording(interval, [rule for _, rule in declared])


def _subjects(alert: Alert) -> set[int]:
    """Return the identities of what a rule may record of an alert: its signal, with and without guards, and these."""
    signal = alert.signal
    return {id(signal), id(signal.base), *(id(guarded.guard) for guarded in signal.guards)}


def _needs_record(alert: Alert, group: RuleGroup, where: Mapping[str, LabelMatch], rendering: Rendering) -> bool:
    """Tell whether an alert is to compare a recorded series, and can choose its connectors behind it."""
    if not is_chosen_behind(alert.signal, where, rendering):
        return False
    if alert.condition.kind == "absence" or alert.signal.guards:
        return True
    in_scope = rendering.within(where, group.rate_interval)
    return len(alert_expression(alert, group, alert.level(group.thresholds), in_scope, {})) > LONGEST_RAW


def chosen_text(alert: Alert, variant: Variant, rendering: Rendering) -> str:
    """Return what stands behind the expression of a rule that is for more connectors than it may name."""
    if not variant.is_long:
        return ""
    label = rendering.label("server", rendering.known(alert.signal.expressions))
    at = [promql.Matcher("at", "=", variant.at)] if variant.at else []
    matchers = promql.format_matchers([promql.Matcher("alert", "=", alert.name), *at])
    return f" {variant.keyword} on ({label}) {CHOSEN_CONNECTORS}{matchers}"


def _overridden(alert: Alert, covered: Iterable[Variant], rendering: Rendering) -> Iterator[Derived]:
    """Yield a rule for each connector that an alert's expressions do not name, because they are too many."""
    for variant in covered:
        for name in variant.names if variant.is_long else ():
            label = rendering.label("server", rendering.known(alert.signal.expressions))
            at = {"at": variant.at} if variant.at else {}
            yield Derived(
                Recorded(CHOSEN_CONNECTORS, ("server",)),
                "vector(1)",
                alert.signal,
                "Connectors that have a rule of their own of an alert, or none.",
                {label: name, "alert": alert.name, **at},
            )


# --- what may be chosen behind what is recorded ------------------------------------------------------------------


def is_chosen_behind(signal: Signal, where: Mapping[str, LabelMatch], rendering: Rendering) -> bool:
    """Tell whether filters mean the same behind what is recorded of a signal as in it.

    They do where each label is kept all the way. Where the connector's kind is in the metrics' names no series has it.
    What lacks an optional label passes a choice of it, in the expression and behind it (`Recorded.optional`).
    """
    expression = rendering.known(signal.expressions)
    if signal.remembers:  # it says of each what it is, whatever its parts are told apart by
        return all(label in (*_kept(promql.read(expression).tree), *rendering.identity.labels) for label in where)
    for label in where:
        if not _keeps(expression, label, rendering):
            return False
        for guarded in guards_held(signal, rendering):
            guard = guarded.guard
            held = rendering.known(guard.expressions)
            if _filters(held, label, rendering) and (label not in guard.on or not _keeps(held, label, rendering)):
                return False
    return True


def _keeps(expression: str, label: str, rendering: Rendering) -> bool:
    """Tell whether an expression may be filtered by a label when it is computed, instead of its series before."""
    if label in _unfiltered(expression, [label], rendering):
        return True  # it is filtered neither before nor behind
    for node, above in promql_tree.with_ancestors(promql.read(expression).tree):
        if not isinstance(node, Vector) or not _has(node, label, rendering):
            continue
        if any(matcher.label == label for matcher in node.selector.matchers):
            return False
        if not rendering.profile.has_label(label, rendering.catalog.metric(node.metric).family):
            return False
        below: Node = node
        for parent in above:
            if not _lets_through(parent, below, label):
                return False
            below = parent
    return True


def _unfiltered(expression: str, labels: Iterable[str], rendering: Rendering) -> tuple[str, ...]:
    """Return the labels that an expression filters itself wherever its metrics have them: no scope filters by them."""
    nodes = list(promql_tree.vectors(promql.read(expression).tree))
    found = []
    for label in labels:
        having = [node for node in nodes if _has(node, label, rendering)]
        if having and all(any(one.label == label for one in node.selector.matchers) for node in having):
            found.append(label)
    return tuple(found)


def _filters(expression: str, label: str, rendering: Rendering) -> bool:
    return any(_has(node, label, rendering) for node in promql_tree.vectors(promql.read(expression).tree))


def _may_lack(expression: str, label: str, rendering: Rendering) -> bool:
    """Tell whether some series of an expression may lack a label that it keeps."""
    for node in promql_tree.vectors(promql.read(expression).tree):
        metric = rendering.catalog.find(node.metric)
        if metric is None:
            continue
        if _has(node, label, rendering) and rendering.profile.is_optional(label, metric.family):
            return True
        # By what the scrape configuration is to put on the target of an exporter; as `Rendering.chosen`.
        asked = any(one.label == label and one.value in (CHOSEN, LISTED) for one in node.selector.matchers)
        if asked and metric.family not in BY_RULES:
            return True
    return False


def is_averaged(expression: str) -> bool:
    """Tell whether an expression is a sum of rates over Grafana's interval: a rate of minutes tells it on average."""
    tree = promql.read(expression).tree
    if _RATE_INTERVAL not in expression or not isinstance(tree, Aggregation) or tree.operator != "sum":
        return False
    for node, above in promql_tree.with_ancestors(tree):
        if isinstance(node, Vector) and node.selector.range is not None:
            parent = above[0] if above else None
            if node.selector.range != _RATE_INTERVAL or not isinstance(parent, Call) or parent.function != "rate":
                return False
    return expression.count("$") == expression.count(_RATE_INTERVAL)


def by_cluster(signal: Signal) -> tuple[Signal, str]:
    """Return a signal that has a series a cluster at least, and how a panel aggregates these; empty for what they are.

    A sum over the whole fleet cannot be filtered by what a panel chooses. Recorded by `job` it can, and the sum of
    these sums is the same; so is the highest of the highest, and the lowest of the lowest.
    """
    if signal.guards or signal.remembers:
        return signal, ""
    of_clusters: list[str] = []
    overs: set[str] = set()
    for expression in signal.expressions:
        tree = promql.read(expression).tree
        is_whole = isinstance(tree, Aggregation) and tree.operator in _OF_PARTS and tree.grouping in ("", "by")
        if not isinstance(tree, Aggregation) or not is_whole or "job" in tree.labels:
            return signal, ""
        operand = expression[tree.operand.start : tree.operand.end]
        if not _keeps_clusters(tree.operand):
            return signal, ""
        overs.add(f"{tree.operator} by ({', '.join(tree.labels)})" if tree.labels else tree.operator)
        of_clusters.append(f"{tree.operator} by ({', '.join(('job', *tree.labels))}) ({operand})")
    if len(overs) > 1:  # of other metrics it is another sum
        return signal, ""
    return attrs.evolve(signal, expression=of_clusters[0], fallback=tuple(of_clusters[1:])), overs.pop()


def _keeps_clusters(node: Node) -> bool:
    """Tell whether an expression has `job` wherever its metrics have it."""
    if any(isinstance(each, Call) and each.function in _WITHOUT_LABELS for each in promql_tree.walk(node)):
        return False
    return all(
        _lets_through(parent, below, "job")
        for vector, above in promql_tree.with_ancestors(node)
        if isinstance(vector, Vector)
        for below, parent in zip((vector, *above), above, strict=False)
    )


def _has(node: Vector, label: str, rendering: Rendering) -> bool:
    metric = rendering.catalog.find(node.metric)
    return metric is not None and (label == "job" or label in metric.labels)


def _lets_through(node: Node, below: Node, label: str) -> bool:
    """Tell whether a part keeps apart what a label keeps apart in one of its operands."""
    if isinstance(node, Aggregation):
        return (label in node.labels) == (node.grouping == "by") and bool(node.grouping)
    if not isinstance(node, Binary) or not node.matching:
        return True
    # Of what is only asked for, and of the side that has many series for one, all labels are kept.
    many = {"group_left": node.left, "group_right": node.right}.get(node.group)
    if below is many or (below is node.left and node.operator in {"and", "unless"}):
        return True
    return (label in node.labels) == (node.matching == "on")


# --- what is recorded --------------------------------------------------------------------------------------------


@attrs.define
class _Entry:
    """A recording rule that is wanted.

    Attributes:
        name: of its series.
        labels: logical labels of its series.
        text: what it computes, without other records.
        subject: what it stands for.
        meaning: in words.
        is_named: the declaration says its name.
        is_part: it is recorded only where another rule asks it.
        over: as of `Recorded`.
    """

    name: str
    labels: tuple[str, ...]
    text: str
    subject: Signal | Guard
    meaning: str
    is_named: bool = False
    is_part: bool = False
    over: str = ""


class _Wanted:
    """Recording rules as they come together."""

    def __init__(self, rendering: Rendering, by_hand: Mapping[str, Record]) -> None:
        self.rendering = rendering
        self.by_hand = by_hand
        self.entries: dict[str, _Entry] = {}  # by what they compute
        self.seen: dict[str, tuple[_Entry, str]] = {}  # the same of what is there, and over which time it is remembered
        self.alerts: dict[int, str] = {}
        self.signals: dict[int, str] = {}
        self.remembered: dict[str, Derived] = {}
        self.gone: dict[str, Derived] = {}  # by what stands for whatever is gone, too
        self.chosen: list[Derived] = []
        self.tables: list[Derived] = []

    def add_alert(self, alert: Alert, group: RuleGroup, key: int) -> None:
        """Record what an alert compares, and its guards before.

        Args:
            alert: of the group, or what an objective of it says.
            group: its group.
            key: identity of the alert or the objective.
        """
        unscoped = self.rendering.within({}, group.rate_interval)
        rendering, signal = in_condition(alert, unscoped), alert.signal
        text = measured_expression(alert, group, unscoped, {})
        for guarded in guards_held(signal, rendering):
            guard = guarded.guard
            if not guard.each and not any(_RATE_INTERVAL in each for each in guard.expressions):
                self._add_parts(guard, guard.name)
                self._add(
                    _Entry(
                        _guard_name(guard, self.rendering),
                        guard.on,
                        guard_expression(guard, rendering, {}),
                        guard,
                        f"{guard.name[:1].upper()}{guard.name[1:]}.",
                        bool(guard.recorded_as),
                    )
                )
        self._add_parts(signal, signal.title)
        if alert.condition.kind == "absence":
            text = self._absence(alert, rendering)
        else:
            name = _signal_name(signal, _operation(alert, group), self.rendering)
            meaning = f"{signal.title}{_conditions(signal)}. {signal.description}"
            labels = labels_kept(signal, self.rendering)
            self._add(_Entry(name, labels, text, signal, meaning, bool(signal.recorded_as)))
        self.alerts[key] = _plain(text)

    def add_heartbeat_tables(self, signal: Signal) -> None:
        """Record how often each connector's heartbeat table is written, where a signal's expression asks for that."""
        try:
            text = "" if self.tables else signal_expression(signal, self.rendering, {})
        except DashlibError:
            return  # whoever compiles it says what is wrong
        if HEARTBEAT_TABLES not in text:
            return
        label = self.rendering.profile.label("server")
        self.tables = [
            Derived(
                Recorded(HEARTBEAT_TABLES, ("server",)),
                f"vector({number_text(seconds)})",
                signal,
                "How often the heartbeat table of a connector is written, in seconds: [tool.dashlib.connectors].",
                {label: name},
            )
            for name, seconds in sorted(self.rendering.heartbeat_tables.items())
        ]

    def add_panel(self, signal: Signal) -> None:
        """Record a signal that panels ask for, unless it looks back over what Grafana chooses, or is about alerts."""
        asked, (signal, over) = signal, by_cluster(signal)
        expression = self.rendering.known(signal.expressions)
        labels = _kept(promql.read(expression).tree)
        of_alerts = not ALERTS.isdisjoint(promql.read(expression).metrics)
        averaged = is_averaged(expression)
        asks_grafana = any("$" in _CHOICES.sub("", each) for each in signal.expressions)
        looks_back = asks_grafana and not signal.remembers and not averaged
        if not labels or of_alerts or looks_back:
            return
        try:
            text = signal_expression(signal, self.rendering.within({}, RATED_OVER) if averaged else self.rendering, {})
        except MissingInProfileError:
            return  # the panel is left out
        operation = f"{_aggregation(signal.expression)}_{RATED_OVER}" if averaged else _aggregation(signal.expression)
        name = _signal_name(signal, "now" if signal.remembers else operation, self.rendering)
        if signal.remembers:
            text, memories = self._remembering(signal, text)
            if _RANGE in text:
                return
            kept = ", ".join(self.rendering.label(label, expression) for label in labels)
            told = [each for each in memories if set(labels) <= set(each.recorded.labels)]
            self.gone[_plain(text)] = Derived(
                Recorded(_seen(name), labels),
                f"max by ({kept}) ({' or '.join(each.name for each in told)}) < time() - {GONE_AFTER}",
                signal,
                f"When what is gone was last there, in seconds since 1970: {signal.title}.",
            )
        meaning = f"{signal.title}{_conditions(signal)}. {signal.description}"
        self._add(_Entry(name, labels, text, signal, meaning, bool(signal.recorded_as), over=over))
        self.signals[id(asked)] = _plain(text)

    def _remembering(self, signal: Signal, text: str) -> tuple[str, list[Derived]]:
        """Return an expression that asks memories where it looked back over a panel's range, and those memories."""
        asked: list[Derived] = []
        for own, expression in signal.remembers.items():
            try:
                present = self.rendering.render(expression)
            except MissingInProfileError:
                continue
            seen = _seen(series_name(expression, own, "", self.rendering))
            of_now = next(iter(promql_tree.vectors(promql.read(present).tree)))
            if (changed := _looking_up(text, of_now, seen)) == text:
                continue
            text = changed
            memory = Derived(
                Recorded(seen, _kept(promql.read(self.rendering.expanded(expression)).tree)),
                f"time() * {present} or last_over_time({seen}[{OUTAGE}]) >= time() - {_seconds(REMEMBERED)}",
                signal,
                f"When each was last there, in seconds since 1970: {own.replace('_', ' ')}.",
            )
            asked.append(self.remembered.setdefault(seen, memory))
        return text, asked

    def _add_parts(self, declared: Signal | Guard, name: str) -> None:
        """Record what an expression looks back at."""
        for part, expression in declared.parts.items():
            try:
                text = self.rendering.render(expression)
            except MissingInProfileError:
                continue  # then what serves in its place is asked
            series = series_name(expression, part, _aggregation(expression), self.rendering)
            labels = _kept(promql.read(expression).tree)
            self._add(_Entry(series, labels, text, declared, f"A part of: {name}.", is_part=True))

    def _absence(self, alert: Alert, rendering: Rendering) -> str:
        """Record what is there, when it was last there, and what is gone; return what the last computes."""
        signal, base, window = alert.signal, alert.signal.base, alert.condition.window
        present = signal_expression(base, rendering, {})
        labels = labels_kept(base, self.rendering)
        name = _signal_name(base, _aggregation(base.expression), self.rendering)
        entry = self._add(_Entry(name, labels, present, base, f"{base.title}. {base.description}"))
        _, remembered = self.seen.get(_plain(present), (entry, window))
        self.seen[_plain(present)] = entry, max(remembered, window, key=promql.duration_seconds)
        guards = guards_text(signal, guards_held(signal, rendering), rendering, {})
        text = f"{_seen(entry.name)} unless {operand(present)}{guards}"
        gone = signal if signal.recorded_as else base.named(f"{_unnamed(signal)}_gone")
        name = _signal_name(attrs.evolve(gone, unit="none"), "last_seen", self.rendering)
        meaning = f"What is gone, and when it was last there, in seconds since 1970: {base.title}{_conditions(signal)}."
        self._add(_Entry(name, labels, text, signal, meaning, bool(signal.recorded_as)))
        return text

    def _add(self, entry: _Entry) -> _Entry:
        """Take in a rule; one that computes the same is one with it, and keeps the name that somebody gave it."""
        known = self.entries.setdefault(_plain(entry.text), entry)
        if known.is_part and not entry.is_part:  # it is somebody's own signal, too
            self.entries[_plain(entry.text)] = known = entry
        if entry.is_named and not known.is_named:
            known.name, known.is_named, known.meaning = entry.name, True, entry.meaning
        return known

    # what comes of it

    def recording(self, interval: str, declared: Sequence[Record]) -> Recording:
        """Return the rules, in order.

        Args:
            interval: how often they are evaluated.
            declared: the rules that somebody wrote by hand.

        Raises:
            DeclarationError: two rules have one name.
        """
        taken = {rule.name: rule for rule in declared}
        for entry in self.entries.values():
            if entry.name in taken and taken[entry.name].signal is entry.subject:  # the same, of some connectors
                level, name, operation = entry.name.split(":")
                entry.name = f"{level}:{name}_everywhere:{operation}"
        names = {text: rule.name for text, rule in self.by_hand.items()}
        entries = {text: entry for text, entry in self.entries.items() if text not in names}
        names |= {text: entry.name for text, entry in entries.items()}
        found = [self._derived(entry, names) for entry in entries.values()]
        asked = {name for rule in found for name in promql.read(rule.computes).metrics}
        parts = {entry.name for entry in entries.values() if entry.is_part}
        found = [rule for rule in found if rule.name not in parts or rule.name in asked]
        found += [_last_seen(entry, names[text], window) for text, (entry, window) in self.seen.items()]
        found += [*self.remembered.values(), *self.gone.values()]
        _check_names(found, {name: rule.source for name, rule in taken.items()})
        recorded = {text: Recorded(rule.name, labels_of(rule, self.rendering)) for text, rule in self.by_hand.items()}
        recorded |= {text: self._recorded(entry, text) for text, entry in entries.items()}
        return Recording(
            (*self.tables, *_in_order(found), *self.chosen),
            interval,
            {key: recorded[text] for key, text in self.alerts.items()},
            {key: recorded[text] for key, text in self.signals.items()},
        )

    def _recorded(self, entry: _Entry, text: str) -> Recorded:
        """Return what stands for a signal or guard on a panel, and for a signal in a rule."""
        expression = self.rendering.known(entry.subject.expressions)
        gone = self.gone[text].name if text in self.gone else ""
        optional = tuple(label for label in entry.labels if not gone and _may_lack(expression, label, self.rendering))
        logical = expression if gone else ""
        unfiltered = _unfiltered(expression, entry.labels, self.rendering)
        return Recorded(
            entry.name, entry.labels, gone, optional, is_averaged(expression), logical, entry.over, unfiltered
        )

    def _derived(self, entry: _Entry, names: Mapping[str, str]) -> Derived:
        others = {text: name for text, name in names.items() if text != _plain(entry.text)}
        computes = asking_records(entry.text, others)
        promql.read(computes).check_composed()
        return Derived(Recorded(entry.name, entry.labels), computes, entry.subject, entry.meaning)


def _last_seen(present: _Entry, name: str, window: str) -> Derived:
    """Return the rule that keeps when a series was last there, from what it kept itself."""
    seen = _seen(name)
    return Derived(
        Recorded(seen, present.labels),
        f"timestamp({name}) or last_over_time({seen}[{OUTAGE}]) >= time() - {_seconds(window)}",
        present.subject,
        f"When each was last there, in seconds since 1970: {present.meaning}",
    )


def _looking_up(expression: str, of_now: Vector, name: str) -> str:
    """Return an expression that asks a memory where it looks back over a panel's range for what the memory keeps.

    Args:
        expression: rendered PromQL.
        of_now: what the memory is of: the same selector, with or without more filters.
        name: of the memory.
    """
    replaced: list[tuple[int, int, str]] = []
    for node in promql_tree.walk(promql.read(expression).tree):
        match node:
            case Call(function="last_over_time", arguments=(Vector() as asked,)) if asked.selector.range == _RANGE:
                kept = set(of_now.selector.matchers)
                if asked.metric == of_now.metric and kept <= set(asked.selector.matchers):
                    more = [each for each in asked.selector.matchers if each not in kept]
                    replaced.append((node.start, node.end, name + promql.format_matchers(more)))
    for start, end, text in sorted(replaced, reverse=True):
        expression = expression[:start] + text + expression[end:]
    return expression


def _check_names(found: Sequence[Derived], reserved: Mapping[str, Source]) -> None:
    by_name: dict[str, Source] = dict(reserved)
    for rule in found:
        if rule.name in by_name:
            raise DeclarationError(
                f"what is recorded for {rule.subject.name!r} is named {rule.name}, and so is another recording rule, "
                f"declared at {by_name[rule.name]}; name one of them: .named('…') of a signal with guards, "
                "recorded_as='…' of a guard",
                rule.subject.source,
            )
        by_name[rule.name] = rule.subject.source


def _in_order(rules: Sequence[Derived]) -> Iterator[Derived]:
    """Yield rules, each behind those that it asks."""
    by_name = {rule.name: rule for rule in rules}
    done: set[str] = set()

    def with_asked(rule: Derived) -> Iterator[Derived]:
        if rule.name in done:
            return
        done.add(rule.name)
        for name in promql.read(rule.computes).metrics:
            if name in by_name:
                yield from with_asked(by_name[name])
        yield rule

    for rule in rules:
        yield from with_asked(rule)


def asking_records(expression: str, names: Mapping[str, str]) -> str:
    """Return an expression that asks recording rules for its parts that they record.

    A subquery of such a part becomes a range of what is recorded: `(x)[50m:1m]` is `name[50m]`; and so does the
    presence of series over a time, `group by (job) (last_over_time(x[1d]))`.

    Args:
        expression: rendered PromQL.
        names: what to ask of the recording rules, by what they compute: a name, or more where a panel asks.
    """
    replaced: list[tuple[int, int, str]] = []
    waiting: list[tuple[Node, Node | None]] = [(promql.read(expression).tree, None)]
    while waiting:
        node, above = waiting.pop()
        before, range_ = _over_time(expression, node)
        if (asked := names.get(_plain(expression[node.start : node.end]))) is not None:
            if isinstance(above, Subquery) and operand(asked) == asked:
                replaced.append((above.start, above.end_of_range, f"{asked}[{above.range}]"))
            else:
                is_operand = isinstance(above, (Binary, Negation, Subquery))
                replaced.append((node.start, node.end, operand(asked) if is_operand else asked))
        elif (name := names.get(before)) is not None:
            replaced.append((node.start, node.end, f"last_over_time({name}[{range_}])"))
        else:
            waiting.extend((child, node) for child in node.children)
    for start, end, text in sorted(replaced, reverse=True):
        expression = expression[:start] + text + expression[end:]
    return expression


def _over_time(expression: str, node: Node) -> tuple[str, str]:
    """Return what `group by (job) (last_over_time(x[1d]))` asks of now, and the range; empty for any other part."""
    match node:
        case Aggregation(operator="group", operand=Call(function="last_over_time", arguments=(Vector() as inner,))):
            of_now = expression[inner.selector.start : inner.selector.end]
            start, end = node.operand.start - node.start, node.operand.end - node.start
            whole = expression[node.start : node.end]
            if inner.selector.end_of_modifiers == inner.selector.end + len(f"[{inner.selector.range}]"):
                return _plain(whole[:start] + of_now + whole[end:]), inner.selector.range or ""
    return "", ""


def _plain(expression: str) -> str:
    """Return an expression without the parentheses around all of it."""
    text = expression.strip()
    while text.startswith("("):
        depth = 0
        for token in promql.read(text).words:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if depth == 0:
                break
        if token.end != len(text):
            break
        text = text[1:-1].strip()
    return text


# --- by hand -----------------------------------------------------------------------------------------------------


def _by_hand(groups: Sequence[RuleGroup], rendering: Rendering) -> dict[str, Record]:
    """Return the recording rules that somebody declared without a scope, by what they compute."""
    found: dict[str, Record] = {}
    for group in groups:
        for rule in group.rules:
            if isinstance(rule, Record) and not group.where:
                unscoped, subject = rendering.within({}, group.rate_interval), rule.signal
                try:
                    text = (
                        guard_expression(subject, unscoped, {})
                        if isinstance(subject, Guard)
                        else signal_expression(subject, unscoped, {})
                    )
                except DashlibError:
                    continue  # whoever compiles the rule says so
                found.setdefault(_plain(text), rule)
    return found


def labels_of(rule: Record, rendering: Rendering) -> tuple[str, ...]:
    """Return the logical labels of the series of a rule that somebody declared."""
    return rule.signal.on if isinstance(rule.signal, Guard) else labels_kept(rule.signal, rendering)


# --- names -------------------------------------------------------------------------------------------------------


def _signal_name(signal: Signal, operation: str, rendering: Rendering) -> str:
    unit = _UNITS.get(signal.unit, "")
    own = signal.recorded_as or _unnamed(signal)
    said = not unit or unit in own.split("_")
    return series_name(signal.expression, own if said else f"{own}_{unit}", operation, rendering)


def _guard_name(guard: Guard, rendering: Rendering) -> str:
    own = guard.recorded_as or _words(guard.name)
    return series_name(guard.expression, own, _aggregation(guard.expression), rendering, guard.on)


def series_name(expression: str, own: str, operation: str, rendering: Rendering, labels: tuple[str, ...] = ()) -> str:
    """Return `level:family_name:operation`; the level is the finest label that a person tells the series apart by."""
    tree = promql.read(expression).tree
    labels = _kept(tree) or labels
    known = [label for label in _LEVELS if label in labels]
    others = [label for label in labels if label not in _LEVELS and label not in _NO_LEVELS]
    level = (others[-1:] or known[:1] or ["all"])[0]
    level = re.sub(r"_(?:name|identifier|id)$", "", level.lower())
    metric = rendering.catalog.find(next(iter(promql_tree.metrics_behind(tree)), ""))
    family = "" if metric is None or metric.family == "user" else metric.family.removesuffix("_exporter")
    name = own if not family or own.startswith(f"{family}_") else f"{family}_{own}"
    return f"{level}:{name}:{operation}"


def _unnamed(signal: Signal) -> str:
    """Return the name of a signal, with those of its guards behind it: `lag_when_events_arrive`."""
    words = {"and": "when", "unless": "unless"}
    parts, previous = [signal.name], ""
    for guarded in signal.guards:
        between = "and" if previous == "and" else "or"
        parts.append(between if guarded.keyword == previous else words[guarded.keyword])
        parts.append(guarded.guard.recorded_as or _words(guarded.guard.name))
        previous = guarded.keyword
    return "_".join(parts)


def _words(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", _ARTICLES.sub("", name.lower())).strip("_")


def _operation(alert: Alert, group: RuleGroup) -> str:
    expression = alert.signal.expression
    if alert.condition.kind == "change":
        return f"increase_{alert.condition.window}"
    aggregation = _aggregation(expression)
    return f"{aggregation}_{group.rate_interval}" if _RATE_INTERVAL in expression else aggregation


def _aggregation(expression: str) -> str:
    """Return the outermost aggregation of an expression; of several, the first."""
    nodes = promql_tree.walk(promql.read(expression).tree)
    return next((node.operator for node in nodes if isinstance(node, Aggregation)), "last")


def labels_kept(signal: Signal, rendering: Rendering) -> tuple[str, ...]:
    """Return the logical labels of a signal's series."""
    expression = rendering.known(signal.expressions)
    kept = _kept(promql.read(expression).tree)
    if kept:
        return kept
    metrics = [rendering.catalog.find(name) for name in promql.read(expression).metrics]
    return tuple(dict.fromkeys(("job", *(label for metric in metrics if metric for label in metric.labels))))


def _kept(node: Node) -> tuple[str, ...]:
    """Return the labels of an expression's series, as far as it says so."""
    if isinstance(node, Aggregation):
        return node.labels if node.grouping == "by" else ()
    if isinstance(node, Binary):
        sides = (node.right, node.left) if node.group == "group_right" else (node.left, node.right)
        return next(filter(None, map(_kept, sides)), ())
    kept = next(filter(None, map(_kept, node.children)), ())
    is_quantile = isinstance(node, Call) and node.function == "histogram_quantile"
    return tuple(label for label in kept if label != "le") if is_quantile else kept


def _conditions(signal: Signal) -> str:
    """Return in which conditions a signal has a value, in words."""
    parts = []
    for keyword, word, between in (("and", "while", " and "), ("unless", "unless", " or ")):
        names = [guarded.guard.name for guarded in signal.guards if guarded.keyword == keyword]
        if names:
            parts.append(f", {word} {between.join(names)}")
    return "".join(parts)


def _seen(name: str) -> str:
    return f"{name.rpartition(':')[0]}:last_seen"


def _seconds(duration: str) -> int:
    return round(promql.duration_seconds(duration))
