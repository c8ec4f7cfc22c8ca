"""A few rounds of each target at every `make test`; `make fuzz` takes many."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.inputs import INPUTS, SEEDS
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_seeds_are_taken(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
@pytest.mark.parametrize("name", sorted(TARGETS))
def test_anything_is_taken(name: str, data: st.DataObject) -> None:
    TARGETS[name](data.draw(INPUTS[name]))
