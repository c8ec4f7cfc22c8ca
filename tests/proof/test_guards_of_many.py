"""Guards that add up, that ask for a growth, or whose series lack a label: what decides then is proven, too."""

from __future__ import annotations

import pytest
from attrs import evolve

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.proof.invention import like_names
from dashlib.proof.obligations import exporter_of, obligations
from tests.promtool import needed_promtool
from tests.proof.conftest import Proving, write_project

MORE = """
NAMED = Signal(
    "named",
    "Named",
    expression='max by (job, plugin, server, connector) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    drops_unknown=True,
    description="Lag.",
)
IDLE = Signal(
    "idle",
    "Idle workers",
    expression="count by (job) (worker_connector_count == 0)"
    " and on (job) max_over_time((sum by (job) (worker_connector_count))[10m:30s]) > 0",
    unit="short",
    description="Workers that gave all connectors up within ten minutes.",
)
BUSY = Guard("the cluster is busy", expression="sum by (job) (worker_task_count) > 900", on=["job"])
READS = Guard(
    "a snapshot reads",
    expression='group by (job, plugin, server) (deriv(RowsScanned{context="snapshot"}[10m]) != 0)',
)
SKIPS = Guard(
    "events are filtered",
    expression='sum by (job, plugin, server) (rate(NumberOfEventsFiltered{context="streaming"}[10m])) > 0',
)
KNOWN = Guard(
    "Kafka Connect knows it",
    expression="group by (job, connector) (connector_status)"
    " or group by (job) (max_over_time((sum by (job) (worker_task_count))[20m:30s])"
    " == on (job) sum by (job) (worker_task_count))",
    on=["job", "connector"],
)
FAILED = Guard(
    "more tasks failed than are missing",
    expression='group by (job) (count by (job) (connector_task_status{status="failed"})'
    " > on (job) max_over_time((sum by (job) (worker_task_count))[20m:30s]) - sum by (job) (worker_task_count))",
    on=["job"],
)
OF_MANY = ThresholdSet(
    "of_many",
    [
        Level(LAG, "warning", above=60, for_="1m"),
        Level(NAMED, "warning", above=60, for_="1m"),
        Level(IDLE, "warning", above=0),
    ],
)
of_many = RuleGroup(
    "of_many",
    file="of_many.yml",
    thresholds=OF_MANY,
    rules=[
        alert("LagWhileBusy", LAG.when(BUSY).above("warning")),
        alert("LagUnlessReading", LAG.unless(READS).above("warning")),
        alert("LagWhileFiltering", LAG.when(SKIPS).above("warning")),
        alert("LagUnlessKnown", NAMED.unless(KNOWN).above("warning")),
        alert("LagUnlessFailed", LAG.unless(FAILED).above("warning")),
        alert("LagWhileFailed", LAG.when(FAILED).above("warning")),
        alert("Idle", IDLE.above("warning")),
    ],
)
"""


@pytest.fixture(scope="module")
def of_many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Proving:
    promtool = needed_promtool(request)
    project = load_project(write_project(tmp_path_factory.mktemp("of-many"), MORE))
    found = obligations(project, compile_project(project))
    alerts = {each.alert: each for each in found if each.group == "of_many"}
    return Proving(alerts, exporter_of(project), promtool)


@pytest.mark.parametrize(
    ("alert", "old", "new", "phase"),
    [
        ("LagWhileBusy", "sum by", "max by", "the cluster is busy, of several"),
        ("LagUnlessReading", "deriv(", "delta(", "a snapshot reads, RowsScanned 10m ago and back"),
        ("LagWhileFiltering", "rate(", "irate(", "events are filtered, NumberOfEventsFiltered 10m ago no more"),
        (
            "LagUnlessKnown",
            "[20m",
            "[40m",
            "Kafka Connect knows it, worker_task_count 20m ago without connector",
        ),
        (
            "LagWhileFailed",
            "count by",
            "group by",
            "more tasks failed than are missing, two of connector_task_status",
        ),
        ("LagWhileFailed", "sum by", "max by", "more tasks failed than are missing, between several"),
        ("Idle", "count by", "group by", "beside its like"),
    ],
)
def test_what_only_several_series_or_a_past_growth_tell_is_found_out(
    alert: str, old: str, new: str, phase: str, of_many: Proving
) -> None:
    assert of_many.finds_out(of_many.changed(alert, old, new), phase)


def test_a_growth_is_told_as_a_whole_number(proving: Proving) -> None:
    said = proving.rule("Flapping")["annotations"]
    texts = {name: text.replace('printf "%.0f"', "humanize") for name, text in said.items()}
    assert texts != said
    (proof,) = proving.prove_all(
        [evolve(proving.alerts["Flapping"], rule={**proving.rule("Flapping"), "annotations": texts})]
    )
    assert [phase.name for phase in proof.phases if phase.outcome == "failed"] == ["its text"]


def test_a_pattern_that_matches_a_name_but_for_its_dot_is_known() -> None:
    assert list(like_names(r"test-.*|stock\.eu|orders")) == ["stock-eu"]


def test_guards_of_many_are_proven_as_they_are(of_many: Proving) -> None:
    proofs = of_many.prove_all(list(of_many.alerts.values()))
    assert {proof.obligation.alert: proof.outcome for proof in proofs} == dict.fromkeys(of_many.alerts, "proven")
