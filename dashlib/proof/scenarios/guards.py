"""Scenarios in which a guard, or a limit inside an expression, decides."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import ABSENT, Line
from dashlib.proof.scenarios.checks import DECLARED_ALERTS, guards_hold, is_at, permits
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out, silent_throughout
from dashlib.proof.scenarios.model import Check
from dashlib.proof.scenarios.plan import is_absence
from dashlib.proof.scenarios.states import courses_before, firing_states, gone_states
from dashlib.proof.scenarios.values import firing_values, lines_at, relative_step
from dashlib.proof.solver import State, Want, compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dashlib.promql.tree import Node
    from dashlib.proof.courses import Course, Series
    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan
    from dashlib.proof.solver import Goal

#: Comparisons with a limit that a value may be just above or below.
_ORDERS: Final = frozenset({"<", "<=", ">", ">="})
#: Functions whose result may be at a limit but for the rounding of its last digit.
_ROUNDED: Final = frozenset({"rate", "irate", "increase", "delta", "deriv", "avg_over_time", "predict_linear"})
#: How many inputs about a limit are tried, and how many sides of it an input needs.
_CHOICES: Final = 4
_TWO: Final = 2


def decides(plan: Plan, index: int) -> Iterator[Scenario]:
    """Yield scenarios in which an alert would fire, were it not for one guard."""
    guard, _ = plan.guards[index]
    says = f"silent {'when' if guard.keyword == 'unless' else 'unless'} {guard.name}"
    if plan.obligation.kind == "absence":
        states: Iterator[tuple[str, State]] = (("vector(1)", gone) for _, gone in gone_states(plan, index))
    else:
        solutions = firing_states(plan, index)
        states = ((is_at(plan, value), state) for value, state in solutions)
    for condition, state in states:
        premise = condition + guards_hold(plan, index)
        if plan.settling(courses_before(state), state.now):  # a guard that looks back may decide for a while only
            yield silent_throughout(plan, state, premise, says, never=permits(guard), settles=False)
        yield silent_throughout(plan, state, premise, says, never=permits(guard))


def comparisons(plan: Plan) -> Iterator[tuple[int | None, promql_tree.Binary]]:
    """Yield what guards, and the signal itself, hold against a number: which guard, and the comparison."""
    roots: list[tuple[int | None, Node]] = [(index, node) for index, (_, node) in enumerate(plan.guards)]
    for index, root in (*roots, (None, plan.signal)):
        for node in promql_tree.walk(root):
            if isinstance(node, promql_tree.Binary) and node.operator in _ORDERS:
                limits = [each for each in (node.left, node.right) if isinstance(each, promql_tree.Number)]
                if len(limits) == 1 and math.isfinite(limits[0].value if limits[0].value is not None else math.inf):
                    yield index, node


def limit_of(comparison: promql_tree.Binary) -> float:
    """Return the number that a comparison has on one of its sides."""
    numbers = (side.value for side in (comparison.left, comparison.right) if isinstance(side, promql_tree.Number))
    return next(value for value in numbers if value is not None)


def at_limit(plan: Plan, index: int | None, comparison: promql_tree.Binary) -> Iterator[Scenario]:
    """Yield scenarios in which what is held against a number is just above it, just below, and just that."""
    compared = comparison.right if isinstance(comparison.left, promql_tree.Number) else comparison.left
    limit = limit_of(comparison)
    step = relative_step(limit)
    sides: list[tuple[float, ...]] = [(limit + step, math.floor(limit) + 1.0), (limit - step, math.ceil(limit) - 1.0)]
    if not any(isinstance(each, promql_tree.Call) and each.function in _ROUNDED for each in promql_tree.walk(compared)):
        sides.append((limit,))
    operator = comparison.operator
    holding = [
        compare(
            operator, *((Line(limit), Line(side[0])) if compared is comparison.right else (Line(side[0]), Line(limit)))
        )
        for side in sides
    ]
    for pick, turned in itertools.product(range(_CHOICES), (False, True)):
        states = [
            state
            for side, holds in zip(sides, holding, strict=True)
            for state in itertools.islice(
                _with_compared(plan, index, (compared, side), Want.ANYTHING if holds != turned else Want.NOTHING),
                pick,
                pick + 1,
            )
        ]
        if len(states) < _TWO or any(state.copies for state in states):
            continue
        before = courses_before(states[0])
        begin = beginning(plan, before)
        segments: list[tuple[int, Mapping[Series, Course]]] = [(begin, before)]
        last: Mapping[Series, Course] = before
        for state in states:
            for seen in [dict(state.past)] if state.past else []:
                now = {**state.now, **seen}
                segments.append((plan.settling(last, now) + plan.tick, now))
                last = now
            segments.append((plan.settling(last, state.now) + AFTER * plan.tick, state.now))
            last = state.now
        end = sum(seconds for seconds, _ in segments)
        window = f"[{end - begin}s:{plan.tick}s]"
        changes = f"count(count_over_time(({DECLARED_ALERTS}){window}) < {(end - begin) // plan.tick - 1})"
        yield lay_out(plan, segments, states[0].now, Check("it decides", changes, end - plan.tick, 1.0), [])


def _with_compared(
    plan: Plan, index: int | None, compared: tuple[Node, Iterable[float]], gives: Want
) -> Iterator[State]:
    """Yield states in which a part of a guard or of the signal has one of some values; all else lets the alert fire.

    Args:
        plan: of the proof.
        index: which guard; None for the signal.
        compared: the part, and the values.
        gives: what the guard, or the signal, then gives.
    """
    others: list[tuple[Node, Goal]] = [
        (node, Want.ANYTHING if guard.keyword == "and" else Want.NOTHING)
        for at, (guard, node) in enumerate(plan.guards)
        if at != index
    ]
    own = plan.signal if index is None else plan.guards[index][1]
    given, signals = State(), lines_at(firing_values(plan.obligation))
    if is_absence(plan):
        there = next(iter(gone_states(plan)), None)
        if there is None:
            return
        given, signals = State(dict.fromkeys(plan.own, ABSENT), there[0].now), []
    if index is None and gives is Want.NOTHING:
        signals = []
    goals: list[list[tuple[Node, Goal]]] = [[(plan.signal, each)] for each in signals] or [[]]
    part, values = compared
    for value, fires in itertools.product(lines_at(values), goals):
        wanted = [(part, value), *fires, (own, gives), *others]
        yield from itertools.islice(plan.solver.solutions(wanted, given), _CHOICES)
