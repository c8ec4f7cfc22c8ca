from __future__ import annotations

from tests.linting import dashboard, found, in_panel, panel, settings


def test_without_a_version_nothing_is_said() -> None:
    assert not in_panel("debezium-version", "debezium_metrics_SnapshotSkipped")


def test_a_version_without_a_patch_is_its_last() -> None:
    shown = dashboard(panel("debezium_metrics_SnapshotSkipped"))
    assert found("debezium-version", shown, settings=settings(debezium="3.1"))
    assert not found("debezium-version", shown, settings=settings(debezium="3.2"))


def test_the_connectors_that_a_filter_names_decide() -> None:
    shown = dashboard(panel('debezium_metrics_BinlogPosition{plugin="mariadb"}'))
    assert "2.7" in found("debezium-version", shown, settings=settings(debezium="2.5"))[0]
    shown = dashboard(panel('debezium_metrics_BinlogPosition{plugin="mysql"}'))
    assert not found("debezium-version", shown, settings=settings(debezium="2.5"))
