"""From declared values to the dashboard JSON of a current Grafana, one small function per class.

`encode` dispatches on the class. An object of grafanalib's is read as dashlib's own value first
(`dashlib.from_grafanalib`). A user registers an encoder of a class of theirs:

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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, cast

import attrs

from dashlib.declare import foreign
from dashlib.declare.arguments import checked_when_compiled, found_words, nearest
from dashlib.declare.dashboards import DashboardLink
from dashlib.declare.datasource_queries import DASHBOARD, DATASOURCES, EXPRESSION
from dashlib.declare.fields import (
    DataLink,
    Override,
    RangeMapping,
    RegexMapping,
    RunbookLink,
    SpecialMapping,
    Transformation,
    ValueMapping,
    value_mapping,
)
from dashlib.declare.panel_kinds import check_values, panel_kind
from dashlib.declare.panel_kinds.table import Column, Columns, rest_rows
from dashlib.declare.panels import (
    NO_VALUE,
    NO_VALUE_COLOR,
    DatasourceTarget,
    Note,
    Panel,
    PrometheusTarget,
    PromqlTarget,
    SignalTarget,
    as_written,
    state_mappings,
)
from dashlib.declare.signals import AUTOMATIC, Signal
from dashlib.declare.thresholds import NO_THRESHOLDS, ColorStep, ThresholdSet, color_steps
from dashlib.errors import DeclarationError
from dashlib.metrics.profiles import MissingInProfileError
from dashlib.promql.variables import reference_of
from dashlib.sources import declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from dashlib.compile.rendering import Rendering
    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panel_kinds import PanelKind
    from dashlib.metrics.profiles import Profile

# JSON is heterogeneous by nature; past this border everything is typed.
Json: TypeAlias = dict[str, Any]
_Encoder: TypeAlias = Callable[[Any, "Context"], Json]
_F = TypeVar("_F", bound=_Encoder)

SCHEMA_VERSION = 42

_LEGEND_LABEL = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


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
        """Return the JSON of a declared value, dashlib's or grafanalib's.

        Args:
            declared: the value.
            context: profile, scope, threshold set and datasource of its dashboard.

        Raises:
            DeclarationError: no encoder is registered for the class.
        """
        return self.json(declared, context)

    def json(self, declared: object, context: Context) -> Json:
        """Return what a call does, for the compiler, whose arguments need no check."""
        kind = type(declared)
        encoder = self._found.get(kind)
        if encoder is None:
            encoder = self._found[kind] = self._of(kind)
        return encoder(declared, context)

    def _of(self, kind: type) -> _Encoder:
        for each in kind.__mro__:
            if each in self._registered:
                more = foreign.says_more(kind, each)
                if more:
                    raise foreign.no_encoder(kind, more)
                return self._registered[each]
            if foreign.is_foreign(each):
                break
        if any(map(foreign.is_foreign, kind.__mro__)) or hasattr(kind, "to_json_data"):
            from dashlib.from_grafanalib import read

            return lambda declared, context: _plain(read(declared), context)
        raise foreign.no_encoder(kind)


setattr(Encoders, "__call__", checked_when_compiled(Encoders.__call__, Encoders, "encode()"))  # noqa: B010
encode = Encoders()


# --- panels ----------------------------------------------------------------------------------------------------


def _panel_json(
    panel: Panel | foreign.Panel,
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
        panel: of a class of the user's own.
        context: of its dashboard.
        kind: Grafana's id of the panel plugin.
        options: the plugin's options.
        defaults: field settings for all series (`unit`, `min`, `mappings`, …); None values are left out.
        custom: field settings that only this plugin knows.
        overrides: field settings for some series.
        thresholds: the panel's own thresholds; the panel's attribute if None.
    """
    if not isinstance(panel, Panel):
        from dashlib.from_grafanalib import as_panel

        panel = as_panel(panel)
    steps = panel.thresholds
    if isinstance(thresholds, Iterable):
        steps = tuple(thresholds) or None
    elif thresholds is not None:
        raise DeclarationError(f"thresholds must be a list; got {found_words(thresholds)}")
    own = attrs.evolve(panel, kind=kind, options=options or {}, overrides=tuple(overrides), thresholds=steps)
    return _json(own, defaults or {}, custom or {}, context)


panel_json = checked_when_compiled(_panel_json, called="panel_json()")


@encode.register(Panel)
def _(panel: Panel, context: Context) -> Json:
    note = panel.note
    kind = panel_kind(panel.kind)
    if kind is not None and note is not None:
        _check_settings(panel, kind)
    if kind is None or kind.with_steps is None or note is None:
        return _json(panel, panel.fields, panel.custom, context)
    return _json(panel, *kind.with_steps(panel, _color_steps(note, context) if note.signals else ()), context)


def _check_settings(panel: Panel, kind: PanelKind) -> None:
    """Refuse an option or a field setting that a kind does not have; values are the schema's."""
    for said, given, known in (
        ("option", panel.options, kind.options),
        ("custom field setting", panel.custom, kind.custom),
    ):
        names: Mapping[str, object] = {} if known is None else known.schema
        if not given.keys() <= names.keys():
            name = next(each for each in given if each not in names)
            raise DeclarationError(f"a {kind.title} panel has no {said} {name!r}; {nearest(name, names)}")
    for override in panel.overrides:
        if isinstance(override, Override):
            _check_override(override, panel, kind)


def _check_override(override: Override, panel: Panel, kind: PanelKind) -> None:
    """Refuse an override of a setting that the kind does not have, or of a query that the panel does not ask."""
    known: Mapping[str, object] = {} if kind.custom is None else kind.custom.schema
    whole = {path.removeprefix("custom."): value for path, value in override.properties.items() if "custom." in path}
    check_values("an override's custom", whole, known)
    for path in override.properties:
        name = path.removeprefix("custom.").split(".")[0]
        if path.startswith("custom.") and name not in known:
            raise DeclarationError(
                f"an override sets {path!r}, but a {kind.title} panel has no custom field setting {name!r}; "
                + nearest(name, known)
            )
    asked = [target.ref_id for target in panel.targets if isinstance(target, PrometheusTarget | DatasourceTarget)]
    # What another panel has asked, or a transformation makes, has names of its own.
    is_own = not panel.transformations and not any(
        isinstance(target, DatasourceTarget) and target.query.datasource_type == DASHBOARD for target in panel.targets
    )
    if override.matcher == "byFrameRefID" and is_own and all(asked) and override.value not in asked:
        raise DeclarationError(
            f"an override is for the query {override.value!r}, which the panel does not ask; "
            + nearest(override.value, asked, fallback="it has")
        )


def _json(panel: Panel, said: Mapping[str, object], custom: Mapping[str, object], context: Context) -> Json:
    """Return the JSON of a panel whose fields, and those that only its kind has, are set as is said."""
    fields = _fields(panel, said, custom, context)
    encoded: Json = {"id": panel.id, "type": panel.kind, "title": panel.title, "gridPos": panel.position}
    if panel.description:
        encoded["description"] = panel.description
    if panel.targets or panel.datasource:
        encoded |= _queries(panel, context)
    if fields or panel.overrides or "fieldConfig" in panel.extra:
        encoded["fieldConfig"] = {"defaults": fields, "overrides": _encoded(panel.overrides, context)}
    if panel.options:
        encoded["options"] = dict(panel.options)
    if panel.transformations:
        encoded["transformations"] = _transformations(panel.transformations, context)
    if panel.links:
        encoded["links"] = _encoded(panel.links, context)
    encoded.update(panel.settings)
    if panel.extra:
        _merge(encoded, panel.extra)
        _complete(encoded)
    return encoded


def _fields(panel: Panel, said: Mapping[str, object], custom: Mapping[str, object], context: Context) -> Json:
    """Return the settings of all series."""
    fields: Json = {}
    for name, value in said.items():
        if value is None or (not value and value in _EMPTY):
            continue
        fields[name] = _encoded(value, context) if name in _LISTS else value  # type: ignore[arg-type]  # a list
    steps = _threshold_steps(panel.thresholds, panel.note, context)
    if steps:
        fields["thresholds"] = {"mode": panel.threshold_mode, "steps": steps}
    of_kind = {name: value for name, value in custom.items() if value is not None}
    if of_kind:
        fields["custom"] = of_kind
    return fields


def _complete(encoded: Json) -> None:
    """Write what Grafana requires beside what somebody has added."""
    settings = encoded.get("fieldConfig")
    if not isinstance(settings, dict):
        return
    encoded["fieldConfig"] = settings = {"defaults": {}, "overrides": [], **settings}
    for name in ("min", "max"):
        value = settings["defaults"].get(name)
        if isinstance(value, str) and value.replace(".", "", 1).lstrip("-").isdigit():
            settings["defaults"][name] = as_written(float(value))
    kind, custom = panel_kind(encoded["type"]), settings["defaults"].get("custom")
    if kind is not None and kind.custom is not None and custom:
        for name in kind.custom.required:
            custom.setdefault(name, kind.custom.defaults.get(name))


# Field settings in which declared values may stand, and what says nothing.
_LISTS = ("mappings", "links")
_EMPTY: tuple[object, ...] = ("", [], ())


def _queries(panel: Panel, context: Context) -> Json:
    datasource = datasource_reference(panel.datasource, context)
    # "Several" answers nothing: a query that names none of them means the dashboard's.
    asked = dict(context.datasource) if datasource.get("uid") == "-- Mixed --" else datasource
    targets = [_target(target, index, asked, context) for index, target in enumerate(panel.targets)]
    if any(isinstance(target, DatasourceTarget) for target in panel.targets):
        datasource = _shared_datasource(targets)
    return {"datasource": datasource, "targets": targets}


def _target(target: object, index: int, datasource: Json, context: Context) -> Json:
    encoded = _plain(target, context)
    if isinstance(encoded.get("datasource"), str):
        encoded["datasource"] = datasource_reference(encoded["datasource"], context)
    encoded.setdefault("datasource", dict(datasource))
    if not encoded.get("refId"):
        encoded["refId"] = chr(ord("A") + index)
    return encoded


def _shared_datasource(targets: Sequence[Json]) -> Json:
    """Return the datasource that all queries ask, or Grafana's word for several; expressions ask none."""
    asked = [target["datasource"] for target in targets if target["datasource"].get("type") != EXPRESSION]
    if not asked:
        return {"type": EXPRESSION, "uid": EXPRESSION}
    return dict(asked[0]) if all(each == asked[0] for each in asked) else {"type": DASHBOARD, "uid": "-- Mixed --"}


# What Grafana has itself, by the only name that each has.
_OF_GRAFANA = {"-- Grafana --": "grafana", "-- Mixed --": "datasource", "-- Dashboard --": "datasource"}


def datasource_reference(datasource: object, context: Context) -> Json:
    """Return Grafana's reference to a datasource: `{"type": "prometheus", "uid": …}`.

    Args:
        datasource: what a declaration says: None for the dashboard's, a name or uid, a variable
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
    try:
        expression = expression_of(signal, context.rendering, target.factor)
        if target.rest:
            expression = _worst(expression, target, signal, context.rendering)
        elif target.most:
            expression = f"{'topk' if target.highest else 'bottomk'}({target.most}, {expression})"
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


@functools.lru_cache(maxsize=1024)  # 1,000 dashboards ask the same
def expression_of(signal: Signal, rendering: Rendering, factor: float = 1.0) -> str:
    """Return the PromQL of a signal in a dashboard, multiplied with a factor.

    Raises:
        DeclarationError: it cannot be rendered.
    """
    known = rendering.known(signal.expressions)
    rendering = rendering.for_result(known)
    recorded = rendering.records.get(id(signal))
    if recorded is not None:
        from dashlib.compile.recording import by_cluster, is_chosen_behind  # only where panels ask recording rules

        if is_chosen_behind(by_cluster(signal)[0], rendering.scope, rendering):
            return rendering.recorded(recorded, factor=factor)
    if signal.guards:
        from dashlib.compile.conditions import signal_expression  # brings alerts along, which few dashboards need

        text = signal_expression(signal, rendering, rendering.records)
        return text if factor == 1 else f"({text}) * {factor:g}"
    text = rendering.render(known, filter_unknown=signal.drops_unknown, factor=factor)
    counted = [part for part in rendering.records.values() if part.logical and part.logical in known]
    if counted:
        from dashlib.compile.recording import asking_records

        return asking_records(text, {rendering.render(part.logical): rendering.recorded(part) for part in counted})
    return text


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
    encoded = _prometheus_query(target, expression, context)
    if "legendFormat" in encoded:
        encoded["legendFormat"] = _exported_legend(target.legend, target.signal.expressions, context.rendering)
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
    """Return a legend with the labels of the cluster in front, unless it or Grafana names them itself."""
    if legend == AUTOMATIC:
        return legend
    named = _LEGEND_LABEL.findall(legend)
    return " ".join([*(f"{{{{{label}}}}}" for label in identity if label not in named), legend])


@encode.register(PromqlTarget)
def _(target: PromqlTarget, context: Context) -> Json:
    return _prometheus_query(target, target.expression, context)


@encode.register(DatasourceTarget)
def _(target: DatasourceTarget, context: Context) -> Json:
    asked = target.query
    return {"refId": target.ref_id, **asked.model, "datasource": datasource_of(asked, context)}


def datasource_of(asked: DatasourceQuery, context: Context) -> Json:
    """Return the reference of a query: its own datasource, or the dashboard's variable of its type.

    Raises:
        DeclarationError: there is no such variable, or the one that it names is of another type.
    """
    kind, uid = asked.datasource_type, asked.datasource
    if uid in context.datasource_types:
        raise DeclarationError(f"datasource {uid!r} is a variable of the dashboard; write {'$' + uid!r}")
    known = DATASOURCES.get(kind)
    if known is not None and known.own:
        return {"type": kind, "uid": known.own}
    if not uid:
        variable = next((name for name, of in context.datasource_types.items() if of == kind), None)
        if variable is None:
            named = "DS_" + (known.title if known else kind).upper().split()[0]
            raise DeclarationError(
                f"a query asks a datasource of type {kind!r}, of which the dashboard has no variable; add "
                f"datasource_variable({named!r}, plugin={kind!r}), or name the datasource: datasource='uid'",
                asked.source,
            )
        uid = f"${{{variable}}}"
    # Two spellings of one variable would be two datasources.
    variable_of = reference_of(uid)
    found = datasource_reference(uid if variable_of is None else f"${{{variable_of.name}}}", context)
    if not kind or found.get("type", kind) == kind:
        return {"type": kind, **found} if kind else found
    raise DeclarationError(
        f"a query of {kind} names the datasource {uid!r}, which is of type {found['type']!r}", asked.source
    )


def _prometheus_query(target: PrometheusTarget, expression: str, context: Context) -> Json:
    encoded: Json = {"refId": target.ref_id, "editorMode": "code", "expr": expression}
    if target.format and target.format != "time_series":
        encoded["format"] = target.format
    encoded["instant" if target.instant else "range"] = True
    if target.legend and target.format == "time_series":
        encoded["legendFormat"] = target.legend
    if target.interval:
        encoded["interval"] = target.interval
    if target.hide:
        encoded["hide"] = True
    if target.exemplar:
        encoded["exemplar"] = True
    if target.datasource is not None:
        encoded["datasource"] = datasource_reference(target.datasource, context)
    if target.extra:
        _merge(encoded, target.extra)
    return encoded


def row_json(title: str, *, collapsed: bool, panels: list[Json]) -> Json:
    """Return the JSON of a row; the panels of an expanded row follow it in the dashboard instead of lying in it."""
    return {"id": None, "type": "row", "title": title, "gridPos": None, "collapsed": collapsed, "panels": panels}


# --- parts of panels -------------------------------------------------------------------------------------------


def _encoded(items: Iterable[object], context: Context) -> list[Json]:
    return [_plain(item, context) for item in items]


def _plain(item: object, context: Context) -> Json:
    """Return the JSON of a part that may already be JSON."""
    if isinstance(item, Value) or not isinstance(item, Mapping):  # dashlib's own are the commonest
        return encode.json(item, context)
    return dict(item)


@encode.register(ValueMapping)
def _(mapping: ValueMapping, context: Context) -> Json:  # noqa: ARG001
    options: Json = {}
    for value, text, color, index in mapping.values:
        result = {"text": text, "color": color, "index": index}
        options[value] = {name: each for name, each in result.items() if each != ""}
    return {"type": "value", "options": options}


@encode.register(RangeMapping)
def _(mapping: RangeMapping, context: Context) -> Json:  # noqa: ARG001
    result = {"text": mapping.text, "color": mapping.color, "index": mapping.index}
    return {
        "type": "range",
        "options": {
            "from": mapping.start,
            "to": mapping.end,
            "result": {name: value for name, value in result.items() if value not in ("", None)},
        },
    }


@encode.register(RegexMapping)
def _(mapping: RegexMapping, context: Context) -> Json:  # noqa: ARG001
    result = {name: value for name, value in (("text", mapping.text), ("color", mapping.color)) if value}
    return {"type": "regex", "options": {"pattern": mapping.pattern, "result": result}}


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


def _threshold_steps(thresholds: Sequence[object] | None, note: Note | None, context: Context) -> list[Json]:
    if thresholds is None:
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


@encode.register(ColorStep)
def _(step: ColorStep, context: Context) -> Json:  # noqa: ARG001
    return {"color": step.color, "value": as_written(step.value)}


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
        yield "mappings", _encoded([*own, *more, unknown], context)
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


def _column_link(link: object, context: Context) -> Json:
    found = _plain(link, context)
    new_tab = {"targetBlank": True} if found["targetBlank"] else {}
    return {"title": found["title"], "url": found["url"], **new_tab}


@encode.register(Override)
def _(override: Override, context: Context) -> Json:
    return {
        "matcher": {"id": override.matcher, "options": override.value},
        "properties": [
            {"id": path, "value": _encoded(cast("Iterable[object]", value), context) if path in _LISTS else value}
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
    beside = {name: value for name, value in transformation.beside.items() if value is not False}  # disabled=False
    return {"id": transformation.id, "options": dict(transformation.options), **beside}


def cluster_title(label: str) -> str:
    """Return what people read for a label of a cluster: `k8s_cluster` is `K8s cluster`."""
    return label.replace("_", " ").capitalize()


def _columns(columns: Columns, context: Context) -> list[Json]:
    """Return the transformations that leave a table its columns, in order and under their titles."""
    several = len(columns.shown) > 1
    signals = [each for each in columns.shown if isinstance(each, Signal)]
    carried = [set(context.rendering.identity_of(context.rendering.known(each.expressions))) for each in signals]
    fields: dict[str, str] = {
        label: cluster_title(label)
        for label in context.rendering.identity.labels
        if label not in dict(columns.titles) and any(label in each for each in carried)
    }
    for column, title in columns.titles:
        if not isinstance(column, str):
            index = columns.shown.index(column)
            fields[f"Value #{chr(ord('A') + index)}" if several else "Value"] = title
        elif len(signals) < len(columns.shown):
            fields[column] = title  # a query's labels are the exporter's, and known to it alone
        else:
            expressions = [context.rendering.known(signal.expressions) for signal in signals]
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


@encode.register(DataLink)
def _(link: DataLink, context: Context) -> Json:
    url = f"{context.runbook_url.rstrip('/')}/{link.url}" if isinstance(link, RunbookLink) else link.url
    return {
        "title": link.title,
        "type": "link",
        "icon": "",
        "tooltip": "",
        "url": url,
        "tags": [],
        "asDropdown": False,
        "targetBlank": link.new_tab,
        "includeVars": False,
        "keepTime": False,
    }


@encode.register(DashboardLink)
def _(link: DashboardLink, context: Context) -> Json:  # noqa: ARG001
    return {
        "title": link.title,
        "type": link.type,
        "icon": link.icon,
        "tooltip": link.tooltip,
        **({"url": link.url} if link.url else {}),
        "tags": list(link.tags),
        "asDropdown": link.as_dropdown,
        "targetBlank": link.new_tab,
        "includeVars": link.include_variables,
        "keepTime": link.keep_time,
    }


def _merge(target: Json, extra: Mapping[str, object]) -> None:
    """Merge JSON into a panel, deeply."""
    for key, value in extra.items():
        present = target.get(key)
        if isinstance(value, Mapping) and isinstance(present, dict):
            _merge(present, value)
        else:
            target[key] = value
