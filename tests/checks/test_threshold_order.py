from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tests.linting import in_panel


@given(st.lists(st.integers(-100, 100), max_size=6))
def test_steps_ascend_strictly(values: list[int]) -> None:
    steps = [{"color": "green", "value": None}, *({"color": "red", "value": value} for value in values)]
    config = {"defaults": {"thresholds": {"mode": "absolute", "steps": steps}}}
    in_order = all(one < other for one, other in itertools.pairwise(values))
    assert bool(in_panel("threshold-order", "up", fieldConfig=config)) is not in_order


def test_a_step_without_a_number() -> None:
    steps = [{"value": None}, {"value": "5"}]
    assert in_panel("threshold-order", "up", fieldConfig={"defaults": {"thresholds": {"steps": steps}}})
