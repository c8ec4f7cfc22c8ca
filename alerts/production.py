"""Alerts on all other connectors, with the levels of the course's operations lesson.

MySQL and MariaDB connectors have a group of their own, so that nobody is paged twice for one thing.
"""

from dashlib import Alert, Configured, RuleGroup, none_of
from dashlib.debezium.connectors import CONNECTED, LAG, QUEUE_USED
from dashlib.debezium.thresholds import PRODUCTION

_OWNER: dict[str, str | Configured] = {"component": "cdc", "team": Configured("team")}

production = RuleGroup(
    "debezium_production",
    file="debezium-production.yml",
    interval="30s",
    thresholds=PRODUCTION,
    where={"plugin": none_of("mysql", "mariadb")},
    dashboard="debezium-production",
    rules=[
        Alert(
            "DebeziumLagWarning",
            LAG.above("warning"),
            severity="warning",
            panel="Lag Trend",
            labels=_OWNER,
            summary="A Debezium connector lags more than {threshold} behind its source.",
            description="Connector {server} handles changes {value} after their commit, for at least {for}.\n"
            "Look at the queue first: if it is full Kafka is slow, if it is empty the source or the connector is.",
        ),
        Alert(
            "DebeziumLagCritical",
            LAG.above("critical"),
            severity="critical",
            panel="Lag Trend",
            labels=_OWNER,
            summary="A Debezium connector lags more than {threshold} behind its source and misses its objective.",
            description="Connector {server} handles changes {value} after their commit, for at least {for}.\n"
            "Find out whether the lag still grows, and how much WAL or log the source keeps for the connector.",
        ),
        Alert(
            "DebeziumDisconnected",
            CONNECTED.is_at("critical"),
            severity="critical",
            labels=_OWNER,
            summary="A Debezium connector is not connected to its database.",
            description="Connector {server} has had no connection to its database for at least {for}. It does not tell "
            "a first snapshot from a lost connection.\n"
            "Check: is the database up and reachable from the Connect worker, does a snapshot run, what does the "
            "task's trace say?",
        ),
        Alert(
            "DebeziumQueueSaturation",
            QUEUE_USED.above("warning"),
            severity="warning",
            panel="Queue Utilization",
            labels=_OWNER,
            summary="The internal queue of a Debezium connector is more than {threshold} full.",
            description="The queue of connector {server} is {value} full, for at least {for}. When it is full the "
            "reader waits: nothing is dropped, but lag grows.\n"
            "Check the latency of the Kafka brokers first.",
        ),
    ],
)
