"""Objectives of the lessons' production set: what a team may promise of its connectors, and what then counts."""

from dashlib import Objective, RuleGroup
from dashlib.debezium.connectors import LIVE_LAG, STREAMING_CONNECTED
from dashlib.debezium.thresholds import PRODUCTION

FRESH = Objective(
    "changes fresh",
    good=LIVE_LAG.within("warning"),  # not above 5 s; idle sources, snapshots and pauses do not count
    target=99.9,
    window="30d",
    description="Whoever reads the topics sees changes late.",
)

CONNECTED = Objective(
    "sources connected",
    good=STREAMING_CONNECTED.within("critical"),
    target=99.5,
    window="30d",
    missing="bad",  # a failed task has no metrics, and promises nothing less for that
    description="Nothing is read from the source; it has to keep its log until the connector comes back.",
)

objectives = RuleGroup(
    "debezium_objectives",
    file="debezium-objectives.yml",
    interval="30s",
    thresholds=PRODUCTION,
    labels={"component": "cdc"},
    dashboard="debezium-objectives",
    rules=[FRESH, CONNECTED],
)
