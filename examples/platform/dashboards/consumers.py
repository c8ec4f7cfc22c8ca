"""Kafka consumer groups: the latest first, each group in a row of its own, what they log, and the alerts."""

from alerts.consumers import consumers
from signals.consumers import CATCH_UP, CONSUMED, CONSUMERS, LAG, LEVELS

from dashlib import (
    Dashboard,
    Query,
    Row,
    alert_row,
    bar_chart,
    dashboard_links,
    datasource_variable,
    label_variable,
    logs,
    loki,
    stat,
    table,
    timeseries,
)

GROUP = 'consumergroup=~"$group"'

overview = Dashboard(
    uid="consumers",
    title="Kafka Consumers",
    description="How far each consumer group is behind, and how fast it reads.",
    refresh="30s",
    time_from="now-3h",
    tooltip="shared crosshair",
    thresholds=LEVELS,
    where=CONSUMERS,
    variables=[
        datasource_variable(),
        datasource_variable("DS_LOKI", "Logs", plugin="loki"),
        label_variable("group", "Consumer group", label="consumergroup", metric="kafka_consumergroup_lag"),
        label_variable("topic", "Topic", label="topic", metric="kafka_consumergroup_lag"),
    ],
    links=[dashboard_links("Platform", tag="platform")],
    rows=[
        Row(
            "Now",
            [
                table(
                    [LAG, CONSUMED, CATCH_UP],
                    "Consumer groups",
                    columns={
                        "consumergroup": "Group",
                        "topic": "Topic",
                        LAG: "Lag",
                        CONSUMED: "Reads",
                        CATCH_UP: "Catches up in",
                    },
                    order={"Catches up in": "descending", "Lag": "descending"},
                    description="Each group and topic now, the latest first.",
                ),
            ],
        ),
        Row("Over time", [timeseries(LAG), timeseries(CATCH_UP), timeseries(CONSUMED)]),
        Row(
            "$group",
            [
                stat(
                    Query(f"sum(kafka_consumergroup_members{{{GROUP}}})", unit="short"),
                    "Members",
                    width=4,
                    height=8,
                    description="Processes that share the partitions. None: nothing reads.",
                ),
                timeseries(
                    [
                        Query(
                            "sum(deriv(kafka_topic_partition_current_offset{topic=~'$topic'}[$__rate_interval])"
                            f" and on (topic, partition) kafka_consumergroup_lag{{{GROUP}}})",
                            unit="mps",
                            name="written",
                            legend="written",
                        ),
                        Query(
                            f"sum(deriv(kafka_consumergroup_current_offset{{{GROUP}, topic=~'$topic'}}"
                            "[$__rate_interval]))",
                            unit="mps",
                            name="read",
                            legend="read",
                        ),
                    ],
                    "Written and read",
                    width=10,
                    description="Messages per second that producers write, and that the group reads.",
                ),
                bar_chart(
                    Query(f"sum by (partition) (kafka_consumergroup_lag{{{GROUP}, topic=~'$topic'}})", unit="short"),
                    "Lag by partition",
                    width=10,
                    description="One high bar: a message that cannot be handled, or a key that is far too frequent.",
                ),
                logs(
                    loki('{job="consumers", consumergroup=~"$group"} | logfmt | level=~"error|warn"'),
                    "Errors and warnings",
                    description="What the members of the group complain about, newest first.",
                ),
            ],
            repeat="group",
        ),
        alert_row("Alerts", [consumers], titles={"KafkaExporterDown": "kafka_exporter"}),
    ],
)
