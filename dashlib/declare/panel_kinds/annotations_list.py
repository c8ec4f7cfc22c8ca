"""The annotations list: what people and alerts have marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
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
def annotations_list(
    title: str,
    *,
    tags: Sequence[str] = (),
    only_this_dashboard: bool = False,
    only_time_range: bool = False,
    most: int = 10,
    **options: Unpack[PageOptions],
) -> Panel:
    """Return a list of this Grafana's annotations, the newest first.

    Args:
        title: of the panel.
        tags: which all of them have; empty for any.
        only_this_dashboard: those of this dashboard.
        only_time_range: those within the dashboard's time range.
        most: how many are listed at most.
        options: description, width, height and so on; see `PageOptions`.
    """
    if most < 1:
        raise DeclarationError(f"annotations_list(): most must be a number of annotations, 1 or more; got {most!r}")
    return page(
        KIND.id,
        title,
        {
            "limit": most,
            "navigateAfter": "10m",
            "navigateBefore": "10m",
            "navigateToPanel": True,
            "onlyFromThisDashboard": only_this_dashboard,
            "onlyInTimeRange": only_time_range,
            "showTags": True,
            "showTime": True,
            "showUser": True,
            "tags": list(tags),
        },
        **options,
    )


KIND = PanelKind(
    "annolist",
    "Annotations list",
    shows="text",
    least_width=6,
    options=Settings(
        {
            "limit": whole_number(minimum=1),
            "navigateAfter": TEXT,
            "navigateBefore": TEXT,
            "navigateToPanel": BOOLEAN,
            "onlyFromThisDashboard": BOOLEAN,
            "onlyInTimeRange": BOOLEAN,
            "showTags": BOOLEAN,
            "showTime": BOOLEAN,
            "showUser": BOOLEAN,
            "tags": list_of(TEXT),
        },
        required=(
            "limit", "navigateAfter", "navigateBefore", "navigateToPanel", "onlyFromThisDashboard", "onlyInTimeRange",
            "showTags", "showTime", "showUser", "tags",
        ),
        defaults={
            "limit": 10, "navigateAfter": "10m", "navigateBefore": "10m", "navigateToPanel": True,
            "onlyFromThisDashboard": False, "onlyInTimeRange": False, "showTags": True, "showTime": True,
            "showUser": True,
        },
    ),
)  # fmt: skip
