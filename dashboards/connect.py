"""Debezium Connect Monitoring: what Kafka Connect says about its connectors and tasks."""

from dashboards._shared import DATASOURCE, REBALANCED
from dashlib import (
    Dashboard,
    Query,
    Row,
    dashboard_links,
    data_link,
    label_variable,
    link,
    stat,
    table,
    timeseries,
    worst_variable,
)
from dashlib.debezium.connectors import LAG
from dashlib.debezium.kafka_connect import (
    ACTIVE_RECORDS,
    OFFSET_COMMITS_FAILING,
    POLL_BATCH_TIME,
    RECORDS_POLLED,
    RECORDS_POLLED_RATE,
    TASK_COUNT,
)
from dashlib.debezium.states import CONNECTOR_STATE_BY_NAME
from dashlib.debezium.thresholds import CONNECT
from dashlib.debezium.workers import (
    DEAD_LETTERS_RATE,
    OFFSET_COMMIT_TIME,
    REBALANCES,
    RECORD_ERRORS_RATE,
    RECORDS_ON_WORKER,
    TASKS_BY_STATE,
    TASKS_ON_WORKER,
)

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

# Not a signal: agents before 1.0 call it jvm_memory_bytes_used, later ones jvm_memory_used_bytes, and both are in use.
_HEAP_USED = Query(
    '100 * (jvm_memory_used_bytes{area="heap",job=~"$job"} or jvm_memory_bytes_used{area="heap",job=~"$job"})'
    ' / (jvm_memory_max_bytes{area="heap",job=~"$job"} or jvm_memory_bytes_max{area="heap",job=~"$job"})',
    unit="percent",
    legend="{{instance}}",
)

connect = Dashboard(
    uid="debezium-connect",
    title="Debezium Connect Monitoring",
    description="State, tasks and throughput of the connectors of a Kafka Connect cluster.",
    tags=["debezium", "kafka-connect", "cdc"],
    refresh="10s",
    time_from="now-30m",
    thresholds=CONNECT,
    links=[
        link("Fleet", "/d/debezium-fleet?${DS_PROMETHEUS:queryparam}&${job:queryparam}", new_tab=False),
        link("Alerts", "/d/debezium-alerts?${DS_PROMETHEUS:queryparam}&${job:queryparam}", new_tab=False),
        dashboard_links("Debezium dashboards", tag="debezium"),
    ],
    annotations=[REBALANCED],
    variables=[
        DATASOURCE,
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
                    min_interval="30s",
                    description=RECORDS_POLLED_RATE.description
                    + " At 0 while the source is written to: look at the connector's state, then at its lag.",
                ),
                timeseries(
                    ACTIVE_RECORDS,
                    min_interval="30s",
                    description=ACTIVE_RECORDS.description + " Look at the brokers and the network to them.",
                ),
                timeseries(
                    LAG,
                    "Connector Lag (ms behind source)",
                    min_interval="30s",
                    unit="ms",
                    description="How long after the source's commit the last event was handled; frozen while the "
                    "source is idle. Debezium names its series by topic prefix. Where connectors set "
                    "custom.metric.tags to connector=<name>, as the lab's do, the choice of a connector applies here "
                    "too; where they do not, all are shown. Red: look at its queue (Debezium Production Monitoring). "
                    "Full: Kafka is slow. Empty: the source or the connector is.",
                ),
                timeseries(
                    POLL_BATCH_TIME,
                    min_interval="30s",
                    unit="ms",
                    description=POLL_BATCH_TIME.description
                    + " Higher than usual on a busy source: look at the load of the worker and of the database.",
                ),
            ]
        ),
        Row(
            "Tasks and Errors",
            [
                timeseries(
                    TASKS_BY_STATE,
                    stacked=True,
                    fill=30,
                    legend_calculations=["lastNotNull"],
                    description=TASKS_BY_STATE.description
                    + " Failed: the table above says which connectors; restart their tasks once the cause is mended.",
                    no_value="No worker has a task",
                    width=6,
                ),
                timeseries(
                    [RECORD_ERRORS_RATE, DEAD_LETTERS_RATE],
                    "Errors and Dead Letters",
                    description="Records per second in which a transformation or converter failed, and those that sink "
                    "tasks wrote to their dead letter queue. Above 0 with errors.tolerance=all: records are lost.",
                    no_value="No task runs",
                    legend_calculations=["max"],
                    width=12,
                ),
                timeseries(
                    OFFSET_COMMITS_FAILING,
                    "Failing Offset Commits",
                    legend_calculations=["max"],
                    description=OFFSET_COMMITS_FAILING.description
                    + " Above 0 for long: look at the brokers and at the topic of offsets.",
                    no_value="No task runs",
                    width=6,
                ),
            ],
            collapsed=True,
        ),
        Row(
            "Workers",
            [
                timeseries(
                    TASKS_ON_WORKER,
                    legend_calculations=["lastNotNull"],
                    description=TASKS_ON_WORKER.description
                    + " A worker that falls to 0 has left the group: look at its log.",
                    no_value="No worker answers",
                    width=6,
                ),
                timeseries(
                    RECORDS_ON_WORKER,
                    legend_calculations=["mean", "max"],
                    description=RECORDS_ON_WORKER.description + " One worker far above the others: add a worker.",
                    no_value="No source task runs",
                    width=12,
                ),
                timeseries(
                    REBALANCES,
                    legend_calculations=["max"],
                    description=REBALANCES.description
                    + " Look at the workers that come and go: memory, network, rolling deployments.",
                    no_value="No worker answers",
                    width=6,
                ),
                timeseries(
                    OFFSET_COMMIT_TIME,
                    legend_calculations=["mean", "max"],
                    description=OFFSET_COMMIT_TIME.description + " Look at the brokers first.",
                    no_value="No task has committed an offset",
                    width=12,
                ),
                timeseries(
                    _HEAP_USED,
                    "Heap Used",
                    minimum=0,
                    maximum=100,
                    legend_calculations=["min", "max"],
                    description="How much of its largest heap each worker's JVM uses, garbage included: a saw-tooth is "
                    "normal, a lower edge that climbs is not. Near 100 % the worker stops for garbage collection and "
                    "drops out of its group.",
                    no_value="No exporter inside the workers tells of their JVM",
                    width=12,
                ),
            ],
            collapsed=True,
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
