"""Debezium Connect Monitoring: what Kafka Connect says about its connectors and tasks."""

from dashlib import Dashboard, Row, Signal, State, datasource_variable, label_variable, stat, timeseries
from dashlib.debezium.connectors import LAG
from dashlib.debezium.kafka_connect import (
    ACTIVE_RECORDS,
    POLL_BATCH_TIME,
    RECORDS_POLLED,
    RECORDS_POLLED_RATE,
    TASK_COUNT,
)
from dashlib.debezium.thresholds import CONNECT

CONNECTOR_STATUS = Signal(
    "connector_status",
    "Connector Status",
    expression='0 * group by (job, connector) (connector_task_status{status="failed"})'
    ' or 4 * group by (job, connector) (connector_task_status{status="unassigned"})'
    ' or 5 * group by (job, connector) (connector_task_status{status="restarting"})'
    ' or 2 * group by (job, connector) (connector_task_status{status="paused"})'
    ' or group by (job, connector) (connector_task_status{status="running"})'
    ' or 3 * group by (job, connector) (connector_status{status="stopped"})'
    ' or 2 * group by (job, connector) (connector_status{status="paused"})'
    ' or 0 * group by (job, connector) (connector_status{status="failed"})',
    fallback="0 * group by (job, connector) (worker_connector_failed_task_count > 0)"
    " or 4 * group by (job, connector) (worker_connector_unassigned_task_count > 0)"
    " or 2 * group by (job, connector) (worker_connector_paused_task_count > 0)"
    " or group by (job, connector) (worker_connector_running_task_count > 0)",
    unit="none",
    legend="{{connector}}",
    states=[
        State(0, "Failed", "red"),
        State(1, "Running", "green"),
        State(2, "Paused", "yellow"),
        State(3, "Stopped", "purple"),
        State(4, "Unassigned", "orange"),
        State(5, "Restarting", "blue"),
    ],
    description="The state of the connector's tasks, the worst first: a connector whose task has failed still calls "
    "itself running. Nothing is shown for a connector that no worker knows.",
    absent="The connector was deleted, its worker is down, or Kafka is not answering.",
    runbook="connection",
)

connect = Dashboard(
    uid="debezium-connect",
    title="Debezium Connect Monitoring",
    description="State, tasks and throughput of the connectors of a Kafka Connect cluster.",
    tags=["debezium", "kafka-connect", "cdc"],
    refresh="10s",
    time_from="now-30m",
    thresholds=CONNECT,
    variables=[
        datasource_variable(),
        label_variable(
            "job",
            "Connect cluster",
            label="job",
            metric="connector_status",
            fallback="worker_connector_total_task_count",
        ),
        label_variable(
            "connector",
            "Connector",
            label="connector",
            metric="connector_status",
            fallback="worker_connector_total_task_count",
        ),
    ],
    rows=[
        Row(
            [
                stat(CONNECTOR_STATUS),
                stat(TASK_COUNT),
                stat(RECORDS_POLLED, calculation="max", sparkline=True),
            ],
            height=5,
        ),
        Row(
            [
                timeseries(RECORDS_POLLED_RATE, legend_calculations=[]),
                timeseries(ACTIVE_RECORDS, legend_calculations=[]),
                timeseries(
                    LAG,
                    "Connector Lag (ms behind source)",
                    unit="ms",
                    legend_calculations=[],
                    description="How long after the source's commit the last event was handled; frozen while the "
                    "source is idle. Debezium names its series by topic prefix. Where connectors set "
                    "custom.metric.tags to connector=<name>, as the lab's do, the choice of a connector applies here "
                    "too; where they do not, all are shown.",
                ),
                timeseries(POLL_BATCH_TIME, unit="ms", legend_calculations=[]),
            ]
        ),
    ],
    # The numbers by which the course's links know these panels.
    panel_ids={
        "Connector Status": 1,
        "Task Count": 2,
        "Total Records Polled": 3,
        "Records Polled Rate": 4,
        "Active Records in Buffer": 5,
        "Connector Lag (ms behind source)": 6,
        "Poll Batch Average Time": 7,
    },
)
