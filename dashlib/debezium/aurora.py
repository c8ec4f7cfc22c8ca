"""Signals of Amazon Aurora, from CloudWatch by way of cloudwatch_exporter or YACE.

CloudWatch delivers late: cloudwatch_exporter's samples carry times ten minutes and more in the past, where Prometheus
does not look for them by default; so each signal looks back itself. Both exporters give the same metric names. YACE's
label for a cluster is `dimension_DBClusterIdentifier`, or in snake case `dimension_dbcluster_identifier`; both become
`dbcluster_identifier`.
"""

from dashlib.declare.signals import Signal

BINLOG_REPLICA_LAG = Signal(
    "aurora_binlog_replica_lag",
    "Aurora Binlog Replica Lag",
    expression="max by (job, dbcluster_identifier) (label_replace(label_replace("
    "last_over_time(aws_rds_aurora_binlog_replica_lag_average[20m]) >= 0, "
    '"dbcluster_identifier", "$1", "dimension_DBClusterIdentifier", "(.+)"), '
    '"dbcluster_identifier", "$1", "dimension_dbcluster_identifier", "(.+)"))',
    unit="s",
    minimum=0,
    legend="{{dbcluster_identifier}}",
    description="How far an Aurora cluster that is a binlog replica is behind its source. It exists only on such a "
    "cluster; -1 means that it cannot be determined. It is not Debezium's lag.",
    absent="No cluster is a binlog replica, or its lag cannot be determined.",
    runbook="aurora-binlog-lag",
)

CHANGE_LOG_BYTES_USED = Signal(
    "aurora_change_log_bytes_used",
    "Aurora Enhanced Binlog Storage",
    expression="max by (job, dbcluster_identifier) (label_replace(label_replace("
    "last_over_time(aws_rds_change_log_bytes_used_average[20m]), "
    '"dbcluster_identifier", "$1", "dimension_DBClusterIdentifier", "(.+)"), '
    '"dbcluster_identifier", "$1", "dimension_dbcluster_identifier", "(.+)"))',
    unit="decbytes",
    minimum=0,
    legend="{{dbcluster_identifier}}",
    description="Storage that the enhanced binlog of an Aurora cluster uses (bytes; Aurora MySQL 3.03.1 and newer).",
    absent="Enhanced binlog is off.",
    runbook="aurora-binlog-storage",
)

CHANGE_LOG_READS = Signal(
    "aurora_change_log_reads",
    "Aurora Enhanced Binlog Reads",
    expression="max by (job, dbcluster_identifier) (label_replace(label_replace("
    "last_over_time(aws_rds_change_log_read_iops_average[20m]), "
    '"dbcluster_identifier", "$1", "dimension_DBClusterIdentifier", "(.+)"), '
    '"dbcluster_identifier", "$1", "dimension_dbcluster_identifier", "(.+)"))',
    unit="iops",
    minimum=0,
    legend="{{dbcluster_identifier}}",
    description="Read operations per second of the enhanced binlog. CloudWatch counts them over five minutes.",
    absent="Enhanced binlog is off.",
    runbook="aurora-binlog-storage",
)

CHANGE_LOG_WRITES = Signal(
    "aurora_change_log_writes",
    "Aurora Enhanced Binlog Writes",
    expression="max by (job, dbcluster_identifier) (label_replace(label_replace("
    "last_over_time(aws_rds_change_log_write_iops_average[20m]), "
    '"dbcluster_identifier", "$1", "dimension_DBClusterIdentifier", "(.+)"), '
    '"dbcluster_identifier", "$1", "dimension_dbcluster_identifier", "(.+)"))',
    unit="iops",
    minimum=0,
    legend="{{dbcluster_identifier}}",
    description="Write operations per second of the enhanced binlog. CloudWatch counts them over five minutes.",
    absent="Enhanced binlog is off.",
    runbook="aurora-binlog-storage",
)

OLDEST_SLOT_LAG = Signal(
    "aurora_oldest_slot_lag",
    "Aurora Oldest Replication Slot Lag",
    expression="max by (job, dbinstance_identifier) (label_replace(label_replace("
    "last_over_time(aws_rds_oldest_replication_slot_lag_average[20m]) >= 0, "
    '"dbinstance_identifier", "$1", "dimension_DBInstanceIdentifier", "(.+)"), '
    '"dbinstance_identifier", "$1", "dimension_dbinstance_identifier", "(.+)"))',
    unit="bytes",
    minimum=0,
    legend="{{dbinstance_identifier}}",
    description="WAL that the replication slot furthest behind keeps on an Aurora PostgreSQL instance; -1 means that "
    "no slot is used.",
    absent="No replication slot is used.",
    runbook="replication-slot",
)
