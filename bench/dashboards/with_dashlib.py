"""The benchmark's dashboard with dashlib: 17 panels in 3 rows, from the signals that dashlib ships."""

from dashlib import (
    Dashboard,
    Row,
    bar_gauge,
    datasource_variable,
    gauge,
    label_variable,
    link,
    stat,
    table,
    text,
    timeseries,
    unknown_annotation,
)
from dashlib.debezium.connectors import (
    BINLOG_POSITION,
    CONNECTED,
    GTID_MODE,
    LAG,
    QUEUE_USED,
    ROWS_RATE,
    SINCE_LAST_EVENT,
    SNAPSHOT_COMPLETED,
    SNAPSHOT_ROWS,
    SNAPSHOT_RUNNING,
    TRANSACTIONS_RATE,
)
from dashlib.debezium.thresholds import PRODUCTION


def make(uid: str, title: str) -> Dashboard:
    """Return the dashboard under a uid and title."""
    return Dashboard(
        uid=uid,
        title=title,
        description="Lag, throughput and queue of Debezium connectors, whatever their database.",
        tags=["debezium", "cdc", "monitoring", "production"],
        refresh="15s",
        tooltip="shared crosshair",
        thresholds=PRODUCTION,
        variables=[
            datasource_variable(),
            label_variable("job", "Connect cluster", label="job", metric="Connected"),
            label_variable("connector", "Connector", label="server", metric="Connected"),
        ],
        links=[link("Prometheus", "http://localhost:9090", tooltip="Open Prometheus UI")],
        annotations=[unknown_annotation("Lag unknown", LAG)],
        rows=[
            Row(
                "Health Overview",
                [
                    stat(CONNECTED, "Connector Status"),
                    stat(ROWS_RATE, "Events/sec", calculation="max", sparkline=True),
                    stat(GTID_MODE),
                    stat(SNAPSHOT_RUNNING),
                    bar_gauge(LAG, "Current Lag"),
                    gauge(QUEUE_USED, "Queue Usage %"),
                    text("Start at the **lag**, then look at the queue.", "How to read this"),
                ],
            ),
            Row(
                "Time Series",
                [
                    timeseries(LAG, "Lag Trend"),
                    timeseries(ROWS_RATE, "Event Throughput", color="green"),
                    timeseries(QUEUE_USED, "Queue Utilization"),
                    timeseries(SINCE_LAST_EVENT, "Time Since Last Event"),
                    timeseries(TRANSACTIONS_RATE, "Transactions/sec"),
                    timeseries(BINLOG_POSITION),
                ],
            ),
            Row(
                "Detailed Metrics",
                [
                    table(
                        [LAG, QUEUE_USED],
                        "Connectors",
                        columns={"server": "Connector", LAG: "Lag", QUEUE_USED: "Queue"},
                    ),
                    timeseries(SNAPSHOT_ROWS, "Snapshot Progress (Rows Scanned)"),
                    stat(SNAPSHOT_COMPLETED),
                    gauge(SINCE_LAST_EVENT, "Silence"),
                ],
                collapsed=True,
            ),
        ],
    )


dashboard = make("bench", "Benchmark")
