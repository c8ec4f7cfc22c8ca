"""What several dashboards have alike: variables, marks, and the links from a row of a table to the dashboards below."""

from typing import Final

from dashlib import (
    DataLink,
    annotation,
    dashboard_links,
    data_link,
    datasource_variable,
    label_variable,
    link,
    worst_variable,
)
from dashlib.debezium.connectors import LAG_NOW, QUEUE_USED_NOW, ROWS_RATE_NOW, SINCE_LAST_EVENT_NOW
from dashlib.debezium.events import CONNECT_REBALANCED, CONNECTOR_RESTARTED, SNAPSHOT_BEGAN, SNAPSHOT_ENDED
from dashlib.debezium.states import CONNECTOR_STATE

REFRESH_INTERVALS: Final = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h"]
# Widths of a table's column with the state.
STATE: Final = {"State": 116}

DATASOURCE: Final = datasource_variable()
CLUSTER: Final = label_variable("job", "Connect cluster", label="job", metric="Connected")
CONNECTOR: Final = label_variable("connector", "Connector", label="server", metric="Connected")
WORST: Final = worst_variable(
    "worst",
    label="server",
    also="connector",
    lowest=[CONNECTOR_STATE],
    highest=[LAG_NOW, QUEUE_USED_NOW, SINCE_LAST_EVENT_NOW, ROWS_RATE_NOW],
)

PROMETHEUS: Final = link("Prometheus", "http://localhost:9090", tooltip="Open Prometheus UI")
FLEET: Final = link("Fleet", "/d/debezium-fleet", keep_variables=True, new_tab=False)
ALL_CONNECTORS: Final = link("All connectors", "/d/debezium-production", keep_variables=True, new_tab=False)
SNAPSHOTS: Final = link("Snapshots", "/d/debezium-snapshots", keep_variables=True, new_tab=False)
DASHBOARDS: Final = dashboard_links("Debezium dashboards", tag="debezium")

RESTARTS: Final = annotation("Restarts", CONNECTOR_RESTARTED, title="Began anew", color="orange")
REBALANCED: Final = annotation("Rebalances", CONNECT_REBALANCED, title="Rebalance", text="{{job}}", color="yellow")
SNAPSHOT_BEGINS: Final = annotation("Snapshot begins", SNAPSHOT_BEGAN, title="Snapshot begins", color="blue")
SNAPSHOT_ENDS: Final = annotation("Snapshot ends", SNAPSHOT_ENDED, title="Snapshot ends", color="green")

QUEUE_USED_TEXT: Final = (
    "How full the connector's internal queue is, percent of max.queue.size. Red: Kafka, or the network to it, takes "
    "records more slowly than the database gives them; look at the brokers first. The reader waits, nothing is lost."
)


def of_connector(title: str, uid: str, column: str = "Connector") -> DataLink:
    """Return a link from a row of a table to a dashboard with the row's connector chosen, at the same time.

    Args:
        title: of the link.
        uid: of the dashboard.
        column: of the table, which says what that dashboard calls the connector.
    """
    return data_link(
        title,
        f'/d/{uid}?var-connector=${{__data.fields["{column}"]}}'
        "&var-DS_PROMETHEUS=${DS_PROMETHEUS}&var-job=${job}&${__url_time_range}",
    )


OVER_TIME: Final = of_connector("Lag, throughput and queue over time", "debezium-production")
IN_KAFKA_CONNECT: Final = of_connector("What Kafka Connect says of it", "debezium-connect", "In Kafka Connect")
