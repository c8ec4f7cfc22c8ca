"""An alert on the connection or on GTIDs is silent while a snapshot runs: both read 0 until streaming begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import COMPARISONS, Binary, Vector, is_in_guard, vectors, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Rule
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
            name = _logical(alert, node) if isinstance(node, Vector) else ""
            if name not in _READ_ZERO or not isinstance(node, Vector) or not _asks_for_zero(alert, node, above):
                continue
            others = {_logical(alert, one) for one in vectors(tree) if one is not node} - {name}
            if not others & _SIGNS and not _was_up_before(alert, tree, name):
                yield alert.query.problem(
                    f"{alert.name} fires during every first snapshot: {node.metric} is 0 until streaming begins",
                    node,
                    suggestion="exclude such connectors: … unless on (server) SnapshotRunning == 1"
                    if name == "Connected"
                    else "limit it to connected ones: … and on (server) Connected == 1",
                )


def _logical(alert: Rule, node: Vector) -> str:
    metric = alert.linted.names.metric(node.metric)
    return metric.name if metric is not None else ""


def _asks_for_zero(alert: Rule, node: Node, above: tuple[Node, ...]) -> bool:
    if is_in_guard(node, above):
        return False
    below = node
    for parent in above:
        if isinstance(parent, Binary) and parent.operator in COMPARISONS:
            constant = alert.query.type_of(parent.right if below is parent.left else parent.left).constant
            return (parent.operator, constant) in {("==", 0.0), ("!=", 1.0), ("<", 1.0), ("<=", 0.0)}
        below = parent
    return False


def _was_up_before(alert: Rule, tree: Node, name: str) -> bool:
    """Tell whether the alert looks at the same metric over time: it was 1 before, so streaming had begun."""
    return any(_logical(alert, one) == name and one.selector.range is not None for one in vectors(tree))
