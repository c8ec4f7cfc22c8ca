"""Every compiled dashboard, and one that uses everything, against the schemas that Grafana publishes of itself."""

from __future__ import annotations

import copy
import inspect
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

import dashlib
from dashlib import Dashboard, Row, datasource_variable, library_panel, timeseries
from dashlib.compile.configuration import Configuration
from dashlib.compile.loading import Declared, Project, load_project
from dashlib.compile.project import compile_project
from dashlib.debezium.connectors import LAG
from dashlib.declare.panels import MoreOptions, PageOptions, PanelOptions
from dashlib.documents.library import with_library_panels
from tests.contract.kitchen_sink import EVERY_ARGUMENT, kitchen_sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema.exceptions import ValidationError

ROOT = Path(__file__).parents[2]
DASHBOARDS = {
    document.data["uid"]: json.loads((ROOT / document.path).read_bytes())
    for document in compile_project(load_project(ROOT))
    if document.kind == "dashboard"
}
COMPILED = frozenset(DASHBOARDS)
DASHBOARDS["kitchen-sink"] = json.loads(json.dumps(kitchen_sink().data))

# For a hand import only; no part of Grafana's dashboard.
IMPORT_KEYS = ("__inputs", "__requires")

# Grafana's id of a panel plugin, and the name of its schema.
PLUGINS = {
    "stat": "stat",
    "gauge": "gauge",
    "bargauge": "bargauge",
    "timeseries": "timeseries",
    "state-timeline": "statetimeline",
    "table": "table",
    "text": "text",
}

# Anything at all may stand at these places in Grafana: a matcher's options are a text for byName, and a setting's
# value may be a number. Grafana's exported schema renders "anything" as an object with any keys, and so refuses what
# Grafana itself writes there (the query of a Prometheus variable, for example, in the course's own dashboards).
ANYTHING = {"type": "object", "additionalProperties": {}}
ANYTHING_AT = (
    "/definitions/MatcherConfig/properties/options",
    "/definitions/DynamicConfigValue/properties/value",
    "/definitions/VariableModel/properties/query/oneOf/1/additionalProperties",
)
# Which cell a table's options are for, Grafana tells by their type. In its exported schema each alternative takes
# every type, and has its own as the default, so that options of several alternatives fit none of them.
CELL_OPTIONS = "TableCellOptions"
# What these schemas leave to others: to the plugins' schemas, or to each transformation and datasource.
LEFT_OPEN_AT = {
    "/definitions/Panel/properties/targets/items",
    "/definitions/Panel/properties/options",
    "/definitions/FieldConfig/properties/custom",
    "/definitions/DataTransformerConfig/properties/options",
    "/definitions/AnnotationQuery/properties/target",
}


class Schemas:
    """Grafana's schemas, as published but for the places where anything may stand."""

    def __init__(self, folder: Path) -> None:
        self.published = {
            name: json.loads((folder / f"{name}.jsonschema.json").read_bytes())
            for name in ("dashboard", "prometheus", *PLUGINS.values())
        }
        self.corrected = copy.deepcopy(self.published)
        for place in ANYTHING_AT:
            value = at(self.corrected["dashboard"], place)
            assert {key: value[key] for key in ANYTHING} == ANYTHING, f"{place} is corrected for nothing"
            value.clear()
        table = self.corrected["table"]
        for alternative in table["definitions"][CELL_OPTIONS]["oneOf"]:
            kind = at(table, alternative["$ref"].removeprefix("#"))["properties"]["type"]
            assert kind["allOf"] == [{"$ref": "#/definitions/TableCellDisplayMode"}], alternative
            kind["const"] = kind.pop("default")

    def as_published(self) -> Schemas:
        """Return the schemas without a correction."""
        other = copy.copy(self)
        other.corrected = self.published
        return other

    def whole(self, name: str) -> dict[str, Any]:
        schema: dict[str, Any] = self.corrected[name]
        return schema

    def part(self, name: str, definition: str) -> dict[str, Any] | None:
        """Return a definition as a schema of its own; None if the plugin has no such part."""
        definitions = self.corrected[name]["definitions"]
        if definition not in definitions:
            return None
        return {"$ref": f"#/definitions/{definition}", "definitions": definitions}

    def parts(self, dashboard: dict[str, Any]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
        """Yield place, value and schema of the dashboard and of each part that a schema of its own governs."""
        body = {key: value for key, value in dashboard.items() if key not in IMPORT_KEYS}
        yield "", body, self.whole("dashboard")
        for place, panel in panels(body):
            if panel["type"] == "row":
                continue
            plugin = PLUGINS[panel["type"]]
            options = self.part(plugin, "Options")
            assert options is not None, plugin
            yield f"{place}/options", panel["options"], options
            custom = panel.get("fieldConfig", {}).get("defaults", {}).get("custom")
            if custom is not None:
                field_config = self.part(plugin, "FieldConfig")
                assert field_config is not None, f"{place}: Grafana knows no custom field settings of {plugin}"
                yield f"{place}/fieldConfig/defaults/custom", custom, field_config
            for index, target in enumerate(panel.get("targets", ())):
                yield f"{place}/targets/{index}", target, self.whole("prometheus")


@pytest.fixture(scope="session")
def schemas(shared: Path) -> Schemas:
    return Schemas(shared / "grafana" / "schema")


def at(data: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data


def panels(dashboard: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, panel in enumerate(dashboard["panels"]):
        yield f"/panels/{index}", panel
        for inner_index, inner in enumerate(panel.get("panels", ())):
            yield f"/panels/{index}/panels/{inner_index}", inner


def errors(value: Any, schema: dict[str, Any]) -> list[ValidationError]:
    return list(Draft7Validator(schema).iter_errors(value))


def said(error: ValidationError) -> str:
    """Return what is wrong, from the alternative that came nearest."""
    worst = best_match([error]) or error
    return f"{worst.json_path}: {worst.message[:200]}"


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_grafana_finds_no_error(schemas: Schemas, uid: str) -> None:
    found = [
        f"{place} {said(error)}"
        for place, value, schema in schemas.parts(DASHBOARDS[uid])
        for error in errors(value, schema)
    ]
    assert found == []


@pytest.mark.parametrize("version", ["dashboard", "13.2/dashboardv1"])
@pytest.mark.parametrize("shown", [False, True])
def test_grafana_finds_no_error_where_a_library_panel_stands(shared: Path, version: str, *, shown: bool) -> None:
    lag = library_panel("Lag", timeseries(LAG, "Lag"))
    overview = Dashboard(uid="o", title="O", variables=[datasource_variable()], rows=[Row("Now", [lag])])
    declared = tuple(Declared(each, "dashboards/o.py") for each in (lag, overview))
    documents = compile_project(Project(ROOT, Configuration(), declared))
    data = (with_library_panels(documents) if shown else documents)[-1].data
    body = {key: value for key, value in json.loads(json.dumps(data)).items() if key not in IMPORT_KEYS}
    schema = json.loads((shared / "grafana" / "schema" / f"{version}.jsonschema.json").read_bytes())
    assert [said(error) for error in errors(body, schema)] == []


@pytest.mark.parametrize("uid", sorted(COMPILED))
def test_as_published_grafana_finds_no_error_in_what_is_compiled(schemas: Schemas, uid: str) -> None:
    # It takes objects only for what an override sets, where Grafana writes numbers and texts.
    setting = re.compile(r".*\.overrides\[\d+\]\.properties\[\d+\]\.value: .* is not of type 'object'")
    found = [
        f"{place} {said(error)}"
        for place, value, schema in schemas.as_published().parts(DASHBOARDS[uid])
        for error in errors(value, schema)
    ]
    assert [problem for problem in found if not setting.fullmatch(problem)] == []


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_as_published_the_schema_objects_only_where_anything_may_stand(schemas: Schemas, uid: str) -> None:
    body = {key: value for key, value in DASHBOARDS[uid].items() if key not in IMPORT_KEYS}
    allowed = (("matcher", "options"), ("properties", "value"), ("query",))
    for error in errors(body, schemas.published["dashboard"]):
        # A panel is either a panel or a row; what is wrong with it as the other says nothing.
        is_row = isinstance(error.instance, dict) and error.instance.get("type") == "row"
        leaves = [leaf for leaf in error.context or [] if leaf.schema_path[0] == (1 if is_row else 0)]
        assert leaves, said(error)
        for leaf in leaves:
            names = [part for part in leaf.absolute_path if isinstance(part, str)]
            assert any(tuple(names[-len(end) :]) == end for end in allowed), said(leaf)


def test_the_courses_own_dashboards_have_what_the_published_schema_refuses(schemas: Schemas, shared: Path) -> None:
    for file in sorted((shared / "lessons" / "original").glob("*.json")):
        variables = json.loads(file.read_bytes())["templating"]["list"]
        queries = [variable["query"] for variable in variables if variable["type"] == "query"]
        assert queries
        definitions = schemas.published["dashboard"]["definitions"]
        variable = {**definitions["VariableModel"]["properties"]["query"], "definitions": definitions}
        assert all(errors(query, variable) for query in queries), file.name


def test_the_kitchen_sink_sets_every_argument_of_every_builder() -> None:
    public = {name: getattr(dashlib, name) for name in dashlib.__all__}
    builders = {
        value
        for value in public.values()
        if inspect.isfunction(value)
        and value.__module__.startswith("dashlib.declare.panel_kinds.")
        and {"title", "width"} <= arguments_of(value)
        and sys.modules[value.__module__].KIND.id in PLUGINS  # test_gallery.py does so for the others
    }
    assert set(EVERY_ARGUMENT) == builders
    for builder, arguments in EVERY_ARGUMENT.items():
        given = {*arguments, "signals", "content", "title", "key"}
        missing = arguments_of(builder) - given - set(MoreOptions.__annotations__)  # these, too
        # A table has columns and no legend, a state timeline has no digits.
        missing -= {"table": {"legend"}, "state_timeline": {"decimals"}}.get(builder.__name__, set())
        assert not missing, f"{builder.__name__}: {missing}"


def arguments_of(builder: Callable[..., object]) -> set[str]:
    """Return the names of a builder's arguments, those that it shares with the others included."""
    parameters = inspect.signature(builder).parameters
    own = set(parameters)
    more = PageOptions if "PageOptions" in str(parameters.get("options")) else PanelOptions
    return (own - {"options"}) | set(more.__annotations__) if "options" in own else own


def test_the_kitchen_sink_has_every_kind_of_panel_and_mapping() -> None:
    everything = [panel for _, panel in panels(DASHBOARDS["kitchen-sink"])]
    assert {panel["type"] for panel in everything} == {*PLUGINS, "row"}
    mappings = [
        mapping
        for panel in everything
        for mapping in panel.get("fieldConfig", {}).get("defaults", {}).get("mappings", ())
    ]
    assert {mapping["type"] for mapping in mappings} == {"value", "range", "special"}
    assert len({mapping["options"]["match"] for mapping in mappings if mapping["type"] == "special"}) == 6


# --- that the schemas do look ------------------------------------------------------------------------------------


def nodes(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield place, schema
        for key, value in schema.items():
            if key not in ("default", "enum", "const", "required"):
                yield from nodes(value, f"{place}/{key}")
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from nodes(value, f"{place}/{index}")


def test_no_schema_is_silent_where_nobody_knows(schemas: Schemas) -> None:
    for name, schema in schemas.published.items():
        Draft7Validator.check_schema(schema)
        open_at = set()
        for place, node in nodes(schema):
            if isinstance(node.get("$ref"), str):
                assert at(schema, node["$ref"].removeprefix("#")), f"{name}{place}"
            if node.get("type") == "array":
                assert node.get("items"), f"{name}{place}: a list of anything"
            if node.get("type") == "object" and node.get("additionalProperties") is not False:
                closed = isinstance(node.get("additionalProperties"), dict) and node["additionalProperties"]
                if not closed:
                    open_at.add(place)
        assert open_at == ({*LEFT_OPEN_AT, *ANYTHING_AT} if name == "dashboard" else set()), name


def test_every_schema_refuses_a_broken_sample(schemas: Schemas) -> None:
    """Each part that was validated, broken in each way, must give an error: an unknown key, and each wrong type."""
    seen = set()
    for place, value, schema in schemas.parts(DASHBOARDS["kitchen-sink"]):
        if not place:
            continue
        seen.add((schema.get("$ref"), json.dumps(sorted(schema["definitions"]))))
        assert errors({**value, "deadKey": 1}, schema), place
        for key in value:
            assert errors({**value, key: [{"wrong": {}}]}, schema), f"{place}/{key}"
    parts_of = {"stat": 1, "gauge": 1, "bargauge": 1, "text": 1, "timeseries": 2, "state-timeline": 2, "table": 2}
    assert set(parts_of) == set(PLUGINS)
    assert len(seen) == sum(parts_of.values()) + 1, "a schema validated nothing"


@pytest.mark.parametrize("breaking", ["dead key", "wrong type"])
@pytest.mark.parametrize(
    "place",
    [
        "", "/time", "/timepicker", "/links/0", "/templating", "/templating/list/0", "/templating/list/1",
        "/templating/list/1/current", "/templating/list/3", "/templating/list/3/options/0", "/annotations",
        "/annotations/list/0", "/annotations/list/1", "/annotations/list/1/datasource", "PANEL", "PANEL/gridPos",
        "PANEL/datasource", "PANEL/fieldConfig", "PANEL/fieldConfig/defaults", "PANEL/fieldConfig/defaults/thresholds",
        "PANEL/fieldConfig/defaults/thresholds/steps/0", "PANEL/fieldConfig/defaults/mappings/0",
        "PANEL/fieldConfig/defaults/mappings/1/options", "PANEL/fieldConfig/defaults/mappings/2/options/result",
        "PANEL/fieldConfig/overrides/0", "PANEL/fieldConfig/overrides/0/matcher",
        "PANEL/fieldConfig/overrides/0/properties/0", "ROW", "ROW/panels/0", "ROW/panels/1/links/0",
        "TABLE/transformations/0",
    ],
)  # fmt: skip
def test_the_dashboard_schema_refuses_a_broken_sample(schemas: Schemas, place: str, breaking: str) -> None:
    body = {key: value for key, value in DASHBOARDS["kitchen-sink"].items() if key not in IMPORT_KEYS}
    body = copy.deepcopy(body)
    found = {panel["title"]: pointer for pointer, panel in panels(body)}
    for name, title in (("PANEL", "Everything: stat"), ("TABLE", "Everything: table"), ("ROW", "grafanalib")):
        place = place.replace(name, found[title])
    assert errors(body, schemas.whole("dashboard")) == []
    part = at(body, place)
    if breaking == "dead key":
        part["deadKey"] = 1
    else:
        key = next(key for key in part if key not in ("options", "value", "query"))
        part[key] = [{"wrong": {}}]
    assert errors(body, schemas.whole("dashboard")), place


# --- nothing said that need not be ---------------------------------------------------------------------------------


def resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = at(schema, node["$ref"].removeprefix("#"))
    return node


def equal(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def needless(value: Any, node: dict[str, Any], schema: dict[str, Any], place: str) -> Iterator[str]:
    """Yield the keys that say what Grafana assumes anyway, and those that no schema knows."""
    node = resolved(schema, node)
    for branch in node.get("allOf", ()):
        yield from needless(value, branch, schema, place)
    branches = [*node.get("oneOf", ()), *node.get("anyOf", ())]
    if branches:
        alternatives = [{**branch, "definitions": schema["definitions"]} for branch in branches]
        nearest = min(alternatives, key=lambda branch: len(errors(value, branch)))
        yield from needless(value, nearest, schema, place)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from needless(item, node.get("items", {}), schema, f"{place}/{index}")
    if not isinstance(value, dict) or not ("properties" in node or node.get("additionalProperties")):
        return
    properties = node.get("properties", {})
    for key, item in value.items():
        if key in properties:
            part = properties[key]
            default = part.get("default", resolved(schema, part).get("default"))
            if default is not None and key not in node.get("required", ()) and equal(item, default):
                yield f"{place}/{key} is {json.dumps(item)}, Grafana's default"
            yield from needless(item, part, schema, f"{place}/{key}")
        elif isinstance(node.get("additionalProperties"), dict):
            yield from needless(item, node["additionalProperties"], schema, f"{place}/{key}")
        else:
            yield f"{place}/{key} is known to no schema"


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_no_key_is_at_grafanas_default_or_dead(schemas: Schemas, uid: str) -> None:
    found = [
        finding
        for place, value, schema in schemas.parts(DASHBOARDS[uid])
        for finding in needless(value, schema, schema, place)
    ]
    assert found == []


def test_a_key_at_its_default_and_a_dead_key_would_be_found(schemas: Schemas) -> None:
    body = copy.deepcopy(DASHBOARDS["kitchen-sink"])
    panel = next(panel for _, panel in panels(body) if panel["title"] == "Everything: stat")
    body["editable"] = True
    body["links"][0]["placement"] = "inControlsMenu"
    body["panels"][-1]["panels"][0]["repeatDirection"] = "h"
    panel["fieldConfig"]["defaults"]["mappings"][0]["options"]["0"]["deadKey"] = 1
    panel["options"]["deadKey"] = 1
    panel["targets"][0]["deadKey"] = 1
    found = [
        finding for place, value, schema in schemas.parts(body) for finding in needless(value, schema, schema, place)
    ]
    assert len(found) == 6, found


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_only_the_base_of_thresholds_is_null(uid: str) -> None:
    def nulls(value: Any, place: str) -> Iterator[str]:
        if value is None:
            yield place
        elif isinstance(value, dict | list):
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                yield from nulls(item, f"{place}/{key}")

    base = re.compile(r".*/(thresholds|overrides/\d+/properties/\d+/value)/steps/0/value")
    assert [place for place in nulls(DASHBOARDS[uid], "") if not base.fullmatch(place)] == []
