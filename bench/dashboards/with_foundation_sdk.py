"""The benchmark's dashboard with the Grafana foundation SDK, as its examples are: builders, shared defaults."""

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    gauge,
    prometheus,
    stat,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueGraphMode,
    DataSourceRef,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    DataTransformerConfig,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
    VariableOption,
    VariableRefresh,
    VariableSort,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.text import TextMode

from bench.dashboards import queries


def datasource() -> DataSourceRef:
    """Return the reference to the datasource that the reader chooses."""
    return DataSourceRef(type_val="prometheus", uid="${DS_PROMETHEUS}")


def query(expr: str, legend: str = "{{server}}") -> prometheus.Dataquery:
    """Return a query for a graph."""
    return prometheus.Dataquery().datasource(datasource()).expr(expr).legend_format(legend).range().ref_id("A")


def table_query(expr: str, ref_id: str) -> prometheus.Dataquery:
    """Return a query for a table."""
    return (
        prometheus.Dataquery()
        .datasource(datasource())
        .expr(expr)
        .format(PromQueryFormat.TABLE)
        .instant()
        .ref_id(ref_id)
    )


def steps(base: str, *others: tuple[float, str]) -> dashboards.ThresholdsConfig:
    """Return threshold steps."""
    return (
        dashboards.ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(color=base), *(Threshold(value=value, color=color) for value, color in others)])
    )


def lag_steps() -> dashboards.ThresholdsConfig:
    """Return the threshold steps of lag."""
    return steps("green", (5, "yellow"), (30, "red"))


def queue_steps() -> dashboards.ThresholdsConfig:
    """Return the threshold steps of the queue."""
    return steps("green", (50, "yellow"), (75, "orange"), (90, "red"))


def states(*texts: tuple[str, str]) -> list[ValueMap]:
    """Return the mapping of the values 0, 1, … to text and color."""
    return [
        ValueMap(
            options={
                str(value): ValueMappingResult(text=text, color=color, index=value)
                for value, (text, color) in enumerate(texts)
            }
        )
    ]


def default_stat() -> stat.Panel:
    """Return a stat panel in the house's style."""
    return (
        stat.Panel()
        .datasource(datasource())
        .unit("none")
        .graph_mode(BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .height(4)
        .span(4)
    )


def default_gauge() -> gauge.Panel:
    """Return a gauge in the house's style."""
    return (
        gauge.Panel()
        .datasource(datasource())
        .min(0)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .height(8)
    )


def default_timeseries() -> timeseries.Panel:
    """Return a time series panel in the house's style."""
    return (
        timeseries.Panel()
        .datasource(datasource())
        .min(0)
        .thresholds(steps("green"))
        .line_width(2)
        .fill_opacity(10)
        .show_points(VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.TABLE)
            .placement(LegendPlacement.BOTTOM)
            .calcs(["mean", "max"])
            .show_legend(True)  # noqa: FBT003  # the SDK's way
        )
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .height(8)
        .span(12)
    )


def threshold_lines() -> common.GraphThresholdsStyleConfig:
    """Return the style that draws threshold steps as lines."""
    return common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE)


def label_variable(name: str, label: str, values: str) -> dashboards.QueryVariable:
    """Return a variable that lists a label's values."""
    return (
        dashboards.QueryVariable(name)
        .label(label)
        .datasource(datasource())
        .query(values)
        .current(VariableOption(selected=True, text="All", value="$__all"))
        .include_all(True)  # noqa: FBT003  # the SDK's way
        .all_value(".*")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )


def make(uid: str, title: str) -> Dashboard:
    """Return the dashboard under a uid and title."""
    builder = (
        dashboards.Dashboard(title)
        .uid(uid)
        .description(queries.ABOUT)
        .tags(["debezium", "cdc", "monitoring", "production"])
        .refresh("15s")
        .time("now-1h", "now")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboards.DatasourceVariable("DS_PROMETHEUS").label("Datasource").type("prometheus"))
        .with_variable(label_variable("job", "Connect cluster", "label_values(debezium_metrics_Connected, job)"))
        .with_variable(
            label_variable("connector", "Connector", 'label_values(debezium_metrics_Connected{job=~"$job"}, server)')
        )
        .link(
            dashboards.DashboardLink("Prometheus")
            .type(DashboardLinkType.LINK)
            .url("http://localhost:9090")
            .tooltip("Open Prometheus UI")
            .icon("external link")
            .target_blank(True)  # noqa: FBT003  # the SDK's way
            .keep_time(True)  # noqa: FBT003  # the SDK's way
        )
        .annotation(
            dashboards.AnnotationQuery()
            .name("Lag unknown")
            .datasource(datasource())
            .enable(True)  # noqa: FBT003  # the SDK's way
            .expr(queries.LAG_UNKNOWN)
            .icon_color("purple")
            .text_format("{{server}}")
            .title_format("Lag unknown")
        )
    )
    return add_details(add_time_series(add_health(builder))).build()


def add_health(builder: dashboards.Dashboard) -> dashboards.Dashboard:
    """Add the row with the state of things now."""
    return (
        builder.with_row(dashboards.Row("Health Overview"))
        .with_panel(
            default_stat()
            .title("Connector Status")
            .description(queries.ABOUT_CONNECTED)
            .mappings(states(("Disconnected", "red"), ("Connected", "green")))
            .thresholds(steps("red", (1, "green")))
            .with_target(query(queries.CONNECTED))
        )
        .with_panel(
            default_stat()
            .title("Events/sec")
            .description(queries.ABOUT_ROWS_RATE)
            .unit("short")
            .decimals(1)
            .graph_mode(BigValueGraphMode.AREA)
            .thresholds(steps("blue"))
            .with_target(query(queries.ROWS_RATE))
        )
        .with_panel(
            default_stat()
            .title("GTID Mode")
            .description(queries.ABOUT_GTID_MODE)
            .mappings(states(("Disabled", "red"), ("Enabled", "green")))
            .thresholds(steps("red", (1, "green")))
            .with_target(query(queries.GTID_MODE))
        )
        .with_panel(
            default_stat()
            .title("Snapshot Running")
            .description(queries.ABOUT_SNAPSHOT_RUNNING)
            .mappings(states(("Not Running", "blue"), ("Running", "yellow")))
            .thresholds(steps("blue", (1, "yellow")))
            .with_target(query(queries.SNAPSHOT_RUNNING))
        )
        .with_panel(
            bargauge.Panel()
            .title("Current Lag")
            .description(queries.ABOUT_LAG)
            .datasource(datasource())
            .unit("s")
            .min(0)
            .max(60)
            .thresholds(lag_steps())
            .display_mode(BarGaugeDisplayMode.GRADIENT)
            .orientation(VizOrientation.HORIZONTAL)
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
            .height(8)
            .span(4)
            .with_target(query(queries.LAG))
        )
        .with_panel(
            default_gauge()
            .title("Queue Usage %")
            .description(queries.ABOUT_QUEUE_USED)
            .unit("percent")
            .max(100)
            .thresholds(queue_steps())
            .span(4)
            .with_target(query(queries.QUEUE_USED))
        )
        .with_panel(
            text.Panel()
            .title("How to read this")
            .mode(TextMode.MARKDOWN)
            .content("Start at the **lag**, then look at the queue.")
            .height(4)
            .span(24)
        )
    )


def add_time_series(builder: dashboards.Dashboard) -> dashboards.Dashboard:
    """Add the row with the course of things."""
    return (
        builder.with_row(dashboards.Row("Time Series"))
        .with_panel(
            default_timeseries()
            .title("Lag Trend")
            .description(queries.ABOUT_LAG)
            .unit("s")
            .thresholds(lag_steps())
            .thresholds_style(threshold_lines())
            .with_target(query(queries.LAG))
        )
        .with_panel(
            default_timeseries()
            .title("Event Throughput")
            .description(queries.ABOUT_ROWS_RATE)
            .unit("short")
            .decimals(1)
            .with_target(query(queries.ROWS_RATE))
        )
        .with_panel(
            default_timeseries()
            .title("Queue Utilization")
            .description(queries.ABOUT_QUEUE_USED)
            .unit("percent")
            .max(100)
            .thresholds(queue_steps())
            .thresholds_style(threshold_lines())
            .with_target(query(queries.QUEUE_USED))
        )
        .with_panel(
            default_timeseries()
            .title("Time Since Last Event")
            .description(queries.ABOUT_SINCE_LAST_EVENT)
            .unit("s")
            .with_target(query(queries.SINCE_LAST_EVENT))
        )
        .with_panel(
            default_timeseries()
            .title("Transactions/sec")
            .description(queries.ABOUT_TRANSACTIONS_RATE)
            .unit("short")
            .with_target(query(queries.TRANSACTIONS_RATE))
        )
        .with_panel(
            default_timeseries()
            .title("Binlog Position")
            .description(queries.ABOUT_BINLOG_POSITION)
            .unit("none")
            .decimals(0)
            .with_target(query(queries.BINLOG_POSITION))
        )
    )


def add_details(builder: dashboards.Dashboard) -> dashboards.Dashboard:
    """Add the collapsed row."""
    columns = {"server": "Connector", "Value #A": "Lag", "Value #B": "Queue"}
    return builder.with_row(
        dashboards.Row("Detailed Metrics")
        .with_panel(
            table.Panel()
            .title("Connectors")
            .description(queries.ABOUT_LAG)
            .datasource(datasource())
            .unit("s")
            .thresholds(lag_steps())
            .override_by_name("Queue", [DynamicConfigValue(id_val="unit", value="percent")])
            .with_transformation(DataTransformerConfig(id_val="merge", options={}))
            .with_transformation(
                DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": list(columns)}})
            )
            .with_transformation(
                DataTransformerConfig(
                    id_val="organize",
                    options={
                        "indexByName": {name: index for index, name in enumerate(columns)},
                        "renameByName": columns,
                    },
                )
            )
            .sort_by([common.TableSortByFieldState().display_name("Connector")])
            .height(8)
            .span(8)
            .with_target(table_query(queries.LAG, "A"))
            .with_target(table_query(queries.QUEUE_USED, "B"))
        )
        .with_panel(
            default_timeseries()
            .title("Snapshot Progress (Rows Scanned)")
            .description(queries.ABOUT_SNAPSHOT_ROWS)
            .unit("short")
            .with_target(query(queries.SNAPSHOT_ROWS, "{{server}} - {{table}}"))
        )
        .with_panel(
            default_stat()
            .title("Snapshot Completed")
            .description(queries.ABOUT_SNAPSHOT_COMPLETED)
            .mappings(states(("Not Completed", "yellow"), ("Completed", "green"), ("Skipped", "blue")))
            .thresholds(steps("yellow", (1, "green"), (2, "blue")))
            .with_target(query(queries.SNAPSHOT_COMPLETED))
        )
        .with_panel(
            default_gauge()
            .title("Silence")
            .description(queries.ABOUT_SINCE_LAST_EVENT)
            .unit("s")
            .thresholds(steps("green"))
            .span(24)
            .with_target(query(queries.SINCE_LAST_EVENT))
        )
    )


dashboard = make("bench", "Benchmark")
