from __future__ import annotations

from tests.linting import found, linted, rule_file, run


def test_two_files_may_divide_a_record_by_filters() -> None:
    one = rule_file({"record": "job:up:sum", "expr": 'sum by (job) (up{env="a"})'})
    other = rule_file({"record": "job:up:sum", "expr": 'sum by (job) (up{env="b"})'})
    assert not found("duplicate-rule", one, other)
    assert found("duplicate-rule", one, one)


def test_labels_tell_rules_apart() -> None:
    assert not found("duplicate-rule", rule_file({}, {"labels": {"severity": "critical"}}))


def test_space_makes_no_difference() -> None:
    assert found(
        "duplicate-rule", rule_file({"alert": "One", "expr": "up == 0"}, {"alert": "Two", "expr": "up  ==  0"})
    )


def test_one_name_with_two_expressions_is_a_note_as_they_may_be_of_different_series() -> None:
    rules = rule_file({"expr": "up == 0"}, {"expr": 'up{verb="PUT"} == 0'})
    (finding,) = [one for one in run(linted(rules)) if one.check == "duplicate-rule"]
    assert finding.severity == "info"
    assert "wherever their expressions return series with the same labels" in finding.problem.message
