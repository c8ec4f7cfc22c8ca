"""What the double remembers: plain objects in memory, changed under one lock."""

from __future__ import annotations

import itertools
import re
import threading
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

UID = re.compile(r"[a-zA-Z0-9_-]*")
UID_LENGTH = 40


def now() -> str:
    """Return the time as Grafana writes it, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def slug(title: str) -> str:
    """Return the part of a URL that Grafana makes of a title: `Odd ✓ ä` is `odd-e29c93-a`."""
    text = ""
    for character in unicodedata.normalize("NFD", title.lower()):
        if unicodedata.combining(character):
            continue
        text += character if character.isascii() else character.encode().hex()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


@attrs.define
class Identity:
    """A user or service account: who asks.

    Attributes:
        seen: the folders whose permissions Grafana has cached for it; None: nothing is cached yet.
    """

    id: int
    uid: str
    name: str
    login: str
    role: str
    password: str = ""
    disabled: bool = False
    failed_logins: int = 0
    seen: frozenset[str] | None = None

    @property
    def service_account(self) -> bool:
        """Whether it is a service account, whose only key is a token."""
        return self.login.startswith("sa-1-")


@attrs.define
class Token:
    """A key of a service account.

    Attributes:
        expires: seconds since the epoch, or None.
    """

    id: int
    name: str
    key: str
    owner: Identity
    expires: float | None = None
    deleted: bool = False


@attrs.define
class Folder:
    """A folder. `parent` is the uid of the folder around it, or empty."""

    id: int
    uid: str
    title: str
    parent: str
    created_by: Identity
    updated_by: Identity
    version: int = 1
    created: str = attrs.field(factory=now)
    updated: str = attrs.field(factory=now)
    permissions: list[Json] = attrs.Factory(list)
    description: str = ""

    @property
    def url(self) -> str:
        """The path of its page."""
        return f"/dashboards/f/{self.uid}/{slug(self.title)}"


@attrs.define
class Version:
    """One row of a dashboard's history."""

    version: int
    message: str
    spec: Json
    created: str
    created_by: str


@attrs.define
class Dashboard:
    """A dashboard: `spec` is its JSON without `id` and `version`.

    Attributes:
        folder: uid of its folder, or empty.
        stored: the API version in which it was made: `v0alpha1` by the classic API, `v1beta1` by the other one.
        provisioned: the file that it comes from, or empty.
        slug: made of the title when it was last saved.
    """

    id: int
    uid: str
    folder: str
    spec: Json
    kubernetes_uid: str
    created_by: Identity
    updated_by: Identity
    version: int = 1
    stored: str = "v0alpha1"
    provisioned: str = ""
    created: str = attrs.field(factory=now)
    updated: str = attrs.field(factory=now)
    history: list[Version] = attrs.Factory(list)
    permissions: list[Json] = attrs.Factory(list)

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.spec.get("title", ""))

    @property
    def slug(self) -> str:
        """The last part of its URL."""
        return slug(self.title)

    @property
    def url(self) -> str:
        """The path of its page."""
        return f"/d/{self.uid}/{self.slug}"


@attrs.define
class Rule:
    """An alert rule as the provisioning API reads it back, without provenance."""

    id: int
    body: Json
    provenance: str
    updated: str = attrs.field(factory=now)
    version: int = 1

    @property
    def uid(self) -> str:
        """Its uid."""
        return str(self.body["uid"])

    @property
    def group(self) -> tuple[str, str]:
        """Folder uid and group name."""
        return str(self.body["folderUID"]), str(self.body["ruleGroup"])


@attrs.define
class Integration:
    """One integration of a contact point: `receiver` is the contact point's name, `name` what the API shows."""

    uid: str
    name: str
    receiver: str
    type: str
    settings: Any
    disable_resolve_message: bool = False
    provenance: str = ""


@attrs.define
class Stored:
    """A mute timing or a template."""

    body: Json
    provenance: str


def default_policies() -> Json:
    """Return the policy tree of a new Grafana."""
    return {"receiver": "grafana-default-email", "group_by": ["grafana_folder", "alertname"]}


@attrs.define
class Alertmanager:
    """Grafana's one Alertmanager configuration; each write replaces all of it, so `version` guards it."""

    version: int = 0
    integrations: list[Integration] = attrs.field(
        factory=lambda: [
            Integration("", "email receiver", "grafana-default-email", "email", {"addresses": "<example@email.com>"})
        ]
    )
    policies: Json = attrs.field(factory=default_policies)
    policies_provenance: str = ""
    mute_timings: dict[str, Stored] = attrs.Factory(dict)
    templates: dict[str, Stored] = attrs.Factory(dict)


@attrs.define
class Datasource:
    """A data source.

    Attributes:
        answers: whether its server can be reached; a dead one is listed like any other.
        read_only: whether a provisioning file made it.
    """

    uid: str
    name: str
    url: str = "http://127.0.0.1:19090"
    type: str = "prometheus"
    default: bool = False
    answers: bool = True
    read_only: bool = False
    json_data: Json = attrs.field(factory=lambda: {"httpMethod": "POST"})
    id: int = 0


@attrs.define
class LibraryElement:
    """A library panel."""

    id: int
    uid: str
    name: str
    kind: int
    folder: str
    model: Json
    version: int = 1
    created: str = attrs.field(factory=now)
    updated: str = attrs.field(factory=now)


def _numbers() -> Iterator[int]:
    return itertools.count(1)


@attrs.define
class State:
    """Everything that one Grafana remembers, and the knobs of the double.

    Attributes:
        version: what `/api/health` says.
        unified: dashboards lie in unified storage: an identical push is no new version, ids are large.
        kubernetes: whether `/apis` is there.
        minimal_refresh: seconds; a shorter `refresh` of a dashboard is raised to it.
        caches_permissions: a folder made by somebody else is invisible until `forget_cached_permissions`.
        meeting: where writes of the Alertmanager configuration wait for each other between reading and writing it,
            so that a test can make two of them meet; None: nobody waits.
    """

    version: str = "12.3.0"
    unified: bool = False
    kubernetes: bool = True
    minimal_refresh: int = 5
    caches_permissions: bool = False
    meeting: threading.Barrier | None = None
    lock: threading.RLock = attrs.field(factory=threading.RLock)
    identities: list[Identity] = attrs.Factory(list)
    tokens: list[Token] = attrs.Factory(list)
    folders: dict[str, Folder] = attrs.Factory(dict)
    dashboards: dict[str, Dashboard] = attrs.Factory(dict)
    rules: dict[str, Rule] = attrs.Factory(dict)
    intervals: dict[tuple[str, str], int] = attrs.Factory(dict)
    alertmanager: Alertmanager = attrs.Factory(Alertmanager)
    datasources: list[Datasource] = attrs.Factory(list)
    library: dict[str, LibraryElement] = attrs.Factory(dict)
    resource_ids: Iterator[int] = attrs.field(factory=_numbers)
    rule_ids: Iterator[int] = attrs.field(factory=_numbers)
    identity_ids: Iterator[int] = attrs.field(factory=_numbers)
    token_ids: Iterator[int] = attrs.field(factory=_numbers)
    datasource_ids: Iterator[int] = attrs.field(factory=_numbers)
    library_ids: Iterator[int] = attrs.field(factory=_numbers)

    def path_of(self, folder: str) -> list[Folder]:
        """Return the folder and those around it, outermost first; the root is no folder."""
        found: list[Folder] = []
        while folder in self.folders:
            found.insert(0, self.folders[folder])
            folder = self.folders[folder].parent
        return found

    def below(self, folder: str) -> set[str]:
        """Return the uids of a folder and of all folders in it."""
        return {uid for uid in self.folders if folder in {around.uid for around in self.path_of(uid)}}
