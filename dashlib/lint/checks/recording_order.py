"""A recording rule stands in one group with those that it is made from, and behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.promql.tree import SET_OPERATORS, Binary, Subquery, vectors, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Rule
    from dashlib.promql.tree import Node

CHECK = Check(
    "recording-order",
    "warning",
    "A rule comes after the recording rules of its group that it uses, and does not record from another group's.",
    peers=("pint rule/dependency",),
)


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every rule that sees old values of another."""
    records: dict[str, list[Rule]] = {}
    for rule in lint.rules:
        if not rule.is_alert:
            records.setdefault(rule.name, []).append(rule)
    # A rule that reads the name it records adds to an exporter's metric, which is there without it.
    for name in [name for name, makers in records.items() if any(_reads_itself(maker) for maker in makers)]:
        del records[name]
    for group in lint.groups:
        places = {id(rule): index for index, rule in enumerate(group.rules)}
        for rule in group.rules:
            tree = rule.query.tree
            # The last of many samples is no news.
            in_range = _in_subqueries(tree) if tree is not None else frozenset[int]()
            for node in vectors(tree) if tree is not None else ():
                makers = records.get(node.metric, [])
                is_past = node.selector.range is not None or node.end > node.selector.end or id(node) in in_range
                if not makers or makers == [rule] or is_past:
                    continue
                same_group = [maker for maker in makers if id(maker) in places and maker is not rule]
                if same_group and all(places[id(maker)] > places[id(rule)] for maker in same_group):
                    yield rule.query.problem(
                        f"{rule.name} comes before {node.metric} in its group, so it sees the value of the previous "
                        "evaluation",
                        node,
                        suggestion=f"move it after {node.metric}",
                    )
                elif not same_group and not rule.is_alert and not _is_condition(tree):
                    yield rule.query.problem(
                        f"{rule.name} is computed from {node.metric}, which another group records: the two are "
                        "evaluated at different times, so it sees values up to one interval old",
                        node,
                        suggestion="put both into the same group",
                    )


def _in_subqueries(tree: Node) -> frozenset[int]:
    """Return the identities of the selectors that are asked over a time."""
    return frozenset(id(each) for node in walk(tree) if isinstance(node, Subquery) for each in vectors(node))


def _is_condition(tree: Node | None) -> bool:
    """Tell whether an expression says, as an alert does, only whether something holds: an old value hardly matters."""
    while isinstance(tree, Binary) and tree.operator in SET_OPERATORS:
        tree = tree.left
    return isinstance(tree, Binary) and tree.is_bool


def _reads_itself(rule: Rule) -> bool:
    tree = rule.query.tree
    return tree is not None and any(node.metric == rule.name for node in vectors(tree))
