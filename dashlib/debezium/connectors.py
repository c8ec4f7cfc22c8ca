"""Signals of Debezium connectors, from their streaming and snapshot metrics.

What each metric means, and when it lies, was measured on running connectors (Debezium 3.5 to 3.7); the facts are in
`docs/signals.md`. All signals have one series a connector, whatever its tasks, databases and workers.
"""

from dashlib.signals import Signal, State

CONNECTED = Signal(
    "connected",
    "Connected",
    expression='min by (job, plugin, server) (Connected{context="streaming"})',
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
    expression='min by (job, plugin, server) (IsGtidModeEnabled{context="streaming"})',
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
    expression='max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"})',
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
    expression='max by (job, plugin, server) (MilliSecondsSinceLastEvent{context="streaming"})',
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
    expression="sum by (job, plugin, server) ("
    'rate(TotalNumberOfCreateEventsSeen{context="streaming"}[$__rate_interval])'
    ' + rate(TotalNumberOfUpdateEventsSeen{context="streaming"}[$__rate_interval])'
    ' + rate(TotalNumberOfDeleteEventsSeen{context="streaming"}[$__rate_interval])'
    ' + (rate(TotalNumberOfReadEventsSeen{context="streaming"}[$__rate_interval])'
    ' or 0 * rate(TotalNumberOfCreateEventsSeen{context="streaming"}[$__rate_interval])))',
    unit="short",
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
    expression="max by (job, plugin, server) (100 * (1 - "
    'QueueRemainingCapacity{context="streaming"} / QueueTotalCapacity{context="streaming"}))',
    unit="percent",
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
    unit="short",
    minimum=0,
    description="Committed source transactions handled per second. MySQL and MariaDB connectors count them only when "
    "binlog.buffer.size is above 0; without it their line stays at 0.",
    absent="There is no running task.",
    runbook="staleness",
)

BINLOG_POSITION = Signal(
    "binlog_position",
    "Binlog Position",
    expression='max by (job, plugin, server) (BinlogPosition{context="streaming"})',
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
    expression='max by (job, plugin, server, value) (BinlogFilename{context="streaming"})',
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
    expression='max by (job, plugin, server, gtid_source) (GtidPosition{context="streaming"})',
    unit="none",
    description="Number of the last transaction handled, by the server that committed it.",
    absent="GTIDs are off, or the exporter does not give the last transaction's id as a number.",
    runbook="gtid",
)

SNAPSHOT_RUNNING = Signal(
    "snapshot_running",
    "Snapshot Running",
    expression='max by (job, plugin, server) (SnapshotRunning{context="snapshot"})',
    unit="none",
    states=[State(0, "Not Running", "blue"), State(1, "Running", "yellow")],
    description="Whether a snapshot runs: the first one, a blocking or an incremental one.",
    absent="There is no running task.",
    runbook="connection",
)

SNAPSHOT_COMPLETED = Signal(
    "snapshot_completed",
    "Snapshot Completed",
    expression='2 * (max by (job, plugin, server) (SnapshotSkipped{context="snapshot"}) == 1)'
    ' or max by (job, plugin, server) (SnapshotCompleted{context="snapshot"})',
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
