"""Each query of a panel has a letter of its own: transformations, expressions and overrides go by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, ValueFix
from dashlib.lint.subjects import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check("duplicate-ref-id", "error", "Each query of a panel has a refId of its own.")

_LETTERS = [chr(number) for number in range(ord("A"), ord("Z") + 1)]


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every query whose refId another one of its panel has; one without a refId gets a letter from Grafana."""
    for panel in lint.panels:
        used = {target.get("refId") for _, target in panel.targets}
        seen: set[tuple[str, str]] = set()
        for pointer, target in panel.targets:
            name = text_of(target.get("refId"))
            if not name or target.get("hide"):
                continue
            # each datasource is asked by itself, and answers by refId
            own = (name, repr(target.get("datasource") or panel.data.get("datasource")))
            if own in seen:
                free = next((letter for letter in _LETTERS if letter not in used), "")
                used.add(free)
                yield panel.dashboard.linted.problem(
                    f"{pointer}/refId",
                    f"two queries of {panel.name} have the refId {name!r}: Grafana shows the answer "
                    "of only one of them",
                    suggestion=f"name this one {free!r}",
                    fix=ValueFix(free),
                )
            seen.add(own)
