from __future__ import annotations

from tests.linting import found, in_alert, in_panel, rule_file


def test_a_sum_by_plus_is_a_sum() -> None:
    assert in_alert("rate-of-aggregate", "increase((a_events_total + b_events_total)[5m:]) > 1")


def test_a_sum_of_gauges_is_another_matter() -> None:
    assert not in_panel("rate-of-aggregate", "resets(sum(debezium_metrics_QueueRemainingCapacity)[5m:])")


def test_a_recorded_sum_is_one() -> None:
    record = {"record": "job:events:sum", "expr": "sum by (job) (debezium_metrics_TotalNumberOfEventsSeen)"}
    assert found("rate-of-aggregate", rule_file(record, {"expr": "rate(job:events:sum[5m]) > 1"}))
