"""A filter or a grouping names labels that the metric has."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from dashlib import promql_tree
from dashlib.grafana_variables import has_variable, reference_of
from dashlib.lint.findings import Check
from dashlib.promql_tree import Binary, Vector, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.debezium.catalog import Metric
    from dashlib.lint.findings import Problem
    from dashlib.lint.metric_names import MetricNames
    from dashlib.lint.subjects import Lint, Query

CHECK = Check(
    "unknown-label",
    "error",
    "A filter names a label that the metric has, by the catalog and the naming profile.",
    peers=("pint promql/series",),
)

# The families whose labels come from a JMX exporter's rules: there are no others but those of the target.
_BY_RULES = frozenset({"debezium", "kafka_connect", "kafka_producer"})
_OF_THE_TARGET = frozenset(
    {"job", "instance", "cluster", "namespace", "pod", "container", "service", "node", "environment", "env", "region",
     "zone", "team", "tenant", "app", "__name__", "endpoint", "prometheus", "replica", "host", "datacenter", "dc"}
)  # fmt: skip
_NEAR = 0.75


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every filter on a label that no series of the metric has, and on one that only some installations set."""
    for query in lint.queries:
        for node, above in with_ancestors(query.tree) if query.tree is not None else ():
            metric = query.linted.names.metric(node.metric) if isinstance(node, Vector) else None
            if isinstance(node, Vector) and metric is not None:
                is_one_of_several = any(isinstance(parent, Binary) and parent.operator == "or" for parent in above)
                yield from _problems(query, node, metric, is_one_of_several=is_one_of_several)


def _problems(query: Query, node: Vector, metric: Metric, *, is_one_of_several: bool) -> Iterator[Problem]:
    names = query.linted.names
    labels = names.labels(metric)
    own = names.profile.matchers(metric)
    matchers = promql_tree.matchers(query.expression, node)
    if is_one_of_several and any(
        matcher.label not in labels and matcher.operator == "=~" and _takes_all(query, matcher.value)
        for matcher, _, _ in matchers
    ):
        return  # it adds what it has where all is chosen, and nothing where something is
    for matcher, start, end in matchers:
        label = matcher.label
        if label in labels or label in own or label in _OF_THE_TARGET or has_variable(label):
            continue
        near = difflib.get_close_matches(label, labels, n=1, cutoff=_NEAR)
        missing = _missing(names, metric, label)
        if near or missing or _logical_elsewhere(names, label):
            known = ", ".join(sorted(labels)) or "none of its own"
            yield query.problem(
                f"{node.metric} has no label {label}" + (f" with the naming profile {names.profile.name}" * missing),
                (start, end),
                suggestion=f"did you mean {near[0]}?" if near else f"its labels are: {known}",
                severity="error",
            )
        elif metric.family in _BY_RULES:
            known = ", ".join(sorted(labels)) or "none of its own"
            yield query.problem(
                f"{node.metric} has no label {label}, unless your scrape configuration adds it",
                (start, end),
                suggestion=f"its labels are: {known}",
                severity="warning",
            )


def _takes_all(query: Query, value: str) -> bool:
    """Tell whether a filter is a variable of the dashboard that may stand for everything, no value included."""
    used = reference_of(value)
    return (
        used is not None
        and query.dashboard is not None
        and any(
            variable.get("name") == used.name and variable.get("includeAll") and variable.get("allValue") == ".*"
            for _, variable in query.dashboard.variables
        )
    )


def _missing(names: MetricNames, metric: Metric, label: str) -> bool:
    """Tell whether the catalog knows a label of a metric that the profile does not give it."""
    family = metric.family
    return (
        any(
            names.profile.label(known, family) == label and not names.profile.has_label(known, family)
            for known in metric.labels
        )
        or label in metric.labels
    )


def _logical_elsewhere(names: MetricNames, label: str) -> bool:
    """Tell whether a label is one that other metrics of the catalog's families have."""
    return label in {
        "server",
        "name",
        "connector",
        "task",
        "context",
        "plugin",
        "database",
        "state",
        "status",
        "table",
    } | {names.profile.label(known, "debezium") for known in ("server", "task", "database", "table")}
