"""Pushing from a test: a project, what it declares, and a double to push to, all in one process."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import orjson
import pytest

from dashlib.compile.loading import Project, load_project
from dashlib.compile.project import compile_project
from dashlib.documents.document import Document
from dashlib.errors import DashlibError
from dashlib.grafana import secret_references
from dashlib.grafana.session import PushOptions, Session
from dashlib.grafana.targets import Target, connect
from dashlib.servers.access import Access

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from dashlib.declare.dashboards import Dashboard
    from dashlib.grafana.plan import Plan
    from dashlib.grafana.session import PushReport
    from tests.grafana.double import GrafanaDouble

Json = dict[str, Any]

ALERTING = "grafana-alerting"
STATE = re.compile(r"dashlib-state-.*")
FILE_REFERENCE = re.compile(r"\$\{file:([^}]*)\}")
PATIENT = 30.0


@attrs.frozen
class Declared:
    """What a project declares, compiled, with the secrets that it refers to.

    Attributes:
        environment: the secrets, by the name of the variable that holds them.
    """

    project: Project
    documents: tuple[Document, ...]
    environment: Mapping[str, str]

    def changed(self, change: Callable[[Document], Document | None]) -> Declared:
        """Return it with each document changed, or left out where `change` returns None."""
        made = [change(document) for document in self.documents]
        return attrs.evolve(self, documents=tuple(document for document in made if document is not None))


def real_project(root: Path, scratch: Path) -> Declared:
    """Return this repository's project: its dashboards, Grafana rules and notifications.

    Secrets in files become secrets of the environment, so that the test needs no such files; backups go to `scratch`.
    """
    project = load_project(root)
    environment: dict[str, str] = {}

    def from_environment(match: re.Match[str]) -> str:
        name = "SECRET_" + re.sub(r"\W", "_", match[1].rsplit("/", 1)[-1]).upper()
        environment[name] = f"https://hooks.example.com/{name}/kept-to-ourselves"
        return f"${{env:{name}}}"

    documents = []
    for document in compile_project(project):
        if document.kind == ALERTING:
            text = FILE_REFERENCE.sub(from_environment, orjson.dumps(document.data).decode())
            documents.append(attrs.evolve(document, data=orjson.loads(text)))
        elif document.kind == "dashboard":
            documents.append(document)
    return Declared(attrs.evolve(project, root=scratch), tuple(documents), environment)


@attrs.frozen
class Pushed:
    """What became of a push.

    Attributes:
        messages: every sentence that a person would be shown about a failure.
        plan: None where there was none.
    """

    messages: tuple[str, ...]
    plan: Plan | None = None
    report: PushReport | None = None

    @property
    def complete(self) -> bool:
        """Whether all was done, and nothing is left that differs."""
        return not self.messages and self.plan is not None and not self.plan.left


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """Spend no time on what is not tried: guessing at secrets is cheap, no disk is waited for, the environment small.

    requests looks through the whole environment for a proxy, twice a request.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secret_references, "_FINGERPRINT_COST", 2)
        patch.setattr(os, "fsync", lambda _: None)
        for name in set(os.environ) - {"HOME", "PATH", "PYTEST_CURRENT_TEST", "TMPDIR"}:
            patch.delenv(name)
        yield


class Clock:
    """A clock that goes on by a second at each look, so that every run has a name of its own."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


CLOCK = Clock()


def session(declared: Declared, url: str, token: str, options: PushOptions, timeout: float = PATIENT) -> Session:
    """Return a session that never really waits between two attempts."""
    # The proxy is reached at another port in every test; the links in what is pushed are the same.
    target = Target(url, timeout=timeout, alerting=True, grafana_url="https://grafana.example.com")
    access = Access({"Authorization": f"Bearer {token}"})
    client = connect(target, access, sleep=lambda _: None)
    environment = declared.environment
    return Session(
        declared.project,
        declared.documents,
        target,
        access,
        options,
        environment=environment,
        client=client,
        now=CLOCK,
    )


def push(declared: Declared, url: str, token: str, options: PushOptions, timeout: float = PATIENT) -> Pushed:
    """Plan, check and push, as the command does."""
    plan = None
    opened = session(declared, url, token, options, timeout)
    try:
        plan = opened.plan()
        opened.check(plan)
        report = opened.push(plan)
    except DashlibError as error:
        return Pushed((error.message,), plan)
    finally:
        opened.client.close()
    messages = [outcome.message for outcome in report.failed]
    return Pushed((*messages, *([report.trouble] if report.trouble else [])), plan, report)


def contents(grafana: GrafanaDouble) -> dict[str, Any]:
    """Return what a Grafana says, by object: without ids, versions and times, and without dashlib's own memory."""
    known = grafana.state
    manager = known.alertmanager
    found: dict[str, Any] = {}
    for uid, folder in known.folders.items():
        found[f"folder/{uid}"] = [folder.title, folder.parent]
    for uid, dashboard in known.dashboards.items():
        if not STATE.fullmatch(uid):
            found[f"dashboard/{uid}"] = [dashboard.spec, dashboard.folder]
    groups: dict[str, list[Any]] = {}
    for rule in known.rules.values():
        content = {key: entry for key, entry in rule.body.items() if key not in {"id", "updated"}}
        groups.setdefault("/".join(rule.group), []).append([content, rule.provenance])
    for key, rules in groups.items():
        folder_uid, _, name = key.partition("/")
        found[f"rule group/{key}"] = [known.intervals[(folder_uid, name)], rules]
    for point in manager.integrations:
        found[f"contact point/{point.uid}"] = attrs.asdict(point)
    for name, timing in manager.mute_timings.items():
        found[f"mute timing/{name}"] = attrs.asdict(timing)
    for name, template in manager.templates.items():
        found[f"template/{name}"] = attrs.asdict(template)
    found["notification policy/root"] = [manager.policies, manager.policies_provenance]
    copied: dict[str, Any] = orjson.loads(orjson.dumps(found))
    return copied


def doubled(grafana: GrafanaDouble) -> list[str]:
    """Return what is there twice: titles in a folder, rules in a group, integrations of a contact point, routes."""
    known = grafana.state
    manager = known.alertmanager
    names = [f"folder {folder.title} in {folder.parent!r}" for folder in known.folders.values()]
    names += [f"dashboard {dashboard.title} in {dashboard.folder!r}" for dashboard in known.dashboards.values()]
    names += [f"rule {rule.body['title']} in {rule.group}" for rule in known.rules.values()]
    names += [f"integration {entry.type} of {entry.receiver}" for entry in manager.integrations]
    names += [f"route {orjson.dumps(route).decode()}" for route in manager.policies.get("routes", [])]
    return sorted({name for name in names if names.count(name) > 1})


def with_dashboard(declared: Declared, dashboard: Dashboard, data: Json, file: str = "extra.py") -> Declared:
    """Return what is declared with one more dashboard."""
    from pathlib import PurePosixPath

    from dashlib.compile.loading import Declared as DeclaredItem

    project = attrs.evolve(declared.project, declared=(*declared.project.declared, DeclaredItem(dashboard, file)))
    document = Document(PurePosixPath(f"{dashboard.uid}.json"), "dashboard", data, {}, file)
    return attrs.evolve(declared, project=project, documents=(*declared.documents, document))
