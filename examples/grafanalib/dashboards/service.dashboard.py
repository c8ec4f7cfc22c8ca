"""Requests, errors and latency of a service, in the rows that grafanalib had before Grafana had a grid."""

from common import DATASOURCE, JOB, PROMETHEUS, requests_graph
from grafanalib.core import (
    GREEN,
    ORANGE,
    RED,
    SHORT_FORMAT,
    Annotations,
    Dashboard,
    DashboardLink,
    Graph,
    GraphThreshold,
    Pixels,
    Row,
    SeriesOverride,
    SingleStat,
    SparkLine,
    Target,
    Templating,
    Time,
    ValueMap,
    YAxes,
    YAxis,
)
from grafanalib.weave import PercentUnitAxis, stacked

RATE = 'sum by ({by}) (rate(http_requests_total{{job="$job"{more}}}[$__rate_interval]))'
LATENCY = 'histogram_quantile({quantile}, sum by (le) (rate(http_request_duration_seconds_bucket{{job="$job"}}[$__rate_interval])))'

dashboard = Dashboard(
    title="Service",
    description="What a service answers, and how fast.",
    tags=["service"],
    timezone="browser",
    refresh="1m",
    time=Time("now-6h", "now"),
    sharedCrosshair=True,
    templating=Templating(list=[DATASOURCE, JOB]),
    links=[DashboardLink(title="Hosts", type="dashboards", tags=["hosts"], asDropdown=True)],
    annotations=Annotations(
        list=[
            {
                "name": "Deployments",
                "datasource": PROMETHEUS,
                "enable": True,
                "expr": 'changes(build_info{job="$job"}[5m]) > 0',
                "iconColor": "blue",
                "titleFormat": "Deployed",
                "textFormat": "{{version}}",
            }
        ]
    ),
    rows=[
        Row(
            title="Now",
            height=Pixels(150),
            panels=[
                SingleStat(
                    title="Up",
                    dataSource=PROMETHEUS,
                    targets=[Target(expr='min(up{job="$job"})', instant=True, refId="A")],
                    valueName="current",
                    valueMaps=[ValueMap(op="=", text="down", value="0"), ValueMap(op="=", text="up", value="1")],
                    colorBackground=True,
                    colors=[RED, ORANGE, GREEN],
                    thresholds="0.5,1",
                ),
                SingleStat(
                    title="Requests",
                    dataSource=PROMETHEUS,
                    format="ops",
                    targets=[Target(expr='sum(rate(http_requests_total{job="$job"}[$__rate_interval]))', instant=True, refId="A")],
                    valueName="current",
                    sparkline=SparkLine(show=True),
                ),
            ],
        ),
        Row(
            title="Requests",
            panels=[
                stacked(
                    requests_graph(
                        "Requests by code",
                        ("{{code}}", RATE.format(by="code", more="")),
                        seriesOverrides=[SeriesOverride(alias="/5../", color="#E24D42")],
                    )
                ),
                Graph(
                    title="Errors",
                    dataSource=PROMETHEUS,
                    targets=[
                        Target(
                            expr='sum(rate(http_requests_total{job="$job",code=~"5.."}[$__rate_interval])) / sum(rate(http_requests_total{job="$job"}[$__rate_interval]))',
                            legendFormat="errors",
                            refId="A",
                        )
                    ],
                    yAxes=YAxes(PercentUnitAxis(label="share"), YAxis(format=SHORT_FORMAT)),
                    thresholds=[GraphThreshold(value=0.05, colorMode="critical")],
                ),
            ],
        ),
        Row(
            title="Latency",
            collapse=True,
            panels=[
                Graph(
                    title="Latency",
                    dataSource=PROMETHEUS,
                    targets=[
                        Target(expr=LATENCY.format(quantile=0.5), legendFormat="half", refId="A"),
                        Target(expr=LATENCY.format(quantile=0.99), legendFormat="99 %", refId="B"),
                    ],
                    yAxes=YAxes(YAxis(format="s"), YAxis(format=SHORT_FORMAT)),
                )
            ],
        ),
    ],
).auto_panel_ids()
