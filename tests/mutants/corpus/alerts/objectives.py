"""Objectives: what is recorded of their time or events, the averages, and the alerts on their budgets."""

from dashlib import Guard, Level, Objective, RuleGroup, Signal, ThresholdSet

DELAY = Signal(
    "delay",
    "Delay",
    expression='max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    drops_unknown=True,
    description="Delay.",
    runbook="lag",
)
PAUSED = Guard(
    "its snapshot is paused",
    expression='max by (job, plugin, server) (SnapshotPaused{context="snapshot"}) == 1',
)

SEEN = Signal(
    "events_seen",
    "Events",
    expression='sum by (job, server) (TotalNumberOfEventsSeen{context="streaming"})',
    unit="short",
    description="All events.",
)
CREATED = Signal(
    "creations",
    "Creations",
    expression='sum by (job, server) (TotalNumberOfCreateEventsSeen{context="streaming"})',
    unit="short",
    description="Those that are good.",
)

objectives = RuleGroup(
    "objectives",
    file="objectives.yml",
    thresholds=ThresholdSet("delays", [Level(DELAY, "warning", above=5)]),
    rules=[
        Objective("orders fresh", good=DELAY.unless(PAUSED).within("warning"), target=99.9),
        Objective("orders there", good=DELAY.unless(PAUSED).within("warning"), target=99, missing="bad"),
        Objective("mostly creations", good=CREATED, total=SEEN, target=95),
    ],
)
