"""A panel that draws data asks for some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.lint.subjects import KINDS_WITHOUT_QUERY, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "panel-without-query",
    "error",
    "A panel that draws data asks for some.",
    peers=("dashboard-linter panel-no-targets",),
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel without a query, and every query without an expression."""
    for panel in lint.panels:
        if panel.kind in KINDS_WITHOUT_QUERY or panel.data.get("libraryPanel"):
            continue
        if not panel.targets and not panel.data.get("snapshotData"):
            yield panel.dashboard.linted.problem(panel.pointer, f"{panel.name} asks for nothing")
        for pointer, target in panel.targets:
            if "expr" in target and not text_of(target["expr"]).strip():
                yield panel.dashboard.linted.problem(
                    f"{pointer}/expr", f"a query of {panel.name} is empty", suggestion="remove it"
                )
