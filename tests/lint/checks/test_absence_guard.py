from __future__ import annotations

from tests.linting import found, in_alert, rule_file


def test_one_guard_speaks_for_all_of_debeziums_metrics() -> None:
    guard = {
        "alert": "Gone",
        "expr": "last_over_time(debezium_metrics_Connected[1h]) unless debezium_metrics_Connected",
    }
    compared = {"expr": "debezium_metrics_QueueRemainingCapacity == 0"}
    assert found("absence-guard", rule_file(compared))
    assert not found("absence-guard", rule_file(compared, guard))


def test_each_family_is_named_once() -> None:
    rules = [
        {"alert": f"A{number}", "expr": f"debezium_metrics_QueueRemainingCapacity < {number}"} for number in range(5)
    ]
    assert len(found("absence-guard", rule_file(*rules))) == 1


def test_a_rule_on_up_guards_an_exporter_but_no_task() -> None:
    up = {
        "alert": "Down",
        "expr": "up == 0 and on (job) (last_over_time(pg_up[1d]) or last_over_time(debezium_metrics_Connected[1d]))",
    }
    assert not found("absence-guard", rule_file({"expr": "pg_replication_slots_active == 0"}, up))
    assert found("absence-guard", rule_file({"expr": "debezium_metrics_QueueRemainingCapacity == 0"}, up))


def test_a_rule_on_up_guards_what_is_asked_of_the_same_targets() -> None:
    compared = {"expr": 'pg_replication_slots_active{job="pg"} == 0'}
    assert not found("absence-guard", rule_file(compared, {"alert": "Down", "expr": 'up{job="pg"} == 0'}))
    assert not found("absence-guard", rule_file(compared, {"alert": "Down", "expr": "min by (job) (up) == 0"}))
    assert found("absence-guard", rule_file(compared, {"alert": "Down", "expr": 'up{job="node"} == 0'}))
    assert found(
        "absence-guard",
        rule_file(
            {"expr": 'debezium_metrics_Connected{job="pg"} == 0'}, {"alert": "Down", "expr": 'up{job="pg"} == 0'}
        ),
    )


def test_what_a_guard_only_looks_at_is_not_compared() -> None:
    expression = "up == 0 and on (job) (debezium_metrics_Connected == 1)"
    assert not in_alert("absence-guard", expression)


def test_a_recording_rule_stands_for_what_it_is_made_from() -> None:
    record = {"record": "server:queue:min", "expr": "min by (server) (debezium_metrics_QueueRemainingCapacity)"}
    said = found("absence-guard", rule_file(record, {"expr": "server:queue:min < 10"}))
    assert "debezium_metrics_QueueRemainingCapacity" in said[0]


def test_of_somebody_elses_metrics_nothing_is_said() -> None:
    assert not in_alert("absence-guard", "node_load1 > 20")


def test_the_series_of_alerts_are_gone_while_all_is_well() -> None:
    assert not in_alert("absence-guard", 'ALERTS{severity="info"} == 1 unless on (a) ALERTS{alertname!="A"} == 1')
