from __future__ import annotations

import pytest

from tests.linting import found, in_alert, rule_file

LAG = "debezium_metrics_MilliSecondsBehindSource"


@pytest.mark.parametrize(
    "gate",
    [
        "and debezium_metrics_MilliSecondsSinceLastEvent / 1000 < 300",
        "and rate(debezium_metrics_TotalNumberOfEventsSeen[5m]) > 0",
        "and debezium_metrics_QueueRemainingCapacity < 100",
        f"and changes({LAG}[10m]) > 0",
    ],
)
def test_a_gate_asks_whether_events_arrive(gate: str) -> None:
    assert in_alert("idle-lag", f"{LAG} > 60000")
    assert not in_alert("idle-lag", f"{LAG} > 60000 {gate}")


def test_lag_in_a_guard_is_not_what_fires() -> None:
    assert not in_alert("idle-lag", f"debezium_metrics_Connected == 0 unless on (server) {LAG} > 60000")
    assert not in_alert("idle-lag", f"{LAG} < 0")


def test_a_recorded_lag_is_lag() -> None:
    record = {"record": "server:lag:max", "expr": f"max by (server, plugin) ({LAG}) / 1000"}
    assert found("idle-lag", rule_file(record, {"expr": "server:lag:max > 60"}))
    assert not found("idle-lag", rule_file(record, {"expr": 'server:lag:max{plugin="mysql"} > 60'}))


def test_a_recorded_lag_may_have_its_gate() -> None:
    gated = f"{LAG} and on (server) debezium_metrics_MilliSecondsSinceLastEvent < 300000"
    record = {"record": "server:live_lag:max", "expr": gated}
    assert not found("idle-lag", rule_file(record, {"expr": "server:live_lag:max > 60000"}))
