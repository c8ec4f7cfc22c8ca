"""How an exporter gives what a declaration speaks of: a logical series, renamed and scaled by catalog and profile.

A declaration is rendered the other way round, from the query's side. Nothing of that is used here: what a scale or a
name is, is read from the data of catalog and profile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from dashlib import promql
from dashlib.metrics.identity import Identity
from dashlib.metrics.profiles import BY_RULES
from dashlib.promql import tree as promql_tree
from dashlib.promql.tree import Aggregation, Binary
from dashlib.proof.courses import Series, Voice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dashlib.metrics.catalog import Catalog, Metric
    from dashlib.metrics.profiles import Profile
    from dashlib.promql.tree import Node

#: What the proof calls a logical series, so that no exporter's has the same name: with all samples, and without those
#: that mean *unknown*.
DECLARED: Final = "declared:"
KNOWN: Final = "known:"
_DIGITS: Final = ".14g"
#: What an exporter writes an underscore for: a filter may be against a kind of connector that is no metric's name.
_NOT_IN_A_NAME: Final = re.compile(r"[^a-zA-Z0-9_:]")


@frozen(eq=False)
class Exporter:
    """What an exporter makes of the catalog's metrics.

    Attributes:
        catalog: the metrics that there are.
        profile: how the exporter spells them.
        spelling: which spelling of a metric's name it has, of several.
        identity: labels of its series that, with `job`, tell one Kafka Connect cluster from another.
        lacking: labels that its series do not have, of those that only some installations set.
    """

    catalog: Catalog
    profile: Profile = field(repr=False)
    spelling: int = 0
    identity: Identity = field(factory=Identity)
    lacking: frozenset[str] = frozenset()

    def metric(self, name: str) -> Metric | None:
        """Return a metric by the name that an expression has: logical, or logical with what a proof puts before it."""
        return self.catalog.find(logical(name))

    def told_apart(self, expression: str) -> str:
        """Return an expression that tells clusters apart where it tells jobs apart."""
        return self.identity.expanded(expression, self.catalog)

    def exports(self, metric: Metric) -> bool:
        """Tell whether the exporter has a metric at all."""
        return metric.name in self.profile.metrics or self.profile.family(metric.family).exports(metric)

    def label(self, label: str, metric: Metric) -> str | None:
        """Return how a metric's series carry a logical label; None where they do not."""
        naming = self.profile.family(metric.family)
        if label in naming.missing_labels or (label == "plugin" and "{plugin}" in naming.metric):
            return None
        return naming.labels.get(label, label)

    def knows(self, label: str, metric: Metric) -> bool:
        """Tell whether a label of a metric is in its series, or in their name."""
        if label in self.lacking and self.is_optional(label, metric):
            return False
        return self.label(label, metric) is not None or label == "plugin"

    def is_optional(self, label: str, metric: Metric) -> bool:
        """Tell whether only some installations set a label of a metric."""
        return label in self.profile.family(metric.family).optional_labels

    def scale(self, metric: Metric) -> float:
        """Return what an exported value is multiplied with to be in the canonical unit."""
        naming = self.profile.metrics.get(metric.name)
        return metric.scale if naming is None or naming.scale is None else naming.scale

    def is_scaled(self, metric: Metric | None) -> bool:
        """Tell whether a metric is exported in another unit: what is computed of it is rounded elsewhere then."""
        return metric is not None and self.scale(metric) != 1

    def added(self, metric: Metric) -> dict[str, str]:
        """Return the labels that tell a metric from others of the same exported name."""
        naming = self.profile.metrics.get(metric.name)
        return {} if naming is None else dict(naming.matchers)

    def voices(self, series: Series, spoken: frozenset[str]) -> Iterator[Voice]:
        """Yield the series by which Prometheus hears of a logical one.

        Args:
            series: the logical series.
            spoken: names that the expressions of the proof ask for.
        """
        if DECLARED + series.name in spoken:
            yield Voice(Series(DECLARED + series.name, series.labels))
        if KNOWN + series.name in spoken:
            yield Voice(Series(KNOWN + series.name, series.labels), hidden=unknown(series.metric))
        own = self.exported(series)
        yield own
        if series.metric is not None and self.added(series.metric):
            yield from _of_the_same_name(own, self.added(series.metric))

    def spellings(self, metric: Metric) -> tuple[str, ...]:
        """Return the patterns of a metric's exported names, of which an exporter has one."""
        naming = self.profile.metrics.get(metric.name)
        return (
            (naming.name, *naming.also) if naming is not None else self.profile.family(metric.family).names(metric.name)
        )

    def exported(self, series: Series) -> Voice:
        """Return a logical series as the exporter gives it."""
        metric = series.metric
        if metric is None:
            return Voice(series)
        spellings = self.spellings(metric)
        pattern = spellings[min(self.spelling, len(spellings) - 1)]
        own = dict(series.labels)
        labels = {name: value for label, value in own.items() if (name := self.label(label, metric)) is not None}
        if metric.bucket_scale != 1 and own.get("le", "+Inf") != "+Inf":
            labels["le"] = f"{float(own['le']) / metric.bucket_scale:g}"
        name = _NOT_IN_A_NAME.sub("_", pattern.replace("{plugin}", own.get("plugin", "")))
        return Voice(Series(name, tuple(sorted({**labels, **self.added(metric)}.items()))), 1 / self.scale(metric))

    def can_say(self, expression: str, labels: Iterable[str] = ()) -> bool:
        """Tell whether the exporter has all metrics and labels that an expression needs.

        Args:
            expression: PromQL over logical names.
            labels: by which its metrics are filtered beside, where they have them.
        """
        root = promql.read(expression).tree
        for vector in promql_tree.vectors(root):
            metric = self.metric(vector.metric)
            if metric is None or not self.exports(metric):
                return False
            asked = {one.label for one in vector.selector.matchers} | (set(labels) & set(metric.labels))
            if not all(self.knows(label, metric) or label not in metric.labels for label in asked):
                return False
        return all(self._keeps(node) for node in promql_tree.walk(root))

    def _keeps(self, node: Node) -> bool:
        """Tell whether what an expression groups or joins by is still told apart."""
        if isinstance(node, Aggregation) and node.grouping:
            sides = [promql_tree.metrics_behind(node.operand)]
            needed = node.grouping == "by"
        elif isinstance(node, Binary) and node.matching:
            sides = [promql_tree.metrics_behind(side) for side in (node.left, node.right)]
            needed = node.matching == "on"
        else:
            return True
        return self.joins(node.labels, *sides, needed=needed)

    def joins(self, labels: Iterable[str], *sides: Iterable[str], needed: bool = True) -> bool:
        """Tell whether metrics have some labels in one spelling, so that they can be told apart or matched by them.

        Args:
            labels: logical labels.
            sides: names of the metrics, of a join those of both sides.
            needed: whether one of the labels has to be left.
        """
        names = [name for side in sides for name in side]
        spelled = {label: set(self._spellings(label, names)) for label in labels}
        if any(len(found) > 1 for found in spelled.values()):
            return False
        return not needed or not spelled or any(found != {None} for found in spelled.values())

    def _spellings(self, label: str, names: Iterable[str]) -> Iterator[str | None]:
        for name in names:
            metric = self.metric(name)
            if metric is not None and metric.family not in BY_RULES:
                yield label  # from the scrape configuration
            elif metric is not None and label in metric.labels:
                yield self.label(label, metric)


def _of_the_same_name(own: Voice, telling: Iterable[str]) -> Iterator[Voice]:
    """Yield what is always beside a series that labels tell from others of its name: a larger one, and a smaller."""
    for label in telling:
        for value, factor, more in (("larger", 3.0, 1.0), ("smaller", 0.25, -1.0)):
            yield Voice(own.series.with_label(label, value), own.factor * factor, more=more, always=True)


def logical(name: str) -> str:
    """Return the logical name of a metric that a proof's expression asks for."""
    return name.removeprefix(DECLARED).removeprefix(KNOWN)


def unknown(metric: Metric | None) -> tuple[float, ...]:
    """Return the values of a metric, in its canonical unit, that mean *unknown*."""
    return () if metric is None else tuple(rounded(value * metric.scale) for value in metric.unknown)


def rounded(value: float) -> float:
    """Return a number without what a multiplication leaves behind its last digits."""
    return float(format(value, _DIGITS))
