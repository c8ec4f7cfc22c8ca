"""This repository's own dashboards, rules and notifications, pushed: everything arrives, and a second push is none."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from dashlib.grafana.secret_references import REFERENCE, references
from dashlib.grafana.session import Meant, Session
from dashlib.grafana.targets import Credentials, Target
from dashlib.project import compile_project, load_project, serialize

if TYPE_CHECKING:
    from tests.grafana.double import GrafanaDouble

ROOT = Path(__file__).parents[2]


def test_push_push_pull_diff(tmp_path: Path, grafana: GrafanaDouble) -> None:
    project = load_project(ROOT)
    documents = compile_project(project)
    dashboards = [document for document in documents if document.kind == "dashboard"]
    assert len(dashboards) >= 3
    environment = dict(os.environ)
    for document in documents:
        if document.kind == "grafana-alerting":
            for _, text in references(document.data):
                for kind, name in REFERENCE.findall(text):
                    if kind == "env":
                        environment[name] = "https://hooks.example.com/secret"
    # A reference to a file stays one: only that the file is here, in place of the machine that pushes.
    secret = tmp_path / "secret"
    secret.write_text("https://hooks.example.com/from-a-file")
    documents = [
        attrs.evolve(document, data=with_secret_file(document.data, secret))
        if document.kind == "grafana-alerting"
        else document
        for document in documents
    ]
    token = grafana.token("Editor")

    def session() -> Session:
        target = Target(grafana.url, owner="this", alerting=True)
        return Session(
            attrs.evolve(project, root=tmp_path),
            documents,
            target,
            Credentials(f"Bearer {token}"),
            Meant(),
            environment=environment,
        )

    first = session()
    plan = first.plan()
    first.check(plan)
    report = first.push(plan)
    assert not report.failed, report.failed[0].message
    assert {item.change.kind for item in report.outcomes} >= {"folder", "dashboard"}
    before = len(grafana.writes())
    again = session()
    plan = again.plan()
    assert not plan.differs, [(item.key, item.details) for item in plan.changes if item.action != "unchanged"]
    again.push(plan)
    assert len(grafana.writes()) == before
    pulled, missing = session().pull(())
    assert not missing
    assert pulled.declared == {document.path: serialize(document) for document in dashboards}


def with_secret_file(data: dict[str, object], file: Path) -> dict[str, object]:
    """Return a document in which every secret file is this one."""
    changed: dict[str, object] = json.loads(re.sub(r"\$\{file:[^}]+\}", f"${{file:{file}}}", json.dumps(data)))
    return changed
