"""The benchmark's dashboard with grafanalib, as its documentation's example is written: panels with grid positions."""

from grafanalib.core import (
    Annotations,
    BarGauge,
    Dashboard,
    DashboardLink,
    GaugePanel,
    GridPos,
    RowPanel,
    Stat,
    StatValueMappingItem,
    StatValueMappings,
    Table,
    TableSortByField,
    Target,
    Template,
    Templating,
    Text,
    Threshold,
    Time,
    TimeSeries,
)

from bench.dashboards import queries

DATASOURCE = "${DS_PROMETHEUS}"


def target(expr: str, legend: str = "{{server}}", ref_id: str = "A") -> Target:
    """Return a query for a graph."""
    return Target(datasource=DATASOURCE, expr=expr, legendFormat=legend, refId=ref_id)


def table_target(expr: str, ref_id: str) -> Target:
    """Return a query for a table."""
    return Target(datasource=DATASOURCE, expr=expr, refId=ref_id, format="table", instant=True)


def steps(base: str, *others: tuple[float, str]) -> list[Threshold]:
    """Return threshold steps."""
    first = Threshold(base, 0, 0.0)
    return [first, *(Threshold(color, index, float(value)) for index, (value, color) in enumerate(others, 1))]


def states(*texts: tuple[str, str]) -> StatValueMappings:
    """Return the mapping of the values 0, 1, … to text and color."""
    return StatValueMappings(
        *(StatValueMappingItem(text, str(value), color, value) for value, (text, color) in enumerate(texts))
    )


def lag_steps() -> list[Threshold]:
    """Return the threshold steps of lag."""
    return steps("green", (5, "yellow"), (30, "red"))


def queue_steps() -> list[Threshold]:
    """Return the threshold steps of the queue."""
    return steps("green", (50, "yellow"), (75, "orange"), (90, "red"))


def timeseries(
    title: str,
    expr: str,
    description: str,
    unit: str,
    position: GridPos,
    *,
    thresholds: list[Threshold] | None = None,
    legend: str = "{{server}}",
    decimals: int | None = None,
    maximum: int | None = None,
) -> TimeSeries:
    """Return a time series panel in the house's style."""
    return TimeSeries(
        title=title,
        description=description,
        dataSource=DATASOURCE,
        targets=[target(expr, legend)],
        unit=unit,
        valueDecimals=decimals,
        valueMin=0,
        valueMax=maximum,
        thresholds=thresholds or steps("green"),
        thresholdsStyleMode="line" if thresholds else "off",
        lineWidth=2,
        fillOpacity=10,
        showPoints="never",
        legendDisplayMode="table",
        legendCalcs=["mean", "max"],
        tooltipMode="multi",
        tooltipSort="desc",
        gridPos=position,
    )


def make(uid: str, title: str) -> Dashboard:
    """Return the dashboard under a uid and title."""
    dashboard: Dashboard = Dashboard(
        uid=uid,
        title=title,
        description=queries.ABOUT,
        tags=["debezium", "cdc", "monitoring", "production"],
        refresh="15s",
        time=Time("now-1h", "now"),
        sharedCrosshair=True,
        templating=Templating(
            list=[
                Template(name="DS_PROMETHEUS", label="Datasource", type="datasource", query="prometheus"),
                Template(
                    name="job",
                    label="Connect cluster",
                    dataSource=DATASOURCE,
                    query="label_values(debezium_metrics_Connected, job)",
                    default="All",
                    includeAll=True,
                    allValue=".*",
                    refresh=2,
                ),
                Template(
                    name="connector",
                    label="Connector",
                    dataSource=DATASOURCE,
                    query='label_values(debezium_metrics_Connected{job=~"$job"}, server)',
                    default="All",
                    includeAll=True,
                    allValue=".*",
                    refresh=2,
                ),
            ]
        ),
        links=[
            DashboardLink(
                title="Prometheus",
                type="link",
                uri="http://localhost:9090",
                tooltip="Open Prometheus UI",
                icon="external link",
                targetBlank=True,
            )
        ],
        annotations=Annotations(
            list=[
                {
                    "name": "Lag unknown",
                    "datasource": DATASOURCE,
                    "enable": True,
                    "expr": queries.LAG_UNKNOWN,
                    "iconColor": "purple",
                    "textFormat": "{{server}}",
                    "titleFormat": "Lag unknown",
                }
            ]
        ),
        panels=[
            RowPanel(title="Health Overview", gridPos=GridPos(h=1, w=24, x=0, y=0)),
            Stat(
                title="Connector Status",
                description=queries.ABOUT_CONNECTED,
                dataSource=DATASOURCE,
                targets=[target(queries.CONNECTED)],
                mappings=[states(("Disconnected", "red"), ("Connected", "green"))],
                thresholds=steps("red", (1, "green")),
                graphMode="none",
                reduceCalc="lastNotNull",
                gridPos=GridPos(h=4, w=4, x=0, y=1),
            ),
            Stat(
                title="Events/sec",
                description=queries.ABOUT_ROWS_RATE,
                dataSource=DATASOURCE,
                targets=[target(queries.ROWS_RATE)],
                format="short",
                decimals=1,
                thresholds=steps("blue"),
                reduceCalc="lastNotNull",
                gridPos=GridPos(h=4, w=4, x=4, y=1),
            ),
            Stat(
                title="GTID Mode",
                description=queries.ABOUT_GTID_MODE,
                dataSource=DATASOURCE,
                targets=[target(queries.GTID_MODE)],
                mappings=[states(("Disabled", "red"), ("Enabled", "green"))],
                thresholds=steps("red", (1, "green")),
                graphMode="none",
                reduceCalc="lastNotNull",
                gridPos=GridPos(h=4, w=4, x=8, y=1),
            ),
            Stat(
                title="Snapshot Running",
                description=queries.ABOUT_SNAPSHOT_RUNNING,
                dataSource=DATASOURCE,
                targets=[target(queries.SNAPSHOT_RUNNING)],
                mappings=[states(("Not Running", "blue"), ("Running", "yellow"))],
                thresholds=steps("blue", (1, "yellow")),
                graphMode="none",
                reduceCalc="lastNotNull",
                gridPos=GridPos(h=4, w=4, x=12, y=1),
            ),
            BarGauge(
                title="Current Lag",
                description=queries.ABOUT_LAG,
                dataSource=DATASOURCE,
                targets=[target(queries.LAG)],
                format="s",
                max=60,
                calc="lastNotNull",
                displayMode="gradient",
                thresholds=lag_steps(),
                gridPos=GridPos(h=8, w=4, x=16, y=1),
            ),
            GaugePanel(
                title="Queue Usage %",
                description=queries.ABOUT_QUEUE_USED,
                dataSource=DATASOURCE,
                targets=[target(queries.QUEUE_USED)],
                format="percent",
                calc="lastNotNull",
                thresholds=queue_steps(),
                gridPos=GridPos(h=8, w=4, x=20, y=1),
            ),
            Text(
                title="How to read this",
                content="Start at the **lag**, then look at the queue.",
                mode="markdown",
                gridPos=GridPos(h=4, w=24, x=0, y=9),
            ),
            RowPanel(title="Time Series", gridPos=GridPos(h=1, w=24, x=0, y=13)),
            timeseries(
                "Lag Trend",
                queries.LAG,
                queries.ABOUT_LAG,
                "s",
                GridPos(h=8, w=12, x=0, y=14),
                thresholds=lag_steps(),
            ),
            timeseries(
                "Event Throughput",
                queries.ROWS_RATE,
                queries.ABOUT_ROWS_RATE,
                "short",
                GridPos(h=8, w=12, x=12, y=14),
                decimals=1,
            ),
            timeseries(
                "Queue Utilization",
                queries.QUEUE_USED,
                queries.ABOUT_QUEUE_USED,
                "percent",
                GridPos(h=8, w=12, x=0, y=22),
                thresholds=queue_steps(),
                maximum=100,
            ),
            timeseries(
                "Time Since Last Event",
                queries.SINCE_LAST_EVENT,
                queries.ABOUT_SINCE_LAST_EVENT,
                "s",
                GridPos(h=8, w=12, x=12, y=22),
            ),
            timeseries(
                "Transactions/sec",
                queries.TRANSACTIONS_RATE,
                queries.ABOUT_TRANSACTIONS_RATE,
                "short",
                GridPos(h=8, w=12, x=0, y=30),
            ),
            timeseries(
                "Binlog Position",
                queries.BINLOG_POSITION,
                queries.ABOUT_BINLOG_POSITION,
                "none",
                GridPos(h=8, w=12, x=12, y=30),
                decimals=0,
            ),
            RowPanel(
                title="Detailed Metrics",
                collapsed=True,
                gridPos=GridPos(h=1, w=24, x=0, y=38),
                panels=[
                    Table(
                        title="Connectors",
                        description=queries.ABOUT_LAG,
                        dataSource=DATASOURCE,
                        targets=[table_target(queries.LAG, "A"), table_target(queries.QUEUE_USED, "B")],
                        unit="s",
                        thresholds=lag_steps(),
                        overrides=[
                            {
                                "matcher": {"id": "byName", "options": "Queue"},
                                "properties": [{"id": "unit", "value": "percent"}],
                            }
                        ],
                        transformations=[
                            {"id": "merge", "options": {}},
                            {
                                "id": "filterFieldsByName",
                                "options": {"include": {"names": ["server", "Value #A", "Value #B"]}},
                            },
                            {
                                "id": "organize",
                                "options": {
                                    "indexByName": {"server": 0, "Value #A": 1, "Value #B": 2},
                                    "renameByName": {"server": "Connector", "Value #A": "Lag", "Value #B": "Queue"},
                                },
                            },
                        ],
                        sortBy=[TableSortByField("Connector")],
                        gridPos=GridPos(h=8, w=8, x=0, y=39),
                    ),
                    timeseries(
                        "Snapshot Progress (Rows Scanned)",
                        queries.SNAPSHOT_ROWS,
                        queries.ABOUT_SNAPSHOT_ROWS,
                        "short",
                        GridPos(h=8, w=12, x=8, y=39),
                        legend="{{server}} - {{table}}",
                    ),
                    Stat(
                        title="Snapshot Completed",
                        description=queries.ABOUT_SNAPSHOT_COMPLETED,
                        dataSource=DATASOURCE,
                        targets=[target(queries.SNAPSHOT_COMPLETED)],
                        mappings=[states(("Not Completed", "yellow"), ("Completed", "green"), ("Skipped", "blue"))],
                        thresholds=steps("yellow", (1, "green"), (2, "blue")),
                        graphMode="none",
                        reduceCalc="lastNotNull",
                        gridPos=GridPos(h=4, w=4, x=20, y=39),
                    ),
                    GaugePanel(
                        title="Silence",
                        description=queries.ABOUT_SINCE_LAST_EVENT,
                        dataSource=DATASOURCE,
                        targets=[target(queries.SINCE_LAST_EVENT)],
                        format="s",
                        max=None,
                        calc="lastNotNull",
                        thresholds=steps("green"),
                        gridPos=GridPos(h=8, w=24, x=0, y=47),
                    ),
                ],
            ),
        ],
    ).auto_panel_ids()  # type: ignore[no-untyped-call]  # grafanalib is untyped
    return dashboard


dashboard = make("bench", "Benchmark")
