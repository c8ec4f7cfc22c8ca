"""Every alert, evaluated by Grafana: an alternative to Prometheus' rules, never beside them.

The course's four rules are on all connectors, with the lesson's titles and levels. The others are those of the
Prometheus groups, but for what the four say already. While Prometheus does not answer, all of them keep their last
state, and one rule says so. See docs/grafana-alerting.md.
"""

from alerts.aurora import aurora_cdc, enhanced_binlog
from alerts.connect import connect
from alerts.connectors import connectors
from alerts.mysql import binlog, mysql
from alerts.postgres import replication_slots
from alerts.production import heartbeat, operations, production
from dashlib import Configured, GrafanaRule, GrafanaRuleGroup, NoAnswerRule

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

prometheus = GrafanaRuleGroup(
    "prometheus",
    folder=_FOLDER,
    interval="30s",
    rules=[
        NoAnswerRule(
            "PrometheusNotAnswering",
            severity="critical",
            summary="Prometheus does not answer Grafana.",
            description="Grafana has had no answer from Prometheus for at least {for}. All other alerts stand still: "
            "what fired still fires, and nothing new is told.\n"
            "Check: does Prometheus run, does it hang, does Grafana reach the URL of its datasource?",
            labels={"component": "monitoring", "team": Configured("team")},
            runbook="prometheus",
        )
    ],
)
