"""What guards make of a signal's PromQL, in a rule and on the panel of its alert."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from dashlib import Alert, Guard, Level, Record, RuleGroup, Signal, ThresholdSet, promql
from dashlib.compile.conditions import alert_expression, measured_expression, records_of
from dashlib.compile.outputs.rule_yaml import RuleSettings, compile_rule_file
from dashlib.compile.rendering import Rendering
from dashlib.debezium.connectors import CONNECTED, LAG, SINCE_LAST_EVENT
from dashlib.debezium.kafka_connect import CONNECTOR_IS_PAUSED
from dashlib.errors import DeclarationError
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from dashlib.declare.signals import Condition
    from dashlib.documents.document import Document

SNAPSHOT = Guard(
    "a snapshot runs", expression='max by (job, plugin, server) (SnapshotRunning{context="snapshot"}) == 1'
)
EVENTS = Guard(
    "events arrive",
    expression='MilliSecondsSinceLastEvent{context="streaming"} < 300',
    on=["job", "server", "task"],
    each=True,
)
ANYWHERE = Guard("a worker answers", expression="worker_connector_count", on=[])
SET = ThresholdSet(
    "mine",
    [
        Level(LAG, "warning", above=5, for_="2m"),
        Level(CONNECTED, "critical", equals=0, for_="1m"),
        Level(SINCE_LAST_EVENT, "warning", above=60, for_="2m"),
    ],
)
TEXTS: dict[str, Any] = {"severity": "warning", "summary": "Lag.", "description": "{server}."}


def expressions(rendering: Rendering, condition: Any, *records: Record) -> tuple[str, str]:
    """Return what an alert fires at and what its panel draws."""
    alert = Alert("DebeziumLag", condition, **TEXTS)
    group = RuleGroup("lag", file="lag.yml", rules=[*records, alert], thresholds=SET)
    known = records_of([group])
    fired = alert_expression(alert, group, alert.level(SET), rendering, known)
    measured = measured_expression(alert, group, rendering, known)
    for expression in (fired, measured):
        promql.read(expression).check()
    return fired, measured


def test_a_guard_stands_behind_the_comparison_and_the_panel_has_it_too(rendering: Rendering) -> None:
    fired, measured = expressions(rendering, CONNECTED.unless(SNAPSHOT).is_at("critical"))
    guard = (
        " unless on (job, plugin, server) "
        '(max by (job, plugin, server) (debezium_metrics_SnapshotRunning{context="snapshot"}) == 1)'
    )
    assert fired.endswith(f" == 0{guard}")
    assert fired.replace(" == 0 unless", " unless", 1) == measured


@pytest.mark.parametrize(("level", "written"), [(12345.678, "12345.678"), (5e6, "5000000"), (0.25, "0.25")])
def test_a_level_keeps_all_of_its_digits(rendering: Rendering, level: float, written: str) -> None:
    alert = Alert("DebeziumLag", LAG.above("warning"), **TEXTS)
    levels = ThresholdSet("exact", [Level(LAG, "warning", above=level, for_="2m")])
    group = RuleGroup("lag", file="lag.yml", rules=[alert], thresholds=levels)
    assert alert_expression(alert, group, alert.level(levels), rendering, {}).endswith(f" > {written}")


def test_a_guard_of_each_task_and_database_is_held_before_the_worst_is_taken(rendering: Rendering) -> None:
    fired, _ = expressions(rendering, LAG.when(EVENTS).above("warning"))
    assert fired == (
        "max by (job, plugin, server, connector) "
        '(((debezium_metrics_MilliSecondsBehindSource{context="streaming"} != -1) / 1000)'
        " and on (job, server, task) "
        '(((debezium_metrics_MilliSecondsSinceLastEvent{context="streaming"} != -1) / 1000) < 300)) > 5'
    )


def test_a_guard_without_labels_holds_for_all(rendering: Rendering) -> None:
    fired, _ = expressions(rendering, LAG.when(ANYWHERE).above("warning"))
    assert fired.endswith("> 5 and on () (kafka_connect_worker_connector_count)")


def compiled_for(profile: str, condition: Condition) -> Document:
    alert = Alert("DebeziumLag", condition, **TEXTS)
    group = RuleGroup("lag", file="lag.yml", rules=[alert], thresholds=SET)
    settings = RuleSettings(labels={}, runbook_url="", panel_link=lambda *_: None)
    rendering = Rendering(catalog(), load_profile(profile))
    return compile_rule_file([group], rendering, settings, PurePosixPath("lag.yml"), "alerts/lag.py")


@pytest.mark.parametrize(
    ("profile", "guard"),
    [
        ("lab", '(group by (job, connector) (kafka_connect_connector_task_status{status="paused"}))'),
        (
            "no-rules",
            "(max by (job, connector) (kafka_connect_connect_worker_metrics_connector_paused_task_count) > 0)",
        ),
        ("debezium-server-jmx", ""),
    ],
)
def test_a_guard_is_asked_for_in_the_way_that_an_exporter_has(profile: str, guard: str) -> None:
    document = compiled_for(profile, LAG.unless(CONNECTOR_IS_PAUSED).above("warning"))
    [rule] = document.data["groups"][0]["rules"]
    assert rule["expr"].endswith(f" > 5 unless on (job, connector) {guard}" if guard else " > 5")
    assert [(each.kind, each.name) for each in document.left_out] == (
        [] if guard else [("condition of rule", "DebeziumLag")]
    )
    assert all(CONNECTOR_IS_PAUSED.if_missing in each.reason for each in document.left_out)


def test_a_rule_that_cannot_do_without_a_guard_is_left_out() -> None:
    document = compiled_for(
        "debezium-server-jmx", LAG.unless(evolve(CONNECTOR_IS_PAUSED, if_missing="")).above("warning")
    )
    assert document.data["groups"] == []
    assert [(each.kind, each.name) for each in document.left_out] == [("rule", "DebeziumLag")]


def test_a_signal_has_the_value_that_an_exporter_has() -> None:
    failed = Signal(
        "failed",
        "Failed",
        expression='count by (job, connector) (connector_task_status{status="failed"})',
        fallback="sum by (job, connector) (worker_connector_failed_task_count)",
        unit="short",
        description="Failed tasks.",
        legend="{{connector}}",
    )
    alert = Alert("Failed", failed.above("critical"), severity="critical", summary="Failed.", description="{connector}")
    levels = ThresholdSet("mine", [Level(failed, "critical", above=0, for_="1m")])
    group = RuleGroup("tasks", file="tasks.yml", rules=[alert], thresholds=levels)
    for profile, expected in (
        ("lab", 'count by (job, connector) (kafka_connect_connector_task_status{status="failed"}) > 0'),
        ("no-rules", "sum by (job, connector) (kafka_connect_connect_worker_metrics_connector_failed_task_count) > 0"),
    ):
        rendering = Rendering(catalog(), load_profile(profile))
        assert alert_expression(alert, group, alert.level(levels), rendering, {}) == expected


def test_several_guards_follow_each_other(rendering: Rendering) -> None:
    fired, _ = expressions(rendering, LAG.when(ANYWHERE).unless(SNAPSHOT).above("warning"))
    assert fired.index(" and on () ") < fired.index(" unless on (job, plugin, server) ")


def test_what_was_there_for_less_than_a_long_step_is_missed_too(rendering: Rendering) -> None:
    fired, _ = expressions(rendering, CONNECTED.is_absent(within="1d", for_="2m", resolution="5m"))
    assert fired.startswith("(last_over_time((")
    assert ")[1d:5m]) or last_over_time((" in fired
    assert ")[5m:30s])) unless " in fired


def test_an_absence_is_what_was_there_and_is_not(rendering: Rendering) -> None:
    fired, measured = expressions(rendering, CONNECTED.unless(SNAPSHOT).is_absent(within="1h", for_="2m"))
    assert fired == measured
    assert fired.startswith("last_over_time((min by (job, plugin, server, connector) (")
    assert ")[1h:30s]) unless min by" in fired
    assert " unless on (job, plugin, server) (" in fired


def test_a_rule_asks_the_recording_rule_of_its_file(rendering: Rendering) -> None:
    guarded = LAG.unless(SNAPSHOT)
    whole = Record("server:debezium_live_lag_seconds:max", guarded)
    base = Record("server:debezium_lag_seconds:max", LAG)
    guard = Record("server:debezium_snapshot:max", SNAPSHOT)
    assert expressions(rendering, guarded.above("warning"), whole) == (
        "server:debezium_live_lag_seconds:max > 5",
        "server:debezium_live_lag_seconds:max",
    )
    fired, _ = expressions(rendering, guarded.above("warning"), base, guard)
    assert fired == (
        "server:debezium_lag_seconds:max > 5 unless on (job, plugin, server) (server:debezium_snapshot:max)"
    )
    fired, _ = expressions(rendering, LAG.is_absent(within="1h", for_="2m"), base)
    assert fired == "last_over_time(server:debezium_lag_seconds:max[1h]) unless server:debezium_lag_seconds:max"


def test_a_record_of_a_record_computes_on(rendering: Rendering) -> None:
    group = RuleGroup(
        "recorded", file="lag.yml",
        rules=[Record("server:lag:max", LAG), Record("server:live_lag:max", LAG.unless(SNAPSHOT))],
    )  # fmt: skip
    document = compile_rule_file(
        [group], rendering, RuleSettings({}, "", lambda _a, _g: None), PurePosixPath("lag.yml"), "alerts/lag.py"
    )
    first, second = document.data["groups"][0]["rules"]
    assert "debezium_metrics_MilliSecondsBehindSource" in first["expr"]
    assert second["expr"].startswith("server:lag:max unless on (job, plugin, server) (")


def test_panels_and_thresholds_know_the_signal_without_its_guards() -> None:
    guarded = LAG.when(EVENTS).unless(SNAPSHOT)
    assert guarded.base is LAG
    assert SET.level(guarded, "warning") is SET.level(LAG, "warning")
    assert [guarded_by.keyword for guarded_by in guarded.guards] == ["and", "unless"]


def test_a_guard_of_each_needs_a_signal_of_one_metric(rendering: Rendering) -> None:
    ratio = Signal("ratio", "Ratio", expression="Connected / Connected", unit="none", description="R.")
    levels = ThresholdSet("ratio", [Level(ratio, "warning", above=1, for_="2m")])
    alert = Alert("DebeziumRatio", ratio.when(EVENTS).above("warning"), **TEXTS)
    group = RuleGroup("ratio", file="lag.yml", rules=[alert], thresholds=levels)
    with pytest.raises(DeclarationError, match="'events arrive' applies to each series"):
        alert_expression(alert, group, alert.level(levels), rendering, {})


def test_a_guard_that_is_no_promql_is_refused_where_it_stands() -> None:
    with pytest.raises(DeclarationError, match="guard 'x' is not valid PromQL") as caught:
        Guard("x", expression="sum(")
    assert caught.value.source is None or caught.value.source.file == __file__


def test_a_text_that_names_a_label_which_the_expression_drops_is_refused(rendering: Rendering) -> None:
    for text in ("{task} lags.", "{{ $labels.task }} lags."):
        alert = Alert("DebeziumLag", LAG.above("warning"), **TEXTS | {"description": text})
        group = RuleGroup("lag", file="lag.yml", rules=[alert], thresholds=SET)
        settings = RuleSettings({}, "", lambda _a, _g: None)
        with pytest.raises(DeclarationError, match="which the expression drops; it has connector, job, plugin, server"):
            compile_rule_file([group], rendering, settings, PurePosixPath("lag.yml"), "alerts/lag.py")


@pytest.mark.parametrize(
    ("text", "lab", "in_the_name"),
    [
        ("{server} ({plugin}) lags", "{server} ({plugin}) lags", "{server} lags"),
        ("{server} ({plugin}, job {job}) lags", "{server} ({plugin}, job {job}) lags", "{server} (job {job}) lags"),
        ("{server} (of us) lags ({value})", "{server} (of us) lags ({value})", "{server} (of us) lags ({value})"),
    ],
)
def test_a_text_has_no_parentheses_for_a_label_that_no_series_has(text: str, lab: str, in_the_name: str) -> None:
    for profile, said in (("lab", lab), ("rhel-connect", in_the_name)):
        alert = Alert("DebeziumLag", LAG.above("warning"), **TEXTS | {"description": text})
        group = RuleGroup("lag", file="lag.yml", rules=[alert], thresholds=SET)
        settings = RuleSettings({}, "", lambda _a, _g: None)
        rendering = Rendering(catalog(), load_profile(profile))
        document = compile_rule_file([group], rendering, settings, PurePosixPath("lag.yml"), "alerts/lag.py")
        written = document.data["groups"][0]["rules"][0]["annotations"]["description"]
        expected = said.replace("{value}", "{{ $value | humanizeDuration }}")
        assert written == re.sub(r"(?<!\{)\{(\w+)\}", r"{{ $labels.\1 }}", expected)
