"""dashlib's own schemas: what it compiles fits them, and what does not fit is said with its place."""

from __future__ import annotations

import copy
import datetime as dt
import functools
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson
import pytest
from grafanalib import core
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dashlib import Dashboard, Row, datasource_variable, encode, panel_json, schemas
from dashlib.compile import validation
from dashlib.compile.outputs import dashboard_json
from dashlib.compile.rendering import Rendering
from dashlib.compile.validation import SchemaError
from dashlib.errors import DashlibError
from dashlib.metrics.catalog import CANONICAL_UNITS, catalog
from dashlib.metrics.profiles import load_profile
from tests.compiled import DOCUMENTS
from tests.contract.kitchen_sink import kitchen_sink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.compile.encoding import Context, Json
    from dashlib.documents.document import Document

ROOT = Path(__file__).parents[2]
FILES = (
    "dashboard", "rule-file", "alertmanager", "notification-template", "configuration", "provisioning-alerting",
    "provisioning-datasources", "provisioning-dashboards", "profile", "library-panel",
)  # fmt: skip
GONE: Final = object()
UNIT = next(iter(CANONICAL_UNITS))


@functools.cache
def documents() -> dict[str, Document]:
    return {document.path.name: document for document in DOCUMENTS}


@functools.cache
def sink() -> Document:
    return kitchen_sink()


def as_read(document: Document) -> dict[str, Any]:
    """Return a copy of what the file says."""
    data: dict[str, Any] = orjson.loads(orjson.dumps(document.data))
    return data


def panels(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, panel in enumerate(data["panels"]):
        yield f"/panels/{index}", panel
        for inner_index, inner in enumerate(panel.get("panels", ())):
            yield f"/panels/{index}/panels/{inner_index}", inner


def at(data: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data


def change(data: dict[str, Any], pointer: str, value: object) -> None:
    """Put a value at a pointer, or take away what is there."""
    parent, _, last = pointer.rpartition("/")
    inside = at(data, parent)
    key = int(last) if isinstance(inside, list) else last
    if value is GONE:
        del inside[key]
    else:
        inside[key] = value


def finding(document: Document, data: dict[str, Any]) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        validation.validate(attrs.evolve(document, data=data))
    return caught.value


# --- what fits -----------------------------------------------------------------------------------------------------


def test_every_compiled_document_of_this_project_fits() -> None:
    assert {document.kind for document in documents().values()} >= {
        "dashboard", "rules", "alertmanager", "notification-template", "grafana-alerting",
    }  # fmt: skip
    for document in documents().values():
        validation.validate(document)


def test_what_every_builder_and_grafanalib_can_set_fits() -> None:
    validation.validate(sink())


class TrafficLight(core.Panel):
    """A panel kind of a user's own."""


@encode.register(TrafficLight)
def _(panel: TrafficLight, context: Context) -> Json:
    more = {"deep": [{"anything": [1, "two", False]}]}
    return panel_json(panel, context, "snuids-trafficlights-panel", options={"own": more}, custom={"own": more})


def lights(**settings_of_it: object) -> Document:
    panel = TrafficLight(title="Lights", targets=[core.Target(expr="up")], **settings_of_it)
    dashboard = Dashboard(uid="own", title="Own", variables=[datasource_variable()], rows=[Row([panel])])
    rendering = Rendering(catalog(), load_profile("lab"))
    return dashboard_json.compile_dashboard(dashboard, rendering, documents()["debezium-mysql.json"].path, "own.py")


def test_a_panel_kind_of_a_users_own_fits() -> None:
    validation.validate(lights())


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ({"options": {"own": None}}, "/panels/0/options/own: found null"),
        ({"deadKey": 1}, "/panels/0/deadKey: found an unexpected key"),
        (
            {"fieldConfig": {"defaults": {"units": "s"}}},
            '/defaults/units: found an unexpected key; expected perhaps "unit"',
        ),
    ],
)
def test_what_all_panels_have_is_checked_in_a_kind_of_a_users_own(extra: dict[str, Any], expected: str) -> None:
    document = lights(extraJson=extra)
    error = finding(document, document.data)
    assert expected in str(error)
    assert str(error).startswith(f"{__file__}:")


def test_a_target_of_another_datasource_is_its_own_affair() -> None:
    document = documents()["debezium-connect.json"]
    data = as_read(document)
    _, panel = next(found for found in panels(data) if found[1]["type"] == "stat")
    panel["targets"] = [
        {"refId": "A", "datasource": {"type": "cloudwatch", "uid": "aws"}, "dimensions": {"Cluster": ["a"]}}
    ]
    validation.validate(attrs.evolve(document, data=data))


def test_a_tuple_is_the_list_that_it_becomes_in_the_file() -> None:
    document = documents()["debezium-mysql.json"]
    data = {**document.data, "tags": tuple(document.data["tags"])}
    validation.validate(attrs.evolve(document, data=data))


# --- what does not -------------------------------------------------------------------------------------------------

LAG = "MilliSecondsBehindSource"
COLUMN = "/fieldConfig/overrides/2"
# A panel of the MySQL dashboard or of Connect's, or "" for the MySQL dashboard, what is changed there, and what the
# message says of it.
BROKEN_DASHBOARDS = {
    "null": (LAG, "/fieldConfig/defaults/unit", None, "/fieldConfig/defaults/unit: found null; expected a string"),
    "null in free-form options": ("Binlog Filename", "/transformations/0/options/x", None, "/options/x: found null"),
    "null as a later step": (LAG, "/fieldConfig/defaults/thresholds/steps/2/value", None,
                             "/steps/2/value: found null; expected a number"),
    "no null as the first step": (LAG, "/fieldConfig/defaults/thresholds/steps/0/value", 0,
                                  "/steps/0/value: found 0; expected null"),
    "not a number": (LAG, "/fieldConfig/defaults/min", float("nan"), "/defaults/min: found null; expected a number"),
    "steps that fall": (LAG, "/fieldConfig/defaults/thresholds/steps/2/value", 5,
                        "/steps/2/value: found 5; expected more than the step before, 5"),
    "unknown key": ("", "/xyz", 1, "/xyz: found an unexpected key; expected one of"),
    "misspelt key": ("", "/graphToltip", 1, '/graphToltip: found an unexpected key; expected perhaps "graphTooltip"'),
    "unknown key of a panel": (LAG, "/lines", True, '/lines: found an unexpected key; expected perhaps "links"'),
    "unknown option": (LAG, "/options/fill", 1, "/options/fill: found an unexpected key"),
    "option of another kind": (LAG, "/options/graphMode", "area", "/options/graphMode: found an unexpected key"),
    "field setting of another kind": ("Task Count", "/fieldConfig/defaults/custom", {"lineWidth": 2},
                                      '/defaults/custom: found {"lineWidth": 2}; expected no settings, since this'),
    "missing option": ("Task Count", "/options/textMode", GONE, '/options: found no "textMode"; expected it'),
    "no options": ("Connected Status", "/options", GONE, 'found no "options"'),
    "no null as a column's first step": ("Queue Utilization %", f"{COLUMN}/properties/5/value/steps/0/value", 0,
                                         "/steps/0/value: found 0; expected null"),
    "a column's step without color": ("Queue Utilization %", f"{COLUMN}/properties/5/value/steps/1/color", GONE,
                                      '/steps/1: found no "color"'),
    "null in a column's setting": ("Queue Utilization %", f"{COLUMN}/properties/0/value", None,
                                   "/properties/0/value: found null"),
    "old cell": ("Binlog Filename", "/fieldConfig/defaults/custom",
                 {"align": "left", "inspect": False, "cellOptions": {"type": "lcd-gauge"}},
                 '/custom/cellOptions/type: found "lcd-gauge"; expected one of'),
    "too wide": (LAG, "/gridPos/w", 25, "/gridPos/w: found 25; expected at most 24"),
    "beyond the grid": (LAG, "/gridPos/x", 13, "/gridPos: found a panel that ends at column 25; expected at most 24"),
    "no height": (LAG, "/gridPos/h", 0, "/gridPos/h: found 0; expected at least 1"),
    "uid of 41 characters": ("", "/uid", "u" * 41, '#/uid: found "uuuu'),
    "uid with a blank": ("", "/uid", "my dashboard", '/uid: found "my dashboard"; expected 1 to 40 letters'),
    "blank title": ("", "/title", " ", '/title: found " "; expected a title'),
    "missing refId": (LAG, "/targets/0/refId", GONE, '/targets/0: found no "refId"; expected it here'),
    "empty expression": (LAG, "/targets/0/expr", "", '/targets/0/expr: found ""; expected a non-empty string'),
    "neither range nor instant": (LAG, "/targets/0/range", GONE, '/targets/0: found no "range"'),
    "datasource by name": (LAG, "/datasource", "Prometheus", '/datasource: found "Prometheus"; expected an object'),
    "datasource without uid": (LAG, "/datasource/uid", GONE, '/datasource: found no "uid"'),
    "targets without datasource": (LAG, "/datasource", GONE, 'found "targets" without "datasource"; expected both'),
    "old schema": ("", "/schemaVersion", 38, "/schemaVersion: found 38; expected 42"),
    "tag twice": ("", "/tags", ["cdc", "cdc"], '/tags: found ["cdc", "cdc"]; expected no duplicate entries'),
    "refresh in words": ("", "/refresh", "often", '/refresh: found "often"; expected a number and s, m, h or d'),
    "default tooltip": ("", "/graphTooltip", 0, "/graphTooltip: found 0; expected one of 1, 2"),
    "id of another panel": ("SecondsBehindMaster (filtered)", "/id", 4, "/id: found the id 4 of /panels/"),
    "id as text": (LAG, "/id", "4", '/id: found "4"; expected a whole number'),
    "row in the grid": ("Lag Metrics", "/gridPos/w", 12, "/gridPos/w: found 12; expected 24"),
    "open row that holds panels": ("Lag Metrics", "/panels", [{}], "/panels: found [{}]; expected no panels in an"),
    "variable twice": ("", "/templating/list/1/name", "connector", '/list/2/name: found the name "connector" of'),
    "variable without datasource": ("", "/templating/list/1/datasource", GONE, '/list/1: found no "datasource"'),
    "annotation without expression": ("", "/annotations/list/1/expr", GONE, '/annotations/list/1: found no "expr"'),
    "link that leads nowhere": ("", "/links/0/url", GONE, '/links/0: found no "url"'),
    "empty mapping": ("SecondsBehindMaster (filtered)", "/fieldConfig/defaults/mappings/0/options", {},
                      "/mappings/0/options: found {}; expected at least 1 entry"),
    "removed kind of mapping": ("SecondsBehindMaster (filtered)", "/fieldConfig/defaults/mappings/0/type", "text",
                                '/mappings/0/type: found "text"; expected one of "value", "range"'),
}  # fmt: skip


@pytest.mark.parametrize(("title", "pointer", "value", "expected"), BROKEN_DASHBOARDS.values(), ids=BROKEN_DASHBOARDS)
def test_a_broken_dashboard_is_refused_with_its_place(title: str, pointer: str, value: object, expected: str) -> None:
    place = next(
        (name, place if title else "")
        for name in ("debezium-mysql.json", "debezium-connect.json")
        for place, panel in panels(documents()[name].data)
        if title in ("", panel["title"])
    )
    document, data, prefix = excerpt(place)
    if pointer == "/id":  # another panel may have it
        data, prefix = as_read(document), place[1]
    change(data, prefix + pointer, value)
    error = finding(document, data)
    assert f"#{prefix}" in str(error)
    assert expected in str(error)
    file, line, rest = str(error).split(":", 2)
    assert rest.strip().startswith(str(document.path))
    assert Path(file).is_relative_to(ROOT)
    assert int(line) >= 1
    assert error.pointer.startswith(prefix)
    assert error.path == str(document.path)
    assert error.exit_code == 1


def test_the_message_leads_to_the_line_that_declares_the_panel() -> None:
    document = documents()["debezium-mysql.json"]
    data = as_read(document)
    place = next(place for place, panel in panels(data) if panel["title"] == LAG)
    change(data, f"{place}/options/legend/displayMode", "grid")
    error = finding(document, data)
    assert error.source is not None
    assert Path(error.source.file) == ROOT / "dashboards" / "mysql.py"
    lines = (ROOT / "dashboards" / "mysql.py").read_text().splitlines()[error.source.line - 1 :]
    assert [line.strip() for line in lines[:3]] == ["timeseries(", "LAG,", f'"{LAG}",']


def test_the_message_leads_to_the_line_that_declares_the_threshold() -> None:
    document = documents()["debezium-mysql.json"]
    data = as_read(document)
    place = next(place for place, panel in panels(data) if panel["title"] == LAG)
    change(data, f"{place}/fieldConfig/defaults/thresholds/steps/3/value", "60")
    error = finding(document, data)
    assert error.source is not None
    assert "above=60" in Path(error.source.file).read_text().splitlines()[error.source.line - 1]


def test_a_long_uid_is_counted() -> None:
    document = documents()["debezium-mysql.json"]
    error = finding(document, {**as_read(document), "uid": "u" * 41})
    assert "(41 characters); expected 1 to 40 letters" in str(error)


def test_of_many_findings_one_is_shown_and_the_others_are_counted() -> None:
    document = documents()["debezium-mysql.json"]
    data = as_read(document)
    for _, panel in panels(data):
        panel["deadKey"] = 1
    assert f"({len(list(panels(data))) - 1} more to fix in the file)" in str(finding(document, data))


BROKEN_RULES = {
    "no groups": ("/groups", [], "/groups: found []; expected at least 1 entry"),
    "bad interval": ("/groups/0/interval", "30 seconds", '/groups/0/interval: found "30 seconds"; expected a duration'),
    "empty interval": ("/groups/0/interval", "", '/groups/0/interval: found ""; expected a duration'),
    "no interval": ("/groups/0/interval", GONE, '/groups/0: found no "interval"'),
    "bad for": ("/groups/0/rules/0/for", "5min", '/rules/0/for: found "5min"; expected a duration'),
    "for as a number": ("/groups/0/rules/0/for", 300, "/rules/0/for: found 300; expected a duration"),
    "bad keep_firing_for": ("/groups/0/rules/0/keep_firing_for", "-5m", '/keep_firing_for: found "-5m"'),
    "unknown key": ("/groups/0/rules/0/exp", "up", '/exp: found an unexpected key; expected perhaps "expr"'),
    "no severity": ("/groups/0/rules/0/labels/severity", GONE, '/rules/0/labels: found no "severity"'),
    "unknown severity": ("/groups/0/rules/0/labels/severity", "page", '/severity: found "page"; expected one of'),
    "no labels": ("/groups/0/rules/0/labels", GONE, '/rules/0: found no "labels"'),
    "bad label name": ("/groups/0/rules/0/labels/my-team", "a", '/labels: found "my-team"; expected a label name'),
    "no summary": ("/groups/0/rules/0/annotations/summary", GONE, '/annotations: found no "summary"'),
    "blank description": ("/groups/0/rules/0/annotations/description", "\n", "/annotations/description: found"),
    "null annotation": ("/groups/0/rules/0/annotations/x", None, "/annotations/x: found null; expected"),
    "no expression": ("/groups/0/rules/0/expr", GONE, '/rules/0: found no "expr"'),
    "neither alert nor record": ("/groups/0/rules/0/alert", GONE, '/rules/0: found no "alert"'),
    "both alert and record": ("/groups/0/rules/0/record", "a:b:c", "/rules/0/"),
    "no rules": ("/groups/0/rules", [], "/groups/0/rules: found []; expected at least 1 entry"),
}  # fmt: skip


@pytest.mark.parametrize(("pointer", "value", "expected"), BROKEN_RULES.values(), ids=BROKEN_RULES)
def test_a_broken_rule_file_is_refused_with_its_place(pointer: str, value: object, expected: str) -> None:
    document = documents()["kafka-connect.yml"]
    data = as_read(document)
    change(data, pointer, value)
    error = finding(document, data)
    assert expected in str(error)
    if pointer.startswith("/groups/0"):
        assert str(error).startswith(str(ROOT / "alerts" / "connect.py") + ":") or "thresholds.py:" in str(error)


def test_two_groups_of_one_name_are_refused() -> None:
    document = documents()["kafka-connect.yml"]
    data = as_read(document)
    data["groups"].append(copy.deepcopy(data["groups"][0]))
    assert "/groups/" in str(finding(document, data))


@pytest.mark.parametrize("duration", ["30s", "5m", "1h30m", "1d", "1w", "1y", "90ms", "0s"])
def test_every_duration_of_prometheus_fits(duration: str) -> None:
    document = documents()["kafka-connect.yml"]
    data = as_read(document)
    data["groups"][0]["rules"][0].update({"for": duration, "keep_firing_for": duration})
    validation.validate(attrs.evolve(document, data=data))


def test_a_recording_rule_fits() -> None:
    document = documents()["kafka-connect.yml"]
    data = as_read(document)
    data["groups"][0]["rules"].append({"record": "a:b:c", "expr": "up", "labels": {"team": "x"}})
    validation.validate(attrs.evolve(document, data=data))


# --- nothing slips through -----------------------------------------------------------------------------------------

# Objects in which people write keys of their own.
FREE_FORM = re.compile(
    r"/transformations/\d+/options(/.*)?|/overrides/\d+/matcher/options|/overrides/\d+/properties/\d+/value"
    r"|/fieldConfig/defaults/custom/cellOptions"
)
# Keys by value: what they hold is checked, which they are is not.
BY_VALUE = re.compile(r"/mappings/\d+/options$")
# Keys that may be absent, by the end of their object's pointer.
OPTIONAL = {
    r"": {"description", "graphTooltip", "refresh", "timepicker"},
    r"/panels/\d+": {
        "description", "fieldConfig", "transformations", "links", "transparent", "repeat", "repeatDirection",
        "maxPerRow", "maxDataPoints", "interval", "timeFrom", "timeShift", "hideTimeOverride", "cacheTimeout",
    },
    r"/targets/\d+": {"format", "legendFormat", "interval", "hide"},
    r"/fieldConfig/defaults": {
        "unit", "decimals", "min", "max", "mappings", "thresholds", "color", "links", "noValue", "custom",
        "displayName",
    },
    r"/fieldConfig/defaults/custom": {  # of time series and state timelines; a table's need align and inspect
        "axisPlacement", "axisLabel", "axisSoftMin", "axisSoftMax", "drawStyle", "barAlignment", "lineInterpolation",
        "lineWidth", "fillOpacity", "gradientMode", "spanNulls", "showPoints", "pointSize", "stacking",
        "scaleDistribution", "thresholdsStyle", "cellOptions", "filterable",
    },
    r"/custom/stacking": {"mode", "group"},
    r"/custom/scaleDistribution": {"log"},
    r"/datasource": {"type"},  # of one that is named, Grafana knows it
    r"/color": {"fixedColor"},
    r"/options": {"sortBy", "mergeValues", "alignValue", "text"},
    r"/options/text": {"titleSize", "valueSize"},
    r"/options/legend": {"sortBy", "sortDesc"},
    r"/reduceOptions": {"fields", "values", "limit"},
    r"/sortBy/\d+": {"desc"},
    r"/mappings/\d+/options(/-?\w+|/result)": {"text", "color", "index"},
    r"/overrides/\d+/matcher": {"options"},
    r"/overrides/\d+/properties/\d+": {"value"},
    r"/links/\d+": {"url"},  # of a link to dashboards by tag
    r"/templating/list/\d+": {
        "label", "definition", "options", "current", "includeAll", "allValue", "multi", "hide", "regex", "sort",
    },
    r"/(current|options/\d+)": {"selected"},
    r"/annotations/list/\d+": {"builtIn"},
}  # fmt: skip


def objects(value: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield pointer, value
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from objects(item, f"{pointer}/{str(key).replace('/', '~1')}")


def may_be_absent(pointer: str, key: str) -> bool:
    if FREE_FORM.search(pointer) or BY_VALUE.search(pointer):
        return True
    return any(key in keys and re.search(f"({end})$" if end else r"\A\Z", pointer) for end, keys in OPTIONAL.items())


@functools.cache
def places() -> list[tuple[str, str]]:
    """Return document and pointer of every object of the compiled dashboards and of the one that uses everything."""
    found = [*(document for document in documents().values() if document.kind == "dashboard"), sink()]
    return [
        (document.path.name, pointer)
        for document in found
        for pointer, inside in objects(as_read(document))
        if not is_of_any_datasource(inside)
    ]


@functools.cache
def not_free_form() -> list[tuple[str, str]]:
    return [place for place in places() if not FREE_FORM.search(place[1])]


def is_of_any_datasource(inside: Json) -> bool:
    """Tell whether a part is a target whose datasource is only named: whichever that is, it may have any key."""
    return "refId" in inside and "type" not in inside.get("datasource", {"type": ""})


def excerpt(place: tuple[str, str]) -> tuple[Document, dict[str, Any], str]:
    """Return a document, a copy of it with one panel at most, and a pointer into that: a fraction of the work."""
    name, pointer = place
    document = sink() if name == sink().path.name else documents()[name]
    data = as_read(document)
    inside: Any = data
    shorter = ""
    rest = pointer
    while found := re.fullmatch(r"/panels/(\d+)(/.*)?", rest):
        inside["panels"] = [inside["panels"][int(found[1])]]
        inside = inside["panels"][0]
        shorter += "/panels/0"
        rest = found[2] or ""
    inside["panels"] = inside.get("panels", [])[:1]
    if not inside["panels"] and inside.get("type") != "row":
        del inside["panels"]
    return document, data, shorter + rest


@settings(max_examples=150)
@given(data=st.data())
def test_an_unexpected_key_is_caught_wherever_it_stands(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(not_free_form()))
    document, changed, pointer = excerpt(place)
    key = data.draw(st.from_regex(r"dead[A-Z][a-z]{1,8}", fullmatch=True))
    value = data.draw(st.sampled_from([None, "text", 1, True, [], ["text"]]))
    at(changed, pointer)[key] = value
    error = finding(document, changed)
    assert error.pointer.startswith(pointer)
    assert key in str(error)


@settings(max_examples=150)
@given(data=st.data())
def test_a_missing_key_is_caught_wherever_it_belongs(data: st.DataObject) -> None:
    document, changed, pointer = excerpt(data.draw(st.sampled_from(places())))
    inside = at(changed, pointer)
    needed = [key for key in inside if not may_be_absent(pointer, key)]
    if not needed:
        return
    key = data.draw(st.sampled_from(needed))
    del inside[key]
    error = finding(document, changed)
    assert ("range" if key == "instant" else key) in str(error)  # either of the two will do


@settings(max_examples=100)
@given(data=st.data())
def test_a_null_is_caught_wherever_it_stands(data: st.DataObject) -> None:
    document, changed, pointer = excerpt(data.draw(st.sampled_from(places())))
    inside = at(changed, pointer)
    keys = [key for key, value in inside.items() if value is not None]
    if not keys:
        return
    inside[data.draw(st.sampled_from(keys))] = None
    assert "found null" in str(finding(document, changed))


# --- the schemas ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_one_and_refers_to_nothing_that_is_not_there(name: str) -> None:
    schema = validation.load_schema(name)
    Draft202012Validator.check_schema(schema)
    used = set()
    for _, node in objects(schema):
        if isinstance(node.get("$ref"), str):
            assert at(schema, node["$ref"].removeprefix("#")), node["$ref"]
            used.add(node["$ref"].rpartition("/")[2])
    assert used == set(schema.get("$defs", {}))


@pytest.mark.parametrize("name", FILES)
def test_every_object_says_which_keys_it_may_have(name: str) -> None:
    for pointer, node in objects(validation.load_schema(name)):
        is_test = pointer.endswith("/if")
        is_dispatch = "allOf" in node or "then" in node  # to schemas that say it
        if node.get("type") == "object" and not is_test and not is_dispatch:
            assert "additionalProperties" in node, pointer


def test_the_schemas_are_all_that_there_are() -> None:
    assert schemas.__file__ is not None
    found = {file.name.removesuffix(".schema.json") for file in Path(schemas.__file__).parent.glob("*.json")}
    assert found == set(FILES)


def test_a_schema_error_is_one_of_dashlibs() -> None:
    assert issubclass(SchemaError, DashlibError)


@pytest.mark.parametrize(
    ("options", "unused"),
    [(["--out", "@OUT"], {"jsonschema", "jsonschema_rs"}), (["--check"], {"jsonschema"})],
)
def test_a_build_pays_for_no_validator_that_it_does_not_need(
    options: list[str], unused: set[str], tmp_path: Path
) -> None:
    command = [
        "dashlib",
        "build",
        "--project",
        str(ROOT),
        *(option.replace("@OUT", str(tmp_path)) for option in options),
    ]
    script = (
        "import sys, dashlib.cli\n"
        f"sys.argv = {command!r}\n"
        "try:\n    dashlib.cli.main()\nexcept SystemExit as done:\n    assert not done.code\n"
        f"assert not {unused!r} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("name", ["configuration", "provisioning-dashboards"])
@pytest.mark.parametrize("key", [7, 7.5, True, None, dt.date(2026, 1, 1)])
def test_keys_that_only_yaml_has_are_found(name: str, key: object) -> None:
    pointers = [pointer for pointer, _ in schemas.findings(name, {key: "value"})]
    assert f"/{key}" in pointers
