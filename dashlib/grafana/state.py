"""What dashlib pushed last, stored in Grafana itself. Pure: from and to the JSON of one small dashboard.

Why a single object, and why a dashboard:
- It works from a clone on another machine, with no permission beyond saving dashboards in one folder.
- It is not a key in the dashboards themselves: restoring an old version in the UI, or copying a dashboard, would carry
  the mark along, and dashlib would mistake a person's work for its own. Rules, contact points and policies have no
  place for a mark that does not reach notifications.
- Before a run writes anything, it records here what it is about to write (`pending`). If it dies, the next run
  recognizes its half-done work. And because Grafana accepts a new version of a dashboard only on top of the version
  that was read, the second of two concurrent runs is rejected.
- The data is in a panel of Markdown, which every version and storage of Grafana keeps, and which people can read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import orjson

from dashlib.documents.dashboards import Dashboard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dashlib.grafana.json_types import Json

FORMAT = 1
STATE_TAG = "dashlib"
_BLOCK = re.compile(r"```json\n(.*?)\n```", re.DOTALL)
_MESSAGE = """\
**Managed by dashlib: please leave this dashboard as it is.** It lists what `dashlib push` has written to this Grafana \
for `{owner}`. Change those objects in their Python code; changes made in the UI are reported as conflicts by the \
next `dashlib diff`. Without this dashboard, dashlib treats everything that differs as someone else's work.
"""


class PushedSecret(NamedTuple):
    """What is remembered about a secret.

    Attributes:
        reference: how the declaration names it: `${env:NAME}`.
        fingerprint: of the value that was pushed; see `secret_references.fingerprint`.
    """

    reference: str
    fingerprint: str


@attrs.frozen
class Entry:
    """What is remembered about one object.

    Attributes:
        hash: of what was pushed last; empty if only the secrets or the creation are known.
        created: dashlib created it, so `--prune` may remove it.
        pending: hash of what a run was about to write and did not confirm.
        secrets: by JSON pointer, the secret that was pushed.
    """

    hash: str = ""
    created: bool = False
    pending: str = ""
    secrets: Mapping[str, PushedSecret] = attrs.field(factory=dict)

    def knows(self, hashes: Iterable[str]) -> bool:
        """Tell whether an object with these hashes is what dashlib wrote, or was about to write."""
        return any(found != "" and found in (self.hash, self.pending) for found in hashes)


@attrs.frozen
class PushState:
    """Everything that is remembered.

    Attributes:
        owner: the owner.
        objects: by `kind/uid`.
        version: version of the state dashboard that was read; None if it does not exist.
        folder: UID of its folder.
        readable: whether it could be parsed.
    """

    owner: str
    objects: Mapping[str, Entry] = attrs.field(factory=dict)
    version: int | None = None
    folder: str = ""
    readable: bool = True

    @property
    def uid(self) -> str:
        """UID of the dashboard that holds it."""
        return state_uid(self.owner)


def state_uid(owner: str) -> str:
    """Return the UID of the dashboard that holds the state of an owner."""
    return f"dashlib-state-{owner}"


def dashboard_of(state: PushState) -> Json:
    """Return the JSON of the dashboard that holds a state."""
    objects = {
        key: {name: value for name, value in _entry_data(entry).items() if value}
        for key, entry in sorted(state.objects.items())
    }
    lines = ",\n".join(
        f"{orjson.dumps(key).decode()}: {orjson.dumps(value).decode()}" for key, value in objects.items()
    )
    block = f'{{"format": {FORMAT}, "owner": "{state.owner}", "objects": {{\n{lines}\n}}}}'
    return {
        "uid": state.uid,
        "title": f"dashlib state: {state.owner}",
        "tags": [STATE_TAG],
        "schemaVersion": 42,
        "panels": [
            {
                "id": 1,
                "type": "text",
                "title": "Managed by dashlib",
                "gridPos": {"h": 24, "w": 24, "x": 0, "y": 0},
                "options": {
                    "mode": "markdown",
                    "content": f"{_MESSAGE.format(owner=state.owner)}\n```json\n{block}\n```\n",
                },
            }
        ],
    }


def _entry_data(entry: Entry) -> Json:
    return {
        "hash": entry.hash,
        "created": entry.created,
        "pending": entry.pending,
        "secrets": {pointer: list(secret) for pointer, secret in entry.secrets.items()},
    }


def read_state(data: Mapping[str, Any], owner: str, version: int | None, folder: str) -> PushState:
    """Return the state that a dashboard holds; an empty one, not `readable`, if it cannot be parsed."""
    broken = PushState(owner, version=version, folder=folder, readable=False)
    try:
        content = Dashboard(data).panels[0].data["options"]["content"]
        found = _BLOCK.search(content)
        table = orjson.loads(found[1]) if found is not None else None
        if not isinstance(table, dict) or table.get("format") != FORMAT:
            return broken
        objects = {str(key): _entry(value) for key, value in table["objects"].items()}
    except (KeyError, IndexError, TypeError, AttributeError, orjson.JSONDecodeError):
        return broken
    return PushState(owner, objects, version, folder)


def _entry(value: Mapping[str, Any]) -> Entry:
    secrets = value.get("secrets") or {}
    return Entry(
        hash=str(value.get("hash", "")),
        created=value.get("created") is True,
        pending=str(value.get("pending", "")),
        secrets={str(pointer): PushedSecret(str(made[0]), str(made[1])) for pointer, made in secrets.items()},
    )
