"""Debezium Failover: what to check before, what happens during, and what says afterwards that all is well again.

The course's lesson on failover (module 3, lesson 11) on one screen; its runbook is `docs/runbooks/failover.md`.
"""

from dashboards._shared import (
    CLUSTER,
    CONNECTOR,
    DASHBOARDS,
    DATASOURCE,
    FLEET,
    REBALANCED,
    RESTARTS,
    SNAPSHOT_ENDS,
    STATE,
    of_connector,
)
from dashlib import (
    Dashboard,
    Row,
    annotation,
    link,
    one_of,
    runbook_link,
    state_timeline,
    table,
    timeseries,
    unknown_annotation,
    worst_variable,
)
from dashlib.debezium.aurora import BINLOG_REPLICA_LAG, CHANGE_LOG_BYTES_USED
from dashlib.debezium.connectors import (
    BINLOG_FILE,
    BINLOG_POSITION,
    CONNECTED,
    GTID_MODE_NOW,
    GTID_POSITION,
    LAG,
    LAG_NOW,
    QUEUE_USED_NOW,
    ROWS_RATE,
    SINCE_LAST_EVENT_NOW,
)
from dashlib.debezium.databases import BINLOG_FILES_LEFT, BINLOG_RETENTION_USED
from dashlib.debezium.events import SNAPSHOT_BEGAN
from dashlib.debezium.failover import BINLOG_RETENTION, CAUGHT_UP, DISCONNECTS_IN_RANGE
from dashlib.debezium.states import CONNECTOR_STATE
from dashlib.debezium.thresholds import BINLOG, MYSQL

_LINKS = [
    of_connector("This connector alone", "debezium-failover"),
    of_connector("Position, queue and snapshot", "debezium-mysql"),
    runbook_link("The runbook of a failover", "failover.md"),
]
_NONE = "No MySQL or MariaDB connector within this time range"

failover = Dashboard(
    uid="debezium-failover",
    title="Debezium Failover",
    description="Before, during and after a failover of a MySQL, MariaDB or Aurora database: whether its connectors "
    "can follow, what they do meanwhile, and whether they are back.",
    tags=["debezium", "mysql", "cdc", "failover", "aurora"],
    refresh="5s",
    time_from="now-30m",
    tooltip="shared crosshair",
    thresholds=MYSQL,
    where={"plugin": one_of("mysql", "mariadb")},
    variables=[
        DATASOURCE,
        CLUSTER,
        CONNECTOR,
        worst_variable(
            "worst",
            label="server",
            also="connector",
            lowest=[CONNECTOR_STATE, BINLOG_RETENTION, BINLOG_FILES_LEFT],
            highest=[LAG_NOW, QUEUE_USED_NOW, BINLOG_RETENTION_USED],
        ),
    ],
    links=[
        FLEET,
        link("MySQL and MariaDB", "/d/debezium-mysql", keep_variables=True, new_tab=False),
        DASHBOARDS,
    ],
    annotations=[
        unknown_annotation("Lag unknown", LAG),
        RESTARTS,
        REBALANCED,
        annotation("Snapshot begins", SNAPSHOT_BEGAN, title="Snapshot begins", color="red"),
        SNAPSHOT_ENDS,
    ],
    rows=[
        Row(
            "Before: can they follow?",
            [
                table(
                    [CONNECTOR_STATE, GTID_MODE_NOW, LAG_NOW, QUEUE_USED_NOW],
                    "Ready",
                    columns={
                        CONNECTOR_STATE: "State",
                        "server": "Connector",
                        GTID_MODE_NOW: "GTID",
                        LAG_NOW: "Lag",
                        QUEUE_USED_NOW: "Queue",
                    },
                    order={"State": "ascending", "Lag": "descending"},
                    most=20,
                    widths=STATE | {"GTID": 96, "Lag": 84, "Queue": 84},
                    links={"Connector": _LINKS},
                    description="Check this first. Connected, GTID enabled, no lag and an empty queue: the connector "
                    "will find its place on the new primary. GTID disabled: it knows a file and an offset of the old "
                    "server only, and may lose or repeat events. Wait with a planned failover until all are ready.",
                    no_value=_NONE,
                ),
                table(
                    [BINLOG_RETENTION_USED, BINLOG_FILES_LEFT],
                    "Room in the Binlog",
                    columns={
                        "server": "Connector",
                        BINLOG_RETENTION_USED: "Retention used",
                        BINLOG_FILES_LEFT: "Files left",
                    },
                    order={"Retention used": "descending"},
                    most=20,
                    thresholds=BINLOG,
                    # A server that writes little has one or two, and a connector that is up to date reads the last.
                    cells={"Files left": "plain"},
                    description="How much of the time that binlogs are kept a connector's lag uses up, and how many "
                    "files are left before the one it needs is purged.",
                    no_value="No mysqld_exporter tells of a connector's binlog",
                    width=6,
                ),
                timeseries(BINLOG_RETENTION, legend_calculations=[], no_value="No mysqld_exporter", width=6),
            ],
            height=6,
        ),
        Row(
            "During: who has lost it, who is back?",
            [
                state_timeline(CONNECTED, "Connection", width=12),
                table(
                    [DISCONNECTS_IN_RANGE, SINCE_LAST_EVENT_NOW],
                    "Reconnects",
                    columns={
                        "server": "Connector",
                        DISCONNECTS_IN_RANGE: "Lost connections",
                        SINCE_LAST_EVENT_NOW: "Last event",
                    },
                    order={"Lost connections": "descending", "Last event": "descending"},
                    most=20,
                    links={"Connector": _LINKS},
                    description="How often each connector lost its connection within the dashboard's range, and how "
                    "long ago its last event was. Connected and silent for more than a minute: it holds on to the old "
                    "server; restart its task.",
                    no_value=_NONE,
                    width=12,
                ),
            ],
            height=6,
        ),
        Row(
            [
                timeseries(
                    GTID_POSITION,
                    description=GTID_POSITION.description + " After a failover a line of the new server begins.",
                    legend_calculations=["lastNotNull"],
                    no_value="GTIDs are off, or the exporter does not tell them",
                    width=8,
                ),
                timeseries(BINLOG_POSITION, legend_calculations=["lastNotNull"], no_value=_NONE, width=8),
                table(
                    BINLOG_FILE,
                    columns={"server": "Connector", "value": "Binlog file"},
                    order={"Connector": "ascending"},
                    most=20,
                    description="The binlog file that each connector reads. After a failover it is the new server's.",
                    no_value="The exporter does not give text attributes",
                    width=8,
                ),
            ],
            height=7,
        ),
        Row(
            "After: are they back?",
            [
                state_timeline(CAUGHT_UP, "Lag Under 1 s", width=8),
                timeseries(LAG, no_value=_NONE, width=8),
                timeseries(ROWS_RATE, no_value=_NONE, width=8),
            ],
            height=7,
        ),
        Row(
            "Amazon Aurora",
            [
                timeseries(
                    [BINLOG_REPLICA_LAG, LAG],
                    "Aurora's Lag Beside the Connectors'",
                    description="What CloudWatch says of a cluster that is a binlog replica, ten minutes late, and "
                    "what the connectors say of themselves. Aurora's grows first: the replica is behind, and "
                    "a failover to it loses what it lacks. The connectors' alone: Debezium or Kafka is slow.",
                    no_value="Neither CloudWatch nor a connector tells a lag",
                ),
                timeseries(CHANGE_LOG_BYTES_USED, no_value=CHANGE_LOG_BYTES_USED.absent),
            ],
            height=7,
        ),
    ],
)
