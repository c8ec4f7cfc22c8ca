"""Grafana-managed alert rules by the provisioning API, and as the UI edits them: section e of the recording."""

from __future__ import annotations

import copy
import re
from typing import Any

from flask import Blueprint, Response, request

from tests.grafana.double.access import VIEW, administers, denied, level, may, need_role, who
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
from tests.grafana.double.state import UID, UID_LENGTH, Json, Rule, State, now

routes = Blueprint("alert_rules", __name__)

SCHEDULER_INTERVAL = 10
DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
MILLISECONDS = (31536000000, 604800000, 86400000, 3600000, 60000, 1000, 1)
UNITS = ("y", "w", "d", "h", "m", "s", "ms")
NO_DATA_STATES = ("Alerting", "NoData", "OK", "KeepLast")
ERROR_STATES = ("Alerting", "Error", "OK", "KeepLast")
NEVER = "0001-01-01T00:00:00Z"
WRITES_RULE = (
    "any of alert.provisioning:write, alert.rules.provisioning:write, "
    "all of alert.rules:create, alert.provisioning.provenance:write"
)
WRITES_GROUP = (
    "any of alert.provisioning:write, alert.rules.provisioning:write, "
    "all of alert.rules:read, folders:read, alert.provisioning.provenance:write, "
    "any of alert.rules:write, alert.rules:create, alert.rules:delete"
)
READS_RULES = "any of alert.provisioning:read, alert.rules.provisioning:read, alert.rules:read"


def milliseconds(text: Any) -> int:
    """Return a Prometheus duration in milliseconds; anything else is `bad request data`."""
    match = DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if text == "0":
        return 0
    if match is None:
        raise bad_request()
    return sum(int(count or 0) * unit for count, unit in zip(match.groups(), MILLISECONDS, strict=True))


def duration(text: Any) -> str:
    """Return a duration as Prometheus' library writes it: `90s` is `1m30s`, none is `0s`."""
    left = milliseconds("0s" if text is None else text)
    written = ""
    for unit, size in zip(UNITS, MILLISECONDS, strict=True):
        if unit in {"y", "w"} and left % size:
            continue
        if left // size:
            written += f"{left // size}{unit}"
        left %= size
    return written or "0s"


def wanted_provenance() -> str:
    """Return the provenance that the request gives to what it writes."""
    return "" if request.headers.get("X-Disable-Provenance") == "true" else "api"


def queries(entries: Any, *, complete: bool) -> list[Json]:
    """Return a rule's queries as the API shows them; only what is read back has a complete model."""
    shown = []
    for entry in entries or []:
        model = entry.get("model") or {}
        shown.append(
            {
                "refId": entry.get("refId", ""),
                "queryType": entry.get("queryType", ""),
                "relativeTimeRange": entry.get("relativeTimeRange") or {"from": 0, "to": 0},
                "datasourceUid": entry.get("datasourceUid", ""),
                "model": ({"intervalMs": 1000, "maxDataPoints": 43200} | model) if complete else model,
            }
        )
    return shown


def read_rule(body: Any, *, complete: bool = True) -> Json:
    """Return a rule in the API's shape, without the keys that it does not know."""
    if not isinstance(body, dict):
        raise bad_request()
    try:
        data = queries(body.get("data"), complete=complete)
    except (AttributeError, TypeError) as error:
        raise bad_request() from error
    optional = {key: body[key] for key in ("annotations", "labels", "missingSeriesEvalsToResolve") if body.get(key)}
    return optional | {
        "id": body.get("id", 0),
        "uid": body.get("uid", ""),
        "orgID": body.get("orgID", 0),
        "folderUID": body.get("folderUID", ""),
        "ruleGroup": body.get("ruleGroup", ""),
        "title": body.get("title", ""),
        "condition": body.get("condition", ""),
        "data": data,
        "updated": body.get("updated", NEVER),
        "noDataState": body.get("noDataState", ""),
        "execErrState": body.get("execErrState", ""),
        "for": duration(body.get("for")),
        "keep_firing_for": duration(body.get("keep_firing_for")),
        "isPaused": bool(body.get("isPaused", False)),
        "notification_settings": body.get("notification_settings"),
        "record": body.get("record"),
    }


def invalid(reason: str) -> Refused:
    """Return a rule refused by its own content."""
    return refused(400, f"invalid alert rule: {reason}")


def invalid_later(reason: str) -> Refused:
    """Return a rule refused by a later check, which Grafana writes on a new line."""
    return refused(400, f"invalid alert rule\n{reason}")


def check_interval(seconds: int) -> None:
    """Refuse an interval that the scheduler cannot keep."""
    if seconds <= 0 or seconds % SCHEDULER_INTERVAL:
        raise invalid(
            f"interval ({seconds}s) should be non-zero and divided exactly by scheduler interval: {SCHEDULER_INTERVAL}"
        )


def check_rule(known: State, rule: Json) -> None:
    """Refuse a rule as Grafana does; PromQL, data sources and the condition are not looked at."""
    if not rule["folderUID"]:
        raise invalid("folderUID must be set")
    if not rule["title"]:
        raise invalid("title is empty")
    if not rule["data"]:
        raise invalid("no queries or expressions are found")
    if rule["record"]:
        # A recording rule has none of these, whatever was sent.
        rule |= {"condition": "", "noDataState": "", "execErrState": "", "for": "0s"}
    elif rule["noDataState"] not in NO_DATA_STATES:
        raise invalid(f"unknown NoData state option {rule['noDataState']}")
    elif rule["execErrState"] not in ERROR_STATES:
        raise invalid(f"unknown Error state option {rule['execErrState']}")
    annotations = rule.get("annotations", {})
    if ("__dashboardUid__" in annotations) != ("__panelId__" in annotations):
        raise invalid("both annotations __dashboardUid__ and __panelId__ must be specified")
    check_uid(rule["uid"])
    for query in rule["data"]:
        check_range(query)
    receiver = (rule["notification_settings"] or {}).get("receiver")
    if receiver and receiver not in {entry.receiver for entry in known.alertmanager.integrations}:
        raise invalid_later(f"receiver {receiver} does not exist")


def check_uid(uid: str) -> None:
    """Refuse a uid that is too long or has letters of other kinds."""
    if len(uid) > UID_LENGTH:
        raise invalid_later(f"cannot create rule with UID '{uid}': UID is longer than 40 symbols")
    if not UID.fullmatch(uid):
        reason = "invalid format of UID. Only letters, numbers, '-' and '_' are allowed"
        raise invalid_later(f"cannot create rule with UID '{uid}': {reason}")


def check_range(query: Json) -> None:
    """Refuse a query of a data source that looks at no time at all."""
    start, end = query["relativeTimeRange"].get("from", 0), query["relativeTimeRange"].get("to", 0)
    if query["datasourceUid"] != "__expr__" and start <= end:
        name = query["refId"]
        raise invalid_later(
            f"invalid alert query {name}: [alerting.alert-rule.invalidRelativeTime] "
            f"Invalid alert rule query {name}: invalid relative time range [From: {start}s, To: {end}s]"
        )


def conflict(uid: str) -> Refused:
    """Return what Grafana says when a uid is taken."""
    error = "UNIQUE constraint failed: alert_rule.org_id, alert_rule.uid"
    message = f"Failed to save alert rule '{uid}' in organization 1 due to conflict: {error}"
    return coded(409, "alerting.alert-rule.conflict", message, extra={"Error": error, "OrgID": 1, "RuleUID": uid})


def mismatch(operation: str, given: str, stored: str) -> Refused:
    """Return what Grafana says when something belongs to another way of provisioning."""
    message = f"cannot {operation} with provided provenance '{given}', needs '{stored}'"
    extra = {"Operation": operation, "ProvidedProvenance": given, "StoredProvenance": stored}
    return coded(409, "alerting.provenanceMismatch", message, extra=extra)


def shown(rule: Rule, *, provenance: bool) -> Json:
    """Return a rule as it is read back; in a group it does not tell its provenance."""
    more: Json = {"updated": rule.updated, "id": rule.id}
    if provenance and rule.provenance:
        more["provenance"] = rule.provenance
    return rule.body | more


def store(known: State, body: Json, provenance: str) -> Rule:
    """Keep a rule, new or changed; a change raises its version."""
    body = copy.deepcopy(body)
    body["uid"] = body["uid"] or made_uid()
    stored = known.rules.get(body["uid"])
    if stored is None:
        stored = Rule(next(known.rule_ids), body, provenance)
        known.rules[body["uid"]] = stored
    else:
        left_out = {"id", "updated"}
        if {k: v for k, v in stored.body.items() if k not in left_out} != {
            k: v for k, v in body.items() if k not in left_out
        }:
            stored.version += 1
        stored.body, stored.provenance, stored.updated = body, provenance, now()
    return stored


def in_group(known: State, folder: str, group: str) -> list[Rule]:
    """Return the rules of a group in their order."""
    return [rule for rule in known.rules.values() if rule.group == (folder, group)]


def has_orphans(known: State) -> bool:
    """Whether a rule lies in a folder that is not there, which breaks alerting for all but administrators."""
    return any(rule.group[0] not in known.folders for rule in known.rules.values())


@routes.get("/api/v1/provisioning/alert-rules")
def get_rules() -> Response:
    """List all rules that may be seen; unlike in a group, with their provenance."""
    known, identity = state(), who()
    if not administers(identity) and has_orphans(known):
        raise coded(500, "accesscontrol.internal", "InternalError")
    seen = [rule for rule in known.rules.values() if administers(identity) or may(identity, "Viewer")]
    return answer([shown(rule, provenance=True) for rule in sorted(seen, key=lambda rule: rule.group)])


@routes.post("/api/v1/provisioning/alert-rules")
def post_rule() -> Response:
    """Make one rule; its folder must be there."""
    known = state()
    need_role("Editor", WRITES_RULE)
    if not administers(who()) and has_orphans(known):
        raise refused(500, "Internal Server Error")
    body = read_rule(read_object(content_type=False))
    if not body["folderUID"]:
        raise invalid("folderUID must be set")
    if not body["ruleGroup"]:
        check_interval(0)
    check_rule(known, body)
    if body["folderUID"] not in known.folders:
        raise invalid("folder does not exist")
    if body["uid"] in known.rules:
        raise conflict(body["uid"])
    rule = store(known, body, wanted_provenance())
    known.intervals.setdefault(rule.group, 60)
    return answer(shown(rule, provenance=True), 201)


@routes.get("/api/v1/provisioning/alert-rules/<uid>")
def get_rule(uid: str) -> Response:
    """Show one rule with its provenance; a missing one is an empty 404."""
    rule = state().rules.get(uid)
    if rule is None:
        raise Refused(404, None)
    if not may(who(), "Viewer") and level(state(), who(), rule.group[0]) < VIEW:
        raise denied(READS_RULES)
    return answer(shown(rule, provenance=True))


@routes.put("/api/v1/provisioning/alert-rules/<uid>")
def put_rule(uid: str) -> Response:
    """Change one rule; neither a file's rule nor, with the header, a provisioned one."""
    known = state()
    need_role("Editor", WRITES_RULE)
    body = read_rule(read_object(content_type=False)) | {"uid": uid}
    check_rule(known, body)
    stored = known.rules.get(uid)
    if stored is None:
        raise Refused(404, None)
    if stored.provenance not in {"", wanted_provenance()}:
        raise refused(500, "Internal Server Error")
    return answer(shown(store(known, body, wanted_provenance()), provenance=True))


@routes.delete("/api/v1/provisioning/alert-rules/<uid>")
def delete_rule(uid: str) -> Response:
    """Remove one rule; 204 also when there is none."""
    known = state()
    need_role("Editor", WRITES_RULE)
    stored = known.rules.get(uid)
    if stored is not None and stored.provenance == "file":
        raise mismatch("delete", wanted_provenance(), "file")
    known.rules.pop(uid, None)
    return answer(None, 204)


GROUP = "/api/v1/provisioning/folder/<folder>/rule-groups/<path:group>"


def group_not_found() -> Refused:
    """Return what Grafana says of a group that has no rules."""
    return coded(404, "alerting.alert-rule.notFound", "NotFound")


def need_group_rights(known: State, folder: str) -> None:
    """Refuse whoever may not write rules in a folder; an administrator may even where there is none."""
    identity = who()
    allowed = may(identity, "Editor") and folder in known.folders and level(known, identity, folder) >= VIEW
    if not (administers(identity) or allowed):
        raise denied(WRITES_GROUP)


@routes.get(GROUP)
def get_group(folder: str, group: str) -> Response:
    """Show a group with its interval in seconds."""
    known = state()
    rules = in_group(known, folder, group)
    if not rules:
        raise group_not_found()
    if not may(who(), "Viewer") and level(known, who(), folder) < VIEW:
        raise denied(READS_RULES)
    listed = [shown(rule, provenance=False) for rule in rules]
    interval = known.intervals[(folder, group)]
    return answer({"title": group, "folderUid": folder, "interval": interval, "rules": listed})


def check_group(known: State, folder: str, group: str, rules: list[Json], provenance: str) -> None:
    """Refuse a group before anything of it is written."""
    for rule in rules:
        check_rule(known, rule)
    uids = [rule["uid"] for rule in rules if rule["uid"]]
    for uid in uids:
        if uids.count(uid) > 1:
            raise conflict(uid)
    touched = {rule.uid: rule for rule in in_group(known, folder, group)}
    touched |= {uid: known.rules[uid] for uid in uids if uid in known.rules}
    if any(rule.provenance == "file" for rule in touched.values()):
        raise mismatch("update", provenance, "file")


@routes.put(GROUP)
def put_group(folder: str, group: str) -> Response:
    """Replace a whole group: what is not in it any more goes, what has no uid goes and comes anew."""
    known = state()
    need_group_rights(known, folder)
    body = read_object(content_type=False)
    interval, sent = body.get("interval", 0), body.get("rules") or []
    if not isinstance(interval, int) or not isinstance(sent, list):
        raise bad_request()
    echo = [read_rule(entry, complete=False) for entry in sent]
    answered = {"title": group, "folderUid": folder, "interval": interval, "rules": echo}
    rules = [read_rule(entry) | {"folderUID": folder, "ruleGroup": group, "orgID": 1} for entry in sent]
    check_interval(interval)
    check_group(known, folder, group, rules, wanted_provenance())
    kept = {rule["uid"] for rule in rules}
    for stored in in_group(known, folder, group):
        if stored.uid not in kept:
            del known.rules[stored.uid]
    ordered = [store(known, rule, wanted_provenance()) for rule in rules]
    for rule in ordered:  # the order of the group is the order of the request
        known.rules[rule.uid] = known.rules.pop(rule.uid)
    known.intervals[(folder, group)] = interval
    return answer(answered)


@routes.delete(GROUP)
def delete_group(folder: str, group: str) -> Response:
    """Remove a group with all its rules."""
    known = state()
    need_group_rights(known, folder)
    rules = in_group(known, folder, group)
    if not rules:
        raise group_not_found()
    if any(rule.provenance == "file" for rule in rules):
        raise mismatch("delete", wanted_provenance(), "file")
    for rule in rules:
        del known.rules[rule.uid]
    return answer(None, 204)


RULER = "/api/ruler/grafana/api/v1/rules/<folder>"


@routes.post(RULER)
def post_ruler_group(folder: str) -> Response:
    """Save a group as the UI does: refused where it is provisioned; a rule without uid comes anew."""
    known = state()
    need_group_rights(known, folder)
    body = read_object(content_type=False)
    group = body["name"]
    stored = {rule.uid: rule for rule in in_group(known, folder, group)}
    sent = [from_ruler(entry, folder, group) for entry in body.get("rules", [])]
    if any(rule.provenance for rule in stored.values()):
        where = f"alert rule group [{{orgID: 1, namespaceUID: {folder}, groupName: {group}}}]"
        reason = "request affects resources created via provisioning API"
        raise refused(400, f"failed to update rule group: {reason}: {where}")
    uids = {rule["uid"] for rule in sent}
    deleted = [uid for uid in stored if uid not in uids]
    for uid in deleted:
        del known.rules[uid]
    before = set(known.rules)
    saved = [store(known, rule, "") for rule in sent]
    known.intervals[(folder, group)] = milliseconds(body.get("interval", "1m")) // 1000
    told: Json = {"message": "rule group updated successfully"}
    changes = {
        "created": [rule.uid for rule in saved if rule.uid not in before],
        "updated": [rule.uid for rule in saved if rule.uid in before],
        "deleted": deleted,
    }
    return answer(told | {word: uids_of for word, uids_of in changes.items() if uids_of}, 202)


def from_ruler(entry: Json, folder: str, group: str) -> Json:
    """Return a rule of the UI's shape in the provisioning API's; its uid is read inside `grafana_alert` only."""
    alert = entry["grafana_alert"]
    return read_rule(
        {
            "uid": alert.get("uid", ""),
            "orgID": 1,
            "folderUID": folder,
            "ruleGroup": group,
            "title": alert["title"],
            "condition": alert.get("condition", ""),
            "data": alert.get("data", []),
            "noDataState": alert.get("no_data_state", "NoData"),
            "execErrState": alert.get("exec_err_state", "Error"),
            "for": entry.get("for"),
            "keep_firing_for": entry.get("keep_firing_for"),
            "annotations": entry.get("annotations"),
            "labels": entry.get("labels"),
            "isPaused": alert.get("is_paused", False),
        }
    )
