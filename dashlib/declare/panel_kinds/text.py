"""The text: Markdown or HTML."""

from __future__ import annotations

from typing import Literal

from dashlib.declare.arguments import checked
from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import ANY_TEXT, BOOLEAN, TEXT, choice, settings
from dashlib.declare.panels import GRID_WIDTH, Note, Panel, check_size
from dashlib.errors import DeclarationError
from dashlib.sources import declared_here


@checked
def text(
    content: str,
    title: str = "",
    *,
    mode: Literal["markdown", "html"] = "markdown",
    description: str = "",
    width: int | None = None,
    height: int | None = None,
    key: str = "",
) -> Panel:
    """Return a panel of text. It cannot show query results: for text from a query, use `table`.

    Args:
        content: Markdown, or HTML.
        title: may be empty; then `key` must be given.
        mode: what the content is written in.
        description: tooltip.
        width: grid columns, 1 to 24.
        height: grid units; by default the row's, or 4.
        key: what the panel's id is made from, by default the title.
    """
    if not title and not key:
        raise DeclarationError("text() needs a title, or a key to derive the panel id from")
    check_size("width", width, GRID_WIDTH)
    check_size("height", height, 1000)
    return Panel(
        kind=KIND.id,
        title=title,
        description=description,
        options={"mode": mode, "content": content},
        note=Note(declared_here(), key=key, width=width, height=height),
    )


KIND = PanelKind(
    "text",
    "Text",
    shows="text",
    least_width=4,
    height=4,
    options=Settings(
        {
            "mode": choice("markdown", "html", "code"),
            "content": ANY_TEXT,
            "code": settings(
                {"language": TEXT, "showLineNumbers": BOOLEAN, "showMiniMap": BOOLEAN},
                ["language", "showLineNumbers", "showMiniMap"],
            ),
        },
        required=("mode", "content"),
        defaults={
            "code": {"language": "plaintext", "showLineNumbers": False, "showMiniMap": False}, "mode": "markdown",
        },
    ),
)  # fmt: skip
