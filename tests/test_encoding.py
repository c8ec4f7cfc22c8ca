from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attr
import pytest
from grafanalib import core

from dashlib import (
    Level,
    Signal,
    State,
    ThresholdSet,
    bar_gauge,
    encode,
    gauge,
    override,
    panel_json,
    range_mapping,
    special_mapping,
    stat,
    state_timeline,
    table,
    text,
    timeseries,
    transformation,
    value_mapping,
)
from dashlib.encoding import Context, Json
from dashlib.errors import DeclarationError
from dashlib.panels import note_of

if TYPE_CHECKING:
    from dashlib.expressions import Rendering

LAG = Signal(
    "lag",
    "Lag",
    expression='max by (server) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    description="How late.",
    drops_unknown=True,
)
CONNECTED = Signal(
    "connected",
    "Connected",
    expression="Connected",
    unit="none",
    description="Connected or not.",
    states=[State(0, "Off", "red"), State(1, "On", "green")],
)
SET = ThresholdSet("mine", [Level(LAG, "warning", above=5), Level(LAG, "critical", above=30)])
BASE = {"color": "green", "value": None}


@pytest.fixture
def context(rendering: Rendering) -> Context:
    return Context(rendering, SET)


def steps(panel: Json) -> list[Any]:
    return [(step["color"], step["value"]) for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]


def keys_with_null(value: object, path: str = "") -> list[str]:
    if value is None:
        return [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in keys_with_null(item, f"{path}/{key}")]


@pytest.mark.parametrize(
    "panel",
    [
        stat(LAG),
        gauge(LAG),
        bar_gauge(LAG),
        timeseries(LAG),
        state_timeline(CONNECTED),
        table(LAG, columns={"server": "Connector", LAG: "Lag"}),
        text("Hello", "Note"),
    ],
    ids=lambda panel: type(panel).__name__,
)
def test_a_panel_has_no_null_but_its_place_and_its_base_step(panel: core.Panel, context: Context) -> None:
    encoded = encode(panel, context)
    allowed = r"/id|/gridPos|/fieldConfig/(defaults/thresholds|overrides/\d+/properties/\d+/value)/steps/0/value"
    assert [path for path in keys_with_null(encoded) if not re.fullmatch(allowed, path)] == []
    json.dumps(encoded)


def test_a_stat_shows_title_unit_description_and_steps_of_its_signal_and_set(context: Context) -> None:
    encoded = encode(stat(LAG), context)
    assert encoded["type"] == "stat"
    assert encoded["title"] == "Lag"
    assert encoded["description"] == "How late."
    assert encoded["fieldConfig"]["defaults"]["unit"] == "s"
    assert steps(encoded) == [("green", None), ("yellow", 5), ("red", 30)]
    (target,) = encoded["targets"]
    assert target["refId"] == "A"
    assert target["expr"] == (
        'max by (server) (debezium_metrics_MilliSecondsBehindSource{context="streaming"} != -1) / 1000'
    )
    assert target["legendFormat"] == "{{server}}"
    assert target["datasource"] == encoded["datasource"] == {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}


def test_another_unit_converts_expression_and_steps_alike(context: Context) -> None:
    encoded = encode(timeseries(LAG, unit="ms"), context)
    assert "/ 1000" not in encoded["targets"][0]["expr"]
    assert steps(encoded) == [("green", None), ("yellow", 5000), ("red", 30000)]
    assert encoded["fieldConfig"]["defaults"]["unit"] == "ms"


@pytest.mark.parametrize("build", [gauge, bar_gauge])
def test_a_gauges_range_reaches_beyond_its_highest_step(build: Any, context: Context) -> None:
    assert encode(build(LAG), context)["fieldConfig"]["defaults"]["max"] == 60
    assert encode(build(LAG, unit="ms"), context)["fieldConfig"]["defaults"]["max"] == 60000
    assert encode(build(LAG, maximum=90), context)["fieldConfig"]["defaults"]["max"] == 90


def test_steps_are_drawn_as_lines_where_there_are_any(context: Context) -> None:
    custom = encode(timeseries(LAG), context)["fieldConfig"]["defaults"]["custom"]
    assert custom["thresholdsStyle"] == {"mode": "line"}
    without = Context(context.rendering)
    assert "thresholdsStyle" not in encode(timeseries(LAG), without)["fieldConfig"]["defaults"]["custom"]
    hidden = encode(timeseries(LAG, threshold_lines=False), context)
    assert "thresholdsStyle" not in hidden["fieldConfig"]["defaults"]["custom"]


def test_states_become_value_mappings_and_steps(context: Context) -> None:
    encoded = encode(stat(CONNECTED), context)
    (mapping,) = encoded["fieldConfig"]["defaults"]["mappings"]
    assert mapping == {
        "type": "value",
        "options": {
            "0": {"text": "Off", "color": "red", "index": 0},
            "1": {"text": "On", "color": "green", "index": 1},
        },
    }
    assert steps(encoded) == [("red", None), ("green", 1)]


def test_a_table_shows_its_columns_in_order_under_their_titles(context: Context) -> None:
    encoded = encode(table([LAG, CONNECTED], columns={"server": "Connector", CONNECTED: "Link", LAG: "Lag"}), context)
    assert [target["format"] for target in encoded["targets"]] == ["table", "table"]
    assert all(target["instant"] for target in encoded["targets"])
    assert [target["refId"] for target in encoded["targets"]] == ["A", "B"]
    merge, choose, organize = encoded["transformations"]
    assert merge["id"] == "merge"
    assert choose["options"]["include"]["names"] == ["server", "Value #B", "Value #A"]
    assert organize["options"]["renameByName"] == {"server": "Connector", "Value #B": "Link", "Value #A": "Lag"}
    assert encoded["options"]["sortBy"] == [{"displayName": "Connector"}]


def test_all_kinds_of_mapping_override_and_transformation(context: Context) -> None:
    panel = timeseries(
        LAG,
        mappings=[
            value_mapping({0: ("none", "green")}),
            range_mapping(1, 5, "some", "yellow"),
            special_mapping("null+nan", "unknown", "gray"),
        ],
        overrides=[override(name="a", unit="ms", custom__lineWidth=3), override(pattern="/b.*/", decimals=0)],
    )
    panel.transformations.append(transformation("sortBy", sort=[{"field": "Lag"}]))
    encoded = encode(panel, context)
    assert [mapping["type"] for mapping in encoded["fieldConfig"]["defaults"]["mappings"]] == [
        "value",
        "range",
        "special",
    ]
    assert encoded["fieldConfig"]["overrides"] == [
        {
            "matcher": {"id": "byName", "options": "a"},
            "properties": [{"id": "unit", "value": "ms"}, {"id": "custom.lineWidth", "value": 3}],
        },
        {"matcher": {"id": "byRegexp", "options": "/b.*/"}, "properties": [{"id": "decimals", "value": 0}]},
    ]
    assert encoded["transformations"] == [{"id": "sortBy", "options": {"sort": [{"field": "Lag"}]}}]


def test_a_plain_grafanalib_panel_becomes_todays_json(context: Context) -> None:
    panel = core.Stat(
        title="Mine",
        dataSource="${DS_PROMETHEUS}",
        thresholds=[core.Threshold("green", 0, 0.0), core.Threshold("red", 1, 80.0)],
        targets=[core.Target(expr="up", legendFormat="{{job}}"), core.Target(expr="down", refId="Z")],
        extraJson={"fieldConfig": {"defaults": {"min": 0.5}}},
    )
    encoded = encode(panel, context)
    assert steps(encoded) == [("green", None), ("red", 80)]
    assert [target["refId"] for target in encoded["targets"]] == ["A", "Z"]
    assert encoded["targets"][0]["expr"] == "up"
    assert encoded["fieldConfig"]["defaults"]["min"] == 0.5
    assert "maxDataPoints" not in encoded


def test_a_class_without_an_encoder_is_named(context: Context) -> None:
    with pytest.raises(DeclarationError, match=r"no encoder for grafanalib\.core\.Worldmap; register one"):
        encode(core.Worldmap(), context)


def test_a_user_registers_an_encoder_the_same_way(context: Context) -> None:
    @attr.s(auto_attribs=True)
    class Canvas(core.Panel):
        zoom: int = 1

    @encode.register(Canvas)
    def _(panel: Canvas, context: Context) -> Json:
        return panel_json(panel, context, "canvas", options={"zoom": panel.zoom})

    encoded = encode(Canvas(title="Map", zoom=3), context)
    assert (encoded["type"], encoded["title"], encoded["options"]) == ("canvas", "Map", {"zoom": 3})


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: stat("up"), "a panel shows a Signal or a list of them; got 'up'"),  # type: ignore[arg-type]
        (lambda: stat([]), "a panel shows a Signal or a list of them"),
        (lambda: stat(LAG, unit="secs"), "Grafana has no unit 'secs'"),
        (lambda: stat(LAG, width=25), "a panel's width is 1 to 24 grid units; got 25"),
        (lambda: stat(LAG, height=0), "a panel's height is 1 to 1000 grid units; got 0"),
        (lambda: table(LAG, columns={}), "table 'Lag' has no columns"),
        (lambda: table(LAG, columns={CONNECTED: "x"}), "has a column for connected, which it does not query"),
        (lambda: text("words"), "a text panel needs a title, or a key"),
        (lambda: override(unit="s"), "exactly one of name, pattern, field_type, query; got 0"),
        (lambda: override(name="a", query="A"), "got 2 of them"),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(build: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        build()


def test_a_builder_notes_where_it_was_called() -> None:
    panel = stat(LAG)
    note = note_of(panel)
    assert note is not None
    assert note.source.file == __file__
    line = Path(__file__).read_text(encoding="utf-8").splitlines()[note.source.line - 1]
    assert line.strip() == "panel = stat(LAG)"
    assert isinstance(panel, core.Stat)
    assert note_of(core.Stat()) is None
