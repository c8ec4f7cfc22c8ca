from __future__ import annotations

import pytest

from tests.linting import found, in_alert, linted, rule_file, run, settings


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


@pytest.mark.parametrize(
    "expression",
    [
        "slo:error:ratio_rate5m > 0.01",
        "job:errors:increase1h > 5",
        'absent(up{job="a"})',
        'ALERTS{severity="a"} == 1',
    ],
)
def test_what_looks_back_by_itself_needs_no_for(expression: str) -> None:
    assert not in_alert("alert-for", expression, **{"for": None})


def test_a_record_of_the_set_that_looks_back_is_known_by_what_it_is_made_from() -> None:
    alert = {"expr": "job:errors:ratio > 1", "for": None}
    assert not found("alert-for", rule_file({"record": "job:errors:ratio", "expr": "rate(a[5m]) / b"}, alert))
    assert found("alert-for", rule_file({"record": "job:errors:ratio", "expr": "a / b"}, alert))
    assert found("alert-for", rule_file({"record": "job:errors:ratio", "expr": "job:errors:ratio or a"}, alert))


def test_a_for_of_nothing_is_a_note() -> None:
    findings = [one for one in run(linted(rule_file({"for": "0m"}))) if one.check == "alert-for"]
    assert [one.severity for one in findings] == ["info"]
