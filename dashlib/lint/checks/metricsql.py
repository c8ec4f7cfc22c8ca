"""What a rule says on VictoriaMetrics is what it says on Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Binary, Call, Vector, vectors, walk, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query
    from dashlib.promql.tree import Node

CHECK = Check(
    "metricsql",
    "info",
    'A rule says the same on VictoriaMetrics as on Prometheus (only with `engine = "victoriametrics"`).',
)

#: Bytes of the longest query that VictoriaMetrics takes, unless -search.maxQueryLen says otherwise.
LONGEST = 16_384


def find(lint: Lint) -> Iterator[Problem]:
    """Yield what MetricsQL takes otherwise, and what is too long for VictoriaMetrics."""
    if lint.settings.engine != "victoriametrics":
        return
    for query in lint.queries:
        length = len(query.expression.encode())
        if length > LONGEST:
            yield query.problem(
                f"the query is {length} bytes long, and VictoriaMetrics refuses more than {LONGEST}",
                suggestion="start VictoriaMetrics (vmselect in a cluster) with -search.maxQueryLen=128KiB",
                severity="warning",
            )
        if query.is_rule and query.tree is not None:
            yield from _of_rule(query, _levels(lint, query))


def _of_rule(query: Query, levels: Sequence[float]) -> Iterator[Problem]:
    tree = query.tree
    for node, above in with_ancestors(tree) if tree is not None else ():
        match node:
            case Call(function="changes"):
                said = "changes() counts a first sample as a change on VictoriaMetrics"
                yield query.problem(said, node, suggestion="ask deriv(…) != 0 if any change is meant")
            case Call(function="increase" | "delta"):
                yield from _of_growth(query, node, above, levels)
            case Binary(operator="!=") if query.written(node.left) == query.written(node.right):
                said = f"{query.written(node)} is true for NaN, which VictoriaMetrics does not keep"
                yield query.problem(said, node, suggestion="ask whether the series is there")
            case Binary(operator="==") if query.written(node.left) == query.written(node.right):
                said = "VictoriaMetrics keeps no NaN: the sample before it counts for five more minutes"
                yield query.problem(said, node)


def _of_growth(query: Query, node: Call, above: Sequence[Node], levels: Sequence[float]) -> Iterator[Problem]:
    """Yield what a first sample does to an increase or a delta."""
    if _was_there_before(query, node, above):
        return
    if not _where_there_is_a_rate(query, node, above):
        said = f"{node.function}() takes a small first sample for growth from 0 on VictoriaMetrics"
        yield query.problem(
            said, node, suggestion=f"count it where there is a rate: {node.function}(…) * (rate(…) > bool 0)"
        )
    elif any(level > 0 for level in levels):
        level = next(level for level in levels if level > 0)
        yield query.problem(
            f"is compared with {level:g}: on VictoriaMetrics a counter that is first seen above 0 and then grows "
            "counts from 0, so that the alert may fire too early",
            node,
        )


def _where_there_is_a_rate(query: Query, node: Call, above: Sequence[Node]) -> bool:
    argument = query.written(node.arguments[0])
    return any(
        isinstance(each, Call) and each.function == "rate" and query.written(each.arguments[0]) == argument
        for product in above
        if isinstance(product, Binary) and product.operator == "*"
        for each in walk(product)
    )


def _was_there_before(query: Query, node: Call, above: Sequence[Node]) -> bool:
    """Tell whether only series count that were there before the range."""
    names = {vector.metric for vector in vectors(node)}
    return any(
        isinstance(each, Binary)
        and each.operator == "and"
        and any(vector.metric in names and _is_of_before(query, vector) for vector in vectors(each.right))
        for each in above
    )


def _is_of_before(query: Query, vector: Vector) -> bool:
    return "offset" in query.expression[vector.selector.end : vector.selector.end_of_modifiers]


def _levels(lint: Lint, query: Query) -> list[float]:
    """Return what an alert's growth, or what is recorded of it, must exceed."""
    found = _compared_with(query)
    if query.role == "record" and query.rule is not None:
        name = query.rule.name
        for alert in lint.alerts:
            tree = alert.query.tree
            if tree is not None and any(vector.metric == name for vector in vectors(tree)):
                found += _compared_with(alert.query)
    return found


def _compared_with(query: Query) -> list[float]:
    nodes = walk(query.tree) if query.tree is not None else ()
    return [
        value
        for node in nodes
        if isinstance(node, Binary) and node.operator in {">", ">="} and not node.is_bool
        if (value := query.type_of(node.right).constant) is not None
    ]
