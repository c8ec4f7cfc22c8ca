"""`dashlib diff`, `push` and `pull` as a person types them: what is printed, and the exit code."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import types
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from dashlib.cli import cli
from dashlib.commands.grafana_shared import datasources_named
from dashlib.grafana.preflight import list_dashboards
from dashlib.servers.access import Access
from dashlib.servers.grafana import Client
from tests.conftest import DASHBOARD
from tests.grafana.typed import CONFIGURATION, Typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.grafana.double import GrafanaDouble


@pytest.fixture
def typed(tmp_path: Path, grafana: GrafanaDouble) -> Typed:
    return Typed(tmp_path, grafana.url, grafana.token("Editor"))


# --- the three commands ----------------------------------------------------------------------------------------------


def test_push_diff_pull_and_build_agree(typed: Typed, grafana: GrafanaDouble) -> None:
    assert typed.type("diff").returncode == 1
    first = typed.type("push", "--yes")
    assert (first.returncode, first.stderr) == (0, "")
    assert "+ Overview: create dashboard overview\n" in first.stdout
    assert f"2 objects written to {grafana.url}\n" in first.stdout
    second = typed.type("push")
    assert (second.returncode, second.stdout) == (0, "2 unchanged\nnothing written\n")
    pulled = typed.type("pull")
    assert pulled.stdout == f"{typed.shell.folder}/compiled/overview.json: created\n"
    assert typed.type("diff").stdout == "2 unchanged\n"
    assert typed.type("build", "--check", grafana=False).returncode == 0


def test_dry_run_sends_nothing_that_writes(typed: Typed, grafana: GrafanaDouble) -> None:
    result = typed.type("push", "--dry-run")
    assert result.returncode == 1
    assert "dry run: 2 objects would be written\n" in result.stdout
    assert len(grafana.requests) > 5
    for received in grafana.requests:
        assert received.method == "GET" or received.path == "/api/ds/query" or "dryRun=All" in received.path
    typed.type("push", "--yes")
    assert typed.type("push", "--dry-run").returncode == 0


def test_a_push_in_a_pipe_cannot_ask(typed: Typed, grafana: GrafanaDouble) -> None:
    result = typed.type("push")
    assert result.returncode == 2
    assert (
        "cannot ask for confirmation before writing 2 objects: "
        "standard input is not a terminal; pass --yes" in result.stderr
    )
    assert not grafana.writes()


def test_a_conflict_is_shown_panel_by_panel_and_ends_with_1(typed: Typed, grafana: GrafanaDouble) -> None:
    typed.type("push", "--yes")
    found = grafana.call("GET", "/api/dashboards/uid/overview").body
    panel = found["dashboard"]["panels"][1]
    panel["fieldConfig"]["defaults"]["unit"] = "ms"
    body = {"dashboard": found["dashboard"], "folderUid": found["meta"]["folderUid"], "overwrite": True}
    assert grafana.call("POST", "/api/dashboards/db", body).status == 200
    result = typed.type("push", "--yes")
    assert result.returncode == 1
    assert f"! Overview › {panel['title']} › unit: ms → " in result.stdout
    assert "--overwrite replaces it" in result.stdout
    over = typed.type("push", "--yes", "--overwrite")
    assert over.returncode == 0
    run = over.stdout.split("--rollback ")[1].split("`")[0]
    back = typed.type("push", "--yes", "--rollback", run)
    assert back.returncode == 0, back.stderr
    assert grafana.call("GET", "/api/dashboards/uid/overview").body["dashboard"]["panels"][1] == panel


def test_pull_brings_an_edit_of_the_ui_into_the_file(typed: Typed, grafana: GrafanaDouble) -> None:
    typed.type("build", grafana=False)
    typed.type("push", "--yes")
    file = typed.shell.folder / "compiled/overview.json"
    before = file.read_text()
    found = grafana.call("GET", "/api/dashboards/uid/overview").body
    body = {"dashboard": {**found["dashboard"], "title": "By hand"}, "folderUid": found["meta"]["folderUid"]}
    assert grafana.call("POST", "/api/dashboards/db", {**body, "overwrite": True}).status == 200
    assert typed.type("pull").stdout == f"{file}: updated\n"
    assert file.read_text() == before.replace('"title": "Overview"', '"title": "By hand"')


def test_pull_of_what_nobody_declares_is_plain_json(typed: Typed, grafana: GrafanaDouble) -> None:
    other = {"uid": "theirs", "title": "Theirs", "panels": []}
    grafana.call("POST", "/api/dashboards/db", {"dashboard": other})
    result = typed.type("pull", "--only", "theirs")
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads((typed.shell.folder / "pulled/theirs.json").read_text()) == other


def test_pull_says_which_declared_dashboard_is_not_there(typed: Typed) -> None:
    result = typed.type("pull")
    assert result.returncode == 1
    assert "has no dashboard or library panel with UID 'overview', or the token cannot read it" in said(result)


def test_pull_of_a_uid_says_how_to_name_one(typed: Typed, grafana: GrafanaDouble) -> None:
    result = typed.type("pull", "overview")
    assert result.returncode == 2
    assert "'overview' is not a configured target (no targets are configured)" in result.stderr
    assert "to pull a dashboard by its UID, pass --only overview" in result.stderr
    assert not grafana.requests


def test_a_target_of_the_configuration(typed: Typed, grafana: GrafanaDouble) -> None:
    table = f'[tool.dashlib.grafana.production]\nurl = "{grafana.url}"\ndatasource = "Prometheus"\n'
    typed.shell.write("pyproject.toml", CONFIGURATION + table)
    result = typed.type("push", "production", "--yes", grafana=False)
    assert result.returncode == 0, result.stderr
    assert f"2 objects written to production ({grafana.url})" in result.stdout
    assert typed.type("diff", grafana=False).stdout == "2 unchanged\n"
    wrong = typed.type("diff", "staging", grafana=False)
    assert (wrong.returncode, "configured targets: production" in wrong.stderr) == (2, True)


def test_json_for_machines(typed: Typed) -> None:
    found = json.loads(typed.type("push", "--yes", "--format", "json").stdout)
    assert [item["action"] for item in found["changes"]] == ["create", "create"]
    assert [item["status"] for item in found["outcomes"]] == ["done", "done"]
    assert json.loads(typed.type("diff", "--format", "json").stdout)["changes"][0]["action"] == "unchanged"


def test_a_token_file_and_a_password(typed: Typed, grafana: GrafanaDouble) -> None:
    file = typed.shell.write("token", typed.environment["GRAFANA_TOKEN"] + "\n")
    assert typed.type("diff", "--token-file", str(file), environment={}).returncode == 1
    password = {"GRAFANA_USER": "admin", "GRAFANA_PASSWORD": "admin"}
    assert typed.type("diff", environment=password).returncode == 1
    assert {item.identity for item in grafana.requests if item.identity} >= {"admin"}


def test_only_that_fits_nothing_is_wrong_use_and_names_what_there_is(typed: Typed, grafana: GrafanaDouble) -> None:
    for command in (("diff",), ("push", "--yes"), ("pull",)):
        result = typed.type(*command, "--only", "overveiw")
        assert result.returncode == 2
        assert said(result) == "dashlib: --only 'overveiw' matches nothing; available: overview"
    assert not grafana.writes()


def test_pull_only_what_fits(typed: Typed) -> None:
    typed.shell.write("dashboards/second.py", DASHBOARD.replace("overview", "second").replace("Overview", "Second"))
    assert typed.type("push", "--yes").returncode == 0
    for pattern in ("seco*", "SECOND"):
        assert typed.type("pull", "--only", pattern, "--out", pattern).returncode == 0
        assert [file.name for file in (typed.shell.folder / pattern).rglob("*.json")] == ["second.json"]


def test_pull_of_everything_leaves_out_what_dashlib_remembers(typed: Typed, grafana: GrafanaDouble) -> None:
    assert typed.type("push", "--yes").returncode == 0
    grafana.call("POST", "/api/dashboards/db", {"dashboard": {"uid": "theirs", "title": "Theirs", "panels": []}})
    assert typed.type("pull", "--only", "*", "--out", "all").returncode == 0
    assert sorted(file.name for file in (typed.shell.folder / "all").rglob("*.json")) == [
        "overview.json",
        "theirs.json",
    ]


# --- one sentence for each way in which it cannot work ---------------------------------------------------------------


def said(result: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence of a failure, and make sure that it is one."""
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_a_dead_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: whoever connects is refused
        typed = Typed(tmp_path, f"http://127.0.0.1:{taken.getsockname()[1]}", "glsa_x")
        result = typed.type("push", "--yes")
    assert result.returncode == 3
    assert "cannot connect to http://127.0.0.1:" in said(result)


def test_a_wrong_token(typed: Typed) -> None:
    result = typed.type("push", "--yes", environment={"GRAFANA_TOKEN": "glsa_wrong"})
    assert result.returncode == 3
    assert "authentication failed (401: Invalid API key); create a new token" in said(result)
    assert "glsa_wrong" not in result.stderr


def test_no_token(typed: Typed) -> None:
    result = typed.type("push", "--yes", environment={})
    assert result.returncode == 3
    assert "requires authentication; export GRAFANA_TOKEN" in said(result)


def test_a_viewers_token(tmp_path: Path, grafana: GrafanaDouble) -> None:
    result = Typed(tmp_path, grafana.url, grafana.token("Viewer")).type("push", "--yes")
    assert result.returncode == 3
    assert result.stderr.count("\n") == 1
    assert "lacks the permission folders:create; give its service account the Editor role" in result.stderr
    assert not grafana.writes()


def test_a_missing_folder(typed: Typed) -> None:
    result = typed.type("push", "--yes", "--folder", "Nowhere")
    assert result.returncode == 3
    assert "has no folder 'Nowhere' that the token may read; create it" in said(result)


class _Answers(BaseHTTPRequestHandler):
    """Answers everything in one way."""

    status, headers_sent, content = 200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Sign in</title>"

    def do_GET(self) -> None:
        self.send_response(self.status)
        for name, value in {**self.headers_sent, "Content-Length": str(len(self.content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def server(status: int, headers: dict[str, str], content: bytes) -> Iterator[str]:
    handler = type("Handler", (_Answers,), {"status": status, "headers_sent": headers, "content": content})
    made = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_address[1]}"
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "headers", "content", "expected"),
    [
        (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html>", "a login page in front of Grafana"),
        (200, {"Content-Type": "text/plain"}, b"\n <html>", "a login page in front of Grafana"),
        (404, {"Content-Type": "text/html"}, b"<h1>no</h1>", "is the sub-path in Grafana's URL right?"),
        (302, {"Location": "/login"}, b"", "redirects to the login page"),
        (302, {"Location": "https://elsewhere.example.com/x?code=1"}, b"", "dashlib does not follow"),
        (200, {"Content-Type": "application/json"}, b'{"status": "up"}', "is not Grafana: it answered /api/health"),
        (200, {"Content-Type": "application/json"}, b"[]", "is not Grafana: it answered /api/health with 200"),
        (200, {"Content-Type": "text/plain; charset=utf-8"}, b"OK", "is not Grafana: it answered GET /api/health"),
        (
            404,
            {"Content-Type": "text/plain; charset=utf-8"},
            b"404 page not found",
            "is not Grafana: it answered /api/org",
        ),
        (404, {"Content-Type": "application/json"}, b'{"error_code": 404, "message": "no"}', "is not Grafana: it"),
        (
            400,
            {"Content-Type": "application/json"},
            b'{"error": "no handler"}',
            "is not Grafana: it answered /api/health",
        ),
        (405, {"Content-Type": "text/plain"}, b"no", "is not Grafana: it answered /api/health with 405"),
        (503, {"Content-Type": "text/plain"}, b"no backend", "is not available (503)"),
        (200, {"Content-Type": "application/json"}, b"[1, 2", "invalid JSON"),
        (503, {"Content-Type": "application/json"}, b'{"database": "failing"}', "a database failure"),
    ],
)
def test_something_that_is_no_grafana(
    tmp_path: Path, status: int, headers: dict[str, str], content: bytes, expected: str
) -> None:
    with server(status, headers, content) as url:
        result = Typed(tmp_path, url, "glsa_x").type("push", "--yes")
    assert result.returncode == 3
    assert expected in said(result)
    assert "code=1" not in result.stderr


def test_the_least_right_as_the_docs_type_it(tmp_path: Path, grafana: GrafanaDouble) -> None:
    """The command and the rights of docs/push.md: role None, Edit on one folder."""
    token = grafana.token("None")
    grafana.add_folder("cdc", "CDC")
    grafana.grant(token, "cdc")
    typed = Typed(tmp_path, grafana.url, token)
    named = ("--folder", "cdc", "--datasource", "prometheus")
    assert typed.type("diff", *named).returncode == 1
    result = typed.type("push", "--yes", *named)
    assert result.returncode == 0, result.stderr
    (note,) = result.stderr.splitlines()
    assert note.startswith("note: the token may not read datasources: dashlib assumes that 'prometheus' is the UID of")
    assert typed.type("diff", *named).returncode == 0
    assert typed.type("pull", *named).returncode == 0


def test_https_to_a_port_that_speaks_http(tmp_path: Path) -> None:
    with server(200, {}, b"{}") as url:
        result = Typed(tmp_path, url.replace("http://", "https://"), "glsa_x").type("push", "--yes")
    assert result.returncode == 3
    assert "speaks plain HTTP, not HTTPS; use http://" in said(result)


def test_an_organisation_that_is_not_there(typed: Typed) -> None:
    for environment in ({}, {"GRAFANA_USER": "admin", "GRAFANA_PASSWORD": "admin"}):
        result = typed.type("diff", "--org-id", "99", environment=environment or None)
        assert result.returncode == 3
        assert "has no organization 99, or the token is not a member of it" in said(result)
        assert "Editor role" not in result.stderr


def test_a_token_of_another_organisation(tmp_path: Path) -> None:
    body = b'{"message": "API key does not belong to the requested organization"}'
    with server(401, {"Content-Type": "application/json"}, body) as url:
        result = Typed(tmp_path, url, "glsa_x").type("diff", "--org-id", "2")
    assert result.returncode == 3
    assert "has no organization 2, or the token is not a member of it" in said(result)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("grafana.example.com", "start with http:// or https://"),
        ("https://me:secret@grafana.example.com", "must not contain a user name or password"),
        ("https://grafana.example.com/?x=1", "must not have a query (?) or fragment (#)"),
        ("https://grafana.example.com:port", "is not valid"),
    ],
)
def test_a_url_that_is_none(tmp_path: Path, url: str, expected: str) -> None:
    result = Typed(tmp_path, url, "glsa_x").type("push", "--yes")
    assert result.returncode == 2
    assert expected in said(result)
    assert "secret" not in result.stderr


def test_no_grafana_is_named(tmp_path: Path) -> None:
    result = Typed(tmp_path, "", "glsa_x").type("push", "--yes", grafana=False)
    assert (result.returncode, "which Grafana?" in said(result)) == (2, True)


def test_a_token_file_that_is_not_there(typed: Typed) -> None:
    result = typed.type("diff", "--token-file", "nowhere")
    assert (result.returncode, "File 'nowhere' does not exist" in result.stderr) == (2, True)


def test_help_does_not_pay_for_requests(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['dashlib', '--help']\nfrom dashlib.cli import main\n"
        "try: main()\nexcept SystemExit: pass\nprint('requests' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert result.stdout.splitlines()[-1] == "False"


def test_an_edited_declaration_is_one_line_of_the_diff(
    replace_in: Callable[[Path, str, str], None], typed: Typed, grafana: GrafanaDouble
) -> None:
    typed.type("push", "--yes")
    replace_in(typed.shell.folder / "dashboards/overview.py", 'title="Overview"', 'title="Overview of today"')
    result = typed.type("diff")
    assert result.stdout == "~ Overview of today › title: Overview → Overview of today\n1 update, 1 unchanged\n"
    assert result.returncode == 1
    assert len(grafana.writes()) == 4


def test_declining_a_push_writes_nothing_and_says_so(
    typed: Typed, grafana: GrafanaDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = types.SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr("dashlib.commands.push.sys", types.SimpleNamespace(stdin=terminal, stderr=sys.stderr))
    asked = ["push", "--project", str(typed.shell.folder), "--grafana", typed.url]
    result = CliRunner().invoke(cli, asked, input="n\n", env=typed.environment)
    assert result.exit_code == 1
    assert f"Write 2 objects to {grafana.url}? [y/N]: n\nnothing written\n" in result.output
    assert not grafana.writes()


def test_no_file_is_named_after_what_is_not_a_uid() -> None:
    hits = [{"uid": "fine", "title": "Fine"}, {"uid": "../outside", "title": "Outside"}]
    with server(200, {"Content-Type": "application/json"}, json.dumps(hits).encode()) as url:
        client = Client(url, Access())
        assert list_dashboards(client) == {"fine": "Fine"}
        client.close()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((), ("", {})),
        (("Prom A",), ("Prom A", {})),
        (("loki=logs", "prom", "tempo=Traces EU"), ("prom", {"loki": "logs", "tempo": "Traces EU"})),
        (("prometheus=prom",), ("prom", {})),
    ],
)
def test_a_datasource_is_named_for_each_type(given: tuple[str, ...], named: tuple[str, dict[str, str]]) -> None:
    assert datasources_named(given) == named


def test_two_prometheus_are_one_too_many() -> None:
    with pytest.raises(click.UsageError, match="two Prometheus datasources, 'a' and 'b'; one of another"):
        datasources_named(("a", "b"))
