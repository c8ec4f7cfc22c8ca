from __future__ import annotations

from tests.linting import in_alert, in_panel


def test_panels_may_rank() -> None:
    assert not in_panel("fragile-selection", "topk(5, debezium_metrics_QueueRemainingCapacity)")


def test_inside_of_a_comparison_too() -> None:
    assert in_alert("fragile-selection", "bottomk(1, debezium_metrics_QueueRemainingCapacity) < 5")


def test_one_of_series_that_say_the_same_is_no_choice() -> None:
    used = 'topk by (cluster, namespace) (1, max without (instance) (kube_resourcequota{type="used"}))'
    assert not in_alert("fragile-selection", f"{used} / on (cluster, namespace) quota > 0.9")
    assert in_alert("fragile-selection", "topk by (cluster, namespace) (3, used) > 5")
