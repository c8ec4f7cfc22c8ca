"""Who may do what: logging in, roles, permissions of folders, service accounts."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from pathlib import Path

import attrs
from flask import Blueprint, Response, g, request

from tests.grafana.double.answers import Refused, answer, coded, made_uid, read_object, refused, state
from tests.grafana.double.state import Dashboard, Folder, Identity, Json, State, Token, now

routes = Blueprint("access", __name__)

VIEW, EDIT, ADMINISTER = 1, 2, 4
LEVEL_OF_ROLE = {"None": 0, "Viewer": VIEW, "Editor": EDIT, "Admin": ADMINISTER}
NAME_OF_LEVEL = {VIEW: "View", EDIT: "Edit", ADMINISTER: "Admin"}
LOGIN_TRIES = 5
ROOT = ("", "general")

WRITES_NOTIFICATIONS = (
    "any of alert.provisioning:write, alert.notifications.provisioning:write, "
    "all of alert.notifications:write, alert.provisioning.provenance:write"
)
READS_NOTIFICATIONS = (
    "any of alert.provisioning:read, alert.notifications.provisioning:read, "
    "alert.provisioning.secrets:read, alert.notifications:read"
)


def unauthorized(message: str, message_id: str) -> Refused:
    """Return a refused login."""
    body = {"extra": None, "message": message, "messageId": message_id, "statusCode": 401, "traceID": ""}
    return Refused(401, body)


def denied(permissions: str) -> Refused:
    """Return what Grafana says when a role lacks a permission."""
    message = f"You'll need additional permissions to perform this action. Permissions needed: {permissions}"
    error = f"ACE{secrets.randbelow(10**10):010}"
    return Refused(403, {"accessErrorId": error, "message": message, "title": "Access denied"})


def log_in(known: State, header: str | None) -> Identity:
    """Return who an `Authorization` header stands for; the rules of section a of the recording."""
    scheme, _, value = (header or "").partition(" ")
    if scheme == "Bearer" and value:
        return _by_token(known, value)
    if scheme == "Basic" and value:
        return _by_password(known, value)
    raise unauthorized("Unauthorized", "auth.unauthorized")


def _by_token(known: State, key: str) -> Identity:
    for token in known.tokens:
        if token.key != key:
            continue
        if token.deleted:
            raise Refused(401, {"message": "Unauthorized", "traceID": ""})
        if token.expires is not None and token.expires <= time.time():
            raise unauthorized("Expired API key", "api-key.expired")
        return token.owner
    raise unauthorized("Invalid API key", "api-key.invalid")


def _by_password(known: State, value: str) -> Identity:
    wrong = unauthorized("Invalid username or password", "password-auth.failed")
    try:
        login, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise wrong from error
    for identity in known.identities:
        if identity.login == login and not identity.service_account:
            if identity.failed_logins >= LOGIN_TRIES or identity.password != password:
                identity.failed_logins += 1
                raise wrong
            identity.failed_logins = 0
            return identity
    raise wrong


def outside(identity: Identity) -> Identity:
    """Return somebody in an organisation that they are no member of, or that does not exist: without any right.

    Recorded for a dashboard (403, `dashboards:read`); a trial met 403 at `/api/org`. `/api/user` is not asked for its
    rights, and goes on to name the organisation that somebody belongs to.
    """
    return attrs.evolve(identity, id=0, role="None")


def who() -> Identity:
    """Return who sent this request."""
    identity = g.identity
    assert isinstance(identity, Identity)
    return identity


def administers(identity: Identity) -> bool:
    """Whether everything is allowed."""
    return identity.role == "Admin"


def see_now(known: State, identity: Identity) -> None:
    """Let Grafana read the permissions of an identity anew: every folder that is there now."""
    identity.seen = frozenset(known.folders)


def level(known: State, identity: Identity, folder: str) -> int:
    """Return what an identity may do in a folder (or in the root, `""`): 0, `VIEW`, `EDIT` or `ADMINISTER`.

    With `caches_permissions`, a folder that came after the permissions were last read counts for nothing, unless a
    folder around it was known.
    """
    if administers(identity):
        return ADMINISTER
    if folder in ROOT:
        return min(LEVEL_OF_ROLE[identity.role], EDIT)
    seen = identity.seen if known.caches_permissions else None
    levels = [_granted(identity, around) for around in known.path_of(folder) if seen is None or around.uid in seen]
    return max(levels, default=0)


def _granted(identity: Identity, folder: Folder) -> int:
    """Return what the permissions of one folder grant."""
    found = 0
    for item in folder.permissions:
        if item.get("userId") == identity.id or ("role" in item and may(identity, item["role"])):
            found = max(found, int(item["permission"]))
    return found


def default_permissions(owner: Identity) -> list[Json]:
    """Return who may do what in a new folder of the root."""
    return [
        {"userId": owner.id, "permission": ADMINISTER},
        {"role": "Editor", "permission": EDIT},
        {"role": "Viewer", "permission": VIEW},
    ]


def may(identity: Identity, role: str) -> bool:
    """Whether an identity has at least this role."""
    return LEVEL_OF_ROLE[identity.role] >= LEVEL_OF_ROLE[role]


def need_role(role: str, permissions: str) -> None:
    """Refuse the request when the role is smaller than needed."""
    if not may(who(), role):
        raise denied(permissions)


def edits_something(known: State, identity: Identity) -> bool:
    """Whether there is any folder in which dashboards may be saved."""
    return may(identity, "Editor") or any(level(known, identity, uid) >= EDIT for uid in known.folders)


# What a service account of each role may do in a Grafana without folders, as recorded.
PERMISSIONS_OF_ROLE: dict[str, dict[str, list[str]]] = json.loads(
    Path(__file__).with_name("permissions.json").read_bytes()
)


def permissions_of(known: State, identity: Identity) -> Json:
    """Return the actions of an identity with their scopes."""
    found = {action: [*scopes] for action, scopes in PERMISSIONS_OF_ROLE[identity.role].items()}
    if not administers(identity):
        for uid in known.folders:
            reach = level(known, identity, uid)
            if reach >= VIEW:
                for action in ("folders:read", "dashboards:read"):
                    found.setdefault(action, []).append(f"folders:uid:{uid}")
            if reach >= EDIT:
                actions = ("folders:write", "folders:create", "dashboards:create", "dashboards:write")
                for action in (*actions, "dashboards:delete"):
                    found.setdefault(action, []).append(f"folders:uid:{uid}")
    return dict(found)


ORGANISATION = {
    "id": 1,
    "name": "Main Org.",
    "address": {"address1": "", "address2": "", "city": "", "zipCode": "", "state": "", "country": ""},
}


@routes.get("/api/org", strict_slashes=False)
@routes.get("/api/org/", strict_slashes=False)
def get_organisation() -> Response:
    """Answer a login check; role None may not ask."""
    need_role("Viewer", "orgs:read")
    return answer(ORGANISATION)


@routes.get("/api/user")
def get_user() -> Response:
    """Say who asks."""
    identity = who()
    common: Json = {
        "name": identity.name,
        "login": identity.login,
        "theme": "",
        "orgId": 1,
        "isGrafanaAdmin": False,
        "isDisabled": False,
        "isExternal": False,
        "isExternallySynced": False,
        "isGrafanaAdminExternallySynced": False,
        "isProvisioned": False,
    }
    if identity.service_account:
        never = "0001-01-01T00:00:00Z"
        more = {"id": 0, "uid": f"service-account:{identity.id}", "email": identity.login, "authLabels": None}
        return answer(common | more | {"updatedAt": never, "createdAt": never, "avatarUrl": ""})
    picture = "/public/img/user_profile.png"
    more = {"id": identity.id, "uid": identity.uid, "email": f"{identity.login}@localhost", "authLabels": []}
    named = {"name": "", "isGrafanaAdmin": administers(identity)}
    return answer(common | more | named | {"updatedAt": now(), "createdAt": now(), "avatarUrl": picture})


@routes.get("/api/access-control/user/permissions")
def get_permissions() -> Response:
    """List the actions of whoever asks."""
    return answer(permissions_of(state(), who()))


@routes.post("/api/admin/users")
def post_user() -> Response:
    """Make a user who logs in with a password."""
    need_role("Admin", "users:create")
    body, known = read_object(), state()
    user = Identity(next(known.identity_ids), made_uid(), body["name"], body["login"], "Viewer", body["password"])
    known.identities.append(user)
    return answer({"id": user.id, "uid": user.uid, "message": "User created"})


def service_account(known: State, name: str, role: str) -> Identity:
    """Make a service account."""
    login = f"sa-1-{name.lower().replace(' ', '-')}"
    account = Identity(next(known.identity_ids), made_uid(), name, login, role)
    known.identities.append(account)
    return account


def add_token(known: State, owner: Identity, name: str, seconds: float | None = None) -> Token:
    """Make a token of a service account that lives for some seconds, or for ever."""
    expires = None if seconds is None else time.time() + seconds
    token = Token(next(known.token_ids), name, f"glsa_{secrets.token_hex(20)}", owner, expires)
    known.tokens.append(token)
    return token


def _account(known: State, number: int) -> Identity:
    for identity in known.identities:
        if identity.id == number and identity.service_account:
            return identity
    raise coded(404, "serviceaccounts.ErrNotFound", "service account not found")


def _described(known: State, account: Identity) -> Json:
    tokens = sum(1 for token in known.tokens if token.owner is account and not token.deleted)
    return {
        "id": account.id,
        "uid": account.uid,
        "name": account.name,
        "login": account.login,
        "orgId": 1,
        "isDisabled": account.disabled,
        "role": account.role,
        "tokens": tokens,
        "avatarUrl": "",
    }


@routes.post("/api/serviceaccounts")
def post_service_account() -> Response:
    """Make a service account; names are unique."""
    need_role("Admin", "serviceaccounts:create")
    body, known = read_object(), state()
    if any(identity.name == body["name"] and identity.service_account for identity in known.identities):
        raise coded(400, "serviceaccounts.ErrAlreadyExists", "service account already exists")
    return answer(_described(known, service_account(known, body["name"], body["role"])), 201)


@routes.get("/api/serviceaccounts/search")
def search_service_accounts() -> Response:
    """Find service accounts by a part of their name."""
    need_role("Admin", "serviceaccounts:read")
    known, part = state(), request.args.get("query", "")
    found = [identity for identity in known.identities if identity.service_account and part in identity.name]
    picture = {"avatarUrl": "/public/img/user_profile.png"}
    listed = [_described(known, account) | picture for account in sorted(found, key=lambda entry: entry.name)]
    return answer({"totalCount": len(found), "serviceAccounts": listed, "page": 1, "perPage": 1000})


@routes.patch("/api/serviceaccounts/<int:number>")
def patch_service_account(number: int) -> Response:
    """Change a service account; the tokens of a disabled one still work."""
    need_role("Admin", "serviceaccounts:write")
    body, known = read_object(), state()
    account = _account(known, number)
    account.disabled = bool(body.get("isDisabled", account.disabled))
    described = _described(known, account) | {"createdAt": now(), "updatedAt": now(), "teams": None}
    described["avatarUrl"] = "/public/img/user_profile.png"
    del described["tokens"]
    message = "Service account updated"
    return answer({"id": number, "message": message, "name": account.name, "serviceaccount": described})


@routes.post("/api/serviceaccounts/<int:number>/tokens")
def post_token(number: int) -> Response:
    """Make a token; its name is unique in the whole organisation."""
    need_role("Admin", "serviceaccounts:write")
    body, known = read_object(), state()
    if any(token.name == body["name"] and not token.deleted for token in known.tokens):
        message = "service account token with given name already exists in the organization"
        raise coded(400, "serviceaccounts.ErrTokenAlreadyExists", message)
    token = add_token(known, _account(known, number), body["name"], body.get("secondsToLive"))
    return answer({"id": token.id, "name": token.name, "key": token.key})


@routes.delete("/api/serviceaccounts/<int:number>/tokens/<int:key>")
def delete_token(number: int, key: int) -> Response:
    """Take a token back."""
    need_role("Admin", "serviceaccounts:write")
    for token in state().tokens:
        if token.id == key and token.owner.id == number:
            token.deleted = True
    return answer({"message": "Service account token deleted"})


def _listed(known: State, item: Json, of: Folder | Dashboard) -> Json:
    folder = isinstance(of, Folder)
    users = [identity for identity in known.identities if identity.id == item.get("userId")]
    user = users[0] if users else None
    found: Json = {
        "folderId" if folder else "dashboardId": of.id,
        "created": of.created,
        "updated": of.updated,
        "userId": user.id if user else 0,
        "userUid": user.uid if user and folder else "",
        "userLogin": user.login if user else "",
        "userEmail": f"{user.login}@localhost" if user else "",
        "userAvatarUrl": "/public/img/user_profile.png",
        "teamId": 0,
        "teamUid": "",
        "teamEmail": "",
        "teamAvatarUrl": "",
        "team": "",
        "permission": item["permission"],
        "permissionName": NAME_OF_LEVEL[item["permission"]],
        "uid": of.uid,
        "title": of.title,
        "slug": "" if isinstance(of, Folder) else of.slug,
        "isFolder": folder,
        "url": of.url,
        "inherited": False,
    }
    return found | ({"role": item["role"]} if "role" in item else {})


@routes.get("/api/folders/<uid>/permissions")
def get_folder_permissions(uid: str) -> Response:
    """List who may do what in a folder."""
    known = state()
    if uid not in known.folders:
        raise refused(404, "folder not found", status="not-found")
    if level(known, who(), uid) < ADMINISTER:
        raise denied("folders.permissions:read")
    folder = known.folders[uid]
    return answer([_listed(known, item, folder) for item in folder.permissions])


@routes.post("/api/folders/<uid>/permissions")
def post_folder_permissions(uid: str) -> Response:
    """Replace the whole list of permissions of a folder."""
    known = state()
    if uid not in known.folders:
        raise refused(404, "folder not found", status="not-found")
    if level(known, who(), uid) < ADMINISTER:
        raise denied("folders.permissions:write")
    known.folders[uid].permissions = list(read_object().get("items", []))
    return answer({"message": "Folder permissions updated"})


@routes.get("/api/dashboards/uid/<uid>/permissions")
def get_dashboard_permissions(uid: str) -> Response:
    """List who may do what with a dashboard, beside what its folder says."""
    known = state()
    need_role("Admin", "dashboards.permissions:read")
    if uid not in known.dashboards:
        raise refused(404, "Dashboard not found")
    dashboard = known.dashboards[uid]
    return answer([_listed(known, item, dashboard) for item in dashboard.permissions])


@routes.post("/api/dashboards/uid/<uid>/permissions")
def post_dashboard_permissions(uid: str) -> Response:
    """Replace the permissions of a dashboard; the double keeps them and does not enforce them."""
    known = state()
    need_role("Admin", "dashboards.permissions:write")
    if uid not in known.dashboards:
        raise refused(404, "Dashboard not found")
    known.dashboards[uid].permissions = list(read_object().get("items", []))
    return answer({"message": "Dashboard permissions updated"})


def forget_cached_permissions(known: State) -> None:
    """Let a minute pass, after which Grafana has read everybody's permissions anew."""
    for identity in known.identities:
        see_now(known, identity)
