"""One trouble is one thing to be told of: what a fault raises, in a running Alertmanager, by our own alerts' names."""

from __future__ import annotations

import copy
import functools
import itertools
import shutil
from typing import TYPE_CHECKING

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from tests.alertmanager.conftest import CONFIGURATION, FOLDER, ROOT
from tests.alertmanager.running import Alertmanager, running
from tests.e2e.waiting import wait_until
from tests.programs import needed_program

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

Labels = dict[str, str]
JOBS = itertools.count(1)

MYSQL = {"plugin": "mysql", "server": "mysql-server", "connector": "mysql-connector"}
POSTGRES = {"plugin": "postgres", "server": "postgres-server", "connector": "postgres-connector"}
OF_MYSQL, OF_POSTGRES = {"connector": "mysql-connector"}, {"connector": "postgres-connector"}
SLOT = {"instance": "postgres:9187", "slot_name": "debezium"}
WORKER = {"instance": "connect-1:9404"}

# What fires, by alert and series, and what of it is told.
FAULTS: dict[str, tuple[list[tuple[str, Labels]], set[str]]] = {
    "a task of MySQL fails": (
        [
            ("KafkaConnectTaskFailed", OF_MYSQL),
            ("DebeziumConnectorMetricsVanished", MYSQL),
            ("DebeziumTaskRestarting", MYSQL),
            ("DebeziumHighBinlogLag", MYSQL),
        ],
        {"KafkaConnectTaskFailed"},
    ),
    "MySQL is killed": (
        [
            ("DebeziumConnectorDisconnected", MYSQL),
            ("DebeziumConnectionFlapping", MYSQL),
            ("DebeziumHighBinlogLag", MYSQL),
            ("DebeziumCriticalBinlogLag", MYSQL),
            ("DebeziumNoRecentEvents", MYSQL),
        ],
        {"DebeziumConnectorDisconnected"},
    ),
    "PostgreSQL is stopped": (
        [
            ("DebeziumConnectorMetricsVanished", POSTGRES),
            ("DebeziumTaskRestarting", POSTGRES),
            ("DebeziumLagWarning", POSTGRES),
        ],
        {"DebeziumConnectorMetricsVanished"},
    ),
    "the queue is full, and lag climbs": (
        [("DebeziumQueueSaturation", POSTGRES), ("DebeziumLagWarning", POSTGRES), ("DebeziumLagCritical", POSTGRES)],
        {"DebeziumQueueSaturation", "DebeziumLagCritical"},
    ),
    "Kafka hangs": (
        [
            ("KafkaConnectKafkaLost", {}),
            ("KafkaConnectOffsetCommitsFailing", OF_MYSQL),
            ("KafkaConnectOffsetCommitsFailing", OF_POSTGRES),
            ("DebeziumQueueSaturation", POSTGRES),
            ("DebeziumLagCritical", POSTGRES),
            ("DebeziumCriticalBinlogLag", MYSQL),
            ("DebeziumLagGrowing", MYSQL),
        ],
        {"KafkaConnectKafkaLost"},
    ),
    "the only worker is down": (
        [
            ("KafkaConnectDown", {}),
            ("KafkaConnectWorkerDown", WORKER),
            ("DebeziumConnectorMetricsVanished", MYSQL),
            ("DebeziumConnectorMetricsVanished", POSTGRES),
        ],
        {"KafkaConnectDown"},
    ),
    "a worker is down and another takes over": (
        [
            ("KafkaConnectWorkerDown", WORKER),
            ("KafkaConnectTasksNotRunning", OF_MYSQL),
            ("DebeziumLagWarning", POSTGRES),
        ],
        {"KafkaConnectWorkerDown"},
    ),
    "a worker is down, and a connector fails": (
        [("KafkaConnectWorkerDown", WORKER), ("KafkaConnectTaskFailed", OF_MYSQL)],
        {"KafkaConnectWorkerDown", "KafkaConnectTaskFailed"},
    ),
    "two connectors have two troubles": (
        [("DebeziumConnectorDisconnected", MYSQL), ("DebeziumLagCritical", POSTGRES)],
        {"DebeziumConnectorDisconnected", "DebeziumLagCritical"},
    ),
    "a connector is paused": ([("KafkaConnectConnectorPaused", OF_MYSQL)], set()),
    "a connector is deleted on purpose": ([("DebeziumConnectorGone", MYSQL)], set()),
    "a slot is lost": (
        [
            ("ReplicationSlotWalLost", SLOT),
            ("ReplicationSlotInactive", SLOT),
            ("ReplicationSlotInactiveLagHigh", SLOT),
        ],
        {"ReplicationSlotWalLost"},
    ),
    "a slot is inactive for long": (
        [("ReplicationSlotInactive", SLOT), ("ReplicationSlotInactiveLagHigh", SLOT)],
        {"ReplicationSlotInactiveLagHigh"},
    ),
}


@functools.cache
def rules() -> dict[str, Labels]:
    """Return the labels that the project's rules give their alerts, by the alert's name."""
    documents = [document for document in compile_project(load_project(ROOT)) if document.kind == "rules"]
    return {
        rule["alert"]: rule["labels"]
        for document in documents
        for group in document.data["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }


@pytest.fixture(scope="module")
def alertmanager(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    """An Alertmanager as in the lab, which reaches nobody."""
    program = needed_program(request, "alertmanager")
    folder = tmp_path_factory.mktemp("one-problem")
    shutil.copytree(FOLDER / "templates", folder / "templates")
    configuration = copy.deepcopy(CONFIGURATION)
    configuration["global"]["smtp_smarthost"] = "127.0.0.1:1"
    with running(program, folder, configuration) as started:
        yield started


@pytest.mark.parametrize(("fires", "told"), FAULTS.values(), ids=FAULTS)
def test_of_what_a_fault_raises_is_told(
    alertmanager: Alertmanager, fires: list[tuple[str, Labels]], told: set[str]
) -> None:
    job = f"kafka-connect-{next(JOBS)}"
    canary = {"job": job, "signal": "canary", "server": "canary"}
    alertmanager.post(
        *({"labels": {"alertname": name, "job": job, **rules()[name], **series}} for name, series in fires),
        {"labels": {"alertname": "CanarySource", "severity": "critical", **canary}},
        {"labels": {"alertname": "CanaryTarget", "severity": "warning", **canary}},
    )

    def silenced() -> set[str]:
        return {
            alert["labels"]["alertname"] for alert in alertmanager.alerts(job=job) if alert["status"]["inhibitedBy"]
        }

    # Alertmanager takes alerts in order: when the last is silenced, the others have been looked at.
    wait_until(
        lambda: "CanaryTarget" in silenced(), "Alertmanager inhibits nothing", seconds=30, every=0.05,
        watched=alertmanager.process,
    )  # fmt: skip
    given = {
        alert["labels"]["alertname"]
        for alert in alertmanager.alerts(job=job)
        if not alert["status"]["inhibitedBy"] and {"name": "nobody"} not in alert["receivers"]
    }
    assert given - {"CanarySource"} == told
