"""Grafana's HTTP API: one kept-alive connection, time limits, retries, and errors as whole sentences.

A read is tried again when it failed for the moment. A write never is, except where it cannot have happened (429, no
connection): whoever writes reads first what became of it, and decides then (`UnclearError`).
"""

from __future__ import annotations

import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import attrs
import orjson
import requests
import tenacity
import urllib3

from dashlib.errors import OtherSideError
from dashlib.grafana.targets import TargetError
from dashlib.servers.transport import speaks_tls, tls_trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashlib.grafana.targets import Credentials, Target

# Bytes. Grafana takes dashboards up to 16 MB, so no single object is larger than this; a page of a list may be.
LARGEST_OBJECT = 18 * 1024 * 1024
LARGEST_LIST = 160 * 1024 * 1024

CONNECT_SECONDS = 5.0
_WITHOUT_BODY = frozenset({204, 304})
_TIMES_TIMEOUT = 4
_LONGEST_WAIT = 60.0
_CHUNK = 1 << 16
_EXCERPT = 200

OK, CREATED, ACCEPTED, NO_CONTENT = 200, 201, 202, 204
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404
CONFLICT, PRECONDITION_FAILED, TOO_LARGE, TOO_MANY = 409, 412, 413, 429
SERVER_ERROR = 500
DONE = (OK, CREATED, ACCEPTED, NO_CONTENT)
_FOR_THE_MOMENT = frozenset({TOO_MANY, SERVER_ERROR, 502, 503, 504})


class GrafanaError(OtherSideError):
    """Grafana could not be reached, or refused."""


class FatalError(GrafanaError):
    """Nothing else will succeed either: nobody answers, or it does not know us."""


class RefusedError(GrafanaError):
    """Grafana said no to one request; it did not happen.

    Attributes:
        status: the HTTP status.
        reason: what Grafana says.
    """

    def __init__(self, message: str, status: int, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class UnclearError(GrafanaError):
    """A request failed so that nobody knows whether it happened: look before it is sent again."""


class _ForTheMomentError(Exception):
    """A request may be tried again.

    Attributes:
        error: what is said if that was the last attempt.
        after: seconds that Grafana asks us to wait; None if it says nothing.
    """

    def __init__(self, error: GrafanaError, after: float | None = None) -> None:
        super().__init__()
        self.error = error
        self.after = after


@attrs.frozen
class Answer:
    """What Grafana answered.

    Attributes:
        status: the HTTP status.
        data: the parsed JSON; None for an empty body.
    """

    status: int
    data: Any

    @property
    def message(self) -> str:
        """What Grafana says about it."""
        if isinstance(self.data, dict):
            return " ".join(str(self.data.get("message") or self.data.get("error") or "").split())[:_EXCERPT]
        return ""


class Client:
    """One Grafana, over one kept-alive connection.

    Attributes:
        sent: how many requests were sent, by method.
        target: which Grafana it is.
    """

    def __init__(
        self, target: Target, credentials: Credentials, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        for setting in ("ca", "client_certificate", "client_key"):
            file = getattr(target, setting)
            if file and not Path(file).is_file():
                raise TargetError(f"{setting} = {file!r}: there is no such file")
        self.target = target
        self.base = target.url.rstrip("/")
        self.sent: dict[str, int] = {}
        self._sleep = sleep
        self._anonymous = credentials.anonymous
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": "dashlib", "Accept": "application/json"})
        if target.org_id:
            self._session.headers["X-Grafana-Org-Id"] = str(target.org_id)
        # Always a function, so that requests looks into no .netrc.
        self._session.auth = _authorization(credentials)
        if target.client_certificate:
            self._session.cert = (
                (target.client_certificate, target.client_key) if target.client_key else target.client_certificate
            )

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def pause(self, seconds: float) -> None:
        """Wait before an object is written again."""
        self._sleep(seconds)

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (OK,),
        largest: int = LARGEST_OBJECT,
        needs: tuple[str, ...] | None = None,
        each: tuple[str, ...] | None = None,
    ) -> Answer:
        """Read. Tried again with growing pauses while the failure is one of the moment.

        Args:
            path: below the Grafana's URL, begins with `/`, quoted.
            params: the query.
            accept: statuses that the caller deals with; all others raise.
            largest: bytes that the answer may have.
            needs: keys that an object must have, where the status is 200.
            each: keys that each object of a list must have, where the status is 200.

        Raises:
            GrafanaError: what is wrong, in one sentence.
        """
        answer = self._tried(lambda: self._once("GET", path, None, {}, params, accept, largest), reads=True)
        if answer.status == OK and not _has_shape(answer.data, needs, each):
            raise self._of_another_api("GET", path)
        return answer

    def query(self, path: str, body: object, *, accept: tuple[int, ...] = (OK,), needs: tuple[str, ...] = ()) -> Answer:
        """POST something that changes nothing (`/api/ds/query`); tried again like a read.

        Args:
            path: as for `get`.
            body: what is asked.
            accept: statuses that the caller deals with; all others raise.
            needs: keys that the object must have, where the status is 200.
        """
        answer = self._tried(lambda: self._once("POST", path, body, {}, None, accept, LARGEST_LIST), reads=True)
        if answer.status == OK and not _has_shape(answer.data, needs, None):
            raise self._of_another_api("POST", path)
        return answer

    def _of_another_api(self, method: str, path: str) -> FatalError:
        return FatalError(
            f"Grafana at {self.base} answered {method} {path} with JSON that is not its API's; is something between us?"
        )

    def write(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = DONE,
    ) -> Answer:
        """Create, replace or delete. Sent once, or again only where it cannot have happened.

        Raises:
            RefusedError: Grafana says no.
            UnclearError: it may have happened.
            FatalError: nobody answers, or it does not know us.
        """
        answer = self._tried(
            lambda: self._once(method, path, body, headers or {}, None, accept, LARGEST_OBJECT), reads=False
        )
        if answer.data is not None and not isinstance(answer.data, dict):
            raise self._unclear(f"answered {method} {path} with JSON that is not its API's")
        return answer

    # --- one request

    def _tried(self, once: Callable[[], Answer], *, reads: bool) -> Answer:
        backing_off = tenacity.wait_exponential_jitter(multiplier=0.2, max=8, jitter=0.3)

        def wait(state: tenacity.RetryCallState) -> float:
            failure = state.outcome.exception() if state.outcome is not None else None
            after = failure.after if isinstance(failure, _ForTheMomentError) else None
            return backing_off(state) if after is None else min(after, _LONGEST_WAIT)

        def again(failure: BaseException) -> bool:
            if not isinstance(failure, _ForTheMomentError):
                return False
            return reads or not isinstance(failure.error, UnclearError)

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.target.attempts),
            wait=wait,
            retry=tenacity.retry_if_exception(again),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(once)
        except _ForTheMomentError as failure:
            raise failure.error from None

    def _once(
        self,
        method: str,
        path: str,
        body: object,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        accept: tuple[int, ...],
        largest: int,
    ) -> Answer:
        self.sent[method] = self.sent.get(method, 0) + 1
        timeout = self.target.timeout
        data = None if body is None else orjson.dumps(body)
        headers = {"Content-Type": "application/json", **headers} if data is not None else headers
        deadline = time.monotonic() + timeout * _TIMES_TIMEOUT
        try:
            response = self._session.request(
                method,
                self.base + path,
                params=params,
                data=data,
                headers=dict(headers),
                timeout=(min(CONNECT_SECONDS, timeout), timeout),
                allow_redirects=False,
                stream=True,
                verify=self.target.ca or True,
            )
            with response:
                if response.status_code in _WITHOUT_BODY:
                    # What a broken server sends after it would be read as the next answer, without any time limit.
                    response.raw.close()
                    content = b""
                else:
                    content = _read(response, largest, deadline)
        except _TooLargeError:
            raise self._unclear(f"answered {method} {path} with more than {largest >> 20} MB") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            self._fail(error, method, path)
        return self._answer(method, path, response, content, accept)

    def _fail(self, error: Exception, method: str, path: str) -> NoReturn:
        """Say what is wrong with the connection."""
        if isinstance(error, requests.exceptions.SSLError):
            raise FatalError(
                tls_trouble(error, "Grafana", self.base, "ca = … in [tool.dashlib.grafana.…], or --ca")
            ) from None
        if isinstance(error, requests.exceptions.ProxyError):
            raise _ForTheMomentError(
                FatalError(f"the proxy before Grafana at {self.base} refuses; see HTTPS_PROXY and NO_PROXY")
            ) from None
        if isinstance(error, requests.exceptions.ConnectTimeout) or _never_connected(error):
            raise _ForTheMomentError(
                FatalError(f"nobody answers at {self.base}; is the URL right, and is Grafana running?")
            ) from None
        if isinstance(error, OSError) and not isinstance(error, requests.RequestException) and error.filename:
            raise FatalError(f"cannot read {error.filename}: {error.strerror}") from None
        if isinstance(error, _SlowError | requests.exceptions.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
            said = f"did not finish its answer to {method} {path} in time (timeout = {self.target.timeout:g} s)"
        elif isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            raise FatalError(
                f"{self.base} cannot be asked: it is no URL of a web server, or its proxy is none"
            ) from None
        else:
            said = f"broke the connection off while it answered {method} {path}"
        raise _ForTheMomentError(self._unclear(said)) from None

    def _unclear(self, said: str) -> UnclearError:
        return UnclearError(f"Grafana at {self.base} {said}")

    def _answer(
        self, method: str, path: str, response: requests.Response, content: bytes, accept: tuple[int, ...]
    ) -> Answer:
        status = response.status_code
        if 300 <= status < BAD_REQUEST:  # noqa: PLR2004  # the redirects
            raise self._redirected(response)
        if speaks_tls(status, content):
            raise FatalError(f"{self.base} speaks https; name it by https://")
        html = _is_html(response, content)
        data: Any = None
        if content.strip() and not html:
            try:
                data = orjson.loads(content)
            except orjson.JSONDecodeError:
                if status in DONE and _is_text(response):
                    raise FatalError(
                        f"{self.base} is no Grafana: it answered {method} {path} with a text, not with JSON; name the "
                        "URL of Grafana, with its sub-path if it has one"
                    ) from None
                if status in DONE:
                    raise _ForTheMomentError(self._unclear(f"answered {method} {path} with broken JSON")) from None
        answer = Answer(status, data)
        if status in accept and not html:
            return answer
        if status in _FOR_THE_MOMENT:
            raise _ForTheMomentError(self._for_the_moment(method, path, answer), _retry_after(response))
        if html:
            raise self._page(path, status)
        raise self._refused(method, path, answer)

    def _for_the_moment(self, method: str, path: str, answer: Answer) -> GrafanaError:
        if answer.status == TOO_MANY:
            return RefusedError(
                f"Grafana at {self.base} has had too many requests and still says so; try again later", TOO_MANY
            )
        return self._unclear(f"answered {method} {path} with {answer.status}{_said(answer)}")

    def _page(self, path: str, status: int) -> GrafanaError:
        if status == NOT_FOUND:
            return FatalError(
                f"{self.base} knows no {path}: it answered with a web page; is the sub-path of Grafana's URL right?"
            )
        return FatalError(
            f"{self.base} answered with a web page, not with Grafana's API: is it a login page before Grafana, or "
            "another server? Name the URL that takes a token"
        )

    def _redirected(self, response: requests.Response) -> GrafanaError:
        location = urllib.parse.urljoin(response.url, response.headers.get("Location", ""))
        parts = urllib.parse.urlsplit(location)
        where = f"{parts.scheme}://{parts.hostname or ''}{f':{_port(parts)}' if _port(parts) else ''}{parts.path}"
        if parts.path.rstrip("/").endswith("/login"):
            return FatalError(
                f"{self.base} sends us to the login page {where}: it is not Grafana's API, or does not take a token"
            )
        return FatalError(
            f"{self.base} sends us on to {where}; dashlib does not follow, because the token is for {self.base} only: "
            "name the URL that Grafana answers at"
        )

    def no_organisation(self) -> FatalError:
        """Return what is said where the organisation that was named is none of ours."""
        return FatalError(
            f"Grafana at {self.base} has no organization {self.target.org_id}, or the token is not a member of "
            "it; pass another --org-id (org_id in the configuration), or leave it out to use the token's own"
        )

    def _refused(self, method: str, path: str, answer: Answer) -> GrafanaError:
        if answer.status == UNAUTHORIZED:
            if self.target.org_id and "organization" in answer.message:
                return self.no_organisation()
            if self._anonymous:
                return FatalError(
                    f"Grafana at {self.base} asks who we are; export GRAFANA_TOKEN with the token of a service "
                    "account, or say --token-file"
                )
            return FatalError(
                f"Grafana at {self.base} does not accept our token or password ({answer.message or 'Unauthorized'}); "
                "make a new token under Administration › Service accounts, and export it as GRAFANA_TOKEN"
            )
        if answer.status == FORBIDDEN:
            return RefusedError(
                f"we may not {_verb(method)} {path} in Grafana at {self.base}{_said(answer)}; give the service "
                "account the role Editor, or the right that is named",
                FORBIDDEN,
                answer.message,
            )
        if answer.status == TOO_LARGE:
            return RefusedError(
                f"Grafana at {self.base}, or a proxy before it, takes no body as large as that of {path}"
                f"{_said(answer)}; Grafana's own limit is 16 MB a dashboard",
                TOO_LARGE,
                answer.message,
            )
        return RefusedError(
            f"Grafana at {self.base} answered {method} {path} with {answer.status}{_said(answer)}",
            answer.status,
            answer.message,
        )


def _has_shape(data: Any, needs: tuple[str, ...] | None, each: tuple[str, ...] | None) -> bool:  # noqa: ANN401
    """Tell whether an answer has the keys that the caller goes on to read; no list at all is an empty one."""
    if needs is not None:
        return isinstance(data, dict) and all(key in data for key in needs)
    if each is not None:
        entries = data or []
        return isinstance(entries, list) and all(
            isinstance(item, dict) and all(key in item for key in each) for item in entries
        )
    return True


class _TooLargeError(Exception):
    """An answer is larger than anything Grafana would say."""


class _SlowError(OSError):
    """An answer drips."""


def _read(response: requests.Response, largest: int, deadline: float) -> bytes:
    """Return the body, read as it comes, within its bounds of size and time."""
    chunks: list[bytes] = []
    size = 0
    # `read1` returns what one receive gave: a loop over `iter_content` would wait for a full chunk, however slow.
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        size += len(chunk)
        if size > largest:
            raise _TooLargeError
        if time.monotonic() > deadline:
            raise _SlowError
        chunks.append(chunk)
    return b"".join(chunks)


def _authorization(credentials: Credentials) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
        if credentials.authorization:
            request.headers["Authorization"] = credentials.authorization
        return request

    return authorize


def _never_connected(error: Exception) -> bool:
    """Tell whether a request failed before anything was sent."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def _is_html(response: requests.Response, content: bytes) -> bool:
    return "html" in response.headers.get("Content-Type", "") or content[:64].lstrip().startswith(b"<")


def _is_text(response: requests.Response) -> bool:
    """Tell whether an answer says of itself that it is a text: Grafana's API never does, half an answer of it never."""
    return response.headers.get("Content-Type", "").startswith("text/plain")


def _retry_after(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    if value:
        import email.utils

        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
        except ValueError:
            return None
    return None


def _said(answer: Answer) -> str:
    return f" ({answer.message})" if answer.message else ""


def _port(parts: urllib.parse.SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        return None


def _verb(method: str) -> str:
    return {"GET": "read", "DELETE": "delete"}.get(method, "write")


def quoted(part: str) -> str:
    """Return one part of a path, quoted: a name may hold spaces and slashes."""
    return urllib.parse.quote(part, safe="")
