"""First the rate, then the sum: a sum of counters drops when one of them resets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Aggregation, Binary, Call, Subquery, Vector, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query
    from dashlib.promql.tree import Node

CHECK = Check(
    "rate-of-aggregate",
    "error",
    "A rate is computed for each counter before they are summed, never for the sum.",
    peers=("pint promql/rate",),
)

_RATES = frozenset({"rate", "irate", "increase", "resets"})
_SUMS = frozenset({"sum", "avg", "count"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every rate of a sum, and of a recording rule that is one."""
    recorded = {rule.name: rule.query for rule in lint.rules if not rule.is_alert and rule.query.tree is not None}
    for query in lint.queries:
        for node in walk(query.tree) if query.tree is not None else ():
            if not isinstance(node, Call) or node.function not in _RATES or not node.arguments:
                continue
            of = node.arguments[0]
            if isinstance(of, Subquery):
                added = _sum_of_counters(query, of.operand)
                if added is not None:
                    yield query.problem(
                        f"{node.function}() of {added}: when one of the counters resets, the sum drops, and "
                        f"{node.function}() takes that for a reset of the whole",
                        node,
                        suggestion=f"apply {node.function}() first, then sum: sum({node.function}(…))",
                    )
            elif isinstance(of, Vector) and of.metric in recorded:
                rule = recorded[of.metric]
                tree = rule.tree
                added = _sum_of_counters(rule, tree) if tree is not None else None
                if added is not None:
                    yield query.problem(
                        f"{node.function}() of {of.metric}, which records {added}",
                        node,
                        suggestion=f"record the {node.function}() instead",
                    )


def _sum_of_counters(query: Query, node: Node) -> str | None:
    """Return how a message calls a node that adds counters up; None when it does not."""
    if isinstance(node, Aggregation) and node.operator in _SUMS and query.type_of(node.operand).is_counter:
        return f"a {node.operator}"
    if isinstance(node, Binary) and node.operator in {"+", "-"}:
        sides = (query.type_of(node.left), query.type_of(node.right))
        if all(side.is_counter for side in sides):
            return "a sum"
    return None
