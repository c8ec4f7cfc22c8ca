"""A filter or a grouping names labels that the metric has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from dashlib.lint.findings import SEVERITIES, Check, did_you_mean
from dashlib.metrics.profiles import BY_RULES
from dashlib.promql.tree import Binary, Vector, with_ancestors
from dashlib.promql.variables import has_variable, reference_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashlib.lint.findings import Problem
    from dashlib.lint.metric_names import MetricNames
    from dashlib.lint.subjects import Lint, Query
    from dashlib.metrics.catalog import Metric


def _together(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield one problem a document and label, at the first of its places."""
    by_label: dict[tuple[int, str], list[Problem]] = {}
    for problem in problems:
        by_label.setdefault((id(problem.linted), _label_of(problem)), []).append(problem)
    for found in by_label.values():
        first = min(found, key=lambda problem: SEVERITIES.index(problem.severity or CHECK.severity))
        others = len({problem.pointer for problem in found}) - 1
        more = f" (and {others} more {'query' if others == 1 else 'queries'} of this file)" if others else ""
        yield attrs.evolve(first, message=first.message + more)


def _label_of(problem: Problem) -> str:
    start = problem.span[0] if problem.span is not None else 0
    found = re.match(r"\s*(\w+|\"[^\"]*\"|)", problem.expression[start:])
    return found[1] if found is not None else ""


CHECK = Check(
    "unknown-label",
    "error",
    "A filter uses labels that the metric has according to the catalog and the naming profile.",
    peers=("pint promql/series",),
    together=_together,
)

# A slip of the pen: `plugn`. `connector_name` is another label than `connector`.
_NEAR = 0.85
_WRITE = (
    "if your exporter's rules add it, generate a profile from its metrics: dashlib profile --metrics metrics.txt "
    "--write ours.json, then dashlib lint --profile ours.json"
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every filter on a label that no series of the metric has, and on one that only some installations set."""
    for query in lint.queries if lint.scraped is None else ():  # `not-scraped` knows better
        for node, above in with_ancestors(query.tree) if query.tree is not None else ():
            metric = query.linted.names.metric(node.metric) if isinstance(node, Vector) else None
            if isinstance(node, Vector) and metric is not None:
                is_one_of_several = any(isinstance(parent, Binary) and parent.operator == "or" for parent in above)
                yield from _problems(query, node, metric, is_one_of_several=is_one_of_several)


def _problems(query: Query, node: Vector, metric: Metric, *, is_one_of_several: bool) -> Iterator[Problem]:
    names = query.linted.names
    labels = names.labels(metric)
    matchers = node.matchers
    if is_one_of_several and any(
        matcher.label not in labels and matcher.operator == "=~" and _takes_all(query, matcher.value)
        for matcher, _, _ in matchers
    ):
        return  # it adds what it has where all is chosen, and nothing where something is
    known = ", ".join(sorted(labels)) or "none"
    for matcher, start, end in matchers:
        label = matcher.label
        if label in labels or names.is_of_the_target(label) or has_variable(label):
            continue
        if metric.family not in BY_RULES and matcher.operator == "=~" and matcher.value.endswith("|"):
            continue  # the scrape configuration may put it on an exporter's target, and nothing is hidden where not
        near = did_you_mean(label, labels, cutoff=_NEAR)
        missing = _missing(names, metric, label)
        if near or ((missing or _logical_elsewhere(names, label)) and not names.is_guessed):
            yield query.problem(
                f"{node.metric} has no label {label}" + (f" with the naming profile {names.profile.name}" * missing),
                (start, end),
                suggestion=near or f"its labels are: {known}",
                severity="error",
            )
        elif metric.family in BY_RULES:
            yield query.problem(
                f"{node.metric} has no label {label} in any naming profile that dashlib ships, unless your scrape "
                "configuration adds it"
                if names.is_guessed
                else f"{node.metric} has no label {label}, unless your scrape configuration adds it",
                (start, end),
                suggestion=f"its labels are: {known}" + (f"; {_WRITE}" if names.is_guessed else ""),
                severity="info" if names.is_guessed else "warning",
            )


def _takes_all(query: Query, value: str) -> bool:
    """Tell whether a filter is a variable of the dashboard that may stand for everything, no value included."""
    used = reference_of(value)
    return (
        used is not None
        and query.dashboard is not None
        and any(
            variable.name == used.name and variable.data.get("includeAll") and variable.data.get("allValue") == ".*"
            for variable in query.dashboard.variables
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
