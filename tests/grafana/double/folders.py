"""Folders: section b of the recording."""

from __future__ import annotations

from flask import Blueprint, Response, request

from tests.grafana.double.access import (
    ADMINISTER,
    EDIT,
    ROOT,
    VIEW,
    default_permissions,
    denied,
    edits_something,
    level,
    may,
    who,
)
from tests.grafana.double.answers import answer, coded, made_uid, read_object, refused, state
from tests.grafana.double.state import UID, UID_LENGTH, Folder, Identity, Json, State, now

routes = Blueprint("folders", __name__)


def described(known: State, folder: Folder, identity: Identity, *, parents: bool = True) -> Json:
    """Return a folder as the API shows it to somebody."""
    reach = level(known, identity, folder.uid)
    shown: Json = {
        "id": folder.id,
        "uid": folder.uid,
        "orgId": 1,
        "title": folder.title,
        "url": folder.url,
        "hasAcl": False,
        "canSave": reach >= EDIT,
        "canEdit": reach >= EDIT,
        "canAdmin": reach >= ADMINISTER,
        "canDelete": reach >= EDIT,
        "createdBy": folder.created_by.name,
        "created": folder.created,
        "updatedBy": folder.updated_by.name,
        "updated": folder.updated,
        "version": folder.version,
    }
    if folder.parent:
        shown["parentUid"] = folder.parent
    if parents and folder.parent:
        around = known.path_of(folder.uid)[:-1]
        shown["parents"] = [described(known, parent, identity, parents=False) for parent in around]
    return shown


def found(known: State, uid: str, needed: int, permission: str) -> Folder:
    """Return a folder in which the request may do what it wants to do.

    The recording has no missing folder asked for by anybody but an administrator; that the others get the answer of a
    missing dashboard is our reading.
    """
    if uid not in known.folders:
        if who().role == "Admin":
            raise refused(404, "folder not found", status="not-found")
        raise refused(404, "folder not found", title="Not found")
    if level(known, who(), uid) < needed:
        raise denied(permission)
    return known.folders[uid]


def create(known: State, owner: Identity, uid: str, title: str, parent: str = "") -> Folder:
    """Make a folder; the rules are those of `post_folder`, checked before."""
    permissions = [] if parent else default_permissions(owner)
    folder = Folder(next(known.resource_ids), uid, title, parent, owner, owner, permissions=permissions)
    known.folders[uid] = folder
    return folder


def check_new(known: State, uid: str, title: str, parent: str) -> None:
    """Refuse a folder that Grafana refuses, in its words."""
    if not title:
        raise refused(400, "folder title cannot be empty")
    if len(uid) > UID_LENGTH:
        raise refused(400, "uid too long, max 40 characters")
    if not UID.fullmatch(uid):
        raise refused(400, "uid contains illegal characters")
    if uid == "general":
        raise refused(500, "Folder API error: invalid uid for folder provided")
    if parent and parent not in known.folders:
        raise refused(404, "folder not found")
    if uid in known.folders:
        raise refused(412, "the folder has been changed by someone else")
    if uid in known.dashboards and not known.unified:
        raise refused(400, "Dashboard cannot be changed to a folder")


@routes.post("/api/folders")
def post_folder() -> Response:
    """Make a folder: 200, not 201; one that is there is 412, not 409; titles need not be unique."""
    known, identity = state(), who()
    if not (may(identity, "Editor") or edits_something(known, identity)):
        raise denied("folders:create")
    body = read_object()
    uid, parent = body.get("uid") or made_uid(), body.get("parentUid") or ""
    check_new(known, uid, str(body.get("title") or ""), parent)
    if level(known, identity, parent) < EDIT:
        message = "not enough permissions to create a folder in the selected location"
        raise coded(403, "folders.forbiddenCreation", message)
    folder = create(known, identity, uid, body["title"], parent)
    # The answer is computed with the permissions from before, so that even its maker seems not to be allowed to save.
    shown = described(known, folder, identity)
    if not parent and not may(identity, "Admin"):
        shown |= {"canSave": False, "canEdit": False, "canAdmin": False, "canDelete": False}
    # Its maker sees it at once; what others made meanwhile stays unseen.
    identity.seen = (identity.seen or frozenset()) | {uid} if known.caches_permissions else None
    return answer(shown)


@routes.get("/api/folders")
def get_folders() -> Response:
    """List the folders of the root, or of one folder; of one that is not there it is 404, not an empty list."""
    known, parent = state(), request.args.get("parentUid", "")
    if parent not in ROOT and parent not in known.folders:
        raise refused(404, "folder not found", status="not-found")
    limit, page = int(request.args.get("limit", "1000")), int(request.args.get("page", "1"))
    inside = [folder for folder in known.folders.values() if folder.parent == ("" if parent in ROOT else parent)]
    visible = [folder for folder in inside if level(known, who(), folder.uid) >= VIEW]
    listed = sorted(visible, key=lambda folder: folder.title)[(page - 1) * limit : page * limit]
    above: Json = {"parentUid": parent} if parent else {}
    return answer([{"id": folder.id, "uid": folder.uid, "title": folder.title} | above for folder in listed])


@routes.get("/api/folders/<uid>")
def get_folder(uid: str) -> Response:
    """Show a folder."""
    return answer(described(state(), found(state(), uid, VIEW, "folders:read"), who()))


@routes.put("/api/folders/<uid>")
def put_folder(uid: str) -> Response:
    """Rename a folder; needs its version or `overwrite`, and each time makes a new version."""
    known = state()
    folder = found(known, uid, EDIT, "folders:write")
    body = read_object()
    if not body.get("overwrite") and body.get("version") != folder.version:
        raise refused(412, "The dashboard has been changed by someone else")
    folder.title = body.get("title") or folder.title
    folder.version += 1
    folder.updated, folder.updated_by = now(), who()
    return answer(described(known, folder, who()))


@routes.post("/api/folders/<uid>/move")
def move_folder(uid: str) -> Response:
    """Put a folder into another one; its version rises by two."""
    known = state()
    folder = found(known, uid, EDIT, "folders:write")
    parent = read_object().get("parentUid") or ""
    if parent and parent not in known.folders:
        raise refused(404, "folder not found")
    if parent in known.below(uid):
        raise coded(400, "folder.circular-reference", "Circular reference detected")
    folder.parent = parent
    folder.version += 2
    return answer(described(known, folder, who()))


@routes.get("/api/folders/<uid>/counts")
def get_counts(uid: str) -> Response:
    """Count what is in a folder and below it."""
    known = state()
    found(known, uid, VIEW, "folders:read")
    inside = known.below(uid)
    return answer(
        {
            "alertrule": sum(1 for rule in known.rules.values() if rule.group[0] in inside),
            "dashboard": sum(1 for dashboard in known.dashboards.values() if dashboard.folder in inside),
            "folder": len(inside) - 1,
            "librarypanel": sum(1 for element in known.library.values() if element.folder in inside),
        }
    )


@routes.delete("/api/folders/<uid>")
def delete_folder(uid: str) -> Response:
    """Remove a folder: the dashboards in it go silently, alert rules only with `forceDeleteRules`."""
    known = state()
    if uid not in known.folders:
        raise refused(404, "folder not found")
    found(known, uid, EDIT, "folders:delete")
    inside = known.below(uid)
    rules = [rule for rule in known.rules.values() if rule.group[0] in inside]
    if rules and request.args.get("forceDeleteRules") != "true":
        raise coded(400, "folder.not-empty", "Folder cannot be deleted: folder is not empty")
    for rule in rules:
        del known.rules[rule.uid]
    known.dashboards = {
        name: dashboard for name, dashboard in known.dashboards.items() if dashboard.folder not in inside
    }
    known.library = {name: element for name, element in known.library.items() if element.folder not in inside}
    for name in inside:
        del known.folders[name]
    return answer({"message": "Folder deleted"})
