"""Signals and threshold sets: the words that panels, rules and their tests are written in.

A `Signal` says what a thing means: its PromQL over logical metrics, unit, sentinel values, states and
description. A `ThresholdSet` says at which value it is a warning or critical, and for how long. A panel takes
its color steps from a set and a rule names one of the set's levels, so that the two cannot drift apart.
"""

from __future__ import annotations

import contextlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias

import attrs

from dashlib import promql
from dashlib.declare.arguments import checked
from dashlib.declare.units import check_unit
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dashlib.declare.words import Color, Digits, LabelName, Legend, RunbookPage

Direction = Literal["above", "below", "equals"]
# As Prometheus writes it (`30s`, `5m`, `1h30m`), or as Python does.
Duration: TypeAlias = str | timedelta

#: The legend with which Grafana names series by the labels that differ.
AUTOMATIC = "__auto"
_OF_CONNECTORS = ("job", "plugin", "server")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def is_name(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    """Validate an identifier; for attrs classes of dashlib."""
    if not _NAME.fullmatch(value):
        raise DeclarationError(
            f"{type(instance).__name__} {attribute.name} must be lowercase letters, digits and underscores, for "
            f"example 'queue_used'; got {value!r}"
        )


def _is_name_or_empty(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if value:
        is_name(instance, attribute, value)


def is_filled(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    """Refuse an empty string; for attrs classes of dashlib."""
    if not value.strip():
        raise DeclarationError(f"{type(instance).__name__} {attribute.name} must not be empty")


def duration(value: Duration) -> str:
    """Return a duration as Prometheus writes it, for a `timedelta`, too; for attrs classes of dashlib."""
    if isinstance(value, str):
        return value
    if value < timedelta() or value.microseconds % 1000:
        raise DeclarationError(f"a duration must be whole milliseconds and not negative; got {value!r}")
    return promql.format_duration(value.total_seconds())


def is_duration(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    """Validate a Prometheus duration (`30s`, `5m`, `1h30m`); for attrs classes of dashlib."""
    try:
        promql.duration_seconds(value)
    except ValueError as error:
        name = attribute.name.rstrip("_")
        raise DeclarationError(f"{type(instance).__name__} {name!r} must be a duration: {error}") from None


@checked
@attrs.frozen(repr=False)
class State(Value):
    """What one value of a signal means, for signals that count states instead of measuring.

    Attributes:
        value: the value.
        text: what a person reads instead.
        color: Grafana color name.
        well: nobody needs to look: a table that lists the worst first says of the rest how many are.
    """

    value: int
    text: str = attrs.field(validator=is_filled)
    color: Color = attrs.field(validator=is_filled)
    well: bool = attrs.field(kw_only=True, default=False)


def _states(items: Iterable[State]) -> tuple[State, ...]:
    return tuple(items)


def _label_names(items: Iterable[LabelName]) -> tuple[str, ...]:
    return tuple(items)


def _alternatives(items: str | Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(None, (items,))) if isinstance(items, str) else tuple(items)


def _check_expressions(kind: str, declared: Guard | Signal, expressions: tuple[str, ...] = ()) -> None:
    is_shipped = declared_here().is_shipped
    for expression in expressions or declared.expressions:
        read = promql.read(expression)
        if is_shipped:
            # dashlib's own tests hold it. To parse the 123 of them would take longer than to build this project without
            # (1.2 s in November 2026), and the parser 3 MiB.
            read.take_as_valid()
        try:
            read.check()
        except promql.PromQLError as error:
            raise DeclarationError(
                f"the expression of {kind} {declared.name!r} is not valid PromQL: {error.message}"
            ) from None


@checked
@attrs.frozen(eq=False, repr=False)
class Guard(Value):
    """Something that must hold, or must not, for a signal to mean what it seems to mean.

    `LAG.when(EVENTS_ARRIVE)` is the lag of connectors to which events come; `CONNECTED.unless(FIRST_SNAPSHOT_RUNS)` is
    the connection of those that have begun to stream.

    Attributes:
        name: what holds, as the end of a sentence: "a first snapshot runs".
        expression: PromQL over logical metrics, in canonical units, with a series where it holds.
        on: logical labels by which it belongs to the signal's series; none for what holds for all of them. By default a
            connector's, or, of an expression that keeps no `server`, the labels that it keeps.
        each: it applies to each series of the signal's metric, before the worst of them is taken: for what a
            connector has one of for each task or database.
        drops_unknown: as a signal's.
        fallback: as a signal's.
        if_missing: what an alert does that cannot have this guard, because an exporter has none of its metrics; such an
            alert is then compiled without it, and the build says so. Empty for a guard without which an alert would
            be a different alert: it is left out.
        recorded_as: what it is called in the name of its recording rule, an identifier; by default its name's words.
        parts: expressions that stand in its own and that are recorded apart, by an identifier: what it looks back at.
    """

    name: str = attrs.field(validator=is_filled)
    expression: str = attrs.field(kw_only=True, validator=is_filled)
    fallback: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_alternatives)
    if_missing: str = attrs.field(kw_only=True, default="")
    on: tuple[str, ...] = attrs.field(kw_only=True, converter=_label_names)
    each: bool = attrs.field(kw_only=True, default=False)
    drops_unknown: bool = attrs.field(kw_only=True, default=False)
    recorded_as: str = attrs.field(kw_only=True, default="", validator=_is_name_or_empty)
    parts: Mapping[str, str] = attrs.field(kw_only=True, factory=dict)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    @on.default
    def _labels_of_the_expression(self) -> tuple[str, ...]:
        if declared_here().is_shipped:
            return _OF_CONNECTORS
        from dashlib.declare import inference  # dashlib's own guards need it not

        with contextlib.suppress(promql.PromQLError):  # which is said where the expression is checked
            kept = inference.kept_labels(self.expression)
            if kept is not None and "server" not in kept:
                return kept
        return _OF_CONNECTORS

    def __attrs_post_init__(self) -> None:
        """Refuse an expression that is not valid PromQL, while the place of the guard is still known."""
        _check_expressions("guard", self)

    @property
    def expressions(self) -> tuple[str, ...]:
        """The expression, and what serves in its place where an exporter lacks its metrics."""
        return (self.expression, *self.fallback)


@attrs.frozen(repr=False)
class Guarded(Value):
    """A guard of a signal, and which way it works.

    Attributes:
        guard: what holds or not.
        keyword: `and` where it must hold, `unless` where it must not.
    """

    guard: Guard
    keyword: Literal["and", "unless"]


@checked
@attrs.frozen(eq=False, repr=False)
class Signal(Value):
    """An operator's signal: what it means, how it is queried, and how it is shown.

    Attributes:
        name: identifier, lower case with underscores.
        title: title of a panel that shows it, unless the panel says otherwise.
        expression: PromQL over the catalog's logical metrics and labels, in canonical units (seconds, bytes,
            percent 0-100). Label filters for connector, job and plugin are left out: the dashboard or rule group
            puts them in.
        unit: Grafana unit id of the result (`s`, `percent`, `rowsps`, `none`). By default what the names of the metrics
            say (`_seconds`, `_bytes`, a rate of `_total`), or `short` where they say nothing or differ.
        description: one sentence or a few, shown as the tooltip of its panels.
        legend: name of a series, from logical labels: `{{server}}`; by default the labels that the expression keeps.
        drops_unknown: sentinel values of its metrics (the catalog's `unknown`, -1) mean *unknown* and are filtered
            before anything compares or draws them.
        absent: what it means when there is no series at all.
        states: what each value means, for a signal that is a state.
        decimals: digits after the point, where the unit's own choice does not serve.
        minimum: smallest possible value, for gauges and axes.
        maximum: largest possible value; None if it has none.
        color: Grafana color below the first threshold step.
        runbook: page in the project's runbooks, without folder and `.md`.
        fallback: an expression, or several, that say the same by other metrics, with the same labels, for exporters
            that lack those of the first; the first is taken that the naming profile can spell.
        population: an expression with a series for whatever the signal speaks of, with the same labels, for a signal
            that has series only where something is wrong: an alert's panel draws 0 for those without one. Of several
            the first is taken that the naming profile can spell.
        guards: what must hold or not, made by `when` and `unless`; panels that show the signal show it without them.
        unguarded: the signal that `when` and `unless` were called on; None for one without guards.
        recorded_as: what it is called in the name of its recording rule, an identifier, given by `named`; empty for its
            name and those of its guards.
        parts: as a guard's.
        remembers: expressions with a series for whatever is there now, by an identifier. Where the signal is recorded a
            rule keeps when each was last there, and stands for `last_over_time(x[$__range])` of it.
        guessed: what nobody has said and the expression tells: `unit`, `legend`; set by dashlib.
    """

    name: str = attrs.field(validator=is_name)
    title: str = attrs.field(validator=is_filled)
    expression: str = attrs.field(kw_only=True, validator=is_filled)
    unit: str = attrs.field(kw_only=True, default="")
    description: str = attrs.field(kw_only=True, validator=is_filled)
    legend: Legend = attrs.field(kw_only=True, default="")
    drops_unknown: bool = attrs.field(kw_only=True, default=False)
    absent: str = attrs.field(kw_only=True, default="")
    states: tuple[State, ...] = attrs.field(kw_only=True, default=(), converter=_states)
    decimals: Digits | None = attrs.field(kw_only=True, default=None)
    minimum: float | None = attrs.field(kw_only=True, default=None)
    maximum: float | None = attrs.field(kw_only=True, default=None)
    color: Color = attrs.field(kw_only=True, default="green")
    runbook: RunbookPage = attrs.field(kw_only=True, default="")
    fallback: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_alternatives)
    population: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_alternatives)
    guards: tuple[Guarded, ...] = attrs.field(kw_only=True, default=(), repr=False)
    unguarded: Signal | None = attrs.field(kw_only=True, default=None, repr=False)
    recorded_as: str = attrs.field(kw_only=True, default="", validator=_is_name_or_empty)
    parts: Mapping[str, str] = attrs.field(kw_only=True, factory=dict)
    guessed: tuple[str, ...] = attrs.field(init=False, default=(), repr=False)
    remembers: Mapping[str, str] = attrs.field(kw_only=True, factory=dict)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse an expression that is not valid PromQL, while the place of the signal is still known."""
        _check_expressions("signal", self)
        self._guess()
        if not declared_here().is_shipped:
            check_unit(self.unit)
        if self.population:
            _check_expressions("population of signal", self, self.population)
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise DeclarationError(
                f"signal {self.name!r} has the minimum {self.minimum:g}, not below the maximum {self.maximum:g}"
            )
        if len({state.value for state in self.states}) != len(self.states):
            raise DeclarationError(f"signal {self.name!r} maps one value to two states")

    @property
    def expressions(self) -> tuple[str, ...]:
        """The expression, and what serves in its place where an exporter lacks its metrics."""
        return (self.expression, *self.fallback)

    def _guess(self) -> None:
        """Set what the author has left to the expression."""
        missing = [name for name in ("unit", "legend") if not getattr(self, name)]
        if not missing:
            return
        if missing == ["legend"] and declared_here().is_shipped:  # reading them costs a build more than writing them
            object.__setattr__(self, "legend", "{{server}}")
            return
        from dashlib.declare import inference  # dashlib's own signals need it not

        if "unit" in missing:
            object.__setattr__(self, "unit", inference.unit_of(self.expression) or "short")
        if "legend" in missing:
            object.__setattr__(self, "legend", inference.legend_of(self.expression, self.title))
        object.__setattr__(self, "guessed", tuple(missing))

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
        return attrs.evolve(
            self, guards=(*self.guards, *more), unguarded=self.base, recorded_as="", source=declared_here()
        )

    def named(self, name: str) -> Signal:
        """Return the signal with its guards under a short name of its own, for its recording rule.

        Args:
            name: an identifier, such as `live_lag`: the rule becomes `server:debezium_live_lag_seconds:max`.
        """
        return attrs.evolve(self, recorded_as=name, unguarded=self.base)

    def _not_computed_with(self, _other: object) -> NoReturn:
        raise DeclarationError(
            f"Signal {self.name!r} is not a number: compare it with a level, {self.name.upper()}.above('warning'), and "
            "compute in its expression",
            declared_here(),
        )

    __gt__ = __ge__ = __lt__ = __le__ = _not_computed_with
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _not_computed_with

    def above(self, level: str) -> Condition:
        """Return the condition that the signal is above a level of a threshold set."""
        return Condition(self, "threshold", level=level, direction="above")

    def below(self, level: str) -> Condition:
        """Return the condition that the signal is below a level of a threshold set."""
        return Condition(self, "threshold", level=level, direction="below")

    def is_at(self, level: str) -> Condition:
        """Return the condition that the signal is in the state that a level of a threshold set names."""
        return Condition(self, "state", level=level, direction="equals")

    def within(self, level: str) -> Within:
        """Return what an objective calls good: that the signal is not beyond a level of a threshold set.

        Args:
            level: the level's name; of a state, the signal is good where it is in the other one.
        """
        return Within(self, level)

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
@attrs.frozen(repr=False)
class Within(Value):
    """When a signal is good: not beyond a level. Made by `Signal.within`, for an `Objective`.

    Attributes:
        signal: the signal.
        level: name of the level in the objective's threshold set.
    """

    signal: Signal
    level: str = attrs.field(validator=is_name)


@checked
@attrs.frozen(repr=False)
class Condition(Value):
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

    @window.validator
    def _check_window(self, _attribute: attrs.Attribute[str], value: str) -> None:
        if self.kind in {"absence", "change"} and promql.duration_seconds(value) == 0:
            raise DeclarationError(f"Condition within must be longer than 0, such as '5m'; got {value!r}")

    for_: str = attrs.field(kw_only=True, default="0s", converter=duration, validator=is_duration)
    resolution: str = attrs.field(kw_only=True, default="0s", converter=duration, validator=is_duration)
