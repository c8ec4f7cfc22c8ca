"""A dashboard with every kind of panel: each builder with all arguments of its own, and queries of many datasources."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dashlib import (
    Dashboard,
    Query,
    Row,
    alert_list,
    annotation,
    annotations_list,
    azure_logs,
    azure_metrics,
    bar_chart,
    bar_gauge,
    candlestick,
    canvas,
    cloudwatch,
    cloudwatch_logs,
    constant_variable,
    dashboard_list,
    data_link,
    datasource_variable,
    elasticsearch,
    filter_variable,
    flame_graph,
    gauge,
    geomap,
    graphite,
    heatmap,
    histogram,
    influxdb,
    interval_variable,
    link,
    logs,
    loki,
    math,
    news,
    node_graph,
    of_panel,
    override,
    panel,
    pie_chart,
    query,
    query_variable,
    reduce,
    regex_mapping,
    sample_data,
    sql,
    stat,
    state_timeline,
    status_history,
    table,
    tempo,
    text,
    text_variable,
    threshold,
    timeseries,
    traces,
    transformation,
    trend,
    xy_chart,
)
from dashlib.compile.outputs import dashboard_json
from dashlib.compile.rendering import Rendering
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashlib import Panel
    from dashlib.documents.document import Document

UP = Query("up", name="Up")
RANDOM = sample_data("random_walk", name="Random")
ELEMENT = {"name": "box", "type": "rectangle", "placement": {"top": 10, "left": 10, "width": 90, "height": 40}}

# What a builder is called with: first the queries, if it takes any, and every argument of its own.
KINDS: dict[Callable[..., Panel], tuple[object, dict[str, Any]]] = {
    bar_chart: (UP, {
        "x_field": "job", "horizontal": True, "stacking": "normal", "show_values": "always",
        "legend_calculations": ["max"], "no_value": "none",
    }),
    pie_chart: (UP, {
        "donut": True, "labels": ["name", "percent"], "legend_values": ["value"], "calculation": "max",
        "no_value": "none",
    }),
    status_history: (UP, {"show_values": "never", "row_height": 0.5, "column_width": 0.8}),
    heatmap: (Query("sum by (le) (increase(x_bucket[$__rate_interval]))"), {
        "calculate": False, "color_palette": "Spectral", "show_values": "never", "y_unit": "s",
    }),
    histogram: (UP, {"bucket_size": 0.5, "bucket_count": 10, "combine": True, "legend_calculations": ["count"]}),
    logs: (loki('{app="x"}', max_lines=100), {
        "labels": True, "wrap": False, "details": False, "oldest_first": True, "deduplicate": "exact",
    }),
    traces: (tempo("{ status = error }", limit=20), {}),
    node_graph: (sample_data("node_graph"), {"layout": "force", "node_units": ("s", "short"), "edge_units": ("s", "")}),
    flame_graph: (sample_data("flame_graph"), {}),
    canvas: (RANDOM, {"elements": [ELEMENT], "pan_and_zoom": True}),
    geomap: (sample_data("csv_content", model={"csvContent": "lat,lon,v\n52,13,1"}), {
        "latitude": "lat", "longitude": "lon", "lookup": "", "layer": "heatmap", "center": (52, 13), "zoom": 4,
    }),
    xy_chart: (sql("SELECT a, b FROM t", database="mysql"), {
        "x_field": "a", "y_field": "b", "draw": "points+lines", "legend_calculations": ["min"],
    }),
    trend: (sql("SELECT a, b FROM t", database="postgres"), {
        "x_field": "a", "legend_calculations": ["min"], "fill": 20, "minimum": 0, "maximum": 10,
    }),
    candlestick: (RANDOM, {
        "open_field": "o", "high_field": "h", "low_field": "l", "close_field": "c", "volume_field": "v",
        "draw": "candles",
    }),
}  # fmt: skip
PAGES: dict[Callable[..., Panel], dict[str, Any]] = {
    news: {"feed": "https://example.com/feed.xml", "images": False},
    alert_list: {
        "states": ["firing"], "name": "Lag", "labels": '{severity="critical"}', "folder": "cdc",
        "only_this_dashboard": True, "group_by": ["job"], "instances": True, "most": 5,
    },
    dashboard_list: {
        "tags": ["cdc"], "search": "lag", "folder": "cdc", "starred": True, "recent": True, "keep_time": True,
        "keep_variables": True, "most": 5,
    },
    annotations_list: {"tags": ["deploy"], "only_this_dashboard": True, "only_time_range": True, "most": 5},
}  # fmt: skip
# What every panel with queries takes.
EVERYTHING: dict[str, Any] = {
    "options": {},
    "custom": {"hideFrom": {"legend": True, "tooltip": False, "viz": False}},
    "fields": {"displayName": "Name"},
    "color_scheme": "continuous-GrYlRd",
    "data_links": [data_link("More", "/d/more")],
    "actions": [{"title": "Restart", "type": "fetch", "fetch": {"method": "POST", "url": "https://example.com"}}],
    "overrides": [override(name="a", unit="s")],
    "transformations": [transformation("merge")],
    "datasource": "$DS_PROMETHEUS",
    "min_interval": "30s",
    "max_data_points": 300,
    "time_from": "24h",
    "time_shift": "1d",
    "hide_time_override": True,
    "cache_timeout": "60",
    "transparent": True,
    "repeat": "DS_LOKI",
    "repeat_direction": "v",
    "max_per_row": 4,
    "panel_links": [link("Wiki", "https://example.com")],
}
QUERIES = {
    "grafana-postgresql-datasource": sql("SELECT 1", database="postgres", time_series=True),
    "mysql": sql("SELECT 1", database="mysql"),
    "mssql": sql("SELECT 1", database="mssql"),
    "cloudwatch": cloudwatch("AWS/RDS", "CPUUtilization", dimensions={"DBInstanceIdentifier": "*"}, period="60"),
    "elasticsearch": elasticsearch("level:error"),
    "influxdb": influxdb('from(bucket: "b")'),
    "grafana-azure-monitor-datasource": azure_metrics(
        "Microsoft.Compute/virtualMachines", "Percentage CPU", resources=[{"subscription": "s", "resourceGroup": "g"}]
    ),
    "graphite": graphite("servers.*.cpu"),
    "loki": loki('rate({app="x"}[5m])', legend="{{app}}", instant=True),
    "tempo": tempo("{}"),
    "grafana-testdata-datasource": sample_data(),
}
MORE_QUERIES = {
    "CloudWatch logs": cloudwatch_logs("fields @message", log_groups=["/aws/rds"]),
    "InfluxQL": influxdb('SELECT mean("v") FROM "m"', language="influxql", alias="m"),
    "InfluxDB SQL": influxdb("SELECT 1", language="sql"),
    "Azure logs": azure_logs("Heartbeat | count", resources=["/subscriptions/s"], time_series=True),
    "a uid": query({"type": "vendor-datasource", "uid": "u1"}, text="x"),
    "a vendor's": query("P12345", anything={"deep": [1]}),
}


def dashboard() -> Dashboard:
    """Return it, as declared."""
    rows = [
        Row("Before", [
            stat(UP, "Stat"), gauge(UP, "Gauge"), bar_gauge(UP, "Bar gauge"), timeseries(UP, "Time series"),
            state_timeline(UP, "State timeline"), table(UP, "Table", columns={"job": "Job", UP: "Up"}),
            text("# Text", "Text"),
        ]),
        Row("Plain", [
            builder(asked, f"Plain {builder.__name__}", **_needed(builder)) for builder, (asked, _) in KINDS.items()
        ]),
        Row("Whole", [
            builder(asked, f"Whole {builder.__name__}", **arguments, width=12, height=9, description="All arguments.")
            for builder, (asked, arguments) in KINDS.items()
        ]),
        Row("Of $job", [stat(UP, "Of each", mappings=[regex_mapping("^(\\d+)$", "$1 up", "green")])], repeat="job"),
        Row("Pages", [builder(f"Page {builder.__name__}", **more) for builder, more in PAGES.items()]),
        Row("Everything", [
            timeseries(UP, "Everything", **EVERYTHING), news("Some", feed="https://x.example", repeat="DS_LOKI"),
        ]),
        Row("Datasources", [
            timeseries(asked, kind, unit="short") for kind, asked in {**QUERIES, **MORE_QUERIES}.items()
        ]),
        Row("Together", [
            timeseries([UP, sql("SELECT 1", database="mysql", ref_id="old")], "Mixed"),
            stat([
                Query("up", ref_id="A", hide=True), sql("SELECT 1", database="mysql", ref_id="B", hide=True),
                math("$A / $B", ref_id="C", unit="percentunit"), reduce("C", "max", ref_id="D", drop_nulls=True),
                threshold("D", above=1),
            ], "Expressions"),
            timeseries(of_panel("Mixed"), "The same", unit="short"),
            panel("vendor-plugin", UP, "Vendor", options={"limit": 5}, field_config={"min": 0, "custom": {"x": 1}}),
            table(sql("SELECT 1", database="mysql"), "Rows of SQL"),
            timeseries(Query("up", exemplar=True, datasource="other-uid"), "Exemplars"),
        ]),
    ]  # fmt: skip
    variables = [
        datasource_variable(),
        *(
            datasource_variable(f"DS_{kind.split('-')[-2 if '-' in kind else 0].upper()}", plugin=kind)
            for kind in QUERIES
        ),
    ]
    variables += [
        query_variable("job", "Job", "label_values(up, job)", include_all=True, multi=True),
        query_variable(
            "instance", "Instance", 'label_values(up{job="$job"}, instance)', pattern="(.*):.*", hidden=True
        ),
        query_variable("zone", "Zone", "label_values(zones, zone)", pattern="/^(?<text>.+)-(?<value>.)$/i"),
        query_variable("team", "Team", sql("SELECT name FROM teams", database="mysql")),
        constant_variable("region", "eu-central-1"),
        text_variable("like", "Like", value=".*"),
        interval_variable("window", "Window", values=["1m", "1h"], auto=True),
        filter_variable("filters", "Filters"),
    ]
    return Dashboard(
        uid="gallery",
        title="Gallery",
        rows=rows,
        variables=variables,
        annotations=[
            annotation("Deploys", loki('{app="deploy"}'), text="{{version}}"),
            annotation("Restarts", Query("changes(process_start_time_seconds[1m]) > bool 0")),
            annotation("Releases", sql("SELECT at AS time, text FROM releases", database="mysql")),
        ],
        timezone="utc",
        week_start="monday",
        editable=False,
    )


def _short(plugin: str) -> str:
    return plugin.removeprefix("grafana-").split("-")[0]


def _needed(builder: Callable[..., Panel]) -> dict[str, Any]:
    return {"elements": []} if builder is canvas else {}


# What compiling needs beside a dashboard.
AROUND = (Rendering(catalog(), load_profile("lab")), PurePosixPath("gallery.json"), "gallery.py")


def gallery() -> Document:
    """Return it, compiled."""
    return dashboard_json.compile_dashboard(dashboard(), *AROUND)
