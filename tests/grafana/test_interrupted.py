"""A push that is stopped half-way: each object is old or new, and the next push goes on."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from dashlib.grafana.apply import Interrupted
from tests.grafana.trial import Trial, dashboard

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib.grafana.apply import Outcome
    from tests.grafana.double import GrafanaDouble


@pytest.fixture
def trial(tmp_path: Path, grafana: GrafanaDouble) -> Trial:
    made = Trial(tmp_path, grafana)
    made.dashboards = [dashboard(f"d{number}") for number in range(4)]
    return made


def test_ctrl_c_stops_after_the_object_in_hand(trial: Trial) -> None:
    session = trial.session()
    plan = session.plan()

    def interrupt(outcome: Outcome) -> None:
        if outcome.change.uid == "d1":
            os.kill(os.getpid(), signal.SIGINT)

    report = session.push(plan, interrupt)
    assert report.interrupted
    done = {item.change.uid: item.status for item in report.outcomes if item.change.kind == "dashboard"}
    assert done == {"d0": "done", "d1": "done", "d2": "not tried", "d3": "not tried"}
    trial.dashboards = [dashboard(f"d{number}", description="second") for number in range(4)]
    assert set(trial.actions().values()) == {"update", "create"}, "what was written is known for ours"
    assert not trial.push().failed


def test_a_second_ctrl_c_ends_at_once() -> None:
    interrupted = Interrupted()
    with interrupted.held_back():
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupted.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_a_run_that_dies_leaves_nothing_that_looks_like_somebody_elses(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial.push()
    trial.dashboards = [dashboard(f"d{number}", description="second") for number in range(4)]
    session = trial.session()
    plan = session.plan()

    def die(outcome: Outcome) -> None:
        if outcome.change.uid == "d1":
            raise SystemExit  # as if the machine went down: nothing is confirmed

    with pytest.raises(SystemExit):
        session.push(plan, die)
    monkeypatch.undo()
    trial.dashboards = [dashboard(f"d{number}", description="third") for number in range(4)]
    assert set(trial.actions().values()) == {"update"}
    trial.push()
    assert trial.actions() == {}


def test_a_failure_of_one_object_does_not_stop_the_others(trial: Trial) -> None:
    trial.push()
    trial.dashboards = [dashboard(f"d{number}", description="second") for number in range(4)]
    session = trial.session()
    plan = session.plan()
    trial.edit("d1", description="just now")
    report = session.push(plan)
    assert {item.change.uid: item.status for item in report.outcomes} == {
        "d0": "done", "d1": "failed", "d2": "done", "d3": "done",
    }  # fmt: skip
    assert not report.trouble


def test_a_token_that_is_taken_away_half_way_stops_the_push(trial: Trial) -> None:
    session = trial.session()
    plan = session.plan()

    def revoke(outcome: Outcome) -> None:
        if outcome.change.uid == "d1":
            with trial.grafana.state.lock:
                trial.grafana.state.tokens.clear()

    report = session.push(plan, revoke)
    assert [item.status for item in report.outcomes] == ["done", "done", "done", "failed", "not tried"]
    assert "authentication failed" in report.trouble
    trial.token = trial.grafana.token("Editor")
    again = trial.push()
    assert not again.failed
    assert {item.change.uid for item in again.outcomes} == {"d2", "d3"}
    trial.dashboards = []
    assert {item.change.uid for item in trial.push(prune=True).outcomes if item.status == "done"} >= {"d0", "d3"}
