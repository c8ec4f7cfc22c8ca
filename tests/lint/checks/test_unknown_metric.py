from __future__ import annotations

from tests.linting import dashboard, declared, found, in_panel, linted, panel, rule_file, run


def test_the_nearest_is_named() -> None:
    findings = run(linted(dashboard(panel("debezium_metrics_MilliSecondBehindSource"))))
    (finding,) = [one for one in findings if one.check == "unknown-metric"]
    assert finding.problem.suggestion == "did you mean debezium_metrics_MilliSecondsBehindSource?"


def test_recorded_metrics_exist() -> None:
    record = {"record": "debezium_metrics_lag", "expr": "up"}
    assert not found("unknown-metric", rule_file(record, {"expr": "debezium_metrics_lag > 1"}))


def test_of_other_exporters_nothing_is_said_in_foreign_files() -> None:
    assert not in_panel("unknown-metric", "node_cpu_seconds_total")


def test_in_declarations_every_metric_must_be_known() -> None:
    said = run(declared(dashboard(panel("node_load1"))))
    assert "unknown-metric" in {finding.check for finding in said}


def test_a_name_from_a_variable_is_not_guessed_at() -> None:
    assert not in_panel("unknown-metric", "debezium_metrics_$metric")


def test_a_home_made_name_is_a_warning() -> None:
    findings = run(linted(dashboard(panel("debezium_heartbeat_timestamp"))))
    assert ("unknown-metric", "warning") in {(one.check, one.severity) for one in findings}
