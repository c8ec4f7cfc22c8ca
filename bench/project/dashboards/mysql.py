"""Debezium MySQL Connector: connection, lag, position and snapshot of MySQL and MariaDB connectors."""

from dashlib import (
    Dashboard,
    Row,
    bar_gauge,
    datasource_variable,
    label_variable,
    link,
    one_of,
    stat,
    table,
    timeseries,
    unknown_annotation,
)
from dashlib.debezium.connectors import (
    BINLOG_FILE,
    BINLOG_POSITION,
    CONNECTED,
    GTID_MODE,
    GTID_POSITION,
    LAG,
    QUEUE_USED,
    ROWS_RATE,
    SINCE_LAST_EVENT,
    SNAPSHOT_COMPLETED,
    SNAPSHOT_ROWS,
    SNAPSHOT_RUNNING,
)
from dashlib.debezium.thresholds import MYSQL

mysql = Dashboard(
    uid="debezium-mysql",
    title="Debezium MySQL Connector",
    description="Connection, lag, binlog position and snapshot of Debezium's MySQL and MariaDB connectors.",
    tags=["debezium", "mysql", "cdc", "binlog"],
    refresh="10s",
    refresh_intervals=["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h"],
    tooltip="shared crosshair",
    thresholds=MYSQL,
    where={"plugin": one_of("mysql", "mariadb")},
    variables=[
        datasource_variable(),
        label_variable("job", "Connect cluster", label="job", metric="Connected"),
        label_variable("connector", "Connector", label="server", metric="Connected"),
    ],
    links=[link("Prometheus", "http://localhost:9090", tooltip="Open Prometheus UI")],
    annotations=[unknown_annotation("Lag unknown", LAG)],
    rows=[
        Row(
            "Connection Health",
            [
                stat(CONNECTED, "Connected Status"),
                stat(GTID_MODE),
                stat(SINCE_LAST_EVENT, "Seconds Since Last Event", calculation="max", sparkline=True),
            ],
            height=6,
        ),
        Row(
            "Lag Metrics",
            [
                timeseries(LAG, "MilliSecondsBehindSource", legend_calculations=["mean", "max", "last"]),
                timeseries(
                    LAG,
                    "SecondsBehindMaster (filtered)",
                    legend_calculations=["mean", "max", "last"],
                    description="SecondsBehindMaster was removed in Debezium 1.2.0 (2020) and no connector exports it "
                    "any more. This panel shows the lag that exists, MilliSecondsBehindSource, in seconds. Its value "
                    "for unknown, -1, is marked on the time axis (Lag unknown) and never drawn as a lag.",
                ),
                bar_gauge(QUEUE_USED, width=12),
                timeseries(QUEUE_USED, "Queue Utilization Trend"),
            ],
        ),
        Row(
            "Position Tracking",
            [
                stat(BINLOG_POSITION, calculation="max", sparkline=True),
                table(
                    [BINLOG_FILE, GTID_POSITION],
                    columns={
                        "server": "Connector",
                        "value": "Binlog file",
                        "gtid_source": "GTID source",
                        GTID_POSITION: "GTID number",
                    },
                ),
                stat(ROWS_RATE, "Events Processed (rate)", calculation="max", sparkline=True, color="green"),
            ],
            height=6,
        ),
        Row(
            "Snapshot Status",
            [
                bar_gauge(SNAPSHOT_RUNNING),
                bar_gauge(SNAPSHOT_COMPLETED),
                timeseries(SNAPSHOT_ROWS, width=8, legend_calculations=["last"]),
            ],
        ),
    ],
    # The numbers by which the course's links know these panels.
    panel_ids={
        "Connection Health": 100,
        "Connected Status": 1,
        "GTID Mode": 2,
        "Seconds Since Last Event": 3,
        "Lag Metrics": 101,
        "MilliSecondsBehindSource": 4,
        "SecondsBehindMaster (filtered)": 5,
        "Queue Utilization %": 6,
        "Queue Utilization Trend": 7,
        "Position Tracking": 102,
        "Binlog Position": 8,
        "Binlog Filename": 9,
        "Events Processed (rate)": 10,
        "Snapshot Status": 103,
        "Snapshot Running": 11,
        "Snapshot Completed": 12,
        "Snapshot Progress (Rows)": 13,
    },
)
