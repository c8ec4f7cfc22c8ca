"""What a run overwrote or removed, as files: `.dashlib/backup/RUN/`, one JSON file per object.

A file holds the object as it was read, with references where dashlib put a secret and `[REDACTED]` where Grafana hides
one. It is on disk before the object is overwritten.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from dashlib.errors import DashlibError, OutputError
from dashlib.grafana.objects import KINDS, Item, canonical

if TYPE_CHECKING:
    from datetime import datetime

FOLDER = Path(".dashlib") / "backup"
_RUN = re.compile(r"[0-9A-Za-z-]{1,64}")


def run_name(now: datetime) -> str:
    """Return the name of a run that starts now: UTC, sorted by time, and unique."""
    return f"{now:%Y%m%dT%H%M%S}-{os.urandom(2).hex()}"


class Backups:
    """The backups of one run.

    Attributes:
        folder: where they are; created with the first one.
        saved: how many were saved.
    """

    def __init__(self, root: Path, run: str, url: str) -> None:
        self.run = run
        self.folder = root / FOLDER / run
        self.saved = 0
        self._url = url

    def save(self, item: Item, *, removed: bool) -> Path:
        """Save an object before it is overwritten or removed.

        Raises:
            OutputError: the file cannot be written, so the object must not be overwritten.
        """
        content: dict[str, Any] = {
            "grafana": self._url,
            "kind": item.kind,
            "uid": item.uid,
            "title": item.title,
            "folder": item.folder,
            "removed": removed,
            "secrets": dict(item.secrets),
            "content": item.content,
        }
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", f"{item.kind}-{item.uid}")[:120]
        file = self.folder / f"{self.saved:04d}-{name}.json"
        temporary = file.with_suffix(".tmp")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with temporary.open("xb") as stream:
                stream.write(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(file)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise OutputError(
                f"cannot save the backup {file}: {error.strerror or error}; {item.kind} {item.title!r} was not touched"
            ) from None
        self.saved += 1
        return file


def load(root: Path, run: str, url: str) -> list[Item]:
    """Return what a run saved, as it was.

    Args:
        root: the project's folder.
        run: its name, as the push printed it.
        url: the Grafana to restore.

    Raises:
        DashlibError: there is no such run, it pushed to another Grafana, or one of its files is corrupt.
    """
    folder = root / FOLDER / run
    files = sorted(folder.glob("*.json")) if _RUN.fullmatch(run) else []
    if not files:
        known = sorted((item.name for item in (root / FOLDER).glob("*") if item.is_dir()), reverse=True)
        some = ", ".join(known[:5]) or "none"
        raise DashlibError(f"no backup of run {run!r} in {root / FOLDER}; the latest runs are: {some}")
    items: dict[str, Item] = {}
    for file in files:
        try:
            data = orjson.loads(file.read_bytes())
            if data["grafana"] != url:
                raise DashlibError(f"run {run} pushed to {data['grafana']}, not to {url}")
            if data["kind"] not in KINDS:
                raise ValueError(data["kind"])  # noqa: TRY301  # a corrupt file, like the others below
            item = Item(
                data["kind"], data["uid"], data["title"], canonical(data["content"]), data["folder"], data["secrets"]
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DashlibError(f"the backup {file} is corrupt ({error}); nothing was restored") from None
        items.setdefault(item.key, item)
    return list(items.values())
