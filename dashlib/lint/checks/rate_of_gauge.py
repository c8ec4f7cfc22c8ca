"""rate, irate, increase and resets are for counters: a gauge that falls looks like a restart to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Call, Subquery, Vector, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "rate-of-gauge",
    "error",
    "rate, irate and increase are applied only to counters.",
    peers=("pint promql/rate",),
)

_INSTEAD = {"rate": "deriv", "irate": "deriv", "increase": "delta"}


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every rate of a metric that the catalog knows as a gauge."""
    for query in lint.queries:
        for node in walk(query.tree) if query.tree is not None else ():
            if not isinstance(node, Call) or node.function not in _INSTEAD or not node.arguments:
                continue
            of = node.arguments[0]
            of = of.operand if isinstance(of, Subquery) else of
            if isinstance(of, Vector) and query.linted.names.facts(of.metric).kind in {"gauge", "info"}:
                instead = _INSTEAD[node.function]
                yield query.problem(
                    f"{node.function}() of {of.metric}, which is a gauge: {node.function}() takes every decrease for "
                    "a counter reset",
                    (node.start, node.start + len(node.function)),
                    suggestion=f"{instead}() shows how a gauge changes",
                )
