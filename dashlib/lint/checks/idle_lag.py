"""An alert on lag checks that events still arrive: on an idle source the lag keeps its last value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.metrics.kinds import KINDS
from dashlib.promql.tree import Node, Vector, vectors, walk, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Rule

CHECK = Check(
    "idle-lag",
    "warning",
    "An alert on Debezium's lag also checks that events arrive, as the lag keeps its last value while the source is "
    "idle.",
)

_LAG = "MilliSecondsBehindSource"
# What tells an idle source from a slow connector: events, the time since the last one, or a queue that is not empty.
_SIGNS = ("MilliSecondsSinceLastEvent", "EventsSeen", "QueueRemainingCapacity", "CurrentQueueSizeInBytes",
          "NumberOfCommittedTransactions", "source_record_poll_total", "source_record_write_total",
          "source_task_source_record_active_count")  # fmt: skip
# Their binlog heartbeat sets the lag to 0 while the source is idle.
_WITH_HEARTBEAT = tuple(kind for kind in KINDS if kind.when_idle == "heartbeat")
_TITLES = " and ".join(kind.title for kind in _WITH_HEARTBEAT)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every alert on lag that would fire for hours after the last event of a busy moment."""
    recorded = {
        rule.name
        for rule in lint.rules
        if not rule.is_alert
        and rule.query.tree is not None
        and any(rule.query.logical(node) == _LAG and not _only_binlog(rule, node) for node in vectors(rule.query.tree))
        and not _is_gated(rule, rule.query.tree)
    }
    for alert in lint.alerts:
        tree = alert.query.tree
        if tree is None or _is_gated(alert, tree):
            continue
        for node, above in with_ancestors(tree):
            if not isinstance(node, Vector) or not _is_above_a_level(alert, node, above):
                continue
            if (alert.query.logical(node) == _LAG or node.metric in recorded) and not _only_binlog(alert, node):
                yield alert.query.problem(
                    f"{alert.name} fires for as long as the source is idle after a late event: {node.metric} is set "
                    f"when an event arrives and keeps its value until the next one ({_TITLES} apart)",
                    node,
                    suggestion="require that events arrive, for example: … and on (server) "
                    "MilliSecondsSinceLastEvent / 1000 < 300; or select only connectors whose heartbeat resets it: "
                    f'plugin=~"{"|".join(kind.name for kind in _WITH_HEARTBEAT)}"',
                )
                break


def _is_above_a_level(alert: Rule, node: Node, above: tuple[Node, ...]) -> bool:
    """Tell whether the alert fires where this value is large, and not only looks whether it is there."""
    return any(
        operator in {">", ">="} and constant is not None and constant > 0
        for operator, constant in alert.query.compared(node, above)
    )


def _only_binlog(alert: Rule, node: Vector) -> bool:
    label = alert.linted.names.profile.label("plugin")
    for matcher in node.selector.matchers:
        if matcher.label == label and matcher.operator in {"=", "=~"}:
            return set(matcher.value.split("|")) <= {kind.name for kind in _WITH_HEARTBEAT}
    return any(f"_{kind.name}_" in node.metric for kind in _WITH_HEARTBEAT)


def _is_gated(alert: Rule, tree: Node) -> bool:
    names = [alert.query.logical(node) for node in vectors(tree)]
    changes = any(getattr(node, "function", "") in {"changes", "delta", "deriv"} for node in walk(tree))
    return changes or any(name.endswith(_SIGNS) for name in names if name != _LAG)
