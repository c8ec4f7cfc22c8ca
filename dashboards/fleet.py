"""Debezium Fleet: the landing page. How all connectors are, and which of them need somebody, from one to 10,000."""

from dashboards._shared import ALL_CONNECTORS, DASHBOARDS, DATASOURCE, REBALANCED
from dashlib import (
    Dashboard,
    Panel,
    Row,
    Signal,
    data_link,
    label_variable,
    link,
    override,
    stat,
    state_timeline,
    table,
    timeseries,
    value_mapping,
    worst_variable,
)
from dashlib.debezium.alerts import ALERT_STATE
from dashlib.debezium.connectors import LAG_NOW, QUEUE_USED_NOW, SINCE_LAST_EVENT_NOW
from dashlib.debezium.fleet import (
    CONNECTED_LEAST,
    CONNECTED_WITHIN_RANGE,
    CONNECTORS_BY_STATE,
    CONNECTORS_KNOWN,
    FIRING_ALERTS,
    FLEET,
    FLEET_ERRORS,
    FLEET_LAG_MEDIAN,
    FLEET_LAG_P95,
    FLEET_LAG_WORST,
    FLEET_ROWS_RATE,
    FLEET_ROWS_RATE_BY_KIND,
    FLEET_SNAPSHOTS,
    FLEET_WORKERS,
    REBALANCES_WITHIN_AN_HOUR,
)
from dashlib.debezium.postgres import SLOT_WAL_OF_CONNECTOR
from dashlib.debezium.snapshots import SNAPSHOT_TIME_LEFT
from dashlib.debezium.states import CONNECTOR_STATE, STATES
from dashlib.debezium.thresholds import PRODUCTION

_HERE = "var-DS_PROMETHEUS=${DS_PROMETHEUS}&${__url_time_range}"
_CONNECTOR = 'var-connector=${__data.fields["Connector"]}&var-job=${__data.fields["Connect cluster"]}&' + _HERE
_OF_CONNECTOR = [
    data_link("Lag, throughput and queue", f"/d/debezium-production?{_CONNECTOR}"),
    data_link("MySQL and MariaDB: position", f"/d/debezium-mysql?{_CONNECTOR}"),
    data_link("PostgreSQL: slot and heartbeat", f"/d/debezium-postgres?{_CONNECTOR}"),
    data_link("Snapshots", f"/d/debezium-snapshots?{_CONNECTOR}"),
]
_OF_CLUSTER = [
    data_link(
        "Its workers and tasks", f'/d/debezium-connect?var-job=${{__data.fields["Connect cluster"]}}&{_HERE}',
    ),
]  # fmt: skip
_NONE = "No connector is known: none ran within this time range, or Prometheus does not scrape Kafka Connect"


def _worst(signal: Signal, title: str, column: str, *, about: str, no_value: str) -> Panel:
    """Return the table of the twenty connectors with the highest values, each with links to the dashboards below."""
    return table(
        signal,
        title,
        columns={"server": "Connector", signal: column, "job": "Connect cluster"},
        order={column: "descending", "Connector": "ascending"},
        most=20,
        widths={column: 96, "Connect cluster": 120},
        links={"Connector": _OF_CONNECTOR, "Connect cluster": _OF_CLUSTER},
        description=about,
        no_value=no_value,
    )


fleet = Dashboard(
    uid="debezium-fleet",
    title="Debezium Fleet",
    description="All connectors on one screen: how many are in which state, and the worst by lag, silence, queue, WAL "
    "and errors. Each leads to its own dashboard.",
    tags=["debezium", "cdc", "fleet"],
    refresh="30s",
    tooltip="shared crosshair",
    thresholds=PRODUCTION,
    variables=[
        DATASOURCE,
        label_variable(
            "job",
            "Connect cluster",
            label="job",
            metric="Connected",
            fallback="worker_connector_count",
        ),
        # What the tables and the timeline list is among these, so that each of them asks for no more.
        worst_variable(
            "worst",
            label="server",
            also="connector",
            lowest=[CONNECTOR_STATE, CONNECTED_WITHIN_RANGE],
            highest=[
                LAG_NOW,
                SINCE_LAST_EVENT_NOW,
                QUEUE_USED_NOW,
                SLOT_WAL_OF_CONNECTOR,
                FLEET_ERRORS,
                SNAPSHOT_TIME_LEFT,
            ],
        ),
    ],
    links=[
        ALL_CONNECTORS,
        link("Kafka Connect", "/d/debezium-connect", keep_variables=True, new_tab=False),
        link("Alerts", "/d/debezium-alerts", keep_variables=True, new_tab=False),
        DASHBOARDS,
    ],
    annotations=[REBALANCED],
    rows=[
        Row(
            [
                stat(CONNECTORS_KNOWN, no_value="No connector is known", width=3),
                stat(FLEET_ROWS_RATE, no_value="–", width=6),
                stat(FLEET_SNAPSHOTS, no_value="–", width=4),
                stat(FIRING_ALERTS, thresholds=FLEET, width=4),
                stat(FLEET_WORKERS, no_value="No worker answers", width=3),
                stat(REBALANCES_WITHIN_AN_HOUR, no_value="–", thresholds=FLEET, width=4),
            ],
            height=3,
        ),
        Row(
            "Who needs somebody",
            [
                table(
                    CONNECTORS_BY_STATE,
                    columns={"state": "State", CONNECTORS_BY_STATE: "Connectors"},
                    order={"State": "ascending"},
                    cells={"Connectors": "plain"},
                    overrides=[
                        override(
                            name="State",
                            mappings=[value_mapping({each.value: (each.text, each.color) for each in STATES})],
                            custom__cellOptions={"type": "color-background", "mode": "basic"},
                        )
                    ],
                    no_value=_NONE,
                    width=6,
                ),
                table(
                    CONNECTOR_STATE,
                    "Worst Connectors",
                    columns={CONNECTOR_STATE: "State", "server": "Connector", "job": "Connect cluster"},
                    order={"State": "ascending", "Connector": "ascending"},
                    most=20,
                    rest="server",
                    widths={"State": 116},
                    links={"Connector": _OF_CONNECTOR, "Connect cluster": _OF_CLUSTER},
                    no_value=_NONE,
                    width=9,
                ),
                table(
                    ALERT_STATE,
                    "Alerts",
                    columns={ALERT_STATE: "State", "alertname": "Alert", "subject": "What"},
                    order={"State": "ascending", "Alert": "ascending"},
                    most=20,
                    widths={"State": 90},
                    links={"Alert": [data_link("What it means", f"/d/debezium-alerts?{_HERE}")]},
                    no_value="Nothing fires",
                    width=9,
                ),
            ],
            height=8,
        ),
        Row(
            "The worst twenty",
            [
                _worst(
                    LAG_NOW,
                    "Lag",
                    "Lag",
                    about="How long after the source's commit the last event was handled. No value where nothing is "
                    "delivered: the states above have those. Red: look at its queue. Full: Kafka is slow. Empty: the "
                    "source or the connector is.",
                    no_value="No connected connector has handled an event",
                ),
                _worst(
                    SINCE_LAST_EVENT_NOW,
                    "Time Since Last Event",
                    "Last event",
                    about="Who has heard nothing for longest. Minutes are normal where a source is idle and has no "
                    "heartbeat table; MySQL and MariaDB are never silent for more than a minute.",
                    no_value="No running connector has handled an event",
                ),
                _worst(
                    QUEUE_USED_NOW,
                    "Queue",
                    "Used",
                    about="How full the connectors' queues are. Several that are full at once: Kafka, or the network "
                    "to it. One: its transformations, or its topic.",
                    no_value="No running connector",
                ),
            ],
            height=6,
        ),
        Row(
            [
                table(
                    SLOT_WAL_OF_CONNECTOR,
                    "WAL Kept",
                    columns={"server": "Connector", SLOT_WAL_OF_CONNECTOR: "WAL", "slot_name": "Slot"},
                    order={"WAL": "descending", "Connector": "ascending"},
                    most=20,
                    widths={"WAL": 96, "Slot": 120},
                    links={
                        "Connector": [
                            data_link(
                                "PostgreSQL: slot and heartbeat",
                                f'/d/debezium-postgres?var-connector=${{__data.fields["Connector"]}}&{_HERE}',
                            )
                        ]
                    },
                    description="WAL that a PostgreSQL server keeps for a connector's slot. It fills the server's "
                    "disk. The connector's PostgreSQL dashboard says how fast.",
                    no_value="No slot is known: there is none, or no postgres_exporter",
                ),
                _worst(
                    FLEET_ERRORS,
                    "Errors within an Hour",
                    "Errors",
                    about=FLEET_ERRORS.description,
                    no_value="No event failed within an hour",
                ),
                _worst(
                    SNAPSHOT_TIME_LEFT,
                    "Snapshots Under Way",
                    "Left",
                    about=SNAPSHOT_TIME_LEFT.description,
                    no_value="No snapshot runs that has finished a table",
                ),
            ],
            height=6,
        ),
        Row(
            "Over time",
            [
                timeseries(
                    [FLEET_LAG_MEDIAN, FLEET_LAG_P95, FLEET_LAG_WORST],
                    "Lag of All Connectors",
                    description="In every Connect cluster half of the connectors, and 95 of 100, lag no more than "
                    "this; and the worst of all. A worst that climbs alone is one connector; a median that climbs is "
                    "what a cluster shares: Kafka, the workers, the network.",
                    legend_calculations=["max", "lastNotNull"],
                    no_value="No connector has handled an event",
                    # Where nothing is recorded both quantiles ask for the lag of each connector at every point.
                    min_interval="1m",
                    width=8,
                ),
                timeseries(
                    FLEET_ROWS_RATE_BY_KIND,
                    stacked=True,
                    fill=30,
                    legend_calculations=["mean", "lastNotNull"],
                    no_value="No connector is known",
                    min_interval="30s",
                    width=8,
                ),
                state_timeline(CONNECTED_LEAST, width=8),
            ],
            height=8,
        ),
    ],
)
