"""The threshold sets: the course's lessons, which disagree, and a strict and a relaxed one; a user declares more.

`CONNECT`, `PRODUCTION` and `MYSQL` are what three of the lessons say. `OPERATIONS` holds what no lesson says and every
connector needs. `STRICT` and `RELAXED` have all the levels that connectors are judged by: for those that people wait
for, and for those that may lag. `[tool.dashlib.overrides]` names a set for a single connector.
"""

from dashlib.debezium.aurora import BINLOG_REPLICA_LAG, CHANGE_LOG_BYTES_USED, OLDEST_SLOT_LAG
from dashlib.debezium.connectors import (
    CONNECTED,
    DISCONNECTS,
    ERRONEOUS_EVENTS,
    GTID_MODE,
    LAG,
    LAG_TREND,
    QUEUE_BYTES_USED,
    QUEUE_USED,
    SCHEMA_HISTORY_NOT_RUNNING,
    SINCE_LAST_EVENT,
    SKIPPED_EVENTS,
    SNAPSHOT_ABORTED,
    SNAPSHOT_RUNNING,
    TASK_RESTARTS,
)
from dashlib.debezium.databases import (
    BINLOG_FILES_LEFT,
    BINLOG_RETENTION_USED,
    SLOT_ACTIVE,
    SLOT_LOST,
    SLOT_UNRESERVED,
    SLOT_WAL,
)
from dashlib.debezium.kafka_connect import (
    CONNECTORS_PAUSED,
    EXPORTER_UP,
    KAFKA_LOST,
    OFFSET_COMMITS_FAILING,
    RECORDS_SKIPPED,
    TASKS_FAILED,
    TASKS_NOT_RUNNING,
    WORKER_UP,
)
from dashlib.debezium.postgres import SLOT_TIME_LEFT
from dashlib.debezium.snapshots import GLOBAL_LOCK_HELD
from dashlib.declare.thresholds import Level, Step, ThresholdSet

_QUEUE_DISPLAY = [Step(QUEUE_USED, 50, "yellow"), Step(QUEUE_USED, 75, "orange"), Step(QUEUE_USED, 90, "red")]
_GIBIBYTE = 1024**3

CONNECT = ThresholdSet(
    "connect",
    display=[Step(LAG, 5, "yellow"), Step(LAG, 30, "red")],
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

BINLOG = ThresholdSet(
    "binlog",
    levels=[
        Level(LAG, "warning", above=60, for_="5m"),
        Level(LAG, "retention", above=432_000, for_="1h"),
        Level(GTID_MODE, "lost", equals=0, for_="1m"),
        Level(SKIPPED_EVENTS, "warning", above=0, for_="1m"),
        Level(BINLOG_RETENTION_USED, "warning", above=50, for_="15m"),
        Level(BINLOG_FILES_LEFT, "critical", below=3, for_="5m"),
    ],
)

OPERATIONS = ThresholdSet(
    "operations",
    levels=[
        Level(LAG, "warning", above=5, for_="2m"),
        Level(LAG_TREND, "warning", above=5, for_="10m"),
        Level(SINCE_LAST_EVENT, "warning", above=60, for_="2m"),
        Level(SINCE_LAST_EVENT, "undelivered", above=600, for_="10m"),
        Level(QUEUE_BYTES_USED, "warning", above=90, for_="5m"),
        Level(ERRONEOUS_EVENTS, "warning", above=0, for_="1m"),
        Level(DISCONNECTS, "warning", above=3, for_="1m"),
        Level(TASK_RESTARTS, "warning", above=3, for_="1m"),
        Level(SNAPSHOT_ABORTED, "warning", equals=1, for_="1m"),
        Level(SNAPSHOT_RUNNING, "stalled", equals=1, for_="20m"),
        Level(SNAPSHOT_RUNNING, "restarted", equals=1, for_="2m"),
        Level(GLOBAL_LOCK_HELD, "critical", equals=1, for_="5m"),
        Level(SCHEMA_HISTORY_NOT_RUNNING, "warning", equals=1, for_="15m"),
    ],
)

KAFKA_CONNECT = ThresholdSet(
    "kafka_connect",
    levels=[
        Level(TASKS_FAILED, "critical", above=0, for_="1m"),
        Level(TASKS_NOT_RUNNING, "warning", above=0, for_="10m"),
        Level(CONNECTORS_PAUSED, "info", above=0, for_="5m"),
        Level(WORKER_UP, "warning", equals=0, for_="3m"),
        Level(EXPORTER_UP, "warning", equals=0, for_="5m"),
        Level(KAFKA_LOST, "critical", above=0, for_="2m"),
        Level(OFFSET_COMMITS_FAILING, "warning", above=10, for_="10m"),
        Level(RECORDS_SKIPPED, "warning", above=0, for_="1m"),
    ],
)

POSTGRES = ThresholdSet(
    "postgres",
    levels=[
        Level(SLOT_WAL, "warning", above=_GIBIBYTE, for_="30m"),
        Level(SLOT_WAL, "in_use", above=5 * _GIBIBYTE, for_="15m", color="red"),
        Level(SLOT_ACTIVE, "warning", equals=0, for_="30m"),
        Level(SLOT_LOST, "critical", equals=1, for_="5m"),
        Level(SLOT_UNRESERVED, "critical", equals=1, for_="1m"),
        Level(SLOT_TIME_LEFT, "critical", below=3600, for_="10m"),
    ],
)

AURORA = ThresholdSet(
    "aurora",
    levels=[
        Level(SINCE_LAST_EVENT, "warning", above=30, for_="1m"),
        Level(OLDEST_SLOT_LAG, "critical", above=_GIBIBYTE, for_="5m"),
        Level(CHANGE_LOG_BYTES_USED, "warning", above=80_000_000_000, for_="10m"),
    ],
)

STRICT = ThresholdSet(
    "strict",
    levels=[
        Level(LAG, "warning", above=2, for_="2m"),
        Level(LAG, "critical", above=10, for_="3m"),
        Level(LAG_TREND, "warning", above=2, for_="5m"),
        Level(CONNECTED, "critical", equals=0, for_="1m"),
        Level(SINCE_LAST_EVENT, "warning", above=60, for_="1m"),
        Level(QUEUE_USED, "warning", above=75, for_="3m"),
        Level(QUEUE_BYTES_USED, "warning", above=75, for_="3m"),
    ],
)

RELAXED = ThresholdSet(
    "relaxed",
    levels=[
        Level(LAG, "warning", above=300, for_="10m"),
        Level(LAG, "critical", above=1800, for_="15m"),
        Level(LAG_TREND, "warning", above=30, for_="30m"),
        Level(CONNECTED, "critical", equals=0, for_="5m"),
        Level(SINCE_LAST_EVENT, "warning", above=300, for_="10m"),
        Level(QUEUE_USED, "warning", above=95, for_="15m"),
        Level(QUEUE_BYTES_USED, "warning", above=95, for_="15m"),
    ],
)
