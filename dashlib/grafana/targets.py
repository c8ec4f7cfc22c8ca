"""Which Grafana, and its credentials: `[tool.dashlib.grafana.NAME]`, the command line and the environment."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from dashlib.declare.datasource_queries import plugin_of
from dashlib.errors import AccessError
from dashlib.grafana.datasources import DATASOURCE_TYPE
from dashlib.servers.access import access_from_environment, access_from_token_file, check_url
from dashlib.tables import Flag, MapOf, Number, OneOf, Place, Text, holds, read, valid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashlib.servers.access import Access
    from dashlib.servers.grafana import Client

#: Settings of earlier versions, with their current names.
_RENAMED = {"organisation": "org_id"}  # codespell:ignore

Provenance = Literal["locked", "editable"]
PROVENANCES: tuple[Provenance, ...] = ("locked", "editable")

KEEP_VARIABLE = "variable"
DEFAULT_OWNER = "dashlib"
_LONGEST_TIMEOUT = 3600


def _check_url(_instance: object, _attribute: attrs.Attribute[str], value: str) -> None:
    check_url(value, "Grafana", "export GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD")


def _check_link_url(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if value:
        _check_url(instance, attribute, value)


_URL = Text(
    r"https?://[^/@?#]+(/[^@?#]*)?",
    "a URL that starts with http:// or https://, without a user name and password",
    says_more=True,
)
_LINK_URL = Text(f"({_URL.pattern})?", _URL.expected, says_more=True)


@attrs.frozen
class Target:
    """A Grafana that the project is pushed to.

    Attributes:
        url: its URL, including its sub-path.
        name: its name in the configuration; empty if only the URL is known.
        folder: UID or title path of an existing folder to put everything into; empty for the folders that the
            declarations name, which are created if missing.
        datasource: UID or name of the Prometheus datasource that dashboards choose and rules use; empty, or
            `variable`, for the default one.
        datasources: UID or name of the datasource of other types, by Grafana's id of the type (`loki`); of a type that
            is not named the default one, or the only one.
        alerting: push Grafana-managed alerting, too: for a Grafana that evaluates the alerts instead of Prometheus.
        prune: remove what dashlib created there and is no longer declared.
        profile: naming profile; empty for the project's.
        org_id: ID of the organization, for a user of several; 0 for the user's own.
        ca: file with the certificates to trust.
        client_certificate: file with the client certificate; it may contain the key.
        client_key: file with its key.
        token_file: file with the token, used if GRAFANA_TOKEN is not set.
        provenance: `locked`: alerting objects cannot be edited in the UI; `editable`: they can.
        owner: name under which the objects are remembered there; two projects on one Grafana have two names.
        timeout: seconds that Grafana may be silent; four times that for one whole answer.
        attempts: how often a request that failed temporarily is tried in all.
        grafana_url: URL under which people open it, for the links in what is pushed; empty if that is `url`.
        prometheus: URL of the Prometheus that its dashboards query, for `dashlib doctor`.
        http_config: file with the credentials for that Prometheus, in the format of its http_config.
        tenant: tenant of a Mimir, Cortex or Thanos, sent to that Prometheus as X-Scope-OrgID.
        rules_url: URL of the vmalert or ruler that has loaded the rules, if that Prometheus has not.
        connect: URL of the Kafka Connect that is monitored there, for `dashlib doctor`.
    """

    url: str = attrs.field(validator=_check_url, metadata=holds(_URL))
    name: str = ""
    folder: str = attrs.field(default="", metadata=holds(Text()))
    datasource: str = attrs.field(default="", metadata=holds(Text()))
    datasources: Mapping[str, str] = attrs.field(
        factory=dict,
        metadata=holds(
            MapOf(
                Text(),
                "a table with the UID or name of a datasource for each type",
                Text("(?!prometheus$)[a-z][a-z0-9-]*", "Grafana's id of a type of datasource, such as loki"),
            )
        ),
    )
    alerting: bool = attrs.field(default=False, metadata=holds(Flag()))
    prune: bool = attrs.field(default=False, metadata=holds(Flag()))
    profile: str = attrs.field(default="", metadata=holds(Text()))
    org_id: int = attrs.field(default=0, metadata=holds(Number(expected="a whole number", whole=True, least=0)))
    ca: str = attrs.field(default="", metadata=holds(Text()))
    client_certificate: str = attrs.field(default="", metadata=holds(Text()))
    client_key: str = attrs.field(default="", metadata=holds(Text()))
    token_file: str = attrs.field(default="", metadata=holds(Text()))
    provenance: Provenance = attrs.field(default="locked", validator=valid, metadata=holds(OneOf(PROVENANCES)))
    owner: str = attrs.field(
        default=DEFAULT_OWNER,
        validator=valid,
        metadata=holds(Text(r"[A-Za-z0-9_-]{1,24}", "at most 24 letters, digits, '-' and '_'")),
    )
    timeout: float = attrs.field(
        default=30.0,
        converter=float,
        validator=valid,
        metadata=holds(
            Number(expected=f"more than 0 and at most {_LONGEST_TIMEOUT} seconds", more_than=0, most=_LONGEST_TIMEOUT)
        ),
    )
    attempts: int = attrs.field(
        default=5, validator=valid, metadata=holds(Number(expected="a whole number, at least 1", whole=True, least=1))
    )
    grafana_url: str = attrs.field(default="", validator=_check_link_url, metadata=holds(_LINK_URL))
    prometheus: str = attrs.field(default="", metadata=holds(_LINK_URL))
    http_config: str = attrs.field(default="", metadata=holds(Text()))
    tenant: str = attrs.field(default="", metadata=holds(Text()))
    rules_url: str = attrs.field(default="", metadata=holds(_LINK_URL))
    connect: str = attrs.field(default="", metadata=holds(_LINK_URL))

    def datasource_of(self, kind: str) -> str:
        """Return UID or name of the datasource of a type, by Grafana's id of the plugin; empty for the default one."""
        named = {plugin_of(each): name for each, name in self.datasources.items()}
        return named.get(kind, self.datasource if kind == DATASOURCE_TYPE else "")

    @property
    def said(self) -> str:
        """Its name in messages."""
        return f"{self.name} ({self.url})" if self.name else self.url


def read_targets(
    table: Mapping[str, Mapping[str, object]], owner: str = DEFAULT_OWNER, file: Path | None = None
) -> dict[str, Target]:
    """Return the targets of `[tool.dashlib.grafana]` by name.

    Args:
        table: that table.
        owner: the default owner.
        file: the `pyproject.toml`, for messages.

    Raises:
        ConfigurationError: a setting is unknown or wrong; the message names it.
    """
    for name, settings in table.items():
        for former, key in _RENAMED.items():
            if former in settings:
                raise Place(("grafana", name), file).error(f"{former} is now called {key}; rename it", former)
    return {
        name: read(Target, settings, Place(("grafana", name), file), name=name, owner=owner)
        for name, settings in table.items()
    }


def choose(targets: Mapping[str, Target], name: str, url: str, owner: str = DEFAULT_OWNER) -> Target:
    """Return the target that the command line selects.

    Args:
        targets: the configured targets.
        name: one of them; empty if a URL is given, or if there is only one.
        url: `--grafana`; overrides the URL of the named target.
        owner: the owner if only a URL is given.

    Raises:
        AccessError: no target is given, or it is not configured.
    """
    if name:
        if name not in targets:
            if "://" in name:
                raise AccessError(f"{name!r} is a URL; pass --grafana {name}")
            known = ", ".join(targets) or "none"
            raise AccessError(
                f"there is no [tool.dashlib.grafana.{name}]; configured targets: {known}; add it with its url, or pass "
                "--grafana URL"
            )
        return attrs.evolve(targets[name], url=url) if url else targets[name]
    if url:
        return next((target for target in targets.values() if target.url == url), Target(url, owner=owner))
    if len(targets) == 1:
        return next(iter(targets.values()))
    if targets:
        raise AccessError(f"which Grafana? Name a target ({', '.join(targets)}), or pass --grafana URL")
    raise AccessError("which Grafana? Pass --grafana URL, or configure a [tool.dashlib.grafana.NAME] table")


def read_access(target: Target, environment: Mapping[str, str], token_file: str = "") -> Access:
    """Return the credentials: `--token-file`, GRAFANA_TOKEN, the target's token file, or GRAFANA_USER.

    Raises:
        AccessError: a token file cannot be read or holds no token, or there is a user without a password.
    """
    file = token_file or ("" if environment.get("GRAFANA_TOKEN", "").strip() else target.token_file)
    return access_from_token_file(Path(file)) if file else access_from_environment(environment, "GRAFANA")


def connect(target: Target, access: Access, *, sleep: Callable[[float], None] = time.sleep) -> Client:
    """Return the client of a target's Grafana; nothing is sent yet.

    Args:
        target: the Grafana and its certificates.
        access: the credentials for it.
        sleep: waits between attempts.

    Raises:
        AccessError: a certificate file does not exist.
    """
    from dashlib.servers.grafana import Client

    return Client(
        target.url,
        attrs.evolve(access, ca=target.ca, client_certificate=target.client_certificate, client_key=target.client_key),
        org_id=target.org_id,
        timeout=target.timeout,
        attempts=target.attempts,
        sleep=sleep,
    )


def owner_of(root: Path) -> str:
    """Return the default owner of a project: its `[project] name`, or `dashlib`."""
    import tomllib

    try:
        table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return DEFAULT_OWNER
    name = table.get("project", {}).get("name", "") if isinstance(table.get("project"), dict) else ""
    made = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:24] if isinstance(name, str) else ""
    return made or DEFAULT_OWNER
