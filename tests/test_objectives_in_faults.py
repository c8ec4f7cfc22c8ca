"""The objectives of `examples/objectives` in recorded faults: what burns, and what does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project, serialize
from dashlib.recordings.drawing_out import began_at, drawn_out
from dashlib.recordings.recording import Series, contract
from tests.e2e.fault_table import recording_of
from tests.e2e.lab import ROOT
from tests.e2e.replay import periods_of, rules_in
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

CONNECTORS = {"mariadb-server", "mysql-server", "postgres-server"}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    for document in compile_project(load_project(ROOT / "examples" / "objectives")):
        if document.kind == "rules":
            (folder / document.path.name).write_bytes(serialize(document))
    return folder


def paged(fault: str, rules: Path, request: pytest.FixtureRequest) -> dict[tuple[str, str], float]:
    """Return after how many seconds of a fault somebody is woken: by alert and connector."""
    recording = recording_of(fault)
    drawn, total = drawn_out(recording)
    series = [{"series": Series(labels, "").name, "values": contract(values)} for labels, values in drawn]
    periods, _ = periods_of(series, recording.interval, total, rules_in(rules), needed_promtool(request), ())
    return {
        (labels["alertname"], labels["server"]): first - began_at(recording)
        for labels, first, _ in periods
        if labels["severity"] == "critical"
    }


@pytest.mark.parametrize(
    ("fault", "alert"),
    [
        ("kafka-slow", "ChangesFreshBudgetBurnsFast"),  # the lag grows
        ("database-stopped", "SourcesConnectedBudgetBurnsFast"),  # disconnected, and PostgreSQL's metrics vanish
        ("connector-deleted", "SourcesConnectedBudgetBurnsFast"),  # all metrics vanish
    ],
)
def test_a_fault_burns_the_budget_of_what_it_spoils_within_two_minutes(
    fault: str, alert: str, rules: Path, request: pytest.FixtureRequest
) -> None:
    found = paged(fault, rules, request)
    assert set(found) == {(alert, connector) for connector in CONNECTORS}
    assert all(0 < after <= 120 for after in found.values()), found


@pytest.mark.parametrize("fault", ["healthy", "source-idle", "connector-paused", "blocking-snapshot"])
def test_idle_sources_pauses_and_snapshots_burn_nothing(
    fault: str, rules: Path, request: pytest.FixtureRequest
) -> None:
    assert paged(fault, rules, request) == {}
