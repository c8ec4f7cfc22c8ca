"""dashlib's own JSON Schemas of what it writes and reads, and the messages for what does not fit them.

The schemas are the data files beside this module, `dashboard.schema.json` and so on. `description` says there what is
expected, where the keyword alone would not. What a JSON Schema cannot say (a panel ends within the grid, thresholds
ascend, names are unique) is checked here.
"""

from __future__ import annotations

import difflib
import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from dashlib.compile.outputs import output_of
from dashlib.declare.panel_kinds import panel_kinds
from dashlib.documents.dashboards import Dashboard
from dashlib.documents.rules import groups_in
from dashlib.documents.values import escaped, objects_in
from dashlib.errors import ConfigurationError, DashlibError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import jsonschema
    import jsonschema_rs
    from jsonschema.exceptions import ValidationError

    from dashlib.declare.panel_kinds import PanelKind, Settings
    from dashlib.documents.document import Document
    from dashlib.sources import Source

GRID_WIDTH = 24

_LONGEST_FOUND = 60
_MOST_KEYS = 12

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a text",
}


class SchemaError(DashlibError):
    """A compiled document is not what its schema says.

    Attributes:
        path: the compiled file, relative to the project's root.
        pointer: JSON pointer to the place in it.
    """

    exit_code = 1

    def __init__(self, message: str, source: Source | None = None, *, path: str = "", pointer: str = "") -> None:
        super().__init__(message, source)
        self.path = path
        self.pointer = pointer


def validate(document: Document) -> None:
    """Hold a compiled document against dashlib's schema of its kind.

    Raises:
        SchemaError: it does not fit. The message names the file, the place in it and in the declarations, what was
            found there and what is expected.
    """
    # As it will be read, not as it lies in memory: a tuple is a list in the file, and not-a-number is null.
    data = orjson.loads(orjson.dumps(document.data))
    found = _first_finding(output_of(document.kind).schema, data)
    if found is None:
        found = next(_CHECKS.get(document.kind, _check_nothing_more)(data), None)
    if found is not None:
        pointer, message = found
        raise SchemaError(
            f"{document.path}#{pointer}: {message}",
            _declared_at(document, pointer),
            path=str(document.path),
            pointer=pointer,
        )


def validate_profile(data: object, file: Path) -> None:
    """Hold a naming profile of the user's own against dashlib's schema of it.

    Args:
        data: what the file says.
        file: the file, for the message.

    Raises:
        ConfigurationError: it does not fit; the message names the place, what was found and what is expected.
    """
    found = _first_finding("profile", data)
    if found is not None:
        pointer, message = found
        raise ConfigurationError(f"{file}#{pointer}: {message}")


def findings(schema: str, data: object) -> Iterator[tuple[str, str]]:
    """Yield pointer and message of everything that does not fit a schema.

    Args:
        schema: as of `load_schema`.
        data: JSON-like.
    """
    for error in _errors(schema, data):
        yield _pointer(error), _message(error)


def _first_finding(schema: str, data: object) -> tuple[str, str] | None:
    """Return pointer and message of the finding that says most, and how many others there are."""
    errors = _errors(schema, data)
    if not errors:
        return None
    from jsonschema.exceptions import best_match

    error = best_match(errors)
    others = f" ({len(errors) - 1} more to mend in the file)" if len(errors) > 1 else ""
    return _pointer(error), _message(error) + others


def _errors(schema: str, data: object) -> list[ValidationError]:
    """Return what does not fit. jsonschema-rs decides, fifty times as fast; jsonschema explains what it refuses."""
    if _fits(schema, data):
        return []
    return list(_explainer(schema).iter_errors(data))


def _fits(schema: str, data: object) -> bool:
    try:
        return _decider(schema).is_valid(data)
    except ValueError:  # keys that YAML has and JSON has not, such as numbers
        return False


@functools.cache
def _decider(schema: str) -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(load_schema(schema))


@functools.cache
def _explainer(schema: str) -> jsonschema.Draft202012Validator:
    import jsonschema

    return jsonschema.Draft202012Validator(load_schema(schema))


def load_schema(name: str) -> dict[str, Any]:
    """Return a schema by the name of its file, such as `dashboard` or `rule-file`."""
    schema: dict[str, Any] = json.loads((Path(__file__).parent / f"{name}.schema.json").read_bytes())
    if name == "dashboard":
        schema["$defs"]["panel"]["allOf"] = [
            {"if": {"properties": {"type": {"const": kind.id}}, "required": ["type"]}, "then": _schema_of(kind)}
            for kind in panel_kinds().values()
        ]
    return schema


def _schema_of(kind: PanelKind) -> dict[str, Any]:
    """Return the schema of what only this kind of panel has; `dashboard.schema.json` has what is common to all."""
    custom = (
        {"not": {}, "description": "no settings that this kind of panel has not"}
        if kind.custom is None
        else _settings(kind.custom)
    )
    return {
        "required": ["options"],
        "properties": {
            "options": _settings(kind.options),
            "fieldConfig": {"properties": {"defaults": {"properties": {"custom": custom}}}},
        },
    }


def _settings(settings: Settings) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(settings.required),
        "properties": dict(settings.schema),
        "additionalProperties": False,
    }


# --- messages --------------------------------------------------------------------------------------------------


def _pointer(error: ValidationError) -> str:
    parts = [str(part) for part in error.absolute_path]
    if error.validator == "additionalProperties":
        parts.append(_unexpected(error)[0])
    return "".join(f"/{escaped(part)}" for part in parts)


def _message(error: ValidationError) -> str:
    """Return what was found at the place of an error, and what is expected there."""
    instance: Any = error.instance
    wanted: Any = error.validator_value
    if error.validator == "additionalProperties":
        return f"found an unexpected key; expected {_known_keys(error)}"
    if error.validator == "required":
        missing = [key for key in wanted if key not in instance]
        return f"found no {', '.join(map(_show, missing))}; expected {'it' if len(missing) == 1 else 'them'} here"
    if error.validator == "dependentRequired":
        key, other = next(
            (key, name) for key in wanted if key in instance for name in wanted[key] if name not in instance
        )
        return f"found {_show(key)} without {_show(other)}; expected both"
    found = _show(instance)
    if error.validator == "maxLength":
        found += f" ({len(instance)} characters)"
    schema: Any = error.schema
    if isinstance(schema, dict) and "description" in schema:
        return f"found {found}; expected {schema['description']}"
    if error.validator in _EXPECTED:
        return f"found {found}; expected {_EXPECTED[error.validator](wanted)}"
    return f"found {found}; expected nothing of this name here"


def _show(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_FOUND else text[: _LONGEST_FOUND - 1] + "…"


def _unexpected(error: ValidationError) -> list[str]:
    instance: Any = error.instance
    return [str(key) for key in instance if key not in _properties(error)]  # YAML has keys that are no texts


def _known_keys(error: ValidationError) -> str:
    known = _properties(error)
    near = difflib.get_close_matches(_unexpected(error)[0], known, n=1)
    if near:
        return f"perhaps {_show(near[0])}"
    names = sorted(known)
    return "one of " + ", ".join(map(_show, names[:_MOST_KEYS])) + (", …" if len(names) > _MOST_KEYS else "")


def _properties(error: ValidationError) -> dict[str, Any]:
    schema: Any = error.schema
    properties: dict[str, Any] = schema.get("properties", {})
    return properties


def _types(wanted: str | list[str]) -> str:
    return " or ".join(_TYPES[name] for name in ([wanted] if isinstance(wanted, str) else wanted))


def _entries(least: int) -> str:
    return f"at least {least} {'entry' if least == 1 else 'entries'}"


# In words, what each keyword of a schema wants.
_EXPECTED: dict[object, Callable[[Any], str]] = {
    "type": _types,
    "const": _show,
    "enum": lambda wanted: "one of " + ", ".join(map(_show, wanted)),
    "minimum": "at least {}".format,
    "maximum": "at most {}".format,
    "exclusiveMinimum": "more than {}".format,
    "minLength": lambda _: "a text that is not empty",
    "minItems": _entries,
    "minProperties": _entries,
    "uniqueItems": lambda _: "no entry twice",
}


def _declared_at(document: Document, pointer: str) -> Source | None:
    """Return where the nearest enclosing part that has a declaration was declared."""
    while pointer not in document.sources:
        if not pointer:
            return None
        pointer = pointer.rpartition("/")[0]
    return document.sources[pointer].source


# --- what a JSON Schema cannot say -----------------------------------------------------------------------------


def _check_dashboard(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    ids: dict[int, str] = {}
    dashboard = Dashboard(data)
    for found in dashboard.all_panels:
        pointer, panel = found.pointer, found.data
        position = panel["gridPos"]
        if position["x"] + position["w"] > GRID_WIDTH:
            end = position["x"] + position["w"]
            yield f"{pointer}/gridPos", f"found a panel that ends at column {end}; expected at most {GRID_WIDTH}"
        other = ids.setdefault(panel["id"], pointer)
        if other != pointer:
            yield f"{pointer}/id", f"found the id {panel['id']} of {other}; expected one of its own"
        yield from _repeated(((query.pointer, query.ref_id) for query in found.queries), "refId")
        steps = panel.get("fieldConfig", {}).get("defaults", {}).get("thresholds", {}).get("steps", ())
        for index in range(2, len(steps)):
            if steps[index]["value"] <= steps[index - 1]["value"]:
                yield (
                    f"{pointer}/fieldConfig/defaults/thresholds/steps/{index}/value",
                    f"found {steps[index]['value']}; expected more than the step before, {steps[index - 1]['value']}",
                )
    yield from _repeated(((variable.pointer, variable.name) for variable in dashboard.variables), "name")


def _check_rules(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _repeated(((group.pointer, group.name) for group in groups_in(data)), "name")


def _repeated(named: Iterable[tuple[str, str]], key: str) -> Iterator[tuple[str, str]]:
    """Yield what has a name for the second time.

    Args:
        named: the JSON pointer and the name of each.
        key: where its name stands.
    """
    seen: dict[str, str] = {}
    for pointer, name in named:
        first = seen.setdefault(name, pointer)
        if first != pointer:
            yield f"{pointer}/{key}", f"found the {key} {_show(name)} of {first}; expected one of its own"


def _check_alertmanager(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("receivers", "time_intervals"):
        yield from _repeated(((place, each["name"]) for place, each in objects_in(data.get(key), f"/{key}")), "name")
    for key in ("matchers", "mute_time_intervals", "continue"):
        if key in data["route"]:
            yield f"/route/{key}", f"found {_show(data['route'][key])}; expected a topmost route that takes every alert"
    receivers = {receiver["name"] for receiver in data["receivers"]}
    mute_times = {mute_time["name"] for mute_time in data.get("time_intervals", [])}
    for pointer, route in _alertmanager_routes("/route", data["route"]):
        if route.get("receiver", data["route"]["receiver"]) not in receivers:
            yield f"{pointer}/receiver", f"found {_show(route['receiver'])}; expected the name of a receiver"
        for index, name in enumerate(route.get("mute_time_intervals", ())):
            if name not in mute_times:
                yield f"{pointer}/mute_time_intervals/{index}", f"found {_show(name)}; expected the name of a mute time"


def _alertmanager_routes(pointer: str, route: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield pointer, route
    for index, below in enumerate(route.get("routes", ())):
        yield from _alertmanager_routes(f"{pointer}/routes/{index}", below)


def _check_grafana_alerting(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    from dashlib.schemas import provisioning_files

    yield from provisioning_files.check_alerting(data)


def _check_nothing_more(_data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ()


_CHECKS = {
    "dashboard": _check_dashboard,
    "rules": _check_rules,
    "alertmanager": _check_alertmanager,
    "grafana-alerting": _check_grafana_alerting,
}
