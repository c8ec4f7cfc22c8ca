"""The dashboard of the alerts: what fires now, and for each alert its own expression with its level."""

from alerts.aurora import aurora_cdc, enhanced_binlog
from alerts.connect import connect
from alerts.connectors import connectors
from alerts.mysql import binlog, mysql
from alerts.postgres import replication_slots
from alerts.production import heartbeat, operations, production
from dashlib import (
    Dashboard,
    Row,
    Signal,
    State,
    alert_row,
    datasource_variable,
    label_variable,
    link,
    table,
    timeseries,
)
from dashlib.debezium.aurora import CHANGE_LOG_READS, CHANGE_LOG_WRITES

FIRING = Signal(
    "firing",
    "Firing Now",
    expression="max by (alertname, severity, job, server, connector, instance, slot_name) "
    '(ALERTS{alertstate="firing", signal!=""})',
    unit="none",
    states=[State(1, "Firing", "red")],
    legend="{{alertname}} {{server}}",
    description="The alerts of dashlib's rules that fire now, with what they are about.",
    absent="Nothing fires.",
)

alerts = Dashboard(
    uid="debezium-alerts",
    title="Debezium Alerts",
    description="What fires now and, a row a rule group, what each alert compares with which level.",
    tags=["debezium", "cdc", "alerts"],
    refresh="30s",
    time_from="now-6h",
    variables=[
        datasource_variable(),
        label_variable("job", "Job", label="job", metric="up"),
    ],
    links=[link("Prometheus", "http://localhost:9090")],
    rows=[
        Row(
            "Now",
            [
                table(
                    FIRING,
                    columns={
                        "alertname": "Alert",
                        "severity": "Severity",
                        "server": "Connector",
                        "connector": "Name in Kafka Connect",
                        "instance": "Target",
                        "slot_name": "Slot",
                        FIRING: "State",
                    },
                    no_value="Nothing fires",
                ),
            ],
            height=8,
        ),
        *(
            alert_row(group.name, [group])
            for group in (
                connect,
                connectors,
                production,
                heartbeat,
                operations,
                mysql,
                binlog,
                replication_slots,
                aurora_cdc,
                enhanced_binlog,
            )
        ),
        Row(
            "Aurora Enhanced Binlog",
            [timeseries(CHANGE_LOG_READS), timeseries(CHANGE_LOG_WRITES)],
            collapsed=True,
        ),
    ],
)
