"""An attribute that is a string or a list does not become a series on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Vector, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "text-metric",
    "warning",
    "A metric is a number: a string attribute becomes a series only through an exporter rule.",
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every metric that is a list, or a string whose label the query does not use."""
    for query in lint.queries:
        names = query.linted.names
        for node, above in with_ancestors(query.tree) if query.tree is not None else ():
            metric = names.metric(node.metric) if isinstance(node, Vector) else None
            if not isinstance(node, Vector) or any(map(query.keeps_no_value, above)):
                continue
            if metric is None or metric.family != "debezium" or metric.gone_since is not None:
                continue
            place = (node.selector.start, node.selector.name_end) if node.selector.metric else node
            if metric.form == "never":
                yield query.problem(
                    f"{node.metric} is a list: no JMX exporter turns it into a series",
                    place,
                    suggestion="leave it out",
                )
            elif metric.form == "text" and query.tree is not None and not _shows_text(query.legend, query.expression):
                yield query.problem(
                    f"{node.metric} is a string: it is a series only if an exporter rule turns it into a label, and "
                    "its value is always 1",
                    place,
                    suggestion="show the label that carries the string, for example with max by (value) (…), or the "
                    "number that the exporter extracts from it",
                )


def _shows_text(legend: str, expression: str) -> bool:
    return "value" in legend or "value" in expression.replace("$value", "")
