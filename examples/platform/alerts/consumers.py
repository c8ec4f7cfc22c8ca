"""Who is told when a consumer group stands still or is late; runbooks/consumers.md says what to do."""

from signals.consumers import CATCH_UP, CONSUMED, CONSUMERS, HAS_WORK, LEVELS
from signals.targets import UP

from dashlib import Alert, Configured, RuleGroup

consumers = RuleGroup(
    "consumers",
    file="consumers.yml",
    thresholds=LEVELS,
    where=CONSUMERS,
    labels={"component": "consumer", "team": Configured("team")},
    dashboard="consumers",
    rules=[
        Alert(
            "KafkaExporterDown",
            UP.is_at("warning"),
            severity="warning",
            runbook="consumers",
            summary="kafka_exporter does not answer, so that nobody sees what consumer groups do.",
            description="kafka_exporter on {instance} has not answered for at least {for}.",
        ),
        # An idle topic has nothing to read: silence there means nothing.
        Alert(
            "ConsumerStandsStill",
            CONSUMED.when(HAS_WORK).below("critical"),
            severity="critical",
            summary="A consumer group reads nothing although there is something to read.",
            description="Group {consumergroup} reads {value} messages a second of {topic}, for at least {for}.",
        ),
        Alert(
            "ConsumerLate",
            CATCH_UP.above("warning"),
            severity="warning",
            summary="A consumer group needs more than {threshold} to catch up.",
            description="Group {consumergroup} needs {value} for what is in {topic} already, for at least {for}.",
        ),
    ],
)
