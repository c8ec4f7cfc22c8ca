"""A dashboard of grafanalib's says what Grafana 12.3 made of it when it was pushed."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from grafanalib import core
from jsonschema import Draft7Validator

from dashlib.compile.outputs.dashboard_json import compile_placed
from dashlib.compile.rendering import Rendering
from dashlib.declare.placed import PlacedDashboard
from dashlib.from_grafanalib import declarations
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.sources import Source
from tests.from_grafanalib import specimens
from tests.from_grafanalib.test_classes import KINDS, written

LABEL = "k8s dry-run fieldValidation=Ignore of a grafanalib dashboard"


def pushed() -> Any:
    """Return the dashboard of the recording."""
    kinds: list[tuple[Any, dict[str, Any]]] = [
        (core.TimeSeries, {"title": "TS", "dataSource": "Prom One", "targets": [("up", "{{instance}}")]}),
        (core.Graph, {"title": "G", "dataSource": "Prom One", "targets": [("up", "")]}),
        (core.Stat, {"title": "S", "dataSource": "${DS}", "targets": [("up", "")]}),
        (core.Text, {"title": "T", "content": "# hi"}),
    ]
    panels = []
    for index, (kind, said) in enumerate(kinds):
        targets = [core.Target(expr=expr, legendFormat=legend, refId="A") for expr, legend in said.pop("targets", ())]
        place = core.GridPos(h=8, w=12, x=index % 2 * 12, y=index // 2 * 8)
        panels.append(kind(targets=targets, gridPos=place, **said))
    template = core.Template(name="DS", query="prometheus", type="datasource", default="Prom One")
    made: Any = core.Dashboard(
        title="GL One",
        uid="gl1",
        tags=["gl"],
        timezone="browser",
        templating=core.Templating([template]),
        panels=panels,
    )
    return made.auto_panel_ids()


def facts(panel: dict[str, Any]) -> dict[str, Any]:
    """Return what a reader sees of a panel; what grafanalib writes at Grafana's default counts as not written."""
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    queries = [
        (target["refId"], target.get("expr"), target.get("legendFormat", ""), bool(target.get("instant")))
        for target in panel.get("targets", ())
        if "expr" in target
    ]
    return {
        "type": panel["type"], "id": panel["id"], "title": panel["title"], "gridPos": panel["gridPos"],
        "queries": queries, "unit": defaults.get("unit", ""),
        "steps": defaults.get("thresholds", {}).get("steps") or [],
        "content": panel.get("options", {}).get("content"),
    }  # fmt: skip


def test_queries_titles_units_thresholds_and_positions_are_grafanas(shared: Path) -> None:
    calls = json.loads((shared / "grafana/api/k-grafanalib.json").read_bytes())
    theirs = next(call["response"]["spec"] for call in calls if call["label"] == LABEL)
    (placed,) = declarations(pushed(), Source("a.py", 1))
    assert isinstance(placed, PlacedDashboard)
    rendering = Rendering(catalog(), load_profile("lab"))
    ours = compile_placed(placed, rendering, PurePosixPath("a.json"), "a.py").data
    # The unit of a graph was its left axis', which that server leaves for the browser to find.
    graph = next(panel for panel in theirs["panels"] if panel["title"] == "G")
    graph["fieldConfig"]["defaults"]["unit"] = graph["yaxes"][0]["format"]
    assert [facts(panel) for panel in ours["panels"]] == [facts(panel) for panel in theirs["panels"]]
    for key in ("title", "tags", "time", "refresh", "timezone", "schemaVersion"):
        assert ours[key] == theirs[key], key
    (variable,), (their_variable,) = ours["templating"]["list"], theirs["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("DS", "datasource", "prometheus")
    assert variable["current"]["value"] == their_variable["current"]["value"]


# Grafana's id of a panel plugin, and the name of its schema.
PLUGINS = {
    "barchart": "barchart", "bargauge": "bargauge", "dashlist": "dashboardlist", "gauge": "gauge", "heatmap": "heatmap",
    "histogram": "histogram", "logs": "logs", "news": "news", "piechart": "piechart", "stat": "stat",
    "state-timeline": "statetimeline", "table": "table", "text": "text", "timeseries": "timeseries",
}  # fmt: skip


def part(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{name}", "definitions": schema["definitions"]}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_grafanas_own_schemas_find_no_error_in_a_class(shared: Path, kind: type) -> None:
    folder = shared / "grafana/schema"
    found = []
    for data in written(specimens.place_of(kind)(specimens.made(kind))):
        for panel in data.get("panels", ()):
            if panel["type"] not in PLUGINS:
                continue
            name = PLUGINS[panel["type"]]
            # What dashlib's own builders make is held to these, too.
            file = folder / f"{name}.jsonschema.json"
            if not file.exists():
                file = folder / f"13.2/{name}.panelcfg.jsonschema.json"
            schema = json.loads(file.read_bytes())
            custom = panel.get("fieldConfig", {}).get("defaults", {}).get("custom", {})
            for value, definition in ((panel["options"], "Options"), (custom, "FieldConfig")):
                if value:
                    validator = Draft7Validator(part(schema, definition))
                    found += [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert found == []
