"""Reading JSON from somebody else's server: time limits, bounds, retries, credentials, and errors as whole sentences.

Used by `prometheus` and `kafka_connect`; only ever reads. Redirects are not followed: credentials are for the server
that was named. Requests of several threads share the connections of one session.
"""

from __future__ import annotations

import re
import threading
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import attrs
import orjson
import requests
import requests.adapters
import tenacity
import urllib3

from dashlib.errors import ConfigurationError, DashlibError, OtherSideError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGEST_ANSWER = 64 * 1024 * 1024
CONNECT_SECONDS = 5.0
_ATTEMPTS = 3
_CHUNK = 1 << 16
_EXCERPT = 200
_OK = 200
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 400, 401, 403, 404
_FOR_THE_MOMENT = frozenset({429, 500, 502, 503, 504})


class UnreachableError(OtherSideError):
    """A server could not be asked, or what answers is not that server: no further question makes sense."""


class RefusedError(OtherSideError):
    """A server answered one question with an error.

    Attributes:
        status: the HTTP status.
        reason: what the server says.
    """

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class AnswerError(OtherSideError):
    """The answer to one question came too late, is too large, or is not what the API gives."""


class AccessError(DashlibError):
    """The server, or who we are there, is named wrongly; exit code 2."""


def check_url(url: str, what: str) -> str:
    """Return a URL without the slash at its end.

    Args:
        url: what the command line says.
        what: the server, for messages: `Prometheus`.

    Raises:
        AccessError: it is no URL of a web server, or holds credentials.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        parts.port  # noqa: B018  # looked at, because only that raises for a port that is none
    except ValueError as error:
        raise AccessError(f"the URL of {what} is no URL: {error}") from None
    if parts.username is not None or parts.password is not None:
        raise AccessError(f"the URL of {what} carries no name and password, because a URL is shown in logs")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AccessError(f"{what} is named by a URL that begins with http:// or https://; got {url!r}")
    if parts.query or parts.fragment:
        raise AccessError(f"the URL of {what} ends with its path, without ? and #; got {url!r}")
    return url.rstrip("/")


@attrs.frozen
class Access:
    """Who we are, and what we trust. Secrets are in no repr, message or traceback.

    Attributes:
        headers: sent with every request: `Authorization`, `X-Scope-OrgID`.
        ca: file with the certificates to trust; empty for the system's.
        client_certificate: file of the certificate that we show; the key may be in it.
        client_key: file of its key.
        verify: hold the server's certificate against those to trust.
        proxy: URL of a proxy; empty for what the environment says.
    """

    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    ca: str = ""
    client_certificate: str = ""
    client_key: str = ""
    verify: bool = True
    proxy: str = attrs.field(default="", repr=False)


def access_from_environment(environment: Mapping[str, str], prefix: str) -> Access:
    """Return who we are by `PREFIX_TOKEN`, or by `PREFIX_USER` and `PREFIX_PASSWORD`.

    Raises:
        AccessError: there is a user without a password, or a token that is none.
    """
    token = environment.get(f"{prefix}_TOKEN", "").strip()
    if token:
        return Access({"Authorization": _bearer(token, f"{prefix}_TOKEN")})
    if environment.get(f"{prefix}_USER"):
        if f"{prefix}_PASSWORD" not in environment:
            raise AccessError(f"{prefix}_USER is set and {prefix}_PASSWORD is not; export both")
        return Access({"Authorization": _basic(environment[f"{prefix}_USER"], environment[f"{prefix}_PASSWORD"])})
    return Access()


def access_from_file(file: Path) -> Access:
    """Return who we are by a file in the format of Prometheus' `http_config`, as promtool takes it.

    Known are `basic_auth`, `authorization`, `bearer_token`, `bearer_token_file`, `tls_config`, `proxy_url` and
    `http_headers`. `follow_redirects` and `enable_http2` change nothing here.

    Raises:
        ConfigurationError: the file cannot be read, or holds what is not known; the message names the key.
    """
    import yaml

    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigurationError(f"cannot read {file}: {reason}") from None
    except (yaml.YAMLError, RecursionError):
        raise ConfigurationError(f"{file} is no YAML (what it holds is not shown)") from None
    return _HttpConfiguration(file, data if data is not None else {}).access()


_HTTP_CONFIGURATION = {
    "": ("basic_auth", "authorization", "bearer_token", "bearer_token_file", "tls_config", "proxy_url", "http_headers",
         "follow_redirects", "enable_http2"),
    "basic_auth": ("username", "username_file", "password", "password_file"),
    "authorization": ("type", "credentials", "credentials_file"),
    "tls_config": ("ca_file", "cert_file", "key_file", "insecure_skip_verify"),
}  # fmt: skip


@attrs.frozen
class _HttpConfiguration:
    file: Path
    data: object

    def access(self) -> Access:
        top = self._table("", self.data)
        headers: dict[str, str] = {}
        for name, values in self._any_table("http_headers", top.get("http_headers", {})).items():
            headers[name] = ", ".join(self._header(name, values))
        authorization = self._authorization(top)
        if authorization:
            headers["Authorization"] = authorization
        tls = self._table("tls_config", top.get("tls_config", {}))
        return Access(
            headers,
            ca=self._path(tls.get("ca_file", "")),
            client_certificate=self._path(tls.get("cert_file", "")),
            client_key=self._path(tls.get("key_file", "")),
            verify=tls.get("insecure_skip_verify") is not True,
            proxy=str(top.get("proxy_url", "")),
        )

    def _authorization(self, top: Mapping[str, object]) -> str:
        if "basic_auth" in top:
            basic = self._table("basic_auth", top["basic_auth"])
            return _basic(self._text(basic, "username"), self._text(basic, "password"))
        if "authorization" in top:
            given = self._table("authorization", top["authorization"])
            return f"{given.get('type', 'Bearer')} {self._text(given, 'credentials')}"
        token = self._text(top, "bearer_token")
        return _bearer(token, str(self.file)) if token else ""

    def _header(self, name: str, values: object) -> list[str]:
        found = self._any_table(f"http_headers.{name}", values)
        texts: list[str] = []
        for key in ("values", "secrets", "files"):
            given = found.get(key, [])
            if not isinstance(given, list):
                raise ConfigurationError(f"{self.file}: http_headers.{name}.{key} is a list")
            texts += [self._read(str(each)) if key == "files" else str(each) for each in given]
        return texts

    def _text(self, table: Mapping[str, object], key: str) -> str:
        return self._read(str(table[f"{key}_file"])) if f"{key}_file" in table else str(table.get(key, ""))

    def _read(self, name: str) -> str:
        try:
            return Path(self._path(name)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ConfigurationError(f"{self.file}: cannot read {name}: {reason}") from None

    def _path(self, name: object) -> str:
        """Return a path; like Prometheus, relative to the file that names it."""
        return str(self.file.parent / str(name)) if name else ""

    def _any_table(self, name: str, value: object) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise ConfigurationError(f"{self.file}: {name or 'the file'} holds keys and values")
        return {str(key): item for key, item in value.items()}

    def _table(self, name: str, value: object) -> Mapping[str, object]:
        table = self._any_table(name, value)
        for key in table:
            if key not in _HTTP_CONFIGURATION[name]:
                known = ", ".join(_HTTP_CONFIGURATION[name])
                where = f"{name}.{key}" if name else key
                raise ConfigurationError(
                    f"{self.file}: dashlib does not know {where} of http_config; it knows: {known}"
                )
        return table


def _bearer(token: str, where: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise AccessError(f"{where} holds no token: a token is one line without spaces")
    return f"Bearer {token}"


def _basic(user: str, password: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class _ForTheMomentError(Exception):
    """A request may be tried again; `error` is what is said if that was the last attempt."""

    def __init__(self, error: OtherSideError) -> None:
        super().__init__()
        self.error = error


class JsonApi:
    """One server's API.

    Attributes:
        name: what it is called in messages: `Prometheus`.
        url: where it is, without a slash at its end.
        sent: how many requests were sent.
    """

    def __init__(
        self,
        name: str,
        url: str,
        access: Access,
        *,
        seconds: float,
        connections: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            name: for messages.
            url: where it is.
            access: who we are there.
            seconds: how long one answer may take in all.
            connections: how many requests run side by side.
            sleep: waits between attempts.
        """
        self.name = name
        self.url = check_url(url, name)
        self.sent = 0
        self._seconds = seconds
        self._access = access
        self._sleep = sleep
        self._counting = threading.Lock()
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": "dashlib", "Accept": "application/json"})
        # Always a function, so that requests looks into no .netrc.
        self._session.auth = _authorization(access.headers)
        if access.client_certificate:
            pair = (access.client_certificate, access.client_key)
            self._session.cert = pair if access.client_key else access.client_certificate
        if access.proxy:
            self._session.proxies = {"http": access.proxy, "https": access.proxy}
        if not access.verify:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=connections, pool_block=True)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, path: str, parameters: Mapping[str, str | list[str]] | None = None) -> object:
        """Return the JSON at a path.

        Raises:
            OtherSideError: one of the classes of this module; the message is a whole sentence.
        """
        return self._tried("GET", path, parameters or {})

    def post(self, path: str, form: Mapping[str, str | list[str]]) -> object:
        """Return the JSON that a form gives; for questions that are too long for a URL."""
        return self._tried("POST", path, form)

    def _tried(self, method: str, path: str, parameters: Mapping[str, str | list[str]]) -> object:
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=tenacity.wait_exponential_jitter(multiplier=0.2, max=2, jitter=0.2),
            retry=tenacity.retry_if_exception_type(_ForTheMomentError),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._once, method, path, parameters)
        except _ForTheMomentError as failure:
            raise failure.error from None

    def _once(self, method: str, path: str, parameters: Mapping[str, str | list[str]]) -> object:
        with self._counting:
            self.sent += 1
        deadline = time.monotonic() + self._seconds
        try:
            response = self._session.request(
                method,
                self.url + path,
                params=parameters if method == "GET" else None,
                data=parameters if method == "POST" else None,
                timeout=(min(CONNECT_SECONDS, self._seconds), self._seconds),
                allow_redirects=False,
                stream=True,
                verify=(self._access.ca or True) if self._access.verify else False,
            )
            with response:
                content = _read(response, deadline)
        except _TooLargeError:
            raise AnswerError(
                f"{self.name} at {self.url} answered {path} with more than {LARGEST_ANSWER >> 20} MB"
            ) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            self._fail(error, path)
        return self._answer(path, response, content)

    def _fail(self, error: Exception, path: str) -> NoReturn:
        if isinstance(error, requests.exceptions.SSLError):
            raise UnreachableError(
                tls_trouble(error, self.name, self.url, "tls_config.ca_file in a file for --http-config")
            ) from None
        if isinstance(error, requests.exceptions.ProxyError):
            raise UnreachableError(f"the proxy before {self.url} refuses; see HTTPS_PROXY and NO_PROXY") from None
        if isinstance(error, requests.exceptions.ConnectTimeout) or _never_connected(error):
            raise _ForTheMomentError(
                UnreachableError(f"nobody answers at {self.url}; is the URL right, and is {self.name} running?")
            ) from None
        if isinstance(error, OSError) and not isinstance(error, requests.RequestException) and error.filename:
            raise UnreachableError(f"cannot read {error.filename}: {error.strerror}") from None
        if isinstance(error, _SlowError | requests.exceptions.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
            raise AnswerError(f"{self.name} at {self.url} did not answer {path} within {self._seconds:g} s") from None
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            raise UnreachableError(f"{self.url} cannot be asked: it is no URL of a web server") from None
        raise _ForTheMomentError(
            AnswerError(f"{self.name} at {self.url} broke the connection off while it answered {path}")
        ) from None

    def _answer(self, path: str, response: requests.Response, content: bytes) -> object:
        status = response.status_code
        if 300 <= status < _BAD_REQUEST:  # noqa: PLR2004  # the redirects
            raise self._redirected(response)
        if speaks_tls(status, content):
            raise UnreachableError(f"{self.url} speaks https; name it by https://")
        if "html" in response.headers.get("Content-Type", "") or content[:64].lstrip().startswith(b"<"):
            raise UnreachableError(
                f"{self.url} answered with a web page ({status}), not with {self.name}' API: is it a login page, or "
                f"another server? Name the URL of {self.name} itself, with its path if it has one"
            )
        try:
            data = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            if status == _OK:
                raise _ForTheMomentError(
                    AnswerError(f"{self.name} at {self.url} answered {path} with broken JSON: {error.msg}")
                ) from None
            data = None
        if status == _OK:
            return data
        reason = _reason(data, content)
        if status in (_UNAUTHORIZED, _FORBIDDEN):
            raise UnreachableError(
                f"{self.name} at {self.url} does not let us in ({status}{f': {reason}' if reason else ''}); export "
                f"{self.name.upper().replace(' ', '_')}_TOKEN, or _USER and _PASSWORD, or say --http-config FILE"
            )
        refused = RefusedError(
            f"{self.name} at {self.url} answered {path} with {status}{f': {reason}' if reason else ''}", status, reason
        )
        # An error that the API itself gives (a query that takes too long is a 503) would be the same again.
        if status in _FOR_THE_MOMENT and not (isinstance(data, dict) and data.get("errorType")):
            raise _ForTheMomentError(refused)
        raise refused

    def _redirected(self, response: requests.Response) -> OtherSideError:
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(response.url, response.headers.get("Location", "")))
        where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        return UnreachableError(
            f"{self.url} sends us on to {where}; dashlib does not follow, because credentials are for {self.url} only: "
            f"name the URL that {self.name} answers at"
        )


class _TooLargeError(Exception):
    """An answer is larger than its bound."""


class _SlowError(OSError):
    """An answer drips."""


def _read(response: requests.Response, deadline: float) -> bytes:
    """Return the body, read as it comes, within its bounds of size and time."""
    chunks: list[bytes] = []
    size = 0
    # `read1` returns what one receive gave: a loop over `iter_content` would wait for a full chunk, however slow.
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise _TooLargeError
        if time.monotonic() > deadline:
            raise _SlowError
        chunks.append(chunk)
    return b"".join(chunks)


def _authorization(headers: Mapping[str, str]) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(headers)
        return request

    return authorize


def _never_connected(error: Exception) -> bool:
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


def tls_trouble(error: Exception, name: str, url: str, setting: str) -> str:
    """Return what is wrong where no TLS connection came about.

    Args:
        error: what the library says.
        name: what the server is called.
        url: where it is.
        setting: how the file of its authority is named.
    """
    text = str(error)
    if any(said in text for said in _NOT_TLS):
        return f"{url} speaks plain http, not https; name it by http://, or name the port that speaks https"
    start = text.rfind("] ")
    reason = text[start + 2 :].partition(" (_ssl")[0].strip("'\") ") if start >= 0 else "TLS failed"
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate" in reason:
        return (
            f"{name} at {url} shows a certificate that is not trusted ({reason}); name the file of its authority: "
            f"{setting}"
        )
    return f"no TLS connection with {name} at {url} came about ({reason}); does it speak https there?"


def speaks_tls(status: int, content: bytes) -> bool:
    """Tell whether a server complains that it was asked in plain http on a port for https."""
    return status == _BAD_REQUEST and _TLS_WANTED.search(content) is not None


def _reason(data: object, content: bytes) -> str:
    said = data.get("error") or data.get("message") if isinstance(data, dict) else None
    text = said if isinstance(said, str) else content[: 4 * _EXCERPT].decode(errors="replace")
    return " ".join(text.split())[:_EXCERPT]
