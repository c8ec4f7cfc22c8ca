"""What a panel asks and says, for the libraries that leave PromQL and prose to their user.

dashlib brings both with its signals; these are the same queries as the exporter spells them and the same texts, so
that all three libraries write the same words.
"""

FILTERS = 'job=~"$job",server=~"$connector"'
STREAMING = f'{{context="streaming",{FILTERS}}}'
SNAPSHOT = f'{{context="snapshot",{FILTERS}}}'
BY_CONNECTOR = "by (job, plugin, server)"
BY_NAME = "by (job, plugin, server, connector)"


def _rate(metric: str) -> str:
    return f"rate(debezium_metrics_{metric}{STREAMING}[$__rate_interval])"


CONNECTED = f"min {BY_NAME} (debezium_metrics_Connected{STREAMING})"
GTID_MODE = f"min {BY_NAME} (debezium_metrics_IsGtidModeEnabled{STREAMING})"
LAG = f"max {BY_NAME} (debezium_metrics_MilliSecondsBehindSource{STREAMING} != -1) / 1000"
LAG_UNKNOWN = f"group {BY_CONNECTOR} (debezium_metrics_MilliSecondsBehindSource{STREAMING} == -1)"
SINCE_LAST_EVENT = f"max {BY_NAME} (debezium_metrics_MilliSecondsSinceLastEvent{STREAMING} != -1) / 1000"
ROWS_RATE = (
    f"sum {BY_NAME} ({_rate('TotalNumberOfCreateEventsSeen')} + {_rate('TotalNumberOfUpdateEventsSeen')}"
    f" + {_rate('TotalNumberOfDeleteEventsSeen')} + ({_rate('TotalNumberOfReadEventsSeen')}"
    f" or 0 * {_rate('TotalNumberOfCreateEventsSeen')}))"
)
QUEUE_USED = (
    f"max {BY_NAME} (100 * (1 - debezium_metrics_QueueRemainingCapacity{STREAMING}"
    f" / debezium_metrics_QueueTotalCapacity{STREAMING}))"
)
TRANSACTIONS_RATE = f"sum {BY_CONNECTOR} ({_rate('NumberOfCommittedTransactions')})"
BINLOG_POSITION = f"max {BY_NAME} (debezium_metrics_BinlogPosition{STREAMING})"
SNAPSHOT_RUNNING = f"max {BY_NAME} (debezium_metrics_SnapshotRunning{SNAPSHOT})"
SNAPSHOT_COMPLETED = (
    f"2 * (max {BY_NAME} (debezium_metrics_SnapshotSkipped{SNAPSHOT}) == 1)"
    f" or max {BY_NAME} (debezium_metrics_SnapshotCompleted{SNAPSHOT})"
)
SNAPSHOT_ROWS = f"max by (job, plugin, server, table) (debezium_metrics_RowsScanned{SNAPSHOT})"

ABOUT = "Lag, throughput and queue of Debezium connectors, whatever their database."
ABOUT_CONNECTED = (
    "Whether the connector's connection to its database is up. It also reads Disconnected while a first or blocking "
    "snapshot runs, and there is no value at all while the task is failed or stopped."
)
ABOUT_GTID_MODE = (
    "Whether the connector tracks its position by GTID, which a failover to another server needs. It reads Disabled "
    "until streaming begins, and always for the MySQL connector on a MariaDB server."
)
ABOUT_LAG = (
    "How long after the source's commit the last event was handled. It moves only when an event arrives: on an idle "
    "source it freezes (on MySQL and MariaDB a binlog heartbeat sets it to 0 about every 48 s). Unknown until the "
    "first event, which is marked on the time axis and not drawn."
)
ABOUT_SINCE_LAST_EVENT = (
    "Time since the connector handled its last event. MySQL and MariaDB connectors get a binlog heartbeat about every "
    "48 s; elsewhere only changes of captured tables count, so that this grows while the source is idle, unless a "
    "heartbeat table is captured."
)
ABOUT_ROWS_RATE = (
    "Row changes handled per second: creates, updates and deletes, and the reads of incremental snapshots where the "
    "connector counts them (Debezium 3.7). Not TotalNumberOfEventsSeen, which on MySQL and MariaDB counts every binlog "
    "event, heartbeats included."
)
ABOUT_QUEUE_USED = (
    "How full the connector's internal queue is, percent of max.queue.size. When it is full the reader waits, nothing "
    "is lost: Kafka, or the network to it, takes records more slowly than the database gives them."
)
ABOUT_TRANSACTIONS_RATE = (
    "Committed source transactions handled per second. MySQL and MariaDB connectors count them only when "
    "binlog.buffer.size is above 0; without it their line stays at 0."
)
ABOUT_BINLOG_POSITION = (
    "Byte offset in the binlog file that the connector reads. It grows as events are read and starts again at each "
    "new file."
)
ABOUT_SNAPSHOT_RUNNING = "Whether a snapshot runs: the first one, a blocking or an incremental one."
ABOUT_SNAPSHOT_COMPLETED = (
    "What this run of the task did about its snapshot. Skipped is the normal state after a restart: the connector knew "
    "its position and needed none (told apart since Debezium 3.2; before, it reads Not Completed)."
)
ABOUT_SNAPSHOT_ROWS = (
    "Rows read by the snapshot, by table. Only there for tables that this run of the task has scanned: a connector "
    "that restarted without a snapshot shows nothing."
)
