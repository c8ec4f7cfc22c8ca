"""What the catalog and a naming profile know about an exported metric."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

import attrs
from attrs import define, field

from dashlib.metrics.catalog import CANONICAL_UNITS, LABEL_VALUES
from dashlib.metrics.kinds import PLUGINS
from dashlib.metrics.profiles import BY_RULES, LOWERCASE, known_profiles, load_profile, shipped_profiles
from dashlib.promql.types import MetricFacts, Unit, unknown_metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.metrics.catalog import Catalog, Metric
    from dashlib.metrics.profiles import Profile

#: Labels that every series of these families has, where the profile exports them at all. The catalog's others depend on
#: the connector (`task`, `database`), the installation or the exporter's version.
_CERTAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "debezium": ("server", "plugin", "context"),
    "kafka_connect": ("connector",),
}
_OF_EVERY_TARGET: Final = frozenset({"job", "instance"})
#: Labels that scrape configurations and Prometheus' own external labels usually give to whatever is scraped.
_OF_TARGETS: Final = frozenset(
    {"job", "instance", "cluster", "namespace", "pod", "container", "service", "node", "environment", "env", "region",
     "zone", "team", "tenant", "app", "__name__", "endpoint", "prometheus", "replica", "host", "hostname",
     "datacenter", "dc", "stage", "project", "account"}
)  # fmt: skip
#: What such labels begin with: of Kubernetes' relabelling, and where Prometheus kept an exporter's own label apart.
_OF_TARGETS_BEGIN: Final = ("kubernetes_", "k8s_", "app_kubernetes_", "pod_", "node_", "ec2_", "exported_", "cluster_")

#: Kubernetes' labels have a domain before a `/`, which scrape configurations keep: `strimzi_io_cluster`.
_OF_KUBERNETES: Final = "_io_"


@define(eq=False)
class MetricNames:
    """The catalog as one profile spells it.

    Attributes:
        catalog: the metrics that there are.
        profile: how they are spelled.
        is_guessed: nobody named the profile: it is the one that fits a file best.
    """

    catalog: Catalog
    profile: Profile
    is_guessed: bool = False
    _exported: Mapping[str, tuple[str, ...]] | None = None
    _facts: dict[str, MetricFacts] = field(factory=dict)
    _labels: dict[str, Mapping[str, str]] = field(factory=dict)

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
            observed=unit_of(metric.bucket_unit, metric.bucket_scale) if metric.bucket_unit else None,
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
        """Return the logical label of each exported one that a metric may carry; empty for one that has none."""
        if metric.name not in self._labels:
            self._labels[metric.name] = self._labels_of(metric)
        return self._labels[metric.name]

    def _labels_of(self, metric: Metric) -> Mapping[str, str]:
        family = metric.family
        return {
            **dict.fromkeys(self.profile.added_labels(metric), ""),
            **{
                self.profile.label(label, family): label
                for label in metric.labels
                if self.profile.has_label(label, family)
            },
        }

    def is_of_the_target(self, label: str) -> bool:
        """Tell whether a label is one that a scrape configuration gives to targets, by the profile or by custom."""
        if label in _OF_TARGETS or label.startswith(_OF_TARGETS_BEGIN) or _OF_KUBERNETES in label:
            return True
        return self.profile.adds_to_targets(label) or (self.is_guessed and _added_by_any(label))

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

    def family_of(self, name: str) -> tuple[str, str]:
        """Return the family whose pattern a name follows that no metric has, and what stands for the metric.

        Both are empty where it follows none. `debezium_metrics_…` and `kafka_connect_…` are nobody else's.
        """
        for family in ("debezium", "kafka_connect"):
            own = self.profile.family(family).metric
            for pattern in (own, *_USUAL_PATTERNS[family]):
                found = _pattern(pattern).fullmatch(name) if pattern else None
                if found is not None:
                    return family, found["name"]
        return "", ""

    def group(self, name: str) -> str:
        """Return the prefix of a group of MBeans that the catalog covers, for what stands behind `kafka_connect_`.

        Empty for what belongs to another group, such as `sink_task_metrics_…` or `app_info`.
        """
        prefixes = self.profile.family("kafka_connect").prefixes
        for group in _COVERED_GROUPS:
            bean = f"{group}metrics_"
            spelled = (prefixes.get(group, group), bean, f"connect_{bean}", group)
            if name.startswith(spelled):
                return group
        return ""


#: Groups of Kafka Connect's MBeans whose attributes are in the catalog, by the beginning of the logical names.
_COVERED_GROUPS: Final = (
    "connect_coordinator_", "connector_task_", "source_task_", "task_error_", "worker_rebalance_", "worker_",
)  # fmt: skip
_USUAL_PATTERNS: Final[Mapping[str, tuple[str, ...]]] = {
    "debezium": ("debezium_metrics_{name}",),
    "kafka_connect": ("kafka_connect_{name}",),
}


_USUAL_PROFILES: Final = ("debezium-examples", "lab")


@functools.cache
def _added_by_any(label: str) -> bool:
    return any(load_profile(name).adds_to_targets(label) for name in shipped_profiles())


@functools.cache
def _pattern(pattern: str) -> re.Pattern[str]:
    kinds = "|".join(PLUGINS)
    found = re.escape(pattern).replace(r"\{plugin\}", f"(?:{kinds})").replace(r"\{context\}", r"(?:streaming|snapshot)")
    return re.compile(re.sub(r"\\\{(?:name|lower|snake)\\\}", r"(?P<name>\\w+)", found))


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


@attrs.frozen
class Fit:
    """How well a profile spells what a file asks for, of one metric family.

    Attributes:
        known: how many of the file's names it has.
        misfits: how many of the labels that the file asks of them it lacks.
    """

    known: int
    misfits: int

    def is_better_than(self, other: Fit) -> bool:
        """Tell whether it knows more names, or as many with labels that fit better."""
        return (self.known, -self.misfits) > (other.known, -other.misfits)


def best_profile(catalog: Catalog, asked: Mapping[str, frozenset[str]], configured: Profile) -> Profile:
    """Return the profile that spells what a file asks for which somebody else wrote.

    Names decide, and labels where several profiles have the same names. An exporter's rules for Debezium and for Kafka
    Connect may be from two sources: then the result has the naming of both.

    Args:
        catalog: the metrics that there are.
        asked: exported names that the file asks for, with the labels that it asks of each.
        configured: the profile that wins when another fits no better.
    """
    chosen: dict[str, Profile] = {}
    for family in sorted(BY_RULES):
        chosen[family] = _best_of_family(catalog, family, asked, [*chosen.values(), configured])
    profiles = list({profile.name: profile for profile in chosen.values()}.values())
    if len(profiles) == 1:
        return profiles[0]
    fits = {family: fit(catalog, family, asked, profile) for family, profile in chosen.items()}
    there = [family for family in chosen if fits[family].known]
    if len({chosen[family].name for family in there}) == 1:
        return chosen[there[0]]
    return _combined(catalog, chosen, there)


def _best_of_family(
    catalog: Catalog, family: str, asked: Mapping[str, frozenset[str]], preferred: list[Profile]
) -> Profile:
    best = preferred[0]
    most = fit(catalog, family, asked, best)
    # the rules that most people copy come first: of profiles that fit alike, the first is taken
    usual = sorted(known_profiles(), key=lambda name: name.removesuffix(LOWERCASE) not in _USUAL_PROFILES)
    for profile in (*preferred[1:], *map(load_profile, usual)):
        found = fit(catalog, family, asked, profile)
        if found.is_better_than(most):
            best, most = profile, found
    return best


def fit(catalog: Catalog, family: str, asked: Mapping[str, frozenset[str]], profile: Profile) -> Fit:
    """Return how well a profile spells what is asked for of one family."""
    is_shipped = profile.name in known_profiles() and load_profile(profile.name) == profile
    names = MetricNames(catalog, profile)
    if is_shipped:
        exported = _exported(profile.name, catalog, family)
    else:
        exported = profile.exported_names(catalog, families=(family,))
    known = asked.keys() & exported.keys()
    misfits = 0
    for name in known:
        metric = catalog.find(exported[name][0])
        labels = names.labels(metric) if metric is not None else {}
        misfits += sum(label not in labels and not names.is_of_the_target(label) for label in asked[name])
    return Fit(len(known), misfits)


@functools.lru_cache(maxsize=256)
def _exported(profile: str, catalog: Catalog, family: str) -> Mapping[str, tuple[str, ...]]:
    return load_profile(profile).exported_names(catalog, families=(family,))


def logical_names(catalog: Catalog, name: str) -> tuple[str, ...]:
    """Return the metrics of Debezium and Kafka Connect that some profile that dashlib ships spells so."""
    found = (
        _exported(profile, catalog, family).get(name, ())
        for profile in known_profiles()
        for family in ("debezium", "kafka_connect")
    )
    return tuple(dict.fromkeys(logical for names in found for logical in names))


def _combined(catalog: Catalog, chosen: Mapping[str, Profile], there: list[str]) -> Profile:
    """Return a profile that names each family as the one that was chosen for it."""
    first = chosen[there[0]]

    def of_family(metric: str) -> str:
        found = catalog.find(metric)
        return found.family if found is not None else ""

    return attrs.evolve(
        first,
        name=" and ".join(dict.fromkeys(chosen[family].name for family in there)),
        families={**first.families, **{family: chosen[family].family(family) for family in chosen}},
        metrics={
            metric: naming
            for family, profile in chosen.items()
            for metric, naming in profile.metrics.items()
            if of_family(metric) == family
        },
        target_labels=tuple(label for profile in chosen.values() for label in profile.target_labels),
        notes=(),
    )
