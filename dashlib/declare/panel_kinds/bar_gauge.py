"""The bar gauge: a bar for the value that each series has now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    BAR_TEXT,
    BOOLEAN,
    LEGEND_DEFAULTS,
    REDUCTION_DEFAULTS,
    choice,
    gauge_fields,
    reduction,
    shared,
    up_to_twice_the_last_step,
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
def bar_gauge(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a bar gauge: one horizontal bar for the value that each series has now.

    Args:
        signals: what is shown, signals or `promql(…)`.
        title: by default the signal's title.
        minimum: left end of the range, in the panel's unit; by default the signal's, or 0.
        maximum: right end, in the panel's unit; by default the signal's, or twice the highest threshold step.
        no_value: as for `stat`.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, now=True, ranged=True, **options)
    return shown.panel(
        KIND.id,
        options={
            "displayMode": "gradient",
            "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
            "maxVizHeight": 300,
            "minVizHeight": 16,
            "minVizWidth": 8,
            "namePlacement": "auto",
            "orientation": "horizontal",
            "reduceOptions": reduction("lastNotNull"),
            "showUnfilled": True,
            "sizing": "auto",
            "text": BAR_TEXT,
            "valueMode": "color",
        },
        # Grafana leaves the name of a single series out, unless somebody says what it is.
        fields={**gauge_fields(shown, minimum, maximum), "displayName": "${__field.displayName}"},
        extra=last_fields(noValue=no_value),
    )


KIND = PanelKind(
    "bargauge",
    "Bar gauge",
    shows="value",
    least_width=4,
    with_steps=up_to_twice_the_last_step,
    options=Settings(
        {
            "displayMode": choice("basic", "lcd", "gradient"),
            "legend": shared("legend"),
            "maxVizHeight": whole_number(minimum=0),
            "minVizHeight": whole_number(minimum=0),
            "minVizWidth": whole_number(minimum=0),
            "namePlacement": choice("auto", "top", "left", "hidden"),
            "orientation": shared("orientation"),
            "reduceOptions": shared("reduction"),
            "showUnfilled": BOOLEAN,
            "sizing": choice("auto", "manual"),
            "valueMode": choice("color", "text", "hidden"),
            "text": shared("value_text"),
        },
        required=(
            "displayMode", "legend", "maxVizHeight", "minVizHeight", "minVizWidth", "namePlacement", "orientation",
            "reduceOptions", "showUnfilled", "sizing", "valueMode",
        ),
        defaults={
            "displayMode": "gradient", "legend": {**LEGEND_DEFAULTS, "showLegend": False}, "maxVizHeight": 300,
            "minVizHeight": 16, "minVizWidth": 8, "namePlacement": "auto", "orientation": "auto",
            "reduceOptions": REDUCTION_DEFAULTS, "showUnfilled": True, "sizing": "auto", "valueMode": "color",
        },
    ),
)  # fmt: skip
