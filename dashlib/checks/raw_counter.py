"""Counters are looked at through rate, increase and their kind, not as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.grafana_variables import has_variable
from dashlib.lint.findings import Check
from dashlib.promql_tree import COMPARISONS, Aggregation, Binary, Call, Vector, with_ancestors
from dashlib.promql_types import COUNTER_FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query
    from dashlib.promql_tree import Node

CHECK = Check(
    "raw-counter",
    "warning",
    "A counter is looked at through rate, increase or resets, not as it is.",
    peers=("dashboard-linter target-counter-agg", "pint promql/counter"),
)

# They look only at whether there is a series, and which labels it has.
_PRESENCE = frozenset({"count", "group", "count_values"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every counter that is drawn or compared as it is."""
    for query in lint.queries:
        if query.tree is None or query.role == "variable":
            continue
        for node, above in with_ancestors(query.tree):
            if isinstance(node, Vector) and query.type_of(node).is_counter and not _is_fine(node, above, query):
                yield query.problem(
                    f"{node.metric} is a counter: it grows until a restart, so that its value says nothing",
                    node,
                    suggestion=f"ask for its growth: {_instead(query, node)}",
                )


def _is_fine(node: Node, above: tuple[Node, ...], query: Query) -> bool:
    below = node
    for parent in above:
        if isinstance(parent, Call) and parent.function in COUNTER_FUNCTIONS:
            return True
        if isinstance(parent, Aggregation) and parent.operator in _PRESENCE:
            return True
        name = parent.function if isinstance(parent, Call) else getattr(parent, "operator", "")
        if has_variable(name):
            return True  # whoever looks chooses what is done with it
        if isinstance(parent, Binary) and parent.operator in {"and", "unless"} and below is parent.right:
            return True
        if query.keeps_no_value(parent):
            return True
        below = parent
    return query.role == "alert" and not any(
        isinstance(parent, Binary) and parent.operator in COMPARISONS for parent in above
    )


def _instead(query: Query, node: Vector) -> str:
    selector = query.expression[node.start : node.selector.end]
    return f"rate({selector}[5m])" if query.is_rule else f"rate({selector}[$__rate_interval])"
