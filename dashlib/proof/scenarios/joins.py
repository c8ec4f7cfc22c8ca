"""Scenarios about what a signal or a guard joins: the other side of a join speaks of another series only."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from attrs import frozen

from dashlib.promql import tree as promql_tree
from dashlib.proof.scenarios.checks import at_times_check
from dashlib.proof.scenarios.guards import at_most, otherwise_firing
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out
from dashlib.proof.scenarios.others import carries, with_others
from dashlib.proof.scenarios.plan import is_absence
from dashlib.proof.scenarios.states import courses_before
from dashlib.proof.solver import State, Want

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashlib.promql.tree import Binary, Node
    from dashlib.proof.courses import Series
    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan
    from dashlib.proof.solver import Goal

#: So many inputs are tried of one join, and so many states are looked at for each.
_TRIED: Final = 6
_STATES: Final = 2


@frozen(eq=False)
class Join:
    """Where an expression matches its two sides by some labels.

    Attributes:
        guard: in which of the guards it is; None for the signal.
        node: the operator.
        labels: by which series of both sides are told apart.
        instead: what is taken in its place, or before it: the other operands of each `or` around it.
    """

    guard: int | None
    node: Binary
    labels: tuple[str, ...]
    instead: tuple[Node, ...]


def joins(plan: Plan) -> list[Join]:
    """Return what guards, and the signal itself, join by labels that both sides have."""
    roots: list[tuple[int | None, Node]] = [(index, node) for index, (_, node) in enumerate(plan.guards)]
    if not is_absence(plan):
        roots.append((None, plan.signal))
    found = []
    for guard, root in roots:
        for node, above in promql_tree.with_ancestors(root):
            if isinstance(node, promql_tree.Binary) and node.matching == "on" and node.operator != "or":
                sides = [_series_of(plan, side) for side in (node.left, node.right)]
                labels = [label for label in node.labels if all(_has(plan, side, label) for side in sides)]
                if labels:
                    found.append(Join(guard, node, tuple(labels), tuple(_instead(node, above))))
    return found


def of_another(plan: Plan, join: Join) -> Iterator[Scenario]:
    """Yield scenarios in which the right side of a join says the opposite of others, with one label unlike.

    First it is as it has to be for the join to have a result, and then it is not; it is just the other way round with
    the others.
    """
    return itertools.islice(_scenarios(plan, join), _TRIED)


def _scenarios(plan: Plan, join: Join) -> Iterator[Scenario]:
    right = _series_of(plan, join.node.right)
    passes, stops = Want.ANYTHING, Want.NOTHING
    if join.node.operator == "unless":
        passes, stops = stops, passes
    for state in _states(plan, join, passes):
        left = {each: course for each, course in state.now.items() if each not in right}
        past = {each: course for each, course in state.past.items() if each not in right}
        given = State(left, past)
        for other in itertools.islice(plan.solver.solutions([(join.node.right, stops)], given), _STATES):
            before = courses_before(state)
            of_others = [
                with_others({each: course for each, course in part.items() if each in right}, join.labels)
                for part in (other.now, state.now)
            ]
            begin = beginning(plan, before)
            settling = plan.settling(before, state.now) + plan.settling(state.now, other.now)
            lasting = at_most(plan, settling) + AFTER * plan.tick
            segments = [
                (begin + lasting, {**before, **of_others[0]}),
                (lasting, {**state.now, **of_others[0]}),
                (lasting, {**other.now, **of_others[1]}),
            ]
            end = sum(seconds for seconds, _ in segments)
            yield lay_out(plan, segments, state.now, at_times_check(plan, begin + lasting, end), [])


def _states(plan: Plan, join: Join, passes: Want) -> Iterator[State]:
    """Yield states in which a join has a result, and all else lets the alert fire."""
    both: list[tuple[Node, Goal]] = [(join.node.left, Want.ANYTHING), (join.node.right, passes)]
    both.extend((each, Want.NOTHING) for each in join.instead)
    gives = (Want.ANYTHING, Want.NOTHING) if join.guard is not None else (Want.ANYTHING,)
    for of_guard, (_, goals, given) in itertools.product(gives, otherwise_firing(plan, join.guard)):
        own = [(plan.guards[join.guard][1], of_guard)] if join.guard is not None else []
        states = plan.solver.solutions([*goals[:1], *own, *both, *goals[1:]], given)
        yield from (each for each in itertools.islice(states, _STATES) if not each.copies)


def _instead(node: Node, above: Sequence[Node]) -> Iterator[Node]:
    for below, each in itertools.pairwise((node, *above)):
        if isinstance(each, promql_tree.Binary) and each.operator == "or":
            yield each.right if below is each.left else each.left


def _series_of(plan: Plan, node: Node) -> set[Series]:
    return {series for vector in promql_tree.vectors(node) for series in plan.solver.series.matched(vector)}


def _has(plan: Plan, side: set[Series], label: str) -> bool:
    return any(label in dict(each.labels) and carries(plan, each, label) for each in side)
