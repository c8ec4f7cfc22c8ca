from __future__ import annotations

from tests.linting import found, linted, rule_file, run


def test_the_message_offers_a_name() -> None:
    (finding,) = [one for one in run(linted(rule_file({"alert": "queue is full"}))) if one.check == "alert-name"]
    assert finding.problem.suggestion == "call it QueueIsFull"


def test_digits_and_abbreviations_are_fine() -> None:
    assert not found("alert-name", rule_file({"alert": "DebeziumGTIDLost2"}))
