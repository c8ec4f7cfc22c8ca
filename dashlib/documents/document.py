"""What `compile` returns: a document at a path, and where each part of it was declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import PurePosixPath

    from dashlib.sources import Source


class Origin(NamedTuple):
    """Where a part of a document was declared, and as what.

    Attributes:
        source: file and line.
        signal: name of the signal, for a query, threshold or rule; empty otherwise.
        level: `set/level` of a threshold or rule; empty otherwise.
        computes: of a rule that asks recording rules, the expression without them; empty otherwise.
        needs_no_catalog: it is PromQL that a panel asks as it is (`promql`): its metrics need not be declared.
    """

    source: Source
    signal: str = ""
    level: str = ""
    computes: str = ""
    needs_no_catalog: bool = False


class Sources(Mapping[str, Origin]):
    """Where the parts of a document were declared, by JSON pointer; most are found out when they are first asked for.

    Lint and doctor ask; a build of a thousand dashboards does not.
    """

    def __init__(self, known: dict[str, Origin], find: Callable[[], Mapping[str, Origin]]) -> None:
        """Hold those that are known, and what returns the others."""
        self._known = known
        self._find: Callable[[], Mapping[str, Origin]] | None = find

    def _all(self) -> dict[str, Origin]:
        if self._find is not None:
            self._known |= self._find()
            self._find = None
        return self._known

    def __getitem__(self, pointer: str) -> Origin:
        """Return the origin of a part."""
        found = self._known.get(pointer)
        return self._all()[pointer] if found is None else found

    def __iter__(self) -> Iterator[str]:
        """Return the pointers."""
        return iter(self._all())

    def __len__(self) -> int:
        """Return how many parts are known."""
        return len(self._all())


class LeftOut(NamedTuple):
    """Something declared that is in no compiled file, because the naming profile lacks what it needs.

    Attributes:
        kind: `dashboard`, `panel`, `variable`, `annotation` or `rule`.
        name: its title or name.
        of: the dashboard or rule group that it belongs to; empty for a dashboard.
        reason: what the profile lacks.
        source: where it was declared.
    """

    kind: str
    name: str
    of: str
    reason: str
    source: Source


@attrs.frozen(repr=False)
class Document(Value):
    """A compiled file, before it is written.

    Attributes:
        path: where it belongs, relative to the project's root.
        kind: `dashboard` (Grafana JSON), `rules` (Prometheus rule YAML), `grafana-alerting` (a file of Grafana's
            alerting provisioning, secrets as references), `alertmanager` (its configuration),
            `notification-template` (definitions of Alertmanager's messages), or that of another output.
        data: what it says: JSON-like, keys in the order in which they are written.
        sources: by JSON pointer (`/panels/3/targets/0/expr`), where that part was declared. Never written.
        declared_in: the declaration file, relative to the project's root.
        left_out: what was declared for it and is not in it.
        note: what its header says beside where it is declared; empty for nothing.
        compiled_by: the command that compiles it, as its header says.
        gone: what is declared for it and Grafana no longer has: class of grafanalib's, and attribute.
        alone: of a library panel, a dashboard with its variables that shows nothing else.
        is_of_library: it is such a dashboard.
    """

    path: PurePosixPath
    kind: str
    data: dict[str, Any]
    sources: Mapping[str, Origin]
    declared_in: str
    left_out: tuple[LeftOut, ...] = ()
    note: str = ""
    compiled_by: str = "dashlib build"
    gone: tuple[tuple[str, str], ...] = ()
    alone: Document | None = None
    is_of_library: bool = False
