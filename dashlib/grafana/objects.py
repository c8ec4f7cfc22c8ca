"""Compiled documents → the objects of Grafana's API. Pure: no network, no clock.

Every object, declared or read, becomes an `Item` with canonical content: keys sorted, what Grafana adds left out, whole
numbers without a decimal point. Two items are equal exactly when their bytes are; for dashboards, in which Grafana's UI
spells out every default, when the bytes of their normal forms are.
"""

from __future__ import annotations

import functools
import hashlib
import re
from typing import TYPE_CHECKING, Any

import attrs
import orjson

from dashlib.declare.dashboards import derived_uid
from dashlib.documents.dashboards import Dashboard
from dashlib.errors import DeclarationError
from dashlib.grafana.normal_form import normal_form, panel_form
from dashlib.grafana.secret_references import HIDDEN, masked, references
from dashlib.promql import duration_seconds, format_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.documents.document import Document
    from dashlib.grafana.json_types import Json, JsonValue


FOLDER, MUTE_TIMING, TEMPLATE = "folder", "mute timing", "template"
CONTACT_POINT, POLICY, RULE_GROUP, DASHBOARD = "contact point", "notification policy", "rule group", "dashboard"
LIBRARY_PANEL = "library panel"
# The order in which they are written; deletions go in reverse. A folder contains others; a policy refers to contact
# points and mute timings, a contact point to templates; a rule may refer to a contact point, and a dashboard shows
# library panels. Nothing refers to dashboards (a rule links to one by URL), so they come last: there are many, and
# alerts should not wait for them.
KINDS = (FOLDER, MUTE_TIMING, TEMPLATE, CONTACT_POINT, POLICY, RULE_GROUP, LIBRARY_PANEL, DASHBOARD)
ALERTING = frozenset(KINDS) - {FOLDER, LIBRARY_PANEL, DASHBOARD}

MANAGED_LABEL, MANAGED_VALUE = "managed_by", "dashlib"
POLICY_UID = "root"
LONGEST_UID = 40
_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LARGEST_EXACT = 2**53
# A number that JSON can spell in several ways. It begins with its one digit, for which a search can look fast.
_ODD_NUMBER = re.compile(rb"[0-9](?:\.0[,}\]]|[eE]|[0-9]{15})")


def canonical(data: object) -> bytes:
    """Return JSON in one spelling: keys sorted, `1.0` and `1e3` as whole numbers, integers as a double holds them."""
    encoded = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    if _ODD_NUMBER.search(encoded):
        encoded = orjson.dumps(_numbers(orjson.loads(encoded)), option=orjson.OPT_SORT_KEYS)
    return encoded


def _numbers(data: JsonValue) -> JsonValue:
    if isinstance(data, dict):
        return {key: _numbers(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_numbers(value) for value in data]
    if isinstance(data, float) and data.is_integer() and abs(data) <= _LARGEST_EXACT:
        return int(data)
    if isinstance(data, int) and not isinstance(data, bool) and abs(data) > _LARGEST_EXACT:
        return float(data)
    return data


@attrs.frozen
class Item:
    """A Grafana object, declared or as it was read.

    Attributes:
        kind: one of `KINDS`.
        uid: its identifier within the kind: a UID, a name, or `folder uid/group name`.
        title: its title.
        folder: UID of its folder; empty for the root, and for kinds without folders.
        encoded: its content, canonical.
        secrets: by JSON pointer into the content, the reference to the secret that belongs there.
        version: Grafana's version of what was read; needed to overwrite exactly that.
        provenance: of a read object: `api`, `file`, …; empty if the UI may edit it.
        plain: of a read object, by pointer, the value of a secret that Grafana does not hide. Never printed.
        datasources: of a read dashboard, by type, the UID of the datasource by each other name that means it there.
    """

    kind: str
    uid: str
    title: str
    encoded: bytes = attrs.field(repr=False)
    folder: str = ""
    secrets: Mapping[str, str] = attrs.field(factory=dict)
    version: int | str | None = None
    provenance: str = ""
    plain: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    datasources: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict, eq=False, repr=False)

    @property
    def key(self) -> str:
        """Its key in the state."""
        return f"{self.kind}/{self.uid}"

    @property
    def content(self) -> Json:
        """Its content, parsed."""
        content: Json = orjson.loads(self.encoded)
        return content

    @functools.cached_property
    def compared(self) -> bytes:
        """What is compared: the normal form of a dashboard or library panel, otherwise the content itself."""
        if self.kind == LIBRARY_PANEL:
            content = self.content
            return canonical({**content, "model": panel_form(content["model"])})
        return canonical(normal_form(self.content, self.datasources)) if self.kind == DASHBOARD else self.encoded

    @property
    def meaning(self) -> Json:
        """What is compared, parsed."""
        meaning: Json = orjson.loads(self.compared)
        return meaning

    @property
    def hash(self) -> str:
        """80 bits of a hash of the folder and what is compared."""
        return _hash(self.folder, self.compared)

    @property
    def hashes(self) -> tuple[str, str]:
        """The hashes that may be in the state: its own, and that of its content, which earlier versions stored."""
        return self.hash, _hash(self.folder, self.encoded)

    def same(self, other: Item) -> bool:
        """Tell whether two items are equivalent and in the same folder."""
        return self.folder == other.folder and (self.encoded == other.encoded or self.compared == other.compared)

    def identical(self, other: Item) -> bool:
        """Tell whether two items are byte for byte the same and in the same folder."""
        return self.folder == other.folder and self.encoded == other.encoded


def _hash(folder: str, content: bytes) -> str:
    return hashlib.sha256(folder.encode() + b"\n" + content).hexdigest()[:20]


# --- folders -------------------------------------------------------------------------------------------------------


def folder_uid(path: str) -> str:
    """Return the UID of a folder that dashlib creates: derived from its title path alone, so the same everywhere.

    Args:
        path: titles from the root, separated by `/`.
    """
    return derived_uid(path, "folder")


def title_path(path: str) -> tuple[str, ...]:
    """Return the titles of a folder path, from the root; empty for the root itself."""
    return tuple(part.strip() for part in path.split("/") if part.strip())


def folder_item(uid: str, title: str, parent: str) -> Item:
    """Return a folder."""
    return Item(FOLDER, uid, title, canonical({"parent": parent, "title": title}), parent)


# --- dashboards ----------------------------------------------------------------------------------------------------

_NOT_CONTENT = ("id", "uid", "version", "__inputs", "__requires", "__elements")


def dashboard_item(
    data: Mapping[str, Any], folder: str, *, encoded: bytes = b"", version: int | None = None, provenance: str = ""
) -> Item:
    """Return a dashboard from its JSON."""
    uid = str(data["uid"])
    content = encoded or canonical({key: value for key, value in data.items() if key not in _NOT_CONTENT})
    return Item(DASHBOARD, uid, str(data.get("title", uid)), content, folder, version=version, provenance=provenance)


def library_panels_of(item: Item) -> set[str]:
    """Return the UIDs of the library panels that a dashboard shows."""
    if item.kind != DASHBOARD or b'"libraryPanel"' not in item.encoded:
        return set()
    places = (panel.data.get("libraryPanel") for panel in Dashboard(item.content).all_panels)
    return {str(place["uid"]) for place in places if isinstance(place, dict) and place.get("uid")}


# --- library panels --------------------------------------------------------------------------------------------------

# What each dashboard has of its own; a Save in the UI writes that of the dashboard in which somebody edited the panel.
_NOT_OF_MODEL = frozenset({"id", "gridPos", "libraryPanel"})


def library_panel_item(data: Mapping[str, Any], folder: str, *, version: int | None = None) -> Item:
    """Return a library panel, as it is declared or as the API returns it."""
    model = {key: value for key, value in data["model"].items() if key not in _NOT_OF_MODEL}
    uid, name = str(data["uid"]), str(data["name"])
    return Item(LIBRARY_PANEL, uid, name, canonical({"name": name, "model": model}), folder, version=version)


# --- rule groups ---------------------------------------------------------------------------------------------------

_RULE_IS_NOT = frozenset({"id", "updated", "provenance", "orgID", "folderUID", "ruleGroup"})
_RULE_DEFAULTS: Json = {"isPaused": False, "keep_firing_for": "0s", "for": "0s"}
_MODEL_DEFAULTS: Json = {"intervalMs": 1000, "maxDataPoints": 43200}
_NOWHEN = {"from": 0, "to": 0}


def rule_group_item(group: Mapping[str, Any], folder: str, interval: int, *, provenance: str = "") -> Item:
    """Return a rule group from a file or the API.

    Args:
        group: with `name` or `title`, and `rules`.
        folder: UID of its folder.
        interval: seconds between evaluations.
        provenance: where it comes from, if it was read.
    """
    name = str(group.get("name") or group.get("title"))
    content = {"interval": interval, "rules": [_rule(rule) for rule in group["rules"]]}
    return Item(RULE_GROUP, f"{folder}/{name}", name, canonical(content), folder, provenance=provenance)


def duration(text: object) -> object:
    """Return a duration as Grafana writes it back: `60s` as `1m`; anything else stays as it is."""
    try:
        return format_duration(duration_seconds(str(text)))
    except ValueError:
        return text


def _rule(rule: Mapping[str, Any]) -> Json:
    made = {key: value for key, value in rule.items() if key not in _RULE_IS_NOT and value not in (None, {}, [])}
    if "keepFiringFor" in made:
        made["keep_firing_for"] = made.pop("keepFiringFor")
    if "dashboardUid" in made:
        linked = {"__dashboardUid__": made.pop("dashboardUid"), "__panelId__": str(made.pop("panelId", ""))}
        made["annotations"] = {**made.get("annotations", {}), **linked}
    made |= {key: duration(made[key]) for key in ("for", "keep_firing_for") if key in made}
    made["data"] = [_query(query) for query in made.get("data", [])]
    return {key: value for key, value in made.items() if _RULE_DEFAULTS.get(key) != value}


def _query(query: Mapping[str, Any]) -> Json:
    made = {key: value for key, value in query.items() if value not in (None, "")}
    if made.get("relativeTimeRange") == _NOWHEN:
        del made["relativeTimeRange"]
    model = made.get("model", {})
    made["model"] = {key: value for key, value in model.items() if _MODEL_DEFAULTS.get(key) != value}
    return made


def rule_group_body(item: Item, org_id: int) -> Json:
    """Return the API request body of a rule group."""
    _, _, name = item.uid.partition("/")
    content = item.content
    return {
        "title": name,
        "folderUid": item.folder,
        "interval": content["interval"],
        "rules": [
            {
                "for": "0s",
                "annotations": {},
                "labels": {},
                **rule,
                "data": [{"relativeTimeRange": _NOWHEN, **query} for query in rule["data"]],
                "orgID": org_id or 1,
                "folderUID": item.folder,
                "ruleGroup": name,
            }
            for rule in content["rules"]
        ],
    }


# --- contact points, mute timings, templates -------------------------------------------------------------------------


def contact_point_item(data: Mapping[str, Any], *, provenance: str = "") -> Item:
    """Return one integration of a contact point; its content hides secrets that are references."""
    content: Json = {"name": data["name"], "type": data["type"], "settings": data.get("settings", {})}
    if data.get("disableResolveMessage"):
        content["disableResolveMessage"] = True
    secrets = dict(references(content))
    uid = str(data.get("uid", ""))
    hidden = canonical(masked(content, dict.fromkeys(secrets, HIDDEN)))
    return Item(CONTACT_POINT, uid, str(data["name"]), hidden, secrets=secrets, provenance=provenance)


def mute_timing_item(data: Mapping[str, Any], *, version: str | None = None, provenance: str = "") -> Item:
    """Return a mute timing."""
    name = str(data["name"])
    content = {"name": name, "time_intervals": _without_empty(data.get("time_intervals", []))}
    return Item(MUTE_TIMING, name, name, canonical(content), version=version, provenance=provenance)


def template_item(data: Mapping[str, Any], *, version: str | None = None, provenance: str = "") -> Item:
    """Return a notification template."""
    name = str(data["name"])
    content = {"name": name, "template": str(data["template"]).strip()}
    return Item(TEMPLATE, name, name, canonical(content), version=version, provenance=provenance)


def _without_empty(data: JsonValue) -> JsonValue:
    if isinstance(data, dict):
        return {key: _without_empty(value) for key, value in data.items() if value not in (None, "", [], {})}
    if isinstance(data, list):
        return [_without_empty(value) for value in data]
    return data


# --- the notification policy -----------------------------------------------------------------------------------------

_DURATIONS = ("group_wait", "group_interval", "repeat_interval")
_ROOT_KEYS = ("receiver", "group_by", *_DURATIONS)
_MATCHER = re.compile(rf'\s*"?{MANAGED_LABEL}"?\s*=\s*"?([^"]*?)"?\s*')


def policy_uid(owner: str) -> str:
    """Return the UID of an owner's part of the policy tree if another owner already has `POLICY_UID`.

    It is also the value of `managed_by` that routes that owner's alerts.
    """
    return f"{MANAGED_VALUE}-{owner}"


def managed_value(uid: str) -> str:
    """Return the value of `managed_by` that belongs to a part of the policy tree."""
    return MANAGED_VALUE if uid == POLICY_UID else uid


def is_ours(route: Mapping[str, Any], value: str = MANAGED_VALUE) -> bool:
    """Tell whether a route of the policy tree has our matcher."""
    if any(list(matcher) == [MANAGED_LABEL, "=", value] for matcher in route.get("object_matchers") or ()):
        return True
    found = (_MATCHER.fullmatch(str(matcher)) for matcher in route.get("matchers") or ())
    return any(match is not None and match[1] == value for match in found)


def _route(route: Mapping[str, Any]) -> Json:
    made = {key: value for key, value in route.items() if value not in (None, False, "", [], {})}
    made |= {key: duration(made[key]) for key in _DURATIONS if key in made}
    if "routes" in made:
        made["routes"] = [_route(inner) for inner in made["routes"]]
    return made


def policy_item(tree: Mapping[str, Any], *, own_root: bool, uid: str = POLICY_UID, provenance: str = "") -> Item:
    """Return our part of a policy tree: the routes with our matcher, and the root if we own it."""
    value = managed_value(uid)
    content: Json = {"routes": [_route(route) for route in tree.get("routes") or () if is_ours(route, value)]}
    if own_root:
        content["root"] = {
            key: duration(tree[key]) if key in _DURATIONS else tree[key] for key in _ROOT_KEYS if tree.get(key)
        }
    return Item(POLICY, uid, "routes of dashlib", canonical(content), provenance=provenance)


def declared_policy(policy: Mapping[str, Any], *, own_root: bool, uid: str = POLICY_UID) -> Item:
    """Return the declared tree as our part of Grafana's.

    Routes that already have our matcher stay as they are. A tree with others is put below a route of ours that has the
    settings of its root: next to other routes, and reached only by alerts with our value of `managed_by`.
    """
    routes = list(policy.get("routes") or ())
    if not routes or not all(is_ours(route) for route in routes):
        root = {key: policy[key] for key in _ROOT_KEYS if policy.get(key)}
        routes = [{**root, "object_matchers": [[MANAGED_LABEL, "=", MANAGED_VALUE]], "routes": routes}]
    routes = [_matching(route, managed_value(uid)) for route in routes]
    return policy_item({**policy, "routes": routes}, own_root=own_root, uid=uid)


def _matching(route: Mapping[str, Any], value: str) -> Json:
    """Return a route of ours and its children with this value in our matcher."""
    made = dict(route)
    if value != MANAGED_VALUE and is_ours(route):
        theirs = [list(matcher) for matcher in route.get("object_matchers") or ()]
        made["object_matchers"] = [
            *(matcher for matcher in theirs if matcher != [MANAGED_LABEL, "=", MANAGED_VALUE]),
            [MANAGED_LABEL, "=", value],
        ]
        made["matchers"] = [text for text in route.get("matchers") or () if not is_ours({"matchers": [text]})]
    if route.get("routes"):
        made["routes"] = [_matching(inner, value) for inner in route["routes"]]
    return made


def contact_points_named_by(item: Item) -> list[str]:
    """Return the contact points that a policy, or the rules of a group, refer to."""
    content = item.content
    if item.kind == POLICY:
        return list(dict.fromkeys(_receivers([content.get("root", {}), *content["routes"]])))
    if item.kind == RULE_GROUP:
        settings = (rule.get("notification_settings") or {} for rule in content["rules"])
        return list(dict.fromkeys(str(each["receiver"]) for each in settings if each.get("receiver")))
    return []


def _receivers(routes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for route in routes:
        if route.get("receiver"):
            yield str(route["receiver"])
        yield from _receivers(route.get("routes") or ())


def merged_policy(tree: Mapping[str, Any], ours: Item) -> Json:
    """Return Grafana's policy tree with our routes as declared and everything else as it was.

    Ours go where the first of them was, or before all others: they match no other alerts, and behind a catch-all they
    would match none at all.
    """
    content, value = ours.content, managed_value(ours.uid)
    routes = list(tree.get("routes") or ())
    first = next((index for index, route in enumerate(routes) if is_ours(route, value)), 0)
    kept = [(index, route) for index, route in enumerate(routes) if not is_ours(route, value)]
    ours_too = _ROOT_KEYS if "root" in content else ()
    not_kept = ("provenance", "version", "routes", *ours_too)
    made: Json = {key: held for key, held in tree.items() if key not in not_kept} | content.get("root", {})
    made["routes"] = [
        *(route for index, route in kept if index < first),
        *content["routes"],
        *(route for index, route in kept if index >= first),
    ]
    return made


# --- documents -------------------------------------------------------------------------------------------------------


def alerting_items(
    documents: Iterable[Document], folders: Mapping[str, str], *, own_root: bool = False, policy: str = POLICY_UID
) -> list[Item]:
    """Return the objects of the documents of kind `grafana-alerting`.

    Args:
        documents: all documents of the project; other kinds are ignored.
        folders: UID of each folder, by its title path in the documents.
        own_root: the root of the policy tree is ours.
        policy: UID of our part of the policy tree: `POLICY_UID`, or that of `policy_uid`.

    Raises:
        DeclarationError: an object lacks a UID, so that every push would create a new one, or two have the same.
    """
    items: list[Item] = []
    for document in documents:
        if document.kind != "grafana-alerting":
            continue
        data = document.data
        where = str(document.path)
        items.extend(mute_timing_item(mute) for mute in data.get("muteTimes", ()))
        items.extend(template_item(template) for template in data.get("templates", ()))
        for point in data.get("contactPoints", ()):
            for receiver in point["receivers"]:
                item = contact_point_item({**receiver, "name": point["name"]})
                _check_uid(item.uid, f"contact point {item.title!r} of {where}")
                items.append(item)
        items.extend(declared_policy(tree, own_root=own_root, uid=policy) for tree in data.get("policies", ()))
        items.extend(_declared_group(group, folders, where, managed_value(policy)) for group in data.get("groups", ()))
    _check_once(items)
    return items


def _declared_group(group: Mapping[str, Any], folders: Mapping[str, str], where: str, value: str) -> Item:
    seconds = duration_seconds(str(group["interval"]))
    if seconds <= 0 or seconds % 10:
        raise DeclarationError(
            f"rule group {group['name']!r} of {where} has the interval {group['interval']}; Grafana requires "
            "a multiple of 10 seconds"
        )
    for rule in group["rules"]:
        _check_uid(str(rule.get("uid", "")), f"rule {rule.get('title')!r} of {where}")
    rules = [_labeled(rule, value) for rule in group["rules"]]
    return rule_group_item({**group, "rules": rules}, folders[str(group["folder"])], int(seconds))


def _labeled(rule: Mapping[str, Any], value: str) -> Mapping[str, Any]:
    """Return a rule whose alerts match the route with this value."""
    labels = rule.get("labels") or {}
    return {**rule, "labels": {**labels, MANAGED_LABEL: value}} if labels.get(MANAGED_LABEL) == MANAGED_VALUE else rule


def _check_uid(uid: str, said: str) -> None:
    if not _UID.fullmatch(uid):
        raise DeclarationError(
            f"{said} has the UID {uid!r}; expected 1 to {LONGEST_UID} letters, digits, '-' and '_', or Grafana would "
            "create a new object with every push"
        )


def _check_once(items: Sequence[Item]) -> None:
    seen: set[str] = set()
    rules: dict[str, str] = {}
    for item in items:
        if item.key in seen:
            raise DeclarationError(f"{item.kind} {item.title!r} ({item.uid}) is declared twice")
        seen.add(item.key)
        if item.kind == RULE_GROUP:
            for rule in item.content["rules"]:
                other = rules.setdefault(rule["uid"], item.title)
                if other != item.title:
                    raise DeclarationError(
                        f"rule UID {rule['uid']!r} is used in the groups {other!r} and {item.title!r}; Grafana would "
                        "move the rule from one to the other with every push"
                    )


def folders_of(documents: Iterable[Document]) -> list[str]:
    """Return the title paths of the folders of rule groups, in order."""
    return list(
        dict.fromkeys(
            str(group["folder"])
            for document in documents
            if document.kind == "grafana-alerting"
            for group in document.data.get("groups", ())
        )
    )
