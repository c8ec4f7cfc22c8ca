from __future__ import annotations

from tests.linting import in_alert, linted, rule_file, run


def test_other_spellings_of_zero() -> None:
    for condition in ("< 1", "!= 1", "<= 0"):
        assert in_alert("snapshot-gate", f"min by (server) (debezium_metrics_Connected) {condition}")
    assert not in_alert("snapshot-gate", "debezium_metrics_Connected == 1")


def test_the_number_may_stand_first() -> None:
    assert in_alert("snapshot-gate", "1 > debezium_metrics_Connected")
    assert not in_alert("snapshot-gate", "1 < debezium_metrics_Connected")


def test_one_that_was_connected_before_took_its_snapshot() -> None:
    expression = "debezium_metrics_Connected == 0 and max_over_time(debezium_metrics_Connected[1h]) == 1"
    assert not in_alert("snapshot-gate", expression)


def test_in_a_guard_it_is_no_condition() -> None:
    expression = "debezium_metrics_QueueRemainingCapacity == 0 unless on (server) debezium_metrics_Connected == 0"
    assert not in_alert("snapshot-gate", expression)


def test_the_advice_is_in_the_words_of_the_exporter() -> None:
    rules = rule_file({"alert": "A", "expr": 'debezium_metrics_Connected{name="a"} == 0'})
    (finding,) = [one for one in run(linted(rules, profile="debezium-examples")) if one.check == "snapshot-gate"]
    assert finding.problem.suggestion.endswith("unless on (name) debezium_metrics_SnapshotRunning == 1")
