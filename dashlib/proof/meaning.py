"""What a declared alert means: PromQL over logical names in canonical units, written from the declaration alone.

It is what a compiled rule is held against. So nothing is taken from what compiles a rule (rendering, conditions,
coverage, the writer of rule files): a fault there would be a fault here too, and nobody would see it. What it reads
are the declared objects, their expressions as they stand there, and the configuration.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from dashlib import promql
from dashlib.declare.alerts import Configured
from dashlib.metrics.kinds import PLUGINS
from dashlib.promql import Matcher, passes
from dashlib.promql import tree as promql_tree
from dashlib.proof.exporter import DECLARED, KNOWN
from dashlib.proof.invention import like_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.compile.declared_connectors import DeclaredConnector, DeclaredConnectors, ThresholdOverride
    from dashlib.declare.alerts import Alert, RuleGroup
    from dashlib.declare.signals import Guard, Signal
    from dashlib.declare.thresholds import Level, ThresholdSet
    from dashlib.metrics.catalog import Metric
    from dashlib.proof.exporter import Exporter

_OPERATORS: Final = {"above": ">", "below": "<", "equals": "=="}
_OPPOSITES: Final = {"above": "<=", "below": ">=", "equals": "!="}
_GROWTHS: Final = frozenset({"increase", "rate", "irate"})
_RATE_INTERVAL: Final = "$__rate_interval"
#: As `docs/signals.md` and `docs/configuration.md` say.
_OF_DASHBOARDS: Final = ("$__chosen", "$__listed")
_HEARTBEAT_TABLE: Final = "heartbeat_table"
_HEARTBEATS_MISSED: Final = 6
#: So many connectors at most, that a rule is not for, are there at once.
_MOST_OTHERS: Final = 10
#: An absence is looked back at in longer steps, as it says, where these are too many to be evaluated.
MOST_STEPS: Final = 200
_BYTES: Final = {"bytes": (1024, ("", "Ki", "Mi", "Gi", "Ti")), "decbytes": (1000, ("", "k", "M", "G", "T"))}
_DURATIONS: Final = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
#: Part of a pattern that any text matches.
_WHATEVER: Final = re.compile(r"(?<!\\)\.[*+]")
_PLACEHOLDER: Final = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
_LABEL_OF_TEMPLATE: Final = re.compile(r"\$labels\.(\w+)")


@frozen
class Covering:
    """A rule of an alert: which connectors it is for, and when it fires there.

    Attributes:
        where: filters by logical label.
        level: in the signal's unit; None for an absence.
        lasting: its `for`, in seconds.
    """

    where: tuple[Matcher, ...]
    level: float | None
    lasting: float

    def __str__(self) -> str:
        """Return which connectors it is for, where that says more than the rule group."""
        return " ".join(f"server{one.operator}{one.value}" for one in self.where if one.label == "server")


@frozen
class HeldGuard:
    """A guard of a signal, in PromQL.

    Attributes:
        name: what holds.
        keyword: `and` where it must hold, `unless` where it must not.
        expression: PromQL with a series where it holds.
        on: labels by which it belongs to the signal's series.
        each: it is held against each series of the signal's metric.
    """

    name: str
    keyword: str
    expression: str
    on: tuple[str, ...] = ()
    each: bool = False

    @property
    def joined(self) -> str:
        """How it stands behind what it guards."""
        return f" {self.keyword} on ({', '.join(self.on)}) ({self.expression})"


# which connectors a rule is for


def coverings(alert: Alert, group: RuleGroup, connectors: DeclaredConnectors) -> list[Covering]:
    """Return the rules that an alert is to become, in their order: that for most connectors first.

    Args:
        alert: of the group.
        group: its group.
        connectors: what the configuration says.
    """
    level = _level(alert, group)
    where = tuple(Matcher(label, match.operator, match.value) for label, match in group.where.items())
    lasting = promql.duration_seconds(alert.condition.for_ if level is None else level.for_)
    common = Covering(where, None if level is None else level.value, lasting)
    if "server" not in _told_apart(alert.signal.expression):
        return [common]
    inside = [each for each in connectors.declared.values() if _is_in(where, each)]
    tables = {each.name: each.heartbeat_table for each in inside if each.heartbeat_table is not None}
    overrides = {each.connector.name: each for each in connectors.overrides if each.connector in inside}
    if alert.heartbeat_table:
        return _by_heartbeat(alert, common, tables, overrides)
    apart: list[tuple[str, Covering | None]] = []
    if alert.heartbeat_table is False:
        apart.extend((name, None) for name in tables)
    for name, override in overrides.items():
        if not (alert.heartbeat_table is False and name in tables):
            own = _overridden(alert, common, override)
            if own is None or (own.level, own.lasting) != (common.level, common.lasting):
                apart.append((name, own))
    if not apart:
        return [common]
    others = Matcher("server", "!~", "|".join(sorted(_quoted(name) for name, _ in apart)))
    return [
        evolve(common, where=(*where, others)),
        *(evolve(own, where=_only(where, [name])) for name, own in apart if own is not None),
    ]


def _level(alert: Alert, group: RuleGroup) -> Level | None:
    thresholds = group.thresholds if alert.thresholds is None else alert.thresholds
    return _named(alert, thresholds)


def _named(alert: Alert, thresholds: ThresholdSet) -> Level | None:
    """Return the level that a set has for an alert's signal by the name that its condition says."""
    name, signal = alert.condition.level, alert.signal.base.name
    return next((each for each in thresholds.levels if name == each.name and each.signal.name == signal), None)


def _by_heartbeat(
    alert: Alert, common: Covering, tables: Mapping[str, float], overrides: Mapping[str, ThresholdOverride]
) -> list[Covering]:
    found: dict[tuple[float, float], list[str]] = {}
    for name, interval in tables.items():
        own: Covering | None = evolve(common, level=max(common.level or 0.0, _HEARTBEATS_MISSED * interval))
        if name in overrides and own is not None:
            own = _overridden(alert, own, evolve(overrides[name], thresholds=None))
        if own is not None:
            found.setdefault((own.level or 0.0, own.lasting), []).append(name)
    return [
        evolve(common, where=_only(common.where, names), level=level, lasting=lasting)
        for (level, lasting), names in sorted(found.items())
    ]


def _overridden(alert: Alert, common: Covering, override: ThresholdOverride) -> Covering | None:
    """Return what holds for the connector of an override; None where the alert does not cover it."""
    found = common
    level = _named(alert, override.thresholds) if override.thresholds is not None else None
    if level is not None:
        found = evolve(found, level=level.value, lasting=promql.duration_seconds(level.for_))
    settings = override.alerts.get(alert.name)
    if settings is None:
        return found
    if not settings.enabled:
        return None
    return evolve(
        found,
        level=found.level if settings.threshold is None else settings.threshold,
        lasting=promql.duration_seconds(settings.for_) if settings.for_ else found.lasting,
    )


def _only(where: Iterable[Matcher], names: Sequence[str]) -> tuple[Matcher, ...]:
    server = Matcher("server", "=~", "|".join(sorted(map(_quoted, names))))
    return (*(one for one in where if one.label != "server"), server)


def _is_in(where: Iterable[Matcher], connector: DeclaredConnector) -> bool:
    labels = {"plugin": connector.plugin, "server": connector.name}
    return all(passes(one, labels[one.label]) for one in where if one.label in labels)


def _quoted(text: str) -> str:
    return re.sub(r"([.+*?()|\[\]{}^$\\])", r"\\\1", text)


def _told_apart(expression: str) -> set[str]:
    found: set[str] = set()
    for node in promql_tree.walk(promql.read(expression).tree):
        if isinstance(node, promql_tree.Aggregation | promql_tree.Binary):
            found.update(node.labels)
    return found


# expressions


@frozen
class Shown:
    """A compiled dashboard.

    Attributes:
        panels: the number of each panel, the keys by which it may be named, and the signals that it shows.
        variables: the labels whose values a variable lists, each with the variable's name.
    """

    panels: tuple[tuple[int, frozenset[str], frozenset[str]], ...]
    variables: tuple[tuple[str, str], ...]


@frozen(eq=False)
class Meaning:
    """What an alert says for some connectors.

    Attributes:
        alert: as declared.
        group: its group.
        covering: the connectors, and their level.
        exporter: what may be asked: of several expressions of one meaning the first counts that it can answer.
        heartbeat_tables: how often the heartbeat table of a connector is written, in seconds.
        omitted: a label that nothing is filtered by; empty for what is declared.
    """

    alert: Alert
    group: RuleGroup
    covering: Covering
    exporter: Exporter
    heartbeat_tables: Mapping[str, float]
    omitted: str = ""

    @property
    def base(self) -> Signal:
        """The signal without its guards."""
        return self.alert.signal.base

    def signal(self) -> str:
        """Return the signal without its guards; of a change, what it grew by."""
        return self._of_signal(guarded=False)

    def guards(self) -> list[HeldGuard]:
        """Return the guards; without those that the exporter cannot answer and that the alert can do without."""
        found = []
        for guarded in self.alert.signal.guards:
            guard = guarded.guard
            text = self._first(guard.expressions)
            if guard.if_missing and not self._can_ask(guard, text):
                continue
            # What is held against each series of the signal's metric is a part of the signal.
            known = self.base.drops_unknown if guard.each else guard.drops_unknown
            on = self._joined(guard, text)
            found.append(HeldGuard(guard.name, guarded.keyword, self._written(text, known=known), on, guard.each))
        return found

    def _joined(self, guard: Guard, text: str) -> tuple[str, ...]:
        """Return by which labels a guard belongs to the signal: of clusters, those of both sides, too."""
        identity = self.exporter.identity
        more = identity.joined(guard.on, self._sides(text), self.exporter.catalog) if identity.labels else ()
        return (*guard.on, *more)

    def _sides(self, text: str) -> list[tuple[str, ...]]:
        texts = self._first(self.base.expressions), text
        return [promql_tree.metrics_behind(promql.read(each).tree) for each in texts]

    def reference(self) -> str:
        """Return the expression that has a series where the alert is to fire."""
        condition, outer = self.alert.condition, "".join(each.joined for each in self.guards() if not each.each)
        text = self._of_signal(guarded=True)
        if condition.kind != "absence":
            level = self.covering.level or 0.0
            return f"(({text}) {_OPERATORS[condition.direction]} {level!r}){outer}"
        interval, step, window = (
            promql.duration_seconds(each) for each in (self.group.interval, condition.resolution, condition.window)
        )
        # A second more, because Prometheus 3 leaves the beginning of a range out.
        steps = [(f"{window * 1000 + 1000:.0f}ms", self.group.interval)]
        if step > interval and window > MOST_STEPS * interval:
            steps = [(condition.window, condition.resolution), (condition.resolution, self.group.interval)]
        was = " or ".join(f"last_over_time(({text})[{each}:{by}])" for each, by in steps)
        return f"(({was}) unless ({text})){outer}"

    def opposite(self) -> str:
        """Return the expression that has a series where the signal has a value that the alert is not to fire at."""
        outer = "".join(each.joined for each in self.guards() if not each.each)
        operator, level = _OPPOSITES[self.alert.condition.direction], self.covering.level or 0.0
        return f"(({self._of_signal(guarded=True)}) {operator} {level!r}){outer}"

    def _of_signal(self, *, guarded: bool) -> str:
        inner = [each for each in self.guards() if each.each] if guarded else []
        counters = self.alert.condition.kind == "change"
        text = self._first(self.base.expressions)
        return self._written(text, known=self.base.drops_unknown, counters=counters, inner=inner)

    def _first(self, expressions: Sequence[str]) -> str:
        labels = [one.label for one in self.covering.where]
        found = next((each for each in expressions if self.exporter.can_say(each, labels)), expressions[0])
        return self.exporter.told_apart(found)

    def _can_ask(self, guard: Guard, text: str) -> bool:
        sides = self._sides(text)
        labels = [one.label for one in self.covering.where]
        return self.exporter.can_say(text, labels) and self.exporter.joins(guard.on, *sides)

    def _written(self, expression: str, *, known: bool, counters: bool = False, inner: Sequence[HeldGuard] = ()) -> str:
        """Return a declared expression over the series of the proof, for the connectors that the rule is for.

        Args:
            expression: as declared.
            known: values that mean *unknown* are left out.
            counters: what its counters grew by within the condition's window is meant.
            inner: guards that are held against each series.
        """
        window = self.group.rate_interval
        if self.alert.condition.kind == "change":
            window = self.alert.condition.window
        found = []
        root = promql.read(expression).tree
        grown = self._growing(root) if counters else {}
        for vector in promql_tree.vectors(root):
            selector, metric = vector.selector, self.exporter.metric(vector.metric)
            matchers = ", ".join(
                f'{one.label}{one.operator}"{_escaped(one.value)}"' for one in self._matchers(selector.matchers, metric)
            )
            text = f"{KNOWN if known else DECLARED}{vector.metric}{{{matchers}}}"
            behind = expression[selector.end : selector.end_of_modifiers]
            start, end = selector.start, selector.end_of_modifiers
            if id(vector) in grown:
                offset = behind[behind.index("]") + 1 :] if selector.range is not None else behind
                text = f"increase({text}[{window}]{offset})"
                start, end = grown[id(vector)]
            else:
                text += behind
            for guard in inner:
                text = f"({text}{guard.joined})"
            found.append((start, end, text))
        pieces: list[str] = []
        position = 0
        for start, end, text in sorted(found):
            pieces.extend((expression[position:start], text))
            position = end
        return ("".join(pieces) + expression[position:]).replace(_RATE_INTERVAL, window)

    def _growing(self, root: promql_tree.Node) -> dict[int, tuple[int, int]]:
        """Return where the growth of each counter is asked for, by the `id` of its selector: it, or its rate."""
        found = {}
        for node, above in promql_tree.with_ancestors(root):
            metric = self.exporter.metric(node.metric) if isinstance(node, promql_tree.Vector) else None
            if metric is None or metric.type != "counter" or promql_tree.is_in_guard(node, above):
                continue
            around = above[0] if above else node
            is_rate = isinstance(around, promql_tree.Call) and around.function in _GROWTHS
            found[id(node)] = (around.start, around.end) if is_rate else (node.start, node.end)
        return found

    def _matchers(self, own: Iterable[Matcher], metric: Metric | None) -> Iterator[Matcher]:
        filtered = {one.label for one in own}
        for given in own:
            one = self._of_heartbeat_table(given) if given.label == _HEARTBEAT_TABLE else given
            if one.value not in _OF_DASHBOARDS and one.label not in (self.omitted, "__name__"):
                yield one
        optional = self.exporter.profile.family(metric.family).optional_labels if metric is not None else ()
        for one in self.covering.where:
            has_it = one.label == "job" or (
                metric is not None and one.label in (*metric.labels, *self.exporter.identity.of_family(metric.family))
            )
            if one.label in filtered or one.label == self.omitted or not has_it:
                continue
            if one.label in optional and metric is not None:
                if not self.exporter.knows(one.label, metric):
                    continue
                if one.operator == "=~":
                    yield one._replace(value=f"{one.value}|")
                    continue
            yield one

    def _of_heartbeat_table(self, matcher: Matcher) -> Matcher:
        longest = promql.duration_seconds(matcher.value)
        names = sorted(name for name, interval in self.heartbeat_tables.items() if interval <= longest)
        return Matcher("server", "=~", "|".join(map(_quoted, names)))

    # elsewhere

    def elsewhere(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield each label that the signal is filtered by, with a value that no selector of it lets pass.

        A label comes once for each of its filters, with a value that this one is against. A connector comes with others
        that are not let pass either, of those that filters name or that have heartbeat tables.
        """
        text = self._first(self.base.expressions)
        by_label: dict[str, list[list[Matcher]]] = {}
        for selector in promql.read(text).selectors:
            metric = self.exporter.metric(selector.name)
            own: dict[str, list[Matcher]] = {}
            for one in self._matchers(selector.matchers, metric):
                if metric is None or one.label == "job" or self.exporter.knows(one.label, metric):
                    own.setdefault(one.label, []).append(one)
            for label, matchers in own.items():
                by_label.setdefault(label, []).append(matchers)
        for label, of_selectors in by_label.items():
            tables = self.heartbeat_tables if label == "server" else ()
            filters = list(dict.fromkeys(itertools.chain.from_iterable(of_selectors)))
            refused = [
                value
                for value in dict.fromkeys((*_others(label, filters), *tables))
                if not any(all(passes(each, value) for each in matchers) for matchers in of_selectors)
            ]
            values = [next((value for value in refused if not passes(one, value)), None) for one in filters]
            values.extend(value for value in _begun_alike(label, filters) if value in refused)
            found = [value for value in dict.fromkeys(values) if value is not None]
            others = [value for value in refused if value and value not in found] if label == "server" else []
            for value in found:
                yield label, value, tuple(others[:_MOST_OTHERS])
                others = []

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield each label by which the signal is for some of several, with each value that its filters name.

        Not where the label is in the metrics' names: two kinds of one server are then told apart by nothing else, and
        an operator between them has two partners. No two connectors write to topics of one server.
        """
        for selector in promql.read(self._first(self.base.expressions)).selectors:
            metric = self.exporter.metric(selector.name)
            filters = list(self._matchers(selector.matchers, metric))
            for one in filters:
                if metric is not None and self.exporter.profile.family(metric.family).is_in_the_name(one.label):
                    continue
                for each in one.value.split("|") if one.operator == "=~" else ():
                    value = re.sub(r"\\(.)", r"\1", each)
                    if value and all(passes(other, value) for other in filters if other.label == one.label):
                        yield one.label, value

    # labels and texts

    def labels(self, configured: Mapping[str, str], of_all: Mapping[str, str]) -> dict[str, str]:
        """Return the labels of the alert: its severity, its signal, and those declared.

        Args:
            configured: `[tool.dashlib.labels]`.
            of_all: `[tool.dashlib.alert_labels]`.
        """
        own = {**self.group.labels, **self.alert.labels}
        return {
            "severity": self.alert.severity,
            "signal": self.base.name,
            **of_all,
            **{
                name: configured.get(value.key, "") if isinstance(value, Configured) else value
                for name, value in own.items()
            },
        }

    def text(self) -> str:
        """Return summary and description as Prometheus' template, with the labels that logical series have."""
        alert, unit, level = self.alert, self.base.unit, self.covering.level
        values = {
            "for": readable_duration(self.covering.lasting),
            "within": readable_duration(promql.duration_seconds(alert.condition.window)),
            "value": '{{ $value | printf "%.0f" }}' if alert.condition.kind == "change" else _shown(unit),
            **({} if level is None else {"threshold": readable(level, unit)}),
        }
        logical = {exported: label for label, exported in self.renamed()}

        def own_name(match: re.Match[str]) -> str:
            return f"$labels.{logical.get(match[1], match[1])}"

        said = self._of_what_is_there(f"{self._summary()}\n{alert.description}")
        written = _LABEL_OF_TEMPLATE.sub(own_name, said)
        return _PLACEHOLDER.sub(lambda match: values.get(match[1], f"{{{{ $labels.{match[1]} }}}}"), written)

    def _of_what_is_there(self, text: str) -> str:
        """Return a string whose parentheses, item by item, name no label that the exporter has not."""
        gone = {label for label, spelled in self.renamed() if not spelled}
        pieces = re.split(r"( ?\([^()]*\))", text)
        for place, piece in enumerate(pieces[1::2]):
            items = piece.strip(" ()").split(", ")
            told = [each for each in items if gone.isdisjoint(_PLACEHOLDER.findall(each))]
            if len(told) < len(items):
                pieces[2 * place + 1] = f"{piece[: piece.index('(')]}({', '.join(told)})" if told else ""
        return "".join(pieces)

    @property
    def clusters(self) -> tuple[str, ...]:
        """The labels of the alert that tell its cluster from others.

        Where it says its `job` it says them, too: what puts them into its expression is not asked about that.
        """
        text = self._first(self.base.expressions)
        labels = {*(labels_left(text) or self._all_labels(text))}
        if "job" in labels:
            labels |= {*self._all_labels(text)}
        return tuple(label for label in self.exporter.identity.labels if label in labels)

    def _summary(self) -> str:
        """Return the summary, with the cluster in parentheses where neither it nor the description names it."""
        alert = self.alert
        named = [label for label in self.clusters if f"{{{label}}}" not in f"{alert.summary}{alert.description}"]
        if not named:
            return alert.summary
        where = ", ".join(f"{label} {{{label}}}" for label in named)
        return re.sub(r"(\.?)$", lambda end: f" ({where}){end[1]}", alert.summary, count=1)

    def runbook(self, folder: str) -> str:
        """Return the link to what to do: the part about the alert of its, or its signal's, page; empty without one.

        Args:
            folder: URL of the folder of the runbooks.
        """
        page = self.alert.runbook or self.base.runbook
        return f"{folder.rstrip('/')}/{page}.md#{self.alert.name.lower()}" if page else ""

    def panels(self, grafana: str, shown: Mapping[str, Shown]) -> frozenset[str]:
        """Return the links to a panel, any of which the alert may have; none for an alert that has no link.

        Args:
            grafana: its URL.
            shown: the compiled dashboards, by uid.
        """
        uid = self.alert.dashboard or self.group.dashboard
        if uid not in shown:
            return frozenset()
        key = self.alert.panel or self.alert.name
        its_own = [number for number, keys, _ in shown[uid].panels if key in keys]
        of_signal = [number for number, _, signals in shown[uid].panels if self.base.name in signals]
        text = self._first(self.base.expressions)
        variables = dict(shown[uid].variables)
        chosen = "".join(
            f"&var-{variables[label]}={{{{ $labels.{self._spelled(label, text)} | urlquery }}}}"
            for label in labels_left(text) or self._all_labels(text)
            if label in variables
        )
        found = its_own or ([] if self.alert.panel else of_signal)
        return frozenset(f"{grafana.rstrip('/')}/d/{uid}?viewPanel={number}{chosen}" for number in found)

    def _all_labels(self, expression: str) -> tuple[str, ...]:
        metrics = [self.exporter.metric(each.name) for each in promql.read(expression).selectors]
        there = [each for each in metrics if each is not None]
        clusters = (label for each in there for label in self.exporter.identity.of_family(each.family))
        own = (label for each in there for label in each.labels)
        return tuple(dict.fromkeys(("job", *clusters, "instance", *own)))

    def _spelled(self, label: str, expression: str) -> str:
        metrics = [self.exporter.metric(name) for name in promql_tree.metrics_behind(promql.read(expression).tree)]
        own = (self.exporter.label(label, each) for each in metrics if each is not None and label in each.labels)
        return next(filter(None, own), label)

    def renamed(self) -> list[tuple[str, str]]:
        """Return the logical labels of the signal's result that the exporter spells otherwise, or has not."""
        found: dict[str, str] = {}
        for selector in promql.read(self._first(self.base.expressions)).selectors:
            metric = self.exporter.metric(selector.name)
            if metric is not None:
                spelled = {label: self.exporter.label(label, metric) for label in metric.labels}
                found.update((label, name or "") for label, name in spelled.items() if name != label)
        return list(found.items())

    def as_exported(self, expression: str) -> str:
        """Return an expression whose result has the exporter's labels in the place of the logical ones."""
        renamed = self.renamed()
        if not renamed:
            return expression
        text = expression
        for label, spelled in renamed:
            if spelled:
                text = f'label_replace({text}, "{spelled}", "$1", "{label}", "(.+)")'
        gone = ", ".join(label for label, _ in renamed if label not in {spelled for _, spelled in renamed})
        return f"max without ({gone}) ({text})"


def labels_left(expression: str) -> tuple[str, ...]:
    """Return the labels that the result of an expression has, as far as it says so."""
    node = promql.read(expression).tree
    while node.children and not (isinstance(node, promql_tree.Aggregation) and node.grouping == "by"):
        node = next((each for each in node.children if not isinstance(each, promql_tree.Number)), node.children[0])
    return node.labels if isinstance(node, promql_tree.Aggregation) else ()


def refused(expression: str) -> dict[str, str]:
    """Return for each label that an expression's selectors filter by a value that one of these filters is against."""
    found: dict[str, str] = {}
    for selector in promql.read(expression).selectors:
        for one in selector.matchers:
            values = (value for value in _others(one.label, [one]) if value and not passes(one, value))
            if one.label not in (*found, "__name__") and (value := next(values, "")):
                found[one.label] = value
    return found


def _others(label: str, matchers: Iterable[Matcher]) -> Iterator[str]:
    """Yield values of a label that its filters may be against."""
    if label == "plugin":
        yield from PLUGINS
    for one in matchers:
        if one.operator == "!=":
            yield one.value
        elif one.operator == "=~":
            yield from like_names(one.value)
            yield from _begun_alike(label, [one])
        elif one.operator == "!~":
            for each in one.value.split("|"):  # one that the pattern matches and is not, before what may be a name
                yield re.sub(r"\\(.)", r"\1", _WHATEVER.sub("any", each))
                yield re.sub(r"\\(.)", r"\1", each)
    yield "elsewhere"
    yield ""


def _begun_alike(label: str, matchers: Iterable[Matcher]) -> Iterator[str]:
    """Yield names that begin like those of patterns; kinds of connectors are few and known."""
    for one in matchers:
        if one.operator == "=~" and label != "plugin":
            last = one.value.rstrip("|").rpartition("|")[2]
            yield re.sub(r"\\(.)", r"\1", _WHATEVER.sub("any", last)) + "-elsewhere"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _shown(unit: str) -> str:
    if unit == "s":
        return "{{ $value | humanizeDuration }}"
    if unit == "percent":
        return '{{ $value | printf "%.1f" }} %'
    if unit in _BYTES:
        return f"{{{{ $value | {'humanize1024' if _BYTES[unit][0] == 1024 else 'humanize'} }}}}B"  # noqa: PLR2004
    return "{{ $value | humanize }}"


def readable_duration(seconds: float) -> str:
    """Return a duration as a person says it: `90 seconds`, `5 minutes`."""
    for name, size in _DURATIONS:
        count = seconds / size
        if count >= 1 and count.is_integer():
            return f"{count:.0f} {name}{'s' if count > 1 else ''}"
    return f"{seconds:g} seconds"


def readable(value: float, unit: str) -> str:
    """Return a level in a signal's unit as a person says it: `5 minutes`, `90 %`, `5 GiB`."""
    if unit == "s":
        return readable_duration(value)
    if unit == "percent":
        return f"{value:g} %"
    if unit not in _BYTES:
        return f"{value:g}"
    base, prefixes = _BYTES[unit]
    power = next((power for power in range(len(prefixes)) if value < base ** (power + 1)), len(prefixes) - 1)
    return f"{value / base**power:g} {prefixes[power]}B"
