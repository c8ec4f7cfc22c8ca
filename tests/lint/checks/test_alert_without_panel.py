from __future__ import annotations

from tests.linting import dashboard, found, panel, rule_file

LAG = "max by (server) (debezium_metrics_MilliSecondsSinceLastEvent) / 1000"
STEPS = {"defaults": {"thresholds": {"steps": [{"value": None}, {"value": 60}]}}}


def said(alert: str, drawn: str, **changes: object) -> list[str]:
    shown = dashboard(panel(drawn, **changes))
    return found("alert-without-panel", shown, rule_file({"expr": alert}), is_project=True)


def test_the_measured_expression_with_its_threshold_is_enough() -> None:
    assert not said(f"{LAG} > 60", LAG, fieldConfig=STEPS)


def test_a_panel_may_say_what_is_not_known() -> None:
    unknown = "NaN * max by (server) (last_over_time(debezium_metrics_MilliSecondsSinceLastEvent[$__range]))"
    assert not said(f"{LAG} > 60", f"{LAG} or {unknown}", fieldConfig=STEPS)
    assert said(f"{LAG} > 60", f"{LAG} or vector(0)", fieldConfig=STEPS)


def test_a_panel_may_fill_up_what_has_no_series_while_all_is_well() -> None:
    there = "0 * max by (server) (debezium_metrics_Connected)"
    nothing = 'or on () label_replace(vector(-2), "server", "-", "", "")'
    assert not said(f"{LAG} > 60", f"{LAG} or {there}", fieldConfig=STEPS)
    assert not said(f"{LAG} > 60", f"{LAG} or {there} - 1 {nothing}", fieldConfig=STEPS)
    assert said(f"{LAG} > 60", f"{there} or {LAG}", fieldConfig=STEPS)
    assert said(f"{LAG} > 60", f"{LAG} or max by (server) (debezium_metrics_Connected)", fieldConfig=STEPS)


def test_an_alert_whose_own_alternative_is_constant_is_drawn_as_a_whole() -> None:
    either = "max by (server) (debezium_metrics_Connected == 0) or group by (server) (debezium_metrics_Gone)"
    assert not said(f"({either}) == 1", f"{either} or 0 * max by (server) (debezium_metrics_Connected)")


def test_a_panel_without_the_threshold_is_not() -> None:
    assert "fires at 60" in said(f"{LAG} > 60", LAG)[0]


def test_the_threshold_may_lie_a_hair_above_the_level_which_is_well() -> None:
    for step, is_shown in ((60.01, True), (61, False), (59.99, False)):
        steps = {"defaults": {"thresholds": {"steps": [{"value": None}, {"value": step}]}}}
        assert bool(said(f"{LAG} > 60", LAG, fieldConfig=steps)) is not is_shown


def test_filters_that_only_choose_may_differ() -> None:
    drawn = 'max by (server) (debezium_metrics_MilliSecondsSinceLastEvent{server=~"$connector",job="a"}) / 1000'
    assert not said(f"{LAG} > 60", drawn, fieldConfig=STEPS)


def test_guards_belong_to_the_expression() -> None:
    guarded = f"{LAG} > 60 unless on (server) debezium_metrics_SnapshotRunning == 1"
    assert said(guarded, LAG, fieldConfig=STEPS)
    drawn = f"{LAG} unless on (server) debezium_metrics_SnapshotRunning == 1"
    assert not said(guarded, drawn, fieldConfig=STEPS)


def test_a_recording_rule_stands_for_its_expression() -> None:
    rules = rule_file({"record": "server:silence:max", "expr": LAG}, {"expr": "server:silence:max > 60"})
    assert not found("alert-without-panel", dashboard(panel(LAG, fieldConfig=STEPS)), rules, is_project=True)


def test_single_files_hear_nothing() -> None:
    assert not found("alert-without-panel", rule_file({}))


def test_a_panel_looks_back_over_the_interval_where_a_rule_needs_a_fixed_range() -> None:
    def missing(expression: str) -> list[str]:
        return found(
            "alert-without-panel",
            rule_file({"expr": "sum by (job) (rate(a_events_total[5m])) > 5"}),
            dashboard(panel(expression, fieldConfig={"defaults": {"thresholds": {"steps": [{"value": 5}]}}})),
            is_project=True,
        )

    assert not missing("sum by (job) (rate(a_events_total[$__rate_interval]))")
    assert not missing("sum by (job) (rate(a_events_total[5m]))")
    assert missing("sum by (job) (rate(a_events_total[1h]))")


def test_one_of_several_recorded_series_that_an_alert_compares_is_enough() -> None:
    records = rule_file({"record": "a:b:x_1h", "expr": "x1"}, {"record": "a:b:x_6h", "expr": "x6"})
    alert = "(a:b:x_1h / 0.001 > 14 and a:b:x_1h / 0.001 > 14) or (a:b:x_6h / 0.001 > 6 and a:b:x_6h > 6)"
    for drawn, is_found in (("topk(20, a:b:x_6h / 0.001)", False), ("topk(20, a:b:x_1h)", False), ("sum(y)", True)):
        rules = rule_file({"expr": alert})
        assert bool(found("alert-without-panel", dashboard(panel(drawn)), rules, records, is_project=True)) is is_found
