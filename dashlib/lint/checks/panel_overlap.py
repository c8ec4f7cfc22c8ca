"""No panels overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dashlib.documents.values import object_of
from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Panel

CHECK = Check("panel-overlap", "warning", "No panels overlap: Grafana would move one of them.")


_COLUMNS = 24


class _Box(NamedTuple):
    panel: Panel
    x: float
    y: float
    w: float
    h: float


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel that lies on one before it."""
    for dashboard in lint.dashboards:
        for boxes in _levels(list(dashboard.all_panels)):
            yield from _overlaps(boxes)


def _levels(panels: list[Panel]) -> Iterator[list[_Box]]:
    """Yield the panels that share a grid: those of the dashboard, and those of each collapsed row."""
    by_parent: dict[str, list[_Box]] = {}
    open_rows = {panel.pointer for panel in panels if panel.is_open_row}
    for panel in panels:
        is_left_over = panel.data.get("repeatPanelId")  # a copy that Grafana makes anew
        if panel.pointer.rpartition("/panels/")[0] in open_rows or is_left_over:
            continue  # it is not shown at all
        box = _box(panel)
        if box is not None:
            by_parent.setdefault(panel.pointer.rpartition("/")[0], []).append(box)
    yield from by_parent.values()


def _box(panel: Panel) -> _Box | None:
    position = object_of(panel.data.get("gridPos"))
    sides = [position.get(side) for side in "xywh"]
    if panel.kind == "row":  # as wide as the grid and one high, whatever it says
        sides = [0, position.get("y"), _COLUMNS, 1]
    if not all(isinstance(side, int | float) for side in sides):
        return None
    return _Box(panel, *(float(side) for side in sides if side is not None))


def _overlaps(boxes: list[_Box]) -> Iterator[Problem]:
    """Compare each panel with those above it that reach down to it."""
    ordered = sorted(boxes, key=lambda box: (box.y, box.x))
    active: list[_Box] = []
    for box in ordered:
        active = [one for one in active if one.y + one.h > box.y]
        for other in active:
            if box.x < other.x + other.w and other.x < box.x + box.w:
                yield box.panel.linted.problem(
                    f"{box.panel.pointer}/gridPos",
                    f"{box.panel.name} overlaps {other.panel.name}: Grafana moves one of them down",
                    suggestion=f"{other.panel.name} covers the columns {other.x:g} to {other.x + other.w:g} down to "
                    f"{other.y + other.h:g}",
                )
                break
        active.append(box)
