from __future__ import annotations

from tests.linting import in_panel


def test_a_range_is_enough() -> None:
    assert not in_panel("delayed-samples", "max_over_time(aws_rds_aurora_binlog_replica_lag_average[20m])")


def test_panels_are_looked_at_too() -> None:
    assert in_panel("delayed-samples", "aws_rds_aurora_binlog_replica_lag_average")


def test_other_metrics_are_fresh() -> None:
    assert not in_panel("delayed-samples", "debezium_metrics_Connected")
