"""Series for the selectors of expressions: names and label values that every matcher lets pass, and that join.

A label has one value in all series of a proof, unless a matcher wants another, so that what an expression matches by
`on (…)` or by all labels meets.
"""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING, Final

from attrs import define, field

from dashlib.metrics.catalog import LABEL_VALUES
from dashlib.promql import passes
from dashlib.promql import tree as promql_tree
from dashlib.promql.tree import Aggregation, Binary, Call, Text, Vector
from dashlib.proof.courses import Series
from dashlib.proof.exporter import logical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.metrics.catalog import Metric
    from dashlib.metrics.catalog import Variant as MetricVariant
    from dashlib.promql import Matcher
    from dashlib.promql.tree import Node
    from dashlib.proof.exporter import Exporter

_NAME: Final = "__name__"
_VALUES: Final = {"job": "kafka-connect", "instance": "connect-1:9404", "task": "0", "le": "+Inf"}
_ANY_VALUE: Final = "orders"
_PLAINLY_NAMED: Final = "server"
#: Functions that copy a label.
_COPY: Final = frozenset({"label_replace", "label_join"})
_BUCKET: Final = "le"
#: Upper bounds of the buckets of a histogram, from a thousandth to a million.
BOUNDS: Final = tuple(2.0**power for power in range(-10, 21))
#: Families whose labels the catalog knows for certain; to others a scrape configuration may have added what rules need.
_KNOWN_LABELS: Final = frozenset({"debezium", "kafka_connect", "kafka_producer"})


class NoSeriesError(Exception):
    """No series can be thought of that a selector finds."""


@define(eq=False)
class Invention:
    """The series of a proof.

    Attributes:
        exporter: the metrics that there are, and which of their labels.
        plugin: Debezium's kind of the connector that the series belong to.
        joined: labels by which guards are joined with the signal.
    """

    exporter: Exporter
    plugin: str
    joined: frozenset[str] = frozenset()
    _own: dict[str, Series] = field(factory=dict)
    _buckets: dict[Series, tuple[Series, ...]] = field(factory=dict)
    _matched: dict[str, tuple[Series, ...]] = field(factory=dict)
    _vectors: dict[str, Vector] = field(factory=dict)
    _like: dict[str, str] = field(factory=dict)
    _copied: frozenset[str] = frozenset()
    _chosen: tuple[Matcher, ...] = ()

    def learn(self, roots: Iterable[Node]) -> None:
        """Make a series for each selector in some trees.

        Raises:
            NoSeriesError: one of them finds nothing that a proof could make.
        """
        roots = list(roots)
        nodes = list(itertools.chain.from_iterable(map(promql_tree.walk, roots)))
        matchers = [matcher for node in nodes if isinstance(node, Vector) for matcher in node.selector.matchers]
        left_out = [matcher for matcher in matchers if matcher.operator == "!~"]
        self._like |= {matcher.label: name for matcher in left_out for name in like_names(matcher.value)}
        self._chosen = tuple(matcher for matcher in matchers if matcher.operator in ("=", "=~"))
        copying = (node for node in nodes if isinstance(node, Call) and node.function in _COPY)
        self._copied = frozenset(
            each.value for node in copying for each in promql_tree.walk(node) if isinstance(each, Text)
        )
        for root in roots:
            for node, above in promql_tree.with_ancestors(root):
                if isinstance(node, Vector):
                    key = key_of(node)
                    if key not in self._own:
                        self._own[key] = self._series(node, self.joined | _needed(above))
                        self._vectors[key] = node
        self._buckets = {
            each: tuple(each.with_label(_BUCKET, f"{bound:g}") for bound in BOUNDS)
            for each in self._own.values()
            if dict(each.labels).get(_BUCKET) == _VALUES[_BUCKET]
        }
        series = tuple(dict.fromkeys((*self._own.values(), *itertools.chain(*self._buckets.values()))))
        self._matched = {
            key: tuple(each for each in series if _finds(vector, each)) for key, vector in self._vectors.items()
        }

    def own(self, vector: Vector) -> Series:
        """Return the series that was made for a selector."""
        return self._own[key_of(vector)]

    def all_of(self, vector: Vector) -> tuple[Series, ...]:
        """Return the series that was made for a selector, and of a histogram's its other buckets."""
        own = self.own(vector)
        return (own, *(each for each in self._buckets.get(own, ()) if each in self.matched(vector)))

    def bucket(self, series: Series, bound: float) -> Series:
        """Return the bucket of a histogram with an upper bound of `BOUNDS`, from that of all observations."""
        return series.with_label(_BUCKET, f"{bound:g}")

    def matched(self, vector: Vector) -> tuple[Series, ...]:
        """Return all series of the proof that a selector finds, its own among them."""
        return self._matched[key_of(vector)]

    def _series(self, vector: Vector, needed: frozenset[str]) -> Series:
        name, metric = self._name(vector)
        values: dict[str, str] = {}
        matchers: dict[str, list[Matcher]] = {}
        for matcher in vector.selector.matchers:
            matchers.setdefault(matcher.label, []).append(matcher)
        matchers.pop(_NAME, None)
        for label in dict.fromkeys((*self._labels(metric, matchers, needed), *matchers)):
            found = self._value(label, metric, matchers.get(label, []))
            if found:
                values[label] = found
        return Series(name, tuple(sorted(values.items())), metric)

    def _name(self, vector: Vector) -> tuple[str, Metric | None]:
        if not vector.metric:
            raise NoSeriesError("a selector without a metric's name finds no metric of the catalog")
        return logical(vector.metric), self.exporter.metric(vector.metric)

    def _labels(
        self, metric: Metric | None, matchers: Mapping[str, Sequence[Matcher]], needed: frozenset[str]
    ) -> Iterator[str]:
        yield from ("job", "instance")
        identity = self.exporter.identity
        if metric is not None:
            yield from identity.of_family(metric.family)
            needed -= frozenset(identity.labels)
        if metric is None:
            yield from sorted(needed)
            return
        variant = next(self._variants(metric, matchers), None)
        for label in metric.labels if variant is None else variant.labels:
            if self.exporter.knows(label, metric):
                yield label
        if metric.family not in _KNOWN_LABELS:
            yield from sorted(needed)

    def _variants(self, metric: Metric, matchers: Mapping[str, Sequence[Matcher]]) -> Iterator[MetricVariant]:
        asked = matchers.get("context", ())
        for variant in metric.variants:
            contexts = [context for context in variant.contexts if all(passes(one, context) for one in asked)]
            if self.plugin in variant.connectors and variant.gone_since is None and contexts:
                yield variant

    def _value(self, label: str, metric: Metric | None, matchers: Sequence[Matcher]) -> str:
        for candidate in self._candidates(label, metric, matchers):
            if all(passes(matcher, candidate) for matcher in matchers):
                return candidate
        written = ", ".join(f'{one.label}{one.operator}"{one.value}"' for one in matchers)
        raise NoSeriesError(f"no value of the label {label!r} was found that {written} lets pass")

    def _candidates(self, label: str, metric: Metric | None, matchers: Sequence[Matcher]) -> Iterator[str]:
        if metric is not None and label in self.exporter.lacking and self.exporter.is_optional(label, metric):
            yield ""
            return
        if label in self._like:
            yield self._like[label]
        if metric is not None:
            if label == "plugin":
                yield self.plugin
            yield from metric.contexts if label == "context" else LABEL_VALUES.get((metric.family, label), ())
        yield _VALUES.get(label) or self._any_value(label)
        for matcher in matchers:
            if matcher.operator == "=":
                yield matcher.value
            elif matcher.operator == "=~":
                yield from _examples(matcher.value)
        yield f"{_ANY_VALUE}-2"
        yield ""

    def _any_value(self, label: str) -> str:
        """Return the value of a label of which nothing says what it should be."""
        others = (each for each in self._chosen if each.label != label)
        is_plain = label == _PLAINLY_NAMED and not any(passes(each, _ANY_VALUE) for each in others)
        return _ANY_VALUE if is_plain or label in self._copied else f"{_ANY_VALUE}-{label}"


@functools.lru_cache(maxsize=4096)
def key_of(vector: Vector) -> str:
    """Return what tells two selectors apart, ranges and offsets aside, and whether they see what is unknown."""
    return f"{logical(vector.selector.metric)}{sorted(vector.selector.matchers)}"


def like_names(pattern: str) -> Iterator[str]:
    """Yield names that are like those of a pattern but for a dot: it matches them where it forgets to escape that."""
    for part in pattern.split("|"):
        if r"\." in part:
            yield re.sub(r"\\(.)", r"\1", part.replace(r"\.", "-"))


def plugins_of(exporter: Exporter, roots: Sequence[Node]) -> list[tuple[str, bool]]:
    """Return Debezium's kinds of connectors that have the metrics of some expressions, those that have most first.

    Args:
        exporter: the metrics that there are.
        roots: trees; what the first one asks for has to be there.

    Returns:
        Each kind, and whether it has all metrics of all trees.
    """
    from dashlib.metrics.kinds import PLUGINS

    counts: dict[str, tuple[int, bool]] = {}
    for plugin in PLUGINS:
        there = [[_has(exporter, vector, plugin) for vector in promql_tree.vectors(root)] for root in roots]
        if all(there[0]):
            counts[plugin] = sum(map(sum, there)), all(map(all, there))
    return [(plugin, counts[plugin][1]) for plugin in sorted(counts, key=lambda plugin: -counts[plugin][0])]


def _has(exporter: Exporter, vector: Vector, plugin: str) -> bool:
    if not all(passes(matcher, plugin) for matcher in vector.selector.matchers if matcher.label == "plugin"):
        return False
    metric = exporter.metric(vector.metric)
    return metric is None or not metric.connectors or plugin in metric.connectors


def _finds(vector: Vector, series: Series) -> bool:
    labels = dict(series.labels)
    return logical(vector.metric) == series.name and all(
        passes(matcher, labels.get(matcher.label, "")) for matcher in vector.selector.matchers
    )


def _needed(above: Sequence[Node]) -> frozenset[str]:
    """Return the labels that what stands above a selector groups or joins it by."""
    found: set[str] = set()
    for node in above:
        if isinstance(node, Aggregation) and node.grouping == "by":
            return frozenset(found | set(node.labels))  # none of the others gets through
        if isinstance(node, Binary) and node.matching == "on":
            found.update(node.labels)
    return frozenset(found)


def _examples(pattern: str) -> Iterator[str]:
    """Yield texts that a simple regular expression may match."""
    for part in re.split(r"\|", pattern.strip("()^$")):
        plain = re.sub(r"\((?:\?:)?|\)\??", "", part)
        yield re.sub(r"\\(.)", r"\1", re.sub(r"(?:\.|\[[^\]]*\]|\\[dw])[*+]", "1", plain))
