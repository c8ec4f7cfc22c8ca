"""Services at a glance, each service in a row of its own, what they log, and each alert with its level."""

from alerts.services import SUCCEEDS, services
from signals.services import ERRORS, LATENCY, LEVELS, REQUESTS, SERVICES
from signals.targets import UP

from dashlib import (
    Dashboard,
    Query,
    Row,
    alert_row,
    annotation,
    dashboard_links,
    datasource_variable,
    heatmap,
    label_variable,
    logs,
    loki,
    objective_row,
    override,
    state_timeline,
    table,
    timeseries,
)

RATE = "rate(http_request_duration_seconds_bucket{job=~'$service'}[$__rate_interval])"
# The collector of logs sets the same label `job` as Prometheus.
LOGS = '{job=~"$service"}'


def latency(quantile: float, name: str) -> Query:
    """Return how long a part of the requests takes at most."""
    return Query(f"histogram_quantile({quantile}, sum by (le) ({RATE}))", name=name, legend=name)


overview = Dashboard(
    uid="services",
    title="Services",
    description="What each service answers, how often it fails, and how long it takes.",
    refresh="30s",
    time_from="now-3h",
    tooltip="shared crosshair",
    thresholds=LEVELS,
    where=SERVICES,
    variables=[
        datasource_variable(),
        datasource_variable("DS_LOKI", "Logs", plugin="loki"),
        label_variable("service", "Service", label="job", metric="http_requests_total"),
    ],
    links=[dashboard_links("Platform", tag="platform")],
    annotations=[annotation("Deploys", loki('{job="deploys"} | logfmt'), text="{{service}} {{version}}", color="blue")],
    rows=[
        Row(
            "Now",
            [
                table(
                    [REQUESTS, ERRORS, LATENCY],
                    "Services",
                    columns={"job": "Service", REQUESTS: "Requests", ERRORS: "Errors", LATENCY: "99 % take at most"},
                    order={"Errors": "descending", "Requests": "descending"},
                    description="Each service now, the one that fails most first.",
                ),
                state_timeline(UP, "Instances"),
            ],
        ),
        Row(
            "$service",
            [
                timeseries(
                    Query("sum by (code) (rate(http_requests_total{job=~'$service'}[$__rate_interval]))"),
                    "Requests by status",
                    stacked=True,
                    fill=30,
                    overrides=[override(pattern="5..", color={"mode": "fixed", "fixedColor": "red"})],
                    description="Requests answered per second, by status.",
                ),
                timeseries(
                    [latency(0.5, "p50"), latency(0.9, "p90"), latency(0.99, "p99")],
                    "Latency",
                    description="How long half of the requests take at most, 90 % and 99 %.",
                ),
                heatmap(
                    Query(f"sum by (le) ({RATE.replace('rate(', 'increase(', 1)})", legend="{{le}}"),
                    "How long requests take",
                    y_unit="s",
                    description="How many requests took how long.",
                ),
                timeseries(
                    Query("sum by (instance) (http_requests_in_flight{job=~'$service'})", unit="short"),
                    "In flight",
                    description="Requests that each instance is answering.",
                ),
            ],
            repeat="service",
        ),
        objective_row(SUCCEEDS),
        Row(
            "Logs",
            [
                timeseries(
                    loki(
                        f'sum by (job) (rate({LOGS} | logfmt | level="error" [$__auto]))',
                        legend="{{job}}",
                        unit="short",
                    ),
                    "Errors logged",
                    description="Lines with the level error, per second.",
                    width=8,
                ),
                logs(
                    loki(f'{LOGS} | logfmt | level=~"error|warn"'),
                    "Errors and warnings",
                    description="What the services complain about, newest first.",
                    width=16,
                ),
            ],
            height=10,
        ),
        alert_row("Alerts", [services], titles={"ServiceDown": "Instances", "ServiceGone": "Instances gone"}),
    ],
)
