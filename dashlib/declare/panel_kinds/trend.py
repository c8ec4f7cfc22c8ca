"""The trend: lines over a number other than time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    GRAPH,
    GRAPH_DEFAULTS,
    LEGEND,
    LEGEND_DEFAULTS,
    TEXT,
    TOOLTIP,
    TOOLTIP_DEFAULTS,
    legend,
    plain_fields,
)
from dashlib.declare.panels import last_fields, panel_builder, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal
    from dashlib.declare.words import Calculations, Percentage


@panel_builder
def trend(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    x_field: str = "",
    legend_calculations: Sequence[Calculations] = (),
    fill: Percentage = 0,
    minimum: float | None = None,
    maximum: float | None = None,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a trend: lines over a number other than time, which must ascend.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        x_field: column whose values are across; by default the first number.
        legend_calculations: columns of the legend table; empty for a plain list.
        fill: opacity below the line, percent 0-100.
        minimum: lower end of the axis, in the panel's unit.
        maximum: upper end of the axis, in the panel's unit.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, as_table=True, **options)
    return shown.panel(
        KIND.id,
        options={
            "legend": legend("table" if legend_calculations else "list", "bottom", legend_calculations),
            "tooltip": {"mode": "multi", "sort": "desc"},
            **({"xField": x_field} if x_field else {}),
        },
        fields=plain_fields(shown),
        custom={"fillOpacity": fill or None},
        extra=last_fields(min=minimum, max=maximum),
    )


KIND = PanelKind(
    "trend",
    "Trend",
    shows="numbers",
    color_mode="palette-classic",
    options=Settings(
        {"legend": LEGEND, "tooltip": TOOLTIP, "xField": TEXT},
        required=("legend", "tooltip"),
        defaults={"legend": LEGEND_DEFAULTS, "tooltip": TOOLTIP_DEFAULTS},
    ),
    custom=Settings(GRAPH, defaults=GRAPH_DEFAULTS),
)
