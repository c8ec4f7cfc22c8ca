from __future__ import annotations

from tests.linting import in_alert, in_panel


def test_panels_may_rank() -> None:
    assert not in_panel("fragile-selection", "topk(5, debezium_metrics_QueueRemainingCapacity)")


def test_inside_of_a_comparison_too() -> None:
    assert in_alert("fragile-selection", "bottomk(1, debezium_metrics_QueueRemainingCapacity) < 5")
