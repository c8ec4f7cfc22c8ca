"""Signals of Kafka Connect: what its workers say about connectors and tasks.

Kafka Connect's own metrics carry the connector's name (`connector`), Debezium's the topic prefix (`server`).
"""

from dashlib.signals import Signal, State

CONNECTOR_STATUS = Signal(
    "connector_status",
    "Connector Status",
    expression='0 * group by (job, connector) (connector_task_status{status="failed"})'
    ' or 4 * group by (job, connector) (connector_task_status{status="unassigned"})'
    ' or 5 * group by (job, connector) (connector_task_status{status="restarting"})'
    ' or 2 * group by (job, connector) (connector_task_status{status="paused"})'
    ' or group by (job, connector) (connector_task_status{status="running"})'
    ' or 3 * group by (job, connector) (connector_status{status="stopped"})'
    ' or 2 * group by (job, connector) (connector_status{status="paused"})'
    ' or 0 * group by (job, connector) (connector_status{status="failed"})',
    unit="none",
    legend="{{connector}}",
    states=[
        State(0, "Failed", "red"),
        State(1, "Running", "green"),
        State(2, "Paused", "yellow"),
        State(3, "Stopped", "purple"),
        State(4, "Unassigned", "orange"),
        State(5, "Restarting", "blue"),
    ],
    description="The state of the connector's tasks, the worst first: a connector whose task has failed still calls "
    "itself running. Nothing is shown for a connector that no worker knows.",
    absent="The connector was deleted, its worker is down, or Kafka is not answering.",
    runbook="connection",
)

TASK_COUNT = Signal(
    "task_count",
    "Task Count",
    expression="count(connector_task_status)",
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
    unit="short",
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
