"""JSON that grafanalib's objects say of themselves, for what dashlib passes on as it is."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from typing import Any

import attrs


def json_of(value: object) -> Any:  # noqa: ANN401  # JSON
    """Return what an object says of itself, with everything that stands in it.

    grafanalib prints warnings while it does so; they go to standard error, for standard output is the command's own.
    """
    with contextlib.redirect_stdout(sys.stderr):
        return _json_of(value)


def _json_of(value: object) -> Any:  # noqa: ANN401  # JSON
    said = getattr(value, "to_json_data", None)
    if said is not None and not isinstance(value, type):
        return _json_of(said())
    if isinstance(value, Mapping):
        return {str(key): _json_of(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json_of(each) for each in value]
    return value


def without_nulls(value: Any) -> Any:  # noqa: ANN401  # JSON
    """Return JSON without what is null in it: to Grafana a key that is not there says the same."""
    if isinstance(value, dict):
        return {key: without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value if each is not None]
    return value


def written(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return JSON that somebody wrote where an object may stand, with the objects in it and without its nulls.

    A null that is a `value` stays: it is where the first step of thresholds begins.
    """

    def stripped(value: Any) -> Any:  # noqa: ANN401  # JSON
        if isinstance(value, dict):
            return {key: stripped(each) for key, each in value.items() if each is not None or key == "value"}
        return [stripped(each) for each in value] if isinstance(value, list) else value

    found: dict[str, Any] = stripped(json_of(said))
    return found


def with_todays_fields(said: dict[str, Any]) -> dict[str, Any]:
    """Return JSON of a panel with its fields where Grafana looks for them since version 7: not in `options`."""
    options = said.get("options")
    if not isinstance(options, Mapping) or not isinstance(options.get("fieldOptions"), Mapping):
        return said
    old = dict(options["fieldOptions"])
    config = dict(said.get("fieldConfig") or {})
    defaults = {**config.get("defaults", {}), **old.get("defaults", {})}
    if "title" in defaults:
        defaults["displayName"] = defaults.pop("title")
    if "mappings" in old:
        defaults["mappings"] = old["mappings"]
    if "thresholds" in old:
        defaults["thresholds"] = {"mode": "absolute", "steps": old["thresholds"]}
    if "overrides" in old:
        config["overrides"] = old["overrides"]
    reduced = {name: old[name] for name in ("calcs", "values", "limit") if name in old}
    rest = {name: value for name, value in options.items() if name != "fieldOptions"}
    if reduced:
        rest["reduceOptions"] = {**rest.get("reduceOptions", {}), **reduced}
    found = {name: value for name, value in said.items() if name != "options"}
    if defaults or config:
        found["fieldConfig"] = {**config, "defaults": defaults}
    return {**found, "options": rest} if rest else found


def difference(own: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is in some JSON and not, or otherwise, in other JSON."""
    found: dict[str, Any] = {}
    for key, value in own.items():
        other = base.get(key)
        if isinstance(value, dict) and isinstance(other, dict):
            inside = difference(value, other)
            if inside:
                found[key] = inside
        elif key not in base or value != other:
            found[key] = value
    return found


def default_of(field: attrs.Attribute[Any]) -> object:
    """Return the default of an attribute; NOTHING where it has none, or where only its object knows."""
    default = field.default
    factory = getattr(default, "factory", None)
    if factory is None:
        return default
    return attrs.NOTHING if getattr(default, "takes_self", False) else factory()


def text(value: object) -> str:
    """Return a color or size as Grafana writes it."""
    return "" if value is None else str(json_of(value))


def number(value: object) -> float | int | None:
    """Return a number that may be written as a string; None where it is not one, such as `auto`."""
    if value is None or isinstance(value, bool):
        return None
    try:
        found = float(str(value))
    except ValueError:
        return None
    return int(found) if found.is_integer() else found


def say(value: object, name: str) -> object:
    """Return what an object, or a dict in its place, says under a name; None for nothing."""
    if isinstance(value, Mapping):
        return value.get(name)
    return getattr(value, name, None)
