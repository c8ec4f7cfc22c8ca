"""CloudWatch's samples are minutes old: a rule asks for the last of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check(
    "delayed-samples",
    "warning",
    "A CloudWatch metric is queried with last_over_time, as its samples are ten minutes old.",
)

_WINDOW = "20m"


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every instant look at a metric that cloudwatch_exporter exports with old timestamps."""
    for query in lint.queries:
        for node in vectors(query.tree) if query.tree is not None and query.role != "variable" else ():
            metric = query.linted.names.metric(node.metric)
            if metric is None or metric.family != "cloudwatch" or node.selector.range is not None:
                continue
            written = query.expression[node.start : node.selector.end]
            yield query.problem(
                f"{node.metric} has samples that are ten minutes old with cloudwatch_exporter's defaults "
                "(delay_seconds: 600, set_timestamp: true): an instant query finds no sample within the last "
                f"{lint.settings.lookback}",
                node,
                suggestion=f"look back: last_over_time({written}[{_WINDOW}])",
                replace=(node.start, node.selector.end, f"last_over_time({written}[{_WINDOW}])"),
            )
