"""What the alerts of every kind do not have: two levels, texts with every placeholder, records, overrides, offsets."""

from dashlib import (
    Alert,
    Configured,
    Guard,
    Level,
    Record,
    RuleGroup,
    Signal,
    State,
    ThresholdSet,
    not_matching,
    one_of,
)

LAG = Signal(
    "level_lag",
    "Lag",
    expression='max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    drops_unknown=True,
    description="Lag.",
    runbook="lag",
)
SILENCE = Signal(
    "silence",
    "Silence",
    expression='max by (job, plugin, server) (MilliSecondsSinceLastEvent{context="streaming"})',
    unit="s",
    drops_unknown=True,
    description="Time since the last event.",
)
SILENT_TABLES = Signal(
    "silence_of_tables",
    "Silence of heartbeat tables",
    expression='max by (server) (MilliSecondsSinceLastEvent{context="streaming", heartbeat_table="20s"})',
    unit="s",
    description="Time since the last event of connectors whose heartbeat table is written every 20 seconds at least.",
)
EVENTS = Signal(
    "events",
    "Events",
    expression='sum by (job, plugin, server) (rate(TotalNumberOfCreateEventsSeen{context="streaming"}[5m]))',
    unit="short",
    description="Creates in a second.",
)
ERRORS = Signal(
    "errors",
    "Errors",
    expression="sum by (job, plugin, server) "
    '(increase(NumberOfErroneousEvents{context="streaming"}[$__rate_interval]))',
    unit="short",
    description="Errors.",
)
BYTES = Signal(
    "queue_bytes",
    "Queue in bytes",
    expression='max by (job, plugin, server) (CurrentQueueSizeInBytes{context="streaming"})',
    unit="bytes",
    description="Bytes in the queue.",
)
RATIO = Signal(
    "silence_in_lags",
    "Silence in lags",
    expression="max by (job, plugin, server) "
    '(MilliSecondsSinceLastEvent{context="streaming"} / MilliSecondsBehindSource{context="streaming"})',
    unit="none",
    drops_unknown=True,
    description="Time since the last event, in lags.",
)
COMMITS = Signal(
    "commits",
    "Failing commits",
    expression="100 * max by (job, connector) (connector_task_offset_commit_failure_percentage)",
    unit="percent",
    description="Failing commits.",
)
ABORTED = Signal(
    "snapshot_aborted",
    "Aborted",
    expression='max by (server) (SnapshotAborted{context="snapshot"})',
    unit="none",
    states=[State(0, "No", "green"), State(1, "Aborted", "red")],
    description="The snapshot was aborted: short enough that the alert asks for it itself.",
)

SNAPSHOT = Guard(
    "a snapshot runs",
    expression='max by (job, plugin, server) (SnapshotRunning{context="snapshot"}) == 1',
)
CONNECTED_BEFORE = Guard(
    "it was connected ten minutes ago",
    expression='min by (job, plugin, server) (Connected{context="streaming"} offset 10m) == 1',
)
FRESH = Guard(
    "its last event is not old",
    expression='max by (job, plugin, server) (MilliSecondsSinceLastEvent{context="streaming"}) < 600',
    drops_unknown=True,
)
LAGGED = Guard(
    "it lagged within ten minutes",
    expression='max by (job, plugin, server) (max_over_time(MilliSecondsBehindSource{context="streaming"}[10m])) > 60',
)

LEVELS = ThresholdSet(
    "every_way",
    [
        Level(LAG, "warning", above=60, for_="5m"),
        Level(LAG, "critical", above=300, for_="5m"),
        Level(SILENCE, "warning", above=90, for_="2m"),
        Level(SILENT_TABLES, "warning", above=120, for_="1m"),
        Level(EVENTS, "warning", above=50, for_="3m"),
        Level(ERRORS, "warning", above=2, for_="2m"),
        Level(BYTES, "warning", above=1024, for_="2m"),
        Level(RATIO, "warning", above=3, for_="2m"),
        Level(ABORTED, "critical", equals=1, for_="2m"),
        Level(COMMITS, "warning", above=10, for_="4m"),
    ],
)
RELAXED = ThresholdSet("every_relaxed", [Level(EVENTS, "warning", above=80, for_="6m")])
OTHER_LEVELS = ThresholdSet("every_other_way", [Level(LAG, "critical", above=500, for_="3m")])
_TEXT = "{server} of {job}: {value}, more than {threshold}, for {for}."

recorded = RuleGroup(
    "recorded",
    file="every-way.yml",
    thresholds=RELAXED,
    where={"plugin": one_of("mysql", "mariadb")},
    rules=[
        Record("server:level_lag_seconds:max", LAG),
        Record("server:silence_seconds:max", SILENCE),
        Record("server:snapshot_running:max", SNAPSHOT),
    ],
)

every_way = RuleGroup(
    "every_way",
    file="every-way.yml",
    interval="15s",
    thresholds=LEVELS,
    where={"plugin": one_of("mysql", "mariadb"), "server": not_matching("test-.*")},
    labels={"component": "cdc", "team": Configured("team")},
    rules=[
        Alert(
            "LevelSlow",
            LAG.unless(SNAPSHOT).above("warning"),
            severity="warning",
            labels={"tier": "two"},
            summary="A connector lags more than {threshold} behind.",
            description=_TEXT,
        ),
        Alert(
            "LevelVerySlow",
            LAG.when(CONNECTED_BEFORE, FRESH).above("critical"),
            severity="critical",
            summary="A connector lags more than {threshold} behind.",
            description="{server} ({plugin}) of {job}: {value}.",
        ),
        Alert(
            "Silent",
            SILENCE.above("warning"),
            severity="info",
            heartbeat_table=True,
            summary="Silent for more than {threshold}.",
            description=_TEXT,
        ),
        Alert(
            "SilentWithoutTable",
            SILENCE.unless(SNAPSHOT).above("warning"),
            severity="info",
            heartbeat_table=False,
            summary="Silent for more than {threshold}.",
            description=_TEXT,
        ),
        Alert(
            "SilentTables",
            SILENT_TABLES.above("warning"),
            severity="info",
            summary="A heartbeat table is silent for more than {threshold}.",
            description="{server}: {value}.",
        ),
        Alert(
            "ManyEvents",
            EVENTS.above("warning"),
            severity="info",
            summary="More than {threshold} creates in a second.",
            description=_TEXT,
        ),
        Alert(
            "ManyErrors",
            ERRORS.increases_above("warning", within="10m"),
            severity="warning",
            summary="More than {threshold} errors within {within}.",
            description="{server}: {value} errors within {within}, for {for}.",
        ),
        Alert(
            "ManyBytes",
            BYTES.when(LAGGED).above("warning"),
            severity="warning",
            summary="More than {threshold} in the queue.",
            description=_TEXT,
        ),
        Alert(
            "SilentForLags",
            RATIO.above("warning"),
            severity="warning",
            summary="Silent for more than {threshold} lags.",
            description=_TEXT,
        ),
        Alert(
            "SnapshotAborted",
            ABORTED.is_at("critical"),
            severity="critical",
            summary="A snapshot was aborted.",
            description="{server}: {value}, for {for}.",
        ),
        Alert(
            "CommitsFail",
            COMMITS.above("warning"),
            severity="warning",
            summary="More than {threshold} of the commits fail.",
            description="{connector} of {job}: {value}, for {for}.",
        ),
        Alert(
            "CriticallySlow",
            LAG.above("critical"),
            severity="critical",
            thresholds=OTHER_LEVELS,
            summary="A connector lags more than {threshold} behind.",
            description=_TEXT,
        ),
    ],
)
