"""What a project's configuration says of all its declarations: folder and tags of dashboards, severities of alerts."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import attrs

from dashlib.compile.finding import is_grafana_rule_group, is_library_panel, is_rule_group
from dashlib.declare.dashboards import Dashboard
from dashlib.declare.thresholds import check_order
from dashlib.errors import DeclarationError
from dashlib.tables import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashlib.compile.configuration import Configuration
    from dashlib.compile.finding import Read
    from dashlib.declare.objectives import Objective
    from dashlib.declare.thresholds import ThresholdSet
    from dashlib.sources import Source


def of_project(item: Read, configuration: Configuration) -> Read:
    """Return a declaration with what it leaves to the project.

    Raises:
        DeclarationError: an alert has a severity that the project does not list, or a threshold set contradicts their
            order.
    """
    for name, severity, source in _severities(item):
        if severity not in configuration.severities:
            raise DeclarationError(
                f"alert {name} has the severity {severity!r}; {nearest(severity, configuration.severities)}; list your "
                "own in [tool.dashlib] severities, the mildest first",
                source,
            )
    for objective in _objectives(item):
        _check_objective(objective, configuration.severities)
    for thresholds in _threshold_sets(item):
        check_order(thresholds, configuration.severities)
    if is_library_panel(item) and not item.folder:
        return attrs.evolve(item, folder=configuration.folder)
    if not isinstance(item, Dashboard):
        return item
    tags = tuple(dict.fromkeys((*configuration.tags, *item.tags)))
    folder = item.folder or configuration.folder
    if (folder, tags) == (item.folder, item.tags):
        return item
    filled = copy.copy(item)  # `attrs.evolve` would check all of it again: a fifth of the time that a dashboard takes
    object.__setattr__(filled, "folder", folder)
    object.__setattr__(filled, "tags", tags)
    return filled


def _objectives(item: Read) -> Sequence[Objective]:
    if not is_rule_group(item):
        return ()
    from dashlib.declare.alerts import objectives_of  # which the group's own module has imported

    return objectives_of(item)


def _check_objective(objective: Objective, severities: Sequence[str]) -> None:
    """Refuse an objective whose alerts have severities that the project does not list."""
    missing = [each for each in (objective.page, objective.ticket) if each not in severities]
    if missing:
        raise DeclarationError(
            f"objective {objective.name!r} has alerts with the severities {objective.page!r}, which wakes somebody, "
            f"and {objective.ticket!r}, which does not; [tool.dashlib] severities lists "
            f"{', '.join(map(repr, severities))}: name two of them, Objective(…, page='…', ticket='…'), or list more",
            objective.source,
        )


def _severities(item: Read) -> Iterator[tuple[str, str, Source]]:
    if is_rule_group(item):
        from dashlib.declare.alerts import alerts_of  # which the group's own module has imported

        yield from ((alert.name, alert.severity, alert.source) for alert in alerts_of(item))
    elif is_grafana_rule_group(item):
        from dashlib.declare.grafana_rules import GrafanaRule  # which few projects declare

        for rule in item.rules:
            of = rule.alert if isinstance(rule, GrafanaRule) else rule
            yield of.name, of.severity, of.source


def _threshold_sets(item: Read) -> Iterator[ThresholdSet]:
    if isinstance(item, Dashboard) or is_rule_group(item):
        yield item.thresholds
    elif is_library_panel(item):
        yield item.threshold_set
