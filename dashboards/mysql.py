"""Debezium MySQL Connector: connection, lag, position and snapshot of MySQL and MariaDB connectors."""

from collections.abc import Mapping
from typing import Literal

from dashboards._shared import (
    ALL_CONNECTORS,
    CLUSTER,
    CONNECTOR,
    DASHBOARDS,
    DATASOURCE,
    FLEET,
    IN_KAFKA_CONNECT,
    OVER_TIME,
    PROMETHEUS,
    QUEUE_USED_TEXT,
    REBALANCED,
    REFRESH_INTERVALS,
    RESTARTS,
    SNAPSHOT_BEGINS,
    SNAPSHOT_ENDS,
    STATE,
    WORST,
    of_connector,
)
from dashlib import (
    Dashboard,
    Row,
    link,
    one_of,
    state_timeline,
    table,
    timeseries,
    unknown_annotation,
)
from dashlib.debezium.connectors import (
    BINLOG_FILE,
    BINLOG_POSITION,
    BINLOG_POSITION_NOW,
    GTID_MODE_NOW,
    GTID_POSITION,
    LAG,
    LAG_UNKNOWN,
    QUEUE_USED,
    QUEUE_USED_NOW,
    ROWS_RATE_NOW,
    SINCE_LAST_EVENT_NOW,
    SNAPSHOT_COMPLETED,
    SNAPSHOT_ROWS,
    SNAPSHOT_RUNNING,
)
from dashlib.debezium.states import CONNECTOR_STATE
from dashlib.debezium.thresholds import MYSQL

_LINKS = [
    of_connector("This connector alone", "debezium-mysql"),
    OVER_TIME,
    IN_KAFKA_CONNECT,
]
_NONE = "No MySQL or MariaDB connector within this time range"
_WORST_FIRST: Mapping[str, Literal["ascending", "descending"]] = {"State": "ascending", "Connector": "ascending"}

mysql = Dashboard(
    uid="debezium-mysql",
    title="Debezium MySQL Connector",
    description="Connection, lag, binlog position and snapshot of Debezium's MySQL and MariaDB connectors.",
    tags=["debezium", "mysql", "cdc", "binlog"],
    refresh="10s",
    refresh_intervals=REFRESH_INTERVALS,
    tooltip="shared crosshair",
    thresholds=MYSQL,
    where={"plugin": one_of("mysql", "mariadb")},
    variables=[DATASOURCE, CLUSTER, CONNECTOR, WORST],
    links=[
        PROMETHEUS,
        FLEET,
        ALL_CONNECTORS,
        link("Failover", "/d/debezium-failover", keep_variables=True, new_tab=False),
        DASHBOARDS,
    ],
    annotations=[unknown_annotation("Lag unknown", LAG), RESTARTS, REBALANCED, SNAPSHOT_BEGINS, SNAPSHOT_ENDS],
    rows=[
        Row(
            "Connection Health",
            [
                table(
                    CONNECTOR_STATE,
                    "Connected Status",
                    columns={CONNECTOR_STATE: "State", "server": "Connector", "connector": "In Kafka Connect"},
                    order=_WORST_FIRST,
                    most=20,
                    rest="server",
                    hidden=["In Kafka Connect"],
                    widths=STATE,
                    links={"Connector": _LINKS},
                    no_value=_NONE,
                ),
                table(
                    [CONNECTOR_STATE, GTID_MODE_NOW],
                    "GTID Mode",
                    columns={CONNECTOR_STATE: "State", "server": "Connector", GTID_MODE_NOW: "GTIDs"},
                    order={"State": "ascending", "GTIDs": "ascending"},
                    most=20,
                    widths=STATE | {"GTIDs": 100},
                    description="Whether the connector tracks its position by GTID, which a failover to another server "
                    "needs. Disabled: do not fail over before gtid_mode is on again. No value until streaming begins; "
                    "the MySQL connector on a MariaDB server always reads Disabled.",
                    no_value=_NONE,
                ),
                table(
                    [CONNECTOR_STATE, SINCE_LAST_EVENT_NOW],
                    "Seconds Since Last Event",
                    columns={CONNECTOR_STATE: "State", "server": "Connector", SINCE_LAST_EVENT_NOW: "Last event"},
                    order={"State": "ascending", "Last event": "descending"},
                    most=20,
                    widths=STATE | {"Last event": 100},
                    description="How long ago the connector handled its last event. A binlog heartbeat comes about "
                    "every 48 s, also from an idle source. Red: the connector hangs, or its connection does; ask the "
                    "database, then read the worker's log.",
                    no_value=_NONE,
                ),
            ],
            height=6,
        ),
        Row(
            "Lag Metrics",
            [
                timeseries(
                    LAG,
                    "MilliSecondsBehindSource",
                    min_interval="30s",
                    description=LAG.description
                    + " Red: look at the queue below. Full: Kafka is slow. Empty: the source writes more than one task "
                    "can read, or a large transaction is on its way.",
                ),
                state_timeline(
                    LAG_UNKNOWN,
                    "SecondsBehindMaster (filtered)",
                    min_interval="30s",
                    description="SecondsBehindMaster has been gone since Debezium 1.2.0 (2020): no connector exports "
                    "it, and the lag beside is what there is. What this panel was made for is still here: when the lag "
                    "was −1, which means unknown and is never drawn as a lag. After a restart that lasts until the "
                    "first event; if it lasts longer, look at the state above.",
                ),
                table(
                    [CONNECTOR_STATE, QUEUE_USED_NOW],
                    "Queue Utilization %",
                    columns={CONNECTOR_STATE: "State", "server": "Connector", QUEUE_USED_NOW: "Used"},
                    order={"State": "ascending", "Used": "descending"},
                    most=20,
                    cells={"Used": "gauge"},
                    widths=STATE,
                    description=QUEUE_USED_TEXT,
                    no_value=_NONE,
                    width=12,
                    height=6,
                ),
                timeseries(
                    QUEUE_USED,
                    "Queue Utilization Trend",
                    min_interval="30s",
                    height=6,
                    description=QUEUE_USED.description
                    + " Red: look at the brokers and the network to them first; a larger queue only delays it.",
                ),
            ],
        ),
        Row(
            "Position Tracking",
            [
                table(
                    [CONNECTOR_STATE, BINLOG_POSITION_NOW],
                    "Binlog Position",
                    columns={CONNECTOR_STATE: "State", "server": "Connector", BINLOG_POSITION_NOW: "Offset"},
                    order=_WORST_FIRST,
                    most=20,
                    widths=STATE | {"Offset": 120},
                    description=BINLOG_POSITION.description
                    + " It stands still while the source is written to: look at the connector's state, then at the "
                    "time since its last event.",
                    no_value=_NONE,
                    width=6,
                ),
                table(
                    [CONNECTOR_STATE, BINLOG_FILE, GTID_POSITION],
                    "Binlog Filename",
                    columns={
                        CONNECTOR_STATE: "State",
                        "server": "Connector",
                        "value": "Binlog file",
                        "gtid_source": "GTID source",
                        GTID_POSITION: "GTID number",
                    },
                    order=_WORST_FIRST,
                    most=20,
                    widths=STATE | {"GTID source": 300, "GTID number": 100},
                    description=BINLOG_FILE.description
                    + " Far behind the server's newest file (SHOW BINARY LOGS): raise binlog_expire_logs_seconds "
                    "before the file is purged.",
                    no_value=_NONE,
                    width=13,
                ),
                table(
                    [CONNECTOR_STATE, ROWS_RATE_NOW],
                    "Events Processed (rate)",
                    columns={CONNECTOR_STATE: "State", "server": "Connector", ROWS_RATE_NOW: "Now"},
                    order={"State": "ascending", "Now": "descending"},
                    most=20,
                    widths=STATE | {"Now": 88},
                    description="Row changes handled per second: creates, updates and deletes. 0 on a source that is "
                    "written to: look at the connector's state, then at the time since its last event. No value where "
                    "nothing is delivered.",
                    no_value=_NONE,
                    width=5,
                ),
            ],
            height=6,
        ),
        Row(
            "Snapshot Status",
            [
                table(
                    [CONNECTOR_STATE, SNAPSHOT_RUNNING],
                    "Snapshot Running",
                    columns={CONNECTOR_STATE: "State", "server": "Connector", SNAPSHOT_RUNNING: "Snapshot"},
                    order=_WORST_FIRST,
                    most=20,
                    widths=STATE | {"Snapshot": 120},
                    description=SNAPSHOT_RUNNING.description
                    + " One that runs and reads no rows is stuck: see Snapshot "
                    "Progress.",
                    no_value=_NONE,
                    width=6,
                ),
                table(
                    [CONNECTOR_STATE, SNAPSHOT_COMPLETED],
                    "Snapshot Completed",
                    columns={CONNECTOR_STATE: "State", "server": "Connector", SNAPSHOT_COMPLETED: "Snapshot"},
                    order=_WORST_FIRST,
                    most=20,
                    widths=STATE | {"Snapshot": 130},
                    description=SNAPSHOT_COMPLETED.description
                    + " Not Completed while no snapshot runs: it was broken off; read the worker's log, then restart "
                    "the connector.",
                    no_value=_NONE,
                    width=6,
                ),
                timeseries(
                    SNAPSHOT_ROWS,
                    width=12,
                    min_interval="1m",
                    legend_calculations=["last"],
                    description=SNAPSHOT_ROWS.description
                    + " Flat for ten minutes while a snapshot runs: look for a lock or a slow query on the database.",
                ),
            ],
            height=6,
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
