"""Declarations of one project: an alert of every kind, with every kind of guard, and two that cannot be driven."""

from dashlib import Alert, Guard, Level, Record, RuleGroup, Signal, State, ThresholdSet, one_of
from dashlib.declare.signals import Condition

LAG = Signal(
    "lag",
    "Lag",
    expression='max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    drops_unknown=True,
    description="Lag.",
)
HEADROOM = Signal(
    "headroom",
    "Headroom",
    expression='min by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    drops_unknown=True,
    description="A value that is bad when it is small: there the sentinel -1 matters.",
)
QUEUE = Signal(
    "queue",
    "Queue",
    expression="max by (job, plugin, server) (100 * (1 - "
    'QueueRemainingCapacity{context="streaming"} / QueueTotalCapacity{context="streaming"}))',
    unit="percent",
    description="Queue.",
)
TREND = Signal(
    "trend",
    "Trend",
    expression='60 * deriv((max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"}))[10m:30s])',
    unit="s",
    description="Trend.",
)
CONNECTED = Signal(
    "connected",
    "Connected",
    expression='min by (job, plugin, server) (Connected{context="streaming"})',
    unit="none",
    states=[State(0, "Disconnected", "red"), State(1, "Connected", "green")],
    description="Connected.",
)
PRESENT = Signal(
    "present",
    "Present",
    expression='group by (job, plugin, server) (QueueTotalCapacity{context="streaming"})',
    unit="none",
    description="Present.",
)
DISCONNECTS = Signal(
    "disconnects",
    "Disconnects",
    expression='sum by (job, plugin, server) (increase(NumberOfDisconnects{context="streaming"}[$__rate_interval]))',
    unit="short",
    description="Disconnects.",
)
FAILED = Signal(
    "failed",
    "Failed",
    expression='count by (job, connector) (connector_task_status{status="failed"})',
    unit="short",
    description="Failed.",
)
RESTARTS = Signal(
    "restarts",
    "Restarts",
    expression='max by (job, plugin, server) (resets(TotalNumberOfEventsSeen{context="streaming"}[30m]))',
    unit="short",
    description="Restarts.",
)
LOGARITHM = Signal(
    "logarithm",
    "Logarithm",
    expression='max by (job, plugin, server) (ln(MilliSecondsBehindSource{context="streaming"}))',
    unit="none",
    description="What the solver cannot invert.",
)
IMPOSSIBLE = Signal(
    "impossible",
    "Impossible",
    expression='max by (job, plugin, server) (Connected{context="streaming"} < 1 > 2)',
    unit="none",
    description="What no input makes true.",
)

EVENTS_ARRIVE = Guard(
    "events arrive",
    expression='MilliSecondsSinceLastEvent{context="streaming"} < 300',
    on=["job", "plugin", "server", "task", "database"],
    each=True,
)
SNAPSHOT_RUNS = Guard(
    "a snapshot runs",
    expression='max by (job, plugin, server) (SnapshotRunning{context="snapshot"}) == 1',
)
WAS_CONNECTED = Guard(
    "it was connected within the hour",
    expression='max by (job, plugin, server) (max_over_time(Connected{context="streaming"}[1h])) == 1',
)
WORKER_IS_UP = Guard("a worker answers", expression="group by (job) (worker_connector_count)", on=["job"])

LEVELS = ThresholdSet(
    "levels",
    [
        Level(LAG, "warning", above=60, for_="5m"),
        Level(LAG, "critical", above=300, for_="5m"),
        Level(HEADROOM, "critical", below=5, for_="2m"),
        Level(QUEUE, "warning", above=80, for_="5m"),
        Level(TREND, "warning", above=5, for_="10m"),
        Level(CONNECTED, "critical", equals=0, for_="2m"),
        Level(DISCONNECTS, "warning", above=3, for_="1m"),
        Level(FAILED, "critical", above=0, for_="1m"),
        Level(RESTARTS, "warning", above=3, for_="1m"),
        Level(LOGARITHM, "warning", above=2, for_="1m"),
        Level(IMPOSSIBLE, "warning", above=3, for_="1m"),
    ],
)


def alert(name: str, condition: Condition) -> Alert:
    description = "It is gone." if condition.kind == "absence" else "It is {value}."
    return Alert(name, condition, severity="warning", summary="Something is wrong.", description=description)


proven = RuleGroup(
    "proven",
    file="proven.yml",
    thresholds=LEVELS,
    where={"plugin": one_of("mysql", "mariadb")},
    rules=[
        Record("server:debezium_lag_seconds:max", LAG),
        alert("LagHigh", LAG.unless(SNAPSHOT_RUNS).above("warning")),
        alert("LagOfLiveConnectors", LAG.when(EVENTS_ARRIVE).unless(SNAPSHOT_RUNS).above("critical")),
        alert("HeadroomLow", HEADROOM.below("critical")),
        alert("QueueFull", QUEUE.above("warning")),
        alert("LagGrows", TREND.above("warning")),
        alert("ConnectionLost", CONNECTED.when(WAS_CONNECTED).is_at("critical")),
        alert("ConnectorGone", PRESENT.when(WORKER_IS_UP).is_absent(within="50m", for_="2m")),
        alert("Flapping", DISCONNECTS.increases_above("warning", within="30m")),
        alert("TaskFailed", FAILED.above("critical")),
        alert("TaskRestarts", RESTARTS.above("warning")),
    ],
)
