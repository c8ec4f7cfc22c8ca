from __future__ import annotations

from tests.linting import dashboard, found, in_panel, panel


def test_a_value_that_may_be_empty_is_right() -> None:
    assert not in_panel("optional-label", 'debezium_metrics_Connected{connector=~"a|"}')
    assert not in_panel("optional-label", 'debezium_metrics_Connected{connector!="a"}')
    assert in_panel("optional-label", 'debezium_metrics_Connected{connector="a"}')


def test_a_legend_of_nothing_else_is_empty() -> None:
    target = {"expr": "debezium_metrics_Connected", "legendFormat": "{{connector}}"}
    assert found("optional-label", dashboard(panel(targets=[target])))


def test_kafka_connects_own_label_is_no_option() -> None:
    assert not in_panel("optional-label", 'kafka_connect_connector_status{connector=~"$connector"}')


def test_who_asks_for_the_label_itself_leaves_the_others_out_on_purpose() -> None:
    assert not in_panel("optional-label", 'debezium_metrics_Connected{connector!="", connector=~"$connector"}')
    assert in_panel("optional-label", 'debezium_metrics_Connected{server!="", connector=~"$connector"}')
