"""Labels that, with `job`, tell one Kafka Connect cluster from another: `cluster`, `namespace`.

One ruler over many clusters (Mimir, Thanos, VictoriaMetrics, or one PodMonitor) sees series of one job
and one connector name from several of them. Declarations say `job`; where a project configures an identity, its labels
follow `job` in every list of labels, so that no author has to think of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from dashlib import promql
from dashlib.metrics.profiles import BY_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dashlib.metrics.catalog import Catalog

#: What series and alerts say of something else than their cluster.
TAKEN: Final = frozenset(
    {"job", "server", "connector", "plugin", "instance", "context", "task", "database", "le", "alertname", "severity"}
    | {"signal"}
)

# Where these are named, labels are taken away or ignored: the others stay.
_HARMLESS: Final = frozenset({"without", "ignoring"})
_COPIES: Final = frozenset({"group_left", "group_right"})
# Of no exporter in particular: `up`, `ALERTS`, and what a project adds.
_OF_ANYBODY: Final = frozenset({"prometheus", "user", "jvm"})
_BETWEEN: Final = re.compile(r"\s*\)\s*group_(?:left|right)\s*\(\s*")


@frozen
class Identity:
    """Labels that tell Kafka Connect clusters apart, and which exporters lack some of them.

    Attributes:
        labels: in the order in which a person chooses them, the widest first.
        of: the labels that all series of a family have, by the family's name, where those are not all.
    """

    labels: tuple[str, ...] = ()
    of: Mapping[str, tuple[str, ...]] = field(factory=dict, hash=False)

    def of_family(self, family: str) -> tuple[str, ...]:
        """Return the labels that series of a family have."""
        return tuple(label for label in self.labels if label in self.of.get(family, self.labels))

    @property
    def everywhere(self) -> tuple[str, ...]:
        """The labels that every family has."""
        return tuple(label for label in self.labels if all(label in each for each in self.of.values()))

    def expanded(self, expression: str, catalog: Catalog) -> str:
        """Return a logical expression that keeps clusters apart where it keeps jobs apart. Doing so twice is harmless.

        In `by (…)`, `on (…)` and `group_left (…)` the labels follow `job`. Series of a database's exporter have another
        job than the connector's and are joined by `server`: there they follow `server`. A join asks for those labels
        only that both sides have.

        Args:
            expression: PromQL over logical metrics.
            catalog: says of which family a metric is.

        Raises:
            PromQLError: it is not valid PromQL.
        """
        if not self.labels:
            return expression
        read = promql.read(expression)
        pieces: list[str] = []
        position = 0
        joined: tuple[promql.Grouping, Sequence[str]] | None = None
        for grouping in read.groupings:
            names = [token.text for token in grouping.labels]
            added = self._added(grouping, read, catalog)
            if grouping.keyword in _COPIES and joined is not None:
                between = expression[joined[0].labels[-1].end : grouping.labels[0].start]
                added = [each for each in added if not (_BETWEEN.fullmatch(between) and each in joined[1])]
            joined = (grouping, [*names, *added]) if grouping.keyword not in _COPIES else None
            if added:
                after = next((token for token in grouping.labels if token.text == "job"), None)
                after = after or next(token for token in grouping.labels if token.text == "server")
                pieces += [expression[position : after.end], "".join(f", {label}" for label in added)]
                position = after.end
        return "".join([*pieces, expression[position:]])

    def _added(self, grouping: promql.Grouping, read: promql.Expression, catalog: Catalog) -> list[str]:
        names = [token.text for token in grouping.labels]
        if grouping.keyword in _HARMLESS or not {"job", "server"} & set(names):
            return []
        sides = _sides(read, grouping)
        if grouping.keyword in _COPIES:
            found: Sequence[str] = self.labels if "job" in names else ()
        elif grouping.keyword == "by":
            found = self._any(sides, catalog) if "job" in names or _of_databases(sides, catalog) else ()
        else:
            found = self.joined(names, sides, catalog)
        return [label for label in found if label not in names]

    def joined(self, labels: Sequence[str], sides: Sequence[Sequence[str]], catalog: Catalog) -> tuple[str, ...]:
        """Return the labels by which both sides of a join are matched beside `labels`.

        Args:
            labels: by which the author matches them; none where it is enough that something is there.
            sides: the metrics whose labels each side carries.
            catalog: says of which family a metric is.
        """
        if labels and "job" not in labels and not ("server" in labels and _of_databases(sides, catalog)):
            return ()
        return tuple(
            label
            for label in self.labels
            if label not in labels and all(label in self.of_family(family) for family in _families(sides, catalog))
        )

    def _any(self, sides: Sequence[Sequence[str]], catalog: Catalog) -> tuple[str, ...]:
        families = _families(sides, catalog)
        return tuple(
            label
            for label in self.labels
            if not families or any(label in self.of_family(family) for family in families)
        )


def _sides(read: promql.Expression, grouping: promql.Grouping) -> list[tuple[str, ...]]:
    from dashlib.promql import tree as promql_tree  # only a project with an identity needs it

    return promql_tree.sides_at(read.tree, grouping.labels[0].start)


def _families(sides: Iterable[Iterable[str]], catalog: Catalog) -> set[str]:
    metrics = (catalog.find(name) for side in sides for name in side)
    return {metric.family for metric in metrics if metric is not None}


def _of_databases(sides: Sequence[Sequence[str]], catalog: Catalog) -> bool:
    """Tell whether one side is of a database's exporter, which has `server` from the scrape configuration."""
    found = [_families([side], catalog) for side in sides]
    return any(families and not families & (BY_RULES | _OF_ANYBODY) for families in found)
