from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    ("one", "other", "are_apart"),
    [
        ('code=~"2.."', 'code=~"5.."', True),
        ('code=~"2.."', 'code="500"', True),
        ('code=~"2..|3.."', 'code=~"4..|5.."', True),
        ('code=~"2..|3.."', 'code=~"3..|5.."', False),
        ('code=~"2?.."', 'code=~"5.."', False),
        ('code=~"20."', 'code=~"2.*"', False),
        ('code=~"(2..)"', 'code=~"5.."', False),
        ('code=~"2.."', 'code!~"5.."', False),
    ],
)
def test_patterns_that_begin_otherwise_divide_a_record(one: str, other: str, are_apart: bool) -> None:  # noqa: FBT001
    rules = rule_file(*({"record": "job:up:sum", "expr": f"sum by (job) (up{{{each}}})"} for each in (one, other)))
    assert bool(found("duplicate-rule", rules)) is not are_apart
