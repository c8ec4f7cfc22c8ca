"""The dashboard of the alerts: what fires and is pending, what fired, and each alert's own graph with its level."""

from alerts.aurora import aurora_cdc, enhanced_binlog
from alerts.connect import connect
from alerts.connectors import connectors
from alerts.mysql import binlog, mysql
from alerts.postgres import replication_slots
from alerts.production import heartbeat, operations, production
from dashboards._shared import DASHBOARDS, DATASOURCE, FLEET
from dashlib import (
    Dashboard,
    Row,
    alert_row,
    alert_texts,
    data_link,
    label_variable,
    link,
    runbook_link,
    state_timeline,
    table,
    timeseries,
)
from dashlib.debezium.alerts import ALERT_FIRED, ALERT_SEVERITY, ALERT_SINCE, ALERT_STATE
from dashlib.debezium.aurora import CHANGE_LOG_READS, CHANGE_LOG_WRITES

_UID = "debezium-alerts"
_GROUPS = [
    connect, connectors, mysql, binlog, production, heartbeat, operations, replication_slots, aurora_cdc,
    enhanced_binlog,
]  # fmt: skip
# Rules of the course's MySQL lesson that are about Aurora.
_OF_AURORA = ["AuroraBinlogLagHigh", "AuroraBinlogLagCritical"]
_HERE = "var-DS_PROMETHEUS=${DS_PROMETHEUS}&var-job=${job}&${__url_time_range}"

alerts = Dashboard(
    uid=_UID,
    title="Debezium Alerts",
    description="What fires and what is pending, what fired within a day, and each alert's own graph with its level.",
    tags=["debezium", "cdc", "alerts"],
    refresh="30s",
    time_from="now-6h",
    variables=[
        DATASOURCE,
        label_variable("job", "Job", label="job", metric="up"),
    ],
    links=[
        link("Prometheus", "http://localhost:9090"),
        FLEET,
        DASHBOARDS,
    ],
    rows=[
        Row(
            "Now",
            [
                table(
                    [ALERT_STATE, ALERT_SEVERITY, ALERT_SINCE],
                    "Firing and Pending",
                    columns={
                        ALERT_STATE: "State",
                        ALERT_SEVERITY: "Severity",
                        "alertname": "Alert",
                        "subject": "What",
                        ALERT_SINCE: "Since",
                        "meaning": "What it means",
                        "panel": "Panel",
                        "runbook": "Runbook",
                    },
                    order={"State": "ascending", "Severity": "ascending", "Since": "ascending"},
                    most=20,
                    cells={"Severity": "text", "Since": "plain"},
                    widths={"State": 90, "Severity": 90, "Alert": 280, "What": 220, "Since": 140},
                    hidden=["Panel", "Runbook"],
                    links={
                        "Alert": [
                            data_link("Its graph", f'/d/{_UID}?viewPanel=${{__data.fields["Panel"].text}}&{_HERE}'),
                            runbook_link("Its runbook", '${__data.fields["Runbook"].text:raw}'),
                        ],
                    },
                    overrides=alert_texts(
                        _GROUPS, dashboard=_UID, meaning="What it means", panel="Panel", runbook="Runbook"
                    ),
                    description="The alerts that fire, and those that will if their condition lasts; the worst first. "
                    "Red and critical: act now. A click on an alert leads to its graph and to its runbook, which says "
                    "what to do. Alertmanager may hold some of them back: another one says more of the same.",
                    no_value="Nothing fires",
                    key="Firing Now",
                ),
            ],
            height=8,
        ),
        Row("Within a day", [state_timeline(ALERT_FIRED, time_from="24h")], height=5),
        alert_row(
            "Kafka Connect",
            [connect],
            titles={
                "KafkaConnectTaskFailed": "Failed tasks",
                "KafkaConnectTasksNotRunning": "Tasks that do not run",
                "KafkaConnectConnectorPaused": "Paused and stopped connectors",
                "KafkaConnectDown": "Clusters without a worker",
                "KafkaConnectWorkerDown": "Workers that do not answer",
                "KafkaConnectKafkaLost": "Workers that have lost Kafka",
                "KafkaConnectOffsetCommitsFailing": "Offset commits that fail",
                "KafkaConnectRecordsSkipped": "Records that Kafka Connect dropped",
                "SourceExporterDown": "Exporters of databases that do not answer",
            },
            no_values={
                "KafkaConnectTaskFailed": "Kafka Connect tells of no connector",
                "KafkaConnectConnectorPaused": "Kafka Connect tells of no connector",
                "KafkaConnectKafkaLost": "No worker of Kafka Connect answers",
            },
        ),
        alert_row(
            "All connectors",
            [connectors],
            titles={
                "DebeziumConnectorMetricsVanished": "Metrics that vanished while the task runs",
                "DebeziumConnectorGone": "Connectors that Kafka Connect does not know any more",
                "DebeziumQueueBytesHigh": "Queue, percent of its bytes",
                "DebeziumLagGrowing": "Growth of the lag in a minute",
                "DebeziumErroneousEvents": "Events that could not be processed",
                "DebeziumConnectionFlapping": "Lost connections within 30 minutes",
                "DebeziumTaskRestarting": "Silent restarts of tasks within 30 minutes",
                "DebeziumSnapshotAborted": "Aborted snapshots",
                "DebeziumSnapshotStalled": "Snapshots that read nothing",
                "DebeziumSnapshotRestarted": "Snapshots that begin anew",
                "DebeziumSchemaHistoryNotRunning": "Schema histories that do not run",
            },
            no_values={
                "DebeziumQueueBytesHigh": "No queue is limited by bytes (max.queue.size.in.bytes)",
                "DebeziumSchemaHistoryNotRunning": "No connector has a schema history",
            },
        ),
        alert_row(
            "MySQL and MariaDB connectors",
            [mysql, binlog],
            without=_OF_AURORA,
            titles={
                "DebeziumHighBinlogLag": "Lag of MySQL and MariaDB connectors",
                "DebeziumCriticalBinlogLag": "Lag of MySQL and MariaDB connectors",
                "DebeziumConnectorDisconnected": "Connection of MySQL and MariaDB connectors",
                "DebeziumNoRecentEvents": "Time since the last event or binlog heartbeat",
                "DebeziumQueueHighUtilization": "Queue of MySQL and MariaDB connectors",
                "DebeziumGtidModeDisabled": "GTIDs of connected connectors",
                "DebeziumBinlogLagHigh": "Lag against the usual binlog retention",
                "DebeziumBinlogRetentionNear": "Binlog retention used by the lag",
                "DebeziumBinlogPurgeNear": "Binlog files until the needed one is purged",
                "DebeziumEventsSkipped": "Binlog events that were passed over",
                "DebeziumGtidModeLost": "GTIDs that were lost",
                "DebeziumMySqlLagAfterReconnect": "Lag of MySQL and MariaDB connectors ten minutes after a reconnect",
            },
            no_values={
                "DebeziumBinlogPurgeNear": "No connector is known to be more than two binlog files behind",
                "DebeziumMySqlLagAfterReconnect": "No connector came back within the last hour and has events",
            },
        ),
        alert_row(
            "All other connectors",
            [production, heartbeat, operations],
            titles={
                "DebeziumLagWarning": "Lag of other connectors",
                "DebeziumLagCritical": "Lag of other connectors",
                "DebeziumDisconnected": "Connection of other connectors",
                "DebeziumQueueSaturation": "Queue of other connectors",
                "DebeziumHeartbeatMissing": "Time since the last heartbeat row",
                "DebeziumWritesNotDelivered": "Time since the last event, where the database is written to",
                "DebeziumLagAfterReconnect": "Lag of other connectors ten minutes after a reconnect",
            },
            no_values={
                "DebeziumWritesNotDelivered": "No connected connector's database is known to be written to",
                "DebeziumLagAfterReconnect": "No connector came back within the last hour and has events",
            },
        ),
        alert_row(
            "PostgreSQL replication slots",
            [replication_slots],
            titles={
                "ReplicationSlotInactiveLagHigh": "WAL kept by slots that nobody reads",
                "ReplicationSlotLagHigh": "WAL kept by slots in use",
                "ReplicationSlotInactive": "Slots that nobody reads",
                "ReplicationSlotWalUnreserved": "Slots about to lose their WAL",
                "ReplicationSlotWalLost": "Slots that have lost their WAL",
            },
            no_values={
                "ReplicationSlotInactiveLagHigh": "No slot is known to be without a reader",
                "ReplicationSlotLagHigh": "No slot is known to have a reader",
                "ReplicationSlotWalUnreserved": "No slot is known that could lose its WAL",
                "ReplicationSlotWalLost": "No slot is known: there is none, or no postgres_exporter",
            },
        ),
        alert_row(
            "Amazon Aurora",
            [aurora_cdc, mysql, enhanced_binlog],
            only=["HeartbeatGap", "ReplicationSlotLag", *_OF_AURORA, "AuroraBinlogStorageHigh"],
            titles={
                "HeartbeatGap": "Time since the last event of Aurora connectors",
                "ReplicationSlotLag": "WAL kept by the slot furthest behind",
                "AuroraBinlogLagHigh": "Lag of binlog replicas",
                "AuroraBinlogLagCritical": "Lag of binlog replicas",
                "AuroraBinlogStorageHigh": "Storage of the enhanced binlog",
            },
            no_values={"HeartbeatGap": "No connector's topic prefix begins with aurora"},
            more=[
                timeseries(CHANGE_LOG_READS, no_value=CHANGE_LOG_READS.absent),
                timeseries(CHANGE_LOG_WRITES, no_value=CHANGE_LOG_WRITES.absent),
            ],
        ),
    ],
)
