"""Processors, memory and disks of hosts, each panel at its place in the grid."""

from common import DATASOURCE, PROMETHEUS
from grafanalib.core import (
    BarGauge,
    Dashboard,
    GaugePanel,
    GridPos,
    RowPanel,
    Stat,
    Table,
    Target,
    Template,
    Templating,
    Threshold,
    TimeSeries,
)

BUSY = '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle", instance=~"$host"}[$__rate_interval]))'
FREE = 'node_filesystem_avail_bytes{instance=~"$host"} / node_filesystem_size_bytes{instance=~"$host"}'
STEPS = [Threshold("green", 0, 0.0), Threshold("orange", 1, 0.8), Threshold("red", 2, 0.9)]

panels = [
    Stat(
        title="Hosts",
        dataSource=PROMETHEUS,
        targets=[Target(expr='count(node_uname_info{instance=~"$host"})', instant=True, refId="A")],
        reduceCalc="lastNotNull",
        gridPos=GridPos(h=6, w=6, x=0, y=0),
    ),
    GaugePanel(
        title="Memory",
        dataSource=PROMETHEUS,
        targets=[
            Target(expr="1 - sum(node_memory_MemAvailable_bytes) / sum(node_memory_MemTotal_bytes)", refId="A"),
        ],
        format="percentunit",
        min=0,
        max=1,
        thresholds=STEPS,
        gridPos=GridPos(h=6, w=6, x=6, y=0),
    ),
    BarGauge(
        title="Disks",
        dataSource=PROMETHEUS,
        targets=[Target(expr=FREE, legendFormat="{{instance}} {{mountpoint}}", refId="A")],
        format="percentunit",
        max=1,
        gridPos=GridPos(h=6, w=12, x=12, y=0),
    ),
    RowPanel(title="Over time", gridPos=GridPos(h=1, w=24, x=0, y=6)),
    TimeSeries(
        title="Processors",
        dataSource=PROMETHEUS,
        targets=[Target(expr=BUSY, legendFormat="{{instance}}", refId="A")],
        unit="percentunit",
        fillOpacity=10,
        thresholds=STEPS,
        thresholdsStyleMode="line",
        gridPos=GridPos(h=8, w=24, x=0, y=7),
    ),
    RowPanel(
        title="Details",
        collapsed=True,
        gridPos=GridPos(h=1, w=24, x=0, y=15),
        panels=[
            Table(
                title="Kernels",
                dataSource=PROMETHEUS,
                targets=[Target(expr="node_uname_info", format="table", instant=True, refId="A")],
                unit="none",
                gridPos=GridPos(h=8, w=24, x=0, y=16),
                extraJson={"fieldConfig": {"defaults": {"custom": {"filterable": True}}}},
            )
        ],
    ),
]

dashboard = Dashboard(
    title="Hosts",
    uid="hosts",
    tags=["hosts"],
    templating=Templating(
        list=[
            DATASOURCE,
            Template(
                name="host",
                dataSource=PROMETHEUS,
                query="label_values(node_uname_info, instance)",
                includeAll=True,
                multi=True,
                default="All",
                refresh=2,
            ),
        ]
    ),
    panels=panels,
).auto_panel_ids()
