"""Signals of Kafka Connect's workers, for those who run them: load, rebalances, errors, offset commits, memory."""

from dashlib.declare.signals import Signal

TASKS_BY_STATE = Signal(
    "tasks_by_state",
    "Tasks by State",
    expression="count by (job, status) (connector_task_status)",
    unit="none",
    decimals=0,
    minimum=0,
    legend="{{status}}",
    description="Tasks of all connectors, by the state that Kafka Connect reports: running, failed, paused, "
    "unassigned, restarting, destroyed.",
    absent="No worker has a task.",
    runbook="task-failed",
)

RECORD_ERRORS_RATE = Signal(
    "record_errors_rate",
    "Errors",
    expression="sum by (job, connector) (rate(task_error_total_record_errors[$__rate_interval]))",
    unit="suffix:records/s",
    decimals=2,
    minimum=0,
    legend="{{connector}} errors",
    description="Records per second in which a transformation or converter failed, retries included.",
    absent="There is no running task.",
    runbook="lost-events",
)

DEAD_LETTERS_RATE = Signal(
    "dead_letters_rate",
    "Dead Letters",
    expression="sum by (job, connector) (rate(task_error_deadletterqueue_produce_requests[$__rate_interval]))",
    unit="suffix:records/s",
    decimals=2,
    minimum=0,
    legend="{{connector}} dead letters",
    description="Records per second that sink tasks wrote to their dead letter queue. Source connectors, which "
    "Debezium's are, have none: there what fails is skipped or stops the task.",
    absent="There is no running task.",
    runbook="lost-events",
)

OFFSET_COMMIT_TIME = Signal(
    "offset_commit_time",
    "Offset Commit Time",
    expression="max by (job, connector) (connector_task_offset_commit_avg_time_ms)",
    unit="s",
    minimum=0,
    drops_unknown=True,
    legend="{{connector}}",
    description="How long a task takes on average to commit its offsets to Kafka. Seconds say that the brokers, or the "
    "topic of offsets, are slow.",
    absent="There is no running task, or none has committed yet.",
    runbook="offset-commits",
)

REBALANCES = Signal(
    "rebalances",
    "Rebalances",
    expression="max by (job) (increase(worker_rebalance_completed_rebalances_total[$__rate_interval]))",
    unit="none",
    decimals=0,
    minimum=0,
    legend="{{job}}",
    description="How often the workers shared their connectors out anew. Each stops and starts tasks; many in a row "
    "say that a worker comes and goes.",
    absent="No worker answers.",
    runbook="worker",
)

TASKS_ON_WORKER = Signal(
    "tasks_on_worker",
    "Tasks per Worker",
    expression="max by (job, instance) (worker_task_count)",
    unit="none",
    decimals=0,
    minimum=0,
    legend="{{instance}}",
    description="Tasks that each worker runs. They are shared out evenly by number, not by load.",
    absent="No worker answers.",
    runbook="worker",
)

RECORDS_ON_WORKER = Signal(
    "records_on_worker",
    "Records per Worker",
    expression="sum by (job, instance) (rate(source_task_source_record_poll_total[$__rate_interval]))",
    unit="suffix:records/s",
    decimals=1,
    minimum=0,
    legend="{{instance}}",
    description="Records per second that the source tasks of each worker took from their connectors.",
    absent="No source task is running.",
    runbook="worker",
)
