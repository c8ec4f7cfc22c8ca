"""Alerts on Amazon Aurora: the course's `aurora-cdc` rules in a form that can fire, and the enhanced binlog.

HeartbeatGap covers connectors whose topic prefix begins with `aurora` and that capture a heartbeat table: after a
failover of Aurora half a minute without a row of it tells more than the minute that other connectors have.
"""

from dashlib import Alert, Configured, RuleGroup, matching, none_of
from dashlib.debezium.aurora import CHANGE_LOG_BYTES_USED, OLDEST_SLOT_LAG
from dashlib.debezium.connectors import STALENESS
from dashlib.debezium.thresholds import AURORA

aurora_cdc = RuleGroup(
    "aurora-cdc-alerts",
    file="aurora-cdc.yml",
    interval="30s",
    thresholds=AURORA,
    where={"plugin": none_of("mysql", "mariadb"), "server": matching("aurora.*")},
    labels={"component": "aurora", "team": Configured("team")},
    dashboard="debezium-alerts",
    rules=[
        Alert(
            "HeartbeatGap",
            STALENESS.above("warning"),
            severity="warning",
            heartbeat_table=True,
            runbook="failover",
            summary="No heartbeat row of an Aurora connector has come for more than {threshold}.",
            description="Connector {server} handled its last event {value} ago. It captures a heartbeat table "
            "that is written to every few seconds.\n"
            "Check: was there a failover, does the connector reach the new writer, is its replication slot there?",
        ),
        Alert(
            "ReplicationSlotLag",
            OLDEST_SLOT_LAG.above("critical"),
            severity="critical",
            summary="A replication slot of Aurora keeps more than {threshold} of WAL.",
            description="The slot furthest behind on Aurora instance {dbinstance_identifier} keeps {value} of WAL, for "
            "at least {for}.\n"
            "Action: find its connector and let it catch up, or drop the slot if its connector is gone for good.",
        ),
    ],
)

enhanced_binlog = RuleGroup(
    "aurora_enhanced_binlog",
    file="aurora-cdc.yml",
    interval="30s",
    thresholds=AURORA,
    labels={"component": "aurora", "team": Configured("team")},
    dashboard="debezium-alerts",
    rules=[
        Alert(
            "AuroraBinlogStorageHigh",
            CHANGE_LOG_BYTES_USED.above("warning"),
            severity="warning",
            summary="The enhanced binlog of an Aurora cluster uses more than {threshold}.",
            description="The enhanced binlog of cluster {dbcluster_identifier} uses {value}, for at least {for}.\n"
            "Check: is the retention longer than needed, is a connector behind that keeps it from being purged?",
        ),
    ],
)
