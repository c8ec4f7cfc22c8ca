"""Debezium Snapshots: first, blocking and incremental ones, by connector and table, and the schema history."""

from dashboards._shared import (
    ALL_CONNECTORS,
    DASHBOARDS,
    DATASOURCE,
    FLEET,
    OVER_TIME,
    REBALANCED,
    RESTARTS,
    SNAPSHOT_BEGINS,
    SNAPSHOT_ENDS,
    of_connector,
)
from dashlib import (
    Dashboard,
    Row,
    label_variable,
    state_timeline,
    table,
    timeseries,
    worst_variable,
)
from dashlib.debezium.connectors import SNAPSHOT_ABORTED, SNAPSHOT_COMPLETED, SNAPSHOT_ROWS, SNAPSHOT_RUNNING
from dashlib.debezium.snapshots import (
    GLOBAL_LOCK_HELD,
    SCHEMA_CHANGES_APPLIED,
    SCHEMA_CHANGES_RECOVERED,
    SNAPSHOT_CHUNKS_DONE,
    SNAPSHOT_DURATION,
    SNAPSHOT_KIND,
    SNAPSHOT_PAUSED,
    SNAPSHOT_TABLE_ROWS_RATE,
    SNAPSHOT_TABLES_LEFT,
    SNAPSHOT_TIME_LEFT,
)
from dashlib.debezium.states import CONNECTOR_STATE

_LINKS = [
    of_connector("This connector alone", "debezium-snapshots"),
    OVER_TIME,
]
_NO_TASK = "No connector runs"

snapshots = Dashboard(
    uid="debezium-snapshots",
    title="Debezium Snapshots",
    description="First, blocking and incremental snapshots: how far each is, how fast, when it ends, and what it holds "
    "up.",
    tags=["debezium", "cdc", "snapshot"],
    refresh="30s",
    time_from="now-3h",
    tooltip="shared crosshair",
    variables=[
        DATASOURCE,
        label_variable("job", "Connect cluster", label="job", metric="SnapshotRunning"),
        label_variable("connector", "Connector", label="server", metric="SnapshotRunning"),
        worst_variable("worst", label="server", also="connector", lowest=[CONNECTOR_STATE], highest=[SNAPSHOT_RUNNING]),
    ],
    links=[FLEET, ALL_CONNECTORS, DASHBOARDS],
    annotations=[RESTARTS, REBALANCED, SNAPSHOT_BEGINS, SNAPSHOT_ENDS],
    rows=[
        Row(
            "Now",
            [
                table(
                    [SNAPSHOT_KIND, SNAPSHOT_PAUSED, SNAPSHOT_DURATION, SNAPSHOT_TABLES_LEFT, SNAPSHOT_TIME_LEFT],
                    "Snapshots Under Way",
                    columns={
                        SNAPSHOT_KIND: "Snapshot",
                        "server": "Connector",
                        SNAPSHOT_PAUSED: "Paused",
                        SNAPSHOT_DURATION: "Running for",
                        SNAPSHOT_TABLES_LEFT: "Tables left",
                        SNAPSHOT_TIME_LEFT: "Estimated left",
                    },
                    order={"Running for": "descending"},
                    most=20,
                    widths={"Snapshot": 116, "Paused": 96},
                    links={"Connector": _LINKS},
                    description="What each running snapshot does to streaming, for how long it has run, and when it "
                    "ends if each table left takes as long as those done took. A first or blocking one holds streaming "
                    "up, so lag grows until it ends. An incremental one has one table at a time, whose end nobody "
                    "knows: see its rows and chunks below.",
                    no_value="No snapshot runs",
                    width=14,
                ),
                table(
                    [SNAPSHOT_COMPLETED, SNAPSHOT_ABORTED],
                    "Last Snapshot",
                    columns={
                        SNAPSHOT_COMPLETED: "Outcome",
                        "server": "Connector",
                        SNAPSHOT_ABORTED: "Aborted",
                    },
                    order={"Aborted": "descending", "Outcome": "ascending"},
                    most=20,
                    widths={"Outcome": 128, "Aborted": 96},
                    links={"Connector": _LINKS},
                    description="What the last snapshot of this run of the task came to. Skipped is normal after a "
                    "restart. Aborted: the task or somebody broke it off; a first one begins anew, an incremental one "
                    "needs its signal again.",
                    no_value=_NO_TASK,
                    width=10,
                ),
            ],
            height=7,
        ),
        Row(
            "By table",
            [
                timeseries(SNAPSHOT_ROWS, "Rows Read", no_value="No table was read"),
                timeseries(SNAPSHOT_TABLE_ROWS_RATE, no_value="No table was read"),
            ],
            height=8,
        ),
        Row(
            "What it holds up",
            [
                state_timeline(SNAPSHOT_RUNNING, width=12),
                state_timeline(GLOBAL_LOCK_HELD, width=12),
                timeseries(
                    [SCHEMA_CHANGES_RECOVERED, SCHEMA_CHANGES_APPLIED],
                    "Schema History",
                    description="Schema changes per second that tasks read back from their schema history and "
                    "apply. Recovered above 0: the task starts and streams nothing yet. Applied alone: somebody "
                    "changes tables now.",
                    no_value="No connector has a schema history",
                ),
                timeseries(SNAPSHOT_CHUNKS_DONE, no_value="No snapshot is read in chunks by several threads"),
            ],
            height=7,
        ),
    ],
)
