"""Each query of a panel has a letter of its own: transformations, expressions and overrides go by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, ValueFix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check("duplicate-ref-id", "error", "Each query of a panel has a refId of its own.")

_LETTERS = [chr(number) for number in range(ord("A"), ord("Z") + 1)]


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every query whose refId another one of its panel has."""
    for panel in lint.panels:
        used = {target.get("refId") for _, target in panel.targets}
        seen: set[object] = set()
        for pointer, target in panel.targets:
            name = target.get("refId")
            if name is not None and name in seen:
                free = next((letter for letter in _LETTERS if letter not in used), "")
                used.add(free)
                yield panel.dashboard.linted.problem(
                    f"{pointer}/refId",
                    f"two queries of {panel.name} have the refId {name!r}: Grafana asks only one of them",
                    suggestion=f"name this one {free!r}",
                    fix=ValueFix(free),
                )
            seen.add(name)
