"""Signals of the source databases, from postgres_exporter and mysqld_exporter.

mysqld_exporter needs `--collect.binlog_size`. What is joined with a connector needs the label `server`, the connector's
topic prefix, on the exporter's target: the scrape configuration sets it, as `labs/monitoring/prometheus.yml` does. It
says `job!=""`, so that a dashboard's choice of a Kafka Connect cluster, a job of Prometheus too, does not hide it.
"""

from dashlib.declare.signals import Guard, Signal, State

# postgres_exporter spelled these pg_replication_slot_... from 0.16 to 0.19, and pg_replication_slots_... before and
# after.
SLOT_WAL = Signal(
    "slot_wal",
    "WAL Kept by Replication Slots",
    expression="max by (job, instance, server, slot_name) (pg_replication_slots_pg_wal_lsn_diff"
    " or pg_replication_slots_slot_current_wal_lsn - pg_replication_slots_slot_confirmed_flush_lsn"
    " or pg_replication_slot_slot_current_wal_lsn - pg_replication_slot_slot_confirmed_flush_lsn)",
    unit="bytes",
    minimum=0,
    legend="{{server}} {{slot_name}}",
    description="WAL that the server keeps for a replication slot. It grows while the connector does not confirm: when "
    "it is down, and when nothing that it captures changes.",
    absent="There is no replication slot, or postgres_exporter does not collect them.",
    runbook="replication-slot",
)

SLOT_ACTIVE = Signal(
    "slot_active",
    "Replication Slot in Use",
    expression="max by (job, instance, server, slot_name) (pg_replication_slots_active"
    " or pg_replication_slots_slot_is_active or pg_replication_slot_slot_is_active)",
    unit="none",
    legend="{{server}} {{slot_name}}",
    states=[State(0, "Inactive", "red"), State(1, "Active", "green")],
    description="Whether somebody reads from the replication slot.",
    absent="There is no replication slot, or postgres_exporter does not collect them.",
    runbook="replication-slot",
)

# Before 0.16 postgres_exporter knows no status: a lost slot has no position any more, so that it has no WAL to compare
# (NaN, which VictoriaMetrics does not keep). Who exports no WAL at all has lost no slot.
SLOT_LOST = Signal(
    "slot_lost",
    "Replication Slot Lost",
    expression='max by (job, instance, server, slot_name) (pg_replication_slots_wal_status{wal_status="lost"}'
    ' or pg_replication_slot_wal_status{wal_status="lost"})'
    " or group by (job, instance, server, slot_name) "
    "(pg_replication_slots_active and last_over_time(pg_replication_slots_pg_wal_lsn_diff[1d])"
    " unless pg_replication_slots_pg_wal_lsn_diff == pg_replication_slots_pg_wal_lsn_diff)",
    population="group by (job, instance, server, slot_name) (pg_replication_slots_active"
    " or pg_replication_slots_slot_is_active or pg_replication_slot_slot_is_active)",
    unit="none",
    legend="{{server}} {{slot_name}}",
    states=[State(0, "Kept", "green"), State(1, "Lost", "red")],
    description="Whether the server has removed WAL that the slot needed: the connector must take a new snapshot.",
    absent="No slot is lost.",
    runbook="replication-slot",
)

SLOT_UNRESERVED = Signal(
    "slot_unreserved",
    "Replication Slot About to Be Lost",
    expression='max by (job, instance, server, slot_name) (pg_replication_slots_wal_status{wal_status="unreserved"}'
    ' or pg_replication_slot_wal_status{wal_status="unreserved"})',
    # What is lost already is not well.
    population="group by (job, instance, server, slot_name) (pg_replication_slots_active"
    " or pg_replication_slots_slot_is_active or pg_replication_slot_slot_is_active)"
    f" unless ({SLOT_LOST.expression})",
    unit="none",
    legend="{{server}} {{slot_name}}",
    states=[State(0, "Kept", "green"), State(1, "Unreserved", "orange")],
    description="Whether the slot needs WAL beyond max_slot_wal_keep_size, which the next checkpoint removes.",
    absent="No slot is about to be lost, or postgres_exporter is older than 0.16.",
    runbook="replication-slot",
)

BINLOG_RETENTION_USED = Signal(
    "binlog_retention_used",
    "Binlog Retention Used %",
    expression='100 * max by (job, plugin, server, connector) (MilliSecondsBehindSource{context="streaming"})'
    ' / on (server) group_left () max by (server) (mysql_global_variables_binlog_expire_logs_seconds{job!=""} > 0)',
    unit="percent",
    decimals=0,
    minimum=0,
    drops_unknown=True,
    description="The connector's lag, percent of the time that the server keeps its binlogs. At 100 % what it needs is "
    "gone and it must take a new snapshot.",
    absent="mysqld_exporter is not there or not joined with the connector, or binlogs are kept for ever.",
    runbook="binlog-retention",
)

BINLOG_FILES_LEFT = Signal(
    "binlog_files_left",
    "Binlog Files Until Purge",
    expression='min by (job, plugin, server, connector) (BinlogFileNumber{context="streaming"})'
    " - on (server) group_left () max by (server) "
    '(mysql_binlog_file_number{job!=""} - mysql_binlog_files{job!=""} + 1)',
    unit="none",
    decimals=0,
    description="How many binlog files the server would have to purge until the one is gone that the connector would "
    "go on from.",
    absent="mysqld_exporter is not there (with --collect.binlog_size) or not joined with the connector.",
    runbook="binlog-retention",
)

IS_FILES_BEHIND = Guard(
    "the connector is more than two binlog files behind",
    recorded_as="is_files_behind",
    expression="max by (server) (mysql_binlog_file_number) - on (server) group_right () "
    'min by (job, plugin, server) (BinlogFileNumber{context="streaming"}) > 2',
)

A_FIRST_SNAPSHOT_RUNS_SOMEWHERE = Guard(
    "a PostgreSQL connector takes its first snapshot, during which its slot waits",
    recorded_as="first_snapshot_of_postgres_runs",
    expression='max by (job, plugin, server) (SnapshotRunning{context="snapshot", plugin="postgres"}) == 1'
    " and on (job, plugin, server) "
    'max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming", plugin="postgres"}) < 0',
    on=[],
)

SLOT_IS_ACTIVE = Guard(
    "the slot is in use",
    expression="max by (job, instance, server, slot_name) (pg_replication_slots_active"
    " or pg_replication_slots_slot_is_active or pg_replication_slot_slot_is_active) == 1",
    on=["job", "instance", "slot_name"],
)

SOURCE_IS_WRITTEN_TO = Guard(
    "the database is written to",
    # VictoriaMetrics may take a first sample for growth from 0; what was there before has none in the window.
    expression="sum by (server) (delta(pg_replication_slots_pg_wal_lsn_diff[10m])"
    " and pg_replication_slots_pg_wal_lsn_diff offset 10m) > 1048576",
    on=["server"],
)
