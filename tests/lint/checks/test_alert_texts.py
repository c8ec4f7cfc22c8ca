from __future__ import annotations

from tests.linting import found, rule_file


def test_what_is_missing_is_one_finding() -> None:
    assert found("alert-texts", rule_file({"annotations": None})) == [
        "SomethingIsWrong has no summary, no description, no runbook_url"
    ]


def test_the_older_names_count() -> None:
    texts = {"summary": None, "description": None, "title": "It is down.", "message": "Why.", "runbook": "x"}
    assert not found("alert-texts", rule_file({"annotations": texts}))


def test_a_template_may_end_a_sentence() -> None:
    assert not found("alert-texts", rule_file({"annotations": {"summary": "Down: {{ $labels.job }}"}}))
