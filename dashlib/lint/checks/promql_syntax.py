"""Every expression is PromQL that Prometheus 2.42 and 3 take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib import promql
from dashlib.lint.findings import Check, Problem
from dashlib.promql.objections import QUOTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.subjects import Lint, Query

CHECK = Check(
    "promql-syntax",
    "error",
    "An expression is valid PromQL for Prometheus 2.42 and 3.",
    peers=("promtool", "pint promql/syntax", "dashboard-linter target-promql"),
)

# MetricsQL takes a range for granted: `increase(x)`.
_METRICSQL = "takes a range, such as x[5m]; it got an instant vector"
_IF_VICTORIA_METRICS = (
    'give it a range; if VictoriaMetrics evaluates this file, set [tool.dashlib] engine = "victoriametrics"'
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every expression that is not valid PromQL."""
    for query in lint.queries:
        error = query.error or _newer_label(query)
        if error is not None:
            position = min(error.position, max(len(query.expression) - 1, 0))
            is_doubtful = lint.is_of_victoria_metrics(query.linted) and "not closed" not in error.reason
            yield Problem(
                linted=query.linted,
                pointer=query.pointer,
                message=error.reason + "; VictoriaMetrics may accept it as MetricsQL" * is_doubtful,
                suggestion="" if is_doubtful or _METRICSQL not in error.reason else _IF_VICTORIA_METRICS,
                expression=query.expression,
                span=(position, position + 1),
                severity="info" if is_doubtful else None,
            )


def _newer_label(query: Query) -> promql.PromQLError | None:
    """Return what is against a label that a rule names in quotes; a panel may be of a newer Prometheus."""
    if query.role not in {"alert", "record"} or query.tree is None:
        return None
    labels = promql.read(query.expression).quoted_labels
    return promql.PromQLError(QUOTED, query.expression, query.expression.find(labels[0])) if labels else None
