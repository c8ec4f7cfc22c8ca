"""An alert has a condition: a comparison, or the absence of something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import COMPARISONS, Aggregation, Binary, Call, Negation, Node, Subquery, Vector, vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query

CHECK = Check(
    "alert-comparison",
    "error",
    "An alert's expression has a condition: it does not fire for every series that exists.",
    peers=("pint alerts/comparison",),
)

#: Prometheus' own series of alerts, which are there only while one fires or is pending.
_ALERTS = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
_STATES = ("state", "status")
# They give series only when something is so.
_CONDITIONS = frozenset({"absent", "absent_over_time"})


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every alert that always fires."""
    for alert in lint.alerts:
        query = alert.query
        if query.tree is None or not any(vectors(query.tree)):
            continue  # vector(1) queries nothing: it fires on purpose, to prove that alerts arrive
        place = _always(query, query.tree)
        if place is not None:
            has_bool = isinstance(place, Binary) and place.is_bool
            yield query.problem(
                f"{alert.name} fires for every series of {query.written(place)}, whatever its value"
                + (": with bool, the comparison returns 0 or 1 instead of filtering" if has_bool else ""),
                place,
                suggestion="leave out bool" if has_bool else "compare it, for example with > 0",
                severity="info" if not has_bool and _may_be_a_state(query, place) else None,
            )


def _may_be_a_state(query: Query, node: Node) -> bool:
    """Tell whether a label chooses a state, of whose series nothing is known: it may be there only while it is so.

    So may what somebody looks for within names: `indexname=~".*invalid.*"`.
    """
    return any(
        matcher.label.lower().endswith(_STATES) or (matcher.operator == "=~" and matcher.value.startswith(".*"))
        for vector in vectors(node)
        if query.linted.names.metric(vector.metric) is None
        for matcher in vector.selector.matchers
    )


def _always(query: Query, node: Node) -> Node | None:  # noqa: PLR0911  # one for each kind of node
    """Return the part that gives series whatever happens; None where a condition filters."""
    if isinstance(node, Vector) and (node.metric in _ALERTS or _is_state(query, node)):
        return None
    if isinstance(node, Binary):
        return _of_binary(query, node)
    if isinstance(node, Aggregation | Negation | Subquery):
        if isinstance(node, Aggregation) and node.operator == "count_values":
            return node
        return node if _always(query, node.operand) is not None else None
    if isinstance(node, Call):
        if node.function in _CONDITIONS:
            return None
        inner = [argument for argument in node.arguments if query.type_of(argument).is_vector]
        if not inner:
            return node
        return node if all(_always(query, one) is not None for one in inner) else None
    return node


def _is_state(query: Query, node: Vector) -> bool:
    """Tell whether a selector chooses by a state that stands in a label: the metric itself is always 1."""
    is_info = (
        node.metric.endswith(("_info", "_labels", "_metadata")) or query.linted.names.facts(node.metric).kind == "info"
    )
    return is_info and any(matcher.label != "__name__" for matcher in node.selector.matchers)


def _of_binary(query: Query, node: Binary) -> Node | None:
    if node.operator in COMPARISONS:
        if not node.is_bool:
            return None
        both = (_always(query, side) for side in (node.left, node.right) if query.type_of(side).is_vector)
        return node if all(one is not None for one in both) else None
    if node.operator == "unless":
        return None
    if node.operator == "or":
        return _always(query, node.left) or _always(query, node.right)
    sides = [side for side in (node.left, node.right) if query.type_of(side).is_vector]
    found = [_always(query, side) for side in sides]
    return node if sides and all(one is not None for one in found) else None
