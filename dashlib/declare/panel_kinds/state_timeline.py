"""The state timeline: a band per series that changes color with its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    AXIS,
    AXIS_DEFAULTS,
    BOOLEAN,
    LEGEND_DEFAULTS,
    TEXT,
    TOOLTIP_DEFAULTS,
    choice,
    legend,
    list_of,
    number,
    shared,
    whole_number,
)
from dashlib.declare.panels import last_fields, panel_builder, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal


@panel_builder
def state_timeline(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a state timeline: a band per series that changes color with its state.

    Args:
        signals: what is drawn; a signal with states.
        title: by default the signal's title.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, **options)
    return shown.panel(
        KIND.id,
        options={
            "legend": legend("list", "bottom", ()),
            "rowHeight": 0.9,
            "showValue": "auto",
            "tooltip": {"mode": "single", "sort": "none"},
        },
        fields={"mappings": shown.mappings},
        extra=last_fields(unit=shown.unit),
    )


KIND = PanelKind(
    "state-timeline",
    "State timeline",
    shows="states",
    color_mode="continuous-GrYlRd",
    options=Settings(
        {
            "legend": shared("legend"),
            "rowHeight": number(minimum=0, maximum=1),
            "showValue": choice("auto", "never", "always"),
            "tooltip": shared("tooltip"),
            "mergeValues": BOOLEAN,
            "alignValue": choice("left", "center", "right"),
            "perPage": whole_number(minimum=1),
            "timezone": list_of(TEXT),
        },
        required=("legend", "rowHeight", "showValue", "tooltip"),
        defaults={
            "alignValue": "left", "legend": LEGEND_DEFAULTS, "mergeValues": True, "perPage": 20, "rowHeight": 0.9,
            "showValue": "auto", "tooltip": TOOLTIP_DEFAULTS,
        },
    ),
    custom=Settings(
        {
            **AXIS,
            "lineWidth": whole_number(minimum=0, maximum=10),
            "fillOpacity": whole_number(minimum=0, maximum=100),
        },
        defaults={**AXIS_DEFAULTS, "fillOpacity": 70, "lineWidth": 0},
    ),
)  # fmt: skip
