"""What the series must do for an alert to fire, to be silent, or to miss its signal: solutions, searched for once."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import ABSENT, Burst, Line
from dashlib.proof.scenarios.plan import Shared, is_absence
from dashlib.proof.scenarios.values import calm_values, firing_values, lines_at
from dashlib.proof.solver import State, Want

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.promql.tree import Node
    from dashlib.proof.courses import Course, Series
    from dashlib.proof.scenarios.plan import Plan
    from dashlib.proof.solver import Goal

#: How many solutions are looked through for candidates, at first and then where none of them does it, and how many of
#: them are tried.
_SEARCHED: Final = (400, 2000)
_FOR_ONE_VALUE: Final = 12


def firing_states(plan: Plan, violated: int | None = None) -> Shared[tuple[Goal, State]]:
    """Return the states in which the signal is beyond its level and the guards are as they should be, but for one."""
    if violated not in plan.firing:
        solutions = solutions_for(plan, lines_at(firing_values(plan.obligation)), guard_goals(plan, violated))
        plan.firing[violated] = Shared(solutions)
    return plan.firing[violated]


def solutions_for(
    plan: Plan, values: Iterable[Goal], others: Sequence[tuple[Node, Goal]], given: State | None = None
) -> Iterator[tuple[Goal, State]]:
    """Yield what the series may do for the signal to have one of some values: the first for each, then others."""
    found = [(value, plan.solver.solutions([(plan.signal, value), *others], given)) for value in values]
    for value, states in found:
        first = next(states, None)
        if first is not None:
            yield value, first
    for value, states in found:
        for state in _unlike(states):
            yield value, state


def _unlike(states: Iterator[State]) -> Iterator[State]:
    """Yield some of many states, that differ in more than the last choice; those without a past of their own first."""
    for searched in _SEARCHED:
        by_past: dict[int, list[State]] = {}
        for state in itertools.islice(states, searched):
            by_past.setdefault(len(state.past), []).append(state)
        for _, alike in sorted(by_past.items()):
            step = max(1, len(alike) // _FOR_ONE_VALUE)
            yield from alike[::step][:_FOR_ONE_VALUE]


def guard_goals(plan: Plan, violated: int | None = None) -> list[tuple[Node, Goal]]:
    """Return what the guards must give for the alert to be free to fire, of the violated one the opposite.

    Those that the solver knows least about come last: their choices are the first that are tried otherwise.
    """
    goals: list[tuple[Node, Goal]] = []
    for index, (guard, node) in enumerate(plan.guards):
        wanted = (guard.keyword == "and") == (index != violated)
        goals.append((node, Want.ANYTHING if wanted else Want.NOTHING))
    return sorted(goals, key=lambda goal: _difficulty(goal[0]))


def _difficulty(node: Node) -> int:
    return sum(isinstance(each, promql_tree.Call | promql_tree.Subquery) for each in promql_tree.walk(node))


def courses_before(state: State) -> dict[Series, Course]:
    """Return what the series do before: as they do now, unless that is said; what happens only once has not yet."""
    return {**{each: _steady(course) for each, course in state.now.items()}, **state.past}


def _steady(course: Course) -> Course:
    return Line(None) if isinstance(course, Burst) else course


def calm_around(plan: Plan, state: State) -> tuple[dict[Series, Course], dict[Series, Course]]:
    """Return what the series do before and after the alert has a reason to fire: the signal is far from its level."""
    if id(state) not in plan.calm:
        plan.calm[id(state)] = _calmed(plan, state)
    return plan.calm[id(state)]


def _calmed(plan: Plan, state: State) -> tuple[dict[Series, Course], dict[Series, Course]]:
    of_guards = {plan.solver.series.own(vector) for _, node in plan.guards for vector in promql_tree.vectors(node)}
    fixed = State({each: course for each, course in state.now.items() if each in of_guards})
    for given in (fixed, None):
        goals = [*lines_at(calm_values(plan.obligation)), *([Want.NOTHING] if plan.tells_absence else [])]
        for _, calm in solutions_for(plan, goals, [], given):
            own = {each: _steady(calm.now[each]) for each in plan.own if each in calm.now}
            # Of what is counted there are as many series all the time: fewer of them would not be another state.
            if state.copies and all(state.now.get(each) == course for each, course in own.items()):
                continue
            return {**state.now, **own, **state.past}, {**state.now, **own}
    gone = dict.fromkeys(plan.own, ABSENT)
    return {**state.now, **gone, **state.past}, {**state.now, **gone}


def gone_states(plan: Plan, violated: int | None = None) -> Shared[tuple[State, State]]:
    """Return the states in which the signal is there, and in which it is gone while the guards are as they should."""
    if violated not in plan.absences:
        plan.absences[violated] = Shared(_found_gone(plan, violated))
    return plan.absences[violated]


def _found_gone(plan: Plan, violated: int | None) -> Iterator[tuple[State, State]]:
    there = next(plan.solver.solutions([(plan.signal, Want.ANYTHING)]), None)
    if there is None:
        return
    own = {each: course for each, course in there.now.items() if each in plan.own}
    given = State(dict.fromkeys(plan.own, ABSENT), own)
    states = plan.solver.solutions(guard_goals(plan, violated), given)
    first = next(states, None)
    if first is not None:
        for gone in itertools.chain([first], _unlike(states)):
            yield State(own), gone


def before_and_while_firing(
    plan: Plan, violated: int | None = None, *, of_guard: bool = False
) -> Iterator[tuple[Mapping[Series, Course], Mapping[Series, Course]]]:
    """Yield what the series do before and while the alert has a reason to fire, but for a guard that is violated.

    Args:
        plan: of the proof.
        violated: which guard.
        of_guard: the guard's series are before, too, what violates it: it may look back at a signal that was calm.
    """
    if is_absence(plan):
        return (({**courses_before(gone), **there.now}, gone.now) for there, gone in gone_states(plan, violated))
    vectors = promql_tree.vectors(plan.guards[violated][1]) if of_guard and violated is not None else ()
    kept = {plan.solver.series.own(vector) for vector in vectors}
    return (
        (
            {
                **calm_around(plan, state)[0],
                **{each: course for each, course in courses_before(state).items() if each in kept},
            },
            state.now,
        )
        for _, state in firing_states(plan, violated)
    )
