"""A dashboard that uses everything: every builder with every argument, and grafanalib's own panels set unusually."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from grafanalib import core

from dashlib import (
    Dashboard,
    Panel,
    Row,
    Signal,
    annotation,
    bar_gauge,
    custom_variable,
    dashboard_links,
    data_link,
    datasource_variable,
    gauge,
    label_variable,
    link,
    one_of,
    override,
    range_mapping,
    special_mapping,
    stat,
    state_timeline,
    table,
    text,
    timeseries,
    transformation,
    unknown_annotation,
    value_mapping,
)
from dashlib.compile.outputs import dashboard_json
from dashlib.compile.rendering import Rendering
from dashlib.debezium.connectors import CONNECTED, LAG, QUEUE_USED
from dashlib.debezium.thresholds import MYSQL, PRODUCTION
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashlib.declare.panel_kinds.table import Cell
    from dashlib.documents.document import Document

TEMPERATURE = Signal(
    "temperature",
    "Temperature",
    expression="Connected + 0.5",
    unit="celsius",
    description="A signal with fractions.",
    minimum=-40.5,
    maximum=99.5,
    decimals=2,
    color="blue",
)

_MAPPINGS = [
    value_mapping({0: ("Off", "red"), 1: ("On", "green")}),
    range_mapping(2, 9, "Many", "orange"),
    special_mapping("null", "Nothing", "purple"),
    special_mapping("nan", "No number", "purple"),
    special_mapping("null+nan", "Neither", "purple"),
    special_mapping("true", "Yes", "green"),
    special_mapping("false", "No", "red"),
    special_mapping("empty", "Empty", "blue"),
]
_OVERRIDES = [
    override(name="main", unit="ms"),
    override(pattern="/^pg/", color={"mode": "fixed", "fixedColor": "blue"}),
    override(field_type="number", decimals=3),
]
_HIDDEN = override(query="A", custom__hideFrom={"legend": True, "tooltip": False, "viz": False})
_COMMON: dict[str, Any] = {
    "unit": "ms",
    "decimals": 1,
    "description": "What it shows.",
    "thresholds": PRODUCTION,
    "color": "super-light-blue",
    "mappings": _MAPPINGS,
    "width": 11,
    "height": 7,
}
_SHOWN = {"legend": "{{server}} of {{plugin}}", "no_value": "nothing"}

CELLS: tuple[Cell, ...] = ("plain", "text", "background", "gauge")

# Each builder with a value for every argument that it has; a test holds it against the signatures.
EVERY_ARGUMENT: dict[Callable[..., Panel], dict[str, Any]] = {
    stat: {**_COMMON, **_SHOWN, "sparkline": True, "calculation": "max", "overrides": _OVERRIDES},
    gauge: {**_COMMON, **_SHOWN, "minimum": -1.5, "maximum": 1000.5},
    bar_gauge: {**_COMMON, **_SHOWN, "minimum": -1.5, "maximum": 1000.5},
    timeseries: {
        "legend_placement": "bottom",
        "min_interval": "1m",
        **_COMMON,
        **_SHOWN,
        "legend_calculations": ["min", "lastNotNull"],
        "threshold_lines": True,
        "stacked": True,
        "fill": 100,
        "minimum": -5,
        "maximum": 5,
        "overrides": [*_OVERRIDES, _HIDDEN],
    },
    state_timeline: {
        "time_from": "24h",
        **{name: value for name, value in _COMMON.items() if name != "decimals"},
        "legend": "{{server}}",
        "overrides": [*_OVERRIDES, _HIDDEN],
    },
    table: {
        **_COMMON,
        "no_value": "nothing",
        "columns": {CONNECTED: "State", "server": "Connector", "job": "Cluster"},
        "order": {"State": "ascending", "Connector": "descending"},
        "most": 20,
        "rest": "server",
        "cells": {"State": "text"},
        "widths": {"State": 116},
        "links": {"Connector": [data_link("Alone", "/d/x?var-connector=${__data.fields.Connector}", new_tab=True)]},
        "hidden": ["Cluster"],
        "transformations": [
            transformation("sortBy", fields={}, sort=[{"field": "Lag", "desc": True}]),
            transformation("limit", limitField=10),
        ],
        "overrides": [*_OVERRIDES, override(name="main", custom__width=120)],
    },
    text: {"mode": "html", "description": "Prose.", "width": 24, "height": 2},
}


def _every_argument(builder: Callable[..., Panel]) -> Panel:
    shown: object = {text: "<b>$5 [[ ]]</b>", table: CONNECTED}.get(builder, [LAG, QUEUE_USED])
    name = builder.__name__
    return builder(shown, f"Everything: {name}", key=f"key of {name}", **EVERY_ARGUMENT[builder])


def _plain(builder: Callable[..., Panel], signal: Signal) -> Panel:
    more: dict[str, Any] = {"columns": {"server": "Connector"}} if builder is table else {}
    return builder(signal, f"{signal.title}: {builder.__name__}", **more)


def _table(cell: Cell) -> Panel:
    """Return a table of several signals, the worst first, whose values look so."""
    return table(
        [LAG, QUEUE_USED],
        f"Cells: {cell}",
        columns={"server": "Connector", LAG: "Lag", QUEUE_USED: "Queue"},
        order={"Lag": "descending", "Connector": "ascending"},
        most=5,
        cells={"Lag": cell, "Queue": cell},
    )


def _grafanalib_panels() -> list[core.Panel]:
    """Return grafanalib's own panels, as people set them who have never seen dashlib."""
    targets = [
        core.Target(expr="up", legendFormat="{{job}}", interval="1m"),
        core.Target(expr="sum(up)", format="table", instant=True, hide=True, refId="Z", datasource="other"),
        core.Target(expr="rate(x_bucket[5m])", format="heatmap"),
    ]
    thresholds = [core.Threshold("green", 0, 0.0), core.Threshold("red", 1, 80.5)]
    around: dict[str, Any] = {
        "dataSource": "${DS_PROMETHEUS}",
        "description": "grafanalib's own.",
        "transparent": True,
        "repeat": core.Repeat("v", "connector", 3),
        "maxDataPoints": 500,
        "interval": "30s",
        "timeFrom": "2h",
        "timeShift": "1d",
        "hideTimeOverride": True,
        "cacheTimeout": "60",
        "links": [core.DashboardLink(title="Runbook", type="link", uri="https://example.com/runbook")],
        "gridPos": core.GridPos(h=5, w=7, x=3, y=99),
        "thresholds": thresholds,
        "targets": targets,
    }
    ranges = core.StatRangeMappings("few", 2, 5, "blue")
    values = core.StatValueMappings(
        core.StatValueMappingItem("zero", "0", "red"), core.StatValueMappingItem("one", "1")
    )
    raw_override = {
        "matcher": {"id": "byNames", "options": {"mode": "exclude", "names": ["a"]}},
        "properties": [{"id": "unit", "value": "s"}],
    }
    return [
        core.Stat(title="Bare stat", targets=targets[:1]),
        core.Stat(
            title="Raw stat", mappings=[values, ranges], overrides=[raw_override], fields="/.*/", alignment="center",
            color="palette-classic", decimals=2, orientation="vertical", textMode="name", colorMode="background",
            thresholdType="percentage", **around,
        ),
        core.GaugePanel(
            title="Raw gauge", allValues=True, limit=7, label="${__field.name}", thresholdLabels=True,
            thresholdMarkers=False, valueMaps=[values], rangeMaps=[ranges],
            dataLinks=[core.DataLink("more", "https://example.com", isNewTab=True)], **around,
        ),
        core.BarGauge(title="Raw bar gauge", displayMode="basic", orientation="vertical", valueMaps=[values], **around),
        core.TimeSeries(
            title="Raw time series", axisPlacement="right", axisLabel="Load", axisSoftMin=1, axisSoftMax=9,
            drawStyle="bars", barAlignment=1, lineInterpolation="smooth", lineWidth=3, fillOpacity=40,
            gradientMode="hue", spanNulls=True, showPoints="always", pointSize=9, scaleDistributionType="log",
            scaleDistributionLog=10, stacking={"mode": "percent", "group": "B"}, thresholdsStyleMode="dashed+area",
            legendDisplayMode="hidden", legendPlacement="right", tooltipMode="none", tooltipSort="asc",
            colorMode="continuous-GrYlRd", unit="s", valueDecimals=0, valueMin=0, valueMax=9, mappings=[values],
            overrides=[raw_override], transformations=[{"id": "merge", "options": {}}], **around,
        ),
        core.StateTimeline(
            title="Raw state timeline", alignValue="center", colorMode="palette-classic", fillOpacity=50,
            legendDisplayMode="table", legendPlacement="right", lineWidth=2, mappings=[values], mergeValues=False,
            rowHeight=0.5, showValue="never", tooltipMode="multi", overrides=[raw_override], **around,
        ),
        core.Table(
            title="Raw table", align="right", colorMode="fixed", displayMode="color-text", filterable=True,
            mappings=[values], showHeader=False, unit="s", sortBy=[core.TableSortByField("a", desc=True)],
            overrides=[raw_override], **around,
        ),
        *(
            core.Table(title=f"Raw {mode} table", displayMode=mode, targets=targets[1:2])
            for mode in ("auto", "color-background", "color-background-solid", "gradient-gauge", "lcd-gauge", "basic")
        ),
        core.Table(title="Raw aligned table", align="center", targets=targets[1:2]),
        core.Text(title="Raw text", content="# Hello", mode="markdown"),
    ]  # fmt: skip


def kitchen_sink() -> Document:
    """Return the dashboard, compiled."""
    builders = [builder for builder in EVERY_ARGUMENT if builder is not text]
    dashboard = Dashboard(
        uid="kitchen-sink",
        title="Kitchen sink",
        description="Everything at once.",
        tags=["one", "two"],
        refresh="5m",
        time_from="now-6h",
        time_to="now-1m",
        refresh_intervals=["5s", "1d"],
        tooltip="shared tooltip",
        variables=[
            datasource_variable(),
            label_variable("job", "Cluster", label="job", metric="Connected"),
            label_variable("connector", "Connector", label="server", metric="Connected", include_all=False),
            custom_variable("window", "Window", values=["1m", "5m"]),
        ],
        links=[
            dashboard_links("Our dashboards", tag="debezium"),
            link("Prometheus", "http://localhost:9090", tooltip="Open", keep_time=False),
            core.DashboardLink(title="Others", tags=["debezium"], asDropdown=True, includeVars=True),
        ],
        annotations=[
            annotation("Disconnected", CONNECTED, title="Gone", text="{{server}}", color="red"),
            unknown_annotation("Lag unknown", LAG),
        ],
        thresholds=MYSQL,
        where={"plugin": one_of("mysql")},
        rows=[
            Row([_plain(stat, TEMPERATURE)]),
            Row("Everything", [_every_argument(builder) for builder in EVERY_ARGUMENT], height=9),
            Row("Tables", [_table(cell) for cell in CELLS]),
            Row("Defaults", [_plain(builder, signal) for builder in builders for signal in (CONNECTED, LAG)]),
            Row("Fractions", [_plain(builder, TEMPERATURE) for builder in builders if builder is not stat]),
            Row("Prose", [text("plain", "Prose of its own")]),
            Row("grafanalib", _grafanalib_panels(), collapsed=True, key="theirs"),
        ],
        panel_ids={"theirs": 7},
        folder="Sink",
    )
    return dashboard_json.compile_dashboard(
        dashboard, Rendering(catalog(), load_profile("lab")), PurePosixPath("kitchen-sink.json"), "kitchen_sink.py"
    )
