"""Grafana's API over HTTP: what is tried again, what never is, and what is said when it does not work."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trustme

from dashlib.errors import AccessError, AnswerError, OutcomeUnknownError, RefusedError, RemoteError, UnreachableError
from dashlib.grafana.targets import Target, connect
from dashlib.servers.access import Access
from dashlib.servers.grafana import LARGEST_OBJECT, Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TOKEN = "glsa_the-secret-token"  # noqa: S105  (a token of this test)


@attrs.frozen
class Certificate:
    """A certificate for 127.0.0.1, made for these tests: its file, its key's, and that of the authority behind it."""

    file: Path
    key: Path
    authority: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("certificate")
    made = Certificate(folder / "server.pem", folder / "server.key", folder / "authority.pem")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(made.key)
    issued.cert_chain_pems[0].write_to_path(made.file)
    authority.cert_pem.write_to_path(made.authority)
    return made


def reply(status: int = 200, body: bytes = b"{}", **headers: str) -> bytes:
    """Return an answer as it goes over the wire."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body


class Scripted:
    """A server that says one thing after the other, one a connection, and notes what it was asked."""

    def __init__(self, answers: list[bytes | Callable[[socket.socket], None]]) -> None:
        self.asked: list[bytes] = []
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for answer in self._answers:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self.asked.append(received(connection))
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                else:
                    answer(connection)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that still accepts
        self._socket.close()
        self._thread.join(10)


def received(connection: socket.socket) -> bytes:
    """Return one whole request."""
    content = b""
    while b"\r\n\r\n" not in content:
        chunk = connection.recv(65536)
        if not chunk:
            return content
        content += chunk
    head, _, body = content.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@attrs.define
class Asked:
    """A client on a scripted server."""

    client: Client
    server: Scripted
    slept: list[float]


@pytest.fixture
def ask() -> Iterator[Callable[..., Asked]]:
    servers: list[Scripted] = []

    def make(*answers: Any, token: str = TOKEN, **settings: Any) -> Asked:
        server = Scripted([close_after(answer) for answer in answers])
        servers.append(server)
        slept: list[float] = []
        access = Access({"Authorization": f"Bearer {token}"} if token else {})
        return Asked(connect(Target(server.url, **settings), access, sleep=slept.append), server, slept)

    yield make
    for server in servers:
        server.close()


def close_after(answer: Any) -> Any:
    return answer.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) if isinstance(answer, bytes) else answer


def reset(connection: socket.socket) -> None:
    """Break the connection off before a byte of the answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


HALF = reply(body=b'{"a": 1, "b"')[:-4]
TROUBLE = [
    reply(503),
    reply(502, b"<html>", Content_Type="text/html"),
    reply(504),
    reply(500),
    reset,
    HALF,
    reply(body=b"{"),
]


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_read_is_tried_again_with_growing_pauses(ask: Callable[..., Asked], trouble: Any) -> None:
    asked = ask(trouble, trouble, reply(body=b'{"fine": true}'))
    assert asked.client.get("/api/org").data == {"fine": True}
    assert len(asked.slept) == 2
    assert asked.client.sent == {"GET": 3}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_read_is_not_tried_for_ever(ask: Callable[..., Asked], trouble: Any) -> None:
    asked = ask(trouble, trouble, attempts=2)
    with pytest.raises(AnswerError):
        asked.client.get("/api/org")
    assert asked.client.sent == {"GET": 2}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_write_that_may_have_happened_is_sent_once(ask: Callable[..., Asked], trouble: Any) -> None:
    asked = ask(trouble)
    with pytest.raises(OutcomeUnknownError):
        asked.client.write("POST", "/api/folders", {"uid": "a"})
    assert asked.slept == []
    assert asked.client.sent == {"POST": 1}


@pytest.mark.parametrize("method", ["get", "write"])
def test_too_many_requests_are_waited_for_as_long_as_grafana_says(ask: Callable[..., Asked], method: str) -> None:
    asked = ask(reply(429, Retry_After="7"), reply(429, Retry_After="9999"), reply())
    if method == "get":
        asked.client.get("/api/org")
    else:
        asked.client.write("POST", "/api/folders", {})
    assert asked.slept == [7.0, 60.0]


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        (b"[]", {"needs": ()}),
        (b"", {"needs": ()}),
        (b'{"a": 1}', {"needs": ("a", "b")}),
        (b'{"a": 1}', {"each": ()}),
        (b'["x"]', {"each": ()}),
        (b'[{"uid": 1}, {}]', {"each": ("uid",)}),
    ],
)
def test_json_of_another_api_is_said(ask: Callable[..., Asked], body: bytes, shape: dict[str, Any]) -> None:
    with pytest.raises(UnreachableError, match="answered GET /api/org with unexpected JSON"):
        ask(reply(body=body)).client.get("/api/org", **shape)


def test_no_list_is_an_empty_one(ask: Callable[..., Asked]) -> None:
    assert ask(reply(body=b"null")).client.get("/api/org", each=("uid",)).data is None


def test_a_redirect_does_not_get_the_token(ask: Callable[..., Asked]) -> None:
    elsewhere = ask(reply())
    asked = ask(reply(302, Location=elsewhere.server.url + "/api/org?session=1"))
    with pytest.raises(UnreachableError, match="dashlib does not follow") as caught:
        asked.client.get("/api/org")
    assert elsewhere.server.asked == []
    assert "session" not in str(caught.value)


def test_an_endless_answer_is_cut_off(ask: Callable[..., Asked]) -> None:
    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        chunk = b"[" * (1 << 20)
        for _ in range(10 * LARGEST_OBJECT >> 20):
            connection.sendall(chunk)

    asked = ask(pour)
    with pytest.raises(AnswerError, match="with more than 18 MB"):
        asked.client.get("/api/org")


def test_a_dripping_answer_is_given_up(ask: Callable[..., Asked]) -> None:
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not over.wait(0.02):
            connection.sendall(b" ")

    asked = ask(drip, timeout=0.1, attempts=1)
    with pytest.raises(AnswerError, match="did not finish answering"):
        asked.client.get("/api/org")
    over.set()


def test_a_silent_server_is_given_up(ask: Callable[..., Asked]) -> None:
    over = threading.Event()
    asked = ask(lambda _: over.wait(30), timeout=0.1, attempts=1)
    with pytest.raises(AnswerError, match=r"did not finish answering GET /api/org in time \(timeout = 0.1 s\)"):
        asked.client.get("/api/org")
    over.set()


def test_what_grafana_says_is_said(ask: Callable[..., Asked]) -> None:
    asked = ask(reply(400, b'{"message": "bad\\n request data"}'))
    with pytest.raises(RefusedError, match=r"POST /api/folders with 400 \(bad request data\)") as caught:
        asked.client.write("POST", "/api/folders", {})
    assert (caught.value.status, caught.value.reason) == (400, "bad request data")


def test_a_body_that_is_too_large_is_said(ask: Callable[..., Asked]) -> None:
    asked = ask(reply(413, b"<html>", Content_Type="text/html"), reply(413, b'{"message": "Dashboard is too large"}'))
    for _ in range(2):
        with pytest.raises(RemoteError):
            asked.client.write("POST", "/api/dashboards/db", {})


def test_the_token_goes_to_grafana_and_nowhere_else(
    ask: Callable[..., Asked], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    asked = ask(reply(401, b'{"message": "Invalid API key"}'), org_id=7)
    with pytest.raises(UnreachableError) as caught:
        asked.client.get("/api/org")
    assert f"Authorization: Bearer {TOKEN}".encode() in asked.server.asked[0]
    assert b"X-Grafana-Org-Id: 7" in asked.server.asked[0]
    shown = str(caught.value) + repr(caught.value) + repr(vars(asked.client)) + repr(Access({"Authorization": TOKEN}))
    assert TOKEN not in shown


def test_nobody_is_told_to_log_in(ask: Callable[..., Asked]) -> None:
    asked = ask(reply(401, b'{"message": "Unauthorized"}'), token="")
    with pytest.raises(UnreachableError, match="requires authentication; export GRAFANA_TOKEN"):
        asked.client.get("/api/org")


def test_a_proxy_of_the_environment_is_used(ask: Callable[..., Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = ask(reply(body=b'{"from": "proxy"}'))
    monkeypatch.setenv("http_proxy", proxy.server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    client = connect(Target("http://grafana.example.invalid"), Access())
    assert client.get("/api/org").data == {"from": "proxy"}
    assert proxy.server.asked[0].startswith(b"GET http://grafana.example.invalid/api/org ")


@contextlib.contextmanager
def tls_server(certificate: Certificate, *, asks_for_certificate: bool) -> Iterator[str]:
    """A server with a certificate that only its own file vouches for; it answers one request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    if asks_for_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificate.authority)

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with context.wrap_socket(connection, server_side=True) as wrapped:
                received(wrapped)
                wrapped.sendall(close_after(reply(body=b'{"over": "TLS"}')))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(10)


def test_a_certificate_that_nobody_vouches_for_is_refused_and_said(certificate: Certificate) -> None:
    with tls_server(certificate, asks_for_certificate=False) as url:
        client = connect(Target(url, attempts=1), Access({"Authorization": TOKEN}))
        with pytest.raises(UnreachableError, match=r"is not trusted \(certificate verify failed.*configure the"):
            client.get("/api/org")


@pytest.mark.parametrize("greeting", [b"HTTP/1.0 400 Bad Request\r\n\r\nno", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_a_port_that_speaks_no_tls_has_no_certificate_to_be_trusted(greeting: bytes) -> None:
    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(greeting)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(UnreachableError) as caught:
            connect(Target(url, attempts=1), Access({"Authorization": TOKEN})).get("/api/org")
        thread.join(10)
    assert f"{url} speaks plain HTTP, not HTTPS; use http://" in caught.value.message
    assert "certificate" not in caught.value.message


@pytest.mark.parametrize(
    "said", ["Client sent an HTTP request to an HTTPS server.\n", "<html>The plain HTTP request was sent to HTTPS port"]
)
def test_a_port_that_wants_tls_is_said(ask: Callable[..., Asked], said: str) -> None:
    asked = ask(reply(400, said.encode(), Content_Type="text/html"))
    with pytest.raises(UnreachableError, match="expects HTTPS; use https://"):
        asked.client.get("/api/org")


@pytest.mark.parametrize("mutual", [False, True])
def test_a_ca_and_a_certificate_of_our_own(certificate: Certificate, *, mutual: bool) -> None:
    own: dict[str, Any] = {"client_certificate": str(certificate.file), "client_key": str(certificate.key)}
    with tls_server(certificate, asks_for_certificate=mutual) as url:
        trusted = str(certificate.authority)
        client = connect(
            Target(url, ca=trusted, attempts=1, **(own if mutual else {})), Access({"Authorization": TOKEN})
        )
        assert client.get("/api/org").data == {"over": "TLS"}


def test_a_certificate_file_that_is_not_there_is_wrong_use() -> None:
    with pytest.raises(AccessError, match=r"ca = '/nowhere.pem': no such file") as caught:
        connect(Target("https://127.0.0.1:1", ca="/nowhere.pem"), Access())
    assert caught.value.exit_code == 2


def test_one_connection_serves_them_all() -> None:
    opened = 0
    both = threading.Event()

    def serve(listener: socket.socket) -> None:
        nonlocal opened
        connection, _ = listener.accept()
        opened += 1
        with connection:
            for _ in range(2):
                received(connection)
                connection.sendall(reply())
        both.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        client = connect(Target(f"http://127.0.0.1:{listener.getsockname()[1]}"), Access())
        client.get("/api/org")
        client.write("POST", "/api/folders", {})
        assert both.wait(10)
        client.close()
    assert opened == 1
