"""Signals and threshold sets: the words that panels, rules and their tests are written in.

A `Signal` says what a thing means: its PromQL over logical metrics, unit, sentinel values, states and
description. A `ThresholdSet` says at which value it is a warning or critical, and for how long. A panel takes
its colour steps from a set and a rule names one of the set's levels, so that the two cannot drift apart.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from dashlib import promql
from dashlib.declare.arguments import checked, nearest
from dashlib.declare.units import check_unit
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from dashlib.declare.words import Color, Digits, LabelName, RunbookPage

Severity = Literal["critical", "warning", "info"]
Direction = Literal["above", "below", "equals"]
# As Prometheus writes it (`30s`, `5m`, `1h30m`), or as Python does.
Duration: TypeAlias = "str | timedelta"

SEVERITY_COLORS: dict[str, str] = {"info": "blue", "warning": "yellow", "critical": "red"}
_SEVERITY_ORDER = ("info", "warning", "critical")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _is_name(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not _NAME.fullmatch(value):
        raise DeclarationError(
            f"{type(instance).__name__} {attribute.name} must be lower case letters, digits and underscores, for "
            f"example 'queue_used'; got {value!r}"
        )


def _is_filled(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not value.strip():
        raise DeclarationError(f"{type(instance).__name__} {attribute.name} must be a text that says something")


def duration(value: Duration) -> str:
    """Return a duration as Prometheus writes it, for a `timedelta`, too; for attrs classes of dashlib."""
    return value if isinstance(value, str) else promql.format_duration(value.total_seconds())


def is_duration(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    """Validate a Prometheus duration (`30s`, `5m`, `1h30m`); for attrs classes of dashlib."""
    try:
        promql.duration_seconds(value)
    except ValueError as error:
        name = attribute.name.rstrip("_")
        raise DeclarationError(f"{type(instance).__name__} {name!r} must be a duration: {error}") from None


@checked
@attrs.frozen
class State:
    """What one value of a signal means, for signals that count states instead of measuring.

    Attributes:
        value: the value.
        text: what a person reads instead.
        color: Grafana color name.
        well: nobody needs to look: a table that lists the worst first says of the rest how many are.
    """

    value: int
    text: str = attrs.field(validator=_is_filled)
    color: Color = attrs.field(validator=_is_filled)
    well: bool = attrs.field(kw_only=True, default=False)


def _states(items: Iterable[State]) -> tuple[State, ...]:
    return tuple(items)


def _label_names(items: Iterable[LabelName]) -> tuple[str, ...]:
    return tuple(items)


def _alternatives(items: str | Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, (items,))) if isinstance(items, str) else tuple(items)


# What dashlib's own tests hold need not be parsed each time that it is read.
_SHIPPED: set[str] = set()


def _check_expressions(kind: str, declared: Guard | Signal, expressions: tuple[str, ...] = ()) -> None:
    expressions = expressions or declared.expressions
    if declared_here().is_shipped:
        _SHIPPED.update(expressions)
    for expression in expressions:
        if expression in _SHIPPED:
            continue
        try:
            promql.read(expression).check()
        except promql.PromQLError as error:
            raise DeclarationError(
                f"the expression of {kind} {declared.name!r} is no PromQL: {error.message}"
            ) from None


@checked
@attrs.frozen(eq=False)
class Guard:
    """Something that must hold, or must not, for a signal to mean what it seems to mean.

    `LAG.when(EVENTS_ARRIVE)` is the lag of connectors to which events come; `CONNECTED.unless(FIRST_SNAPSHOT_RUNS)` is
    the connection of those that have begun to stream.

    Attributes:
        name: what holds, as the end of a sentence: "a first snapshot runs".
        expression: PromQL over logical metrics, in canonical units, with a series where it holds.
        on: logical labels by which it belongs to the signal's series; none for what holds for all of them.
        each: it is held against each series of the signal's metric, before the worst of them is taken: for what a
            connector has one of for each task or database.
        drops_unknown: as a signal's.
        otherwise: as a signal's.
        without: what an alert does that cannot have this guard, because an exporter has none of its metrics; such an
            alert is then compiled without it, and the build says so. Empty for a guard without which an alert would
            be another alert: it is left out.
    """

    name: str = attrs.field(validator=_is_filled)
    expression: str = attrs.field(kw_only=True, validator=_is_filled)
    otherwise: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_alternatives)
    without: str = attrs.field(kw_only=True, default="")
    on: tuple[str, ...] = attrs.field(kw_only=True, default=("job", "plugin", "server"), converter=_label_names)
    each: bool = attrs.field(kw_only=True, default=False)
    drops_unknown: bool = attrs.field(kw_only=True, default=False)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse an expression that is no PromQL, while the place of the guard is still known."""
        _check_expressions("guard", self)

    @property
    def expressions(self) -> tuple[str, ...]:
        """The expression, and what serves in its place where an exporter lacks its metrics."""
        return (self.expression, *self.otherwise)


@attrs.frozen
class Guarded:
    """A guard of a signal, and which way it works.

    Attributes:
        guard: what holds or not.
        keyword: `and` where it must hold, `unless` where it must not.
    """

    guard: Guard
    keyword: Literal["and", "unless"]


@checked
@attrs.frozen(eq=False)
class Signal:
    """An operator's signal: what it means, how it is asked for, and how it is shown.

    Attributes:
        name: identifier, lower case with underscores.
        title: title of a panel that shows it, unless the panel says otherwise.
        expression: PromQL over the catalog's logical metrics and labels, in canonical units (seconds, bytes,
            percent 0-100). Label filters for connector, job and plugin are left out: the dashboard or rule group
            puts them in.
        unit: Grafana unit id of the result (`s`, `percent`, `rowsps`, `none`).
        description: one sentence or a few, shown as the tooltip of its panels.
        legend: name of a series, from logical labels: `{{server}}`.
        drops_unknown: sentinel values of its metrics (the catalog's `unknown`, -1) mean *unknown* and are filtered
            before anything compares or draws them.
        absent: what it means when there is no series at all.
        states: what each value means, for a signal that is a state.
        decimals: digits after the point, where the unit's own choice does not serve.
        minimum: smallest possible value, for gauges and axes.
        maximum: largest possible value; None where there is none.
        color: Grafana color below the first threshold step.
        runbook: page in the project's runbooks, without folder and `.md`.
        otherwise: an expression, or several, that say the same by other metrics, with the same labels, for exporters
            that lack those of the first; the first is taken that the naming profile can spell.
        population: an expression with a series for whatever the signal speaks of, with the same labels, for a signal
            that has series only where something is wrong: an alert's panel draws 0 for those without one. Of several
            the first is taken that the naming profile can spell.
        guards: what must hold or not, made by `when` and `unless`; panels that show the signal show it without them.
        unguarded: the signal that `when` and `unless` were called on; None for one without guards.
    """

    name: str = attrs.field(validator=_is_name)
    title: str = attrs.field(validator=_is_filled)
    expression: str = attrs.field(kw_only=True, validator=_is_filled)
    unit: str = attrs.field(kw_only=True, validator=_is_filled)
    description: str = attrs.field(kw_only=True, validator=_is_filled)
    legend: str = attrs.field(kw_only=True, default="{{server}}")
    drops_unknown: bool = attrs.field(kw_only=True, default=False)
    absent: str = attrs.field(kw_only=True, default="")
    states: tuple[State, ...] = attrs.field(kw_only=True, default=(), converter=_states)
    decimals: Digits | None = attrs.field(kw_only=True, default=None)
    minimum: float | None = attrs.field(kw_only=True, default=None)
    maximum: float | None = attrs.field(kw_only=True, default=None)
    color: Color = attrs.field(kw_only=True, default="green")
    runbook: RunbookPage = attrs.field(kw_only=True, default="")
    otherwise: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_alternatives)
    population: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_alternatives)
    guards: tuple[Guarded, ...] = attrs.field(kw_only=True, default=(), repr=False)
    unguarded: Signal | None = attrs.field(kw_only=True, default=None, repr=False)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse an expression that is no PromQL, while the place of the signal is still known."""
        _check_expressions("signal", self)
        if not declared_here().is_shipped:
            check_unit(self.unit)
        if self.population:
            _check_expressions("population of signal", self, self.population)
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise DeclarationError(
                f"signal {self.name!r} has the minimum {self.minimum:g}, not below the maximum {self.maximum:g}"
            )
        if len({state.value for state in self.states}) != len(self.states):
            raise DeclarationError(f"signal {self.name!r} gives one value two states")

    @property
    def expressions(self) -> tuple[str, ...]:
        """The expression, and what serves in its place where an exporter lacks its metrics."""
        return (self.expression, *self.otherwise)

    @property
    def base(self) -> Signal:
        """The signal without its guards: the one that threshold sets and panels know."""
        return self if self.unguarded is None else self.unguarded

    def when(self, *guards: Guard) -> Signal:
        """Return the signal where these guards hold; elsewhere it has no value."""
        return self._guarded("and", guards)

    def unless(self, *guards: Guard) -> Signal:
        """Return the signal where none of these guards holds; elsewhere it has no value."""
        return self._guarded("unless", guards)

    def _guarded(self, keyword: Literal["and", "unless"], guards: Iterable[Guard]) -> Signal:
        more = tuple(Guarded(guard, keyword) for guard in guards)
        return attrs.evolve(self, guards=(*self.guards, *more), unguarded=self.base, source=declared_here())

    def above(self, level: str) -> Condition:
        """Return the condition that the signal is above a level of a threshold set."""
        return Condition(self, "threshold", level=level, direction="above")

    def below(self, level: str) -> Condition:
        """Return the condition that the signal is below a level of a threshold set."""
        return Condition(self, "threshold", level=level, direction="below")

    def is_at(self, level: str) -> Condition:
        """Return the condition that the signal is in the state that a level of a threshold set names."""
        return Condition(self, "state", level=level, direction="equals")

    def is_absent(self, *, within: Duration, for_: Duration, resolution: Duration = "") -> Condition:
        """Return the condition that a series that was there has vanished.

        Args:
            within: how long after it vanished the condition holds at most, a duration.
            for_: how long it must be gone before the alert fires, a duration.
            resolution: in which steps it looks back, a duration: long windows over many series need long steps. By
                default the group's interval.
        """
        return Condition(self, "absence", window=within, for_=for_, resolution=resolution or "0s")

    def increases_above(self, level: str, *, within: Duration) -> Condition:
        """Return the condition that a counter grew by more than a level of a threshold set.

        Args:
            level: the level's name.
            within: the time over which the growth is counted, a duration: what `$__rate_interval` in the signal's
                `increase(…)` stands for.
        """
        return Condition(self, "change", level=level, direction="above", window=within)


@checked
@attrs.frozen
class Condition:
    """When an alert holds: a signal and a level's name, or its absence. Made by `Signal.above` and its kin.

    Attributes:
        signal: the signal.
        kind: `threshold`, `state`, `absence` or `change`.
        level: name of the level in the alert's threshold set; empty for an absence.
        direction: on which side of the level the condition holds.
        window: for an absence and a change, over which time they look back.
        for_: for an absence, how long it lasts before the alert fires; a level knows its own.
        resolution: for an absence, the steps in which it looks back; zero for the group's interval.
    """

    signal: Signal
    kind: Literal["threshold", "state", "absence", "change"]
    level: str = attrs.field(kw_only=True, default="")
    direction: Direction = attrs.field(kw_only=True, default="above")
    window: str = attrs.field(kw_only=True, default="0s", converter=duration, validator=is_duration)
    for_: str = attrs.field(kw_only=True, default="0s", converter=duration, validator=is_duration)
    resolution: str = attrs.field(kw_only=True, default="0s", converter=duration, validator=is_duration)


@checked
@attrs.frozen
class Level:
    """A level of a threshold set: from where on a signal is a warning or critical, and for how long.

    Exactly one of `above`, `below` and `equals` is given.

    Attributes:
        signal: the signal.
        name: what rules call it; `warning` and `critical` also give its severity order and color.
        above: it holds above this value, in the signal's unit.
        below: it holds below this value.
        equals: it holds at this value, for a signal with states.
        for_: how long it must hold before a rule fires, a duration.
        color: Grafana color of the panels' step; by default the severity's.
    """

    signal: Signal
    name: str = attrs.field(validator=_is_name)
    above: float | None = attrs.field(kw_only=True, default=None)
    below: float | None = attrs.field(kw_only=True, default=None)
    equals: float | None = attrs.field(kw_only=True, default=None)
    for_: str = attrs.field(kw_only=True, default="0s", converter=duration, validator=is_duration)
    color: Color = attrs.field(kw_only=True)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False, eq=False)

    @color.default
    def _severity_color(self) -> str:
        return SEVERITY_COLORS.get(self.name, "orange")

    def __attrs_post_init__(self) -> None:
        """Refuse a level with no value, or with two."""
        given = [name for name in ("above", "below", "equals") if getattr(self, name) is not None]
        if len(given) != 1:
            raise DeclarationError(
                f"level {self.name!r} of {self.signal.name} needs exactly one of above, below, equals; "
                f"got {', '.join(given) or 'none'}"
            )

    @property
    def direction(self) -> Direction:
        """On which side of the value the level holds."""
        if self.above is not None:
            return "above"
        return "below" if self.below is not None else "equals"

    @property
    def value(self) -> float:
        """The value, in the signal's unit."""
        return next(value for value in (self.above, self.below, self.equals) if value is not None)


@checked
@attrs.frozen
class Step:
    """A colour step that panels show and no rule fires at.

    Attributes:
        signal: the signal.
        above: the color holds from this value on, in the signal's unit.
        color: Grafana color name.
    """

    signal: Signal
    above: float
    color: Color = attrs.field(validator=_is_filled)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False, eq=False)


@attrs.frozen
class ColorStep:
    """A step of a panel's thresholds, as Grafana wants it.

    Attributes:
        color: Grafana color name.
        value: from where on, in the signal's unit; None for the base step.
        source: where it was declared; None for the base.
    """

    color: Color
    value: float | None
    source: Source | None = attrs.field(default=None, eq=False)


def _levels(items: Iterable[Level]) -> tuple[Level, ...]:
    return tuple(items)


def _display(items: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(items)


@checked
@attrs.frozen(eq=False)
class ThresholdSet:
    """A named set of levels and display steps: what one course, team or database calls too much.

    A level belongs to the signal of that name, however it is titled or guarded where it is shown.

    Attributes:
        name: identifier, lower case with underscores.
        levels: what rules fire at and panels show.
        display: steps that panels show beside the levels.
    """

    name: str = attrs.field(validator=_is_name)
    levels: tuple[Level, ...] = attrs.field(converter=_levels, default=())
    display: tuple[Step, ...] = attrs.field(converter=_display, default=())
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)
    _steps: dict[Signal, tuple[ColorStep, ...]] = attrs.field(init=False, factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse levels that contradict each other."""
        by_signal: dict[str, dict[str, Level]] = {}
        for level in self.levels:
            of_signal = by_signal.setdefault(level.signal.name, {})
            if level.name in of_signal:
                raise DeclarationError(
                    f"threshold set {self.name!r} has two levels {level.name!r} for {level.signal.name}", level.source
                )
            of_signal[level.name] = level
        for of_signal in by_signal.values():
            self._check_order(of_signal)

    def _check_order(self, levels: dict[str, Level]) -> None:
        ordered = [levels[severity] for severity in _SEVERITY_ORDER if severity in levels]
        for milder, worse in itertools.pairwise(ordered):
            if milder.direction != worse.direction:
                raise DeclarationError(
                    f"threshold set {self.name!r}: {worse.signal.name} is {milder.name} {milder.direction} "
                    f"{milder.value:g} but {worse.name} {worse.direction} {worse.value:g}; both must look the same way",
                    worse.source,
                )
            in_order = milder.value < worse.value if worse.direction == "above" else milder.value > worse.value
            if worse.direction != "equals" and not in_order:
                raise DeclarationError(
                    f"threshold set {self.name!r}: {worse.signal.name} is {milder.name} {milder.direction} "
                    f"{milder.value:g} and {worse.name} {worse.direction} {worse.value:g}; {worse.name} must lie "
                    f"{worse.direction} {milder.name}",
                    worse.source,
                )

    def level(self, signal: Signal, name: str) -> Level:
        """Return a level by signal and name.

        Raises:
            DeclarationError: the set has no such level; the message lists those it has.
        """
        for level in self.levels:
            if level.signal.name == signal.name and level.name == name:
                return level
        known = sorted(level.name for level in self.levels_of(signal))
        raise DeclarationError(
            f"threshold set {self.name!r} has no level {name!r} for {signal.name}; "
            f"{nearest(name, known, otherwise='it has')}"
        )

    def steps(self, signal: Signal, *, base_color: Color = "") -> tuple[ColorStep, ...]:
        """Return the colour steps of a panel that shows the signal, ascending, the base step first.

        A signal with states has a step for each state. Otherwise the steps are the set's levels and display steps
        for it; where both stand at one value, the level's color wins.

        Args:
            signal: the signal that the panel shows.
            base_color: Grafana color below the first step; by default the signal's.
        """
        return color_steps(self, signal, base_color)

    def _make_steps(self, signal: Signal, base_color: Color) -> tuple[ColorStep, ...]:
        if signal.states:
            first, *others = sorted(signal.states, key=lambda state: state.value)
            return (
                ColorStep(first.color, None, signal.source),
                *(ColorStep(state.color, state.value, signal.source) for state in others),
            )
        steps = {step.above: ColorStep(step.color, step.above, step.source) for step in self._display_of(signal)}
        levels = self._levels_of(signal)
        for level in levels:
            if level.direction == "above":
                steps[level.value] = ColorStep(level.color, level.value, level.source)
        falling = sorted((level for level in levels if level.direction == "below"), key=_value)
        for level, following in zip(falling, [*falling, None][1:], strict=True):
            above = signal.color if following is None else following.color
            steps[level.value] = ColorStep(above, level.value, level.source)
        base = falling[0].color if falling else base_color
        return (ColorStep(base, None), *(steps[value] for value in sorted(steps)))

    def levels_of(self, signal: Signal) -> tuple[Level, ...]:
        """Return the levels that the set has for a signal."""
        return self._levels_of(signal)

    def _levels_of(self, signal: Signal) -> tuple[Level, ...]:
        return tuple(level for level in self.levels if level.signal.name == signal.name)

    def display_of(self, signal: Signal) -> tuple[Step, ...]:
        """Return the display steps that the set has for a signal."""
        return self._display_of(signal)

    def _display_of(self, signal: Signal) -> tuple[Step, ...]:
        return tuple(step for step in self.display if step.signal.name == signal.name)


def color_steps(thresholds: ThresholdSet, signal: Signal, base_color: Color = "") -> tuple[ColorStep, ...]:
    """Return what `ThresholdSet.steps` does, for the compiler, whose arguments need no check."""
    if base_color:
        return thresholds._make_steps(signal, base_color)  # noqa: SLF001  # of this module
    known = thresholds._steps  # noqa: SLF001
    if signal not in known:
        known[signal] = thresholds._make_steps(signal, signal.color)  # noqa: SLF001
    return known[signal]


def _value(level: Level) -> float:
    return level.value


NO_THRESHOLDS = ThresholdSet("none")
