"""Alerts on connectors of every kind: what is gone, lost, unsteady or stuck."""

from dashlib import Alert, Configured, RuleGroup
from dashlib.debezium.connectors import (
    DISCONNECTS,
    ERRONEOUS_EVENTS,
    EVENTS_ARRIVE,
    FIRST_SNAPSHOT_RUNS,
    LAG_TREND,
    METRICS_PRESENT,
    QUEUE_BYTES_USED,
    ROWS_ARE_COUNTED,
    SCHEMA_HISTORY_NOT_RUNNING,
    SNAPSHOT_ABORTED,
    SNAPSHOT_HOLDS_STREAMING,
    SNAPSHOT_IS_PAUSED,
    SNAPSHOT_MAKES_PROGRESS,
    SNAPSHOT_RUNNING,
    TASK_RESTARTS,
    WAS_STREAMING,
)
from dashlib.debezium.kafka_connect import (
    CONNECT_IS_UP,
    CONNECT_KNOWS_IT,
    CONNECT_LISTS_CONNECTORS,
    CONNECT_RUNS_IT,
    CONNECTOR_IS_PAUSED,
    KAFKA_IS_LOST,
)
from dashlib.debezium.snapshots import GLOBAL_LOCK_HELD
from dashlib.debezium.thresholds import OPERATIONS

connectors = RuleGroup(
    "debezium_connectors",
    file="debezium-connectors.yml",
    interval="30s",
    thresholds=OPERATIONS,
    labels={"component": "debezium", "team": Configured("team")},
    dashboard="debezium-alerts",
    rules=[
        Alert(
            "DebeziumConnectorMetricsVanished",
            METRICS_PRESENT.when(CONNECT_RUNS_IT).named("vanished").is_absent(within="1d", for_="2m", resolution="5m"),
            severity="critical",
            summary="A Debezium connector shows no metrics any more, and Kafka Connect calls it running.",
            description="The metrics of connector {server} ({plugin}) have been gone for at least {for}, while Kafka "
            "Connect runs it. On PostgreSQL that is how it looks when the database is down: the task begins anew every "
            "ten seconds and stays RUNNING.\n"
            "Check: is the database up and reachable from the Connect worker, what does the worker's log say?",
        ),
        Alert(
            "DebeziumConnectorGone",
            METRICS_PRESENT.unless(CONNECT_KNOWS_IT, KAFKA_IS_LOST)
            .when(CONNECT_IS_UP, CONNECT_LISTS_CONNECTORS)
            .named("gone")
            .is_absent(within="50m", for_="10m", resolution="1m"),
            severity="info",
            summary="A Debezium connector is gone, and Kafka Connect does not know it any more.",
            description="Connector {server} ({plugin}) has shown no metrics for at least {for}, and Kafka Connect has "
            "no such connector: somebody deleted it, or it was lost with the cluster's configuration topic.\n"
            "If that was on purpose nothing needs to be done: this ends by itself within an hour.",
        ),
        Alert(
            "DebeziumQueueBytesHigh",
            QUEUE_BYTES_USED.unless(SNAPSHOT_HOLDS_STREAMING, CONNECTOR_IS_PAUSED)
            .named("streaming_queue_bytes_used")
            .above("warning"),
            severity="warning",
            summary="The internal queue of a Debezium connector is more than {threshold} full by bytes.",
            description="The queue of connector {server} holds {value} of max.queue.size.in.bytes, for at least {for}. "
            "When it is full the reader waits: nothing is dropped, but lag grows.\n"
            "Check: are the rows larger than usual, is Kafka slow?",
        ),
        Alert(
            "DebeziumLagGrowing",
            LAG_TREND.when(EVENTS_ARRIVE)
            .unless(SNAPSHOT_HOLDS_STREAMING, CONNECTOR_IS_PAUSED)
            .named("live_lag_trend")
            .above("warning"),
            severity="warning",
            summary="The lag of a Debezium connector grows by more than {threshold} a minute.",
            description="Connector {server} falls behind by {value} every minute, for at least {for}.\n"
            "Check: is the queue full (then Kafka is slow), does a bulk change run on the source, is the connector "
            "short of CPU?",
        ),
        Alert(
            "DebeziumErroneousEvents",
            ERRONEOUS_EVENTS.increases_above("warning", within="10m"),
            severity="warning",
            summary="A Debezium connector met events that it could not process.",
            description="Connector {server} met {value} erroneous events within {within}. With "
            "event.processing.failure.handling.mode=warn or skip they reach no consumer.\n"
            "Check: the worker's log for the position of each, and compare the tables with their topics.",
        ),
        Alert(
            "DebeziumConnectionFlapping",
            DISCONNECTS.increases_above("warning", within="30m"),
            severity="warning",
            summary="A Debezium connector keeps losing its connection to the database.",
            description="Connector {server} lost its connection {value} times within {within}.\n"
            "Check: time-outs of the database, of proxies and of load balancers between them; a second connector with "
            "the same database.server.id throws the first one out.",
        ),
        Alert(
            "DebeziumTaskRestarting",
            TASK_RESTARTS.above("warning"),
            severity="warning",
            summary="The task of a Debezium connector keeps starting anew.",
            description="The counters of connector {server} began again at 0 {value} times within 30 minutes: its task "
            "starts anew after errors that it takes for passing ones, and stays RUNNING.\n"
            "Check: the worker's log for the exception that comes back.",
        ),
        Alert(
            "DebeziumSnapshotAborted",
            SNAPSHOT_ABORTED.is_at("warning"),
            severity="warning",
            summary="The snapshot of a Debezium connector was broken off.",
            description="The snapshot of connector {server} was aborted, at least {for} ago: the topics hold only a "
            "part of the tables.\n"
            "Check: the worker's log for the reason; a restarted task begins a first snapshot from the beginning.",
        ),
        Alert(
            "DebeziumSnapshotStalled",
            SNAPSHOT_RUNNING.when(ROWS_ARE_COUNTED)
            .unless(SNAPSHOT_MAKES_PROGRESS, SNAPSHOT_IS_PAUSED, CONNECTOR_IS_PAUSED)
            .named("snapshot_stands_still")
            .is_at("stalled"),
            severity="warning",
            runbook="snapshot",
            summary="The snapshot of a Debezium connector reads nothing any more.",
            description="A snapshot of connector {server} runs and has read no row, for at least {for}.\n"
            "Check: does it wait for a lock, is the queue full, does the database still run its query?",
        ),
        Alert(
            "DebeziumGlobalLockHeld",
            GLOBAL_LOCK_HELD.is_at("critical"),
            severity="critical",
            summary="A Debezium connector holds the global read lock of its database.",
            description="Connector {server} has held the global read lock for at least {for}: nothing can be written "
            "to its database.\n"
            "Check: snapshot.locking.mode, and what the lock waits for. Immediate action: stop the connector, which "
            "frees the lock.",
        ),
        Alert(
            "DebeziumSnapshotRestarted",
            SNAPSHOT_RUNNING.when(FIRST_SNAPSHOT_RUNS, WAS_STREAMING).named("snapshot_anew").is_at("restarted"),
            severity="warning",
            runbook="failover",
            summary="A Debezium connector that was streaming takes a new snapshot from the beginning.",
            description="Connector {server} streamed within the last hour and takes a first snapshot now, for at least "
            "{for}: it could not find its position on the source, and every row is delivered once more. If somebody "
            "asked for that, all is well.\n"
            "Check: was there a failover, were binlogs or WAL purged, did the connector lose its offsets?",
        ),
        Alert(
            "DebeziumSchemaHistoryNotRunning",
            SCHEMA_HISTORY_NOT_RUNNING.is_at("warning"),
            severity="warning",
            summary="The schema history of a Debezium connector does not run.",
            description="The schema history of connector {server} is stopped or recovering, for at least {for}: until "
            "it runs no event is delivered.\n"
            "Check: how large is the schema history topic, is its retention unlimited, can the worker read it?",
        ),
    ],
)
