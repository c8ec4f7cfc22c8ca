"""Kafka consumer groups, as kafka_exporter sees them: how far behind they are, and whether they move."""

from dashlib import Guard, Level, Signal, ThresholdSet
from signals.targets import UP

CONSUMERS = {"job": "kafka-exporter"}
_CONSUMED = (
    "sum by (job, consumergroup, topic) (clamp_min(deriv(kafka_consumergroup_current_offset[$__rate_interval]), 0))"
)

LAG = Signal(
    "consumer_lag",
    "Lag",
    expression="sum by (job, consumergroup, topic) (clamp_min(kafka_consumergroup_lag, 0))",
    unit="short",
    legend="{{consumergroup}} {{topic}}",
    minimum=0,
    description="Messages in the topic that the group has not read yet.",
    absent="kafka_exporter does not answer, or the group has never committed an offset.",
    runbook="consumers",
)

CONSUMED = Signal(
    "consumed",
    "Consumed",
    expression=_CONSUMED,
    unit="mps",
    legend="{{consumergroup}} {{topic}}",
    minimum=0,
    description="Messages per second that the group reads and commits.",
    absent="The group has never committed an offset.",
    runbook="consumers",
)

CATCH_UP = Signal(
    "catch_up",
    "Time to Catch Up",
    expression=f"sum by (job, consumergroup, topic) (clamp_min(kafka_consumergroup_lag, 0)) / ({_CONSUMED} > 0)",
    unit="s",
    legend="{{consumergroup}} {{topic}}",
    minimum=0,
    description="How long the group needs at its present pace for what is there already: about how old its data are.",
    absent="The group reads nothing now.",
    runbook="consumers",
)

HAS_WORK = Guard(
    "there is something to read",
    expression="sum by (job, consumergroup, topic) (clamp_min(kafka_consumergroup_lag, 0)) > 100",
    recorded_as="has_work",
)

# Lag alone wakes nobody: how old the data are depends on how fast the group reads.
LEVELS = ThresholdSet(
    "consumers",
    levels=[
        Level(UP, "warning", equals=0, for_="5m"),
        Level(CATCH_UP, "warning", above=300, for_="10m"),
        Level(CONSUMED, "critical", below=0.1, for_="5m", color="red"),
    ],
)
