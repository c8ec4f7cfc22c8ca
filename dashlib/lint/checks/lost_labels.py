"""`or vector(0)` does not replace missing series: its zero has no labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Aggregation, Binary, Call, with_ancestors
from dashlib.promql.types import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint
    from dashlib.promql.tree import Node

CHECK = Check(
    "lost-labels",
    "warning",
    "`or vector(0)` follows only an expression without labels.",
)

# They choose among series, and keep the labels of those.
_CHOOSE = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every `or vector(…)` behind series that have labels."""
    for query in lint.queries:
        for node, above in with_ancestors(query.tree) if query.tree is not None else ():
            if not isinstance(node, Binary) or node.operator != "or":
                continue
            right = node.right
            labels = query.type_of(node.left).labels
            if not (isinstance(right, Call) and right.function == "vector") or labels.possible == frozenset():
                continue
            kept = _kept(above)
            if kept is not None and not any(map(labels.may_have, kept)):
                continue  # sum(x or vector(0)): both are one
            if query.role == "alert" or labels.possible is not None or labels.certain:
                shown = labels.possible or labels.certain - {NAME} if kept is None else kept
                names = ", ".join(sorted(shown))
                yield query.problem(
                    f"{query.written(right)} has no labels: where the series have some{names and f' ({names})'}, it "
                    "appears beside them instead of replacing the missing ones",
                    right,
                    suggestion="give the zero the same labels: … or 0 * group by (labels) (a metric that always "
                    "exists)",
                )


def _kept(above: tuple[Node, ...]) -> frozenset[str] | None:
    """Return the labels that the aggregation right around a part keeps; None where none is, or it drops some only."""
    outer = above[0] if above else None
    if not isinstance(outer, Aggregation) or outer.grouping == "without" or outer.operator in _CHOOSE:
        return None
    return frozenset(outer.labels)
