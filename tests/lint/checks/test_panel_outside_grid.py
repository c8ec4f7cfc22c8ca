from __future__ import annotations

import pytest

from tests.linting import dashboard, found, in_panel


def test_sizes_are_numbers_above_zero() -> None:
    assert in_panel("panel-outside-grid", "up", gridPos={"w": "12"})
    assert in_panel("panel-outside-grid", "up", gridPos={"h": 0})
    assert not in_panel("panel-outside-grid", "up", gridPos={"h": 7.5})


def test_old_dashboards_have_no_grid() -> None:
    assert not in_panel("panel-outside-grid", "up", gridPos=None, span=6)


@pytest.mark.parametrize("side", ["x", "y", "w", "h"])
def test_grafana_fills_in_what_is_missing(side: str) -> None:
    assert not in_panel("panel-outside-grid", "up", gridPos={side: None})


@pytest.mark.parametrize("width", [0, 1, 25, 26])
def test_a_row_is_as_wide_as_the_grid_whatever_it_says(width: int) -> None:
    row = {"id": 1, "type": "row", "title": "Row", "gridPos": {"x": 0, "y": 0, "w": width, "h": 1}}
    assert not found("panel-outside-grid", dashboard(row))


def test_what_is_repeated_side_by_side_takes_the_whole_width() -> None:
    place = {"x": 16, "w": 12}
    assert not in_panel("panel-outside-grid", "up", gridPos=place, repeatDirection="h")
    assert in_panel("panel-outside-grid", "up", gridPos=place, repeatDirection="v")
    assert in_panel("panel-outside-grid", "up", gridPos=place, repeat=None)
