"""dashlib's own JSON Schemas of what it writes and reads, and the messages for what does not fit them.

The schemas are the data files beside this module, `dashboard.schema.json` and so on. `description` says there what is
expected, where the keyword alone would not.
"""

from __future__ import annotations

import difflib
import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import jsonschema
    import jsonschema_rs
    from jsonschema.exceptions import ValidationError


Loader: TypeAlias = "Callable[[str], dict[str, Any]]"

_LONGEST_FOUND = 60
_MOST_KEYS = 12

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


def load_schema(name: str) -> dict[str, Any]:
    """Return a schema by the name of its file, such as `dashboard` or `rule-file`."""
    schema: dict[str, Any] = json.loads((Path(__file__).parent / f"{name}.schema.json").read_bytes())
    return schema


def findings(schema: str, data: object, load: Loader = load_schema) -> Iterator[tuple[str, str]]:
    """Yield pointer and message of everything that does not fit a schema.

    Args:
        schema: name of the schema.
        data: JSON-like.
        load: returns the schema of a name.
    """
    for error in _errors(schema, data, load):
        yield _pointer(error), _message(error)


def first_finding(schema: str, data: object, load: Loader = load_schema) -> tuple[str, str] | None:
    """Return pointer and message of the finding that says most, and how many others there are."""
    errors = _errors(schema, data, load)
    if not errors:
        return None
    from jsonschema.exceptions import best_match

    error = best_match(errors)
    others = f" ({len(errors) - 1} more to fix in the file)" if len(errors) > 1 else ""
    return _pointer(error), _message(error) + others


def _errors(schema: str, data: object, load: Loader) -> list[ValidationError]:
    """Return what does not fit. jsonschema-rs decides, fifty times as fast; jsonschema explains what it refuses."""
    if _fits(schema, data, load):
        return []
    return list(_explainer(schema, load).iter_errors(data))


def _fits(schema: str, data: object, load: Loader) -> bool:
    try:
        return _decider(schema, load).is_valid(data)
    except ValueError:  # keys that YAML has and JSON has not, such as numbers
        return False


@functools.cache
def _decider(schema: str, load: Loader) -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(load(schema))


@functools.cache
def _explainer(schema: str, load: Loader) -> jsonschema.Draft202012Validator:
    import jsonschema

    return jsonschema.Draft202012Validator(load(schema))


# --- messages --------------------------------------------------------------------------------------------------


def _pointer(error: ValidationError) -> str:
    parts = [str(part) for part in error.absolute_path]
    if error.validator == "additionalProperties":
        parts.append(_unexpected(error)[0])
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _message(error: ValidationError) -> str:
    """Return what was found at the place of an error, and what is expected there."""
    instance: Any = error.instance
    wanted: Any = error.validator_value
    if error.validator == "additionalProperties":
        return f"found an unexpected key; expected {_known_keys(error)}"
    if error.validator == "required":
        missing = [key for key in wanted if key not in instance]
        return f"found no {', '.join(map(show, missing))}; expected {'it' if len(missing) == 1 else 'them'} here"
    if error.validator == "dependentRequired":
        key, other = next(
            (key, name) for key in wanted if key in instance for name in wanted[key] if name not in instance
        )
        return f"found {show(key)} without {show(other)}; expected both"
    found = show(instance)
    if error.validator == "maxLength":
        found += f" ({len(instance)} characters)"
    schema: Any = error.schema
    if isinstance(schema, dict) and "description" in schema:
        return f"found {found}; expected {schema['description']}"
    if error.validator in _EXPECTED:
        return f"found {found}; expected {_EXPECTED[error.validator](wanted)}"
    return f"found {found}; expected no key of this name here"


def show(value: object) -> str:
    """Return a value for a message, cut short where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_FOUND else text[: _LONGEST_FOUND - 1] + "…"


def _unexpected(error: ValidationError) -> list[str]:
    instance: Any = error.instance
    return [str(key) for key in instance if key not in _properties(error)]  # YAML has keys that are not strings


def _known_keys(error: ValidationError) -> str:
    known = _properties(error)
    near = difflib.get_close_matches(_unexpected(error)[0], known, n=1)
    if near:
        return f"perhaps {show(near[0])}"
    names = sorted(known)
    return "one of " + ", ".join(map(show, names[:_MOST_KEYS])) + (", …" if len(names) > _MOST_KEYS else "")


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
    "const": show,
    "enum": lambda wanted: "one of " + ", ".join(map(show, wanted)),
    "minimum": "at least {}".format,
    "maximum": "at most {}".format,
    "exclusiveMinimum": "more than {}".format,
    "minLength": lambda _: "a non-empty string",
    "minItems": _entries,
    "minProperties": _entries,
    "uniqueItems": lambda _: "no duplicate entries",
}
