"""Walk an empty expression down to the part that makes it empty.

The tree tells what each part needs: a sum needs its operand, an `and` both sides and a match between them, an `or` one
of them. A part is queried only if everything below it has data; most steps need no query at all, because the metric is
not among the names.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import attrs

from dashlib import promql
from dashlib.doctor import causes
from dashlib.promql import tree as promql_tree
from dashlib.promql.tree import Aggregation, Binary, Call, Negation, Node, Subquery, Vector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dashlib.doctor.causes import Cause, Facts, Loss
    from dashlib.doctor.evidence import Evidence
    from dashlib.servers.prometheus import Labels

#: Functions that need two samples in their range.
_NEEDS_TWO = frozenset({"rate", "increase", "irate", "delta", "idelta", "deriv", "predict_linear"})
_EMPTY_IS_FINE = frozenset({"absent", "absent_over_time"})
_MAKES_LABELS = frozenset({"label_replace", "label_join"})
_SAMPLED = frozenset({"__name__", "job", "instance", "le", "quantile"})


@attrs.frozen
class Explanation:
    """Walks one expression.

    Attributes:
        expression: as it is sent to Prometheus.
        evidence: Prometheus' answers.
        facts: what is known beforehand.
    """

    expression: str
    evidence: Evidence
    facts: Facts

    def why_empty(self) -> tuple[Cause, ...]:
        """Return why the expression is empty."""
        tree = promql.read(self.expression).tree
        if all(map(self._has_samples, promql_tree.vectors(tree))) and self._is_for_a_condition(tree):
            return (causes.not_met(),)
        return tuple(dict.fromkeys(self._why(tree)))

    def _has_samples(self, vector: Vector) -> bool:
        selector = vector.selector
        if not self.evidence.names_of(selector):
            return False
        return bool(self.evidence.count(self.expression[selector.start : selector.end]))

    def _is_for_a_condition(self, node: Node) -> bool:
        """Tell whether nothing meets the comparison of a part: the most common reason, found with one query."""
        if isinstance(node, Aggregation | Negation):
            return self._is_for_a_condition(node.operand)
        if not isinstance(node, Binary):
            return False
        if node.operator == "or":
            return self._is_for_a_condition(node.left) and self._is_for_a_condition(node.right)
        if node.operator in ("and", "unless"):
            return self._is_for_a_condition(node.left)
        if node.operator in promql_tree.COMPARISONS and self._is_number(node.right):
            return not self._is_empty(node.left)
        return False

    def wrong_labels(self, answered: Sequence[Labels]) -> tuple[Cause, ...]:
        """Return the labels by which the expression filters or groups and which its series lack.

        Such an expression need not be empty: a filter that matches everything, or a sum by nothing, hides the mistake.

        Args:
            answered: the labels of the result; a label among them exists.
        """
        tree = promql.read(self.expression).tree
        if any(isinstance(node, Call) and node.function in _MAKES_LABELS for node in promql_tree.walk(tree)):
            return ()
        there = frozenset(label for labels in answered for label in labels)
        found: list[Cause] = []
        for vector in promql_tree.vectors(tree):
            labels = [each.label for each in vector.selector.matchers if not each.value.endswith("|")]
            found.extend(self._wrong(vector, [label for label in labels if label not in there]))
        for node in promql_tree.walk(tree):
            if isinstance(node, Aggregation) and node.grouping == "by":
                for vector in promql_tree.vectors(node.operand):
                    found.extend(self._wrong(vector, [label for label in node.labels if label not in there]))
        return tuple(dict.fromkeys(found))

    def missing_metrics(self) -> tuple[Cause, ...]:
        """Return the metrics of the expression that should exist but do not.

        Such an expression need not be empty: without the metric of a guard it silently returns more than it should. The
        metrics of recording rules that it uses count as its own.
        """
        return tuple(dict.fromkeys(self._missing(self.expression, "signal", frozenset())))

    # --- metrics

    def _missing(self, expression: str, role: Loss, seen: frozenset[str]) -> Iterator[Cause]:
        yield from self._missing_in(promql.read(expression).tree, role, seen)

    def _missing_in(self, node: Node, role: Loss, seen: frozenset[str]) -> Iterator[Cause]:
        if isinstance(node, Vector):
            name = node.selector.metric
            if name in self.facts.recorded and name not in seen:
                yield from self._missing(self.facts.recorded[name], role, seen | {name})
            elif name not in causes.ALERT_SERIES and not self.evidence.names_of(node.selector):
                cause = self._why_no_name(node.selector)
                if cause.severity != "info":
                    yield attrs.evolve(cause, loses=role)
        elif isinstance(node, Binary):
            left: Loss = "alternative" if node.operator == "or" and role == "signal" else role
            right: Loss = "guard" if node.operator == "unless" else left
            yield from self._missing_in(node.left, left, seen)
            yield from self._missing_in(node.right, right, seen)
        elif isinstance(node, Call):
            if node.function not in _EMPTY_IS_FINE:
                for argument in node.arguments:
                    yield from self._missing_in(argument, role, seen)
        elif isinstance(node, Aggregation | Negation | Subquery):
            yield from self._missing_in(node.operand, role, seen)

    # --- labels

    def _wrong(self, vector: Vector, labels: Sequence[str]) -> Iterator[Cause]:
        """Yield the labels that the series of a selector should have, but do not."""
        may_lack = _asked_for_where_set(vector.selector.matchers)
        labels = [label for label in labels if label not in may_lack]
        names = self.evidence.names_of(vector.selector) if labels else ()
        expected = [label for label in labels if names and self._is_expected(label, names[0])]
        carried = self.evidence.labels_of(names) if expected else frozenset()
        for label in dict.fromkeys(expected):
            if carried and label not in carried:
                yield self._missing_label(label, names, carried)

    def _is_expected(self, label: str, exported: str) -> bool:
        """Tell whether every series of a metric should have a label: not every connector has a task or a database."""
        if label in _SAMPLED:
            return False
        if _never_has(exported, label):
            return False
        metric = self.facts.logical(exported)
        profile = self.facts.profile
        if metric is None or metric.family not in ("debezium", "kafka_connect"):
            return metric is None and exported not in self.facts.records
        named = profile.family(metric.family).labels if profile is not None else {}
        logical = next((each for each, spelled in named.items() if spelled == label), label)
        if logical not in metric.labels:
            return True
        if profile is not None and profile.is_optional(logical, metric.family):
            return False
        return logical not in ("task", "database") and all(logical in each.labels for each in metric.variants)

    def _missing_label(self, label: str, names: Sequence[str], carried: frozenset[str]) -> Cause:
        others = sorted(carried - _SAMPLED)[:8]
        values = {each: self.evidence.values_of(each, names[:1]) for each in others}
        return causes.missing_label(label, names[0], others, values, self.facts)

    # --- emptiness

    def _why(self, node: Node) -> list[Cause]:
        if isinstance(node, Vector):
            return self._why_vector(node)
        if isinstance(node, Binary):
            return self._why_binary(node)
        if isinstance(node, Call):
            return self._why_call(node)
        if isinstance(node, Subquery) and not self._is_empty(node.operand):
            return [causes.no_history()]
        return self._why(node.operand) if isinstance(node, Aggregation | Negation | Subquery) else []

    def _text(self, node: Node) -> str:
        return self.expression[node.start : node.end]

    def _is_empty(self, node: Node) -> bool:
        """Tell whether a part is empty; a missing metric needs no query."""
        if not isinstance(node, Vector | Binary | Call | Aggregation | Negation | Subquery):
            return False
        if isinstance(node, Vector):
            return not self.evidence.names_of(node.selector) or not self.evidence.count(self._instant(node))
        if isinstance(node, Aggregation | Negation) and self._is_without_names(node):
            return True
        return not self.evidence.count(self._text(node))

    def _is_without_names(self, node: Node) -> bool:
        vectors = list(promql_tree.vectors(node))
        return bool(vectors) and not any(self.evidence.names_of(each.selector) for each in vectors)

    def _instant(self, vector: Vector) -> str:
        """Return a selector without its range, and with its modifiers."""
        selector = vector.selector
        text = self._text(vector)
        return re.sub(r"\[[^\]]*\]", "", text, count=1) if selector.range is not None else text

    def _without(self, vector: Vector, filters: Sequence[promql.Matcher], range_: str = "") -> str:
        """Return a selector without some of its filters, with another range or none, and with its modifiers."""
        selector = vector.selector
        kept = promql.format_matchers(each for each in selector.matchers if each not in filters)
        return f"{selector.metric}{kept}{range_}{self._instant(vector)[selector.end - selector.start :]}"

    def _why_call(self, node: Call) -> list[Cause]:
        if node.function in _EMPTY_IS_FINE:
            return [causes.not_met()]
        for argument in node.arguments:
            if isinstance(argument, Vector | Binary | Call | Aggregation | Negation | Subquery) and self._is_empty(
                argument
            ):
                return self._why(argument)
        ranged = next((each for each in node.arguments if isinstance(each, Vector) and each.selector.range), None)
        if ranged is not None and node.function in _NEEDS_TWO:
            return self._why_rate(node.function, ranged)
        return []

    def _why_rate(self, function: str, vector: Vector) -> list[Cause]:
        selector = self._instant(vector)
        text = vector.selector.range or ""
        try:
            seconds = promql.duration_seconds(text)
        except ValueError:
            return []
        jobs = {
            sample.labels.get("job", "") for sample in self.evidence.evaluate(f"count by (job) ({selector})").samples
        }
        found = [
            causes.too_few_samples(function, text, seconds, self.facts.intervals[job], job)
            for job in sorted(jobs)
            if job in self.facts.intervals
        ]
        return [cause for cause in found if cause is not None] or [causes.just_started(function, selector)]

    def _why_binary(self, node: Binary) -> list[Cause]:
        if node.operator == "or":
            return [*self._why(node.left), *self._why(node.right)]
        if self._is_empty(node.left):
            return self._why(node.left)
        if node.operator != "unless" and self._is_empty(node.right):
            return self._why(node.right)
        compares = self._is_number(node.left) or self._is_number(node.right)
        if compares or node.operator == "unless" or self._matched(node):
            return [(self._sentinel(node) if compares else None) or causes.not_met()]
        left, right = self._labels(node.left), self._labels(node.right)
        cause = causes.no_match(left, right, node.matching, node.labels)
        # `and` is a condition: if only other series meet it, or an alternative is missing, it is simply not met.
        is_condition = node.operator == "and" and (
            _has_everywhere(cause.subject, left, right) or any(map(self._lacks_an_alternative, (node.left, node.right)))
        )
        return [causes.not_met()] if is_condition else self._renamed(node, cause.subject) or [cause]

    def _renamed(self, node: Node, label: str) -> list[Cause]:
        """Return that a label is missing: a range may still contain one that was just renamed."""
        found = [cause for vector in promql_tree.vectors(node) for cause in self._wrong(vector, [label])]
        return list(dict.fromkeys(found))

    def _lacks_an_alternative(self, node: Node) -> bool:
        """Tell whether one side of an `or` is empty now, which might match if it were not."""
        if not isinstance(node, Binary) or node.operator != "or":
            return False
        sides = (node.left, node.right)
        return any(map(self._is_empty, sides)) or any(map(self._lacks_an_alternative, sides))

    def _matched(self, node: Binary) -> bool:
        """Tell whether the sides of a comparison match, so that the values drop every series."""
        if node.operator not in promql_tree.COMPARISONS:
            return False
        start, end = node.operator_start, node.operator_start + len(node.operator)
        text = f"{self.expression[node.left.start : start]} and {self.expression[end : node.right.end]}"
        text = re.sub(r"\bgroup_(left|right)\s*(\([^)]*\))?", "", text)
        return bool(self.evidence.count(text))

    def _labels(self, node: Node) -> list[Labels]:
        return [sample.labels for sample in self.evidence.evaluate(self._text(node)).samples]

    @staticmethod
    def _is_number(node: Node) -> bool:
        return not any(True for _ in promql_tree.vectors(node)) and not (
            isinstance(node, Call) and node.function == "vector"
        )

    def _sentinel(self, node: Binary) -> Cause | None:
        """Return that a filter for unknown values drops every series."""
        number = node.right
        if node.operator != "!=" or not self._is_number(number):
            return None
        try:
            value = float(self._text(number).strip("() "))
        except ValueError:
            return None
        vector = next(promql_tree.vectors(node.left), None)
        names = self.evidence.names_of(vector.selector) if vector is not None else ()
        metric = self.facts.logical(names[0]) if names else None
        if metric is None or not metric.unknown:
            return None
        return causes.all_unknown(names[0], value, self.evidence.count(self._text(node.left)))

    def _why_vector(self, vector: Vector) -> list[Cause]:
        selector = vector.selector
        names = self.evidence.names_of(selector)
        if not names or selector.metric in causes.ALERT_SERIES:
            return [self._why_no_name(selector)]
        carried = self.evidence.labels_of(names)
        own = [each for each in selector.matchers if each.label != "__name__"]
        missing = [each for each in own if carried and each.label not in carried and not _takes_series_without_it(each)]
        may_lack = _asked_for_where_set(own)
        wrong = [
            self._missing_label(each.label, names, carried)
            for each in missing
            if each.label not in may_lack and not _never_has(names[0], each.label)
        ]
        if missing and not wrong:
            return [causes.not_met()]
        return wrong or [self._why_no_sample(vector, own, names, carried)]

    def _why_no_sample(
        self, vector: Vector, own: Sequence[promql.Matcher], names: Sequence[str], carried: frozenset[str]
    ) -> Cause:
        selector = vector.selector
        instant = self._instant(vector)
        here = self.expression[selector.start : selector.end]
        if instant != here and self.evidence.count(here):
            return causes.no_history()
        states = [each for each in own if causes.asks_for_a_state(each)]
        if states and self.evidence.count(self._without(vector, states)):
            return causes.no_such_state(states[0])
        if gone := self._gone_with_their_connectors(vector):
            return gone
        last_seen = self.evidence.last_seen(instant, self.evidence.range)
        if last_seen is not None:
            is_recorded = names[0] in self.facts.records
            return causes.no_sample_now(instant, last_seen, self.evidence.now, is_recorded=is_recorded)
        for matcher in own:
            if matcher.label in carried and not self.evidence.values_of(matcher.label, names, matcher):
                values = self.evidence.values_of(matcher.label, names)
                return causes.absent_value(matcher, names[0], values, self.facts)
        filters = [each for each in own if (each.operator, each.value) not in (("=~", ".*"), ("!=", ""))]
        return causes.no_such_combination(instant, names[0], filters, self.facts)

    def _gone_with_their_connectors(self, vector: Vector) -> Cause | None:
        """Return why a connector is gone, if a selector matched only series of such connectors in the range."""
        profile = self.facts.followed_profile
        if not self.facts.gone or profile is None:
            return None
        label = profile.label("server")
        ranged = self._without(vector, (), f"[{round(self.evidence.range)}s]")
        was = [
            each.labels.get(label, "")
            for each in self.evidence.evaluate(f"group by ({label}) (last_over_time({ranged}))").samples
        ]
        return self.facts.gone[was[0]] if was and self.facts.gone.keys() >= set(was) else None

    def _why_no_name(self, selector: promql.Selector) -> Cause:
        named = [each for each in selector.matchers if each.label == "__name__" and each.operator in ("=", "=~")]
        if selector.metric in causes.ALERT_SERIES:
            return causes.no_alert()
        exported = selector.metric or (named[0].value if named else promql.format_matchers(selector.matchers))
        plugins = _plugins(selector, exported, self.facts)
        last_seen = None
        if past := self.evidence.names_of(selector, past=True):
            any_of_them = promql.format_matchers([promql.Matcher("__name__", "=~", "|".join(past))])
            last_seen = self.evidence.last_seen(any_of_them, self.evidence.range)
        ago = math.nan if last_seen is None else self.evidence.now - last_seen
        return causes.unknown_metric(exported, plugins, self.facts, ago)


def _asked_for_where_set(matchers: Iterable[promql.Matcher]) -> frozenset[str]:
    """Return the labels that a selector itself marks as optional: `connector!=""`."""
    return frozenset(each.label for each in matchers if (each.operator, each.value) == ("!=", ""))


def _never_has(exported: str, label: str) -> bool:
    """Tell whether no exporter gives a metric a label: Kafka Connect knows neither topic prefix nor kind.

    `dashlib lint` reports filters by it.
    """
    return label in ("server", "plugin") and exported.startswith("kafka_connect_")


def _takes_series_without_it(matcher: promql.Matcher) -> bool:
    """Tell whether a filter lets series without its label pass."""
    return promql.passes(matcher, "")


def _has_everywhere(subject: str, *sides: Sequence[Labels]) -> bool:
    """Tell whether both sides of a join have the labels that keep them apart, if only with other values."""
    return all(any(label in labels for labels in side) for side in sides for label in subject.split(", "))


def _plugins(selector: promql.Selector, exported: str, facts: Facts) -> list[str]:
    """Return the connector kinds that a selector selects, by label or by name."""
    from dashlib.metrics.kinds import PLUGINS

    label = facts.profile.label("plugin") if facts.profile is not None else "plugin"
    texts = [each.value for each in selector.matchers if each.label == label and each.operator in ("=", "=~")]
    in_name = re.search(r"debezium_\(?([a-z0-9_|]+?)\)?_connector_metrics", exported)
    texts += [in_name[1]] if in_name is not None else []
    return [plugin for text in texts for plugin in text.split("|") if plugin in PLUGINS]
