"""Library panels: from a `LibraryPanel` to the JSON that Grafana's API calls a library element.

Grafana does not provision them from files: `dashlib push` writes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.compile.outputs import Output
from dashlib.compile.outputs.dashboard_json import FIRST_KEY, LIBRARY_PANEL, compile_library_panels, serialize
from dashlib.declare.panel_kinds import panel_kinds

if TYPE_CHECKING:
    from dashlib.documents.document import Document


def _described(document: Document) -> tuple[str, str]:
    kind = document.data["model"].get("type", "")
    known = panel_kinds().get(kind)
    return document.data["name"], f"library panel ({kind if known is None else known.title})"


OUTPUT = Output(
    kind=LIBRARY_PANEL,
    compile=compile_library_panels,
    serialize=serialize,
    mark=f'{{\n  "{FIRST_KEY}": "',
    schema=LIBRARY_PANEL,
    holds="model",
    described=_described,
    api_version="kind 1",
)
