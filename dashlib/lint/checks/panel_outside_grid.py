"""A panel lies within the 24 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.documents.values import object_of
from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check("panel-outside-grid", "warning", "A panel fits into Grafana's grid of 24 columns.")

_COLUMNS = 24


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel that reaches beyond the grid, or has no size.

    A row is as wide as the grid whatever it says, and so is what is repeated side by side. What is missing Grafana
    fills in.
    """
    for dashboard in lint.dashboards:
        for panel in dashboard.panels:
            position = object_of(panel.data.get("gridPos"))
            sides = [position.get(side) for side in ("x", "w", "h") if position.get(side) is not None]
            pointer = f"{panel.pointer}/gridPos"
            if not all(_is_number(side) for side in sides):
                yield dashboard.linted.problem(pointer, f"{panel.name} has a gridPos whose x, w and h are not numbers")
                continue
            x, width, height = (position.get(side, default) for side, default in (("x", 0), ("w", 6), ("h", 3)))
            is_side_by_side = panel.data.get("repeat") and panel.data.get("repeatDirection") != "v"
            if (x < 0 or x + width > _COLUMNS) and not is_side_by_side:
                yield dashboard.linted.problem(
                    pointer,
                    f"{panel.name} reaches from column {x:g} to {x + width:g}; the grid has {_COLUMNS}, and Grafana "
                    "moves it",
                    suggestion=f"make it at most {_COLUMNS - max(x, 0):g} wide",
                )
            if width <= 0 or height <= 0:
                yield dashboard.linted.problem(
                    pointer, f"{panel.name} is {width:g} wide and {height:g} high", severity="error"
                )


def _is_number(side: object) -> bool:
    return isinstance(side, int | float) and not isinstance(side, bool)
