"""What all kinds of panels have in common: the value that builders return, and what they make of their arguments.

Each kind is a file in `dashlib/declare/panel_kinds/`. Width and height are in Grafana's grid units: the dashboard is 24
wide, a unit of height is 30 pixels.
"""

from __future__ import annotations

import functools
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypedDict

import attrs

from dashlib.declare.fields import ValueMapping, value_mapping
from dashlib.declare.queries import Query
from dashlib.declare.signals import Signal
from dashlib.declare.units import check_unit
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashlib.declare.fields import Mappings
    from dashlib.declare.thresholds import ColorStep, ThresholdSet
    from dashlib.declare.words import Color, Digits

GRID_WIDTH = 24

# How much of each time unit one second is: the units a panel may be asked to convert between.
_TIME_UNITS = {"ns": 1e9, "µs": 1e6, "ms": 1e3, "s": 1.0, "m": 1 / 60, "h": 1 / 3600, "d": 1 / 86400}

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


# What every panel makes a few of is a named tuple: made in a third of the time that an attrs class takes.


class Note(NamedTuple):
    """What dashlib knows of a panel beyond what Grafana is told.

    Attributes:
        source: where the panel was declared.
        signals: what it shows, the one that its thresholds belong to first; none for PromQL alone.
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


@attrs.frozen(kw_only=True)
class Panel:
    """A panel, as declared: what Grafana is told of it, before signals are rendered. Made by the panel builders.

    dashlib's own values (targets, mappings, links, overrides, transformations) and grafanalib's are encoded when the
    dashboard is compiled; JSON, as a dict, stays as it is.

    Attributes:
        kind: Grafana's id of the panel plugin, its `type`; empty for one that only its own encoder knows.
        title: of the panel.
        description: tooltip.
        targets: its queries.
        options: the plugin's `options`.
        fields: settings of all series, under `fieldConfig.defaults`, by Grafana's name; those that are None or empty
            are left out.
        custom: settings of all series that only this kind has; those that are None are left out.
        overrides: settings of some series.
        thresholds: color steps (`ColorStep`); None for those of the signal that it shows, empty for none.
        threshold_mode: whether steps are values or a percentage of the range.
        transformations: of its data, in order.
        links: in its heading.
        datasource: name, uid, variable or reference; None for the dashboard's.
        settings: what any panel may set and few do, by Grafana's name: `transparent`, `repeat`, `repeatDirection`,
            `maxPerRow`, `maxDataPoints`, `interval`, `timeFrom`, `timeShift`, `cacheTimeout`, `hideTimeOverride`.
        extra: JSON that is merged into the panel's last.
        id: in its JSON, until the dashboard gives it one.
        position: `gridPos` of a panel whose place somebody else chose; its width and height are kept.
        note: what a builder knows of it; None for a panel that no builder made.
    """

    kind: str
    title: str = ""
    description: str = ""
    targets: Sequence[object] = ()
    options: Mapping[str, object] = _NOTHING
    fields: Mapping[str, object] = _NOTHING
    custom: Mapping[str, object] = _NOTHING
    overrides: Sequence[object] = ()
    thresholds: Sequence[object] | None = None
    threshold_mode: str = "absolute"
    transformations: Sequence[object] = ()
    links: Sequence[object] = ()
    datasource: object = None
    settings: Mapping[str, object] = _NOTHING
    extra: Mapping[str, object] = _NOTHING
    id: int | None = None
    position: Mapping[str, int] | None = None
    note: Note | None = None


def note_of(panel: object) -> Note | None:
    """Return what a builder noted of a panel; None for a panel that no builder made."""
    return panel.note if isinstance(panel, Panel) else None


@attrs.frozen(kw_only=True)
class PrometheusTarget:
    """What queries of a Prometheus have in common.

    Attributes:
        ref_id: the query's name in its panel, `A` for the first; empty for the next letter.
        legend: name of a series; labels stand in double braces.
        format: what Grafana makes of the answer: `time_series`, `table` or `heatmap`.
        instant: ask for this moment only instead of the dashboard's range.
        interval: least step between two samples; empty for Grafana's.
        hide: ask, and draw nothing.
        datasource: None for the panel's.
        extra: JSON that is merged into the query's last.
    """

    ref_id: str = ""
    legend: str = ""
    format: str = "time_series"
    instant: bool = False
    interval: str = ""
    hide: bool = False
    datasource: object = None
    extra: Mapping[str, object] = _NOTHING


@attrs.frozen(kw_only=True)
class PromqlTarget(PrometheusTarget):
    """A query in PromQL that is used as it is.

    Attributes:
        expression: PromQL.
        query: what a builder was given; None for a query of a panel that no builder made.
    """

    expression: str
    query: Query | None = None


@attrs.frozen(kw_only=True)
class SignalTarget(PrometheusTarget):
    """A query for a signal; its PromQL is rendered, and its legend's labels are named, when the dashboard is compiled.

    Attributes:
        signal: what is queried.
        factor: what the result is multiplied with, for a panel in another unit.
        most: ask for so many series with the lowest values only; 0 for all.
        highest: for those with the highest values instead.
        rest: logical label that says, in a series of its own, how many more there are.
    """

    signal: Signal
    factor: float = 1.0
    most: int = 0
    highest: bool = False
    rest: str = ""


def unit_factor(unit: str, shown: str) -> float:
    """Return what a value in one unit is multiplied with to be shown in another; 1 unless both are times."""
    if unit == shown or unit not in _TIME_UNITS or shown not in _TIME_UNITS:
        return 1.0
    return _TIME_UNITS[shown] / _TIME_UNITS[unit]


@functools.lru_cache(maxsize=512)
def state_mappings(signal: Signal) -> tuple[ValueMapping, ...]:
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
    mappings: Sequence[object]
    targets: Sequence[SignalTarget | PromqlTarget]
    shown: Sequence[Signal | Query]

    def panel(
        self,
        kind: str,
        *,
        options: Mapping[str, object],
        fields: Mapping[str, object],
        custom: Mapping[str, object] = _NOTHING,
        overrides: Sequence[object] = (),
        thresholds: Sequence[ColorStep] | None = None,
        transformations: Sequence[object] = (),
        settings: Mapping[str, object] = _NOTHING,
        extra: Mapping[str, object] = _NOTHING,
    ) -> Panel:
        """Return the panel, with what its kind adds; see `Panel`."""
        return Panel(
            kind=kind,
            title=self.title,
            description=self.description,
            targets=self.targets,
            options=options,
            fields=fields,
            custom=custom,
            overrides=overrides,
            thresholds=thresholds,
            transformations=transformations,
            settings=settings,
            extra=extra,
            note=self.note,
        )


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
    signals: Signal | Query | Sequence[Signal | Query],
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
    shown = (signals,) if isinstance(signals, Signal | Query) else tuple(signals)
    if not shown:
        raise DeclarationError("a panel needs at least one Signal or promql() query; got an empty list")
    if len(shown) > len(_REF_IDS):
        raise DeclarationError(f"a panel has at most {len(_REF_IDS)} queries; got {len(shown)} signals")
    check_size("width", width, GRID_WIDTH)
    check_size("height", height, 1000)
    first = shown[0]
    title = title or (first.title if isinstance(first, Signal) else first.name)
    if not title:
        raise DeclarationError(f"a panel of {first.expression!r} needs a title, or its promql() a name")
    unit = unit or first.unit
    if unit:
        check_unit(unit)
    targets: list[SignalTarget | PromqlTarget] = []
    factors: list[float] = []
    asked = PrometheusTarget(format="table" if as_table else "time_series", instant=as_table or now)
    for ref_id, each in zip(_REF_IDS, shown, strict=False):
        asked = attrs.evolve(asked, ref_id=ref_id, legend=legend or each.legend or title)
        common = attrs.asdict(asked, recurse=False)
        if isinstance(each, Query):
            targets.append(PromqlTarget(**common, expression=each.expression, query=each))
            continue
        is_alike = isinstance(first, Query) or each.unit == first.unit
        factors.append(unit_factor(each.unit, unit) if is_alike else 1.0)
        targets.append(SignalTarget(**common, signal=each, factor=factors[-1]))
    own = tuple(each for each in shown if isinstance(each, Signal))
    # What nobody says of a panel, its first signal does.
    main = own[0] if own else None
    return Shown(
        note=Note(declared_here(), own, key, width, height, thresholds, color, factors[0] if factors else 1.0, ranged),
        title=title,
        description=description or (first.description if isinstance(first, Signal) else ""),
        unit=unit,
        decimals=main.decimals if decimals is None and main is not None else decimals,
        mappings=(state_mappings(main) if main is not None else ()) if mappings is None else tuple(mappings),
        targets=targets,
        shown=shown,
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
    if not note.signals:
        return as_written(minimum), as_written(maximum)
    main = note.signals[0]
    low = main.minimum * note.factor if minimum is None and main.minimum is not None else minimum
    high = main.maximum * note.factor if maximum is None and main.maximum is not None else maximum
    return as_written(low), as_written(high)


def as_written(value: float | None) -> float | None:
    """Return a whole number as an integer, as Grafana writes it."""
    return int(value) if value is not None and float(value).is_integer() else value


def last_fields(**settings: object) -> Mapping[str, object]:
    """Return a panel's `extra` for field settings that stand after its thresholds; those that are None are left out."""
    given = {name: value for name, value in settings.items() if value is not None}
    return {"fieldConfig": {"defaults": given}} if given else _NOTHING
