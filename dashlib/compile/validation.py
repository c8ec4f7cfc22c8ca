"""Checks of compiled documents: their JSON Schema, and what no JSON Schema can express.

Whatever a keyword cannot express (a panel ends within the grid, thresholds ascend, names are unique) is checked here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from dashlib import schemas
from dashlib.compile.outputs import output_of
from dashlib.declare.panel_kinds import panel_kinds
from dashlib.documents.dashboards import Dashboard, Panel
from dashlib.documents.rules import groups_in
from dashlib.documents.values import objects_in
from dashlib.errors import DashlibError
from dashlib.schemas import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dashlib.declare.panel_kinds import PanelKind, Settings
    from dashlib.documents.document import Document
    from dashlib.sources import Source

GRID_WIDTH = 24
_REFERENCE = re.compile(r'"#/\$defs/(\w+)"')


class SchemaError(DashlibError):
    """A compiled document violates its schema.

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
    """Check a compiled document against dashlib's schema of its kind.

    Raises:
        SchemaError: it does not fit. The message names the file, the place in it and in the declarations, what was
            found there and what is expected.
    """
    # As it will be read, not as it lies in memory: a tuple is a list in the file, and not-a-number is null.
    data = orjson.loads(orjson.dumps(document.data))
    found = schemas.first_finding(document.kind, data, _schema_of_documents)
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


def _schema_of_documents(kind: str) -> dict[str, Any]:
    """Return the schema of an output's documents, which stands in the output or is named there."""
    schema = output_of(kind).schema
    return load_schema(schema) if isinstance(schema, str) else dict(schema)


def load_schema(name: str) -> dict[str, Any]:
    """Return a schema by the name of its file; those with panels with what each kind of panel may hold."""
    schema = schemas.load_schema(name)
    if name == "library-panel":
        # A dashboard's panel, but for what each dashboard has of its own.
        parts = load_schema("dashboard")["$defs"]
        for panel in (parts["panel"], parts["plugin_panel"]):
            panel["required"] = ["type", "title"]
            del panel["properties"]["id"], panel["properties"]["gridPos"]
        schema["properties"]["model"] = {"$ref": "#/$defs/any_panel"}
        schema["$defs"] = {each: parts[each] for each in _named_by("any_panel", parts)}
    if name == "dashboard":
        schema["$defs"]["panel"]["allOf"] = [
            {"if": {"properties": {"type": {"const": kind.id}}, "required": ["type"]}, "then": _schema_of(kind)}
            for kind in panel_kinds().values()
        ]
    return schema


def _named_by(name: str, parts: Mapping[str, Any]) -> list[str]:
    """Return a part of a schema and those that it refers to, by name."""
    found = [name]
    for each in found:  # it grows meanwhile
        text = orjson.dumps(parts[each]).decode()
        found += [other for other in dict.fromkeys(_REFERENCE.findall(text)) if other not in found]
    return found


def _schema_of(kind: PanelKind) -> dict[str, Any]:
    """Return the schema of what only this kind of panel has; `dashboard.schema.json` has what is common to all."""
    custom = (
        {"not": {}, "description": "no settings, since this kind of panel has none"}
        if kind.custom is None
        else _settings(kind.custom)
    )
    return {
        "required": ["options"] if kind.options.required else [],
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
        yield from _check_panel(found)
        position = panel["gridPos"]
        if position["x"] + position["w"] > GRID_WIDTH:
            end = position["x"] + position["w"]
            yield f"{pointer}/gridPos", f"found a panel that ends at column {end}; expected at most {GRID_WIDTH}"
        other = ids.setdefault(panel["id"], pointer)
        if other != pointer:
            yield f"{pointer}/id", f"found the id {panel['id']} of {other}; expected a unique one"
    yield from _repeated(((variable.pointer, variable.name) for variable in dashboard.variables), "name")


def _check_panel(panel: Panel) -> Iterator[tuple[str, str]]:
    yield from _repeated(((query.pointer, query.ref_id) for query in panel.queries), "refId")
    steps = panel.data.get("fieldConfig", {}).get("defaults", {}).get("thresholds", {}).get("steps", ())
    for index in range(2, len(steps)):
        if steps[index]["value"] <= steps[index - 1]["value"]:
            yield (
                f"{panel.pointer}/fieldConfig/defaults/thresholds/steps/{index}/value",
                f"found {steps[index]['value']}; expected more than the step before, {steps[index - 1]['value']}",
            )


def _check_library_panel(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _check_panel(Panel(Dashboard({}), "/model", data["model"]))


def _check_rules(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _repeated(((group.pointer, group.name) for group in groups_in(data)), "name")


def _repeated(named: Iterable[tuple[str, str]], key: str) -> Iterator[tuple[str, str]]:
    """Yield duplicate names.

    Args:
        named: the JSON pointer and the name of each.
        key: where its name stands.
    """
    seen: dict[str, str] = {}
    for pointer, name in named:
        first = seen.setdefault(name, pointer)
        if first != pointer:
            yield f"{pointer}/{key}", f"found the {key} {show(name)} of {first}; expected a unique one"


def _check_alertmanager(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("receivers", "time_intervals"):
        yield from _repeated(((place, each["name"]) for place, each in objects_in(data.get(key), f"/{key}")), "name")
    for key in ("matchers", "mute_time_intervals", "continue"):
        if key in data["route"]:
            yield f"/route/{key}", f"found {show(data['route'][key])}; expected a root route that takes every alert"
    receivers = {receiver["name"] for receiver in data["receivers"]}
    mute_times = {mute_time["name"] for mute_time in data.get("time_intervals", [])}
    for pointer, route in _alertmanager_routes("/route", data["route"]):
        if route.get("receiver", data["route"]["receiver"]) not in receivers:
            yield f"{pointer}/receiver", f"found {show(route['receiver'])}; expected the name of a receiver"
        for index, name in enumerate(route.get("mute_time_intervals", ())):
            if name not in mute_times:
                yield f"{pointer}/mute_time_intervals/{index}", f"found {show(name)}; expected the name of a mute time"


def _alertmanager_routes(pointer: str, route: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield pointer, route
    for index, below in enumerate(route.get("routes", ())):
        yield from _alertmanager_routes(f"{pointer}/routes/{index}", below)


def _check_grafana_alerting(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    from dashlib.compile import provisioning_files

    yield from provisioning_files.check_alerting(data)


def _check_nothing_more(_data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ()


_CHECKS = {
    "dashboard": _check_dashboard,
    "library-panel": _check_library_panel,
    "rules": _check_rules,
    "alertmanager": _check_alertmanager,
    "grafana-alerting": _check_grafana_alerting,
}
