"""`Dashboard` and `Row`, and the variables, links and annotations they carry."""

from __future__ import annotations

import itertools
import re
import zlib
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import attrs

from dashlib.declare import foreign
from dashlib.declare.arguments import checked
from dashlib.declare.datasource_queries import DATASOURCES, DatasourceQuery, check_plugin, plugin_of
from dashlib.declare.labels import label_matches
from dashlib.declare.panels import note_of
from dashlib.declare.signals import AUTOMATIC, Signal
from dashlib.declare.thresholds import NO_THRESHOLDS, ThresholdSet
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dashlib.declare.labels import LabelMatch
    from dashlib.declare.panels import Panel
    from dashlib.declare.queries import Query
    from dashlib.declare.words import (
        Address,
        AnyLabelName,
        Color,
        LabelName,
        OptionalLabelName,
        OptionalVariableName,
        PanelId,
        RefreshInterval,
        RegularExpression,
        TimeOfRange,
        TimeZone,
        VariableName,
    )

_HIDDEN = 2
_UID = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_UID = 40
_REFRESH = re.compile(r"\d+[smhd]")
_TOOLTIPS = {"single": 0, "shared crosshair": 1, "shared tooltip": 2}


@attrs.frozen(kw_only=True, repr=False)
class Variable(Value):
    """A variable of a dashboard. Made by `datasource_variable`, `custom_variable` and similar.

    Attributes:
        name: what queries call it, without `$`.
        type: Grafana's: `query`, `datasource`, `custom`, `interval`, `constant`, `textbox`, `adhoc`.
        query: what its values are asked for with, or what they are.
        label: what readers see; its name if empty.
        default: text of what is chosen at first; None for the first value.
        options: of a custom variable, each with `text`, `value` and `selected`.
        datasource: of a query; None for the dashboard's.
        regex: what is taken of each value; empty for all of it.
        include_all: offer All.
        all_value: what All stands for; empty for all values.
        multi: several may be chosen.
        refresh: when values are asked for: 1 when the dashboard opens, 2 when the time range changes, too.
        sort: Grafana's number of an order.
        hide: 1 hides the label, 2 the variable.
        auto: an interval that follows the time range.
        auto_count: into how many steps that divides it.
        auto_min: the shortest such interval.
        source: where it was declared; None for the dashboard's place.
    """

    name: str
    type: str = "query"
    query: object = ""
    label: str = ""
    default: str | None = None
    options: Sequence[Mapping[str, object]] = ()
    datasource: object = None
    regex: str = ""
    include_all: bool = False
    all_value: str = ""
    multi: bool = False
    refresh: int = 1
    sort: int = 1
    hide: int = 0
    auto: bool = False
    auto_count: int = 30
    auto_min: str = "10s"
    source: Source | None = attrs.field(default=None, eq=False, repr=False)


@attrs.frozen(kw_only=True, repr=False)
class LabelVariable(Variable):
    """A variable whose values are a label's; made by `label_variable`.

    Attributes:
        metric: logical metric that carries the label.
        fallback: the metric to use instead if an exporter lacks it.
        values_of: the logical label.
    """

    metric: str
    fallback: str = ""
    values_of: str


@attrs.frozen(kw_only=True, repr=False)
class WorstVariable(Variable):
    """A hidden variable whose values are those that a dashboard lists and draws; made by `worst_variable`.

    Attributes:
        values_of: the logical label by which panels filter.
        also: another logical label whose values are among the variable's; empty for none.
        lowest: signals of which the series with the lowest values are listed.
        highest: signals of which the series with the highest values are listed.
        most: how many of each signal.
    """

    values_of: str
    also: str = ""
    lowest: Sequence[Signal] = ()
    highest: Sequence[Signal] = ()
    most: int = 20


@attrs.frozen(kw_only=True, repr=False)
class DashboardLink(Value):
    """A link at the top of a dashboard. Made by `link` and `dashboard_links`.

    Attributes:
        title: its text.
        type: `link` for an address, `dashboards` for the dashboards with some tags.
        url: where it leads; empty for dashboards.
        tags: of the dashboards.
        tooltip: shown when the mouse rests on it.
        icon: Grafana's name of one.
        keep_time: pass on the time range.
        new_tab: open it in a new tab.
        as_dropdown: list dashboards in a menu instead of side by side.
        include_variables: pass on what is chosen.
    """

    title: str
    type: Literal["link", "dashboards"]
    url: str = ""
    tags: Sequence[str] = ()
    tooltip: str = ""
    icon: str = "external link"
    keep_time: bool = False
    new_tab: bool = False
    as_dropdown: bool = False
    include_variables: bool = False


@checked
def datasource_variable(
    name: VariableName = "DS_PROMETHEUS",
    title: str = "Datasource",
    *,
    plugin: str = "prometheus",
    pattern: RegularExpression = "",
) -> Variable:
    """Return the variable by which a dashboard's reader chooses a datasource, the Prometheus by default.

    Panels refer to the first one of the Prometheus type, and queries of other datasources to the first of theirs. An
    import by hand asks for its value, because the dashboard also names it in `__inputs`.

    Args:
        name: what queries would call it, without `$`.
        title: what readers see.
        plugin: Grafana's id of the datasource plugin: `loki`, `grafana-postgresql-datasource`. Of any but Prometheus,
            Grafana chooses the first that there is.
        pattern: regular expression of the names that are offered; empty for all.
    """
    check_plugin(plugin)
    default = "Prometheus" if plugin == "prometheus" else None
    return Variable(
        name=name,
        label=title,
        type="datasource",
        query=plugin_of(plugin),
        default=default,
        regex=pattern,
        source=declared_here(),
    )


@checked
def label_variable(
    name: VariableName, title: str, *, label: AnyLabelName, metric: str, fallback: str = "", include_all: bool = True
) -> LabelVariable:
    """Return a variable that lists a label's values and filters every query of the dashboard by them.

    Args:
        name: what queries would call it, without `$`.
        title: what readers see.
        label: logical label; every selector whose metric carries it is filtered by the variable.
        metric: logical metric whose series provide the values; filtered by the variables before this one.
        fallback: logical metric to use instead if an exporter lacks it.
        include_all: offer All, and start with it.
    """
    return LabelVariable(
        name=name,
        label=title,
        default="All" if include_all else None,
        include_all=include_all,
        all_value=".*" if include_all else "",
        refresh=2,
        metric=metric,
        fallback=fallback,
        values_of=label,
        source=declared_here(),
    )


@checked
def worst_variable(
    name: VariableName,
    *,
    label: LabelName,
    also: OptionalLabelName = "",
    lowest: Sequence[Signal] = (),
    highest: Sequence[Signal] = (),
    most: int = 20,
) -> WorstVariable:
    """Return a hidden variable that keeps a dashboard of thousands readable, and its server alive.

    When the dashboard opens, it asks once which are worst now, among those that the variables before it choose. Every
    panel whose series carry the label then asks for these alone; what is summed up over all stays so. Where there are
    no more than `most`, they are all of them.

    Args:
        name: what queries call it, without `$`.
        label: logical label by which series are told apart.
        also: another label of the same series, by which metrics that lack the first one know them: a connector's name
            in Kafka Connect beside its topic prefix.
        lowest: signals of which the lowest values are the worst: a state, the worst of which has the lowest value.
        highest: signals of which the highest values are the worst, or the most interesting: a lag, a rate.
        most: how many are listed of each signal; those of one may be among those of another.

    Raises:
        DeclarationError: there is no signal, or `most` is not a number of series.
    """
    if not lowest and not highest:
        raise DeclarationError(f"variable {name!r} needs a signal that says what is worst: lowest=[…] or highest=[…]")
    if most < 1:
        raise DeclarationError(f"variable {name!r}: most must be a number of series, 1 or more; got {most!r}")
    return WorstVariable(
        name=name,
        default="All",
        include_all=True,
        multi=True,
        refresh=2,
        hide=2,
        values_of=label,
        also=also,
        lowest=tuple(lowest),
        highest=tuple(highest),
        most=most,
        source=declared_here(),
    )


@checked
def custom_variable(name: VariableName, title: str, *, values: Sequence[str]) -> Variable:
    """Return a variable with fixed values, the first one chosen; use it as `$name` in expressions of your own."""
    if not values:
        raise DeclarationError(f"variable {name!r} needs at least one value")
    joined = next((value for value in values if "," in value), "")
    if joined:
        raise DeclarationError(
            f"variable {name!r} has the value {joined!r}; Grafana separates values by commas: list each, "
            f"{joined.split(',')!r}"
        )
    twice = next((value for number, value in enumerate(values) if value in values[:number]), None)
    if twice is not None:
        raise DeclarationError(f"variable {name!r} has the value {twice!r} twice")
    query = ",".join(values)
    options = [{"selected": value == values[0], "text": value, "value": value} for value in query.split(",")]
    return Variable(
        name=name, label=title, type="custom", query=query, default=values[0], options=options, source=declared_here()
    )


#: What a variable asks of a Prometheus; anything else is a selector.
_OF_PROMETHEUS: Final = ("label_values", "label_names", "metrics", "query_result")


@checked
def query_variable(
    name: VariableName,
    title: str,
    query: str | DatasourceQuery,
    *,
    datasource: str = "",
    pattern: RegularExpression = "",
    include_all: bool = False,
    multi: bool = False,
    hidden: bool = False,
) -> Variable:
    """Return a variable whose values a datasource answers with; it may ask by the variables before it (`$job`).

    Args:
        name: what queries call it, without `$`.
        title: what readers see.
        query: to the dashboard's Prometheus, such as `label_values(up{job="$job"}, instance)`; or of another
            datasource, made by `sql`, `loki`, `query` and so on.
        datasource: a uid or a variable, of a query that is a string; by default the dashboard's.
        pattern: regular expression of what is taken of each value; empty for all of it.
        include_all: offer All, and start with it.
        multi: several may be chosen.
        hidden: readers do not see it.
    """
    if not query:
        raise DeclarationError(f"variable {name!r} needs a query, such as 'label_values(up, job)'")
    called = query.partition("(")[0].strip() if isinstance(query, str) and not datasource and "(" in query else ""
    if called.isidentifier() and called not in _OF_PROMETHEUS:
        import difflib  # for a mistake only

        near = difflib.get_close_matches(called.casefold(), _OF_PROMETHEUS, n=1, cutoff=0.85)
        if near:
            raise DeclarationError(
                f"variable {name!r} asks by {called}(), which Prometheus does not know; did you mean {near[0]!r}?"
            )
    return Variable(
        name=name,
        label=title,
        query=query,
        datasource=datasource or None,
        regex=pattern,
        default="All" if include_all else None,
        include_all=include_all,
        multi=multi,
        refresh=2,
        hide=_HIDDEN if hidden else 0,
        source=declared_here(),
    )


@checked
def constant_variable(name: VariableName, value: str) -> Variable:
    """Return a hidden variable with one value, which all queries may use as `$name`."""
    return Variable(name=name, type="constant", query=value, default=value, hide=_HIDDEN, source=declared_here())


@checked
def text_variable(name: VariableName, title: str, *, value: str = "") -> Variable:
    """Return a variable with a box into which readers type its value.

    Args:
        name: what queries call it, without `$`.
        title: what readers see.
        value: what stands in it at first.
    """
    return Variable(name=name, label=title, type="textbox", query=value, default=value or None, source=declared_here())


@checked
def interval_variable(
    name: VariableName, title: str, *, values: Sequence[RefreshInterval], auto: bool = False
) -> Variable:
    """Return a variable of intervals, the first one chosen: `rate(x[$window])`.

    Args:
        name: what queries call it, without `$`.
        title: what readers see.
        values: `1m`, `10m`, `1h`.
        auto: offer one that follows the time range, too.
    """
    if not values:
        raise DeclarationError(f"variable {name!r} needs at least one interval")
    given = ",".join(values)
    return Variable(
        name=name,
        label=title,
        type="interval",
        query=given,
        default=values[0],
        auto=auto,
        refresh=2,
        source=declared_here(),
    )


@checked
def filter_variable(name: VariableName, title: str, *, datasource: str = "") -> Variable:
    """Return the filters that readers add themselves (Grafana's ad hoc filters), to all queries of a datasource.

    Args:
        name: what the dashboard's address calls it.
        title: what readers see.
        datasource: a uid or a variable; by default the dashboard's.
    """
    return Variable(
        name=name, label=title, type="adhoc", query="", datasource=datasource or None, source=declared_here()
    )


@checked
def link(
    title: str,
    url: Address,
    *,
    tooltip: str = "",
    keep_time: bool = True,
    keep_variables: bool = False,
    new_tab: bool = True,
) -> DashboardLink:
    """Return a link at the top of a dashboard, to a page or to another dashboard (`/d/<uid>`).

    Args:
        title: its text.
        url: where it leads.
        tooltip: shown when the mouse rests on it.
        keep_time: pass on the dashboard's time range.
        keep_variables: pass on what is chosen, to a dashboard whose variables of these names mean the same.
        new_tab: open it in a new tab.
    """
    return DashboardLink(
        title=title,
        type="link",
        url=url,
        tooltip=tooltip,
        icon="external link" if new_tab else "dashboard",
        keep_time=keep_time,
        include_variables=keep_variables,
        new_tab=new_tab,
    )


@checked
def dashboard_links(title: str, *, tag: str) -> DashboardLink:
    """Return a drop-down at the top of a dashboard that lists all dashboards with a tag, for the same time.

    The values of variables are not passed on: two dashboards may use one name for different things.

    Args:
        title: its text.
        tag: of the dashboards.
    """
    return DashboardLink(title=title, type="dashboards", tags=(tag,), as_dropdown=True, keep_time=True)


@attrs.frozen(repr=False)
class Annotation(Value):
    """Marks on every panel of a dashboard at the times when something held.

    Made by `annotation` and `unknown_annotation`.

    Attributes:
        name: what the dashboard's switch for it says.
        signal: whose expression marks the times, or whose unknown values do; or a query.
        marks: `value` where the signal's expression is 1, `unknown` where its metric is at a sentinel value.
        title: heading of a mark.
        text: text of a mark, from logical labels.
        color: Grafana color name.
        source: where it was declared.
    """

    name: str
    signal: Signal | Query | DatasourceQuery
    marks: Literal["value", "unknown"]
    title: str
    text: str
    color: Color
    source: Source = attrs.field(factory=declared_here, eq=False, repr=False)


@checked
def annotation(
    name: str, signal: Signal | Query | DatasourceQuery, *, title: str = "", text: str = "", color: Color = "orange"
) -> Annotation:
    """Return an annotation at the times when a signal is 1, the only value that Grafana marks.

    Args:
        name: what the dashboard's switch for it says.
        signal: which; or `promql(…)`, which is sent as it is written; or a query of another datasource, which marks
            each row that it answers with.
        title: heading of a mark; by default the name. Of a Prometheus or Loki only: other datasources answer with
            columns `title` and `text`.
        text: text of a mark; by default the signal's legend. Of a Prometheus or Loki only; of Elasticsearch, the name
            of the field that has it.
        color: of the marks.
    """
    if isinstance(signal, DatasourceQuery):
        kind = signal.datasource_type
        if kind == "elasticsearch":
            if title or "{{" in text:
                raise DeclarationError(
                    "annotation() text is, of Elasticsearch, the name of the field with a mark's text, such as "
                    f"'message', and there is no title; got {title or text!r}"
                )
            return Annotation(name, signal, "value", "", text, color, declared_here())
        for setting, said in {"title": title, "text": text}.items():
            if said and kind in DATASOURCES and kind != "loki":
                raise DeclarationError(
                    f"annotation() {setting} is not for {DATASOURCES[kind].title}, whose marks have the column "
                    f"{setting!r} of the answer; leave it out"
                )
        heading = title or (name if kind == "loki" else "")
        return Annotation(name, signal, "value", heading, text, color, declared_here())
    legend = signal.legend
    said = text or (name if legend == AUTOMATIC else legend)
    return Annotation(name, signal, "value", title or name, said, color, declared_here())


@checked
def unknown_annotation(name: str, signal: Signal, *, text: str = "", color: Color = "purple") -> Annotation:
    """Return an annotation at the times when a signal is unknown: its metric stands at a sentinel value (-1)."""
    return Annotation(name, signal, "unknown", name, text or signal.legend, color, declared_here())


@checked
@attrs.frozen(init=False, repr=False)
class Row(Value):
    """Panels under a heading, in reading order.

    `Row("Lag", [timeseries(LAG), gauge(QUEUE_USED)])`; without a heading, `Row([…])`, the panels stand alone.

    Attributes:
        title: the heading; empty for none.
        panels: dashlib's or grafanalib's.
        collapsed: closed until the reader opens it.
        height: grid units of its panels that name none of their own; None for each kind's.
        key: what the row's id is made from, by default the title.
        repeat: variable of the dashboard for each of whose values the row is repeated; empty for none.
        source: where it was declared.
    """

    title: str
    panels: tuple[Panel | foreign.Panel, ...]
    collapsed: bool
    height: int | None
    key: str
    repeat: str
    source: Source

    def __init__(
        self,
        title: str | Sequence[Panel | foreign.Panel],
        panels: Sequence[Panel | foreign.Panel] | None = None,
        *,
        collapsed: bool = False,
        height: int | None = None,
        key: str = "",
        repeat: OptionalVariableName = "",
    ) -> None:
        source = declared_here()
        if panels is not None and not isinstance(title, str):
            raise DeclarationError(
                "pass a row's panels only once: Row('Title', [...]), or Row([...]) without a title", source
            )
        heading, panels = (title, panels or ()) if isinstance(title, str) else ("", title)
        if collapsed and not heading:
            raise DeclarationError("a collapsed row needs a title; without one, it cannot be opened", source)
        if repeat and not heading:
            raise DeclarationError(
                "a row that is repeated needs a title; Grafana repeats what is under a heading", source
            )
        for panel in panels:
            if isinstance(panel, foreign.RowPanel):
                raise DeclarationError(
                    f"row {heading!r} holds grafanalib's RowPanel {panel.title!r}; make it a dashlib.Row of its own",
                    source,
                )
        self.__attrs_init__(heading, tuple(panels), collapsed, height, key or heading, repeat, source)


def _check_uid(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    check_uid(type(instance).__name__, attribute.name, value)


def check_uid(of: str, name: str, value: str) -> None:
    """Refuse what Grafana does not take for a uid."""
    if not _UID.fullmatch(value):
        raise DeclarationError(f"{of} {name} must be letters, digits, '-' and '_'; got {value!r}")
    if len(value) > _LONGEST_UID:
        raise DeclarationError(
            f"{of} {name} is at most {_LONGEST_UID} characters in Grafana; {value!r} has {len(value)}"
        )


def derived_uid(name: str, fallback: str) -> str:
    """Return a uid that is made from a name alone, so that it is the same everywhere, and that a person can read.

    Args:
        name: any text.
        fallback: what it begins with where no letter of the name may stand in a uid.
    """
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[: _LONGEST_UID - 9].strip("-")
    return f"{readable or fallback}-{zlib.crc32(name.encode()):08x}"


def _check_title(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not value.strip():
        raise DeclarationError(
            f"{type(instance).__name__} {attribute.name} must not be empty; Grafana rejects an empty one"
        )


def _check_refresh(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if value and not _REFRESH.fullmatch(value):
        raise DeclarationError(
            f"{type(instance).__name__} {attribute.name} is a number and s, m, h or d, as in '10s'; got {value!r}"
        )


def _rows(items: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(items)


def _intervals(items: Iterable[RefreshInterval]) -> tuple[str, ...]:
    return tuple(items)


def _texts(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items)


def _variables(items: Iterable[Variable | foreign.Template]) -> tuple[Variable | foreign.Template, ...]:
    return tuple(items)


def _links(items: Iterable[DashboardLink | foreign.DashboardLink]) -> tuple[DashboardLink | foreign.DashboardLink, ...]:
    return tuple(items)


def _annotations(items: Iterable[Annotation]) -> tuple[Annotation, ...]:
    return tuple(items)


@checked
@attrs.frozen(eq=False, repr=False)
class Dashboard(Value):
    """A Grafana dashboard, as a person would read it aloud: rows in order, panels in order.

    Attributes:
        uid: Grafana's name of it, at most 40 characters of `A-Za-z0-9-_`; also the compiled file's name.
        title: shown to readers; unique in its folder.
        rows: what it shows.
        description: what it is for.
        tags: for search, and for links between dashboards.
        refresh: how often it reloads, for example `10s`; empty for never.
        time_from: start of the time range, relative, for example `now-1h`.
        time_to: its end.
        refresh_intervals: what its refresh menu offers; empty for Grafana's own list.
        tooltip: `single`, `shared crosshair` or `shared tooltip`: what hovering over one panel shows on the others.
        variables: in the order in which readers see them; each filters by the ones before it.
        links: at the top.
        annotations: beside Grafana's own.
        thresholds: the set from which panels take their color steps.
        where: label filters of every query, by logical label: `{"plugin": one_of("mysql", "mariadb")}`.
        panel_ids: fixed ids that others rely on, by panel key; all other ids are made from uid and key.
        timezone: `browser`, `utc` or an IANA name such as `Europe/Berlin`; empty for the reader's.
        week_start: first day of a week; empty for the reader's.
        editable: readers who may edit it see Grafana's controls for that.
        folder: title of the Grafana folder it belongs to, or a path of titles; by default the project's.
        source: where it was declared.
    """

    uid: str = attrs.field(kw_only=True, validator=_check_uid)
    title: str = attrs.field(kw_only=True, validator=_check_title)
    rows: tuple[Row, ...] = attrs.field(kw_only=True, converter=_rows)
    description: str = attrs.field(kw_only=True, default="")
    tags: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_texts)
    refresh: str = attrs.field(kw_only=True, default="", validator=_check_refresh)
    time_from: TimeOfRange = attrs.field(kw_only=True, default="now-1h")
    time_to: TimeOfRange = attrs.field(kw_only=True, default="now")
    refresh_intervals: tuple[str, ...] = attrs.field(kw_only=True, default=(), converter=_intervals)
    tooltip: Literal["single", "shared crosshair", "shared tooltip"] = attrs.field(kw_only=True, default="single")
    variables: tuple[Variable | foreign.Template, ...] = attrs.field(kw_only=True, default=(), converter=_variables)
    links: tuple[DashboardLink | foreign.DashboardLink, ...] = attrs.field(kw_only=True, default=(), converter=_links)
    annotations: tuple[Annotation, ...] = attrs.field(kw_only=True, default=(), converter=_annotations)
    thresholds: ThresholdSet = attrs.field(kw_only=True, default=NO_THRESHOLDS)
    where: Mapping[str, LabelMatch] = attrs.field(kw_only=True, factory=dict, converter=label_matches)
    panel_ids: Mapping[str, PanelId] = attrs.field(kw_only=True, factory=dict)
    timezone: TimeZone = attrs.field(kw_only=True, default="")
    week_start: Literal["", "monday", "saturday", "sunday"] = attrs.field(kw_only=True, default="")
    editable: bool = attrs.field(kw_only=True, default=True)
    folder: str = attrs.field(kw_only=True, default="")
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot be a dashboard, while its place is still known."""
        seen: set[str] = set()
        for variable in self.variables:
            if variable.name in seen:
                raise DeclarationError(f"dashboard {self.uid!r} declares variable {variable.name!r} twice")
            seen.add(variable.name)

    @property
    def graph_tooltip(self) -> int:
        """Grafana's number for `tooltip`."""
        return _TOOLTIPS[self.tooltip]


class Keys(NamedTuple):
    """What the ids of a row and its panels are made from.

    Attributes:
        row: of the row's heading.
        panels: of its panels, in order; empty for one without title and key.
    """

    row: str
    panels: tuple[str, ...]


def keys_of(dashboard: Dashboard) -> list[Keys]:
    """Return the keys of a dashboard's rows and panels, in order, each once.

    A key that was given stays, and so does the first panel of a title; what has the same title comes behind it under a
    number. A row gives way to a panel, so that a heading moves nobody's id.
    """
    given = [[note.key if (note := note_of(each)) is not None else "" for each in row.panels] for row in dashboard.rows]
    titles = [[each.title for each in row.panels] for row in dashboard.rows]
    taken = {key for keys in given for key in keys} | {title for of_row in titles for title in of_row}
    first = taken - {key for keys in given for key in keys}
    found = []
    for keys, of_row in zip(given, titles, strict=True):
        own = []
        for key, title in zip(keys, of_row, strict=True):
            is_first = title in first
            first.discard(title)
            own.append(key or (title if is_first or not title else _free(title, taken)))
        found.append(tuple(own))
    rows = [_free(row.key, taken) if row.title else row.key for row in dashboard.rows]
    return [Keys(*each) for each in zip(rows, found, strict=True)]


def _free(key: str, taken: set[str]) -> str:
    """Return a key, or it with the lowest number that makes it one of its own; it is taken then."""
    numbered = (f"{key} {number}" for number in itertools.count(2))
    found = next(each for each in itertools.chain([key], numbered) if each not in taken)
    taken.add(found)
    return found


def panel_id(uid: str, key: str) -> int:
    """Return the id of a panel: 31 bits made from the dashboard's uid and the panel's key, never 0."""
    # Not `hashlib`, which loads OpenSSL: 4 MiB and the time of a small dashboard. A collision is an error either way.
    return (zlib.crc32(f"{uid}/{key}".encode()) & 0x7FFFFFFF) or 1
