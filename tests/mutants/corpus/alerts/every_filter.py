"""Filters that cannot stand behind what is recorded, and filters by a label that only some connectors set."""

from dashlib import Alert, Guard, Level, RuleGroup, Signal, State, ThresholdSet, one_of

STUCK = Signal(
    "stuck",
    "Stuck",
    expression='max by (job, server) (SnapshotPaused{context="snapshot"})',
    unit="none",
    states=[State(0, "No", "green"), State(1, "Stuck", "red")],
    description="The kind of connector, by which its group chooses, is no more in it.",
)
ANSWERS = Guard("a worker answers", expression="group by (job) (worker_connector_count)", on=["job"])
RUNS = Guard(
    "its snapshot runs",
    expression='max by (job, server) (SnapshotRunning{context="snapshot"}) == 1',
    on=["job", "server"],
)
BEHIND = Signal(
    "behind",
    "Behind",
    expression='max by (job, server, connector) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    drops_unknown=True,
    description="Of connectors that set a label of their own, and of those that do not.",
)
AGE = Signal(
    "age",
    "Age",
    expression='max by (job, server, connector) (MilliSecondsSinceLastEvent{context="streaming"})',
    unit="s",
    drops_unknown=True,
    description="Likewise, and short enough that the alert asks for it itself.",
)
LEVELS = ThresholdSet(
    "filtered",
    [
        Level(STUCK, "critical", equals=1, for_="2m"),
        Level(BEHIND, "warning", above=60, for_="2m"),
        Level(AGE, "warning", above=60, for_="2m"),
    ],
)

of_kinds = RuleGroup(
    "of_kinds",
    file="every-filter.yml",
    thresholds=LEVELS,
    where={"plugin": one_of("mysql", "mariadb")},
    rules=[
        Alert(
            "SnapshotStuck",
            STUCK.when(ANSWERS).is_at("critical"),
            severity="critical",
            summary="A snapshot is stuck.",
            description="{server}, for {for}.",
        ),
    ],
)

of_connectors = RuleGroup(
    "of_connectors",
    file="every-filter.yml",
    thresholds=LEVELS,
    where={"connector": one_of("orders", "invoices")},
    rules=[
        Alert(
            "BehindOfSome",
            BEHIND.when(RUNS).above("warning"),
            severity="warning",
            summary="Some connectors lag.",
            description="{server}: {value}.",
        ),
        Alert(
            "AgeOfSome",
            AGE.above("warning"),
            severity="warning",
            summary="Some connectors are silent.",
            description="{server}: {value}.",
        ),
    ],
)
