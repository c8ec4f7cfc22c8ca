"""What a rule or panel of the project asks by the name of a recording rule, some rule records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import vectors
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "unknown-record",
    "error",
    "A name like a recording rule's (level:metric:operations) is recorded by a rule of the project.",
    needs_project=True,
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every recorded name that no rule file of the project records: what asks it never has a series."""
    if not lint.is_project:
        return  # the rule may be in another file
    for query in lint.queries:
        for node in vectors(query.tree) if query.tree is not None else ():
            name = node.metric
            if ":" not in name or has_variable(name) or name in lint.recorded or _is_known(lint, name):
                continue
            yield query.problem(
                f"no rule file of the project records {name}",
                node,
                suggestion="declare a Record of this name, or ask what it stood for",
            )


def _is_known(lint: Lint, name: str) -> bool:
    return lint.catalog.find(name) is not None or (lint.scraped is not None and name in lint.scraped.names)
