"""Scenarios in which all series take values at random."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Final

from dashlib import promql
from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import Line
from dashlib.proof.exporter import unknown
from dashlib.proof.scenarios.checks import back, is_declared
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out
from dashlib.proof.scenarios.model import Check
from dashlib.proof.scenarios.others import another_value, labels_to_copy
from dashlib.proof.scenarios.plan import texts_of
from dashlib.proof.scenarios.states import calm_around, courses_before, firing_states, gone_states
from dashlib.proof.scenarios.values import value_matters
from dashlib.proof.solver import is_yes_or_no

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.promql.tree import Node
    from dashlib.proof.courses import Course, Series
    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan

#: Values that any series may have, and parts of a number that something is held against.
_GRID: Final = (0.0, 1.0, 10.0, 100.0, 1000.0, 10_000.0)
_ABOUT: Final = (0.5, 1.0, 1.001)
_UNEVEN: Final = 0.00317
#: How many evaluations long all series take such values, how often one takes another,
#: how often that of the signal is the one at which the alert fires, and how many times it is tried.
_STEPS: Final = 90
_OFTEN: Final = 0.3
_STAYS: Final = 0.75
_WALKS: Final = 4


def at_random(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which all series take values about the numbers that they are held against, at random."""
    if plan.obligation.kind == "absence":
        states = (({**courses_before(gone), **there.now}, gone) for there, gone in gone_states(plan))
    else:
        solutions = firing_states(plan)
        states = ((calm_around(plan, state)[0], state) for _, state in solutions)
    values = _values_to_take(plan)
    for number_, (before, state) in enumerate(states):
        if state.copies or not values or number_ >= _WALKS:
            return
        chance = random.Random(f"{plan.obligation.alert} {number_}")  # noqa: S311  # the same each time
        begin = beginning(plan, before)
        first = begin + plan.settling(before, state.now) + AFTER * plan.tick
        segments: list[tuple[int, Mapping[Series, Course]]] = [(begin, before), (first - begin, state.now)]
        now: dict[Series, Course] = dict(state.now)
        copies = {
            series.with_label(label, another_value(series, label)): values[series]
            for series, label in labels_to_copy(plan)
            if series in values
        }
        for step in range(_STEPS):
            for series, taken in copies.items() if step > _STEPS / 2 else ():
                if chance.random() < _OFTEN:
                    now[series] = Line(chance.choice(taken))
            for series, taken in values.items():
                base = state.now.get(series)
                if chance.random() < _OFTEN:
                    stays = base is not None and (chance.random() < (_STAYS if series in plan.own else 1 - _STAYS))
                    now[series] = base if stays and base is not None else Line(chance.choice(taken))
            segments.append((plan.tick, dict(now)))
        last = sum(seconds for seconds, _ in segments)
        segments.append((plan.tick, state.now))
        walk = back(last - first - plan.tick)
        changes = f"count(count_over_time(({is_declared(plan)})[{walk}:{plan.tick}s]) < {_STEPS})"
        yield lay_out(plan, segments, state.now, Check("it decides", changes, last - plan.tick, 1.0), [])


def _comparison(above: Sequence[Node]) -> promql_tree.Binary | None:
    """Return the comparison that something made of a selector is part of; None without one."""
    for each in above:
        if isinstance(each, promql_tree.Binary) and each.operator in promql_tree.COMPARISONS:
            return each
        if isinstance(each, promql_tree.Binary) and each.operator in promql_tree.SET_OPERATORS:
            return None
    return None


def _values_to_take(plan: Plan) -> dict[Series, list[float]]:
    """Return the series whose value matters, each with values about the numbers that it is held against."""
    found: dict[Series, dict[float, None]] = {}
    for text in texts_of(plan):
        root = promql.read(text).tree
        for node, above in promql_tree.with_ancestors(root):
            comparison = _comparison(above)
            if isinstance(node, promql_tree.Vector) and (comparison is not None or value_matters(node, above)):
                series = plan.solver.series.own(node)
                values = (*_about(plan, comparison), *unknown(series.metric))
                if is_yes_or_no(series):
                    values = (0.0, 1.0) if series.metric is not None and series.metric.unit == "bool" else ()
                if any(isinstance(each, promql_tree.Subquery | promql_tree.Call) for each in above):
                    # What is told from many samples may be at a level but for the rounding of its last digit.
                    values = tuple(value * (1 + _UNEVEN * place) for place, value in enumerate(values, 1))
                found.setdefault(series, {}).update(dict.fromkeys(values))
    return {series: list(values) for series, values in found.items() if values}


def _about(plan: Plan, comparison: promql_tree.Binary | None) -> tuple[float, ...]:
    if comparison is None:
        numbers = [plan.obligation.value]
    else:
        numbers = [node.value for node in promql_tree.walk(comparison) if isinstance(node, promql_tree.Number)]
    about = [value * part for value in numbers if value and math.isfinite(value) for part in _ABOUT]
    return (0.0, *about, 1000.0) if comparison is not None and about else (*_GRID, *about)
