"""The placeholder of the datasource (`${DS_PROMETHEUS}`): put in at push, and taken out again at pull. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs
import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.grafana.json_types import Json, JsonValue

DATASOURCE_TYPE = "prometheus"


@attrs.frozen
class Datasource:
    """The datasource that a push puts in.

    Attributes:
        uid: Grafana's name of it.
        name: what people call it.
        kept_as_variable: dashboards keep their variable, with this datasource chosen at first.
        verified: Grafana has told us that it is there; it does not tell every role.
    """

    uid: str
    name: str
    kept_as_variable: bool = False
    verified: bool = True


def placeholders(data: Mapping[str, Any]) -> list[str]:
    """Return the names that stand for a Prometheus datasource in a dashboard: its inputs and its variables."""
    inputs = [
        item["name"]
        for item in data.get("__inputs") or ()
        if item.get("type") == "datasource" and item.get("pluginId", DATASOURCE_TYPE) == DATASOURCE_TYPE
    ]
    variables = [item["name"] for item in _variables(data) if _chooses_datasource(item)]
    return list(dict.fromkeys([*inputs, *variables]))


def _variables(data: Mapping[str, Any]) -> list[Json]:
    templating = data.get("templating")
    variables = templating.get("list") if isinstance(templating, dict) else None
    return variables if isinstance(variables, list) else []


def _chooses_datasource(variable: Mapping[str, Any]) -> bool:
    return variable.get("type") == "datasource" and variable.get("query", DATASOURCE_TYPE) == DATASOURCE_TYPE


def with_datasource(data: Mapping[str, Any], datasource: Datasource) -> Json:
    """Return a dashboard with the datasource where its placeholder stood, and without the variable that chose it.

    Where the variable is kept, it stays in place and has the datasource chosen at first.
    """
    names = placeholders(data)
    made = {key: value for key, value in data.items() if key not in ("__inputs", "__requires")}
    if not names:
        return made
    if datasource.kept_as_variable:
        chosen = {"selected": False, "text": datasource.name, "value": datasource.uid}
        variables = [{**item, "current": chosen} if _chooses_datasource(item) else item for item in _variables(data)]
        return {**made, "templating": {**data["templating"], "list": variables}} if variables else made
    if _variables(made):
        kept = [item for item in _variables(made) if not _chooses_datasource(item)]
        made["templating"] = {**made["templating"], "list": kept}
    replaced: Json = orjson.loads(_pattern(names).sub(datasource.uid.encode(), orjson.dumps(made)))
    return replaced


def _pattern(names: list[str]) -> re.Pattern[bytes]:
    either = b"|".join(re.escape(name.encode()) for name in sorted(names, key=len, reverse=True))
    return re.compile(rb"\$\{(?:%b)(?::\w+)?\}|\$(?:%b)(?!\w)|\[\[(?:%b)\]\]" % (either, either, either))


def without_datasource(present: Mapping[str, Any], declared: Mapping[str, Any], datasource: Datasource) -> Json:
    """Return a dashboard that was read as the file of the declared one has it: placeholder, inputs, order of keys.

    Args:
        present: the dashboard's JSON as Grafana has it, without `id` and `version`.
        declared: the compiled document of the same dashboard.
        datasource: what the push put in.
    """
    names = placeholders(declared)
    made: Json = {key: value for key, value in present.items() if key not in ("id", "version")}
    if names and not datasource.kept_as_variable:
        made = _with_placeholder(made, datasource.uid, f"${{{names[0]}}}")
    own = [item for item in _variables(declared) if _chooses_datasource(item)]
    others = [item for item in _variables(made) if not _chooses_datasource(item)]
    if own:
        templating = made.get("templating") if isinstance(made.get("templating"), dict) else {}
        made["templating"] = {**(templating or {}), "list": [*own, *others]}
    for key in ("__inputs", "__requires"):
        if key in declared:
            made[key] = declared[key]
    ordered: Json = in_order_of(made, declared)
    return ordered


def _with_placeholder(data: JsonValue, uid: str, placeholder: str) -> JsonValue:
    """Put the placeholder back into references to the datasource: only there, a text may hold the uid by chance."""
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
