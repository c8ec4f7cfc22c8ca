"""What a join tells apart, inside a signal or a guard and between them, is proven by series that are another's."""

from __future__ import annotations

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.proof.obligations import exporter_of, obligations
from tests.promtool import needed_promtool
from tests.proof.conftest import Proving, write_project

MORE = """
MISSING = Signal(
    "missing",
    "Missing tasks",
    expression="sum by (job, connector) (worker_connector_total_task_count - worker_connector_running_task_count)"
    ' or (count by (job, connector) (connector_status{status="running"})'
    " unless on (job, connector) connector_task_status)",
    unit="short",
    description="Tasks that do not run.",
)
FIRST = Guard(
    "its first snapshot runs",
    expression='max by (job, plugin, server) (SnapshotRunning{context="snapshot"}) == 1'
    ' and on (job, plugin, server) max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"}) < 0',
)
OF_SERVER = Guard(
    "its server takes one",
    expression='max by (job, plugin, server) (SnapshotRunning{context="snapshot"}) == 1',
    on=["job", "server"],
)
ANYWHERE = Guard(
    "one runs in its cluster",
    expression='max by (job) (SnapshotRunning{context="snapshot"}) == 1',
    on=["job"],
)
BUSY = Guard(
    "its queue is full",
    expression='MilliSecondsSinceLastEvent{context="streaming"}'
    ' and on (job, plugin, server, task) QueueTotalCapacity{context="streaming"} > 90',
    on=["job", "plugin", "server", "task", "database"],
    each=True,
)
OF_JOINS = ThresholdSet(
    "of_joins",
    [
        Level(LAG, "warning", above=60, for_="1m"),
        Level(MISSING, "warning", above=0, for_="1m"),
        Level(CONNECTED, "critical", equals=0, for_="1m"),
    ],
)
of_joins = RuleGroup(
    "of_joins",
    file="of_joins.yml",
    thresholds=OF_JOINS,
    rules=[
        alert("TasksMissing", MISSING.above("warning")),
        alert("ConnectionLostAfterIt", CONNECTED.unless(FIRST).is_at("critical")),
        alert("LagOfBusy", LAG.when(BUSY).above("warning")),
        alert("LagWhileOne", LAG.when(OF_SERVER).above("warning")),
        alert("Gone", PRESENT.is_absent(within="20m", for_="1m")),
    ],
)
of_one = RuleGroup(
    "of_one",
    file="of_joins.yml",
    thresholds=OF_JOINS,
    where={"server": "orders"},
    rules=[alert("LagUnlessAny", LAG.unless(ANYWHERE).above("warning"))],
)
"""


@pytest.fixture(scope="module")
def of_joins(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Proving:
    promtool = needed_promtool(request)
    project = load_project(write_project(tmp_path_factory.mktemp("of-joins"), MORE))
    found = obligations(project, compile_project(project))
    alerts = {each.alert: each for each in found if each.group in ("of_joins", "of_one")}
    return Proving(alerts, exporter_of(project), promtool)


@pytest.mark.parametrize(
    ("alert", "old", "new", "phase"),
    [
        ("TasksMissing", "unless on (job, connector)", "unless on (job)", "the signal, join 1, of another"),
        (
            "ConnectionLostAfterIt",
            "and on (job, plugin, server)",
            "and on (job, plugin)",
            "its first snapshot runs, join 1, of another",
        ),
        (
            "LagWhileOne",
            "and on (job, server)",
            "and on (job, plugin, server)",
            "not when its server takes one, whatever its other labels",
        ),
        (
            "LagOfBusy",
            "server, task)",
            "server)",
            "its queue is full, join 1, of another on sql_server",
        ),
        (
            "LagUnlessAny",
            'SnapshotRunning{context="snapshot",server="orders"}',
            'SnapshotRunning{context="snapshot"}',
            "one runs in its cluster, of another server",
        ),
        ("Gone", "debezium_metrics_QueueTotalCapacity", "0 < debezium_metrics_QueueTotalCapacity", "gone from 0"),
    ],
)
def test_a_join_or_filter_that_takes_anothers_series_is_found_out(
    alert: str, old: str, new: str, phase: str, of_joins: Proving
) -> None:
    assert of_joins.finds_out(of_joins.changed(alert, old, new), phase)


def test_joins_are_proven_as_they_are(of_joins: Proving) -> None:
    proofs = of_joins.prove_all(list(of_joins.alerts.values()))
    assert {proof.obligation.alert: proof.outcome for proof in proofs} == dict.fromkeys(of_joins.alerts, "proven")
