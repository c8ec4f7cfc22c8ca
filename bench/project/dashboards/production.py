"""Debezium Production Monitoring: lag, throughput and queue of every connector, at a glance and over time."""

from dashlib import (
    Dashboard,
    Row,
    bar_gauge,
    datasource_variable,
    label_variable,
    link,
    stat,
    timeseries,
    unknown_annotation,
)
from dashlib.debezium.connectors import (
    CONNECTED,
    LAG,
    QUEUE_USED,
    ROWS_RATE,
    SINCE_LAST_EVENT,
    SNAPSHOT_ROWS,
    TRANSACTIONS_RATE,
)
from dashlib.debezium.thresholds import PRODUCTION

production = Dashboard(
    uid="debezium-production",
    title="Debezium Production Monitoring",
    description="Lag, throughput and queue of Debezium connectors, whatever their database.",
    tags=["debezium", "cdc", "monitoring", "production"],
    refresh="15s",
    refresh_intervals=["5s", "10s", "15s", "30s", "1m", "5m", "15m", "30m", "1h"],
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
                bar_gauge(LAG, "Current Lag"),
                stat(ROWS_RATE, "Events/sec", calculation="max", sparkline=True),
                bar_gauge(QUEUE_USED, "Queue Usage %"),
            ],
            height=8,
        ),
        Row(
            "Time Series",
            [
                timeseries(LAG, "Lag Trend"),
                timeseries(ROWS_RATE, "Event Throughput", color="green"),
                timeseries(QUEUE_USED, "Queue Utilization"),
                timeseries(SINCE_LAST_EVENT, "Time Since Last Event"),
            ],
        ),
        Row(
            "Detailed Metrics",
            [
                timeseries(TRANSACTIONS_RATE, "Transactions/sec"),
                timeseries(SNAPSHOT_ROWS, "Snapshot Progress (Rows Scanned)"),
            ],
            collapsed=True,
        ),
    ],
    # The numbers by which the course's links know these panels.
    panel_ids={
        "Health Overview": 20,
        "Connector Status": 1,
        "Current Lag": 2,
        "Events/sec": 3,
        "Queue Usage %": 4,
        "Time Series": 21,
        "Lag Trend": 5,
        "Event Throughput": 6,
        "Queue Utilization": 7,
        "Time Since Last Event": 8,
        "Detailed Metrics": 22,
        "Transactions/sec": 9,
        "Snapshot Progress (Rows Scanned)": 10,
    },
)
