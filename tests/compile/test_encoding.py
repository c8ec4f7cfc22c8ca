from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import attr
import attrs
import pytest
from grafanalib import core
from grafanalib.cloudwatch import CloudwatchMetricsTarget
from grafanalib.humio import HumioTarget

from dashlib import (
    Dashboard,
    Guard,
    Level,
    Panel,
    Query,
    Signal,
    State,
    ThresholdSet,
    bar_gauge,
    data_link,
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
from dashlib.compile.encoding import Context, Json
from dashlib.compile.outputs.dashboard_json import compile_dashboard
from dashlib.declare.panels import note_of
from dashlib.errors import DeclarationError
from dashlib.glance.javascript import regular_expression
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from dashlib.compile.rendering import Rendering

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
    ids=lambda panel: panel.kind,
)
def test_a_panel_has_no_null_but_its_place_and_its_base_step(panel: Panel, context: Context) -> None:
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


@pytest.mark.parametrize("build", [stat, bar_gauge])
def test_text_has_one_size_however_many_series_there_are(build: Any, context: Context) -> None:
    assert encode(build(LAG), context)["options"]["text"].keys() == {"titleSize", "valueSize"}


def test_a_bar_has_its_name_where_it_is_the_only_one(context: Context) -> None:
    # Grafana leaves the name of a single series out, unless `displayName` says it.
    assert encode(bar_gauge(LAG), context)["fieldConfig"]["defaults"]["displayName"] == "${__field.displayName}"


def test_a_legend_shows_the_highest_first_and_lines_that_cross_are_not_filled(context: Context) -> None:
    encoded = encode(timeseries(LAG), context)
    legend = encoded["options"]["legend"]
    assert (legend["placement"], legend["sortBy"], legend["sortDesc"]) == ("right", "Max", True)
    assert "fillOpacity" not in encoded["fieldConfig"]["defaults"]["custom"]
    narrow = encode(timeseries(LAG, legend_placement="bottom", legend_calculations=["mean", "last"]), context)
    assert (narrow["options"]["legend"]["placement"], narrow["options"]["legend"]["sortBy"]) == ("bottom", "Last")
    plain = encode(timeseries(LAG, legend_calculations=[]), context)["options"]["legend"]
    assert plain == {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}


def test_steps_are_drawn_as_lines_where_there_are_any(context: Context) -> None:
    custom = encode(timeseries(LAG), context)["fieldConfig"]["defaults"]["custom"]
    assert custom["thresholdsStyle"] == {"mode": "dashed"}
    without = Context(context.rendering)
    assert "thresholdsStyle" not in encode(timeseries(LAG), without)["fieldConfig"]["defaults"]["custom"]
    hidden = encode(timeseries(LAG, threshold_lines=False), context)
    assert "thresholdsStyle" not in hidden["fieldConfig"]["defaults"]["custom"]


def test_beside_threshold_lines_a_name_has_one_color_and_no_thresholds(context: Context) -> None:
    overrides = encode(timeseries(LAG), context)["fieldConfig"]["overrides"]

    def color(name: str) -> str:
        (found,) = [
            each["properties"][0]["value"]["fixedColor"]
            for each in overrides
            if regular_expression(each["matcher"]["options"]).search(name)
        ]
        return str(found)

    named = ["a", "Z", "server-é", "orders (eu)", "mariadb-server", "mysql-server", "postgres-server", "x" * 200]
    assert {color(name) for name in named} <= {each["properties"][0]["value"]["fixedColor"] for each in overrides}
    assert len({color(name) for name in ("mariadb-server", "mysql-server", "postgres-server")}) == 3
    assert len({color(f"server{number}") for number in range(1, 8)}) == len(overrides)


def test_a_color_that_somebody_chose_goes_before_those_beside_threshold_lines(context: Context) -> None:
    def overrides(panel: Panel, of: Context = context) -> list[Any]:
        return list(encode(panel, of)["fieldConfig"]["overrides"])

    assert overrides(timeseries(LAG, threshold_lines=False)) == []
    assert overrides(timeseries(LAG), Context(context.rendering)) == []
    assert overrides(timeseries(LAG, color_scheme="palette-classic")) == []
    own = override(name="orders", color={"mode": "fixed", "fixedColor": "white"})
    assert overrides(timeseries(LAG, overrides=[own]))[-1]["matcher"] == {"id": "byName", "options": "orders"}


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
    sort = transformation("sortBy", sort=[{"field": "Lag"}])
    encoded = encode(attrs.evolve(panel, transformations=[sort]), context)
    assert [mapping["type"] for mapping in encoded["fieldConfig"]["defaults"]["mappings"]] == [
        "value",
        "range",
        "special",
    ]
    assert encoded["fieldConfig"]["overrides"][-2:] == [
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


class NoPanel:
    """Something that says nothing of itself."""


def test_a_class_without_an_encoder_is_named(context: Context) -> None:
    with pytest.raises(DeclarationError, match=r"no encoder for .*NoPanel; register one"):
        encode(NoPanel(), context)


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
        (
            lambda: stat("up"),  # type: ignore[arg-type]
            "signals must be a Signal or a Query or a query such as loki.…. or a list, each .*; got 'up'",
        ),
        (lambda: stat([]), "a panel needs at least one Signal"),
        (lambda: stat(LAG, unit="secs"), "Grafana has no unit 'secs'"),
        (lambda: stat(LAG, width=25), "a panel's width must be 1 to 24 grid units; got 25"),
        (lambda: stat(LAG, height=0), "a panel's height must be 1 to 1000 grid units; got 0"),
        (lambda: table(LAG, columns={}), "table 'Lag' has no columns"),
        (lambda: table(LAG, columns={CONNECTED: "x"}), "has a column for connected, which it does not query"),
        (lambda: text("words"), "text\\(\\) needs a title, or a key"),
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
    assert note_of(core.Stat()) is None


# --- panels about now ------------------------------------------------------------------------------------------------

STATE = Signal(
    "state",
    "State",
    expression="max by (server) (Connected)",
    unit="none",
    description="How it is.",
    states=[State(0, "Failed", "red"), State(1, "Paused", "blue", well=True), State(2, "Well", "green", well=True)],
)


def columns(panel: Json) -> dict[str, dict[str, Any]]:
    return {
        override["matcher"]["options"]: {each["id"]: each["value"] for each in override["properties"]}
        for override in panel["fieldConfig"]["overrides"]
    }


@pytest.mark.parametrize("build", [stat, gauge, bar_gauge])
def test_a_panel_about_now_asks_for_this_moment_only(build: Any, context: Context) -> None:
    (target,) = encode(build(LAG), context)["targets"]
    assert target["instant"] is True
    assert not target.get("range")


def test_a_stat_of_the_range_says_what_is_calculated_from_it(context: Context) -> None:
    encoded = encode(stat(LAG, calculation="max", sparkline=True), context)
    assert encoded["targets"][0]["range"] is True
    assert encoded["options"]["reduceOptions"]["calcs"] == ["max"]
    assert encoded["options"]["graphMode"] == "area"
    with pytest.raises(DeclarationError, match=r"a sparkline needs a range.*calculation='max'"):
        stat(LAG, sparkline=True)


def test_a_table_sorts_by_several_columns_and_shows_so_many_rows(context: Context) -> None:
    titles: dict[str | Signal | Query, str] = {STATE: "State", "server": "Connector", LAG: "Lag"}
    panel = table([STATE, LAG], columns=titles, order={"State": "ascending", "Lag": "descending"}, most=7)
    encoded = encode(panel, context)
    *_, by_lag, by_state, limit = encoded["transformations"]
    assert by_lag["options"] == {"sort": [{"field": "Lag", "desc": True}]}
    assert by_state["options"] == {"sort": [{"field": "State"}]}
    assert limit == {"id": "limit", "options": {"limitField": 7}}
    assert "sortBy" not in encoded["options"]
    without = encode(table([STATE, LAG], columns=titles, order={"Lag": "descending"}), context)
    assert without["options"]["sortBy"] == [{"displayName": "Lag", "desc": True}]


def test_a_column_looks_as_its_signal_or_as_it_is_told(context: Context) -> None:
    shown = columns(
        encode(
            table(
                [STATE, LAG],
                columns={STATE: "State", "server": "Connector", "job": "Cluster", LAG: "Lag"},
                cells={"Lag": "gauge"},
                widths={"State": 90},
                links={"Connector": [data_link("Alone", "/d/x")]},
                hidden=["Cluster"],
            ),
            context,
        )
    )
    assert shown["State"]["custom.cellOptions"] == {"type": "color-background", "mode": "basic"}
    assert shown["State"]["custom.width"] == 90
    assert [mapping["type"] for mapping in shown["State"]["mappings"]] == ["value", "special"]
    assert shown["Connector"]["links"] == [{"title": "Alone", "url": "/d/x"}]
    assert shown["Cluster"]["custom.hidden"] is True
    assert shown["Lag"]["custom.cellOptions"]["type"] == "gauge"
    assert [(step["color"], step["value"]) for step in shown["Lag"]["thresholds"]["steps"]] == [
        ("green", None),
        ("yellow", 5),
        ("red", 30),
    ]
    assert shown["Lag"]["mappings"][-1]["options"]["match"] == "null+nan"


def test_what_a_table_is_told_of_its_values_is_for_their_columns(context: Context) -> None:
    own = ThresholdSet("own", [Level(LAG, "warning", above=7)])
    titles: dict[str | Signal | Query, str] = {"server": "Connector", LAG: "Lag", STATE: "State"}
    encoded = encode(
        table(
            [LAG, STATE],
            columns=titles,
            unit="ms",
            decimals=1,
            thresholds=own,
            color="blue",
            mappings=[special_mapping("null", "unknown", "purple")],
        ),
        context,
    )
    shown = columns(encoded)
    assert (shown["Lag"]["unit"], shown["Lag"]["decimals"], shown["State"]["unit"]) == ("ms", 1, "none")
    assert "/ 1000" not in encoded["targets"][0]["expr"]
    steps_of_lag = shown["Lag"]["thresholds"]["steps"]
    assert steps_of_lag == [{"color": "blue", "value": None}, {"color": "yellow", "value": 7000}]
    assert shown["Lag"]["mappings"][0]["options"]["result"]["text"] == "unknown"
    assert shown["Connector"]["unit"] == "string", "a task 0 is no 0 ms"


def test_a_guarded_signal_is_shown_where_its_guards_hold(context: Context) -> None:
    guard = Guard("it is there", expression="Connected == 1", on=["server"])
    (target,) = encode(stat(LAG.when(guard)), context)["targets"]
    assert " and on (server) " in target["expr"]
    assert target["expr"].startswith("max by (server) (debezium_metrics_MilliSecondsBehindSource")
    in_ms = encode(stat(LAG.when(guard), unit="ms"), context)["targets"][0]["expr"]
    assert in_ms.startswith("(")
    assert in_ms.endswith(") * 1000")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"order": {"Late": "ascending"}}, "has no column 'Late', which order names; it has: State, Connector"),
        ({"cells": {"Late": "text"}}, "which cells names"),
        ({"widths": {"Late": 1}}, "which widths names"),
        ({"links": {"Late": []}}, "which links names"),
        ({"hidden": ["Late"]}, "which hidden names"),
        ({"most": 0}, "most must be a number of rows, 1 or more; got 0"),
        ({"most": True}, "got True"),
        ({"rest": "server"}, "rest needs a number of rows"),
        ({"rest": "job", "most": 3}, "a column for the label 'job'"),
        ({"colored": True}, "no argument 'colored'; did you mean 'color'"),
    ],
)
def test_an_argument_of_a_table_that_makes_no_sense_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        table(STATE, columns={STATE: "State", "server": "Connector"}, **arguments)


@pytest.mark.parametrize("bad", [0, 5, 30])
@pytest.mark.parametrize("connectors", [3, 36, 1000])
def test_the_worst_are_listed_and_the_rest_is_counted(
    connectors: int, bad: int, context: Context, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    bad = min(bad, connectors)
    panel = table(STATE, columns={STATE: "State", "server": "Connector"}, most=20, rest="server")
    expression = encode(panel, context)["targets"][0]["expr"]
    listed = min(connectors, 20)
    unseen, unseen_well = max(bad - 20, 0), connectors - bad - max(listed - bad, 0)
    rest = [(3, f"and {unseen} more are not well")] * (unseen > 0)
    rest += [(4, f"and {unseen_well} more are well")] * (unseen_well > 0)
    asked = [
        (f"({expression}) > 2", [(f'{{server="{text}"}}', value) for value, text in rest]),
        (f"count(({expression}) <= 2)", [("{}", listed)]),
        (f"count(({expression}) < 1)", [("{}", min(bad, 20))] if bad else []),
    ]
    tests = {
        "interval": "1m",
        "input_series": [
            {"series": f'debezium_metrics_Connected{{server="c{index}"}}', "values": f"{0 if index < bad else 2}x2"}
            for index in range(connectors)
        ],
        "promql_expr_test": [
            {
                "expr": question,
                "eval_time": "1m",
                "exp_samples": [{"labels": labels, "value": value} for labels, value in samples],
            }
            for question, samples in asked
        ],
    }
    file = tmp_path / "rest.yml"
    file.write_text(json.dumps({"rule_files": [], "evaluation_interval": "1m", "tests": [tests]}), encoding="utf-8")
    done = subprocess.run(
        [needed_promtool(request), "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_table_names_its_last_rows_as_states(context: Context) -> None:
    panel = table(STATE, columns={STATE: "State", "server": "Connector"}, most=20, rest="server")
    _, more, _ = columns(encode(panel, context))["State"]["mappings"]
    assert {value: result["color"] for value, result in more["options"].items()} == {
        "3": "dark-red",
        "4": "dark-green",
    }


@attr.s(auto_attribs=True)
class TunedTarget(core.Target):
    def to_json_data(self) -> dict[str, object]:
        return {"exemplar": True}


@attr.s(auto_attribs=True)
class MarkedSeries(core.TimeSeries):
    """Has an attribute that its JSON does not have, as grafanalib writes it."""

    marks: int = 3


@attr.s(auto_attribs=True)
class ExemplarSeries(core.TimeSeries):
    exemplars: bool = True

    def to_json_data(self) -> dict[str, Any]:
        found: dict[str, Any] = super().to_json_data()  # type: ignore[no-untyped-call]
        found["options"]["legend"]["width"] = 200
        found["interval"] = "1m"
        return found


_panel_json: Any = core.Panel.panel_json


@attr.s(auto_attribs=True)
class PlainPanel(core.Panel):
    mode: str = "a"

    def to_json_data(self) -> dict[str, Any]:
        return dict(_panel_json(self, {"type": "vendor-plain-panel", "mode": self.mode, "options": {"b": 1}}))


class RenamedSeries(core.TimeSeries):
    """Says nothing more than its parent."""


class RenamedVariable(core.Template):
    def to_json_data(self) -> dict[str, object]:
        return {}


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (TunedTarget(expr="up"), {"exemplar": True}),
        (
            core.SqlTarget(rawSql="select 1", format="table"),
            {"rawSql": "select 1", "rawQuery": True, "format": "table", "editorMode": "code"},
        ),
        (core.Target(target="a.b.c", hide=True), {"target": "a.b.c", "hide": True}),
        (
            core.Target(expr='from(bucket: "b") |> range(start: -1h)'),
            {"query": 'from(bucket: "b") |> range(start: -1h)', "rawQuery": True, "resultFormat": "time_series"},
        ),
        (HumioTarget(humioQuery="error", humioRepository="logs"), {"humioQuery": "error", "humioRepository": "logs"}),
        ({"query": "raw"}, {"query": "raw"}),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_query_of_another_datasource_is_taken_as_it_is(context: Context, target: Any, said: dict[str, Any]) -> None:
    (found,) = encode(core.TimeSeries(title="T", dataSource="theirs", targets=[target]), context)["targets"]
    assert found == {"refId": "A", "datasource": {"uid": "theirs"}, **said}


def test_a_query_names_its_own_datasource(context: Context) -> None:
    target = CloudwatchMetricsTarget(namespace="AWS/RDS", metricName="CPU", statistics=["Maximum"], datasource="aws")
    (found,) = encode(core.TimeSeries(title="T", dataSource="-- Mixed --", targets=[target]), context)["targets"]
    assert (found["datasource"], found["statistic"], "statistics" in found) == ({"uid": "aws"}, "Maximum", False)


def test_what_a_subclass_writes_is_merged_into_its_parents(context: Context) -> None:
    own, parent = (
        encode(ExemplarSeries(title="T", unit="s"), context),
        encode(core.TimeSeries(title="T", unit="s"), context),
    )
    assert own.pop("interval") == "1m"
    assert own["options"]["legend"].pop("width") == 200
    assert own == parent
    assert encode(MarkedSeries(title="T", unit="s"), context) == parent


def test_a_panel_of_a_users_own_is_what_it_writes(context: Context) -> None:
    found = encode(PlainPanel(title="T", targets=[core.Target(expr="up")], extraJson={"options": {"c": 2}}), context)
    assert (found["type"], found["mode"], found["options"]) == ("vendor-plain-panel", "a", {"b": 1, "c": 2})
    assert found["targets"][0]["editorMode"] == "code"
    assert "span" not in found


def test_a_subclass_that_says_no_more_is_its_parent(context: Context) -> None:
    assert encode(RenamedSeries(title="T"), context) == encode(core.TimeSeries(title="T"), context)


def test_a_variable_that_says_more_is_refused_by_name(rendering: Rendering) -> None:
    made = Dashboard(uid="d", title="D", rows=[], variables=[RenamedVariable(name="a", query="b")])
    with pytest.raises(DeclarationError, match="RenamedVariable, which has a to_json_data of its own"):
        compile_dashboard(made, rendering, PurePosixPath("d.json"), "d.py")


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("loki", {"uid": "loki"}),
        ("${DS_PROMETHEUS}", {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}),
        ("$logs", {"type": "loki", "uid": "$logs"}),
        ("${logs}", {"type": "loki", "uid": "${logs}"}),
        ("-- Grafana --", {"type": "grafana", "uid": "-- Grafana --"}),
        ({"type": "loki", "uid": "x"}, {"type": "loki", "uid": "x"}),
        (None, {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}),
    ],
)
def test_a_datasource_has_the_type_that_is_known_and_no_other(
    context: Context, name: object, reference: dict[str, str]
) -> None:
    known = context._replace(datasource_types={"logs": "loki"})
    encoded = encode(core.TimeSeries(title="T", dataSource=name, targets=[core.Target(expr="up")]), known)
    assert encoded["datasource"] == reference
    assert encoded["targets"][0]["datasource"] == reference
