"""A dashboard's content without what Grafana adds to it. Pure.

A Save in Grafana's UI writes every option of every panel that it showed, the plugins' versions, and a base threshold
of `0` where there was none; panels of a collapsed row stay as they were. None of that is an edit. The normal form
leaves out what is at Grafana's default, so that dashboards are equivalent exactly when their normal forms are equal.

Lists keep all their entries, so that an entry of a normal form has the same index as the original.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dashlib.declare.datasource_queries import plugin_of
from dashlib.declare.panel_kinds import panel_kind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dashlib.grafana.json_types import Json, JsonValue

# --- Grafana's defaults -----------------------------------------------------------------------------------------------
# A nested table is an object whose keys have defaults of their own. Empty values (null, "", [], {}) need no entry:
# they are left out unless their default is something else.
#
# Sources: a Save without a change, recorded on Grafana 12.3.0 (stat, bar gauge, time series, table,
# dashboard, variables); the JSON schemas of Grafana 12.3 (gauge, state timeline, text, links, rows); the options that
# Grafana's alert list and state timeline register. What no source documents is not listed, and shows as a difference.

_DASHBOARD: Final[Json] = {
    "editable": True,
    "fiscalYearStartMonth": 0,
    "graphTooltip": 0,
    "liveNow": False,
    "preload": False,
    "style": "dark",
    "time": {"from": "now-6h", "to": "now"},
    "timepicker": {"hidden": False},
}
_LINK: Final[Json] = {
    "asDropdown": False, "icon": "external link", "includeVars": False, "keepTime": False, "targetBlank": False,
    "type": "link",
}  # fmt: skip
_VARIABLE: Final[Json] = {
    "allowCustomValue": True, "auto": False, "auto_count": 30, "auto_min": "10s", "hide": 0, "includeAll": False,
    "multi": False, "skipUrlSync": False, "sort": 0, "useTags": False,
}  # fmt: skip
_ANNOTATION: Final[Json] = {
    "builtIn": 0, "enable": True, "hide": False, "filter": {"exclude": False},
    "target": {"limit": 100, "matchAny": False, "type": "dashboard"},
}  # fmt: skip
_QUERY: Final[Json] = {"exemplar": False, "format": "time_series", "hide": False, "instant": False, "intervalFactor": 1}

_PANEL: Final[Json] = {
    "collapsed": False, "gridPos": {"static": False, "x": 0, "y": 0}, "repeatDirection": "h", "transparent": False,
}  # fmt: skip
_THRESHOLDS: Final[Json] = {"mode": "absolute", "steps": [{"color": "green"}, {"color": "red", "value": 80}]}
# Not content: Grafana's own bookkeeping, and the settings of its query editor.
_NOT_OF_DASHBOARD: Final = frozenset(
    {"id", "uid", "version", "gnetId", "iteration", "__inputs", "__requires", "__elements"}
)
_NOT_OF_PANEL: Final = frozenset({"pluginVersion"})
# Of the place of a library panel: Grafana shows the library's, and writes into a dashboard what that was at a Save.
_NOT_OF_REFERENCE: Final = frozenset({"title", "type"})
_NOT_OF_QUERY: Final = frozenset(
    {"disableTextWrap", "editorMode", "fullMetaSearch", "includeNullMetadata", "useBackend"}
)
_NOT_OF_VARIABLE: Final = frozenset({"options"})


def _is_empty(value: JsonValue) -> bool:
    return value is None or (not value and isinstance(value, (str, list, dict)))


def _same(one: JsonValue, other: JsonValue) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


# --- the normal form -------------------------------------------------------------------------------------------------


def normal_form(data: Mapping[str, Any], datasources: Mapping[str, Mapping[str, str]]) -> Json:
    """Return a dashboard's content without what is at Grafana's defaults.

    Args:
        data: a dashboard's JSON, as declared or as Grafana has it.
        datasources: by type, the UID of a datasource by each other value of a datasource variable that means it; the
            empty string stands for a variable without a value.
    """
    made = _without(data, _DASHBOARD, _NOT_OF_DASHBOARD, {"panels", "templating", "annotations", "links"})
    lists: dict[str, list[Any]] = {
        "panels": [_panel(panel) for panel in _objects(data.get("panels"))],
        "links": [_without(link, _LINK) for link in _objects(data.get("links"))],
    }
    variables = [_variable(variable, datasources) for variable in _objects(_of(data, "templating").get("list"))]
    annotations = [_without(item, _ANNOTATION) for item in _objects(_of(data, "annotations").get("list"))]
    made |= {key: value for key, value in lists.items() if value}
    made |= {"templating": {"list": variables}} if variables else {}
    made |= {"annotations": {"list": annotations}} if annotations else {}
    return made


def _of(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _objects(data: object) -> list[Json]:
    return [item if isinstance(item, dict) else {"": item} for item in data] if isinstance(data, list) else []


def _without(
    data: Mapping[str, Any],
    defaults: Mapping[str, Any],
    not_content: Collection[str] = (),
    elsewhere: Collection[str] = (),
) -> Json:
    """Return an object without the keys that are at their defaults, are not content, or are handled elsewhere."""
    made: Json = {}
    for key, value in data.items():
        if key in not_content or key in elsewhere:
            continue
        default = defaults.get(key)
        plain = value
        if isinstance(value, (dict, list)):
            nested = default if isinstance(default, dict) else {}
            plain = _plain(value, nested, key)
            if nested and plain == {}:
                continue
        if _is_empty(plain) if _is_empty(default) else (plain is None or _same(plain, default)):
            continue
        made[key] = plain
    return made


def _filled(data: Mapping[str, Any]) -> Json:
    """Return an object without the keys that are empty, as what is deep inside mostly has no other default."""
    return {name: plain for name, value in data.items() if not _is_empty(plain := _plain(value, {}, name))}


def _plain(value: JsonValue, defaults: Mapping[str, Any], key: str) -> JsonValue:
    if isinstance(value, dict):
        return _without(value, defaults) if defaults else _filled(value)
    if isinstance(value, list):
        entries = [_plain(item, {}, "") for item in value]
        return _with_plain_base(entries) if key == "steps" else entries
    return value


def _with_plain_base(steps: list[JsonValue]) -> list[JsonValue]:
    """Drop the value of the lowest step: Grafana always treats it as minus infinity, and writes 0."""
    first = steps[0] if steps else None
    if isinstance(first, dict) and "color" in first and _same(first.get("value", 0), 0):
        return [{name: item for name, item in first.items() if name != "value"}, *steps[1:]]
    return steps


def _as_said(value: JsonValue, key: str = "") -> JsonValue:
    """Return a value without its nulls, but with empty strings, which mean something in overrides and mappings."""
    if isinstance(value, dict):
        return {name: _as_said(item, name) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        entries = [_as_said(item) for item in value]
        return _with_plain_base(entries) if key == "steps" else entries
    return value


def panel_form(panel: Json) -> Json:
    """Return a single panel without what is at Grafana's defaults, as a dashboard's normal form has it."""
    return _panel(panel)


def _options(kind: str) -> Json:
    made_by = panel_kind(kind)
    return {} if made_by is None else dict(made_by.options.defaults)


def _panel(panel: Json) -> Json:
    kind = str(panel.get("type"))
    not_content = _NOT_OF_PANEL | _NOT_OF_REFERENCE if panel.get("libraryPanel") else _NOT_OF_PANEL
    made = _without(
        panel, {**_PANEL, "options": _options(kind)}, not_content,
        {"fieldConfig", "panels", "targets", "transformations"},
    )  # fmt: skip
    targets = [_query(target) for target in _objects(panel.get("targets"))]
    inner = [_panel(item) for item in _objects(panel.get("panels"))]
    fields = _field_config(_of(panel, "fieldConfig"), kind)
    transformations = _as_said(panel.get("transformations"))
    found: Json = {"targets": targets, "panels": inner, "fieldConfig": fields, "transformations": transformations}
    return made | {key: value for key, value in found.items() if not _is_empty(value)}


def _field_config(config: Mapping[str, Any], kind: str) -> Json:
    made_by = panel_kind(kind)
    known: Json = {
        "color": {"mode": "thresholds" if made_by is None else made_by.color_mode},
        "custom": {} if made_by is None or made_by.custom is None else dict(made_by.custom.defaults),
        "thresholds": _THRESHOLDS,
    }
    fields = _of(config, "defaults")
    made = _without(fields, known, (), {"mappings"})
    if not _is_empty(fields.get("mappings")):
        made["mappings"] = _as_said(fields["mappings"])
    found: Json = {"defaults": made, "overrides": _as_said(config.get("overrides"))}
    return {key: value for key, value in found.items() if not _is_empty(value)}


def _query(target: Json) -> Json:
    made = _without(target, _QUERY, _NOT_OF_QUERY)
    if "expr" in target and bool(made.get("range")) != bool(made.get("instant")):
        made.pop("range", None)  # a query without a kind is a range query
    return made


def _variable(variable: Json, datasources: Mapping[str, Mapping[str, str]]) -> Json:
    made = _without(variable, _VARIABLE, _NOT_OF_VARIABLE, {"current", "query"})
    asked = variable.get("query")
    of_prometheus = _of(variable, "datasource").get("type", "prometheus") == "prometheus"
    if of_prometheus and isinstance(asked, dict) and isinstance(asked.get("query"), str):
        asked = asked["query"]  # as the variable editor spells it
    if not _is_empty(asked):
        made["query"] = asked
    current = {key: _only(item) for key, item in _of(variable, "current").items() if key in ("text", "value")}
    if variable.get("type") == "datasource":
        made.pop("refresh", None)  # Grafana writes 1, whatever it was
        chosen = current.get("value")
        names = datasources.get(plugin_of(str(asked or "prometheus")), {})
        chosen = names.get("" if chosen is None else str(chosen), chosen)
        current = {} if _is_empty(chosen) else {"value": chosen}
    if current:
        made["current"] = current
    return made


def _only(value: JsonValue) -> JsonValue:
    """Return the only entry of a list of one: a variable may hold its value either way."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
