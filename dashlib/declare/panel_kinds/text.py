"""The text: Markdown or HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import ANY_TEXT, BOOLEAN, TEXT, choice, settings
from dashlib.declare.panels import page, panel_builder
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from dashlib.declare.panels import PageOptions, Panel


@panel_builder
def text(
    content: str,
    title: str = "",
    *,
    mode: Literal["markdown", "html"] = "markdown",
    **options: Unpack[PageOptions],
) -> Panel:
    """Return a panel of text. It cannot show query results: for text from a query, use `table`.

    Args:
        content: Markdown, or HTML.
        title: may be empty; then `key` must be given.
        mode: what the content is written in.
        options: description, width, height and so on; see `PageOptions`.
    """
    if not title and not options.get("key"):
        raise DeclarationError("text() needs a title, or a key to derive the panel id from")
    return page(KIND.id, title, {"mode": mode, "content": content}, **options)


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
