"""Thresholds of a panel ascend from a base without a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashlib.lint.findings import Check, ValueFix
from dashlib.lint.subjects import object_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Panel

CHECK = Check("threshold-order", "error", "Thresholds of a panel ascend from a base step whose value is null.")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every threshold that is out of order, and every base that is a number."""
    for panel in lint.panels:
        steps = object_of(panel.defaults.get("thresholds")).get("steps")
        if isinstance(steps, list) and steps:
            yield from _problems(panel, [step for step in steps if isinstance(step, dict)])


def _problems(panel: Panel, steps: list[dict[str, Any]]) -> Iterator[Problem]:
    linted = panel.dashboard.linted
    pointer = f"{panel.pointer}/fieldConfig/defaults/thresholds/steps"
    base = steps[0].get("value")
    if base is not None:
        yield linted.problem(
            f"{pointer}/0/value",
            f"the base step of {panel.name} has the value {base!r}: below it nothing has a colour",
            suggestion="the first step has the value null, which stands for minus infinity",
            fix=ValueFix(None),
        )
    previous: float | None = None
    for index, step in enumerate(steps[1:], 1):
        value = step.get("value")
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield linted.problem(f"{pointer}/{index}", f"a step of {panel.name} has no number: {value!r}")
            continue
        if previous is not None and value <= previous:
            yield linted.problem(
                f"{pointer}/{index}/value",
                f"the step {value:g} of {panel.name} stands behind {previous:g}",
                suggestion="steps ascend",
            )
        previous = float(value)
