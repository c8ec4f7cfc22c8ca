"""What each recorded fault makes fire, and what a person then sees on the dashboards.

The compiled rules and dashboards, unchanged, over what really happened to the series. Both are asked in one replay.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.recordings.drawing_out import HELD, draw_out
from dashlib.recordings.recording import ABSENT, GONE
from tests.e2e.fault_table import PAGE, beginning_of_row, expected, page, recording_of, row, row_of_glances
from tests.e2e.faults import FAULTS
from tests.e2e.glances import glances, wrong_in
from tests.e2e.replay import EVALUATION_SECONDS
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.slow

INTERVAL = 5.0
MORE = round(HELD / INTERVAL)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_makes_fire_what_it_must_and_nothing_dead_is_shown_as_well(
    fault: str, request: pytest.FixtureRequest
) -> None:
    recording = recording_of(fault)
    fired, found = glances(recording, needed_promtool(request))
    assert expected()[fault].difference(fired) == ""
    assert list(wrong_in(recording, found)) == []
    assert rows_on_the_page(fault) == [row(fault, fired), row_of_glances(fault, found)]


@pytest.mark.parametrize("fault", FAULTS)
def test_panels_that_read_records_show_nothing_dead_as_well(fault: str, request: pytest.FixtureRequest) -> None:
    recording = recording_of(fault)
    fired, found = glances(recording, needed_promtool(request), records=True)
    assert expected()[fault].difference(fired) == ""
    assert list(wrong_in(recording, found, late=EVALUATION_SECONDS)) == []


def test_the_page_has_a_row_for_each_fault_and_no_other() -> None:
    fired, seen = zip(*(rows_on_the_page(fault) for fault in FAULTS), strict=True)
    assert PAGE.read_text(encoding="utf-8") == page(fired, seen)


def rows_on_the_page(fault: str) -> list[str]:
    lines = PAGE.read_text(encoding="utf-8").splitlines(keepends=True)
    return [line for line in lines if line.startswith(beginning_of_row(fault))]


@pytest.mark.parametrize(
    ("values", "height", "held"),
    [
        (["1"] * 20, 20, ["1"] * MORE),
        (["1"] * 10 + ["0"] * 5, 15, ["0"] * MORE),
        (["1"] * 10 + [GONE] + [ABSENT] * 4, 15, [ABSENT] * MORE),
        ([str(5000 * n) for n in range(20)], 20, [str(5000 * (20 + n)) for n in range(MORE)]),
        (["0", "3", "0", "NaN"] * 5, 20, (["0", "3", "0", "NaN"] * MORE)[:MORE]),
        ([ABSENT, "1", ABSENT, ABSENT, "1", ABSENT], 6, ["1"] * MORE),
    ],
    ids=["constant", "changed and stayed", "gone", "growing", "up and down", "scraped less often"],
)
def test_a_series_goes_on_as_it_went(values: Sequence[str], height: int, held: Sequence[str]) -> None:
    assert draw_out(values, height, INTERVAL) == [*values, *held]


@given(st.integers(0, 10**15), st.lists(st.integers(0, 100), min_size=2, max_size=20))
def test_a_counter_never_falls_when_it_is_drawn_out(start: int, steps: list[int]) -> None:
    """A fall is a reset to Prometheus, and an alert counts resets."""
    values = list(itertools.accumulate(steps, initial=start))
    drawn = draw_out([str(value) for value in values], len(values) // 2 + 1, INTERVAL, counts=True)
    assert all(float(later) >= float(earlier) for earlier, later in itertools.pairwise(drawn))


samples = st.sampled_from(["0", "1", "2", "2.5", "-1", "NaN", GONE, ABSENT])


@given(st.lists(samples, max_size=40), st.integers(1, 60))
def test_drawing_out_changes_nothing_before_the_height_and_lasts_as_long_as_it_should(
    values: list[str], height: int
) -> None:
    drawn = draw_out(values, height, INTERVAL)
    assert drawn[: min(height, len(values))] == values[:height]
    assert len(drawn) == max(height, len(values)) + MORE
