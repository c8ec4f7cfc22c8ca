"""Alerts on MySQL and MariaDB connectors, with the levels of the course's MySQL lesson."""

from dashlib import Alert, RuleGroup, one_of
from dashlib.debezium.aurora import BINLOG_REPLICA_LAG
from dashlib.debezium.connectors import CONNECTED, GTID_MODE, LAG, QUEUE_USED, SINCE_LAST_EVENT
from dashlib.debezium.thresholds import MYSQL

mysql = RuleGroup(
    "debezium_mysql_cdc",
    file="debezium-mysql.yml",
    interval="30s",
    thresholds=MYSQL,
    where={"plugin": one_of("mysql", "mariadb")},
    dashboard="debezium-mysql",
    rules=[
        Alert(
            "DebeziumHighBinlogLag",
            LAG.above("warning"),
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
            LAG.above("critical"),
            severity="critical",
            labels={"component": "debezium", "database": "mysql"},
            summary="A Debezium MySQL connector lags more than {threshold} behind its source.",
            description="Connector {server} handles changes {value} after their commit, for at least {for}.\n"
            "Immediate action: find out whether the lag still grows, and compare it with how long the server keeps "
            "its binlogs: a connector whose binlog is purged needs a new snapshot.",
        ),
        Alert(
            "DebeziumConnectorDisconnected",
            CONNECTED.is_at("critical"),
            severity="critical",
            labels={"component": "debezium"},
            summary="A Debezium MySQL connector is not connected to its database.",
            description="Connector {server} has had no connection to its database for at least {for}. It does not tell "
            "a first snapshot from a lost connection.\n"
            "Check: is the database up and reachable from the Connect worker, is the user's password still right, "
            "does a snapshot run, what does the task's trace say?",
        ),
        Alert(
            "DebeziumNoRecentEvents",
            SINCE_LAST_EVENT.above("warning"),
            severity="warning",
            labels={"component": "debezium"},
            summary="A Debezium MySQL connector has handled no event for more than {threshold}.",
            description="Connector {server} handled its last event {value} ago. A healthy MySQL or MariaDB connector "
            "gets a binlog heartbeat about every 48 seconds, even when nothing is written.\n"
            "Check: connection to the database, the queue (a full one stops the reader), the task's state.",
        ),
        Alert(
            "DebeziumQueueHighUtilization",
            QUEUE_USED.above("warning"),
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
            GTID_MODE.is_at("critical"),
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
            labels={"component": "aurora", "database": "mysql"},
            panel="MilliSecondsBehindSource",
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
            labels={"component": "aurora"},
            panel="MilliSecondsBehindSource",
            summary="The binlog replication of an Aurora cluster lags more than {threshold} behind.",
            description="Aurora cluster {dbcluster_identifier} is {value} behind its binlog source, for at "
            "least {for}.\n"
            "Investigate at once: the replica may be broken, and the source's binlogs are kept for a limited time.",
        ),
    ],
)
