"""Scenarios in which several series are what a guard adds up or counts: only together they are what it asks for."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import Absent, Line
from dashlib.proof.scenarios.checks import guards_hold, is_at, is_declared, premise_check
from dashlib.proof.scenarios.guards import deciding_states, parts
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out
from dashlib.proof.scenarios.others import another_value
from dashlib.proof.scenarios.plan import is_absence
from dashlib.proof.scenarios.states import (
    before_and_while_firing,
    calm_around,
    courses_before,
    firing_states,
    gone_states,
)
from dashlib.proof.solver import label_to_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.promql.tree import Node
    from dashlib.proof.courses import Course, Series
    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan

#: How many inputs are tried.
_TRIED: Final = 6
#: How many are looked through for those that are tried.
_LOOKED_THROUGH: Final = 40
#: What one of two series has of the whole, before and then.
_BEFORE, _NOW = 0.75, 0.5
#: What one of them has beside that, half of which moves to the other.
_MOVING: Final = 20.0


def summed(plan: Plan, index: int) -> dict[Series, str]:
    """Return the series that a guard adds up, each with a label in which several of them differ."""
    found: dict[Series, str] = {}
    for node, above in promql_tree.with_ancestors(plan.guards[index][1]):
        around = [each for each in above if isinstance(each, promql_tree.Aggregation)]
        if isinstance(node, promql_tree.Vector) and any(each.operator == "sum" for each in around):
            series = plan.solver.series.own(node)
            found[series] = label_to_copy(series, around, {one.label for one in node.selector.matchers})
    return found


def of_several(plan: Plan, index: int) -> Iterator[Scenario]:
    """Yield scenarios in which series that a guard adds up share its value, first unevenly, and then evenly."""
    shared = summed(plan, index)
    for premise, before, now in itertools.islice(_shared_out(plan, index, shared), _TRIED):
        begin = beginning(plan, before)
        end = _end(plan, begin, before, now)
        yield lay_out(
            plan,
            [(begin, _split(before, shared, _BEFORE)), (end - begin, _split(now, shared, _NOW))],
            now,
            premise_check(plan, premise, begin, end),
            [],
        )


def moves_between(plan: Plan, index: int) -> Iterator[Scenario]:
    """Yield scenarios in which one of two series that a guard adds up gives something to the other.

    A guard that holds a sum against an earlier one does not ask which of them has how much of it.
    """
    shared, half = summed(plan, index), _MOVING / 2
    for premise, before, now in itertools.islice(_shared_out(plan, index, shared), _TRIED):
        begin = beginning(plan, before)
        end = _end(plan, begin, before, now)
        yield lay_out(
            plan,
            [(begin, _with_more(before, shared, _MOVING, 0.0)), (end - begin, _with_more(now, shared, half, half))],
            now,
            premise_check(plan, premise, begin, end),
            [],
        )


def counted(plan: Plan, index: int) -> dict[Series, str]:
    """Return the series that a guard counts and compares, each with a label in which those differ that it counts."""
    found: dict[Series, str] = {}
    for node, above in promql_tree.with_ancestors(plan.guards[index][1]):
        around = [each for each in above if isinstance(each, promql_tree.Aggregation)]
        operators = {each.operator for each in above if isinstance(each, promql_tree.Binary)}
        if not isinstance(node, promql_tree.Vector) or operators.isdisjoint(promql_tree.COMPARISONS):
            continue
        for place, each in enumerate(around):
            if each.operator == "count":
                series, filtered = plan.solver.series.own(node), {one.label for one in node.selector.matchers}
                apart = (
                    label
                    for label, _ in reversed(series.labels)  # the finest mostly come last
                    if label not in filtered
                    and all(_keeps(inner, label) for inner in around[:place])
                    and not any(_keeps(outer, label) for outer in around[place:])
                )
                if label := next(apart, ""):
                    found[series] = label
    return found


def of_two(plan: Plan, index: int, series: Series, label: str) -> Iterator[Scenario]:
    """Yield scenarios in which a guard keeps an alert from firing for one series that it counts, and not for two.

    Args:
        plan: of the proof.
        index: which guard.
        series: one of those that it counts.
        label: in which the other one differs.
    """
    beside = series.with_label(label, another_value(series, label))
    found = itertools.islice(before_and_while_firing(plan, index), _LOOKED_THROUGH)
    counting = [both for both in found if all(isinstance(each.get(series), Line | Absent) for each in both)]
    counting = [both for both in counting if isinstance(both[0][series], Line)]
    # One more is the likelier to be enough the less there is that it is held against.
    for before, now in sorted(counting, key=_how_much_changes)[:_TRIED]:
        begin = beginning(plan, before)
        end = _end(plan, begin, before, now)
        yield lay_out(
            plan,
            [(begin, {**before, beside: before[series]}), (end - begin, {**now, beside: now[series]})],
            now,
            premise_check(plan, is_declared(plan), begin, end),
            [],
        )


def _end(plan: Plan, begin: int, before: Mapping[Series, Course], now: Mapping[Series, Course]) -> int:
    """Return when it has been seen what comes of a change.

    What looks back for an absence sees it at once. In which step it sees it no more is what other phases are about.
    """
    if is_absence(plan):
        return begin + plan.whole(plan.obligation.lasting) + 2 * AFTER * plan.tick
    return begin + plan.settling(before, now) + plan.whole(plan.obligation.lasting) + AFTER * plan.tick


def _how_much_changes(both: tuple[Mapping[Series, Course], Mapping[Series, Course]]) -> float:
    before, now = both
    pairs = ((was, now.get(each)) for each, was in before.items())
    return sum(
        abs(was.start - then.start)
        for was, then in pairs
        if isinstance(was, Line) and isinstance(then, Line) and was.start is not None and then.start is not None
    )


def _keeps(node: promql_tree.Aggregation, label: str) -> bool:
    """Tell whether an aggregation keeps apart what differs in a label."""
    return bool(node.grouping) and (label in node.labels) == (node.grouping == "by")


def _with_more(
    courses: Mapping[Series, Course], shared: Mapping[Series, str], more: float, other: float
) -> dict[Series, Course]:
    """Return courses in which each shared series is higher by something, beside another one that is something else."""
    found = dict(courses)
    for series, label in shared.items():
        course = courses.get(series)
        if isinstance(course, Line) and course.start is not None:
            found[series] = Line(course.start + more, course.slope)
            found[series.with_label(label, another_value(series, label))] = Line(other)
    return found


def _split(courses: Mapping[Series, Course], shared: Mapping[Series, str], share: float) -> dict[Series, Course]:
    """Return courses, with two series in the place of each that is shared."""
    found = dict(courses)
    for series, label in shared.items():
        course = courses.get(series)
        if isinstance(course, Line):
            found[series] = _part(course, share)
            found[series.with_label(label, another_value(series, label))] = _part(course, 1 - share)
    return found


def _part(line: Line, share: float) -> Line:
    return Line(None if line.start is None else line.start * share, line.slope * share)


def _shared_out(
    plan: Plan, index: int, shared: Mapping[Series, str]
) -> Iterator[tuple[str, Mapping[Series, Course], Mapping[Series, Course]]]:
    """Yield of `_decided` where there is something to share: a guard may be decided by its other parts."""
    for premise, before, now in _decided(plan, index, shared):
        if any(isinstance(now.get(each), Line) for each in shared):
            yield premise, before, now


def _decided(
    plan: Plan, index: int, shared: Mapping[Series, str]
) -> Iterator[tuple[str, Mapping[Series, Course], Mapping[Series, Course]]]:
    """Yield what the series do before and when a guard, or its part that adds up, decides; before, what is so then."""
    guard, node = plan.guards[index]

    def adds_up(part: Node) -> bool:
        return any(plan.solver.series.own(vector) in shared for vector in promql_tree.vectors(part))

    adding = [part for part in parts(node) if adds_up(part[0])]
    for part in adding:
        for condition, state in itertools.islice(deciding_states(plan, index, *part), _TRIED):
            yield condition + guards_hold(plan, without=index), courses_before(state), state.now
    if adding:
        return
    violated = index if guard.keyword == "unless" else None
    premise = guards_hold(plan, violated)
    if is_absence(plan):
        for there, gone in gone_states(plan, violated):
            yield f"vector(1){premise}", {**courses_before(gone), **there.now}, gone.now
        return
    for value, state in firing_states(plan, violated):
        if not state.copies:
            yield is_at(plan, value) + premise, calm_around(plan, state)[0], state.now
