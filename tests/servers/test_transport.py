"""The transport under all servers: redirects, proxies, certificates and secrets, whoever is asked."""

from __future__ import annotations

import contextlib
import http.server
import threading
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import pytest

from dashlib.errors import (
    AccessError,
    AnswerError,
    OutcomeUnknownError,
    RefusedError,
    RemoteError,
    UnreachableError,
)
from dashlib.servers.access import Access, access_from_environment, access_from_token_file
from dashlib.servers.grafana import Client
from dashlib.servers.kafka_connect import KafkaConnect
from dashlib.servers.prometheus import Prometheus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = "glsa_never-shown"  # noqa: S105  (a token of this test)
ACCESS = Access({"Authorization": f"Bearer {SECRET}"})


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers every request in one way."""

    status = 200
    headers_said: tuple[tuple[str, str], ...] = ()
    body = b"{}"
    endless = False
    asked: ClassVar[list[str]]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked.append(self.path)
        self.send_response(self.status)
        for name, value in self.headers_said:
            self.send_header(name, value)
        if not self.endless:
            self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(self.body)
            while self.endless:
                self.wfile.write(bytes(1 << 16))
        self.close_connection = True

    do_POST = do_GET  # noqa: N815  (what http.server calls)

    def log_message(self, *_: object) -> None:
        pass


@attrs.frozen
class Served:
    """A server, and the paths that it was asked for."""

    url: str
    asked: list[str]


@contextlib.contextmanager
def serving(status: int = 200, body: bytes = b"{}", *, endless: bool = False, **headers: str) -> Iterator[Served]:
    class Handler(Answering):
        asked: ClassVar[list[str]] = []

    Handler.status, Handler.body, Handler.endless = status, body, endless
    Handler.headers_said = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_address[1]}", Handler.asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask_prometheus(url: str, access: Access = ACCESS) -> object:
    prometheus = Prometheus(url, access, seconds=2)
    prometheus.api.transport.sleep = lambda _: None
    return prometheus.query("up")


def ask_connect(url: str, access: Access = ACCESS) -> object:
    connect = KafkaConnect(url, access, seconds=2)
    connect.api.transport.sleep = lambda _: None
    return connect.connectors()


def read_grafana(url: str, access: Access = ACCESS) -> object:
    return Client(url, access, timeout=2, attempts=2, sleep=lambda _: None).get("/api/org")


def write_grafana(url: str, access: Access = ACCESS) -> object:
    return Client(url, access, timeout=2, attempts=2, sleep=lambda _: None).write("POST", "/api/folders", {})


ALL = pytest.mark.parametrize("ask", [ask_prometheus, ask_connect, read_grafana, write_grafana])


@ALL
def test_the_body_of_a_redirect_is_not_read(ask: Callable[[str], object]) -> None:
    with serving(307, endless=True, Location="https://elsewhere.example/x?token=1") as server:
        with pytest.raises(UnreachableError, match=r"redirects to https://elsewhere\.example/x; dashlib does not"):
            ask(server.url)
        assert len(server.asked) == 1


@ALL
@pytest.mark.parametrize("location", ["http://[", "//[::1"])
def test_a_redirect_to_no_url_is_said(ask: Callable[[str], object], location: str) -> None:
    with serving(302, Location=location) as server, pytest.raises(UnreachableError, match="an invalid URL"):
        ask(server.url)


@ALL
def test_a_login_page_is_named(ask: Callable[[str], object]) -> None:
    with serving(302, Location="/sub/login?next=x") as server, pytest.raises(UnreachableError, match="the login page"):
        ask(server.url)


@ALL
@pytest.mark.parametrize("setting", ["ca", "client_certificate", "client_key"])
def test_a_certificate_that_is_not_there_is_wrong_use(ask: Callable[[str, Access], object], setting: str) -> None:
    given: dict[str, Any] = {setting: "/nowhere.pem"}
    access = Access(**given)
    with pytest.raises(AccessError, match=f"{setting} = '/nowhere.pem': no such file") as caught:
        ask("https://127.0.0.1:1", access)
    assert caught.value.exit_code == 2


@ALL
def test_a_proxy_that_is_named_wins_over_the_environments(
    ask: Callable[[str, Access], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(404, b'{"message": "through the proxy"}') as proxy:
        with pytest.raises(RefusedError, match="through the proxy"):
            ask("http://server.example.invalid", Access(proxy=proxy.url))
        assert proxy.asked[0].startswith("http://server.example.invalid/")


@ALL
@pytest.mark.parametrize(
    ("status", "body"), [(401, b'{"message": "no"}'), (403, b"{}"), (500, b"no"), (200, b"{"), (200, b"<html>")]
)
def test_no_error_shows_a_secret(ask: Callable[[str], object], status: int, body: bytes) -> None:
    with serving(status, body, Content_Type="application/json") as server, pytest.raises(RemoteError) as caught:
        ask(server.url)
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert all(SECRET not in repr(each) + str(each) for each in chain)


def test_only_of_a_write_nobody_knows_whether_it_happened() -> None:
    with serving(503) as server:
        with pytest.raises(OutcomeUnknownError):
            write_grafana(server.url)
        assert len(server.asked) == 1
        with pytest.raises(AnswerError) as caught:
            read_grafana(server.url)
        assert len(server.asked) == 3
    assert not isinstance(caught.value, OutcomeUnknownError)


def test_kafka_connect_names_its_own_way_in() -> None:
    with serving(401) as server, pytest.raises(UnreachableError, match="export KAFKA_CONNECT_TOKEN") as caught:
        ask_connect(server.url)
    assert "--http-config" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["PROMETHEUS", "KAFKA_CONNECT", "GRAFANA"])
def test_who_we_are_is_read_from_the_environment_in_one_way(prefix: str, tmp_path: Path) -> None:
    assert access_from_environment({f"{prefix}_TOKEN": SECRET}, prefix) == ACCESS
    assert access_from_environment({}, prefix).is_anonymous
    with pytest.raises(AccessError, match=f"{prefix}_TOKEN does not hold a token") as caught:
        access_from_environment({f"{prefix}_TOKEN": f"{SECRET} and more"}, prefix)
    assert SECRET not in str(caught.value)
    (tmp_path / "token").write_text(SECRET + "\n")
    assert access_from_token_file(tmp_path / "token") == ACCESS
