"""Which connectors a rule covers, and at which level: the group's own, unless the configuration says otherwise.

A rule is one rule for all connectors of its group. Where `[tool.dashlib.overrides]` gives one of them another threshold
or duration, that one is taken out and gets a separate rule, so that each connector is covered exactly once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from dashlib import promql
from dashlib.compile.rendering import MOST_NAMES, grouping_labels, number_text
from dashlib.declare.alerts import alerts_of
from dashlib.declare.labels import LabelMatch, literal
from dashlib.errors import ConfigurationError, DashlibError, DeclarationError
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dashlib.compile.declared_connectors import (
        AlertOverride,
        DeclaredConnector,
        DeclaredConnectors,
        ThresholdOverride,
    )
    from dashlib.declare.alerts import Alert, RuleGroup
    from dashlib.declare.thresholds import Level

# A connector whose heartbeat table is written to every so often is stale after this many silent intervals.
HEARTBEATS_MISSED = 6


@attrs.frozen(repr=False)
class Variant(Value):
    """A rule for some of the connectors that an alert covers.

    Attributes:
        where: filters by logical label.
        level: the level that it fires at; None for an absence.
        lasting: its `for`, a duration.
        names: the connectors that `where` names one by one, where they are more than one.
        keyword: `and` where it is for these, `unless` where it is for all others; empty where it names none.
    """

    where: Mapping[str, LabelMatch]
    level: Level | None
    lasting: str
    names: tuple[str, ...] = ()
    keyword: Literal["", "and", "unless"] = ""

    @property
    def at(self) -> str:
        """What tells the connectors of this rule from those of the alert's other rules."""
        if self.keyword != "and" or self.level is None:
            return ""
        return f"{number_text(self.level.value)} for {self.lasting}"

    def behind(self, group: RuleGroup) -> Variant:
        """Return the rule with the group's filters only, where a recorded series tells its many connectors."""
        return attrs.evolve(self, where=group.where) if self.is_long else self

    @property
    def is_long(self) -> bool:
        """Whether it names more connectors than an expression may."""
        return len(self.names) > MOST_NAMES


@attrs.frozen(repr=False)
class OwnLevel(Value):
    """A level that an alert has for one connector, and for no other.

    Attributes:
        connector: its topic prefix.
        alert: the alert's name.
        thresholds: name of the threshold set whose level it takes the place of.
        declared: the value of that level.
        level: its own.
    """

    connector: str
    alert: str
    thresholds: str
    declared: float
    level: Level


def own_levels(groups: Iterable[RuleGroup], connectors: DeclaredConnectors) -> list[OwnLevel]:
    """Return the levels of single connectors that differ from those of their threshold sets: what panels show of them.

    A wrong rule has none: compiling it reports the mistake.
    """
    found: list[OwnLevel] = []
    for group in groups:
        for alert in alerts_of(group):
            try:
                level = alert.level(group.thresholds)
                covered = variants(alert, group, connectors) if level is not None else []
            except DashlibError:
                continue
            thresholds = alert.thresholds if alert.thresholds is not None else group.thresholds
            for variant in covered:
                of = variant.where.get("server")
                if of is None or level is None or variant.level is None or variant.level.value == level.value:
                    continue
                found.extend(
                    OwnLevel(name, alert.name, thresholds.name, level.value, variant.level)
                    for name in sorted(connectors.declared)
                    if promql.passes(of, name)
                )
    return found


def variants(alert: Alert, group: RuleGroup, connectors: DeclaredConnectors) -> list[Variant]:
    """Return the rules that an alert becomes: mostly one; none where no connector is left for it.

    Args:
        alert: of the group.
        group: its group.
        connectors: what the configuration says.

    Raises:
        DeclarationError: the alert's threshold set has no such level.
        ConfigurationError: an override gives a threshold to an alert that has none.
    """
    level = alert.level(group.thresholds)
    lasting = level.for_ if level is not None else alert.condition.for_
    if "server" not in grouping_labels(alert.signal.expression):
        return [Variant(group.where, level, lasting)]
    if alert.heartbeat_table:
        return _by_heartbeat(alert, group, connectors, level)
    particular: list[tuple[DeclaredConnector, Variant | None]] = []
    if alert.heartbeat_table is False:
        with_table = [connector for connector in connectors.with_heartbeat_table() if covers(group, connector)]
        particular.extend((connector, None) for connector in with_table)
    for override in connectors.overrides:
        if covers(group, override.connector) and override.connector not in {each for each, _ in particular}:
            variant = _overridden(alert, group, override, level, lasting)
            if variant is None or (variant.level, variant.lasting) != (level, lasting):
                particular.append((override.connector, variant))
    common = Variant(group.where, level, lasting)
    if particular:
        names = [connector.name for connector, _ in particular]
        where = {**group.where, "server": _without(group, names)}
        common = attrs.evolve(common, where=where, names=tuple(names), keyword="unless")
    return [common, *(variant for _, variant in particular if variant is not None)]


def covers(group: RuleGroup, connector: DeclaredConnector) -> bool:
    """Tell whether a group's filters let a connector's series pass."""
    labels = {"plugin": connector.plugin, "server": connector.name}
    return all(promql.passes(match, labels[label]) for label, match in group.where.items() if label in labels)


def check_overrides(
    connectors: DeclaredConnectors, groups: Iterable[RuleGroup], alerts: Mapping[str, Sequence[Alert]]
) -> None:
    """Refuse an override of an alert that does not exist, or that does not cover the connector.

    Args:
        connectors: what the configuration says.
        groups: all rule groups of the project.
        alerts: their alerts, by the group's name.

    Raises:
        ConfigurationError: the message names the alert, the connector and what would be right.
    """
    by_name = {alert.name: (alert, group) for group in groups for alert in alerts[group.name]}
    for override in connectors.overrides:
        where = f"[tool.dashlib.overrides.{override.connector.name}]"
        for name in override.alerts:
            if name not in by_name:
                import difflib

                near = difflib.get_close_matches(name, by_name, n=1)
                hint = f"did you mean {near[0]!r}?" if near else "`dashlib list` shows the rule files"
                raise ConfigurationError(f"{where}: there is no alert {name!r}; {hint}")
            alert, group = by_name[name]
            if not covers(group, override.connector):
                raise ConfigurationError(
                    f"{where}: alert {name} does not cover {override.connector.name!r}, which is "
                    f"{override.connector.plugin}: its group {group.name!r} selects other connectors"
                )
            if "server" not in grouping_labels(alert.signal.expression):
                raise ConfigurationError(
                    f"{where}: alert {name} does not tell connectors apart by topic prefix, so none can have its "
                    "own threshold"
                )


def _overridden(
    alert: Alert, group: RuleGroup, override: ThresholdOverride, level: Level | None, lasting: str
) -> Variant | None:
    """Return the rule for the connector of an override; None where the alert does not cover it."""
    settings = override.alerts.get(alert.name)
    if settings is not None and not settings.enabled:
        return None
    if level is not None:
        if override.thresholds is not None and any(
            each.name == level.name for each in override.thresholds.levels_of(alert.signal)
        ):
            level = override.thresholds.level(alert.signal, level.name)
            lasting = level.for_
        level = _with_threshold(alert, level, settings)
    elif settings is not None and settings.threshold is not None:
        raise ConfigurationError(
            f"[tool.dashlib.overrides.{override.connector.name}]: alert {alert.name} fires on a disappearance and "
            "has no threshold"
        )
    if settings is not None and settings.for_:
        lasting = settings.for_
    if level is not None:
        level = attrs.evolve(level, for_=lasting)
    return Variant({**group.where, "server": LabelMatch("=", override.connector.name)}, level, lasting)


def _with_threshold(alert: Alert, level: Level, settings: AlertOverride | None) -> Level:
    if settings is None or settings.threshold is None:
        return level
    if level.direction == "equals":
        raise ConfigurationError(f"alert {alert.name} fires on a state, not above or below a threshold")
    changes = {level.direction: settings.threshold}
    return attrs.evolve(level, **changes)  # type: ignore[arg-type]  # the value belongs to the level's own direction


def _by_heartbeat(alert: Alert, group: RuleGroup, connectors: DeclaredConnectors, level: Level | None) -> list[Variant]:
    """Return a rule for each threshold that the declared heartbeat tables give."""
    if level is None or level.direction != "above":
        raise DeclarationError(f"alert {alert.name} depends on a heartbeat table and so needs a level above a time")
    overridden = {override.connector.name: override for override in connectors.overrides}
    by_level: dict[tuple[float, str], list[str]] = {}
    for connector in connectors.with_heartbeat_table():
        if not covers(group, connector):
            continue
        threshold = max(level.value, HEARTBEATS_MISSED * (connector.heartbeat_table or 0))
        at: Level | None = attrs.evolve(level, above=threshold)
        if connector.name in overridden:
            override = attrs.evolve(overridden[connector.name], thresholds=None)
            variant = _overridden(alert, group, override, at, level.for_)
            at = None if variant is None else variant.level
        if at is not None:
            by_level.setdefault((at.value, at.for_), []).append(connector.name)
    return [
        Variant(
            {**group.where, "server": _one_of(names)},
            attrs.evolve(level, above=value, for_=lasting),
            lasting,
            tuple(names),
            "and",
        )
        for (value, lasting), names in sorted(by_level.items())
    ]


def _without(group: RuleGroup, names: Sequence[str]) -> LabelMatch:
    """Return the filter of a group's other connectors."""
    own = group.where.get("server")
    if own is None:
        return _none_of(names)
    if own.operator in ("=", "=~"):
        raise ConfigurationError(
            f"rule group {group.name!r} selects its connectors itself (`server`): its alerts cannot be overridden for "
            f"{', '.join(names)}"
        )
    patterns = [own.value if own.operator == "!~" else literal(own.value), *map(literal, sorted(names))]
    return LabelMatch("!~", "|".join(patterns))


def _one_of(names: Sequence[str]) -> LabelMatch:
    return LabelMatch("=", names[0]) if len(names) == 1 else LabelMatch("=~", _pattern(names))


def _none_of(names: Sequence[str]) -> LabelMatch:
    return LabelMatch("!=", names[0]) if len(names) == 1 else LabelMatch("!~", _pattern(names))


def _pattern(names: Sequence[str]) -> str:
    return "|".join(map(literal, sorted(names)))
