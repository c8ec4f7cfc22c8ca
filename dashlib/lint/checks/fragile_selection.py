"""An alert does not choose its series by rank: each evaluation would choose others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Aggregation, Number, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "fragile-selection",
    "warning",
    "An alert does not select its series with topk or bottomk.",
    peers=("pint promql/fragile",),
)

_SELECTIONS = frozenset({"topk", "bottomk"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every selection by rank in an alert whose labels depend on it."""
    for alert in lint.alerts:
        query = alert.query
        for node in walk(query.tree) if query.tree is not None else ():
            if isinstance(node, Aggregation) and node.operator in _SELECTIONS and not _takes_one_of_the_same(node):
                yield query.problem(
                    f"{node.operator} may select different series at each evaluation: alerts come and go, and `for` "
                    "starts over each time",
                    (node.start, node.start + len(node.operator)),
                    suggestion="compare each series with the threshold, and rank them on a dashboard",
                )


def _takes_one_of_the_same(node: Aggregation) -> bool:
    """Tell whether it takes one of series that say the same, by the labels that matter: `topk by (a, b) (1, x)`.

    Mixins keep a join from failing so where several exporters serve one series.
    """
    is_one = isinstance(node.parameter, Number) and node.parameter.value == 1
    return is_one and node.grouping == "by" and len(node.labels) > 1
