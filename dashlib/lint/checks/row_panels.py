"""The panels of a row are where Grafana looks for them: inside it where it is collapsed, behind it where it is open."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dashlib.documents.values import object_of
from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Dashboard, Lint, Panel

CHECK = Check(
    "row-panels",
    "error",
    "The panels of a row are inside it if it is collapsed, and after it if it is open.",
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield what holds panels that Grafana does not show there, and collapsed rows whose panels stand behind them."""
    for dashboard in lint.dashboards:
        for panel in dashboard.all_panels:
            inside = panel.panels
            if panel.is_open_row and inside:
                count = f"{len(inside)} panels are" if len(inside) > 1 else "a panel is"
                yield dashboard.linted.problem(
                    f"{panel.pointer}/panels",
                    f"{count} inside row {panel.title!r}, which is not collapsed: Grafana does not show panels "
                    "inside an open row",
                    suggestion="set collapsed: true, or move them after the row",
                )
            elif inside and (panel.kind != "row" or panel.depth):
                yield dashboard.linted.problem(
                    f"{panel.pointer}/panels",
                    f"{panel.name} has panels inside it, "
                    + ("but stands in a row itself" if panel.kind == "row" else "but is not a row")
                    + ": Grafana does not show them",
                    suggestion="move them into a row of the dashboard itself",
                )
        yield from _empty_rows(dashboard)


def _empty_rows(dashboard: Dashboard) -> Iterator[Problem]:
    shown = sorted((panel for panel in dashboard.all_panels if panel.depth == 0), key=_place)
    for row, behind in itertools.pairwise(shown):
        is_empty = row.kind == "row" and row.data.get("collapsed") and not row.has_panels
        if is_empty and behind.kind != "row":
            yield dashboard.linted.problem(
                f"{row.pointer}/collapsed",
                f"row {row.title!r} is collapsed and empty, and {behind.name} comes after it: Grafana shows that "
                "panel outside the row",
                suggestion="move the panels into the row, or open it",
                severity="warning",
            )


def _place(panel: Panel) -> tuple[float, float]:
    position = object_of(panel.data.get("gridPos"))
    y, x = position.get("y"), position.get("x")
    return (y if isinstance(y, int | float) else 0.0, x if isinstance(x, int | float) else 0.0)
