"""What is grouped tells Kafka Connect clusters apart, where the project has several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.metrics.profiles import BY_RULES
from dashlib.promql.tree import Aggregation, Binary, Call, Number, vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query
    from dashlib.promql.tree import Node

CHECK = Check(
    "clusters-merged",
    "warning",
    "With `[tool.dashlib] identity`: an aggregation groups by the labels that tell clusters apart.",
    needs_project=True,
)

# They choose series, and take no label off.
_CHOOSE = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
_ADDS = frozenset({"count_values"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every query whose result puts the connectors of several clusters together."""
    if not lint.identity.labels:
        return
    for query in lint.queries:
        node = _outermost(query.tree) if query.tree is not None else None
        if node is None or node.grouping == "without" or not _is_of_connectors(query, node):
            continue
        missing = [label for label in lint.identity.labels if label not in node.labels]
        # A total over all in a panel says so itself.
        if missing and node.operator not in _ADDS and (node.labels or query.role != "panel"):
            by = f"by ({', '.join(node.labels)})" if node.labels else "over all series"
            yield query.problem(
                f"{node.operator} {by} puts the connectors of several clusters together: it does not keep "
                f"{', '.join(missing)}",
                node,
                suggestion="group by job, too: dashlib adds the labels of [tool.dashlib] identity behind it",
            )


def _outermost(node: Node) -> Aggregation | None:
    """Return the aggregation that decides which labels the result has; None where no aggregation does."""
    match node:
        case Aggregation() if node.operator in _CHOOSE:
            return _outermost(node.operand)
        case Aggregation():
            return node
        case Binary() if node.group == "group_right" or isinstance(node.left, Number):
            return _outermost(node.right)
        case Binary():
            return _outermost(node.left)
        case Call():
            return next((found for each in node.arguments if (found := _outermost(each)) is not None), None)
        case _:
            return next((found for each in node.children if (found := _outermost(each)) is not None), None)


def _is_of_connectors(query: Query, node: Node) -> bool:
    metrics = (query.linted.names.metric(each.metric) for each in vectors(node) if each.metric)
    return any(metric is not None and metric.family in BY_RULES for metric in metrics)
