from __future__ import annotations

import pytest

from tests.linting import in_alert, in_panel


def test_without_labels_there_are_none_to_lose() -> None:
    assert not in_panel("lost-labels", "sum(rate(x_total[$__rate_interval])) or vector(0)")
    assert not in_alert("lost-labels", "(count(up == 0) or vector(0)) > 1")


def test_a_scalar_beside_series() -> None:
    assert in_alert("lost-labels", "(up or vector(0)) == 0")


@pytest.mark.parametrize("expression", ["sum(up or vector(0)) < 1", "max(up or vector(0)) by () < 1"])
def test_an_aggregation_that_keeps_no_label_makes_one_of_both(expression: str) -> None:
    assert not in_alert("lost-labels", expression)


def test_only_labels_that_the_aggregation_keeps_are_named() -> None:
    (message,) = in_alert("lost-labels", 'sum by (cluster) (up{le="1"} or vector(0)) < 1')
    assert "(cluster)" in message
    assert in_alert("lost-labels", "topk(3, up or vector(0)) < 1")
    assert in_alert("lost-labels", "sum without (pod) (up or vector(0)) < 1")
