from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.linting import in_panel


def said(*steps: object) -> list[str]:
    config = {"defaults": {"thresholds": {"mode": "absolute", "steps": [{"value": value} for value in steps]}}}
    return in_panel("threshold-order", "up", fieldConfig=config)


@given(st.lists(st.integers(-100, 100), max_size=6))
def test_steps_ascend_strictly(values: list[int]) -> None:
    in_order = all(one < other for one, other in itertools.pairwise(values))
    assert bool(said(None, *values)) is not in_order


@pytest.mark.parametrize("base", [None, 0, 100, -5, "", "0"])
def test_the_first_step_stands_for_minus_infinity_whatever_it_says(base: object) -> None:
    assert not said(base, 5, 30)
    assert not said(base)


def test_a_browser_reads_the_number_in_a_text_and_null_as_zero() -> None:
    assert not said(None, "5", 30)
    assert said(None, "5", "3")
    assert not said(None, -1, None, 3)
    assert said(None, 3, None)


def test_a_step_without_a_number() -> None:
    assert "no value" in said(None, "five", 30)[0]
    steps = [{"value": None}, {"color": "red"}]
    assert in_panel("threshold-order", "up", fieldConfig={"defaults": {"thresholds": {"steps": steps}}})


def test_two_steps_of_one_value() -> None:
    assert "never shown" in said(None, 5, 5)[0]
