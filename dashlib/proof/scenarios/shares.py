"""Scenarios in which several series share what one of a guard would have: only together they are what it asks for."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import Line
from dashlib.proof.scenarios.checks import guards_hold, is_at, premise_check
from dashlib.proof.scenarios.guards import deciding_states, parts
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out
from dashlib.proof.scenarios.others import another_value
from dashlib.proof.scenarios.plan import is_absence
from dashlib.proof.scenarios.states import calm_around, courses_before, firing_states, gone_states
from dashlib.proof.solver import label_to_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.promql.tree import Node
    from dashlib.proof.courses import Course, Series
    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan

#: How many inputs are tried.
_TRIED: Final = 6
#: What one of two series has of the whole, before and then.
_BEFORE, _NOW = 0.75, 0.5


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
    for premise, before, now in itertools.islice(_decided(plan, index, shared), _TRIED):
        begin = beginning(plan, before)
        end = begin + plan.settling(before, now) + AFTER * plan.tick
        yield lay_out(
            plan,
            [(begin, _split(before, shared, _BEFORE)), (end - begin, _split(now, shared, _NOW))],
            now,
            premise_check(plan, premise, begin, end),
            [],
        )


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
