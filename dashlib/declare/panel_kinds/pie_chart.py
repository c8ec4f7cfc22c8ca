"""The pie chart: what share of the whole each series has now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    HIDE_FROM,
    HIDE_FROM_DEFAULTS,
    REDUCTION_DEFAULTS,
    TOOLTIP,
    TOOLTIP_DEFAULTS,
    choice,
    legend,
    list_of,
    plain_fields,
    reduction,
    shared,
)
from dashlib.declare.panels import last_fields, panel_builder, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal
    from dashlib.declare.words import Calculations


@panel_builder
def pie_chart(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    donut: bool = False,
    labels: Sequence[Literal["name", "value", "percent"]] = (),
    legend_values: Sequence[Literal["value", "percent"]] = ("percent",),
    calculation: Calculations | None = None,
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a pie chart: a slice for the value that each series has now; for more than a handful see `bar_gauge`.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        donut: with a hole.
        labels: what is written on the slices.
        legend_values: columns of the legend; empty for none.
        calculation: show this of the dashboard's range instead of the value now.
        no_value: text where there is no series.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, now=calculation is None, **options)
    return shown.panel(
        KIND.id,
        options={
            "displayLabels": list(labels),
            "legend": {**legend("table" if legend_values else "list", "right", ()), "values": list(legend_values)},
            "orientation": "auto",
            "pieType": "donut" if donut else "pie",
            "reduceOptions": reduction(calculation or "lastNotNull"),
            "sort": "desc",
            "tooltip": {"mode": "single", "sort": "none"},
        },
        fields=plain_fields(shown),
        extra=last_fields(noValue=no_value),
    )


KIND = PanelKind(
    "piechart",
    "Pie chart",
    shows="numbers",
    color_mode="palette-classic",
    least_width=6,
    options=Settings(
        {
            "displayLabels": list_of(choice("name", "value", "percent")),
            "legend": {
                "$ref": "#/$defs/pie_legend",
            },
            "orientation": shared("orientation"),
            "pieType": choice("pie", "donut"),
            "reduceOptions": shared("reduction"),
            "sort": choice("asc", "desc", "none"),
            "text": shared("value_text"),
            "tooltip": TOOLTIP,
        },
        required=(
            "displayLabels", "legend", "orientation", "pieType", "reduceOptions", "sort", "tooltip",
        ),
        defaults={
            "orientation": "auto", "pieType": "pie", "reduceOptions": REDUCTION_DEFAULTS, "sort": "desc",
            "tooltip": TOOLTIP_DEFAULTS,
        },
    ),
    custom=Settings({"hideFrom": HIDE_FROM}, defaults={"hideFrom": HIDE_FROM_DEFAULTS}),
)  # fmt: skip
