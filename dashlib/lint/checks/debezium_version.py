"""With `--debezium VERSION`: a metric, and a connector's label value, that this version has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Vector, vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.metric_names import MetricNames
    from dashlib.lint.subjects import Lint
    from dashlib.metrics.catalog import Metric

CHECK = Check(
    "debezium-version",
    "error",
    "The monitored version of Debezium has the metric (only with --debezium or its setting).",
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every metric that came with a later version than the one that is watched."""
    watched = lint.settings.debezium
    if not watched:
        return
    for query in lint.queries:
        for node in vectors(query.tree) if query.tree is not None else ():
            metric = query.linted.names.metric(node.metric)
            if metric is None or metric.family != "debezium":
                continue
            since = _since(metric, node, query.linted.names)
            if since and _numbers(since) > _latest(watched):
                yield query.problem(
                    f"{node.metric} was added in Debezium {since}; {watched} does not have it",
                    (node.selector.start, node.selector.name_end) if node.selector.metric else node,
                    suggestion="remove it for this version, or make it optional with `or`",
                )


def _since(metric: Metric, node: Vector, names: MetricNames) -> str:
    """Return the first version that has a metric, for the connectors that a selector asks for."""
    label = names.profile.label("plugin", metric.family)
    asked = next((one.value for one in node.selector.matchers if one.label == label and one.operator in "=~"), "")
    kinds = set(asked.split("|"))
    versions = [one.since for one in metric.variants if kinds & set(one.connectors)]
    return min(versions, key=_numbers) if versions else metric.since or ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


def _latest(version: str) -> tuple[float, ...]:
    found: tuple[float, ...] = _numbers(version)
    return (*found, float("inf")) if len(found) < 3 else found  # noqa: PLR2004  # major, minor, patch
