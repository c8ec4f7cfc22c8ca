"""The threshold sets of the course's lessons, which disagree: each has a name, and a user declares more."""

from dashlib.debezium.aurora import BINLOG_REPLICA_LAG
from dashlib.debezium.connectors import CONNECTED, GTID_MODE, LAG, QUEUE_USED, SINCE_LAST_EVENT
from dashlib.signals import Level, Step, ThresholdSet

_QUEUE_DISPLAY = [Step(QUEUE_USED, 50, "yellow"), Step(QUEUE_USED, 75, "orange"), Step(QUEUE_USED, 90, "red")]

CONNECT = ThresholdSet(
    "connect",
    display=[Step(LAG, 5, "yellow"), Step(LAG, 10, "red")],
)

PRODUCTION = ThresholdSet(
    "production",
    levels=[
        Level(LAG, "warning", above=5, for_="2m"),
        Level(LAG, "critical", above=30, for_="5m"),
        Level(CONNECTED, "critical", equals=0, for_="1m"),
        Level(QUEUE_USED, "warning", above=90, for_="5m", color="red"),
    ],
    display=_QUEUE_DISPLAY,
)

MYSQL = ThresholdSet(
    "mysql",
    levels=[
        Level(LAG, "warning", above=60, for_="5m", color="semi-dark-red"),
        Level(LAG, "critical", above=300, for_="5m", color="dark-red"),
        Level(CONNECTED, "critical", equals=0, for_="2m"),
        Level(GTID_MODE, "critical", equals=0, for_="5m"),
        Level(SINCE_LAST_EVENT, "warning", above=60, for_="2m", color="red"),
        Level(QUEUE_USED, "warning", above=80, for_="5m", color="dark-orange"),
        Level(BINLOG_REPLICA_LAG, "warning", above=300, for_="5m"),
        Level(BINLOG_REPLICA_LAG, "critical", above=600, for_="10m"),
    ],
    display=[
        Step(LAG, 5, "yellow"),
        Step(LAG, 30, "red"),
        Step(SINCE_LAST_EVENT, 10, "yellow"),
        *_QUEUE_DISPLAY,
    ],
)
