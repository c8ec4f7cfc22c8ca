"""A quantile is computed from buckets, which the label `le` tells apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Aggregation, Binary, Call, vectors, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query
    from dashlib.promql.tree import Node

CHECK = Check(
    "lost-buckets",
    "error",
    "`histogram_quantile` of a classic histogram gets its buckets with their label `le`.",
)

# A classic histogram's series, and what a rule records of them.
_BUCKETS = re.compile(r"_bucket(?::|$)")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every quantile of buckets that are no longer told apart: it has no value at all."""
    for query in lint.queries:
        for node in walk(query.tree) if query.tree is not None else ():
            if not isinstance(node, Call) or node.function != "histogram_quantile" or len(node.arguments) < 2:  # noqa: PLR2004
                continue
            of = node.arguments[1]
            names = [vector.metric for vector in vectors(of)]
            if not names or not all(map(_BUCKETS.search, names)) or query.type_of(of).labels.may_have("le"):
                continue
            dropping = _what_drops(query, of)
            yield query.problem(
                "histogram_quantile() returns nothing: its buckets have lost the label le",
                of if dropping is None else dropping,
                suggestion=_keeping(query, dropping),
            )


def _what_drops(query: Query, of: Node) -> Aggregation | Binary | None:
    """Return the part whose result lacks the buckets' label, where its operand had it."""
    for node in walk(of):
        if isinstance(node, Aggregation | Binary) and not query.type_of(node).labels.may_have("le"):
            inside = [node.operand] if isinstance(node, Aggregation) else [node.left, node.right]
            if any(query.type_of(each).labels.may_have("le") for each in inside):
                return node
    return None


def _keeping(query: Query, node: Aggregation | Binary | None) -> str:
    if isinstance(node, Aggregation):
        if node.grouping == "without":
            return f"take le out of without ({', '.join(node.labels)})"
        labels = ", ".join((*node.labels, "le"))
        return f"keep it: {node.operator} by ({labels}) ({query.written(node.operand)})"
    return "keep it: aggregate by (le), and match by it"
