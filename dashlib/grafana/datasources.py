"""The datasources of a dashboard (`${DS_PROMETHEUS}`, `${DS_LOKI}`): filled in at push, restored at pull. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import orjson

from dashlib.declare.datasource_queries import DATASOURCES, plugin_of
from dashlib.documents.dashboards import Dashboard
from dashlib.promql.variables import has_variable, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.grafana.json_types import Json, JsonValue

DATASOURCE_TYPE = "prometheus"
#: The UID that stands for a Grafana's default datasource, of whatever type: what grafanalib means by none.
DEFAULT = "default"


@attrs.frozen
class Datasource:
    """The datasource that a push chooses.

    Attributes:
        uid: its UID.
        name: its name.
        kind: Grafana's id of its plugin.
        default: whether it is that Grafana's default.
        only: whether that Grafana has no other of its type.
        verified: whether Grafana confirmed that it exists; it does not tell every role.
    """

    uid: str
    name: str
    kind: str = DATASOURCE_TYPE
    default: bool = False
    only: bool = False
    verified: bool = True

    @property
    def reference(self) -> Json:
        """Grafana's reference to it."""
        return {"type": self.kind, "uid": self.uid}

    @property
    def other_names(self) -> dict[str, str]:
        """Its UID, by each other value of a datasource variable that means it; the empty string means no value yet."""
        names = [self.name, *([""] if self.default or self.only else []), *(["default"] if self.default else [])]
        return dict.fromkeys(names, self.uid)


#: What a push has chosen, by the type of the datasource: Grafana's id of the plugin.
Chosen: TypeAlias = "Mapping[str, Datasource]"


def title_of(kind: str) -> str:
    """Return the name of a type of datasource, for people."""
    known = DATASOURCES.get(kind)
    return "Prometheus" if kind == DATASOURCE_TYPE else known.title if known is not None else kind


def is_of(kind: str, plugin: object) -> bool:
    """Tell whether a datasource, by its plugin's id, is of a type; a cloud's own that speaks PromQL is a Prometheus."""
    return kind in str(plugin) if kind == DATASOURCE_TYPE else kind == plugin_of(str(plugin))


def asked_for(data: Mapping[str, Any]) -> list[str]:
    """Return the types of datasource that a dashboard leaves to whoever puts it into a Grafana, each once.

    The last is `DEFAULT` where it means that Grafana's default datasource.
    """
    by_default = [DEFAULT] if any(each.get("uid") == DEFAULT for each in _references(data)) else []
    chosen = [kind for variable in _variables(data) if (kind := _kind(variable))]
    return list(dict.fromkeys([*chosen, *placeholders(data).values(), *by_default]))


def _references(data: JsonValue) -> Iterator[Json]:
    """Yield the references to datasources in a dashboard, each the object that it is, in no order."""
    waiting = [data]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            for key, value in part.items():
                if key == "datasource" and isinstance(value, dict):
                    yield value
                elif isinstance(value, (dict, list)):
                    waiting.append(value)


def placeholders(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the inputs that stand for a datasource and are not variables of the dashboard: name and type of each."""
    variables = {item.get("name") for item in _variables(data)}
    return {
        item["name"]: plugin_of(item.get("pluginId", DATASOURCE_TYPE))
        for item in data.get("__inputs") or ()
        if item.get("type") == "datasource" and item["name"] not in variables
    }


def _variables(data: Mapping[str, Any]) -> list[Json]:
    return [variable.data for variable in Dashboard(data).variables]


def _kind(variable: Mapping[str, Any]) -> str:
    """Return the type that a datasource variable chooses among; empty for another variable, or a type not known."""
    kind = variable.get("query", DATASOURCE_TYPE) if variable.get("type") == "datasource" else ""
    return plugin_of(kind) if isinstance(kind, str) and not has_variable(kind) else ""


def with_datasources(data: Mapping[str, Any], chosen: Chosen) -> Json:
    """Return a dashboard that uses the datasources.

    Each becomes the initial value of the variables of its type, which panels keep using, so that a viewer can choose
    another. A placeholder without such a variable is replaced.
    """
    made = {key: value for key, value in data.items() if key not in ("__inputs", "__requires")}
    if any(map(_kind, _variables(data))):
        variables = [_choosing(item, chosen.get(_kind(item))) for item in _variables(data)]
        made["templating"] = {**data["templating"], "list": variables}
    uids = {name: chosen[kind].uid for name, kind in placeholders(data).items() if kind in chosen}
    if uids:
        text = orjson.dumps(made).decode()
        for name, uid in uids.items():  # an input may have a name that a variable cannot have: DS_PROMETHEUS-EU
            text = text.replace(f"${{{name}}}", uid)
        made = orjson.loads(replaced(text, lambda one: uids.get(one.name, one.text)))
    return _with_references(made, {"uid": DEFAULT}, chosen[DEFAULT].reference) if DEFAULT in chosen else made


def _with_references(data: Json, old: Json, new: Json) -> Json:
    """Return a dashboard with one reference to a datasource in place of another."""
    made: Json = orjson.loads(orjson.dumps(data))
    for each in _references(made):
        if each == old:
            each.clear()
            each.update(new)
    return made


def _choosing(variable: Json, datasource: Datasource | None) -> Json:
    if datasource is None:
        return variable
    return {**variable, "current": {"text": datasource.name, "value": datasource.uid}}


def without_datasources(placed: Mapping[str, Any], declared: Mapping[str, Any], chosen: Chosen) -> Json:
    """Return a dashboard as in the compiled file: placeholders, initial choices, inputs, order of keys.

    Args:
        placed: a dashboard that uses the datasources, without `id` and `version`.
        declared: the compiled document of the same dashboard.
        chosen: what the push filled in.
    """
    made: Json = dict(placed)
    if DEFAULT in chosen:
        made = _with_references(made, chosen[DEFAULT].reference, {"uid": DEFAULT})
    restored: dict[str, None] = {}
    for name, kind in placeholders(declared).items():
        if kind in chosen and kind not in restored:
            restored[kind] = None
            made = _with_placeholder(made, kind, chosen[kind].uid, f"${{{name}}}")
    own = {item.get("name"): item for item in _variables(declared) if _kind(item)}
    if own and _variables(made):
        variables = [
            _with_own_choice(item, own.get(item.get("name")), chosen.get(_kind(item))) for item in _variables(made)
        ]
        made["templating"] = {**made["templating"], "list": variables}
    for key in ("__inputs", "__requires"):
        if key in declared:
            made[key] = declared[key]
    ordered: Json = in_order_of(made, declared)
    return ordered


def _with_own_choice(variable: Json, declared: Json | None, datasource: Datasource | None) -> Json:
    """Return a datasource variable with the declared choice in place of the one that the push made."""
    current = variable.get("current") or {}
    if declared is None or datasource is None or current.get("value") != datasource.uid:
        return variable
    others = {key: value for key, value in variable.items() if key != "current"}
    return {**others, "current": declared["current"]} if "current" in declared else others


def _with_placeholder(data: JsonValue, kind: str, uid: str, placeholder: str) -> JsonValue:
    """Put a placeholder back, but only into datasource references: other strings may contain the UID by chance."""
    if isinstance(data, list):
        return [_with_placeholder(item, kind, uid, placeholder) for item in data]
    if isinstance(data, dict):
        made = {key: _with_placeholder(value, kind, uid, placeholder) for key, value in data.items()}
        if made.get("uid") == uid and plugin_of(str(made.get("type"))) == kind:
            made["uid"] = placeholder
        return made
    return data


def in_order_of(data: JsonValue, model: JsonValue) -> JsonValue:
    """Return data with the keys of each object in the order of the model's; those it does not know come last."""
    if isinstance(data, dict):
        known = model if isinstance(model, dict) else {}
        keys = [key for key in known if key in data] + [key for key in data if key not in known]
        return {key: in_order_of(data[key], known.get(key)) for key in keys}
    if isinstance(data, list):
        models = model if isinstance(model, list) else []
        return [in_order_of(item, _model_of(item, index, models)) for index, item in enumerate(data)]
    return data


def _model_of(item: JsonValue, index: int, models: list[Any]) -> JsonValue:
    if isinstance(item, dict):
        for key in ("id", "name", "refId"):
            if key in item:
                return next(
                    (model for model in models if isinstance(model, dict) and model.get(key) == item[key]), None
                ) or (models[index] if index < len(models) else None)
    return models[index] if index < len(models) else None
