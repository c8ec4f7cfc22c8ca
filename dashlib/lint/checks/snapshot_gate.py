"""An alert on the connection or on GTIDs is silent while a snapshot runs: both read 0 until streaming begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Vector, vectors, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query, Rule
    from dashlib.promql.tree import Node

CHECK = Check(
    "snapshot-gate",
    "warning",
    "An alert on Connected or IsGtidModeEnabled being 0 is silent while a snapshot runs.",
)

_READ_ZERO = frozenset({"Connected", "IsGtidModeEnabled"})
# What shows that streaming has begun, or that a snapshot runs.
_SIGNS = frozenset({"SnapshotRunning", "SnapshotCompleted", "SnapshotSkipped", "SnapshotPaused", "Connected"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every such alert that fires during each first snapshot."""
    for alert in lint.alerts:
        tree = alert.query.tree
        if tree is None:
            continue
        for node, above in with_ancestors(tree):
            name = alert.query.logical(node) if isinstance(node, Vector) else ""
            if name not in _READ_ZERO or not isinstance(node, Vector) or not _asks_for_zero(alert, node, above):
                continue
            others = {alert.query.logical(one) for one in vectors(tree) if one is not node} - {name}
            if not others & _SIGNS and not _was_up_before(alert, tree, name):
                yield alert.query.problem(
                    f"{alert.name} fires during every first snapshot: {node.metric} is 0 until streaming begins",
                    node,
                    suggestion=_suggestion(alert.query, name),
                )


def _suggestion(query: Query, name: str) -> str:
    """Return how to hold back an alert, in the words of its exporter where they are known."""
    names = query.linted.names
    begin, operator, sign = (
        ("exclude such connectors", "unless", "SnapshotRunning")
        if name == "Connected"
        else ("limit it to connected ones", "and", "Connected")
    )
    metric = names.catalog.find(sign)
    is_spelled = metric is not None and names.profile.exports(metric)
    exported = names.profile.metric_name(metric) if metric is not None and is_spelled else sign
    return f"{begin}: … {operator} on ({names.profile.label('server', 'debezium')}) {exported} == 1"


def _asks_for_zero(alert: Rule, node: Node, above: tuple[Node, ...]) -> bool:
    said = next(alert.query.compared(node, above), None)
    return said in {("==", 0.0), ("!=", 1.0), ("<", 1.0), ("<=", 0.0)}


def _was_up_before(alert: Rule, tree: Node, name: str) -> bool:
    """Tell whether the alert looks at the same metric over time: it was 1 before, so streaming had begun."""
    return any(alert.query.logical(one) == name and one.selector.range is not None for one in vectors(tree))
