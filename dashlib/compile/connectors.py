"""What `[tool.dashlib.connectors]` and `[tool.dashlib.overrides]` say: a project's connectors, and what is particular.

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
from dashlib.errors import ConfigurationError
from dashlib.metrics.kinds import PLUGINS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dashlib.declare.thresholds import ThresholdSet

_CONNECTOR_KEYS = ("plugin", "heartbeat_table")
_OVERRIDE_KEYS = ("thresholds", "alerts")
_ALERT_KEYS = ("threshold", "for", "enabled")


@attrs.frozen
class Connector:
    """A connector that the configuration declares.

    Attributes:
        name: its topic prefix, the label `server` of its series.
        plugin: its kind: `mysql`, `postgres`, ….
        heartbeat_table: how often a table that it captures is written to for its sake, in seconds; None if there is no
            such table. (`heartbeat.interval.ms` alone refreshes no metric; `heartbeat.action.query` into a captured
            table does.)
    """

    name: str
    plugin: str
    heartbeat_table: float | None = None


@attrs.frozen
class AlertOverride:
    """What is particular about one alert on one connector.

    Attributes:
        threshold: value to fire at instead of the level's, in the signal's unit; None to keep it.
        for_: duration to hold instead of the level's; empty to keep it.
        enabled: whether the alert covers the connector at all.
    """

    threshold: float | None = None
    for_: str = ""
    enabled: bool = True


@attrs.frozen
class Override:
    """What is particular about the alerts on one connector.

    Attributes:
        connector: which.
        thresholds: threshold set whose levels count instead of those of the rule groups; None to keep theirs.
        alerts: by the alert's name; they win over the set.
    """

    connector: Connector
    thresholds: ThresholdSet | None = None
    alerts: Mapping[str, AlertOverride] = attrs.field(factory=dict)


@attrs.frozen
class Connectors:
    """The connectors that a project declares.

    Attributes:
        declared: by name.
        overrides: one for each connector that has any.
    """

    declared: Mapping[str, Connector] = attrs.field(factory=dict)
    overrides: tuple[Override, ...] = ()

    def with_heartbeat_table(self) -> list[Connector]:
        """Return those that capture a heartbeat table."""
        return [connector for connector in self.declared.values() if connector.heartbeat_table is not None]


def read_connectors(
    connectors: Mapping[str, Mapping[str, object]],
    overrides: Mapping[str, Mapping[str, object]],
    threshold_sets: Callable[[], Iterable[ThresholdSet]],
) -> Connectors:
    """Return what the two tables say.

    Args:
        connectors: `[tool.dashlib.connectors]`.
        overrides: `[tool.dashlib.overrides]`.
        threshold_sets: returns the sets that an override may name; called only if one does.

    Raises:
        ConfigurationError: a key, value or name is wrong; the message says which and what would be right.
    """
    declared = {name: _connector(name, table) for name, table in connectors.items()}
    found = []
    for name, table in overrides.items():
        where = f"[tool.dashlib.overrides.{name}]"
        if name not in declared:
            raise ConfigurationError(
                f"{where}: no connector {name!r} is declared; {_near(name, declared)}, or add "
                f"[tool.dashlib.connectors.{name}] with its plugin"
            )
        _check_keys(where, table, _OVERRIDE_KEYS)
        alerts = _table(where, "alerts", table.get("alerts", {}))
        found.append(
            Override(
                declared[name],
                _threshold_set(where, table["thresholds"], threshold_sets()) if "thresholds" in table else None,
                {alert: _alert(f"{where} alerts.{alert}", settings) for alert, settings in alerts.items()},
            )
        )
    return Connectors(declared, tuple(found))


def _connector(name: str, table: Mapping[str, object]) -> Connector:
    where = f"[tool.dashlib.connectors.{name}]"
    _check_keys(where, table, _CONNECTOR_KEYS)
    plugin = table.get("plugin")
    if not isinstance(plugin, str) or plugin not in PLUGINS:
        raise ConfigurationError(f"{where}: plugin is one of {', '.join(PLUGINS)}; got {plugin!r}")
    interval = table.get("heartbeat_table")
    return Connector(name, plugin, None if interval is None else _seconds(f"{where} heartbeat_table", interval))


def _alert(where: str, settings: object) -> AlertOverride:
    table = _table(where, "", settings)
    _check_keys(where, table, _ALERT_KEYS)
    threshold, enabled, lasting = table.get("threshold"), table.get("enabled", True), table.get("for", "")
    if threshold is not None and (isinstance(threshold, bool) or not isinstance(threshold, int | float)):
        raise ConfigurationError(f"{where}: threshold is a number in the signal's unit; got {threshold!r}")
    if not isinstance(enabled, bool):
        raise ConfigurationError(f"{where}: enabled is true or false; got {enabled!r}")
    if lasting != "":
        _seconds(f"{where} for", lasting)
    return AlertOverride(None if threshold is None else float(threshold), str(lasting), enabled)


def _threshold_set(where: str, name: object, sets: Iterable[ThresholdSet]) -> ThresholdSet:
    by_name = {each.name: each for each in sets}
    if not isinstance(name, str) or name not in by_name:
        raise ConfigurationError(
            f"{where}: there is no threshold set {name!r}; known are: {', '.join(sorted(by_name))}"
        )
    return by_name[name]


def _seconds(where: str, value: object) -> float:
    try:
        return promql.duration_seconds(value)  # type: ignore[arg-type]  # what is no text is refused with a message
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{where} is a duration: {error}") from None


def _table(where: str, key: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where}{' ' + key if key else ''} is a table; got {value!r}")
    return value


def _check_keys(where: str, table: Mapping[str, object], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise ConfigurationError(f"{where} has no setting {key!r}; {_near(key, known)}")


def _near(name: str, known: Iterable[str]) -> str:
    import difflib  # for a mistake only

    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(names) or 'none'}"
