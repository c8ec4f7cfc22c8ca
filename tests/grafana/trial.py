"""A small project and a Grafana, for the tests of a push: what a person would declare, made in a few lines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import attrs

from dashlib import Dashboard, Row, datasource_variable, stat, timeseries
from dashlib.compile.configuration import Configuration
from dashlib.compile.loading import Declared, Project
from dashlib.compile.project import compile_project
from dashlib.debezium.connectors import CONNECTED, LAG, QUEUE_USED
from dashlib.debezium.thresholds import PRODUCTION
from dashlib.declare.thresholds import Level, ThresholdSet
from dashlib.documents.document import Document
from dashlib.grafana.session import PushOptions, PushReport, Session
from dashlib.grafana.targets import Target, connect
from dashlib.servers.access import Access

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib.grafana.plan import Plan
    from tests.grafana.double import GrafanaDouble

STRICTER = ThresholdSet("stricter", [Level(LAG, "warning", above=7, for_="2m")])
SECRET = "https://hooks.example.com/very-secret-part"  # noqa: S105  (a secret of this test)


def dashboard(uid: str, title: str = "", *, folder: str = "Debezium", **settings: Any) -> Dashboard:
    """Return a dashboard of three panels."""
    panels = [stat(CONNECTED), timeseries(LAG), stat(QUEUE_USED)]
    return Dashboard(
        **{
            "uid": uid,
            "title": title or uid.title(),
            "folder": folder,
            "thresholds": PRODUCTION,
            "variables": [datasource_variable()],
            "rows": [Row("Health", panels)],
            **settings,
        }
    )


def rule(uid: str, title: str = "", *, expr: str = "up == 0", **settings: Any) -> dict[str, Any]:
    """Return a Grafana-managed rule as the provisioning file says it."""
    return {
        "uid": uid,
        "title": title or uid,
        "condition": "C",
        "data": [
            {
                "refId": "A",
                "relativeTimeRange": {"from": 600, "to": 0},
                "datasourceUid": "somewhere",
                "model": {"refId": "A", "expr": expr, "instant": True},
            },
            {
                "refId": "C",
                "datasourceUid": "__expr__",
                "model": {
                    "refId": "C",
                    "type": "threshold",
                    "expression": "A",
                    "conditions": [{"evaluator": {"type": "gt", "params": [0]}}],
                },
            },
        ],
        "noDataState": "OK",
        "execErrState": "KeepLast",
        "for": "5m",
        "annotations": {"summary": "It is down."},
        "labels": {"severity": "critical", "managed_by": "dashlib"},
        **settings,
    }


def alerting(*, threshold: str = "5m", receiver: str = "oncall", **replaced: Any) -> Document:
    """Return a document with one object of each alerting kind."""
    data: dict[str, Any] = {
        "apiVersion": 1,
        "groups": [
            {
                "orgId": 1,
                "name": "lag",
                "folder": "Debezium",
                "interval": "1m",
                "rules": [rule("lag-high", "Lag is high", **{"for": threshold}), rule("lag-unknown", "Lag is unknown")],
            }
        ],
        "contactPoints": [
            {
                "orgId": 1,
                "name": "oncall",
                "receivers": [
                    {
                        "uid": "oncall-slack",
                        "type": "slack",
                        "settings": {"recipient": "#cdc", "url": "${env:SLACK_URL}"},
                        "disableResolveMessage": False,
                    },
                    {
                        "uid": "oncall-webhook",
                        "type": "webhook",
                        "settings": {"url": "${env:HOOK_URL}"},
                        "disableResolveMessage": True,
                    },
                ],
            }
        ],
        "policies": [
            {
                "orgId": 1,
                "receiver": receiver,
                "routes": [
                    {
                        "receiver": receiver,
                        "object_matchers": [["managed_by", "=", "dashlib"]],
                        "group_wait": "30s",
                        "mute_time_intervals": ["nights"],
                    }
                ],
            }
        ],
        "muteTimes": [
            {
                "orgId": 1,
                "name": "nights",
                "time_intervals": [{"times": [{"start_time": "22:00", "end_time": "23:59"}]}],
            }
        ],
        "templates": [{"orgId": 1, "name": "words", "template": '{{ define "words" }}hello{{ end }}'}],
    }
    data = {key: value for key, value in {**data, **replaced}.items() if value is not None}
    return Document(PurePosixPath("provisioning/alerting.yaml"), "grafana-alerting", data, {}, "alerts/grafana.py")


class Trial:
    """A project that is pushed to a double, and what a person does to it.

    Attributes:
        dashboards: what is declared.
        alerting: documents of alerting.
        environment: where secrets are looked up.
        slept: the pauses between two attempts, in seconds; none is really waited for.
    """

    def __init__(self, root: Path, grafana: GrafanaDouble, *, token: str = "", **settings: Any) -> None:
        self.root = root
        self.grafana = grafana
        self.dashboards: list[Dashboard] = [dashboard("one"), dashboard("two")]
        self.alerting: list[Document] = []
        self.environment = {"SLACK_URL": SECRET, "HOOK_URL": SECRET + "/hook"}
        self.target = Target(grafana.url, owner="trial", **settings)
        self.token = token or grafana.token("Editor")
        self.slept: list[float] = []
        self.last: Session | None = None

    def session(self, project: Project | None = None, **options: Any) -> Session:
        """Open a session, as a new process would; of another project than this one's dashboards if one is given."""
        declared = tuple(Declared(item, "dashboards/trial.py") for item in self.dashboards)
        project = project or Project(self.root, Configuration(), declared)
        documents = [*compile_project(project), *self.alerting]
        access = Access({"Authorization": f"Bearer {self.token}"})
        client = connect(self.target, access, sleep=self.slept.append)
        self.last = Session(
            project,
            documents,
            self.target,
            access,
            PushOptions(**options),
            environment=self.environment,
            client=client,
            now=lambda: datetime(2026, 11, 21, 14, 30, tzinfo=UTC),
        )
        return self.last

    def plan(self, **options: Any) -> Plan:
        """Say what a push would do."""
        return self.session(**options).plan()

    def session_notes(self) -> list[str]:
        """Return what the last session noted."""
        assert self.last is not None
        return self.last.notes

    def push(self, **options: Any) -> PushReport:
        """Push, as `dashlib push --yes` does."""
        session = self.session(**options)
        plan = session.plan()
        session.check(plan)
        return session.push(plan)

    def rollback(self, run: str) -> PushReport:
        """Restore what a run wrote over, as `dashlib push --rollback RUN --yes` does."""
        session = self.session()
        plan = session.rollback_plan(run)
        session.check(plan)
        return session.push(plan)

    def actions(self, **options: Any) -> dict[str, str]:
        """Return what a push would do with each object that differs."""
        return {change.key: change.action for change in self.plan(**options).changes if change.action != "unchanged"}

    def writes_of(self, push: Any) -> list[str]:
        """Return method and path of each write that a function causes."""
        before = len(self.grafana.requests)
        push()
        return [f"{item.method} {item.path}" for item in self.grafana.requests[before:] if item.writes]

    # what somebody does in the UI

    def read(self, uid: str) -> dict[str, Any]:
        """Return a dashboard with its meta, as Grafana has it."""
        answer = self.grafana.call("GET", f"/api/dashboards/uid/{uid}")
        assert answer.status == 200, answer
        found: dict[str, Any] = answer.body
        return found

    def edit(self, uid: str, *, folder: str | None = None, **changed: Any) -> None:
        """Save a dashboard in the UI with some keys changed, or in another folder."""
        found = self.read(uid)
        body = {
            "dashboard": {**found["dashboard"], **changed},
            "folderUid": found["meta"]["folderUid"] if folder is None else folder,
            "message": "by hand",
            "overwrite": True,
        }
        answer = self.grafana.call("POST", "/api/dashboards/db", body)
        assert answer.status == 200, answer

    def versions(self, uid: str) -> int:
        """Return the version that a dashboard has reached."""
        version: int = self.read(uid)["dashboard"]["version"]
        return version


def replaced(item: Dashboard, **changed: Any) -> Dashboard:
    """Return a dashboard with some attributes changed."""
    return attrs.evolve(item, **changed)
