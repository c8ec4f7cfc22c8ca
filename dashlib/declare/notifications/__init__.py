"""Who is notified of an alert, how and when: one declaration for Alertmanager and for Grafana-managed alerting.

A `Notifications` object at module level is found like a `RuleGroup`. It compiles to Alertmanager's configuration
(`dashlib.compile.outputs.alertmanager_yaml`); Grafana's contact points, notification policies and mute timings are
made from the same objects. Secrets are never in it: a `Secret` says where one is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from dashlib.declare.arguments import checked, nearest
from dashlib.declare.notifications.receivers import Receiver, Smtp, Webhook
from dashlib.declare.notifications.routes import Route, check_intervals, check_reachable, walk
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashlib.declare.notifications.inhibition import Inhibit
    from dashlib.declare.notifications.mute_times import MuteTime
    from dashlib.declare.notifications.templates import Template


def _receivers(items: Iterable[Receiver]) -> tuple[Receiver, ...]:
    return tuple(items)


def _inhibits(items: Iterable[Inhibit]) -> tuple[Inhibit, ...]:
    return tuple(items)


def _mute_times(items: Iterable[MuteTime]) -> tuple[MuteTime, ...]:
    return tuple(items)


def _templates(items: Iterable[Template]) -> tuple[Template, ...]:
    return tuple(items)


@checked
@attrs.frozen(eq=False, repr=False)
class Notifications(Value):
    """Everything about who is notified of alerts. A project has one.

    Attributes:
        receivers: who is notified, and how.
        route: the root route; it takes every alert.
        inhibit: which alerts are silent while others fire. (Grafana-managed alerting has no inhibition.)
        mute_times: that routes name.
        templates: that integrations name.
        smtp: mail server of Alertmanager's e-mails.
        source: where it was declared.
    """

    receivers: tuple[Receiver, ...] = attrs.field(kw_only=True, converter=_receivers)
    route: Route = attrs.field(kw_only=True)
    inhibit: tuple[Inhibit, ...] = attrs.field(kw_only=True, default=(), converter=_inhibits)
    mute_times: tuple[MuteTime, ...] = attrs.field(kw_only=True, default=(), converter=_mute_times)
    templates: tuple[Template, ...] = attrs.field(kw_only=True, default=(), converter=_templates)
    smtp: Smtp | None = attrs.field(kw_only=True, default=None)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse undefined and unused names, and routes that no alert can reach."""
        self._check_top()
        self._check_names()
        check_reachable(self.route, {})
        check_intervals(self.route, "5m", "4h")

    def _check_names(self) -> None:
        routes = list(walk(self.route))
        used = {
            "receiver": [(route.receiver, route.source) for route in routes if route.receiver],
            "mute time": [(name, route.source) for route in routes for name in route.mute],
            "template": [
                (integration.template, receiver.source)
                for receiver in self.receivers
                for integration in receiver.integrations
                if not isinstance(integration, Webhook) and integration.template
            ],
        }
        _check_defined("receiver", self.receivers, used["receiver"])
        _check_defined("mute time", self.mute_times, used["mute time"])
        _check_defined("template", self.templates, used["template"])

    def _check_top(self) -> None:
        top = self.route
        if not top.receiver:
            raise DeclarationError(
                "the root route needs a receiver: it takes every alert that no other route takes", top.source
            )
        for name, found in (("matchers", top.matchers), ("mute", top.mute), ("continue_", top.continue_)):
            if found:
                raise DeclarationError(f"the root route always takes every alert: it cannot have {name}", top.source)


def _check_defined(
    what: str,
    defined: Sequence[Receiver] | Sequence[MuteTime] | Sequence[Template],
    used: Sequence[tuple[str, Source]],
) -> None:
    """Refuse a name that is used and not defined, defined twice, or defined and not used."""
    places: dict[str, Source] = {}
    for item in defined:
        if item.name in places:
            raise DeclarationError(
                f"{what} {item.name!r} is defined twice; the other definition is at {places[item.name]}", item.source
            )
        places[item.name] = item.source
    for name, source in used:
        if name not in places:
            hint = nearest(name, places, fallback="known")
            raise DeclarationError(f"{what} {name!r} is not defined; {hint}", source)
    names = {name for name, _ in used}
    for name, source in places.items():
        if name not in names:
            by = "receiver" if what == "template" else "route"
            raise DeclarationError(f"no {by} uses {what} {name!r}; use it or remove it", source)
