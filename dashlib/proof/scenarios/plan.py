"""What is known before the proof of one alert begins."""

from __future__ import annotations

import functools
import itertools
import math
import re
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from attrs import define, evolve, field, frozen

from dashlib import promql
from dashlib.promql import duration_seconds
from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import ABSENT
from dashlib.proof.invention import Invention
from dashlib.proof.solver import Solver, lookback, range_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.promql.tree import Node, Vector
    from dashlib.proof.composed import Composed
    from dashlib.proof.courses import Course, Series, Voice
    from dashlib.proof.exporter import Exporter
    from dashlib.proof.meaning import HeldGuard
    from dashlib.proof.obligations import Obligation
    from dashlib.proof.solver import Goal, State

#: Seconds between two evaluations, at most, where their time is not what a phase is about: an evaluation still sees
#: what the last one wrote.
_SELDOM: Final = 120
#: Seconds between two evaluations and between two samples, where what is recorded is looked back at; and how many
#: samples a range is to have still.
_SELDOM_SAMPLES: Final = 60
_SAMPLES_OF_A_RANGE: Final = 4
#: So many evaluations are enough of what is looked back at for longest.
_STEPS: Final = 100
#: Functions of a subquery that say the same however often it finds the same sample.
_HOWEVER_OFTEN: Final = frozenset(
    {"absent_over_time", "last_over_time", "max_over_time", "min_over_time", "present_over_time"}
)
#: Functions that have a value where there are no samples.
_TELL_ABSENCE: Final = frozenset({"absent", "absent_over_time"})
_OFFSET: Final = re.compile(r"\boffset\s+(\w+)", re.IGNORECASE)
_T = TypeVar("_T")


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
        is_by_rules: the compiled rules are evaluated as rules; otherwise as one expression, `as_one`.
    """

    obligation: Obligation
    solver: Solver
    signal: Node
    guards: tuple[tuple[HeldGuard, Node], ...]
    tick: int
    is_by_rules: bool = False
    firing: dict[int | None, Shared[tuple[Goal, State]]] = field(factory=dict)
    absences: dict[int | None, Shared[tuple[State, State]]] = field(factory=dict)
    calm: dict[int, tuple[dict[Series, Course], dict[Series, Course]]] = field(factory=dict)

    def seldom(self) -> Plan:
        """Return the plan of what is not about the time of an evaluation: fewer of them say the same.

        A recording rule that something looks back at needs all of its samples: with fewer, what it was ends earlier
        than what the series were. So the series have a sample at each evaluation, and as few.
        """
        if self.looks_back_at_records:
            too_few = self._shortest_range < _SAMPLES_OF_A_RANGE * _SELDOM_SAMPLES
            if too_few or _SELDOM_SAMPLES % self.tick or self._shortest_step < _SELDOM_SAMPLES:
                return self
            return evolve(self, tick=_SELDOM_SAMPLES, solver=evolve(self.solver, scrape=_SELDOM_SAMPLES))
        most = max((_SELDOM, *(seconds // _STEPS for _, seconds in self._lookbacks)))
        return evolve(self, tick=max(1, int(most // self.tick)) * self.tick)

    def by_rules(self) -> Plan:
        """Return the plan of what only rules say: how long an alert has been pending, and when it fires."""
        return evolve(self, is_by_rules=True)

    @property
    def as_one(self) -> Composed | None:
        """The compiled rules as one expression; None where they are evaluated as rules."""
        return None if self.is_by_rules else self.obligation.composed

    @functools.cached_property
    def looks_back_at_records(self) -> bool:
        """Whether something looks back at what a recording rule computes."""
        recorded = {str(rule["record"]) for rule in self.obligation.records}
        return bool(recorded) and any(
            each.metric in recorded and back for text in self._compiled for each, back in _looking_back(text)
        )

    @property
    def _compiled(self) -> list[str]:
        """The expressions of the compiled rules."""
        rules = (self.obligation.rule, *self.obligation.records)
        return [str(rule["expr"]) for rule in rules if rule is not None]

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
        texts = [self.obligation.reference, *texts_of(self)]
        return frozenset(vector.metric for text in texts for vector in vectors_of(text))

    def voices(self, series: Series) -> Iterator[Voice]:
        """Yield the series by which Prometheus hears of a logical one."""
        return self.solver.series.exporter.voices(series, self.spoken)

    @functools.cached_property
    def _lookbacks(self) -> list[tuple[Vector, float]]:
        return list(itertools.chain.from_iterable(map(_looking_back, texts_of(self))))

    @functools.cached_property
    def _shortest_range(self) -> float:
        """The shortest range that any expression or rule looks back over, in seconds."""
        return min((seconds for node, _ in self._nodes() if (seconds := range_seconds(node))), default=math.inf)

    @functools.cached_property
    def _shortest_step(self) -> float:
        """The shortest step, in seconds, of a subquery of which it matters how often it finds the same sample."""
        return min(
            (
                duration_seconds(node.step)
                for node, above in self._nodes()
                if isinstance(node, promql_tree.Subquery) and node.step
                if not (above and isinstance(above[0], promql_tree.Call) and above[0].function in _HOWEVER_OFTEN)
            ),
            default=math.inf,
        )

    def _nodes(self) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        """Yield the nodes of all expressions and rules, each with what is above it, the nearest first."""
        for text in (*self._compiled, *texts_of(self)):
            yield from promql_tree.with_ancestors(promql.read(text).tree)

    @functools.cached_property
    def longest_offset(self) -> int:
        """The longest `offset` of its expressions, in seconds."""
        return math.ceil(
            max((offset_seconds(text, each) for text in texts_of(self) for each in vectors_of(text)), default=0)
        )

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
    by_node = lookback(root, functools.partial(offset_seconds, text))
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


def spellings_of(plan: Plan, *texts: str) -> int:
    """Return how many spellings a metric of some expressions has at most."""
    metrics = [plan.solver.series.own(vector).metric for text in texts or texts_of(plan) for vector in vectors_of(text)]
    exporter = plan.solver.series.exporter
    return max((len(exporter.spellings(metric)) for metric in metrics if metric is not None), default=1)


def labels_of(plan: Plan) -> frozenset[str]:
    """Return the labels that any series of a proof has."""
    series = (plan.solver.series.own(vector) for text in texts_of(plan) for vector in vectors_of(text))
    return frozenset(label for each in series for label, _ in each.labels)


def shape(plan: Plan) -> frozenset[tuple[str, frozenset[str]]]:
    """Return what tells apart kinds of connectors whose series are alike but for their labels."""
    series = (plan.solver.series.own(vector) for text in texts_of(plan) for vector in vectors_of(text))
    return frozenset((each.name, frozenset(label for label, _ in each.labels)) for each in series)


def texts_of(plan: Plan) -> list[str]:
    """Return the expressions of an alert: its signal's and its guards'."""
    return [plan.obligation.signal, *(guard.expression for guard in plan.obligation.guards)]


@define(eq=False)
class Shared(Generic[_T]):
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


def offset_seconds(text: str, vector: Vector) -> float:
    """Return the `offset` of a selector, in seconds."""
    found = _OFFSET.search(text[vector.selector.end : vector.selector.end_of_modifiers])
    return duration_seconds(found[1]) if found else 0.0


def is_absence(plan: Plan) -> bool:
    """Tell whether an alert is about series that are gone."""
    return plan.obligation.kind == "absence"
