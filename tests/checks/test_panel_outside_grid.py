from __future__ import annotations

from tests.linting import in_panel


def test_sizes_are_whole_numbers_above_zero() -> None:
    assert in_panel("panel-outside-grid", "up", gridPos={"w": "12"})
    assert in_panel("panel-outside-grid", "up", gridPos={"h": 0})


def test_old_dashboards_have_no_grid() -> None:
    assert not in_panel("panel-outside-grid", "up", gridPos=None, span=6)
