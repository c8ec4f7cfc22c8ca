"""What `[tool.dashlib.connectors]` and `[tool.dashlib.overrides]` say: a project's connectors, and their overrides.

```toml
[tool.dashlib.connectors.orders]      # the topic prefix: the label `server`
plugin = "postgres"
heartbeat_table = "10s"               # it captures a table that is written to that often

[tool.dashlib.overrides.orders]
thresholds = "relaxed"                # another threshold set, for all alerts
alerts.DebeziumLagWarning = { threshold = 120, for = "10m" }
alerts.DebeziumQueueSaturation = { enabled = false }
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dashlib import promql
from dashlib.metrics.kinds import PLUGINS
from dashlib.tables import SOMETHING, Duration, Flag, MapOf, Number, OneOf, Place, Table, holds, nearest, read
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from dashlib.declare.thresholds import ThresholdSet


def _seconds(interval: str | float | None) -> float | None:
    return promql.duration_seconds(interval) if isinstance(interval, str) else interval


def _number(value: float | None) -> float | None:
    # attrs reads a converter's signature when the class is made: 5 ms for a built-in like float
    return None if value is None else float(value)


@attrs.frozen(repr=False)
class DeclaredConnector(Value):
    """A connector that the configuration declares.

    Attributes:
        name: its topic prefix, the label `server` of its series.
        plugin: its kind: `mysql`, `postgres`, ….
        heartbeat_table: how often a table that it captures is written to for its sake, in seconds; None if there is no
            such table. (`heartbeat.interval.ms` alone refreshes no metric; `heartbeat.action.query` into a captured
            table does.)
    """

    name: str
    plugin: str = attrs.field(metadata=holds(OneOf(PLUGINS)))
    heartbeat_table: float | None = attrs.field(default=None, converter=_seconds, metadata=holds(Duration()))


@attrs.frozen(eq=False, repr=False)
class AlertOverride(Value):
    """What differs for one alert on one connector.

    Attributes:
        threshold: value to fire at instead of the level's, in the signal's unit; None to keep it.
        for_: duration to hold instead of the level's; empty to keep it.
        enabled: whether the alert covers the connector at all.
    """

    threshold: float | None = attrs.field(
        default=None,
        converter=_number,
        metadata=holds(Number(expected="a number in the signal's unit")),
    )
    for_: str = attrs.field(default="", metadata=holds(Duration(or_empty=True)))
    enabled: bool = attrs.field(default=True, metadata=holds(Flag()))


@attrs.frozen(eq=False, repr=False)
class OverrideTable(Value):
    """`[tool.dashlib.overrides.NAME]`, as it is written.

    Attributes:
        thresholds: name of a threshold set; empty for none.
        alerts: by the alert's name.
    """

    thresholds: str = attrs.field(default="", metadata=holds(SOMETHING))
    alerts: Mapping[str, AlertOverride] = attrs.field(factory=dict, metadata=holds(MapOf(Table(AlertOverride))))


@attrs.frozen(repr=False)
class ThresholdOverride(Value):
    """What differs for the alerts on one connector.

    Attributes:
        connector: which.
        thresholds: threshold set whose levels replace those of the rule groups; None to keep theirs.
        alerts: by the alert's name; they override the set.
    """

    connector: DeclaredConnector
    thresholds: ThresholdSet | None = None
    alerts: Mapping[str, AlertOverride] = attrs.field(factory=dict)


@attrs.frozen(eq=False, repr=False)
class DeclaredConnectors(Value):
    """The connectors that a project declares.

    Attributes:
        declared: by name.
        overrides: one for each connector that has any.
    """

    declared: Mapping[str, DeclaredConnector] = attrs.field(factory=dict)
    overrides: tuple[ThresholdOverride, ...] = ()

    def with_heartbeat_table(self) -> list[DeclaredConnector]:
        """Return those that capture a heartbeat table."""
        return [connector for connector in self.declared.values() if connector.heartbeat_table is not None]


def read_connectors(
    connectors: Mapping[str, Mapping[str, object]],
    overrides: Mapping[str, Mapping[str, object]],
    threshold_sets: Callable[[], Iterable[ThresholdSet]],
    file: Path | None = None,
) -> DeclaredConnectors:
    """Return what the two tables say.

    Args:
        connectors: `[tool.dashlib.connectors]`.
        overrides: `[tool.dashlib.overrides]`.
        threshold_sets: returns the sets that an override may name; called only if one does.
        file: the `pyproject.toml`, for messages.

    Raises:
        ConfigurationError: a key, value or name is wrong; the message says which and what would be right.
    """
    declared = {
        name: read(DeclaredConnector, table, Place(("connectors", name), file), name=name)
        for name, table in connectors.items()
    }
    found = []
    for name, table in overrides.items():
        place = Place(("overrides", name), file)
        if name not in declared:
            raise place.error(
                f"names a connector that is not declared; {nearest(name, declared)}, or add "
                f"[tool.dashlib.connectors.{name}] with its plugin"
            )
        override = read(OverrideTable, table, place)
        thresholds = _threshold_set(override.thresholds, threshold_sets(), place) if override.thresholds else None
        found.append(ThresholdOverride(declared[name], thresholds, override.alerts))
    return DeclaredConnectors(declared, tuple(found))


def _threshold_set(name: str, sets: Iterable[ThresholdSet], place: Place) -> ThresholdSet:
    by_name = {each.name: each for each in sets}
    if name not in by_name:
        raise place.within("thresholds").wrong(name, f"a threshold set; {nearest(name, sorted(by_name))}")
    return by_name[name]
