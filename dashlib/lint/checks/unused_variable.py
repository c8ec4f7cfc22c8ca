"""Every variable of a dashboard is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.documents.variable_uses import hands_on_all, repeated, uses
from dashlib.lint.findings import Check, hints_once_a_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check("unused-variable", "warning", "Every variable of a dashboard is used.", together=hints_once_a_file)

# Grafana applies them without being asked to.
_APPLIED = frozenset({"adhoc", "groupby", "system"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every variable that nothing uses; nothing for a dashboard that hands on all, or shows library panels."""
    for dashboard in lint.dashboards:
        if hands_on_all(dashboard) or dashboard.linted.document.is_of_library:
            continue
        places: dict[str, set[str]] = {}
        for use in uses(dashboard):
            places.setdefault(use.reference.name, set()).add(use.pointer)
        by_repeat = {name for name, _ in repeated(dashboard)}
        for variable in dashboard.variables:
            name, pointer = variable.name, variable.pointer
            used = {place for place in places.get(name, ()) if not place.startswith(f"{pointer}/")}
            if used or name in by_repeat or variable.kind in _APPLIED or not name:
                continue
            yield dashboard.linted.problem(
                pointer,
                f"nothing in the dashboard uses the variable {name!r}"
                + ("" if variable.is_hidden else ": choosing a value changes nothing"),
                suggestion="remove it, or use it in a filter",
                severity="info" if variable.is_hidden else None,  # nobody chooses a value
            )
