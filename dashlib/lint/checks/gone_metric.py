"""Current versions still export a metric."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Binary, Vector, vectors, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem, Severity
    from dashlib.lint.metric_names import MetricNames
    from dashlib.lint.subjects import Lint
    from dashlib.metrics.catalog import Metric
    from dashlib.promql.tree import Node

CHECK = Check(
    "gone-metric",
    "error",
    "A metric is still exported: by the version you run, or by the current one.",
)

_PRODUCTS = {"debezium": "Debezium", "kafka_connect": "Kafka", "kafka_producer": "Kafka", "jvm": "JMX exporter"}

# Micrometer has metrics of these names today: they are the JMX exporter's where a file asks for more of it.
_OF_OTHERS_TOO = frozenset({"jvm_info", "jvm_classes_loaded"})
# What shows that a file asks a JMX exporter, not a program with exporters' old library of its own.
_OF_JMX = re.compile(r"\b(?:debezium_|jmx_|kafka_(?!consumergroup|exporter_|topic_|brokers\b))")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every metric that an older version had and the one that is watched has not.

    `new or old` serves both versions, and an exporter that serves the name is an old one.
    """
    of_jmx = {id(query.linted) for query in lint.queries if _OF_JMX.search(query.expression)}
    said: set[tuple[int, str]] = set()
    for query in lint.queries:
        for node, above in with_ancestors(query.tree) if query.tree is not None else ():
            if not isinstance(node, Vector) or (lint.scraped is not None and node.metric in lint.scraped.names):
                continue
            for metric in query.linted.names.metrics(node.metric)[:1]:
                gone = metric.gone_since
                if gone is None or not _is_gone(gone, metric, lint.settings.debezium):
                    continue
                if _serves_both(query.linted.names, metric, above):
                    continue
                if metric.family == "jvm":  # each once a file: a JVM's dashboard has a dozen panels of one metric
                    if (id(query.linted), metric.name) in said:
                        continue
                    if metric.name in _OF_OTHERS_TOO and id(query.linted) not in of_jmx:
                        continue
                    said.add((id(query.linted), metric.name))
                product = _PRODUCTS.get(metric.family, metric.family)
                severity = _severity(metric, is_of_jmx=id(query.linted) in of_jmx)
                yield query.problem(
                    f"{node.metric} has not been exported since {product} {gone}"
                    + (", except by programs with an older library" if severity == "info" else ""),
                    (node.selector.start, node.selector.name_end) if node.selector.metric else node,
                    suggestion=_instead(query.linted.names, metric),
                    severity=severity,
                )


def _severity(metric: Metric, *, is_of_jmx: bool) -> Severity | None:
    """Return how serious it is: many run an old agent, and other programs have their JVM's metrics by the old names."""
    if metric.family != "jvm":
        return None
    return "warning" if is_of_jmx else "info"


def _serves_both(names: MetricNames, metric: Metric, above: tuple[Node, ...]) -> bool:
    """Tell whether a part of an `or` asks for what replaces a metric."""
    return any(
        other.name == metric.replacement
        for node in above
        if isinstance(node, Binary) and node.operator == "or"
        for vector in vectors(node)
        for other in names.metrics(vector.metric)
    )


def _is_gone(gone: str, metric: Metric, watched: str) -> bool:
    return not watched or metric.family != "debezium" or numbers(gone) <= latest(watched)


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers that compare: `2.5.4` is (2, 5, 4)."""
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


def latest(version: str) -> tuple[float, ...]:
    """Return the last release that a version names: `2.5` is any 2.5."""
    found: tuple[float, ...] = numbers(version)
    return (*found, float("inf")) if len(found) < 3 else found  # noqa: PLR2004  # major, minor, patch


def _instead(names: MetricNames, metric: Metric) -> str:
    other = names.catalog.find(metric.replacement) if metric.replacement else None
    if other is None:
        return "it has no replacement"
    exported = names.profile.metric_name(other) if names.profile.exports(other) else other.name
    unit = f" (in {other.exported_unit}, not {metric.exported_unit})"
    return f"ask for {exported}" + (unit if other.exported_unit != metric.exported_unit else "")
