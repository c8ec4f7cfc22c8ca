from __future__ import annotations

from tests.linting import found, in_alert, rule_file


def said(expression: str, text: str = "{{ $value }}") -> list[str]:
    return found("value-format", rule_file({"expr": expression, "annotations": {"description": text}}))


def test_what_is_a_whole_number_is_readable() -> None:
    assert not said("count(up == 0) > 1")
    assert said("rate(a_events_total[5m]) > 1")


def test_any_function_makes_it_readable() -> None:
    assert not said("rate(a_events_total[5m]) > 1", '{{ $value | humanize }} {{ printf "%.1f" $value }}')


def test_the_old_form_is_read() -> None:
    assert said("rate(a_events_total[5m]) > 1", "{{ .Value }}")


def test_a_count_of_rates_is_a_whole_number() -> None:
    text = {"description": "{{ $value }} are slow."}
    assert not in_alert("value-format", "count(rate(a_events_total[5m]) > 1) > 0", annotations=text)
    assert not in_alert("value-format", "sum(rate(a_events_total[5m]) > bool 1) > 0", annotations=text)
    assert in_alert("value-format", "sum(rate(a_events_total[5m])) > 1", annotations=text)
