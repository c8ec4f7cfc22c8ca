"""Signals of snapshots: first, blocking and incremental ones. What Debezium counts is in `docs/signals.md`."""

from dashlib.debezium.connectors import FIRST_SNAPSHOT_RUNS, SNAPSHOT_HOLDS_STREAMING
from dashlib.declare.signals import Signal, State

_BY_SERVER = "job, plugin, server, connector"
_RUNS = f'max by ({_BY_SERVER}) (SnapshotRunning{{context="snapshot"}}) == 1'
_LEFT = f'max by ({_BY_SERVER}) (RemainingTableCount{{context="snapshot"}})'
_ALL = f'max by ({_BY_SERVER}) (TotalTableCount{{context="snapshot"}})'

SNAPSHOT_TABLES_LEFT = Signal(
    "snapshot_tables_left",
    "Tables Left",
    expression=f"{_LEFT} and on ({_BY_SERVER}) {_RUNS}",
    unit="none",
    decimals=0,
    minimum=0,
    description="Tables that the running snapshot has yet to read. Where signal.data.collection is set its table is "
    "counted and never read, so that 1 remains.",
    absent="No snapshot runs.",
    runbook="snapshot",
)

SNAPSHOT_DURATION = Signal(
    "snapshot_duration",
    "Running For",
    expression=f'max by ({_BY_SERVER}) (SnapshotDurationInSeconds{{context="snapshot"}}) and on ({_BY_SERVER}) {_RUNS}',
    unit="s",
    minimum=0,
    description="For how long the snapshot has run, pauses included.",
    absent="No snapshot runs.",
    runbook="snapshot",
)

SNAPSHOT_TIME_LEFT = Signal(
    "snapshot_time_left",
    "Estimated Time Left",
    expression=f'max by ({_BY_SERVER}) (SnapshotDurationInSeconds{{context="snapshot"}}) * {_LEFT}'
    f" / ({_ALL} - {_LEFT} > 0) and on ({_BY_SERVER}) {_RUNS}",
    unit="s",
    minimum=0,
    description="How long the running snapshot still takes if each table left takes as long as those done took on "
    "average. Tables differ, so read it with the rows by table. No value until a first table is done.",
    absent="No snapshot runs, or it has not finished a table.",
    runbook="snapshot",
)

FIRST, BLOCKING, INCREMENTAL = range(3)
_RUNNING = 'SnapshotRunning{context="snapshot"} == 1'
_KINDS = {
    FIRST: f"{_RUNNING} and on (job, plugin, server) {FIRST_SNAPSHOT_RUNS.expression}",
    BLOCKING: f"{_RUNNING} and on (job, plugin, server) ({SNAPSHOT_HOLDS_STREAMING.expression})",
    INCREMENTAL: _RUNNING,
}

SNAPSHOT_KIND = Signal(
    "snapshot_kind",
    "Snapshot",
    expression=" or ".join(f"{kind} * group by ({_BY_SERVER}) ({held})" for kind, held in _KINDS.items()),
    unit="none",
    states=[
        State(FIRST, "First", "blue"),
        State(BLOCKING, "Blocking", "orange"),
        State(INCREMENTAL, "Incremental", "green"),
    ],
    description="Which snapshot runs. First: nothing was streamed yet. Blocking: streaming waits for it. Incremental: "
    "it streams meanwhile. Told by whether events arrive, because Debezium does not say it.",
    absent="No snapshot runs.",
    runbook="snapshot",
)

SNAPSHOT_PAUSED = Signal(
    "snapshot_paused",
    "Snapshot Paused",
    expression=f'max by ({_BY_SERVER}) (SnapshotPaused{{context="snapshot"}}) and on ({_BY_SERVER}) {_RUNS}',
    unit="none",
    states=[State(0, "No", "green"), State(1, "Paused", "purple")],
    description="Whether somebody paused the running snapshot by signal. It goes on by signal only.",
    absent="No snapshot runs.",
    runbook="snapshot",
)

GLOBAL_LOCK_HELD = Signal(
    "global_lock_held",
    "Global Lock",
    expression=f'max by ({_BY_SERVER}) (HoldingGlobalLock{{context="snapshot"}})',
    unit="none",
    states=[State(0, "Free", "green"), State(1, "Held", "orange")],
    description="Whether a MySQL or MariaDB connector holds the global read lock. While it does nothing can be written "
    "to the database: that should take seconds, while it reads the schemas.",
    absent="There is no running MySQL or MariaDB task.",
    runbook="snapshot",
)

SNAPSHOT_CHUNKS_DONE = Signal(
    "snapshot_chunks_done",
    "Chunks Done",
    expression='100 * max by (job, plugin, server, table) (TableChunksCompletedCounts{context="snapshot"})'
    ' / (max by (job, plugin, server, table) (TableChunkCounts{context="snapshot"}) > 0)',
    unit="percent",
    minimum=0,
    maximum=100,
    legend="{{server}} - {{table}}",
    description="How much of each table the snapshot has read, percent of its chunks. Only where Debezium 3.5 or newer "
    "reads tables in chunks by several threads (snapshot.max.threads above 1); an incremental snapshot's chunks are "
    "not counted.",
    absent="No snapshot is read in chunks by several threads, or the connector does not count them.",
    runbook="snapshot",
)

SNAPSHOT_TABLE_ROWS_RATE = Signal(
    "snapshot_table_rows_rate",
    "Rows/sec by Table",
    expression='sum by (job, plugin, server, table) (deriv(RowsScanned{context="snapshot"}[$__rate_interval]) >= 0)',
    unit="suffix:rows/s",
    decimals=0,
    minimum=0,
    legend="{{server}} - {{table}}",
    description="Rows per second that a snapshot reads, by table. Tables are read one after the other, unless "
    "snapshot.max.threads is above 1.",
    absent="This run of the task has taken no snapshot.",
    runbook="snapshot",
)

SCHEMA_CHANGES_RECOVERED = Signal(
    "schema_changes_recovered",
    "Recovered",
    expression=f'sum by ({_BY_SERVER}) (rate(ChangesRecovered{{context="schema-history"}}[$__rate_interval]))',
    unit="suffix:changes/s",
    decimals=1,
    minimum=0,
    legend="{{server}} recovered",
    description="Schema changes per second that a starting task reads back from its schema history. It streams nothing "
    "until it has read them all.",
    absent="The connector has no schema history (PostgreSQL has none), or there is no running task.",
    runbook="schema-history",
)

SCHEMA_CHANGES_APPLIED = Signal(
    "schema_changes_applied",
    "Applied",
    expression=f'sum by ({_BY_SERVER}) (rate(ChangesApplied{{context="schema-history"}}[$__rate_interval]))',
    unit="suffix:changes/s",
    decimals=1,
    minimum=0,
    legend="{{server}} applied",
    description="Schema changes per second that the task applies, those it recovers included.",
    absent="The connector has no schema history (PostgreSQL has none), or there is no running task.",
    runbook="schema-history",
)
