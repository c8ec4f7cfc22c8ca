"""What the series of an expression must do for it to have a certain value, to have one at all, or to have none.

The search goes down the tree of the expression and turns every operator and function round. Where there is a choice (a
side of a difference, a branch of an `or`, now or a while ago) it yields one solution after the other. It does not
model all of Prometheus: what it yields are candidates, and promtool says whether they do what they should.

Time is *now*, the state that a proof is about, and *past*, the state before it, which functions over a range and
`offset` still see for a while.
"""

from __future__ import annotations

import itertools
import math
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import define, evolve, field, frozen

from dashlib.promql import duration_seconds
from dashlib.promql import tree as promql_tree
from dashlib.promql.tree import Aggregation, Binary, Call, Negation, Number, Subquery, Vector
from dashlib.proof.courses import ABSENT, Absent, Burst, Course, Line, Series
from dashlib.proof.exporter import KNOWN, unknown
from dashlib.proof.invention import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from dashlib.promql.tree import Node
    from dashlib.proof.invention import Invention

#: How many steps a search may take: far more than any solution that was found needed.
_BUDGET: Final = 40_000
_ZERO: Final = Line(0.0)
_ONE: Final = Line(1.0)
#: What a histogram counts, where only their distribution matters.
_OBSERVED: Final = Line(100.0)
#: What a gauge may be where nothing says what it should be.
_PLAUSIBLE: Final = (1000.0, 0.0, 1_000_000_000.0)
_YES_OR_NO: Final = (1.0, 0.0)
#: Labels that any series may have beside its own, from the scrape configuration.
_ADDED: Final = ("instance", "endpoint")
_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}

_SAME_VALUE: Final = frozenset(
    {"label_replace", "label_join", "sort", "sort_desc", "abs", "ceil", "floor", "round", "clamp_min", "clamp_max",
     "clamp", "vector", "scalar"}
)  # fmt: skip
_OVER_TIME: Final = frozenset(
    {"last_over_time", "max_over_time", "min_over_time", "avg_over_time", "quantile_over_time", "first_over_time"}
)
_PER_SECOND: Final = frozenset({"rate", "irate", "deriv"})
_OVER_RANGE: Final = frozenset({"increase", "delta"})
_COUNTERS: Final = frozenset({"rate", "irate", "increase"})
_ONLY_PRESENCE: Final = frozenset({"timestamp", "count_over_time", "sum_over_time", "stddev_over_time", "idelta"})
_ONE_SERIES: Final = frozenset({"sum", "avg", "min", "max", "quantile", "topk", "bottomk"})


class Want(Enum):
    """What an expression should give, when it is not a particular value."""

    ANYTHING = "a value"
    NOTHING = "no value"


class When(Enum):
    """Now, or in the state before."""

    NOW = "now"
    PAST = "past"


Goal: TypeAlias = Want | Line


@frozen
class State:
    """What the series do.

    Attributes:
        now: the course of each series that has one.
        past: the course before, of each series for which it matters.
        copies: how many series there are instead of one, each with another value of the label.
    """

    now: Mapping[Series, Course] = field(factory=dict)
    past: Mapping[Series, Course] = field(factory=dict)
    copies: Mapping[Series, tuple[int, str]] = field(factory=dict)

    def course(self, series: Series, when: When) -> Course | None:
        """Return the course of a series; None where it has none yet. Before, it was as it is unless that is said."""
        if when is When.PAST and series in self.past:
            return self.past[series]
        return self.now.get(series)

    def assign(self, series: Series, course: Course, when: When) -> State | None:
        """Return the state with a course for a series; None where it already has another."""
        known = self.past.get(series) if when is When.PAST else self.now.get(series)
        merged = course if known is None else _merged(known, course)
        if merged is None:
            return None
        if when is When.PAST:
            return evolve(self, past={**self.past, series: merged})
        return evolve(self, now={**self.now, series: merged})


Found: TypeAlias = "Iterator[tuple[State, Line | None]]"


class _SpentError(Exception):
    """The search has taken all the steps that it may."""


@define(eq=False)
class Solver:
    """A search over the expressions of one proof.

    Attributes:
        series: for each selector.
        scrape: seconds between two samples.
        reasons: what it could not turn round.
    """

    series: Invention
    scrape: int
    reasons: dict[str, None] = field(factory=dict)
    _steps: int = 0

    def solutions(self, goals: Sequence[tuple[Node, Goal]], state: State | None = None) -> Iterator[State]:
        """Yield states in which each expression has what is wanted of it.

        Args:
            goals: expressions and what they should give.
            state: what is given already.
        """
        self._steps = 0
        try:
            yield from self._all(tuple(goals), state or State())
        except RecursionError:
            self.reasons["the expression is nested too deeply to search"] = None
        except _SpentError:
            self.reasons["the search took too long"] = None

    def _all(self, goals: tuple[tuple[Node, Goal], ...], state: State) -> Iterator[State]:
        if not goals:
            yield state
            return
        (node, goal), *others = goals
        for found, _ in self.solve(node, goal, state):
            yield from self._all(tuple(others), found)

    def solve(self, node: Node, goal: Goal, state: State, when: When = When.NOW) -> Found:  # noqa: PLR0911  # one a kind
        """Yield states in which an expression gives what is wanted, each with its value where that is known."""
        self._steps += 1
        if self._steps > _BUDGET:
            raise _SpentError
        match node:
            case Vector():
                return self._vector(node, goal, state, when)
            case Number():
                return self._constant(None if node.value is None else Line(node.value), goal, state)
            case Negation():
                return self._negation(node, goal, state, when)
            case Subquery():
                return self.solve(node.operand, goal, state, when)
            case Aggregation():
                return self._aggregation(node, goal, state, when)
            case Binary():
                return self._binary(node, goal, state, when)
            case Call():
                return self._call(node, goal, state, when)
        return iter(())

    # selectors

    def _vector(self, node: Vector, goal: Goal, state: State, when: When) -> Found:
        yield from self._selected(node, goal, state, when)
        if when is When.NOW and has_offset(node):
            yield from self._selected(node, goal, state, When.PAST)

    def _selected(self, node: Vector, goal: Goal, state: State, when: When) -> Found:
        own, matched = self.series.own(node), self.series.matched(node)
        hidden = unknown(own.metric) if node.metric.startswith(KNOWN) else ()
        if goal is Want.NOTHING:
            empty: State | None = state
            for each in matched:
                empty = empty.assign(each, ABSENT, when) if empty is not None else None
            if empty is not None:
                yield empty, None
            return
        if isinstance(goal, Line):
            assigned = None if goal.constant in hidden else state.assign(own, goal, when)
            if assigned is not None and math.isfinite(goal.start or 0.0) and math.isfinite(goal.slope):
                yield assigned, goal
            return
        there = [course for each in matched if (course := state.course(each, when)) is not None]
        present = [course for course in there if not isinstance(course, Absent)]
        if present:
            yield state, present[0] if isinstance(present[0], Line) else None
        if state.course(own, When.NOW) is None or (when is When.PAST and own not in state.past):
            for value in plausible(own):
                assigned = state.assign(own, Line(value), when)
                if assigned is not None and value not in hidden:
                    yield assigned, Line(value)

    def _constant(self, value: Line | None, goal: Goal, state: State) -> Found:
        if goal is Want.ANYTHING or (isinstance(goal, Line) and goal == value):
            yield state, value

    # operators

    def _negation(self, node: Negation, goal: Goal, state: State, when: When) -> Found:
        turned = scaled(goal, -1) if isinstance(goal, Line) else goal
        for found, value in self.solve(node.operand, turned, state, when):
            yield found, None if value is None else scaled(value, -1)

    def _binary(self, node: Binary, goal: Goal, state: State, when: When) -> Found:
        if node.operator == "or":
            return self._or(node, goal, state, when)
        if node.operator in promql_tree.SET_OPERATORS:
            return self._and(node, goal, state, when)
        if node.operator in promql_tree.COMPARISONS:
            return self._comparison(node, goal, state, when)
        if goal is Want.NOTHING:
            return self._either(node, state, when)
        if goal is Want.ANYTHING:
            return self._calculated(node, state, when)
        return self._inverted(node, goal, state, when)

    def _either(self, node: Binary, state: State, when: When) -> Found:
        yield from _in_turn(
            self.solve(node.left, Want.NOTHING, state, when), self.solve(node.right, Want.NOTHING, state, when)
        )

    def _both(self, first: tuple[Node, Goal], second: tuple[Node, Goal], state: State, when: When) -> Found:
        for found, value in self.solve(*first, state, when):
            for both, _ in self.solve(*second, found, when):
                yield both, value

    def _or(self, node: Binary, goal: Goal, state: State, when: When) -> Found:
        if goal is Want.NOTHING:
            yield from self._both((node.left, goal), (node.right, goal), state, when)
            return
        yield from _in_turn(
            self.solve(node.left, goal, state, when),
            self._both((node.right, goal), (node.left, Want.NOTHING), state, when),
        )

    def _and(self, node: Binary, goal: Goal, state: State, when: When) -> Found:
        wanted, unwanted = Want.ANYTHING, Want.NOTHING
        if node.operator == "unless":
            wanted, unwanted = unwanted, wanted
        if goal is Want.NOTHING:
            # A left side that is there shows that it is the right one that decides.
            yield from _in_turn(
                self._both((node.left, Want.ANYTHING), (node.right, unwanted), state, when),
                self.solve(node.left, Want.NOTHING, state, when),
            )
            return
        yield from self._both((node.left, goal), (node.right, wanted), state, when)

    def _comparison(self, node: Binary, goal: Goal, state: State, when: When) -> Found:
        if node.is_bool:
            yield from self._bool(node, goal, state, when)
        elif goal is Want.NOTHING:
            yield from self._compared(node, state, when, holds=False)
            if not isinstance(node.left, Number):
                yield from self.solve(node.left, Want.NOTHING, state, when)
            if not isinstance(node.right, Number):
                yield from self.solve(node.right, Want.NOTHING, state, when)
        elif goal is Want.ANYTHING:
            yield from self._compared(node, state, when, holds=True)
        else:
            passed, other = (node.right, node.left) if isinstance(node.left, Number) else (node.left, node.right)
            operator = node.operator if passed is node.left else _FLIPPED[node.operator]
            for found, value in self.solve(passed, goal, state, when):
                for both, bound in self.solve(other, Want.ANYTHING, found, when):
                    if compare(operator, value, bound) is not False:
                        yield both, value

    def _bool(self, node: Binary, goal: Goal, state: State, when: When) -> Found:
        if goal is Want.NOTHING:
            yield from self._either(node, state, when)
            return
        for result in (_ONE, _ZERO):
            if goal in (Want.ANYTHING, result):
                for found, _ in self._compared(node, state, when, holds=result is _ONE):
                    yield found, result

    def _compared(self, node: Binary, state: State, when: When, *, holds: bool) -> Found:
        """Yield states in which a comparison holds, or in which it does not although both sides are there."""
        operator = node.operator if holds else _NEGATED[node.operator]
        left_is_passed = not isinstance(node.left, Number)
        for found, left in self.solve(node.left, Want.ANYTHING, state, when):
            for both, right in self.solve(node.right, Want.ANYTHING, found, when):
                if compare(operator, left, right) is not False:
                    yield both, left if left_is_passed else right
        for found, right in self.solve(node.right, Want.ANYTHING, state, when):
            for value in satisfying(operator, right):
                for both, left in self.solve(node.left, value, found, when):
                    yield both, left
        for found, left in self.solve(node.left, Want.ANYTHING, state, when):
            for value in satisfying(_FLIPPED[operator], left):
                for both, right in self.solve(node.right, value, found, when):
                    yield both, left if left_is_passed else right

    def _calculated(self, node: Binary, state: State, when: When) -> Found:
        for found, left in self.solve(node.left, Want.ANYTHING, state, when):
            for both, right in self.solve(node.right, Want.ANYTHING, found, when):
                if not (node.operator == "/" and right is not None and right.constant == 0):
                    yield both, calculate(node.operator, left, right)

    def _inverted(self, node: Binary, goal: Line, state: State, when: When) -> Found:
        """Yield states in which one side is something and the other what makes the result right."""
        for found, right in self.solve(node.right, Want.ANYTHING, state, when):
            wanted = left_operand(node.operator, goal, right)
            if wanted is not None:
                for both, _ in self.solve(node.left, wanted, found, when):
                    yield both, goal
        for found, left in self.solve(node.left, Want.ANYTHING, state, when):
            wanted = right_operand(node.operator, goal, left)
            if wanted is not None:
                for both, _ in self.solve(node.right, wanted, found, when):
                    yield both, goal

    # aggregations

    def _aggregation(self, node: Aggregation, goal: Goal, state: State, when: When) -> Found:
        if node.operator == "sum" and isinstance(goal, Line):
            # Other series of the proof may be in the sum, too: errors are requests.
            rest = self._rest(node.operand, state, when)
            wanted = goal if rest is None else calculate("-", goal, rest)
            if wanted is not None:
                yield from ((found, goal) for found, _ in self.solve(node.operand, wanted, state, when))
        elif goal is Want.NOTHING or node.operator in _ONE_SERIES:
            yield from self.solve(node.operand, goal, state, when)
        elif node.operator == "count":
            yield from self._count(node, goal, state, when)
        elif goal is Want.ANYTHING or (node.operator == "group" and goal == _ONE):
            value = _ONE if node.operator == "group" else None
            for found, _ in self.solve(node.operand, Want.ANYTHING, state, when):
                yield found, value
        else:
            self._cannot(node.operator)

    def _rest(self, node: Node, state: State, when: When) -> Line | None:
        """Return what series add to a sum that are known already; None where that is nothing, or not known."""
        vectors = list(promql_tree.vectors(node))
        if len(vectors) != 1:
            return None
        own = self.series.own(vectors[0])
        others = [
            course
            for each in self.series.matched(vectors[0])
            if each != own and isinstance(course := state.course(each, when), Line)
        ]
        if isinstance(node, Call) and node.function in _PER_SECOND | _OVER_RANGE:
            factor = range_seconds(node.arguments[0]) if node.function in _OVER_RANGE else 1.0
            others = [Line(course.slope * factor) for course in others]
        elif not isinstance(node, Vector):
            return None
        rest = None
        for course in others:
            rest = course if rest is None else calculate("+", rest, course)
        return rest

    def _count(self, node: Aggregation, goal: Goal, state: State, when: When) -> Found:
        wanted = 1.0 if goal is Want.ANYTHING else goal.constant if isinstance(goal, Line) else None
        if wanted is None or not wanted.is_integer() or wanted < 1:
            return
        for found, _ in self.solve(node.operand, Want.ANYTHING, state, when):
            if wanted == 1:
                yield found, _ONE
                continue
            counted = [self.series.own(vector) for vector in promql_tree.vectors(node.operand)]
            present = [each for each in counted if not isinstance(found.now.get(each, ABSENT), Absent)]
            if len(set(present)) == 1:
                label = label_to_copy(present[0], [node])
                yield evolve(found, copies={**found.copies, present[0]: (int(wanted), label)}), Line(wanted)

    # functions

    def _call(self, node: Call, goal: Goal, state: State, when: When) -> Found:  # noqa: PLR0911  # one a kind
        name = node.function
        if name == "time":
            return self._constant(Line(0.0, 1.0), goal, state)
        if not node.arguments:
            return self._unknown(node, goal, state, when)
        if name in _SAME_VALUE:
            return self.solve(node.arguments[0], goal, state, when)
        if name in _OVER_TIME:
            return self._over_time(node, goal, state, when)
        if name in _PER_SECOND | _OVER_RANGE:
            return self._growth(node, goal, state, when)
        if name in {"changes", "resets"}:
            return self._events(node, goal, state, when)
        if name in {"absent", "absent_over_time"}:
            return self._absence(node, goal, state, when)
        if name == "present_over_time":
            return self._presence(node, goal, state, when)
        if name == "predict_linear" and isinstance(goal, Line):
            return self.solve(node.arguments[0], goal, state, when)
        if name == "histogram_quantile" and isinstance(goal, Line):
            return self._quantile(node, goal, state, when)
        return self._unknown(node, goal, state, when)

    def _quantile(self, node: Call, goal: Line, state: State, when: When) -> Found:
        """Yield states in which a quantile of a classic histogram has a value: it lies between two of its buckets."""
        quantile = node.arguments[0]
        vectors = list(promql_tree.vectors(node.arguments[1]))
        value, part = goal.constant, quantile.value if isinstance(quantile, Number) else None
        if when is When.PAST or len(vectors) != 1 or value is None or part is None:
            self._cannot(f"{node.function}()")
            return
        own = self.series.own(vectors[0])
        for found, _ in self.solve(node.arguments[1], _OBSERVED, state, when):
            every = found.now.get(own)
            for lower, upper in itertools.combinations(BOUNDS, 2):
                share = (value - lower) / (upper - lower)
                if not 0 <= share < part < 1 or not isinstance(every, Line):
                    continue
                below = scaled(every, (part - share) / (1 - share))
                courses = {own: every, self.series.bucket(own, upper): every, self.series.bucket(own, lower): below}
                yield evolve(found, now={**found.now, **courses}), goal
                break

    def _unknown(self, node: Call, goal: Goal, state: State, when: When) -> Found:
        """Yield states in which a function whose value is not modeled gives one, or none."""
        if isinstance(goal, Line) or not node.arguments:
            self._cannot(f"{node.function}()")
            return
        for found, _ in self.solve(node.arguments[-1], goal, state, when):
            yield found, None

    def _over_time(self, node: Call, goal: Goal, state: State, when: When) -> Found:
        inner = node.arguments[-1]
        if goal is Want.NOTHING:
            for found, _ in self.solve(inner, goal, state, when):
                if when is When.NOW:
                    yield from self.solve(inner, goal, found, When.PAST)
                yield found, None
            return
        yield from self.solve(inner, goal, state, when)
        if when is When.NOW:
            for found, value in self.solve(inner, goal, state, When.PAST):
                if self._outlives(node, inner, value, found):
                    yield found, value

    def _outlives(self, node: Call, inner: Node, value: Line | None, state: State) -> bool:
        """Tell whether a value of the past is still what a function over time gives, whatever is now."""
        if value is None or node.function not in {"max_over_time", "min_over_time"}:
            return True
        for vector in promql_tree.vectors(inner):
            now = state.now.get(self.series.own(vector))
            if isinstance(now, Line) and now.constant is not None and isinstance(inner, Vector):
                operator = ">=" if node.function == "max_over_time" else "<="
                return compare(operator, value, now) is not False
        return True

    def _growth(self, node: Call, goal: Goal, state: State, when: When) -> Found:
        inner = node.arguments[0]
        factor = range_seconds(inner) if node.function in _OVER_RANGE else 1.0
        if goal is Want.NOTHING:
            yield from self.solve(inner, goal, state, when)
        elif goal is Want.ANYTHING:
            for found, value in self.solve(inner, goal, state, when):
                yield found, None if value is None else Line(value.slope * factor)
            for found, _ in self.solve(inner, Line(None, 1.0), state, when):
                yield found, Line(factor)
        elif goal.constant is not None and factor and not (goal.constant < 0 and node.function in _COUNTERS):
            for found, _ in self.solve(inner, Line(None, goal.constant / factor), state, when):
                yield found, goal

    def _events(self, node: Call, goal: Goal, state: State, when: When) -> Found:
        inner = node.arguments[0]
        if goal is Want.NOTHING:
            yield from self.solve(inner, goal, state, when)
            return
        if goal in (Want.ANYTHING, _ZERO):
            for found, value in self.solve(inner, Want.ANYTHING, state, when):
                if value is not None and value.slope == 0:
                    yield found, _ZERO
        if goal is Want.ANYTHING and node.function == "changes":
            for found, _ in self.solve(inner, Line(None, 1.0), state, when):
                yield found, Line(range_seconds(inner) // self.scrape)
        if not isinstance(goal, Line) or not isinstance(inner, Vector):
            return
        wanted = goal.constant
        if wanted is not None and wanted >= 1 and wanted.is_integer():
            happens = Line(wanted)
            burst = Burst("changes" if node.function == "changes" else "resets", round(wanted))
            for then in dict.fromkeys((when, When.PAST)):
                assigned = state.assign(self.series.own(inner), burst, then)
                if assigned is not None:
                    yield assigned, happens

    def _absence(self, node: Call, goal: Goal, state: State, when: When) -> Found:
        if goal is Want.NOTHING:
            yield from self.solve(node.arguments[0], Want.ANYTHING, state, when)
        elif goal in (Want.ANYTHING, _ONE):
            for found, _ in self.solve(node.arguments[0], Want.NOTHING, state, when):
                yield found, _ONE

    def _presence(self, node: Call, goal: Goal, state: State, when: When) -> Found:
        if goal is Want.NOTHING:
            yield from self._over_time(node, goal, state, when)
        elif goal in (Want.ANYTHING, _ONE):
            for found, _ in self._over_time(node, Want.ANYTHING, state, when):
                yield found, _ONE

    def _cannot(self, what: str) -> None:
        self.reasons[f"cannot invert {what}"] = None


_NEGATED: Final = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}


def _in_turn(*ways: Found) -> Found:
    """Yield from one way after the other, so that a way with many solutions does not hide the next."""
    left = list(ways)
    while left:
        for way in list(left):
            found = next(way, None)
            if found is None:
                left.remove(way)
            else:
                yield found


def _merged(known: Course, wanted: Course) -> Course | None:
    """Return the course that is both; None if no course is."""
    if known == wanted:
        return known
    if isinstance(known, Line) and isinstance(wanted, Line) and known.slope == wanted.slope:
        if known.start is None:
            return wanted
        if wanted.start is None:
            return known
    return None


def plausible(series: Series) -> tuple[float, ...]:
    """Return what a series may be where nothing says what it should be, the likeliest first."""
    metric = series.metric
    if metric is None:
        return _PLAUSIBLE
    if is_yes_or_no(series):
        return _YES_OR_NO
    return (*_PLAUSIBLE, *unknown(metric))


def is_yes_or_no(series: Series) -> bool:
    """Tell whether a series has no other values than 1 and 0."""
    return series.metric is not None and (series.metric.unit == "bool" or series.metric.type == "info")


def scaled(line: Line, factor: float) -> Line:
    """Return a line times a constant."""
    return Line(None if line.start is None else line.start * factor, line.slope * factor)


def compare(operator: str, left: Line | None, right: Line | None) -> bool | None:
    """Return whether a comparison holds; None where that is not known."""
    if left is None or right is None or left.start is None or right.start is None or left.slope != right.slope:
        return None
    difference = left.start - right.start
    return {
        ">": difference > 0,
        "<": difference < 0,
        ">=": difference >= 0,
        "<=": difference <= 0,
        "==": difference == 0,
        "!=": difference != 0,
    }[operator]


def satisfying(operator: str, bound: Line | None) -> list[Line]:
    """Return some values for which a comparison with a bound holds."""
    if bound is None or bound.start is None:
        return []
    distance = abs(bound.start) * 0.05 or 1.0
    steps: Mapping[str, Sequence[float]] = {
        ">": (distance,),
        ">=": (0.0, distance),
        "<": (-distance,),
        "<=": (0.0, -distance),
        "==": (0.0,),
        "!=": (1.0, -1.0),
    }
    whole = [float(round(bound.start + step)) for step in steps[operator] if bound.start.is_integer()]
    values = [bound.start + step for step in steps[operator]]
    nearest = [bound.start + (1 if step > 0 else -1) for step in steps[operator] if step]
    fits = [
        value
        for value in dict.fromkeys((*values, *whole, *nearest))
        if compare(operator, Line(value), Line(bound.start))
    ]
    return [Line(value, bound.slope) for value in fits]


def calculate(operator: str, left: Line | None, right: Line | None) -> Line | None:
    """Return the result of an arithmetic operator; None where it is not known or no line."""
    if left is None or right is None:
        return None
    if operator in "+-":
        sign = 1 if operator == "+" else -1
        start = None if left.start is None or right.start is None else left.start + sign * right.start
        return Line(start, left.slope + sign * right.slope)
    if operator == "*" and left.constant is not None:
        return scaled(right, left.constant)
    if right.constant is None or operator not in "*/" or (operator == "/" and right.constant == 0):
        return None
    if operator == "*":
        return scaled(left, right.constant)
    return Line(None if left.start is None else left.start / right.constant, left.slope / right.constant)


def left_operand(operator: str, result: Line, right: Line | None) -> Line | None:
    """Return what the left operand must be for a result, given the right one."""
    if right is None:
        return None
    if operator == "+":
        return calculate("-", result, right)
    if operator == "-":
        return calculate("+", result, right)
    if operator == "*":
        return calculate("/", result, right)
    if operator == "/":
        return calculate("*", result, right) if right.constant else None
    return None


def right_operand(operator: str, result: Line, left: Line | None) -> Line | None:
    """Return what the right operand must be for a result, given the left one."""
    if left is None:
        return None
    if operator == "+":
        return calculate("-", result, left)
    if operator == "-":
        return calculate("-", left, result)
    if operator == "*":
        return calculate("/", result, left)
    if operator == "/" and left.constant and result.constant:
        return Line(left.constant / result.constant)
    return None


def has_offset(vector: Vector) -> bool:
    """Tell whether a selector looks back by an `offset`."""
    return vector.selector.end_of_modifiers > vector.selector.end + (
        0 if vector.selector.range is None else len(vector.selector.range) + 2
    )


def range_seconds(node: Node) -> float:
    """Return the range that a function is given: of a selector or a subquery."""
    text = node.range if isinstance(node, Subquery) else node.selector.range if isinstance(node, Vector) else None
    return duration_seconds(text.strip()) if text else 0.0


def lookback(root: Node, offsets: Callable[[Vector], float]) -> dict[int, float]:
    """Return how far an expression looks back for each selector, in seconds, by the `id` of its node."""
    found = {}
    for node, above in promql_tree.with_ancestors(root):
        if isinstance(node, Vector):
            ranges = [each for each in above if isinstance(each, Subquery)]
            found[id(node)] = range_seconds(node) + offsets(node) + sum(map(range_seconds, ranges))
    return found


def label_to_copy(
    series: Series, around: Sequence[Aggregation], filtered: Collection[str] = (), *, is_joined: bool = True
) -> str:
    """Return a label in which series may differ that are put together.

    Args:
        series: one of them.
        around: the aggregations above it.
        filtered: labels that a filter is on, which are taken last.
        is_joined: something may be joined with it before it is aggregated, and has one partner only.
    """
    names = [label for label, _ in series.labels]
    order = [each for each in dict.fromkeys(("task", "instance", *names)) if each in names]
    free = [label for label in order if is_put_together(label, around)]
    added = _ADDED[0] if is_joined else next((each for each in _ADDED if is_put_together(each, around)), _ADDED[0])
    return next((label for label in free if label not in filtered), free[0] if free else added)


def is_put_together(label: str, around: Iterable[Aggregation]) -> bool:
    """Tell whether aggregations put together what differs in a label."""
    return all(not node.grouping or (label in node.labels) == (node.grouping == "without") for node in around)
