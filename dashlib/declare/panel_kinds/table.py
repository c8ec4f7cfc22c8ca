"""The table: a row per series, labels and signals as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict, Unpack

import attrs

from dashlib.declare.datasource_queries import DatasourceQuery
from dashlib.declare.fields import Transformation
from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    BOOLEAN,
    HIDE_FROM_DEFAULTS,
    TEXT,
    choice,
    list_of,
    number,
    settings,
    whole_number,
)
from dashlib.declare.panels import SignalTarget, last_fields, panel_builder, show
from dashlib.declare.queries import Query
from dashlib.declare.signals import Signal, State
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dashlib.declare import foreign
    from dashlib.declare.fields import DataLink
    from dashlib.declare.panels import Panel, PanelOptions, Shown
    from dashlib.declare.thresholds import ThresholdSet
    from dashlib.declare.words import Digits, OptionalLabelName

Cell = Literal["plain", "text", "background", "gauge"]


class _ColumnSettings(TypedDict):
    title: str
    cell: Cell
    width: int | None
    links: tuple[DataLink | foreign.DataLink, ...]
    hidden: bool
    rest: bool


class Columns(NamedTuple):
    """Which columns a table shows, in order, and what they are called.

    Attributes:
        titles: column title by logical label, or by signal or query for its value.
        shown: the signals and queries of the table, in order.
    """

    titles: tuple[tuple[str | Signal | Query, str], ...]
    shown: tuple[Signal | Query | DatasourceQuery, ...]


class Column(NamedTuple):
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
    links: tuple[DataLink | foreign.DataLink, ...] = ()
    hidden: bool = False
    rest: bool = False
    unit: str = ""
    decimals: Digits | None = None
    factor: float = 1.0
    mappings: tuple[object, ...] | None = None
    thresholds: ThresholdSet | None = None
    base_color: str = ""


@panel_builder
def table(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    columns: Mapping[str | Signal | Query, str] | None = None,
    order: Mapping[str, Literal["ascending", "descending"]] | None = None,
    most: int | None = None,
    rest: OptionalLabelName = "",
    cells: Mapping[str, Cell] | None = None,
    widths: Mapping[str, int] | None = None,
    links: Mapping[str, Sequence[DataLink | foreign.DataLink]] | None = None,
    hidden: Sequence[str] = (),
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a table of the values of now: a row per series, the labels and signals as columns.

    Args:
        signals: what is shown, signals or `promql(…)`; rows of several signals with the same labels are merged.
        title: by default the signal's title.
        columns: column titles in order, by label, or by signal or query: `{"server": "Connector", LAG: "Lag"}`.
            Other labels are not shown. Queries of other datasources may go without: all their columns are shown.
        order: by which columns rows are sorted, the first one first; by default by the first column, ascending.
        most: how many rows are shown at most; None for all. Of a table of one signal that is sorted by its value
            first, Prometheus answers with no more.
        rest: logical label, of a column, in which a last row says how many more there are and whether they are well;
            for a table of one signal with states, the worst of which has the lowest value. Prometheus then answers
            with no more than these rows.
        cells: how a signal's column is shown, by its title: `plain`, `text` (the text is colored), `background`,
            `gauge` (a bar from the signal's minimum to its maximum). By default states have a background, and values
            colored text where the threshold set has steps for them.
        widths: of columns, in pixels, by their title.
        links: what a click on a column's cells offers, by its title; made by `data_link`.
        hidden: titles of columns that are only there for links.
        no_value: text where there is no row.
        options: unit, decimals, description and so on; see `PanelOptions`.

    Raises:
        DeclarationError: there are no columns, or one is for a signal that the table does not query, or a title in
            another argument is not a column's.
    """
    own = options.pop("transformations", ())
    shown = show(signals, title, as_table=True, **options)
    queried = tuple(shown.shown)
    columns = columns or {}
    if not columns and all(isinstance(each, DatasourceQuery) for each in queried):
        return _as_answered(shown, own, no_value)
    titles = _titles(columns, shown)
    order = order or {titles[0]: "ascending"}
    named = {"order": order, "cells": cells, "widths": widths, "links": links, "hidden": hidden}
    _check_titles(named, titles, shown.title)
    if most is not None and most < 1:
        raise DeclarationError(f"table {shown.title!r}: most must be a number of rows, 1 or more; got {most!r}")
    shown = _limited(shown, columns, next(iter(order.items())), most, rest)
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
    is_cut = most is not None and not rest
    sorted_by = [] if is_cut else [_sorting(each, direction) for each, direction in order.items()]
    cut = _first_rows(order, most) if is_cut else ()
    return shown.panel(
        KIND.id,
        options={"frameIndex": 0, "showHeader": True, **({"sortBy": sorted_by} if sorted_by else {})},
        # Grafana puts what an override lists before the panel's own list, instead of it.
        fields={"unit": shown.unit},
        overrides=settings,
        thresholds=(),  # its columns have some
        transformations=[Columns(tuple(columns.items()), queried), *own, *cut],
        extra=last_fields(decimals=shown.decimals, noValue=no_value),
    )


def _check_titles(named: Mapping[str, Iterable[str] | None], titles: Sequence[str], table_title: str) -> None:
    """Refuse a title in an argument that is not a column's."""
    for argument, each in named.items():
        for title in each or ():
            if title not in titles:
                raise DeclarationError(
                    f"table {table_title!r} has no column {title!r}, which {argument} names; it has: "
                    + ", ".join(titles)
                )


def _first_rows(order: Mapping[str, str], most: int | None) -> list[Transformation]:
    """Return what sorts rows and keeps the first of them."""
    # The last sort is the first criterion: Grafana's sort keeps the order of what is equal.
    sorts = [
        Transformation("sortBy", {"sort": [_sorting(each, direction, name="field")]})
        for each, direction in reversed(list(order.items()))
    ]
    return [*sorts, Transformation("limit", {"limitField": most})]


def _titles(columns: Mapping[str | Signal | Query, str], shown: Shown) -> list[str]:
    """Return the titles of a table's columns, each once."""
    for column in columns:
        if not isinstance(column, str) and column not in shown.shown:
            raise DeclarationError(
                f"table {shown.title!r} has a column for {column.name or column.expression}, which it does not query"
            )
    if not columns:
        raise DeclarationError(f"table {shown.title!r} has no columns; name at least one label or signal")
    titles = list(columns.values())
    twice = next((each for each in titles if titles.count(each) > 1), None)
    if twice is not None:
        raise DeclarationError(
            f"table {shown.title!r} has two columns titled {twice!r}; Grafana tells columns apart by title"
        )
    return titles


def _as_answered(shown: Shown, transformations: Sequence[Transformation], no_value: str | None) -> Panel:
    """Return a table of all columns that other datasources answer with."""
    return shown.panel(
        KIND.id,
        options={"frameIndex": 0, "showHeader": True},
        fields={"unit": shown.unit},
        transformations=transformations,
        extra=last_fields(decimals=shown.decimals, noValue=no_value),
    )


def _limited(
    shown: Shown,
    columns: Mapping[str | Signal | Query, str],
    first: tuple[str, Literal["ascending", "descending"]],
    most: int | None,
    rest: str,
) -> Shown:
    """Return what a table shows, with no more asked for than it shows where Prometheus can tell.

    Args:
        shown: what it shows.
        columns: titles by label, or by signal or query.
        first: title of the column that rows are sorted by first, and how.
        most: how many rows there are at most.
        rest: label of the column whose last row counts the others.
    """
    target = shown.targets[0] if len(shown.shown) == 1 else None
    signal = target.signal if isinstance(target, SignalTarget) else None
    if rest and (most is None or signal is None or not signal.states or rest not in columns):
        raise DeclarationError(
            f"table {shown.title!r}: rest needs a number of rows (most), one signal with states, and a column for "
            f"the label {rest!r}"
        )
    if most is None or signal is None or not isinstance(target, SignalTarget):
        return shown
    title, direction = first
    if rest:
        return shown._replace(targets=[attrs.evolve(target, most=most, rest=rest)])
    if columns.get(signal) == title:
        return shown._replace(targets=[attrs.evolve(target, most=most, highest=direction == "descending")])
    return shown


def rest_rows(signal: Signal) -> tuple[State, State]:
    """Return the states of the rows that count what a table does not list: those that are not well, and the others."""
    last = max(state.value for state in signal.states)
    return State(last + 1, "…", "dark-red"), State(last + 2, "…", "dark-green", well=True)


def _column(
    key: str | Signal | Query, shown: Shown, options: PanelOptions, **settings: Unpack[_ColumnSettings]
) -> Column:
    """Return the settings of a column: the panel's for values in the unit of its first signal, else the signal's."""
    if not isinstance(key, Signal):
        of_query = key.unit or "none" if isinstance(key, Query) else "string"
        return Column(signal=None, unit="" if shown.unit in ("none", "", of_query) else of_query, **settings)
    main = shown.shown[0]
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


def _default_cell(key: str | Signal | Query) -> Cell:
    if not isinstance(key, Signal):
        return "plain"
    return "background" if key.states else "text"


def _sorting(title: str, direction: str, *, name: str = "displayName") -> dict[str, object]:
    return {name: title, "desc": True} if direction == "descending" else {name: title}


KIND = PanelKind(
    "table",
    "Table",
    shows="rows",
    least_width=8,
    options=Settings(
        {
            "frameIndex": whole_number(minimum=0),
            "showHeader": BOOLEAN,
            "showTypeIcons": BOOLEAN,
            "cellHeight": choice("sm", "md", "lg", "auto"),
            "sortBy": list_of(settings({"displayName": TEXT, "desc": BOOLEAN}, ["displayName"])),
            "footer": settings(
                {
                    "show": BOOLEAN,
                    "reducer": list_of(TEXT),
                    "fields": list_of(TEXT),
                    "countRows": BOOLEAN,
                    "enablePagination": BOOLEAN,
                },
                ["show", "reducer"],
            ),
        },
        required=("frameIndex", "showHeader"),
        defaults={
            "cellHeight": "sm", "disableKeyboardEvents": False, "enablePagination": False,
            "footer": {"countRows": False, "enablePagination": False, "reducer": ["sum"], "show": False},
            "frameIndex": 0, "showHeader": True, "showTypeIcons": False,
        },
    ),
    custom=Settings(
        {
            "align": choice("auto", "left", "center", "right"),
            "inspect": BOOLEAN,
            "width": number(exclusiveMinimum=0),
            "minWidth": number(exclusiveMinimum=0),
            "hidden": BOOLEAN,
            "hideHeader": BOOLEAN,
            "filterable": BOOLEAN,
            "cellOptions": {
                "$ref": "#/$defs/free_object",
                "required": ["type"],
                "properties": {
                    "type": choice(
                        "auto", "color-text", "color-background", "gauge", "sparkline", "json-view", "image",
                        "data-links", "actions", "markdown", "pill", "custom",
                    ),
                },
            },
        },
        required=("align", "inspect"),
        defaults={
            "align": "auto", "cellOptions": {"type": "auto"}, "filterable": False, "hidden": False, "inspect": False,
            "hideFrom": HIDE_FROM_DEFAULTS,
        },
    ),
)  # fmt: skip
