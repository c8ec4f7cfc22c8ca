"""`dashlib doctor` as a person types it: which server is asked, with which credentials, and what is wrong use."""

from __future__ import annotations

import http.server
import threading
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dashlib.cli import cli
from dashlib.errors import RemoteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

    from tests.conftest import Shell


class Server(http.server.ThreadingHTTPServer):
    """A server that is not what is asked for, and remembers who asked: each request's path and Authorization."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.tenants: set[str] = set()
        serving = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                serving.asked.append((self.path.partition("?")[0], self.headers.get("Authorization", "")))
                serving.tenants.add(self.headers.get("X-Scope-OrgID", ""))
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET  # noqa: N815 - what http.server calls

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def project(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shell.folder)
    for name in ("PROMETHEUS_TOKEN", "PROMETHEUS_USER", "GRAFANA_TOKEN", "GRAFANA_USER", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


def target(shell: Shell, name: str, **settings: str) -> None:
    lines = "".join(f'{key} = "{value}"\n' for key, value in {"url": "http://127.0.0.1:9", **settings}.items())
    with (shell.folder / "pyproject.toml").open("a") as file:
        file.write(f"\n[tool.dashlib.grafana.{name}]\n{lines}")


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["doctor", *arguments])


def failed_at(server: Server, result: Result) -> bool:
    """Tell whether the command ended because this server is no Prometheus (or Grafana)."""
    return isinstance(result.exception, RemoteError) and server.url in str(result.exception) and bool(server.asked)


@pytest.mark.parametrize("arguments", [["production"], [], ["production", "rules.yml"], ["rules.yml"]])
def test_a_target_names_its_prometheus_and_the_credentials_for_it(
    shell: Shell, server: Server, arguments: list[str]
) -> None:
    shell.write("secret/http.yml", "authorization: {credentials: s3cret}\n")
    shell.write("rules.yml", "groups: [{name: ours, rules: [{alert: A, expr: up == 0}]}]\n")
    target(shell, "production", prometheus=server.url, http_config="secret/http.yml")
    assert failed_at(server, doctor(*arguments))
    assert {authorization for _, authorization in server.asked} == {"Bearer s3cret"}


def test_files_of_a_target_are_found_from_a_folder_below_the_project(
    shell: Shell, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write("http.yml", "authorization: {credentials: s3cret}\n")
    target(shell, "production", prometheus=server.url, http_config="http.yml")
    monkeypatch.chdir(shell.folder / "dashboards")
    assert failed_at(server, doctor("production"))
    assert {authorization for _, authorization in server.asked} == {"Bearer s3cret"}


def test_prometheus_on_the_command_line_wins(shell: Shell, server: Server) -> None:
    target(shell, "production", prometheus="http://127.0.0.1:9")
    assert failed_at(server, doctor("production", "--prometheus", server.url))


def test_a_prometheus_without_a_target_gets_no_credentials_of_one(shell: Shell, server: Server) -> None:
    shell.write("http.yml", "authorization: {credentials: s3cret}\n")
    target(shell, "production", prometheus="http://127.0.0.1:9", http_config="http.yml")
    assert failed_at(server, doctor("--prometheus", server.url))
    assert {authorization for _, authorization in server.asked} == {""}


def test_a_tenant_is_that_of_the_command_line_or_of_the_target(shell: Shell, server: Server) -> None:
    target(shell, "production", prometheus=server.url, tenant="cdc")
    assert failed_at(server, doctor("production"))
    assert failed_at(server, doctor("production", "--tenant", "payments"))
    assert server.tenants == {"cdc", "payments"}
    assert "expected a tenant of at most 150" in str(doctor("production", "--tenant", "a b").exception)


def test_a_profile_of_the_target_is_the_one_to_build_for(shell: Shell, server: Server) -> None:
    target(shell, "production", prometheus=server.url, profile="nobodys")
    assert "there is no naming profile 'nobodys'" in str(doctor("production").exception)
    assert failed_at(server, doctor("production", "--profile", "lab"))


def test_a_grafana_is_asked_as_its_target_says(shell: Shell, server: Server) -> None:
    shell.write("token", "glsa_s3cret\n")
    target(shell, "production", url=server.url, token_file="token", prometheus="http://127.0.0.1:9")  # noqa: S106 - a file's name
    target(shell, "staging", url="http://127.0.0.1:9/staging", prometheus="http://127.0.0.1:9")
    assert failed_at(server, doctor("--grafana", server.url))
    assert {authorization for _, authorization in server.asked} == {"Bearer glsa_s3cret"}
    assert all(path.startswith("/api/search") for path, _ in server.asked)


@pytest.mark.parametrize(
    ("targets", "arguments", "expected"),
    [
        ([], [], "which Prometheus? Pass --prometheus URL, or set prometheus in a [tool.dashlib.grafana.NAME] table"),
        (["bare"], ["bare"], "which Prometheus? Set prometheus in [tool.dashlib.grafana.bare], or pass --prometheus"),
        (["bare"], [], "which Prometheus? Set prometheus in [tool.dashlib.grafana.bare]"),
        (["bare", "more"], [], "which Prometheus? Name a target (bare, more), or pass --prometheus URL"),
        (["bare", "more"], ["bare", "more"], "expected one target, got bare and more"),
        (["bare"], ["prodution"], "'prodution' is neither a file nor a target (configured targets: bare)"),
        ([], ["a.json"], "'a.json' is neither a file nor a target (no targets are configured)"),
    ],
)
def test_wrong_use_says_what_to_do(shell: Shell, targets: list[str], arguments: list[str], expected: str) -> None:
    for name in targets:
        target(shell, name)
    result = doctor(*arguments)
    assert result.exit_code == 2
    assert expected in result.output


def test_files_and_a_grafana_are_one_too_many(shell: Shell, server: Server) -> None:
    shell.write("rules.yml", "groups: []\n")
    result = doctor("--prometheus", server.url, "--grafana", server.url, "rules.yml")
    assert (result.exit_code, "pass either FILEs or --grafana, not both" in result.output) == (2, True)
    assert server.asked == []
