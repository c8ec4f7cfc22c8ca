"""What all kinds of panels have in common: how one is declared, sized and remembered.

Each kind is a file in `dashlib/declare/panel_kinds/`; its builder returns a grafanalib panel. What a grafanalib object
has no attribute for (size, key, signal, the place of the declaration) is noted beside it, see `note_of`. Width and
height are in Grafana's grid units: the dashboard is 24 wide, a unit of height is 30 pixels.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple, TypedDict, TypeVar

import attr
from grafanalib import core

from dashlib.declare.fields import value_mapping
from dashlib.declare.signals import Signal
from dashlib.declare.units import check_unit
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.fields import Mappings
    from dashlib.declare.thresholds import ThresholdSet
    from dashlib.declare.words import Color, Digits

GRID_WIDTH = 24

# How much of each time unit one second is: the units a panel may be asked to convert between.
_TIME_UNITS = {"ns": 1e9, "µs": 1e6, "ms": 1e3, "s": 1.0, "m": 1 / 60, "h": 1 / 3600, "d": 1 / 86400}

_NOTE = "_dashlib_note"

_Panel = TypeVar("_Panel", bound=core.Panel)


# What every panel makes a few of is a named tuple: made in a third of the time that an attrs class takes.


class Note(NamedTuple):
    """What dashlib knows of a panel beyond its grafanalib object.

    Attributes:
        source: where the panel was declared.
        signals: what it shows, the one that its thresholds belong to first.
        key: what its id is made from; the title if empty.
        width: grid columns; None to share the line.
        height: grid units; None for the row's or the kind's.
        thresholds: the panel's own threshold set; None for the dashboard's.
        base_color: color below the first step; the signal's if empty.
        factor: from the signal's unit to the panel's (1000 from `s` to `ms`).
        ranged: the kind draws a value within a range, so that it needs a maximum.
    """

    source: Source
    signals: tuple[Signal, ...] = ()
    key: str = ""
    width: int | None = None
    height: int | None = None
    thresholds: ThresholdSet | None = None
    base_color: str = ""
    factor: float = 1.0
    ranged: bool = False


def note_of(panel: object) -> Note | None:
    """Return what was noted when a builder made this panel; None for a panel made without one."""
    noted = getattr(panel, "__dict__", None)
    note: Note | None = noted.get(_NOTE) if noted else None
    return note


def remember(panel: _Panel, note: Note) -> _Panel:
    """Return a panel, with a note for `note_of`."""
    panel.__dict__[_NOTE] = note
    return panel


@attr.s(auto_attribs=True)
class SignalTarget(core.Target):
    """A query for a signal; its PromQL is rendered when the dashboard is compiled.

    Attributes:
        signal: what is queried.
        factor: what the result is multiplied with, for a panel in another unit.
        most: ask for so many series with the lowest values only; 0 for all.
        rest: logical label that says, in a series of its own, how many more there are.
    """

    signal: Signal | None = None
    factor: float = 1.0
    most: int = 0
    rest: str = ""


def unit_factor(unit: str, shown: str) -> float:
    """Return what a value in one unit is multiplied with to be shown in another; 1 unless both are times."""
    if unit == shown or unit not in _TIME_UNITS or shown not in _TIME_UNITS:
        return 1.0
    return _TIME_UNITS[shown] / _TIME_UNITS[unit]


@functools.lru_cache(maxsize=512)
def state_mappings(signal: Signal) -> tuple[core.StatValueMappings, ...]:
    """Return the mapping of a signal's states to texts and colors; none for one that measures."""
    if not signal.states:
        return ()
    return (value_mapping({state.value: (state.text, state.color) for state in signal.states}),)


class Shown(NamedTuple):
    """What all kinds of panel make of a builder's common arguments."""

    note: Note
    title: str
    description: str
    unit: str
    decimals: Digits | None
    mappings: list[object]
    targets: list[SignalTarget]

    def remember(self, panel: _Panel) -> _Panel:
        """Return a panel, and note on it what is known of it beyond its attributes."""
        return remember(panel, self.note)


class PanelOptions(TypedDict, total=False):
    """The arguments that every builder of a signal's panel takes, all of them optional.

    Attributes:
        unit: Grafana unit to show; by default the signal's. Times are converted.
        decimals: digits after the point; by default the signal's.
        description: tooltip; by default the signal's description.
        legend: name of a series, from logical labels; by default the signal's.
        thresholds: threshold set; by default the dashboard's.
        color: Grafana color below the first step; by default the signal's.
        mappings: value mappings; by default the signal's states.
        width: grid columns, 1 to 24; by default the line's panels share them.
        height: grid units of 30 pixels; by default the row's, or the kind's (4 for `stat`, 8 for all others).
        key: what the panel's id is made from; by default the title.
    """

    unit: str
    decimals: Digits | None
    description: str
    legend: str
    thresholds: ThresholdSet | None
    color: Color
    mappings: Mappings | None
    width: int | None
    height: int | None
    key: str


def show(
    signals: Signal | Sequence[Signal],
    title: str,
    *,
    as_table: bool = False,
    now: bool = False,
    ranged: bool = False,
    unit: str = "",
    decimals: Digits | None = None,
    description: str = "",
    legend: str = "",
    thresholds: ThresholdSet | None = None,
    color: Color = "",
    mappings: Mappings | None = None,
    width: int | None = None,
    height: int | None = None,
    key: str = "",
) -> Shown:
    """Return what all kinds make of a builder's arguments: its signals, its title and its `PanelOptions`.

    The queries ask for rows of now (`as_table`), for this moment only (`now`), or for the dashboard's range; a kind
    that draws a value within a range is `ranged`.
    """
    shown = (signals,) if isinstance(signals, Signal) else tuple(signals)
    if not shown:
        raise DeclarationError("a panel needs at least one Signal; got an empty list")
    if len(shown) > len(_REF_IDS):
        raise DeclarationError(f"a panel has at most {len(_REF_IDS)} queries; got {len(shown)} signals")
    check_size("width", width, GRID_WIDTH)
    check_size("height", height, 1000)
    main = shown[0]
    unit = check_unit(unit or main.unit)
    factor = unit_factor(main.unit, unit)
    targets = [
        SignalTarget(
            expr=signal.expression,
            legendFormat=legend or signal.legend,
            refId=_REF_IDS[index],
            format="table" if as_table else "time_series",
            instant=as_table or now,
            signal=signal,
            factor=factor if signal.unit == main.unit else 1.0,
        )
        for index, signal in enumerate(shown)
    ]
    return Shown(
        note=Note(declared_here(), shown, key, width, height, thresholds, color, factor, ranged),
        title=title or main.title,
        description=description or main.description,
        unit=unit,
        decimals=main.decimals if decimals is None else decimals,
        mappings=list(state_mappings(main) if mappings is None else mappings),
        targets=targets,
    )


_REF_IDS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def check_size(name: str, value: int | None, largest: int) -> None:
    """Refuse a width or height that Grafana's grid does not have."""
    if value is None:
        return
    if not 1 <= value <= largest:
        raise DeclarationError(f"a panel's {name} must be 1 to {largest} grid units; got {value!r}")


# What stands where nothing is known now, in gray.
NO_VALUE = "–"
NO_VALUE_COLOR = "#8e8e8e"


def range_of(note: Note, minimum: float | None, maximum: float | None) -> tuple[float | None, float | None]:
    """Return the ends of a panel's range in its own unit: what its author says, or else the signal's, converted."""
    main = note.signals[0]
    low = main.minimum * note.factor if minimum is None and main.minimum is not None else minimum
    high = main.maximum * note.factor if maximum is None and main.maximum is not None else maximum
    return as_written(low), as_written(high)


def as_written(value: float | None) -> float | None:
    """Return a whole number as an integer, as Grafana writes it."""
    return int(value) if value is not None and float(value).is_integer() else value


def field_defaults(**settings: object) -> dict[str, object] | None:
    """Return grafanalib's `extraJson` for field settings that a class has no attribute for; None without any."""
    given = {name: value for name, value in settings.items() if value is not None}
    return {"fieldConfig": {"defaults": given}} if given else None
