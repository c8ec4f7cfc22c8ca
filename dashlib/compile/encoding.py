"""From grafanalib's objects to the dashboard JSON of a current Grafana, one small function per class.

`encode` dispatches on the class. What a grafanalib class lacks has a class of dashlib's own with an encoder
registered the same way, and a user registers theirs the same way too:

```python
@encode.register(MyPanel)
def _(panel: MyPanel, context: Context) -> Json:
    return panel_json(panel, context, "my-panel", options={"limit": panel.limit})
```

A class without an encoder is an error that names it. The result has no null but a base threshold's and no key at
its Grafana default, except those that Grafana's own schema requires (a stat panel's `options`, for example).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, cast

import attr
from grafanalib import core

from dashlib.declare.arguments import checked_when_compiled, found_words
from dashlib.declare.fields import Override, RunbookLink, SpecialMapping, Transformation, value_mapping
from dashlib.declare.panel_kinds import panel_kinds
from dashlib.declare.panel_kinds.table import Column, Columns, rest_rows
from dashlib.declare.panels import NO_VALUE, NO_VALUE_COLOR, Note, SignalTarget, as_written, note_of, state_mappings
from dashlib.declare.signals import Signal
from dashlib.declare.thresholds import NO_THRESHOLDS, ColorStep, ThresholdSet, color_steps
from dashlib.errors import DeclarationError
from dashlib.metrics.profiles import MissingInProfileError
from dashlib.sources import declared_here

if TYPE_CHECKING:
    from dashlib.compile.rendering import Rendering
    from dashlib.declare.panel_kinds import PanelKind
    from dashlib.metrics.profiles import Profile

# JSON is heterogeneous by nature; past this border everything is typed.
Json: TypeAlias = dict[str, Any]
_Encoder: TypeAlias = Callable[[Any, "Context"], Json]
_F = TypeVar("_F", bound=_Encoder)

SCHEMA_VERSION = 42
GRAFANALIB_FORCED_MAX_DATA_POINTS = 100

_LEGEND_LABEL = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")


class Context(NamedTuple):
    """What encoding a dashboard needs beside its objects.

    Attributes:
        rendering: turns logical expressions into PromQL.
        thresholds: the dashboard's threshold set.
        datasource: reference to the datasource of panels that name none, `{"type": …, "uid": …}`.
        runbook_url: URL of the folder with the project's runbooks.
        datasource_types: what kind of datasource each variable of the dashboard stands for, by its name.
    """

    rendering: Rendering
    thresholds: ThresholdSet = NO_THRESHOLDS
    datasource: Mapping[str, str] = MappingProxyType({"type": "prometheus", "uid": "${DS_PROMETHEUS}"})
    runbook_url: str = ""
    datasource_types: Mapping[str, str] = MappingProxyType({})

    @property
    def profile(self) -> Profile:
        """The naming profile."""
        return self.rendering.profile


class Encoders:
    """The function of each class; called with an object, the one that makes its JSON."""

    def __init__(self) -> None:
        self._registered: dict[type, _Encoder] = {}
        self._found: dict[type, _Encoder] = {}

    def register(self, kind: type) -> Callable[[_F], _F]:
        """Return a decorator that makes a function the encoder of a class.

        Args:
            kind: the class; one that is derived from it and says more than it needs an encoder of its own.
        """
        if not isinstance(kind, type):
            raise DeclarationError(
                f"encode.register takes the class to encode: @encode.register(MyPanel); got {kind!r}",
                declared_here(),
            )

        def add(function: _F) -> _F:
            self._registered[kind] = function
            self._found.clear()
            return function

        return add

    def __call__(self, declared: object, context: Context) -> Json:
        """Return the JSON of a grafanalib or dashlib object.

        Args:
            declared: the object.
            context: profile, scope, threshold set and datasource of its dashboard.

        Raises:
            DeclarationError: no encoder is registered for the class.
        """
        return self.json(declared, context)

    def json(self, declared: object, context: Context) -> Json:
        """Return what a call does, for the compiler, whose arguments need no check."""
        kind = type(declared)
        if kind not in self._found:
            self._found[kind] = self._of(kind)
        return self._found[kind](declared, context)

    def _of(self, kind: type) -> _Encoder:
        known = next((each for each in kind.__mro__ if each in self._registered), None)
        more = "" if known is None else says_more(kind, known)
        if known is None or more:
            raise DeclarationError(
                f"dashlib has no encoder for {kind.__module__}.{kind.__qualname__}{more}; register one with "
                "@dashlib.encode.register, or use one of dashlib's panel builders"
            )
        return self._registered[known]


def says_more(kind: type, known: type) -> str:
    """Return what a class says that the encoder of one that it is derived from cannot know; empty for nothing."""
    if kind is known:
        return ""
    derived = kind.__mro__[: kind.__mro__.index(known)]
    own = [name for each in derived for name in vars(each) if name in ("to_json_data", "panel_json")]
    if own:
        return f", which has a {own[0]} of its own"
    had = {field.name for field in attr.fields(known)} if attr.has(known) else set()
    added = [field.name for field in attr.fields(kind) if field.name not in had] if attr.has(kind) else []
    return f", which has {', '.join(added)} beyond {known.__qualname__}" if added else ""


setattr(Encoders, "__call__", checked_when_compiled(Encoders.__call__, Encoders, "encode()"))  # noqa: B010
encode = Encoders()


# --- panels ----------------------------------------------------------------------------------------------------


def _panel_json(
    panel: core.Panel,
    context: Context,
    kind: str,
    *,
    options: Json | None = None,
    defaults: Json | None = None,
    custom: Json | None = None,
    overrides: Iterable[object] = (),
    thresholds: object = None,
) -> Json:
    """Return what is common to all panels, with the parts that one kind has of its own.

    Args:
        panel: the grafanalib panel.
        context: of its dashboard.
        kind: Grafana's id of the panel plugin.
        options: the plugin's options.
        defaults: field settings for all series (`unit`, `min`, `mappings`, …); None values are left out.
        custom: field settings that only this plugin knows.
        overrides: field settings for some series.
        thresholds: the panel's own thresholds; the panel's attribute if None.
    """
    note = note_of(panel)
    fields: Json = {}
    for name, value in (defaults or {}).items():
        if value is not None and value not in ([], ""):
            fields[name] = value
    steps = (
        []
        if thresholds is _NONE_OF_ITS_OWN
        else _threshold_steps(panel.thresholds if thresholds is None else thresholds, note, context)
    )
    if steps:
        fields["thresholds"] = {"mode": panel.thresholdType, "steps": steps}
    if custom:
        fields["custom"] = custom
    encoded: Json = {"id": panel.id, "type": kind, "title": panel.title, "gridPos": None}
    if panel.gridPos is not None:
        encoded["gridPos"] = encode.json(panel.gridPos, context)
    if panel.description:
        encoded["description"] = panel.description
    if panel.targets or panel.dataSource:
        encoded["datasource"] = datasource_reference(panel.dataSource, context)
        encoded["targets"] = [
            _target(target, index, encoded["datasource"], context) for index, target in enumerate(panel.targets)
        ]
    if fields or overrides:
        encoded["fieldConfig"] = {"defaults": fields, "overrides": [_plain(item, context) for item in overrides]}
    if options:
        encoded["options"] = options
    encoded.update(_panel_settings(panel, context))
    if panel.extraJson:
        _merge(encoded, panel.extraJson)
    return encoded


panel_json = checked_when_compiled(_panel_json, called="panel_json()")


def _panel_settings(panel: core.Panel, context: Context) -> Json:
    """Return the settings that few panels have."""
    settings: Json = {}
    if panel.transformations:
        settings["transformations"] = _transformations(panel.transformations, context)
    if panel.links:
        settings["links"] = [_plain(link, context) for link in panel.links]
    if panel.transparent:
        settings["transparent"] = True
    if panel.repeat.variable:
        settings["repeat"] = panel.repeat.variable
        if panel.repeat.direction and panel.repeat.direction != "h":
            settings["repeatDirection"] = panel.repeat.direction
        if panel.repeat.maxPerRow:
            settings["maxPerRow"] = panel.repeat.maxPerRow
    if panel.maxDataPoints not in (None, GRAFANALIB_FORCED_MAX_DATA_POINTS):
        settings["maxDataPoints"] = panel.maxDataPoints
    for name in ("interval", "timeFrom", "timeShift", "cacheTimeout"):
        if getattr(panel, name):
            settings[name] = getattr(panel, name)
    if panel.hideTimeOverride:
        settings["hideTimeOverride"] = True
    return settings


def _target(target: core.Target, index: int, datasource: Json, context: Context) -> Json:
    encoded = encode.json(target, context)
    encoded.setdefault("datasource", datasource)
    if not encoded.get("refId"):
        encoded["refId"] = chr(ord("A") + index)
    return encoded


# What Grafana has itself, by the only name that each has.
_OF_GRAFANA = {"-- Grafana --": "grafana", "-- Mixed --": "datasource", "-- Dashboard --": "datasource"}


def datasource_reference(datasource: object, context: Context) -> Json:
    """Return Grafana's reference to a datasource: `{"type": "prometheus", "uid": …}`.

    Args:
        datasource: what a grafanalib object says: None for the dashboard's, a name or uid, a variable
            (`${DS_PROMETHEUS}`), or a reference. Of a name or uid the type is not known, and not said: Grafana finds
            the datasource without it.
        context: of the dashboard.
    """
    if datasource is None or datasource == "default":
        return dict(context.datasource)
    if isinstance(datasource, Mapping):
        return dict(datasource)
    if datasource == context.datasource.get("uid"):
        return dict(context.datasource)
    if isinstance(datasource, str):
        kind = _OF_GRAFANA.get(datasource) or context.datasource_types.get(datasource.strip("${}"), "")
        return {"type": kind, "uid": datasource} if kind else {"uid": datasource}
    raise DeclarationError(f"a datasource must be a name, a uid or a reference; got {found_words(datasource)}")


@encode.register(SignalTarget)
def _(target: SignalTarget, context: Context) -> Json:
    signal = target.signal
    assert signal is not None  # noqa: S101  # builders always set it
    try:
        expression = expression_of(signal, context.rendering, target.factor)
        if target.rest:
            expression = _worst(expression, target, signal, context.rendering)
    except MissingInProfileError:
        raise  # whoever leaves the panel out names the panel
    except DeclarationError as error:
        if error.source is not None:
            raise
        raise type(error)(f"signal {signal.name!r}: {error.message}", signal.source) from None
    if context.rendering.records and target.format == "table":
        expression = _without_name(expression)
    return encode_query(target, expression, context)


def _without_name(expression: str) -> str:
    """Return PromQL whose series have no name: a table merges rows by all labels, and records have names."""
    from dashlib import promql
    from dashlib.promql import types as promql_types

    root = promql.read(expression).tree
    has_name = promql_types.types(root)[id(root)].labels.may_have(promql_types.NAME)
    return f"({expression}) + 0" if has_name else expression


def expression_of(signal: Signal, rendering: Rendering, factor: float = 1.0) -> str:
    """Return the PromQL of a signal in a dashboard, multiplied with a factor.

    Raises:
        DeclarationError: it cannot be rendered.
    """
    rendering = rendering.for_result(rendering.known(signal.expressions))
    recorded = rendering.records.get(id(signal))
    if recorded is not None:
        from dashlib.compile.recording import is_chosen_behind  # only where panels ask recording rules

        if is_chosen_behind(signal, rendering.scope, rendering):
            return rendering.recorded(recorded, factor=factor)
    if signal.guards:
        from dashlib.compile.conditions import signal_expression  # brings alerts along, which few dashboards need

        text = signal_expression(signal, rendering, rendering.records)
        return text if factor == 1 else f"({text}) * {factor:g}"
    return rendering.render(rendering.known(signal.expressions), filter_unknown=signal.drops_unknown, factor=factor)


def _worst(expression: str, target: SignalTarget, signal: Signal, rendering: Rendering) -> str:
    """Return PromQL of the worst series, and of up to two that count the others in the value of a label.

    Whatever the others are, they are asked for once: how many of them are well and how many are not is one answer.
    """
    label = rendering.label(target.rest, rendering.known(signal.expressions))
    bad, good = (state.value for state in rest_rows(signal))
    well = min((state.value for state in signal.states if state.well), default=good)
    worst = f"bottomk({target.most}, {expression})"
    everything = expression_of(signal, rendering.everything, target.factor)
    if everything == expression:
        rest = _rest_of_all(everything, target.most, well)
    else:
        rest = f'count_values("well", (({everything}) unless {worst}) >= bool {well})'
    # `well` is 0 or 1 and in the value of a label; how many those are is in that of another.
    counted = f'count_values by (well) ("{label}", {rest})'
    numbers = " or ".join(
        f'label_replace(vector({number}), "well", "{is_well}", "", "")' for number, is_well in ((bad, 0), (good, 1))
    )
    told = f'label_replace({counted} * on (well) group_left () ({numbers}), "not", " not", "well", "0")'
    told = f'label_join({told}, "{label}", " more are", "{label}", "not")'
    return f'{worst} or max by ({label}) (label_replace({told}, "{label}", "and $1 well", "{label}", "(.+)"))'


def _rest_of_all(everything: str, most: int, well: float) -> str:
    """Return PromQL of how many are not well (`well="0"`) and how many are (`well="1"`) behind the worst of all.

    It asks for the state of each once, as that is most of what a dashboard costs: one number of three parts, of five
    digits each, says how many there are, how many of them are not well, and how many are. The worst come first, so
    that those that are well and not listed are all that are well, or all that are not listed, whichever is less.
    """
    parts = f"sum(1 + 1e5 ^ (1 + (({everything}) >= bool {well}))) + {most}e10"
    not_well, there, are_well = (
        f'label_replace(vector({divisor}), "well", "{is_well}", "", "")'
        for divisor, is_well in (("1e5", 0), ("1", 1), ("1e10", 1))
    )
    divisors = f'{not_well} or {there} or label_replace({are_well}, "of", "all", "", "")'
    return f"min by (well) (floor(({parts}) / on () group_right () ({divisors})) % 1e5 - {most}) > 0"


def encode_query(target: SignalTarget, expression: str, context: Context) -> Json:
    """Return the JSON of a query for a signal.

    Args:
        target: the query; its legend is written with logical labels.
        expression: its PromQL, rendered.
        context: of the dashboard.
    """
    encoded = _prometheus_query(target, expression)
    if "legendFormat" in encoded:
        expressions = target.signal.expressions if target.signal is not None else ()
        encoded["legendFormat"] = _exported_legend(encoded["legendFormat"], expressions, context.rendering)
    return encoded


@functools.lru_cache(maxsize=1024)  # 1,000 dashboards name their series alike: 60 of the 1,900 µs that each takes
def _exported_legend(legend: str, expressions: tuple[str, ...], rendering: Rendering) -> str:
    """Return a legend with the exported names of its labels, which an expression must carry."""
    logical = rendering.known(expressions) if expressions else ""
    if logical:
        legend = _with_identity(legend, rendering.identity_of(logical))
        rendering.check_labels(_LEGEND_LABEL.findall(legend), logical)
    return _LEGEND_LABEL.sub(lambda match: "{{" + rendering.label(match.group(1), logical) + "}}", legend)


def _with_identity(legend: str, identity: Iterable[str]) -> str:
    """Return a legend with the labels of the cluster in front, unless it names them itself."""
    named = _LEGEND_LABEL.findall(legend)
    return " ".join([*(f"{{{{{label}}}}}" for label in identity if label not in named), legend])


@encode.register(core.Target)
def _(target: core.Target, context: Context) -> Json:
    if target.target:
        raise DeclarationError(
            f"dashlib has no encoder for the Graphite query of a grafanalib.core.Target: target={target.target!r}"
        )
    encoded = _prometheus_query(target, target.expr)
    if target.datasource is not None:
        encoded["datasource"] = datasource_reference(target.datasource, context)
    return encoded


def _prometheus_query(target: core.Target, expression: str) -> Json:
    encoded: Json = {"refId": target.refId, "editorMode": "code", "expr": expression}
    if target.format and target.format != core.TIME_SERIES_TARGET_FORMAT:
        encoded["format"] = target.format
    encoded["instant" if target.instant else "range"] = True
    if target.legendFormat and target.format == core.TIME_SERIES_TARGET_FORMAT:
        encoded["legendFormat"] = target.legendFormat
    if target.interval:
        encoded["interval"] = target.interval
    if target.hide:
        encoded["hide"] = True
    return encoded


@encode.register(core.GridPos)
def _(position: core.GridPos, context: Context) -> Json:  # noqa: ARG001
    return {"h": position.h, "w": position.w, "x": position.x, "y": position.y}


_LISTS = (list, tuple)


def _encoder_of(kind: PanelKind) -> _Encoder:
    def encode_panel(panel: core.Panel, context: Context) -> Json:
        note = note_of(panel)
        parts = kind.parts(panel, _color_steps(note, context) if note is not None and note.signals else ())
        return _panel_json(
            panel,
            context,
            kind.id,
            options=_with_lists_encoded(parts.options, context),
            defaults=_with_lists_encoded(parts.fields, context),
            custom=None if parts.custom is None else dict(parts.custom),
            overrides=parts.overrides,
            thresholds=None if parts.has_thresholds else _NONE_OF_ITS_OWN,
        )

    return encode_panel


def _with_lists_encoded(settings: Mapping[str, object], context: Context) -> Json:
    encoded = dict(settings)
    for name, value in settings.items():
        if isinstance(value, _LISTS):
            encoded[name] = [_plain(item, context) for item in value]
    return encoded


for _kind in panel_kinds().values():
    encode.register(_kind.panel)(_encoder_of(_kind))


@encode.register(core.RowPanel)
def _(row: core.RowPanel, context: Context) -> Json:
    encoded = row_json(row.title, collapsed=row.collapsed, panels=[encode.json(panel, context) for panel in row.panels])
    encoded["id"] = row.id
    if row.gridPos is not None:
        encoded["gridPos"] = encode.json(row.gridPos, context)
    if row.repeat.variable:
        encoded["repeat"] = row.repeat.variable
    return encoded


def row_json(title: str, *, collapsed: bool, panels: list[Json]) -> Json:
    """Return the JSON of a row; the panels of an expanded row follow it in the dashboard instead of lying in it."""
    return {"id": None, "type": "row", "title": title, "gridPos": None, "collapsed": collapsed, "panels": panels}


# --- parts of panels -------------------------------------------------------------------------------------------


def _mappings(mappings: Iterable[object], context: Context) -> list[Json]:
    return [_plain(mapping, context) for mapping in mappings]


def _plain(item: object, context: Context) -> Json:
    """Return the JSON of a part that may already be JSON."""
    return dict(item) if isinstance(item, Mapping) else encode.json(item, context)


@encode.register(core.StatValueMappings)
def _(mapping: core.StatValueMappings, context: Context) -> Json:  # noqa: ARG001
    options: Json = {}
    for index, item in enumerate(mapping.mappingItems):
        result = {"text": item.text, "color": item.color, "index": index if item.index is None else item.index}
        options[item.mapValue] = {name: value for name, value in result.items() if value != ""}
    return {"type": "value", "options": options}


@encode.register(core.StatRangeMappings)
def _(mapping: core.StatRangeMappings, context: Context) -> Json:  # noqa: ARG001
    result = {"text": mapping.text, "color": mapping.color, "index": mapping.index}
    return {
        "type": "range",
        "options": {
            "from": mapping.startValue,
            "to": mapping.endValue,
            "result": {name: value for name, value in result.items() if value not in ("", None)},
        },
    }


@encode.register(SpecialMapping)
def _(mapping: SpecialMapping, context: Context) -> Json:  # noqa: ARG001
    return {
        "type": "special",
        "options": {"match": mapping.match, "result": {"text": mapping.text, "color": mapping.color}},
    }


def _color_steps(note: Note, context: Context) -> tuple[ColorStep, ...]:
    thresholds = note.thresholds if note.thresholds is not None else context.thresholds
    return color_steps(thresholds, note.signals[0], note.base_color)


@functools.lru_cache(maxsize=1024)  # as of `color_steps`
def _shown_steps(
    thresholds: ThresholdSet, signal: Signal, base_color: str, factor: float
) -> tuple[tuple[str, float | None], ...]:
    """Return the color of each step and where it begins, in the unit of the panel."""
    return tuple(
        (step.color, None if step.value is None else as_written(step.value * factor))
        for step in color_steps(thresholds, signal, base_color)
    )


def _threshold_steps(thresholds: object, note: Note | None, context: Context) -> list[Json]:
    if not thresholds:
        if note is None or not note.signals:
            return []
        own = note.thresholds if note.thresholds is not None else context.thresholds
        shown = _shown_steps(own, note.signals[0], note.base_color, note.factor)
        return [{"color": color, "value": value} for color, value in shown]
    if not isinstance(thresholds, Iterable):
        raise DeclarationError(f"thresholds must be a list; got {found_words(thresholds)}")
    steps = [_plain(step, context) for step in thresholds]
    if steps:
        steps[0] = {**steps[0], "value": None}
    return steps


@encode.register(core.Threshold)
def _(threshold: core.Threshold, context: Context) -> Json:  # noqa: ARG001
    return {"color": threshold.color, "value": as_written(threshold.value)}


# A table's columns have thresholds, the table has none.
_NONE_OF_ITS_OWN: tuple[object, ...] = ()

_CELLS: dict[str, Json] = {
    "text": {"type": "color-text"},
    "background": {"type": "color-background", "mode": "basic"},
    "gauge": {"type": "gauge", "mode": "basic"},
}


@encode.register(Column)
def _(column: Column, context: Context) -> Json:
    return {
        "matcher": {"id": "byName", "options": column.title},
        "properties": [{"id": path, "value": value} for path, value in _column_settings(column, context)],
    }


def _column_settings(column: Column, context: Context) -> Iterator[tuple[str, object]]:
    signal = column.signal
    if column.unit:
        yield "unit", column.unit
    if signal is not None:
        if column.decimals is not None:
            yield "decimals", column.decimals
        for path, value in (("min", signal.minimum), ("max", signal.maximum)):
            if value is not None:
                yield path, as_written(value * column.factor)
        unknown = SpecialMapping("null+nan", NO_VALUE, NO_VALUE_COLOR)
        own = state_mappings(signal) if column.mappings is None else column.mappings
        more = (
            [value_mapping({each.value: (each.text, each.color) for each in rest_rows(signal)})] if column.rest else []
        )
        yield "mappings", _mappings([*own, *more, unknown], context)
        if column.cell != "plain":
            own_set = column.thresholds or context.thresholds
            steps = _shown_steps(own_set, signal, column.base_color, column.factor)
            shown: list[Json] = [{"color": color, "value": value} for color, value in steps]
            if column.cell == "text" and len(shown) == 1:
                shown[0]["color"] = "text"  # nothing is too much of it: only what is unknown has a color
            yield "thresholds", {"mode": "absolute", "steps": shown}
            yield "custom.cellOptions", _CELLS[column.cell]
    else:
        yield "noValue", NO_VALUE
    if column.width is not None:
        yield "custom.width", column.width
    if column.hidden:
        yield "custom.hidden", True
    if column.links:
        yield "links", [_column_link(link, context) for link in column.links]


def _column_link(link: core.DataLink, context: Context) -> Json:
    new_tab = {"targetBlank": True} if link.isNewTab else {}
    return {"title": link.title, "url": _address(link, context), **new_tab}


def _address(link: core.DataLink, context: Context) -> str:
    return f"{context.runbook_url.rstrip('/')}/{link.linkUrl}" if isinstance(link, RunbookLink) else str(link.linkUrl)


@encode.register(Override)
def _(override: Override, context: Context) -> Json:
    return {
        "matcher": {"id": override.matcher, "options": override.value},
        "properties": [
            {"id": path, "value": _mappings(cast("Iterable[object]", value), context) if path == "mappings" else value}
            for path, value in override.properties.items()
        ],
    }


def _transformations(transformations: Iterable[object], context: Context) -> list[Json]:
    encoded: list[Json] = []
    for item in transformations:
        if isinstance(item, Columns):
            encoded.extend(_columns(item, context))
        else:
            encoded.append(_plain(item, context))
    return encoded


@encode.register(Transformation)
def _(transformation: Transformation, context: Context) -> Json:  # noqa: ARG001
    return {"id": transformation.id, "options": dict(transformation.options)}


def cluster_title(label: str) -> str:
    """Return what people read for a label of a cluster: `k8s_cluster` is `K8s cluster`."""
    return label.replace("_", " ").capitalize()


def _columns(columns: Columns, context: Context) -> list[Json]:
    """Return the transformations that leave a table its columns, in order and under their titles."""
    several = len(columns.signals) > 1
    carried = [
        set(context.rendering.identity_of(context.rendering.known(each.expressions))) for each in columns.signals
    ]
    fields: dict[str, str] = {
        label: cluster_title(label)
        for label in context.rendering.identity.labels
        if label not in dict(columns.titles) and any(label in each for each in carried)
    }
    for column, title in columns.titles:
        if isinstance(column, Signal):
            index = columns.signals.index(column)
            fields[f"Value #{chr(ord('A') + index)}" if several else "Value"] = title
        else:
            expressions = [context.rendering.known(signal.expressions) for signal in columns.signals]
            context.rendering.check_labels([column], *expressions)
            together = " + ".join(f"({expression})" for expression in expressions)
            fields[context.rendering.label(column, together)] = title
    return [
        *([{"id": "merge", "options": {}}] if several else []),
        {"id": "filterFieldsByName", "options": {"include": {"names": list(fields)}}},
        {
            "id": "organize",
            "options": {
                "indexByName": {name: index for index, name in enumerate(fields)},
                "renameByName": fields,
            },
        },
    ]


@encode.register(core.TableSortByField)
def _(field: core.TableSortByField, context: Context) -> Json:  # noqa: ARG001
    return {"displayName": field.displayName, **({"desc": True} if field.desc else {})}


@encode.register(core.DataLink)
def _(link: core.DataLink, context: Context) -> Json:
    return {
        "title": link.title,
        "type": "link",
        "icon": "",
        "tooltip": "",
        "url": _address(link, context),
        "tags": [],
        "asDropdown": False,
        "targetBlank": link.isNewTab,
        "includeVars": False,
        "keepTime": False,
    }


@encode.register(core.DashboardLink)
def _(link: core.DashboardLink, context: Context) -> Json:  # noqa: ARG001
    return {
        "title": link.title,
        "type": link.type,
        "icon": link.icon,
        "tooltip": link.tooltip,
        **({"url": link.uri} if link.uri else {}),
        "tags": list(link.tags),
        "asDropdown": link.asDropdown,
        "targetBlank": link.targetBlank,
        "includeVars": link.includeVars,
        "keepTime": link.keepTime,
    }


def _merge(target: Json, extra: Mapping[str, object]) -> None:
    """Merge grafanalib's `extraJson` into a panel, deeply."""
    for key, value in extra.items():
        present = target.get(key)
        if isinstance(value, Mapping) and isinstance(present, dict):
            _merge(present, value)
        else:
            target[key] = value
