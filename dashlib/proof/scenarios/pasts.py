"""Scenarios in which something that is looked back at was otherwise, until nobody sees it any more."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from attrs import frozen

from dashlib.promql import format_duration
from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import ABSENT, Absent, Line
from dashlib.proof.scenarios.checks import as_declared_check, otherwise_check
from dashlib.proof.scenarios.guards import deciding_states, parts
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out
from dashlib.proof.scenarios.plan import is_absence, offset_seconds
from dashlib.proof.scenarios.states import before_and_while_firing, courses_before
from dashlib.proof.solver import Want, has_offset, plausible, range_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.promql.tree import Node
    from dashlib.proof.courses import Course, Series
    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan

#: So many evaluations at most are made of a window, and so many inputs tried of one.
_ENDS: Final = 100
_TRIED: Final = 16
_STATES: Final = 3
#: Functions that tell a growth from a range: of that the level says how much it is.
_GROWTHS: Final = frozenset({"rate", "irate", "increase", "delta", "deriv", "predict_linear", "resets", "changes"})


@frozen
class Past:
    """A selector that is looked back at.

    Attributes:
        guard: in which of the guards it is; None for the signal.
        vector: the selector.
        window: how far it is looked back, in seconds.
    """

    guard: int | None
    vector: promql_tree.Vector
    window: float


def looked_back_at(plan: Plan, *, for_growth: bool = False) -> list[Past]:
    """Return what is looked back at, for an absence other than by its window.

    Args:
        plan: of the proof.
        for_growth: what is looked back at for its growth, instead of all else.
    """
    roots = [(index, node, guard.expression) for index, (guard, node) in enumerate(plan.guards)]
    signal = [] if is_absence(plan) else [(None, plan.signal, plan.obligation.signal)]
    found = []
    for guard, root, text in [*roots, *signal]:
        for node, above in promql_tree.with_ancestors(root):
            grows = any(isinstance(each, promql_tree.Call) and each.function in _GROWTHS for each in above)
            if isinstance(node, promql_tree.Vector) and grows == for_growth:
                ranges = (each for each in above if isinstance(each, promql_tree.Subquery))
                window = range_seconds(node) + offset_seconds(text, node) + sum(map(range_seconds, ranges))
                if window:
                    found.append(Past(guard, node, window))
    return found


def name_of(plan: Plan, past: Past) -> str:
    """Return what the phase about a past is called."""
    whose = "the signal" if past.guard is None else plan.guards[past.guard][0].name
    return f"{whose}, {plan.solver.series.own(past.vector).name} {format_duration(past.window)} ago"


def was_otherwise(plan: Plan, past: Past) -> Iterator[Scenario]:
    """Yield scenarios in which what is looked back at was otherwise, and decides for as long as that is seen.

    It changes when the alert has a reason to fire, or half a window earlier: then something else that is looked back
    at may be seen for longer.
    """
    return itertools.islice(itertools.chain(_otherwise_meanwhile(plan, past), _scenarios(plan, past)), _TRIED)


def _otherwise_meanwhile(plan: Plan, past: Past) -> Iterator[Scenario]:
    """Yield scenarios in which one of a range and an `offset` decides that look back equally far at the same series.

    A range does not see that there is no sample for half of it, and an `offset` sees no more than one.
    """
    series = plan.solver.series.own(past.vector)
    equal = [each.vector for each in looked_back_at(plan) if each.window == past.window]
    same = {has_offset(each) for each in equal if plan.solver.series.own(each) == series}
    if same != {True, False}:
        return
    window, half = plan.whole(past.window), plan.whole(past.window / 2)
    for before, now in _states(plan, past):
        was, becomes = before.get(series, ABSENT), now.get(series, ABSENT)
        if was == becomes or isinstance(was, Absent) or isinstance(becomes, Absent):
            continue
        if has_offset(past.vector):
            gone = (half, {**before, series: ABSENT})
            yield _changed(plan, (window, plan.tick), before, [], now, meanwhile=[gone])
            continue
        for always, once in ((was, becomes), (becomes, was)):
            blink = (plan.tick, {**before, series: once})
            around = [{**courses, series: always} for courses in (before, now)]
            yield _changed(plan, (window, plan.tick), around[0], [], around[1], meanwhile=[blink])


def _scenarios(plan: Plan, past: Past) -> Iterator[Scenario]:
    series = plan.solver.series.own(past.vector)
    window = plan.whole(past.window)
    tick = plan.whole(max(plan.tick, window / _ENDS))
    half = -(-window // (2 * tick)) * tick
    for before, now in _states(plan, past):
        for was, becomes in _changes(series, before.get(series, ABSENT), now.get(series, ABSENT)):
            # An absence that begins just then may end just then, by its own window.
            for early in (half,) if is_absence(plan) else (half, 0):
                then = [(early, {**before, series: becomes})] if early else []
                yield _changed(plan, (window, tick), {**before, series: was}, then, {**now, series: becomes})


def _states(plan: Plan, past: Past) -> Iterator[tuple[Mapping[Series, Course], Mapping[Series, Course]]]:
    """Yield what the series do before and while the alert has a reason to fire, where the selector decides."""
    part = part_of(plan, past)
    if part is None or past.guard is None:
        yield from itertools.islice(before_and_while_firing(plan), _STATES)
        return
    states = ((courses_before(state), state.now) for _, state in deciding_states(plan, past.guard, *part))
    yield from itertools.islice(unlike(states), _STATES)


def unlike(
    states: Iterable[tuple[Mapping[Series, Course], Mapping[Series, Course]]],
) -> Iterator[tuple[Mapping[Series, Course], Mapping[Series, Course]]]:
    """Yield what series do before and then, each once: unlike solutions may say the same."""
    seen = set()
    for before, now in states:
        both = frozenset(before.items()), frozenset(now.items())
        if both not in seen:
            seen.add(both)
            yield before, now


def part_of(plan: Plan, past: Past) -> tuple[Node, Want, Sequence[tuple[Node, Want]]] | None:
    """Return the part of a guard that a selector is in, with what has to be so for it to decide; None for all of it."""
    if past.guard is None:
        return None
    root = plan.guards[past.guard][1]
    for part in parts(root):
        if past.vector in promql_tree.walk(part[0]):
            return part
    if isinstance(root, promql_tree.Binary) and root.operator == "or":
        own, other = (root.left, root.right) if past.vector in promql_tree.walk(root.left) else (root.right, root.left)
        return own, Want.ANYTHING, [(other, Want.NOTHING)]
    return None


def _changes(series: Series, before: Course, now: Course) -> Iterator[tuple[Course, Course]]:
    """Yield what a series may have been and become: it goes, it comes, it was more or less."""
    if isinstance(before, Absent) and isinstance(now, Absent):
        yield Line(plausible(series)[0]), ABSENT
        return
    there = before if isinstance(now, Absent) else now
    if before != now:
        yield before, now
    yield there, ABSENT
    if isinstance(there, Line) and there.constant is not None:
        for value in (there.constant + 1, there.constant - 1, 2 * there.constant):
            if value >= 0:
                yield Line(value), there
    yield ABSENT, there


def _changed(
    plan: Plan,
    seen: tuple[int, int],
    before: Mapping[Series, Course],
    then: Sequence[tuple[int, Mapping[Series, Course]]],
    now: Mapping[Series, Course],
    meanwhile: Sequence[tuple[int, Mapping[Series, Course]]] = (),
) -> Scenario:
    """Return the scenario of a change that is seen no more when a window has passed.

    Args:
        plan: of the proof.
        seen: the window, and the seconds between two evaluations.
        before: what the series do before the change.
        then: what they do until the alert has a reason to fire.
        now: what they do when it has one.
        meanwhile: what they do before the change, but after all else that is looked back at.
    """
    window, tick = seen
    early = -(-beginning(plan, before) // tick) * tick + tick
    begin = early + sum(seconds for seconds, _ in meanwhile)
    ends = begin + window
    # What is recorded at each sample forgets when the samples do; otherwise in which step is nobody's promise.
    is_exact = not plan.coarsest_step and (not plan.looks_back_at_records or tick == plan.scrape)
    blurred = 2 * max(tick, plan.coarsest_step)
    until = plan.whole(ends - plan.scrape) if is_exact and tick == plan.tick else ends - blurred
    last = ends + blurred + AFTER * tick
    return lay_out(
        plan,
        [(early, before), *meanwhile, *then, (last - begin - sum(seconds for seconds, _ in then) + tick, now)],
        now,
        otherwise_check(plan, until - tick, last),
        [as_declared_check(plan, last - AFTER * tick, last, tick)],
        tick=tick,
        as_declared_for=last if is_exact else until,
    )
