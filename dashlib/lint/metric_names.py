"""What the catalog and a naming profile know about an exported metric."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import define, field

from dashlib.debezium.catalog import CANONICAL_UNITS
from dashlib.promql_types import MetricFacts, Unit, unknown_metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dashlib.debezium.catalog import Catalog, Metric
    from dashlib.profiles import Profile

#: Labels that every series of these families has, where the profile exports them at all. The catalog's others depend on
#: the connector (`task`, `database`), the installation or the exporter's version.
_CERTAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "debezium": ("server", "plugin", "context"),
    "kafka_connect": ("connector",),
}
_OF_EVERY_TARGET: Final = frozenset({"job", "instance"})

#: The values of these labels are few and known. Sources: Kafka Connect's `AbstractStatus.State`, as the JMX exporter's
#: rules give it; PostgreSQL's documentation of `pg_replication_slots`.
LABEL_VALUES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("kafka_connect", "status"): (
        "running", "paused", "stopped", "failed", "unassigned", "restarting", "destroyed",
    ),
    ("postgres_exporter", "wal_status"): ("reserved", "extended", "unreserved", "lost"),
}  # fmt: skip


@define(eq=False)
class MetricNames:
    """The catalog as one profile spells it.

    Attributes:
        catalog: the metrics that there are.
        profile: how they are spelled.
    """

    catalog: Catalog
    profile: Profile
    _exported: Mapping[str, tuple[str, ...]] | None = None
    _facts: dict[str, MetricFacts] = field(factory=dict)

    @property
    def exported(self) -> Mapping[str, tuple[str, ...]]:
        """The logical names of each exported name, also of metrics that are gone."""
        if self._exported is None:
            families = dict.fromkeys(metric.family for metric in self.catalog)
            self._exported = self.profile.exported_names(self.catalog, families=families)
        return self._exported

    def metrics(self, exported: str) -> tuple[Metric, ...]:
        """Return the metrics of an exported name; none when it is not known."""
        found = (self.catalog.find(name) for name in self.exported.get(exported, ()))
        return tuple(metric for metric in found if metric is not None)

    def metric(self, exported: str) -> Metric | None:
        """Return the metric of an exported name; None when it is not known, or when several have it."""
        found = self.metrics(exported)
        return found[0] if len(found) == 1 else None

    def facts(self, exported: str) -> MetricFacts:
        """Return what is known about an exported name, for `promql_types.types`."""
        if exported not in self._facts:
            metric = self.metric(exported)
            self._facts[exported] = self._facts_of(exported, metric) if metric is not None else unknown_metric(exported)
        return self._facts[exported]

    def _facts_of(self, exported: str, metric: Metric) -> MetricFacts:
        return MetricFacts(
            exported,
            kind=metric.type,
            unit=Unit("bool") if metric.type == "info" else unit_of(metric.unit, self.profile.scale(metric)),
            certain=_OF_EVERY_TARGET | self.certain_labels(metric),
            dropped=frozenset(
                self.profile.label(label, metric.family) for label in self.profile.family(metric.family).missing_labels
            )
            - _OF_EVERY_TARGET,
        )

    def certain_labels(self, metric: Metric) -> frozenset[str]:
        """Return the exported labels that each series of a metric has, `job` and `instance` apart."""
        family = metric.family
        return frozenset(
            self.profile.label(label, family)
            for label in _CERTAIN.get(family, ())
            if label in metric.labels
            and self.profile.has_label(label, family)
            and not self.profile.is_optional(label, family)
        )

    def labels(self, metric: Metric) -> Mapping[str, str]:
        """Return the logical label of each exported one that a metric may carry."""
        family = metric.family
        return {
            self.profile.label(label, family): label for label in metric.labels if self.profile.has_label(label, family)
        }

    def label_values(self, metric: Metric, label: str) -> tuple[str, ...]:
        """Return the values that a logical label may have; none when they are not known.

        Args:
            metric: the metric that carries it.
            label: the logical label.
        """
        if metric.family == "debezium" and label == "context":
            return metric.contexts
        if metric.family == "debezium" and label == "plugin":
            return metric.connectors
        return LABEL_VALUES.get((metric.family, label), ())

    def is_constant(self, metric: Metric) -> bool:
        """Tell whether every series of a metric has the value 1: what it says is in a label."""
        return metric.type == "info" or ((metric.family, "status") in LABEL_VALUES and "status" in metric.labels)

    def prefixes(self) -> tuple[str, ...]:
        """Return what exported names of the families begin with that no other exporter uses."""
        found = []
        for family in ("debezium", "kafka_connect"):
            pattern = self.profile.family(family).metric
            fixed = re.split(r"[{]", pattern)[0]
            if len(fixed) > 1:
                found.append(fixed)
        return (*found, "debezium_metrics_", "kafka_connect_")


def unit_of(name: str, scale: float) -> Unit:
    """Return the unit of a value as exported.

    Args:
        name: its canonical unit, by the catalog.
        scale: what an exported value is multiplied with to be in it.
    """
    if name == "percent":
        return Unit("ratio", 0.01 * scale)
    if name == "iops":
        return Unit("count/s", scale)
    base, factor = CANONICAL_UNITS.get(name, (name, 1.0))
    return Unit(base, factor * scale)


def best_profile(catalog: Catalog, names: Iterable[str], configured: Profile) -> Profile:
    """Return the profile that knows most of the metrics of a file that somebody else wrote.

    Args:
        catalog: the metrics that there are.
        names: exported names that the file asks for.
        configured: the profile that wins when another does not know more.
    """
    from dashlib.profiles import load_profile, shipped_profiles

    asked = frozenset(names)
    best, most = configured, len(asked & frozenset(configured.exported_names(catalog)))
    for name in shipped_profiles() if most < len(asked) else ():
        profile = load_profile(name)
        known = len(asked & frozenset(profile.exported_names(catalog)))
        if known > most:
            best, most = profile, known
    return best
