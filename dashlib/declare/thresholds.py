"""Threshold sets: at which value a signal is a warning or critical, and for how long.

A panel takes its color steps from a set and a rule names one of the set's levels, so that the two cannot drift apart.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

import attrs

from dashlib.declare.arguments import checked, nearest
from dashlib.declare.signals import Direction, duration, is_duration, is_filled, is_name
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashlib.declare.signals import Signal
    from dashlib.declare.words import Color

SEVERITY_COLORS: dict[str, str] = {"info": "blue", "warning": "yellow", "critical": "red"}
_SEVERITY_ORDER = ("info", "warning", "critical")


def severity_color(name: str) -> str:
    """Return Grafana's color of a severity, or of a level of that name; orange for one of the project's own."""
    return SEVERITY_COLORS.get(name, "orange")


@checked
@attrs.frozen(repr=False)
class Level(Value):
    """A level of a threshold set: from where on a signal is a warning or critical, and for how long.

    Exactly one of `above`, `below` and `equals` is set.

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
    name: str = attrs.field(validator=is_name)
    above: float | None = attrs.field(kw_only=True, default=None)
    below: float | None = attrs.field(kw_only=True, default=None)
    equals: float | None = attrs.field(kw_only=True, default=None)
    for_: str = attrs.field(kw_only=True, default="0s", converter=duration, validator=is_duration)
    color: Color = attrs.field(kw_only=True)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False, eq=False)

    @color.default
    def _severity_color(self) -> str:
        return severity_color(self.name)

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
@attrs.frozen(repr=False)
class Step(Value):
    """A color step that panels show and no rule fires at.

    Attributes:
        signal: the signal.
        above: the color holds from this value on, in the signal's unit.
        color: Grafana color name.
    """

    signal: Signal
    above: float
    color: Color = attrs.field(validator=is_filled)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False, eq=False)


@attrs.frozen(repr=False)
class ColorStep(Value):
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
@attrs.frozen(eq=False, repr=False)
class ThresholdSet(Value):
    """A named set of levels and display steps: what one team, database or lesson calls too much.

    A level belongs to the signal of that name, however it is titled or guarded where it is shown.

    Attributes:
        name: identifier, lower case with underscores.
        levels: what rules fire at and panels show.
        display: steps that panels show beside the levels.
    """

    name: str = attrs.field(validator=is_name)
    levels: tuple[Level, ...] = attrs.field(converter=_levels, default=())
    display: tuple[Step, ...] = attrs.field(converter=_display, default=())
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

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
        check_order(self, _SEVERITY_ORDER)

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
            f"{nearest(name, known, fallback='it has')}"
        )

    def steps(self, signal: Signal, *, base_color: Color = "") -> tuple[ColorStep, ...]:
        """Return the color steps of a panel that shows the signal, ascending, the base step first.

        A signal with states has a step for each state. Otherwise the steps are the set's levels and display steps
        for it; where both stand at one value, the level's color wins.

        Args:
            signal: the signal that the panel shows.
            base_color: Grafana color below the first step; by default the signal's.
        """
        return color_steps(self, signal, base_color)

    def levels_of(self, signal: Signal) -> tuple[Level, ...]:
        """Return the levels that the set has for a signal."""
        return tuple(level for level in self.levels if level.signal.name == signal.name)


@functools.lru_cache(maxsize=1024)  # a panel asks twice, and 1,000 dashboards show the same few signals
def color_steps(thresholds: ThresholdSet, signal: Signal, base_color: Color = "") -> tuple[ColorStep, ...]:
    """Return what `ThresholdSet.steps` does, for the compiler, whose arguments need no check."""
    if signal.states:
        first, *others = sorted(signal.states, key=lambda state: state.value)
        return (
            ColorStep(first.color, None, signal.source),
            *(ColorStep(state.color, state.value, signal.source) for state in others),
        )
    steps = {
        step.above: ColorStep(step.color, step.above, step.source)
        for step in thresholds.display
        if step.signal.name == signal.name
    }
    levels = [level for level in thresholds.levels if level.signal.name == signal.name]
    for level in levels:
        if level.direction == "above":
            steps[level.value] = ColorStep(level.color, level.value, level.source)
    falling = sorted((level for level in levels if level.direction == "below"), key=_value)
    for level, following in zip(falling, [*falling, None][1:], strict=True):
        above = signal.color if following is None else following.color
        steps[level.value] = ColorStep(above, level.value, level.source)
    base = falling[0].color if falling else base_color or signal.color
    return (ColorStep(base, None), *(steps[value] for value in sorted(steps)))


def _value(level: Level) -> float:
    return level.value


def check_order(thresholds: ThresholdSet, severities: Sequence[str]) -> None:
    """Refuse a level that is worse than another by its name and milder by its value.

    Args:
        thresholds: the set.
        severities: the names of levels that are severities, the mildest first.

    Raises:
        DeclarationError: the message names the signal and both levels.
    """
    by_signal: dict[str, dict[str, Level]] = {}
    for level in thresholds.levels:
        by_signal.setdefault(level.signal.name, {})[level.name] = level
    for levels in by_signal.values():
        _check_levels(thresholds.name, [levels[severity] for severity in severities if severity in levels])


def _check_levels(name: str, ordered: Sequence[Level]) -> None:
    for milder, worse in itertools.pairwise(ordered):
        if milder.direction != worse.direction:
            raise DeclarationError(
                f"threshold set {name!r}: {worse.signal.name} is {milder.name} {milder.direction} "
                f"{milder.value:g} but {worse.name} {worse.direction} {worse.value:g}; use one direction for both",
                worse.source,
            )
        in_order = milder.value < worse.value if worse.direction == "above" else milder.value > worse.value
        if worse.direction != "equals" and not in_order:
            raise DeclarationError(
                f"threshold set {name!r}: {worse.signal.name} is {milder.name} {milder.direction} "
                f"{milder.value:g} and {worse.name} {worse.direction} {worse.value:g}; {worse.name} must lie "
                f"{worse.direction} {milder.name}",
                worse.source,
            )


NO_THRESHOLDS = ThresholdSet("none")
