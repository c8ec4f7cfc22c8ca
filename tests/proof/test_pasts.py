"""What is looked back at: it went away or was otherwise before, until the window has passed."""

from __future__ import annotations

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.proof.obligations import exporter_of, obligations
from tests.promtool import needed_promtool
from tests.proof.conftest import Proving, write_project

MORE = """
DOWN = Signal(
    "down",
    "Down",
    expression="min by (job, instance) (up and on (job) last_over_time(worker_connector_count[2h]))",
    unit="none",
    states=[State(0, "Down", "red"), State(1, "Up", "green")],
    description="Down.",
)
EITHER = Signal(
    "either",
    "Either",
    expression='max by (job) (worker_connector_count) or max by (job) (worker_task_count)',
    unit="short",
    description="Either.",
)
BACK = Guard(
    "it is back for ten minutes",
    expression='min by (job, server) (min_over_time(Connected{context="streaming"}[10m])) == 1'
    ' and on (job, server) min by (job, server) (Connected{context="streaming"} offset 10m) == 1'
    ' and on (job, server) min by (job, server) (min_over_time(Connected{context="streaming"}[1h])) == 0',
    on=["job", "server"],
)
BEHIND = Signal(
    "behind",
    "Behind",
    expression='max by (job, server) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    description="Behind.",
)
OF_BOTH = ThresholdSet(
    "of_both",
    [
        Level(DOWN, "critical", equals=0, for_="1m"),
        Level(EITHER, "warning", above=3, for_="1m"),
        Level(BEHIND, "warning", above=5, for_="1m"),
    ],
)
FIRST = Guard(
    "a first snapshot runs somewhere",
    expression='max by (job, server) (SnapshotRunning{context="snapshot"}) == 1'
    ' and on (job, server) max by (job, server) (Connected{context="streaming"}) == 0',
    on=[],
)
looking_back = RuleGroup(
    "looking_back",
    file="looking_back.yml",
    thresholds=OF_BOTH,
    rules=[
        alert("WorkerDown", DOWN.is_at("critical")),
        alert("EitherHigh", EITHER.unless(FIRST).above("warning")),
        alert("StillBehind", BEHIND.when(BACK).above("warning")),
    ],
)
"""


@pytest.fixture(scope="module")
def looking_back(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Proving:
    promtool = needed_promtool(request)
    project = load_project(write_project(tmp_path_factory.mktemp("looking-back"), MORE))
    alerts = obligations(project, compile_project(project))
    return Proving({each.alert: each for each in alerts}, exporter_of(project), promtool)


@pytest.mark.parametrize("window", ["[1m]", "[90m]", "[3h]"])
def test_a_window_of_another_length_is_found_out_where_the_series_it_looks_at_has_gone(
    window: str, looking_back: Proving
) -> None:
    (proof,) = looking_back.prove_all([looking_back.changed("WorkerDown", "[2h]", window)])
    failing = {phase.name for phase in proof.phases if phase.outcome == "failed"}
    assert failing == {"the signal, worker_connector_count 2h ago"}


def test_a_second_way_to_know_a_signal_cannot_be_lost(looking_back: Proving) -> None:
    wrong = looking_back.changed("EitherHigh", "max by (job) (kafka_connect_worker_task_count)", "vector(0) < 0")
    assert looking_back.finds_out(wrong, "the signal, part 2")


def test_a_guard_tells_apart_what_it_is_not_joined_by(looking_back: Proving) -> None:
    wrong = looking_back.changed("EitherHigh", "by (job, server)", "by (job)")
    assert looking_back.finds_out(wrong, "unless a first snapshot runs somewhere, beside another server")


def test_a_guard_that_looks_back_at_the_signal_itself_is_joined_by_all_its_labels(proving: Proving) -> None:
    wrong = proving.changed("ConnectionLost", "and on (job, plugin, server)", "and on (job, plugin)")
    assert proving.finds_out(wrong, "it was connected within the hour, of another")


@pytest.mark.parametrize(("looks_back", "less"), [("offset 10m", "offset 9m"), ("[10m]", "[9m]")])
def test_of_a_range_and_an_offset_that_look_back_equally_far_each_is_proven(
    looks_back: str, less: str, looking_back: Proving
) -> None:
    wrong = looking_back.changed("StillBehind", looks_back, less)
    assert looking_back.finds_out(wrong, "it is back for ten minutes, Connected 10m ago")


@pytest.mark.parametrize("function", ["sum", "avg"])
def test_the_value_of_an_alert_that_holds_for_a_while_only_is_compared_then(
    function: str, looking_back: Proving
) -> None:
    max_lag = "max by (job, server) (debezium_metrics_MilliSecondsBehindSource"
    wrong = looking_back.changed("StillBehind", max_lag, max_lag.replace("max", function, 1))
    assert looking_back.finds_out(wrong, "beside another series")


def test_what_was_otherwise_is_proven_of_the_alerts_as_they_are(looking_back: Proving) -> None:
    for alert in ("WorkerDown", "EitherHigh", "StillBehind"):
        assert looking_back.prove(alert).outcome == "proven"
