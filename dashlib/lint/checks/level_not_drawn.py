"""Every level that a rule fires at is a color step of the panels that carry the same threshold set."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import COMPARISONS, Binary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Panel, Rule

CHECK = Check(
    "level-not-drawn",
    "warning",
    "A panel that uses a threshold set shows every level of it at which a rule fires.",
    needs_project=True,
)

# From a signal's unit to what a panel shows it in: seconds as milliseconds, minutes, hours or days; a share in percent.
_FACTORS = (1.0, 1000.0, 0.001, 1 / 60, 1 / 3600, 1 / 86400, 100.0, 0.01)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel that carries a rule's threshold set and not its level."""
    fired = {}
    for alert in lint.alerts:
        origin = alert.linted.document.sources.get(alert.pointer)
        threshold = _threshold(alert)
        if origin is not None and origin.level and threshold is not None:
            fired[(origin.signal, origin.level.partition("/")[0], threshold)] = alert
    for panel in lint.panels:
        for signal, sets, steps in _carried(panel):
            for (of, name, threshold), alert in fired.items():
                if of == signal and name in sets and not _is_step(threshold, steps):
                    yield panel.linted.problem(
                        panel.pointer,
                        f"{panel.name} uses the threshold set {name!r} but does not show {threshold:g}, the level at "
                        "which "
                        f"{alert.name} fires",
                        suggestion="take the panel's steps from the set",
                    )


def _is_step(threshold: float, steps: set[float]) -> bool:
    """Tell whether a panel has a step at a threshold, in whichever unit it shows it."""
    return any(math.isclose(threshold * factor, step) for factor in _FACTORS for step in steps)


def _carried(panel: Panel) -> Iterator[tuple[str, set[str], set[float]]]:
    """Yield the signal of a panel, the sets that its steps come from, and the steps."""
    sources = panel.linted.document.sources
    prefix = f"{panel.pointer}/fieldConfig/defaults/thresholds/steps/"
    origins = [origin for pointer, origin in sources.items() if pointer.startswith(prefix)]
    steps = panel.defaults.get("thresholds", {}).get("steps", [])
    values = {float(step["value"]) for step in steps if isinstance(step.get("value"), int | float)}
    for signal in {origin.signal for origin in origins}:
        yield signal, {origin.level.partition("/")[0] for origin in origins if origin.signal == signal}, values


def _threshold(alert: Rule) -> float | None:
    """Return the number that an alert compares with, guards apart; None for a state, which a panel maps to a string."""
    node = alert.query.tree
    while isinstance(node, Binary) and node.operator in {"and", "unless"}:
        node = node.left
    if isinstance(node, Binary) and node.operator in COMPARISONS - {"==", "!="}:
        return alert.query.type_of(node.right).constant
    return None
