"""From an expression over logical metrics to the PromQL that one Prometheus understands.

An author writes PromQL whose metric names and labels are the catalog's (`MilliSecondsBehindSource`,
`server`) and whose values are in canonical units (seconds, never milliseconds). Rendering inserts the
names of the profile, the label filters of the dashboard or rule group (the scope), the scale, and the
filter of sentinel values. Everything else stays exactly as the author wrote it.

A profile may have the connector's kind or the context in the metric's name: then a filter on `plugin` or `context`
becomes one on `__name__`, and the label leaves every `by (…)`. What a profile does not have at all raises
`MissingInProfileError`.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple

import attrs

from dashlib import promql
from dashlib.declare.arguments import nearest
from dashlib.declare.labels import LabelMatch, literal
from dashlib.errors import DeclarationError
from dashlib.metrics.catalog import is_plain_name
from dashlib.metrics.identity import Identity
from dashlib.metrics.profiles import BY_RULES, MissingInProfileError, names_inside
from dashlib.promql.tokens import GROUPINGS
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.metrics.catalog import Catalog, Metric
    from dashlib.metrics.profiles import Profile
    from dashlib.promql.types import Labels

# Dashboards that are compiled one after another mostly have one scope: that of their variables.
_SCOPES_REMEMBERED = 16

# Without any label these would put together what the author kept apart.
# A label that is not there need not be taken away.
_HARMLESS = frozenset({"without", "ignoring"})
_NEVER_EMPTY = frozenset({"by", "on"})
_MULTIPLICATIVE = frozenset({"*", "/", "%", "^", "atan2"})
_ARITHMETIC_OR_COMPARISON = _MULTIPLICATIVE | {"+", "-", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless"}
# Functions and aggregations for which f(k * x) == k * f(x) when k > 0, so that a scale may be applied after them.
_SCALE_INVARIANT = frozenset(
    [
        "avg",
        "avg_over_time",
        "bottomk",
        "delta",
        "deriv",
        "first_over_time",
        "idelta",
        "increase",
        "irate",
        "last_over_time",
        "max",
        "max_over_time",
        "min",
        "min_over_time",
        "quantile",
        "quantile_over_time",
        "rate",
        "stddev",
        "stddev_over_time",
        "sum",
        "sum_over_time",
        "topk",
    ]
)


# `connector_status{server=~"$__chosen"}`: filtered by what is chosen for a label that the metric lacks. It passes where
# everything is chosen, because `.*` matches a label that is not there, and for a single choice it does not. Of a
# database's exporter it passes whatever lacks the label.
CHOSEN = "$__chosen"
# `connector_status{connector=~"$__listed"}`: filtered by what a dashboard lists (`Rendering.listed`), whatever label it
# lists that by. It passes where a dashboard lists everything.
LISTED = "$__listed"
# `MilliSecondsSinceLastEvent{heartbeat_table="10s"}`: of connectors that capture a table that is written so often.
HEARTBEAT_TABLE = "heartbeat_table"
# More connectors than these are not named in an expression where a recorded series can tell them.
MOST_NAMES = 10
# How often the heartbeat table of a connector is written, in seconds: recorded where an expression would name too many.
HEARTBEAT_TABLES = "server:dashlib_heartbeat_table_seconds:min"
# What Prometheus puts on every series that it scrapes, and what no catalog lists.
_OF_TARGETS = ("job", "instance")
# What the scrape configuration puts on exporters of databases, so that their series match a connector's.
_OF_CONNECTORS = ("server", "plugin", "connector")
# They have the labels of whatever fires.
ALERTS = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
_OF_SERIES = frozenset({"__name__", "le", "quantile", HEARTBEAT_TABLE})
_NAME = "__name__"
_NO_CONNECTOR = promql.Matcher("server", "=", "")


class Recorded(NamedTuple):
    """A recording rule that stands for a signal.

    Attributes:
        name: of the series that it makes.
        labels: logical labels that its series carry.
        gone: the recording rule of when what is gone was last there; empty where what is gone has no series. A panel
            asks for what was there within its range.
        optional: logical labels that some of its series may lack.
        averaged: it is a rate of minutes, of which a panel asks the average over `$__rate_interval`.
        logical: what it computes, as the signal says it.
        over: what a panel aggregates its series by, `sum by (plugin)`: it is recorded by cluster, so that one can be
            chosen. Empty where the panel shows them as they are.
        unfiltered: logical labels of its series that what it computes filters by itself: no other filter goes by them.
    """

    name: str
    labels: tuple[str, ...]
    gone: str = ""
    optional: tuple[str, ...] = ()
    averaged: bool = False
    logical: str = ""
    over: str = ""
    unfiltered: tuple[str, ...] = ()


@attrs.frozen(eq=False, repr=False)
class Rendering(Value):
    """Everything that turns logical expressions into the PromQL of one place.

    Attributes:
        catalog: the metrics that exist.
        profile: how they are spelled.
        scope: filters by logical label (`server`, `job`, `plugin`, `connector`); each is put on every selector
            whose metric carries that label and that does not filter it itself.
        listed: more filters, by logical label: of the series that a dashboard lists, where it does not list all that
            are chosen. They are put where the scope's are.
        rate_interval: what stands for `$__rate_interval` where no Grafana replaces it, for example `5m` in a rule;
            empty to leave it to Grafana.
        records: recording rules that panels query instead of computing a signal, by the signal's identity.
        target_labels: labels that the scrape configuration puts on everything, beside `job` and `instance`.
        identity: labels that, with `job`, tell one Kafka Connect cluster from another: they follow `job` wherever an
            expression groups or joins by it.
        heartbeat_tables: how often the heartbeat table of a connector is written, in seconds, by the connector's topic
            prefix: what `[tool.dashlib.connectors]` declares.
        reads_records: the project's recording rules are evaluated where this is asked.
    """

    catalog: Catalog
    profile: Profile
    scope: Mapping[str, LabelMatch] = attrs.field(factory=dict)
    listed: Mapping[str, LabelMatch] = attrs.field(factory=dict)
    rate_interval: str = ""
    records: Mapping[int, Recorded] = attrs.field(factory=dict)
    heartbeat_tables: Mapping[str, float] = attrs.field(factory=dict)
    target_labels: tuple[str, ...] = ()
    identity: Identity = attrs.field(factory=Identity)
    reads_records: bool = False
    _expanded: dict[str, str] = attrs.field(factory=dict, init=False, repr=False)
    _rendered: dict[tuple[str, bool, float], str] = attrs.field(factory=dict, init=False, repr=False)
    _marks: dict[str, str] = attrs.field(factory=dict, init=False, repr=False)
    _labels: dict[tuple[str, str], str] = attrs.field(factory=dict, init=False, repr=False)
    _within: dict[tuple[object, ...], Rendering] = attrs.field(factory=dict, init=False, repr=False)
    # What is asked of labels does not depend on the scope: renderings of one project look once.
    _checked: set[object] = attrs.field(factory=set, init=False, repr=False)

    def within(self, scope: Mapping[str, LabelMatch], rate_interval: str = "") -> Rendering:
        """Return this rendering in a scope; for one scope the same object, which renders no expression twice."""
        key = (rate_interval, *scope.items())
        if key not in self._within:
            if len(self._within) >= _SCOPES_REMEMBERED:
                self._within.clear()
            found = attrs.evolve(self, scope=dict(scope), rate_interval=rate_interval)
            object.__setattr__(found, "_checked", self._checked)
            self._within[key] = found
        return self._within[key]

    @property
    def _filters(self) -> tuple[tuple[str, LabelMatch], ...]:
        return (*self.scope.items(), *self.listed.items())

    @functools.cached_property
    def everything(self) -> Rendering:
        """This rendering for all that is chosen, also where a dashboard lists only a part of that."""
        return attrs.evolve(self, listed={}) if self.listed else self

    @functools.cached_property
    def reading_records(self) -> Rendering:
        """This rendering where the project's recording rules are evaluated: one object, which all rules share."""
        return self if self.reads_records else attrs.evolve(self, reads_records=True)

    def for_result(self, expression: str) -> Rendering:
        """Return the rendering for a logical expression: what is no longer told apart is about everything."""
        if not self.listed:
            return self
        labels = _result_labels(expression)
        return self if any(labels.may_have(label) for label in self.listed) else self.everything

    def render(self, expression: str, *, filter_unknown: bool = False, factor: float = 1.0) -> str:
        """Return the PromQL of a logical expression.

        Args:
            expression: PromQL over logical metrics, labels and canonical units.
            filter_unknown: drop the sentinel values of each metric (`!= -1`) before anything compares them.
            factor: what the result is multiplied with, for a panel that shows another unit than the signal's
                canonical one (1000 for milliseconds instead of seconds).

        Raises:
            DeclarationError: a metric is not in the catalog, or a sentinel or scale cannot be applied where it stands.
        """
        key = (expression, filter_unknown, factor)
        if key not in self._rendered:
            self._rendered[key] = _render(self, expression, filter_unknown=filter_unknown, factor=factor)
        return self._rendered[key]

    @functools.cached_property
    def _of_targets(self) -> frozenset[str]:
        return frozenset((*_OF_TARGETS, *self.target_labels, *self.identity.labels))

    def expanded(self, expression: str) -> str:
        """Return a logical expression that keeps Kafka Connect clusters apart wherever it keeps jobs apart."""
        if not self.identity.labels:
            return expression
        if expression not in self._expanded:
            self._expanded[expression] = self.identity.expanded(expression, self.catalog)
        return self._expanded[expression]

    def identity_of(self, expression: str) -> tuple[str, ...]:
        """Return the labels that tell clusters apart and that the result of a logical expression carries."""
        if not self.identity.labels:
            return ()
        from dashlib.promql import tree as promql_tree  # only a project with an identity needs it

        read = promql.read(self.expanded(expression))
        kept = {token.text for grouping in read.groupings for token in grouping.labels}
        if not kept and not any(isinstance(node, promql_tree.Aggregation) for node in promql_tree.walk(read.tree)):
            metrics = filter(None, map(self.catalog.find, read.metrics))
            kept = {label for metric in metrics for label in self.identity.of_family(metric.family)}
        return tuple(label for label in self.identity.labels if label in kept)

    def check_labels(self, labels: Iterable[str], *expressions: str) -> None:
        """Refuse labels that no metric of some logical expressions carries: nothing would ever have them.

        Raises:
            DeclarationError: the message names the nearest label.
        """
        asked = tuple(labels)
        if (asked, expressions) not in self._checked:
            self._check_labels(asked, *expressions)
            self._checked.add((asked, expressions))

    def check_own_labels(self, read: promql.Expression) -> None:
        """Refuse a label that no metric has: in a matcher of a selector's own, in a list of labels of any.

        Raises:
            DeclarationError: the message names the nearest label.
        """
        if read.text in self._checked:
            return
        for selector in read.selectors:
            own = [matcher.label for matcher in selector.matchers if matcher.value not in (CHOSEN, LISTED)]
            if selector.name:  # without one it is refused where its name is looked up
                self.check_labels(own, selector.name)
        grouped = [
            token.text for grouping in read.groupings if grouping.keyword not in _HARMLESS for token in grouping.labels
        ]
        self.check_labels(grouped, read.text)
        self._checked.add(read.text)

    def _check_labels(self, labels: Sequence[str], *expressions: str) -> None:
        anywhere = self._of_targets
        asked = [label for label in labels if not (label in anywhere or label in _OF_SERIES or "$" in label)]
        if not asked:
            return
        names = [
            name
            for each in expressions
            for name in ((each,) if each in self.catalog else promql.read(each).metrics)  # a name needs no parser
        ]
        metrics = [self.catalog.find(name) for name in names]
        if None in metrics or not ALERTS.isdisjoint(names):
            return
        known = {label for metric in metrics if metric is not None for label in metric.labels}
        if any(metric is not None and metric.family not in (*BY_RULES, "user") for metric in metrics):
            known |= {*_OF_CONNECTORS}
        made = set[str]()
        for label in asked:
            if label in known:
                continue
            made = made or {text for expression in expressions for text in _texts_in(expression)}
            if label not in made:
                raise DeclarationError(
                    f"no series of {' or '.join(dict.fromkeys(names)) or 'the expression'} has a label {label!r}; "
                    f"{nearest(label, sorted(known | anywhere), fallback='they have')} (list labels that all targets "
                    "have in [tool.dashlib] target_labels)"
                )

    def check_scope(self, labels: Iterable[str]) -> None:
        """Refuse filters by labels that no metric at all carries: they would do nothing.

        Raises:
            DeclarationError: the message names the nearest label.
        """
        unknown = [label for label in labels if label not in self._of_targets]
        if not unknown:
            return
        for label in unknown:
            if not any(label in metric.labels for metric in self.catalog):
                known = self._of_targets | {own for metric in self.catalog for own in metric.labels}
                raise DeclarationError(
                    f"no metric in the catalog has the label {label!r}, so filtering by it would do nothing; "
                    f"{nearest(label, sorted(known))}"
                )

    def known(self, expressions: Sequence[str]) -> str:
        """Return the first of some logical expressions, all of one meaning, whose metrics and labels the profile has.

        Where it has those of none, the first is returned: whoever renders it learns what is missing.
        """
        for expression in expressions if len(expressions) > 1 else ():
            try:
                self.render(expression)
            except MissingInProfileError:
                continue
            return self.expanded(expression)
        return self.expanded(expressions[0])

    def selector(self, metric_name: str, matchers: Mapping[str, LabelMatch] | None = None) -> str:
        """Return the exported name of a logical metric with its filters, for example for `label_values(…)`.

        Raises:
            MissingInProfileError: the profile lacks the metric, or a label that is filtered.
        """
        own = [promql.Matcher(label, match.operator, match.value) for label, match in (matchers or {}).items()]
        return _selector_text(self, self.catalog.metric(metric_name), own)

    def unknown(self, expression: str) -> str:
        """Return PromQL that is 1 where a metric of a logical expression stands at a sentinel value.

        The value must be 1 and nothing else: it is the only one that Grafana marks as an annotation.
        """
        if expression in self._marks:
            return self._marks[expression]
        marks: list[str] = []
        for selector in promql.read(expression).selectors:
            metric = self.catalog.metric(selector.name)
            labels = [
                self.profile.label(label, metric.family)
                for label in ("job", *self.identity.of_family(metric.family), "plugin", "server")
                if self.profile.has_label(label, metric.family)
            ]
            text = _selector_text(self, metric, selector.matchers)
            marks.extend(
                f"group by ({', '.join(labels)}) ({text} == {number_text(value)})"
                for value in self.profile.unknown(metric)
            )
        if not marks:
            raise DeclarationError(f"no metric of {expression!r} has a sentinel value that means unknown")
        self._marks[expression] = " or ".join(dict.fromkeys(marks))
        return self._marks[expression]

    def matchers(self, metric: Metric, own: Sequence[promql.Matcher]) -> list[promql.Matcher]:
        """Return a metric's own filters and the scope's, by logical label."""
        matchers = [
            self._with_heartbeat_table(matcher) if matcher.label == HEARTBEAT_TABLE else matcher
            for matcher in own
            if matcher.value not in (CHOSEN, LISTED)
        ]
        filtered = {matcher.label for matcher in own if matcher.value != LISTED}
        for label, match in self._filters:
            if label in filtered or not (self._is_on_targets(label, metric) or label in metric.labels):
                continue
            optional = self.profile.is_optional(label, metric.family)
            if optional and not self.profile.has_label(label, metric.family):
                continue  # as if each series were one without the label, which the filter lets pass
            value = f"{match.value}|" if optional and match.operator == "=~" else match.value
            matchers.append(promql.Matcher(label, match.operator, value))
        return matchers

    def _is_on_targets(self, label: str, metric: Metric) -> bool:
        return label == "job" or label in self.identity.of_family(metric.family)

    def chosen(self, metric: Metric, own: Iterable[promql.Matcher]) -> list[promql.Matcher]:
        """Return the filters that a selector asks for, also by a label that it lacks; see `CHOSEN`, `LISTED`."""
        found = []
        for matcher in own:
            label, filters = matcher.label, list[LabelMatch]()
            if matcher.value == CHOSEN:
                all_filters = self._filters if matcher.label in metric.labels else self.scope.items()
                filters = [match for chosen, match in all_filters if chosen == label]
            elif matcher.value == LISTED and self.profile.has_label(label, metric.family):
                filters = [match for listed, match in self.listed.items() if listed not in metric.labels]
                label = self.profile.label(label, metric.family)
            # A target of an exporter may lack what the scrape configuration is to put on it.
            either = "" if metric.family in BY_RULES else "|"
            found += [
                promql.Matcher(label, match.operator, match.value + (either if match.operator == "=~" else ""))
                for match in filters
            ]
        return found

    def told_by_record(self, selector: promql.Selector) -> tuple[list[promql.Matcher], str]:
        """Return a selector's own filters, and what stands behind it for one by heartbeat table that is for too many.

        A selector with a range keeps all its filters: nothing can stand behind it.
        """
        filters, behind = list(selector.matchers), ""
        for matcher in selector.matchers if self.reads_records and selector.range is None else ():
            if matcher.label == HEARTBEAT_TABLE:
                longest = promql.duration_seconds(matcher.value)
                if len(self._with_table(longest)) > MOST_NAMES:
                    filters.remove(matcher)
                    behind += f" and on ({self.profile.label('server')}) {HEARTBEAT_TABLES} <= {number_text(longest)}"
        return filters, behind

    def _with_table(self, longest: float) -> list[str]:
        return sorted(name for name, interval in self.heartbeat_tables.items() if interval <= longest)

    def _with_heartbeat_table(self, matcher: promql.Matcher) -> promql.Matcher:
        """Return the filter of the connectors whose heartbeat table is written at least that often."""
        names = self._with_table(promql.duration_seconds(matcher.value))
        # Every connector has a topic prefix: where none has such a table, none passes.
        return promql.Matcher("server", "=~", "|".join(map(literal, names))) if names else _NO_CONNECTOR

    def recorded(self, recorded: Recorded, *, factor: float = 1.0) -> str:
        """Return the selector of what a recording rule made, with the scope's filters on its labels.

        Args:
            recorded: the recording rule.
            factor: as of `render`.
        """
        matchers = [
            promql.Matcher(
                self.profile.label(label),
                match.operator,
                f"{match.value}|" if label in recorded.optional and match.operator == "=~" else match.value,
            )
            for label, match in self._filters
            if (label in recorded.labels and label not in recorded.unfiltered)
            or ("job" in recorded.labels and label in self.identity.labels)
        ]
        filters = promql.format_matchers(matchers)
        within_range = f" unless {recorded.gone}{filters} < time() - $__range_s" if recorded.gone else ""
        asked = f"avg_over_time({recorded.name}{filters}[$__rate_interval])" if recorded.averaged else ""
        asked = asked or recorded.name + filters
        if recorded.over:
            asked = f"{recorded.over}{' ' if recorded.over.endswith(')') else ''}({asked})"
        return asked + (_scale_text(factor) if factor != 1 else "") + within_range

    def label(self, label: str, expression: str) -> str:
        """Return the exported name of a logical label that the result of an expression carries."""
        key = (label, expression)
        if key not in self._labels:
            leading = () if self.profile.spells_labels_plainly else _metrics_behind(expression)
            self._labels[key] = _exported_label(self, label, leading) or label
        return self._labels[key]

    def carries(self, label: str, expression: str) -> bool:
        """Tell whether the result of an expression may carry a logical label that the expression keeps."""
        leading = () if self.profile.spells_labels_plainly else _metrics_behind(expression)
        return _exported_label(self, label, leading) is not None

    def join_labels(self, labels: Sequence[str], *expressions: str) -> list[str]:
        """Return the exported names of the labels by which the results of two expressions are matched.

        Raises:
            MissingInProfileError: the profile spells one differently on both sides, or none of them is left.
        """
        if self.profile.spells_labels_plainly and not self.identity.labels:
            return list(labels)
        sides = [_metrics_behind(self.expanded(each)) for each in expressions]
        more = self.identity.joined(labels, sides, self.catalog) if self.identity.labels else ()
        names = [_exported_label(self, label, *sides) for label in _behind_job(labels, more)]
        found = [name for name in names if name is not None]
        if labels and not found:
            raise MissingInProfileError(f"profile {self.profile.name!r} has no label {', '.join(labels)} to match by")
        return found


@functools.lru_cache(maxsize=1024)
def _result_labels(expression: str) -> Labels:
    from dashlib.promql.types import types  # only a dashboard that lists a part of its series needs it

    root = promql.read(expression).tree
    return types(root)[id(root)].labels


def grouping_labels(expression: str) -> tuple[str, ...]:
    """Return the labels in the `by (…)`, `on (…)` and their kind of an expression, each once, in order."""
    return tuple(
        dict.fromkeys(token.text for grouping in promql.read(expression).groupings for token in grouping.labels)
    )


def _behind_job(labels: Sequence[str], more: Sequence[str]) -> list[str]:
    """Return labels with others behind `job`, where it is one of them, or at the end."""
    place = list(labels).index("job") + 1 if "job" in labels else len(labels)
    return [*labels[:place], *more, *labels[place:]]


@functools.lru_cache(maxsize=1024)
def _scales_as_a_whole(read: promql.Expression) -> bool:
    """Tell whether a factor on the only metric may as well stand behind the whole expression."""
    if len(read.selectors) != 1:
        return False
    for token, following in zip(read.words, [*read.words[1:], None], strict=True):
        if token.kind in ("operator", "keyword") and token.text in _ARITHMETIC_OR_COMPARISON:
            return False
        if (
            token.kind in ("identifier", "keyword")
            and token.text not in GROUPINGS
            and token.text not in _SCALE_INVARIANT
            and following is not None
            and following.text in ("(", "by", "without")
        ):
            return False
    return True


def _render(rendering: Rendering, expression: str, *, filter_unknown: bool, factor: float) -> str:
    expression = rendering.expanded(expression)
    read = promql.read(expression)
    rendering.check_own_labels(read)
    if rendering.rate_interval and read.quoted_labels:
        raise DeclarationError(
            f"a rule cannot name the label {read.quoted_labels[0]!r}: Prometheus 2.42, which rules are compiled for "
            "and proven with, keeps no such names; relabel it to a plain one, or leave it to panels"
        )
    scale_at_end = _scales_as_a_whole(read)
    insertions: list[tuple[int, int, str]] = []  # (start, end, text): replace expression[start:end]
    total = factor
    several = len(read.selectors) > 1
    for selector in read.selectors:
        if not selector.name:
            raise DeclarationError(
                f"the selector {expression[selector.start : selector.end]} names no metric, so dashlib cannot tell its "
                "unit, labels or family; write one metric name for each selector"
            )
        metric = rendering.catalog.metric(selector.name)
        if rendering.rate_interval and not is_plain_name(metric.name):
            raise DeclarationError(
                f"a rule cannot query {metric.name!r}: Prometheus 2.42, which rules are compiled for and proven with, "
                "keeps no such names; scrape it under a plain name, or record it under one"
            )
        scale = rendering.profile.scale(metric)
        own, behind = rendering.told_by_record(selector)
        text = _selector_text(rendering, metric, own)
        # A label that tells two metrics of one exported name apart would keep them from matching each other.
        told_apart = ", ".join(rendering.profile.matchers(metric)) if several else ""
        if selector.range is None:
            text += expression[selector.end : selector.end_of_modifiers]
            text = f"({text}{behind})" if behind else text
            text = f"sum without ({told_apart}) ({text})" if told_apart else text
            alone = _stands_alone(expression, selector.start, selector.end_of_modifiers, scaled=scale_at_end)
            unknown = rendering.profile.unknown(metric) if filter_unknown else ()
            if unknown:
                text += "".join(f" != {number_text(value)}" for value in unknown)
                text = text if alone and (scale_at_end or scale == 1) else f"({text})"
            if not scale_at_end and scale != 1:
                text += _scale_text(scale)
                text = text if alone else f"({text})"
            insertions.append((selector.start, selector.end_of_modifiers, text))
        else:
            _refuse_several_contexts(rendering, metric, selector)
            insertions.append((selector.start, selector.end, text))
            around = _scaled_call(expression, selector, scale) if not scale_at_end and scale != 1 else []
            insertions.extend(_summed_call(selector, told_apart, around))
        if scale_at_end:
            total *= scale
    insertions.extend(_renamed_grouping_labels(rendering, read))
    insertions.extend(_scaled_histograms(rendering, read))
    rendered = _replace(expression, insertions)
    if rendering.rate_interval:
        rendered = rendered.replace("$__rate_interval", rendering.rate_interval)
    if total != 1:
        rendered = (rendered if scale_at_end else f"({rendered})") + _scale_text(total)
    return rendered


def _texts_in(expression: str) -> list[str]:
    """Return the texts in an expression: those of `label_replace` and `label_join` name labels that it makes."""
    read = promql.read(expression)
    named = {token.start for grouping in read.groupings for token in grouping.labels}  # quoted: no text of a function
    return [token.text[1:-1] for token in read.tokens if token.kind == "string" and token.start not in named]


def _selector_text(rendering: Rendering, metric: Metric, own: Sequence[promql.Matcher]) -> str:
    profile = rendering.profile
    names = profile.names(metric)
    inside: dict[str, list[promql.Matcher]] = {label: [] for label in names_inside(names[0], metric)}
    matchers: list[promql.Matcher] = []
    for matcher in rendering.matchers(metric, own):
        if matcher.label in inside:
            inside[matcher.label].append(matcher)
        elif matcher.label == _NAME:
            pass  # the name says it
        elif not profile.has_label(matcher.label, metric.family):
            raise MissingInProfileError(
                f"profile {profile.name!r} has no label {matcher.label!r} on {metric.name}, which is filtered by it"
            )
        else:
            matchers.append(matcher._replace(label=profile.label(matcher.label, metric.family)))
    matchers.extend(rendering.chosen(metric, own))
    matchers.extend(promql.Matcher(label, "=", value) for label, value in profile.matchers(metric).items())
    named = _name_matchers(names, metric, inside)
    if len(named) == 1 and named[0].operator == "=" and is_plain_name(named[0].value):
        return named[0].value + promql.format_matchers(matchers)
    return promql.format_matchers([*named, *matchers])


def _name_matchers(
    names: tuple[str, ...], metric: Metric, inside: Mapping[str, Sequence[promql.Matcher]]
) -> list[promql.Matcher]:
    """Return the filters on `__name__` for the spellings of a name and the labels whose values stand in it.

    Args:
        names: the spellings, with `{plugin}` and `{context}` in them.
        metric: the metric that they spell.
        inside: the filters on each label that stands in the name.
    """
    if len(names) == 1 and not inside:
        return [promql.Matcher(_NAME, "=", names[0])]
    anything = {label: _any_value(label, metric) for label in inside}
    taken = {label: [each for each in filters if each.operator in ("=", "=~")] for label, filters in inside.items()}
    first = {label: _value_in_name(filters[0]) if filters else anything[label] for label, filters in taken.items()}
    found = [_named(names, first)]
    for label, filters in taken.items():
        found += [_named(names, {**anything, label: f"({_in_name(each.value)})"}) for each in filters[1:]]
    for label, every in inside.items():
        found += [
            _named(names, {**anything, label: f"({_in_name(each.value)})"})._replace(operator="!~")
            for each in every
            if each.operator in ("!=", "!~")
        ]
    return found


def _any_value(label: str, metric: Metric) -> str:
    """Return what stands for every value of a label in a name: the few contexts of the metric, or any kind."""
    contexts = names_inside("{context}", metric)["context"]
    if label != "context" or not contexts:
        return ".+"
    return contexts[0] if len(contexts) == 1 else f"({'|'.join(contexts)})"


def _value_in_name(matcher: promql.Matcher) -> str:
    value = _in_name(matcher.value)
    return value if matcher.operator == "=" and "$" not in value else f"({value})"


def _in_name(value: str) -> str:
    """Return a value as it stands in a metric's name, where JMX exporters put `_` for what may not."""
    return value if "[" in value else re.sub(r"(?<=\w)-(?=\w)", "_", value)


def _named(names: tuple[str, ...], values: Mapping[str, str]) -> promql.Matcher:
    filled = []
    for name in names:
        for label, value in values.items():
            name = name.replace(f"{{{label}}}", value)  # noqa: PLW2901 - one label after the other
        filled.append(name)
    is_plain = len(filled) == 1 and re.fullmatch(r"[\w:]+", filled[0]) is not None
    return promql.Matcher("__name__", "=" if is_plain else "=~", "|".join(filled))


def _refuse_several_contexts(rendering: Rendering, metric: Metric, selector: promql.Selector) -> None:
    """Refuse a range of several contexts that only the name tells apart: a function takes names off.

    Raises:
        MissingInProfileError: the profile has the context in the name, and the selector does not choose one.
    """
    if "context" not in rendering.profile.family(metric.family).labels_in_the_name or len(metric.contexts) <= 1:
        return
    if not any(
        each.label == "context" and each.operator == "=" for each in rendering.matchers(metric, selector.matchers)
    ):
        raise MissingInProfileError(
            f"profile {rendering.profile.name!r} puts the context into the name of {metric.name}: a range needs one "
            'context, such as {context="streaming"}'
        )


def _scaled_call(expression: str, selector: promql.Selector, scale: float) -> list[tuple[int, int, str]]:
    """Return the insertions that scale the function around a range selector: a range itself cannot be scaled."""
    if selector.call is None:
        raise DeclarationError(f"{expression!r}: a range selector outside a function cannot be scaled")
    start, end = selector.call
    function = expression[start : expression.index("(", start)].strip()
    if function not in _SCALE_INVARIANT:
        raise DeclarationError(
            f"{expression!r}: {function}() of {selector.metric} cannot be converted to its canonical unit, because "
            "scaling its input does not scale its result"
        )
    if _stands_alone(expression, start, end):
        return [(end, end, _scale_text(scale))]
    return [(start, start, "("), (end, end, _scale_text(scale) + ")")]


def _summed_call(
    selector: promql.Selector, told_apart: str, around: list[tuple[int, int, str]]
) -> list[tuple[int, int, str]]:
    """Return the insertions that take labels off what a function makes of a range, inside those of its scale."""
    if not told_apart or selector.call is None:
        return around
    start, end = selector.call
    return [*around[:-1], (start, start, f"sum without ({told_apart}) ("), (end, end, ")"), *around[-1:]]


def _renamed_grouping_labels(rendering: Rendering, read: promql.Expression) -> list[tuple[int, int, str]]:
    """Return the replacements of the logical labels in `by (…)`, `on (…)` and their kind."""
    replacements: list[tuple[int, int, str]] = []
    if rendering.profile.spells_labels_plainly:
        return replacements
    for grouping in read.groupings:
        sides = _sides(read, grouping.labels[0].start)
        exported = [_exported_label(rendering, token.text, *sides) for token in grouping.labels]
        left = [label for label in exported if label is not None]
        if len(left) == len(exported):
            pairs = zip(grouping.labels, left, strict=True)
            replacements.extend((token.start, token.end, label) for token, label in pairs if token.text != label)
        elif left or grouping.keyword not in _NEVER_EMPTY:
            replacements.append((grouping.labels[0].start, grouping.labels[-1].end, ", ".join(left)))
        else:
            names = ", ".join(token.text for token in grouping.labels)
            raise MissingInProfileError(
                f"profile {rendering.profile.name!r} has no label {names}: {grouping.keyword} ({names}) would merge "
                "what it keeps apart"
            )
    return replacements


def _exported_label(rendering: Rendering, label: str, *sides: Sequence[str]) -> str | None:
    """Return the exported name of a logical label; None where no series of the profile carries it.

    Args:
        rendering: catalog and profile.
        label: logical name.
        sides: logical metrics whose series carry it: of an aggregation one side, of a join both.

    Raises:
        MissingInProfileError: it is spelled differently on one side and on the other, or only one of them has it.
    """
    found = list(dict.fromkeys(spelled for side in sides for spelled in _spellings(rendering, label, side)))
    if len(found) > 1:
        raise MissingInProfileError(
            f"profile {rendering.profile.name!r} spells the label {label!r} differently on "
            f"{', '.join(dict.fromkeys(name for side in sides for name in side))}, so they cannot be matched on it"
        )
    return found[0] if found else label


def _spellings(rendering: Rendering, label: str, metrics: Iterable[str]) -> Iterator[str | None]:
    """Yield how the series of metrics spell a label; None for those that lack it.

    Other exporters' metrics have it from the scrape configuration, under its logical name.
    """
    for name in metrics:
        metric = rendering.catalog.find(name)
        if metric is not None and metric.family not in BY_RULES:
            yield label
        elif metric is not None and label in metric.labels:
            there = rendering.profile.has_label(label, metric.family)
            yield rendering.profile.label(label, metric.family) if there else None


def _metrics_behind(expression: str) -> tuple[str, ...]:
    """Return the metrics whose labels the result of an expression carries."""
    from dashlib.promql import tree as promql_tree  # only a profile that spells labels otherwise needs it

    return promql_tree.metrics_behind(promql.read(expression).tree)


def _sides(read: promql.Expression, position: int) -> list[tuple[str, ...]]:
    """Return the metrics to whose series a list of labels applies."""
    from dashlib.promql import tree as promql_tree  # only a profile that spells labels otherwise needs it

    return promql_tree.sides_at(read.tree, position)


def _scaled_histograms(rendering: Rendering, read: promql.Expression) -> list[tuple[int, int, str]]:
    """Return the insertions that scale what a function makes of a histogram: its buckets cannot be scaled."""
    metrics = [rendering.catalog.find(selector.name) for selector in read.selectors]
    scales = {metric.name: metric.bucket_scale for metric in metrics if metric is not None and metric.bucket_scale != 1}
    if not scales:
        return []
    from dashlib.promql import tree as promql_tree  # only a histogram in another unit needs it

    found: list[tuple[int, int, str]] = []
    for node in promql_tree.walk(read.tree):
        if not isinstance(node, promql_tree.Call) or node.function in {"histogram_count", "histogram_stdvar"}:
            continue
        of = {scales[vector.metric] for vector in promql_tree.vectors(node) if vector.metric in scales}
        if not of or not node.function.startswith("histogram_"):
            continue
        if len(of) > 1 or node.function == "histogram_fraction":
            raise DeclarationError(
                f"{read.text!r}: {node.function}() cannot be converted to the canonical unit of its histogram; declare "
                "the histogram in that unit"
            )
        text = _scale_text(of.pop())
        if _stands_alone(read.text, node.start, node.end):
            found.append((node.end, node.end, text))
        else:
            found += [(node.start, node.start, "("), (node.end, node.end, f"{text})")]
    return found


def _stands_alone(expression: str, start: int, end: int, *, scaled: bool = False) -> bool:
    """Tell whether a part fills its parentheses, or the whole expression, so that it needs none of its own.

    Args:
        expression: the whole.
        start: where the part begins.
        end: where it ends.
        scaled: a scale will follow the whole expression, so that a part which is all of it does not stand alone.
    """
    before, after = expression[:start].rstrip(), expression[end:].lstrip()
    if not before and not after:
        return not scaled
    return (not before or before.endswith("(")) and (not after or after.startswith(")"))


def _replace(expression: str, replacements: list[tuple[int, int, str]]) -> str:
    pieces = []
    position = 0
    for start, end, text in sorted(replacements, key=lambda item: (item[0], item[1])):
        pieces.append(expression[position:start])
        pieces.append(text)
        position = end
    pieces.append(expression[position:])
    return "".join(pieces)


def _scale_text(scale: float) -> str:
    inverse = 1 / scale
    return (
        f" / {number_text(round(inverse))}"
        if abs(inverse - round(inverse)) < 1e-9 * inverse
        else f" * {number_text(scale)}"
    )


def number_text(value: float) -> str:
    """Return a number as PromQL has it, with all of its digits."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
