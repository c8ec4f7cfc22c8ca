from __future__ import annotations

from tests.linting import dashboard, found, rule_file


def test_single_files_hear_nothing() -> None:
    assert not found("level-not-drawn", rule_file({"expr": "up > 5"}))


def test_documents_without_declarations_have_no_levels() -> None:
    assert not found("level-not-drawn", dashboard(), rule_file({"expr": "up > 5"}), is_project=True)
