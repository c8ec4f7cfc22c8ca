"""The API in the style of Kubernetes: section d of the recording, as far as a client like ours meets it.

What is written or read in `v1beta1` is migrated to the newest schema. The double migrates the top level of a dashboard
and the names of data sources; Grafana also rewrites what is inside old panels.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from flask import Blueprint, Response, request

from tests.grafana.double.access import EDIT, ROOT, VIEW, level, who
from tests.grafana.double.answers import Body, Refused, answer, read_object, state
from tests.grafana.double.dashboards import annotating, write
from tests.grafana.double.folders import check_new, create
from tests.grafana.double.state import Dashboard, Folder, Json, State, now, slug

routes = Blueprint("kubernetes", __name__)

GROUP = "dashboard.grafana.app"
FOLDERS = "folder.grafana.app"
VERSIONS = ("v1beta1", "v0alpha1", "v2beta1", "v2alpha1")
OTHER_GROUPS = {
    "iam.grafana.app": "v0alpha1",
    "userstorage.grafana.app": "v0alpha1",
    "features.grafana.app": "v0alpha1",
    "playlist.grafana.app": "v0alpha1",
    "plugins.grafana.app": "v0alpha1",
    "example.grafana.app": "",
    "notifications.alerting.grafana.app": "v0alpha1",
}
SCHEMA = 42
NAMESPACE = "default"
VALIDATIONS = ("", "Ignore", "Strict", "Warn")
BUILT_IN = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}
NO_CONVERSION = "backend conversion not yet implemented"


def status(code: int, message: str | None, reason: str | None = None, details: Json | None = None) -> Refused:
    """Return a refusal as this API words it; a missing right has neither message nor reason."""
    body: Json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code}
    more = {"message": message, "reason": reason, "details": details}
    return Refused(code, body | {key: entry for key, entry in more.items() if entry is not None})


def no_resource() -> Refused:
    """Return what is said of an API version that is not served."""
    return status(404, "the server could not find the requested resource", "NotFound", {})


def named(name: str, group: str = GROUP, kind: str = "dashboards") -> Json:
    """Return which object a refusal is about."""
    return {"name": name, "group": group, "kind": kind}


def not_found(name: str, group: str = GROUP, kind: str = "dashboards") -> Refused:
    """Return what is said of a missing object."""
    return status(404, f'{kind}.{group} "{name}" not found', "NotFound", named(name, group, kind))


def invalid(name: str, field: str, reason: str) -> Refused:
    """Return what is said of an object that breaks a rule."""
    message = f'Dashboard.{GROUP} "{name}" is invalid: {field}: {reason}'
    causes = [{"reason": "FieldValueInvalid", "message": reason, "field": field}]
    return status(422, message, "Invalid", named(name, kind="Dashboard") | {"causes": causes})


# Discovery


def group_versions(group: str) -> list[Json]:
    """Return the versions of an API group, the preferred one first."""
    versions = VERSIONS if group == GROUP else ("v1beta1",) if group == FOLDERS else (OTHER_GROUPS[group],)
    return [{"groupVersion": f"{group}/{version}", "version": version} for version in versions if version]


def group_named(group: str) -> Json:
    """Return an API group with its versions."""
    versions = group_versions(group)
    preferred = versions[0] if versions else {"groupVersion": f"{group}/v1alpha1", "version": "v1alpha1"}
    return {"name": group, "versions": versions, "preferredVersion": preferred}


@routes.get("/apis")
def get_groups() -> Response:
    """List the API groups."""
    addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": request.host}]
    groups = [
        group_named(group) | {"serverAddressByClientCIDRs": addresses} for group in (GROUP, FOLDERS, *OTHER_GROUPS)
    ]
    return answer({"kind": "APIGroupList", "groups": groups})


@routes.get("/apis/<group>")
def get_group(group: str) -> Response:
    """Show an API group."""
    if group not in {GROUP, FOLDERS, *OTHER_GROUPS}:
        raise no_resource()
    return answer({"kind": "APIGroup", "apiVersion": "v1"} | group_named(group))


@routes.get(f"/apis/{GROUP}/<version>")
def get_resources(version: str) -> Response:
    """List the kinds of objects in a version."""
    need_version(version)
    verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update"]
    common = {"namespaced": True}
    dashboards = {"name": "dashboards", "singularName": "dashboard", "kind": "Dashboard", "verbs": verbs}
    access = {"name": "dashboards/dto", "singularName": "", "kind": "DashboardWithAccessInfo", "verbs": ["get"]}
    found = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{GROUP}/{version}"}
    return answer(found | {"resources": [dashboards | common, access | common]})


def need_version(version: str) -> None:
    """Refuse a version that Grafana 12.3 does not serve."""
    if version not in VERSIONS:
        raise no_resource()


# Dashboards


def reference(known: State, name: Any) -> Any:
    """Return a data source named by its name as type and uid, as the migration does."""
    for datasource in known.datasources:
        if datasource.name == name:
            return {"type": datasource.type, "uid": datasource.uid}
    return name


def migrate_panel(known: State, panel: Any) -> Any:
    """Return a panel with its data sources by uid and the old graph as a time series."""
    if not isinstance(panel, dict):
        return panel
    panel = {key: entry for key, entry in panel.items() if entry is not None}
    if isinstance(panel.get("datasource"), str):
        panel["datasource"] = reference(known, panel["datasource"])
    if isinstance(panel.get("id"), str):
        panel["id"] = 1
    if panel.get("type") == "graph":
        panel |= {"type": "timeseries", "autoMigrateFrom": "graph"}
    for key in ("panels", "targets"):
        if isinstance(panel.get(key), list):
            panel[key] = [migrate_panel(known, entry) for entry in panel[key]]
    for target in panel.get("targets", []):
        if isinstance(target, dict) and "datasource" not in target and "datasource" in panel:
            target["datasource"] = panel["datasource"]
    return panel


def migrated(known: State, spec: Json) -> Json:
    """Return a dashboard in the newest schema."""
    defaults: Json = {
        "annotations": {"list": []},
        "editable": True,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 0,
        "links": [],
        "panels": [],
        "refresh": "",
        "tags": [],
        "templating": {"list": []},
        "time": {"from": "now-6h", "to": "now"},
        "timepicker": {},
        "timezone": "",
        "title": "No Title",
        "weekStart": "",
    }
    spec = copy.deepcopy({key: entry for key, entry in spec.items() if key not in {"id", "uid", "version"}})
    spec = defaults | {key: entry for key, entry in spec.items() if entry is not None}
    if not isinstance(spec["panels"], list):
        spec["panels"] = []
    spec["panels"] = [migrate_panel(known, panel) for panel in spec["panels"]]
    if not any(entry.get("builtIn") for entry in spec["annotations"]["list"]):
        spec["annotations"]["list"].insert(0, BUILT_IN)
    return spec | {"schemaVersion": SCHEMA}


def metadata(dashboard: Dashboard, *, updated: bool = True) -> Json:
    """Return what this API tells about a dashboard beside its JSON."""
    author = "provisioning:" if dashboard.provisioned else f"user:{dashboard.created_by.uid}"
    annotations = {"grafana.app/createdBy": author}
    if dashboard.folder:
        annotations["grafana.app/folder"] = dashboard.folder
    if updated:
        annotations["grafana.app/updatedBy"] = f"user:{dashboard.updated_by.uid}"
        annotations["grafana.app/updatedTimestamp"] = dashboard.updated
    return {
        "name": dashboard.uid,
        "namespace": NAMESPACE,
        "uid": dashboard.kubernetes_uid,
        "resourceVersion": str(dashboard.version),
        "generation": dashboard.version,
        "creationTimestamp": dashboard.created,
        "labels": {"grafana.app/deprecatedInternalID": str(dashboard.id)},
        "annotations": annotations,
    }


def converted(known: State, dashboard: Dashboard, version: str) -> Json:
    """Return spec and status of a dashboard in one version of the API."""
    told: Json = {} if version == dashboard.stored else {"conversion": {"failed": False}}
    if told:
        told["conversion"]["storedVersion"] = dashboard.stored
    if version == "v0alpha1":
        # Not recorded for what the classic API wrote; that it comes back unmigrated is our reading.
        return {"spec": {key: entry for key, entry in dashboard.spec.items() if key != "uid"}, "status": told}
    if version == "v1beta1":
        return {"spec": migrated(known, dashboard.spec), "status": told}
    told["conversion"] |= {"failed": True, "error": NO_CONVERSION}
    return {"spec": {"title": "", "elements": None}, "status": told}


def shown(known: State, dashboard: Dashboard, version: str) -> Json:
    """Return a dashboard as this API reads it back."""
    head = {"kind": "Dashboard", "apiVersion": f"{GROUP}/{version}", "metadata": metadata(dashboard)}
    return head | converted(known, dashboard, version)


def forbidden() -> Refused:
    """Return what is said where a right is missing: nothing."""
    return status(403, None)


COLLECTION = f"/apis/{GROUP}/<version>/namespaces/<namespace>/dashboards"


def readable(known: State, dashboard: Dashboard) -> bool:
    """Whether the request may see a dashboard."""
    return level(known, who(), dashboard.folder) >= VIEW


@routes.get(COLLECTION)
def list_dashboards(version: str, namespace: str) -> Response:
    """List dashboards with their JSON, newest first, in pieces of `limit`; `continue` goes on."""
    need_version(version)
    known = state()
    inside = [entry for entry in known.dashboards.values() if readable(known, entry) and namespace == NAMESPACE]
    inside.sort(key=lambda entry: -entry.id)
    go_on = re.fullmatch(r"org:1/start:(\d+)/folder:", request.args.get("continue", ""))
    if go_on:
        inside = [entry for entry in inside if entry.id < int(go_on[1])]
    limit = int(request.args.get("limit", "0")) or len(inside)
    head: Json = {"resourceVersion": "1"}
    if len(inside) > limit:
        head["continue"] = f"org:1/start:{inside[limit - 1].id}/folder:"
    items = [shown(known, entry, version) for entry in inside[:limit]]
    return answer({"kind": "DashboardList", "apiVersion": f"{GROUP}/{version}", "metadata": head, "items": items})


def found(known: State, namespace: str, name: str, needed: int = VIEW) -> Dashboard:
    """Return a dashboard with which the request may do what it wants to do."""
    if namespace != NAMESPACE or name not in known.dashboards:
        raise not_found(name)
    if level(known, who(), known.dashboards[name].folder) < needed:
        raise forbidden()
    return known.dashboards[name]


@routes.get(f"{COLLECTION}/<name>")
def get_dashboard(version: str, namespace: str, name: str) -> Response:
    """Show a dashboard, migrated to the version that is asked for."""
    need_version(version)
    known = state()
    return answer(shown(known, found(known, namespace, name), version))


@routes.get(f"{COLLECTION}/<name>/dto")
def get_access(version: str, namespace: str, name: str) -> Response:
    """Show a dashboard with what may be done with it."""
    need_version(version)
    known = state()
    dashboard = found(known, namespace, name)
    edits = level(known, who(), dashboard.folder) >= EDIT
    access = {
        "slug": dashboard.slug,
        "url": dashboard.url,
        "canSave": edits,
        "canEdit": edits,
        "canAdmin": edits,
        "canStar": True,
        "canDelete": edits,
        "annotationsPermissions": annotating(who()),
    }
    body = shown(known, dashboard, version) | {"kind": "DashboardWithAccessInfo", "access": access}
    return answer(body)


def check_written(known: State, body: Json, name: str) -> tuple[Json, str]:
    """Return the spec and folder that a write describes, or refuse it."""
    validation = request.args.get("fieldValidation", "")
    if validation not in VALIDATIONS:
        reason = f'Unsupported value: "{validation}": supported values: "", "Ignore", "Strict", "Warn"'
        causes = [{"reason": "FieldValueNotSupported", "message": reason, "field": "fieldValidation"}]
        message = f'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: {reason}'
        details = {"group": "meta.k8s.io", "kind": "CreateOptions", "causes": causes}
        raise status(422, message, "Invalid", details)
    if "/" in name:
        raise invalid(name, "metadata.name", f"Invalid value: \"{name}\": may not contain '/'")
    folder = (body["metadata"].get("annotations") or {}).get("grafana.app/folder", "")
    if folder not in ROOT and folder not in known.folders:
        raise not_found(folder, FOLDERS, "folders")
    if level(known, who(), folder) < EDIT:
        raise forbidden()
    spec = body.get("spec") or {}
    if validation == "Strict" and spec.get("schemaVersion") == SCHEMA:
        check_strictly(name, spec)
    return spec, folder


def check_strictly(name: str, spec: Json) -> None:
    """Refuse a panel's title that is no text; Grafana checks far more, for the newest schema only."""
    panels = spec.get("panels")
    for number, panel in enumerate(panels if isinstance(panels, list) else []):
        title = panel.get("title", "")
        if isinstance(title, list):
            text = "[" + ", ".join(f'"{entry}"' for entry in title) + "]"
            reason = f"Invalid value: conflicting values string and {text} (mismatched types string and list)"
            raise invalid(name, f"spec.panels.{number}.title", reason)


def managed_fields(version: str, body: Json) -> list[Json]:
    """Return the note of who wrote which field."""
    manager = (request.headers.get("User-Agent") or "").partition("/")[0]
    head = {"manager": manager, "operation": "Update", "apiVersion": f"{GROUP}/{version}", "time": now()}
    fields: Json = {"f:spec": {f"f:{key}": fields_of(entry) for key, entry in body.get("spec", {}).items()}}
    annotations = body["metadata"].get("annotations")
    if annotations:
        fields["f:metadata"] = {"f:annotations": fields_of(annotations)}
    return [head | {"fieldsType": "FieldsV1", "fieldsV1": fields}]


def fields_of(value: Any) -> Json:
    """Return the fields of an object, one level deep."""
    return {".": {}} | {f"f:{key}": {} for key in value} if isinstance(value, dict) else {}


def trial(known: State, name: str, spec: Json, folder: str) -> Json:
    """Return what a dry run answers for a dashboard that is not stored."""
    annotations = {"annotations": {"grafana.app/folder": folder}} if folder else {}
    stored = known.dashboards.get(name)
    head: Json = {
        "name": name,
        "namespace": NAMESPACE,
        "uid": stored.kubernetes_uid if stored else f"dry-{slug(name)}",
        "generation": stored.version if stored else 1,
        "creationTimestamp": stored.created if stored else now(),
    }
    if stored:
        head["resourceVersion"] = str(stored.version)
    return {"metadata": head | annotations, "spec": migrated(known, spec), "status": {}}


def created(known: State, version: str, body: Json, name: str, spec: Json, folder: str) -> Response:
    """Answer a dashboard that was not there: stored, or tried only."""
    head: Json = {"kind": "Dashboard", "apiVersion": f"{GROUP}/{version}"}
    if request.args.get("dryRun") == "All":
        shown_trial = trial(known, name, spec, folder)
        shown_trial["metadata"]["managedFields"] = managed_fields(version, body)
        return answer(head | shown_trial, 201)
    dashboard, _ = write(known, who(), name, migrated(known, spec), folder, stored_as="v1beta1")
    told = metadata(dashboard, updated=False) | {"managedFields": managed_fields(version, body)}
    if who().service_account:  # in this answer only; read back, it is a user
        told["annotations"]["grafana.app/createdBy"] = f"service-account:{who().uid}"
    return answer(head | {"metadata": told} | converted(known, dashboard, version), 201)


@routes.post(COLLECTION)
def post_dashboard(version: str, namespace: str) -> Response:
    """Make a dashboard, or only try to with `dryRun=All`."""
    need_version(version)
    known, body = state(), read_object()
    name = Body(body["metadata"])["name"]
    spec, folder = check_written(known, body, name)
    if namespace != NAMESPACE:
        raise forbidden()
    if name in known.dashboards:
        raise status(409, f'dashboards.{GROUP} "{name}" already exists', "AlreadyExists", named(name))
    return created(known, version, body, name, spec, folder)


def check_revision(dashboard: Dashboard, revision: str | None) -> None:
    """Refuse a change of something that has changed since it was read."""
    if revision not in {None, "", str(dashboard.version)}:
        reason = "the object has been modified; please apply your changes to the latest version and try again"
        message = f'Operation cannot be fulfilled on dashboards.{GROUP} "{dashboard.uid}": {reason}'
        raise status(409, message, "Conflict", named(dashboard.uid))


@routes.put(f"{COLLECTION}/<name>")
def put_dashboard(version: str, namespace: str, name: str) -> Response:
    """Change or make a dashboard; even one that comes from a file."""
    need_version(version)
    known, body = state(), read_object()
    spec, folder = check_written(known, body, name)
    if name not in known.dashboards:
        return created(known, version, body, name, spec, folder)
    dashboard = found(known, namespace, name, EDIT)
    check_revision(dashboard, body["metadata"].get("resourceVersion"))
    if request.args.get("dryRun") == "All":
        head = {"kind": "Dashboard", "apiVersion": f"{GROUP}/{version}"}
        return answer(head | trial(known, name, spec, folder))
    write(known, who(), name, migrated(known, spec), folder, stored_as="v1beta1")
    return answer(shown(known, dashboard, version))


@routes.patch(f"{COLLECTION}/<name>")
def patch_dashboard(version: str, namespace: str, name: str) -> Response:
    """Merge a part into a dashboard; server-side apply fails."""
    need_version(version)
    known = state()
    if request.mimetype != "application/merge-patch+json":
        kind = f"dashboard.grafana.app/{version}, Kind=Dashboard"
        reason = (
            f'no kind "Dashboard" is registered for the internal version of group "{GROUP}" '
            'in scheme "pkg/runtime/scheme.go:110"'
        )
        raise status(500, f"failed to convert to unversioned (/{name}; {kind}): {reason}")
    dashboard = found(known, namespace, name, EDIT)
    spec = migrated(known, dashboard.spec) | (read_object(content_type=False).get("spec") or {})
    write(known, who(), name, spec, dashboard.folder, stored_as="v1beta1")
    return answer(shown(known, dashboard, version))


@routes.delete(f"{COLLECTION}/<name>")
def delete_dashboard(version: str, namespace: str, name: str) -> Response:
    """Remove a dashboard, if it is still the one that is meant."""
    need_version(version)
    known = state()
    dashboard = found(known, namespace, name, EDIT)
    body = read_object(content_type=False) if request.get_data() else {}
    meant = (body.get("preconditions") or {}).get("resourceVersion")
    if meant not in {None, str(dashboard.version)}:
        reason = (
            f"the ResourceVersion in the precondition ({meant}) does not match the ResourceVersion in record "
            f"({dashboard.version}). The object might have been modified"
        )
        message = f'Operation cannot be fulfilled on Dashboard.{GROUP} "{name}": {reason}'
        raise status(409, message, "Conflict", named(name, kind="Dashboard"))
    del known.dashboards[name]
    details = named(name) | {"uid": dashboard.kubernetes_uid}
    return answer({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})


# Folders


def shown_folder(folder: Folder) -> Json:
    """Return a folder as this API shows it."""
    annotations = {
        "grafana.app/createdBy": f"user:{folder.created_by.id}",
        "grafana.app/updatedBy": f"user:{folder.updated_by.id}",
        "grafana.app/updatedTimestamp": folder.updated,
    }
    if folder.parent:
        annotations["grafana.app/folder"] = folder.parent
    head = {
        "name": folder.uid,
        "namespace": NAMESPACE,
        "uid": f"folder-{folder.uid}",
        "resourceVersion": str(1795253489967 + folder.version),
        "generation": folder.version,
        "creationTimestamp": folder.created,
        "labels": {"grafana.app/deprecatedInternalID": str(folder.id)},
        "annotations": annotations,
    }
    spec = {"title": folder.title, "description": folder.description}
    kind = {"kind": "Folder", "apiVersion": f"{FOLDERS}/v1beta1"}
    return kind | {"metadata": head, "spec": spec, "status": {}}


FOLDER_COLLECTION = f"/apis/{FOLDERS}/v1beta1/namespaces/{NAMESPACE}/folders"


@routes.get(FOLDER_COLLECTION)
def list_folders() -> Response:
    """List all folders that may be seen, nested ones included."""
    known = state()
    visible = [folder for folder in known.folders.values() if level(known, who(), folder.uid) >= VIEW]
    items = [shown_folder(folder) for folder in visible]
    head = {"kind": "FolderList", "apiVersion": f"{FOLDERS}/v1beta1", "metadata": {"resourceVersion": "1"}}
    return answer(head | {"items": items})


@routes.get(f"{FOLDER_COLLECTION}/<name>")
def get_folder(name: str) -> Response:
    """Show a folder."""
    known = state()
    if name not in known.folders:
        raise not_found(name, FOLDERS, "folders")
    if level(known, who(), name) < VIEW:
        raise forbidden()
    return answer(shown_folder(known.folders[name]))


@routes.post(FOLDER_COLLECTION)
def post_folder() -> Response:
    """Make a folder; one that is there is 412 here too."""
    known, body = state(), read_object()
    name, title = Body(body["metadata"])["name"], body["spec"].get("title", "")
    parent = (body["metadata"].get("annotations") or {}).get("grafana.app/folder", "")
    if level(known, who(), parent) < EDIT:
        raise forbidden()
    try:
        check_new(known, name, title, parent)
    except Refused as refusal:
        raise status(refusal.status, (refusal.body or {}).get("message")) from refusal
    return answer(shown_folder(create(known, who(), name, title, parent)), 201)
