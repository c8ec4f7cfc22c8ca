from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.linting import dashboard, found


def box(number: int, x: int, y: int, w: int, h: int) -> dict[str, object]:
    return {"id": number, "type": "text", "title": str(number), "gridPos": {"x": x, "y": y, "w": w, "h": h}}


sizes = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 12), st.integers(1, 8))


@given(st.lists(sizes, max_size=6))
def test_it_is_found_exactly_when_two_share_a_cell(boxes: list[tuple[int, int, int, int]]) -> None:
    cells = [{(a, b) for a in range(x, x + w) for b in range(y, y + h)} for x, y, w, h in boxes]
    shared = any(one & other for number, one in enumerate(cells) for other in cells[:number])
    panels = [box(number, *sides) for number, sides in enumerate(boxes)]
    assert bool(found("panel-overlap", dashboard(panels=panels))) is shared


def test_a_collapsed_row_has_a_grid_of_its_own() -> None:
    row = {"id": 9, "type": "row", "gridPos": {"x": 0, "y": 8, "w": 24, "h": 1}, "panels": [box(2, 0, 0, 12, 8)]}
    assert not found("panel-overlap", dashboard(box(1, 0, 0, 12, 8), row))


def test_a_row_is_one_high_and_as_wide_as_the_grid() -> None:
    row = {"id": 9, "type": "row", "gridPos": {"x": 0, "y": 0, "w": 1, "h": 8}}
    assert not found("panel-overlap", dashboard(row, box(1, 0, 1, 12, 8)))
    assert found("panel-overlap", dashboard(row, box(1, 12, 0, 12, 8)))


def test_a_row_is_called_one() -> None:
    row = {"id": 9, "type": "row", "title": "Lag", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}}
    (message,) = found("panel-overlap", dashboard(row, box(1, 0, 0, 12, 8)))
    assert message.startswith(("row 'Lag' overlaps panel '1'", "panel '1' overlaps row 'Lag'"))


def test_what_an_open_row_holds_is_not_shown() -> None:
    row = {"id": 9, "type": "row", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}, "panels": [box(1, 0, 0, 9, 9)] * 2}
    assert not found("panel-overlap", dashboard(row))


def test_what_a_repetition_has_left_over_is_made_anew() -> None:
    left_over = {**box(2, 0, 0, 12, 8), "repeatPanelId": 1}
    assert not found("panel-overlap", dashboard(box(1, 0, 0, 12, 8), left_over))
