"""Alerts on MySQL and MariaDB connectors, with the levels of the course's MySQL lesson."""

from dashlib import Alert, Configured, RuleGroup, one_of
from dashlib.debezium.aurora import BINLOG_REPLICA_LAG
from dashlib.debezium.connectors import (
    EVENTS_ARRIVE,
    GTID_MODE,
    HAD_GTIDS,
    IS_CONNECTED,
    LAG,
    LIVE_LAG,
    RECONNECTED_TEN_MINUTES_AGO,
    SKIPPED_EVENTS,
    STALENESS,
    STREAMING_CONNECTED,
    STREAMING_GTID_MODE,
    STREAMING_QUEUE_USED,
)
from dashlib.debezium.databases import BINLOG_FILES_LEFT, BINLOG_RETENTION_USED, IS_FILES_BEHIND
from dashlib.debezium.thresholds import BINLOG, MYSQL

_BINLOG_CONNECTORS = {"plugin": one_of("mysql", "mariadb")}

mysql = RuleGroup(
    "debezium_mysql_cdc",
    file="debezium-mysql.yml",
    interval="30s",
    thresholds=MYSQL,
    where=_BINLOG_CONNECTORS,
    labels={"team": Configured("team")},
    dashboard="debezium-mysql",
    rules=[
        Alert(
            "DebeziumHighBinlogLag",
            LIVE_LAG.above("warning"),
            severity="warning",
            labels={"component": "debezium", "database": "mysql"},
            summary="A Debezium MySQL connector lags more than {threshold} behind its source.",
            description="Connector {server} handles changes {value} after their commit, for at least {for}.\n"
            "Possible causes: a large transaction or bulk change, a slow Kafka, a connector short of CPU or memory.\n"
            "Impact: consumers see old data. Nothing is lost while the binlog is kept.\n"
            "Action: look at the queue first; if it is full Kafka is slow, if it is empty the source or the connector "
            "is.",
        ),
        Alert(
            "DebeziumCriticalBinlogLag",
            LIVE_LAG.above("critical"),
            severity="critical",
            labels={"component": "debezium", "database": "mysql"},
            summary="A Debezium MySQL connector lags more than {threshold} behind its source.",
            description="Connector {server} handles changes {value} after their commit, for at least {for}.\n"
            "Immediate action: find out whether the lag still grows, and compare it with how long the server keeps "
            "its binlogs: a connector whose binlog is purged needs a new snapshot.",
        ),
        Alert(
            "DebeziumConnectorDisconnected",
            STREAMING_CONNECTED.is_at("critical"),
            severity="critical",
            panel="Connected Status",
            labels={"component": "debezium"},
            summary="A Debezium MySQL connector is not connected to its database.",
            description="Connector {server} has had no connection to its database for at least {for}, and no first "
            "snapshot runs. Its task stays RUNNING and tries again by itself about every minute.\n"
            "Check: is the database up and reachable from the Connect worker, is the user's password still right, "
            "what does the worker's log say?",
        ),
        Alert(
            "DebeziumNoRecentEvents",
            STALENESS.above("warning"),
            severity="warning",
            labels={"component": "debezium"},
            summary="A Debezium MySQL connector has handled no event for more than {threshold}.",
            description="Connector {server} handled its last event {value} ago and still calls itself connected. A "
            "healthy MySQL or MariaDB connector gets a binlog heartbeat about every 48 seconds, even when nothing is "
            "written.\n"
            "Check: does the database answer, is the network path open, is the queue full (then the reader waits)?",
        ),
        Alert(
            "DebeziumQueueHighUtilization",
            STREAMING_QUEUE_USED.above("warning"),
            severity="warning",
            panel="Queue Utilization Trend",
            labels={"component": "debezium"},
            summary="The internal queue of a Debezium MySQL connector is more than {threshold} full.",
            description="The queue of connector {server} is {value} full, for at least {for}. When it is full the "
            "reader waits: nothing is dropped, but lag grows.\n"
            "Check: latency and throttling of the Kafka brokers, the size of records, the connector's batch size.",
        ),
        Alert(
            "DebeziumGtidModeDisabled",
            STREAMING_GTID_MODE.is_at("critical"),
            severity="critical",
            labels={"component": "debezium"},
            summary="A Debezium MySQL connector does not track its position by GTID.",
            description="Connector {server} has read without GTIDs for at least {for}: after a failover it "
            "cannot find its position on the new server.\n"
            "Action: set gtid_mode=ON and enforce_gtid_consistency=ON on the server (MariaDB needs the MariaDB "
            "connector), before the next failover.",
        ),
        Alert(
            "AuroraBinlogLagHigh",
            BINLOG_REPLICA_LAG.above("warning"),
            severity="warning",
            dashboard="debezium-alerts",
            labels={"component": "aurora", "database": "mysql"},
            summary="The binlog replication of an Aurora cluster lags more than {threshold} behind.",
            description="Aurora cluster {dbcluster_identifier} is {value} behind its binlog source, for at "
            "least {for}.\n"
            "Impact: a connector on the replica delivers changes as late, whatever its own lag says.\n"
            "Check: write load on the source, long transactions, the replica's CPU and I/O.",
        ),
        Alert(
            "AuroraBinlogLagCritical",
            BINLOG_REPLICA_LAG.above("critical"),
            severity="critical",
            dashboard="debezium-alerts",
            labels={"component": "aurora"},
            summary="The binlog replication of an Aurora cluster lags more than {threshold} behind.",
            description="Aurora cluster {dbcluster_identifier} is {value} behind its binlog source, for at "
            "least {for}.\n"
            "Investigate at once: the replica may be broken, and the source's binlogs are kept for a limited time.",
        ),
    ],
)

binlog = RuleGroup(
    "debezium_mysql_binlog",
    file="debezium-mysql.yml",
    interval="30s",
    thresholds=BINLOG,
    where=_BINLOG_CONNECTORS,
    labels={"component": "debezium", "database": "mysql", "team": Configured("team")},
    dashboard="debezium-alerts",
    rules=[
        Alert(
            "DebeziumBinlogLagHigh",
            LAG.above("retention"),
            severity="warning",
            runbook="binlog-retention",
            summary="A Debezium MySQL connector lags more than {threshold} behind, near the usual binlog retention.",
            description="Connector {server} handles changes {value} after their commit, for at least {for}. Binlogs "
            "are often kept for seven days.\n"
            "Action: make the server keep its binlogs longer (binlog_expire_logs_seconds) before anything else, then "
            "find out why the connector is behind.",
        ),
        Alert(
            "DebeziumBinlogRetentionNear",
            BINLOG_RETENTION_USED.above("warning"),
            severity="warning",
            summary="A Debezium MySQL connector has used more than {threshold} of its server's binlog retention.",
            description="Connector {server} lags by {value} of the time that the server keeps its binlogs, for at "
            "least {for}. At 100 % it needs a new snapshot.\n"
            "Action: make the server keep its binlogs longer, then find out why the connector is behind.",
        ),
        Alert(
            "DebeziumBinlogPurgeNear",
            BINLOG_FILES_LEFT.when(IS_FILES_BEHIND).named("binlog_files_left_while_behind").below("critical"),
            severity="critical",
            summary="The binlog that a Debezium MySQL connector needs is about to be purged.",
            description="Fewer than {threshold} binlog files are left on the server before the one that connector "
            "{server} would go on from is purged, and the connector is behind.\n"
            "Immediate action: stop the purge (binlog_expire_logs_seconds, PURGE BINARY LOGS jobs, the disk that is "
            "full). Once the file is gone the connector needs a new snapshot.",
        ),
        Alert(
            "DebeziumEventsSkipped",
            SKIPPED_EVENTS.increases_above("warning", within="10m"),
            severity="warning",
            summary="A Debezium MySQL connector passed over binlog events that it could not read.",
            description="Connector {server} skipped {value} events within {within}: these changes reach no consumer.\n"
            "Check: event.processing.failure.handling.mode, the worker's log for the position of each, and compare "
            "the tables with their topics.",
        ),
        Alert(
            "DebeziumGtidModeLost",
            GTID_MODE.when(IS_CONNECTED, HAD_GTIDS).named("gtid_mode_after_reconnect").is_at("lost"),
            severity="critical",
            runbook="failover",
            summary="A Debezium MySQL connector lost its GTIDs across a reconnect.",
            description="Connector {server} tracked GTIDs within the last hour and is now connected to a server "
            "without them, for at least {for}: somebody failed over to a server whose gtid_mode is off.\n"
            "Action: do not fail over again, turn GTIDs on there, and compare the connector's offset with the "
            "server's executed set.",
        ),
        Alert(
            "DebeziumMySqlLagAfterReconnect",
            LAG.when(EVENTS_ARRIVE, RECONNECTED_TEN_MINUTES_AGO).named("lag_after_reconnect").above("warning"),
            severity="warning",
            runbook="failover",
            summary="A Debezium MySQL connector is still more than {threshold} behind ten minutes after a reconnect.",
            description="Connector {server} has been connected again for ten minutes and still lags {value}. After a "
            "failover two to five minutes are usual.\n"
            "Check: is the new server a writer with the load of the old one, does the queue fill, does the lag "
            "shrink at all?",
        ),
    ],
)
