"""The push that is spoiled: a Grafana that holds an older state of this project, and others' work beside it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from dashlib.declare.dashboards import Dashboard
from dashlib.grafana.session import PushOptions
from tests.grafana.faults.pushing import ALERTING, Declared, contents, push, real_project, with_dashboard

if TYPE_CHECKING:
    from dashlib.documents.document import Document
    from tests.grafana.double import GrafanaDouble

ROOT = Path(__file__).parents[3]
Json = dict[str, Any]

PRUNING = PushOptions(prune=True)
RETIRED = "retired-dashboard"
LESSONS = ("debezium-production", "debezium-connect", "debezium-mysql")
GROUPS, RULES, PANELS = 1, 2, 2
THEIRS: dict[str, Json] = {
    "dashboard": {"uid": "theirs", "title": "Theirs", "panels": []},
    "contact point": {"uid": "their-hook", "name": "theirs", "type": "webhook", "settings": {"url": "http://h/"}},
    "route": {"receiver": "theirs", "object_matchers": [["team", "=", "theirs"]]},
}


def desired(scratch: Path) -> Declared:
    """Return the dashboards of the lessons and the alerting objects that this repository declares.

    Of its many Grafana rules and panels a few are enough: a group and a dashboard are each written as a whole, and each
    fault is tried at each request.
    """
    declared = real_project(ROOT, scratch)

    def trimmed(document: Document) -> Document | None:
        if document.kind == ALERTING and "groups" in document.data:
            groups = [group | {"rules": group["rules"][:RULES]} for group in document.data["groups"][:GROUPS]]
            return attrs.evolve(document, data=document.data | {"groups": groups})
        if document.kind == "dashboard":
            if document.data["uid"] not in LESSONS:
                return None
            return attrs.evolve(document, data=document.data | {"panels": document.data["panels"][:PANELS]})
        return document

    items = tuple(
        found
        for found in declared.project.declared
        if not isinstance(found.item, Dashboard) or found.item.uid in LESSONS
    )
    return attrs.evolve(declared.changed(trimmed), project=attrs.evolve(declared.project, declared=items))


def older(declared: Declared) -> Declared:
    """Return the project as it may have been: of every kind something is missing, different, or to be removed."""
    dashboards = [document for document in declared.documents if document.kind == "dashboard"]
    absent = dashboards[-1].path

    def change(document: Document) -> Document | None:
        if document.path == absent:
            return None
        data = copy.deepcopy(document.data)
        if document.kind == ALERTING:
            age_alerting(data)
        elif document.path == dashboards[0].path:
            data["description"] = "as it was"
        return attrs.evolve(document, data=data)

    changed = declared.changed(change)
    model = declared.project.dashboards[0][0]
    retired = attrs.evolve(model, uid=RETIRED, title="Retired", folder="Retired")
    return with_dashboard(changed, retired, {"uid": RETIRED, "title": "Retired", "panels": []})


def age_alerting(data: Json) -> None:
    """Make each kind of alerting object differ, leave one out, and add one that is to be removed."""
    for group in data.get("groups", []):
        group["rules"] = [rule | {"for": "45m"} for rule in group["rules"][:1]]
    if "contactPoints" in data:
        left_out = data["contactPoints"].pop()["name"]
        for point in data["contactPoints"]:
            for receiver in point["receivers"]:
                receiver["disableResolveMessage"] = True
        receiver = {"uid": "retired", "type": "webhook", "settings": {"url": f"http://{left_out}.example.com"}}
        data["contactPoints"].append({"orgId": 1, "name": "retired", "receivers": [receiver]})
    for tree in data.get("policies", []):
        tree["routes"] = [route | {"repeat_interval": "17m", "routes": []} for route in tree["routes"]]
    if "muteTimes" in data:
        data["muteTimes"][-1]["time_intervals"] = [{"weekdays": ["monday"]}]
        data["muteTimes"].append({"orgId": 1, "name": "retired", "time_intervals": [{"weekdays": ["sunday"]}]})
    for template in data.get("templates", []):
        template["template"] += '\n{{ define "retired.part" }}old{{ end }}'


def add_others_work(grafana: GrafanaDouble) -> None:
    """Let somebody else work in the same Grafana, and in the same folder."""
    folder = next(uid for uid, found in grafana.state.folders.items() if found.title == "Debezium")
    body = {"dashboard": THEIRS["dashboard"], "folderUid": folder}
    assert grafana.call("POST", "/api/dashboards/db", body).status == 200
    assert grafana.call("POST", "/api/v1/provisioning/contact-points", THEIRS["contact point"]).status == 202
    tree = grafana.call("GET", "/api/v1/provisioning/policies").body
    tree["routes"] = [THEIRS["route"], *tree["routes"]]
    tree.pop("provenance", None)
    assert grafana.call("PUT", "/api/v1/provisioning/policies", tree).status == 202


@attrs.frozen
class Scenario:
    """A Grafana with an older state, and what it is to become.

    Attributes:
        start: the older state, for `GrafanaDouble.restore`.
        old: what the Grafana says in it, by object.
        new: what it is to say.
        length: how many requests an undisturbed push sends.
    """

    declared: Declared
    token: str
    start: bytes
    old: dict[str, Any]
    new: dict[str, Any]
    length: int


def prepare(grafana: GrafanaDouble, scratch: Path) -> Scenario:
    """Push the older state, let others work there, and push today's once, undisturbed."""
    declared, token = desired(scratch), grafana.token("Editor")
    first = push(older(declared), grafana.url, token, PushOptions())
    assert first.complete, first.messages
    add_others_work(grafana)
    start, old = grafana.remember(), contents(grafana)
    grafana.requests.clear()
    second = push(declared, grafana.url, token, PRUNING)
    assert second.complete, second.messages
    return Scenario(declared, token, start, old, contents(grafana), len(grafana.requests))
