"""An objective: what is recorded of its time, the averages, and the alerts on its budget."""

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

objectives = RuleGroup(
    "objectives",
    file="objectives.yml",
    thresholds=ThresholdSet("delays", [Level(DELAY, "warning", above=5)]),
    rules=[Objective("orders fresh", good=DELAY.unless(PAUSED).within("warning"), target=99.9)],
)
