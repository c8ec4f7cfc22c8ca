from __future__ import annotations

from tests.linting import found, rule_file


def said(text: str) -> list[str]:
    return found("value-in-label", rule_file({"labels": {"level": text}}))


def test_the_value_however_formatted() -> None:
    assert said("{{ $value | humanize }}")
    assert said("{{ .Value }}")


def test_another_label_and_a_decision_are_fine() -> None:
    assert not said("{{ $labels.job }}")
    assert not said("{{ if gt $value 5.0 }}high{{ end }}")
