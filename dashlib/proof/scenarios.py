"""From an obligation to scenarios: what the series do over time, and what Prometheus has to say to it.

A phase of a proof ("just above", "series stale", …) may have several candidates of a scenario, because the solver does
not know all of Prometheus. Each brings its premise: an expression, as declared, that has a sample only where the input
does what the phase is about. A candidate whose premise does not hold proves nothing, and the next one is tried.
"""

from __future__ import annotations

import functools
import itertools
import math
import random
import re
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar

from attrs import define, evolve, field, frozen

from dashlib import promql
from dashlib.metrics.kinds import KINDS
from dashlib.metrics.profiles import BY_RULES
from dashlib.promql import duration_seconds, format_duration
from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import ABSENT, Absent, Burst, Course, Line, Segment, Series, input_series, number
from dashlib.proof.exporter import unknown
from dashlib.proof.invention import Invention
from dashlib.proof.obligations import DECLARED_ALERT
from dashlib.proof.solver import Goal, Solver, State, Want, compare, label_to_copy, lookback

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from dashlib.promql.tree import Node, Vector
    from dashlib.proof.courses import Voice
    from dashlib.proof.exporter import Exporter
    from dashlib.proof.meaning import HeldGuard
    from dashlib.proof.obligations import Elsewhere, Obligation

#: How many solutions are looked through for candidates, at first and then where none of them does it, and how many of
#: them are tried.
_SEARCHED: Final = (400, 2000)
_FOR_ONE_VALUE: Final = 12
#: By how much a value is beyond a level at least, as a part of the level: more than a float's rounding.
_BEYOND: Final = 1e-6
_SMALLEST_STEP: Final = {"s": 0.001, "bytes": 1.0, "decbytes": 1.0}
#: Evaluations before a change, so that it is one.
_BEFORE: Final = 4
#: How often a premise is looked at: a condition that holds for the alert's `for` is not missed.
_PREMISES: Final = 30
_AFTER: Final = 3
#: Seconds between two evaluations, at most, where their time is not what a phase is about: an evaluation still sees
#: what the last one wrote.
_SELDOM: Final = 120
#: So many evaluations at most are made of the window after which an absence ends.
_ENDS: Final = 100
#: Evaluations for which an alert that is not even pending is watched, at most.
_LONG_ENOUGH: Final = 10
#: Scrapes in which no worker has a connector that moves to another one.
_SCRAPES_OF_A_REBALANCE: Final = 2
#: What the declared alert says.
_DECLARED: Final = f'count(ALERTS{{alertname="{DECLARED_ALERT}"}})'
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
#: Instances that another copy of a series is of.
_ANOTHER: Final = "another"
#: Functions that look at whether there are samples only, or when.
_ONLY_PRESENCE: Final = frozenset({"absent", "absent_over_time", "count_over_time", "present_over_time", "timestamp"})
#: Functions that have a value where there are no samples.
_TELL_ABSENCE: Final = frozenset({"absent", "absent_over_time"})
#: Comparisons with a limit that a value may be just above or below.
_ORDERS: Final = frozenset({"<", "<=", ">", ">="})
#: Functions whose result may be at a limit but for the rounding of its last digit.
_ROUNDED: Final = frozenset({"rate", "irate", "increase", "delta", "deriv", "avg_over_time", "predict_linear"})
#: How many inputs about a limit are tried, and how many sides of it an input needs.
_CHOICES: Final = 4
_TWO: Final = 2
_OFFSET: Final = re.compile(r"\boffset\s+(\w+)", re.IGNORECASE)

_T = TypeVar("_T")
About = Literal["condition", "guard", "connector", "scope", "text"]


@frozen
class Check:
    """What Prometheus has to answer.

    Attributes:
        says: what it means when it does: "fires after 5m".
        expression: PromQL.
        at: seconds from the beginning.
        expected: the value; None for no sample.
    """

    says: str
    expression: str
    at: int
    expected: float | None = None


@frozen(eq=False)
class Scenario:
    """What the series do, and what has to come of it.

    Attributes:
        input: what they do, for people.
        segments: what they do.
        scrape: seconds between two samples.
        tick: seconds between two evaluations.
        premise: has a sample where the input does what the scenario is about; None where that is plain.
        checks: what has to come of it.
        voices: returns the series by which Prometheus hears of a logical one.
    """

    input: str
    segments: tuple[Segment, ...]
    scrape: int
    tick: int
    premise: Check | None
    checks: tuple[Check, ...]
    voices: Callable[[Series], Iterable[Voice]] = field(repr=False)

    def test(self) -> dict[str, Any]:
        """Return it as a test of promtool, the number of each check behind its expression; the premise is 0."""
        asked = [(0, self.premise), *enumerate(self.checks, 1)]
        return {
            "interval": f"{self.scrape}s",
            "input_series": input_series(self.segments, self.scrape, self.voices),
            "promql_expr_test": [
                {
                    "expr": f"{check.expression} # {order}",
                    "eval_time": f"{check.at}s",
                    "exp_samples": [] if check.expected is None else [{"labels": "{}", "value": check.expected}],
                }
                for order, check in asked
                if check is not None
            ],
        }


@frozen(eq=False)
class Phase:
    """A part of the proof of an alert.

    Attributes:
        name: what it is about: "just above 60".
        candidates: scenarios that may prove it, the likeliest first.
        about: the alert's condition, one of its guards, or another kind of connector.
        is_extra: it is left out where no input does it.
        texts: it is about the alert's texts, and the rules that are asked have them as labels.
    """

    name: str
    candidates: Iterator[Scenario]
    about: About = "condition"
    is_extra: bool = False
    texts: bool = False


@frozen(eq=False)
class Plan:
    """Everything that is known before the proof of one alert begins.

    Attributes:
        obligation: the alert.
        solver: for its expressions.
        signal: its signal, a tree.
        guards: its guards, each with its tree.
        firing: states that were found, by the guard that is as it should not be.
        absences: likewise, of a signal that has gone.
        calm: what the series do before and after a state, by its `id`.
        tick: seconds between two evaluations.
    """

    obligation: Obligation
    solver: Solver
    signal: Node
    guards: tuple[tuple[HeldGuard, Node], ...]
    tick: int
    firing: dict[int | None, _Shared[tuple[Goal, State]]] = field(factory=dict)
    absences: dict[int | None, _Shared[tuple[State, State]]] = field(factory=dict)
    calm: dict[int, tuple[dict[Series, Course], dict[Series, Course]]] = field(factory=dict)

    def seldom(self) -> Plan:
        """Return the plan of what is not about the time of an evaluation: fewer of them say the same.

        A recording rule that something looks back at needs all of its samples.
        """
        obligation = self.obligation
        recorded = {str(rule["record"]) for rule in obligation.records}
        texts = [str(rule["expr"]) for rule in (obligation.rule, *obligation.records) if rule is not None]
        if recorded and any(each.metric in recorded and back for text in texts for each, back in _looking_back(text)):
            return self
        return evolve(self, tick=max(1, _SELDOM // self.tick) * self.tick)

    @property
    def scrape(self) -> int:
        """Seconds between two samples: evaluations are a whole number of them apart."""
        return self.solver.scrape

    @property
    def own(self) -> tuple[Series, ...]:
        """The series of the signal."""
        invention = self.solver.series
        return tuple(
            dict.fromkeys(series for vector in promql_tree.vectors(self.signal) for series in invention.all_of(vector))
        )

    @functools.cached_property
    def tells_absence(self) -> bool:
        """Whether the signal has a value where series are gone."""
        nodes = promql_tree.walk(self.signal)
        return any(isinstance(node, promql_tree.Call) and node.function in _TELL_ABSENCE for node in nodes)

    @functools.cached_property
    def spoken(self) -> frozenset[str]:
        """Names of the series that its expressions ask for."""
        texts = [self.obligation.reference, *_texts(self)]
        return frozenset(vector.metric for text in texts for vector in vectors_of(text))

    def voices(self, series: Series) -> Iterator[Voice]:
        """Yield the series by which Prometheus hears of a logical one."""
        return self.solver.series.exporter.voices(series, self.spoken)

    @functools.cached_property
    def _lookbacks(self) -> list[tuple[Vector, float]]:
        return list(itertools.chain.from_iterable(map(_looking_back, _texts(self))))

    @functools.cached_property
    def longest_offset(self) -> int:
        """The longest `offset` of its expressions, in seconds."""
        return math.ceil(max((_offset(text, each) for text in _texts(self) for each in vectors_of(text)), default=0))

    @functools.cached_property
    def coarsest_step(self) -> int:
        """The longest step of a subquery, in seconds: what is there for less than that may not be seen."""
        nodes = promql_tree.walk(promql.read(self.obligation.reference).tree)
        steps = [duration_seconds(node.step) for node in nodes if isinstance(node, promql_tree.Subquery) and node.step]
        return math.ceil(max(steps, default=0))

    def settling(self, before: Mapping[Series, Course], after: Mapping[Series, Course]) -> int:
        """Return how long a change of the series may be seen by something that looks back, in seconds."""
        changed = {
            each for each in (*before, *after) if before.get(each, ABSENT) != after.get(each, ABSENT)
        }  # fmt: skip
        seen = [seconds for vector, seconds in self._lookbacks if changed & set(self.solver.series.matched(vector))]
        return self.whole(max(seen, default=0.0))

    def whole(self, seconds: float) -> int:
        """Return a time rounded up to whole evaluations."""
        return math.ceil(round(seconds / self.tick, 6)) * self.tick


def _looking_back(text: str) -> Iterator[tuple[Vector, float]]:
    """Yield the selectors of an expression, each with the seconds that it looks back."""
    root = promql.read(text).tree
    by_node = lookback(root, functools.partial(_offset, text))
    yield from ((vector, by_node[id(vector)]) for vector in promql_tree.vectors(root))


def vectors_of(text: str) -> list[Vector]:
    """Return the selectors of an expression."""
    return list(promql_tree.vectors(promql.read(text).tree))


def make_plan(obligation: Obligation, exporter: Exporter, plugin: str) -> Plan:
    """Return what the proof of an alert begins with.

    Args:
        obligation: the alert.
        exporter: the metrics that there are.
        plugin: Debezium's kind of the connector that the proof is about.

    Raises:
        NoSeriesError: a selector finds nothing that a proof could make.
        ValueError: rules are not evaluated at whole seconds.
    """
    if not float(obligation.tick).is_integer():
        raise ValueError(f"it is evaluated every {obligation.tick:g} s, which is not a whole number of seconds")
    series = Invention(exporter, plugin, obligation.joined)
    signal = promql.read(obligation.signal).tree
    guards = tuple((guard, promql.read(guard.expression).tree) for guard in obligation.guards)
    series.learn([signal, *(node for _, node in guards)])
    tick = int(obligation.tick)
    return Plan(obligation, Solver(series, 30 if tick % 30 == 0 else tick), signal, guards, tick)


def phases(plan: Plan) -> list[Phase]:
    """Return the phases of an alert's proof, by its kind."""
    seldom = plan.seldom()
    if plan.obligation.kind == "absence":
        found = [
            Phase("gone", _gone(plan)),
            *([Phase("rebalance", _rebalance(plan))] if _moves(plan) else []),
            Phase("back again", _back(plan)),
            Phase("never there", _never(seldom)),
            Phase(f"{format_duration(plan.whole(plan.obligation.window))} later", _ended(plan)),
        ]
    else:
        found = [Phase(_firing_name(plan.obligation), _firing(plan)), *_silent_values(seldom)]
        if not plan.tells_absence:
            found.extend([Phase("stale", _stale(seldom)), Phase("absent", _absent(seldom))])
        found.extend(
            Phase(f"{series.name} at {number(shown)}", _unknown(seldom, series, value))
            for series, shown, value in _with_unknown(plan)
        )
        found.append(Phase("beside another series", _beside_calm(seldom), is_extra=True))
    if plan.obligation.kind == "change":
        found.append(Phase("standing still", _standing_still(seldom)))
        found.append(Phase("a reset", _reset(seldom)))
    for index, (guard, _) in enumerate(plan.guards):
        name = f"{'unless' if guard.keyword == 'unless' else 'not when'} {guard.name}"
        found.append(Phase(name, _guard_decides(seldom, index), "guard"))
        found.extend(_of_another(seldom, index))
    for of_guard, comparison in _limits(plan):
        whose = "the signal" if of_guard is None else plan.guards[of_guard][0].name
        name = f"{whose}, about {number(_limit(comparison))}"
        found.append(Phase(name, _at_limit(seldom, of_guard, comparison), "guard", is_extra=True))
    found.append(Phase("across a reset", _across_reset(seldom), is_extra=True))
    found.append(Phase("whatever values", _walks(seldom), is_extra=True))
    for other in plan.obligation.elsewhere:
        name = f"{other.label} {other.value}" if other.value else f"without {other.label}"
        found.append(
            Phase(name, _elsewhere(seldom, other), "scope", is_extra=not other.is_chosen or plan.tells_absence)
        )
    found.append(Phase("its text", _told(seldom), "text", texts=True))
    return found


def _of_another(plan: Plan, index: int, labels: Collection[str] = ()) -> list[Phase]:
    """Return the phase in which a guard is about other series; by default they differ in all labels that join."""
    guard, _ = plan.guards[index]
    joined = [label for label in guard.on if label in (labels or guard.on)]
    scenarios = _beside_guarded(plan, index, joined)
    return [Phase(f"{guard.name}, of another", scenarios, "guard", is_extra=True)] if joined else []


def elsewhere_too(plan: Plan, known: Collection[str], name: str) -> Iterator[Phase]:
    """Yield what has to be proven again for a kind of connector whose series have other labels.

    Args:
        plan: for that kind.
        known: labels of the series that the guards were proven with.
        name: of the kind.
    """
    plan = plan.seldom()
    yield Phase(f"on {name}", fires_only(phases(plan)[0].candidates), "connector")
    for index, (guard, _) in enumerate(plan.guards):
        for phase in _of_another(plan, index, [label for label in guard.on if label not in known] or ["-"]):
            yield evolve(phase, name=f"{phase.name} on {name}")


def spelled_otherwise(plan: Plan, spelling: int) -> Iterator[Phase]:
    """Yield what has to be proven again where an exporter has another spelling of a metric's name.

    Args:
        plan: for that exporter.
        spelling: which spelling.
    """
    plan = plan.seldom()
    yield Phase(f"in spelling {spelling + 1}", fires_only(phases(plan)[0].candidates), "connector")
    for index, (guard, _) in enumerate(plan.guards):
        if guard.keyword == "unless" and spellings_of(plan, guard.expression) > spelling:
            name = f"unless {guard.name}, in spelling {spelling + 1}"
            yield Phase(name, _guard_decides(plan, index), "connector", is_extra=True)


def spellings_of(plan: Plan, *texts: str) -> int:
    """Return how many spellings a metric of some expressions has at most."""
    metrics = [plan.solver.series.own(vector).metric for text in texts or _texts(plan) for vector in vectors_of(text)]
    exporter = plan.solver.series.exporter
    return max((len(exporter.spellings(metric)) for metric in metrics if metric is not None), default=1)


def labels_of(plan: Plan) -> frozenset[str]:
    """Return the labels that any series of a proof has."""
    series = (plan.solver.series.own(vector) for text in _texts(plan) for vector in vectors_of(text))
    return frozenset(label for each in series for label, _ in each.labels)


def fires_only(scenarios: Iterator[Scenario]) -> Iterator[Scenario]:
    """Yield scenarios of an alert that fires and ends without its end, which takes the longest."""
    for scenario in scenarios:
        last = max((check.at for check in scenario.checks if check.says.startswith("fires")), default=0)
        yield evolve(scenario, checks=tuple(check for check in scenario.checks if check.at <= last))


def shape(plan: Plan) -> frozenset[tuple[str, frozenset[str]]]:
    """Return what tells apart kinds of connectors whose series are alike but for their labels."""
    series = (plan.solver.series.own(vector) for text in _texts(plan) for vector in vectors_of(text))
    return frozenset((each.name, frozenset(label for label, _ in each.labels)) for each in series)


def _texts(plan: Plan) -> list[str]:
    return [plan.obligation.signal, *(guard.expression for guard in plan.obligation.guards)]


def _firing_name(obligation: Obligation) -> str:
    if obligation.kind == "state":
        return f"at {number(obligation.value or 0.0)}"
    return f"just {obligation.direction} {number(obligation.value or 0.0)}"


# values on either side of a level


def firing_values(obligation: Obligation) -> list[float]:
    """Return values at which an alert has to fire, the nearest to its level first."""
    level = float(obligation.value or 0.0)
    if obligation.direction == "equals":
        return [level]
    sign = 1 if obligation.direction == "above" else -1
    nearest = _SMALLEST_STEP.get(obligation.unit, _relative_step(level))
    whole = math.floor(level) + 1.0 if sign > 0 else math.ceil(level) - 1.0
    steps = [level + sign * max(nearest, abs(level) * 1e-12), level + sign * _relative_step(level), whole]
    return list(dict.fromkeys(steps if not _counts(obligation) else [whole, *steps]))


def silent_values(obligation: Obligation) -> list[float]:
    """Return values at which an alert must be silent, the nearest to its level first."""
    level = float(obligation.value or 0.0)
    sign = 1 if obligation.direction == "above" else -1
    whole = math.ceil(level) - 1.0 if sign > 0 else math.floor(level) + 1.0
    return list(
        dict.fromkeys([level, level - sign * _relative_step(level) / 1000, level - sign * _relative_step(level), whole])
    )


def calm_values(obligation: Obligation) -> list[float]:
    """Return values that are far on the silent side of the level."""
    level = float(obligation.value or 0.0)
    if obligation.direction == "equals":
        return [state for state in obligation.states if state != level]
    if obligation.direction == "above":
        return list(
            dict.fromkeys(
                [float(math.floor(level / 2)) if level > 1 else level / 2, level, level - max(1.0, abs(level))]
            )
        )
    return list(dict.fromkeys([level + max(1.0, abs(level)), level]))


def further_values(obligation: Obligation) -> list[float]:
    """Return values that are on the firing side of the level, and far from it."""
    level = float(obligation.value or 0.0)
    if obligation.direction == "equals":
        return [level]
    sign = 1 if obligation.direction == "above" else -1
    size = max(1.0, abs(level))
    return [level + sign * math.ceil(size), level + sign * size * 0.3, level + sign * size * 0.01]


def told_values(obligation: Obligation) -> list[float]:
    """Return values at which an alert fires and its text is easily read: 61 s says more of a unit than 60.001 s."""
    level = float(obligation.value or 0.0)
    return [] if obligation.direction == "equals" else [level + (1.0 if obligation.direction == "above" else -1.0)]


def _relative_step(level: float) -> float:
    return max(1.0, abs(level)) * _BEYOND


def _counts(obligation: Obligation) -> bool:
    """Tell whether a signal's values are whole numbers, as far as its expression shows."""
    root = promql.read(obligation.signal).tree
    while not isinstance(root, promql_tree.Aggregation) and root.children:
        root = root.children[0]
    return isinstance(root, promql_tree.Aggregation) and root.operator == "count"


# solutions


@define(eq=False)
class _Shared(Generic[_T]):
    """What an iterator yields, for several who want it: it is searched for once."""

    source: Iterator[_T]
    found: list[_T] = field(factory=list)

    def __iter__(self) -> Iterator[_T]:
        for position in itertools.count():
            if position == len(self.found):
                try:
                    self.found.append(next(self.source))
                except StopIteration:
                    return
            yield self.found[position]


def _fires(plan: Plan, violated: int | None = None) -> _Shared[tuple[Goal, State]]:
    """Return the states in which the signal is beyond its level and the guards are as they should be, but for one."""
    if violated not in plan.firing:
        solutions = _solutions(plan, _lines(firing_values(plan.obligation)), _guard_goals(plan, violated))
        plan.firing[violated] = _Shared(solutions)
    return plan.firing[violated]


def _solutions(
    plan: Plan, values: Iterable[Goal], others: Sequence[tuple[Node, Goal]], given: State | None = None
) -> Iterator[tuple[Goal, State]]:
    """Yield what the series may do for the signal to have one of some values: the first for each, then others."""
    found = [(value, plan.solver.solutions([(plan.signal, value), *others], given)) for value in values]
    for value, states in found:
        first = next(states, None)
        if first is not None:
            yield value, first
    for value, states in found:
        for state in _unlike(states):
            yield value, state


def _unlike(states: Iterator[State]) -> Iterator[State]:
    """Yield some of many states, that differ in more than the last choice; those without a past of their own first."""
    for searched in _SEARCHED:
        by_past: dict[int, list[State]] = {}
        for state in itertools.islice(states, searched):
            by_past.setdefault(len(state.past), []).append(state)
        for _, alike in sorted(by_past.items()):
            step = max(1, len(alike) // _FOR_ONE_VALUE)
            yield from alike[::step][:_FOR_ONE_VALUE]


def _guard_goals(plan: Plan, violated: int | None = None) -> list[tuple[Node, Goal]]:
    """Return what the guards must give for the alert to be free to fire, of the violated one the opposite.

    Those that the solver knows least about come last: their choices are the first that are tried otherwise.
    """
    goals: list[tuple[Node, Goal]] = []
    for index, (guard, node) in enumerate(plan.guards):
        wanted = (guard.keyword == "and") == (index != violated)
        goals.append((node, Want.ANYTHING if wanted else Want.NOTHING))
    return sorted(goals, key=lambda goal: _difficulty(goal[0]))


def _difficulty(node: Node) -> int:
    return sum(isinstance(each, promql_tree.Call | promql_tree.Subquery) for each in promql_tree.walk(node))


def _lines(values: Iterable[float]) -> list[Goal]:
    return [Line(value) for value in values]


def _before(state: State) -> dict[Series, Course]:
    """Return what the series do before: as they do now, unless that is said; what happens only once has not yet."""
    return {**{each: _steady(course) for each, course in state.now.items()}, **state.past}


def _steady(course: Course) -> Course:
    return Line(None) if isinstance(course, Burst) else course


def _calm(plan: Plan, state: State) -> tuple[dict[Series, Course], dict[Series, Course]]:
    """Return what the series do before and after the alert has a reason to fire: the signal is far from its level."""
    if id(state) not in plan.calm:
        plan.calm[id(state)] = _calmed(plan, state)
    return plan.calm[id(state)]


def _calmed(plan: Plan, state: State) -> tuple[dict[Series, Course], dict[Series, Course]]:
    of_guards = {plan.solver.series.own(vector) for _, node in plan.guards for vector in promql_tree.vectors(node)}
    fixed = State({each: course for each, course in state.now.items() if each in of_guards})
    for given in (fixed, None):
        goals = [*_lines(calm_values(plan.obligation)), *([Want.NOTHING] if plan.tells_absence else [])]
        for _, calm in _solutions(plan, goals, [], given):
            own = {each: _steady(calm.now[each]) for each in plan.own if each in calm.now}
            return {**state.now, **own, **state.past}, {**state.now, **own}
    gone = dict.fromkeys(plan.own, ABSENT)
    return {**state.now, **gone, **state.past}, {**state.now, **gone}


# premises


def _is_at(plan: Plan, value: Goal, *, silent: bool = False) -> str:
    """Return PromQL with a sample where the signal, as declared, is at a value."""
    signal = f"({plan.obligation.signal})"
    if not isinstance(value, Line) or value.constant is None:
        return f"count({signal})"
    at = f"count(abs({signal} - {number(value.constant)}) <= {number(_relative_step(value.constant))})"
    if silent and plan.obligation.direction != "equals":
        operator = "<=" if plan.obligation.direction == "above" else ">="
        return f"{at} and count({signal} {operator} {number(plan.obligation.value or 0.0)})"
    return at


def _guards_hold(plan: Plan, violated: int | None = None) -> str:
    parts = []
    for index, (guard, _) in enumerate(plan.guards):
        keyword = guard.keyword if index != violated else "unless" if guard.keyword == "and" else "and"
        parts.append(f" {keyword} on () count({guard.expression})")
    return "".join(parts)


def _held(guard: HeldGuard) -> str:
    """Return PromQL with a sample where a guard does not keep an alert from firing."""
    held = f"count({guard.expression})"
    return held if guard.keyword == "and" else f"vector(1) unless on () {held}"


def _premise(plan: Plan, expression: str, begin: int, end: int, never: str = "") -> Check:
    """Return the check that an expression has a sample at some time between two, and another at no evaluation."""
    last = end - plan.tick
    seconds = max(last - begin, plan.tick)
    step = plan.whole(max(plan.tick, seconds / _PREMISES))
    asked = f"count_over_time(({expression})[{seconds}s:{step}s]) > bool 0"
    if never:
        asked = f"({asked}) unless on () count_over_time(({never})[{seconds}s:{plan.tick}s])"
    return Check("the input does what it should", asked, last, 1.0)


# checks


def _alerts(plan: Plan, state: str = "") -> str:
    of_state = f',alertstate="{state}"' if state else ""
    return f'ALERTS{{alertname="{plan.obligation.alert}"{of_state}}}'


def _silent(plan: Plan, says: str, begin: int, end: int) -> Check:
    """Return the check that the alert is neither pending nor firing from one time to another."""
    return Check(says, f"count(present_over_time({_alerts(plan)}[{max(end - begin, 1)}s]))", end)


def _not_firing(plan: Plan, says: str, end: int) -> Check:
    return Check(says, f"count(present_over_time({_alerts(plan, 'firing')}[{end}s]))", end)


def _lasting(plan: Plan, begin: int, end: int) -> list[Check]:
    """Return the checks that an alert is pending for its `for`, and firing then."""
    lasting, tick = plan.whole(plan.obligation.lasting), plan.tick
    window = f"[{end - begin}s:{tick}s]"
    last = end - tick

    since = f'ALERTS_FOR_STATE{{alertname="{plan.obligation.alert}"}}'

    def age(state: str) -> str:
        return f"timestamp({_alerts(plan, state)}) - ignoring (alertstate) {since}"

    found = [
        Check(f"fires {_after(lasting)}", f"min(min_over_time(({age('firing')}){window}))", last, float(lasting)),
        Check("one alert", f"max_over_time((count({_alerts(plan, 'firing')})){window})", last, 1.0),
    ]
    if lasting:
        pending = Check(
            f"pending for {format_duration(lasting)}",
            f"max(max_over_time(({age('pending')}){window}))",
            last,
            float(lasting - tick),
        )
        return [pending, *found]
    return found


def _begins(plan: Plan, begin: int, settling: int, end: int) -> Check:
    """Return the check when an alert has first a reason to fire: at once, or as soon as what looks back sees it."""
    asked = f"min(min_over_time(timestamp({_alerts(plan)})[{end - begin + plan.tick}s:{plan.tick}s]))"
    if settling:
        return Check("pending above", f"{asked} <= bool {begin + settling + plan.tick}", end - plan.tick, 1.0)
    return Check("pending at once", asked, end - plan.tick, float(begin))


def _after(seconds: int) -> str:
    return f"after {format_duration(seconds)}" if seconds else "at once"


# scenarios


def _beginning(plan: Plan, before: Mapping[Series, Course]) -> int:
    """Return how long the series have to be as they are before, until all that looks back sees nothing else."""
    looked_back = _BEFORE * plan.tick + plan.longest_offset + plan.coarsest_step
    return plan.whole(looked_back) + _warm(plan, before)


def _warm(plan: Plan, before: Mapping[Series, Course]) -> int:
    """Return how long a growth is not known that is told from a range, which was not full of samples before."""
    return plan.settling(
        {each: course for each, course in before.items() if isinstance(course, Line) and course.slope}, {}
    )


def _scenario(
    plan: Plan,
    segments: Sequence[tuple[int, Mapping[Series, Course]]],
    shown: Mapping[Series, Course],
    premise: Check | None,
    checks: Sequence[Check],
    copies: State | None = None,
    tick: int = 0,
) -> Scenario:
    laid_out = tuple(Segment(seconds, _copied(courses, copies)) for seconds, courses in segments)
    of_both = _as_declared(plan, sum(seconds for seconds, _ in segments), tick or plan.tick)
    return Scenario(
        _described(shown), laid_out, plan.scrape, tick or plan.tick, premise, (*checks, of_both), plan.voices
    )


def _as_declared(plan: Plan, end: int, tick: int) -> Check:
    """Return the check that the compiled alert and the declared one are the same at each evaluation, labels and all."""
    both = _differences(plan)
    return Check("as declared", f"count(count_over_time(({both})[{end}s:{tick}s]))", end - tick)


def _differences(plan: Plan) -> str:
    ignored = ", ".join(("alertname", *plan.obligation.untold))
    own, declared = _alerts(plan), f'ALERTS{{alertname="{DECLARED_ALERT}"}}'
    return f"{own} unless ignoring ({ignored}) {declared} or {declared} unless ignoring ({ignored}) {own}"


def _copied(courses: Mapping[Series, Course], state: State | None) -> Mapping[Series, Course]:
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


def _firing(plan: Plan) -> Iterator[Scenario]:
    for _, state in _fires(plan):
        before, after = _calm(plan, state)
        yield _fired_and_resolved(plan, state, before, after)


def _stale(plan: Plan) -> Iterator[Scenario]:
    for _, state in _fires(plan):
        before, _ = _calm(plan, state)
        gone = {**state.now, **_vanished(plan, state.now, before)}
        begin = _beginning(plan, before)
        # Neither pending nor firing afterwards: it need not have fired.
        end = begin + plan.settling(before, state.now) + _AFTER * plan.tick
        ended = end + plan.settling(state.now, gone)
        last = ended + _AFTER * plan.tick
        yield _scenario(
            plan,
            [(begin, before), (end - begin, state.now), (last - end + plan.tick, gone)],
            state.now,
            _premise(plan, _DECLARED, begin, end),
            [_silent(plan, "silent when stale", ended, last)],
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
    begin = _beginning(plan, before)
    end = begin + settling + plan.whole(plan.obligation.lasting) + _AFTER * plan.tick
    ended = end + plan.settling(state.now, after)
    last = ended + _AFTER * plan.tick
    return _scenario(
        plan,
        [(begin, before), (end - begin, state.now), (last - end + plan.tick, after)],
        state.now,
        _premise(plan, _DECLARED, begin, end),
        [
            _silent(plan, "silent before", _warm(plan, before), begin - 1),
            _begins(plan, begin, settling, end),
            *_lasting(plan, begin, end),
            _silent(plan, "resolved", ended, last),
        ],
        state,
    )


def _silent_values(plan: Plan) -> list[Phase]:
    obligation = plan.obligation
    if obligation.kind == "state":
        return [
            Phase(f"at {number(state)}", _silent_at(plan, [state]))
            for state in obligation.states
            if state != obligation.value
        ]
    values = silent_values(obligation)
    if _counts(obligation) and values[0] < 1:
        return []  # a count of nothing is no sample: that is the phase `absent`
    return [Phase(f"not {obligation.direction} {number(obligation.value or 0.0)}", _silent_at(plan, values))]


def _silent_at(plan: Plan, values: Sequence[float]) -> Iterator[Scenario]:
    for value, state in _solutions(plan, _lines(values), _guard_goals(plan)):
        yield _silent_throughout(
            plan, state, _is_at(plan, value, silent=True) + _guards_hold(plan), f"silent at {value}"
        )
    if plan.guards:  # a guard may say that the signal has no such value
        for value, state in _solutions(plan, _lines(values), []):
            yield _silent_throughout(plan, state, _is_at(plan, value, silent=True), f"silent at {value}")


def _silent_throughout(
    plan: Plan, state: State, premise: str, says: str, *, never: str = "", settles: bool = True
) -> Scenario:
    """Return the scenario of an alert that is neither pending nor firing in a state.

    Args:
        plan: of the proof.
        state: what the series do.
        premise: has a sample where they do that; empty where it is plain.
        says: what it means.
        never: has no sample then.
        settles: whether all that looks back sees nothing else in the end: then it stays so for ever.
    """
    before = _before(state)
    begin = _beginning(plan, before)
    lasting = plan.whole(plan.obligation.lasting)
    if settles:
        lasting = plan.settling(before, state.now) + min(lasting, _LONG_ENOUGH * plan.tick)
    end = begin + lasting + _AFTER * plan.tick
    return _scenario(
        plan,
        [(begin, before), (end - begin, state.now)],
        state.now,
        _premise(plan, premise, begin, end, never) if premise else None,
        [_silent(plan, says, begin, end - plan.tick)],
        state,
    )


def _absent(plan: Plan) -> Iterator[Scenario]:
    for _, state in _fires(plan):
        gone = dict.fromkeys(plan.own, ABSENT)
        without = State({**state.now, **gone}, {**state.past, **gone})
        yield _silent_throughout(plan, without, "", "silent when absent")


def _with_unknown(plan: Plan) -> list[tuple[Series, float, float]]:
    """Return the series of the signal whose value matters, with each value that means *unknown*.

    The value comes twice: as the catalog writes it, and in the canonical unit.
    """
    found = {}
    for node, above in promql_tree.with_ancestors(plan.signal):
        if isinstance(node, promql_tree.Vector) and _value_matters(node, above):
            series = plan.solver.series.own(node)
            if series.metric is not None:
                found[series] = zip(series.metric.unknown, unknown(series.metric), strict=True)
    return [(series, shown, value) for series, values in found.items() for shown, value in values]


def _value_matters(node: Node, above: Sequence[Node]) -> bool:
    """Tell whether more of a selector's series is looked at than that they are there."""
    below = node
    for each in above:
        if isinstance(each, promql_tree.Binary) and each.operator in ("and", "unless") and below is each.right:
            return False
        if isinstance(each, promql_tree.Aggregation) and each.operator in ("count", "group"):
            return False
        if isinstance(each, promql_tree.Call) and each.function in _ONLY_PRESENCE:
            return False
        below = each
    return True


def _unknown(plan: Plan, series: Series, value: float) -> Iterator[Scenario]:
    for _, state in _fires(plan):
        if not isinstance(state.now.get(series, ABSENT), Absent):
            at = State({**state.now, series: Line(value)}, state.past, state.copies)
            yield _silent_throughout(plan, at, "", "silent where it is unknown")


def _guard_decides(plan: Plan, index: int) -> Iterator[Scenario]:
    guard, _ = plan.guards[index]
    says = f"silent {'when' if guard.keyword == 'unless' else 'unless'} {guard.name}"
    if plan.obligation.kind == "absence":
        states: Iterator[tuple[str, State]] = (("vector(1)", gone) for _, gone in _gone_states(plan, index))
    else:
        solutions = _fires(plan, index)
        states = ((_is_at(plan, value), state) for value, state in solutions)
    for condition, state in states:
        premise = condition + _guards_hold(plan, index)
        if plan.settling(_before(state), state.now):  # a guard that looks back may decide for a while only
            yield _silent_throughout(plan, state, premise, says, never=_held(guard), settles=False)
        yield _silent_throughout(plan, state, premise, says, never=_held(guard))


# absences


def _gone_states(plan: Plan, violated: int | None = None) -> _Shared[tuple[State, State]]:
    """Return the states in which the signal is there, and in which it is gone while the guards are as they should."""
    if violated not in plan.absences:
        plan.absences[violated] = _Shared(_found_gone(plan, violated))
    return plan.absences[violated]


def _found_gone(plan: Plan, violated: int | None) -> Iterator[tuple[State, State]]:
    there = next(plan.solver.solutions([(plan.signal, Want.ANYTHING)]), None)
    if there is None:
        return
    own = {each: course for each, course in there.now.items() if each in plan.own}
    given = State(dict.fromkeys(plan.own, ABSENT), own)
    states = plan.solver.solutions(_guard_goals(plan, violated), given)
    first = next(states, None)
    if first is not None:
        for gone in itertools.chain([first], _unlike(states)):
            yield State(own), gone


def _gone(plan: Plan) -> Iterator[Scenario]:
    for there, gone in _gone_states(plan):
        before = {**_before(gone), **there.now}
        begin = _beginning(plan, before)
        lasting = plan.whole(plan.obligation.lasting)
        end = begin + plan.settling(before, gone.now) + lasting + _AFTER * plan.tick
        yield _scenario(
            plan,
            [(begin, before), (end - begin + plan.tick, gone.now)],
            {**there.now, **gone.now},
            _premise(plan, _DECLARED, begin, end),
            [_silent(plan, "silent while it is there", 0, begin - 1), *_lasting(plan, begin, end)],
        )


def _ended(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios of an alert that ends when the window has passed; a long one is evaluated less often."""
    window = plan.whole(plan.obligation.window)
    tick = plan.whole(max(plan.tick, window / _ENDS))
    for there, gone in _gone_states(plan):
        before = {**_before(gone), **there.now}
        begin = math.ceil(_beginning(plan, before) / tick + 1) * tick
        ended = begin + math.ceil(window / tick) * tick
        last = ended + _AFTER * tick
        yield _scenario(
            plan,
            [(begin, before), (last - begin + tick, gone.now)],
            {**there.now, **gone.now},
            _premise(plan, _DECLARED, begin, min(ended, begin + 3600)),
            [_silent(plan, f"ends {format_duration(window)} later", ended, last)],
            tick=tick,
        )


def _rebalance(plan: Plan) -> Iterator[Scenario]:
    for there, gone in _gone_states(plan):
        before = {**_before(gone), **there.now}
        begin, gap = _beginning(plan, before), max(_SCRAPES_OF_A_REBALANCE * plan.scrape, plan.tick)
        moved = {each.with_label("instance", "connect-2:9404"): course for each, course in there.now.items()}
        last = begin + gap + plan.whole(plan.obligation.lasting) * 2 + _AFTER * plan.tick
        back = begin + plan.whole(gap) + plan.tick
        yield _scenario(
            plan,
            [(begin, before), (gap, gone.now), (last - begin - gap + plan.tick, {**gone.now, **moved})],
            there.now,
            _premise(plan, _DECLARED, begin, back),
            [
                _not_firing(plan, "silent across a rebalance", last),
                _silent(plan, "not pending after a rebalance", back, last),
            ],
        )


def _back(plan: Plan) -> Iterator[Scenario]:
    for there, gone in _gone_states(plan):
        before = {**_before(gone), **there.now}
        begin = _beginning(plan, before)
        settling = plan.settling(before, gone.now)
        end = begin + min(
            settling + plan.whole(plan.obligation.lasting) + 2 * plan.tick, plan.whole(plan.obligation.window)
        )
        back = end + 2 * plan.tick
        last = back + _AFTER * plan.tick
        yield _scenario(
            plan,
            [(begin, before), (end - begin, gone.now), (last - end + plan.tick, {**gone.now, **there.now})],
            there.now,
            _premise(plan, _DECLARED, begin, end),
            [_silent(plan, "resolved when it is back", back, last)],
        )


def _never(plan: Plan) -> Iterator[Scenario]:
    for _, gone in _gone_states(plan):
        without = State(gone.now, {**gone.past, **dict.fromkeys(plan.own, ABSENT)})
        yield _silent_throughout(plan, without, "", "silent when it was never there")


def _offset(text: str, vector: Vector) -> float:
    """Return the `offset` of a selector, in seconds."""
    found = _OFFSET.search(text[vector.selector.end : vector.selector.end_of_modifiers])
    return duration_seconds(found[1]) if found else 0.0


# other series


def _moves(plan: Plan) -> bool:
    """Tell whether the signal's series come from workers, between which connectors move."""
    families = {series.metric.family for series in plan.own if series.metric is not None}
    return bool(families & BY_RULES)


def _fires_beside(
    plan: Plan, state: State, others: Sequence[tuple[Mapping[Series, Course], Mapping[Series, Course]]]
) -> Scenario:
    """Return the scenario of an alert beside other series: it is all the same what they do.

    Args:
        plan: of the proof.
        state: in which the alert fires.
        others: what the other series do before and then.
    """
    before, _ = _calm(plan, state)
    begin = _beginning(plan, before)
    end = begin + plan.settling(before, state.now) + plan.whole(plan.obligation.lasting) + _AFTER * plan.tick
    early, now = dict(before), dict(state.now)
    for each, then in others:
        early.update(each)
        now.update(then)
    last = end - plan.tick
    return _scenario(
        plan,
        [(begin, early), (end - begin + plan.tick, now)],
        now,
        _premise(plan, _DECLARED, begin, end),
        [_same_value(plan, last)],
    )


def _same_value(plan: Plan, at: int) -> Check:
    """Return the check that the compiled expression has the declared one's value."""
    compiled, declared = str((plan.obligation.rule or {}).get("expr", "")), plan.obligation.reference
    same = f"abs(sum({compiled}) - sum({declared})) > 1e-6 * abs(sum({declared})) + 1e-9"
    return Check("of the declared value", same, at)


def _beside_calm(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios of an alert whose group has another series, that is calm, or beyond the level by more."""
    for _, state in _fires(plan):
        if state.copies:
            return
        for levels in (calm_values(plan.obligation), further_values(plan.obligation)):
            for _, calm in itertools.islice(_solutions(plan, _lines(levels), []), 1):
                copied = {
                    series.with_label(label, _another(series, label)): course
                    for series, label in _labels_to_copy(plan)
                    if series in plan.own and not isinstance(course := calm.now.get(series, ABSENT), Absent)
                }
                if copied:
                    yield _fires_beside(plan, state, [(copied, copied)])


def _labels_to_copy(plan: Plan) -> Iterator[tuple[Series, str]]:
    """Yield the series of the proof, each with a label in which the ones that are put together may differ."""
    roots = [plan.signal, *(node for _, node in plan.guards)]
    for node, above in itertools.chain.from_iterable(map(promql_tree.with_ancestors, roots)):
        if isinstance(node, promql_tree.Vector):
            series = plan.solver.series.own(node)
            around = [each for each in above if isinstance(each, promql_tree.Aggregation)]
            filtered = {one.label for one in node.selector.matchers}
            yield series, label_to_copy(series, around, filtered)


def _another(series: Series, label: str) -> str:
    return f"{dict(series.labels).get(label, '')}{_ANOTHER}"


def _beside_guarded(plan: Plan, index: int, labels: Sequence[str]) -> Iterator[Scenario]:
    """Yield scenarios in which a guard says the opposite of others, with one label unlike.

    First it lets the alert fire and says of others that it means nothing; then the other way round.
    """
    wrong = next(_states(plan, index), None)
    if wrong is None:
        return
    of_guard = [plan.solver.series.own(vector) for vector in promql_tree.vectors(plan.guards[index][1])]
    for right in _states(plan):
        joined = [
            label
            for label in labels
            if all(
                any(label in dict(each.labels) and _carries(plan, each, label) for each in side if each in right[1])
                for side in (plan.own, of_guard)
            )
        ]
        if not joined:
            continue
        laid_out: list[tuple[int, Mapping[Series, Course]]] = []
        seen: Mapping[Series, Course] = {}
        guarded = tuple({each: course for each, course in part.items() if each in of_guard} for part in right)
        for (before, now), others in ((right, wrong), (wrong, guarded)):
            beside = [_with_others(part, joined) for part in others]
            warm = _beginning(plan, before) + plan.settling(seen, before) if not seen or _is_absence(plan) else 0
            lasting = plan.settling(before, now) + _AFTER * plan.tick
            if warm:
                laid_out.append((warm, {**beside[0], **before}))
            else:
                lasting += plan.settling(seen, now)
            laid_out.append((lasting, {**beside[1], **now}))
            seen = now
        begin = laid_out[0][0]
        end = begin + laid_out[1][0]
        checks = [] if _is_absence(plan) else [_same_value(plan, end - plan.tick)]
        yield _scenario(plan, laid_out, laid_out[1][1], _premise(plan, _DECLARED, begin, end), checks)


def _is_absence(plan: Plan) -> bool:
    return plan.obligation.kind == "absence"


def _states(
    plan: Plan, violated: int | None = None
) -> Iterator[tuple[Mapping[Series, Course], Mapping[Series, Course]]]:
    """Yield what the series do before and while the alert has a reason to fire, but for a guard that is violated."""
    if _is_absence(plan):
        return (({**_before(gone), **there.now}, gone.now) for there, gone in _gone_states(plan, violated))
    return ((_calm(plan, state)[0], state.now) for _, state in _fires(plan, violated))


def _with_others(courses: Mapping[Series, Course], labels: Iterable[str]) -> dict[Series, Course]:
    """Return courses for other series instead, that differ in one of some labels each."""
    return {
        series.with_label(label, _other_value(series, label)): course
        for label in labels
        for series, course in courses.items()
        if label in dict(series.labels)
    }


def _carries(plan: Plan, series: Series, label: str) -> bool:
    """Tell whether a label is one of the exporter's series, and not only a part of their name."""
    return series.metric is None or plan.solver.series.exporter.label(label, series.metric) is not None


def _other_value(series: Series, label: str) -> str:
    """Return another value of a label, that the same filters let pass where that is known."""
    value = dict(series.labels)[label]
    if label == "plugin":
        groups = {kind.name: kind.group for kind in KINDS}
        others = [kind for kind in groups if kind != value]
        return next((kind for kind in others if groups[kind] == groups.get(value)), others[0])
    return f"{value}{_ANOTHER}"


def _elsewhere(plan: Plan, other: Elsewhere) -> Iterator[Scenario]:
    """Yield scenarios in which an alert would fire, were it not for series that it does not cover."""
    if plan.obligation.kind == "absence":
        states = ((there.now, {**_before(gone), **there.now}, gone.now) for there, gone in _gone_states(plan))
    else:
        solutions = _fires(plan)
        states = ((state.now, _calm(plan, state)[0], _with_copies(state)) for _, state in solutions)
    for shown, early, late in states:
        before, now = (_relabeled(each, other) for each in (early, late))
        begin = _beginning(plan, early)
        end = begin + plan.settling(early, late) + _AFTER * plan.tick
        premise = f"(count({other.reference})) unless on () {_DECLARED}"
        yield _scenario(
            plan,
            [(begin, before), (end - begin, now)],
            _relabeled(shown, other),
            _premise(plan, premise, begin, end, never=_DECLARED),
            [_silent(plan, f"silent with {other.label}={other.value!r}", _warm(plan, early), end - plan.tick)],
        )


def _with_copies(state: State) -> Mapping[Series, Course]:
    return _copied(state.now, state)


def _relabeled(courses: Mapping[Series, Course], other: Elsewhere) -> dict[Series, Course]:
    return {
        each.with_label(other.label, other.value) if other.label in dict(each.labels) else each: course
        for each, course in courses.items()
    }


# whatever values


def _walks(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which all series take values about the numbers that they are held against, at random."""
    if plan.obligation.kind == "absence":
        states = (({**_before(gone), **there.now}, gone) for there, gone in _gone_states(plan))
    else:
        solutions = _fires(plan)
        states = ((_calm(plan, state)[0], state) for _, state in solutions)
    values = _values_to_take(plan)
    for number_, (before, state) in enumerate(states):
        if state.copies or not values or number_ >= _WALKS:
            return
        chance = random.Random(f"{plan.obligation.alert} {number_}")  # noqa: S311  # the same each time
        begin = _beginning(plan, before)
        first = begin + plan.settling(before, state.now) + _AFTER * plan.tick
        segments: list[tuple[int, Mapping[Series, Course]]] = [(begin, before), (first - begin, state.now)]
        now: dict[Series, Course] = dict(state.now)
        copies = {
            series.with_label(label, _another(series, label)): values[series]
            for series, label in _labels_to_copy(plan)
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
        changes = f"count(count_over_time(({_DECLARED})[{last - first}s:{plan.tick}s]) < {_STEPS})"
        yield _scenario(plan, segments, state.now, Check("it decides", changes, last - plan.tick, 1.0), [])


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
    for text in _texts(plan):
        root = promql.read(text).tree
        for node, above in promql_tree.with_ancestors(root):
            comparison = _comparison(above)
            if isinstance(node, promql_tree.Vector) and (comparison is not None or _value_matters(node, above)):
                series = plan.solver.series.own(node)
                values = (*_about(plan, comparison), *unknown(series.metric))
                if series.metric is not None and (series.metric.unit == "bool" or series.metric.type == "info"):
                    values = (0.0, 1.0) if series.metric.unit == "bool" else ()
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


# limits


def _limits(plan: Plan) -> Iterator[tuple[int | None, promql_tree.Binary]]:
    """Yield what guards, and the signal itself, hold against a number: which guard, and the comparison."""
    roots: list[tuple[int | None, Node]] = [(index, node) for index, (_, node) in enumerate(plan.guards)]
    for index, root in (*roots, (None, plan.signal)):
        for node in promql_tree.walk(root):
            if isinstance(node, promql_tree.Binary) and node.operator in _ORDERS:
                limits = [each for each in (node.left, node.right) if isinstance(each, promql_tree.Number)]
                if len(limits) == 1 and math.isfinite(limits[0].value if limits[0].value is not None else math.inf):
                    yield index, node


def _limit(comparison: promql_tree.Binary) -> float:
    numbers = (side.value for side in (comparison.left, comparison.right) if isinstance(side, promql_tree.Number))
    return next(value for value in numbers if value is not None)


def _at_limit(plan: Plan, index: int | None, comparison: promql_tree.Binary) -> Iterator[Scenario]:
    """Yield scenarios in which what is held against a number is just above it, just below, and just that."""
    compared = comparison.right if isinstance(comparison.left, promql_tree.Number) else comparison.left
    limit = _limit(comparison)
    step = _relative_step(limit)
    sides: list[tuple[float, ...]] = [(limit + step, math.floor(limit) + 1.0), (limit - step, math.ceil(limit) - 1.0)]
    if not any(isinstance(each, promql_tree.Call) and each.function in _ROUNDED for each in promql_tree.walk(compared)):
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
            state
            for side, holds in zip(sides, holding, strict=True)
            for state in itertools.islice(
                _with_compared(plan, index, (compared, side), Want.ANYTHING if holds != turned else Want.NOTHING),
                pick,
                pick + 1,
            )
        ]
        if len(states) < _TWO or any(state.copies for state in states):
            continue
        before = _before(states[0])
        begin = _beginning(plan, before)
        segments: list[tuple[int, Mapping[Series, Course]]] = [(begin, before)]
        last: Mapping[Series, Course] = before
        for state in states:
            for seen in [dict(state.past)] if state.past else []:
                now = {**state.now, **seen}
                segments.append((plan.settling(last, now) + plan.tick, now))
                last = now
            segments.append((plan.settling(last, state.now) + _AFTER * plan.tick, state.now))
            last = state.now
        end = sum(seconds for seconds, _ in segments)
        window = f"[{end - begin}s:{plan.tick}s]"
        changes = f"count(count_over_time(({_DECLARED}){window}) < {(end - begin) // plan.tick - 1})"
        yield _scenario(plan, segments, states[0].now, Check("it decides", changes, end - plan.tick, 1.0), [])


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
    others: list[tuple[Node, Goal]] = [
        (node, Want.ANYTHING if guard.keyword == "and" else Want.NOTHING)
        for at, (guard, node) in enumerate(plan.guards)
        if at != index
    ]
    own = plan.signal if index is None else plan.guards[index][1]
    given, signals = State(), _lines(firing_values(plan.obligation))
    if _is_absence(plan):
        there = next(iter(_gone_states(plan)), None)
        if there is None:
            return
        given, signals = State(dict.fromkeys(plan.own, ABSENT), there[0].now), []
    if index is None and gives is Want.NOTHING:
        signals = []
    goals: list[list[tuple[Node, Goal]]] = [[(plan.signal, each)] for each in signals] or [[]]
    part, values = compared
    for value, fires in itertools.product(_lines(values), goals):
        wanted = [(part, value), *fires, (own, gives), *others]
        yield from itertools.islice(plan.solver.solutions(wanted, given), _CHOICES)


# counters


def _across_reset(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which counters grow as fast as before, but begin anew in the middle."""
    for before, now in _states(plan):
        counters = {each for each in now if each.metric is not None and each.metric.type == "counter"}
        lines = {each: course for each, course in now.items() if each in counters and isinstance(course, Line)}
        growing = {each: course for each, course in lines.items() if course.slope > 0}
        if not growing:
            return
        begin = _beginning(plan, before)
        settling = plan.settling(before, now) + _AFTER * plan.tick
        again = begin + settling
        anew = {each: Line(-course.slope * (again - plan.scrape), course.slope) for each, course in growing.items()}
        yield _scenario(
            plan,
            [(begin, before), (settling, now), (settling, {**now, **anew})],
            now,
            _premise(plan, _DECLARED, again, again + settling),
            [],
        )


def _standing_still(plan: Plan) -> Iterator[Scenario]:
    for state in _counters(plan, lambda series: Line(1_000_000.0 if series in plan.own else None)):
        yield _silent_throughout(plan, state, "", "silent while the counter stands still")


def _reset(plan: Plan) -> Iterator[Scenario]:
    for state in _counters(plan, lambda _: Line(0.0)):
        high = State(state.now, dict.fromkeys(state.now, Line(1_000_000.0)))
        yield _silent_throughout(plan, high, "", "silent when the counter begins anew")


def _counters(plan: Plan, course: Callable[[Series], Line]) -> Iterator[State]:
    """Yield the state in which all counters of the signal have a course, and the guards let the alert fire."""
    counters = {each: course(each) for each in plan.own if each.metric is not None and each.metric.type == "counter"}
    if not counters:
        return
    for _, state in _fires(plan):
        yield State({**state.now, **counters}, state.past)


# texts


def _told(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which the compiled alert's texts are those that are declared."""
    own, declared = _alerts(plan), f'ALERTS{{alertname="{DECLARED_ALERT}"}}'
    if plan.obligation.kind == "absence":
        states = (({**_before(gone), **there.now}, gone.now, gone) for there, gone in _gone_states(plan))
    else:
        values = [*told_values(plan.obligation), *firing_values(plan.obligation)]
        solutions = _solutions(plan, _lines(values), _guard_goals(plan))
        states = ((_calm(plan, state)[0], state.now, state) for _, state in solutions)
    for before, now, state in states:
        begin = _beginning(plan, before)
        end = begin + plan.settling(before, now) + _AFTER * plan.tick
        found = _scenario(
            plan, [(begin, before), (end - begin, now)], now, _premise(plan, _DECLARED, begin, end), [], state
        )
        check = Check("told as declared", f"{own} unless on (text) {declared}", end - plan.tick)
        yield evolve(found, checks=(check,))
