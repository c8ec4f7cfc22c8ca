"""What `compile` returns: a document at a path, and where each part of it was declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from dashlib.sources import Source


class Origin(NamedTuple):
    """Where a part of a document was declared, and as what.

    Attributes:
        source: file and line.
        signal: name of the signal, for a query, threshold or rule; empty otherwise.
        level: `set/level` of a threshold or rule; empty otherwise.
    """

    source: Source
    signal: str = ""
    level: str = ""


@attrs.frozen
class Document:
    """A compiled file, before it is written.

    Attributes:
        path: where it belongs, relative to the project's root.
        kind: `dashboard` (Grafana JSON) or `rules` (Prometheus rule YAML).
        data: what it says: JSON-like, keys in the order in which they are written.
        sources: by JSON pointer (`/panels/3/targets/0/expr`), where that part was declared. Never written.
        declared_in: the declaration file, relative to the project's root.
    """

    path: PurePosixPath
    kind: Literal["dashboard", "rules"]
    data: dict[str, Any]
    sources: Mapping[str, Origin]
    declared_in: str
