from __future__ import annotations

from tests.linting import found, rule_file, settings


def test_the_look_back_is_a_setting() -> None:
    rules = rule_file({}, interval="6m")
    assert found("group-interval", rules)
    assert not found("group-interval", rules, settings=settings(lookback="10m"))


def test_alerts_that_keep_firing_bridge_the_gap() -> None:
    assert not found("group-interval", rule_file({"keep_firing_for": "10m"}, interval="6m"))


def test_sums_that_others_add_up_over_hours_need_no_sample_in_between() -> None:
    slow = rule_file({"record": "a:b:c_1h", "expr": "sum_over_time(a:b:c[1h])"}, interval="1h")
    total = {"record": "a:b:c_1d", "expr": "sum_over_time(a:b:c_1h[1d]) + sum_over_time((a:b:c_1h > 0)[1d:1h])"}
    assert not found("group-interval", slow, rule_file(total))
    assert found("group-interval", slow, rule_file(total, {"record": "a:b:d", "expr": "a:b:c_1h / 2"}))
    assert found("group-interval", slow)
