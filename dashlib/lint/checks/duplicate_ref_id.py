"""Each query of a panel has a unique letter: transformations, expressions and overrides refer to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, ValueFix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check("duplicate-ref-id", "error", "Each query of a panel has a unique refId.")

_LETTERS = [chr(number) for number in range(ord("A"), ord("Z") + 1)]


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every query whose refId another one of its panel has; one without a refId gets a letter from Grafana."""
    for panel in lint.panels:
        used = {query.ref_id for query in panel.queries}
        seen: set[tuple[str, str]] = set()
        for query in panel.queries:
            name = query.ref_id
            if not name or query.is_hidden:
                continue
            # each datasource is asked by itself, and answers by refId
            own = (name, repr(query.datasource))
            if own in seen:
                free = next((letter for letter in _LETTERS if letter not in used), "")
                used.add(free)
                yield panel.linted.problem(
                    f"{query.pointer}/refId",
                    f"two queries of {panel.name} have the refId {name!r}: Grafana shows the result of only one of "
                    "them",
                    suggestion=f"rename this one to {free!r}",
                    fix=ValueFix(free),
                )
            seen.add(own)
