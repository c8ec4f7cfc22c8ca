"""The logs: lines as they were written, of Loki and similar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    BOOLEAN,
    TEXT,
    choice,
    list_of,
)
from dashlib.declare.panels import panel_builder, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal


@panel_builder
def logs(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    labels: bool = False,
    wrap: bool = True,
    details: bool = True,
    oldest_first: bool = False,
    deduplicate: Literal["none", "exact", "numbers", "signature"] = "none",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a logs panel: the lines that its queries find, newest first.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        labels: show each line's labels.
        wrap: break long lines.
        details: a click on a line opens its fields.
        oldest_first: instead of the newest.
        deduplicate: which repeated lines are shown once.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, **options)
    return shown.panel(
        KIND.id,
        options={
            "dedupStrategy": deduplicate,
            "enableLogDetails": details,
            "prettifyLogMessage": False,
            "showCommonLabels": False,
            "showLabels": labels,
            "showLogContextToggle": False,
            "showTime": True,
            "sortOrder": "Ascending" if oldest_first else "Descending",
            "wrapLogMessage": wrap,
        },
        fields={},
        thresholds=(),
    )


KIND = PanelKind(
    "logs",
    "Logs",
    shows="records",
    height=10,
    options=Settings(
        {
            "allowDownload": BOOLEAN,
            "controlsStorageKey": TEXT,
            "dedupStrategy": choice("none", "exact", "numbers", "signature"),
            "detailsMode": choice("inline", "sidebar"),
            "displayedFields": list_of(TEXT),
            "enableInfiniteScrolling": BOOLEAN,
            "enableLogDetails": BOOLEAN,
            "fontSize": choice("default", "small"),
            "noInteractions": BOOLEAN,
            "prettifyLogMessage": BOOLEAN,
            "showCommonLabels": BOOLEAN,
            "showControls": BOOLEAN,
            "showFieldSelector": BOOLEAN,
            "showLabels": BOOLEAN,
            "showLevel": BOOLEAN,
            "showLogAttributes": BOOLEAN,
            "showLogContextToggle": BOOLEAN,
            "showTime": BOOLEAN,
            "sortOrder": choice("Ascending", "Descending"),
            "syntaxHighlighting": BOOLEAN,
            "timestampResolution": choice("ms", "ns"),
            "unwrappedColumns": BOOLEAN,
            "wrapLogMessage": BOOLEAN,
        },
        required=(
            "dedupStrategy", "enableLogDetails", "prettifyLogMessage", "showCommonLabels", "showLabels",
            "showLogContextToggle", "showTime", "sortOrder", "wrapLogMessage",
        ),
    ),
)  # fmt: skip
