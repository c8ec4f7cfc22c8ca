"""Signals of all connectors together: counts, sums and quantiles, which a landing page shows of one or of 10,000.

None of them has a series a connector, so that what they answer does not grow with the fleet. Which connectors are worst
is a table's business: of the signals that every dashboard has, it asks for the highest.
"""

from dashlib.debezium.connectors import LAG
from dashlib.debezium.states import CONNECTOR_STATE
from dashlib.declare.signals import Signal, State
from dashlib.declare.thresholds import Step, ThresholdSet

_CONNECTED = 'sum by (job, plugin, server) (sum_over_time(Connected{context="streaming"}[$__range]))'
_ROWS = " + ".join(
    f'rate(TotalNumberOf{change}EventsSeen{{context="streaming"}}[$__rate_interval])'
    for change in ("Create", "Update", "Delete")
)

CONNECTORS_KNOWN = Signal(
    "connectors_known",
    "Connectors",
    # The table beside it counts the same by state, so that where states are recorded neither looks back over the range.
    expression=f"count({CONNECTOR_STATE.expression})",
    fallback=tuple(f"count({each})" for each in CONNECTOR_STATE.fallback),
    unit="none",
    decimals=0,
    color="blue",
    legend="Connectors",
    description="Connectors that were there within the dashboard's range, in whatever state. No connector is known: "
    "none ran, Prometheus does not scrape the workers, or their exporter does not show Debezium's MBeans.",
    absent="No connector is known: none ran, or Prometheus does not scrape the workers.",
    runbook="connector-state",
)

CONNECTORS_BY_STATE = Signal(
    "connectors_by_state",
    "Connectors by State",
    expression=f'count_values("state", {CONNECTOR_STATE.expression})',
    fallback=tuple(f'count_values("state", {each})' for each in CONNECTOR_STATE.fallback),
    unit="none",
    decimals=0,
    minimum=0,
    color="blue",
    legend="{{state}}",
    description="How many connectors are in which state now, the worst state first. Whatever vanished within the "
    "dashboard's range is counted as what it is.",
    absent="No connector is known within the dashboard's range.",
    runbook="connector-state",
)

FLEET_ROWS_RATE = Signal(
    "fleet_rows_rate",
    "Events/sec",
    # Summed twice, so that the inner sum can be what is recorded by kind.
    expression="sum(sum by (job, plugin) (" + _ROWS.replace("$__rate_interval", "2m") + "))",
    unit="suffix:rows/s",
    decimals=1,
    minimum=0,
    color="blue",
    legend="Rows",
    description="Row changes per second that all connectors together handled within two minutes: creates, updates and "
    "deletes.",
    absent="No connector is known.",
    runbook="staleness",
)

FLEET_ROWS_RATE_BY_KIND = Signal(
    "fleet_rows_rate_by_kind",
    "Events/sec by Database",
    expression=f"sum by (plugin) ({_ROWS})",
    unit="suffix:rows/s",
    decimals=1,
    minimum=0,
    legend="{{plugin}}",
    description="Row changes per second of all connectors together, by the kind of their database. A step down of one "
    "kind is a database server or its network, a step down of all is Kafka or Kafka Connect.",
    absent="No connector is known.",
    runbook="staleness",
)

FLEET_SNAPSHOTS = Signal(
    "fleet_snapshots",
    "Snapshots Running",
    expression='sum(max by (job, plugin, server) (SnapshotRunning{context="snapshot"}))',
    unit="none",
    decimals=0,
    minimum=0,
    color="blue",
    legend="Snapshots",
    description="Connectors that take a snapshot now: a first, a blocking or an incremental one.",
    absent="No connector is known.",
    runbook="snapshot",
)

FIRING_ALERTS = Signal(
    "firing_alerts",
    "Firing Alerts",
    expression='count(ALERTS{alertstate="firing", signal!=""}) or on () vector(0)',
    unit="none",
    decimals=0,
    minimum=0,
    legend="Firing",
    description="Alerts of dashlib's rules that fire now, whatever Alertmanager holds back.",
    absent="Nothing fires.",
)

FLEET_WORKERS = Signal(
    "fleet_workers",
    "Workers",
    expression="count(worker_connector_count)",
    unit="none",
    decimals=0,
    minimum=0,
    color="blue",
    legend="Workers",
    description="Kafka Connect workers that answer to Prometheus, of all clusters that are chosen.",
    absent="No worker answers.",
    runbook="worker",
)

REBALANCES_WITHIN_AN_HOUR = Signal(
    "rebalances_within_an_hour",
    "Rebalances within an Hour",
    expression="sum(max by (job) (increase(worker_rebalance_completed_rebalances_total[1h])))",
    unit="none",
    decimals=0,
    minimum=0,
    legend="Rebalances",
    description="How often the workers of a cluster shared their connectors out anew within an hour, all clusters "
    "together. Each stops and starts tasks. A start of a worker or a change of a connector makes one; many in a row "
    "say that a worker comes and goes.",
    absent="No worker answers.",
    runbook="worker",
)

# A quantile of a fleet cannot be told from those of its clusters. The highest of these is recorded with one series a
# cluster, whichever are chosen, and whose median climbs is not hidden by nine others.
FLEET_LAG_MEDIAN = Signal(
    "fleet_lag_median",
    "Median",
    expression=f"max(quantile by (job) (0.5, {LAG.expression}))",
    unit="s",
    minimum=0,
    drops_unknown=True,
    legend="Median",
    description="The lag that half of the connectors of each Connect cluster do not exceed: the median of the cluster "
    "where it is highest.",
    absent="No connector has handled an event.",
    runbook="lag",
)

FLEET_LAG_P95 = Signal(
    "fleet_lag_p95",
    "95 %",
    expression=f"max(quantile by (job) (0.95, {LAG.expression}))",
    unit="s",
    minimum=0,
    drops_unknown=True,
    legend="95 %",
    description="The lag that 95 of 100 connectors of each Connect cluster do not exceed.",
    absent="No connector has handled an event.",
    runbook="lag",
)

FLEET_LAG_WORST = Signal(
    "fleet_lag_worst",
    "Worst",
    expression='max(MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    minimum=0,
    drops_unknown=True,
    legend="Worst",
    description="The largest lag of any connector.",
    absent="No connector has handled an event.",
    runbook="lag",
)

FLEET_ERRORS = Signal(
    "fleet_errors",
    "Errors within an Hour",
    expression="sum by (job, plugin, server, connector) "
    '(increase(NumberOfErroneousEvents{context="streaming"}[1h])) > 0',
    unit="none",
    decimals=0,
    minimum=0,
    description="Events that a connector could not process within an hour. Whether they stop it or are passed over is "
    "event.processing.failure.handling.mode.",
    absent="No connector met an event within an hour that it could not process.",
    runbook="lost-events",
)

CONNECTED_WITHIN_RANGE = Signal(
    "connected_within_range",
    "Connected within the Range",
    expression=_CONNECTED,
    unit="none",
    minimum=0,
    description="At how many scrapes within the dashboard's range the connector was connected.",
    absent="No connector was known within the dashboard's range.",
    runbook="connection",
)

CONNECTED_LEAST = Signal(
    "connected_least",
    "Connection of the Worst",
    # A connector without metrics has no value, so that the sum knows it as well as one that says 0.
    expression='min by (job, plugin, server, connector) (Connected{context="streaming"})'
    f" and on (job, plugin, server) bottomk(10, {_CONNECTED.replace(']', '] @ end()')})",
    unit="none",
    states=[State(0, "Disconnected", "red"), State(1, "Connected", "green")],
    description="The ten connectors that were connected for the shortest time within the dashboard's range. A gap "
    "is a time without metrics: the task was failed, stopped or moved.",
    absent="No connector was known within the dashboard's range.",
    runbook="connection",
)

FLEET = ThresholdSet("fleet", display=[Step(FIRING_ALERTS, 1, "red"), Step(REBALANCES_WITHIN_AN_HOUR, 3, "yellow")])
