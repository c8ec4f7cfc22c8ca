"""Dashboards with the library panels that they show in their places, as a reader of a dashboard sees them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from dashlib.documents.values import object_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dashlib.documents.document import Document, Origin

KIND = "library-panel"
# What a dashboard says of a library panel that it shows; all else is the library's.
_OF_PLACE = ("id", "gridPos")


def with_library_panels(documents: Iterable[Document]) -> list[Document]:
    """Return documents, of which dashboards hold the library panels among them in place of references.

    Where a panel was declared is where the library panel was; its place in the dashboard is the dashboard's.
    """
    documents = list(documents)
    library = {document.data["uid"]: document for document in documents if document.kind == KIND}
    if not library:
        return documents
    return [_shown(document, library) if document.kind == "dashboard" else document for document in documents]


def of_nobody(documents: Iterable[Document]) -> list[Document]:
    """Return the library panels that no dashboard shows, each as the only panel of a dashboard."""
    documents = list(documents)
    shown = {uid for document in documents if document.kind == "dashboard" for uid in _uids(document.data)}
    library = [document for document in documents if document.kind == KIND and document.data["uid"] not in shown]
    return [document.alone for document in library if document.alone is not None]


def with_models(data: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a dashboard of a Grafana with what its library panels show in their places.

    Args:
        data: the dashboard, or a row of it.
        models: by UID, what each library panel shows.
    """
    panels = []
    for panel in data.get("panels") or ():
        model = models.get(text_of(object_of(object_of(panel).get("libraryPanel")).get("uid")))
        if model is not None:
            panels.append({**model, **{key: panel[key] for key in _OF_PLACE if key in panel}})
        else:
            panels.append(with_models(panel, models) if object_of(panel).get("panels") else panel)
    return {**data, "panels": panels} if panels else dict(data)


def _uids(data: Mapping[str, Any]) -> Iterator[str]:
    for panel in data.get("panels", ()):
        yield text_of(object_of(panel.get("libraryPanel")).get("uid"))
        yield from _uids(panel)


def _shown(document: Document, library: Mapping[str, Document]) -> Document:
    sources = dict(document.sources)
    panels = [
        _panel(panel, f"/panels/{index}", sources, library) for index, panel in enumerate(document.data["panels"])
    ]
    return attrs.evolve(document, data={**document.data, "panels": panels}, sources=sources)


def _panel(
    panel: dict[str, Any], pointer: str, sources: dict[str, Origin], library: Mapping[str, Document]
) -> dict[str, Any]:
    """Return a panel, or what is in the library in its place; where that was declared is put into the sources."""
    if panel.get("panels"):
        inner = [
            _panel(each, f"{pointer}/panels/{index}", sources, library) for index, each in enumerate(panel["panels"])
        ]
        return {**panel, "panels": inner}
    kept = library.get(text_of(object_of(panel.get("libraryPanel")).get("uid")))
    if kept is None:
        return panel
    if pointer in sources:
        sources[f"{pointer}/gridPos"] = sources[pointer]
    sources |= {
        pointer + place.removeprefix("/model"): origin
        for place, origin in kept.sources.items()
        if place.startswith("/model")
    }
    return {**{key: panel[key] for key in _OF_PLACE if key in panel}, **kept.data["model"]}
