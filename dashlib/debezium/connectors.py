"""Signals of Debezium connectors, from their streaming, snapshot and schema history metrics.

What each metric means, and when it lies, was measured on running connectors (Debezium 3.5 to 3.7); the facts are in
`docs/signals.md`. All signals have one series a connector, whatever its tasks, databases and workers. `server` is its
topic prefix; `connector` its name in Kafka Connect, where `custom.metric.tags` says it.
"""

import attrs

from dashlib.debezium.kafka_connect import CONNECTOR_IS_PAUSED, NOTHING_REACHES_KAFKA
from dashlib.declare.signals import Guard, Signal, State

CONNECTED = Signal(
    "connected",
    "Connected",
    expression='min by (job, plugin, server, connector) (Connected{context="streaming"})',
    unit="none",
    states=[State(0, "Disconnected", "red"), State(1, "Connected", "green")],
    description="Whether the connector's connection to its database is up. It also reads Disconnected while a first "
    "or blocking snapshot runs, and there is no value at all while the task is failed or stopped.",
    absent="The task is failed, stopped or deleted, or PostgreSQL is down: its metrics vanish with it.",
    runbook="connection",
)

GTID_MODE = Signal(
    "gtid_mode",
    "GTID Mode",
    expression='min by (job, plugin, server, connector) (IsGtidModeEnabled{context="streaming"})',
    unit="none",
    states=[State(0, "Disabled", "red"), State(1, "Enabled", "green")],
    description="Whether the connector tracks its position by GTID, which a failover to another server needs. It reads "
    "Disabled until streaming begins, and always for the MySQL connector on a MariaDB server.",
    absent="The task is failed, stopped or deleted.",
    runbook="gtid",
)

LAG = Signal(
    "lag",
    "Lag",
    expression='max by (job, plugin, server, connector) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    minimum=0,
    drops_unknown=True,
    description="How long after the source's commit the last event was handled. It moves only when an event arrives: "
    "on an idle source it freezes (on MySQL and MariaDB a binlog heartbeat sets it to 0 about every 48 s). Unknown "
    "until the first event, which is marked on the time axis and not drawn.",
    absent="No event has been handled since the task started, or there is no running task.",
    runbook="lag",
)

SINCE_LAST_EVENT = Signal(
    "since_last_event",
    "Time Since Last Event",
    expression='max by (job, plugin, server, connector) (MilliSecondsSinceLastEvent{context="streaming"})',
    unit="s",
    minimum=0,
    drops_unknown=True,
    description="Time since the connector handled its last event. MySQL and MariaDB connectors get a binlog heartbeat "
    "about every 48 s; elsewhere only changes of captured tables count, so that this grows while the source is idle, "
    "unless a heartbeat table is captured.",
    absent="No event has been handled since the task started, or there is no running task.",
    runbook="staleness",
)

ROWS_RATE = Signal(
    "rows_rate",
    "Events/sec",
    expression="sum by (job, plugin, server, connector) ("
    'rate(TotalNumberOfCreateEventsSeen{context="streaming"}[$__rate_interval])'
    ' + rate(TotalNumberOfUpdateEventsSeen{context="streaming"}[$__rate_interval])'
    ' + rate(TotalNumberOfDeleteEventsSeen{context="streaming"}[$__rate_interval])'
    ' + (rate(TotalNumberOfReadEventsSeen{context="streaming"}[$__rate_interval])'
    ' or 0 * rate(TotalNumberOfCreateEventsSeen{context="streaming"}[$__rate_interval])))',
    unit="suffix:rows/s",
    decimals=1,
    minimum=0,
    color="blue",
    description="Row changes handled per second: creates, updates and deletes, and the reads of incremental snapshots "
    "where the connector counts them (Debezium 3.7). Not TotalNumberOfEventsSeen, which on MySQL and MariaDB counts "
    "every binlog event, heartbeats included.",
    absent="There is no running task.",
    runbook="staleness",
)

QUEUE_USED = Signal(
    "queue_used",
    "Queue Utilization %",
    expression="max by (job, plugin, server, connector) (100 * (1 - "
    'QueueRemainingCapacity{context="streaming"} / QueueTotalCapacity{context="streaming"}))',
    unit="percent",
    decimals=0,
    minimum=0,
    maximum=100,
    description="How full the connector's internal queue is, percent of max.queue.size. When it is full the reader "
    "waits, nothing is lost: Kafka, or the network to it, takes records more slowly than the database gives them.",
    absent="There is no running task.",
    runbook="queue",
)

TRANSACTIONS_RATE = Signal(
    "transactions_rate",
    "Transactions/sec",
    expression='sum by (job, plugin, server) (rate(NumberOfCommittedTransactions{context="streaming"}'
    "[$__rate_interval]))",
    unit="suffix:transactions/s",
    decimals=1,
    minimum=0,
    description="Committed source transactions handled per second. MySQL and MariaDB connectors count them only when "
    "binlog.buffer.size is above 0; without it their line stays at 0.",
    absent="There is no running task.",
    runbook="staleness",
)

BINLOG_POSITION = Signal(
    "binlog_position",
    "Binlog Position",
    expression='max by (job, plugin, server, connector) (BinlogPosition{context="streaming"})',
    unit="none",
    decimals=0,
    color="blue",
    description="Byte offset in the binlog file that the connector reads. It grows as events are read and starts again "
    "at each new file.",
    absent="There is no running MySQL or MariaDB task.",
    runbook="lag",
)

BINLOG_FILE = Signal(
    "binlog_file",
    "Binlog Filename",
    expression='max by (job, plugin, server, connector, value) (BinlogFilename{context="streaming"})',
    unit="none",
    color="blue",
    description="The binlog file that the connector reads and, beside it, the last transaction's GTID: its source and "
    "number. The lab's exporter configuration gives the GTID as a number, because a GTID set as a label would "
    "make a new series with every transaction.",
    absent="There is no running MySQL or MariaDB task, or the exporter does not give text attributes.",
    runbook="gtid",
)

GTID_POSITION = Signal(
    "gtid_position",
    "GTID Position",
    expression='max by (job, plugin, server, connector, gtid_source) (GtidPosition{context="streaming"})',
    unit="none",
    description="Number of the last transaction handled, by the server that committed it.",
    absent="GTIDs are off, or the exporter does not give the last transaction's id as a number.",
    runbook="gtid",
)

SNAPSHOT_RUNNING = Signal(
    "snapshot_running",
    "Snapshot Running",
    expression='max by (job, plugin, server, connector) (SnapshotRunning{context="snapshot"})',
    unit="none",
    states=[State(0, "Not Running", "blue"), State(1, "Running", "yellow")],
    description="Whether a snapshot runs: the first one, a blocking or an incremental one.",
    absent="There is no running task.",
    runbook="connection",
)

SNAPSHOT_COMPLETED = Signal(
    "snapshot_completed",
    "Snapshot Completed",
    expression='2 * (max by (job, plugin, server, connector) (SnapshotSkipped{context="snapshot"}) == 1)'
    ' or max by (job, plugin, server, connector) (SnapshotCompleted{context="snapshot"})',
    unit="none",
    states=[State(0, "Not Completed", "yellow"), State(1, "Completed", "green"), State(2, "Skipped", "blue")],
    description="What this run of the task did about its snapshot. Skipped is the normal state after a restart: the "
    "connector knew its position and needed none (told apart since Debezium 3.2; before, it reads Not Completed).",
    absent="There is no running task.",
    runbook="connection",
)

SNAPSHOT_ROWS = Signal(
    "snapshot_rows",
    "Snapshot Progress (Rows)",
    expression='max by (job, plugin, server, table) (RowsScanned{context="snapshot"})',
    unit="short",
    minimum=0,
    legend="{{server}} - {{table}}",
    description="Rows read by the snapshot, by table. Only there for tables that this run of the task has scanned: a "
    "connector that restarted without a snapshot shows nothing.",
    absent="This run of the task has taken no snapshot.",
    runbook="connection",
)

SCHEMA_HISTORY_NOT_RUNNING = Signal(
    "schema_history_not_running",
    "Schema History Not Running",
    expression="max by (job, plugin, server, connector) "
    '(SchemaHistoryStatus{context="schema-history", value!="RUNNING"})',
    population='group by (job, plugin, server, connector) (SchemaHistoryStatus{context="schema-history"})',
    unit="none",
    states=[State(0, "Running", "green"), State(1, "Not Running", "red")],
    description="The connector's schema history is stopped or still recovering. Recovering reads the whole topic and "
    "takes long after many schema changes; until it is done no event is delivered. Nothing is shown while it runs.",
    absent="The schema history runs, or the connector has none.",
    runbook="schema-history",
)

METRICS_PRESENT = Signal(
    "metrics_present",
    "Metrics Present",
    expression='group by (job, plugin, server, connector) (QueueTotalCapacity{context="streaming"})',
    unit="none",
    states=[State(1, "Present", "green")],
    description="Whether Debezium's own metrics of the connector are there. They vanish when its task fails, stops or "
    "is deleted, and on PostgreSQL while its database is down.",
    absent="The task is failed, stopped or deleted, its worker is gone, or PostgreSQL is down.",
    runbook="vanished",
)

QUEUE_BYTES_USED = Signal(
    "queue_bytes_used",
    "Queue Utilization, Bytes %",
    expression="max by (job, plugin, server, connector) (100 * "
    'CurrentQueueSizeInBytes{context="streaming"} / (MaxQueueSizeInBytes{context="streaming"} > 0))',
    unit="percent",
    minimum=0,
    maximum=100,
    description="How full the connector's internal queue is, percent of max.queue.size.in.bytes. Only there where that "
    "is set.",
    absent="max.queue.size.in.bytes is not set, or there is no running task.",
    runbook="queue",
)

LAG_TREND = Signal(
    "lag_trend",
    "Lag Trend per Minute",
    expression="60 * deriv((max by (job, plugin, server, connector) "
    '(MilliSecondsBehindSource{context="streaming"}))[10m:30s])',
    unit="s",
    drops_unknown=True,
    description="By how many seconds the lag grows in a minute, over the last ten. A connector that falls behind by 60 "
    "s a minute delivers nothing at all.",
    absent="No event has been handled since the task started, or there is no running task.",
    runbook="lag",
)

ERRONEOUS_EVENTS = Signal(
    "erroneous_events",
    "Erroneous Events",
    expression="sum by (job, plugin, server, connector) "
    '(increase(NumberOfErroneousEvents{context="streaming"}[$__rate_interval]))',
    unit="short",
    minimum=0,
    description="Events that the connector could not process. Whether they stop it or are passed over is "
    "event.processing.failure.handling.mode.",
    absent="There is no running task.",
    runbook="lost-events",
)

SKIPPED_EVENTS = Signal(
    "skipped_events",
    "Skipped Events",
    expression="sum by (job, plugin, server, connector) "
    '(increase(NumberOfSkippedEvents{context="streaming"}[$__rate_interval]))',
    unit="short",
    minimum=0,
    description="Binlog events that a MySQL or MariaDB connector passed over because it could not read them.",
    absent="There is no running MySQL or MariaDB task.",
    runbook="lost-events",
)

DISCONNECTS = Signal(
    "disconnects",
    "Disconnects",
    expression="sum by (job, plugin, server, connector) "
    '(increase(NumberOfDisconnects{context="streaming"}[$__rate_interval]))',
    unit="short",
    minimum=0,
    description="How often a MySQL or MariaDB connector lost its connection to the database.",
    absent="There is no running MySQL or MariaDB task.",
    runbook="flapping",
)

TASK_RESTARTS = Signal(
    "task_restarts",
    "Silent Task Restarts",
    expression='max by (job, plugin, server, connector) (resets(TotalNumberOfEventsSeen{context="streaming"}[30m]))',
    unit="short",
    minimum=0,
    description="How often the connector's counters began again at 0 within half an hour: a task that starts anew "
    "after an error that it takes for a passing one shows it nowhere else.",
    absent="There is no running task.",
    runbook="flapping",
)

SNAPSHOT_ABORTED = Signal(
    "snapshot_aborted",
    "Snapshot Aborted",
    expression='max by (job, plugin, server, connector) (SnapshotAborted{context="snapshot"})',
    unit="none",
    states=[State(0, "No", "green"), State(1, "Aborted", "red")],
    description="Whether the last snapshot of this run of the task was broken off.",
    absent="There is no running task.",
    runbook="snapshot",
)

FIRST_SNAPSHOT_RUNS = Guard(
    "a first snapshot runs",
    expression='max by (job, plugin, server) (SnapshotRunning{context="snapshot"}) == 1'
    " and on (job, plugin, server) "
    'max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"}) < 0',
)

# A task that starts reads the whole topic before it connects; after many schema changes that takes minutes.
SCHEMA_HISTORY_RECOVERS = Guard(
    "the connector reads its schema history",
    recorded_as="schema_history_recovers",
    expression='max by (job, plugin, server) (SchemaHistoryStatus{context="schema-history", value="RECOVERING"}) == 1',
    if_missing="so that it also fires for a task that starts and reads a long schema history",
)

# No event has come since a blocking snapshot began, however long its query runs before it gives a row. An incremental
# one lets events through, so that on a database that hangs the last event is younger than the snapshot. Half a minute:
# the event that asks for a snapshot comes before it begins.
SNAPSHOT_HOLDS_STREAMING = Guard(
    "a first or blocking snapshot holds streaming up",
    recorded_as="snapshot_holds_streaming",
    # All of one grouping: none needs `on (…)`, and the states of connectors, which ask it, are long.
    expression='max by (job, plugin, server) (SnapshotRunning{context="snapshot"}) == 1'
    " unless "
    '(min by (job, plugin, server) (MilliSecondsSinceLastEvent{context="streaming"}) < 30'
    ' and max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"}) >= 0)'
    ' and (max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"}) < 0'
    ' or max by (job, plugin, server) (SnapshotDurationInSeconds{context="snapshot"}) - 30'
    ' < min by (job, plugin, server) (MilliSecondsSinceLastEvent{context="streaming"} >= 0))',
)

SNAPSHOT_MAKES_PROGRESS = Guard(
    "the snapshot reads rows",
    # Not `changes`: to VictoriaMetrics a first sample is one.
    expression='group by (job, plugin, server) (deriv(RowsScanned{context="snapshot"}[10m]) != 0)',
)

# An exporter that does not show the rows of a map would make every snapshot one that reads none.
ROWS_ARE_COUNTED = Guard(
    "the exporter counts the rows of snapshots",
    recorded_as="rows_are_counted",
    expression='group by (job) (last_over_time(RowsScanned{context="snapshot"}[1h]))',
    on=["job"],
    parts={"shows_rows": 'group by (job) (RowsScanned{context="snapshot"})'},
)

SNAPSHOT_IS_PAUSED = Guard(
    "the snapshot is paused",
    expression='max by (job, plugin, server) (SnapshotPaused{context="snapshot"}) == 1',
)

IS_CONNECTED = Guard(
    "the connector is connected",
    expression='min by (job, plugin, server) (Connected{context="streaming"}) == 1',
)

WAS_STREAMING = Guard(
    "it streamed within the last hour",
    recorded_as="streamed_within_an_hour",
    expression='max by (job, plugin, server) (max_over_time(Connected{context="streaming"}[1h])) == 1',
)

HAD_GTIDS = Guard(
    "it tracked GTIDs within the last hour",
    recorded_as="had_gtids_within_an_hour",
    expression='max by (job, plugin, server) (max_over_time(IsGtidModeEnabled{context="streaming"}[1h])) == 1',
)

RECONNECTED_TEN_MINUTES_AGO = Guard(
    "it came back within the last hour and has been connected for ten minutes",
    recorded_as="reconnected_ten_minutes_ago",
    expression='(min by (job, plugin, server) (min_over_time(Connected{context="streaming"}[1h])) == 0'
    ' or max by (job, plugin, server) (resets(TotalNumberOfEventsSeen{context="streaming"}[1h])) > 0)'
    " and on (job, plugin, server) "
    'min by (job, plugin, server) (min_over_time(Connected{context="streaming"}[10m])) == 1'
    " and on (job, plugin, server) "
    'min by (job, plugin, server) (Connected{context="streaming"} offset 10m) == 1'
    " unless on (job, plugin, server) "
    'max by (job, plugin, server) (resets(TotalNumberOfEventsSeen{context="streaming"}[10m])) > 0',
)

EVENTS_ARRIVE = Guard(
    "events arrive",
    expression='min by (job, plugin, server) (MilliSecondsSinceLastEvent{context="streaming"}) < 300',
)

EVENTS_ARRIVE_OR_QUEUE_IS_FULL = Guard(
    "events arrive, or the queue is full",
    expression='MilliSecondsSinceLastEvent{context="streaming"} < 300'
    ' or MilliSecondsSinceLastEvent{context="streaming"} and on (job, plugin, server, task) '
    '100 * (1 - QueueRemainingCapacity{context="streaming"} / QueueTotalCapacity{context="streaming"}) > 90',
    on=["job", "plugin", "server", "task", "database"],
    each=True,
)

LAG_UNKNOWN = Signal(
    "lag_unknown",
    "Lag Known",
    # Clocks that differ make a lag that is negative, and known.
    expression="max by (job, plugin, server, connector) "
    '((MilliSecondsBehindSource{context="streaming"} < bool 0)'
    ' * (MilliSecondsBehindSource{context="streaming"} >= bool -0.001))',
    unit="none",
    states=[State(0, "Known", "blue"), State(1, "−1", "purple")],
    description="Whether the lag is known. It is −1 from the start of a task until its first event.",
    absent="There is no running task.",
    runbook="lag",
)

# What panels about now show: a value only where the connector is at work. A paused one reads on until its queue is
# full, and the lag of one that is cut off stands still.
LAG_NOW = LAG.when(IS_CONNECTED).unless(CONNECTOR_IS_PAUSED, NOTHING_REACHES_KAFKA).named("lag_now")
SINCE_LAST_EVENT_NOW = SINCE_LAST_EVENT.unless(CONNECTOR_IS_PAUSED, NOTHING_REACHES_KAFKA).named("since_last_event_now")
# Of two minutes, whatever range the dashboard shows: Grafana's $__rate_interval grows with it.
ROWS_RATE_NOW = (
    attrs.evolve(ROWS_RATE, expression=ROWS_RATE.expression.replace("$__rate_interval", "2m"))
    .when(IS_CONNECTED)
    .unless(CONNECTOR_IS_PAUSED, NOTHING_REACHES_KAFKA)
    .named("rows_rate_now")
)
QUEUE_USED_NOW = QUEUE_USED.unless(CONNECTOR_IS_PAUSED, NOTHING_REACHES_KAFKA).named("queue_used_now")
GTID_MODE_NOW = GTID_MODE.when(IS_CONNECTED)
BINLOG_POSITION_NOW = BINLOG_POSITION.when(IS_CONNECTED).named("binlog_position_now")

LIVE_LAG = (
    LAG.when(EVENTS_ARRIVE_OR_QUEUE_IS_FULL).unless(SNAPSHOT_HOLDS_STREAMING, CONNECTOR_IS_PAUSED).named("live_lag")
)
STALENESS = SINCE_LAST_EVENT.when(IS_CONNECTED).unless(SNAPSHOT_HOLDS_STREAMING, CONNECTOR_IS_PAUSED).named("silence")
STREAMING_CONNECTED = CONNECTED.unless(FIRST_SNAPSHOT_RUNS, SCHEMA_HISTORY_RECOVERS).named("streaming_connected")
STREAMING_GTID_MODE = GTID_MODE.when(IS_CONNECTED).named("streaming_gtid_mode")
STREAMING_QUEUE_USED = QUEUE_USED.unless(SNAPSHOT_HOLDS_STREAMING, CONNECTOR_IS_PAUSED).named("streaming_queue_used")
