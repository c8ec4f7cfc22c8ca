"""A panel's thresholds ascend."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dashlib.documents.values import object_of
from dashlib.glance.javascript import to_number
from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Panel

CHECK = Check("threshold-order", "error", "A panel's threshold steps are in ascending order.")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every step that is out of order, behind the first: that stands for minus infinity whatever it says."""
    for panel in lint.panels:
        steps = object_of(panel.defaults.get("thresholds")).get("steps")
        if isinstance(steps, list):
            yield from _problems(panel, [step for step in steps if isinstance(step, dict)])


def _problems(panel: Panel, steps: list[dict[str, Any]]) -> Iterator[Problem]:
    linted = panel.linted
    place = "fieldConfig" if "defaults" in object_of(panel.data.get("fieldConfig")) else "options/fieldOptions"
    pointer = f"{panel.pointer}/{place}/defaults/thresholds/steps"
    previous: float | None = None
    for index, step in enumerate(steps[1:], 1):
        value = _number(step.get("value", ""))
        if value is None:
            yield linted.problem(
                f"{pointer}/{index}",
                f"a step of {panel.name} has no value: neither it nor the steps after it are ever reached",
                suggestion="set the value from which it applies",
            )
            return
        if previous is not None and value < previous:
            yield linted.problem(
                f"{pointer}/{index}/value",
                f"the step {value:g} of {panel.name} comes after {previous:g}, so it applies only from there on",
                suggestion="sort the steps in ascending order",
            )
        elif value == previous:
            yield linted.problem(
                f"{pointer}/{index}/value",
                f"two steps of {panel.name} start at {value:g}: the color of the first is never shown",
                suggestion="remove one of them",
                severity="warning",
            )
        previous = value


def _number(value: object) -> float | None:
    """Return what a browser compares with: 0 for null, the number in a string."""
    if value is None:
        return 0.0
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        number = to_number(math.nan if value == "" else value)
        return None if math.isnan(number) else number
    return None
