from __future__ import annotations

import pytest

from dashlib.lint.findings import TextFix
from tests.linting import DATASOURCE, dashboard, found, in_panel, linted, panel, rule_file, run, settings


def test_the_fix_is_grafanas_variable() -> None:
    (finding,) = [one for one in run(linted(dashboard(panel("rate(a_total[1m])")))) if one.check == "rate-range"]
    assert finding.problem.fix == TextFix(13, 15, "$__rate_interval")


def test_a_rule_needs_four_scrapes() -> None:
    rules = rule_file({"expr": "rate(a_total[1m]) > 1"})
    assert not found("rate-range", rules)
    assert found("rate-range", rules, settings=settings(scrape_interval="30s"))


def test_other_functions_over_time_need_none() -> None:
    assert not found("rate-range", rule_file({"expr": "max_over_time(up[30s]) == 0"}))


def test_an_instant_query_has_no_step() -> None:
    def asked(**how: bool) -> list[str]:
        target = {"refId": "A", "datasource": DATASOURCE, **how}
        return found("rate-range", dashboard(panel("rate(a_total[5m])", targets=[target])))

    assert asked()
    assert asked(instant=True, range=True)
    assert not asked(instant=True)


@pytest.mark.parametrize(
    "span", ["$window", "${window}", "[[window]]", "$__range", "${__range_s}s", "$__rate_interval"]
)
def test_a_range_that_the_reader_chooses_is_the_readers(span: str) -> None:
    assert not found("rate-range", dashboard(panel(f"rate(a_total[{span}])")))


def test_a_step_may_be_shorter_than_two_scrapes() -> None:
    assert found("rate-range", dashboard(panel("rate(a_total[$__interval])")))
    assert not found("rate-range", dashboard(panel("rate(a_total[$__interval])", interval="1m")))
    target = {"refId": "A", "datasource": DATASOURCE, "expr": "rate(a_total[$__interval])", "interval": "1m"}
    assert not found("rate-range", dashboard(panel(targets=[target])))


def test_what_somebody_chooses_or_asks_of_two_samples_is_not_too_short() -> None:
    for expression in ("rate(a[$interval])", "rate(a[$__range])", "irate(a[5m])", "rate(a[[[window]]])"):
        assert not in_panel("rate-range", expression), expression


def test_what_is_said_of_a_fixed_range_is_true_of_it() -> None:
    assert "too short" in in_panel("rate-range", "rate(a[30s])")[0]
    assert "single sample" in in_panel("rate-range", "rate(a[$__interval])")[0]
    assert "steps longer than 5m" in in_panel("rate-range", "rate(a[5m])")[0]


def test_whether_a_counter_grew_is_asked_of_the_range_that_is_meant() -> None:
    grew = "increase(a_total[30m]) * ((rate(a_total[30m]) / 1000) > bool 0)"
    assert not in_panel("rate-range", grew)
    assert in_panel("rate-range", "rate(a_total[30m]) > 0")  # shows the rate
    assert in_panel("rate-range", "rate(a_total[30m]) > bool 5")
    assert in_panel("rate-range", grew.replace("30m", "30s"))  # too short, whatever is asked


def test_the_panel_of_an_alert_has_the_range_of_its_rule() -> None:
    panels, rules = dashboard(panel("rate(a_total[5m])")), rule_file({"expr": "rate(a_total[5m]) > 1"})
    fixed = "steps longer than 5m"
    assert not [one for one in found("rate-range", panels, rules, is_project=True) if fixed in one]
    assert [one for one in found("rate-range", panels, rules) if fixed in one]
    assert [one for one in found("rate-range", panels, rules.replace("5m", "10m"), is_project=True) if fixed in one]


@pytest.mark.parametrize(
    ("title", "legend", "is_meant"),
    [("Errors [5m]", "", True), ("Busy (5m)", "", True), ("Busy", "over 5m", True), ("Busy (15m)", "", False)],
)
def test_a_range_that_the_panel_names_is_meant(title: str, legend: str, is_meant: bool) -> None:  # noqa: FBT001
    target = {"refId": "A", "expr": "rate(a_total[5m])", "legendFormat": legend, "datasource": DATASOURCE}
    assert bool(found("rate-range", dashboard(panel(title=title, targets=[target])))) is not is_meant


def test_many_in_a_file_are_one_finding() -> None:
    panels = [panel("rate(a_total[5m])", id=number) for number in range(3)]
    (message,) = found("rate-range", dashboard(*panels))
    assert message.endswith(" (and 2 more in this file)")
