"""Each panel has a unique id: links to panels use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Panel

CHECK = Check("duplicate-panel-id", "warning", "Each panel of a dashboard has a unique id.")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel whose id another one has."""
    for dashboard in lint.dashboards:
        first: dict[int, Panel] = {}
        for panel in dashboard.all_panels:
            number = panel.data.get("id")
            if not isinstance(number, int) or not number:  # Grafana numbers a panel without an id
                continue
            other = first.setdefault(number, panel)
            if other is not panel:
                yield panel.linted.problem(
                    f"{panel.pointer}/id",
                    f"the id {number} of {panel.name} is also that of {other.name}: Grafana assigns this panel "
                    "another id each time it loads the dashboard, so a link to it opens the first one",
                    suggestion="give this one a unique id",
                )
