"""The dashboard list: links to dashboards of this Grafana."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    ANY_TEXT,
    BOOLEAN,
    TEXT,
    list_of,
    whole_number,
)
from dashlib.declare.panels import page, panel_builder
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.panels import PageOptions, Panel


@panel_builder
def dashboard_list(
    title: str,
    *,
    tags: Sequence[str] = (),
    search: str = "",
    folder: str = "",
    starred: bool = False,
    recent: bool = False,
    keep_time: bool = False,
    keep_variables: bool = False,
    most: int = 10,
    **options: Unpack[PageOptions],
) -> Panel:
    """Return a list of dashboards: those that a search by tags, text and folder finds, and those of the reader.

    Args:
        title: of the panel.
        tags: which all of them have; empty for any.
        search: text of the title; empty for any.
        folder: uid of a folder; empty for all.
        starred: list those with a star, too.
        recent: list those that the reader opened last, too.
        keep_time: pass on the time range.
        keep_variables: pass on what is chosen.
        most: how many are listed of each at most.
        options: description, width, height and so on; see `PageOptions`.
    """
    if most < 1:
        raise DeclarationError(f"dashboard_list(): most must be a number of dashboards, 1 or more; got {most!r}")
    return page(
        KIND.id,
        title,
        {
            **({"folderUID": folder} if folder else {}),
            "includeVars": keep_variables,
            "keepTime": keep_time,
            "maxItems": most,
            "query": search,
            "showFolderNames": True,
            "showHeadings": True,
            "showRecentlyViewed": recent,
            "showSearch": bool(tags or search or folder),
            "showStarred": starred,
            "tags": list(tags),
        },
        **options,
    )


KIND = PanelKind(
    "dashlist",
    "Dashboard list",
    shows="text",
    least_width=6,
    options=Settings(
        {
            "folderUID": TEXT,
            "includeVars": BOOLEAN,
            "keepTime": BOOLEAN,
            "maxItems": whole_number(minimum=1),
            "query": ANY_TEXT,
            "showFolderNames": BOOLEAN,
            "showHeadings": BOOLEAN,
            "showRecentlyViewed": BOOLEAN,
            "showSearch": BOOLEAN,
            "showStarred": BOOLEAN,
            "tags": list_of(TEXT),
        },
        required=(
            "includeVars", "keepTime", "maxItems", "query", "showFolderNames", "showHeadings", "showRecentlyViewed",
            "showSearch", "showStarred", "tags",
        ),
        defaults={
            "includeVars": False, "keepTime": False, "maxItems": 10, "showFolderNames": True, "showHeadings": True,
            "showRecentlyViewed": False, "showSearch": False, "showStarred": True,
        },
    ),
)  # fmt: skip
