"""Who is notified, and how: e-mail, Slack, a webhook, PagerDuty, and the mail server."""

from __future__ import annotations

import re
import urllib.parse
from typing import TYPE_CHECKING, TypeAlias

import attrs

from dashlib.declare.arguments import checked
from dashlib.declare.labels import texts
from dashlib.declare.notifications.secrets import Secret, has_no_secret
from dashlib.declare.signals import is_filled
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

_HOST_AND_PORT = re.compile(r"[A-Za-z0-9._-]+:[0-9]{1,5}")
_LAST_PORT = 65_535
_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")


def _is_host_and_port(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    has_no_secret(instance, attribute, value)
    if not _HOST_AND_PORT.fullmatch(value) or not 0 < int(value.rpartition(":")[2]) <= _LAST_PORT:
        raise DeclarationError(
            f"{type(instance).__name__} {attribute.name} must be host:port, such as mail.example.com:587; got {value!r}"
        )


def _is_address(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    _check_address(f"{type(instance).__name__} {attribute.name}", value)


def _check_address(what: str, value: str) -> None:
    if not _ADDRESS.fullmatch(value):
        raise DeclarationError(f"{what} must be an e-mail address, for example platform@example.com; got {value!r}")


def _are_addresses(instance: object, attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]) -> None:
    what = f"{type(instance).__name__} {attribute.name}"
    if not value:
        raise DeclarationError(f"{what} needs at least one e-mail address")
    for address in value:
        _check_address(what, address)


@checked
@attrs.frozen(repr=False)
class Email(Value):
    """An e-mail.

    Attributes:
        to: its addresses, one or several.
        template: name of the `Template` that words it; empty for Alertmanager's own words.
        send_resolved: whether to notify of an alert's end, too.
    """

    to: tuple[str, ...] = attrs.field(converter=texts, validator=_are_addresses)
    template: str = attrs.field(kw_only=True, default="")
    send_resolved: bool = attrs.field(kw_only=True, default=True)


@checked
@attrs.frozen(repr=False)
class Slack(Value):
    """A message in a Slack channel, by an incoming webhook.

    Attributes:
        channel: `#name` or an id.
        url: where the webhook's URL is.
        template: name of the `Template` that words it; empty for Alertmanager's own words.
        send_resolved: whether to notify of an alert's end, too.
    """

    channel: str = attrs.field(validator=is_filled)
    url: Secret = attrs.field(kw_only=True)
    template: str = attrs.field(kw_only=True, default="")
    send_resolved: bool = attrs.field(kw_only=True, default=True)


@checked
@attrs.frozen(repr=False)
class Webhook(Value):
    """A POST of the alerts, as JSON, to somebody's own service.

    Attributes:
        url: where to; a `Secret` where the URL holds a token or a password.
        send_resolved: whether to notify of an alert's end, too.
    """

    url: str | Secret = attrs.field()
    send_resolved: bool = attrs.field(kw_only=True, default=True)

    @url.validator
    def _check_url(self, attribute: attrs.Attribute[str], value: str | Secret) -> None:
        if isinstance(value, Secret):
            return
        is_filled(self, attribute, value)
        has_no_secret(self, attribute, value)
        parts = urllib.parse.urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise DeclarationError(f"Webhook url must be an http or https URL, or a Secret; got {value!r}")


@checked
@attrs.frozen(repr=False)
class PagerDuty(Value):
    """An incident in PagerDuty, by its Events API v2.

    Attributes:
        routing_key: where the integration key is.
        template: name of the `Template` that words it; empty for Alertmanager's own words.
        send_resolved: whether the end of an alert resolves the incident.
    """

    routing_key: Secret
    template: str = attrs.field(kw_only=True, default="")
    send_resolved: bool = attrs.field(kw_only=True, default=True)


Integration: TypeAlias = Email | Slack | Webhook | PagerDuty


@checked
@attrs.frozen(repr=False)
class Smtp(Value):
    """The mail server that Alertmanager sends e-mails through; Grafana has its own, in grafana.ini.

    Attributes:
        host: `host:port`.
        sender: the address that e-mails come from.
        user: name to log in with; empty for no login.
        password: where the password is.
        require_tls: whether to give up a connection that does not switch to TLS.
    """

    host: str = attrs.field(validator=_is_host_and_port)
    sender: str = attrs.field(kw_only=True, validator=_is_address)
    user: str = attrs.field(kw_only=True, default="")
    password: Secret | None = attrs.field(kw_only=True, default=None)
    require_tls: bool = attrs.field(kw_only=True, default=True)

    def __attrs_post_init__(self) -> None:
        """Refuse half a login."""
        if bool(self.user) != (self.password is not None):
            raise DeclarationError("Smtp needs both user and password, or neither")


def _integrations(items: Iterable[Integration]) -> tuple[Integration, ...]:
    return tuple(items)


@checked
@attrs.frozen(eq=False, repr=False)
class Receiver(Value):
    """Somebody who is notified: what Grafana calls a contact point.

    Attributes:
        name: what routes call it.
        integrations: ways to notify, all used at once. Without any: alerts show in Alertmanager's own pages and are
            sent nowhere. (Grafana has no contact point without integrations: there, a route to such a receiver is
            one that is always muted.)
        source: where it was declared.
    """

    name: str = attrs.field(validator=is_filled)
    integrations: tuple[Integration, ...] = attrs.field(converter=_integrations, default=())
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)
