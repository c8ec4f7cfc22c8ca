"""A metric that is always 1 is not mapped to states: the state is in its label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashlib.documents.values import object_of
from dashlib.lint.findings import Check
from dashlib.promql.tree import Vector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Panel

CHECK = Check(
    "constant-metric",
    "error",
    "A metric whose value is always 1 is neither mapped to states nor compared with other values.",
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every mapping of values that a metric never has."""
    for panel in lint.panels:
        for query in panel.promql:
            node = query.tree
            metric = query.linted.names.metric(node.metric) if isinstance(node, Vector) else None
            values = sorted(_mapped(panel) - {"1"})
            if metric is not None and values and query.linted.names.is_constant(metric):
                labels = [label for label in metric.labels if label in {"status", "value", "wal_status"}]
                carried = f"; the information is in its label {labels[0]}" if labels else ""
                yield query.problem(
                    f"{metric_name(node)} is always 1{carried}: the mapping of {', '.join(values)} never applies",
                    suggestion="query one series for each state and give each a number, for example "
                    f'0 * {metric_name(node)}{{{labels[0]}="failed"}}'
                    if labels
                    else "",
                )


def metric_name(node: object) -> str:
    """Return the name of the metric of a selector."""
    return node.metric if isinstance(node, Vector) else ""


def _mapped(panel: Panel) -> set[str]:
    """Return the values that a panel maps to texts."""
    found: set[str] = set()
    mappings: Any = panel.defaults.get("mappings") or panel.data.get("valueMaps") or ()
    for mapping in mappings if isinstance(mappings, list) else ():
        if not isinstance(mapping, dict):
            continue
        if mapping.get("type") == "value":
            found.update(object_of(mapping.get("options")))
        elif "value" in mapping:
            found.add(str(mapping["value"]))
    return found - {"null"}
