"""Dashboards: section c of the recording. Hardly anything in a dashboard's body is checked."""

from __future__ import annotations

import copy
import re
from typing import Any

import attrs
from flask import Blueprint, Response, request

from tests.grafana.double.access import (
    ADMINISTER,
    EDIT,
    ROOT,
    VIEW,
    denied,
    edits_something,
    level,
    may,
    who,
)
from tests.grafana.double.answers import answer, bad_request, made_long_uid, made_uid, read_object, refused, state
from tests.grafana.double.state import UID, UID_LENGTH, Dashboard, Identity, Json, State, Version, now

routes = Blueprint("dashboards", __name__)

MAXIMUM_SIZE = 16 * 1024 * 1024
MAXIMUM_TITLE = 5000
MAXIMUM_MESSAGE = 500
KEPT_VERSIONS = 20
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
CHANGED = ("The dashboard has been changed by someone else", "version-mismatch")


@attrs.frozen
class Save:
    """What a request wants to have saved."""

    spec: Json
    folder: str
    overwrite: bool
    message: str


def read_save(body: Json) -> Save:
    """Return what `POST /api/dashboards/db` asks for, or refuse it as Grafana does."""
    spec = body.get("dashboard")
    if spec is None:
        raise bad_request()
    spec = copy.copy(spec) if isinstance(spec, dict) else {}
    if body.get("isFolder") or spec.get("isFolder"):
        raise refused(400, "Use folders endpoint for saving folders.")
    title = spec.get("title")
    if not isinstance(title, str) or not title.strip():
        raise refused(400, "Dashboard title cannot be empty", status="empty-name")
    if len(title) > MAXIMUM_TITLE:
        raise refused(400, "Dashboard title cannot contain more than 5 000 characters", status="title-too-long")
    check_uid(str(spec.get("uid") or ""))
    message = str(body.get("message") or "")
    if len(message) > MAXIMUM_MESSAGE:
        raise refused(400, "message too long, max 500 characters")
    if len(request.get_data()) > MAXIMUM_SIZE:
        raise refused(413, "Dashboard is too large, max is 16 MB")
    return Save(spec, str(body.get("folderUid") or ""), bool(body.get("overwrite")), message)


def check_uid(uid: str) -> None:
    """Refuse a uid that is too long or has letters of other kinds."""
    if len(uid) > UID_LENGTH:
        raise refused(400, "uid too long, max 40 characters")
    if not UID.fullmatch(uid):
        raise refused(400, "uid contains illegal characters")


def raised_refresh(refresh: Any, minimum: int) -> Any:
    """Return a dashboard's `refresh`, raised to the minimum; what is no duration stays as it is."""
    if isinstance(refresh, str) and (duration := re.fullmatch(r"(\d+)(ms|[smhdwy])", refresh)):
        seconds = int(duration[1]) * SECONDS[duration[2]]
        return f"{minimum}s" if seconds < minimum else refresh
    return refresh


def by_id(known: State, number: int) -> Dashboard | None:
    """Return the dashboard with an internal id."""
    return next((entry for entry in known.dashboards.values() if entry.id == number), None)


def existing(known: State, save: Save, uid: str) -> Dashboard | None:
    """Return the dashboard that a save changes, or None for a new one; the rules on `id` are odd and recorded."""
    number = save.spec.get("id")
    stored = known.dashboards.get(uid)
    if not isinstance(number, int) or number == 0:
        return stored
    named = by_id(known, number)
    if named is None:
        raise refused(404, "Dashboard not found", status="not-found")
    if stored is None and uid:
        if not save.overwrite:
            raise refused(412, CHANGED[0], status=CHANGED[1])
        return None
    if stored is not None and stored is not named:
        raise refused(400, "A dashboard with the same uid already exists")
    return named


def check_save(known: State, identity: Identity, save: Save, uid: str, stored: Dashboard | None) -> None:
    """Refuse a save for which there is no folder, no right, or that would overwrite another change."""
    if stored is not None and stored.provisioned:
        raise refused(400, "Cannot save provisioned dashboard")
    if save.folder not in ROOT and save.folder not in known.folders:
        raise refused(400, "folder not found")
    places = {save.folder} | ({stored.folder} if stored else set())
    if any(level(known, identity, place) < EDIT for place in places):
        raise refused(403, "Access denied to save dashboard")
    if uid in known.folders and not known.unified:
        raise refused(409, f'dashboards.dashboard.grafana.app "{uid}" already exists')
    if stored is not None and not save.overwrite and save.spec.get("version") != stored.version:
        raise refused(412, CHANGED[0], status=CHANGED[1])


def write(
    known: State, identity: Identity, uid: str, spec: Json, folder: str, *, message: str = "", stored_as: str
) -> tuple[Dashboard, int]:
    """Store a dashboard and return it with the version that Grafana answers.

    That version is one too small for content that was there already. In unified storage such content is no change.
    """
    folder = "" if folder in ROOT else folder
    spec = {key: entry for key, entry in spec.items() if key not in {"id", "version"}} | {"uid": uid}
    if "refresh" in spec:
        spec["refresh"] = raised_refresh(spec["refresh"], known.minimal_refresh)
    dashboard = known.dashboards.get(uid)
    if dashboard is None:
        number = next(known.resource_ids)
        dashboard = Dashboard(
            number * 2**51 if known.unified else number, uid, folder, spec, made_uid() * 3, identity, identity
        )
        dashboard.stored = stored_as
        dashboard.permissions = [{"userId": identity.id, "permission": ADMINISTER}]
        known.dashboards[uid] = dashboard
        dashboard.history = [Version(1, "Initial save", spec, dashboard.created, identity.name)]
        return dashboard, 1
    same = dashboard.spec == spec and dashboard.folder == folder
    if same and known.unified:
        return dashboard, dashboard.version
    answered = dashboard.version if same else dashboard.version + 1
    dashboard.version += 1
    dashboard.spec, dashboard.folder = spec, folder
    dashboard.updated, dashboard.updated_by = now(), identity
    dashboard.history.insert(0, Version(dashboard.version, message, spec, dashboard.updated, identity.name))
    del dashboard.history[KEPT_VERSIONS:]
    return dashboard, answered


def library_panels(spec: Json) -> list[str]:
    """Return the uids of the library panels that a dashboard shows."""
    panels = spec.get("panels")
    found: list[str] = []
    for panel in panels if isinstance(panels, list) else []:
        if isinstance(panel, dict):
            if isinstance(panel.get("libraryPanel"), dict):
                found.append(str(panel["libraryPanel"].get("uid")))
            found += library_panels(panel)  # a collapsed row's
    return found


def save_dashboard(known: State, identity: Identity, save: Save) -> tuple[Dashboard, int]:
    """Check and store; a dashboard with a missing library panel is stored and answered with 500."""
    uid = str(save.spec.get("uid") or "")
    stored = existing(known, save, uid)
    uid = uid or (stored.uid if stored else made_long_uid())
    check_save(known, identity, save, uid, stored)
    saved = write(known, identity, uid, save.spec, save.folder, message=save.message, stored_as="v0alpha1")
    if any(panel not in known.library for panel in library_panels(save.spec)):
        raise refused(500, "library element could not be found")
    return saved


def may_write_any(known: State) -> None:
    """Refuse whoever may save dashboards nowhere."""
    if not edits_something(known, who()):
        raise denied("any of dashboards:create, dashboards:write")


@routes.post("/api/dashboards/db")
def post_dashboard() -> Response:
    """Create, change, or move a dashboard."""
    known = state()
    may_write_any(known)
    save = read_save(read_object())
    dashboard, version = save_dashboard(known, who(), save)
    return answer(
        {
            "folderUid": save.folder,
            "id": dashboard.id,
            "slug": dashboard.slug,
            "status": "success",
            "uid": dashboard.uid,
            "url": dashboard.url,
            "version": version,
        }
    )


def with_inputs(value: Any, inputs: dict[str, str]) -> Any:
    """Return a dashboard with `${NAME}` replaced by what the import gives, literally."""
    if isinstance(value, dict):
        return {key: with_inputs(entry, inputs) for key, entry in value.items()}
    if isinstance(value, list):
        return [with_inputs(entry, inputs) for entry in value]
    if isinstance(value, str):
        for name, text in inputs.items():
            value = value.replace(f"${{{name}}}", text)
    return value


@routes.post("/api/dashboards/import")
def import_dashboard() -> Response:
    """Import a dashboard: the inputs are put in, and `__inputs` and `__requires` go."""
    known = state()
    may_write_any(known)
    body = read_object()
    given = {entry["name"]: entry["value"] for entry in body.get("inputs", [])}
    spec = copy.copy(body["dashboard"])
    for wanted in spec.pop("__inputs", []):
        if wanted["name"] not in given:
            raise refused(400, f"dashboard import failed: missing dashboard input variable {wanted['name']}")
    spec.pop("__requires", None)
    save = read_save(body | {"dashboard": with_inputs(spec, given)})
    dashboard, _ = save_dashboard(known, who(), save)
    return answer(
        {
            "uid": dashboard.uid,
            "pluginId": "",
            "title": dashboard.title,
            "imported": True,
            "importedUri": f"db/{dashboard.slug}",
            "importedUrl": dashboard.url,
            "slug": dashboard.slug,
            "dashboardId": dashboard.id,
            "folderId": 0,
            "folderUid": save.folder,
            "description": "",
            "path": "",
            "removed": False,
        }
    )


def annotating(identity: Identity) -> Json:
    """Return who may annotate what: those of the whole organisation are an editor's."""
    organisation = may(identity, "Editor")
    return {
        "dashboard": {"canAdd": True, "canEdit": True, "canDelete": True},
        "organization": {"canAdd": organisation, "canEdit": organisation, "canDelete": organisation},
    }


def found(known: State, uid: str, needed: int, permission: str) -> Dashboard:
    """Return a dashboard with which the request may do what it wants to do."""
    if request.headers.get("X-Grafana-Org-Id", "1") != "1":
        raise denied(permission)
    if uid not in known.dashboards:
        raise refused(404, "Dashboard not found", **({} if who().role == "Admin" else {"title": "Not found"}))
    dashboard = known.dashboards[uid]
    if level(known, who(), dashboard.folder) < needed:
        raise denied(permission)
    return dashboard


def meta(known: State, dashboard: Dashboard) -> Json:
    """Return what the API tells about a dashboard beside its JSON."""
    folder = known.folders.get(dashboard.folder)
    reach = level(known, who(), dashboard.folder)
    return {
        "type": "db",
        "canSave": reach >= EDIT,
        "canEdit": reach >= EDIT,
        "canAdmin": reach >= ADMINISTER or dashboard.created_by is who(),
        "canStar": True,
        "canDelete": reach >= EDIT,
        "slug": dashboard.slug,
        "url": dashboard.url,
        "expires": "0001-01-01T00:00:00Z",
        "created": dashboard.created,
        "updated": dashboard.updated,
        "updatedBy": dashboard.updated_by.name,
        "createdBy": dashboard.created_by.name,
        "version": dashboard.version,
        "hasAcl": False,
        "isFolder": False,
        "apiVersion": "v0alpha1",
        "folderId": folder.id if folder else 0,
        "folderUid": folder.uid if folder else "",
        "folderTitle": folder.title if folder else "General",
        "folderUrl": folder.url if folder else "",
        "provisioned": bool(dashboard.provisioned),
        "provisionedExternalId": dashboard.provisioned,
        "annotationsPermissions": annotating(who()),
    }


@routes.get("/api/dashboards/uid/<uid>")
def get_dashboard(uid: str) -> Response:
    """Show a dashboard as it was sent, with `id` and `version`."""
    known = state()
    dashboard = found(known, uid, VIEW, "dashboards:read")
    numbers = {"id": dashboard.id, "version": dashboard.version}
    return answer({"meta": meta(known, dashboard), "dashboard": dashboard.spec | numbers})


@routes.get("/api/dashboards/uid/<uid>/versions")
def get_versions(uid: str) -> Response:
    """List the last versions, newest first; the message of the first save is lost."""
    dashboard = found(state(), uid, VIEW, "dashboards:write")
    rows = [
        {
            "id": row.version,
            "dashboardId": dashboard.id,
            "uid": uid,
            "parentVersion": row.version - 1,
            "restoredFrom": 0,
            "version": row.version,
            "created": row.created,
            "message": row.message,
            "data": row.spec | {"version": row.version},
            "createdBy": row.created_by,
        }
        for row in dashboard.history
    ]
    return answer({"continueToken": "", "versions": rows})


@routes.post("/api/dashboards/uid/<uid>/restore")
def restore_version(uid: str) -> Response:
    """Bring an old version back."""
    known = state()
    dashboard = found(known, uid, EDIT, "dashboards:write")
    wanted = read_object().get("version")
    row = next((entry for entry in dashboard.history if entry.version == wanted), None)
    if row is None:
        raise refused(404, "Dashboard version not found")
    if row.spec == dashboard.spec:
        raise refused(400, "Current dashboard is identical to the specified version")
    message = f"Restored from version {wanted}"
    _, version = write(known, who(), uid, row.spec, dashboard.folder, message=message, stored_as=dashboard.stored)
    shown = {"id": dashboard.id, "slug": dashboard.slug, "uid": uid, "url": dashboard.url, "version": version}
    return answer(shown | {"folderUid": dashboard.folder, "status": "success"})


@routes.delete("/api/dashboards/uid/<uid>")
def delete_dashboard(uid: str) -> Response:
    """Remove a dashboard, unless it comes from a file."""
    known = state()
    dashboard = found(known, uid, EDIT, "dashboards:delete")
    if dashboard.provisioned:
        raise refused(400, "provisioned dashboard cannot be deleted")
    del known.dashboards[uid]
    message = f"Dashboard {dashboard.title} deleted"
    return answer({"message": message, "title": dashboard.title, "uid": uid})


def hit(known: State, entry: Json, folder: str) -> Json:
    """Return a line of a search, with the folder that it is in."""
    common = {"orgId": 1, "isStarred": False, "sortMeta": 0, "isDeleted": False, "slug": ""}
    around = known.folders.get(folder)
    place: Json = {}
    if around:
        place = {"folderId": around.id, "folderUid": around.uid, "folderTitle": around.title}
        place["folderUrl"] = around.url
    return common | entry | place


def hits(known: State, identity: Identity) -> list[Json]:
    """Return everything that somebody may find, folders first, each by title."""
    folders = [
        hit(
            known,
            {
                "id": folder.id,
                "uid": folder.uid,
                "title": folder.title,
                "uri": "db/" + folder.url.rsplit("/", 1)[-1],
                "url": folder.url,
                "type": "dash-folder",
                "tags": [],
            },
            folder.parent,
        )
        for folder in known.folders.values()
        if level(known, identity, folder.uid) >= VIEW
    ]
    dashboards = [
        hit(
            known,
            {
                "id": dashboard.id,
                "uid": dashboard.uid,
                "title": dashboard.title,
                "uri": f"db/{dashboard.slug}",
                "url": dashboard.url,
                "type": "dash-db",
                "tags": tags_of(dashboard),
            },
            dashboard.folder,
        )
        for dashboard in known.dashboards.values()
        if level(known, identity, dashboard.folder) >= VIEW
    ]
    return sorted(folders, key=by_title) + sorted(dashboards, key=by_title)


def tags_of(dashboard: Dashboard) -> list[str]:
    """Return a dashboard's tags; what is no list of texts has none."""
    tags = dashboard.spec.get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def by_title(entry: Json) -> tuple[str, int]:
    """Order lines of a search."""
    return str(entry["title"]).lower(), int(entry["id"])


@routes.get("/api/search")
def search() -> Response:
    """Find folders and dashboards."""
    if request.args.get("deleted") == "true":
        return answer([])
    found_entries = hits(state(), who())
    folders, uids = set(request.args.getlist("folderUIDs")), set(request.args.getlist("dashboardUIDs"))
    tags, kind = set(request.args.getlist("tag")), request.args.get("type", "")
    part = request.args.get("query", "").lower()
    found_entries = [
        entry
        for entry in found_entries
        if (not folders or entry.get("folderUid", "general") in folders)
        and (not uids or entry["uid"] in uids)
        and (not tags or tags <= set(entry["tags"]))
        and (not kind or entry["type"] == kind)
        and part in entry["title"].lower()
    ]
    limit, page = int(request.args.get("limit", "1000")), int(request.args.get("page", "1"))
    return answer(found_entries[(page - 1) * limit : page * limit])
