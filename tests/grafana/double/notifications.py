"""Contact points, policies, mute timings and templates: section e of the recording.

All of them lie in one Alertmanager configuration, which Grafana reads, changes and writes as a whole: of two writes at
once, one fails with 500.
"""

from __future__ import annotations

import copy
import hashlib
import re
from typing import Any

import orjson
import yaml
from flask import Blueprint, Response, g, request

from tests.grafana.double.access import READS_NOTIFICATIONS, WRITES_NOTIFICATIONS, may, need_role, who
from tests.grafana.double.alert_rules import milliseconds, mismatch, wanted_provenance
from tests.grafana.double.answers import (
    Refused,
    answer,
    bad_request,
    coded,
    made_uid,
    read_object,
    refused,
    state,
)
from tests.grafana.double.state import Alertmanager, Integration, Json, State, Stored, default_policies

routes = Blueprint("notifications", __name__)

BASE = "/api/v1/provisioning"
REDACTED = "[REDACTED]"
# What is secret in the settings of an integration. The recording has slack's token and webhook's password.
SECRETS = {
    "discord": {"url"},
    "googlechat": {"url"},
    "opsgenie": {"apiKey"},
    "pagerduty": {"integrationKey"},
    "slack": {"token", "url"},
    "telegram": {"bottoken"},
    "webhook": {"password", "authorization_credentials"},
}
INTEGRATIONS = {
    "alertmanager",
    "dingding",
    "email",
    "jira",
    "kafka",
    "line",
    "mqtt",
    "oncall",
    "prometheus-alertmanager",
    "pushover",
    "sensugo",
    "sns",
    "teams",
    "threema",
    "victorops",
    "webex",
    "wecom",
    *SECRETS,
}
MATCHER = re.compile(r"=|!=|=~|!~")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
ROUTE_KEYS = (
    "receiver",
    "group_by",
    "matchers",
    "object_matchers",
    "mute_time_intervals",
    "active_time_intervals",
    "continue",
    "routes",
    "group_wait",
    "group_interval",
    "repeat_interval",
)


def arrive(known: State) -> None:
    """Note the configuration that a write starts from, before it gets the lock."""
    g.alertmanager_version = known.alertmanager.version
    if known.meeting is not None:
        known.meeting.wait()


def commit(known: State, failure: str = "Internal Server Error") -> None:
    """Write the configuration, unless somebody else has written since this request arrived."""
    if g.get("alertmanager_version", known.alertmanager.version) != known.alertmanager.version:
        raise refused(500, failure)
    known.alertmanager.version += 1


def need_reader() -> None:
    """Refuse whoever may not see notifications."""
    need_role("Viewer", READS_NOTIFICATIONS)


def need_writer() -> None:
    """Refuse whoever may not change notifications."""
    need_role("Editor", WRITES_NOTIFICATIONS)


def check_relaxed(stored: str) -> None:
    """Refuse to make something provisioned editable; a file's thing may be taken over by the API.

    Recorded for policies; that mute timings and templates do the same is our reading.
    """
    if stored and not wanted_provenance():
        message = (
            f"Resource with provenance status '{stored}' cannot be managed via API that handles resources with "
            "provenance status 'none'. You must use appropriate API to manage this resource"
        )
        extra = {"SourceProvenance": stored, "TargetProvenance": "none"}
        raise coded(403, "alerting.notifications.invalidProvenance", message, extra=extra)


def fingerprint(body: Json) -> str:
    """Return the version of a mute timing or template: a hash of what it says."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


# Contact points


def shown_integration(integration: Integration) -> Json:
    """Return an integration with its secrets blacked out."""
    secret = SECRETS.get(integration.type, set())
    settings = {key: REDACTED if key in secret and entry else entry for key, entry in integration.settings.items()}
    return {
        "uid": integration.uid,
        "name": integration.name,
        "type": integration.type,
        "settings": settings,
        "disableResolveMessage": integration.disable_resolve_message,
    }


def with_provenance(body: Json, provenance: str) -> Json:
    """Return what a list shows: the provenance where there is one."""
    return body | ({"provenance": provenance} if provenance else {})


def unspecified(reason: str) -> Refused:
    """Return a contact point refused by its own content."""
    return refused(400, f"invalid object specification: {reason}")


def read_integration(body: Json, uid: str) -> Integration:
    """Return the integration that a request describes, or refuse it as Grafana does."""
    name, kind, settings = body.get("name", ""), body.get("type", ""), body.get("settings")
    if not name:
        raise unspecified("name is required")
    if kind not in INTEGRATIONS:
        raise unspecified(f"unknown integration type: {kind}")
    failed = f'failed to validate integration "{name}" (UID {uid}) of type "{kind}"'
    if not isinstance(settings, dict):
        what = f"v1.{kind}SettingsRaw"
        reason = f"json: cannot unmarshal string into Go value of type {what}"
        raise unspecified(f"{failed}: failed to unmarshal settings: {reason}")
    if kind == "webhook" and not settings.get("url"):
        raise unspecified(f"{failed}: required field 'url' is not specified")
    disabled = bool(body.get("disableResolveMessage", False))
    return Integration(uid, name, name, kind, copy.deepcopy(settings), disabled)


def integrations_of(manager: Alertmanager, receiver: str) -> list[Integration]:
    """Return the integrations of one contact point."""
    return [entry for entry in manager.integrations if entry.receiver == receiver]


def by_uid(manager: Alertmanager, uid: str) -> Integration | None:
    """Return the integration with a uid; the one of the default contact point has none."""
    return next((entry for entry in manager.integrations if uid and entry.uid == uid), None)


@routes.get(f"{BASE}/contact-points")
def get_contact_points() -> Response:
    """List the integrations by contact point, with their secrets blacked out."""
    need_reader()
    name = request.args.get("name")
    listed = [
        with_provenance(shown_integration(entry), entry.provenance)
        for entry in sorted(state().alertmanager.integrations, key=lambda entry: (entry.name, entry.uid))
        if name is None or entry.receiver == name
    ]
    return answer(listed)


@routes.post(f"{BASE}/contact-points")
def post_contact_point() -> Response:
    """Add an integration: to a contact point of this name if there is one; without uid, one more at each call."""
    known = state()
    need_writer()
    body = read_object(content_type=False)
    integration = read_integration(body, body.get("uid") or made_uid())
    taken = by_uid(known.alertmanager, integration.uid)
    if taken is not None:
        message = (
            f"Receiver configuration with UID '{taken.uid}' already exists in contact point '{taken.receiver}'. "
            "Please use unique identifiers for receivers across all contact points."
        )
        extra = {"Name": taken.receiver, "UID": taken.uid}
        raise coded(409, "alerting.notifications.contact-points.uidInUse", message, extra=extra)
    commit(known)
    integration.provenance = wanted_provenance()
    known.alertmanager.integrations.append(integration)
    return answer(shown_integration(integration), 202)


@routes.put(f"{BASE}/contact-points/<uid>")
def put_contact_point(uid: str) -> Response:
    """Change an integration; `[REDACTED]` keeps a secret, leaving it out deletes it."""
    known = state()
    need_writer()
    changed = read_integration(read_object(content_type=False), uid)
    manager = known.alertmanager
    stored = by_uid(manager, uid)
    if stored is None:
        raise refused(404, f"object not found: contact point with uid '{uid}' not found")
    wanted = wanted_provenance()
    if stored.provenance not in {"", wanted}:
        raise refused(500, f"cannot change provenance from '{stored.provenance}' to '{wanted}'")
    for key in SECRETS.get(changed.type, set()):
        if changed.settings.get(key) == REDACTED:
            changed.settings[key] = stored.settings.get(key, "")
    commit(known)
    changed.provenance = wanted
    manager.integrations[manager.integrations.index(stored)] = changed
    if stored.receiver != changed.receiver and not integrations_of(manager, stored.receiver):
        rename_receiver(manager.policies, stored.receiver, changed.receiver)
    return answer({"message": "contactpoint updated"}, 202)


@routes.delete(f"{BASE}/contact-points/<uid>")
def delete_contact_point(uid: str) -> Response:
    """Remove an integration; the last one of a contact point in use stays."""
    known = state()
    need_writer()
    manager = known.alertmanager
    stored = by_uid(manager, uid)
    if stored is not None:
        if integrations_of(manager, stored.receiver) == [stored]:
            check_unused(known, stored.receiver)
        if stored.provenance == "file":
            raise mismatch("delete", wanted_provenance(), "file")
        commit(known)
        manager.integrations.remove(stored)
    return answer({"message": "contactpoint deleted"}, 202)


def check_unused(known: State, receiver: str) -> None:
    """Refuse to remove a contact point to which a policy or a rule sends."""
    if receiver in {route.get("receiver") for route in all_routes(known.alertmanager.policies)}:
        message = "Contact point is currently referenced by a notification policy."
        raise coded(409, "alerting.notifications.contact-points.referenced", message)
    settings = [rule.body["notification_settings"] or {} for rule in known.rules.values()]
    if any(entry.get("receiver") == receiver for entry in settings):
        message = "Contact point is currently used in the notification settings of one or many alert rules."
        raise coded(409, "alerting.notifications.contact-points.used-by-rule", message)


@routes.get(f"{BASE}/contact-points/export")
def export_contact_points() -> Response:
    """Write contact points as a provisioning file; their secrets only for an administrator."""
    need_reader()
    decrypt, name = request.args.get("decrypt") == "true", request.args.get("name")
    if decrypt and not may(who(), "Admin"):
        rights = "any(any of alert.provisioning.secrets:read any of alert.notifications.receivers.secrets:read)"
        message = "user is not authorized to read any decrypted receiver"
        raise coded(403, "alerting.unauthorized", message, extra={"permissions": rights})
    points: dict[str, list[Json]] = {}
    for entry in sorted(state().alertmanager.integrations, key=lambda entry: (entry.name, entry.uid)):
        if name is None or entry.receiver == name:
            shown = shown_integration(entry) | ({"settings": entry.settings} if decrypt else {})
            del shown["name"]
            points.setdefault(entry.receiver, []).append(shown)
    listed = [{"orgId": 1, "name": receiver, "receivers": entries} for receiver, entries in points.items()]
    exported = {"apiVersion": 1, "contactPoints": listed}
    if request.args.get("format") == "json":
        return answer(exported)
    return Response(yaml.safe_dump(exported, indent=4, sort_keys=False), content_type="text/yaml")


# Policies


def all_routes(route: Json) -> list[Json]:
    """Return a route and all routes in it."""
    return [route, *(inner for child in route.get("routes", []) for inner in all_routes(child))]


def rename_receiver(policies: Json, old: str, new: str) -> None:
    """Let every route that sent to one contact point send to another one."""
    for route in all_routes(policies):
        if route.get("receiver") == old:
            route["receiver"] = new


def read_route(body: Any) -> Json:
    """Return a route without empty keys; a wrong matcher or duration is `bad request data`."""
    if not isinstance(body, dict):
        raise bad_request()
    for matcher in body.get("object_matchers") or []:
        if not (isinstance(matcher, list) and len(matcher) == 3 and MATCHER.fullmatch(matcher[1])):
            raise bad_request()
    for key in ("group_wait", "group_interval", "repeat_interval"):
        if body.get(key) is not None:
            milliseconds(body[key])
    route = {key: body[key] for key in ROUTE_KEYS if body.get(key)}
    if "routes" in route:
        route["routes"] = [read_route(child) for child in route["routes"]]
    return route


def check_routes(manager: Alertmanager, tree: Json) -> None:
    """Refuse a tree that names a contact point or mute timing that is not there."""
    receivers = {entry.receiver for entry in manager.integrations}
    for route in all_routes(tree):
        receiver = route.get("receiver")
        if receiver and receiver not in receivers:
            raise invalid_route(f"receiver '{receiver}' does not exist")
        for timing in [*route.get("mute_time_intervals", []), *route.get("active_time_intervals", [])]:
            if timing not in manager.mute_timings:
                raise invalid_route(f"mute time interval '{timing}' does not exist")


def invalid_route(reason: str) -> Refused:
    """Return a refused policy tree."""
    message = f"Invalid format of the submitted route: {reason}. Correct the payload and try again."
    return coded(400, "alerting.notifications.routes.invalidFormat", message, extra={"Error": reason})


@routes.get(f"{BASE}/policies")
def get_policies() -> Response:
    """Show the whole tree."""
    need_reader()
    manager = state().alertmanager
    return answer(with_provenance(manager.policies, manager.policies_provenance))


@routes.put(f"{BASE}/policies")
def put_policies() -> Response:
    """Replace the whole tree; the last writer wins."""
    known = state()
    need_writer()
    tree = read_route(read_object(content_type=False))
    if not tree.get("receiver") or tree.get("matchers") or tree.get("object_matchers"):
        raise bad_request()
    check_relaxed(known.alertmanager.policies_provenance)
    check_routes(known.alertmanager, tree)
    commit(known, "failed to update notification policy tree")
    known.alertmanager.policies = tree
    known.alertmanager.policies_provenance = wanted_provenance()
    return answer({"message": "policies updated"}, 202)


@routes.delete(f"{BASE}/policies")
def delete_policies() -> Response:
    """Bring back the tree of a new Grafana."""
    known = state()
    need_writer()
    commit(known, "failed to update notification policy tree")
    known.alertmanager.policies, known.alertmanager.policies_provenance = default_policies(), ""
    return answer(default_policies(), 202)


# Mute timings


def timing_not_found() -> Refused:
    """Return what Grafana says of a missing mute timing."""
    return coded(404, "alerting.notifications.time-intervals.notFound", "NotFound")


def stale() -> Refused:
    """Return what Grafana says to a version that is not the stored one."""
    return coded(409, "alerting.notifications.conflict", "Conflict")


def read_timing(body: Json, name: str) -> Json:
    """Return a mute timing; a wrong time of day is `bad request data`."""
    intervals = body.get("time_intervals") or []
    for interval in intervals:
        for times in interval.get("times") or []:
            if not (CLOCK.fullmatch(times.get("start_time", "")) and CLOCK.fullmatch(times.get("end_time", ""))):
                raise bad_request()
    return {"name": name, "time_intervals": intervals}


def shown_stored(stored: Stored) -> Json:
    """Return a mute timing or template with version and provenance."""
    return with_provenance(stored.body | {"version": fingerprint(stored.body)}, stored.provenance)


@routes.get(f"{BASE}/mute-timings")
def get_mute_timings() -> Response:
    """List the mute timings by name."""
    need_reader()
    return answer([shown_stored(entry) for _, entry in sorted(state().alertmanager.mute_timings.items())])


@routes.get(f"{BASE}/mute-timings/<path:name>")
def get_mute_timing(name: str) -> Response:
    """Show one mute timing."""
    need_reader()
    stored = state().alertmanager.mute_timings.get(name)
    if stored is None:
        raise timing_not_found()
    return answer(shown_stored(stored))


@routes.post(f"{BASE}/mute-timings")
def post_mute_timing() -> Response:
    """Make a mute timing; one that is there is 400, not 409."""
    known = state()
    need_writer()
    body = read_object(content_type=False)
    timing = read_timing(body, str(body.get("name", "")))
    if timing["name"] in known.alertmanager.mute_timings:
        message = "Time interval with this name already exists. Use a different name or update existing one."
        raise coded(400, "alerting.notifications.time-intervals.nameExists", message)
    commit(known, "failed to create mute timing")
    stored = Stored(timing, wanted_provenance())
    known.alertmanager.mute_timings[timing["name"]] = stored
    return answer(shown_stored(stored), 201)


@routes.put(f"{BASE}/mute-timings/<path:name>")
def put_mute_timing(name: str) -> Response:
    """Change a mute timing, if the version that is given, if any, is the stored one."""
    known = state()
    need_writer()
    body = read_object(content_type=False)
    timing = read_timing(body, name)
    stored = known.alertmanager.mute_timings.get(name)
    if stored is None:
        raise timing_not_found()
    if body.get("version") not in {None, "", fingerprint(stored.body)}:
        raise stale()
    check_relaxed(stored.provenance)
    commit(known, "failed to update mute timing")
    stored.body, stored.provenance = timing, wanted_provenance()
    return answer(shown_stored(stored), 202)


@routes.delete(f"{BASE}/mute-timings/<path:name>")
def delete_mute_timing(name: str) -> Response:
    """Remove a mute timing that no route uses."""
    known = state()
    need_writer()
    stored = known.alertmanager.mute_timings.get(name)
    if stored is not None:
        if request.args.get("version", "") not in {"", fingerprint(stored.body)}:
            raise stale()
        tree = all_routes(known.alertmanager.policies)
        used = [*(route.get("mute_time_intervals", []) + route.get("active_time_intervals", []) for route in tree)]
        if any(name in names for names in used):
            message_id = "alerting.notifications.time-intervals.used"
            raise coded(409, message_id, "Conflict", extra={"UsedByRoutes": True})
        commit(known, "failed to delete mute timing")
        del known.alertmanager.mute_timings[name]
    return answer(None, 204)


# Templates


def read_template(name: str, text: str) -> Json:
    """Return a template; a text that defines nothing is wrapped into a definition of its name."""
    opened = len(re.findall(r"{{-?\s*(?:define|if|range|with|block)\b", text))
    if opened != len(re.findall(r"{{-?\s*end\b", text)):
        message = "Template is in invalid format. Correct the payload and try again."
        extra = {"Error": "invalid template: template: :1: unexpected EOF"}
        raise coded(400, "alerting.notifications.templates.invalidFormat", message, extra=extra)
    if not re.search(r"{{-?\s*define\b", text):
        indented = "\n".join(f"  {line}" for line in text.splitlines())
        text = f'{{{{ define "{name}" }}}}\n{indented}\n{{{{ end }}}}'
    return {"name": name, "template": text}


@routes.get(f"{BASE}/templates")
def get_templates() -> Response:
    """List the templates by name."""
    need_reader()
    return answer([shown_stored(entry) for _, entry in sorted(state().alertmanager.templates.items())])


@routes.get(f"{BASE}/templates/<path:name>")
def get_template(name: str) -> Response:
    """Show one template."""
    need_reader()
    stored = state().alertmanager.templates.get(name)
    if stored is None:
        raise coded(404, "alerting.notifications.templates.notFound", "NotFound")
    return answer(shown_stored(stored))


@routes.put(f"{BASE}/templates/<path:name>")
def put_template(name: str) -> Response:
    """Make or change a template, if the version that is given, if any, is the stored one."""
    known = state()
    need_writer()
    body = read_object(content_type=False)
    template = read_template(name, str(body.get("template", "")))
    stored = known.alertmanager.templates.get(name)
    if stored is not None:
        if body.get("version") not in {None, "", fingerprint(stored.body)}:
            raise stale()
        check_relaxed(stored.provenance)
    commit(known, "failed to update template")
    known.alertmanager.templates[name] = Stored(template, wanted_provenance())
    return answer(shown_stored(known.alertmanager.templates[name]), 202)


@routes.delete(f"{BASE}/templates/<path:name>")
def delete_template(name: str) -> Response:
    """Remove a template; 204 also when there is none."""
    known = state()
    need_writer()
    if name in known.alertmanager.templates:
        commit(known, "failed to delete template")
        del known.alertmanager.templates[name]
    return answer(None, 204)
