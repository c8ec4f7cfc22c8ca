"""The news: the entries of an RSS or Atom feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    ANY_TEXT,
    BOOLEAN,
)
from dashlib.declare.panels import page, panel_builder
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from dashlib.declare.panels import PageOptions, Panel


@panel_builder
def news(
    title: str,
    *,
    feed: str,
    images: bool = True,
    **options: Unpack[PageOptions],
) -> Panel:
    """Return a panel with the entries of a feed.

    Args:
        title: of the panel.
        feed: its URL.
        images: show the entries' pictures.
        options: description, width, height and so on; see `PageOptions`.
    """
    if not feed.startswith(("http://", "https://")):
        raise DeclarationError(f"news() needs the http or https URL of a feed; got {feed!r}")
    return page(KIND.id, title, {"feedUrl": feed, **({} if images else {"showImage": False})}, **options)


KIND = PanelKind(
    "news",
    "News",
    shows="text",
    least_width=6,
    options=Settings(
        {"feedUrl": ANY_TEXT, "showImage": BOOLEAN},
        defaults={"showImage": True},
    ),
)
