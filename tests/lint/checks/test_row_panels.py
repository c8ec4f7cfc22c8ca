from __future__ import annotations

from typing import Any

import pytest

from tests.linting import dashboard, linted, run

INSIDE = {"id": 2, "type": "text", "title": "Inside"}


def row(y: int = 0, **changes: Any) -> dict[str, Any]:
    return {"id": 1, "type": "row", "title": "Row", "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}, **changes}


def text(y: int) -> dict[str, Any]:
    return {"id": 5, "type": "text", "title": "Text", "gridPos": {"x": 0, "y": y, "w": 12, "h": 8}}


def said(*panels: dict[str, Any]) -> list[tuple[str, str]]:
    findings = run(linted(dashboard(*panels)))
    return [(one.severity, one.problem.pointer) for one in findings if one.check == "row-panels"]


@pytest.mark.parametrize("state", [{}, {"collapsed": False}, {"collapsed": None}])
def test_what_stands_inside_an_open_row_vanishes(state: dict[str, Any]) -> None:
    assert said(row(panels=[INSIDE], **state)) == [("error", "/panels/0/panels")]


@pytest.mark.parametrize("panels", [{}, {"panels": []}, {"panels": None}])
def test_a_collapsed_row_whose_panels_stand_behind_it(panels: dict[str, Any]) -> None:
    assert said(row(collapsed=True, **panels), text(1)) == [("warning", "/panels/0/collapsed")]


def test_the_grid_says_what_stands_behind_a_row() -> None:
    assert said(text(1), row(collapsed=True))
    assert not said(row(9, collapsed=True), text(1))


def test_rows_as_grafana_saves_them() -> None:
    assert not said(row(collapsed=True, panels=[INSIDE]), row(1, id=3, collapsed=False, panels=[]), text(2))
    assert not said(row(collapsed=True, panels=[INSIDE]), text(1))  # moved out of the row by hand
    assert not said(row(collapsed=True), row(1, id=3), text(2))
    assert not said(text(0), row(8, collapsed=True))


def test_what_stands_inside_a_panel_or_a_row_in_a_row_vanishes() -> None:
    inner = row(3, id=7, collapsed=True, panels=[INSIDE])
    assert said(row(collapsed=True, panels=[inner])) == [("error", "/panels/0/panels/0/panels")]
    assert said({**text(0), "panels": [INSIDE]}) == [("error", "/panels/0/panels")]
