"""Alerts that tell clusters apart, with a guard, an absence and many connectors that have a level of their own."""

from dashlib import Alert, Guard, Level, RuleGroup, Signal, ThresholdSet

LAG = Signal(
    "lag",
    "Lag",
    expression='max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    drops_unknown=True,
    description="Lag.",
)
SILENCE = Signal(
    "silence",
    "Silence",
    expression='max by (job, plugin, server) (MilliSecondsSinceLastEvent{context="streaming"})',
    unit="s",
    drops_unknown=True,
    description="Silence.",
)
PRESENT = Signal(
    "present",
    "Present",
    expression='group by (job, plugin, server) (QueueTotalCapacity{context="streaming"})',
    unit="none",
    description="Present.",
)
ERRORS = Signal(
    "errors",
    "Errors",
    expression="sum by (job, plugin, server) "
    '(increase(NumberOfErroneousEvents{context="streaming"}[$__rate_interval]))',
    unit="short",
    description="Errors.",
)
UPDATES = Signal(
    "updates",
    "Updates",
    expression="sum by (job, plugin, server) "
    '(TotalNumberOfUpdateEventsSeen{context="streaming"} + TotalNumberOfDeleteEventsSeen{context="streaming"})',
    unit="short",
    description="Two counters.",
)
FILTERED = Guard(
    "events are filtered",
    expression="sum by (job, plugin, server) "
    '(increase(NumberOfEventsFiltered{context="streaming"}[$__rate_interval])) > 0',
)
SNAPSHOT = Guard(
    "a snapshot runs",
    expression='max by (job, plugin, server) (SnapshotRunning{context="snapshot"}) == 1',
)
ANSWERS = Guard("a worker answers", expression="group by (job) (worker_connector_count)", on=["job"])
LEVELS = ThresholdSet(
    "of_clusters",
    [
        Level(LAG, "warning", above=60, for_="2m"),
        Level(SILENCE, "warning", above=60, for_="2m"),
        Level(ERRORS, "warning", above=2, for_="1m"),
        Level(UPDATES, "warning", above=20, for_="1m"),
    ],
)

of_clusters = RuleGroup(
    "of_clusters",
    file="of-clusters.yml",
    thresholds=LEVELS,
    rules=[
        Alert(
            "LagOfCluster",
            LAG.above("warning"),
            severity="warning",
            summary="A connector lags.",
            description="{server} of {job}: {value}.",
        ),
        Alert(
            "SilentInCluster",
            SILENCE.unless(SNAPSHOT).above("warning"),
            severity="warning",
            summary="A connector is silent.",
            description="{server} of {job}: {value}.",
        ),
        Alert(
            "ErrorsNow",
            ERRORS.above("warning"),
            severity="warning",
            summary="Events fail.",
            description="{server} of {job}: {value}.",
        ),
        Alert(
            "ManyUpdates",
            UPDATES.unless(FILTERED).increases_above("warning", within="20m"),
            severity="info",
            summary="Many rows change.",
            description="{server} of {job}: {value} within {within}.",
        ),
        Alert(
            "GoneFromCluster",
            PRESENT.when(ANSWERS).is_absent(within="30m", for_="1m"),
            severity="critical",
            summary="A connector is gone.",
            description="{server} of {job}.",
        ),
    ],
)

of_one_cluster = RuleGroup(
    "of_one_cluster",
    file="of-clusters.yml",
    thresholds=LEVELS,
    where={"cluster": "eu"},
    rules=[
        Alert(
            "SilentInOneCluster",
            SILENCE.unless(SNAPSHOT).named("silence_in_one").above("warning"),
            severity="warning",
            summary="A connector of one cluster is silent.",
            description="{server} of {job}: {value}.",
        ),
    ],
)
