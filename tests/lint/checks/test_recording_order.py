from __future__ import annotations

from tests.linting import found, rule_file

BASE = {"record": "instance:up:sum", "expr": "sum by (instance) (up)"}
MADE = {"record": "job:up:max", "expr": "max(instance:up:sum)"}


def test_another_group_is_found_for_records_only() -> None:
    base, made = rule_file(BASE), rule_file(MADE)
    assert found("recording-order", base, made)
    assert not found("recording-order", base, rule_file({"expr": "instance:up:sum == 0"}))


def test_behind_it_is_right() -> None:
    assert not found("recording-order", rule_file(BASE, MADE))


def test_an_alert_before_it_is_found() -> None:
    assert found("recording-order", rule_file({"expr": "instance:up:sum == 0"}, BASE))


def test_what_looks_at_many_past_values_is_not_late_by_one() -> None:
    assert not found("recording-order", rule_file({**MADE, "expr": "avg_over_time(instance:up:sum[30d])"}, BASE))
    assert not found("recording-order", rule_file({**MADE, "expr": "instance:up:sum offset 1d"}, BASE))


def test_a_metric_that_its_own_rule_reads_is_there_without_it() -> None:
    users = {"record": "job:speed:max", "expr": "max by (job) (speed)"}
    enriched = {"record": "speed", "expr": "raw_speed * on (x) group_right () speed"}
    assert not found("recording-order", rule_file(users, enriched))
    assert not found("recording-order", rule_file(enriched), rule_file(users))
    assert found("recording-order", rule_file(users, {**enriched, "expr": "raw_speed * 2"}))


def test_whether_something_holds_and_sums_over_a_time_may_be_late_by_one() -> None:
    for expression in (
        "instance:up:sum > bool 5 or vector(1)",
        "sum_over_time((instance:up:sum unless timestamp(instance:up:sum) < 5)[1h:5m])",
    ):
        assert not found("recording-order", rule_file({**MADE, "expr": expression}), rule_file(BASE))
    assert found(
        "recording-order", rule_file({**MADE, "expr": "vector(1) or instance:up:sum > bool 5"}), rule_file(BASE)
    )
