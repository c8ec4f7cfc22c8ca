"""Debezium Production Monitoring: state, lag, throughput and queue of every connector, at a glance and over time."""

from dashboards._shared import (
    CLUSTER,
    CONNECTOR,
    DASHBOARDS,
    DATASOURCE,
    FLEET,
    IN_KAFKA_CONNECT,
    PROMETHEUS,
    QUEUE_USED_TEXT,
    REBALANCED,
    RESTARTS,
    SNAPSHOT_BEGINS,
    SNAPSHOT_ENDS,
    SNAPSHOTS,
    STATE,
    WORST,
    of_connector,
)
from dashlib import (
    Dashboard,
    Row,
    table,
    timeseries,
    unknown_annotation,
)
from dashlib.debezium.connectors import (
    LAG,
    LAG_NOW,
    QUEUE_USED,
    QUEUE_USED_NOW,
    ROWS_RATE,
    ROWS_RATE_NOW,
    SINCE_LAST_EVENT,
    SINCE_LAST_EVENT_NOW,
    SNAPSHOT_ROWS,
    TRANSACTIONS_RATE,
)
from dashlib.debezium.states import CONNECTOR_STATE
from dashlib.debezium.thresholds import PRODUCTION

_LINKS = [
    of_connector("This connector alone", "debezium-production"),
    of_connector("MySQL and MariaDB: position, snapshot", "debezium-mysql"),
    of_connector("PostgreSQL: slot, heartbeat", "debezium-postgres"),
    IN_KAFKA_CONNECT,
]

production = Dashboard(
    uid="debezium-production",
    title="Debezium Production Monitoring",
    description="State, lag, throughput and queue of Debezium connectors, whatever their database.",
    tags=["debezium", "cdc", "monitoring", "production"],
    refresh="15s",
    refresh_intervals=["5s", "10s", "15s", "30s", "1m", "5m", "15m", "30m", "1h"],
    tooltip="shared crosshair",
    thresholds=PRODUCTION,
    variables=[DATASOURCE, CLUSTER, CONNECTOR, WORST],
    links=[PROMETHEUS, FLEET, SNAPSHOTS, DASHBOARDS],
    annotations=[unknown_annotation("Lag unknown", LAG), RESTARTS, REBALANCED, SNAPSHOT_BEGINS, SNAPSHOT_ENDS],
    rows=[
        Row(
            "Health Overview",
            [
                table(
                    CONNECTOR_STATE,
                    "Connector Status",
                    columns={
                        CONNECTOR_STATE: "State",
                        "server": "Connector",
                        "connector": "In Kafka Connect",
                    },
                    order={"State": "ascending", "Connector": "ascending"},
                    most=20,
                    rest="server",
                    hidden=["In Kafka Connect"],
                    widths=STATE,
                    links={"Connector": _LINKS},
                    no_value="No connector within this time range",
                    width=5,
                ),
                table(
                    [CONNECTOR_STATE, LAG_NOW, SINCE_LAST_EVENT_NOW],
                    "Current Lag",
                    columns={
                        CONNECTOR_STATE: "State",
                        "server": "Connector",
                        LAG_NOW: "Lag",
                        SINCE_LAST_EVENT_NOW: "Last event",
                    },
                    order={"State": "ascending", "Lag": "descending"},
                    most=20,
                    widths=STATE | {"Lag": 84, "Last event": 84},
                    description="How long after the source's commit the last event was handled, and how long ago that "
                    "was. A lag stands still while nothing arrives: read it with its last event. Red: find out whether "
                    "the queue is full (Kafka is slow) or empty (the source or the connector is). No value where "
                    "nothing is delivered.",
                    no_value="No connector within this time range",
                    width=7,
                ),
                table(
                    [CONNECTOR_STATE, ROWS_RATE_NOW],
                    "Events/sec",
                    columns={CONNECTOR_STATE: "State", "server": "Connector", ROWS_RATE_NOW: "Now"},
                    order={"State": "ascending", "Now": "descending"},
                    most=20,
                    widths=STATE | {"Now": 100},
                    description="Row changes handled per second: creates, updates, deletes, and the reads of "
                    "incremental snapshots where the connector counts them. 0 on a source that is written to: look at "
                    "its state, then at the time since its last event. No value where nothing is delivered.",
                    no_value="No connector within this time range",
                    width=6,
                ),
                table(
                    [CONNECTOR_STATE, QUEUE_USED_NOW],
                    "Queue Usage %",
                    columns={CONNECTOR_STATE: "State", "server": "Connector", QUEUE_USED_NOW: "Used"},
                    order={"State": "ascending", "Used": "descending"},
                    most=20,
                    cells={"Used": "gauge"},
                    widths=STATE | {"Used": 124},
                    description=QUEUE_USED_TEXT,
                    no_value="No connector within this time range",
                    width=6,
                ),
            ],
            height=6,
        ),
        Row(
            "Time Series",
            [
                timeseries(
                    LAG,
                    "Lag Trend",
                    min_interval="30s",
                    description=LAG.description
                    + " Red: look at the queue beside it. Full: Kafka is slow. Empty: the source writes more than one "
                    "task can read, or a large transaction is on its way.",
                ),
                timeseries(
                    ROWS_RATE,
                    "Event Throughput",
                    min_interval="30s",
                    color="green",
                    description=ROWS_RATE.description
                    + " At 0 while the source is written to: look at the connector's state, then at the time since its "
                    "last event.",
                ),
                timeseries(
                    QUEUE_USED,
                    "Queue Utilization",
                    min_interval="30s",
                    description=QUEUE_USED.description
                    + " Red: look at the brokers and the network to them first; a larger queue only delays it.",
                ),
                timeseries(
                    SINCE_LAST_EVENT,
                    "Time Since Last Event",
                    min_interval="30s",
                    description=SINCE_LAST_EVENT.description
                    + " Over two minutes on a binlog connector, or over several writes of a heartbeat table: ask the "
                    "database whether it answers, then read the worker's log.",
                ),
            ],
        ),
        Row(
            "Detailed Metrics",
            [
                timeseries(
                    TRANSACTIONS_RATE,
                    "Transactions/sec",
                    min_interval="30s",
                    description=TRANSACTIONS_RATE.description
                    + " It falls to 0 while the source is written to: look at the connector's state.",
                ),
                timeseries(
                    SNAPSHOT_ROWS,
                    "Snapshot Progress (Rows Scanned)",
                    min_interval="1m",
                    legend_calculations=["last"],
                    description=SNAPSHOT_ROWS.description
                    + " Flat for ten minutes while a snapshot runs: look for a lock or a slow query on the database.",
                ),
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
