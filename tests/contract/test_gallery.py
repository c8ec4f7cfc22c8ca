"""The dashboard with every kind of panel, against the schemas of Grafana 13.2.3 and the models of Grafana's own SDK."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from dashlib.declare.panel_kinds import panel_kinds
from tests.gallery import gallery

if TYPE_CHECKING:
    from collections.abc import Iterator

# Grafana's id of a kind, and the name of its schema where that is another.
SCHEMAS = {"annolist": "annotationslist", "dashlist": "dashboardlist", "state-timeline": "statetimeline",
           "status-history": "statushistory", "nodeGraph": "nodegraph"}  # fmt: skip
# Grafana publishes no schema of these; their settings are derived (docs/declarations.md).
DERIVED = {kind.id for kind in panel_kinds().values() if kind.derived}
ROOT = Path(__file__).parents[2]
# The SDK's model of each datasource's query; it has none for SQL, InfluxDB and Graphite, which are derived.
MODELS = {
    "elasticsearch": "elasticsearch.Dataquery", "grafana-azure-monitor-datasource": "azuremonitor.MonitorQuery",
    "grafana-testdata-datasource": "testdata.Dataquery", "loki": "loki.Dataquery", "prometheus": "prometheus.Dataquery",
    "tempo": "tempo.Dataquery", "math": "expr.TypeMath", "reduce": "expr.TypeReduce", "threshold": "expr.TypeThreshold",
    "Metrics": "cloudwatch.MetricsQuery", "Logs": "cloudwatch.LogsQuery",
}  # fmt: skip
# Kinds that dashlib writes as Grafana 12.3 does, whose schemas test_grafana_schema.py holds them to.
OLDER = {"bargauge", "gauge", "stat", "state-timeline", "table", "text", "timeseries"}
PANELS = {each["title"]: each for each in json.loads(json.dumps(gallery().data["panels"])) if each["type"] != "row"}
KNOWN = {title: each for title, each in PANELS.items() if each["type"] in {*panel_kinds()} - DERIVED}
# What 13.2's schema requires and 12.3's refuses: Grafana 13.2 fills it in where it reads a panel, with these defaults.
FILLED_IN = {
    "gauge": {
        "barShape": "flat", "barWidthFactor": 0.5, "effects": {}, "segmentCount": 1, "segmentSpacing": 0.3,
        "shape": "gauge",
    }
}  # fmt: skip


@pytest.fixture(scope="session")
def folder(shared: Path) -> Path:
    return shared / "grafana" / "schema" / "13.2"


def schema_of(folder: Path, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{SCHEMAS.get(kind, kind)}.panelcfg.jsonschema.json").read_bytes())
    return found


def errors(value: Any, schema: dict[str, Any], definition: str) -> Iterator[str]:
    part = {"$ref": f"#/definitions/{definition}", "definitions": schema["definitions"]}
    for error in Draft7Validator(part).iter_errors(value):
        worst = best_match([error]) or error
        yield f"{worst.json_path}: {worst.message[:200]}"


@pytest.mark.parametrize("title", KNOWN)
def test_grafana_finds_no_error(folder: Path, title: str) -> None:
    panel = KNOWN[title]
    schema = schema_of(folder, panel["type"])
    options = {**FILLED_IN.get(panel["type"], {}), **panel.get("options", {})}
    found = [*errors(options, schema, "Options")]
    custom = panel.get("fieldConfig", {}).get("defaults", {}).get("custom")
    if custom is not None:
        found += errors(custom, schema, "FieldConfig")
    assert found == []


def test_only_kinds_without_a_schema_are_derived(folder: Path) -> None:
    published = {file.name.split(".")[0] for file in folder.glob("*.panelcfg.jsonschema.json")}
    assert {kind for kind in panel_kinds() if SCHEMAS.get(kind, kind) not in published} == DERIVED


@pytest.mark.parametrize("kind", FILLED_IN)
def test_what_grafana_fills_in_is_no_more_than_it_requires_and_no_difference_to_a_push(folder: Path, kind: str) -> None:
    options = panel_kinds()[kind].options
    needed = set(schema_of(folder, kind)["definitions"]["Options"]["required"]) - set(options.required)
    assert needed == set(FILLED_IN[kind])
    assert {name: options.defaults[name] for name in needed} == FILLED_IN[kind]


@pytest.mark.parametrize("kind", sorted({*panel_kinds()} - DERIVED - (OLDER - FILLED_IN.keys())))
def test_dashlib_and_grafana_know_the_same_settings(folder: Path, kind: str) -> None:
    definitions = schema_of(folder, kind)["definitions"]
    own = panel_kinds()[kind]
    for settings, name in ((own.options, "Options"), (own.custom, "FieldConfig")):
        if settings is None:
            assert name not in definitions
            continue
        assert set(definitions[name].get("required", ())) <= {*settings.required, *FILLED_IN.get(kind, ())}
        # A function cannot stand in a file; a folder's number is gone where folders have a uid.
        theirs = {each for each in definitions[name]["properties"] if not re.match(r"on[A-Z]|set[A-Z]|is[A-Z]", each)}
        theirs -= {"grammar", "folderId", "logLineMenuCustomItems", "logRowMenuIconsAfter", "logRowMenuIconsBefore"}
        assert set(settings.schema) == theirs


def test_dashlib_writes_no_null_and_no_key_at_grafanas_default() -> None:
    for title, panel in PANELS.items():
        kind = panel_kinds().get(panel["type"])
        if kind is None or panel["type"] in OLDER:
            continue
        for name, value in panel.get("options", {}).items():
            assert value is not None, title
            assert name in kind.options.required or kind.options.defaults.get(name) != value, f"{title}: {name}"


def lost(said: Any, read: Any, place: str = "") -> Iterator[str]:
    """Yield what a model has lost of what it was given."""
    if isinstance(said, dict) and isinstance(read, dict):
        for key in said:
            yield from lost(said[key], read.get(key), f"{place}/{key}")
    elif isinstance(said, list) and isinstance(read, list) and len(said) == len(read):
        for index, item in enumerate(said):
            yield from lost(item, read[index], f"{place}/{index}")
    elif said != read:
        yield f"{place}: {said!r} became {read!r}"


def test_grafanas_sdk_reads_every_query_and_loses_nothing() -> None:
    python = ROOT / "bench/.venv/bin/python"
    if not python.exists():
        assert "CI" not in os.environ, "the benchmarks come first"
        pytest.skip("grafana-foundation-sdk is in the benchmark's environment: make bench")
    asked = [
        [*MODELS[kind].split("."), target]
        for panel in PANELS.values()
        for target in panel.get("targets", ())
        if (kind := target.get("queryMode") or target["datasource"].get("type")) in MODELS
        or (kind := target.get("type")) in MODELS
    ]
    asked += [["geomap", "Options", panel["options"]] for panel in PANELS.values() if panel["type"] == "geomap"]
    ran = subprocess.run(
        [python, Path(__file__).with_name("sdk_round_trip.py")],
        input=json.dumps(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    read = json.loads(ran.stdout)
    assert {f"{module}.{name}" for module, name, _ in asked} == {*MODELS.values(), "geomap.Options"}
    assert [each for (*_, said), back in zip(asked, read, strict=True) for each in lost(said, back)] == []
