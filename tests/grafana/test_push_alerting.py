"""A push of alerting: rule groups, contact points with secrets, our part of the policies, mute timings, templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from dashlib.errors import DashlibError, RemoteError
from dashlib.grafana.objects import folder_uid
from dashlib.grafana.preflight import CheckError
from dashlib.grafana.session import Session
from tests.grafana.trial import SECRET, Trial, alerting, rule

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib.grafana.plan import Change
    from tests.grafana.double import GrafanaDouble

DEBEZIUM = folder_uid("Debezium")
GROUP = f"/api/v1/provisioning/folder/{DEBEZIUM}/rule-groups/lag"
POLICIES = "/api/v1/provisioning/policies"
STATE = "dashlib-state-trial"
SLACK, HOOK = "contact point/oncall-slack", "contact point/oncall-webhook"


@pytest.fixture
def trial(tmp_path: Path, grafana: GrafanaDouble) -> Trial:
    made = Trial(tmp_path, grafana, alerting=True)
    made.dashboards = []
    made.alerting = [alerting()]
    return made


def change(plan: Any, key: str) -> Change:
    found: Change = next(item for item in plan.changes if item.key == key)
    return found


def get(trial: Trial, path: str) -> Any:
    answer = trial.grafana.call("GET", path)
    assert answer.status == 200, answer
    return answer.body


def put(trial: Trial, path: str, body: object) -> None:
    answer = trial.grafana.call("PUT", path, body, headers={"X-Disable-Provenance": "true"})
    assert answer.status in (200, 202), answer


# --- everything ------------------------------------------------------------------------------------------------------


def test_everything_is_made_in_an_order_that_grafana_takes_and_then_stays(trial: Trial) -> None:
    report = trial.push()
    assert not report.failed
    assert [item.change.kind for item in report.outcomes] == [
        "folder", "mute timing", "template", "contact point", "contact point", "notification policy", "rule group",
    ]  # fmt: skip
    assert trial.writes_of(trial.push) == []
    assert trial.actions() == {}


def test_rules_keep_their_uids_and_ask_the_datasource_that_is_there(trial: Trial) -> None:
    trial.push()
    before = {item["uid"]: item["id"] for item in get(trial, GROUP)["rules"]}
    trial.alerting = [alerting(threshold="10m")]
    plan = trial.plan()
    assert change(plan, f"rule group/{DEBEZIUM}/lag").details == ("Lag is high › for: 5m → 10m",)
    trial.push()
    group = get(trial, GROUP)
    assert {item["uid"]: item["id"] for item in group["rules"]} == before
    assert group["interval"] == 60
    assert group["rules"][0]["for"] == "10m"
    assert group["rules"][0]["data"][0]["datasourceUid"] == "prometheus"


def test_prune_removes_all_of_it_against_the_order(trial: Trial) -> None:
    trial.push()
    trial.alerting = []
    report = trial.push(prune=True)
    assert not report.failed, [item.message for item in report.failed]
    assert get(trial, "/api/v1/provisioning/mute-timings") == []
    assert [item["uid"] for item in get(trial, "/api/v1/provisioning/contact-points")] == [""]
    assert "routes" not in get(trial, POLICIES)
    assert get(trial, "/api/search") == []


def test_a_query_of_a_rule_is_checked(trial: Trial) -> None:
    group = {"name": "lag", "folder": "Debezium", "interval": "1m", "rules": [rule("bad", expr="sum(up")]}
    trial.alerting = [alerting(groups=[group])]
    with pytest.raises(CheckError, match=r"lag › bad › A: "):
        trial.push()


# --- rule groups -----------------------------------------------------------------------------------------------------


def test_a_rule_group_that_somebody_changed_is_a_conflict_as_a_whole(trial: Trial) -> None:
    trial.push(editable=True)
    group = get(trial, GROUP)
    group["rules"][1]["title"] = "By hand"
    put(trial, GROUP, group)
    trial.alerting = [alerting(threshold="10m")]
    found = change(trial.plan(editable=True), f"rule group/{DEBEZIUM}/lag")
    assert found.action == "conflict"
    assert found.details == ("Lag is high › for: 5m → 10m", "Lag is unknown › title: By hand → Lag is unknown")
    trial.push(editable=True)
    assert get(trial, GROUP)["rules"][1]["title"] == "By hand"


def test_a_rule_of_somebody_elses_group_is_not_taken_away(trial: Trial) -> None:
    trial.grafana.call("POST", "/api/folders", {"uid": "theirs", "title": "Theirs"}, token=trial.token)
    other = {**rule("lag-high", "Theirs"), "folderUID": "theirs", "ruleGroup": "own", "orgID": 1}
    other["data"] = [{**query, "relativeTimeRange": {"from": 600, "to": 0}} for query in other["data"]]
    answer = trial.grafana.call("POST", "/api/v1/provisioning/alert-rules", other)
    assert answer.status == 201, answer
    with pytest.raises(CheckError, match=r"UID 'lag-high' .*in theirs/own, which dashlib did not push"):
        trial.push()
    assert not trial.grafana.writes()


def test_a_folder_that_vanishes_before_the_rules_does_not_break_alerting(trial: Trial) -> None:
    trial.push()
    trial.alerting = [alerting(threshold="10m")]
    session = trial.session()
    plan = session.plan()
    assert trial.grafana.call("DELETE", f"/api/folders/{DEBEZIUM}?forceDeleteRules=true").status == 200
    report = session.push(plan)
    assert report.failed or report.trouble
    assert get(trial, "/api/v1/provisioning/alert-rules") == []


@pytest.mark.parametrize("interval", ["15s", "0s"])
def test_an_interval_that_grafana_does_not_take_is_refused_here(trial: Trial, interval: str) -> None:
    group = {"name": "lag", "folder": "Debezium", "interval": interval, "rules": [rule("a")]}
    trial.alerting = [alerting(groups=[group])]
    with pytest.raises(DashlibError, match="a multiple of 10 seconds"):
        trial.push()


def test_a_rule_without_uid_is_refused(trial: Trial) -> None:
    group = {"name": "lag", "folder": "Debezium", "interval": "1m", "rules": [rule("")]}
    trial.alerting = [alerting(groups=[group])]
    with pytest.raises(DashlibError, match="create a new object with every push"):
        trial.push()


def test_alerting_that_is_not_asked_for_is_neither_looked_at_nor_removed_nor_forgotten(trial: Trial) -> None:
    """Not the folders either in which rules alone lie."""
    group = {**alerting().data["groups"][0], "folder": "Team/Rules"}
    trial.alerting = [alerting(groups=[group])]
    assert not trial.push().failed
    asked_for = trial.target
    trial.target = attrs.evolve(asked_for, alerting=False)
    for declared in (trial.alerting, []):
        trial.alerting = declared
        before = len(trial.grafana.requests)
        assert not trial.push(prune=True).outcomes
        assert not [item for item in trial.grafana.requests[before:] if "/provisioning/" in item.path or item.writes]
    trial.target, trial.alerting = asked_for, [alerting(groups=[group])]
    assert trial.writes_of(trial.push) == []
    trial.alerting = []
    assert {item.status for item in trial.push(prune=True).outcomes} == {"done"}
    assert trial.grafana.call("GET", "/api/v1/provisioning/alert-rules").body == []


# --- secrets ---------------------------------------------------------------------------------------------------------


def texts_of(trial: Trial) -> str:
    """Return everything that dashlib has shown, saved or remembered."""
    saved = "".join(file.read_text() for file in trial.root.rglob("*.json"))
    state = json.dumps(trial.read("dashlib-state-trial"))
    plan = trial.plan()
    return saved + state + repr(plan) + "".join(line for item in plan.changes for line in item.details)


def test_a_secret_is_sent_and_is_nowhere_else(trial: Trial) -> None:
    trial.push()
    sent = [item.body for item in trial.grafana.writes() if item.path.endswith("/contact-points")]
    assert {item["settings"]["url"] for item in sent} == {SECRET, SECRET + "/hook"}
    trial.environment["HOOK_URL"] = SECRET + "/another"
    report = trial.push()
    assert report.backup is not None
    assert "hooks.example.com" not in texts_of(trial)


def test_a_secret_that_was_replaced_is_pushed_and_only_that(trial: Trial) -> None:
    trial.push()
    trial.environment["SLACK_URL"] = SECRET + "/new"
    plan = trial.plan()
    assert change(plan, SLACK).details == ("url: (secret, changed)",)
    assert trial.actions() == {SLACK: "update"}
    assert [item for item in trial.writes_of(trial.push) if "contact-points" in item] == [
        "PUT /api/v1/provisioning/contact-points/oncall-slack"
    ]
    assert trial.actions() == {}


def test_a_secret_that_is_not_at_hand_is_unknown_and_changes_nothing(trial: Trial) -> None:
    trial.push()
    trial.environment.clear()
    assert trial.actions() == {}
    assert trial.writes_of(trial.push) == []
    trial.alerting = [alerting(contactPoints=None, policies=None), points("#other")]
    assert change(trial.plan(), SLACK).details == (
        "recipient: #cdc → #other",
        "url: (secret, unknown)",
    )


def points(recipient: str) -> Any:
    """Return the contact points alone, with another Slack channel."""
    data = alerting().data
    data["contactPoints"][0]["receivers"][0]["settings"]["recipient"] = recipient
    kept: dict[str, Any] = {"groups": None, "muteTimes": None, "templates": None}
    return alerting(contactPoints=data["contactPoints"], **kept)


def test_what_needs_a_secret_that_is_not_at_hand_waits_and_the_rest_is_pushed(trial: Trial) -> None:
    named = {"receiver": "oncall"}
    groups = alerting().data["groups"]
    group = {**groups[0], "name": "named", "rules": [rule("named-rule", notification_settings=named)]}
    trial.alerting = [alerting(groups=[*groups, group])]
    value = trial.environment.pop("SLACK_URL")
    plan = trial.plan()
    needs = "needs the secret ${env:SLACK_URL}: export SLACK_URL before the push"
    names = f"uses contact point 'oncall', which {needs}"
    assert {item.key: item.reason for item in plan.changes if item.action == "waiting"} == {
        SLACK: needs,
        HOOK: needs,  # half a contact point would tell half of the people
        "notification policy/root": names,
        f"rule group/{DEBEZIUM}/named": names,
    }
    report = trial.push()
    assert not report.failed
    assert {item.change.title for item in report.outcomes} == {"Debezium", "nights", "words", "lag"}
    trial.environment["SLACK_URL"] = value
    assert {item.change.action for item in trial.push().outcomes} == {"create"}
    assert trial.actions() == {}


def test_a_contact_point_that_was_renamed_stays_while_the_new_one_waits(trial: Trial) -> None:
    """Grafana refuses to remove a contact point that its policies name."""
    trial.push()
    points = alerting().data["contactPoints"][0]
    slack = {**points["receivers"][0], "uid": "duty-slack"}
    trial.alerting = [alerting(receiver="duty", contactPoints=[{**points, "name": "duty", "receivers": [slack]}])]
    value = trial.environment.pop("SLACK_URL")
    report = trial.push(prune=True)
    assert not report.failed
    assert not report.outcomes
    assert "kept until the objects that wait for a secret are pushed" in change(report.plan, SLACK).reason
    trial.environment["SLACK_URL"] = value
    assert not trial.push(prune=True).failed
    assert trial.actions() == {}


def test_a_shown_secret_that_somebody_changed_is_a_conflict_and_is_not_shown(trial: Trial) -> None:
    trial.push(editable=True)
    path = "/api/v1/provisioning/contact-points/oncall-webhook"
    body = {"uid": "oncall-webhook", "name": "oncall", "type": "webhook", "disableResolveMessage": True}
    put(trial, path, {**body, "settings": {"url": "https://somebody.example.com/hidden"}})
    found = change(trial.plan(editable=True), HOOK)
    assert (found.action, found.details) == ("conflict", ("url: (secret, changed)",))


def test_a_rollback_puts_the_secret_back_from_its_reference(trial: Trial) -> None:
    trial.push()
    trial.alerting = [alerting(contactPoints=None, policies=None), points("#other")]
    report = trial.push()
    trial.rollback(report.run)
    slack = next(item for item in get(trial, "/api/v1/provisioning/contact-points") if item["uid"] == "oncall-slack")
    assert slack["settings"] == {"recipient": "#cdc", "url": "[REDACTED]"}
    sent = [item.body for item in trial.grafana.writes() if item.path.endswith("/oncall-slack")]
    assert sent[-1]["settings"] == {"recipient": "#cdc", "url": SECRET}


@pytest.mark.parametrize("memory", ["folder deleted", "deleted", "broken"])
def test_a_hidden_secret_is_pushed_where_nobody_remembers_it(trial: Trial, memory: str) -> None:
    trial.push()
    if memory == "folder deleted":  # with all that is in it
        trial.grafana.call("DELETE", f"/api/folders/{DEBEZIUM}?forceDeleteRules=true")
    elif memory == "deleted":
        trial.grafana.call("DELETE", f"/api/dashboards/uid/{STATE}")
    else:
        trial.edit(STATE, panels=[])
    trial.environment["SLACK_URL"] = SECRET + "/rotated"
    said = "changed" if memory == "folder deleted" else "unknown"
    found = change(trial.plan(), SLACK)
    assert (found.action, found.written, found.details) == ("update", True, (f"url: (secret, {said})",))
    assert not trial.push().failed
    sent = [item.body for item in trial.grafana.writes() if item.path.endswith("/oncall-slack")]
    assert sent[-1]["settings"]["url"] == SECRET + "/rotated"
    assert trial.actions() == {}
    assert trial.writes_of(trial.push) == []


# --- the notification policies ---------------------------------------------------------------------------------------

THEIRS = {
    "receiver": "grafana-default-email",
    "group_by": ["alertname"],
    "routes": [
        {"receiver": "grafana-default-email", "object_matchers": [["team", "=", "web"]], "continue": True},
        {"receiver": "grafana-default-email"},
    ],
}


def test_our_routes_stand_beside_everybody_elses(trial: Trial) -> None:
    put(trial, POLICIES, THEIRS)
    before = get(trial, POLICIES)
    trial.push()
    tree = get(trial, POLICIES)
    assert tree["routes"][1:] == before["routes"]
    assert tree["routes"][0]["object_matchers"] == [["managed_by", "=", "dashlib"]]
    assert tree["receiver"] == "grafana-default-email"
    assert tree["group_by"] == ["alertname"]
    assert "provenance" not in tree, "to lock the tree would lock the others out of their part"


def test_an_edit_of_others_routes_is_theirs_and_one_of_ours_is_a_conflict(trial: Trial) -> None:
    trial.push()
    tree = get(trial, POLICIES)
    put(trial, POLICIES, {**tree, "group_wait": "45s", "routes": [*tree["routes"], {"receiver": "oncall"}]})
    assert trial.actions() == {}
    tree = get(trial, POLICIES)
    tree["routes"][0]["group_wait"] = "2m"
    put(trial, POLICIES, tree)
    plan = trial.plan()
    assert trial.actions() == {"notification policy/root": "conflict"}
    assert change(plan, "notification policy/root").details == ("routes.oncall.group_wait: 2m → 30s",)
    trial.push(overwrite=True)
    tree = get(trial, POLICIES)
    assert tree["group_wait"] == "45s"
    assert tree["routes"][1:] == [{"receiver": "oncall"}]


def test_an_edit_of_the_policies_between_reading_and_writing_is_kept(trial: Trial) -> None:
    session = trial.session()
    plan = session.plan()
    put(trial, POLICIES, THEIRS)
    report = session.push(plan)
    assert not report.failed
    assert len(get(trial, POLICIES)["routes"]) == 3


def test_the_root_is_ours_only_where_that_is_said(trial: Trial) -> None:
    trial.push()
    assert get(trial, POLICIES)["receiver"] == "grafana-default-email"
    assert trial.actions(own_root=True) == {"notification policy/root": "conflict"}
    trial.push(own_root=True, overwrite=True)
    assert get(trial, POLICIES)["receiver"] == "oncall"
    assert trial.actions(own_root=True) == {}


def test_a_tree_whose_routes_lack_our_matcher_is_put_under_one_that_has_it(trial: Trial) -> None:
    policy = {"receiver": "oncall", "routes": [{"receiver": "oncall", "object_matchers": [["severity", "=", "page"]]}]}
    trial.alerting = [alerting(policies=[policy])]
    trial.push()
    route = get(trial, POLICIES)["routes"][0]
    assert route["object_matchers"] == [["managed_by", "=", "dashlib"]]
    assert route["receiver"] == "oncall"
    assert route["routes"] == policy["routes"]
    assert trial.actions() == {}


def second_owner(trial: Trial) -> Trial:
    """Return another project on the same Grafana, with names of its own."""
    other = Trial(trial.root / "second", trial.grafana, alerting=True)
    other.target = attrs.evolve(other.target, owner="second")
    other.dashboards = []
    text = json.dumps(alerting().data).replace("oncall", "second").replace('"lag', '"second-lag')
    other.alerting = [attrs.evolve(alerting(), data=json.loads(text))]
    return other


def matchers(trial: Trial) -> list[Any]:
    return [route["object_matchers"] for route in get(trial, POLICIES)["routes"]]


def managed_by(trial: Trial, group: str) -> set[str]:
    return {rule["labels"]["managed_by"] for rule in get(trial, GROUP.replace("/lag", f"/{group}"))["rules"]}


def test_two_owners_have_a_route_each(trial: Trial) -> None:
    other = second_owner(trial)
    trial.push()
    assert change(other.plan(), "notification policy/dashlib-second").action == "create"
    report = other.push()
    assert not report.failed
    assert not report.plan.left
    assert "their own route" in other.session_notes()[0]
    assert matchers(trial) == [[["managed_by", "=", "dashlib-second"]], [["managed_by", "=", "dashlib"]]]
    assert (managed_by(trial, "lag"), managed_by(trial, "second-lag")) == ({"dashlib"}, {"dashlib-second"})
    for each in (trial, other):
        assert each.actions() == {}
        assert each.writes_of(each.push) == []
        assert each.session_notes() == []


def test_an_edit_of_one_owners_route_is_no_conflict_of_the_others(trial: Trial) -> None:
    other = second_owner(trial)
    trial.push()
    other.push()
    tree = get(trial, POLICIES)
    tree["routes"][1]["group_wait"] = "2m"
    put(trial, POLICIES, tree)
    assert other.actions() == {}
    assert trial.actions() == {"notification policy/root": "conflict"}
    other.grafana.call("DELETE", "/api/dashboards/uid/dashlib-state-second")
    other.push()
    assert other.actions() == {}, "its own route is known by its matcher"
    assert len(matchers(trial)) == 2


def test_the_owner_whose_route_another_one_wrote_over_gets_its_own(trial: Trial) -> None:
    """What `--overwrite` of an older dashlib left behind: both remember the one route, and it is the second's."""
    other = second_owner(trial)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "_own_policy", lambda _, state: ("root", state))
        trial.push()
        other.push(overwrite=True)
        assert trial.actions() == {"notification policy/root": "conflict"}
    assert other.actions() == {}
    assert not trial.push(prune=True).plan.left
    assert [route["receiver"] for route in get(trial, POLICIES)["routes"]] == ["oncall", "second"]
    for each in (trial, other):
        assert each.actions() == {}


def test_prune_of_one_owner_leaves_the_others_route(trial: Trial) -> None:
    other = second_owner(trial)
    trial.push()
    other.push()
    other.alerting = []
    assert not other.push(prune=True).failed
    assert matchers(trial) == [[["managed_by", "=", "dashlib"]]]
    assert trial.actions() == {}


def test_a_route_that_nobody_remembers_is_a_conflict_and_no_second_owner(trial: Trial) -> None:
    trial.push()
    trial.grafana.call("DELETE", f"/api/dashboards/uid/{STATE}")
    assert change(trial.plan(), "notification policy/root").action == "unchanged"
    trial.alerting = [alerting(receiver="grafana-default-email")]
    assert change(trial.plan(), "notification policy/root").action == "conflict"


# --- links -----------------------------------------------------------------------------------------------------------


def linking() -> Any:
    """Return a rule with a link as a compiled file has it."""
    url = "http://localhost:3000/d/debezium-mysql?viewPanel=4&var-job={{ $labels.job | urlquery }}"
    group = {"name": "lag", "folder": "Debezium", "interval": "1m"}
    rules = [rule("lag-high", annotations={"dashboard_url": url, "summary": "Not http://localhost:30001/d/x."})]
    kept: dict[str, Any] = {"contactPoints": None, "policies": None, "muteTimes": None, "templates": None}
    return alerting(groups=[{**group, "rules": rules}], **kept)


@pytest.mark.parametrize("people", ["", "https://people.example.com/sub/"])
def test_links_lead_to_the_grafana_that_is_pushed_to(trial: Trial, people: str) -> None:
    trial.target = attrs.evolve(trial.target, grafana_url=people)
    trial.alerting = [linking()]
    trial.push()
    annotations = get(trial, GROUP)["rules"][0]["annotations"]
    base = people.rstrip("/") or trial.grafana.url
    assert annotations["dashboard_url"].startswith(f"{base}/d/debezium-mysql?viewPanel=4&var-job={{{{ $labels.job")
    assert annotations["summary"] == "Not http://localhost:30001/d/x."
    assert trial.actions() == {}
    assert "http://localhost:3000/d/" in str(trial.alerting[0].data), "what is compiled keeps the configured URL"


# --- provenance ------------------------------------------------------------------------------------------------------


def test_locked_is_the_default_and_editable_leaves_the_ui_in(tmp_path: Path, grafana: GrafanaDouble) -> None:
    for editable in (False, True):
        trial = Trial(tmp_path / str(editable), grafana, alerting=True)
        trial.target = type(trial.target)(grafana.url, owner=f"owner-{editable}", alerting=True)
        trial.dashboards = []
        group = {"name": f"g{editable}", "folder": "Debezium", "interval": "1m", "rules": [rule(f"r{editable}")]}
        trial.alerting = [alerting(groups=[group], contactPoints=None, policies=None, muteTimes=None, templates=None)]
        trial.push(editable=editable)
        found = get(trial, f"/api/v1/provisioning/alert-rules/r{editable}")
        assert found.get("provenance", "") == ("" if editable else "api")


def test_there_is_no_way_back_for_a_contact_point_and_that_is_said_first(trial: Trial) -> None:
    trial.push()
    trial.alerting = [alerting(contactPoints=None, policies=None), points("#other")]
    found = change(trial.plan(editable=True), SLACK)
    assert (found.action, found.written) == ("conflict", False)
    assert "Grafana cannot unlock it" in found.reason


def test_objects_of_a_provisioning_file_are_reported_and_not_fought(trial: Trial) -> None:
    trial.grafana.provision_alerting(
        {
            "muteTimes": [
                {"name": "nights", "time_intervals": [{"times": [{"start_time": "01:00", "end_time": "02:00"}]}]}
            ]
        }
    )
    report = trial.push(overwrite=True)
    assert change(report.plan, "mute timing/nights").action == "provisioned"
    assert not [item for item in trial.grafana.writes() if "mute-timings" in item.path]


@pytest.mark.parametrize(("role", "right"), [("Viewer", "folders:create"), ("None", "folders:create")])
def test_a_role_without_alerting_is_told(tmp_path: Path, grafana: GrafanaDouble, role: str, right: str) -> None:
    trial = Trial(tmp_path, grafana, token=grafana.token(role), datasource="prometheus", alerting=True)
    trial.dashboards, trial.alerting = [], [alerting()]
    with pytest.raises(RemoteError, match=f"may not|lacks the right {right}"):
        trial.push()
    assert not grafana.writes()
