"""Naming profiles: how one exporter's configuration spells the logical metrics and labels.

Signals are written over logical metrics and labels in canonical units. A profile is data: for each
metric family the pattern of the exported name, the labels that are spelled otherwise, the labels that
not every installation sets, and single metrics that have a name or a scale of their own.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from dashlib.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dashlib.debezium.catalog import Metric


def _labels(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items)


@attrs.frozen
class FamilyNaming:
    """How a profile spells one metric family.

    Attributes:
        metric: pattern of the exported name; `{name}` stands for the logical one.
        labels: exported name of each logical label that is spelled otherwise.
        optional_labels: logical labels that only some installations set, for example `connector` on Debezium's
            metrics, which comes from the connector's own `custom.metric.tags`. A filter on one of them also
            lets series without it pass.
    """

    metric: str
    labels: Mapping[str, str] = attrs.field(factory=dict)
    optional_labels: tuple[str, ...] = attrs.field(default=(), converter=_labels)


@attrs.frozen
class MetricNaming:
    """A single metric that a profile spells or scales in a way of its own.

    Attributes:
        name: the exported name.
        scale: what an exported value is multiplied with to be in the canonical unit.
    """

    name: str
    scale: float


@attrs.frozen
class Profile:
    """The names, labels and scales that one exporter's configuration gives.

    Attributes:
        name: what `[tool.dashlib] profile` calls it.
        families: naming by metric family.
        metrics: naming of single metrics, by logical name; it wins over the family's.
    """

    name: str
    families: Mapping[str, FamilyNaming]
    metrics: Mapping[str, MetricNaming] = attrs.field(factory=dict)

    def metric_name(self, metric: Metric) -> str:
        """Return the exported name of a logical metric."""
        naming = self.metrics.get(metric.name)
        return naming.name if naming is not None else self.families[metric.family].metric.format(name=metric.name)

    def scale(self, metric: Metric) -> float:
        """Return what an exported value is multiplied with to be in the canonical unit."""
        naming = self.metrics.get(metric.name)
        return naming.scale if naming is not None else metric.scale

    def label(self, label: str, family: str = "debezium") -> str:
        """Return the exported name of a logical label of one metric family."""
        return self.families[family].labels.get(label, label)

    def is_optional(self, label: str, family: str) -> bool:
        """Tell whether only some installations set this label on this family's metrics."""
        return label in self.families[family].optional_labels


@functools.cache
def load_profile(name: str) -> Profile:
    """Return a profile that dashlib ships, by name.

    Raises:
        ConfigurationError: there is none of that name.
    """
    import orjson

    # Not `importlib.resources`: it imports zipfile and tempfile. The catalog's files are read the same way.
    folder = Path(__file__).parent / "debezium" / "profiles"
    file = folder / f"{name}.json"
    if not file.is_file():
        known = ", ".join(sorted(entry.stem for entry in folder.glob("*.json")))
        raise ConfigurationError(f"there is no naming profile {name!r}; dashlib ships: {known}")
    data = orjson.loads(file.read_bytes())
    return Profile(
        name=data["name"],
        families={family: FamilyNaming(**naming) for family, naming in data["families"].items()},
        metrics={metric: MetricNaming(**naming) for metric, naming in data.get("metrics", {}).items()},
    )
