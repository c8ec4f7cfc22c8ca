"""Every alert, evaluated by Grafana: an alternative to Prometheus' rules, never beside them.

The course's four rules are on all connectors, with the lesson's titles and levels. The others are those of the
Prometheus groups, but for what the four say already. See docs/grafana-alerting.md.
"""

from alerts.aurora import aurora_cdc, enhanced_binlog
from alerts.connect import connect
from alerts.connectors import connectors
from alerts.mysql import binlog, mysql
from alerts.postgres import replication_slots
from alerts.production import heartbeat, operations, production
from dashlib import GrafanaRule, GrafanaRuleGroup

_FOLDER = "Debezium"

debezium_alerts = GrafanaRuleGroup(
    "debezium-alerts",
    folder=_FOLDER,
    interval="1m",
    where={},
    rules=[
        GrafanaRule("CDC Lag Warning", production, "DebeziumLagWarning"),
        GrafanaRule("CDC Lag Critical", production, "DebeziumLagCritical"),
        GrafanaRule("Connector Disconnected", production, "DebeziumDisconnected"),
        GrafanaRule("Queue Saturation", production, "DebeziumQueueSaturation"),
    ],
)

debezium_connectors = GrafanaRuleGroup("debezium-connectors", folder=_FOLDER, interval="30s", rules=[connectors])

kafka_connect = GrafanaRuleGroup("kafka-connect", folder=_FOLDER, interval="30s", rules=[connect])

sources = GrafanaRuleGroup(
    "sources",
    folder=_FOLDER,
    interval="30s",
    rules=[
        heartbeat,
        operations,
        GrafanaRule("DebeziumNoRecentEvents", mysql, "DebeziumNoRecentEvents"),
        GrafanaRule("DebeziumGtidModeDisabled", mysql, "DebeziumGtidModeDisabled"),
        binlog,
        replication_slots,
        aurora_cdc,
        enhanced_binlog,
        GrafanaRule("AuroraBinlogLagHigh", mysql, "AuroraBinlogLagHigh"),
        GrafanaRule("AuroraBinlogLagCritical", mysql, "AuroraBinlogLagCritical"),
    ],
)
