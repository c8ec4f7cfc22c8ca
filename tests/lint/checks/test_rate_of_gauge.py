from __future__ import annotations

from tests.linting import in_alert, in_panel


def test_what_the_catalog_does_not_know_may_be_a_counter() -> None:
    assert not in_panel("rate-of-gauge", "rate(somebodys_metric[5m])")
    assert not in_panel("rate-of-gauge", "rate(debezium_metrics_TotalNumberOfEventsSeen[5m])")


def test_a_subquery_of_a_gauge_is_found() -> None:
    assert in_alert("rate-of-gauge", "increase(debezium_metrics_QueueRemainingCapacity[5m:1m]) > 1")


def test_functions_for_gauges_are_right() -> None:
    assert not in_panel("rate-of-gauge", "delta(debezium_metrics_QueueRemainingCapacity[5m])")
