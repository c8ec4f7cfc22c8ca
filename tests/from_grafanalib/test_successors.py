"""What took the place of panels that Grafana no longer has, by hand: setting for setting."""

from __future__ import annotations

from typing import Any

import pytest
from grafanalib import core, weave

from dashlib.compile.encoding import Context, encode
from dashlib.compile.rendering import Rendering
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

CONTEXT = Context(Rendering(catalog(), load_profile("lab")))
CUSTOM, DEFAULTS = "/fieldConfig/defaults/custom", "/fieldConfig/defaults"
FIRST = "/fieldConfig/overrides/0/properties/0"


def at(data: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        data = data[int(part)] if isinstance(data, list) else data.get(part)
        if data is None:
            return None
    return data


def axes(**left: Any) -> core.YAxes:
    return core.YAxes(core.YAxis(**left), core.YAxis(format="s", min=1, logBase=2))


def series(**said: Any) -> dict[str, Any]:
    return {"seriesOverrides": [core.SeriesOverride(alias="a", **said)], "yAxes": axes(format="ops")}


@pytest.mark.parametrize(
    ("said", "pointer", "expected"),
    [
        ({}, "/type", "timeseries"),
        ({}, CUSTOM, {"lineWidth": 2, "fillOpacity": 10, "spanNulls": True, "showPoints": "never", "pointSize": 12}),
        ({"bars": True}, f"{CUSTOM}/drawStyle", "bars"),
        ({"lines": False, "points": True}, f"{CUSTOM}/drawStyle", "points"),
        ({"points": True}, f"{CUSTOM}/showPoints", "always"),
        ({"steppedLine": True}, f"{CUSTOM}/lineInterpolation", "stepAfter"),
        ({"fillGradient": 5}, f"{CUSTOM}/gradientMode", "opacity"),
        ({"nullPointMode": "null"}, f"{CUSTOM}/spanNulls", None),
        ({"nullPointMode": "connected"}, f"{CUSTOM}/spanNulls", True),
        ({"stack": True}, f"{CUSTOM}/stacking", {"mode": "normal", "group": "A"}),
        ({"stack": True, "percentage": True}, f"{CUSTOM}/stacking/mode", "percent"),
        ({"yAxes": axes(format="ops", min="0", max=9, decimals=1)}, f"{DEFAULTS}/unit", "ops"),
        ({"yAxes": axes(format="ops", min="0")}, f"{DEFAULTS}/min", 0),
        ({"yAxes": axes(max="auto")}, f"{DEFAULTS}/max", None),
        ({"yAxes": axes(label="rate")}, f"{CUSTOM}/axisLabel", "rate"),
        ({"yAxes": axes(logBase=10)}, f"{CUSTOM}/scaleDistribution", {"type": "log", "log": 10}),
        ({"yAxes": axes(show=False)}, f"{CUSTOM}/axisPlacement", "hidden"),
        ({"unit": "m", "yAxes": axes(format="ops")}, f"{DEFAULTS}/unit", "m"),
        ({"legend": core.Legend(show=False)}, "/options/legend/showLegend", False),
        (
            {"legend": core.Legend(avg=True, total=True, alignAsTable=True, rightSide=True, sort="avg", sortDesc=True)},
            "/options/legend",
            {
                "calcs": ["mean", "sum"],
                "displayMode": "table",
                "placement": "right",
                "showLegend": True,
                "sortBy": "Mean",
                "sortDesc": True,
            },
        ),
        ({"legend": core.Legend(avg=True, values=False)}, "/options/legend/calcs", []),
        ({"tooltip": core.Tooltip(shared=False, sort=2)}, "/options/tooltip", {"mode": "single", "sort": "desc"}),
        (
            {"aliasColors": {"up": core.RGB(1, 2, 3)}},
            FIRST,
            {"id": "color", "value": {"mode": "fixed", "fixedColor": "rgb(1, 2, 3)"}},
        ),
        (series(yaxis=2), f"{FIRST}/value", "right"),
        (series(yaxis=2), "/fieldConfig/overrides/0/properties/1", {"id": "unit", "value": "s"}),
        (
            series(dashes=True, dashLength=4),
            FIRST,
            {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [4, 10]}},
        ),
        (series(bars=True), FIRST, {"id": "custom.drawStyle", "value": "bars"}),
        (series(lines=False), FIRST, {"id": "custom.lineWidth", "value": 0}),
        (series(fill=3), FIRST, {"id": "custom.fillOpacity", "value": 30}),
        (series(fillBelowTo="b"), FIRST, {"id": "custom.fillBelowTo", "value": "b"}),
        (
            {"seriesOverrides": [{"alias": "/a.*/", "stack": False}]},
            "/fieldConfig/overrides/0/matcher",
            {"id": "byRegexp", "options": "/a.*/"},
        ),
        (
            {"thresholds": [core.GraphThreshold(9.0), core.GraphThreshold(2.0, colorMode="ok", op="lt")]},
            f"{DEFAULTS}/thresholds/steps",
            [{"color": "green", "value": None}, {"color": "transparent", "value": 2}, {"color": "red", "value": 9}],
        ),
        ({"thresholds": [core.GraphThreshold(9.0, line=False)]}, f"{CUSTOM}/thresholdsStyle/mode", "area"),
        ({"xAxis": core.XAxis(show=False)}, "/fieldConfig/overrides/0/matcher", {"id": "byType", "options": "time"}),
        ({"xAxis": core.XAxis(mode="series", values=["avg"])}, "/type", "barchart"),
        ({"xAxis": core.XAxis(mode="series", values=["avg"])}, "/transformations/0/options", {"reducers": ["mean"]}),
        ({"dataLinks": [core.DataLink("More", "/d/x")]}, f"{DEFAULTS}/links/0/url", "/d/x"),
    ],
)
def test_a_graph_is_a_time_series(said: dict[str, Any], pointer: str, expected: Any) -> None:
    assert at(encode(core.Graph(title="G", **said), CONTEXT), pointer) == expected


def test_a_stacked_graph_of_weaves_is_stacked() -> None:
    graph: Any = weave.stacked(core.Graph(title="G"))  # type: ignore[no-untyped-call]
    found = at(encode(graph, CONTEXT), CUSTOM)
    assert (found["stacking"]["mode"], found["fillOpacity"], found["lineWidth"], "spanNulls" in found) == (
        "normal",
        100,
        0,
        False,
    )


@pytest.mark.parametrize(
    ("said", "pointer", "expected"),
    [
        ({}, "/type", "stat"),
        ({}, "/options/colorMode", "none"),
        ({"colorBackground": True, "colorValue": True}, "/options/colorMode", "background"),
        ({"sparkline": core.SparkLine(show=True)}, "/options/graphMode", "area"),
        ({"valueName": "current"}, "/options/reduceOptions/calcs", ["lastNotNull"]),
        ({"valueName": "name"}, "/options/textMode", "name"),
        (
            {"thresholds": "1,2", "colors": ["red", "blue", "green"]},
            f"{DEFAULTS}/thresholds/steps",
            [
                {"color": "red", "value": None},
                {"color": "blue", "value": 1},
                {"color": "green", "value": 2},
            ],
        ),
        ({"postfix": " req"}, f"{DEFAULTS}/unit", "suffix: req"),
        ({"format": "bytes", "prefix": "~"}, f"{DEFAULTS}/unit", "bytes"),
        ({"nullText": "n/a"}, f"{DEFAULTS}/noValue", "n/a"),
        ({"valueMaps": [core.ValueMap("none", "null")]}, f"{DEFAULTS}/mappings/0/options/match", "null"),
        ({"valueMaps": [{"op": "=", "text": "on", "value": "1"}]}, f"{DEFAULTS}/mappings/0/options/1/text", "on"),
        ({"mappingType": 2, "rangeMaps": [core.RangeMap("1", "2", "some")]}, f"{DEFAULTS}/mappings/0/options/to", 2),
        ({"gauge": core.Gauge(show=True, minValue=2, maxValue=8)}, "/type", "gauge"),
        ({"gauge": core.Gauge(show=True, minValue=2, maxValue=8)}, f"{DEFAULTS}/max", 8),
    ],
)
def test_a_single_stat_is_a_stat_or_a_gauge(said: dict[str, Any], pointer: str, expected: Any) -> None:
    assert at(encode(core.SingleStat(title="S", **said), CONTEXT), pointer) == expected


@pytest.mark.parametrize(
    ("panel", "pointer", "expected"),
    [
        (core.PieChart(legendType="Under graph", pieType="donut"), "/options/legend/placement", "bottom"),
        (core.PieChart(legendType="On graph"), "/options/displayLabels", ["name", "value"]),
        (core.PieChart(aliasColors={"a": "red"}), f"{FIRST}/value/fixedColor", "red"),
        (core.Worldmap(mapCenter="Europe", initialZoom=4), "/options/view/lat", 46),
        (core.Worldmap(locationData="geohash", geoPoint="place"), "/options/layers/0/location/geohash", "place"),
        (
            core.Worldmap(thresholds="1,2", thresholdColors=["a", "b", "c"]),
            f"{DEFAULTS}/thresholds/steps/1",
            {"color": "b", "value": 1},
        ),
        (core.Worldmap(unitPlural="users"), f"{DEFAULTS}/unit", "suffix: users"),
        (core.Heatmap(yAxis=core.YAxis(format="s", logBase=2)), "/options/yAxis/unit", "s"),
        (core.Heatmap(yAxis=core.YAxis(logBase=2)), "/options/calculation/yBuckets/scale", {"type": "log", "log": 2}),
        (core.Heatmap(dataFormat="tsbuckets"), "/options/calculate", False),
        (core.Heatmap(color=core.HeatmapColor(colorScheme="interpolateBlues")), "/options/color/scheme", "Blues"),
        (core.Table(columns=[core.Column("Avg", "avg")]), "/transformations/0/options/reducers", ["mean"]),
        (
            core.Table(
                extraJson={
                    "type": "table-old",
                    "transform": "timeseries_to_rows",
                    "styles": [core.ColumnStyle(alias="When", pattern="Time", type=core.DateColumnStyleType())],
                }
            ),
            "/fieldConfig/overrides/0/properties",
            [{"id": "displayName", "value": "When"}, {"id": "unit", "value": "time: YYYY-MM-DD HH:mm:ss"}],
        ),
        (core.Table(extraJson={"type": "table-old"}), "/type", "table"),
        (
            core.Table(extraJson={"styles": [core.ColumnStyle(pattern="/.*/")]}),
            "/fieldConfig/overrides/0/matcher/id",
            "byRegexp",
        ),
        (core.AlertList(stateFilter=["alerting"]), "/options/stateFilter/normal", False),
        (core.AlertList(), "/options/stateFilter/normal", True),
    ],
)
def test_any_other_panel_is_what_took_its_place(panel: Any, pointer: str, expected: Any) -> None:
    assert at(encode(panel, CONTEXT), pointer) == expected


def test_what_people_write_for_time_series_is_one() -> None:
    (found,) = encode(core.Stat(targets=[core.Target(expr="up", format="timeseries")]), CONTEXT)["targets"]
    assert "format" not in found
