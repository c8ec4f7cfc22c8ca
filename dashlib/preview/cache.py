"""Answers that are known already: those of the recordings in a wheel, and those that were asked before on this machine.

Recordings do not change, so what was answered once needs no Prometheus again: a page is drawn at once, and a person who
has installed nothing but dashlib sees what comes with it.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from dashlib.glance import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.documents.document import Document
    from dashlib.glance.questions import Question
    from dashlib.preview.sources import Source

#: Answers that were made when the wheel was built.
SHIPPED: Final = Path(__file__).parent / "assets" / "answers"
#: Grows when the files look otherwise, or a recording is drawn out otherwise.
_VERSION: Final = 2
_SUFFIX: Final = ".json.gz"
#: So many files are kept on this machine; the oldest go first.
_MOST_FILES: Final = 50


def own_folder() -> Path:
    """Return where answers are kept on this machine: `$XDG_CACHE_HOME/dashlib/preview`, or below `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dashlib" / "preview"


def name_of(source: Source, rules: Sequence[Document]) -> str:
    """Return the name for the answers over a source: other series or rules have other answers."""
    content = {
        "version": _VERSION,
        "interval": source.interval,
        "length": source.length,
        "series": [[each.name, each.values] for each in source.series],
        "rules": [document.data for document in rules],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


class Answers:
    """The answers over one source, by what was asked."""

    def __init__(self, name: str, folders: Sequence[Path]) -> None:
        """Read those that are known.

        Args:
            name: of the source (`name_of`).
            folders: where they may be; what cannot be read there is not known.
        """
        self._name = name
        self._known: dict[str, list[Any]] = {}
        self._new = False
        for folder in folders:
            with contextlib.suppress(OSError, ValueError, EOFError):
                self._known.update(orjson.loads(gzip.decompress((folder / f"{name}{_SUFFIX}").read_bytes())))

    def series(self, question: Question) -> tuple[Series, ...] | None:
        """Return the answer to a query; None if it is not known."""
        found = self._known.get(_key_of(question))
        if found is None:
            return None
        return tuple(
            Series(labels, tuple((float(at), float(value)) for at, value in zip(times, values, strict=True)))
            for labels, times, values in found
        )

    def keep(self, question: Question, answer: Sequence[Series]) -> None:
        """Keep the answer to a query."""
        self._new = True
        self._known[_key_of(question)] = [
            # NaN and infinities are text: JSON has no such numbers.
            [dict(one.labels), [at for at, _ in one.samples], [repr(value) for _, value in one.samples]]
            for one in answer
        ]

    def values(self, label: str, selectors: Sequence[str]) -> list[str] | None:
        """Return the values of a label; None if they are not known."""
        found = self._known.get(_key_of_values(label, selectors))
        return None if found is None else [str(value) for value in found]

    def keep_values(self, label: str, selectors: Sequence[str], values: Sequence[str]) -> None:
        """Keep the values of a label."""
        self._new = True
        self._known[_key_of_values(label, selectors)] = list(values)

    def save(self, folder: Path) -> None:
        """Write what is new, for the next time; a folder that cannot be written to is passed over."""
        if not self._new:
            return
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / f"{self._name}.{os.getpid()}.tmp"
            temporary.write_bytes(gzip.compress(orjson.dumps(self._known, option=orjson.OPT_SORT_KEYS), mtime=0))
            temporary.replace(folder / f"{self._name}{_SUFFIX}")
            files = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda each: each.stat().st_mtime)
            for old in files[:-_MOST_FILES]:
                old.unlink()


def _key_of(question: Question) -> str:
    return _hashed([question.expression, question.times[0], question.times[-1], len(question.times), question.is_range])


def _key_of_values(label: str, selectors: Sequence[str]) -> str:
    return _hashed([label, *selectors])


def _hashed(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]
