"""Two dashboards of a folder have different titles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Dashboard, Lint

CHECK = Check("duplicate-title", "error", "Each dashboard of a folder has a unique title.")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every dashboard whose title another one of its folder has."""
    first: dict[tuple[str, str], Dashboard] = {}
    for dashboard in lint.dashboards:
        folder = str(dashboard.linted.document.path.parent)
        other = first.setdefault((folder, dashboard.title), dashboard)
        if other is not dashboard and dashboard.title:
            yield dashboard.linted.problem(
                f"{dashboard.pointer}/title",
                f"the title {dashboard.title!r} is also that of {other.linted.document.path}: if Grafana provisions "
                "both from files, it stops updating the dashboards of that folder",
                suggestion="give this one a unique title",
                severity=None if lint.is_project else "warning",
            )
