"""A push: what is written, what is not, and what is remembered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from dashlib import Dashboard, Query, Row, data_link, datasource_variable, link, logs, loki, table
from dashlib.compile.loading import load_project
from dashlib.compile.project import serialize
from dashlib.errors import DashlibError, RemoteError
from dashlib.grafana.objects import folder_uid
from dashlib.grafana.preflight import CheckError
from tests.grafana.double import Datasource, GrafanaDouble
from tests.grafana.trial import STRICTER, Trial, dashboard, replaced

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib.grafana.plan import Change

DEBEZIUM = folder_uid("Debezium")
STATE = "dashlib-state-trial"


@pytest.fixture
def trial(tmp_path: Path, grafana: GrafanaDouble) -> Trial:
    return Trial(tmp_path, grafana)


def change(plan: Any, uid: str) -> Change:
    found: Change = next(item for item in plan.changes if item.uid == uid)
    return found


# --- a push and another ----------------------------------------------------------------------------------------------


def test_a_first_push_makes_the_folder_and_the_dashboards_in_it(trial: Trial) -> None:
    report = trial.push(message="first")
    assert not report.failed
    assert not report.trouble
    assert trial.read("one")["meta"]["folderUid"] == DEBEZIUM
    assert trial.read("one")["meta"]["folderTitle"] == "Debezium"
    assert trial.read("two")["dashboard"]["title"] == "Two"
    assert report.backup is None


def test_a_second_push_writes_nothing_and_adds_no_version(trial: Trial) -> None:
    trial.push()
    before = {uid: trial.versions(uid) for uid in ("one", "two", STATE)}
    assert trial.writes_of(trial.push) == []
    assert {uid: trial.versions(uid) for uid in before} == before
    assert trial.actions() == {}


def test_the_drop_down_of_the_datasource_governs_the_panels(trial: Trial) -> None:
    trial.push()
    found = trial.read("one")["dashboard"]
    variable = found["templating"]["list"][0]
    assert variable["name"] == "DS_PROMETHEUS"
    assert variable["current"] == {"text": "Prometheus", "value": "prometheus"}
    assert "__inputs" not in found
    assert "${DS_PROMETHEUS}" in json.dumps(found["panels"])
    assert trial.actions() == {}


def test_an_edited_declaration_is_one_update_in_words(trial: Trial) -> None:
    trial.push()
    trial.dashboards[0] = dashboard("one", thresholds=STRICTER)
    plan = trial.plan()
    assert trial.actions() == {"dashboard/one": "update"}
    details = change(plan, "one").details
    assert details
    assert all(" › thresholds" in line for line in details), details
    written = trial.writes_of(trial.push)
    assert written.count("POST /api/dashboards/db") == 3  # the dashboard, and what is remembered before and after
    assert trial.actions() == {}


def test_a_dashboard_that_was_deleted_in_the_ui_is_made_again(trial: Trial) -> None:
    trial.push()
    trial.grafana.call("DELETE", "/api/dashboards/uid/one")
    assert change(trial.plan(), "one").reason == "removed in Grafana since the last push"
    trial.push()
    assert trial.read("one")


def test_nested_folders_are_made_from_the_outside_in(trial: Trial) -> None:
    trial.dashboards = [dashboard("one", folder="Data/CDC/MySQL"), dashboard("two", folder="Data")]
    trial.push()
    inner = trial.grafana.call("GET", f"/api/folders/{folder_uid('Data/CDC/MySQL')}").body
    assert inner["title"] == "MySQL"
    assert inner["parentUid"] == folder_uid("Data/CDC")
    assert trial.actions() == {}


PATHS = ("Bulk/0", "Bulk/1/Deep/er", "Other/0", "Other/Bulk/0", "Bulk")


@pytest.mark.parametrize("there", [(), ("Bulk",), ("Bulk", "Bulk/1"), ("Other", "Other/Bulk", "Other/Bulk/0")])
def test_folders_are_made_below_those_that_are_there_and_those_that_are_not(
    trial: Trial, there: tuple[str, ...]
) -> None:
    uids = {path: f"theirs-{number}" for number, path in enumerate(there)}
    for path, uid in uids.items():
        outer, _, title = path.rpartition("/")
        trial.grafana.call("POST", "/api/folders", {"uid": uid, "title": title, "parentUid": uids.get(outer)})
    trial.dashboards = [dashboard(f"d{number}", folder=path) for number, path in enumerate(PATHS)]
    assert set(trial.actions().values()) == {"create"}, "what `diff` says"
    report = trial.push()
    assert not report.failed
    assert not report.trouble
    made = {f"folder/{folder_uid(path)}" for path in (*PATHS, "Bulk/1", "Bulk/1/Deep", "Other", "Other/Bulk")}
    made -= {f"folder/{folder_uid(path)}" for path in there}
    assert {item.change.key for item in report.outcomes if item.change.kind == "folder"} == made
    for number, path in enumerate(PATHS):
        uid = trial.read(f"d{number}")["meta"]["folderUid"]
        found = trial.grafana.call("GET", f"/api/folders/{uid}").body
        assert "/".join([*(parent["title"] for parent in found.get("parents", ())), found["title"]]) == path
    assert trial.actions() == {}
    assert trial.writes_of(trial.push) == []


def test_a_nested_folder_that_is_named_and_whose_parent_is_missing_is_an_error(
    tmp_path: Path, grafana: GrafanaDouble
) -> None:
    trial = Trial(tmp_path, grafana, folder="Bulk/0")
    with pytest.raises(RemoteError, match="has no folder 'Bulk/0'"):
        trial.plan()
    grafana.add_folder("bulk", "Bulk")
    with pytest.raises(RemoteError, match="has no folder 'Bulk/0'"):
        trial.plan()


def test_a_folder_of_that_title_is_used_as_it_is(trial: Trial) -> None:
    trial.grafana.call("POST", "/api/folders", {"uid": "theirs", "title": "Debezium"}, token=trial.token)
    trial.push()
    assert trial.read("one")["meta"]["folderUid"] == "theirs"
    trial.dashboards = []
    assert not [item for item in trial.plan(prune=True).written if item.kind == "folder"], "it was not made by dashlib"


def test_two_folders_of_that_title_are_a_question(trial: Trial) -> None:
    for uid in ("a", "b"):
        trial.grafana.call("POST", "/api/folders", {"uid": uid, "title": "Debezium"}, token=trial.token)
    with pytest.raises(RemoteError, match=r"2 folders 'Debezium': a, b; choose one"):
        trial.plan()


@pytest.mark.parametrize("named", ["theirs", "Team/Dashboards"])
def test_everything_goes_to_the_folder_that_is_named(tmp_path: Path, grafana: GrafanaDouble, named: str) -> None:
    trial = Trial(tmp_path, grafana, folder=named)
    trial.grafana.call("POST", "/api/folders", {"uid": "team", "title": "Team"}, token=trial.token)
    body = {"uid": "theirs", "title": "Dashboards", "parentUid": "team"}
    trial.grafana.call("POST", "/api/folders", body, token=trial.token)
    trial.push()
    assert trial.read("one")["meta"]["folderUid"] == "theirs"
    assert trial.read(STATE)["meta"]["folderUid"] == "theirs"


def test_a_folder_that_is_named_and_not_there_is_an_error(tmp_path: Path, grafana: GrafanaDouble) -> None:
    trial = Trial(tmp_path, grafana, folder="nowhere")
    with pytest.raises(RemoteError, match=r"has no folder 'nowhere'.*leave out --folder"):
        trial.push()
    assert not grafana.writes()


def test_only_pushes_what_fits_and_the_folder_that_it_needs(trial: Trial) -> None:
    trial.dashboards = [dashboard("one"), dashboard("two", folder="Elsewhere")]
    report = trial.push(only="t*")
    assert [item.change.uid for item in report.outcomes] == [folder_uid("Elsewhere"), "two"]
    assert set(trial.actions()) == {f"folder/{DEBEZIUM}", "dashboard/one"}


def test_only_says_which_dashboards_its_links_lead_to_in_vain(trial: Trial) -> None:
    led = [data_link("Two", "/d/two?var-connector=a"), data_link("Elsewhere", "https://elsewhere.example.com/d/three")]
    chosen = table(
        Query("up", name="up", unit="none"), columns={"instance": "Instance"}, links={"Instance": led}, title="Up"
    )
    trial.dashboards = [dashboard("one", rows=[Row([chosen])], links=[link("Two", "/d/two")]), dashboard("two")]
    trial.push(only="one")
    (note,) = trial.session_notes()
    assert note == (
        f"Grafana at {trial.grafana.url} does not have the dashboards that 'One' leads to: two; push them, too, or "
        "those links lead nowhere"
    )
    trial.push()
    trial.push(only="one")
    assert trial.session_notes() == []


def test_the_version_history_says_who_and_why(trial: Trial) -> None:
    trial.push()
    trial.dashboards[0] = dashboard("one", description="new")
    trial.push(message="for the audit")
    versions = trial.grafana.call("GET", "/api/dashboards/uid/one/versions").body["versions"]
    assert versions[0]["message"] == "managed by dashlib: for the audit"


# --- conflicts -------------------------------------------------------------------------------------------------------


def test_what_somebody_changed_is_a_conflict_and_stays(trial: Trial) -> None:
    trial.push()
    trial.edit("one", description="written by hand")
    report = trial.push()
    found = change(report.plan, "one")
    assert found.action == "conflict"
    assert found.details == ("description: written by hand → (none)",)
    assert report.plan.left
    assert trial.read("one")["dashboard"]["description"] == "written by hand"


def test_overwrite_saves_first_and_rollback_restores(trial: Trial) -> None:
    trial.push()
    trial.edit("one", description="written by hand")
    report = trial.push(overwrite=True)
    assert "description" not in trial.read("one")["dashboard"]
    assert report.backup is not None
    assert [json.loads(file.read_text())["content"]["description"] for file in report.backup.glob("*.json")] == [
        "written by hand"
    ]
    trial.rollback(report.run)
    assert trial.read("one")["dashboard"]["description"] == "written by hand"
    assert trial.actions() == {"dashboard/one": "update"}, "what was restored is remembered as ours"


def test_the_others_are_pushed_beside_a_conflict(trial: Trial) -> None:
    trial.push()
    trial.edit("one", description="written by hand")
    trial.dashboards = [dashboard("one", tags=["a"]), dashboard("two", tags=["a"])]
    report = trial.push()
    assert trial.read("two")["dashboard"]["tags"] == ["a"]
    assert trial.read("one")["dashboard"]["description"] == "written by hand"
    assert [item.uid for item in report.plan.left] == ["one"]


def test_an_old_version_that_was_restored_in_the_ui_is_a_conflict(trial: Trial) -> None:
    trial.push()
    first = trial.read("one")["dashboard"]
    trial.dashboards[0] = dashboard("one", description="second")
    trial.push()
    trial.edit("one", description="")
    old = {key: value for key, value in first.items() if key not in ("id", "version")}
    trial.grafana.call("POST", "/api/dashboards/db", {"dashboard": old, "folderUid": DEBEZIUM, "overwrite": True})
    assert trial.actions() == {"dashboard/one": "conflict"}


def test_a_dashboard_that_is_there_already_is_a_conflict(trial: Trial) -> None:
    other = {"uid": "one", "title": "Somebody's", "panels": []}
    trial.grafana.call("POST", "/api/dashboards/db", {"dashboard": other, "overwrite": True}, token=trial.token)
    report = trial.push()
    found = change(report.plan, "one")
    assert found.action == "conflict"
    assert "has no record of pushing it" in found.reason
    assert trial.read("one")["dashboard"]["title"] == "Somebody's"
    assert trial.read("two")


def test_a_dashboard_that_somebody_moved_is_a_conflict_and_one_that_we_move_is_moved(trial: Trial) -> None:
    trial.push()
    trial.grafana.call("POST", "/api/folders", {"uid": "theirs", "title": "Theirs"}, token=trial.token)
    trial.edit("one", folder="theirs")
    assert change(trial.plan(), "one").action == "conflict"
    trial.dashboards[1] = dashboard("two", folder="Elsewhere")
    found = change(trial.plan(), "two")
    assert found.action == "moved"
    assert found.details == (f"folder: {DEBEZIUM} → {folder_uid('Elsewhere')}",)
    trial.push()
    assert trial.read("two")["meta"]["folderTitle"] == "Elsewhere"
    assert trial.read("one")["meta"]["folderUid"] == "theirs"


def test_without_what_is_remembered_all_that_differs_is_a_conflict(trial: Trial) -> None:
    trial.push()
    trial.grafana.call("DELETE", f"/api/dashboards/uid/{STATE}")
    trial.dashboards[0] = dashboard("one", description="new")
    assert trial.actions() == {"dashboard/one": "conflict"}
    trial.push(overwrite=True)
    assert trial.actions() == {}


def test_what_is_the_same_is_remembered_again_though_nothing_is_written(trial: Trial) -> None:
    trial.push()
    trial.grafana.call("DELETE", f"/api/dashboards/uid/{STATE}")
    assert trial.writes_of(trial.push) == ["POST /api/dashboards/db"]
    trial.dashboards[0] = dashboard("one", description="new")
    assert trial.actions() == {"dashboard/one": "update"}
    trial.dashboards = [trial.dashboards[1]]
    assert not trial.plan(prune=True).written, "nobody knows any more that dashlib made it"


def test_a_state_that_somebody_broke_is_said_and_replaced(trial: Trial) -> None:
    trial.push()
    trial.edit(STATE, panels=[])
    session = trial.session()
    assert {item.action for item in session.plan().changes} == {"unchanged"}
    assert "is unreadable" in session.notes[0]
    trial.push()
    trial.dashboards[0] = dashboard("one", description="new")
    assert trial.actions() == {"dashboard/one": "update"}


def test_two_runs_at_once_the_second_is_told(trial: Trial) -> None:
    trial.push()
    trial.dashboards = [dashboard("one", description="mine"), dashboard("two")]
    first = trial.session()
    plan = first.plan()
    trial.dashboards = [dashboard("one", description="yours"), dashboard("two")]
    trial.push()
    report = first.push(plan)
    assert "another run of dashlib" in report.trouble
    assert [item.status for item in report.outcomes] == ["not tried"]
    assert trial.read("one")["dashboard"]["description"] == "yours"


def test_an_edit_between_reading_and_writing_is_not_lost(trial: Trial) -> None:
    trial.push()
    trial.dashboards[0] = dashboard("one", description="mine")
    session = trial.session()
    plan = session.plan()
    trial.edit("one", description="by hand, just now")
    report = session.push(plan)
    assert [item.status for item in report.outcomes] == ["failed"]
    assert "was changed in Grafana during this run" in report.outcomes[0].message
    assert trial.read("one")["dashboard"]["description"] == "by hand, just now"
    assert trial.actions() == {"dashboard/one": "conflict"}


def test_a_folder_that_vanishes_is_said_and_made_again(trial: Trial) -> None:
    trial.push()
    trial.dashboards[0] = dashboard("one", description="second")
    session = trial.session()
    plan = session.plan()
    assert trial.grafana.call("DELETE", f"/api/folders/{DEBEZIUM}").status == 200
    assert "push again" in session.push(plan).failed[0].message
    assert not trial.push().failed
    assert trial.read("one")["dashboard"]["description"] == "second"


def test_provisioned_dashboards_are_reported_and_not_fought(trial: Trial) -> None:
    trial.grafana.provision_dashboard({"uid": "one", "title": "From a file", "panels": []})
    report = trial.push(overwrite=True)
    found = change(report.plan, "one")
    assert (found.action, found.written) == ("provisioned", False)
    assert not report.failed
    assert trial.read("one")["dashboard"]["title"] == "From a file"


# --- prune -----------------------------------------------------------------------------------------------------------


def test_prune_removes_what_dashlib_made_and_saves_it_first(trial: Trial) -> None:
    trial.push()
    trial.dashboards = trial.dashboards[:1]
    assert trial.actions() == {"dashboard/two": "orphan"}
    trial.push()
    assert trial.read("two"), "only --prune removes"
    report = trial.push(prune=True)
    assert trial.grafana.call("GET", "/api/dashboards/uid/two").status == 404
    assert trial.read("one")
    assert trial.actions() == {}
    trial.rollback(report.run)
    assert trial.read("two")["meta"]["folderUid"] == DEBEZIUM


def test_prune_leaves_alone_what_somebody_changed(trial: Trial) -> None:
    trial.push()
    trial.edit("two", description="I need this")
    trial.dashboards = trial.dashboards[:1]
    trial.push(prune=True)
    assert trial.read("two")["dashboard"]["description"] == "I need this"
    trial.push(prune=True, overwrite=True)
    assert trial.grafana.call("GET", "/api/dashboards/uid/two").status == 404


def test_prune_leaves_alone_what_was_there_before(trial: Trial) -> None:
    trial.push()
    other = {"uid": "theirs", "title": "Theirs", "panels": []}
    trial.grafana.call("POST", "/api/dashboards/db", {"dashboard": other, "folderUid": DEBEZIUM}, token=trial.token)
    trial.dashboards = []
    report = trial.push(prune=True)
    assert trial.read("theirs")["meta"]["folderUid"] == DEBEZIUM
    assert trial.grafana.call("GET", "/api/dashboards/uid/one").status == 404
    kept = change(report.plan, DEBEZIUM)
    assert (kept.written, kept.reason) == (
        False,
        "no longer declared; kept because it holds other people's work",
    )
    assert not report.failed


def test_prune_of_everything_leaves_nothing_of_ours(trial: Trial) -> None:
    trial.dashboards = [dashboard("one", folder="A/B"), dashboard("two", folder="A")]
    trial.push()
    trial.dashboards = []
    report = trial.push(prune=True)
    assert not report.failed
    assert not report.trouble
    assert trial.grafana.call("GET", "/api/search").body == []
    trial.rollback(report.run)
    assert trial.read("one")["meta"]["folderUid"] == folder_uid("A/B")


def test_a_dashboard_that_changes_while_it_is_pruned_stays(trial: Trial) -> None:
    trial.push()
    trial.dashboards = trial.dashboards[:1]
    session = trial.session(prune=True)
    plan = session.plan()
    trial.edit("two", description="just now")
    report = session.push(plan)
    assert [item.status for item in report.outcomes] == ["failed"]
    assert trial.read("two")["dashboard"]["description"] == "just now"


def test_two_projects_on_one_grafana_do_not_see_each_other(
    tmp_path: Path, grafana: GrafanaDouble, trial: Trial
) -> None:
    other = Trial(tmp_path / "other", grafana, token=trial.token)
    other.target = type(other.target)(grafana.url, owner="other")
    other.dashboards = [dashboard("three")]
    trial.push()
    other.push()
    trial.dashboards = []
    report = trial.push(prune=True)
    assert {item.change.uid for item in report.outcomes} == {"one", "two"}
    assert other.actions() == {}


# --- rollback --------------------------------------------------------------------------------------------------------


def test_rollback_of_a_run_that_is_not_there_names_the_latest(trial: Trial) -> None:
    with pytest.raises(DashlibError, match=r"no backup of run '../../etc'.*the latest runs are: none"):
        trial.rollback("../../etc")


def test_a_rollback_forgets_nothing_else(trial: Trial) -> None:
    trial.push()
    trial.dashboards[0] = dashboard("one", description="second")
    trial.rollback(trial.push().run)
    trial.dashboards = [trial.dashboards[0]]
    assert trial.actions() == {"dashboard/one": "update", "dashboard/two": "orphan"}


def test_rollback_shows_a_conflict_where_somebody_went_on(trial: Trial) -> None:
    trial.push()
    trial.dashboards[0] = dashboard("one", description="second")
    report = trial.push()
    trial.edit("one", description="by hand")
    back = trial.rollback(report.run)
    assert change(back.plan, "one").action == "conflict"
    assert trial.read("one")["dashboard"]["description"] == "by hand"


# --- checks before writing -------------------------------------------------------------------------------------------


def test_a_query_that_prometheus_refuses_stops_the_push(trial: Trial) -> None:
    from grafanalib import core

    from dashlib import Row, datasource_variable

    bad = core.TimeSeries(title="Broken", targets=[core.Target(expr="sum(rate(foo[5m]", refId="A")])
    trial.dashboards.append(
        dashboard("bad", "Bad", variables=[datasource_variable()], rows=[Row("Broken things", [bad])])
    )
    with pytest.raises(CheckError, match=r"1 query was rejected.*\n  Bad › Broken › A: .*unclosed left paren") as e:
        trial.push()
    assert e.value.exit_code == 1
    assert not trial.grafana.writes()
    trial.push(check=False)
    assert trial.read("bad")


def test_each_query_is_asked_once_with_values_for_its_variables(trial: Trial) -> None:
    trial.push()
    asked = [query for item in trial.grafana.requests if item.path == "/api/ds/query" for query in item.body["queries"]]
    assert len(asked) >= 6
    assert not [query for query in asked if "$" in query["expr"]]
    assert {query["datasource"]["uid"] for query in asked} == {"prometheus"}


@pytest.mark.parametrize("role", ["Viewer", "None"])
def test_without_the_right_nothing_is_written_and_the_right_is_named(
    tmp_path: Path, grafana: GrafanaDouble, role: str
) -> None:
    trial = Trial(tmp_path, grafana, token=grafana.token(role), datasource="prometheus")
    with pytest.raises(RemoteError, match=r"it lacks the permission folders:create.*Editor role"):
        trial.push()
    assert not grafana.writes()


@pytest.fixture
def least(tmp_path: Path, grafana: GrafanaDouble) -> Trial:
    """The least right that docs/push.md names: role None with Edit on one folder, folder and datasource named."""
    token = grafana.token("None")
    grafana.add_folder("cdc", "CDC")
    grafana.grant(token, "cdc")
    return Trial(tmp_path, grafana, token=token, folder="cdc", datasource="prometheus")


def test_role_none_with_edit_on_a_folder_is_enough_for_dashboards(least: Trial) -> None:
    report = least.push()
    assert not report.failed
    assert not report.trouble
    assert least.read("one")["meta"]["folderUid"] == "cdc"
    (note,) = least.session_notes()
    assert "may not read datasources: dashlib assumes that 'prometheus' is the UID" in note
    assert "and skips checking queries" in note
    assert least.writes_of(least.push) == []
    least.dashboards = [dashboard("one", description="second")]
    assert not least.push(prune=True).failed
    assert least.actions() == {}
    assert least.read("one")["dashboard"]["description"] == "second"
    assert least.grafana.call("GET", "/api/dashboards/uid/two").status == 404


def test_role_none_names_the_folder_by_its_title_too(least: Trial) -> None:
    least.target = attrs.evolve(least.target, folder="CDC", org_id=1)
    assert not least.push().failed


def test_role_none_is_told_to_name_the_datasource_by_its_uid(least: Trial) -> None:
    for named, expected in (("", "may not list datasources; set the UID"), ("Prom A", "'Prom A' is not a UID")):
        least.target = attrs.evolve(least.target, datasource=named)
        with pytest.raises(RemoteError, match=expected):
            least.push()
    assert not least.grafana.writes()


def test_role_none_beside_a_memory_that_it_may_not_write(least: Trial) -> None:
    editors = Trial(least.root, least.grafana)
    editors.push()
    least.dashboards = [dashboard("three")]
    report = least.push()
    assert "may not write the state dashboard dashlib-state-trial" in report.trouble
    assert [item.status for item in report.outcomes] == ["not tried"]


@pytest.mark.parametrize("role", ["None", "Viewer", "Editor", "Admin"])
def test_an_organisation_that_is_not_there_is_said(tmp_path: Path, grafana: GrafanaDouble, role: str) -> None:
    trial = Trial(tmp_path, grafana, token=grafana.token(role), org_id=99)
    with pytest.raises(RemoteError, match="has no organization 99, or the token is not a member of it"):
        trial.plan()
    trial.target = attrs.evolve(trial.target, org_id=1, datasource="prometheus")
    trial.dashboards = []
    trial.plan()


# --- links -----------------------------------------------------------------------------------------------------------


def test_a_link_of_a_dashboard_leads_to_the_target_and_pull_turns_it_back(trial: Trial) -> None:
    trial.dashboards = [dashboard("one", description="See http://localhost:3000/d/two.")]
    trial.push()
    assert trial.read("one")["dashboard"]["description"] == f"See {trial.grafana.url}/d/two."
    assert trial.actions() == {}
    session = trial.session()
    (content,) = session.pull()[0].declared.values()
    assert content == serialize(session.documents[0])
    trial.edit("one", title="By hand")
    (edited,) = trial.session().pull()[0].declared.values()
    assert edited == content.replace(b'"title": "One"', b'"title": "By hand"')


# --- where it is remembered ------------------------------------------------------------------------------------------


def test_the_memory_lies_in_no_folder(trial: Trial) -> None:
    trial.push()
    assert trial.read(STATE)["meta"]["folderUid"] == ""
    assert trial.grafana.call("DELETE", f"/api/folders/{DEBEZIUM}").status == 200
    assert {item.reason for item in trial.plan().changes} == {"removed in Grafana since the last push"}
    trial.push()
    trial.dashboards = []
    assert {item.uid for item in trial.plan(prune=True).written} == {DEBEZIUM, "one", "two"}, "it is ours still"


def test_the_memory_of_an_older_dashlib_is_moved_once(trial: Trial) -> None:
    trial.push()
    trial.edit(STATE, folder=DEBEZIUM)
    assert trial.actions() == {}
    assert trial.writes_of(trial.push) == ["POST /api/dashboards/db"]
    assert trial.read(STATE)["meta"]["folderUid"] == ""
    assert trial.writes_of(trial.push) == []
    trial.dashboards[0] = dashboard("one", description="new")
    assert trial.actions() == {"dashboard/one": "update"}


def test_the_memory_lies_in_the_folder_that_takes_everything(tmp_path: Path, grafana: GrafanaDouble) -> None:
    trial = Trial(tmp_path, grafana, folder="cdc")
    grafana.add_folder("cdc", "CDC")
    trial.push()
    assert trial.read(STATE)["meta"]["folderUid"] == "cdc"
    trial.edit(STATE, folder="general")
    assert trial.writes_of(trial.push) == [], "outside of all folders it stays"


def test_the_memory_lies_in_a_declared_folder_where_nothing_else_may_be_written(
    tmp_path: Path, grafana: GrafanaDouble
) -> None:
    grafana.add_folder("theirs", "Debezium")
    token = grafana.token("None")
    grafana.grant(token, "theirs")
    trial = Trial(tmp_path, grafana, token=token, datasource="prometheus")
    assert not trial.push().trouble
    assert trial.read(STATE)["meta"]["folderUid"] == "theirs"
    assert trial.writes_of(trial.push) == []


def test_a_datasource_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    with GrafanaDouble(datasources=[Datasource("dead", "Dead", default=True, answers=False)]) as grafana:
        trial = Trial(tmp_path, grafana)
        with pytest.raises(RemoteError, match=r"datasource 'Dead' .*does not work"):
            trial.push()
        assert not grafana.writes()


@pytest.mark.parametrize(("named", "uid"), [("prom-b", "prom-b"), ("Prometheus B", "prom-b"), ("", "prom-a")])
def test_the_datasource_is_chosen_by_uid_or_name_or_default(tmp_path: Path, named: str, uid: str) -> None:
    both = [Datasource("prom-a", "Prometheus A", default=True), Datasource("prom-b", "Prometheus B")]
    with GrafanaDouble(datasources=both) as grafana:
        trial = Trial(tmp_path, grafana, datasource=named)
        trial.push()
        assert f'"value": "{uid}"' in json.dumps(trial.read("one")["dashboard"])


def test_a_datasource_that_is_not_there_or_not_chosen_is_an_error(tmp_path: Path) -> None:
    both = [Datasource("prom-a", "Prometheus A"), Datasource("prom-b", "Prometheus B")]
    with GrafanaDouble(datasources=both) as grafana:
        with pytest.raises(RemoteError, match=r"several Prometheus datasources.*'Prometheus A' \(prom-a\)"):
            Trial(tmp_path, grafana).push()
        with pytest.raises(RemoteError, match="no datasource with the UID or name 'nope'"):
            Trial(tmp_path, grafana, datasource="nope").push()
        assert not grafana.writes()


ASKS_LOKI = dashboard(
    "logs", variables=[datasource_variable("DS_LOKI", plugin="loki")], rows=[Row([logs(loki("{a='b'}"), "Log")])]
)
PROMETHEUS = Datasource("prom-a", "Prometheus A", default=True)
LOGS = [Datasource("logs-eu", "Logs EU", type="loki"), Datasource("logs-us", "Logs US", type="loki")]


@pytest.mark.parametrize(
    ("there", "named", "uid"),
    [(LOGS[:1], {}, "logs-eu"), (LOGS, {"loki": "logs-us"}, "logs-us"), (LOGS, {"loki": "Logs EU"}, "logs-eu")],
)
def test_a_datasource_of_another_type_is_chosen_too_and_a_second_push_writes_nothing(
    tmp_path: Path, there: list[Datasource], named: dict[str, str], uid: str
) -> None:
    with GrafanaDouble(datasources=[PROMETHEUS, *map(attrs.evolve, there)]) as grafana:
        trial = Trial(tmp_path, grafana, datasources=named)
        trial.dashboards = [ASKS_LOKI]
        trial.push()
        [variable] = trial.read("logs")["dashboard"]["templating"]["list"]
        assert variable["current"]["value"] == uid
        assert trial.writes_of(trial.push) == []


@pytest.mark.parametrize(
    ("there", "named", "said"),
    [
        ([], {}, "has no Loki datasource; add one under Connections"),
        (LOGS, {}, r"several Loki datasources and none is the default: 'Logs EU' \(logs-eu\), .*--datasource loki=…"),
        (LOGS, {"loki": "prom-a"}, r"'Prometheus A' .* is of type prometheus, not Loki; .*datasources\.loki = …"),
        (LOGS, {"loki": "nope"}, "no datasource with the UID or name 'nope'"),
    ],
)
def test_a_missing_datasource_of_another_type_is_said_before_anything_is_written(
    tmp_path: Path, there: list[Datasource], named: dict[str, str], said: str
) -> None:
    with GrafanaDouble(datasources=[PROMETHEUS, *map(attrs.evolve, there)]) as grafana:
        trial = Trial(tmp_path, grafana, datasources=named)
        trial.dashboards.append(ASKS_LOKI)
        with pytest.raises(RemoteError, match=said):
            trial.push()
        assert not grafana.writes()


def test_a_datasource_that_a_query_names_must_be_there(tmp_path: Path) -> None:
    def asks(uid: str) -> Dashboard:
        return dashboard("logs", variables=[], rows=[Row([logs(loki("{a='b'}", datasource=uid), "Log")])])

    with GrafanaDouble(datasources=[PROMETHEUS, attrs.evolve(LOGS[0])]) as grafana:
        trial = Trial(tmp_path, grafana)
        trial.dashboards = [asks("archive")]
        with pytest.raises(CheckError, match=r"1 query names a datasource .*\n  Logs › Log › A: 'archive'"):
            trial.push()
        assert not grafana.writes()
        trial.dashboards = [asks("logs-eu")]
        assert not trial.push().trouble


def of_grafanalib(trial: Trial) -> None:
    """Add what compiles of a grafanalib dashboard whose panels name no datasource."""
    folder = trial.root / "dashboards"
    folder.mkdir()
    (trial.root / "pyproject.toml").write_text('[tool.dashlib]\ndeclarations = ["dashboards"]\nfolder = "Debezium"\n')
    (folder / "old.dashboard.py").write_text(
        "from grafanalib.core import *\n"
        "dashboard = Dashboard(title='Old', panels=[TimeSeries(title='Up', gridPos=GridPos(8, 12, 0, 0),\n"
        "    targets=[Target(expr='up', refId='A')])])\n"
    )


@pytest.mark.parametrize("there", [[PROMETHEUS, LOGS[0]], [LOGS[0], PROMETHEUS]])
def test_panels_of_grafanalib_without_a_datasource_get_grafanas_default_one_as_grafana_itself_migrates_them(
    tmp_path: Path, there: list[Datasource]
) -> None:
    with GrafanaDouble(datasources=[*map(attrs.evolve, there)]) as grafana:
        trial = Trial(tmp_path, grafana)
        of_grafanalib(trial)
        session = trial.session(project=load_project(tmp_path))
        [document] = session.documents
        assert document.data["panels"][0]["datasource"] == {"uid": "default"}
        plan = session.plan()
        session.check(plan)
        session.push(plan)
        [panel] = trial.read("old")["dashboard"]["panels"]
        expected = {"type": "prometheus", "uid": "prom-a"}
        assert panel["datasource"] == panel["targets"][0]["datasource"] == expected
        pulled, _ = trial.session(project=load_project(tmp_path)).pull()
        assert pulled.declared[document.path] == serialize(document)


def test_a_project_without_prometheus_needs_none(tmp_path: Path) -> None:
    with GrafanaDouble(datasources=[attrs.evolve(LOGS[0])]) as grafana:
        trial = Trial(tmp_path, grafana)
        trial.dashboards = [ASKS_LOKI]
        assert not trial.push().trouble


def test_a_refresh_below_grafanas_floor_is_no_difference(trial: Trial) -> None:
    trial.dashboards[0] = dashboard("one", refresh="1s")
    trial.push()
    assert trial.read("one")["dashboard"]["refresh"] == "5s"
    assert trial.actions() == {}


def test_a_dashboard_with_the_uid_of_a_folder_is_refused(trial: Trial) -> None:
    trial.grafana.call("POST", "/api/folders", {"uid": "one", "title": "A folder"}, token=trial.token)
    with pytest.raises(CheckError, match="dashboard 'One' has the UID 'one' of an existing folder"):
        trial.push()
    assert not trial.grafana.writes()


def test_a_second_dashboard_of_one_title_is_said(trial: Trial) -> None:
    trial.push()
    other = {"uid": "theirs", "title": "Three", "panels": []}
    trial.grafana.call("POST", "/api/dashboards/db", {"dashboard": other, "folderUid": DEBEZIUM}, token=trial.token)
    trial.dashboards.append(dashboard("three"))
    trial.push()
    assert any("already has a dashboard 'Three' (theirs)" in note for note in trial.session_notes())


def test_an_old_grafana_is_refused(tmp_path: Path) -> None:
    with (
        GrafanaDouble(version="9.5.2") as grafana,
        pytest.raises(RemoteError, match=r"is 9.5.2; dashlib's dashboards need 10.4 or newer"),
    ):
        Trial(tmp_path, grafana).push()


@pytest.mark.parametrize("settings", [{"unified": True}, {"kubernetes": False}, {"sub_path": "/grafana"}])
def test_every_kind_of_storage_and_path_ends_the_same(tmp_path: Path, settings: dict[str, Any]) -> None:
    with GrafanaDouble(**settings) as grafana:
        trial = Trial(tmp_path, grafana)
        trial.push()
        assert trial.writes_of(trial.push) == []
        trial.dashboards[0] = replaced(trial.dashboards[0], description="new")
        trial.push()
        assert trial.actions() == {}


# --- many ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kubernetes", [True, False])
def test_many_unchanged_dashboards_are_looked_up_by_the_page(tmp_path: Path, *, kubernetes: bool) -> None:
    with GrafanaDouble(kubernetes=kubernetes) as grafana:
        trial = Trial(tmp_path, grafana)
        trial.dashboards = [dashboard(f"many-{number}") for number in range(100)]
        trial.push(check=False)
        before = len(grafana.requests)
        report = trial.push()
        asked = [item for item in grafana.requests[before:] if "dashboards" in item.path]
        assert {item.action for item in report.plan.changes} == {"unchanged"}
        assert not [item for item in asked if item.writes]
        assert len(asked) <= (5 if kubernetes else 101)


def test_a_dashboard_of_grafanalibs_is_pushed_to_the_top_and_found_unchanged(trial: Trial) -> None:
    from grafanalib import core

    from dashlib.from_grafanalib import declarations
    from dashlib.sources import Source

    target = core.Target(expr="up", refId="A")
    panels = [core.Graph(title="G", targets=[target]), core.SingleStat(title="S", targets=[target], span=3)]
    theirs: Any = core.Dashboard(title="Theirs", panels=[*panels, core.RowPanel(title="")])
    trial.dashboards += declarations(theirs, Source("theirs.dashboard.py", 1))  # type: ignore[arg-type]
    assert not trial.push().failed
    found = trial.read("theirs")
    assert found["meta"]["folderUid"] == ""
    assert [panel["type"] for panel in found["dashboard"]["panels"]] == ["timeseries", "stat", "row"]
    assert trial.actions() == {}
