from __future__ import annotations

from tests.linting import found, rule_file


def test_alerts_have_other_names() -> None:
    assert not found("recording-name", rule_file({"alert": "NoColons"}))


def test_two_parts_are_enough() -> None:
    assert not found("recording-name", rule_file({"record": "instance:up", "expr": "up"}))
