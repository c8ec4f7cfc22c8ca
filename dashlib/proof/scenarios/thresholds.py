"""Scenarios of a signal beyond its level, at it, stale, absent and unknown."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from dashlib import promql
from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import ABSENT, Absent, Line, number
from dashlib.proof.exporter import DECLARED, KNOWN, unknown
from dashlib.proof.scenarios.checks import (
    begins_check,
    guards_hold,
    is_at,
    is_declared,
    lasting_checks,
    premise_check,
    same_value_check,
    silent_check,
)
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out, silent_throughout, warm_up
from dashlib.proof.scenarios.model import Phase
from dashlib.proof.scenarios.others import twins
from dashlib.proof.scenarios.states import calm_around, courses_before, firing_states, guard_goals, solutions_for
from dashlib.proof.scenarios.values import firing_values, is_count, lines_at, silent_values, value_matters
from dashlib.proof.solver import State, Want

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.promql.tree import Node
    from dashlib.proof.courses import Course, Series
    from dashlib.proof.obligations import Obligation
    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan


#: Functions whose every value is 1, and aggregations that make nothing else of that.
_ONES: Final = frozenset({"absent", "absent_over_time", "present_over_time"})
_OF_ONES: Final = frozenset({"max", "min", "avg", "group"})


def firing_name(obligation: Obligation) -> str:
    """Return the name of the phase in which an alert fires."""
    if obligation.kind == "state":
        return f"at {number(obligation.value or 0.0)}"
    return f"just {obligation.direction} {number(obligation.value or 0.0)}"


def fires(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which an alert is silent, pending, firing and resolved."""
    plan = plan.by_rules()
    for _, state in firing_states(plan):
        before, after = calm_around(plan, state)
        yield _fired_and_resolved(plan, state, before, after)


def alternatives(plan: Plan) -> list[Node]:
    """Return what has no value where the second operand of an `or` in the signal is what fires."""
    nodes = promql_tree.walk(plan.signal)
    return [node.left for node in nodes if isinstance(node, promql_tree.Binary) and node.operator == "or"]


def fires_without(plan: Plan, missing: Node, *, twice: bool = False) -> Iterator[Scenario]:
    """Yield scenarios in which an alert fires by one operand of an `or`, where the other one has no value.

    Args:
        plan: of the proof.
        missing: the other operand.
        twice: each series has another one beside it that does the same.
    """
    goals = [(missing, Want.NOTHING), *guard_goals(plan)]
    for _, state in solutions_for(plan, lines_at(firing_values(plan.obligation)), goals):
        before = courses_before(state)
        begin = beginning(plan, before)
        end = begin + plan.settling(before, state.now) + plan.whole(plan.obligation.lasting) + AFTER * plan.tick
        premise = premise_check(plan, is_declared(plan), begin, end)
        segments = [(begin, before), (end - begin, state.now)]
        if twice:
            segments = [(seconds, {**courses, **twins(plan, courses)}) for seconds, courses in segments]
        checks = [same_value_check(plan, end - plan.tick)]
        yield lay_out(plan, segments, state.now, premise, checks, None if twice else state)


def goes_stale(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which the signal's series vanish while an alert has a reason to fire."""
    for _, state in firing_states(plan):
        before, _ = calm_around(plan, state)
        gone = {**state.now, **_vanished(plan, state.now, before)}
        begin = beginning(plan, before)
        # Neither pending nor firing afterwards: it need not have fired.
        end = begin + plan.settling(before, state.now) + AFTER * plan.tick
        ended = end + plan.settling(state.now, gone)
        last = ended + AFTER * plan.tick
        yield lay_out(
            plan,
            [(begin, before), (end - begin, state.now), (last - end + plan.tick, gone)],
            state.now,
            premise_check(plan, is_declared(plan), begin, end),
            [silent_check(plan, "silent when stale", ended, last)],
            state,
        )


def _vanished(plan: Plan, now: Mapping[Series, Course], before: Mapping[Series, Course]) -> dict[Series, Course]:
    """Return the signal's series gone: all that are not looked for much longer than those that drive it."""
    driving = {each: course for each, course in now.items() if each in plan.own and before.get(each) != course}
    limit = max(3600, plan.settling(driving, {}))
    return {each: ABSENT for each in plan.own if plan.settling({each: Line(0.0)}, {}) <= limit}


def _fired_and_resolved(
    plan: Plan, state: State, before: Mapping[Series, Course], after: Mapping[Series, Course]
) -> Scenario:
    settling = plan.settling(before, state.now)
    begin = beginning(plan, before)
    end = begin + settling + plan.whole(plan.obligation.lasting) + AFTER * plan.tick
    ended = end + plan.settling(state.now, after)
    last = ended + AFTER * plan.tick
    return lay_out(
        plan,
        [(begin, before), (end - begin, state.now), (last - end + plan.tick, after)],
        state.now,
        premise_check(plan, is_declared(plan), begin, end),
        [
            silent_check(plan, "silent before", warm_up(plan, before), begin - 1),
            begins_check(plan, begin, settling, end),
            *lasting_checks(plan, begin, end),
            silent_check(plan, "resolved", ended, last),
        ],
        state,
    )


def silent_phases(plan: Plan) -> list[Phase]:
    """Return the phases in which a signal is just not beyond its level, or in another state."""
    obligation = plan.obligation
    if obligation.kind == "state":
        return [
            Phase(f"at {number(state)}", _silent_at(plan, [state]))
            for state in obligation.states
            if state != obligation.value
        ]
    values = silent_values(obligation)
    if is_count(obligation) and values[0] < 1:
        return []  # a count of nothing is no sample: that is the phase `absent`
    if _is_presence(plan.signal) and obligation.direction == "above" and values[0] < 1:
        return []  # it is 1 or there is no sample, as before the alert fires and after it
    return [Phase(f"not {obligation.direction} {number(obligation.value or 0.0)}", _silent_at(plan, values))]


def _is_presence(signal: Node) -> bool:
    """Tell whether a signal is 1 wherever it has a value."""
    while isinstance(signal, promql_tree.Aggregation) and signal.operator in _OF_ONES:
        signal = signal.operand
    return isinstance(signal, promql_tree.Call) and signal.function in _ONES


def _silent_at(plan: Plan, values: Sequence[float]) -> Iterator[Scenario]:
    """Yield scenarios in which the signal has a value at which the declared alert is silent, at every evaluation.

    What is computed of many samples may now and then be beyond a value by its last digit: then the next one is tried.
    """
    for value, state in solutions_for(plan, lines_at(values), guard_goals(plan)):
        premise = is_at(plan, value, silent=True) + guards_hold(plan)
        yield silent_throughout(plan, state, premise, f"silent at {value}", never=is_declared(plan))
    if plan.guards:  # a guard may say that the signal has no such value
        for value, state in solutions_for(plan, lines_at(values), []):
            premise = is_at(plan, value, silent=True)
            yield silent_throughout(plan, state, premise, f"silent at {value}", never=is_declared(plan))


def is_absent(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which the signal never had a series, and all else lets the alert fire."""
    for _, state in firing_states(plan):
        gone = dict.fromkeys(plan.own, ABSENT)
        without = State({**state.now, **gone}, {**state.past, **gone})
        yield silent_throughout(plan, without, "", "silent when absent")


def unknown_values(plan: Plan, root: Node) -> list[tuple[Series, float, float]]:
    """Return the series of an expression whose value matters, with each value that means *unknown*.

    The value comes twice: as the catalog writes it, and in the canonical unit.

    Args:
        plan: of the proof.
        root: the signal, or a guard.
    """
    found = {}
    for node, above in promql_tree.with_ancestors(root):
        if isinstance(node, promql_tree.Vector) and value_matters(node, above):
            series = plan.solver.series.own(node)
            if series.metric is not None:
                found[series] = zip(series.metric.unknown, unknown(series.metric), strict=True)
    return [(series, shown, value) for series, values in found.items() for shown, value in values]


def is_unknown(plan: Plan, series: Series, value: float) -> Iterator[Scenario]:
    """Yield scenarios in which a series of the signal has a value that means *unknown*.

    First those in which the alert would fire if that were a value like others.
    """
    like_others = promql.read(plan.obligation.signal.replace(KNOWN, DECLARED)).tree
    for beyond in lines_at(firing_values(plan.obligation)):
        goals = [(like_others, beyond), *guard_goals(plan)]
        for state in itertools.islice(plan.solver.solutions(goals, State({series: Line(value)})), 1):
            yield silent_throughout(plan, state, "", "silent where it is unknown")
    for _, state in firing_states(plan):
        if not isinstance(state.now.get(series, ABSENT), Absent):
            at = State({**state.now, series: Line(value)}, state.past, state.copies)
            yield silent_throughout(plan, at, "", "silent where it is unknown")
