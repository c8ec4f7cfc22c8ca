"""The bar chart: bars for the values of now, by category."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    AXES,
    AXES_DEFAULTS,
    BOOLEAN,
    LEGEND,
    LEGEND_DEFAULTS,
    NUMBER,
    TEXT,
    TOOLTIP,
    TOOLTIP_DEFAULTS,
    choice,
    legend,
    number,
    plain_fields,
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
def bar_chart(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    x_field: str = "",
    horizontal: bool = False,
    stacking: Literal["none", "normal", "percent"] = "none",
    show_values: Literal["auto", "always", "never"] = "auto",
    legend_calculations: Sequence[Calculations] = (),
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a bar chart: a bar for each row of the values of now, side by side or stacked.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        x_field: label or column that names the bars; by default the first text.
        horizontal: the bars lie.
        stacking: whether several values of a row stand on each other.
        show_values: write values on the bars.
        legend_calculations: columns of the legend table; empty for a plain list.
        no_value: text where there is no row.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, as_table=True, **options)
    return shown.panel(
        KIND.id,
        options={
            "barWidth": 0.97,
            "fullHighlight": False,
            "groupWidth": 0.7,
            "legend": legend("table" if legend_calculations else "list", "bottom", legend_calculations),
            "orientation": "horizontal" if horizontal else "auto",
            "showValue": show_values,
            "stacking": stacking,
            "tooltip": {"mode": "single", "sort": "none"},
            "xTickLabelMaxLength": 0,
            "xTickLabelRotation": 0,
            **({"xField": x_field} if x_field else {}),
        },
        fields=plain_fields(shown),
        extra=last_fields(noValue=no_value),
    )


KIND = PanelKind(
    "barchart",
    "Bar chart",
    shows="numbers",
    color_mode="palette-classic",
    least_width=6,
    options=Settings(
        {
            "barRadius": NUMBER,
            "barWidth": number(minimum=0, maximum=1),
            "colorByField": TEXT,
            "fullHighlight": BOOLEAN,
            "groupWidth": number(minimum=0, maximum=1),
            "legend": LEGEND,
            "orientation": shared("orientation"),
            "showValue": choice("auto", "always", "never"),
            "stacking": choice("none", "normal", "percent"),
            "text": shared("value_text"),
            "tooltip": TOOLTIP,
            "xField": TEXT,
            "xTickLabelMaxLength": number(minimum=0),
            "xTickLabelRotation": number(minimum=-90, maximum=90),
            "xTickLabelSpacing": NUMBER,
        },
        required=(
            "barWidth", "fullHighlight", "groupWidth", "legend", "orientation", "showValue", "stacking", "tooltip",
            "xTickLabelMaxLength", "xTickLabelRotation",
        ),
        defaults={
            "barRadius": 0, "barWidth": 0.97, "fullHighlight": False, "groupWidth": 0.7, "legend": LEGEND_DEFAULTS,
            "orientation": "auto", "showValue": "auto", "stacking": "none", "tooltip": TOOLTIP_DEFAULTS,
            "xTickLabelMaxLength": 0, "xTickLabelRotation": 0, "xTickLabelSpacing": 0,
        },
    ),
    custom=Settings(
        {
            **AXES,
            "fillOpacity": number(minimum=0, maximum=100),
            "gradientMode": choice("none", "opacity", "hue", "scheme"),
            "lineWidth": number(minimum=0),
            "thresholdsStyle": shared("thresholds_style"),
        },
        defaults={
            **AXES_DEFAULTS, "axisGridShow": True, "fillOpacity": 80, "gradientMode": "none", "lineWidth": 1,
            "scaleDistribution": {"type": "linear"}, "thresholdsStyle": {"mode": "off"},
        },
    ),
)  # fmt: skip
