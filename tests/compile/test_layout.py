from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dashlib.compile.layout import GRID_WIDTH, Size, place

sizes = st.lists(
    st.builds(
        Size,
        least_width=st.integers(1, GRID_WIDTH),
        height=st.integers(1, 30),
        width=st.none() | st.integers(1, GRID_WIDTH),
        grows=st.booleans(),
    ),
    max_size=30,
)


def overlaps(one: dict[str, int], other: dict[str, int]) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not (beside or above)


@given(sizes, st.integers(0, 100))
def test_panels_never_overlap_and_never_leave_the_grid(wanted: list[Size], top: int) -> None:
    positions, bottom = place(wanted, top)
    assert len(positions) == len(wanted)
    for index, position in enumerate(positions):
        assert position["x"] >= 0
        assert position["x"] + position["w"] <= GRID_WIDTH
        assert top <= position["y"]
        assert position["y"] + position["h"] <= bottom
        assert not any(overlaps(position, other) for other in positions[:index])


@given(sizes)
def test_reading_order_is_declaration_order(wanted: list[Size]) -> None:
    positions, _ = place(wanted, 0)
    for before, after in pairwise(positions):
        assert (before["y"], before["x"]) < (after["y"], after["x"])


@given(sizes)
def test_a_fixed_width_is_kept_and_no_panel_is_narrower_than_its_kind_needs(wanted: list[Size]) -> None:
    positions, _ = place(wanted, 0)
    for size, position in zip(wanted, positions, strict=True):
        assert position["h"] >= size.height if size.grows else position["h"] == size.height
        assert position["w"] == size.width if size.width is not None else position["w"] >= size.least_width


@given(sizes)
def test_a_line_with_a_panel_that_may_grow_fills_the_width(wanted: list[Size]) -> None:
    positions, _ = place(wanted, 0)
    lines: dict[int, list[tuple[Size, dict[str, int]]]] = {}
    for size, position in zip(wanted, positions, strict=True):
        lines.setdefault(position["y"], []).append((size, position))
    for line in lines.values():
        if any(size.width is None for size, _ in line):
            assert sum(position["w"] for _, position in line) == GRID_WIDTH


def test_small_panels_share_a_line_equally_and_charts_stand_in_pairs() -> None:
    stats, bottom = place([Size(4, 4)] * 3, 1)
    assert [(p["x"], p["y"], p["w"]) for p in stats] == [(0, 1, 8), (8, 1, 8), (16, 1, 8)]
    charts, bottom = place([Size(12, 8)] * 2, bottom)
    assert [(p["x"], p["y"], p["w"]) for p in charts] == [(0, 5, 12), (12, 5, 12)]
    assert bottom == 13


def test_a_panel_whose_height_nobody_chose_is_as_high_as_its_line() -> None:
    line, bottom = place([Size(6, 8, grows=True), Size(6, 4, grows=True), Size(6, 4)], 0)
    assert [position["h"] for position in line] == [8, 8, 4]
    assert bottom == 8


def test_no_panels_take_no_room() -> None:
    assert place([], 7) == ([], 7)
