from __future__ import annotations

from tests.linting import in_alert, in_panel


def test_without_labels_there_are_none_to_lose() -> None:
    assert not in_panel("lost-labels", "sum(rate(x_total[$__rate_interval])) or vector(0)")
    assert not in_alert("lost-labels", "(count(up == 0) or vector(0)) > 1")


def test_a_scalar_beside_series() -> None:
    assert in_alert("lost-labels", "(up or vector(0)) == 0")
