from __future__ import annotations

import pytest

from tests.linting import in_panel


@pytest.mark.parametrize(
    "expression",
    [
        "debezium_metrics_Connected == 2",
        "debezium_metrics_Connected < 0",
        "1 < debezium_metrics_Connected",
        "count(debezium_metrics_Connected) < 0",
        "(x > 10) == 5",
        "x == NaN",
        "x >= bool NaN",
    ],
)
def test_it_never_holds(expression: str) -> None:
    assert in_panel("impossible-comparison", expression)


@pytest.mark.parametrize(
    "expression",
    [
        "debezium_metrics_Connected == 1",
        "x > 5",
        "(x > 3) < 5",
        "x != x",
        "sum(debezium_metrics_Connected) > 2",
        "x > y",
    ],
)
def test_it_may_hold(expression: str) -> None:
    assert not in_panel("impossible-comparison", expression)


def test_what_is_added_up_or_scaled_has_other_bounds() -> None:
    assert not in_panel("impossible-comparison", "debezium_metrics_Connected * 1000 == 1000")
    assert not in_panel("impossible-comparison", "(up == bool 0) + (up == bool 1) * 1000 == 1000")
    assert in_panel("impossible-comparison", "(up * 1000 == bool 1000) == 2")
