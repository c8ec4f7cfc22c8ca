"""Library panels: from a `LibraryPanel` to the JSON that Grafana's API calls a library element.

Grafana does not provision them from files: `dashlib push` writes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from dashlib.compile.outputs import Output
from dashlib.compile.outputs.dashboard_json import FIRST_KEY, compile_alone, ground_of, of_all, serialize
from dashlib.declare.dashboards import Dashboard, Row
from dashlib.declare.panel_kinds import panel_kind
from dashlib.documents.document import Document, Origin

if TYPE_CHECKING:
    from dashlib.compile.outputs import Compilation
    from dashlib.declare.library import LibraryPanel

KIND: Final = "library-panel"
# Grafana's number of panels among the elements of its library.
_PANEL: Final = 1
# What each dashboard has of its own.
_OF_PLACE: Final = ("id", "gridPos")


def compile_library_panels(compilation: Compilation) -> list[Document]:
    """Return the library panels of a project, each as a dashboard with its variables and no other panel would have it.

    Raises:
        DeclarationError: one cannot be compiled; the message carries the place.
    """
    configuration = compilation.project.configuration
    rendering, own_levels = ground_of(compilation)
    compiled = []
    for panel, file in compilation.project.library_panels.values():
        dashboard = _alone(panel)
        document = compile_alone(
            dashboard if configuration.worst_only else of_all(dashboard),
            rendering,
            configuration.library_panels / f"{panel.uid}.json",
            file,
            runbook_url=configuration.runbook_url,
            own_levels=own_levels,
        )
        compiled.append(_element(panel, document))
    return compiled


def _alone(panel: LibraryPanel) -> Dashboard:
    return Dashboard(
        uid=panel.uid,
        title=panel.name,
        rows=[Row([panel.shown])],
        variables=panel.variables,
        thresholds=panel.threshold_set,
        where=panel.where,
        source=panel.source,
    )


def _element(panel: LibraryPanel, alone: Document) -> Document:
    """Return the document of a library panel; without a model where the profile lacks what it needs."""
    model = {key: value for each in alone.data["panels"] for key, value in each.items() if key not in _OF_PLACE}
    sources = {
        f"/model{pointer.removeprefix('/panels/0')}": origin
        for pointer, origin in alone.sources.items()
        if pointer.startswith("/panels/0")
    }
    return attrs.evolve(
        alone,
        alone=attrs.evolve(alone, is_of_library=True) if model else None,
        kind=KIND,
        data={FIRST_KEY: panel.uid, "name": panel.name, "kind": _PANEL, "model": model},
        sources={"": Origin(panel.source), **sources},
        left_out=tuple(
            each._replace(kind="library panel", name=panel.name, of="library")
            for each in alone.left_out
            if each.kind == "panel"
        ),
    )


def _described(document: Document) -> tuple[str, str]:
    kind = document.data["model"].get("type", "")
    known = panel_kind(kind)
    return document.data["name"], f"library panel ({kind if known is None else known.title})"


OUTPUT = Output(
    kind=KIND,
    compile=compile_library_panels,
    serialize=serialize,
    mark=f'{{\n  "{FIRST_KEY}": "',
    schema=KIND,
    holds="model",
    described=_described,
    api_version="kind 1",
)
