"""Library panels: a panel that Grafana keeps once, and that any dashboard shows.

A dashboard holds its place and its name only. What the panel shows is the library's, for every dashboard at once.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypedDict

import attrs

from dashlib.declare.arguments import checked
from dashlib.declare.dashboards import check_uid, datasource_variable, derived_uid
from dashlib.declare.labels import label_matches
from dashlib.declare.panels import GRID_WIDTH, LIBRARY_REFERENCE, Note, Panel, check_size
from dashlib.declare.thresholds import NO_THRESHOLDS, ThresholdSet
from dashlib.errors import DeclarationError
from dashlib.sources import declared_here

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dashlib.declare import foreign
    from dashlib.declare.dashboards import Variable
    from dashlib.declare.labels import LabelMatch
    from dashlib.sources import Source

LONGEST_NAME: Final = 150

_NO_FILTER: Final[Mapping[str, LabelMatch]] = MappingProxyType({})


class _Reference(TypedDict):
    kind: str
    title: str
    thresholds: tuple[()]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class LibraryPanel(Panel):
    """A panel of the library, made by `library_panel`; in a row, the place where a dashboard shows it.

    Attributes:
        name: what it is called in the library; once in a project.
        uid: Grafana's name of it.
        shown: the panel.
        folder: title of the Grafana folder, or a path of titles; by default the project's.
        variables: those that a dashboard must have to show it, in the order in which they filter.
        where: label filters of its queries, by logical label.
        threshold_set: the set from which it takes its color steps.
        source: where it was declared.
    """

    name: str
    uid: str
    shown: Panel
    folder: str = ""
    variables: tuple[Variable | foreign.Template, ...] = ()
    where: Mapping[str, LabelMatch] = attrs.field(default=_NO_FILTER)
    threshold_set: ThresholdSet = NO_THRESHOLDS
    source: Source


@checked
def library_panel(
    name: str,
    panel: Panel,
    *,
    uid: str = "",
    folder: str = "",
    variables: Sequence[Variable | foreign.Template] | None = None,
    where: Mapping[str, str | Iterable[str] | LabelMatch] | None = None,
    thresholds: ThresholdSet = NO_THRESHOLDS,
) -> LibraryPanel:
    """Return a panel of Grafana's library, which rows take as they take any panel.

    `ERRORS = library_panel("Errors", timeseries(…))` in a declaration file declares it; it has a compiled file and an
    object in Grafana of its own.

    Args:
        name: what it is called in the library; once in a project.
        panel: what it shows, made by `timeseries(…)` or similar; its width and height are those of its places.
        uid: Grafana's name of it; by default made from the name.
        folder: title of the Grafana folder, or a path of titles; by default the project's.
        variables: those by which dashboards filter it, and which each that shows it must have; by default the
            datasource's.
        where: label filters of its queries, by logical label.
        thresholds: the set from which it takes its color steps.

    Raises:
        DeclarationError: an argument is wrong; the message says which.
    """
    source = declared_here()
    if not name.strip() or len(name) > LONGEST_NAME:
        raise DeclarationError(f"a library panel needs a name of 1 to {LONGEST_NAME} characters; got {name!r}", source)
    if panel.kind == LIBRARY_REFERENCE:
        raise DeclarationError(f"library panel {name!r} shows a library panel; give it the panel itself", source)
    if panel.note is None:
        raise DeclarationError(
            f"library panel {name!r} needs a panel of dashlib's, made by timeseries(…) or similar", source
        )
    uid = uid or derived_uid(name, "library-panel")
    check_uid("library_panel", "uid", uid)
    if variables is None:
        variables = (datasource_variable(),)
    note = panel.note
    return LibraryPanel(
        **_reference(name),
        note=Note(source, note.signals, width=note.width, height=note.height),
        name=name,
        uid=uid,
        shown=panel,
        folder=folder,
        variables=tuple(variables),
        where=label_matches(where or {}),
        threshold_set=thresholds,
        source=source,
    )


@checked
def from_library(
    panel: LibraryPanel | str, *, width: int | None = None, height: int | None = None, key: str = ""
) -> Panel:
    """Return the place of a library panel in a dashboard: `Row([from_library("Errors", width=8)])`.

    Args:
        panel: a library panel of the project, or its name.
        width: grid columns, 1 to 24; by default the panel's own.
        height: grid units of 30 pixels; by default the panel's own, the row's, or the kind's.
        key: what its id is made from; by default the library panel's name.
    """
    check_size("width", width, GRID_WIDTH)
    check_size("height", height, 1000)
    if isinstance(panel, str):
        return Panel(**_reference(panel), note=Note(declared_here(), key=key, width=width, height=height))
    note = panel.note or Note(panel.source)
    note = note._replace(source=declared_here(), key=key, width=width or note.width, height=height or note.height)
    return Panel(**_reference(panel.name), note=note)


def _reference(name: str) -> _Reference:
    # No thresholds: the steps of the signal are the library's.
    return {"kind": LIBRARY_REFERENCE, "title": name, "thresholds": ()}
