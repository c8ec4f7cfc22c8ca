"""Services that answer HTTP: requests, errors, duration. Each service's job begins with `shop-`."""

from dashlib import Level, Signal, Step, ThresholdSet, matching
from signals.targets import UP

#: Which jobs are services, for dashboards and alerts alike.
SERVICES = {"job": matching("shop-.+")}

REQUESTS = Signal(
    "requests",
    "Requests",
    expression="sum by (job) (rate(http_requests_total[$__rate_interval]))",
    minimum=0,
    description="Requests answered per second.",
    absent="No instance answers.",
    runbook="services",
)

SUCCEEDED = Signal(
    "requests_succeeded",
    "answered without a server error",
    expression='sum by (job) (rate(http_requests_total{code!~"5.."}[$__rate_interval]))',
    description="Requests per second that no server error ended.",
    runbook="services",
)

# A service that never failed has no series of a 5xx: it is at 0, and not without a value.
ERRORS = Signal(
    "errors",
    "Errors",
    expression='100 * (sum by (job) (rate(http_requests_total{code=~"5.."}[$__rate_interval]))'
    " or 0 * sum by (job) (rate(http_requests_total[$__rate_interval])))"
    " / (sum by (job) (rate(http_requests_total[$__rate_interval])) > 0)",
    unit="percent",
    minimum=0,
    maximum=100,
    description="Share of the requests that were answered with a server error (5xx).",
    absent="There are no requests.",
    runbook="services",
)

LATENCY = Signal(
    "latency",
    "Latency, 99 %",
    expression="histogram_quantile(0.99,"
    " sum by (job, le) (rate(http_request_duration_seconds_bucket[$__rate_interval])))",
    minimum=0,
    description="How long 99 of 100 requests take at most.",
    absent="There are no requests.",
    runbook="services",
)

LEVELS = ThresholdSet(
    "services",
    levels=[
        Level(UP, "critical", equals=0, for_="2m"),
        Level(ERRORS, "warning", above=1, for_="5m"),
        Level(ERRORS, "critical", above=5, for_="5m"),
        Level(LATENCY, "warning", above=0.5, for_="10m"),
    ],
    display=[Step(LATENCY, 0.25, "blue")],
)
