"""Where a server is and how to authenticate there: URLs, credentials, certificates and proxies, all validated.

Secrets are in no repr, message or traceback.
"""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from dashlib.errors import AccessError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_url(url: str, what: str, instead: str = "") -> str:
    """Return a URL without a trailing slash.

    Args:
        url: from the command line or the configuration.
        what: the server, for messages: `Prometheus`.
        instead: where credentials in the URL belong: `export GRAFANA_TOKEN`.

    Raises:
        AccessError: it is not the URL of a web server, or it contains credentials.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        parts.port  # noqa: B018  # read because only that raises for an invalid port
    except ValueError as error:
        raise AccessError(f"the URL of {what} is not valid: {error}") from None
    if parts.username is not None or parts.password is not None:
        hint = f"; {instead}" if instead else ""
        raise AccessError(
            f"the URL of {what} must not contain a user name or password, because URLs end up in logs{hint}"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AccessError(f"the URL of {what} must start with http:// or https://; got {url!r}")
    if parts.query or parts.fragment:
        raise AccessError(f"the URL of {what} must not have a query (?) or fragment (#); got {url!r}")
    return url.rstrip("/")


@attrs.frozen
class Access:
    """Credentials, and the certificates to trust. Secrets are in no repr, message or traceback.

    Attributes:
        headers: sent with every request, and to no other server: `Authorization`, `X-Scope-OrgID`.
        ca: file with the certificates to trust; empty for the system's.
        client_certificate: file with the client certificate; it may contain the key.
        client_key: file with its key.
        verify: verify the server's certificate.
        proxy: URL of a proxy; empty to use the environment.
    """

    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    ca: str = ""
    client_certificate: str = ""
    client_key: str = ""
    verify: bool = True
    proxy: str = attrs.field(default="", repr=False)

    @property
    def is_anonymous(self) -> bool:
        """Whether there are no credentials."""
        return "Authorization" not in self.headers


def access_from_environment(environment: Mapping[str, str], prefix: str) -> Access:
    """Return the credentials from `PREFIX_TOKEN`, or from `PREFIX_USER` and `PREFIX_PASSWORD`.

    Args:
        environment: the environment's variables.
        prefix: of the variables for this server: `PROMETHEUS`.

    Raises:
        AccessError: there is a user without a password, or the token is not valid.
    """
    token = environment.get(f"{prefix}_TOKEN", "").strip()
    if token:
        return Access({"Authorization": _bearer(token, f"{prefix}_TOKEN")})
    if environment.get(f"{prefix}_USER"):
        if f"{prefix}_PASSWORD" not in environment:
            raise AccessError(f"{prefix}_USER is set and {prefix}_PASSWORD is not; export both, or {prefix}_TOKEN")
        return Access({"Authorization": _basic(environment[f"{prefix}_USER"], environment[f"{prefix}_PASSWORD"])})
    return Access()


def access_from_token_file(file: Path) -> Access:
    """Return the credentials from a file that holds a token and nothing else.

    Raises:
        AccessError: the file cannot be read, or holds no token.
    """
    try:
        token = file.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AccessError(f"cannot read the token from {file}: {_why_unreadable(error)}") from None
    return Access({"Authorization": _bearer(token, f"the file {file}")})


def access_from_file(file: Path) -> Access:
    """Return the credentials from a file in the format of Prometheus' `http_config`, as promtool reads it.

    Supported are `basic_auth`, `authorization`, `bearer_token`, `bearer_token_file`, `tls_config`, `proxy_url` and
    `http_headers`. `follow_redirects` and `enable_http2` have no effect here.

    Raises:
        ConfigurationError: the file cannot be read, or has an unknown key, which the message names.
    """
    import yaml

    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {file}: {_why_unreadable(error)}") from None
    except (yaml.YAMLError, RecursionError):
        raise ConfigurationError(
            f"{file} is not valid YAML (its content is not shown, because it may hold secrets)"
        ) from None
    return _HttpConfiguration(file, data if data is not None else {}).access()


def for_tenant(access: Access, tenant: str) -> Access:
    """Return credentials with the tenant that Mimir, Cortex and Thanos ask for; unchanged without one.

    Args:
        access: the credentials.
        tenant: its ID, or several of them separated by `|`.

    Raises:
        AccessError: the ID cannot be sent.
    """
    if not tenant:
        return access
    if not re.fullmatch(r"[A-Za-z0-9!._*'()|-]{1,150}", tenant):
        raise AccessError(
            "expected a tenant of at most 150 letters, digits and !-_.*'(), or several with | between them; got "
            f"{tenant!r}"
        )
    others = {name: value for name, value in access.headers.items() if name.casefold() != "x-scope-orgid"}
    return attrs.evolve(access, headers={**others, "X-Scope-OrgID": tenant})


def for_another_url(access: Access, url: str, of: str) -> Access:
    """Return what of the access to one URL is for another, too: everything on the same host, else no credentials.

    Args:
        access: the credentials.
        url: where requests are sent.
        of: the URL that the credentials are for.
    """
    first, second = urllib.parse.urlsplit(url), urllib.parse.urlsplit(of)
    if (first.scheme, first.netloc) == (second.scheme, second.netloc):
        return access
    tenant = {name: value for name, value in access.headers.items() if name.casefold() == "x-scope-orgid"}
    return attrs.evolve(access, headers=tenant, client_certificate="", client_key="")


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
                raise ConfigurationError(f"{self.file}: http_headers.{name}.{key} must be a list")
            texts += [self._read(str(each)) if key == "files" else str(each) for each in given]
        return texts

    def _text(self, table: Mapping[str, object], key: str) -> str:
        return self._read(str(table[f"{key}_file"])) if f"{key}_file" in table else str(table.get(key, ""))

    def _read(self, name: str) -> str:
        try:
            return Path(self._path(name)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{self.file}: cannot read {name}: {_why_unreadable(error)}") from None

    def _path(self, name: object) -> str:
        """Return a path; like Prometheus, relative to the file that names it."""
        return str(self.file.parent / str(name)) if name else ""

    def _any_table(self, name: str, value: object) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise ConfigurationError(f"{self.file}: {name or 'the file'} must be a mapping")
        return {str(key): item for key, item in value.items()}

    def _table(self, name: str, value: object) -> Mapping[str, object]:
        table = self._any_table(name, value)
        for key in table:
            if key not in _HTTP_CONFIGURATION[name]:
                known = ", ".join(_HTTP_CONFIGURATION[name])
                where = f"{name}.{key}" if name else key
                raise ConfigurationError(f"{self.file}: unknown key {where} of http_config; known keys: {known}")
        return table


def _bearer(token: str, where: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise AccessError(f"{where} does not hold a token: expected one line without spaces")
    return f"Bearer {token}"


def _basic(user: str, password: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _why_unreadable(error: OSError | UnicodeDecodeError) -> str:
    return str(error.strerror) if isinstance(error, OSError) else "it is not UTF-8 text"
