from __future__ import annotations

from tests.linting import found, rule_file, settings


def test_the_look_back_is_a_setting() -> None:
    rules = rule_file({}, interval="6m")
    assert found("group-interval", rules)
    assert not found("group-interval", rules, settings=settings(lookback="10m"))


def test_alerts_that_keep_firing_bridge_the_gap() -> None:
    assert not found("group-interval", rule_file({"keep_firing_for": "10m"}, interval="6m"))
