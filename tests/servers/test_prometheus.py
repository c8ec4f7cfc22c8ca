"""Prometheus' API over HTTP: what it answers, and every way in which a server can be none."""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import ssl
import threading
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trustme

from dashlib.errors import (
    AccessError,
    AnswerError,
    ConfigurationError,
    RefusedError,
    RemoteError,
    UnreachableError,
)
from dashlib.servers import json_api
from dashlib.servers.access import (
    Access,
    access_from_environment,
    access_from_file,
    for_another_url,
    for_tenant,
)
from dashlib.servers.json_api import JsonApi
from dashlib.servers.kafka_connect import KafkaConnect
from dashlib.servers.prometheus import Prometheus, QueryError
from dashlib.servers.transport import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Shell

JSON = "application/json"
TOO_MANY = json.dumps({"status": "error", "errorType": "execution", "error": "too many samples"}).encode()
VECTOR = {
    "status": "success",
    "data": {
        "resultType": "vector",
        "result": [{"metric": {"a": 'quoted " \n 😀'}, "value": [1, "2.5"]}, {"metric": {}, "value": [1, "NaN"]}],
        "stats": {"timings": {"evalTotalTime": 0.25}, "samples": {"totalQueryableSamples": 7}},
    },
}


class Bad(http.server.ThreadingHTTPServer):
    """A server that answers every request in one way, and remembers what it was sent."""

    daemon_threads = True

    def __init__(self, answer: Callable[[http.server.BaseHTTPRequestHandler], None]) -> None:
        self.headers_sent: list[dict[str, str]] = []
        serving = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                serving.headers_sent.append(dict(self.headers))
                with contextlib.suppress(OSError):
                    answer(self)

            do_POST = do_GET  # noqa: N815 - what http.server calls

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that gives up is part of the test."""


@contextlib.contextmanager
def serving(
    answer: Callable[[http.server.BaseHTTPRequestHandler], None], tls: ssl.SSLContext | None = None
) -> Iterator[Bad]:
    server = Bad(answer)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answering(
    status: int, body: bytes, kind: str = JSON, **headers: str
) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def data(value: object) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    return answering(200, json.dumps(value).encode())


def deep(levels: int) -> bytes:
    return b'{"status":"success","data":' + b"[" * levels + b"]" * levels + b"}"


def half(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"status":')
    handler.close_connection = True


def dripping(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(2000):
        handler.wfile.write(b" ")
        threading.Event().wait(0.02)


def silent(_handler: http.server.BaseHTTPRequestHandler) -> None:
    threading.Event().wait(5)


def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b" " * (1 << 20))


def quick(url: str) -> Prometheus:
    prometheus = Prometheus(url, seconds=0.5)
    prometheus.api.transport.sleep = lambda _seconds: None
    return prometheus


def test_what_a_query_answers() -> None:
    with serving(data(VECTOR)) as server:
        answer = quick(server.url).query("up")
    assert answer.samples[0].labels == {"a": 'quoted " \n 😀'}
    assert answer.samples[0].value == 2.5
    assert answer.samples[1].value != answer.samples[1].value
    assert (answer.seconds, answer.touched) == (0.25, 7)


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (answering(200, b"<html>login</html>", "text/html"), UnreachableError, "web page"),
        (answering(200, b"<html>login</html>"), UnreachableError, "web page"),
        (answering(200, b"{"), AnswerError, "invalid JSON"),
        (answering(200, b"\xff\xfe"), AnswerError, "invalid JSON"),
        (answering(200, b""), AnswerError, "invalid JSON"),
        (answering(200, b"[]"), AnswerError, "is it really Prometheus?"),
        (answering(200, deep(100)), AnswerError, "is it really Prometheus?"),
        (answering(200, deep(100_000)), AnswerError, "invalid JSON"),
        (data({"status": "success", "data": {"resultType": "vector", "result": [1]}}), AnswerError, "is it really"),
        (data({"status": "success", "data": {"resultType": "vector", "result": [{}]}}), AnswerError, "is it really"),
        (half, AnswerError, "closed the connection"),
        (dripping, AnswerError, "did not finish answering"),
        (silent, AnswerError, "did not finish answering"),
        (endless, AnswerError, "more than 64 MB"),
        (answering(401, b"no"), UnreachableError, "PROMETHEUS_TOKEN"),
        (answering(403, b"no"), UnreachableError, "access denied"),
        (answering(404, b"no such page"), RefusedError, "404 (no such page)"),
        (answering(500, b"oops"), QueryError, "oops"),
        (answering(422, TOO_MANY), QueryError, "too many"),
        (answering(302, b"", Location="https://elsewhere.example/a?next=1"), UnreachableError, "https://elsewhere.example/a"),
    ],
)  # fmt: skip
def test_a_server_that_is_none_is_said_in_a_sentence(
    answer: Callable[[http.server.BaseHTTPRequestHandler], None], error: type[Exception], said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(json_api, "LARGEST_ANSWER", 64 << 20)
    with serving(answer) as server, pytest.raises(error) as raised:
        quick(server.url).query("up")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_nobody_answers() -> None:
    with pytest.raises(UnreachableError, match="cannot connect"):
        quick("http://127.0.0.1:9").query("up")


def test_what_fails_for_the_moment_is_tried_again() -> None:
    answers = iter([answering(503, b"busy"), half, data(VECTOR)])

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        next(answers)(handler)

    with serving(answer) as server:
        prometheus = quick(server.url)
        assert len(prometheus.query("up").samples) == 2
    assert prometheus.api.sent == 3


def test_an_error_of_the_query_is_not_tried_again() -> None:
    body = json.dumps({"status": "error", "errorType": "timeout", "error": "query timed out"}).encode()
    with serving(answering(503, body)) as server:
        prometheus = quick(server.url)
        with pytest.raises(QueryError, match="query timed out"):
            prometheus.query("up")
    assert prometheus.api.sent == 1


def test_credentials_never_go_to_another_host() -> None:
    with serving(data(VECTOR)) as elsewhere:
        with serving(answering(307, b"", Location=f"{elsewhere.url}/api/v1/query")) as server:
            access = access_from_environment({"PROMETHEUS_TOKEN": "secret"}, "PROMETHEUS")
            with pytest.raises(UnreachableError) as raised:
                Prometheus(server.url, access, seconds=1).query("up")
        assert server.headers_sent[0]["Authorization"] == "Bearer secret"
        assert elsewhere.headers_sent == []
    assert "secret" not in str(raised.value)
    assert "secret" not in repr(access)


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("basic_auth: {username: me, password: secret}", "Basic bWU6c2VjcmV0"),
        ("basic_auth: {username: me, password_file: password}", "Basic bWU6c2VjcmV0"),
        ("authorization: {credentials: secret}", "Bearer secret"),
        ("authorization: {type: Token, credentials_file: password}", "Token secret"),
        ("bearer_token_file: password", "Bearer secret"),
        ("{bearer_token: secret, follow_redirects: true, enable_http2: false}", "Bearer secret"),
        ("{http_headers: {Authorization: {secrets: [secret]}}}", "secret"),
    ],
)
def test_credentials_are_those_of_http_config(tmp_path: Path, content: str, header: str) -> None:
    (tmp_path / "password").write_text("secret\n")
    file = tmp_path / "http.yml"
    file.write_text(content)
    access = access_from_file(file)
    assert access.headers["Authorization"] == header
    with serving(data(VECTOR)) as server:
        Prometheus(server.url, access).query("up")
    assert server.headers_sent[0]["Authorization"] == header


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("oauth2: {}", "unknown key oauth2"),
        ("basic_auth: {user: me}", "unknown key basic_auth.user"),
        ("[]", "must be a mapping"),
        ("a: b: c: hunter2", "not valid YAML"),
        ("bearer_token_file: nothing", "cannot read nothing"),
        ("http_headers: {A: {values: hunter2}}", "must be a list"),
    ],
)
def test_an_http_config_that_is_none_is_refused(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "http.yml"
    file.write_text(content)
    with pytest.raises((ConfigurationError, AccessError), match=re.escape(said)) as error:
        access_from_file(file)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    ["localhost:9090", "ftp://a", "http://me:secret@a", "http://a?b=c", "http://a#b", "http://[", "http://a:99999"],
)
def test_a_url_that_names_no_server_is_refused(url: str) -> None:
    with pytest.raises(AccessError) as error:
        Prometheus(url)
    assert "secret" not in str(error.value)


def test_a_user_without_a_password_is_refused() -> None:
    with pytest.raises(AccessError, match="PROMETHEUS_PASSWORD"):
        access_from_environment({"PROMETHEUS_USER": "me"}, "PROMETHEUS")
    assert access_from_environment({}, "PROMETHEUS").headers == {}


@attrs.frozen
class Certificates:
    """An authority that nobody trusts, a server's certificate and a client's.

    Attributes:
        authority: file of its certificate.
        server: file of the server's certificate and key.
        client: file of the client's certificate and key.
    """

    authority: Path
    server: Path
    client: Path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("tls")
    made = Certificates(folder / "authority.pem", folder / "server.pem", folder / "client.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(made.authority)
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(made.server)
    authority.issue_cert("client@example.com").private_key_and_cert_chain_pem.write_to_path(made.client)
    return made


def test_a_certificate_is_trusted_only_where_its_authority_is_named(certificates: Certificates, tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates.server)
    trusting = tmp_path / "http.yml"
    trusting.write_text(f"tls_config: {{ca_file: {certificates.authority}}}")
    careless = tmp_path / "careless.yml"
    careless.write_text("tls_config: {insecure_skip_verify: true}")
    with serving(data(VECTOR), tls) as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(UnreachableError, match=r"not trusted .*ca_file"):
            Prometheus(url, seconds=2).query("up")
        assert Prometheus(url, access_from_file(trusting)).query("up").samples
        assert Prometheus(url, access_from_file(careless)).query("up").samples


def test_https_to_a_port_that_speaks_http_is_said() -> None:
    with serving(data({})) as server, pytest.raises(UnreachableError, match=r"plain HTTP, not HTTPS; use http:"):
        quick(server.url.replace("http://", "https://")).query("up")


def test_http_to_a_port_that_speaks_https_is_said() -> None:
    refusing = answering(400, b"Client sent an HTTP request to an HTTPS server.\n", "text/plain")
    with serving(refusing) as server, pytest.raises(UnreachableError, match="expects HTTPS; use https://"):
        quick(server.url).query("up")


def test_a_client_certificate_is_shown(certificates: Certificates, tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates.server)
    tls.load_verify_locations(certificates.authority)
    tls.verify_mode = ssl.CERT_REQUIRED
    file = tmp_path / "http.yml"
    file.write_text(f"tls_config: {{ca_file: {certificates.authority}, cert_file: {certificates.client}}}")
    nobody = tmp_path / "nobody.yml"
    nobody.write_text(f"tls_config: {{ca_file: {certificates.authority}}}")
    with serving(data(VECTOR), tls) as server:
        url = server.url.replace("http:", "https:")
        assert Prometheus(url, access_from_file(file)).query("up").samples
        refused = Prometheus(url, access_from_file(nobody), seconds=2)
        refused.api.transport.sleep = lambda _seconds: None
        with pytest.raises(RemoteError):
            refused.query("up")


def test_what_a_server_of_the_kind_does_not_have_is_nothing() -> None:
    with serving(answering(404, b"404 page not found", "text/plain")) as server:
        prometheus = quick(server.url)
        assert prometheus.rules() is None
        assert prometheus.targets() is None
        assert prometheus.flags() == {}
        assert prometheus.configuration() == ""
        assert prometheus.engine().name == ""


def paths(**answers: bytes) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """Answer by the last part of the path; 404 for any other."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        content = answers.get(handler.path.partition("?")[0].rpartition("/")[2], b"no such page")
        is_page = content.startswith(b"<")
        kind = "text/html" if is_page else JSON
        answering(404 if content == b"no such page" else 200, content, kind)(handler)

    return answer


def success(value: object) -> bytes:
    return json.dumps({"status": "success", "data": value}, separators=(",", ":")).encode()


NOW = success({"resultType": "scalar", "result": [1, "1"]})
BUILD = {"version": "3.16.0", "revision": "abc", "goVersion": "go1.26"}


@pytest.mark.parametrize(
    ("answers", "engine"),
    [
        ({"buildinfo": success(BUILD)}, ("Prometheus", "3.16.0")),
        # says that it is a Prometheus 2.24, and understands what only MetricsQL has
        ({"query": NOW, "buildinfo": success({"version": "2.24.0"})}, ("VictoriaMetrics", "")),
        ({"buildinfo": success({"application": "Grafana Mimir", "version": "2.14.0"})}, ("Mimir", "2.14.0")),
        ({"buildinfo": success({**BUILD, "version": "0.36.1"}), "stores": success({})}, ("Thanos", "0.36.1")),
    ],
)
def test_the_engine_is_known_by_what_only_it_does(answers: dict[str, bytes], engine: tuple[str, str]) -> None:
    with serving(paths(**answers)) as server:
        found = quick(server.url).engine()
    assert (found.name, found.version, found.reason) == (*engine, "")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"buildinfo": success({"version": "2.24.0"})}, "with version 2.24.0 and no build, unlike Prometheus"),
        ({"buildinfo": success({})}, "with no version and no build, unlike Prometheus"),
        ({"buildinfo": b"<html>login</html>"}, "answered with a web page"),
        ({}, "does not answer /api/v1/status/buildinfo"),
    ],
)
def test_an_engine_that_cannot_be_told_says_why_in_a_sentence(answers: dict[str, bytes], said: str) -> None:
    with serving(paths(**answers)) as server:
        found = quick(server.url).engine()
    assert (found.name, found.version) == ("", "")
    assert said in found.reason
    assert "\n" not in found.reason


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "does not serve /api/v1/rules; --rules-url is the URL of vmalert"),
        ({"rules": b"<html>", "health": b"<html>"}, "answered with a web page"),
    ],
)
def test_a_rules_url_without_rules_is_said_in_a_sentence(answers: dict[str, bytes], said: str) -> None:
    with serving(paths(**answers)) as server, pytest.raises(UnreachableError, match=re.escape(said)):
        quick(server.url).loaded_elsewhere()


@pytest.mark.parametrize("rules", [answering(404, b'{"message":"Not found"}'), answering(302, b"", Location="/login")])
def test_a_rules_url_of_a_grafana_is_said(rules: Callable[[http.server.BaseHTTPRequestHandler], None]) -> None:
    health = answering(200, b'{"database": "ok", "version": "12.3.0"}')
    with (
        serving(lambda handler: (health if handler.path == "/api/health" else rules)(handler)) as server,
        pytest.raises(UnreachableError, match=f"{server.url} is a Grafana; --rules-url is the URL of vmalert"),
    ):
        quick(server.url).loaded_elsewhere()


def test_a_missing_tenant_has_a_sentence_of_its_own() -> None:
    with serving(answering(401, b"no org id\n", "text/plain")) as server, pytest.raises(UnreachableError) as raised:
        quick(server.url).query("up")
    assert "was not told which (401: no org id); pass --tenant NAME" in str(raised.value)
    assert "TOKEN" not in str(raised.value)


def test_a_tenant_is_sent_as_a_header() -> None:
    with serving(data(VECTOR)) as server:
        Prometheus(server.url, for_tenant(Access({"x-scope-orgid": "other"}), "cdc|payments")).query("up")
    assert server.headers_sent[0]["X-Scope-OrgID"] == "cdc|payments"


@pytest.mark.parametrize("tenant", ["a b", "a\nb", "ü", "x" * 151])
def test_a_tenant_that_cannot_be_sent_is_refused(tenant: str) -> None:
    with pytest.raises(AccessError, match="expected a tenant of at most 150"):
        for_tenant(Access(), tenant)


def test_only_the_same_host_gets_the_credentials_for_another_url() -> None:
    access = for_tenant(Access({"Authorization": "Bearer s3cret"}, client_certificate="c.pem"), "cdc")
    assert for_another_url(access, "https://mimir/ruler", "https://mimir/prometheus") == access
    elsewhere = for_another_url(access, "http://vmalert:8880", "https://mimir/prometheus")
    assert (elsewhere.headers, elsewhere.client_certificate) == ({"X-Scope-OrgID": "cdc"}, "")


@pytest.mark.parametrize("path", ["rules", "targets"])
@pytest.mark.parametrize(
    "answer", [{}, {"groups": [{"rules": 5}], "activeTargets": 5}, {"groups": {}, "activeTargets": {}}]
)
def test_a_list_that_is_none_is_refused(path: str, answer: object) -> None:
    with serving(data({"status": "success", "data": answer})) as server, pytest.raises(AnswerError):
        getattr(quick(server.url), path)()


@pytest.mark.parametrize(
    "answer", [[], {"a": {}}, {"a": {"status": {}, "info": {}}}, {"a": {"status": {"connector": {"state": "RUNNING"}}}}]
)
def test_a_kafka_connect_that_is_none_is_refused(answer: Any) -> None:
    with serving(data(answer)) as server, pytest.raises(AnswerError, match="is it really Kafka Connect"):
        KafkaConnect(server.url).connectors()


def test_requests_of_several_threads_share_one_session() -> None:
    with serving(data(VECTOR)) as server:
        api = JsonApi(Server("Prometheus", ""), "", server.url, Access(), seconds=5, connections=4)
        threads = [threading.Thread(target=api.get, args=("/x",)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert api.sent == len(server.headers_sent) == 20


@pytest.mark.parametrize("arguments", [("doctor",), ("profile",)])
def test_a_command_ends_with_3_when_prometheus_cannot_be_asked(shell: Shell, arguments: tuple[str, ...]) -> None:
    with serving(answering(200, b"<html>", "text/html")) as server:
        said = shell.dashlib(*arguments, "--prometheus", server.url)
    assert said.returncode == 3
    assert said.stdout == ""
    assert said.stderr.startswith("dashlib: http://127.0.0.1")
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "[]", "is not a dashboard"),
        ("a.json", "{", "not valid JSON"),
        ("a.json", "[" * 100_000, "not valid JSON"),
        ("a.yml", "a: b: c", "not valid YAML"),
        ("a.yml", "groups: []", "is not a rule file"),
        ("a.yml", "[" * 5000, "not valid YAML"),
        ("a.txt", "up", "neither a dashboard"),
    ],
)
def test_a_file_that_is_none_is_wrong_use(shell: Shell, name: str, content: str, said: str) -> None:
    shell.write(name, content)
    with serving(data(VECTOR)) as server:
        answer = shell.dashlib("doctor", "--prometheus", server.url, name)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
