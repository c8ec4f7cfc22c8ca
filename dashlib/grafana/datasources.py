"""The datasource of a dashboard (`${DS_PROMETHEUS}`): filled in at push, restored at pull. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import orjson

from dashlib.documents.dashboards import Dashboard
from dashlib.promql.variables import replaced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.grafana.json_types import Json, JsonValue

DATASOURCE_TYPE = "prometheus"


@attrs.frozen
class Datasource:
    """The datasource that a push chooses.

    Attributes:
        uid: its UID.
        name: its name.
        default: whether it is that Grafana's default.
        verified: whether Grafana confirmed that it exists; it does not tell every role.
    """

    uid: str
    name: str
    default: bool = False
    verified: bool = True

    @property
    def other_names(self) -> dict[str, str]:
        """Its UID, by each other value of a datasource variable that means it; the empty string means the default."""
        by_default = dict.fromkeys(("", "default"), self.uid) if self.default else {}
        return {self.name: self.uid, **by_default}


def placeholders(data: Mapping[str, Any]) -> list[str]:
    """Return the names of the inputs that stand for a Prometheus datasource and are not variables of the dashboard."""
    inputs = [
        item["name"]
        for item in data.get("__inputs") or ()
        if item.get("type") == "datasource" and item.get("pluginId", DATASOURCE_TYPE) == DATASOURCE_TYPE
    ]
    variables = {item.get("name") for item in _variables(data)}
    return [name for name in dict.fromkeys(inputs) if name not in variables]


def _variables(data: Mapping[str, Any]) -> list[Json]:
    return [variable.data for variable in Dashboard(data).variables]


def _chooses_datasource(variable: Mapping[str, Any]) -> bool:
    return variable.get("type") == "datasource" and variable.get("query", DATASOURCE_TYPE) == DATASOURCE_TYPE


def with_datasource(data: Mapping[str, Any], datasource: Datasource) -> Json:
    """Return a dashboard that uses the datasource.

    It becomes the initial value of a datasource variable, which panels keep using, so that a viewer can choose another.
    A placeholder without such a variable is replaced.
    """
    made = {key: value for key, value in data.items() if key not in ("__inputs", "__requires")}
    if any(map(_chooses_datasource, _variables(data))):
        chosen = {"text": datasource.name, "value": datasource.uid}
        variables = [{**item, "current": chosen} if _chooses_datasource(item) else item for item in _variables(data)]
        made["templating"] = {**data["templating"], "list": variables}
    names = placeholders(data)
    if names:
        text = orjson.dumps(made).decode()
        for name in names:  # an input may have a name that a variable cannot have: DS_PROMETHEUS-EU
            text = text.replace(f"${{{name}}}", datasource.uid)
        made = orjson.loads(replaced(text, lambda one: datasource.uid if one.name in names else one.text))
    return made


def without_datasource(placed: Mapping[str, Any], declared: Mapping[str, Any], datasource: Datasource) -> Json:
    """Return a dashboard as in the compiled file: placeholder, initial choice, inputs, order of keys.

    Args:
        placed: a dashboard that uses the datasource, without `id` and `version`.
        declared: the compiled document of the same dashboard.
        datasource: what the push filled in.
    """
    names = placeholders(declared)
    made: Json = dict(placed)
    if names:
        made = _with_placeholder(made, datasource.uid, f"${{{names[0]}}}")
    own = {item.get("name"): item for item in _variables(declared) if _chooses_datasource(item)}
    if own and _variables(made):
        variables = [_with_own_choice(item, own.get(item.get("name")), datasource) for item in _variables(made)]
        made["templating"] = {**made["templating"], "list": variables}
    for key in ("__inputs", "__requires"):
        if key in declared:
            made[key] = declared[key]
    ordered: Json = in_order_of(made, declared)
    return ordered


def _with_own_choice(variable: Json, declared: Json | None, datasource: Datasource) -> Json:
    """Return a datasource variable with the declared choice in place of the one that the push made."""
    chosen = variable.get("current") or {}
    if declared is None or "current" not in declared or chosen.get("value") != datasource.uid:
        return variable
    return {**variable, "current": declared["current"]}


def _with_placeholder(data: JsonValue, uid: str, placeholder: str) -> JsonValue:
    """Put the placeholder back, but only into datasource references: other strings may contain the UID by chance."""
    if isinstance(data, list):
        return [_with_placeholder(item, uid, placeholder) for item in data]
    if isinstance(data, dict):
        made = {key: _with_placeholder(value, uid, placeholder) for key, value in data.items()}
        if made.get("uid") == uid and made.get("type") == DATASOURCE_TYPE:
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
