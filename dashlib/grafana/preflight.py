"""Checks before anything is written: the Grafana, permissions, datasources and queries."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import attrs

from dashlib.compile.outputs import output_of
from dashlib.documents.dashboards import Dashboard
from dashlib.documents.rules import RuleGroup
from dashlib.documents.values import text_of
from dashlib.errors import DashlibError, RefusedError, RemoteError, UnreachableError
from dashlib.grafana.datasources import DATASOURCE_TYPE, Datasource, is_of, title_of
from dashlib.grafana.links import dashboards_linked
from dashlib.grafana.objects import DASHBOARD, FOLDER, LIBRARY_PANEL, RULE_GROUP
from dashlib.grafana.remote import (
    PROVISIONING,
    dashboards_with,
    folders_in,
    get_dashboard,
    library_panels_named,
    read_folder,
)
from dashlib.grafana.state import STATE_TAG, PushState, read_state, state_uid
from dashlib.grafana.targets import KEEP_VARIABLE
from dashlib.promql import duration_seconds
from dashlib.promql.variables import has_variable, replaced
from dashlib.servers.grafana import (
    BAD_REQUEST,
    FORBIDDEN,
    LARGEST_LIST,
    NOT_FOUND,
    OK,
    SERVER_ERROR,
    Client,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dashlib.grafana.json_types import Json
    from dashlib.grafana.objects import Item
    from dashlib.grafana.plan import Change, Plan

LEAST_VERSION = (10, 4)
_UNAVAILABLE = 503
_DEFAULT_REFRESH_FLOOR = "5s"
_QUERIES_AT_ONCE = 50
_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
# How many objects a page of a search lists: Grafana's maximum.
_PAGE = 5000


class CheckError(DashlibError):
    """A check before writing found something; nothing was written. Exit code 1."""

    exit_code = 1


@attrs.frozen
class Instance:
    """What a Grafana reports about itself.

    Attributes:
        version: for example `12.3.0`; empty if it is hidden.
        org_id: ID of the current organization.
        refresh_floor: its minimum refresh interval of a dashboard.
    """

    version: str
    org_id: int
    refresh_floor: str


def ask_instance(client: Client) -> Instance:
    """Make sure that this is a supported Grafana and that authentication works.

    Raises:
        RemoteError: either is not the case.
    """
    try:
        health = client.get("/api/health", accept=(OK, _UNAVAILABLE, FORBIDDEN, NOT_FOUND))
    except RefusedError as error:
        raise _no_grafana(client, "/api/health", error.status) from None
    data = health.data if isinstance(health.data, dict) else {}
    if health.status == OK and "database" not in data:
        raise _no_grafana(client, "/api/health", health.status)
    if health.status == _UNAVAILABLE:
        said = "reports a database failure" if "database" in data else "is not available (503)"
        raise UnreachableError(f"Grafana at {client.url} {said}; nothing was written, try again later")
    version = str(data.get("version") or "")
    found = re.match(r"(\d+)\.(\d+)", version)
    if found and (int(found[1]), int(found[2])) < LEAST_VERSION:
        least = ".".join(map(str, LEAST_VERSION))
        raise UnreachableError(f"Grafana at {client.url} is {version}; dashlib's dashboards need {least} or newer")
    org_id = _organization(client, known=health.status == OK)
    settings = client.get("/api/frontend/settings", accept=(OK, 401, FORBIDDEN, NOT_FOUND), largest=LARGEST_LIST).data
    floor = settings.get("minRefreshInterval") if isinstance(settings, dict) else None
    return Instance(version, org_id, str(floor or _DEFAULT_REFRESH_FLOOR))


def _no_grafana(client: Client, path: str, status: int) -> UnreachableError:
    return UnreachableError(
        f"{client.url} is not Grafana: it answered {path} with {status}; use the URL of Grafana, including its sub-path"
    )


def _organization(client: Client, *, known: bool) -> int:
    """Return the ID of the current organization.

    Args:
        client: the Grafana.
        known: `/api/health` answered like a Grafana; a proxy may hide it.
    """
    accept = (OK, FORBIDDEN) if known else (OK, FORBIDDEN, NOT_FOUND)
    answer = client.get("/api/org", accept=accept, needs=("id",))
    if answer.status == NOT_FOUND:
        raise _no_grafana(client, "/api/org", answer.status)
    if answer.status == OK:
        return int(answer.data["id"] or 1)
    # Role None may not read that. It may read its own user and organization: without any permission in the configured
    # one, that is another one.
    own = int(client.get("/api/user", needs=("orgId",)).data["orgId"] or 1)
    if client.org_id not in (0, own):
        raise client.no_organization()
    return own


def floored(refresh: object, floor: str) -> object:
    """Return a dashboard's refresh as Grafana will store it: no shorter than its minimum."""
    if not isinstance(refresh, str) or not refresh:
        return refresh
    try:
        return floor if duration_seconds(refresh) < duration_seconds(floor) else refresh
    except ValueError:
        return refresh


# --- datasources ----------------------------------------------------------------------------------------------------


def list_datasources(client: Client) -> list[Json] | None:
    """Return the datasources of a Grafana; None where the token may not list them."""
    answer = client.get("/api/datasources", accept=(OK, FORBIDDEN), largest=LARGEST_LIST, each=("uid", "type"))
    return None if answer.status == FORBIDDEN else list(answer.data or ())


def choose_datasource(
    client: Client, kind: str, wanted: str, listed: Callable[[], Sequence[Json] | None], *, check: bool
) -> tuple[Datasource, list[str]]:
    """Return the datasource of a type that the dashboards use, and what could not be checked about it.

    Args:
        client: the Grafana.
        kind: Grafana's id of the datasource plugin.
        wanted: UID or name; empty, or `variable`, for the default, or the only one of that type.
        listed: asks for those that there are; None where the token may not list them.
        check: check that it works.

    Raises:
        RemoteError: it does not exist, or does not work.
    """
    found: Json | None
    is_only = False
    if wanted in ("", KEEP_VARIABLE):
        found, is_only = _default(client, kind, listed())
    else:
        found = _named(client, kind, wanted)
    if found is None:
        unchecked = " and skips checking queries" if check and kind == DATASOURCE_TYPE else ""
        said = (
            f"the token may not read datasources: dashlib assumes that {wanted!r} is the UID of a {title_of(kind)}"
            f"{unchecked}"
        )
        return Datasource(wanted, wanted, kind, verified=False), [said]
    if not is_of(kind, found.get("type")):
        raise RemoteError(
            f"datasource {found.get('name')!r} of Grafana at {client.url} is of type {found.get('type')}, not "
            f"{title_of(kind)}; choose another one ({_how_to_choose(kind)})"
        )
    name = str(found.get("name") or found["uid"])
    is_default = bool(found.get("isDefault"))
    datasource = Datasource(str(found["uid"]), name, str(found["type"]), default=is_default, only=is_only)
    return datasource, _answers(client, datasource) if check else []


def default_datasource(client: Client, listed: Sequence[Json] | None) -> tuple[Datasource | None, list[str]]:
    """Return a Grafana's default datasource, of whatever type; None where the token may not tell, with a note.

    Raises:
        RemoteError: that Grafana has no default one.
    """
    if listed is None:
        return None, ["the token may not list datasources: what means the default one is left to Grafana"]
    default = next((each for each in listed if each.get("isDefault")), listed[0] if len(listed) == 1 else None)
    if default is None:
        raise RemoteError(
            f"Grafana at {client.url} has no default datasource, which panels without a datasource mean; make one the "
            "default under Connections, or name it in the panels: dataSource='…'"
        )
    name, kind = str(default.get("name") or default["uid"]), str(default["type"])
    return Datasource(str(default["uid"]), name, kind, default=True), []


def _how_to_choose(kind: str) -> str:
    if kind == DATASOURCE_TYPE:
        return "datasource = … in the configuration, or --datasource"
    return f"datasources.{kind} = … in the configuration, or --datasource {kind}=…"


def _default(client: Client, kind: str, listed: Sequence[Json] | None) -> tuple[Json, bool]:
    """Return the datasource of a type where none is named, and whether there is no other."""
    title = title_of(kind)
    if listed is None:
        raise RefusedError(
            f"the token may not list datasources; set the UID of the {title} datasource: {_how_to_choose(kind)}",
            FORBIDDEN,
        )
    fitting = [item for item in listed if is_of(kind, item.get("type"))]
    default = [item for item in fitting if item.get("isDefault")]
    chosen: list[Json] = default or fitting
    if len(chosen) == 1:
        return chosen[0], len(fitting) == 1
    if not chosen:
        raise RemoteError(f"Grafana at {client.url} has no {title} datasource; add one under Connections")
    names = ", ".join(f"{item.get('name')!r} ({item.get('uid')})" for item in chosen)
    raise RemoteError(
        f"Grafana at {client.url} has several {title} datasources and none is the default: {names}; choose one: "
        f"{_how_to_choose(kind)}"
    )


def _named(client: Client, kind: str, wanted: str) -> Json | None:
    """Return a datasource by UID or name; None if the token may not read it and it may be a UID."""
    forbidden = False
    for path in (f"/api/datasources/uid/{quoted(wanted)}", f"/api/datasources/name/{quoted(wanted)}"):
        answer = client.get(path, accept=(OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND), needs=("uid", "type"))
        if answer.status == OK:
            data: Json = answer.data
            return data
        forbidden = forbidden or answer.status == FORBIDDEN
    if forbidden and _UID.fullmatch(wanted):
        return None
    if forbidden:
        raise RefusedError(
            f"the token may not read datasources, and {wanted!r} is not a UID; set the UID of the {title_of(kind)} "
            f"datasource: {_how_to_choose(kind)}",
            FORBIDDEN,
        )
    raise RemoteError(f"Grafana at {client.url} has no datasource with the UID or name {wanted!r}")


def check_named(client: Client, items: Iterable[Item], listed: Callable[[], Sequence[Json] | None]) -> list[str]:
    """Look for each datasource that a query of a dashboard names; return what could not be checked.

    Args:
        client: the Grafana.
        items: what will be written.
        listed: as of `choose_datasource`.

    Raises:
        CheckError: that Grafana does not have one of them; the message lists the queries.
    """
    asked = [
        (f"{item.title} › {panel.title or panel.kind} › {query.ref_id}", uid)
        for item in items
        if item.kind == DASHBOARD
        for panel in Dashboard(item.content).all_panels
        for query in panel.queries
        if (uid := _named_uid(query.datasource))
    ]
    there = listed() if asked else []
    if there is None:
        return ["the token may not list datasources: whether those exist that queries name was not checked"]
    known = {str(each.get(key)) for each in there for key in ("uid", "name")}
    found = [f"{where}: {uid!r}" for where, uid in asked if uid not in known]
    if found:
        lines = "\n  ".join(found)
        raise CheckError(
            f"{len(found)} {'query names a datasource' if len(found) == 1 else 'queries name datasources'} that "
            f"Grafana at {client.url} does not have, so nothing was written (--no-check skips this check):\n  {lines}"
        )
    return []


def _named_uid(reference: object) -> str:
    """Return the UID of a datasource that somebody adds to a Grafana; empty for a variable and for Grafana's own."""
    uid = str(reference.get("uid") or "") if isinstance(reference, dict) else ""
    is_own = uid.startswith("-- ") or uid in _EVERY_GRAFANA_HAS
    return "" if is_own or has_variable(uid) else uid


_EVERY_GRAFANA_HAS = frozenset({"__expr__", "grafana", "default"})


def _answers(client: Client, datasource: Datasource) -> list[str]:
    path = f"/api/datasources/uid/{quoted(datasource.uid)}/health"
    answer = client.get(path, accept=(OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND, SERVER_ERROR), needs=())
    if answer.status == BAD_REQUEST or (answer.status == OK and answer.data.get("status") == "ERROR"):
        raise RemoteError(
            f"datasource {datasource.name!r} of Grafana at {client.url} does not work ({answer.message}); fix it, "
            "or pass --no-check"
        )
    if answer.status != OK:
        return [f"could not check whether datasource {datasource.name!r} works ({answer.message})"]
    return []


# --- folders ---------------------------------------------------------------------------------------------------------


def find_folder(client: Client, wanted: str) -> Item:
    """Return the configured folder, by UID or by title path.

    Raises:
        RemoteError: there is no such folder, or more than one.
    """
    if _UID.fullmatch(wanted):
        found = read_folder(client, wanted)
        if found is not None:
            return found
    parent = ""
    for title in [part.strip() for part in wanted.split("/") if part.strip()]:
        uids = [uid for uid, name in folders_in(client, parent) if name == title]
        if len(uids) > 1:
            raise RemoteError(
                f"Grafana at {client.url} has {len(uids)} folders {title!r}: {', '.join(uids)}; choose one by its UID"
            )
        if not uids:
            raise RemoteError(
                f"Grafana at {client.url} has no folder {wanted!r} that the token may read; create it, use its "
                "UID, or leave out --folder, so that dashlib creates the folders that the declarations name"
            )
        parent = uids[0]
    found = read_folder(client, parent)
    if found is None:
        raise RemoteError(f"the token may not read the folder {wanted!r} ({parent}) of Grafana at {client.url}")
    return found


# --- rights ----------------------------------------------------------------------------------------------------------

_ALERTING = ("alert.provisioning:write",)
_RULES = (*_ALERTING, "alert.rules.provisioning:write", "alert.rules:create", "alert.rules:write")
_NOTIFICATIONS = (*_ALERTING, "alert.notifications.provisioning:write", "alert.notifications:write")


def check_rights(client: Client, plan: Plan) -> None:
    """Refuse a plan that needs a missing permission, before its first write.

    Raises:
        RefusedError: the message names the permission, and the role that has it.
    """
    if not plan.written:
        return
    rights = _rights(client)
    if rights is None:
        return
    for change in plan.written:
        needed = _needed(change)
        if needed and not any(right in rights for right in needed):
            raise RefusedError(
                f"the token may not {_doing(change)}: it lacks the permission {needed[-1]}; give its service account "
                f"the Editor role{_or_folder(change)} in Grafana at {client.url}; nothing was written",
                FORBIDDEN,
            )


def _rights(client: Client) -> Json | None:
    """Return the scopes of each permission of the token, by name; None if Grafana does not tell."""
    answer = client.get("/api/access-control/user/permissions", accept=(OK, FORBIDDEN, NOT_FOUND), needs=())
    return dict(answer.data) if answer.status == OK else None


def may_write_to_root(client: Client) -> bool:
    """Tell whether the token may create dashboards outside of all folders; false if Grafana does not tell."""
    scopes = (_rights(client) or {}).get("dashboards:create") or ()
    return not _ROOT_SCOPES.isdisjoint(scopes)


_ROOT_SCOPES = frozenset({"*", "folders:*", "folders:uid:*", "folders:uid:general"})


def _needed(change: Change) -> tuple[str, ...]:
    """Return the permissions of which one is needed; the last is the one for messages.

    Permissions to change or remove a folder or dashboard come from its folder and may not be listed yet: those are
    left to the request itself. So are those for library panels, which no Grafana before 11 lists.
    """
    if change.kind == LIBRARY_PANEL:
        return ()
    if change.kind == FOLDER:
        return ("folders:create",) if change.present is None else ()
    if change.kind == DASHBOARD:
        return () if change.declared is None else ("dashboards:write", "dashboards:create")
    return _RULES if change.kind == RULE_GROUP else _NOTIFICATIONS


def _doing(change: Change) -> str:
    verb = "remove" if change.declared is None else "create" if change.present is None else "write"
    return f"{verb} {change.kind} {change.title!r}"


def _or_folder(change: Change) -> str:
    return ", or Edit permission on the folder," if change.kind == DASHBOARD else ""


# --- collisions and sizes --------------------------------------------------------------------------------------------


def check_collisions(client: Client, plan: Plan) -> list[str]:
    """Refuse what Grafana would refuse or, worse, accept; return notes for the user.

    Raises:
        CheckError: a dashboard is too large or has the UID of a folder, or a rule belongs to someone else.
    """
    most = output_of("dashboard").size_limit
    for change in plan.written:
        if most is not None and change.declared is not None and len(change.declared.encoded) > most:
            raise CheckError(
                f"{change.kind} {change.title!r} is {len(change.declared.encoded) >> 20} MB; Grafana accepts "
                f"at most {most >> 20} MB"
            )
    created = [change for change in plan.written if change.kind == DASHBOARD and change.action == "create"]
    if created:
        folders = {str(item.get("uid")) for item in _search(client, {"type": "dash-folder"})}
        for change in created:
            if change.uid in folders:
                raise CheckError(f"dashboard {change.title!r} has the UID {change.uid!r} of an existing folder")
    _check_rules(client, plan)
    return [*_same_names(client, plan), *_same_titles(client, created)]


def list_dashboards(client: Client) -> dict[str, str]:
    """Return the title of each readable dashboard by its UID, without dashlib's state dashboards."""
    found: dict[str, str] = {}
    for page in itertools.count(1):
        items = _search(client, {"type": "dash-db", "page": str(page)})
        # Files are named after UIDs: take only what Grafana accepts as one.
        found |= {uid: str(item["title"]) for item in items if _UID.fullmatch(uid := str(item["uid"]))}
        if len(items) < _PAGE:
            break
    return {uid: title for uid, title in found.items() if not uid.startswith(state_uid(""))}


def _search(client: Client, params: Mapping[str, str]) -> list[Json]:
    answer = client.get(
        "/api/search",
        params={"limit": str(_PAGE), **params},
        accept=(OK, FORBIDDEN, NOT_FOUND),
        largest=LARGEST_LIST,
        each=("uid", "title"),
    )
    return answer.data or [] if answer.status == OK else []


def states_of_others(client: Client, owner: str) -> list[PushState]:
    """Return the readable states of the other owners on that Grafana."""
    found = []
    for item in _search(client, {"type": "dash-db", "tag": STATE_TAG}):
        prefix, name = state_uid(""), str(item["uid"])
        if name.startswith(prefix) and name != state_uid(owner):
            read = get_dashboard(client, name)
            if read is not None:
                found.append(read_state(read["dashboard"], name.removeprefix(prefix), None, ""))
    return found


def _same_titles(client: Client, created: Sequence[Change]) -> Iterator[str]:
    by_folder: dict[str, dict[str, Change]] = {}
    for change in created:
        if change.declared is not None and change.declared.folder:
            by_folder.setdefault(change.declared.folder, {})[change.title] = change
    for folder, changes in by_folder.items():
        for item in _search(client, {"type": "dash-db", "folderUIDs": folder}):
            alike = changes.get(str(item.get("title")))
            if alike is not None and item.get("uid") != alike.uid:
                yield (
                    f"folder {item.get('folderTitle') or folder!r} already has a dashboard {alike.title!r} "
                    f"({item.get('uid')}); there will be two with that title"
                )


def _same_names(client: Client, plan: Plan) -> Iterator[str]:
    """Yield a note for each new library panel of a name that its folder has already: nobody could tell them apart."""
    for change in plan.written:
        if change.kind == LIBRARY_PANEL and change.declared is not None and change.present is None:
            for uid, folder in library_panels_named(client, change.title):
                if folder == change.declared.folder and uid != change.uid:
                    yield (
                        f"folder {folder or '(root)'} already has a library panel {change.title!r} ({uid}); there will "
                        "be two with that name"
                    )


def check_links(client: Client, plan: Plan, url: str) -> Iterator[str]:
    """Yield a note if links of the plan's dashboards lead to others that will not be in that Grafana.

    Args:
        client: the Grafana.
        plan: the plan.
        url: of that Grafana, as links name it.
    """
    there = {change.uid for change in plan.changes if change.kind == DASHBOARD and change.declared is not None}
    missing: dict[str, list[str]] = {}
    for change in plan.changes:
        if change.kind == DASHBOARD and change.declared is not None:
            for uid in sorted(set(dashboards_linked(change.declared.content, url)) - there):
                missing.setdefault(uid, []).append(change.title)
    if missing:
        for uid in list_dashboards(client):
            missing.pop(uid, None)
    if missing:
        leading = sorted({title for titles in missing.values() for title in titles})
        yield (
            f"Grafana at {client.url} does not have the dashboards that {', '.join(map(repr, leading))} "
            f"{'leads' if len(leading) == 1 else 'lead'} to: {', '.join(missing)}; push them, too, or those links lead "
            "nowhere"
        )


def _check_rules(client: Client, plan: Plan) -> None:
    """Refuse a rule with the UID of a rule in a group that is not ours: Grafana would silently move it."""
    ours = set(plan.state.objects)
    for change in plan.written:
        if change.kind != RULE_GROUP or change.declared is None:
            continue
        there = {rule["uid"] for rule in change.present.content["rules"]} if change.present is not None else set()
        for rule in change.declared.content["rules"]:
            if rule["uid"] in there:
                continue
            answer = client.get(
                f"{PROVISIONING}/alert-rules/{quoted(rule['uid'])}", accept=(OK, FORBIDDEN, NOT_FOUND), needs=("uid",)
            )
            data = answer.data if answer.status == OK else {}
            place = f"{data.get('folderUID')}/{data.get('ruleGroup')}"
            if answer.status == OK and place != change.uid and f"{RULE_GROUP}/{place}" not in ours:
                raise CheckError(
                    f"rule {rule['title']!r} has the UID {rule['uid']!r} of rule {data.get('title')!r} in {place}, "
                    "which dashlib did not push; a push would move it away from there"
                )


def keep_used_folders(client: Client, plan: Plan) -> Plan:
    """Return the plan without the removal of folders that hold other work: Grafana would remove that with them."""
    removed = [change for change in plan.written if change.declared is None]
    changes = list(plan.changes)
    for index, change in enumerate(changes):
        if change.kind != FOLDER or change not in removed:
            continue
        path = f"/api/folders/{quoted(change.uid)}/counts"
        counts = client.get(path, accept=(OK, FORBIDDEN, NOT_FOUND), needs=())
        if counts.status != OK:
            continue
        held = dict(counts.data or {})
        inside = _inside(change.uid, removed)
        for other in plan.written:
            stays = other.declared is not None and other.declared.folder in inside
            if other.present is not None and other.present.folder in inside and not stays:
                name = _COUNTED_AS.get(other.kind, "")
                held[name] = held.get(name, 0) - (len(other.present.content["rules"]) if name == "alertrule" else 1)
        if plan.state.folder in inside:
            held["dashboard"] = held.get("dashboard", 0) - 1
        if any(count > 0 for count in held.values()):
            reason = "no longer declared; kept because it holds other people's work"
            changes[index] = attrs.evolve(change, written=False, reason=reason)
    return attrs.evolve(plan, changes=tuple(changes))


def keep_shown_library_panels(client: Client, plan: Plan) -> Plan:
    """Return the plan without the removal of library panels that other dashboards show: Grafana refuses that."""
    rewritten = {change.uid for change in plan.written if change.kind == DASHBOARD}
    changes = list(plan.changes)
    for index, change in enumerate(changes):
        if change.kind != LIBRARY_PANEL or not change.written or change.declared is not None:
            continue
        shown_by = [uid for uid in dashboards_with(client, change.uid) if uid not in rewritten]
        if shown_by:
            reason = f"no longer declared; kept because dashboards show it: {', '.join(shown_by)}"
            changes[index] = attrs.evolve(change, written=False, reason=reason)
    return attrs.evolve(plan, changes=tuple(changes))


def _inside(folder: str, removed: Sequence[Change]) -> set[str]:
    """Return the UIDs of a folder and of the removed folders in it, at any depth: Grafana counts them all."""
    inside = {folder}
    parents = {change.uid: change.present.folder for change in removed if change.kind == FOLDER and change.present}
    while more := {uid for uid, parent in parents.items() if parent in inside} - inside:
        inside |= more
    return inside


_COUNTED_AS = {DASHBOARD: "dashboard", FOLDER: "folder", LIBRARY_PANEL: "librarypanel", RULE_GROUP: "alertrule"}


# --- queries ---------------------------------------------------------------------------------------------------------

_OWN_VALUES = {
    "__rate_interval": "1m", "__interval": "1m", "__interval_ms": "60000", "__range": "1h", "__range_s": "3600",
    "__range_ms": "3600000", "__from": "0", "__to": "0",
}  # fmt: skip


def check_queries(client: Client, items: Iterable[Item], datasource: Datasource | None) -> list[str]:
    """Run each query of what will be written; return what could not be checked.

    Args:
        client: the Grafana.
        items: dashboards and rule groups.
        datasource: the value of datasource variables.

    Raises:
        CheckError: queries are rejected; the message lists them.
        RemoteError: the datasource does not answer.
    """
    found: list[str] = []
    for item in items:
        queries = list(_queries(item, datasource))
        for start in range(0, len(queries), _QUERIES_AT_ONCE):
            part = queries[start : start + _QUERIES_AT_ONCE]
            body = {
                "from": "now-5m",
                "to": "now",
                "queries": [{**query, "refId": f"Q{number}"} for number, (_, query) in enumerate(part)],
            }
            answer = client.query(
                "/api/ds/query", body, accept=(OK, 207, BAD_REQUEST, FORBIDDEN, NOT_FOUND), needs=("results",)
            )
            if answer.status == FORBIDDEN:
                return ["the queries were not checked: the token may not query datasources"]
            data = answer.data if isinstance(answer.data, dict) else {}
            found.extend(_refusals(item, part, answer.status, data, answer.message))
    if found:
        lines = "\n  ".join(found)
        raise CheckError(
            f"{len(found)} {'query was' if len(found) == 1 else 'queries were'} rejected, so nothing was written "
            f"(--no-check skips this check):\n  {lines}"
        )
    return []


def _refusals(item: Item, queries: list[tuple[str, Json]], status: int, data: Json, message: str) -> Iterator[str]:
    results = data.get("results") or {}
    if status != OK and not results:
        yield f"{item.title}: {message or f'status {status}'}"
    for number, (where, query) in enumerate(queries):
        result = results.get(f"Q{number}") or {}
        error = " ".join(str(result.get("error") or "").split())
        if error and int(result.get("status") or 0) >= SERVER_ERROR:
            raise RemoteError(f"the datasource {query['datasource']['uid']} does not answer queries ({error[:200]})")
        if error:
            yield f"{item.title} › {where}: {error[:300]}"


def _queries(item: Item, datasource: Datasource | None) -> Iterator[tuple[str, Json]]:
    content = item.content
    if item.kind == RULE_GROUP:
        for rule in RuleGroup(content).rules:
            for asked in rule.queries:
                if asked.text:
                    reference = {"type": DATASOURCE_TYPE, "uid": asked.datasource_uid}
                    yield f"{rule.title} › {asked.ref_id}", _query(asked.text, reference)
        return
    # A library panel knows no dashboard: each of its variables stands for all.
    dashboard = Dashboard({"panels": [content["model"]]} if item.kind == LIBRARY_PANEL else content)
    values = _values(dashboard)
    for panel in dashboard.all_panels:
        for query in panel.queries:
            stated = query.datasource
            if not isinstance(stated, dict) or not query.text or query.is_hidden:
                continue
            uid = str(stated.get("uid"))
            if has_variable(uid):
                uid = datasource.uid if datasource is not None else ""
            if uid and stated.get("type") == DATASOURCE_TYPE:
                where = f"{panel.title or panel.kind} › {query.ref_id}"
                yield where, _query(interpolated(query.text, values), {"type": DATASOURCE_TYPE, "uid": uid})


def _query(expression: str, datasource: Json) -> Json:
    return {
        "datasource": datasource,
        "expr": expression,
        "instant": True,
        "range": False,
        "intervalMs": 60000,
        "maxDataPoints": 100,
    }


def _values(dashboard: Dashboard) -> dict[str, str]:
    """Return a value for each variable of a dashboard: all, or the initial one."""
    values = dict(_OWN_VALUES)
    for variable in dashboard.variables:
        current = text_of(variable.current)
        is_all = variable.data.get("includeAll") or not current or current.startswith("$__")
        values[variable.name] = variable.data.get("allValue") or ".*" if is_all else current
    return values


def interpolated(expression: str, values: Mapping[str, str]) -> str:
    """Return a query with a value for each of its variables."""
    return replaced(expression, lambda one: values.get(one.name, ".*"))
