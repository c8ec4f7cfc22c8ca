"""Debezium PostgreSQL Connector: replication slot, heartbeat, lag and snapshot of PostgreSQL connectors."""

from dashboards._shared import (
    ALL_CONNECTORS,
    CLUSTER,
    CONNECTOR,
    DASHBOARDS,
    DATASOURCE,
    FLEET,
    IN_KAFKA_CONNECT,
    OVER_TIME,
    REBALANCED,
    REFRESH_INTERVALS,
    RESTARTS,
    SNAPSHOT_BEGINS,
    SNAPSHOT_ENDS,
    SNAPSHOTS,
    STATE,
    of_connector,
)
from dashlib import (
    Dashboard,
    Row,
    override,
    range_mapping,
    state_timeline,
    table,
    timeseries,
    unknown_annotation,
    worst_variable,
)
from dashlib.debezium.connectors import (
    LAG,
    LAG_NOW,
    QUEUE_USED_NOW,
    ROWS_RATE,
    ROWS_RATE_NOW,
    SINCE_LAST_EVENT,
    SINCE_LAST_EVENT_NOW,
    SNAPSHOT_ROWS,
)
from dashlib.debezium.postgres import (
    CONFIRMED_LSN,
    CURRENT_LSN,
    SLOT_IN_USE,
    SLOT_TIME_LEFT,
    SLOT_WAL_GROWTH,
    SLOT_WAL_OF_CONNECTOR,
)
from dashlib.debezium.snapshots import SNAPSHOT_DURATION, SNAPSHOT_TABLES_LEFT
from dashlib.debezium.states import CONNECTOR_STATE
from dashlib.debezium.thresholds import POSTGRES, PRODUCTION

_LINKS = [
    of_connector("This connector alone", "debezium-postgres"),
    OVER_TIME,
    of_connector("Its snapshot by table", "debezium-snapshots"),
    IN_KAFKA_CONNECT,
]
_NONE = "No PostgreSQL connector within this time range"
_NO_SLOT = "No slot is known: there is none, or no postgres_exporter"

# The server takes the WAL away at its next checkpoint.
_REACHED = range_mapping(-31_536_000, 0, "At any moment", "red")

postgres = Dashboard(
    uid="debezium-postgres",
    title="Debezium PostgreSQL Connector",
    description="Replication slot, heartbeat, lag and snapshot of Debezium's PostgreSQL connectors.",
    tags=["debezium", "postgres", "cdc", "replication-slot"],
    refresh="10s",
    refresh_intervals=REFRESH_INTERVALS,
    tooltip="shared crosshair",
    thresholds=PRODUCTION,
    where={"plugin": "postgres"},
    variables=[
        DATASOURCE,
        CLUSTER,
        CONNECTOR,
        worst_variable(
            "worst",
            label="server",
            also="connector",
            lowest=[CONNECTOR_STATE, SLOT_IN_USE, SLOT_TIME_LEFT],
            highest=[
                LAG_NOW,
                QUEUE_USED_NOW,
                SINCE_LAST_EVENT_NOW,
                ROWS_RATE_NOW,
                SLOT_WAL_OF_CONNECTOR,
                SLOT_WAL_GROWTH,
            ],
        ),
    ],
    links=[FLEET, ALL_CONNECTORS, SNAPSHOTS, DASHBOARDS],
    annotations=[unknown_annotation("Lag unknown", LAG), RESTARTS, REBALANCED, SNAPSHOT_BEGINS, SNAPSHOT_ENDS],
    rows=[
        Row(
            "Now",
            [
                table(
                    [CONNECTOR_STATE, LAG_NOW, SINCE_LAST_EVENT_NOW],
                    "Connectors",
                    columns={
                        CONNECTOR_STATE: "State",
                        "server": "Connector",
                        LAG_NOW: "Lag",
                        SINCE_LAST_EVENT_NOW: "Last event",
                        "connector": "In Kafka Connect",
                    },
                    order={"State": "ascending", "Lag": "descending"},
                    most=20,
                    hidden=["In Kafka Connect"],
                    widths=STATE | {"Lag": 96, "Last event": 96},
                    links={"Connector": _LINKS},
                    description="State, lag and the last event, which a heartbeat table makes fresh: where one is "
                    "captured, a last event older than a few heartbeats says that the connector hangs, whatever its "
                    "state. Without one it grows while the source is idle.",
                    no_value=_NONE,
                ),
                table(
                    [SLOT_IN_USE, SLOT_WAL_OF_CONNECTOR, SLOT_WAL_GROWTH, SLOT_TIME_LEFT],
                    "Replication Slots",
                    columns={
                        SLOT_IN_USE: "Slot",
                        "server": "Connector",
                        "slot_name": "Name",
                        SLOT_WAL_OF_CONNECTOR: "WAL kept",
                        SLOT_WAL_GROWTH: "Growth",
                        SLOT_TIME_LEFT: "Until it is lost",
                    },
                    order={"Slot": "ascending", "WAL kept": "descending"},
                    most=20,
                    widths={"Slot": 96},
                    thresholds=POSTGRES,
                    overrides=[override(name="Until it is lost", mappings=[_REACHED])],
                    description="Who reads each slot, how much WAL the server keeps for it, how fast that grows, and "
                    "when it reaches max_slot_wal_keep_size. Inactive and growing: start the connector, or drop the "
                    "slot if nobody needs it any more. Active and growing: the connector is slow, or captures nothing "
                    "of what is written (give it a heartbeat table).",
                    no_value=_NO_SLOT,
                ),
            ],
            height=7,
        ),
        Row(
            "Replication Slot",
            [
                timeseries(SLOT_WAL_OF_CONNECTOR, no_value=_NO_SLOT, width=8),
                timeseries(SLOT_WAL_GROWTH, no_value=_NO_SLOT, width=8),
                timeseries(SLOT_TIME_LEFT, no_value="No slot that has a limit grows", width=8),
                state_timeline(SLOT_IN_USE, "Slot Activity"),
                timeseries(
                    [CURRENT_LSN, CONFIRMED_LSN],
                    "LSN Positions",
                    description="How far the server has written, and how far the connector has confirmed, as numbers "
                    "of bytes. Lines that part are WAL kept; a confirmed line that is flat while the server's climbs "
                    "is a connector that delivers nothing.",
                    legend_calculations=["lastNotNull"],
                    no_value="postgres_exporter does not tell positions (0.16 and newer do)",
                ),
            ],
            height=7,
        ),
        Row(
            "Freshness",
            [
                timeseries(LAG, no_value=_NONE, width=8),
                timeseries(
                    SINCE_LAST_EVENT,
                    "Heartbeat and Event Age",
                    description="Time since the last event. With a heartbeat table it never exceeds the heartbeat's "
                    "interval by much; a line that climbs steadily is a connector that hears nothing.",
                    no_value=_NONE,
                    width=8,
                ),
                timeseries(ROWS_RATE, no_value=_NONE, width=8),
            ],
            height=7,
        ),
        Row(
            "Snapshot",
            [
                table(
                    [SNAPSHOT_DURATION, SNAPSHOT_TABLES_LEFT],
                    "Snapshots Under Way",
                    columns={
                        "server": "Connector",
                        SNAPSHOT_DURATION: "Running for",
                        SNAPSHOT_TABLES_LEFT: "Tables left",
                    },
                    order={"Running for": "descending"},
                    most=20,
                    no_value="No snapshot runs",
                    width=8,
                ),
                timeseries(SNAPSHOT_ROWS, no_value="No table was read", width=16),
            ],
            height=7,
        ),
    ],
)
