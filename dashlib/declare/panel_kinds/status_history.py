"""The status history: a box for each sample of a series, in the color of its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    ANNOTATIONS,
    AXES,
    AXES_DEFAULTS,
    LEGEND,
    LEGEND_DEFAULTS,
    TEXT,
    TOOLTIP,
    TOOLTIP_DEFAULTS,
    choice,
    legend,
    list_of,
    number,
    plain_fields,
    whole_number,
)
from dashlib.declare.panels import panel_builder, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal


@panel_builder
def status_history(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    show_values: Literal["auto", "always", "never"] = "auto",
    row_height: float = 0.9,
    column_width: float = 0.9,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a status history: a box for each sample of a series, in the color of its state.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        show_values: write values into the boxes.
        row_height: share of a row that a box fills, up to 1.
        column_width: share of a step that a box fills, up to 1.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, **options)
    return shown.panel(
        KIND.id,
        options={
            **({} if column_width == KIND.options.defaults["colWidth"] else {"colWidth": column_width}),
            "legend": legend("list", "bottom", ()),
            "rowHeight": row_height,
            "showValue": show_values,
            "tooltip": {"mode": "single", "sort": "none"},
        },
        fields=plain_fields(shown),
    )


KIND = PanelKind(
    "status-history",
    "Status history",
    shows="states",
    options=Settings(
        {
            "annotations": ANNOTATIONS,
            "colWidth": number(minimum=0, maximum=1),
            "legend": LEGEND,
            "perPage": whole_number(minimum=1),
            "rowHeight": number(minimum=0, maximum=1),
            "showValue": choice("auto", "always", "never"),
            "timezone": list_of(TEXT),
            "tooltip": TOOLTIP,
        },
        required=("legend", "rowHeight", "showValue", "tooltip"),
        defaults={
            "colWidth": 0.9, "legend": LEGEND_DEFAULTS, "perPage": 20, "rowHeight": 0.9, "showValue": "auto",
            "tooltip": TOOLTIP_DEFAULTS,
        },
    ),
    custom=Settings(
        {**AXES, "fillOpacity": number(minimum=0, maximum=100), "lineWidth": number(minimum=0, maximum=10)},
        defaults={**AXES_DEFAULTS, "fillOpacity": 70, "lineWidth": 1},
    ),
)  # fmt: skip
