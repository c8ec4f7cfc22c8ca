"""A variable that a dashboard offers changes something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.lint.subjects import text_of
from dashlib.lint.variables import uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check("unused-variable", "warning", "A variable that a dashboard offers changes something.")

# Grafana applies them without being asked to.
_APPLIED = frozenset({"adhoc", "groupby", "system"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every variable that nothing uses."""
    for dashboard in lint.dashboards:
        places: dict[str, set[str]] = {}
        for name, pointer, *_ in uses(dashboard):
            places.setdefault(name, set()).add(pointer)
        repeated = {text_of(panel.data.get("repeat")) for panel in dashboard.all_panels}
        for pointer, variable in dashboard.variables:
            name = text_of(variable.get("name"))
            used = {place for place in places.get(name, ()) if not place.startswith(f"{pointer}/")}
            if used or name in repeated or variable.get("type") in _APPLIED or not name:
                continue
            yield dashboard.linted.problem(
                pointer,
                f"nothing uses the variable {name!r}: whoever chooses a value sees no change",
                suggestion="remove it, or filter by it",
            )
