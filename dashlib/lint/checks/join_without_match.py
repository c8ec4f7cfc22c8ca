"""Both sides of an operator must be able to have the same labels, or nothing ever comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import Aggregation, Binary, walk
from dashlib.promql.types import labels_matched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Query
    from dashlib.promql.types import Labels

CHECK = Check(
    "join-without-match",
    "error",
    "The two sides of an operator can have matching labels.",
    peers=("pint promql/vector_matching", "pint promql/impossible"),
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every operator whose sides cannot match, and every grouping by a label that is gone already."""
    for query in lint.queries:
        for node in walk(query.tree) if query.tree is not None else ():
            if isinstance(node, Binary) and node.operator != "or":
                yield from _join(query, node)
            elif isinstance(node, Aggregation) and node.grouping == "by":
                yield from _grouping(query, node)


def _join(query: Query, node: Binary) -> Iterator[Problem]:
    left, right = query.type_of(node.left), query.type_of(node.right)
    if not (left.is_vector and right.is_vector):
        return
    if node.matching == "on":
        yield from _join_on(query, node)
        return
    one, other = labels_matched(node, left), labels_matched(node, right)
    missing = _only(one, other) or _only(other, one)
    if missing:
        labels = ", ".join(sorted(missing))
        has_left = bool(_only(one, other))
        nothing = "the right side has no such label" if has_left else "the left side has no such label"
        effect = "so it removes nothing" if node.operator == "unless" else "so nothing ever matches"
        side = "left" if has_left else "right"
        yield query.problem(
            f"the {side} side of {node.operator} has the label{'s' * (len(missing) > 1)} {labels} and "
            f"{nothing}, {effect}",
            (node.operator_start, node.operator_start + len(node.operator)),
            suggestion=_suggestion(node, one, other),
        )


def _join_on(query: Query, node: Binary) -> Iterator[Problem]:
    left, right = query.type_of(node.left).labels, query.type_of(node.right).labels
    for label in node.labels:
        for this, that, side in ((left, right, node.left), (right, left, node.right)):
            if not this.may_have(label) and label in that.certain:
                yield query.problem(
                    f"on ({', '.join(node.labels)}) matches nothing: {query.written(side)} has no label {label}",
                    side,
                    suggestion="keep the label there, or match on other labels",
                )
    one = right if node.group == "group_left" else left
    for label in node.included:
        if not one.may_have(label):
            yield query.problem(
                f"{node.group} ({', '.join(node.included)}) copies the label {label} from a side that does not have it",
                node.right if node.group == "group_left" else node.left,
                suggestion="keep the label there, or remove it here",
                severity="warning",
            )


def _only(one: Labels, other: Labels) -> frozenset[str]:
    """Return the labels that one side surely has and the other cannot have."""
    return frozenset(label for label in one.certain if not other.may_have(label))


def _suggestion(node: Binary, one: Labels, other: Labels) -> str:
    common = sorted(one.certain & (other.possible if other.possible is not None else other.certain))
    if not common:
        common = sorted(other.certain & (one.possible if one.possible is not None else one.certain))
    said = f"match on the labels that both have: {node.operator} on ({', '.join(common)})"
    return said if common else "aggregate both sides by the same labels"


def _grouping(query: Query, node: Aggregation) -> Iterator[Problem]:
    inner = query.type_of(node.operand).labels
    for label in node.labels:
        if not inner.may_have(label) and inner.possible is not None:
            yield query.problem(
                f"{node.operator} by ({label}): its operand no longer has the label {label}",
                node.operand,
                suggestion="keep the label in the inner aggregation, or remove it here",
                severity="warning",  # the values are right, and lack a label
            )
