"""Random work on both sides of a push: what a person did in Grafana is never lost, and what is not ours is left alone.

Hypothesis declares, edits, deletes and moves things here and in the double, lets pushes go through, fail in the middle,
prune, overwrite, try only and roll back, and looks after each at the invariants of issue 6.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs
import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dashlib import Dashboard
from dashlib.compile.configuration import Configuration
from dashlib.compile.loading import Declared as DeclaredItem
from dashlib.compile.loading import Project
from dashlib.documents.document import Document
from dashlib.grafana.session import PushOptions
from tests.grafana.double import GrafanaDouble
from tests.grafana.faults import faults
from tests.grafana.faults.proxy import FaultProxy
from tests.grafana.faults.pushing import ALERTING, STATE, Declared, Pushed, contents, doubled, push, quick, session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dashlib.grafana.plan import Plan
    from tests.grafana.faults.proxy import Exchange

pytestmark = pytest.mark.slow

Json = dict[str, Any]
Contents = dict[str, Any]

SECRET = "https://hooks.example.com/kept-to-ourselves"  # noqa: S105  (a secret of this test)
FOLDERS = ("", "Team", "Team/Inner")
DASHBOARDS, GROUPS, POINTS, TIMINGS = ("one", "two", "three"), ("lag", "errors"), ("mail", "chat"), ("nights",)
INTERRUPTIONS = (
    faults.connection_refused,
    faults.reset_unheard,
    faults.reset_unanswered,
    faults.error_after_the_write,
    faults.unauthorized,
    faults.half_json,
    faults.precondition_failed,
)


@attrs.define
class Code:
    """What the code declares: a revision number for each object.

    Attributes:
        dashboards: folder and revision by uid.
        groups: revision by name; they lie in the folder `Team`.
        points: revision by contact point; `chat` has a secret.
        timings: revision by mute timing.
    """

    dashboards: dict[str, tuple[str, int]] = attrs.Factory(dict)
    groups: dict[str, int] = attrs.Factory(dict)
    points: dict[str, int] = attrs.Factory(dict)
    timings: dict[str, int] = attrs.Factory(dict)

    def compiled(self, root: Path) -> Declared:
        """Return it as `compile_project` would."""
        items = [
            DeclaredItem(Dashboard(uid=uid, title=f"Dashboard {uid}", rows=(), folder=folder), "dashboards/all.py")
            for uid, (folder, _) in self.dashboards.items()
        ]
        documents = [
            document(f"{uid}.json", "dashboard", dashboard_of(uid, revision))
            for uid, (_, revision) in self.dashboards.items()
        ]
        alerting: Json = {"apiVersion": 1}
        if self.groups:
            alerting["groups"] = [group_of(name, revision) for name, revision in self.groups.items()]
        if self.points:
            alerting["contactPoints"] = [point_of(name, revision) for name, revision in self.points.items()]
            alerting["policies"] = [policy_of(self)]
        if self.timings:
            alerting["muteTimes"] = [timing_of(name, revision) for name, revision in self.timings.items()]
        if len(alerting) > 1:
            documents.append(document("alerting.yaml", ALERTING, alerting))
        project = Project(root, Configuration(), tuple(items))
        return Declared(project, tuple(documents), {"CHAT_URL": SECRET})


def document(path: str, kind: Any, data: Json) -> Document:
    """Return a compiled document."""
    return Document(PurePosixPath(path), kind, data, {}, "declared.py")


def dashboard_of(uid: str, revision: int) -> Json:
    """Return a dashboard."""
    panel = {"id": 1, "type": "text", "title": "Text", "options": {"content": f"revision {revision}"}}
    return {"uid": uid, "title": f"Dashboard {uid}", "refresh": "10s", "schemaVersion": 41, "panels": [panel]}


def group_of(name: str, revision: int) -> Json:
    """Return a rule group of the folder `Team` with two rules."""
    query = {"refId": "A", "relativeTimeRange": {"from": 600, "to": 0}, "datasourceUid": "prometheus"}
    data = [query | {"model": {"refId": "A", "expr": "up", "instant": True}}]
    common = {"condition": "A", "data": data, "noDataState": "OK", "execErrState": "Error", "for": f"{revision + 1}m"}
    rules = [common | {"uid": f"{name}-{number}", "title": f"{name} {number}"} for number in (1, 2)]
    return {"orgId": 1, "name": name, "folder": "Team", "interval": "1m", "rules": rules}


def point_of(name: str, revision: int) -> Json:
    """Return a contact point of one integration."""
    settings_of = {"mail": {"addresses": f"team-{revision}@example.com"}, "chat": {"recipient": f"#r{revision}"}}
    secret = {"url": "${env:CHAT_URL}"} if name == "chat" else {}
    kind = "email" if name == "mail" else "slack"
    receiver = {"uid": f"{name}-uid", "type": kind, "settings": settings_of[name] | secret}
    return {"orgId": 1, "name": name, "receivers": [receiver]}


def policy_of(code: Code) -> Json:
    """Return a policy tree: one route to each contact point, under ours."""
    first = next(iter(code.points))
    routes = [{"receiver": name, "object_matchers": [["team", "=", name]]} for name in code.points]
    ours = {"receiver": first, "object_matchers": [["managed_by", "=", "dashlib"]], "routes": routes}
    return {"orgId": 1, "receiver": first, "routes": [ours]}


def timing_of(name: str, revision: int) -> Json:
    """Return a mute timing."""
    return {"orgId": 1, "name": name, "time_intervals": [{"days_of_month": [str(revision + 1)]}]}


class Model(RuleBasedStateMachine):
    """A project and a Grafana.

    `left` is what dashlib left there, by object, when it last wrote or confirmed it: what differs from it, somebody
    else has done. `foreign` are the objects that were never declared here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="dashlib-model-"))
        self.grafana = GrafanaDouble()
        self.grafana.__enter__()
        port = urlsplit(self.grafana.url).port
        assert port is not None
        self.proxy = FaultProxy(("127.0.0.1", port))
        self.proxy.__enter__()
        self.token = self.grafana.token("Editor")
        self.code = Code()
        self.left: Contents = {}
        self.foreign: set[str] = set()
        self.revision = 0

    def teardown(self) -> None:
        self.proxy.__exit__(None, None, None)
        self.grafana.__exit__(None, None, None)
        shutil.rmtree(self.root)

    @initialize()
    def begin(self) -> None:
        self.others_were_here_first()
        self.everything_was_pushed_once()

    def others_were_here_first(self) -> None:
        self.grafana.add_folder("shared", "Shared")
        self.foreign.add("folder/shared")
        self.they("POST", "/api/dashboards/db", {"dashboard": {"uid": "theirs", "title": "Theirs"}}, 200)
        self.foreign.add("dashboard/theirs")
        hook = {"uid": "hook", "name": "theirs", "type": "webhook", "settings": {"url": "http://theirs/"}}
        self.they("POST", "/api/v1/provisioning/contact-points", hook, 202)
        self.foreign |= {"contact point/hook", "contact point/"}
        route = {"receiver": "theirs", "object_matchers": [["team", "=", "theirs"]]}
        tree = {"receiver": "grafana-default-email", "group_by": ["alertname"], "routes": [route]}
        self.they("PUT", "/api/v1/provisioning/policies", tree, 202)

    def everything_was_pushed_once(self) -> None:
        for uid, folder in zip(DASHBOARDS, FOLDERS, strict=True):
            self.code.dashboards[uid] = (folder, 0)
        for table, names in ((self.code.groups, GROUPS), (self.code.points, POINTS), (self.code.timings, TIMINGS)):
            table.update(dict.fromkeys(names, 0))
        self.push(overwrite=False, prune=False)

    # --- the code

    @rule(uid=st.sampled_from(DASHBOARDS), folder=st.sampled_from(FOLDERS))
    def declare_dashboard(self, uid: str, folder: str) -> None:
        self.code.dashboards[uid] = (folder, self.next_revision())

    @rule(
        group=st.sampled_from((*GROUPS, None)),
        point=st.sampled_from((*POINTS, None)),
        timing=st.sampled_from((*TIMINGS, None)),
    )
    def declare_alerting(self, group: str | None, point: str | None, timing: str | None) -> None:
        for table, name in ((self.code.groups, group), (self.code.points, point), (self.code.timings, timing)):
            if name is not None:
                table[name] = self.next_revision() % 27

    @rule(data=st.data())
    def declare_no_more(self, data: st.DataObject) -> None:
        tables: list[dict[str, Any]] = [self.code.dashboards, self.code.groups, self.code.points, self.code.timings]
        declared = [(table, name) for table in tables for name in table]
        if declared:
            table, name = data.draw(st.sampled_from(declared))
            del table[name]

    def next_revision(self) -> int:
        self.revision += 1
        return self.revision

    # --- people

    @rule(data=st.data(), deed=st.sampled_from(("edit", "edit", "move", "delete", "make")))
    def they_work_on_dashboards(self, data: st.DataObject, deed: str) -> None:
        known = self.grafana.state
        uid = data.draw(st.sampled_from(sorted(uid for uid in known.dashboards if not STATE.fullmatch(uid))))
        folder = data.draw(st.sampled_from(sorted(known.folders)))
        spec = known.dashboards[uid].spec
        if deed == "delete":
            if f"dashboard/{uid}" not in self.foreign:
                self.they("DELETE", f"/api/dashboards/uid/{uid}", None, 200)
            return
        if deed == "edit":
            folder, spec = known.dashboards[uid].folder, spec | {"description": f"tuned {self.next_revision() % 2}"}
        if deed == "make":
            uid = f"theirs-{self.next_revision()}"
            spec = {"uid": uid, "title": uid}
            self.foreign.add(f"dashboard/{uid}")
        self.they("POST", "/api/dashboards/db", {"dashboard": spec, "folderUid": folder, "overwrite": True}, 200)

    @precondition(lambda self: self.grafana.state.rules)
    @rule(data=st.data(), deletes=st.booleans())
    def they_work_on_rules(self, data: st.DataObject, deletes: bool) -> None:  # noqa: FBT001
        uid = data.draw(st.sampled_from(sorted(self.grafana.state.rules)))
        path = f"/api/v1/provisioning/alert-rules/{uid}"
        if deletes:
            self.they("DELETE", path, None, 204)
        else:
            self.they("PUT", path, self.they("GET", path, None, 200) | {"labels": {"tuned": "yes"}}, 200)

    @rule(point=st.sampled_from((*POINTS, None)), timing=st.sampled_from((*TIMINGS, None)), route=st.booleans())
    def they_work_on_notifications(self, point: str | None, timing: str | None, route: bool) -> None:  # noqa: FBT001
        base = "/api/v1/provisioning"
        for found in self.they("GET", f"{base}/contact-points?name={point}", None, 200):
            changed = found | {"disableResolveMessage": True}
            self.they("PUT", f"{base}/contact-points/{found['uid']}", changed, 202)
        if timing in self.grafana.state.alertmanager.mute_timings:
            body = {"name": timing, "time_intervals": [{"weekdays": ["sunday"]}]}
            self.they("PUT", f"{base}/mute-timings/{timing}", body, 202)
        if route:
            tree = self.they("GET", f"{base}/policies", None, 200)
            tree.pop("provenance", None)
            theirs = {"receiver": "theirs", "object_matchers": [["number", "=", str(self.next_revision())]]}
            tree["routes"] = [*tree.get("routes", []), theirs]
            self.they("PUT", f"{base}/policies", tree, 202)

    def they(self, method: str, path: str, body: object, status: int) -> Any:
        """Do what somebody else does in this Grafana."""
        found = self.grafana.call(method, path, body)
        assert found.status == status, f"{method} {path}: {found}"
        return found.body

    # --- pushes

    @rule(overwrite=st.booleans(), prune=st.booleans())
    def push(self, overwrite: bool, prune: bool) -> None:  # noqa: FBT001
        before = contents(self.grafana)
        pushed = self.pushed(PushOptions(overwrite=overwrite, prune=prune))
        assert not pushed.messages, pushed.messages
        self.nobody_lost_anything(before, pushed, overwrite=overwrite)
        self.confirmed(pushed)
        self.it_is_idempotent(PushOptions(overwrite=overwrite, prune=prune), pushed)

    @rule(overwrite=st.booleans(), prune=st.booleans())
    def only_try(self, overwrite: bool, prune: bool) -> None:  # noqa: FBT001
        """What `push --dry-run` and `diff` do."""
        before, sent = contents(self.grafana), len(self.grafana.requests)
        opened = self.session(PushOptions(overwrite=overwrite, prune=prune))
        opened.check(opened.plan())
        opened.client.close()
        assert not [request for request in self.grafana.requests[sent:] if request.writes]
        assert contents(self.grafana) == before

    @rule(
        at=st.integers(10, 70),
        fault=st.sampled_from(INTERRUPTIONS),
        lasting=st.booleans(),
        overwrite=st.booleans(),
        prune=st.booleans(),
    )
    def push_and_fail(
        self,
        at: int,
        fault: Callable[[Exchange], None],
        lasting: bool,  # noqa: FBT001
        overwrite: bool,  # noqa: FBT001
        prune: bool,  # noqa: FBT001
    ) -> None:
        before = contents(self.grafana)
        self.proxy.spoil(at, fault, lasting=lasting)
        pushed = self.pushed(PushOptions(overwrite=overwrite, prune=prune))
        self.proxy.heal()
        self.nobody_lost_anything(before, pushed, overwrite=overwrite)
        if not pushed.messages:
            self.confirmed(pushed)

    @rule(prune=st.booleans())
    def push_and_roll_back(self, prune: bool) -> None:  # noqa: FBT001
        before = contents(self.grafana)
        pushed = self.pushed(PushOptions(overwrite=True, prune=prune))
        assert not pushed.messages, pushed.messages
        self.nobody_lost_anything(before, pushed, overwrite=True)
        self.confirmed(pushed)
        assert pushed.report is not None
        if pushed.report.backup is None:
            return
        opened = self.session(PushOptions())
        plan = opened.rollback_plan(pushed.report.run)
        opened.check(plan)
        report = opened.push(plan)
        opened.client.close()
        assert not report.failed, [outcome.message for outcome in report.failed]
        assert not report.trouble
        now = contents(self.grafana)
        for change in plan.changes:
            key = change.key
            assert change.action != "conflict", f"{key}: {change.reason}"
            assert without_provenance(now.get(key)) == without_provenance(before.get(key)), key
            self.left[key] = now[key]

    def session(self, options: PushOptions) -> Any:
        return session(self.code.compiled(self.root), self.proxy.url, self.token, options)

    def pushed(self, options: PushOptions) -> Pushed:
        return push(self.code.compiled(self.root), self.proxy.url, self.token, options)

    # --- what always holds

    def nobody_lost_anything(self, before: Contents, pushed: Pushed, *, overwrite: bool) -> None:
        """Hold what a push did against what was there: others' work stays, or is in a backup."""
        now = contents(self.grafana)
        backed_up = self.backed_up(pushed)
        for key, content in before.items():
            if now.get(key) == content:
                continue
            assert key not in self.foreign, f"{key} is not ours: {content} → {now.get(key)}"
            if key == "notification policy/root":
                assert others_routes(now[key]) == others_routes(content)
                theirs = ours_of(content) not in ([], ours_of(self.left.get(key)))
            else:
                theirs = self.left.get(key) != content
            if theirs:
                assert overwrite, f"{key} was changed by somebody, and is overwritten: {content} → {now.get(key)}"
            if key != "notification policy/root":
                assert key in backed_up, f"{key} was written over without a backup: {sorted(backed_up)}"
        for key in now.keys() | before.keys():
            if now.get(key) != before.get(key):  # written by us
                self.left.pop(key, None)
                if key in now:
                    self.left[key] = now[key]
        assert not doubled(self.grafana)
        assert SECRET not in "".join(pushed.messages)

    def confirmed(self, pushed: Pushed) -> None:
        """What a complete push found to be as declared, dashlib remembers as its own."""
        now = contents(self.grafana)
        assert pushed.plan is not None
        for change in pushed.plan.changes:
            if change.action == "unchanged" and change.key in now:
                self.left[change.key] = now[change.key]

    def backed_up(self, pushed: Pushed) -> dict[str, Json]:
        """Return what the push saved, by object; no file holds the secret."""
        folder = pushed.report.backup if pushed.report is not None else None
        found = {}
        for file in sorted(folder.glob("*.json")) if folder is not None else []:
            text = file.read_bytes()
            assert SECRET.encode() not in text
            saved = orjson.loads(text)
            found[f"{saved['kind']}/{saved['uid']}"] = saved
        return found

    def it_is_idempotent(self, options: PushOptions, pushed: Pushed) -> None:
        """Right after a push, nothing is to be written; what differs still are conflicts and orphans that it left."""
        sent = len(self.grafana.requests)
        again = self.pushed(options)
        assert not again.messages, again.messages
        assert not [request for request in self.grafana.requests[sent:] if request.writes]
        assert pushed.plan is not None
        assert again.plan is not None
        assert differing(again.plan) == {change.key for change in pushed.plan.left}

    @invariant()
    def nothing_is_there_twice(self) -> None:
        assert not doubled(self.grafana)


def differing(plan: Plan) -> set[str]:
    """Return the objects in which Grafana and the code differ."""
    return {change.key for change in plan.changes if change.action != "unchanged"}


def ours_of(policies: Any) -> list[Json]:
    """Return our routes of a policy tree, as `contents` gives it."""
    return [] if policies is None else [route for route in policies[0].get("routes", []) if is_ours(route)]


def others_routes(policies: Any) -> Any:
    """Return a policy tree without our routes."""
    tree = policies[0]
    return tree | {"routes": [route for route in tree.get("routes", []) if not is_ours(route)]}


def is_ours(route: Json) -> bool:
    """Whether a route carries our matcher."""
    return ["managed_by", "=", "dashlib"] in route.get("object_matchers", [])


def without_provenance(content: Any) -> Any:
    """Return an object of `contents` without who may edit it: a rollback writes as the API does."""
    if isinstance(content, dict):
        return {key: entry for key, entry in content.items() if key != "provenance"}
    return content


@pytest.fixture(autouse=True, scope="module")
def hurry() -> Iterator[None]:
    with quick():
        yield


TestModel = Model.TestCase
TestModel.settings = settings(
    max_examples=25,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
