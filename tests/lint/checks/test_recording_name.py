from __future__ import annotations

from tests.linting import found, rule_file


def test_alerts_have_other_names() -> None:
    assert not found("recording-name", rule_file({"alert": "NoColons"}))


def test_two_parts_are_enough() -> None:
    assert not found("recording-name", rule_file({"record": "instance:up", "expr": "up"}))


def test_a_name_without_a_level_is_no_exporters() -> None:
    assert not found("recording-name", rule_file({"record": ":node_memory_MemAvailable_bytes:sum", "expr": "up"}))
