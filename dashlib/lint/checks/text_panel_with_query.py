"""A text panel shows its text and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.documents.dashboards import KINDS_WITHOUT_QUERY
from dashlib.lint.findings import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check("text-panel-with-query", "warning", "A panel that shows no data has no query.")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel that asks for data that it cannot show."""
    for panel in lint.panels:
        if panel.kind in KINDS_WITHOUT_QUERY and panel.promql:
            yield panel.promql[0].problem(
                f"{panel.name} has the type {panel.kind!r}, which shows no data: the result of its query appears "
                "nowhere",
                suggestion="make it a table or a stat, or remove the query",
            )
