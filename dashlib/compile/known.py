"""What a project knows beside its declarations, metrics and connectors: asking for it needs nothing that renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.compile.declared_connectors import read_connectors
from dashlib.declare.thresholds import ThresholdSet
from dashlib.metrics.catalog import catalog, own_catalog
from dashlib.metrics.identity import Identity
from dashlib.metrics.profiles import BY_RULES
from dashlib.tables import Place, nearest, shown

if TYPE_CHECKING:
    from dashlib.compile.declared_connectors import DeclaredConnectors
    from dashlib.compile.loading import Project
    from dashlib.metrics.catalog import Catalog


def catalog_of(project: Project) -> Catalog:
    """Return the metrics that a project knows: those that dashlib ships, and those of its configuration."""
    return own_catalog(project.configuration.catalog, project.configuration.file)


def identity_of(project: Project) -> Identity:
    """Return the labels that, with `job`, tell the project's Kafka Connect clusters apart.

    Raises:
        ConfigurationError: a label of the identity is one that Debezium's or Kafka Connect's series have themselves, or
            `identity_of` names a family that no metric is of.
    """
    configuration = project.configuration
    for label in configuration.identity:
        metric = next((each for each in catalog().metrics() if each.family in BY_RULES and label in each.labels), None)
        if metric is not None:
            raise Place((), configuration.file).error(
                f"identity lists {label!r}, which {metric.name} has whatever its cluster; list the labels that the "
                'scrape configuration sets, such as ["cluster", "namespace"]',
                "identity",
            )
    if configuration.identity_of:
        families = sorted({metric.family for metric in catalog_of(project).metrics()})
        for family in configuration.identity_of:
            if family not in families:
                raise Place(("identity_of",), configuration.file).error(
                    f"names the family {shown(family)}; {nearest(family, families)}", family
                )
    return Identity(configuration.identity, configuration.identity_of)


def connectors_of(project: Project) -> DeclaredConnectors:
    """Return the connectors that a project declares, and what is particular about them."""
    configuration = project.configuration
    return read_connectors(
        configuration.connectors, configuration.overrides, lambda: _threshold_sets(project), configuration.file
    )


def _threshold_sets(project: Project) -> list[ThresholdSet]:
    """Return the sets that an override may name: those of dashlib, of declaration files, and of the project's rules."""
    from dashlib.debezium import thresholds

    in_modules = [value for module in (thresholds, *project.modules) for value in vars(module).values()]
    declared = [value for value in in_modules if isinstance(value, ThresholdSet)]
    return [*declared, *(group.thresholds for group, _ in project.rule_groups)]
