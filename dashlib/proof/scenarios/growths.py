"""Scenarios in which something that is asked for its growth begins, stands still after a while, or comes back."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from dashlib.proof.courses import ABSENT, Line
from dashlib.proof.scenarios.checks import as_declared_check, at_times_check, otherwise_check
from dashlib.proof.scenarios.guards import deciding_states
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out
from dashlib.proof.scenarios.pasts import part_of, unlike
from dashlib.proof.scenarios.plan import is_absence
from dashlib.proof.scenarios.states import before_and_while_firing, courses_before

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.proof.courses import Course, Series
    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.pasts import Past
    from dashlib.proof.scenarios.plan import Plan

#: How many inputs are tried.
_TRIED: Final = 4
#: Where a gauge stands, and how far it goes up for a while.
_BASE: Final = 1000.0
_UP: Final = 500.0
#: How many times as fast as is needed something grows that has just come.
_FASTER: Final = 10


def stands_still_again(plan: Plan, past: Past) -> Iterator[Scenario]:
    """Yield scenarios in which what grew stands still, and decides for as long as the growth is seen."""
    series, window = plan.solver.series.own(past.vector), plan.whole(past.window)
    for before, now in _growing(plan, past):
        begin = beginning(plan, before)
        stops = begin + plan.settling(before, now) + AFTER * plan.tick
        forgotten = stops + window
        last = forgotten + (2 + AFTER) * plan.tick
        still = {**now, series: Line(None)}
        yield lay_out(
            plan,
            [(begin, before), (stops - begin, now), (last - stops + plan.tick, still)],
            now,
            otherwise_check(plan, stops - plan.tick, last),
            [as_declared_check(plan, last - AFTER * plan.tick, last, plan.tick)],
            as_declared_for=forgotten - 2 * plan.tick,  # in which step a window ends is nobody's promise
        )


def begins(plan: Plan, past: Past) -> Iterator[Scenario]:
    """Yield scenarios in which a series comes that grows fast enough to be seen long before it is a window old."""
    series = plan.solver.series.own(past.vector)
    for before, firing in _growing(plan, past):
        course = firing[series]
        now = {**firing, series: Line(None, _FASTER * course.slope)} if isinstance(course, Line) else firing
        early = {**before, series: ABSENT}
        begin = beginning(plan, early)
        last = begin + plan.settling(early, now) + AFTER * plan.tick
        yield lay_out(
            plan,
            [(begin, early), (last - begin + plan.tick, now)],
            now,
            at_times_check(plan, begin, last),
            [],
        )


def grows_at_once(plan: Plan, past: Past) -> Iterator[Scenario]:
    """Yield scenarios in which a counter grows by all that is asked for between two samples, and not at all otherwise.

    An even growth is at its level but for the rounding of its last digit; this is just that, where a window begins
    and ends at samples.
    """
    series, window = plan.solver.series.own(past.vector), plan.whole(past.window)
    if plan.solver.series.exporter.is_scaled(series.metric):
        return
    for before, now in _growing(plan, past):
        course = now[series]
        by = round(course.slope * past.window) if isinstance(course, Line) else 0
        if by < 1:
            continue
        early, then = ({**courses, series: Line(value)} for courses, value in ((before, _BASE), (now, _BASE + by)))
        begin = beginning(plan, early) + window
        last = begin + window + AFTER * plan.tick
        yield lay_out(plan, [(begin, early), (last - begin + plan.tick, then)], then, None, [])


def comes_back(plan: Plan, past: Past) -> Iterator[Scenario]:
    """Yield scenarios in which a gauge goes up and comes back within the window: it grew, and is as large as before."""
    series, window = plan.solver.series.own(past.vector), plan.whole(past.window)
    if series.metric is not None and series.metric.type == "counter":
        return
    up = -(-window // (4 * plan.scrape)) * plan.scrape
    for before, now in _growing(plan, past):
        early = {**before, series: Line(_BASE)}
        calm, high = ({**now, series: Line(value)} for value in (_BASE, _BASE + _UP))
        begin = beginning(plan, early)
        rises = begin + plan.settling(early, calm) + AFTER * plan.tick
        last = plan.whole(rises + up + window) + AFTER * plan.tick
        yield lay_out(
            plan,
            [(begin, early), (rises - begin, calm), (up, high), (last - rises - up + plan.tick, calm)],
            high,
            at_times_check(plan, rises, last),
            [],
        )


def _growing(plan: Plan, past: Past) -> Iterator[tuple[Mapping[Series, Course], Mapping[Series, Course]]]:
    """Yield what the series do before and while something grows: the alert has a reason to fire, or a guard none."""
    series = plan.solver.series.own(past.vector)
    found = [before_and_while_firing(plan)]
    if past.guard is not None:
        if not is_absence(plan):
            found.append(before_and_while_firing(plan, past.guard, of_guard=True))
        if (part := part_of(plan, past)) is not None:
            states = deciding_states(plan, past.guard, *part)
            found.insert(0, ((courses_before(state), state.now) for _, state in states))
    growing = (
        (before, now)
        for before, now in itertools.chain.from_iterable(itertools.islice(each, _TRIED) for each in found)
        if isinstance(course := now.get(series), Line) and course.slope
    )
    return itertools.islice(unlike(growing), _TRIED)
