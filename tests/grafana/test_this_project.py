"""This repository's own dashboards, rules and notifications, pushed: everything arrives, and a second push is none.

From a fresh clone, as a person types it, the dashboards arrive; alerting does where it is asked for.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

from dashlib.compile.project import serialize
from dashlib.grafana.secret_references import REFERENCE, references
from dashlib.grafana.session import PushOptions, Session
from dashlib.grafana.targets import Target
from dashlib.servers.access import Access
from tests.compiled import DOCUMENTS, PROJECT
from tests.grafana.typed import Typed

if TYPE_CHECKING:
    from tests.grafana.double import GrafanaDouble

ROOT = Path(__file__).parents[2]


def test_push_push_pull_diff(tmp_path: Path, grafana: GrafanaDouble) -> None:
    documents = list(DOCUMENTS)
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
            attrs.evolve(PROJECT, root=tmp_path),
            documents,
            target,
            Access({"Authorization": f"Bearer {token}"}),
            PushOptions(),
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
    pulled, missing = session().pull()
    assert not missing
    assert pulled.declared == {document.path: serialize(document) for document in dashboards}


def with_secret_file(data: dict[str, object], file: Path) -> dict[str, object]:
    """Return a document in which every secret file is this one."""
    changed: dict[str, object] = json.loads(re.sub(r"\$\{file:[^}]+\}", f"${{file:{file}}}", json.dumps(data)))
    return changed


# --- a fresh clone, as a person types it -----------------------------------------------------------------------------

ALERTING = "/api/v1/provisioning"
PARTS = r"5 rule groups, 3 contact points, 1 notification policy, 2 mute timings, 1 template"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What is declared here, in a folder of its own; the secret of its Slack channel is `slack_url`, and missing."""
    folder = tmp_path / "clone"
    for name in ("dashboards", "alerts"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    notifications = folder / "alerts/notifications.py"
    text = notifications.read_text()
    assert "/run/secrets/slack_url" in text
    notifications.write_text(text.replace("/run/secrets/slack_url", str(tmp_path / "slack_url")))
    return folder


@pytest.fixture
def typed(clone: Path, grafana: GrafanaDouble) -> Typed:
    return Typed(clone, grafana.url, grafana.token("Editor"))


def asked(grafana: GrafanaDouble, path: str) -> list[str]:
    return [item.path for item in grafana.requests if item.path.startswith(path)]


def test_a_fresh_clone_pushes_its_dashboards_and_says_what_it_leaves_out(typed: Typed, grafana: GrafanaDouble) -> None:
    result = typed.type("push", "--yes")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count(": create dashboard ") == 8
    assert f"9 objects written to {grafana.url}\n" in result.stdout
    (note,) = result.stderr.splitlines()
    assert re.match(
        rf"note: Grafana-managed alerting is left out \({PARTS}\)\. Pass --alerting, or set alerting = true", note
    )
    assert not asked(grafana, ALERTING)
    again = typed.type("diff")
    assert (again.returncode, again.stdout) == (0, "9 unchanged\n")


def test_the_least_right_suffices_for_the_dashboards(clone: Path, grafana: GrafanaDouble) -> None:
    token = grafana.token("None")
    grafana.add_folder("cdc", "CDC")
    grafana.grant(token, "cdc")
    result = Typed(clone, grafana.url, token).type("push", "--yes", "--folder", "cdc", "--datasource", "prometheus")
    assert result.returncode == 0, result.stderr
    assert f"8 objects written to {grafana.url}\n" in result.stdout
    assert not asked(grafana, ALERTING)


def test_alerting_that_is_asked_for_waits_for_its_secret_alone(typed: Typed, tmp_path: Path) -> None:
    result = typed.type("push", "--yes", "--alerting")
    assert (result.returncode, result.stderr) == (1, "")
    secret = f"needs the secret ${{file:{tmp_path}/slack_url}}, which cannot be read: No such file or directory\n"
    waiting = [line for line in result.stdout.splitlines(keepends=True) if ": waiting: " in line]
    assert len(waiting) == 2
    assert waiting[0].startswith("! platform-alerts-slack: waiting: contact point ")
    assert waiting[0].endswith(secret)
    assert waiting[1] == (
        "! routes of dashlib: waiting: notification policy root uses contact point 'platform-alerts-slack', which "
        + secret
    )
    assert result.stdout.count("rule group ") >= 5
    assert "written to" in result.stdout
    (tmp_path / "slack_url").write_text("https://hooks.example.com/secret")
    result = typed.type("push", "--yes", "--alerting")
    assert (result.returncode, ": waiting: " in result.stdout) == (0, False)


def test_what_was_pushed_of_alerting_stays_where_it_is_not_asked_for(
    typed: Typed, tmp_path: Path, grafana: GrafanaDouble
) -> None:
    (tmp_path / "slack_url").write_text("https://hooks.example.com/secret")
    table = f'\n[tool.dashlib.grafana.production]\nurl = "{grafana.url}"\nalerting = true\n'
    with (typed.shell.folder / "pyproject.toml").open("a") as file:
        file.write(table)
    assert typed.type("push", "--yes", grafana=False).returncode == 0
    rules = grafana.call("GET", f"{ALERTING}/alert-rules").body
    assert len(rules) > 40
    before = len(grafana.requests)
    result = typed.type("push", "--no-alerting", "--yes", "--prune", grafana=False)
    assert (result.returncode, result.stdout) == (0, "9 unchanged\nnothing written\n")
    assert "; what was pushed before stays as it is. Pass" in result.stderr
    assert not [item.path for item in grafana.requests[before:] if item.path.startswith(ALERTING)]
    assert grafana.call("GET", f"{ALERTING}/alert-rules").body == rules
    again = typed.type("push", "--yes", "--prune", grafana=False)
    assert (again.returncode, again.stdout) == (0, "21 unchanged\nnothing written\n")


def test_only_takes_a_rule_group_by_its_own_name(typed: Typed) -> None:
    result = typed.type("diff", "--alerting", "--only", "kafka-connect")
    assert result.stdout.splitlines()[-1] == "2 create"  # it and its folder
    assert ": create rule group debezium-" in result.stdout
    result = typed.type("diff", "--only", "kafka-connect")
    assert result.returncode == 2
    assert result.stderr.endswith("debezium-snapshots; alerting is left out\n")


@pytest.mark.parametrize("by", ["name", "uid"])
def test_what_a_file_provisioned_is_the_same(typed: Typed, grafana: GrafanaDouble, by: str) -> None:
    """As the lab's Grafana reads the compiled files, whose variable names the datasource by name; or by its uid."""
    grafana.add_folder("provisioned", "Debezium")
    files = sorted((ROOT / "labs/monitoring/grafana/dashboards").glob("*.json"))
    assert len(files) == 8
    for file in files:
        data = json.loads(file.read_text())
        (variable,) = [item for item in data["templating"]["list"] if item["type"] == "datasource"]
        assert variable["current"]["value"] == "Prometheus"
        if by == "uid":
            variable["current"]["value"] = "prometheus"
        grafana.provision_dashboard(data, "provisioned", file.name)
    result = typed.type("diff")
    assert (result.returncode, result.stdout) == (0, "9 unchanged\n")
