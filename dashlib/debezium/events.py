"""What dashboards mark on the time axis: restarts, rebalances, and where snapshots begin and end.

Each is 1 for two minutes, so that a mark is there whatever the step of a range query is.
"""

from dashlib.declare.signals import Signal, State

_BY_SERVER = "job, plugin, server, connector"
_SEEN = 'TotalNumberOfEventsSeen{context="streaming"}'
_SNAPSHOT = f'max by ({_BY_SERVER}) (SnapshotRunning{{context="snapshot"}}'

CONNECTOR_RESTARTED = Signal(
    "connector_restarted",
    "Connector Restarted",
    # Counters that begin again at 0, or that come back after they were gone. A look a minute tells what was there: over
    # an hour of an axis that is a third of the samples.
    expression=f"group by ({_BY_SERVER}) (resets({_SEEN}[2m]) > 0"
    f" or {_SEEN} unless {_SEEN} offset 2m and last_over_time({_SEEN}[30m:1m] offset 2m))",
    unit="none",
    states=[State(1, "Restarted", "orange")],
    description="The connector's task began anew within two minutes: a restart, a rebalance, or an error that it takes "
    "for a passing one.",
    absent="No task began anew.",
    runbook="flapping",
)

CONNECT_REBALANCED = Signal(
    "connect_rebalanced",
    "Rebalance",
    expression="group by (job) (increase(worker_rebalance_completed_rebalances_total[2m]) > 0)",
    unit="none",
    legend="{{job}}",
    states=[State(1, "Rebalance", "blue")],
    description="The workers of a cluster shared their connectors out anew within two minutes.",
    absent="There was no rebalance.",
    runbook="worker",
)

SNAPSHOT_BEGAN = Signal(
    "snapshot_began",
    "Snapshot Began",
    expression=f"{_SNAPSHOT}) == 1 unless {_SNAPSHOT} offset 2m) == 1",
    unit="none",
    states=[State(1, "Began", "blue")],
    description="A snapshot of the connector began within two minutes.",
    absent="No snapshot began.",
    runbook="snapshot",
)

SNAPSHOT_ENDED = Signal(
    "snapshot_ended",
    "Snapshot Ended",
    expression=f"{_SNAPSHOT} offset 2m) == 1 unless {_SNAPSHOT}) == 1",
    unit="none",
    states=[State(1, "Ended", "green")],
    description="A snapshot of the connector ended within two minutes, or its task with it.",
    absent="No snapshot ended.",
    runbook="snapshot",
)
