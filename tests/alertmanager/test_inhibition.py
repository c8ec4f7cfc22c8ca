"""What is silent while something else fires, in an Alertmanager that really runs, each rule both ways."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

import pytest

from alerts.notifications import notifications
from dashlib import Alert
from dashlib.compile.loading import load_project
from dashlib.promql import passes
from tests.alertmanager.conftest import CONFIGURATION, FOLDER, ROOT
from tests.alertmanager.running import Alertmanager, running
from tests.e2e.waiting import wait_until
from tests.programs import needed_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.declare.labels import LabelMatch
    from dashlib.declare.notifications.inhibition import Inhibit

pytestmark = pytest.mark.slow

Labels = dict[str, str]


def debezium(signal: str, severity: str, server: str = "mysql-server", **more: str) -> Labels:
    """Return the labels of an alert on Debezium's own metrics."""
    return {"signal": signal, "severity": severity, "plugin": "mysql", "server": server, **more}


def connect(signal: str, severity: str, connector: str = "mysql-connector", **more: str) -> Labels:
    """Return the labels of an alert on Kafka Connect's metrics of a connector."""
    return {"signal": signal, "severity": severity, "connector": connector, **more}


def slot(signal: str, severity: str, slot_name: str = "debezium") -> Labels:
    """Return the labels of an alert on a replication slot."""
    return {"signal": signal, "severity": severity, "instance": "postgres:9187", "slot_name": slot_name}


def aurora(severity: str, cluster: str) -> Labels:
    """Return the labels of an alert on Aurora."""
    return {"signal": "aurora_binlog_replica_lag", "severity": severity, "dbcluster_identifier": cluster}


# An exporter is a job of its own: only the database's name ties it to the connector.
EXPORTER = "stale, the exporter of its database"
TAGGED = {"connector": "mysql-connector"}
NO_WORKER = {"signal": "workers", "severity": "critical"}
ONE_WORKER_LESS = {"signal": "worker_up", "severity": "warning", "instance": "connect-1:9404"}
KAFKA_LOST = {"signal": "kafka_lost", "severity": "critical"}
BURNS_FAST = debezium("orders_fresh_budget", "critical", objective="orders fresh")
BURNS_SLOWLY = debezium("orders_fresh_budget", "warning", objective="orders fresh")
DISCONNECTED = debezium("connected", "critical")
VANISHED = debezium("metrics_present", "critical", **TAGGED)
FAILED = connect("tasks_failed", "critical")
FAILED_OTHER = connect("tasks_failed", "critical", "postgres-connector")

# (fires, also fires, whether the second is silent)
CASES = {
    # critical silences warning, of the same signal and connector
    "critical lag, warning lag": (debezium("lag", "critical"), debezium("lag", "warning"), True),
    "critical lag, another connector's warning": (
        debezium("lag", "critical"), debezium("lag", "warning", "postgres-server"), False,
    ),
    "critical lag, the connector's full queue": (debezium("lag", "critical"), debezium("queue_used", "warning"), False),
    "warning lag, critical lag": (debezium("lag", "warning"), debezium("lag", "critical"), False),
    "critical lag, info of it": (debezium("lag", "critical"), debezium("lag", "info"), False),
    "critical offsets, warning of them": (
        connect("offset_commits_failing", "critical"), connect("offset_commits_failing", "warning"), True,
    ),
    "critical offsets, another connector's warning": (
        connect("offset_commits_failing", "critical"),
        connect("offset_commits_failing", "warning", "postgres-connector"),
        False,
    ),
    "critical Aurora, warning of it": (aurora("critical", "a"), aurora("warning", "a"), True),
    "critical Aurora, warning of another cluster": (aurora("critical", "a"), aurora("warning", "b"), False),
    "critical of no connector, a connector's warning": (
        {"signal": "lag", "severity": "critical"}, debezium("lag", "warning"), False,
    ),
    "queue, its bytes": (debezium("queue_used", "warning"), debezium("queue_bytes_used", "warning"), True),
    "queue, the bytes of another": (
        debezium("queue_used", "warning"), debezium("queue_bytes_used", "warning", "other"), False,
    ),
    "lag, the trend of it": (debezium("lag", "warning"), debezium("lag_trend", "warning"), True),
    "lag, the trend of another": (debezium("lag", "warning"), debezium("lag_trend", "warning", "other"), False),
    "the trend of a lag, the lag": (debezium("lag_trend", "warning"), debezium("lag", "warning"), False),
    "GTIDs lost, GTIDs off": (
        debezium("gtid_mode", "critical", alertname="DebeziumGtidModeLost"),
        debezium("gtid_mode", "critical", alertname="DebeziumGtidModeDisabled"),
        True,
    ),
    "GTIDs lost, GTIDs of another off": (
        debezium("gtid_mode", "critical", alertname="DebeziumGtidModeLost"),
        debezium("gtid_mode", "critical", "other", alertname="DebeziumGtidModeDisabled"),
        False,
    ),
    # an objective and what burns its budget
    "critical lag, the budget that it burns": (debezium("lag", "critical"), BURNS_FAST, True),
    "critical lag, the budget of another": (debezium("lag", "critical", "other"), BURNS_FAST, False),
    "warning lag, the budget that it burns fast": (debezium("lag", "warning"), BURNS_FAST, False),
    "warning lag, the budget that it burns slowly": (debezium("lag", "warning"), BURNS_SLOWLY, True),
    "a budget that burns fast, warning lag": (BURNS_FAST, debezium("lag", "warning"), False),
    "a budget that burns fast, and slowly": (BURNS_FAST, BURNS_SLOWLY, True),
    "a budget that burns fast, critical lag": (BURNS_FAST, debezium("lag", "critical"), False),
    "a budget that burns slowly, warning lag": (BURNS_SLOWLY, debezium("lag", "warning"), False),
    "disconnected, the budget of lag": (DISCONNECTED, BURNS_FAST, True),
    "a budget of being connected, lag": (
        debezium("connected_budget", "critical", objective="sources connected"), debezium("lag", "critical"), False,
    ),
    "a budget of lag, the trend of it": (BURNS_SLOWLY, debezium("lag_trend", "warning"), False),
    # databases
    EXPORTER: (debezium("since_last_event", "warning"), debezium("exporter_up", "warning"), True),
    "stale, the exporter of another database": (
        debezium("since_last_event", "warning"), debezium("exporter_up", "warning", "other"), False,
    ),
    "slot lost, WAL of it": (slot("slot_lost", "critical"), slot("slot_wal", "warning"), True),
    "slot unreserved, slot inactive": (slot("slot_unreserved", "critical"), slot("slot_active", "warning"), True),
    "slot lost, WAL of another": (slot("slot_lost", "critical"), slot("slot_wal", "warning", "other"), False),
    "slot lost soon, WAL of it": (slot("slot_time_left", "critical"), slot("slot_wal", "warning"), True),
    "slot lost soon, WAL of another": (slot("slot_time_left", "critical"), slot("slot_wal", "warning", "other"), False),
    "slot lost, lost soon": (slot("slot_lost", "critical"), slot("slot_time_left", "critical"), True),
    "WAL of a slot, slot inactive": (slot("slot_wal", "warning"), slot("slot_active", "warning"), True),
    "WAL of a slot, another inactive": (slot("slot_wal", "warning"), slot("slot_active", "warning", "other"), False),
    "WAL of a slot, slot lost": (slot("slot_wal", "warning"), slot("slot_lost", "critical"), False),
    "critical WAL of a slot, warning of another": (
        slot("slot_wal", "critical"), slot("slot_wal", "warning", "other"), False,
    ),
    "binlog purged, binlog old": (
        debezium("binlog_files_left", "critical"), debezium("binlog_retention_used", "warning"), True,
    ),
    "binlog purged, another connector's old": (
        debezium("binlog_files_left", "critical"), debezium("binlog_retention_used", "warning", "other"), False,
    ),
    # a connector that delivers nothing
    "disconnected, lag": (DISCONNECTED, debezium("lag", "critical"), True),
    "disconnected, staleness": (DISCONNECTED, debezium("since_last_event", "warning"), True),
    "disconnected, queue": (DISCONNECTED, debezium("queue_used", "warning"), True),
    "disconnected, flapping": (DISCONNECTED, debezium("disconnects", "warning"), True),
    "disconnected, another connector's lag": (DISCONNECTED, debezium("lag", "critical", "postgres-server"), False),
    "disconnected, events lost": (DISCONNECTED, debezium("erroneous_events", "warning"), False),
    "disconnected, binlog about to be purged": (DISCONNECTED, debezium("binlog_files_left", "critical"), False),
    "disconnected, slot": (DISCONNECTED, slot("slot_wal", "warning"), False),
    "lag, disconnected": (debezium("lag", "critical"), DISCONNECTED, False),
    "vanished, lag": (VANISHED, debezium("lag", "warning"), True),
    "vanished, another connector's lag": (VANISHED, debezium("lag", "warning", "postgres-server"), False),
    "failed, lag": (FAILED, debezium("lag", "critical", **TAGGED), True),
    "failed, another connector's lag": (FAILED_OTHER, debezium("lag", "critical", **TAGGED), False),
    "failed, lag of a connector without the tag": (FAILED, debezium("lag", "critical"), False),
    "paused, lag": (connect("connectors_paused", "info"), debezium("lag", "critical", **TAGGED), False),
    "deleted on purpose, lag": (debezium("metrics_present", "info"), debezium("lag", "critical"), False),
    # failed silences vanished
    "failed, vanished": (FAILED, VANISHED, True),
    "failed, another connector vanished": (FAILED_OTHER, VANISHED, False),
    "paused, vanished": (connect("connectors_paused", "info"), VANISHED, False),
    "vanished, failed": (VANISHED, FAILED, False),
    # the cluster
    **{
        f"{cluster}, {signal}": (source, target, True)
        for cluster, source in {"no worker left": NO_WORKER, "Kafka lost": KAFKA_LOST}.items()
        for signal, target in {
            "one worker less": ONE_WORKER_LESS,
            "disconnected": DISCONNECTED,
            "failed": FAILED,
            "vanished": VANISHED,
            "lag": debezium("lag", "critical"),
            "staleness": debezium("since_last_event", "warning"),
            "offsets": connect("offset_commits_failing", "warning"),
            "schema history": debezium("schema_history_not_running", "warning"),
            "snapshot": debezium("snapshot_running", "warning"),
        }.items()
    },
    "no worker left, slot": (NO_WORKER, slot("slot_lost", "critical"), False),
    "no worker left, binlog about to be purged": (NO_WORKER, debezium("binlog_files_left", "critical"), False),
    "no worker left, events lost": (NO_WORKER, debezium("erroneous_events", "warning"), False),
    "one worker less, a connector's warning": (ONE_WORKER_LESS, debezium("lag", "warning"), True),
    "one worker less, a connector failed": (ONE_WORKER_LESS, FAILED, False),
    "one worker less, no worker left": (ONE_WORKER_LESS, NO_WORKER, False),
    "a connector failed, no worker left": (FAILED, NO_WORKER, False),
}  # fmt: skip

JOBS = itertools.count(1)


@pytest.fixture(scope="module")
def alertmanager(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    """An Alertmanager with the lab's inhibitions, that tells nobody."""
    program = needed_program(request, "alertmanager")
    folder = tmp_path_factory.mktemp("inhibition")
    shutil.copytree(FOLDER / "templates", folder / "templates")
    configuration = {
        "route": {"receiver": "nobody"},
        "receivers": [{"name": "nobody"}],
        "inhibit_rules": CONFIGURATION["inhibit_rules"],
    }
    with running(program, folder, configuration) as started:
        yield started


def silent(alertmanager: Alertmanager, source: Labels, target: Labels, *, other_job: bool = False) -> bool:
    """Tell whether an alert is inhibited while another fires.

    Alertmanager takes alerts in order, and later than it answers. A pair of which one surely silences the other comes
    last: when it does, the first two have been looked at.
    """
    job = f"kafka-connect-{next(JOBS)}"
    canary = {"job": job, "signal": "canary", "server": "canary"}
    alertmanager.post(
        {"labels": {"alertname": "Source", "job": job, **source}},
        {"labels": {"alertname": "Target", "job": f"{job}-other" if other_job else job, **target}},
        {"labels": {"alertname": "CanarySource", "severity": "critical", **canary}},
        {"labels": {"alertname": "CanaryTarget", "severity": "warning", **canary}},
    )

    def is_inhibited(name: str, job: str) -> bool:
        (alert,) = alertmanager.alerts(alertname=name, job=job)
        return bool(alert["status"]["inhibitedBy"])

    wait_until(
        lambda: is_inhibited("CanaryTarget", job), "Alertmanager inhibits nothing", seconds=30, every=0.05,
        watched=alertmanager.process,
    )  # fmt: skip
    return is_inhibited(target.get("alertname", "Target"), f"{job}-other" if other_job else job)


@pytest.mark.parametrize(("source", "target", "expected"), CASES.values(), ids=CASES)
def test_while_one_fires_the_other(alertmanager: Alertmanager, source: Labels, target: Labels, expected: bool) -> None:  # noqa: FBT001
    assert silent(alertmanager, source, target) is expected


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[2] and name != EXPORTER])
def test_nothing_silences_an_alert_of_another_cluster(alertmanager: Alertmanager, name: str) -> None:
    source, target, _ = CASES[name]
    assert not silent(alertmanager, source, target, other_job=True)


def fits(matchers: Mapping[str, LabelMatch], labels: Labels) -> bool:
    return all(passes(match, labels.get(name, "")) for name, match in matchers.items())


def applies(inhibit: Inhibit, source: Labels, target: Labels) -> bool:
    """Tell what an inhibition says of two alerts, without an Alertmanager."""
    if not fits(inhibit.source, source) or not fits(inhibit.target, target):
        return False
    if any(not source.get(name) or not target.get(name) for name in inhibit.equal):
        return False
    return all(source.get(name, "") == target.get(name, "") for name in (*inhibit.equal, *inhibit.equal_or_absent))


@pytest.mark.parametrize("number", range(len(notifications.inhibit)))
def test_every_inhibition_is_needed_by_a_case_above(number: int) -> None:
    job = {"job": "kafka-connect"}
    alone = [
        name
        for name, (source, target, _) in CASES.items()
        if [applies(each, {**job, **source}, {**job, **target}) for each in notifications.inhibit]
        == [index == number for index in range(len(notifications.inhibit))]
    ]
    assert alone, notifications.inhibit[number].reason
    assert all(CASES[name][2] for name in alone)


def test_every_signal_that_an_inhibition_names_is_one_that_an_alert_is_about() -> None:
    groups = [group for group, _ in load_project(ROOT).rule_groups]
    known = {rule.signal.name for group in groups for rule in group.rules if isinstance(rule, Alert)}
    for inhibit in notifications.inhibit:
        for side in (inhibit.source, inhibit.target):
            if "signal" in side:
                assert set(side["signal"].value.split("|")) <= known


def test_two_labels_that_are_missing_are_equal_to_alertmanager(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Why dashlib asks for every label in `equal`: without that, alerts on nothing in common silence each other."""
    program = needed_program(request, "alertmanager")
    bare = {
        "source_matchers": ['signal="tasks_failed"'],
        "target_matchers": ['signal="lag"'],
        "equal": ["job", "connector"],
    }
    canary = CONFIGURATION["inhibit_rules"][0]
    configuration = {
        "route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}], "inhibit_rules": [bare, canary],
    }  # fmt: skip
    with running(program, tmp_path_factory.mktemp("bare"), configuration) as started:
        assert silent(started, {"signal": "tasks_failed"}, {"signal": "lag", "server": "mysql-server"})
