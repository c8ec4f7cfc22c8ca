"""An alert has a severity that the routing knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dashlib.lint.findings import Check, did_you_mean, hints_once_a_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "alert-severity",
    "warning",
    "An alert has a severity label with a known value.",
    peers=("pint rule/label",),
    together=hints_once_a_file,
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
                f"{alert.name} has no severity label: routing cannot tell a page from a ticket",
                suggestion=f"give it {one_of}",
            )
        elif severity not in known and "{{" not in severity:
            near = did_you_mean(severity.lower(), known)
            problem = alert.linted.problem(
                f"{alert.pointer}/labels/severity",
                f"{alert.name} has the unknown severity {severity!r}",
                suggestion=near or f"it is {one_of}; list your own in [tool.dashlib.lint] severities",
            )
            # which ones somebody else's routing knows, nobody can tell from a file
            yield problem if near or alert.linted.is_declared else attrs.evolve(problem, severity="info")
