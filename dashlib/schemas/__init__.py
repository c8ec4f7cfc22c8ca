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
from dashlib.errors import ConfigurationError, DashlibError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

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
    for error in _validator(schema).iter_errors(data):
        yield _pointer(error), _message(error)


def _first_finding(schema: str, data: object) -> tuple[str, str] | None:
    """Return pointer and message of the finding that says most, and how many others there are."""
    from jsonschema.exceptions import best_match

    errors = list(_validator(schema).iter_errors(data))
    error = best_match(errors)
    if error is None:
        return None
    others = f" ({len(errors) - 1} more to mend in the file)" if len(errors) > 1 else ""
    return _pointer(error), _message(error) + others


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(load_schema(name))


def load_schema(name: str) -> dict[str, Any]:
    """Return a schema by the name of its file, such as `dashboard` or `rule-file`."""
    schema: dict[str, Any] = json.loads((Path(__file__).parent / f"{name}.schema.json").read_bytes())
    return schema


# --- messages --------------------------------------------------------------------------------------------------


def _pointer(error: ValidationError) -> str:
    parts = [str(part) for part in error.absolute_path]
    if error.validator == "additionalProperties":
        parts.append(_unexpected(error)[0])
    return "".join(f"/{_escape(part)}" for part in parts)


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


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
    return [key for key in instance if key not in _properties(error)]


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
    for pointer, panel in _panels(data):
        position = panel["gridPos"]
        if position["x"] + position["w"] > GRID_WIDTH:
            end = position["x"] + position["w"]
            yield f"{pointer}/gridPos", f"found a panel that ends at column {end}; expected at most {GRID_WIDTH}"
        other = ids.setdefault(panel["id"], pointer)
        if other != pointer:
            yield f"{pointer}/id", f"found the id {panel['id']} of {other}; expected one of its own"
        yield from _repeated(panel.get("targets", ()), "refId", f"{pointer}/targets")
        steps = panel.get("fieldConfig", {}).get("defaults", {}).get("thresholds", {}).get("steps", ())
        for index in range(2, len(steps)):
            if steps[index]["value"] <= steps[index - 1]["value"]:
                yield (
                    f"{pointer}/fieldConfig/defaults/thresholds/steps/{index}/value",
                    f"found {steps[index]['value']}; expected more than the step before, {steps[index - 1]['value']}",
                )
    yield from _repeated(data["templating"]["list"], "name", "/templating/list")


def _panels(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, panel in enumerate(data["panels"]):
        yield f"/panels/{index}", panel
        for inner_index, inner in enumerate(panel.get("panels", ())):
            yield f"/panels/{index}/panels/{inner_index}", inner


def _check_rules(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _repeated(data["groups"], "name", "/groups")


def _repeated(items: list[dict[str, Any]], key: str, pointer: str) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        first = seen.setdefault(item[key], index)
        if first != index:
            yield (
                f"{pointer}/{index}/{key}",
                f"found the {key} {_show(item[key])} of {pointer}/{first}; expected one of its own",
            )


def _check_alertmanager(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _repeated(data["receivers"], "name", "/receivers")
    yield from _repeated(data.get("time_intervals", []), "name", "/time_intervals")
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
