"""Who is told of an alert: the course's contact points and policy, and what silences what."""

from dashlib import (
    Email,
    Inhibit,
    MuteTime,
    Notifications,
    Period,
    Receiver,
    Route,
    Secret,
    Slack,
    Smtp,
    Template,
    matching,
    none_of,
    one_of,
)

# What alerts are about: their label `signal`, the name of the signal that they watch.
_DELIVERY = ("lag", "lag_trend", "since_last_event", "queue_used", "queue_bytes_used", "disconnects", "task_restarts")
_CONNECTOR = (
    *_DELIVERY, "connected", "metrics_present", "tasks_failed", "tasks_not_running", "offset_commits_failing",
    "gtid_mode", "schema_history_not_running", "snapshot_aborted", "snapshot_running",
)  # fmt: skip
_CLUSTER = ("workers", "worker_up", "kafka_lost")
# A connector that delivers nothing. An info (deleted on purpose) is no trouble, and silences none.
_DOWN = ("connected", "metrics_present", "tasks_failed")
_IS_DOWN = {"signal": one_of(*_DOWN), "severity": none_of("info")}

notifications = Notifications(
    smtp=Smtp("mail:1025", sender="alertmanager@example.com", require_tls=False),
    receivers=[
        Receiver("platform-team-email", [Email("platform-team@example.com", template="debezium")]),
        Receiver(
            "platform-alerts-slack",
            [Slack("#platform-alerts", url=Secret.file("/run/secrets/slack_url"), template="debezium")],
        ),
        Receiver("database-team-email", [Email("database-team@example.com", template="debezium")]),
        Receiver("nobody"),
    ],
    route=Route(
        "platform-team-email",
        # One message for one kind of trouble of one cluster: a database that takes ten connectors along is one message
        # with ten names, not ten messages.
        group_by=["alertname", "job"],
        group_wait="30s",
        group_interval="5m",
        repeat_interval="12h",
        routes=[
            Route("nobody", matchers={"severity": "info"}),
            Route(
                "database-team-email",
                matchers={"component": one_of("aurora", "mysql", "postgres")},
                continue_=True,
            ),
            Route(
                "platform-alerts-slack",
                matchers={"severity": "critical"},
                group_wait="30s",
                group_interval="5m",
                repeat_interval="4h",
            ),
            Route(matchers={"severity": "warning"}, mute=["outside-office-hours"]),
        ],
    ),
    mute_times=[
        MuteTime(
            "outside-office-hours",
            [
                Period(weekdays="monday:friday", times=["00:00-07:00", "19:00-24:00"]),
                Period(weekdays=["saturday", "sunday"]),
            ],
        ),
    ],
    inhibit=[
        # The warning says less of the same than the critical alert.
        Inhibit(
            source={"severity": "critical"},
            target={"severity": "warning"},
            equal=["job", "signal", "server"],
            reason="of one Debezium connector",
        ),
        Inhibit(
            source={"severity": "critical", "server": ""},
            target={"severity": "warning", "server": ""},
            equal=["job", "signal", "connector"],
            reason="of one connector that Kafka Connect measures",
        ),
        Inhibit(
            source={"severity": "critical", "server": "", "connector": ""},
            target={"severity": "warning", "server": "", "connector": ""},
            equal=["job", "signal"],
            # These tell one database from another, as far as its exporter has them.
            equal_or_absent=["instance", "slot_name", "dbcluster_identifier", "dbinstance_identifier"],
            reason="of a database, or of whatever else is no connector",
        ),
        Inhibit(
            source={"severity": "critical", "signal": one_of(*_CLUSTER)},
            target={"severity": "warning", "signal": one_of(*_CLUSTER)},
            equal=["job"],
            reason="One worker that is down says less than that none is left, or that Kafka is lost.",
        ),
        Inhibit(
            source={"signal": one_of("slot_lost", "slot_unreserved")},
            target={"signal": one_of("slot_time_left", "slot_wal", "slot_active")},
            equal=["job", "instance", "slot_name"],
            reason="A slot that loses its WAL is past the warnings of how much it keeps.",
        ),
        Inhibit(
            source={"signal": "slot_time_left"},
            target={"signal": one_of("slot_wal", "slot_active")},
            equal=["job", "instance", "slot_name"],
            reason="When a slot will be lost says more than how much it keeps.",
        ),
        Inhibit(
            source={"signal": "slot_wal"},
            target={"signal": "slot_active"},
            equal=["job", "instance", "slot_name"],
            reason="How much WAL an inactive slot keeps says that it is inactive.",
        ),
        Inhibit(
            source={"signal": "queue_used"},
            target={"signal": "queue_bytes_used"},
            equal=["job", "server"],
            reason="A queue is full by records or by bytes: it is one queue.",
        ),
        Inhibit(
            source={"signal": "lag"},
            target={"signal": "lag_trend"},
            equal=["job", "server"],
            reason="A connector that lags says that it falls behind.",
        ),
        Inhibit(
            source={"alertname": "DebeziumGtidModeLost"},
            target={"alertname": "DebeziumGtidModeDisabled"},
            equal=["job", "server"],
            reason="GTIDs that were lost are off.",
        ),
        Inhibit(
            source={"signal": one_of("connected", "metrics_present", "since_last_event"), "severity": none_of("info")},
            target={"signal": "exporter_up"},
            equal=["server"],
            reason="An exporter that hangs with its database is no trouble of its own.",
        ),
        Inhibit(
            source={"signal": "binlog_files_left"},
            target={"signal": "binlog_retention_used"},
            equal=["job", "server"],
            reason="A binlog that is about to be purged is past the warning of its age.",
        ),
        # A budget burns because something is slow or down: that alert says what.
        Inhibit(
            source={"severity": "critical", "signal": one_of(*_DELIVERY, *_DOWN)},
            target={"objective": matching(".+")},
            equal=["job", "server"],
            reason="What is critical now says more than the budget that it burns.",
        ),
        Inhibit(
            source={"severity": "warning", "signal": one_of(*_DELIVERY, *_DOWN)},
            target={"severity": "warning", "objective": matching(".+")},
            equal=["job", "server"],
            reason="A budget that burns slowly while there is a warning is no second ticket.",
        ),
        # What follows from a connector that does not work.
        Inhibit(
            source=_IS_DOWN,
            target={"signal": one_of(*_DELIVERY)},
            equal=["job", "server"],
            reason="A connector that is disconnected or vanished delivers nothing: it lags, of course.",
        ),
        Inhibit(
            source=_IS_DOWN,
            target={"signal": one_of(*_DELIVERY)},
            equal=["job", "connector"],
            reason="So does one that has failed, which Kafka Connect says of the connector's name.",
        ),
        Inhibit(
            source={"signal": "tasks_failed", "severity": none_of("info")},
            target={"signal": "metrics_present"},
            equal=["job", "connector"],
            reason="A task that fails takes its series along: that they vanished is no news.",
        ),
        # What follows from a cluster that does not work.
        Inhibit(
            source={"signal": one_of(*_CLUSTER), "severity": "critical"},
            target={"signal": one_of(*_CONNECTOR)},
            equal=["job"],
            reason="Without workers, or without Kafka, no connector of the cluster can be well.",
        ),
        Inhibit(
            source={"signal": "worker_up", "severity": "warning"},
            target={"signal": one_of(*_CONNECTOR), "severity": none_of("critical")},
            equal=["job"],
            reason="While other workers take over, connectors start anew. What is critical is told all the same.",
        ),
    ],
    templates=[
        Template("debezium", identity=["connector", "server", "slot_name", "dbcluster_identifier", "instance", "job"])
    ],
)
