"""Library panels between a project and a Grafana."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dashlib import Query, Row, from_library, library_panel, stat, timeseries
from dashlib.compile.project import serialize
from dashlib.errors import AnswerError, RefusedError
from dashlib.grafana import preflight
from dashlib.grafana.objects import folder_uid
from dashlib.grafana.preflight import CheckError
from dashlib.grafana.remote import _LibraryPanels
from dashlib.grafana.session import OnlyError
from dashlib.servers.grafana import Client
from tests.grafana.trial import Trial, dashboard

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib import Dashboard, LibraryPanel
    from dashlib.grafana.plan import Change
    from tests.grafana.double import GrafanaDouble

DEBEZIUM = folder_uid("Debezium")
UID = "errors-3bfd562b"
KEY = f"library panel/{UID}"


def errors(expression: str = "sum(rate(errors_total[5m]))", **settings: Any) -> LibraryPanel:
    return library_panel("Errors", timeseries(Query(expression), "Errors"), **{"folder": "Debezium", **settings})


def showing(uid: str = "one", panel: Any = "Errors") -> Dashboard:
    return dashboard(uid, rows=[Row([from_library(panel)])])


@pytest.fixture
def trial(tmp_path: Path, grafana: GrafanaDouble) -> Trial:
    trial = Trial(tmp_path, grafana)
    declare(trial, errors(), showing(), dashboard("two"))
    return trial


def declare(trial: Trial, *items: Any) -> None:
    trial.dashboards = list(items)


def element(trial: Trial, uid: str = UID) -> Any:
    return trial.grafana.call("GET", f"/api/library-elements/{uid}").body.get("result")


def edit(trial: Trial, **changed: Any) -> None:
    """Save a library panel in the UI, in a dashboard: its place there is saved with it."""
    found = element(trial)
    model = {**found["model"], "id": 7, "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0}, **changed}
    body = {"name": found["name"], "kind": 1, "version": found["version"], "model": model}
    assert trial.grafana.call("PATCH", f"/api/library-elements/{UID}", body).status == 200


def change(trial: Trial, **options: Any) -> Change:
    return next(each for each in trial.plan(**options).changes if each.key == KEY)


def test_it_is_created_before_the_dashboard_that_shows_it_and_a_second_push_writes_nothing(trial: Trial) -> None:
    report = trial.push()
    assert not report.failed, report.failed
    keys = [outcome.change.key for outcome in report.outcomes]
    assert keys.index(KEY) < keys.index("dashboard/one")
    found = element(trial)
    assert (found["name"], found["kind"], found["folderUid"]) == ("Errors", 1, DEBEZIUM)
    assert found["model"]["datasource"] == {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}
    assert found["meta"]["connectedDashboards"] == 1
    assert trial.writes_of(trial.push) == []
    assert element(trial)["version"] == 1
    assert trial.actions() == {}


def test_an_edited_declaration_is_one_update_in_words_on_top_of_what_was_read(trial: Trial) -> None:
    trial.push()
    declare(trial, errors("sum(rate(errors_total[15m]))"), showing(), dashboard("two"))
    assert trial.actions() == {KEY: "update"}, "the dashboard holds a name only"
    assert change(trial).details == ("query A: sum(rate(errors_total[5m])) → sum(rate(errors_total[15m]))",)
    written = trial.writes_of(trial.push)
    assert f"PATCH /api/library-elements/{UID}" in written
    assert element(trial)["version"] == 2
    assert element(trial)["folderUid"] == DEBEZIUM
    assert trial.actions() == {}


def test_another_title_in_the_library_is_no_difference_of_dashboards(trial: Trial) -> None:
    trial.push()
    renamed = library_panel("Errors", timeseries(Query("sum(rate(errors_total[5m]))"), "All errors"), folder="Debezium")
    declare(trial, renamed, showing(), dashboard("two"))
    assert trial.actions() == {KEY: "update"}
    trial.push()
    found = trial.read("one")["dashboard"]
    assert [each["title"] for each in found["panels"]] == ["Errors"]
    assert trial.actions() == {}


def test_a_save_without_an_edit_is_no_difference(trial: Trial) -> None:
    trial.push()
    edit(trial, pluginVersion="12.3.0", transparent=False, description="")
    assert element(trial)["version"] == 2
    assert trial.actions() == {}


def test_what_somebody_changed_is_a_conflict_and_stays_until_it_is_overwritten(trial: Trial) -> None:
    trial.push()
    edit(trial, title="Mine")
    assert change(trial).action == "conflict"
    assert change(trial).details == ("title: Mine → Errors",)
    trial.push()
    assert element(trial)["model"]["title"] == "Mine"
    report = trial.push(overwrite=True)
    assert element(trial)["model"]["title"] == "Errors"
    trial.rollback(report.run)
    assert element(trial)["model"]["title"] == "Mine"


def test_one_that_is_there_already_is_a_conflict(trial: Trial) -> None:
    body = {"uid": UID, "name": "Errors", "kind": 1, "folderUid": "", "model": {"type": "text", "title": "Theirs"}}
    assert trial.grafana.call("POST", "/api/library-elements", body).status == 200
    assert change(trial).reason == "differs, and dashlib has no record of pushing it"
    trial.push()
    assert element(trial)["model"]["type"] == "text"


def test_an_edit_between_reading_and_writing_is_not_lost(trial: Trial) -> None:
    trial.push()
    declare(trial, errors("sum(rate(errors_total[15m]))"), showing(), dashboard("two"))
    session = trial.session()
    plan = session.plan()
    edit(trial, title="Meanwhile")
    report = session.push(plan)
    assert [(each.change.key, each.status) for each in report.failed] == [(KEY, "failed")]
    assert "was changed in Grafana during this run" in report.failed[0].message
    assert element(trial)["model"]["title"] == "Meanwhile"


def test_a_write_whose_answer_is_lost_is_looked_up_and_not_repeated(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Client.write

    def losing(client: Client, method: str, path: str, *arguments: Any, **named: Any) -> Any:
        answer = write(client, method, path, *arguments, **named)
        if path.startswith("/api/library-elements"):
            raise AnswerError("the answer was lost")
        return answer

    monkeypatch.setattr(Client, "write", losing)
    for items, prune in (
        ((errors(), showing()), False),
        ((errors("sum(rate(errors_total[15m]))"), showing()), False),
        ((dashboard("one"),), True),
    ):
        declare(trial, *items)
        report = trial.push(prune=prune)
        assert not report.failed, report.failed
        assert trial.actions() == {}
    sent = [each.method for each in trial.grafana.requests if each.writes and "library" in each.path]
    assert sent == ["POST", "PATCH", "DELETE"]


def test_it_moves_to_another_folder(trial: Trial) -> None:
    trial.push()
    declare(trial, errors(folder="Team"), showing(), dashboard("two"))
    assert trial.actions()[KEY] == "moved"
    trial.push()
    assert element(trial)["folderUid"] == folder_uid("Team")
    assert trial.actions() == {}


def test_prune_removes_it_once_no_dashboard_shows_it(trial: Trial) -> None:
    trial.push()
    declare(trial, dashboard("one"), dashboard("two"))
    assert trial.actions()[KEY] == "orphan"
    trial.push()
    assert element(trial), "only with --prune"
    trial.push(prune=True)
    assert element(trial) is None
    assert trial.actions() == {}


def test_prune_keeps_what_somebody_elses_dashboard_shows(trial: Trial) -> None:
    trial.push()
    place = {"id": 1, "libraryPanel": {"uid": UID, "name": "Errors"}, "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0}}
    body = {"dashboard": {"uid": "theirs", "title": "Theirs", "panels": [place]}, "folderUid": ""}
    assert trial.grafana.call("POST", "/api/dashboards/db", body).status == 200
    declare(trial, dashboard("one"), dashboard("two"))
    kept = change(trial, prune=True)
    assert (kept.written, kept.reason) == (False, "no longer declared; kept because dashboards show it: theirs")
    trial.push(prune=True)
    assert element(trial)


def test_prune_leaves_alone_what_dashlib_did_not_create(trial: Trial) -> None:
    declare(trial, dashboard("one"))
    trial.push()
    body = {"uid": "mine", "name": "Mine", "kind": 1, "folderUid": DEBEZIUM, "model": {"type": "text", "title": "M"}}
    assert trial.grafana.call("POST", "/api/library-elements", body).status == 200
    declare(trial)
    plan = trial.plan(prune=True)
    assert not [each for each in plan.written if each.kind in ("library panel", "folder")], "the folder holds it"


def test_everything_of_ours_goes_with_its_folder(trial: Trial) -> None:
    trial.push()
    declare(trial)
    report = trial.push(prune=True)
    assert not report.failed, report.failed
    assert element(trial) is None
    assert trial.grafana.call("GET", f"/api/folders/{DEBEZIUM}").status == 404


def test_only_takes_what_the_dashboard_needs(trial: Trial) -> None:
    report = trial.push(only="one")
    assert {each.change.key for each in report.outcomes} == {f"folder/{DEBEZIUM}", KEY, "dashboard/one"}
    declare(trial, errors("sum(rate(errors_total[15m]))"), showing(), dashboard("two"))
    assert set(trial.actions(only="errors*")) == {KEY}


def test_without_its_library_panel_a_dashboard_is_not_written(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RefusedError("the token may not create library panels", 403)

    monkeypatch.setattr(_LibraryPanels, "write", refuse)
    report = trial.push()
    assert {each.change.key: each.status for each in report.failed} == {KEY: "failed", "dashboard/one": "not tried"}
    assert "its library panel 'Errors' is not in that Grafana" in [each.message for each in report.failed]
    assert trial.grafana.call("GET", "/api/dashboards/uid/one").status == 404


def test_a_query_that_prometheus_refuses_stops_the_push(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    # What dashlib takes for PromQL, this Grafana's Prometheus may refuse.
    monkeypatch.setattr(preflight, "interpolated", lambda expression, _: f"{expression} (")
    declare(trial, library_panel("Bad", stat(Query("sum(rate(errors_total[5m]))"), "Bad")))
    with pytest.raises(CheckError, match=r"1 query was rejected.*\n  Bad › Bad › A"):
        trial.push()
    assert not trial.grafana.writes()


def test_a_second_one_of_that_name_in_a_folder_is_said(trial: Trial) -> None:
    trial.push()
    other = errors(uid="other")
    declare(trial, other, showing(), dashboard("two"))
    trial.push()
    said = "already has a library panel 'Errors' (errors-3bfd562b); there will be two with that name"
    assert any(said in note for note in trial.session_notes())


def test_pull_brings_back_the_edit_and_nothing_else(trial: Trial) -> None:
    trial.push()
    session = trial.session()
    document = next(each for each in session.documents if each.kind == "library-panel")
    pulled, missing = session.pull()
    assert not missing
    assert pulled.declared[document.path] == serialize(document)

    edit(trial, title="Mine", pluginVersion="12.3.0")
    pulled, _ = trial.session(only="errors*").pull()
    expected = {**document.data, "model": {**document.data["model"], "title": "Mine"}}
    assert list(pulled.declared) == [document.path]
    assert json.loads(pulled.declared[document.path]) == expected
    assert pulled.declared[document.path].decode().replace('"Mine"', '"Errors"').encode() == serialize(document)


def test_pull_takes_by_name_what_nobody_declared(trial: Trial) -> None:
    trial.push()
    made = {"uid": "by-hand", "name": "Made by hand", "kind": 1, "model": {"type": "text"}}
    assert trial.grafana.call("POST", "/api/library-elements", made).status == 200
    pulled, missing = trial.session(only="made*").pull()
    assert (pulled.declared, missing) == ({}, [])
    [(path, content)] = pulled.others.items()
    assert path.as_posix() == "library-panels/by-hand.json"
    assert json.loads(content)["name"] == "Made by hand"
    with pytest.raises(OnlyError, match="by-hand"):
        trial.session(only="nothing of the kind").pull()


def test_pull_says_which_are_not_there(trial: Trial) -> None:
    _, missing = trial.session(only="errors*").pull()
    assert missing == [UID]
