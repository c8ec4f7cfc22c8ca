"""An alert says whom it concerns: by a severity that the routing knows."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import attrs

from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "alert-severity",
    "warning",
    "An alert has a label severity whose value is known.",
    peers=("pint rule/label",),
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every alert without a severity, or with one that no route knows."""
    known = lint.settings.severities
    for alert in lint.alerts:
        severity = alert.labels.get("severity", "")
        one_of = f"one of {', '.join(known)}"
        if not severity:
            yield alert.linted.problem(
                f"{alert.pointer}/labels" if alert.labels else alert.pointer,
                f"{alert.name} has no label severity: routing cannot tell a page from a note",
                suggestion=f"give it {one_of}",
            )
        elif severity not in known and "{{" not in severity:
            near = difflib.get_close_matches(severity.lower(), known, n=1)
            problem = alert.linted.problem(
                f"{alert.pointer}/labels/severity",
                f"{alert.name} has the severity {severity!r}",
                suggestion=f"did you mean {near[0]!r}?"
                if near
                else f"it is {one_of}, or say yours: [tool.dashlib.lint] severities",
            )
            # which ones somebody else's routing knows, nobody can tell from a file
            yield problem if near or alert.linted.is_declared else attrs.evolve(problem, severity="info")
