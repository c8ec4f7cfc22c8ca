from __future__ import annotations

from tests.linting import in_panel

OLD = {"valueMaps": [{"value": "0", "text": "Failed"}], "type": "singlestat"}
NEW = {"defaults": {"mappings": [{"type": "value", "options": {"1": {"text": "Running"}}}]}}


def test_the_old_form_of_a_mapping_is_read() -> None:
    assert in_panel("constant-metric", "kafka_connect_connector_task_status", **OLD)


def test_a_mapping_of_one_is_right() -> None:
    assert not in_panel("constant-metric", "kafka_connect_connector_task_status", fieldConfig=NEW)


def test_a_metric_that_is_a_number_may_be_mapped() -> None:
    assert not in_panel("constant-metric", "debezium_metrics_Connected", **OLD)
