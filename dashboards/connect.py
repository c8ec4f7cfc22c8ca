"""Debezium Connect Monitoring: what Kafka Connect says about its connectors and tasks."""

from dashlib import (
    Dashboard,
    Row,
    dashboard_links,
    data_link,
    datasource_variable,
    label_variable,
    stat,
    table,
    timeseries,
    worst_variable,
)
from dashlib.debezium.connectors import LAG
from dashlib.debezium.kafka_connect import (
    ACTIVE_RECORDS,
    POLL_BATCH_TIME,
    RECORDS_POLLED,
    RECORDS_POLLED_RATE,
    TASK_COUNT,
)
from dashlib.debezium.states import CONNECTOR_STATE_BY_NAME
from dashlib.debezium.thresholds import CONNECT

_LINKS = [
    data_link(
        "This connector alone",
        '/d/debezium-connect?var-connector=${__data.fields["Connector"]}'
        "&var-DS_PROMETHEUS=${DS_PROMETHEUS}&var-job=${job}&${__url_time_range}",
    ),
    data_link(
        "Lag, throughput and queue of all connectors",
        "/d/debezium-production?var-DS_PROMETHEUS=${DS_PROMETHEUS}&var-job=${job}&${__url_time_range}",
    ),
]

connect = Dashboard(
    uid="debezium-connect",
    title="Debezium Connect Monitoring",
    description="State, tasks and throughput of the connectors of a Kafka Connect cluster.",
    tags=["debezium", "kafka-connect", "cdc"],
    refresh="10s",
    time_from="now-30m",
    thresholds=CONNECT,
    links=[dashboard_links("Debezium dashboards", tag="debezium")],
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
        worst_variable(
            "worst",
            label="connector",
            lowest=[CONNECTOR_STATE_BY_NAME],
            highest=[LAG, ACTIVE_RECORDS, RECORDS_POLLED_RATE, POLL_BATCH_TIME],
        ),
    ],
    rows=[
        Row(
            [
                table(
                    CONNECTOR_STATE_BY_NAME,
                    "Connector Status",
                    columns={CONNECTOR_STATE_BY_NAME: "State", "connector": "Connector"},
                    order={"State": "ascending", "Connector": "ascending"},
                    most=20,
                    rest="connector",
                    widths={"State": 116},
                    links={"Connector": _LINKS},
                    no_value="Kafka Connect knew no connector within this time range",
                ),
                stat(
                    TASK_COUNT,
                    no_value="–",
                    description=TASK_COUNT.description
                    + " Fewer than yesterday: the connectors beside it say which are failed, stopped or deleted. "
                    "None: no worker answers, or they have lost Kafka.",
                ),
                stat(
                    RECORDS_POLLED,
                    no_value="–",
                    description=RECORDS_POLLED.description
                    + " 0 while the source is written to: look at the state beside it, then at the rate below.",
                ),
            ],
            height=6,
        ),
        Row(
            [
                timeseries(
                    RECORDS_POLLED_RATE,
                    description=RECORDS_POLLED_RATE.description
                    + " At 0 while the source is written to: look at the connector's state, then at its lag.",
                ),
                timeseries(
                    ACTIVE_RECORDS,
                    description=ACTIVE_RECORDS.description + " Look at the brokers and the network to them.",
                ),
                timeseries(
                    LAG,
                    "Connector Lag (ms behind source)",
                    unit="ms",
                    description="How long after the source's commit the last event was handled; frozen while the "
                    "source is idle. Debezium names its series by topic prefix. Where connectors set "
                    "custom.metric.tags to connector=<name>, as the lab's do, the choice of a connector applies here "
                    "too; where they do not, all are shown. Red: look at its queue (Debezium Production Monitoring). "
                    "Full: Kafka is slow. Empty: the source or the connector is.",
                ),
                timeseries(
                    POLL_BATCH_TIME,
                    unit="ms",
                    description=POLL_BATCH_TIME.description
                    + " Higher than usual on a busy source: look at the load of the worker and of the database.",
                ),
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
