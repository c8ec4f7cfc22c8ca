"""A variable that a dashboard uses is one that it has."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, Problem
from dashlib.lint.variables import is_global, uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.subjects import Lint

CHECK = Check("undefined-variable", "error", "A variable that a dashboard uses is one that it has.")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every use of a variable that is not there."""
    for dashboard in lint.dashboards:
        known = {*dashboard.variable_names, *_inputs(dashboard.data.get("__inputs"))}
        for name, pointer, text, start, end in uses(dashboard):
            is_price = not pointer.endswith(("expr", "query", "definition", "title", "uid", "url", "legendFormat"))
            if name in known or is_global(name) or is_price:
                continue
            near = difflib.get_close_matches(name, known, n=1)
            yield Problem(
                linted=dashboard.linted,
                pointer=pointer,
                message=f"the dashboard has no variable {name!r}",
                expression=text,
                span=(start, end),
                suggestion=f"did you mean ${near[0]}?" if near else f"it has: {', '.join(sorted(known)) or 'none'}",
            )


def _inputs(inputs: object) -> list[str]:
    if not isinstance(inputs, list):
        return []
    return [str(one.get("name")) for one in inputs if isinstance(one, dict)]
