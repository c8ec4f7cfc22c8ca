from __future__ import annotations

import pytest

from tests.linting import in_panel

LAG = "debezium_metrics_MilliSecondsBehindSource"


@pytest.mark.parametrize(
    "expression",
    [
        f"{LAG} > debezium_metrics_SnapshotDurationInSeconds",
        f"{LAG} + debezium_metrics_QueueRemainingCapacity",
        f"{LAG} / 1000 - {LAG}",
        f"max({LAG}) - rate({LAG}[5m])",
    ],
)
def test_two_units(expression: str) -> None:
    assert in_panel("mixed-units", expression)


@pytest.mark.parametrize(
    "expression",
    [
        f"{LAG} - {LAG} offset 1h",
        f"{LAG} / 1000 > 60",
        "debezium_metrics_QueueTotalCapacity - debezium_metrics_QueueRemainingCapacity",
        f"{LAG} + unknown_metric",
        "time() - timestamp(up)",
        "count(up) - sum(up)",
    ],
)
def test_one_unit(expression: str) -> None:
    assert not in_panel("mixed-units", expression)
