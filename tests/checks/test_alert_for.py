from __future__ import annotations

from tests.linting import found, in_alert, rule_file, settings


def test_a_for_of_nothing_says_nothing() -> None:
    assert "default" in in_alert("alert-for", "up == 0", **{"for": "0s"})[0]


def test_an_interval_that_is_not_known_decides_nothing() -> None:
    rules = rule_file({"expr": "up == 0", "for": "1m"}, interval=None).replace("  interval: null\n", "")
    assert not found("alert-for", rules)
    assert found("alert-for", rules, settings=settings(evaluation_interval="1m"))


def test_a_subquery_looks_back_too() -> None:
    assert not in_alert("alert-for", "max_over_time((up == 0)[5m:])", **{"for": None})


def test_recording_rules_have_no_for() -> None:
    assert not found("alert-for", rule_file({"record": "job:up:sum", "expr": "sum by (job) (up)"}))
