"""Alertmanager's configuration: from `Notifications` to the YAML that Alertmanager 0.25 and later load.

Alertmanager reads secrets from files only, and no environment. It reads them when it sends, not when it starts: a
file that is missing stops no Alertmanager, its message fails and is counted in
`alertmanager_notifications_failed_total`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashlib.compile.outputs import Output, notification_templates, rule_yaml
from dashlib.compile.readable import counted
from dashlib.declare.notifications.matchers import show_matcher
from dashlib.declare.notifications.receivers import Email, PagerDuty, Slack, Webhook
from dashlib.declare.notifications.secrets import Secret
from dashlib.documents.document import Document, Origin
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from dashlib.compile.outputs import Compilation
    from dashlib.declare.notifications import Notifications
    from dashlib.declare.notifications.inhibition import Inhibit
    from dashlib.declare.notifications.matchers import Matchers
    from dashlib.declare.notifications.receivers import Integration, Receiver, Smtp
    from dashlib.declare.notifications.routes import Route

FILE = "alertmanager.yml"
# Alertmanager cannot compare what is not there, but it calls two missing labels equal; this asks for the label.
_PRESENT = '{}=~".+"'


def compile_configurations(compilation: Compilation) -> list[Document]:
    """Return Alertmanager's configuration, the only one of a project; its templates are an output of their own."""
    folder = compilation.project.configuration.alertmanager_folder
    if compilation.project.notifications is None or folder is None:
        return []
    declared, file = compilation.project.notifications
    return [compile_configuration(declared, folder, file)]


def compile_configuration(declared: Notifications, folder: PurePosixPath, declared_in: str) -> Document:
    """Return Alertmanager's configuration. Pure: the same declaration gives the same document everywhere.

    Args:
        declared: receivers, routes, inhibitions, mute times and templates.
        folder: where the compiled file belongs, relative to the project's root.
        declared_in: the declaration file, for the header.

    Raises:
        DeclarationError: Alertmanager has no way to do what is declared; the message carries the place.
    """
    sources: dict[str, Origin] = {"": Origin(declared.source)}
    data: dict[str, Any] = {}
    if declared.smtp is not None:
        data["global"] = _smtp(declared.smtp, declared)
    if declared.templates:
        data["templates"] = [f"{notification_templates.FOLDER}/*.tmpl"]
    data["route"] = _route(declared.route, "/route", sources)
    data["receivers"] = []
    for index, receiver in enumerate(declared.receivers):
        sources[f"/receivers/{index}"] = Origin(receiver.source)
        data["receivers"].append(_receiver(receiver, declared))
    if declared.inhibit:
        data["inhibit_rules"] = []
        for index, inhibit in enumerate(declared.inhibit):
            sources[f"/inhibit_rules/{index}"] = Origin(inhibit.declared)
            data["inhibit_rules"].append(_inhibit(inhibit))
    if declared.mute_times:
        data["time_intervals"] = []
        for index, mute_time in enumerate(declared.mute_times):
            sources[f"/time_intervals/{index}"] = Origin(mute_time.source)
            data["time_intervals"].append({"name": mute_time.name, "time_intervals": mute_time.intervals})
    return Document(folder / FILE, "alertmanager", data, sources, declared_in)


def _smtp(smtp: Smtp, declared: Notifications) -> dict[str, Any]:
    written: dict[str, Any] = {"smtp_smarthost": smtp.host, "smtp_from": smtp.sender}
    if smtp.password is not None:
        written["smtp_auth_username"] = smtp.user
        written["smtp_auth_password_file"] = _file(smtp.password, "Smtp password", declared)
    written["smtp_require_tls"] = smtp.require_tls
    return written


def _route(route: Route, pointer: str, sources: dict[str, Origin]) -> dict[str, Any]:
    sources[pointer] = Origin(route.source)
    written: dict[str, Any] = {}
    if route.receiver:
        written["receiver"] = route.receiver
    if route.matchers:
        written["matchers"] = _matchers(route.matchers)
    if route.group_by:
        written["group_by"] = list(route.group_by)
    for name in ("group_wait", "group_interval", "repeat_interval"):
        if getattr(route, name):
            written[name] = getattr(route, name)
    if route.mute:
        written["mute_time_intervals"] = list(route.mute)
    if route.continue_:
        written["continue"] = True
    if route.routes:
        written["routes"] = [
            _route(below, f"{pointer}/routes/{index}", sources) for index, below in enumerate(route.routes)
        ]
    return written


def _matchers(matchers: Matchers) -> list[str]:
    return [show_matcher(name, match) for name, match in matchers.items()]


def _inhibit(inhibit: Inhibit) -> dict[str, Any]:
    def side(matchers: Matchers) -> list[str]:
        return [
            *_matchers(matchers),
            *(_PRESENT.format(label) for label in inhibit.equal if label not in matchers),
        ]

    return {
        "source_matchers": side(inhibit.source),
        "target_matchers": side(inhibit.target),
        "equal": [*inhibit.equal, *inhibit.equal_or_absent],
    }


# Each integration's key in a receiver.
_KEYS = {Email: "email_configs", Slack: "slack_configs", Webhook: "webhook_configs", PagerDuty: "pagerduty_configs"}


def _receiver(receiver: Receiver, declared: Notifications) -> dict[str, Any]:
    written: dict[str, Any] = {"name": receiver.name}
    for integration in receiver.integrations:
        if isinstance(integration, Email) and declared.smtp is None:
            raise DeclarationError(
                f"receiver {receiver.name!r} sends e-mail, for which Alertmanager needs a mail server: add "
                "smtp=Smtp('mail.example.com:587', sender='alertmanager@example.com') to Notifications",
                receiver.source,
            )
        written.setdefault(_KEYS[type(integration)], []).append(_integration(integration, receiver))
    return written


def _integration(integration: Integration, receiver: Receiver) -> dict[str, Any]:
    if isinstance(integration, Email):
        return _email(integration)
    if isinstance(integration, Slack):
        return _slack(integration, receiver)
    if isinstance(integration, Webhook):
        return _webhook(integration, receiver)
    return _pagerduty(integration, receiver)


def _email(email: Email) -> dict[str, Any]:
    written: dict[str, Any] = {"to": ", ".join(email.to), "send_resolved": email.send_resolved}
    if email.template:
        written["headers"] = {"Subject": _use(email.template, "title")}
        written["html"] = _use(email.template, "html")
        written["text"] = _use(email.template, "text")
    return written


def _slack(slack: Slack, receiver: Receiver) -> dict[str, Any]:
    written: dict[str, Any] = {
        "channel": slack.channel,
        "api_url_file": _file(slack.url, "Slack url", receiver),
        "send_resolved": slack.send_resolved,
    }
    if slack.template:
        written["color"] = _use(slack.template, "slack.color")
        written["title"] = _use(slack.template, "slack.title")
        written["title_link"] = _use(slack.template, "alertmanager_url")
        written["fallback"] = _use(slack.template, "slack.title")
        written["text"] = _use(slack.template, "slack.text")
    return written


def _webhook(webhook: Webhook, receiver: Receiver) -> dict[str, Any]:
    if isinstance(webhook.url, Secret):
        # Alertmanager 0.26 and later.
        return {"url_file": _file(webhook.url, "Webhook url", receiver), "send_resolved": webhook.send_resolved}
    return {"url": webhook.url, "send_resolved": webhook.send_resolved}


def _pagerduty(pagerduty: PagerDuty, receiver: Receiver) -> dict[str, Any]:
    written: dict[str, Any] = {
        "routing_key_file": _file(pagerduty.routing_key, "PagerDuty routing_key", receiver),
        "send_resolved": pagerduty.send_resolved,
        "severity": '{{ or .CommonLabels.severity "error" }}',
    }
    if pagerduty.template:
        written["description"] = _use(pagerduty.template, "title")
        written["client_url"] = _use(pagerduty.template, "alertmanager_url")
    return written


def _use(template: str, part: str) -> str:
    return f'{{{{ template "{template}.{part}" . }}}}'


def _file(secret: Secret, what: str, declared: Receiver | Notifications) -> str:
    if secret.kind != "file":
        raise DeclarationError(
            f"{what}: Alertmanager does not read environment variables; put the secret into a file and name it, "
            f"for example Secret.file('/run/secrets/{secret.name.lower()}')",
            declared.source,
        )
    return secret.name


def _described(document: Document) -> tuple[str, str]:
    receivers = [receiver["name"] for receiver in document.data["receivers"]]
    return ", ".join(receivers), counted(len(receivers), "receiver")


OUTPUT = Output(
    kind="alertmanager",
    compile=compile_configurations,
    serialize=rule_yaml.serialize,
    mark=rule_yaml.HEADER,
    schema="alertmanager",
    holds="receivers",
    described=_described,
    api_version="Alertmanager 0.25",
)
