"""Alerts on all other connectors, with the levels of the course's operations lesson.

MySQL and MariaDB connectors have groups of their own, so that nobody is paged twice for one thing.
"""

from dashlib import Alert, Configured, RuleGroup, none_of, not_matching
from dashlib.debezium.connectors import (
    EVENTS_ARRIVE,
    LAG,
    LIVE_LAG,
    RECONNECTED_TEN_MINUTES_AGO,
    STALENESS,
    STREAMING_CONNECTED,
    STREAMING_QUEUE_USED,
)
from dashlib.debezium.databases import SOURCE_IS_WRITTEN_TO
from dashlib.debezium.thresholds import OPERATIONS, PRODUCTION

_OTHER_CONNECTORS = {"plugin": none_of("mysql", "mariadb")}

production = RuleGroup(
    "debezium_production",
    file="debezium-production.yml",
    interval="30s",
    thresholds=PRODUCTION,
    where=_OTHER_CONNECTORS,
    labels={"component": "cdc", "team": Configured("team")},
    dashboard="debezium-production",
    rules=[
        Alert(
            "DebeziumLagWarning",
            LIVE_LAG.above("warning"),
            severity="warning",
            panel="Lag Trend",
            summary="A Debezium connector lags more than {threshold} behind its source.",
            description="Connector {server} handles changes {value} after their commit, for at least {for}.\n"
            "Look at the queue first: if it is full Kafka is slow, if it is empty the source or the connector is.",
        ),
        Alert(
            "DebeziumLagCritical",
            LIVE_LAG.above("critical"),
            severity="critical",
            panel="Lag Trend",
            summary="A Debezium connector lags more than {threshold} behind its source and misses its objective.",
            description="Connector {server} handles changes {value} after their commit, for at least {for}.\n"
            "Find out whether the lag still grows, and how much WAL or log the source keeps for the connector.",
        ),
        Alert(
            "DebeziumDisconnected",
            STREAMING_CONNECTED.is_at("critical"),
            severity="critical",
            panel="Connector Status",
            summary="A Debezium connector is not connected to its database.",
            description="Connector {server} has had no connection to its database for at least {for}, and no first "
            "snapshot runs.\n"
            "Check: is the database up and reachable from the Connect worker, what does the worker's log say?",
        ),
        Alert(
            "DebeziumQueueSaturation",
            STREAMING_QUEUE_USED.above("warning"),
            severity="warning",
            panel="Queue Utilization",
            summary="The internal queue of a Debezium connector is more than {threshold} full.",
            description="The queue of connector {server} is {value} full, for at least {for}. When it is full the "
            "reader waits: nothing is dropped, but lag grows.\n"
            "Check the latency of the Kafka brokers first.",
        ),
    ],
)

heartbeat = RuleGroup(
    "debezium_production_heartbeat",
    file="debezium-production.yml",
    interval="30s",
    thresholds=OPERATIONS,
    # Aurora's have HeartbeatGap, in alerts/aurora.py.
    where=_OTHER_CONNECTORS | {"server": not_matching("aurora.*")},
    labels={"component": "cdc", "team": Configured("team")},
    dashboard="debezium-alerts",
    rules=[
        Alert(
            "DebeziumHeartbeatMissing",
            STALENESS.above("warning"),
            severity="warning",
            heartbeat_table=True,
            summary="The heartbeat rows of a Debezium connector have not come for more than {threshold}.",
            description="Connector {server} handled its last event {value} ago and still calls itself connected, "
            "although a heartbeat table that it captures is written to.\n"
            "Check: does the database answer, is the heartbeat row written, is the replication slot in use, what does "
            "the worker's log say?",
        ),
    ],
)

operations = RuleGroup(
    "debezium_production_operations",
    file="debezium-production.yml",
    interval="30s",
    thresholds=OPERATIONS,
    where=_OTHER_CONNECTORS,
    labels={"component": "cdc", "team": Configured("team")},
    dashboard="debezium-alerts",
    rules=[
        Alert(
            "DebeziumWritesNotDelivered",
            STALENESS.when(SOURCE_IS_WRITTEN_TO).named("writes_undelivered").above("undelivered"),
            severity="info",
            heartbeat_table=False,
            summary="A database is written to, and its Debezium connector has handled no event for {threshold}.",
            description="Connector {server} handled its last event {value} ago, while its database wrote more than 1 "
            "MiB of WAL in ten minutes. Either the tables that it captures are idle, or it hangs: without a heartbeat "
            "table nobody can tell.\n"
            "Action: give it one (heartbeat.action.query into a captured table) and declare it in "
            "[tool.dashlib.connectors].",
        ),
        Alert(
            "DebeziumLagAfterReconnect",
            LAG.when(EVENTS_ARRIVE, RECONNECTED_TEN_MINUTES_AGO).named("lag_after_reconnect").above("warning"),
            severity="warning",
            runbook="failover",
            summary="A Debezium connector is still more than {threshold} behind ten minutes after a reconnect.",
            description="Connector {server} has been connected again for ten minutes and still lags {value}. After a "
            "failover two to five minutes are usual.\n"
            "Check: does the queue fill, does the lag shrink at all, does the source still have what the connector "
            "needs?",
        ),
    ],
)
