"""How each kind of object is read, written and deleted: one class per kind.

Shapes, and what Grafana does not validate, are as observed on Grafana 12.3. For every kind, a write includes the
version that was read; if Grafana has none, the object is read again right before the write. Nothing is retried here:
`apply` decides that, after a check.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from dashlib.errors import RefusedError
from dashlib.grafana import objects
from dashlib.grafana.objects import (
    CONTACT_POINT,
    DASHBOARD,
    FOLDER,
    LIBRARY_PANEL,
    MUTE_TIMING,
    POLICY,
    RULE_GROUP,
    TEMPLATE,
    Item,
)
from dashlib.grafana.secret_references import HIDDEN, REDACTED, at, masked, resolved
from dashlib.servers.grafana import (
    FORBIDDEN,
    LARGEST_LIST,
    NOT_FOUND,
    OK,
    PRECONDITION_FAILED,
    Client,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dashlib.grafana.json_types import Json
    from dashlib.grafana.state import PushState

PROVISIONING = "/api/v1/provisioning"
_UNLOCKED = {"X-Disable-Provenance": "true"}
_LONGEST_MESSAGE = 500
_MANAGED = "managed by dashlib"

# From how many dashboards on the list endpoint is used, its page size, and pages per hundred declared dashboards.
_LIST_FROM = 25
_PAGE = 50
_PAGES_A_HUNDRED = 4
_GROUP = "dashboard.grafana.app"
_DASHBOARDS_API = f"/apis/{_GROUP}"
# The version that returns exactly what the classic endpoint stores; the others fill in defaults and migrate.
_AS_STORED = "v0alpha1"


class ChangedMeanwhileError(RefusedError):
    """The object was changed between our read and our write; it was left as it is."""

    def __init__(self, item: Item) -> None:
        super().__init__(
            f"{item.kind} {item.title!r} was changed in Grafana during this run and was left as it is; push again",
            PRECONDITION_FAILED,
        )


@attrs.frozen
class Writing:
    """How a run writes.

    Attributes:
        message: for the version history of dashboards.
        editable: the UI may edit alerting objects.
        org_id: ID of the organization.
        environment: where `${env:…}` is looked up.
    """

    message: str = ""
    editable: bool = False
    org_id: int = 0
    environment: Mapping[str, str] = attrs.field(factory=lambda: os.environ, repr=False)

    @property
    def unlocked(self) -> Mapping[str, str]:
        """The headers that say whether the UI may edit."""
        return _UNLOCKED if self.editable else {}

    @property
    def version_message(self) -> str:
        """The line in a dashboard's version history."""
        return (f"{_MANAGED}: {self.message}" if self.message else _MANAGED)[:_LONGEST_MESSAGE]


class ObjectKind(Protocol):
    """The operations on objects of one kind."""

    def read(self, client: Client, item: Item) -> Item | None:
        """Return the current object in Grafana; None if it does not exist."""

    def write(self, client: Client, item: Item, present: Item | None, writing: Writing) -> None:
        """Create the object, or overwrite exactly what was read."""

    def delete(self, client: Client, present: Item) -> None:
        """Remove the object that was read."""


def _unchanged_or_raise(kind: ObjectKind, client: Client, item: Item, present: Item | None) -> None:
    """Read the object again, for kinds without a version."""
    now = kind.read(client, present or item)
    if (now is None) != (present is None) or (now is not None and present is not None and not now.identical(present)):
        raise ChangedMeanwhileError(item)


# --- folders ---------------------------------------------------------------------------------------------------------


class _Folders:
    def read(self, client: Client, item: Item) -> Item | None:
        return read_folder(client, item.uid)

    def write(self, client: Client, item: Item, present: Item | None, writing: Writing) -> None:  # noqa: ARG002
        body: Json = {"uid": item.uid, "title": item.title}
        if present is None:
            client.write("POST", "/api/folders", {**body, "parentUid": item.folder} if item.folder else body)
            return
        path = f"/api/folders/{quoted(item.uid)}"
        if present.title != item.title:
            client.write("PUT", path, {"title": item.title, "version": present.version})
        if present.folder != item.folder:
            client.write("POST", f"{path}/move", {"parentUid": item.folder})

    def delete(self, client: Client, present: Item) -> None:
        path = f"/api/folders/{quoted(present.uid)}"
        # Grafana silently deletes the dashboards in a folder with it: check right before.
        counts = client.get(f"{path}/counts", accept=(OK, NOT_FOUND), needs=()).data or {}
        held = ", ".join(f"{count} {_COUNTED.get(name, name)}" for name, count in counts.items() if count)
        if held and "message" not in counts:
            raise RefusedError(
                f"folder {present.title!r} holds other people's work ({held}) and was kept", PRECONDITION_FAILED
            )
        client.write("DELETE", path, accept=(OK, NOT_FOUND))


_COUNTED = {
    "alertrule": "alert rule(s)", "dashboard": "dashboard(s)", "folder": "folder(s)", "librarypanel":
    "library panel(s)",
}  # fmt: skip


def read_folder(client: Client, uid: str) -> Item | None:
    """Return a folder by its UID; None if it does not exist or is not readable."""
    answer = client.get(f"/api/folders/{quoted(uid)}", accept=(OK, FORBIDDEN, NOT_FOUND), needs=("title",))
    if answer.status != OK:
        return None
    data = answer.data
    item = objects.folder_item(uid, str(data["title"]), str(data.get("parentUid") or ""))
    return attrs.evolve(item, version=data.get("version"))


def folders_in(client: Client, parent: str) -> list[tuple[str, str]]:
    """Return UID and title of each folder in a folder; in the root for an empty UID.

    An empty list if that folder does not exist or is not readable.
    """
    params = {"limit": "1000", **({"parentUid": parent} if parent else {})}
    answer = client.get(
        "/api/folders", params=params, accept=(OK, FORBIDDEN, NOT_FOUND), largest=LARGEST_LIST, each=("uid", "title")
    )
    return [(str(item["uid"]), str(item["title"])) for item in answer.data or ()] if answer.status == OK else []


# --- dashboards ------------------------------------------------------------------------------------------------------


class _Dashboards:
    def read(self, client: Client, item: Item) -> Item | None:
        # For a token with permissions in some folders only, Grafana also answers 403 for a missing dashboard. Treating
        # it as missing is safe: the write has `overwrite: false`.
        data = get_dashboard(client, item.uid)
        return _dashboard({**data, "dashboard": {**data["dashboard"], "uid": item.uid}}) if data is not None else None

    def write(self, client: Client, item: Item, present: Item | None, writing: Writing) -> None:
        data = {**item.content, "uid": item.uid}
        if present is not None:
            data["version"] = present.version
        body = {
            "dashboard": data,
            "folderUid": item.folder,
            "overwrite": False,
            "message": writing.version_message,
        }
        try:
            client.write("POST", "/api/dashboards/db", body)
        except RefusedError as error:
            if error.reason == "folder not found":
                raise RefusedError(
                    f"dashboard {item.title!r} was not written: its folder {item.folder} is gone; push again to "
                    "create it",
                    NOT_FOUND,
                ) from None
            raise

    def delete(self, client: Client, present: Item) -> None:
        _unchanged_or_raise(self, client, present, present)
        client.write("DELETE", f"/api/dashboards/uid/{quoted(present.uid)}", accept=(OK, NOT_FOUND))


def get_dashboard(client: Client, uid: str) -> Json | None:
    """Return a dashboard's JSON and meta; None if it does not exist or is not readable."""
    path = f"/api/dashboards/uid/{quoted(uid)}"
    answer = client.get(path, accept=(OK, FORBIDDEN, NOT_FOUND), needs=("dashboard", "meta"))
    if answer.status != OK or not all(isinstance(answer.data[key], dict) for key in ("dashboard", "meta")):
        return None
    data: Json = answer.data
    return data


def _dashboard(answer: Json) -> Item:
    meta, data = answer["meta"], answer["dashboard"]
    return objects.dashboard_item(
        data,
        str(meta.get("folderUid") or ""),
        version=data.get("version", meta.get("version")),
        provenance="file" if meta.get("provisioned") else "",
    )


def read_dashboards(client: Client, declared: Sequence[Item], org_id: int) -> dict[str, Item]:
    """Return the declared dashboards that exist, by key.

    If there are many, the list endpoint is used first, but only to find those that are exactly as declared: the others
    are read one by one from the classic endpoint.
    """
    found: dict[str, Item] = {}
    if len(declared) >= _LIST_FROM:
        found = _same_in_list(client, {item.uid: item for item in declared}, org_id)
    for item in declared:
        if item.key not in found:
            present = _DASHBOARDS.read(client, item)
            if present is not None:
                # Identical dashboards share one copy of their bytes.
                found[item.key] = attrs.evolve(present, encoded=item.encoded) if present.identical(item) else present
    return found


def _same_in_list(client: Client, declared: Mapping[str, Item], org_id: int) -> dict[str, Item]:
    group = client.get(_DASHBOARDS_API, accept=(OK, 401, FORBIDDEN, NOT_FOUND, 406), needs=())
    versions = group.data.get("versions") if group.status == OK else ()
    if {"groupVersion": f"{_GROUP}/{_AS_STORED}", "version": _AS_STORED} not in (versions or ()):
        return {}
    namespace = "default" if org_id in (0, 1) else f"org-{org_id}"
    path = f"{_DASHBOARDS_API}/{_AS_STORED}/namespaces/{namespace}/dashboards"
    found: dict[str, Item] = {}
    more = ""
    for _ in range(max(1, -(-len(declared) * _PAGES_A_HUNDRED // 100))):
        params = {"limit": str(_PAGE), **({"continue": more} if more else {})}
        answer = client.get(
            path, params=params, accept=(OK, FORBIDDEN, NOT_FOUND), largest=LARGEST_LIST, needs=("items", "metadata")
        )
        if answer.status != OK:
            break
        for entry in answer.data.get("items") or ():
            item = declared.get(str((entry.get("metadata") or {}).get("name")))
            if item is not None and _says(entry, item):
                found[item.key] = item
        more = str((answer.data["metadata"] or {}).get("continue") or "")
        if not more or len(found) == len(declared):
            break
    return found


def _says(entry: Mapping[str, Any], item: Item) -> bool:
    """Tell whether an entry of the list is a declared dashboard, unchanged."""
    folder = (entry["metadata"].get("annotations") or {}).get("grafana.app/folder", "")
    spec = {"uid": item.uid, **(entry.get("spec") or {})}
    return item.same(objects.dashboard_item(spec, folder))


# --- library panels --------------------------------------------------------------------------------------------------

_LIBRARY = "/api/library-elements"
# The kind of element that a panel is.
_PANEL = 1


class _LibraryPanels:
    def read(self, client: Client, item: Item) -> Item | None:
        path = f"{_LIBRARY}/{quoted(item.uid)}"
        answer = client.get(path, accept=(OK, FORBIDDEN, NOT_FOUND), needs=("result",))
        if answer.status != OK:
            return None
        data = answer.data["result"]
        folder = str(data.get("folderUid") or "")
        return objects.library_panel_item(data, "" if folder == "general" else folder, version=data.get("version"))

    def write(self, client: Client, item: Item, present: Item | None, writing: Writing) -> None:  # noqa: ARG002
        body: Json = {**item.content, "kind": _PANEL}
        if present is None:
            client.write("POST", _LIBRARY, {**body, "uid": item.uid, "folderUid": item.folder})
            return
        # Without a folder, Grafana leaves it where it is.
        moved = {"folderUid": item.folder} if present.folder != item.folder else {}
        client.write("PATCH", f"{_LIBRARY}/{quoted(item.uid)}", {**body, **moved, "version": present.version})

    def delete(self, client: Client, present: Item) -> None:
        _unchanged_or_raise(self, client, present, present)
        shown_by = dashboards_with(client, present.uid)
        if shown_by:
            raise RefusedError(
                f"library panel {present.title!r} was kept, because dashboards show it: {', '.join(shown_by)}",
                FORBIDDEN,
            )
        client.write("DELETE", f"{_LIBRARY}/{quoted(present.uid)}", accept=(OK, NOT_FOUND))


def dashboards_with(client: Client, library_panel: str) -> list[str]:
    """Return the UIDs of the dashboards that show a library panel."""
    path = f"{_LIBRARY}/{quoted(library_panel)}/connections"
    answer = client.get(path, accept=(OK, FORBIDDEN, NOT_FOUND), needs=("result",))
    found = answer.data["result"] if answer.status == OK else None
    return [str(each.get("connectionUid") or each.get("connectionId")) for each in found or ()]


def library_panels_named(client: Client, name: str) -> list[tuple[str, str]]:
    """Return UID and folder of each readable library panel of a name."""
    path = f"{_LIBRARY}/name/{quoted(name)}"
    answer = client.get(path, accept=(OK, FORBIDDEN, NOT_FOUND), needs=("result",))
    found = answer.data["result"] if answer.status == OK else None
    return [(str(each.get("uid")), str(each.get("folderUid") or "")) for each in found or ()]


# --- rule groups -----------------------------------------------------------------------------------------------------


class _RuleGroups:
    def read(self, client: Client, item: Item) -> Item | None:
        answer = client.get(_group_path(item), accept=(OK, FORBIDDEN, NOT_FOUND), needs=("interval", "rules"))
        if answer.status != OK or not answer.data["rules"]:
            return None
        data = answer.data
        present = objects.rule_group_item({**data, "name": item.title}, item.folder, int(data["interval"]))
        if present.same(item):
            return attrs.evolve(present, provenance="api")
        # Only the endpoint of a single rule returns the provenance.
        rule = client.get(
            f"{PROVISIONING}/alert-rules/{quoted(str(data['rules'][0]['uid']))}",
            accept=(OK, FORBIDDEN, NOT_FOUND),
            needs=("uid",),
        )
        return attrs.evolve(present, provenance=str((rule.data or {}).get("provenance") or ""))

    def write(self, client: Client, item: Item, present: Item | None, writing: Writing) -> None:
        # Grafana accepts a group for a missing folder, and then listing rules fails for everyone.
        if read_folder(client, item.folder) is None:
            raise RefusedError(
                f"rule group {item.title!r} was not written: its folder {item.folder} is gone", NOT_FOUND
            )
        _unchanged_or_raise(self, client, item, present)
        body = objects.rule_group_body(item, writing.org_id)
        client.write("PUT", _group_path(item), body, headers=writing.unlocked)

    def delete(self, client: Client, present: Item) -> None:
        _unchanged_or_raise(self, client, present, present)
        headers = {} if present.provenance == "api" else _UNLOCKED
        client.write("DELETE", _group_path(present), headers=headers, accept=(OK, 202, 204, NOT_FOUND))


def _group_path(item: Item) -> str:
    folder, _, name = item.uid.partition("/")
    return f"{PROVISIONING}/folder/{quoted(folder)}/rule-groups/{quoted(name)}"


# --- contact points --------------------------------------------------------------------------------------------------


class _ContactPoints:
    def read(self, client: Client, item: Item) -> Item | None:
        for data in client.get(f"{PROVISIONING}/contact-points", each=("name", "type")).data or ():
            if data.get("uid") == item.uid:
                return with_secrets_hidden(data, item.secrets)
        return None

    def write(self, client: Client, item: Item, present: Item | None, writing: Writing) -> None:
        content = masked(item.content, item.secrets)
        body = {"uid": item.uid, **resolved(content, writing.environment, f"contact point {item.title!r}")}
        headers = writing.unlocked
        _unchanged_or_raise(self, client, item, present)
        if present is None:
            client.write("POST", f"{PROVISIONING}/contact-points", body, headers=headers)
        else:
            client.write("PUT", f"{PROVISIONING}/contact-points/{quoted(item.uid)}", body, headers=headers)

    def delete(self, client: Client, present: Item) -> None:
        _unchanged_or_raise(self, client, present, present)
        client.write("DELETE", f"{PROVISIONING}/contact-points/{quoted(present.uid)}", accept=(OK, 202, 204, NOT_FOUND))


def with_secrets_hidden(data: Mapping[str, Any], secrets: Mapping[str, str]) -> Item:
    """Return a contact point that was read, with the values of our references hidden.

    Grafana returns some secrets as `[REDACTED]` and others, such as the URL of a webhook, in full. The latter are kept
    separately, for comparison only.
    """
    item = objects.contact_point_item(data, provenance=str(data.get("provenance") or ""))
    content = item.content
    values = {pointer: at(content, pointer) for pointer in secrets}
    plain = {pointer: value for pointer, value in values.items() if isinstance(value, str) and value != REDACTED}
    hidden = objects.canonical(masked(content, dict.fromkeys(secrets, HIDDEN)))
    return attrs.evolve(item, encoded=hidden, secrets=dict(secrets), plain=plain)


# --- mute timings and templates --------------------------------------------------------------------------------------


class _MuteTimings:
    def read(self, client: Client, item: Item) -> Item | None:
        for data in client.get(f"{PROVISIONING}/mute-timings", each=("name",)).data or ():
            if data["name"] == item.uid:
                return objects.mute_timing_item(
                    data, version=data.get("version"), provenance=str(data.get("provenance") or "")
                )
        return None

    def write(self, client: Client, item: Item, present: Item | None, writing: Writing) -> None:
        if present is None:
            client.write("POST", f"{PROVISIONING}/mute-timings", item.content, headers=writing.unlocked)
            return
        body = {**item.content, **({"version": present.version} if present.version else {})}
        headers = {} if present.provenance == "api" else writing.unlocked
        client.write("PUT", f"{PROVISIONING}/mute-timings/{quoted(item.uid)}", body, headers=headers)

    def delete(self, client: Client, present: Item) -> None:
        version = f"?version={quoted(str(present.version))}" if present.version else ""
        path = f"{PROVISIONING}/mute-timings/{quoted(present.uid)}{version}"
        client.write("DELETE", path, headers=_as_it_is(present), accept=(OK, 202, 204, NOT_FOUND))


class _Templates:
    def read(self, client: Client, item: Item) -> Item | None:
        answer = client.get(
            f"{PROVISIONING}/templates/{quoted(item.uid)}", accept=(OK, NOT_FOUND), needs=("name", "template")
        )
        if answer.status != OK:
            return None
        data = answer.data
        return objects.template_item(data, version=data.get("version"), provenance=str(data.get("provenance") or ""))

    def write(self, client: Client, item: Item, present: Item | None, writing: Writing) -> None:
        _unchanged_or_raise(self, client, item, present)
        body = {"template": item.content["template"]}
        if present is not None and present.version:
            body["version"] = str(present.version)
        headers = {} if present is not None and present.provenance == "api" else writing.unlocked
        client.write("PUT", f"{PROVISIONING}/templates/{quoted(item.uid)}", body, headers=headers)

    def delete(self, client: Client, present: Item) -> None:
        _unchanged_or_raise(self, client, present, present)
        version = f"?version={quoted(str(present.version))}" if present.version else ""
        path = f"{PROVISIONING}/templates/{quoted(present.uid)}{version}"
        client.write("DELETE", path, headers=_as_it_is(present), accept=(OK, 202, 204, NOT_FOUND))


def _as_it_is(present: Item) -> Mapping[str, str]:
    """Return the headers that leave an object's provenance as it is."""
    return {} if present.provenance == "api" else _UNLOCKED


# --- the notification policy -----------------------------------------------------------------------------------------


class _Policies:
    def read(self, client: Client, item: Item) -> Item | None:
        tree = read_policies(client)
        own_root = "root" in item.content
        present = objects.policy_item(
            tree, own_root=own_root, uid=item.uid, provenance=str(tree.get("provenance") or "")
        )
        return present if own_root or present.content["routes"] else None

    def write(self, client: Client, item: Item, present: Item | None, writing: Writing) -> None:
        tree = read_policies(client)
        own_root = "root" in item.content
        now = objects.policy_item(tree, own_root=own_root, uid=item.uid)
        expected = present.hash if present is not None else objects.policy_item({}, own_root=False).hash
        if now.hash != expected:
            raise ChangedMeanwhileError(item)
        # The whole tree has one provenance: locking it for our routes would lock everyone else out of theirs.
        locked = tree.get("provenance") == "api" or (own_root and not writing.editable)
        body = objects.merged_policy(tree, item)
        client.write("PUT", f"{PROVISIONING}/policies", body, headers={} if locked else _UNLOCKED)

    def delete(self, client: Client, present: Item) -> None:
        # The root stays as it is: it needs a receiver, and the previous one is not known.
        without = attrs.evolve(present, encoded=objects.canonical({"routes": []}))
        tree = read_policies(client)
        ours = objects.policy_item(tree, own_root=False, uid=present.uid)
        if ours.content["routes"] != present.content["routes"]:
            raise ChangedMeanwhileError(present)
        headers = {} if tree.get("provenance") == "api" else _UNLOCKED
        client.write("PUT", f"{PROVISIONING}/policies", objects.merged_policy(tree, without), headers=headers)


def read_policies(client: Client) -> Json:
    """Return the whole tree of notification policies."""
    tree: Json = client.get(f"{PROVISIONING}/policies", needs=("receiver",)).data
    return tree


# --- all kinds -------------------------------------------------------------------------------------------------------

_DASHBOARDS = _Dashboards()
KIND: Mapping[str, ObjectKind] = {
    FOLDER: _Folders(),
    MUTE_TIMING: _MuteTimings(),
    TEMPLATE: _Templates(),
    CONTACT_POINT: _ContactPoints(),
    POLICY: _Policies(),
    RULE_GROUP: _RuleGroups(),
    LIBRARY_PANEL: _LibraryPanels(),
    DASHBOARD: _DASHBOARDS,
}


def read_present(client: Client, declared: Sequence[Item], state: PushState, org_id: int) -> dict[str, Item]:
    """Return the existing objects by key: declared ones, and remembered ones that are no longer declared."""
    dashboards = [item for item in declared if item.kind == DASHBOARD]
    present = read_dashboards(client, dashboards, org_id)
    known = {item.key for item in declared}
    for item in (*(item for item in declared if item.kind != DASHBOARD), *_remembered_only(state, known)):
        known_secrets = state.objects[item.key].secrets if item.key in state.objects else {}
        secrets = {pointer: secret.reference for pointer, secret in known_secrets.items()} | dict(item.secrets)
        found = KIND[item.kind].read(client, attrs.evolve(item, secrets=secrets))
        if found is not None:
            present[item.key] = found
    return present


def _remembered_only(state: PushState, declared: Iterable[str]) -> list[Item]:
    """Return a stand-in for each object that is remembered and not declared: enough to read it."""
    items = []
    for key in state.objects.keys() - set(declared):
        kind, _, uid = key.partition("/")
        if kind in KIND:
            folder, _, name = uid.partition("/") if kind == RULE_GROUP else ("", "", uid)
            items.append(Item(kind, uid, name, b"{}", folder))
    return sorted(items, key=lambda item: item.key)
