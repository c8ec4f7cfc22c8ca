"""HTTP to other programs: kept-alive connections, TLS, proxies, time limits, bounded answers, retries, secrets.

The only place in dashlib that does HTTP; `prometheus`, `kafka_connect` and `grafana` are APIs on top of it. Redirects
are not followed: credentials are for the configured server only. A read that failed temporarily is retried. A write
never is, unless it cannot have taken effect (429, no connection): the caller first checks what became of it
(`OutcomeUnknownError`) and then decides. Errors are whole sentences.
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

#: Statuses that may be different when the request is retried.
FOR_THE_MOMENT = frozenset({429, 500, 502, 503, 504})
OK, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 200, 400, 401, 403, 404

_CONNECT_SECONDS = 5.0
_NO_CONTENT = 204
_CHUNK = 1 << 16
_EXCERPT = 200


@attrs.frozen
class Server:
    """What messages say about a server.

    Attributes:
        name: what it is called: `Prometheus`.
        ca_setting: where to configure the CA to trust.
    """

    name: str
    ca_setting: str

    @property
    def possessive(self) -> str:
        """Its name in the possessive: `Prometheus'`, `Grafana's`."""
        return f"{self.name}'" if self.name.endswith("s") else f"{self.name}'s"


@attrs.frozen
class Patience:
    """How long to wait for a server, and how often to try.

    Attributes:
        silence: seconds to wait for the next bytes.
        whole: seconds that a whole answer may take.
        attempts: how often a request that failed temporarily is sent in all.
        pause: the longest pause before another attempt, in seconds.
        asked_pause: the longest one that the server may ask for (`Retry-After`).
        again_when_slow: a late answer, or a proxy that refuses, counts as temporary.
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
        path: below the server's URL, starts with `/`, quoted.
        parameters: the query of the URL.
        body: the request body; None for none.
        headers: in addition to those of every request.
        largest: maximum size of the answer, in bytes.
        is_read: it changes nothing and may be sent twice.
    """

    method: str
    path: str
    parameters: Mapping[str, str | list[str]] = attrs.field(factory=dict)
    body: bytes | None = attrs.field(default=None, repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    largest: int = 64 * 1024 * 1024
    is_read: bool = True

    def __str__(self) -> str:
        """Return the request as messages show it."""
        return f"{self.method} {self.path}"


@attrs.frozen
class Response:
    """A whole answer within its bounds; never a redirect.

    Attributes:
        status: the HTTP status.
        data: the parsed JSON; None without a JSON body.
        broken: why it is not valid JSON; empty if it is, if there is no body, and for a web page.
        is_page: a web page, so not the API.
        is_text: its content type is plain text.
        text: its beginning, on one line.
        retry_after: seconds that the server asks to wait; None if it does not say.
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
        """The message of the API, on one line; empty without one."""
        if not isinstance(self.data, dict):
            return ""
        return " ".join(str(self.data.get("message") or self.data.get("error") or "").split())[:_EXCERPT]


class TryAgainError(Exception):
    """A request may be sent again.

    Attributes:
        error: raised if this was the last attempt.
        after: seconds that the server asks to wait; None if it does not say.
    """

    def __init__(self, error: RemoteError, after: float | None = None) -> None:
        super().__init__()
        self.error = error
        self.after = after


class Transport:
    """The connections with one server; several threads share them.

    Attributes:
        server: for messages.
        url: its URL, without a trailing slash.
        patience: how long to wait.
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
            url: its URL.
            access: the credentials for it.
            patience: how long to wait.
            connections: how many requests run side by side.
            sleep: waits between attempts.

        Raises:
            AccessError: the URL is not valid, or a certificate file does not exist.
        """
        for setting in ("ca", "client_certificate", "client_key"):
            file = getattr(access, setting)
            if file and not Path(file).exists():
                raise AccessError(f"{setting} = {file!r}: no such file")
        self.server = server
        self.url = check_url(url, server.name)
        self.patience = patience
        self.sent: dict[str, int] = {}
        self.sleep = sleep
        self._counting = threading.Lock()
        self._session = _session(access, connections)
        # What the environment says of proxies and CAs is asked for once; requests would look for it at each request.
        proxies = {"http": access.proxy, "https": access.proxy} if access.proxy else {}
        verify = (access.ca or True) if access.verify else False
        settings = self._session.merge_environment_settings(self.url, proxies, None, verify, None)
        self._proxies, self._verify = settings["proxies"], settings["verify"]
        self._session.trust_env = False

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def send(self, request: Request, judge: Callable[[Response], _T]) -> _T:
        """Return what `judge` makes of the answer.

        Args:
            request: what is sent; retried if it failed temporarily and a retry is safe.
            judge: takes the answer and returns its meaning; or raises a `RemoteError` or a `TryAgainError`.

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
        """Return the error for a request whose answer is lost or meaningless.

        Args:
            request: what was sent.
            said: what the server did; follows `Grafana at URL`.
        """
        kind = AnswerError if request.is_read else OutcomeUnknownError
        return kind(f"{self.server.name} at {self.url} {said}")

    def page(self, request: Request, response: Response) -> UnreachableError:
        """Return the error for a web page where the API should be."""
        server = self.server
        if response.status == NOT_FOUND:
            return UnreachableError(
                f"{self.url} answered {request} with a web page ({NOT_FOUND}); is the sub-path in "
                f"{server.possessive} URL right?"
            )
        return UnreachableError(
            f"{self.url} answered with a web page ({response.status}) instead of {server.possessive} API: is it a "
            f"login page in front of {server.name}, or another server? Use {server.possessive} own URL, with its path"
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
            raise UnreachableError(f"{self.url} expects HTTPS; use https://")
        return _response(answered, content)

    def _fail(self, error: Exception, request: Request) -> NoReturn:
        """Raise the error for a failed connection."""
        name, url = self.server.name, self.url
        if isinstance(error, requests.exceptions.SSLError):
            raise UnreachableError(self._tls_trouble(error)) from None
        if isinstance(error, requests.exceptions.ProxyError):
            refused = UnreachableError(f"the proxy for {name} at {url} refused; check HTTPS_PROXY and NO_PROXY")
            raise (TryAgainError(refused) if self.patience.again_when_slow else refused) from None
        if isinstance(error, requests.exceptions.ConnectTimeout) or _never_connected(error):
            raise TryAgainError(
                UnreachableError(f"cannot connect to {url}; is the URL right, and is {name} running?")
            ) from None
        if isinstance(error, OSError) and not isinstance(error, requests.RequestException) and error.filename:
            raise UnreachableError(f"cannot read {error.filename}: {error.strerror}") from None
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            raise UnreachableError(
                f"cannot send requests to {url}: it is not a valid URL, or its proxy is not"
            ) from None
        if isinstance(error, _SlowError | requests.exceptions.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
            slow = self.unclear(
                request, f"did not finish answering {request} in time (timeout = {self.patience.silence:g} s)"
            )
            raise (TryAgainError(slow) if self.patience.again_when_slow else slow) from None
        raise TryAgainError(self.unclear(request, f"closed the connection while answering {request}")) from None

    def _tls_trouble(self, error: Exception) -> str:
        """Return why a TLS connection failed."""
        text = str(error)
        if any(said in text for said in _NOT_TLS):
            return f"{self.url} speaks plain HTTP, not HTTPS; use http://, or the port that speaks HTTPS"
        start = text.rfind("] ")
        reason = text[start + 2 :].partition(" (_ssl")[0].strip("'\") ") if start >= 0 else "TLS failed"
        if "CERTIFICATE_VERIFY_FAILED" in text or "certificate" in reason:
            return (
                f"the certificate of {self.server.name} at {self.url} is not trusted ({reason}); configure the CA that "
                f"signed it: {self.server.ca_setting}"
            )
        return f"TLS connection to {self.server.name} at {self.url} failed ({reason}); does it speak HTTPS there?"

    def _redirected(self, answered: requests.Response) -> UnreachableError:
        try:
            parts = urllib.parse.urlsplit(urllib.parse.urljoin(self.url, answered.headers.get("Location", "")))
        except ValueError:
            return UnreachableError(f"{self.url} redirects to an invalid URL: it is not {self.server.possessive} API")
        # Without credentials and query: both may hold secrets.
        where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        if parts.path.rstrip("/").endswith("/login"):
            return UnreachableError(
                f"{self.url} redirects to the login page {where}: it is not {self.server.possessive} API, "
                "or does not accept a token"
            )
        return UnreachableError(
            f"{self.url} redirects to {where}; dashlib does not follow redirects, because credentials are for "
            f"{self.url} only: use the final URL of {self.server.name}"
        )


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: requests reads the whole body of a redirect, however large, even if it does not follow it."""


class _TooLargeError(Exception):
    """An answer is larger than allowed."""


class _SlowError(OSError):
    """An answer arrives too slowly."""


def _session(access: Access, connections: int) -> requests.Session:
    session = _Session()
    session.headers.update({"User-Agent": "dashlib", "Accept": "application/json"})

    def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(access.headers)
        return request

    # Always a function, so that requests does not read .netrc.
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
    """Return the body, read as it arrives, within its limits of size and time."""
    chunks: list[bytes] = []
    size = 0
    # `read1` returns what a single receive got: a loop over `iter_content` would wait for a full chunk, however slow.
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


# What OpenSSL reports if the other side answers, but not in TLS.
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "UNKNOWN_PROTOCOL",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
)
_TLS_WANTED = re.compile(rb"HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)")
