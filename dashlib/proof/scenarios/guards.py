"""Scenarios in which a guard, or a limit inside an expression, decides."""

from __future__ import annotations

import functools
import itertools
import math
from typing import TYPE_CHECKING, Final

from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import ABSENT, Absent, Line
from dashlib.proof.meaning import MOST_STEPS
from dashlib.proof.scenarios.checks import (
    at_times_check,
    guards_hold,
    is_at,
    is_declared,
    permits,
    premise_check,
)
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out, silent_throughout
from dashlib.proof.scenarios.others import another_value, beside_much, labels_to_copy, other_values, put_together
from dashlib.proof.scenarios.plan import is_absence
from dashlib.proof.scenarios.states import before_and_while_firing, courses_before, firing_states, gone_states
from dashlib.proof.scenarios.values import firing_values, lines_at, relative_step
from dashlib.proof.solver import State, Want, compare, range_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.promql.tree import Node
    from dashlib.proof.courses import Course, Series
    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan
    from dashlib.proof.solver import Goal

#: Comparisons with a limit that a value may be just above or below.
_ORDERS: Final = frozenset({"<", "<=", ">", ">="})
#: Functions whose result may be at a limit but for the rounding of its last digit, where something is scaled.
_ROUNDED: Final = frozenset({"rate", "irate", "increase", "delta", "deriv", "avg_over_time", "predict_linear"})
#: How many inputs about a limit are tried, and how many sides of it an input needs.
_CHOICES: Final = 4
_TWO: Final = 2
#: So many evaluations a state lasts at most where its beginning matters: what looks back has not seen all of it then.
#: Where recording rules are evaluated beside it, which costs more, it lasts so many seconds.
_LONGEST: Final = 40
_LONGEST_OF_RECORDS: Final = 1200
#: Where something stands that grows at once.
_BASE: Final = 1_000_000.0
#: How many solutions are looked through for unlike ones.
_SEARCHED: Final = 1000


def decides(plan: Plan, index: int) -> Iterator[Scenario]:
    """Yield scenarios in which an alert would fire, were it not for one guard."""
    guard, _ = plan.guards[index]
    says = f"silent {'when' if guard.keyword == 'unless' else 'unless'} {guard.name}"
    if plan.obligation.kind == "absence":
        states: Iterator[tuple[str, State]] = (("vector(1)", gone) for _, gone in gone_states(plan, index))
    else:
        solutions = firing_states(plan, index)
        states = ((is_at(plan, value), state) for value, state in solutions)
    # What is looked back at in long steps is seen a step late, by which of two rules is nobody's promise.
    is_late = is_absence(plan) and plan.obligation.window > MOST_STEPS * plan.obligation.tick
    for condition, state in states:
        premise = condition + guards_hold(plan, index)
        then = [] if state.copies or is_late else beside_much(state.now, put_together(plan))
        if plan.settling(courses_before(state), state.now):  # a guard that looks back may decide for a while only
            yield silent_throughout(plan, state, premise, says, never=permits(guard), settles=False, then=then)
        yield silent_throughout(plan, state, premise, says, never=permits(guard), then=then)


def told_apart(plan: Plan, index: int) -> list[str]:
    """Return the labels by which a guard tells series apart, but by which it is not joined."""
    guard, node = plan.guards[index]
    grouped = (each.labels for each in promql_tree.walk(node) if isinstance(each, promql_tree.Aggregation))
    labels = dict.fromkeys(itertools.chain.from_iterable(grouped))
    there = {label for each in _series_of(plan, index) for label, _ in each.labels}
    return [label for label in labels if label in there and label not in guard.on]


def decides_beside(plan: Plan, index: int, label: str) -> Iterator[Scenario]:
    """Yield scenarios in which a guard keeps an alert silent beside others, of which it does not say so.

    Args:
        plan: of the proof.
        index: which guard.
        label: in which the others differ.
    """
    beside = {
        each.with_label(label, other): Line(value)
        for each in _series_of(plan, index)
        if label in dict(each.labels)
        for other, value in zip(other_values(each, label), (0.0, 1.0), strict=False)
    }
    if is_absence(plan):
        return
    for value, state in firing_states(plan, index):
        with_others = State({**state.now, **beside}, state.past, state.copies)
        premise = is_at(plan, value) + guards_hold(plan, index)
        says = f"silent beside another {label}"
        yield silent_throughout(plan, with_others, premise, says, never=permits(plan.guards[index][0]))


def decides_otherwise_labeled(plan: Plan, index: int) -> Iterator[Scenario]:
    """Yield scenarios in which a guard decides, of whose series only the labels that join them are the signal's."""
    labels = told_apart(plan, index)
    own = [each for each in _series_of(plan, index) if each not in plan.own]
    wrong = next(before_and_while_firing(plan, index, of_guard=True), None)
    if wrong is None or not own:
        return

    def otherwise(courses: Mapping[Series, Course]) -> dict[Series, Course]:
        found = {each: course for each, course in courses.items() if each not in own}
        for each in own:
            if each in courses:
                there = [label for label in labels if label in dict(each.labels)]
                relabeled = functools.reduce(
                    lambda it, label: it.with_label(label, another_value(it, label)), there, each
                )
                found[relabeled] = courses[each]
        return found

    for before, now in itertools.islice(before_and_while_firing(plan), _CHOICES):
        begin = beginning(plan, before)
        lasting = plan.settling(before, now) + AFTER * plan.tick
        after = plan.settling(now, wrong[1]) + AFTER * plan.tick
        segments = [(begin, otherwise(before)), (lasting, otherwise(now)), (after, otherwise(wrong[1]))]
        yield lay_out(plan, segments, now, at_times_check(plan, begin, begin + lasting + after), [])


def decides_beside_alike(plan: Plan, index: int) -> Iterator[Scenario]:
    """Yield scenarios in which a guard puts series together: two that say the same, and two of which one does not."""
    own = set(_series_of(plan, index)) - set(plan.own)
    labels = {series: label for series, label in labels_to_copy(plan) if series in own}
    wrong = next(before_and_while_firing(plan, index, of_guard=True), None)
    if wrong is None or not labels:
        return

    def beside(courses: Mapping[Series, Course], others: Mapping[Series, Course]) -> dict[Series, Course]:
        copies = {
            each.with_label(label, another_value(each, label)): others[each]
            for each, label in labels.items()
            if each in others
        }
        return {**courses, **copies}

    for before, now in itertools.islice(before_and_while_firing(plan), _CHOICES):
        begin = beginning(plan, before)
        settling = plan.settling(before, now) + plan.settling(now, wrong[1])
        lasting = at_most(plan, settling) + AFTER * plan.tick
        segments = [
            (begin, beside(before, before)),
            *((lasting, beside(*each)) for each in itertools.product((now, wrong[1]), repeat=2)),
        ]
        yield lay_out(plan, segments, now, at_times_check(plan, begin, begin + 4 * lasting), [])


def at_most(plan: Plan, settling: int) -> int:
    """Return how long a state lasts whose beginning matters: until all is settled, or not quite, in seconds."""
    return min(settling, _LONGEST_OF_RECORDS if plan.looks_back_at_records else _LONGEST * plan.tick)


def _series_of(plan: Plan, index: int) -> list[Series]:
    vectors = promql_tree.vectors(plan.guards[index][1])
    return list(dict.fromkeys(plan.solver.series.own(vector) for vector in vectors))


def is_unknown(plan: Plan, series: Series, value: float) -> Iterator[Scenario]:
    """Yield scenarios in which a series of a guard has a value that means *unknown* at every second evaluation.

    A guard that looks back may let the alert fire for a while only: whenever that is, both are seen.
    """
    for before, now in before_and_while_firing(plan):
        if isinstance(now.get(series, ABSENT), Absent):
            continue
        unknown = {**now, series: Line(value)}
        begin = beginning(plan, before)
        turns = plan.settling(before, now) // (2 * plan.tick) + AFTER
        end = begin + 2 * turns * plan.tick
        yield lay_out(
            plan,
            [(begin, before), *[(plan.tick, now), (plan.tick, unknown)] * turns],
            unknown,
            premise_check(plan, is_declared(plan), begin, end),
            [],
        )


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
    of_compared = {plan.solver.series.own(vector) for vector in promql_tree.vectors(compared)}
    limit = limit_of(comparison)
    step = relative_step(limit)
    sides: list[tuple[float, ...]] = [(limit + step, math.floor(limit) + 1.0), (limit - step, math.ceil(limit) - 1.0)]
    rounded = any(
        isinstance(each, promql_tree.Call) and each.function in _ROUNDED for each in promql_tree.walk(compared)
    )
    if not rounded or not any(plan.solver.series.exporter.is_scaled(each.metric) for each in of_compared):
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
            _at_once(plan, state, compared) if rounded and side == (limit,) else state
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
        yield lay_out(plan, segments, states[0].now, at_times_check(plan, begin, end), [])


def _at_once(plan: Plan, state: State, compared: Node) -> State:
    """Return a state in which what grew evenly has grown by as much between two samples: nothing of that is rounded."""
    now, past = dict(state.now), dict(state.past)
    for vector in promql_tree.vectors(compared):
        series = plan.solver.series.own(vector)
        course = state.now.get(series)
        if isinstance(course, Line) and course.slope and vector.selector.range is not None:
            past[series], now[series] = Line(_BASE), Line(_BASE + round(course.slope * range_seconds(vector)))
    return State(now, past, state.copies)


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
    own = plan.signal if index is None else plan.guards[index][1]
    part, values = compared
    fires = not (index is None and gives is Want.NOTHING)
    for value, (_, goals, given) in itertools.product(lines_at(values), otherwise_firing(plan, index, fires=fires)):
        wanted = [(part, value), *goals[:1], (own, gives), *goals[1:]]
        yield from itertools.islice(plan.solver.solutions(wanted, given), _CHOICES)


def otherwise_firing(
    plan: Plan, index: int | None, *, fires: bool = True
) -> Iterator[tuple[str, list[tuple[Node, Goal]], State]]:
    """Yield what is wanted for an alert to fire, as far as that is not up to one guard, or to the signal.

    Args:
        plan: of the proof.
        index: which guard; None for the signal.
        fires: the signal is to be beyond its level.

    Yields:
        PromQL with a sample where it is so, the goals, that of the signal first, and what is given.
    """
    others: list[tuple[Node, Goal]] = [
        (node, Want.ANYTHING if guard.keyword == "and" else Want.NOTHING)
        for at, (guard, node) in enumerate(plan.guards)
        if at != index
    ]
    if is_absence(plan):
        there = next(iter(gone_states(plan)), None)
        if there is not None:
            yield "vector(1)", others, State(dict.fromkeys(plan.own, ABSENT), there[0].now)
    elif fires:
        for value in lines_at(firing_values(plan.obligation)):
            yield is_at(plan, value), [(plan.signal, value), *others], State()
    else:
        yield "vector(1)", others, State()


def parts(root: Node) -> Iterator[tuple[Node, Want, list[tuple[Node, Want]]]]:
    """Yield each part of a condition that `and`, `or` and `unless` put together, where it alone decides.

    Yields:
        The part; what it gives: not what the condition needs, or just that where one of several parts is enough; and
        what the other parts give meanwhile.
    """
    for node, above in promql_tree.with_ancestors(root):
        if not _is_part(node, above):
            continue
        needed, beside, is_enough = Want.ANYTHING, [], False
        below = node
        for each in above:
            if isinstance(each, promql_tree.Binary):
                other = each.right if below is each.left else each.left
                if each.operator == "unless" and below is each.right:
                    needed = _opposite(needed)
                is_or = each.operator == "or"
                is_enough = is_enough or is_or
                keeps = is_or or (each.operator == "unless" and below is each.left)
                beside.append((other, Want.NOTHING if keeps else Want.ANYTHING))
            below = each
        yield node, needed if is_enough else _opposite(needed), beside


def _opposite(want: Want) -> Want:
    return Want.NOTHING if want is Want.ANYTHING else Want.ANYTHING


def _is_part(node: Node, above: Sequence[Node]) -> bool:
    """Tell whether a node is an operand of `and`, `or` and `unless`, and nothing below it is."""
    if not above or not _joins(above[0]) or any(_joins(each) for each in promql_tree.walk(node)):
        return False
    # A value is taken, or series are put together, of what is joined inside: whether it is there decides no more.
    return all(_joins(each) for each in above)


def _joins(node: Node) -> bool:
    return isinstance(node, promql_tree.Binary) and node.operator in promql_tree.SET_OPERATORS


def part_decides(
    plan: Plan, index: int, part: Node, gives: Want, beside: Sequence[tuple[Node, Want]]
) -> Iterator[Scenario]:
    """Yield scenarios in which it is up to one part of a guard whether the guard holds, and so whether the alert fires.

    Args:
        plan: of the proof.
        index: which guard.
        part: of `parts`.
        gives: what it gives.
        beside: what the other parts give.
    """
    text = plan.guards[index][0].expression

    def held(node: Node, want: Want) -> str:
        return f" {'and' if want is Want.ANYTHING else 'unless'} on () count({text[node.start : node.end]})"

    premise = "".join(held(*each) for each in ((part, gives), *beside)) + guards_hold(plan, without=index)
    own = set(_series_of(plan, index))
    of_guard = {each: label for each, label in put_together(plan).items() if each in own}
    for condition, state in deciding_states(plan, index, part, gives, beside):
        before = courses_before(state)
        begin = beginning(plan, before)
        end = begin + plan.settling(before, state.now) + AFTER * plan.tick
        turns = [] if state.copies else beside_much(state.now, of_guard)
        yield lay_out(
            plan,
            [(begin, before), (end - begin, state.now), *((plan.tick, others) for others in turns)],
            state.now,
            premise_check(plan, condition + premise, begin, end),
            [],
            state,
        )


def deciding_states(
    plan: Plan, index: int, part: Node, gives: Want, beside: Sequence[tuple[Node, Want]]
) -> Iterator[tuple[str, State]]:
    """Yield the states in which one part of a guard decides, each with PromQL that has a sample where it is so.

    Arguments as of `part_decides`.
    """
    for condition, goals, given in otherwise_firing(plan, index):
        # What contradicts the signal does so whatever the other guards give: they are not gone through for it.
        if next(plan.solver.solutions([*goals[:1], (part, gives), *beside], given), None) is None:
            continue
        # What stands last is the first that is tried otherwise.
        wanted: list[tuple[Node, Goal]] = [*goals, *beside, (part, gives)]
        for state in _one_of_each_shape(plan.solver.solutions(wanted, given)):
            yield condition, state


def _one_of_each_shape(states: Iterable[State]) -> Iterator[State]:
    """Yield the first of those states whose series come, go and change alike, whatever their values."""
    seen = set()
    for state in itertools.islice(states, _SEARCHED):
        shape = tuple(frozenset((each, type(course)) for each, course in of.items()) for of in (state.now, state.past))
        if shape not in seen:
            seen.add(shape)
            yield state
