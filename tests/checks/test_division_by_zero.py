from __future__ import annotations

import pytest

from tests.linting import in_panel

USED = "debezium_metrics_CurrentQueueSizeInBytes"
SIZE = "debezium_metrics_MaxQueueSizeInBytes"


@pytest.mark.parametrize(
    "divisor", [f"({SIZE} > 0)", f"clamp_min({SIZE}, 1)", "1000", f"({SIZE} != 0)", f"count({SIZE})"]
)
def test_a_divisor_that_is_never_zero(divisor: str) -> None:
    assert not in_panel("division-by-zero", f"sum({USED} / on () group_left () {divisor})")


@pytest.mark.parametrize("divisor", [SIZE, f"({SIZE} >= 0)", f"({SIZE} > bool 0)", f"sum({SIZE})", "0"])
def test_a_divisor_that_may_be(divisor: str) -> None:
    assert in_panel("division-by-zero", f"sum({USED} / on () group_left () {divisor})")


def test_one_series_of_many_does_no_harm_in_a_panel() -> None:
    assert not in_panel("division-by-zero", f"{USED} / {SIZE}")
    assert not in_panel("division-by-zero", f"max({USED} / {SIZE})")
