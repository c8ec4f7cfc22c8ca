"""A filter asks for a value that the label can have."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, did_you_mean
from dashlib.metrics.kinds import PLUGINS
from dashlib.promql.tree import Vector, vectors
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query
    from dashlib.metrics.catalog import Metric
    from dashlib.promql import Matcher

CHECK = Check(
    "unknown-label-value",
    "error",
    'A filter matches a value that the label can have: context="streaming", not "streamin".',
    peers=("pint promql/series",),
)

_PLAIN = re.compile(r"[\w-]+")
_LEGACY = {"binlog": "it was the context of the legacy MySQL connector, which Debezium 2.0 removed"}


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every value that no series of the metric has in that label."""
    for query in lint.queries:
        for node in vectors(query.tree) if query.tree is not None else ():
            metric = query.linted.names.metric(node.metric)
            if metric is not None and metric.gone_since is None:
                yield from _problems(query, node, metric)


def _problems(query: Query, node: Vector, metric: Metric) -> Iterator[Problem]:
    names = query.linted.names
    labels = names.labels(metric)
    for matcher, start, end in node.matchers:
        logical = labels.get(matcher.label)
        known = names.label_values(metric, logical) if logical else ()
        if not known or has_variable(matcher.value):
            continue
        values = [matcher.value] if matcher.operator in {"=", "!="} else re.split(r"\|", matcher.value.strip("()^$"))
        wrong = [value for value in values if _PLAIN.fullmatch(value) and value not in known]
        # a filter may name connectors beside the ones that have the metric: it lets those pass that do
        some_are_right = any(value in known or not _PLAIN.fullmatch(value) for value in values)
        wrong = [value for value in wrong if not (some_are_right and logical == "plugin" and value in PLUGINS)]
        if matcher.operator in {"!=", "!~"}:
            wrong = [value for value in wrong if not (logical == "plugin" and value in PLUGINS)]
        wrong = [value for value in wrong if not (logical == "plugin" and _is_scope(query, matcher, value))]
        for value in wrong:
            near = difflib.get_close_matches(value.lower(), known, n=1)
            hint = _LEGACY.get(value) or did_you_mean(value.lower(), known)
            one_of = f"it is one of: {', '.join(known)}"
            fixed = query.expression[start:end].replace(value, near[0]) if near and len(values) == 1 else None
            yield query.problem(
                f'{node.metric} never has {matcher.label}="{value}"',
                (start, end),
                suggestion="; ".join(filter(None, (hint, one_of))),
                replace=(start, end, fixed) if fixed is not None and value.lower() == near[0] else None,
                severity="info" if some_are_right else None,
            )


def _is_scope(query: Query, matcher: Matcher, kind: str) -> bool:
    """Tell whether a filter on a kind of connector is on the whole query, of which other metrics are of that kind."""
    names = query.linted.names
    for node in vectors(query.tree) if query.tree is not None else ():
        metric = names.metric(node.metric)
        if metric is not None and any(one == matcher for one in node.selector.matchers):
            logical = names.labels(metric).get(matcher.label)
            if logical and kind in names.label_values(metric, logical):
                return True
    return False
