"""Panel builders: one function a panel kind, each returning a grafanalib panel.

A builder takes a signal, or several, and everything else has a default that the signal or Grafana's users would
choose. What a grafanalib object has no attribute for (size, key, signal, the place of the declaration) is noted
beside it, see `note_of`. Width and height are in Grafana's grid units: the dashboard is 24 wide, a unit of height
is 30 pixels.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict, TypeVar, Unpack

import attr
import attrs
from grafanalib import core

from dashlib.declare.arguments import checked, nearest
from dashlib.declare.signals import Signal, State, ThresholdSet
from dashlib.declare.units import check_unit
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here

if TYPE_CHECKING:
    from dashlib.declare.words import (
        Address,
        Calculations,
        Color,
        Digits,
        OptionalLabelName,
        Percentage,
        RegularExpression,
        RelativeTime,
        RunbookFile,
        TransformationId,
    )

GRID_WIDTH = 24

# How much of each time unit one second is: the units a panel may be asked to convert between.
_TIME_UNITS = {"ns": 1e9, "µs": 1e6, "ms": 1e3, "s": 1.0, "m": 1 / 60, "h": 1 / 3600, "d": 1 / 86400}

_NOTE = "_dashlib_note"

_Panel = TypeVar("_Panel", bound=core.Panel)


@attrs.frozen(slots=True)
class Note:
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
    note = getattr(panel, "__dict__", {}).get(_NOTE)
    return note if isinstance(note, Note) else None


@attr.s(auto_attribs=True)
class SignalTarget(core.Target):
    """A query for a signal; its PromQL is rendered when the dashboard is compiled.

    Attributes:
        signal: what is asked for.
        factor: what the result is multiplied with, for a panel in another unit.
        most: ask for so many series with the lowest values only; 0 for all.
        rest: logical label that says, in a series of its own, how many more there are.
    """

    signal: Signal | None = None
    factor: float = 1.0
    most: int = 0
    rest: str = ""


# What a field override may set; Grafana's `custom.…` depend on the kind of panel.
FIELD_SETTINGS = (
    "unit", "decimals", "min", "max", "displayName", "mappings", "thresholds", "color", "links", "noValue",
    "description", "filterable", "fieldMinMax", "actions", "writeable", "path",
)  # fmt: skip


@attrs.frozen
class Override:
    """Field settings for some of a panel's series or columns.

    Made by `override`; what they may be is in Grafana's documentation, under "Configure field overrides".

    Attributes:
        matcher: `byName`, `byRegexp`, `byType` or `byFrameRefID`.
        value: what the matcher looks for.
        properties: setting by its path, for example `{"unit": "s", "custom.width": 120}`.
    """

    matcher: Literal["byName", "byRegexp", "byType", "byFrameRefID"]
    value: str
    properties: Mapping[str, object]


@checked
def override(
    *,
    name: str = "",
    pattern: RegularExpression = "",
    field_type: Literal["", "number", "string", "time", "boolean"] = "",
    query: str = "",
    **properties: object,
) -> Override:
    """Return an override for the fields of one name, regular expression, type or query.

    Args:
        name: exact name of a series or column.
        pattern: regular expression that names match.
        field_type: `number`, `string`, `time` or `boolean`.
        query: refId of a query, `A` for the first.
        properties: settings; `custom__width=120` stands for Grafana's `custom.width`.

    Raises:
        DeclarationError: none, or more than one, of the four ways to choose fields is given.
    """
    chosen: list[tuple[Literal["byName", "byRegexp", "byType", "byFrameRefID"], str]] = []
    if name:
        chosen.append(("byName", name))
    if pattern:
        chosen.append(("byRegexp", pattern))
    if field_type:
        chosen.append(("byType", field_type))
    if query:
        chosen.append(("byFrameRefID", query))
    if len(chosen) != 1:
        raise DeclarationError(
            f"override() needs exactly one of name, pattern, field_type, query; got {len(chosen)} of them"
        )
    for path in properties:
        if not any(mark in path for mark in ("__", ".")) and path not in FIELD_SETTINGS:
            raise DeclarationError(
                f"override() has no field setting {path!r}; {nearest(path, FIELD_SETTINGS)} (a setting of a kind of "
                "panel is written custom__width=120)"
            )
    matcher, value = chosen[0]
    return Override(matcher, value, {path.replace("__", "."): setting for path, setting in properties.items()})


@attrs.frozen
class Transformation:
    """One of Grafana's transformations of a panel's data.

    Attributes:
        id: Grafana's id of it, for example `merge`, `sortBy`, `joinByField`.
        options: its options, as Grafana's documentation of that transformation names them.
    """

    id: str
    options: Mapping[str, object] = attrs.field(factory=dict)


@checked
def transformation(id_: TransformationId, **options: object) -> Transformation:
    """Return a transformation: `transformation("joinByField", byField="server", mode="outer")`."""
    return Transformation(id_, options)


@attrs.frozen
class Columns:
    """Which columns a table shows, in order, and what they are called.

    Attributes:
        titles: column title by logical label, or by signal for its value.
        signals: the signals of the table's queries, in order.
    """

    titles: tuple[tuple[str | Signal, str], ...]
    signals: tuple[Signal, ...]


@checked
def value_mapping(texts: Mapping[object, tuple[str, Color]]) -> core.StatValueMappings:
    """Return a mapping from values to text and color: `value_mapping({0: ("Off", "red"), 1: ("On", "green")})`."""
    return core.StatValueMappings(
        *(
            core.StatValueMappingItem(text, str(value), color, index)
            for index, (value, (text, color)) in enumerate(texts.items())
        )
    )


@checked
def range_mapping(start: int, end: int, text: str, color: Color) -> core.StatRangeMappings:
    """Return a mapping of all values from `start` to `end` (both included) to a text and color."""
    if start > end:
        raise DeclarationError(f"range_mapping() starts at {start} and ends at {end}; the start is the lower one")
    return core.StatRangeMappings(text, start, end, color, 0)


@attrs.frozen
class SpecialMapping:
    """A text and color for values that are no number. Made by `special_mapping`."""

    match: Literal["null", "nan", "null+nan", "true", "false", "empty"]
    text: str
    color: Color


@checked
def special_mapping(
    match: Literal["null", "nan", "null+nan", "true", "false", "empty"], text: str, color: Color
) -> SpecialMapping:
    """Return a mapping of null, NaN, true, false or empty to a text and color."""
    return SpecialMapping(match, text, color)


Mappings = Sequence[core.StatValueMappings | core.StatRangeMappings | SpecialMapping]


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


@attrs.frozen(slots=True)
class _Shown:
    """What all kinds of panel make of a builder's common arguments."""

    note: Note
    title: str
    description: str
    unit: str
    decimals: Digits | None
    mappings: list[object]
    targets: list[SignalTarget]

    def remember(self, panel: _Panel) -> _Panel:
        panel.__dict__[_NOTE] = self.note
        return panel


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


def _show(
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
) -> _Shown:
    shown = (signals,) if isinstance(signals, Signal) else tuple(signals)
    if not shown:
        raise DeclarationError("a panel shows a Signal or a list of them; got an empty list")
    if len(shown) > len(_REF_IDS):
        raise DeclarationError(f"a panel asks at most {len(_REF_IDS)} queries; got {len(shown)} signals")
    _check_size("width", width, GRID_WIDTH)
    _check_size("height", height, 1000)
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
    return _Shown(
        note=Note(declared_here(), shown, key, width, height, thresholds, color, factor, ranged),
        title=title or main.title,
        description=description or main.description,
        unit=unit,
        decimals=main.decimals if decimals is None else decimals,
        mappings=list(state_mappings(main) if mappings is None else mappings),
        targets=targets,
    )


_REF_IDS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _check_size(name: str, value: int | None, largest: int) -> None:
    if value is None:
        return
    if not 1 <= value <= largest:
        raise DeclarationError(f"a panel's {name} is 1 to {largest} grid units; got {value!r}")


Calculation = Literal["mean", "max", "min", "sum", "range"]


@checked
def stat(
    signals: Signal | Sequence[Signal],
    title: str = "",
    *,
    calculation: Calculation | None = None,
    sparkline: bool = False,
    overrides: Sequence[Override] = (),
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> core.Stat:
    """Return a stat panel: the value that each series has now, in its threshold's or state's color.

    It asks for this moment only. The last value of a range would go on being shown for as long as the dashboard looks
    back after its series has vanished, which is when it matters.

    Args:
        signals: what is shown.
        title: by default the signal's title.
        calculation: show this of the dashboard's range instead of the value now.
        sparkline: draw the course behind what was calculated.
        overrides: settings for single series.
        no_value: text where there is no series.
        options: unit, decimals, description and so on; see `PanelOptions`.

    Raises:
        DeclarationError: an argument is wrong; the message says which.
    """
    if sparkline and calculation is None:
        raise DeclarationError(
            "a sparkline needs a range, and the last value of a range is shown long after its series vanished: say "
            "what is calculated from it, for example calculation='max'"
        )
    shown = _show(signals, title, now=calculation is None, **options)
    return shown.remember(
        core.Stat(
            title=shown.title,
            description=shown.description,
            format=shown.unit,
            decimals=shown.decimals,
            mappings=shown.mappings,
            overrides=list(overrides),
            graphMode="area" if sparkline else "none",
            reduceCalc=calculation or "lastNotNull",
            noValue=no_value,
            maxDataPoints=None,
            targets=shown.targets,
        )
    )


@checked
def gauge(
    signals: Signal | Sequence[Signal],
    title: str = "",
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> core.GaugePanel:
    """Return a round gauge for the value that each series has now; for many connectors see `bar_gauge` and `table`.

    Args:
        signals: what is shown.
        title: by default the signal's title.
        minimum: lower end of the range, in the panel's unit; by default the signal's, or 0.
        maximum: upper end, in the panel's unit; by default the signal's, or twice the highest threshold step.
        no_value: as for `stat`.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = _show(signals, title, now=True, ranged=True, **options)
    low, high = _range(shown.note, minimum, maximum)
    return shown.remember(
        core.GaugePanel(
            title=shown.title,
            description=shown.description,
            format=shown.unit,
            decimals=shown.decimals,
            valueMaps=shown.mappings,
            calc="lastNotNull",
            min=0 if low is None else low,
            max=high,
            thresholds=[],
            maxDataPoints=None,
            extraJson=_no_value(no_value),
            targets=shown.targets,
        )
    )


@checked
def bar_gauge(
    signals: Signal | Sequence[Signal],
    title: str = "",
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> core.BarGauge:
    """Return a bar gauge: one horizontal bar for the value that each series has now.

    Args:
        signals: what is shown.
        title: by default the signal's title.
        minimum: left end of the range, in the panel's unit; by default the signal's, or 0.
        maximum: right end, in the panel's unit; by default the signal's, or twice the highest threshold step.
        no_value: as for `stat`.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = _show(signals, title, now=True, ranged=True, **options)
    low, high = _range(shown.note, minimum, maximum)
    return shown.remember(
        core.BarGauge(
            title=shown.title,
            description=shown.description,
            format=shown.unit,
            decimals=shown.decimals,
            valueMaps=shown.mappings,
            calc="lastNotNull",
            displayMode="gradient",
            orientation="horizontal",
            min=0 if low is None else low,
            max=high,
            thresholds=[],
            maxDataPoints=None,
            extraJson=_no_value(no_value),
            targets=shown.targets,
        )
    )


@checked
def timeseries(
    signals: Signal | Sequence[Signal],
    title: str = "",
    *,
    legend_calculations: Sequence[Calculations] = ("mean", "max"),
    threshold_lines: bool = True,
    stacked: bool = False,
    fill: Percentage = 10,
    minimum: float | None = None,
    maximum: float | None = None,
    overrides: Sequence[Override] = (),
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> core.TimeSeries:
    """Return a time series panel: a line a series, the set's threshold steps as lines across.

    Args:
        signals: what is drawn.
        title: by default the signal's title.
        legend_calculations: columns of the legend table (`mean`, `max`, `lastNotNull`); empty for a plain list.
        threshold_lines: draw the set's steps as lines, where it has any for the signal.
        stacked: stack the series.
        fill: opacity below the line, percent 0-100.
        minimum: lower end of the axis, in the panel's unit; by default the signal's.
        maximum: upper end of the axis, in the panel's unit; by default the signal's.
        overrides: as for `stat`.
        no_value: as for `stat`.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = _show(signals, title, **options)
    low, high = _range(shown.note, minimum, maximum)
    soft = minimum is None and low == 0 and high is None
    return shown.remember(
        core.TimeSeries(
            title=shown.title,
            description=shown.description,
            unit=shown.unit,
            valueDecimals=shown.decimals,
            # A measure without an upper end starts at its minimum, but a value below it is still drawn.
            axisSoftMin=0 if soft else None,
            mappings=shown.mappings,
            overrides=list(overrides),
            lineWidth=2,
            fillOpacity=fill,
            showPoints="never",
            stacking={"mode": "normal", "group": "A"} if stacked else {},
            legendDisplayMode="table" if legend_calculations else "list",
            legendCalcs=list(legend_calculations),
            tooltipMode="multi",
            tooltipSort="desc",
            thresholdsStyleMode="line" if threshold_lines else "off",
            maxDataPoints=None,
            extraJson=_field_defaults(min=None if soft else low, max=high, noValue=no_value),
            targets=shown.targets,
        )
    )


@checked
def state_timeline(
    signals: Signal | Sequence[Signal],
    title: str = "",
    *,
    time_from: RelativeTime = "",
    overrides: Sequence[Override] = (),
    **options: Unpack[PanelOptions],
) -> core.StateTimeline:
    """Return a state timeline: a band a series that changes color with its state.

    Args:
        signals: what is drawn; a signal with states.
        title: by default the signal's title.
        time_from: how far it looks back, whatever the dashboard does: `24h`.
        overrides: as for `stat`.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = _show(signals, title, **options)
    return shown.remember(
        core.StateTimeline(
            title=shown.title,
            description=shown.description,
            mappings=shown.mappings,
            overrides=list(overrides),
            maxDataPoints=None,
            timeFrom=time_from or None,
            extraJson={"fieldConfig": {"defaults": {"unit": shown.unit}}},
            targets=shown.targets,
        )
    )


Cell = Literal["plain", "text", "background", "gauge"]


class _ColumnSettings(TypedDict):
    title: str
    cell: Cell
    width: int | None
    links: tuple[core.DataLink, ...]
    hidden: bool
    rest: bool


@attrs.frozen
class Column:
    """How a table shows a signal's column; encoded as the override of the fields of that title.

    Attributes:
        title: of the column.
        signal: whose values it holds; None for a label.
        cell: `background` and `text` color the cell or its text by state or threshold, `gauge` draws a bar.
        width: pixels; None for Grafana's choice.
        links: what a click on a cell offers.
        hidden: not shown, and there for links: `${__data.fields["Column"]}`.
        rest: a last row counts what is not listed; see `rest_rows`.
        unit: Grafana unit of the values; of a label `string` where Grafana would take the panel's, else empty.
        decimals: digits after the point; None for Grafana's choice.
        factor: from the signal's unit to the column's.
        mappings: instead of the signal's states; None for these.
        thresholds: the panel's own threshold set; None for the dashboard's.
        base_color: color below the first step; the signal's if empty.
    """

    title: str
    signal: Signal | None
    cell: Cell = "plain"
    width: int | None = None
    links: tuple[core.DataLink, ...] = ()
    hidden: bool = False
    rest: bool = False
    unit: str = ""
    decimals: Digits | None = None
    factor: float = 1.0
    mappings: tuple[object, ...] | None = None
    thresholds: ThresholdSet | None = None
    base_color: str = ""


@checked
def table(
    signals: Signal | Sequence[Signal],
    title: str = "",
    *,
    columns: Mapping[str | Signal, str],
    order: Mapping[str, Literal["ascending", "descending"]] | None = None,
    most: int | None = None,
    rest: OptionalLabelName = "",
    cells: Mapping[str, Cell] | None = None,
    widths: Mapping[str, int] | None = None,
    links: Mapping[str, Sequence[core.DataLink]] | None = None,
    hidden: Sequence[str] = (),
    transformations: Sequence[Transformation] = (),
    overrides: Sequence[Override] = (),
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> core.Table:
    """Return a table of the values of now: a row a series, the labels and signals as columns.

    Args:
        signals: what is shown; rows of several signals with the same labels are merged.
        title: by default the signal's title.
        columns: column titles in order, by logical label or by signal: `{"server": "Connector", LAG: "Lag"}`.
            Other labels are not shown.
        order: by which columns rows are sorted, the first one first; by default by the first column, ascending.
        most: how many rows are shown at most; None for all.
        rest: logical label, of a column, in which a last row says how many more there are and whether they are well;
            for a table of one signal with states, the worst of which has the lowest value. Prometheus then answers
            with no more than these rows.
        cells: how a signal's column is shown, by its title: `plain`, `text` (the text is colored), `background`,
            `gauge` (a bar from the signal's minimum to its maximum). By default states have a background, and values
            colored text where the threshold set has steps for them.
        widths: of columns, in pixels, by their title.
        links: what a click on a column's cells offers, by its title; made by `data_link`.
        hidden: titles of columns that are only there for links.
        transformations: further transformations, after the columns were chosen.
        overrides: settings for single columns, by their title.
        no_value: text where there is no row.
        options: unit, decimals, description and so on; see `PanelOptions`.

    Raises:
        DeclarationError: there are no columns, or one is for a signal that the table does not query, or a title in
            another argument is none of a column.
    """
    shown = _show(signals, title, as_table=True, **options)
    queried = shown.note.signals
    for column in columns:
        if isinstance(column, Signal) and column not in queried:
            raise DeclarationError(f"table {shown.title!r} has a column for {column.name}, which it does not query")
    if not columns:
        raise DeclarationError(f"table {shown.title!r} has no columns; name at least one label or signal")
    titles = list(columns.values())
    twice = next((each for each in titles if titles.count(each) > 1), None)
    if twice is not None:
        raise DeclarationError(
            f"table {shown.title!r} has two columns {twice!r}; Grafana tells them apart by their titles"
        )
    order = order or {titles[0]: "ascending"}
    for name, named in {"order": order, "cells": cells, "widths": widths, "links": links, "hidden": hidden}.items():
        for column_title in named or ():
            if column_title not in titles:
                raise DeclarationError(
                    f"table {shown.title!r} has no column {column_title!r}, which {name} names; it has: "
                    + ", ".join(titles)
                )
    if most is not None and most < 1:
        raise DeclarationError(f"table {shown.title!r}: most is a number of rows, 1 or more; got {most!r}")
    if rest:
        if most is None or len(queried) != 1 or not queried[0].states or rest not in columns:
            raise DeclarationError(
                f"table {shown.title!r}: rest needs a number of rows (most), one signal with states, and a column for "
                f"the label {rest!r}"
            )
        shown.targets[0].most, shown.targets[0].rest = most, rest
    settings = [
        _column(
            key,
            shown,
            options,
            title=column_title,
            cell=(cells or {}).get(column_title, _default_cell(key)),
            width=(widths or {}).get(column_title),
            links=tuple((links or {}).get(column_title, ())),
            hidden=column_title in hidden,
            rest=bool(rest),
        )
        for key, column_title in columns.items()
    ]
    chosen: list[object] = [Columns(tuple(columns.items()), queried), *transformations]
    if most is not None and not rest:
        # The last sort is the first criterion: Grafana's sort keeps the order of what is equal.
        chosen += [_sort_by(each, direction) for each, direction in reversed(list(order.items()))]
        chosen.append(Transformation("limit", {"limitField": most}))
    return shown.remember(
        core.Table(
            title=shown.title,
            description=shown.description,
            unit=shown.unit,
            # Grafana puts what an override lists before the panel's own list, instead of it.
            mappings=[],
            overrides=[*settings, *overrides],
            transformations=chosen,
            sortBy=[]
            if most is not None and not rest
            else [core.TableSortByField(each, desc=direction == "descending") for each, direction in order.items()],
            maxDataPoints=None,
            extraJson=_field_defaults(decimals=shown.decimals, noValue=no_value),
            targets=shown.targets,
        )
    )


# What stands where nothing is known now, in grey.
NO_VALUE = "–"
NO_VALUE_COLOR = "#8e8e8e"


def rest_rows(signal: Signal) -> tuple[State, State]:
    """Return the states of the rows that count what a table does not list: those that are not well, and the others."""
    last = max(state.value for state in signal.states)
    return State(last + 1, "…", "dark-red"), State(last + 2, "…", "dark-green", well=True)


def _column(key: str | Signal, shown: _Shown, options: PanelOptions, **settings: Unpack[_ColumnSettings]) -> Column:
    """Return the settings of a column: the panel's for values in the unit of its first signal, else the signal's."""
    if not isinstance(key, Signal):
        return Column(signal=None, unit="" if shown.unit == "none" else "string", **settings)
    main = shown.note.signals[0]
    alike = key.unit == main.unit
    given = options.get("mappings")
    return Column(
        signal=key,
        unit=shown.unit if alike else key.unit,
        decimals=options.get("decimals", key.decimals) if alike else key.decimals,
        factor=shown.note.factor if alike else 1.0,
        mappings=None if given is None else tuple(given),
        thresholds=shown.note.thresholds,
        base_color=shown.note.base_color if key is main else "",
        **settings,
    )


def _default_cell(key: str | Signal) -> Cell:
    if not isinstance(key, Signal):
        return "plain"
    return "background" if key.states else "text"


def _sort_by(title: str, direction: str) -> Transformation:
    field: dict[str, object] = {"field": title}
    if direction == "descending":
        field["desc"] = True
    return Transformation("sortBy", {"sort": [field]})


@checked
def data_link(title: str, url: Address, *, new_tab: bool = False) -> core.DataLink:
    """Return a link that a click on a value offers.

    Args:
        title: its text.
        url: where it leads; `${__data.fields["Connector"]}` stands for another cell of the row, `${__url_time_range}`
            for the dashboard's time range, and variables for what is chosen.
        new_tab: open it in a new tab.
    """
    return core.DataLink(title=title, linkUrl=url, isNewTab=new_tab)


@attr.s(auto_attribs=True)
class RunbookLink(core.DataLink):
    """A data link to one of the project's runbooks; its address is the configuration's. Made by `runbook_link`."""


@checked
def runbook_link(title: str, page: RunbookFile) -> RunbookLink:
    """Return a link that a click on a value offers, to a page of the project's runbooks (`runbook_url`).

    Args:
        title: its text.
        page: with `.md`; `${__data.fields["Runbook"].text:raw}` stands for another cell of the row.
    """
    return RunbookLink(title=title, linkUrl=page, isNewTab=True)


@checked
def text(
    content: str,
    title: str = "",
    *,
    mode: Literal["markdown", "html"] = "markdown",
    description: str = "",
    width: int | None = None,
    height: int | None = None,
    key: str = "",
) -> core.Text:
    """Return a text panel. It cannot show query results: for a text that a query gives, use `table`.

    Args:
        content: Markdown, or HTML.
        title: may be empty; then `key` must be given.
        mode: what the content is written in.
        description: tooltip.
        width: grid columns, 1 to 24.
        height: grid units; by default the row's, or 4.
        key: what the panel's id is made from, by default the title.
    """
    if not title and not key:
        raise DeclarationError("a text panel needs a title, or a key from which its id can be made")
    _check_size("width", width, GRID_WIDTH)
    _check_size("height", height, 1000)
    panel = core.Text(title=title, description=description or None, content=content, mode=mode, maxDataPoints=None)
    panel.__dict__[_NOTE] = Note(declared_here(), key=key, width=width, height=height)
    return panel


def _range(note: Note, minimum: float | None, maximum: float | None) -> tuple[float | None, float | None]:
    """Return the ends of a panel's range in its own unit: what its author says, or else the signal's, converted."""
    main = note.signals[0]
    low = main.minimum * note.factor if minimum is None and main.minimum is not None else minimum
    high = main.maximum * note.factor if maximum is None and main.maximum is not None else maximum
    return _as_written(low), _as_written(high)


def _as_written(value: float | None) -> float | None:
    """Return a whole number as an integer, as Grafana writes it."""
    return int(value) if value is not None and float(value).is_integer() else value


def _no_value(text: str | None) -> dict[str, object] | None:
    return _field_defaults(noValue=text)


def _field_defaults(**settings: object) -> dict[str, object] | None:
    """Return grafanalib's `extraJson` for field settings that a class has no attribute for; None if there are none."""
    given = {name: value for name, value in settings.items() if value is not None}
    return {"fieldConfig": {"defaults": given}} if given else None
