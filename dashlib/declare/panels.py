"""What all kinds of panels have in common: the value that builders return, and what they make of their arguments.

Each kind is a file in `dashlib/declare/panel_kinds/`. Width and height are in Grafana's grid units: the dashboard is 24
wide, a unit of height is 30 pixels.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypedDict, TypeVar, Unpack, cast

import attrs

from dashlib import promql
from dashlib.declare.arguments import checked
from dashlib.declare.datasource_queries import DatasourceQuery, check_references
from dashlib.declare.fields import ValueMapping, check_fields, value_mapping
from dashlib.declare.queries import Query
from dashlib.declare.signals import AUTOMATIC, Signal
from dashlib.declare.thresholds import ThresholdSet
from dashlib.declare.units import check_unit
from dashlib.errors import DeclarationError
from dashlib.promql.variables import has_variable
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.dashboards import DashboardLink
    from dashlib.declare.fields import DataLink, Mappings, Override, Transformation
    from dashlib.declare.thresholds import ColorStep
    from dashlib.declare.words import Color, ColorScheme, Digits, Legend, RelativeTime, VariableName

_B = TypeVar("_B", bound=Callable[..., "Panel"])

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


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Panel(Value):
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


#: The `type` of a panel whose content is in Grafana's library, as Grafana saves it since version 11.
LIBRARY_REFERENCE: Final = "library-panel-ref"


def name_in_library(panel: object) -> str:
    """Return the name of the library panel that a panel of a row is the place of; empty for any other panel."""
    if isinstance(panel, Panel) and panel.kind == LIBRARY_REFERENCE and panel.note is not None:
        return panel.title
    return ""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class PrometheusTarget(Value):
    """What queries of a Prometheus have in common.

    Attributes:
        ref_id: the query's name in its panel, `A` for the first; empty for the next letter.
        legend: name of a series; labels stand in double braces.
        format: what Grafana makes of the answer: `time_series`, `table` or `heatmap`.
        instant: ask for this moment only instead of the dashboard's range.
        interval: least step between two samples; empty for Grafana's.
        hide: ask, and draw nothing.
        exemplar: ask for exemplars, too: links from a line to single traces.
        datasource: None for the panel's.
        extra: JSON that is merged into the query's last.
    """

    ref_id: str = ""
    legend: str = ""
    format: str = "time_series"
    instant: bool = False
    interval: str = ""
    hide: bool = False
    exemplar: bool = False
    datasource: object = None
    extra: Mapping[str, object] = _NOTHING


@attrs.frozen(kw_only=True, eq=False, repr=False)
class PromqlTarget(PrometheusTarget):
    """A query in PromQL that is used as it is.

    Attributes:
        expression: PromQL.
        query: what a builder was given; None for a query of a panel that no builder made.
    """

    expression: str
    query: Query | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
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


@attrs.frozen(kw_only=True, eq=False, repr=False)
class DatasourceTarget(Value):
    """A query of a datasource other than Prometheus, in that datasource's own words.

    Attributes:
        ref_id: the query's name in its panel.
        query: what a builder was given.
    """

    ref_id: str
    query: DatasourceQuery


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
    targets: Sequence[SignalTarget | PromqlTarget | DatasourceTarget]
    shown: Sequence[Signal | Query | DatasourceQuery]
    more: MoreOptions

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
        """Return the panel, with what its kind adds and what its author sets beyond that; see `Panel`."""
        made = Panel(
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
        return with_more(made, **self.more) if self.more else made


def panel_builder(builder: _B) -> _B:
    """Return a builder whose arguments are checked, and which gives one panel for one call: a panel never changes.

    A function that makes a thousand dashboards calls its builders a thousand times with the same signals and titles, on
    the same lines. They take a tenth of the time for all but the first.
    """
    checked_builder: Callable[..., Panel] = checked(builder)
    built: dict[tuple[object, ...], Panel] = {}

    @functools.wraps(builder)
    def build(*given: object, **named: object) -> Panel:
        values = (*given, *named.values())
        kinds = tuple(map(type, values))  # as 1 and True are equal
        if not _CONSTANTS.issuperset(kinds):
            return checked_builder(*given, **named)
        call = (declared_here(), kinds, values, *named)
        panel = built.get(call)
        if panel is None:
            panel = checked_builder(*given, **named)
            if len(built) >= _PANELS_REMEMBERED:
                built.clear()
            built[call] = panel
        return panel

    return cast("_B", build)


# What is the same as long as it is equal: signals and threshold sets are compared by identity.
_CONSTANTS: Final = frozenset((Signal, ThresholdSet, str, int, float, bool, type(None)))
_PANELS_REMEMBERED: Final = 512


class PanelSettings(TypedDict, total=False):
    """What every builder takes, one of a panel without queries, too; all of it optional.

    Attributes:
        options: options of the kind's own that have no argument, by Grafana's name: `{"legend": {"width": 200}}`.
        transparent: no background.
        repeat: variable of the dashboard for each of whose values the panel is repeated.
        repeat_direction: `h` side by side, `v` one below the other.
        max_per_row: how many of them stand side by side at most.
        panel_links: links in its heading, made by `link` or `dashboard_links`.
    """

    options: Mapping[str, object]
    transparent: bool
    repeat: VariableName
    repeat_direction: Literal["h", "v"]
    max_per_row: int
    panel_links: Sequence[DashboardLink]


class PageOptions(PanelSettings, total=False):
    """What every builder of a panel without queries takes, all of it optional.

    Attributes:
        description: tooltip.
        width: grid columns, 1 to 24; by default the line's panels share them.
        height: grid units of 30 pixels; by default the row's, or the kind's.
        key: what the panel's id is made from; by default the title.
    """

    description: str
    width: int | None
    height: int | None
    key: str


class MoreOptions(PanelSettings, total=False):
    """What every builder of a panel with queries takes beyond what the kind makes of them; all of it optional.

    Attributes:
        custom: field settings of the kind's own that have no argument, by Grafana's name without `custom.`.
        fields: field settings of all series, by Grafana's name: `{"displayName": "Lag", "min": 0}`.
        color_scheme: how series are colored: `palette-classic`, `continuous-GrYlRd`; by default the kind's way.
        data_links: what a click on a value offers, made by `data_link` or `runbook_link`.
        actions: requests that a click on a value offers, as Grafana writes them.
        overrides: settings for single series, made by `override`.
        transformations: of the data, in order, made by `transformation`.
        datasource: of its queries in PromQL: a uid, or a variable such as `$DS_PROMETHEUS`; by default the dashboard's.
        min_interval: the least step between two samples, `30s`: many series of something slow need few points.
        max_data_points: how many samples a series has at most.
        time_from: how far it looks back, whatever the dashboard does: `24h`.
        time_shift: how far into the past its time range is moved: `1d`.
        hide_time_override: do not say in the heading that its time range is another.
        cache_timeout: of a datasource that caches, in seconds.
    """

    custom: Mapping[str, object]
    fields: Mapping[str, object]
    color_scheme: ColorScheme
    data_links: Sequence[DataLink]
    actions: Sequence[Mapping[str, object]]
    overrides: Sequence[Override]
    transformations: Sequence[Transformation]
    datasource: str
    min_interval: str
    max_data_points: int
    time_from: RelativeTime
    time_shift: RelativeTime
    hide_time_override: bool
    cache_timeout: str


class PanelOptions(MoreOptions, total=False):
    """The arguments that every builder of a panel with queries takes, all of them optional.

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
    legend: Legend
    thresholds: ThresholdSet | None
    color: Color
    mappings: Mappings | None
    width: int | None
    height: int | None
    key: str


# Grafana's name of what any panel may set, by the argument.
_SETTINGS = {
    "transparent": "transparent", "repeat": "repeat", "repeat_direction": "repeatDirection", "max_per_row": "maxPerRow",
    "min_interval": "interval", "max_data_points": "maxDataPoints", "time_from": "timeFrom", "time_shift": "timeShift",
    "hide_time_override": "hideTimeOverride", "cache_timeout": "cacheTimeout",
}  # fmt: skip
_DEFAULT_DIRECTION = "h"


def with_more(panel: Panel, **more: Unpack[MoreOptions]) -> Panel:
    """Return a panel with what its author sets beyond what its kind has arguments for."""
    settings = {
        _SETTINGS[name]: value
        for name, value in more.items()
        if name in _SETTINGS and value and (name, value) != ("repeat_direction", _DEFAULT_DIRECTION)
    }
    _check_settings(panel.kind, more)
    fields: dict[str, object] = dict(more.get("fields", _NOTHING))
    if "color_scheme" in more:
        fields["color"] = {"mode": more["color_scheme"]}
    if "data_links" in more:
        fields["links"] = more["data_links"]
    if "actions" in more:
        fields["actions"] = more["actions"]
    for name, least in (("max_data_points", more.get("max_data_points")), ("max_per_row", more.get("max_per_row"))):
        if least is not None and least < 1:
            raise DeclarationError(f"a panel's {name} must be 1 or more; got {least!r}")
    _check_least_step(more.get("min_interval", ""))
    return attrs.evolve(
        panel,
        options=merged(panel.options, more.get("options", _NOTHING)),
        fields=merged(panel.fields, fields),
        custom=merged(panel.custom, more.get("custom", _NOTHING)),
        overrides=[*panel.overrides, *more.get("overrides", ())],
        transformations=[*panel.transformations, *more.get("transformations", ())],
        links=[*panel.links, *more.get("panel_links", ())],
        datasource=more.get("datasource", panel.datasource),
        settings={**panel.settings, **settings},
    )


def _check_settings(kind: str, more: MoreOptions) -> None:
    """Refuse a value that Grafana's own schema of a kind forbids, in what an author sets beyond the arguments."""
    if "fields" in more:
        check_fields(more["fields"])
    if "options" in more or "custom" in more:
        from dashlib.declare.panel_kinds import check_values, panel_kind  # which need this module

        known = panel_kind(kind)
        if known is not None:
            check_values(f"options of a {known.title} panel:", more.get("options", _NOTHING), known.options.schema)
            custom = _NOTHING if known.custom is None else known.custom.schema
            check_values(f"custom of a {known.title} panel:", more.get("custom", _NOTHING), custom)


def _check_least_step(step: str) -> None:
    if not step or has_variable(step):
        return
    try:
        promql.duration_seconds(step)
    except ValueError as error:
        raise DeclarationError(f"a panel's min_interval must be a duration: {error}") from None


def page(
    kind: str,
    title: str,
    said: Mapping[str, object],
    /,
    *,
    description: str = "",
    width: int | None = None,
    height: int | None = None,
    key: str = "",
    **more: Unpack[PanelSettings],
) -> Panel:
    """Return a panel without queries.

    Args:
        kind: Grafana's id.
        title: may be empty; then a key must be given.
        said: its options.
        description: tooltip.
        width: grid columns.
        height: grid units.
        key: what its id is made from.
        more: what any panel may set.
    """
    if not title and not key:
        raise DeclarationError("a panel needs a title, or a key to derive its id from")
    check_size("width", width, GRID_WIDTH)
    check_size("height", height, 1000)
    made = Panel(
        kind=kind,
        title=title,
        description=description,
        options=said,
        note=Note(declared_here(), key=key, width=width, height=height),
    )
    return with_more(made, **more) if more else made


def merged(settings: Mapping[str, object], more: Mapping[str, object]) -> Mapping[str, object]:
    """Return settings with others put into them, objects key by key."""
    if not more:
        return settings
    made: dict[str, Any] = dict(settings)
    for name, value in more.items():
        present = made.get(name)
        made[name] = merged(present, value) if isinstance(value, Mapping) and isinstance(present, Mapping) else value
    return made


def show(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str,
    *,
    as_table: bool = False,
    now: bool = False,
    ranged: bool = False,
    without_queries: bool = False,
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
    **more: Unpack[MoreOptions],
) -> Shown:
    """Return what all kinds make of a builder's arguments: its signals, its title and its `PanelOptions`.

    The queries ask for rows of now (`as_table`), for this moment only (`now`), or for the dashboard's range; a kind
    that draws a value within a range is `ranged`; one `without_queries` may have none.
    """
    shown = (signals,) if isinstance(signals, _ASKED) else tuple(signals)
    if not shown and not without_queries:
        raise DeclarationError("a panel needs at least one Signal or query; got an empty list")
    if len(shown) > len(_REF_IDS):
        raise DeclarationError(f"a panel has at most {len(_REF_IDS)} queries; got {len(shown)} signals")
    check_size("width", width, GRID_WIDTH)
    check_size("height", height, 1000)
    first = shown[0] if shown else _NO_QUERY
    title = title or (first.title if isinstance(first, Signal) else first.name)
    if not title.strip():
        asked_for = first.datasource_type if isinstance(first, DatasourceQuery) else repr(first.expression)
        raise DeclarationError(f"a panel of {asked_for} needs a title, or its query a name")
    unit = unit or _unit_of(shown)
    if unit:
        check_unit(unit)
    targets = [
        _target(each, ref_id, first, unit, legend=legend, title=title, as_table=as_table, now=now)
        for ref_id, each in zip(_REF_IDS, shown, strict=False)
    ]
    if not legend and len(targets) > 1:
        targets = _told_apart(targets)
    own = tuple([each for each in shown if isinstance(each, Signal)])
    if len(own) < len(shown):
        ref_ids = [target.ref_id for target in targets]
        if len(set(ref_ids)) < len(ref_ids) or any(isinstance(each, DatasourceQuery) for each in shown):
            check_references(shown, ref_ids)
    factors = [target.factor for target in targets if isinstance(target, SignalTarget)]
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
        more=more,
    )


def _told_apart(
    targets: list[SignalTarget | PromqlTarget | DatasourceTarget],
) -> list[SignalTarget | PromqlTarget | DatasourceTarget]:
    """Return queries with the titles of those signals before their legends that would have the legend of another."""
    legends = [each.legend for each in targets if isinstance(each, SignalTarget | PromqlTarget)]
    if len(set(legends)) == len(legends):
        return targets
    return [
        attrs.evolve(each, legend=f"{each.signal.title} {each.legend}")
        if isinstance(each, SignalTarget) and each.legend != AUTOMATIC and legends.count(each.legend) > 1
        else each
        for each in targets
    ]


def _unit_of(shown: Sequence[Signal | Query | DatasourceQuery]) -> str:
    """Return the unit of what a panel draws: as its author says, or as all of it seems to have.

    What the first signal says of itself holds for the panel; guesses that differ say nothing.
    """
    drawn = [each for each in shown if not _is_hidden(each)] or shown or (_NO_QUERY,)
    if any(isinstance(each, Signal) for each in drawn):
        return shown[0].unit
    first = drawn[0]
    if isinstance(first, Query) and "unit" in first.guessed and len({each.unit for each in drawn if each.unit}) > 1:
        return "short"
    return first.unit


def _is_hidden(asked: Signal | Query | DatasourceQuery) -> bool:
    """Tell whether a query is asked for what others make of it alone."""
    if isinstance(asked, DatasourceQuery):
        return asked.model.get("hide") is True
    return isinstance(asked, Query) and asked.hide


def _target(
    asked: Signal | Query | DatasourceQuery,
    ref_id: str,
    first: Signal | Query | DatasourceQuery,
    unit: str,
    *,
    legend: str,
    title: str,
    as_table: bool,
    now: bool,
) -> SignalTarget | PromqlTarget | DatasourceTarget:
    """Return what a panel asks for one of its signals or queries, in the panel's unit where the first has the same."""
    if isinstance(asked, DatasourceQuery):
        return DatasourceTarget(ref_id=asked.ref_id or ref_id, query=asked)
    named = legend or asked.legend or title
    form: Literal["table", "time_series"] = "table" if as_table else "time_series"
    if isinstance(asked, Query):
        return PromqlTarget(
            ref_id=asked.ref_id or ref_id,
            legend=named,
            format=form,
            instant=as_table or now,
            exemplar=asked.exemplar,
            hide=asked.hide,
            datasource=asked.datasource or None,
            expression=asked.expression,
            query=asked,
        )
    is_alike = not isinstance(first, Signal) or asked.unit == first.unit
    return SignalTarget(
        ref_id=ref_id,
        legend=named,
        format=form,
        instant=as_table or now,
        signal=asked,
        factor=unit_factor(asked.unit, unit) if is_alike else 1.0,
    )


# A tuple: a union would be made anew for every panel.
_ASKED: Final = (Signal, Query, DatasourceQuery)
_NO_QUERY: Final = DatasourceQuery("no query", {}, source=Source("", 0))
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
    low, high = minimum, maximum
    if note.signals:
        main = note.signals[0]
        low = main.minimum * note.factor if minimum is None and main.minimum is not None else minimum
        high = main.maximum * note.factor if maximum is None and main.maximum is not None else maximum
    if low is not None and high is not None and low >= high:
        raise DeclarationError(f"a panel's minimum must be below its maximum; got {low:g} and {high:g}")
    return as_written(low), as_written(high)


def as_written(value: float | None) -> float | None:
    """Return a whole number as an integer, as Grafana writes it."""
    return int(value) if value is not None and float(value).is_integer() else value


def last_fields(**settings: object) -> Mapping[str, object]:
    """Return a panel's `extra` for field settings that stand after its thresholds; those that are None are left out."""
    given = {name: value for name, value in settings.items() if value is not None}
    return {"fieldConfig": {"defaults": given}} if given else _NOTHING
