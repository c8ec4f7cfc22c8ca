from __future__ import annotations

from tests.linting import found, rule_file

MADE = {"record": "job:up:max", "expr": "max by (job) (up)"}


def test_what_no_rule_records_is_found_in_a_whole_project() -> None:
    asking = rule_file({"expr": "job:up:max == 0"})
    assert found("unknown-record", asking, is_project=True)
    assert not found("unknown-record", asking), "the rule may be in another file"
    assert not found("unknown-record", asking, rule_file(MADE), is_project=True)
