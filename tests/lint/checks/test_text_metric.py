from __future__ import annotations

from tests.linting import dashboard, found, in_panel, panel


def test_a_legend_may_show_the_text() -> None:
    target = {"expr": "debezium_metrics_BinlogFilename", "legendFormat": "{{value}}"}
    assert not found("text-metric", dashboard(panel(targets=[target])))


def test_numbers_are_no_texts() -> None:
    assert not in_panel("text-metric", "debezium_metrics_BinlogPosition")


def test_of_what_is_multiplied_with_0_only_that_it_is_there_counts() -> None:
    assert in_panel("text-metric", "group by (server) (debezium_metrics_BinlogFilename)")
    assert not in_panel("text-metric", "up or 0 * group by (server) (debezium_metrics_BinlogFilename)")
