"""Alerts on Kafka Connect: its workers, the tasks that they run, and the Kafka that they need."""

from dashlib import Alert, Configured, RuleGroup
from dashlib.debezium.kafka_connect import (
    CONNECTORS_PAUSED,
    EXPORTER_UP,
    KAFKA_LOST,
    OFFSET_COMMITS_FAILING,
    RECORDS_SKIPPED,
    TASKS_FAILED,
    TASKS_NOT_RUNNING,
    WORKER_UP,
    WORKERS,
)
from dashlib.debezium.thresholds import KAFKA_CONNECT

connect = RuleGroup(
    "kafka_connect",
    file="kafka-connect.yml",
    interval="30s",
    thresholds=KAFKA_CONNECT,
    labels={"component": "kafka-connect", "team": Configured("team")},
    dashboard="debezium-alerts",
    rules=[
        Alert(
            "KafkaConnectTaskFailed",
            TASKS_FAILED.above("critical"),
            severity="critical",
            summary="A task of a Kafka Connect connector has failed.",
            description="Connector {connector} has {value} failed tasks, for at least {for}. A failed task delivers "
            "nothing, takes its own metrics with it and does not come back by itself.\n"
            "Action: read the trace (GET /connectors/{connector}/status), mend the cause, then restart the task (POST "
            "/connectors/{connector}/restart?includeTasks=true&onlyFailed=true).",
        ),
        Alert(
            "KafkaConnectTasksNotRunning",
            TASKS_NOT_RUNNING.above("warning"),
            severity="warning",
            summary="A Kafka Connect connector has tasks that do not run.",
            description="{value} tasks of connector {connector} neither run nor are paused or failed, for at least "
            "{for}.\n"
            "Check: is a worker missing, does the cluster rebalance again and again, does the connector's own "
            "configuration fail?",
        ),
        Alert(
            "KafkaConnectConnectorPaused",
            CONNECTORS_PAUSED.above("info"),
            severity="info",
            summary="A Kafka Connect connector is paused or stopped.",
            description="Connector {connector} has been paused or stopped for at least {for}. Debezium's own metrics "
            "look healthy meanwhile; the source keeps its binlog or WAL for it.\n"
            "If nobody meant it: PUT /connectors/{connector}/resume.",
        ),
        Alert(
            "KafkaConnectDown",
            WORKERS.is_absent(within="1d", for_="2m", resolution="5m"),
            severity="critical",
            summary="No worker of a Kafka Connect cluster answers any more.",
            description="All workers of {job} have been gone for at least {for}: no connector runs.\n"
            "Check: the workers' processes or pods and their logs, and whether Prometheus still reaches their metrics.",
        ),
        Alert(
            "KafkaConnectWorkerDown",
            WORKER_UP.is_at("warning"),
            severity="warning",
            summary="A Kafka Connect worker does not answer.",
            description="Prometheus has had no answer from worker {instance} of {job} for at least {for}. The others "
            "take its tasks after scheduled.rebalance.max.delay.ms (five minutes unless changed).\n"
            "Check: its process or pod and its log, and whether the others can bear its load.",
        ),
        Alert(
            "KafkaConnectKafkaLost",
            KAFKA_LOST.above("critical"),
            severity="critical",
            summary="The workers of a Kafka Connect cluster have lost Kafka.",
            description="{value} workers of {job} gave all their connectors up without a rebalance, for at least "
            "{for}: Kafka does not answer them. Their connectors' metrics vanish, and none of them is failed.\n"
            "Check: the brokers, the network to them, certificates and credentials of the workers.",
        ),
        Alert(
            "KafkaConnectOffsetCommitsFailing",
            OFFSET_COMMITS_FAILING.above("warning"),
            severity="warning",
            summary="A Kafka Connect connector cannot commit its offsets.",
            description="{value} of the last offset commits of connector {connector} failed, for at least {for}. What "
            "is not committed is delivered again after a restart, and the source keeps its binlog or WAL for it.\n"
            "Check: the offset topic's replicas, and offset.flush.timeout.ms against the size of the records.",
        ),
        Alert(
            "KafkaConnectRecordsSkipped",
            RECORDS_SKIPPED.increases_above("warning", within="10m"),
            severity="warning",
            summary="Kafka Connect dropped records of a connector.",
            description="Kafka Connect dropped {value} records of connector {connector} within {within}, because a "
            "transformation or converter failed and errors.tolerance is all.\n"
            "Check: the dead letter queue or the worker's log for each of them.",
        ),
        Alert(
            "SourceExporterDown",
            EXPORTER_UP.is_at("warning"),
            severity="warning",
            labels={"component": "exporter"},
            summary="The exporter of a source database does not answer.",
            description="Prometheus has had no answer from {instance} ({job}) for at least {for}: the rules about "
            "replication slots, binlogs and Aurora are blind.\n"
            "Check: the exporter's process or pod and its log.",
        ),
    ],
)
