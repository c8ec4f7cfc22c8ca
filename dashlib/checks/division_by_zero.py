"""A division that can give NaN does not poison a sum, and does not keep an alert quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql_tree import COMPARISONS, Aggregation, Binary, Call, Node, Vector, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query

CHECK = Check(
    "division-by-zero",
    "warning",
    "A divisor that may be 0 is filtered or clamped before anything is summed or compared with the quotient.",
    peers=("pint promql/nan",),
)

# One NaN or infinity makes their whole result one.
_POISONED = frozenset({"sum", "avg", "stddev", "stdvar"})
_NEVER_ZERO = frozenset({"time", "timestamp", "clamp_min", "clamp"})
# What the catalog knows never to be 0: capacities are configuration.
_CAPACITIES = ("QueueTotalCapacity", "queue_limit", "queuetotalcapacity")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every division whose divisor may be 0 where that does harm."""
    for query in lint.queries:
        for node, above in with_ancestors(query.tree) if query.tree is not None else ():
            if not isinstance(node, Binary) or node.operator not in {"/", "%"} or _is_never_zero(query, node.right):
                continue
            poisoned = next((one for one in above if isinstance(one, Aggregation) and one.operator in _POISONED), None)
            if poisoned is not None:
                yield query.problem(
                    f"where {query.written(node.right)} is 0 the quotient is NaN or infinite, and with it the whole "
                    f"{poisoned.operator}",
                    node.right,
                    suggestion=f"leave such series out: ({query.written(node.right)} > 0)",
                )
            elif query.role == "alert" and _is_compared(above):
                yield query.problem(
                    f"where {query.written(node.right)} is 0 the quotient is infinite, which is above every "
                    "threshold, or NaN, which is above none",
                    node.right,
                    suggestion=f"leave such series out: ({query.written(node.right)} > 0)",
                )


def _is_compared(above: tuple[Node, ...]) -> bool:
    return any(isinstance(one, Binary) and one.operator in COMPARISONS for one in above)


def _is_never_zero(query: Query, node: Node) -> bool:
    constant = query.type_of(node).constant
    if constant is not None:
        return constant != 0
    if not query.type_of(node).is_vector and not isinstance(node, Call):
        return True  # a variable's number
    if isinstance(node, Call):
        return node.function in _NEVER_ZERO
    if isinstance(node, Binary):
        return _keeps_above_zero(query, node) or (
            node.operator in {"*", "+", "/", "and", "unless"}
            and _is_never_zero(query, node.left)
            and (node.operator in {"and", "unless"} or _is_never_zero(query, node.right))
        )
    if isinstance(node, Aggregation):
        return node.operator in {"count", "group"} or _is_never_zero(query, node.operand)
    return isinstance(node, Vector) and node.metric.endswith(_CAPACITIES)


def _keeps_above_zero(query: Query, node: Binary) -> bool:
    bound = query.type_of(node.right).constant
    if bound is None or node.is_bool:
        return False
    return (
        (node.operator == ">" and bound >= 0)
        or (node.operator == ">=" and bound > 0)
        or (node.operator == "!=" and bound == 0)
    )
