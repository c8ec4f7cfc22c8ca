"""What a user relies on: durations are written as Prometheus writes them, and read back as they were."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.declare.signals import duration
from dashlib.promql import duration_seconds, format_duration


# As `model.Duration.String` of prometheus/common gives them.
@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0s"), (0.5, "500ms"), (1.5, "1s500ms"), (60, "1m"), (5400, "1h30m"), (86_400, "1d"), (129_600, "36h"),
        (604_800, "1w"), (691_200, "8d"), (2_592_000, "30d"), (31_536_000, "1y"),
    ],
)  # fmt: skip
def test_a_duration_is_written_as_prometheus_writes_it(seconds: float, written: str) -> None:
    assert format_duration(seconds) == written
    assert duration(timedelta(seconds=seconds)) == written


@given(st.integers(0, 10**12))
def test_a_duration_keeps_its_length(milliseconds: int) -> None:
    assert round(duration_seconds(format_duration(milliseconds / 1000)) * 1000) == milliseconds
