from __future__ import annotations

from tests.linting import found, linted, rule_file, run, settings


def test_the_settings_say_which_are_known() -> None:
    rules = rule_file({"labels": {"severity": "page"}})
    assert found("alert-severity", rules)
    assert not found("alert-severity", rules, settings=settings(severities=["page", "ticket"]))


def test_a_template_may_decide() -> None:
    assert not found("alert-severity", rule_file({"labels": {"severity": "{{ if true }}critical{{ end }}"}}))


def test_another_spelling_is_named() -> None:
    (finding,) = run(linted(rule_file({"labels": {"severity": "Warning"}})))
    assert (finding.check, finding.problem.suggestion) == ("alert-severity", "did you mean 'warning'?")


def test_which_severities_somebody_elses_routing_knows_is_only_a_note() -> None:
    def severity(label: str) -> list[str]:
        findings = run(linted(rule_file({"labels": {"severity": label}})))
        return [one.severity for one in findings if one.check == "alert-severity"]

    assert severity("page") == severity("none") == ["info"]
    assert severity("Critical") == ["warning"]
