"""A panel lies within the 24 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.lint.subjects import object_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check("panel-outside-grid", "error", "A panel lies within Grafana's grid of 24 columns.")

_COLUMNS = 24


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel that reaches beyond the grid, or has no size."""
    for dashboard in lint.dashboards:
        for panel in dashboard.all_panels:
            position = object_of(panel.data.get("gridPos"))
            x, width, height = position.get("x", 0), position.get("w"), position.get("h")
            pointer = f"{panel.pointer}/gridPos"
            if not (isinstance(x, int) and isinstance(width, int) and isinstance(height, int)):
                if position:
                    yield dashboard.linted.problem(
                        pointer, f"{panel.name} has a gridPos without whole numbers x, w and h"
                    )
                continue
            if x < 0 or x + width > _COLUMNS:
                yield dashboard.linted.problem(
                    pointer,
                    f"{panel.name} reaches from column {x} to {x + width}; the grid has {_COLUMNS}",
                    suggestion=f"make it at most {_COLUMNS - max(x, 0)} wide",
                )
            if width < 1 or height < 1:
                yield dashboard.linted.problem(pointer, f"{panel.name} is {width} wide and {height} high")
