"""Which Grafana, and who we are there: `[tool.dashlib.grafana.NAME]`, the command line and the environment."""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from dashlib.errors import ConfigurationError, DashlibError

if TYPE_CHECKING:
    from collections.abc import Mapping

Provenance = Literal["locked", "editable"]

KEEP_VARIABLE = "variable"
DEFAULT_OWNER = "dashlib"
_OWNER = re.compile(r"[A-Za-z0-9_-]{1,24}")
_LONGEST_TIMEOUT = 3600


class TargetError(DashlibError):
    """The Grafana, or who we are there, is named wrongly; exit code 2."""


def _check_url(_instance: object, _attribute: attrs.Attribute[str], value: str) -> None:
    try:
        parts = urllib.parse.urlsplit(value)
        parts.port  # noqa: B018  # looked at, because only that raises for a port that is none
    except ValueError as error:
        raise TargetError(f"the URL of a Grafana is no URL: {error}") from None
    if parts.username is not None or parts.password is not None:
        raise TargetError(
            "the URL of a Grafana carries no name and password, because a URL is shown in logs; export GRAFANA_USER "
            "and GRAFANA_PASSWORD, or better GRAFANA_TOKEN"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TargetError(f"a Grafana is named by a URL that begins with http:// or https://; got {value!r}")
    if parts.query or parts.fragment:
        raise TargetError(f"the URL of a Grafana ends with its path, without ? and #; got {value!r}")


def _check_link_url(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if value:
        _check_url(instance, attribute, value)


def _check_owner(_instance: object, _attribute: attrs.Attribute[str], value: str) -> None:
    if not _OWNER.fullmatch(value):
        raise TargetError(f"owner is at most 24 letters, digits, '-' and '_'; got {value!r}")


def _check_timeout(_instance: object, _attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 < value <= _LONGEST_TIMEOUT:
        raise TargetError(f"timeout is more than 0 and at most {_LONGEST_TIMEOUT} seconds; got {value!r}")


@attrs.frozen
class Target:
    """A Grafana that the project is pushed to.

    Attributes:
        url: where it is, with its sub-path if it has one.
        name: what the configuration calls it; empty for one named by its URL.
        folder: uid or title path of a folder that is there and takes everything; empty for those that the
            declarations name, which are made where they are missing.
        datasource: uid or name of the Prometheus datasource that dashboards choose and rules ask; empty, or
            `variable`, for the default one.
        alerting: Grafana-managed alerting is pushed, too: for a Grafana that evaluates the alerts instead of
            Prometheus.
        prune: remove what dashlib created there and nobody declares any more.
        profile: naming profile; empty for the project's.
        org_id: ID of the organization, for a user of several; 0 for the user's own.
        ca: file with the certificates to trust.
        client_certificate: file of the certificate that we show; the key may be in it.
        client_key: file of its key.
        token_file: file with the token, for where GRAFANA_TOKEN is not set.
        provenance: `locked`: nobody edits alerting objects in the UI; `editable`: the UI may.
        owner: name under which the objects are remembered there; two projects on one Grafana have two names.
        timeout: seconds that Grafana may be silent; four times that for one whole answer.
        attempts: how often a request that failed for the moment is tried in all.
        grafana_url: where people read it, for the links in what is pushed; empty where that is `url`.
        prometheus: URL of the Prometheus that its dashboards ask, for `dashlib doctor`.
        http_config: file with the credentials for that Prometheus, in the format of its http_config.
        connect: URL of the Kafka Connect that is monitored there, for `dashlib doctor`.
    """

    url: str = attrs.field(validator=_check_url)
    name: str = ""
    folder: str = ""
    datasource: str = ""
    alerting: bool = False
    prune: bool = False
    profile: str = ""
    org_id: int = 0
    ca: str = ""
    client_certificate: str = ""
    client_key: str = ""
    token_file: str = ""
    provenance: Provenance = attrs.field(default="locked", validator=attrs.validators.in_(("locked", "editable")))
    owner: str = attrs.field(default=DEFAULT_OWNER, validator=_check_owner)
    timeout: float = attrs.field(default=30.0, converter=float, validator=_check_timeout)
    attempts: int = attrs.field(default=5, validator=attrs.validators.ge(1))
    grafana_url: str = attrs.field(default="", validator=_check_link_url)
    prometheus: str = ""
    http_config: str = ""
    connect: str = ""

    @property
    def said(self) -> str:
        """How messages call it."""
        return f"{self.name} ({self.url})" if self.name else self.url


@attrs.frozen
class Credentials:
    """Who we are. Never shown: not in a repr, a message or a traceback.

    Attributes:
        authorization: the value of the header; empty for nobody.
    """

    authorization: str = attrs.field(default="", repr=False)

    @property
    def anonymous(self) -> bool:
        """Whether we are nobody."""
        return not self.authorization


def read_targets(table: Mapping[str, Mapping[str, object]], owner: str = DEFAULT_OWNER) -> dict[str, Target]:
    """Return the Grafanas of `[tool.dashlib.grafana]` by name.

    Args:
        table: that table.
        owner: the owner of those that name none.

    Raises:
        ConfigurationError: a setting is unknown or wrong; the message names it.
    """
    return {name: _target(name, settings, owner) for name, settings in table.items()}


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "alerting": bool, "prune": bool, "org_id": int, "attempts": int, "timeout": (int, float),
}  # fmt: skip

#: Settings of former versions, by their names of today.
_RENAMED = {"organisation": "org_id"}


def _target(name: str, settings: object, owner: str) -> Target:
    where = f"[tool.dashlib.grafana.{name}]"
    if not isinstance(settings, dict):
        raise ConfigurationError(f"{where} is a table; got {settings!r}")
    known = {field.name: field for field in attrs.fields(Target) if field.name != "name"}
    for key, value in settings.items():
        if key in _RENAMED:
            raise ConfigurationError(f"{where} {key} is now called {_RENAMED[key]}; rename it")
        if key not in known:
            raise ConfigurationError(f"{where} has no setting {key!r}; it knows: {', '.join(known)}")
        kind = _KINDS.get(key, str)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ConfigurationError(f"{where} {key}: got {value!r}, which is not of its kind")
    if "url" not in settings:
        raise ConfigurationError(f"{where} needs url: where that Grafana is")
    try:
        return Target(**{"owner": owner, **settings, "name": name})
    except (DashlibError, ValueError) as error:
        raise ConfigurationError(f"{where} {error.args[0]}") from None


def choose(targets: Mapping[str, Target], name: str, url: str, owner: str = DEFAULT_OWNER) -> Target:
    """Return the Grafana that the command line means.

    Args:
        targets: those that the configuration names.
        name: which of them; empty where a URL is given, or where there is only one.
        url: `--grafana`; wins over the named one's URL.
        owner: the owner for a Grafana that is named by its URL only.

    Raises:
        TargetError: none is named, or one that is not there.
    """
    if name:
        if name not in targets:
            if "://" in name:
                raise TargetError(f"{name!r} is a URL; say --grafana {name}")
            known = ", ".join(targets) or "none"
            raise TargetError(f"the configuration has no [tool.dashlib.grafana.{name}]; it has: {known}")
        return attrs.evolve(targets[name], url=url) if url else targets[name]
    if url:
        return next((target for target in targets.values() if target.url == url), Target(url, owner=owner))
    if len(targets) == 1:
        return next(iter(targets.values()))
    if targets:
        raise TargetError(f"which Grafana? The configuration names {', '.join(targets)}; say one of them")
    raise TargetError(
        "which Grafana? Say --grafana https://grafana.example.com, or name it in [tool.dashlib.grafana.…]"
    )


def read_credentials(target: Target, environment: Mapping[str, str], token_file: str = "") -> Credentials:
    """Return who we are: `--token-file`, GRAFANA_TOKEN, the target's token file, or GRAFANA_USER with its password.

    Raises:
        TargetError: a token file cannot be read or holds no token, or there is a user without a password.
    """
    if token_file:
        return _bearer(_read_token(Path(token_file)), f"the file {token_file}")
    if environment.get("GRAFANA_TOKEN", "").strip():
        return _bearer(environment["GRAFANA_TOKEN"].strip(), "GRAFANA_TOKEN")
    if target.token_file:
        return _bearer(_read_token(Path(target.token_file)), f"the file {target.token_file}")
    if environment.get("GRAFANA_USER"):
        if "GRAFANA_PASSWORD" not in environment:
            raise TargetError("GRAFANA_USER is set and GRAFANA_PASSWORD is not; export both, or GRAFANA_TOKEN")
        import base64

        pair = f"{environment['GRAFANA_USER']}:{environment['GRAFANA_PASSWORD']}"
        return Credentials("Basic " + base64.b64encode(pair.encode()).decode())
    return Credentials()


def _read_token(file: Path) -> str:
    try:
        return file.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise TargetError(f"cannot read the token from {file}: {reason}") from None


def _bearer(token: str, where: str) -> Credentials:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise TargetError(f"{where} holds no token; a token is one line of letters, digits and '_' (glsa_…)")
    return Credentials(f"Bearer {token}")


def owner_of(root: Path) -> str:
    """Return the owner of a project that names none: its `[project] name`, or `dashlib`."""
    import tomllib

    try:
        table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return DEFAULT_OWNER
    name = table.get("project", {}).get("name", "") if isinstance(table.get("project"), dict) else ""
    made = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:24] if isinstance(name, str) else ""
    return made or DEFAULT_OWNER
