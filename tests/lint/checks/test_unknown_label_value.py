from __future__ import annotations

from dashlib.lint.findings import TextFix
from tests.linting import dashboard, in_panel, linted, panel, run


def test_a_list_of_connectors_may_hold_some_that_lack_the_metric() -> None:
    assert not in_panel("unknown-label-value", 'debezium_metrics_BinlogPosition{plugin=~"mysql|postgres"}')
    assert in_panel("unknown-label-value", 'debezium_metrics_BinlogPosition{plugin="postgres"}')


def test_a_negation_of_a_connector_takes_nothing_away() -> None:
    assert not in_panel("unknown-label-value", 'debezium_metrics_BinlogPosition{plugin!="postgres"}')


def test_patterns_and_variables_are_not_guessed_at() -> None:
    assert not in_panel("unknown-label-value", 'debezium_metrics_Connected{context=~"stream.*"}')
    assert not in_panel("unknown-label-value", 'debezium_metrics_Connected{context="$context"}')


def test_the_case_is_mended() -> None:
    findings = run(linted(dashboard(panel('kafka_connect_connector_status{status="FAILED"}'))))
    (finding,) = [one for one in findings if one.check == "unknown-label-value"]
    assert isinstance(finding.problem.fix, TextFix)
    assert finding.problem.fix.text == 'status="failed"'


def test_a_kind_that_the_whole_query_is_about_may_lack_one_of_its_metrics() -> None:
    of_all = (
        'debezium_metrics_Connected{plugin="postgres"} unless debezium_metrics_SchemaHistoryStatus{plugin="postgres"}'
    )
    assert not in_panel("unknown-label-value", of_all)
    assert in_panel("unknown-label-value", of_all.replace("postgres", "mysq"))
