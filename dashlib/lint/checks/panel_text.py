"""A panel has a title and a description."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.documents.dashboards import KINDS_WITHOUT_QUERY
from dashlib.documents.values import text_of
from dashlib.lint.findings import Check, once_a_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "panel-text",
    "info",
    "A panel has a title and a description.",
    peers=("dashboard-linter panel-title-description",),
    together=once_a_file,
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel that draws data and does not say what it is."""
    for panel in lint.panels:
        if panel.kind in KINDS_WITHOUT_QUERY or panel.data.get("libraryPanel"):
            continue
        missing = [name for name in ("title", "description") if not text_of(panel.data.get(name)).strip()]
        if missing:
            yield panel.linted.problem(
                panel.pointer,
                f"{panel.name} has no {' and no '.join(missing)}",
                suggestion="explain what it shows and what is normal: it becomes the panel's tooltip",
            )
