"""`or vector(0)` does not replace missing series: its zero has no labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Binary, Call, walk
from dashlib.promql.types import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "lost-labels",
    "warning",
    "`or vector(0)` follows only an expression without labels.",
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every `or vector(…)` behind series that have labels."""
    for query in lint.queries:
        for node in walk(query.tree) if query.tree is not None else ():
            if not isinstance(node, Binary) or node.operator != "or":
                continue
            right = node.right
            labels = query.type_of(node.left).labels
            if not (isinstance(right, Call) and right.function == "vector") or labels.possible == frozenset():
                continue
            if query.role == "alert" or labels.possible is not None or labels.certain:
                names = ", ".join(sorted(labels.possible or labels.certain - {NAME}))
                yield query.problem(
                    f"{query.written(right)} has no labels: where the series have some{names and f' ({names})'}, it "
                    "appears beside them instead of replacing the missing ones",
                    right,
                    suggestion="give the zero the same labels: … or 0 * group by (labels) (a metric that always "
                    "exists)",
                )
