"""For every metric that is alerted on, something fires when it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import COMPARISONS, Binary, Call, Node, Vector, is_in_guard, vectors, walk, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query, Rule

CHECK = Check(
    "absence-guard",
    "warning",
    "The series that a threshold alert compares have an alert on their absence: without it, silence would look "
    "healthy.",
)


# What vanishes with a task, while its exporter goes on answering.
_OF_TASKS = "debezium"
# A target's own series, and those of alerts, which are there only while something is wrong.
_ALWAYS_THERE = frozenset({"up", "ALERTS", "ALERTS_FOR_STATE"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every exporter's family that is compared with thresholds and that nothing guards."""
    nothing = "nothing" if lint.is_project else "nothing in these files"
    records = {rule.name: rule.query.tree for rule in lint.rules if not rule.is_alert and rule.query.tree is not None}
    behind = {name: [node.metric for node in _values_of(tree)] for name, tree in records.items()}
    guarding = {id(alert): _guarded(alert, records, behind) for alert in lint.alerts}
    guarded = {_family(alert.query, metric) for alert in lint.alerts for metric in guarding[id(alert)]}
    guarded |= {family for alert in lint.alerts for family in _guarded_by_up(alert)}
    targets = [target for alert in lint.alerts for target in _targets_watched(alert)]
    seen: set[str] = set()
    for alert in lint.alerts:
        for node in [] if guarding[id(alert)] else _compared(alert):
            for metric in _resolved(node.metric, behind):
                family = _family(alert.query, metric)
                known = alert.linted.is_declared or bool(alert.linted.names.metrics(metric))
                if not metric or metric in _ALWAYS_THERE or family in guarded or family in seen or not known:
                    continue
                if family != _OF_TASKS and any(target <= _filters(node) for target in targets):
                    continue
                seen.add(family)
                yield alert.query.problem(
                    f"{nothing} fires when {metric} disappears: {alert.name} compares it, and a comparison is silent "
                    "when its series disappears",
                    node,
                    suggestion=f"add an alert on its absence: last_over_time({metric}[1h]) unless {metric}",
                )


def _family(query: Query, metric: str) -> str:
    """Return what vanishes together: all of Debezium's metrics with their task, all others with their exporter."""
    known = query.linted.names.metrics(metric)
    return known[0].family if known and known[0].family not in {"user", "prometheus"} else metric


def _guarded_by_up(alert: Rule) -> Iterator[str]:
    """Yield the families whose exporters an alert on `up` watches; what vanishes with a task is not among them."""
    tree = alert.computed.tree
    metrics = [node.metric for node in vectors(tree)] if tree is not None else []
    if "up" in metrics:
        yield from (family for metric in metrics if (family := _family(alert.query, metric)) != _OF_TASKS)


def _targets_watched(alert: Rule) -> Iterator[frozenset[tuple[str, str, str]]]:
    """Yield the filters of each `up` that an alert on nothing else asks: it speaks for all that these targets have."""
    tree = alert.computed.tree
    asked = list(vectors(tree)) if tree is not None else []
    if asked and all(node.metric == "up" for node in asked):
        yield from map(_filters, asked)


def _filters(node: Vector) -> frozenset[tuple[str, str, str]]:
    return frozenset((each.label, each.operator, each.value) for each in node.selector.matchers)


def _compared(alert: Rule) -> list[Vector]:
    """Return the selectors whose values an alert compares, those of its guards left out."""
    tree = alert.query.tree
    if tree is None:
        return []
    if not any(isinstance(node, Binary) and node.operator in COMPARISONS for node in walk(tree)):
        return []
    return _values_of(tree)


def _values_of(tree: Node) -> list[Vector]:
    """Return the selectors whose values reach the result: not those that `and` and `unless` only look at."""
    return [node for node, above in with_ancestors(tree) if isinstance(node, Vector) and not is_in_guard(node, above)]


def _resolved(metric: str, behind: Mapping[str, list[str]]) -> list[str]:
    """Return the exported metrics that a metric is made from, through recording rules."""
    found: list[str] = []
    waiting, seen = [metric], set()
    while waiting:
        name = waiting.pop()
        if name in behind and name not in seen:
            seen.add(name)
            waiting.extend(behind[name])
        elif name not in behind:
            found.append(name)
    return found


def _guarded(rule: Rule, records: Mapping[str, Node], behind: Mapping[str, list[str]]) -> list[str]:
    """Return the metrics whose absence a rule notices: in absent(…), or x over time without x now.

    Args:
        rule: the alert.
        records: what recording rules compute.
        behind: the metrics whose values they have.
    """
    tree = rule.query.tree
    if tree is None or not rule.is_alert:
        return []
    found: list[str] = []
    for node in (node for part in _with_records(tree, records) for node in walk(part)):
        if isinstance(node, Call) and node.function in {"absent", "absent_over_time"}:
            found.extend(one.metric for one in vectors(node))
        elif isinstance(node, Binary) and node.operator == "unless":
            now = {metric for one in vectors(node.right) for metric in _resolved(one.metric, behind)}
            before = {metric for one in _past(node.left, records) for metric in _resolved(one, behind)}
            found.extend(now & before)
    return found


def _with_records(tree: Node, records: Mapping[str, Node]) -> list[Node]:
    """Return an expression, and what is recorded of its values."""
    found, waiting, seen = [], [tree], set()
    while waiting:
        node = waiting.pop()
        found.append(node)
        for one in _values_of(node):
            if one.metric in records and one.metric not in seen:
                seen.add(one.metric)
                waiting.append(records[one.metric])
    return found


def _past(tree: Node, records: Mapping[str, Node]) -> list[str]:
    """Return the metrics that an expression looks back at, itself or in what is recorded of them."""
    return [
        one.metric
        for part in _with_records(tree, records)
        for one, above in with_ancestors(part)
        if isinstance(one, Vector) and (one.selector.range is not None or any(_is_over_time(up) for up in above))
    ]


def _is_over_time(node: Node) -> bool:
    return isinstance(node, Call) and node.function.endswith("_over_time")
