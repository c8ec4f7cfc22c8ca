"""HTTP to other programs: kept-alive connections, TLS, proxies, time limits, bounded answers, retries, secrets.

The only place of dashlib that does HTTP; `prometheus`, `kafka_connect` and `grafana` are APIs over it. Redirects are
not followed: credentials are for the server that was named. A read is tried again when it failed for the moment. What
may change something never is, except where it cannot have happened (429, no connection): whoever sent it looks first
what became of it, and decides then (`OutcomeUnknownError`). Errors are whole sentences.
"""

from __future__ import annotations

import re
import threading
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import attrs
import orjson
import requests
import requests.adapters
import tenacity
import urllib3

from dashlib.errors import AccessError, AnswerError, OutcomeUnknownError, RemoteError, UnreachableError
from dashlib.servers.access import check_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashlib.servers.access import Access

_T = TypeVar("_T")

#: Statuses that may be another one when the same is asked again.
FOR_THE_MOMENT = frozenset({429, 500, 502, 503, 504})
OK, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 200, 400, 401, 403, 404

_CONNECT_SECONDS = 5.0
_NO_CONTENT = 204
_CHUNK = 1 << 16
_EXCERPT = 200


@attrs.frozen
class Server:
    """What messages say of a server.

    Attributes:
        name: what it is called: `Prometheus`.
        ca_setting: where a person names the authority to trust.
    """

    name: str
    ca_setting: str

    @property
    def possessive(self) -> str:
        """Its name before what it has: `Prometheus'`, `Grafana's`."""
        return f"{self.name}'" if self.name.endswith("s") else f"{self.name}'s"


@attrs.frozen
class Patience:
    """How long a server is waited for, and how often it is asked.

    Attributes:
        silence: seconds that it may be silent.
        whole: seconds that one whole answer may take.
        attempts: how often a request that failed for the moment is sent in all.
        pause: the longest pause before another attempt, in seconds.
        asked_pause: the longest one that the server may ask for (`Retry-After`).
        again_when_slow: an answer that came too late, or a proxy that refuses, is a failure for the moment.
    """

    silence: float
    whole: float
    attempts: int = 3
    pause: float = 2.0
    asked_pause: float = 2.0
    again_when_slow: bool = False


@attrs.frozen
class Request:
    """What is sent.

    Attributes:
        method: `GET`, `POST`, …
        path: below the server's URL, begins with `/`, quoted.
        parameters: the query of the URL.
        body: what is sent with it; None for nothing.
        headers: beside those of all requests.
        largest: bytes that the answer may have.
        is_read: it changes nothing, and may be sent twice.
    """

    method: str
    path: str
    parameters: Mapping[str, str | list[str]] = attrs.field(factory=dict)
    body: bytes | None = attrs.field(default=None, repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    largest: int = 64 * 1024 * 1024
    is_read: bool = True

    def __str__(self) -> str:
        """Return how messages call it."""
        return f"{self.method} {self.path}"


@attrs.frozen
class Response:
    """What came back, whole and within its bounds; redirects never do.

    Attributes:
        status: the HTTP status.
        data: the parsed JSON; None where there is none.
        broken: why it is not JSON; empty where it is, where there is nothing, and for a web page.
        is_page: a web page: somebody else answers.
        is_text: it says of itself that it is a text.
        text: how it begins, on one line.
        retry_after: seconds that the server asks us to wait; None if it says nothing.
    """

    status: int
    data: Any = attrs.field(repr=False)
    broken: str
    is_page: bool
    is_text: bool
    text: str
    retry_after: float | None

    @property
    def message(self) -> str:
        """What the API says about it, on one line; empty where it says nothing."""
        if not isinstance(self.data, dict):
            return ""
        return " ".join(str(self.data.get("message") or self.data.get("error") or "").split())[:_EXCERPT]


class TryAgainError(Exception):
    """A request may be sent again.

    Attributes:
        error: what is said if that was the last attempt.
        after: seconds that the server asks us to wait; None if it says nothing.
    """

    def __init__(self, error: RemoteError, after: float | None = None) -> None:
        super().__init__()
        self.error = error
        self.after = after


class Transport:
    """The connections with one server; several threads share them.

    Attributes:
        server: what messages say of it.
        url: where it is, without a slash at its end.
        patience: how long it is waited for.
        sent: how many requests were sent, by method.
        sleep: waits between attempts.
    """

    def __init__(
        self,
        server: Server,
        url: str,
        access: Access,
        patience: Patience,
        *,
        connections: int = 1,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            server: for messages.
            url: where it is.
            access: who we are there.
            patience: how long it is waited for.
            connections: how many requests run side by side.
            sleep: waits between attempts.

        Raises:
            AccessError: the URL is none, or a file of a certificate is not there.
        """
        for setting in ("ca", "client_certificate", "client_key"):
            file = getattr(access, setting)
            if file and not Path(file).exists():
                raise AccessError(f"{setting} = {file!r}: there is no such file")
        self.server = server
        self.url = check_url(url, server.name)
        self.patience = patience
        self.sent: dict[str, int] = {}
        self.sleep = sleep
        self._counting = threading.Lock()
        self._verify = (access.ca or True) if access.verify else False
        # With each request: the environment's proxies would win over the session's.
        self._proxies = {"http": access.proxy, "https": access.proxy} if access.proxy else None
        self._session = _session(access, connections)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def send(self, request: Request, judge: Callable[[Response], _T]) -> _T:
        """Return what `judge` makes of the answer.

        Args:
            request: what is sent; again while it failed for the moment, and it is certain that this does no harm.
            judge: takes the answer, and returns what it says; or raises a `RemoteError`, or a `TryAgainError`.

        Raises:
            RemoteError: what is wrong, in one sentence.
        """
        patience = self.patience
        backing_off = tenacity.wait_exponential_jitter(multiplier=0.2, max=patience.pause, jitter=0.3)

        def wait(state: tenacity.RetryCallState) -> float:
            failure = state.outcome.exception() if state.outcome is not None else None
            after = failure.after if isinstance(failure, TryAgainError) else None
            return backing_off(state) if after is None else min(after, patience.asked_pause)

        def again(failure: BaseException) -> bool:
            if not isinstance(failure, TryAgainError):
                return False
            return request.is_read or not isinstance(failure.error, AnswerError)

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(patience.attempts),
            wait=wait,
            retry=tenacity.retry_if_exception(again),
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return retrying(lambda: judge(self._once(request)))
        except TryAgainError as failure:
            raise failure.error from None

    def unclear(self, request: Request, said: str) -> AnswerError:
        """Return the error of a request whose answer is lost or tells nothing.

        Args:
            request: what was sent.
            said: what the server did, behind `Grafana at URL`.
        """
        kind = AnswerError if request.is_read else OutcomeUnknownError
        return kind(f"{self.server.name} at {self.url} {said}")

    def page(self, request: Request, response: Response) -> UnreachableError:
        """Return what is said of a web page where the API should be."""
        server = self.server
        if response.status == NOT_FOUND:
            return UnreachableError(
                f"{self.url} knows no {request.path}: it answered with a web page; is the sub-path of "
                f"{server.possessive} URL right?"
            )
        return UnreachableError(
            f"{self.url} answered with a web page ({response.status}), not with {server.possessive} API: is it a login "
            f"page before {server.name}, or another server? Name the URL of {server.name} itself, with its path if it "
            "has one"
        )

    # --- one request

    def _once(self, request: Request) -> Response:
        with self._counting:
            self.sent[request.method] = self.sent.get(request.method, 0) + 1
        silence = self.patience.silence
        deadline = time.monotonic() + self.patience.whole
        try:
            answered = self._session.request(
                request.method,
                self.url + request.path,
                params=request.parameters,
                data=request.body,
                headers=dict(request.headers),
                timeout=(min(_CONNECT_SECONDS, silence), silence),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
                proxies=self._proxies,
            )
            with answered:
                if answered.status_code == _NO_CONTENT or _is_redirect(answered):
                    # What a broken server sends after it would be read as the next answer, without any time limit.
                    answered.raw.close()
                    content = b""
                else:
                    content = _read(answered, request.largest, deadline)
        except _TooLargeError:
            raise self.unclear(request, f"answered {request} with more than {request.largest >> 20} MB") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            self._fail(error, request)
        if _is_redirect(answered):
            raise self._redirected(answered)
        if answered.status_code == BAD_REQUEST and _TLS_WANTED.search(content):
            raise UnreachableError(f"{self.url} speaks https; name it by https://")
        return _response(answered, content)

    def _fail(self, error: Exception, request: Request) -> NoReturn:
        """Say what is wrong with the connection."""
        name, url = self.server.name, self.url
        if isinstance(error, requests.exceptions.SSLError):
            raise UnreachableError(self._tls_trouble(error)) from None
        if isinstance(error, requests.exceptions.ProxyError):
            refused = UnreachableError(f"the proxy before {name} at {url} refuses; see HTTPS_PROXY and NO_PROXY")
            raise (TryAgainError(refused) if self.patience.again_when_slow else refused) from None
        if isinstance(error, requests.exceptions.ConnectTimeout) or _never_connected(error):
            raise TryAgainError(
                UnreachableError(f"nobody answers at {url}; is the URL right, and is {name} running?")
            ) from None
        if isinstance(error, OSError) and not isinstance(error, requests.RequestException) and error.filename:
            raise UnreachableError(f"cannot read {error.filename}: {error.strerror}") from None
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            raise UnreachableError(
                f"{url} cannot be asked: it is no URL of a web server, or its proxy is none"
            ) from None
        if isinstance(error, _SlowError | requests.exceptions.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
            slow = self.unclear(
                request, f"did not finish its answer to {request} in time (timeout = {self.patience.silence:g} s)"
            )
            raise (TryAgainError(slow) if self.patience.again_when_slow else slow) from None
        raise TryAgainError(self.unclear(request, f"broke the connection off while it answered {request}")) from None

    def _tls_trouble(self, error: Exception) -> str:
        """Return what is wrong where no TLS connection came about."""
        text = str(error)
        if any(said in text for said in _NOT_TLS):
            return f"{self.url} speaks plain http, not https; name it by http://, or name the port that speaks https"
        start = text.rfind("] ")
        reason = text[start + 2 :].partition(" (_ssl")[0].strip("'\") ") if start >= 0 else "TLS failed"
        if "CERTIFICATE_VERIFY_FAILED" in text or "certificate" in reason:
            return (
                f"{self.server.name} at {self.url} shows a certificate that is not trusted ({reason}); name "
                f"the file of its authority: {self.server.ca_setting}"
            )
        return (
            f"no TLS connection with {self.server.name} at {self.url} came about ({reason}); does it speak https there?"
        )

    def _redirected(self, answered: requests.Response) -> UnreachableError:
        try:
            parts = urllib.parse.urlsplit(urllib.parse.urljoin(self.url, answered.headers.get("Location", "")))
        except ValueError:
            return UnreachableError(f"{self.url} sends us on to what is no URL: it is not {self.server.possessive} API")
        # Without credentials and query: both may hold secrets.
        where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        if parts.path.rstrip("/").endswith("/login"):
            return UnreachableError(
                f"{self.url} sends us to the login page {where}: it is not {self.server.possessive} API, "
                "or does not take a token"
            )
        return UnreachableError(
            f"{self.url} sends us on to {where}; dashlib does not follow, because credentials are for {self.url} only: "
            f"name the URL that {self.server.name} answers at"
        )


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return nothing: requests reads the whole body of a redirect, however large, even where it follows none."""


class _TooLargeError(Exception):
    """An answer is larger than its bound."""


class _SlowError(OSError):
    """An answer drips."""


def _session(access: Access, connections: int) -> requests.Session:
    session = _Session()
    session.headers.update({"User-Agent": "dashlib", "Accept": "application/json"})

    def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(access.headers)
        return request

    # Always a function, so that requests looks into no .netrc.
    session.auth = authorize
    if access.client_certificate:
        pair = (access.client_certificate, access.client_key)
        session.cert = pair if access.client_key else access.client_certificate
    if not access.verify:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=connections, pool_block=True)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _read(answered: requests.Response, largest: int, deadline: float) -> bytes:
    """Return the body, read as it comes, within its bounds of size and time."""
    chunks: list[bytes] = []
    size = 0
    # `read1` returns what one receive gave: a loop over `iter_content` would wait for a full chunk, however slow.
    while chunk := answered.raw.read1(_CHUNK, decode_content=True):
        size += len(chunk)
        if size > largest:
            raise _TooLargeError
        if time.monotonic() > deadline:
            raise _SlowError
        chunks.append(chunk)
    return b"".join(chunks)


def _response(answered: requests.Response, content: bytes) -> Response:
    kind = answered.headers.get("Content-Type", "")
    is_page = "html" in kind or content[:64].lstrip().startswith(b"<")
    data, broken = None, ""
    if content.strip() and not is_page:
        try:
            data = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            broken = error.msg
    return Response(
        answered.status_code,
        data,
        broken,
        is_page,
        is_text=kind.startswith("text/plain"),
        text=" ".join(content[: 4 * _EXCERPT].decode(errors="replace").split())[:_EXCERPT],
        retry_after=_retry_after(answered),
    )


def _is_redirect(answered: requests.Response) -> bool:
    return 300 <= answered.status_code < BAD_REQUEST  # noqa: PLR2004  # the redirects


def _retry_after(answered: requests.Response) -> float | None:
    value = answered.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    if value:
        import email.utils

        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
        except ValueError:
            return None
    return None


def _never_connected(error: Exception) -> bool:
    """Tell whether a request failed before anything was sent."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


# What OpenSSL says where the other side answers, but not in TLS.
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "UNKNOWN_PROTOCOL",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
)
_TLS_WANTED = re.compile(rb"HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)")
