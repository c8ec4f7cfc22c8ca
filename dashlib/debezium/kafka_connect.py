"""Signals of Kafka Connect: what its workers say about connectors and tasks.

Kafka Connect's own metrics carry the connector's name (`connector`), Debezium's the topic prefix (`server`).
"""

from dashlib.declare.signals import Guard, Signal, State

_TASKS_ARE_NOT_COUNTED = (
    "group by (job) (worker_connector_count) unless on (job) last_over_time((sum by (job) (worker_task_count))[50m:1m])"
)
# What is looked back at is recorded apart: a range of what was recorded costs less than to compute it again.
_WORKER_TASKS = {"worker_tasks": "sum by (job) (worker_task_count)"}

TASK_COUNT = Signal(
    "task_count",
    "Task Count",
    expression="count(connector_task_status)",
    fallback="sum(worker_connector_total_task_count)",
    unit="none",
    legend="Tasks",
    color="blue",
    description="Tasks that the workers know, in whatever state.",
    absent="No worker has a task.",
    runbook="connection",
)

RECORDS_POLLED = Signal(
    "records_polled",
    "Total Records Polled",
    expression="sum(increase(source_task_source_record_poll_total[$__range]))",
    unit="short",
    legend="Total Records",
    decimals=0,
    description="Records that source tasks took from their connectors in the time range of the dashboard. The counters "
    "themselves start at 0 with every restart of a task.",
    absent="No source task is running.",
    runbook="staleness",
)

RECORDS_POLLED_RATE = Signal(
    "records_polled_rate",
    "Records Polled Rate",
    expression="sum by (job, connector) (rate(source_task_source_record_poll_total[$__rate_interval]))",
    unit="suffix:records/s",
    decimals=1,
    legend="{{connector}}",
    minimum=0,
    description="Records per second that source tasks took from their connectors, all tasks of a connector together.",
    absent="The connector has no running task.",
    runbook="staleness",
)

ACTIVE_RECORDS = Signal(
    "active_records",
    "Active Records in Buffer",
    expression="sum by (job, connector) (source_task_source_record_active_count)",
    unit="short",
    legend="{{connector}}",
    minimum=0,
    description="Records taken from the connector and not yet confirmed by Kafka. A number that stays high says that "
    "Kafka takes records slowly.",
    absent="The connector has no running task.",
    runbook="queue",
)

POLL_BATCH_TIME = Signal(
    "poll_batch_time",
    "Poll Batch Average Time",
    expression="max by (job, connector) (source_task_poll_batch_avg_time_ms)",
    unit="s",
    legend="{{connector}}",
    minimum=0,
    description="How long a task takes on average to get a batch from its connector; includes waiting for changes on "
    "an idle source.",
    absent="The connector has no running task, or it has not polled yet.",
    runbook="queue",
)

TASKS_FAILED = Signal(
    "tasks_failed",
    "Failed Tasks",
    expression='count by (job, connector) (connector_task_status{status="failed"} or '
    'connector_status{status="failed"})',
    fallback="sum by (job, connector) (worker_connector_failed_task_count)",
    population="group by (job, connector) (connector_status)",
    unit="short",
    minimum=0,
    legend="{{connector}}",
    description="Tasks of the connector that Kafka Connect reports as FAILED, and the connector itself. A failed task "
    "takes Debezium's own metrics with it and does not come back by itself.",
    absent="No task has failed.",
    runbook="task-failed",
)

TASKS_NOT_RUNNING = Signal(
    "tasks_not_running",
    "Tasks Not Running",
    expression="sum by (job, connector) (worker_connector_total_task_count - worker_connector_running_task_count"
    " - worker_connector_failed_task_count - worker_connector_paused_task_count)"
    ' or (count by (job, connector) (connector_status{status="running"}) unless on (job, connector) '
    "connector_task_status)",
    fallback="sum by (job, connector) (worker_connector_total_task_count - worker_connector_running_task_count"
    " - worker_connector_failed_task_count - worker_connector_paused_task_count)",
    unit="short",
    minimum=0,
    legend="{{connector}}",
    description="Tasks that the connector has and that neither run nor are paused or failed; and a connector that runs "
    "without any task.",
    absent="No worker knows the connector.",
    runbook="tasks-missing",
)

CONNECTORS_PAUSED = Signal(
    "connectors_paused",
    "Paused Connectors",
    expression='count by (job, connector) (connector_status{status=~"paused|stopped"})',
    fallback="count by (job, connector) (worker_connector_paused_task_count > 0)",
    population=(
        "group by (job, connector) (connector_status)",
        "group by (job, connector) (worker_connector_paused_task_count)",
    ),
    unit="short",
    minimum=0,
    legend="{{connector}}",
    description="Connectors that somebody paused or stopped. Debezium's own metrics look healthy while a connector is "
    "paused: its reader goes on until the queue is full.",
    absent="No connector is paused or stopped.",
    runbook="paused",
)

WORKERS = Signal(
    "workers",
    "Workers",
    expression="count by (job) (worker_connector_count)",
    unit="short",
    minimum=0,
    legend="{{job}}",
    description="Kafka Connect workers that answer to Prometheus.",
    absent="No worker answers, or Prometheus has lost sight of all of them.",
    runbook="worker",
)

WORKER_UP = Signal(
    "worker_up",
    "Worker Answers",
    expression="min by (job, instance) (up) and on (job) group by (job) (last_over_time(worker_connector_count[1d]))",
    unit="none",
    legend="{{instance}}",
    states=[State(0, "Down", "red"), State(1, "Up", "green")],
    description="Whether Prometheus gets an answer from the worker.",
    absent="Prometheus does not know the worker.",
    runbook="worker",
    parts={"has_workers": "group by (job) (worker_connector_count)"},
)

EXPORTER_UP = Signal(
    "exporter_up",
    "Exporter Answers",
    expression="min by (job, instance, server) (up) and on (job) "
    "(group by (job) (last_over_time(pg_up[1d])) or group by (job) (last_over_time(mysql_up[1d]))"
    " or group by (job) (last_over_time(aws_rds_aurora_binlog_replica_lag_average[1d]))"
    " or group by (job) (last_over_time(aws_rds_oldest_replication_slot_lag_average[1d]))"
    " or group by (job) (last_over_time(aws_rds_change_log_bytes_used_average[1d])))",
    unit="none",
    legend="{{instance}}",
    states=[State(0, "Down", "red"), State(1, "Up", "green")],
    description="Whether Prometheus gets an answer from postgres_exporter, mysqld_exporter or the exporter of "
    "CloudWatch, which the rules about replication slots, binlogs and Aurora need.",
    absent="Prometheus does not know the exporter.",
    runbook="exporter",
    parts={"has_servers": "group by (job) (pg_up)", "has_mysql_servers": "group by (job) (mysql_up)"},
)

# No rebalance took the connectors from a cluster: it had some after the last one was over.
HAD_CONNECTORS_SINCE_REBALANCE = (
    "(max_over_time((timestamp(sum by (job) (worker_connector_count) > 0))[1h:30s]) > on (job) "
    "time() - min by (job) (worker_rebalance_time_since_last_rebalance_ms) + 30)"
)

KAFKA_LOST = Signal(
    "kafka_lost",
    "Workers Without Kafka",
    expression="count by (job) (worker_connector_count == 0) "
    f"and on (job) {HAD_CONNECTORS_SINCE_REBALANCE} and on (job) sum by (job) (worker_connector_count) == 0",
    population="group by (job) (worker_connector_count)",
    unit="short",
    minimum=0,
    legend="{{job}}",
    description="Workers that gave all their connectors up without a rebalance: they have lost Kafka. Their "
    "connectors' metrics vanish, and none of them is failed.",
    absent="The workers reach Kafka.",
    runbook="kafka",
)

OFFSET_COMMITS_FAILING = Signal(
    "offset_commits_failing",
    "Failing Offset Commits",
    expression="100 * max by (job, connector) (connector_task_offset_commit_failure_percentage)",
    unit="percent",
    minimum=0,
    maximum=100,
    legend="{{connector}}",
    description="How many of the task's last offset commits failed. What is not committed is delivered again after a "
    "restart.",
    absent="There is no running task.",
    runbook="offset-commits",
)

RECORDS_SKIPPED = Signal(
    "records_skipped",
    "Records Skipped by Kafka Connect",
    expression="sum by (job, connector) (increase(task_error_total_records_skipped[$__rate_interval]))",
    unit="short",
    minimum=0,
    legend="{{connector}}",
    description="Records that Kafka Connect dropped because of errors in a transformation or converter "
    "(errors.tolerance=all).",
    absent="There is no running task.",
    runbook="lost-events",
)

CONNECTOR_IS_PAUSED = Guard(
    "the connector is paused",
    expression='group by (job, connector) (connector_task_status{status="paused"})',
    fallback="max by (job, connector) (worker_connector_paused_task_count) > 0",
    if_missing="so that it also fires for a connector that was paused while the alert had reason to fire",
    on=["job", "connector"],
)

# Whether Kafka Connect runs a connector is known by its name. A connector whose Debezium metrics do not carry it
# (no custom.metric.tags) is judged by its whole cluster: more connectors have vanished than failed, stopped, deleted or
# moving tasks explain.
CONNECT_RUNS_IT = Guard(
    "Kafka Connect runs it",
    expression='group by (job, connector) (connector_task_status{status="running"})'
    " or group by (job) (count by (job) ("
    'last_over_time((group by (job, plugin, server) (QueueTotalCapacity{context="streaming", connector=""}))[50m:1m])'
    ' unless group by (job, plugin, server) (QueueTotalCapacity{context="streaming", connector=""}))'
    " > on (job) max_over_time((sum by (job) (worker_task_count))[50m:1m]) - sum by (job) (worker_task_count)"
    ' + on (job) (count by (job) (connector_task_status{status="failed"}) or 0 * sum by (job) (worker_task_count)))',
    fallback="group by (job, connector) (worker_connector_running_task_count > 0)"
    " or group by (job) (count by (job) ("
    'last_over_time((group by (job, plugin, server) (QueueTotalCapacity{context="streaming", connector=""}))[50m:1m])'
    ' unless group by (job, plugin, server) (QueueTotalCapacity{context="streaming", connector=""}))'
    " > on (job) max_over_time((sum by (job) (worker_task_count))[50m:1m]) - sum by (job) (worker_task_count)"
    " + on (job) (sum by (job) (worker_connector_failed_task_count) or 0 * sum by (job) (worker_task_count)))",
    on=["job", "connector"],
    parts={
        **_WORKER_TASKS,
        "unnamed_metrics_present": "group by (job, plugin, server) "
        '(QueueTotalCapacity{context="streaming", connector=""})',
    },
)

# The same of a connector that Kafka Connect does not know any more: without its name, none of the cluster's tasks is
# missing, or some connector of it was stopped on purpose, or nothing counts the tasks.
CONNECT_KNOWS_IT = Guard(
    "Kafka Connect knows it",
    expression="group by (job, connector) (connector_status)"
    " or group by (job) (max_over_time((sum by (job) (worker_task_count))[50m:1m]) == on (job) "
    'sum by (job) (worker_task_count)) or group by (job) (connector_status{status="stopped"})'
    f" or {_TASKS_ARE_NOT_COUNTED}",
    fallback="group by (job, connector) (worker_connector_total_task_count)"
    " or group by (job) (max_over_time((sum by (job) (worker_task_count))[50m:1m]) == on (job) "
    f"sum by (job) (worker_task_count)) or {_TASKS_ARE_NOT_COUNTED}",
    on=["job", "connector"],
    parts=_WORKER_TASKS,
)

# Where nothing tells of connectors at all, none of them is gone because of that.
CONNECT_LISTS_CONNECTORS = Guard(
    "Kafka Connect says which connectors it has",
    recorded_as="lists_connectors",
    expression="group by (job) (last_over_time(connector_status[1h]))",
    fallback="group by (job) (last_over_time(worker_connector_total_task_count[1h]))",
    on=["job"],
    parts={
        "has_connectors": "group by (job) (connector_status)",
        "has_connector_tasks": "group by (job) (worker_connector_total_task_count)",
    },
)

CONNECT_IS_UP = Guard("a worker answers", expression="group by (job) (worker_connector_count)", on=["job"])

NOTHING_REACHES_KAFKA = Guard(
    "Kafka is lost",
    expression=KAFKA_LOST.expression,
    if_missing="so that what a connector reads is still shown while Kafka is lost",
    on=["job"],
)

KAFKA_IS_LOST = Guard("Kafka is lost", expression=KAFKA_LOST.expression, on=["job"])
