"""The kinds of connector that Debezium has (the label `plugin`), what differs between them, and their contexts.

The facts are data, in `kinds.json` beside this module, and stand nowhere else. Which metrics, contexts and labels one
kind has is the catalog's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import orjson

#: Before it: Debezium's Java package; behind it: that of a kind of connector.
PACKAGE: Final = "io.debezium.connector."


class Kind(NamedTuple):
    """A kind of connector.

    Attributes:
        name: what its metrics carry as `plugin`, and JMX has in the domain: `debezium.sql_server`.
        title: as its makers write it.
        package: of its Java classes, behind `io.debezium.connector.`.
        group: `relational`, `document` or `stream` for a source; `sink` for what writes into one.
        when_idle: what its metrics do while nothing changes in the source: `heartbeat` when the database's own
            heartbeat keeps them fresh (MySQL and MariaDB: every 48 s), `silent` when they stand still, so that without
            a heartbeat table silence cannot be told from a fault; empty where that is not known.
    """

    name: str
    title: str
    package: str
    group: Literal["relational", "document", "stream", "sink"]
    when_idle: Literal["heartbeat", "silent", ""] = ""


_DATA: Final[dict[str, Any]] = orjson.loads((Path(__file__).parent / "data" / "kinds.json").read_bytes())
#: All of them, those that most people have first.
KINDS: Final = tuple(Kind(name, **facts) for name, facts in _DATA["kinds"].items())
#: The values of the label `context`: which part of a connector a metric is about.
CONTEXTS: Final[tuple[str, ...]] = tuple(_DATA["contexts"])
#: Their names, which some exporters write into the metric's name.
PLUGINS: Final = tuple(kind.name for kind in KINDS)


def kind_of_class(java_class: str) -> str:
    """Return the kind of a connector by its Java class; empty for one that is not Debezium's.

    A kind that is newer than this list is called as its package is.
    """
    if not java_class.startswith(PACKAGE):
        return ""
    package = java_class.removeprefix(PACKAGE).partition(".")[0]
    return next((kind.name for kind in KINDS if kind.package == package), package)
