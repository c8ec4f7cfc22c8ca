"""Grafana-managed alerting against what a real Grafana 12.3 loaded, refused, and publishes as its own schema."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft7Validator

from dashlib import Alert, GrafanaRuleGroup, RuleGroup
from dashlib.compile.loading import load_project
from dashlib.compile.outputs.grafana_alerting import compile_rules
from dashlib.compile.outputs.rule_yaml import RuleSettings
from dashlib.compile.project import compile_project
from dashlib.compile.provisioning_files import check
from dashlib.compile.rendering import Rendering
from dashlib.debezium.connectors import CONNECTED
from dashlib.grafana import objects
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DOCUMENTS = [document for document in compile_project(load_project(ROOT)) if document.kind == "grafana-alerting"]
FOLDERS = {title: objects.folder_uid(title) for title in objects.folders_of(DOCUMENTS)}

# What Grafana's exported schema says otherwise than Grafana's API does (recorded: `e-alerting.json`, `mt create` and
# `keep_firing_for + missing_series`): a mute timing has texts, not the numbers of Alertmanager's inner types, and a
# rule's `keep_firing_for` is spelled as Alertmanager's. Each place must still be wrong there, or the correction goes.
TIME_OF_DAY = {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"}
CORRECTED = {
    "TimeRange": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"start_time": TIME_OF_DAY, "end_time": TIME_OF_DAY},
    },
    "WeekdayRange": {"type": "string"},
    "DayOfMonthRange": {"type": "string"},
    "YearRange": {"type": "string"},
}

# Keys of a provisioning file that the recorded exports do not hold, because what was exported had none of them; they
# are Grafana's own (`pkg/services/provisioning/alerting`).
NOT_RECORDED = {"dashboardUid", "panelId", "keepFiringFor"}


def recorded(shared: Path, name: str) -> dict[str, dict[str, Any]]:
    """Return recorded calls by their label."""
    calls = json.loads((shared / "grafana" / "api" / f"{name}.json").read_bytes())
    return {call["label"]: call for call in calls}


# --- what is sent to the API -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def definitions(shared: Path) -> dict[str, Any]:
    published: dict[str, Any] = json.loads((shared / "grafana" / "schema" / "alerting.jsonschema.json").read_bytes())[
        "definitions"
    ]
    corrected = copy.deepcopy(published)
    for name, definition in CORRECTED.items():
        assert published[name] != definition, f"{name} is corrected for nothing"
        corrected[name] = definition
    corrected["Rule"]["properties"]["keep_firing_for"] = {"type": "string"}
    assert "keep_firing_for" not in published["Rule"]["properties"]
    return corrected


def sent() -> Iterator[tuple[str, str, Any]]:
    """Yield what `push` sends: the schema's definition, the name, and the body."""
    for item in objects.alerting_items(DOCUMENTS, FOLDERS, own_root=True):
        if item.kind == objects.RULE_GROUP:
            yield "RuleGroup", item.title, objects.rule_group_body(item, 1)
        elif item.kind == objects.CONTACT_POINT:
            yield "ContactPoint", item.title, {"uid": item.uid, **item.content}
        elif item.kind == objects.POLICY:
            theirs = {"receiver": "grafana-default-email", "routes": [{"receiver": "theirs"}]}
            yield "NotificationPolicy", item.title, objects.merged_policy(theirs, item)
        elif item.kind == objects.MUTE_TIMING:
            yield "MuteTiming", item.title, item.content
        else:
            assert item.kind == objects.TEMPLATE
            yield "NotificationTemplate", item.title, item.content


SENT = list(sent())


def test_everything_that_is_compiled_is_sent() -> None:
    assert {definition for definition, _, _ in SENT} == {
        "RuleGroup",
        "ContactPoint",
        "NotificationPolicy",
        "MuteTiming",
        "NotificationTemplate",
    }


@pytest.mark.parametrize(("definition", "name", "body"), SENT, ids=[f"{kind} {name}" for kind, name, _ in SENT])
def test_what_is_sent_fits_grafanas_schema(
    definitions: dict[str, Any], definition: str, name: str, body: dict[str, Any]
) -> None:
    schema = {"$ref": f"#/definitions/{definition}", "definitions": definitions}
    errors = [f"{'/'.join(map(str, each.path))}: {each.message}" for each in Draft7Validator(schema).iter_errors(body)]
    assert errors == [], name


def test_the_schema_is_needed_where_it_is_corrected(shared: Path, definitions: dict[str, Any]) -> None:
    """What Grafana answered with 201 to a real mute timing fits the corrected schema, and only that."""
    call = recorded(shared, "e-alerting")["mt create"]
    assert call["status"] == 201
    schema = {"$ref": "#/definitions/MuteTiming", "definitions": definitions}
    assert Draft7Validator(schema).is_valid(call["request"])
    published = json.loads((shared / "grafana" / "schema" / "alerting.jsonschema.json").read_bytes())["definitions"]
    assert not Draft7Validator({**schema, "definitions": published}).is_valid(call["request"])


# --- what a file may hold --------------------------------------------------------------------------------------------


def loaded_by_grafana(shared: Path) -> dict[str, Any]:
    """Return the alerting file that Grafana loaded at its start, put together from what it then answered."""
    calls = recorded(shared, "e3-file-provisioning")
    titles = {folder["uid"]: folder["title"] for folder in calls["folders"]["response"]}
    (rule,) = calls["rules"]["response"]
    (point,) = [each for each in calls["contact points"]["response"] if each.get("provenance") == "file"]
    kept = ("uid", "title", "condition", "data", "noDataState", "execErrState", "for", "annotations", "labels")
    group = {
        "orgId": 1,
        "name": rule["ruleGroup"],
        "folder": titles[rule["folderUID"]],
        "interval": "1m",
        "rules": [{**{key: rule[key] for key in kept}, "keepFiringFor": rule["keep_firing_for"]}],
    }
    receiver = {key: point[key] for key in ("uid", "type", "settings", "disableResolveMessage")}
    without = ("provenance", "version")
    return {
        "apiVersion": 1,
        "groups": [group],
        "contactPoints": [{"orgId": 1, "name": point["name"], "receivers": [receiver]}],
        "policies": [{"orgId": 1, **_but(calls["policies"]["response"], without)}],
        "muteTimes": [{"orgId": 1, **_but(each, without)} for each in calls["mute"]["response"]],
        "templates": [{"orgId": 1, **_but(each, without)} for each in calls["templates"]["response"]],
    }


def _but(data: dict[str, Any], without: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in without}


def findings(data: dict[str, Any] | bytes, shared: Path) -> list[str]:
    loaded = recorded(shared, "e3-file-provisioning")["datasource readOnly"]["response"]
    datasource = {key: loaded[key] for key in ("name", "uid", "type", "access")}
    datasources = {"apiVersion": 1, "datasources": [datasource]}
    content = data if isinstance(data, bytes) else yaml.safe_dump(data).encode()
    found = check(
        {
            PurePosixPath("alerting/all.yaml"): content,
            PurePosixPath("datasources/all.yaml"): yaml.safe_dump(datasources).encode(),
        }
    )
    return [each.message for each in found]


def test_what_grafana_loaded_is_sound(shared: Path) -> None:
    assert findings(loaded_by_grafana(shared), shared) == []


def test_what_grafana_exports_is_sound(shared: Path) -> None:
    calls = recorded(shared, "e-alerting")
    rules = yaml.safe_load(calls["group export yaml"]["response"])
    assert [group["folder"] for group in rules["groups"]] == [""], "Grafana leaves the folder out of a group's export"
    rules["groups"][0]["folder"] = "Alerts F"
    assert findings(rules, shared) == []
    (point,) = yaml.safe_load(calls["cp export decrypt"]["response"])["contactPoints"]
    assert findings({"apiVersion": 1, "contactPoints": [point]}, shared) == []


def keys(data: object, place: str = "") -> Iterator[str]:
    """Yield the place of every key, lists without their indexes; what people may name themselves is left out."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield f"{place}/{key}"
            if key not in ("annotations", "labels", "settings", "time_intervals"):
                yield from keys(value, f"{place}/{key}".replace("/routes/routes", "/routes"))
    elif isinstance(data, list):
        for item in data:
            yield from keys(item, place)


def test_a_compiled_file_has_no_key_that_the_real_grafana_was_not_seen_to_load(shared: Path) -> None:
    seen = set(keys(loaded_by_grafana(shared)))
    policy = recorded(shared, "e-alerting")["policy put"]
    assert policy["status"] == 202
    seen |= set(keys({"policies": [policy["request"]]}))
    # A route may have what the root has, and a file's rule what its export holds.
    seen |= {place.replace("/policies/", "/policies/routes/") for place in seen if place.startswith("/policies/")}
    seen |= {f"/groups/rules/{key}" for key in (*NOT_RECORDED, "isPaused")}
    compiled = {place for document in DOCUMENTS for place in keys(document.data)}
    assert compiled
    # The math expression is the one of the recorded conversion (`g-convert.json`).
    assert compiled - seen == set()


def test_the_expressions_of_an_absence_are_those_that_grafana_makes_of_a_prometheus_rule(shared: Path) -> None:
    (converted, *_) = recorded(shared, "g-convert")["provisioning view"]["response"]["rules"]
    math, threshold = converted["data"][1:]
    absence = Alert(
        "Gone", CONNECTED.is_absent(within="1h", for_="2m"), severity="critical", summary="Gone.", description="Gone."
    )
    group = GrafanaRuleGroup("g", folder="F", rules=[RuleGroup("p", file="p.yml", rules=[absence])])
    settings = RuleSettings({}, "https://runbooks.example.com", lambda _alert, _group: None)
    rendering = Rendering(catalog(), load_profile("lab"))
    document = compile_rules([group], rendering, settings, "prom", PurePosixPath("rules.yaml"), "g.py")
    (rule,) = document.data["groups"][0]["rules"]
    ours, fires = rule["data"][1:]
    assert ours["model"]["type"] == math["model"]["type"]
    assert ours["model"]["expression"] == re.sub(r"\$query\b", "$A", math["model"]["expression"])
    assert fires["model"]["conditions"] == threshold["model"]["conditions"]


# --- what stopped it -------------------------------------------------------------------------------------------------


def outcomes(shared: Path) -> dict[str, str]:
    """Return the log of each broken start, by the name of the experiment."""
    text = (shared / "grafana" / "api" / "e4-bad-provisioning-files-at-startup.txt").read_text(encoding="utf-8")
    _, *parts = re.split(r"^== (\w+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def broken(shared: Path, name: str) -> dict[str, Any] | bytes:
    """Return the loaded file with the one thing wrong that the experiment of this name had."""
    data = loaded_by_grafana(shared)
    (rule,) = data["groups"][0]["rules"]
    if name == "badfor":
        rule["for"] = "five minutes"
    elif name == "badcp":
        data["contactPoints"][0]["receivers"][0]["type"] = "pigeon"
    elif name == "badpol":
        data["policies"][0]["receiver"] = "nobody"
    elif name == "badyaml":
        return yaml.safe_dump(data).encode() + b"  - [\n"
    elif name == "badds":
        rule["data"][0]["datasourceUid"] = "nope"
    else:
        assert name == "dupuid"
        data["groups"][0]["rules"].append({**rule, "title": "Another"})
    return data


def test_all_that_stopped_grafana_is_refused_and_what_it_took_in_silence_too(shared: Path) -> None:
    logs = outcomes(shared)
    stopped = {name for name, log in logs.items() if "Failed to provision alerting" in log}
    assert stopped == {"badfor", "badcp", "badpol", "badyaml"}
    assert set(logs) - stopped == {"badds", "dupuid"}
    for name in logs:
        assert findings(broken(shared, name), shared), name


def test_the_reason_is_the_one_that_grafana_gives(shared: Path) -> None:
    logs = outcomes(shared)
    for name, said, found in (
        ("badfor", "not a valid duration string", "a duration such as"),
        ("badcp", "unknown integration type: pigeon", '"pigeon"'),
        ("badpol", "Invalid format of the submitted route", "a provisioned contact point"),
        ("badyaml", "yaml: line", "not valid YAML"),
    ):
        assert said in logs[name]
        assert any(found in message for message in findings(broken(shared, name), shared)), name


def test_a_rule_without_a_title_is_refused(shared: Path) -> None:
    """What grafanalib writes; "rule has no title set" (report, section j)."""
    data = loaded_by_grafana(shared)
    del data["groups"][0]["rules"][0]["title"]
    assert any('found no "title"' in message for message in findings(data, shared))
