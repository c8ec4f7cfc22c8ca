"""States laid out in time, as a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dashlib.proof.courses import ABSENT, Line, Segment
from dashlib.proof.scenarios.checks import as_declared_checks, declared_checks, premise_check, silent_check
from dashlib.proof.scenarios.model import Scenario
from dashlib.proof.scenarios.states import courses_before

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashlib.proof.courses import Course, Series
    from dashlib.proof.scenarios.model import Check
    from dashlib.proof.scenarios.plan import Plan
    from dashlib.proof.solver import State

#: Evaluations before a change, so that it is one.
_BEFORE: Final = 4
AFTER: Final = 3
#: Evaluations for which an alert that is not even pending is watched, at most.
_LONG_ENOUGH: Final = 10


def beginning(plan: Plan, before: Mapping[Series, Course]) -> int:
    """Return how long the series have to be as they are before, until all that looks back sees nothing else."""
    looked_back = _BEFORE * plan.tick + plan.longest_offset + plan.coarsest_step
    return plan.whole(looked_back) + warm_up(plan, before)


def warm_up(plan: Plan, before: Mapping[Series, Course]) -> int:
    """Return how long a growth is not known that is told from a range, which was not full of samples before."""
    return plan.settling(
        {each: course for each, course in before.items() if isinstance(course, Line) and course.slope}, {}
    )


def lay_out(
    plan: Plan,
    segments: Sequence[tuple[int, Mapping[Series, Course]]],
    shown: Mapping[Series, Course],
    premise: Check | None,
    checks: Sequence[Check],
    copies: State | None = None,
    tick: int = 0,
    as_declared_for: int = 0,
) -> Scenario:
    """Return the scenario of some segments, each with its seconds and what the series do.

    The compiled alert has to be the declared one at each evaluation of it, or of so many seconds of it.
    """
    laid_out = tuple(Segment(seconds, with_copies(courses, copies)) for seconds, courses in segments)
    compared = as_declared_for or sum(seconds for seconds, _ in segments)
    series = sum(len(list(plan.voices(each))) for each in {each for one in laid_out for each in one.courses})
    tick = tick or plan.tick
    return Scenario(
        input=_described(shown),
        segments=laid_out,
        scrape=plan.scrape,
        tick=tick,
        premise=premise,
        checks=(*checks, *as_declared_checks(plan, compared, tick, series)),
        declared=tuple(declared_checks(plan, compared, tick, series)),
        is_by_rules=plan.as_one is None,
        voices=plan.voices,
    )


def with_copies(courses: Mapping[Series, Course], state: State | None) -> Mapping[Series, Course]:
    """Return courses, and those of the copies that a state has of its series."""
    if state is None or not state.copies:
        return courses
    found = dict(courses)
    for series, (count, label) in state.copies.items():
        for index in range(1, count):
            found[series.with_label(label, f"{dict(series.labels).get(label, '')}{index}")] = courses.get(
                series, ABSENT
            )
    return found


def _described(courses: Mapping[Series, Course]) -> str:
    return "; ".join(f"{series} is {course}" for series, course in courses.items())


def silent_throughout(
    plan: Plan,
    state: State,
    premise: str,
    says: str,
    *,
    never: str = "",
    settles: bool = True,
    then: Sequence[Mapping[Series, Course]] = (),
) -> Scenario:
    """Return the scenario of an alert that is neither pending nor firing in a state.

    Args:
        plan: of the proof.
        state: what the series do.
        premise: has a sample where they do that; empty where it is plain.
        says: what it means.
        never: has no sample then.
        settles: whether all that looks back sees nothing else in the end: then it stays so for ever.
        then: what else they do after that, for an evaluation each.
    """
    before = courses_before(state)
    begin = beginning(plan, before)
    lasting = plan.whole(plan.obligation.lasting)
    if settles:
        lasting = plan.settling(before, state.now) + min(lasting, _LONG_ENOUGH * plan.tick)
    end = begin + lasting + AFTER * plan.tick
    return lay_out(
        plan,
        [(begin, before), (end - begin, state.now), *((plan.tick, courses) for courses in then)],
        state.now,
        premise_check(plan, premise, begin, end, never) if premise else None,
        [silent_check(plan, says, begin, end - plan.tick)],
        state,
    )
