"""Signals of Amazon Aurora MySQL, from CloudWatch by way of cloudwatch_exporter."""

from dashlib.signals import Signal

BINLOG_REPLICA_LAG = Signal(
    "aurora_binlog_replica_lag",
    "Aurora Binlog Replica Lag",
    expression="max by (job, dbcluster_identifier) (aws_rds_aurora_binlog_replica_lag_average)",
    unit="s",
    minimum=0,
    drops_unknown=True,
    legend="{{dbcluster_identifier}}",
    description="How far an Aurora cluster that is a binlog replica is behind its source. It exists only on such a "
    "cluster; -1 means that it cannot be determined. It is not Debezium's lag.",
    absent="No cluster is a binlog replica, or the samples that CloudWatch delivers late are out of Prometheus' sight.",
    runbook="aurora-binlog-lag",
)
