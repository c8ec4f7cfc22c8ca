"""Scenarios of counters that stand still or begin anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.proof.courses import Line
from dashlib.proof.scenarios.checks import is_declared, premise_check
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out, silent_throughout
from dashlib.proof.scenarios.states import before_and_while_firing, firing_states
from dashlib.proof.solver import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dashlib.proof.courses import Series
    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan


def across_reset(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which counters grow as fast as before, but begin anew in the middle."""
    for before, now in before_and_while_firing(plan):
        counters = {each for each in now if each.metric is not None and each.metric.type == "counter"}
        lines = {each: course for each, course in now.items() if each in counters and isinstance(course, Line)}
        growing = {each: course for each, course in lines.items() if course.slope > 0}
        if not growing:
            return
        begin = beginning(plan, before)
        settling = plan.settling(before, now) + AFTER * plan.tick
        again = begin + settling
        anew = {each: Line(-course.slope * (again - plan.scrape), course.slope) for each, course in growing.items()}
        yield lay_out(
            plan,
            [(begin, before), (settling, now), (settling, {**now, **anew})],
            now,
            premise_check(plan, is_declared(plan), again, again + settling),
            [],
        )


def stands_still(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which the signal's counters are high and do not grow."""
    for state in _counters(plan, lambda series: Line(1_000_000.0 if series in plan.own else None)):
        yield silent_throughout(plan, state, "", "silent while the counter stands still")


def begins_anew(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which the signal's counters fall from a high value to zero."""
    for state in _counters(plan, lambda _: Line(0.0)):
        high = State(state.now, dict.fromkeys(state.now, Line(1_000_000.0)))
        yield silent_throughout(plan, high, "", "silent when the counter begins anew")


def _counters(plan: Plan, course: Callable[[Series], Line]) -> Iterator[State]:
    """Yield the state in which all counters of the signal have a course, and the guards let the alert fire."""
    counters = {each: course(each) for each in plan.own if each.metric is not None and each.metric.type == "counter"}
    if not counters:
        return
    for _, state in firing_states(plan):
        yield State({**state.now, **counters}, state.past)
