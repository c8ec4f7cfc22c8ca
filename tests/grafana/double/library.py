"""Library panels: the part of section h of the recording that a push can meet."""

from __future__ import annotations

from flask import Blueprint, Response, request

from tests.grafana.double.access import need_role
from tests.grafana.double.answers import answer, bad_request, made_long_uid, read_object, refused, state
from tests.grafana.double.dashboards import library_panels
from tests.grafana.double.state import Json, LibraryElement, State, now

routes = Blueprint("library", __name__)

AUTHOR = {"id": 1, "name": "admin", "avatarUrl": "/public/img/user_profile.png"}


def connections(known: State, uid: str) -> list[str]:
    """Return the uids of the dashboards that show a library panel."""
    return [dashboard.uid for dashboard in known.dashboards.values() if uid in library_panels(dashboard.spec)]


def described(known: State, element: LibraryElement, *, folder: bool = True) -> Json:
    """Return a library panel as the API shows it; after a change, without its folder."""
    around = known.folders.get(element.folder) if folder else None
    return {
        "id": element.id,
        "orgId": 1,
        "folderId": around.id if around else 0,
        "folderUid": around.uid if around else "",
        "uid": element.uid,
        "name": element.name,
        "kind": element.kind,
        "type": element.model.get("type", ""),
        "description": element.model.get("description", ""),
        "model": {"description": ""} | element.model,
        "version": element.version,
        "meta": {
            "folderName": around.title if around else "General" if folder else "",
            "folderUid": around.uid if around else "",
            "connectedDashboards": len(connections(known, element.uid)),
            "created": element.created,
            "updated": element.updated,
            "createdBy": AUTHOR,
            "updatedBy": AUTHOR,
        },
    }


def found(known: State, uid: str) -> LibraryElement:
    """Return a library panel."""
    if uid not in known.library:
        raise refused(404, "library element could not be found")
    return known.library[uid]


@routes.post("/api/library-elements")
def post_element() -> Response:
    """Make a library panel; names need not be unique, whatever the refusal says."""
    need_role("Editor", "library.panels:create")
    known, body = state(), read_object()
    uid = body.get("uid") or made_long_uid()
    if uid in known.library:
        raise refused(400, "library element with that name or UID already exists")
    folder, number = body.get("folderUid", ""), next(known.library_ids)
    element = LibraryElement(number, uid, body["name"], body["kind"], folder, body["model"])
    known.library[uid] = element
    return answer({"result": described(known, element)})


@routes.get("/api/library-elements")
def get_elements() -> Response:
    """List the library panels, a page at a time."""
    known = state()
    size, page = int(request.args.get("perPage", "100")), int(request.args.get("page", "1"))
    entries = list(known.library.values())
    listed = [described(known, entry) for entry in entries[size * (page - 1) : size * page]]
    return answer({"result": {"totalCount": len(entries), "page": page, "perPage": size, "elements": listed}})


@routes.get("/api/library-elements/<uid>")
def get_element(uid: str) -> Response:
    """Show a library panel."""
    return answer({"result": described(state(), found(state(), uid))})


@routes.get("/api/library-elements/name/<name>")
def get_by_name(name: str) -> Response:
    """Show the library panels of a name."""
    known = state()
    return answer({"result": [described(known, entry) for entry in known.library.values() if entry.name == name]})


@routes.patch("/api/library-elements/<uid>")
def patch_element(uid: str) -> Response:
    """Change a library panel; needs its version."""
    need_role("Editor", "library.panels:write")
    known, body = state(), read_object()
    element = found(known, uid)
    if not body.get("version"):
        raise bad_request()
    if body["version"] != element.version:
        raise refused(412, "the library element has been changed by someone else")
    element.model, element.name = body.get("model", element.model), body.get("name", element.name)
    element.folder = body.get("folderUid", element.folder)
    element.version += 1
    element.updated = now()
    return answer({"result": described(known, element, folder=False)})


@routes.get("/api/library-elements/<uid>/connections")
def get_connections(uid: str) -> Response:
    """Show which dashboards show a library panel."""
    known = state()
    element = found(known, uid)
    listed = [
        {
            "id": number,
            "kind": element.kind,
            "elementId": element.id,
            "connectionId": known.dashboards[shown_by].id,
            "connectionUid": shown_by,
            "created": now(),
            "createdBy": AUTHOR,
        }
        for number, shown_by in enumerate(connections(known, uid), 1)
    ]
    return answer({"result": listed})


@routes.delete("/api/library-elements/<uid>")
def delete_element(uid: str) -> Response:
    """Remove a library panel that no dashboard shows."""
    need_role("Editor", "library.panels:delete")
    known = state()
    element = found(known, uid)
    if connections(known, uid):
        raise refused(403, "the library element has connections")
    del known.library[uid]
    return answer({"id": element.id, "message": "Library element deleted"})
