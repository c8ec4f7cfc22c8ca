"""The heatmap: how many values lie in each bucket, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

import attrs

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    ANNOTATIONS,
    ANY_TEXT,
    AXES,
    BOOLEAN,
    HIDE_FROM,
    HIDE_FROM_DEFAULTS,
    NUMBER,
    TEXT,
    choice,
    settings,
    shared,
)
from dashlib.declare.panels import PrometheusTarget, panel_builder, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal


@panel_builder
def heatmap(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    calculate: bool = False,
    color_palette: str = "Oranges",
    show_values: Literal["auto", "always", "never"] = "auto",
    y_unit: str = "",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a heatmap: a cell for each bucket and step, in the color of how much is in it.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        calculate: make buckets of the series' values; by default the queries ask for a histogram's buckets by `le`.
        color_palette: Grafana's name of a color palette: `Oranges`, `Spectral`, `Turbo`.
        show_values: write values into the cells.
        y_unit: Grafana unit of the buckets; by default the panel's.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, **options)
    if not calculate:
        asked = [
            attrs.evolve(target, format="heatmap") if isinstance(target, PrometheusTarget) else target
            for target in shown.targets
        ]
        shown = shown._replace(targets=asked)
    unit = y_unit or shown.unit
    return shown.panel(
        KIND.id,
        options={
            **({"calculate": True} if calculate else {}),
            "color": {
                "exponent": 0.5,
                "fill": "dark-orange",
                "mode": "scheme",
                "reverse": False,
                "scale": "exponential",
                "scheme": color_palette,
                "steps": 64,
            },
            "exemplars": {"color": "rgba(255,0,255,0.7)"},
            "legend": {"show": True},
            "showValue": show_values,
            "tooltip": {"mode": "single", "showColorScale": False, "yHistogram": True},
            "yAxis": {"axisPlacement": "left", **({"unit": unit} if unit else {})},
        },
        fields={"unit": shown.unit, "decimals": shown.decimals},
    )


_SCALE = shared("scale")
_BUCKETS = settings({"mode": choice("size", "count"), "scale": _SCALE, "value": ANY_TEXT})
KIND = PanelKind(
    "heatmap",
    "Heatmap",
    shows="numbers",
    options=Settings(
        {
            "annotations": ANNOTATIONS,
            "calculate": BOOLEAN,
            "calculation": settings({"xBuckets": _BUCKETS, "yBuckets": _BUCKETS}),
            "cellGap": NUMBER,
            "cellRadius": NUMBER,
            "cellValues": settings({"decimals": NUMBER, "unit": TEXT}),
            "color": settings(
                {
                    "exponent": NUMBER, "fill": TEXT, "max": NUMBER, "min": NUMBER, "mode": choice("opacity", "scheme"),
                    "reverse": BOOLEAN, "scale": choice("exponential", "linear"), "scheme": TEXT, "steps": NUMBER,
                },
                ["exponent", "fill", "reverse", "scheme", "steps"],
            ),
            "exemplars": settings({"color": TEXT}, ["color"]),
            "filterValues": settings({"ge": NUMBER, "le": NUMBER}),
            "legend": settings(
                {
                    "placement": choice("bottom", "right"), "show": BOOLEAN, "width": {"type": ["number", "string"]},
                },
                ["show"],
            ),
            "rowsFrame": settings(
                {"layout": choice("auto", "ge", "le", "unknown"), "value": TEXT, "yBucketScale": _SCALE}
            ),
            "selectionMode": choice("x", "xy", "y"),
            "showValue": choice("auto", "always", "never"),
            "tooltip": settings(
                {
                    "maxHeight": NUMBER, "maxWidth": NUMBER, "mode": choice("single", "multi", "none"),
                    "showColorScale": BOOLEAN, "yHistogram": BOOLEAN,
                },
                ["mode"],
            ),
            "yAxis": settings(
                {
                    **{name: schema for name, schema in AXES.items() if name != "hideFrom"},
                    "decimals": NUMBER, "max": NUMBER, "min": NUMBER, "reverse": BOOLEAN, "unit": TEXT,
                }
            ),
        },
        required=("color", "exemplars", "legend", "showValue", "tooltip", "yAxis"),
        defaults={
            "calculate": False, "cellGap": 1, "exemplars": {"color": "rgba(255,0,255,0.7)"},
            "filterValues": {"le": 1e-9}, "legend": {"show": True}, "selectionMode": "x", "showValue": "auto",
            "color": {
                "exponent": 0.5, "fill": "dark-orange", "mode": "scheme", "reverse": False, "scale": "exponential",
                "scheme": "Oranges", "steps": 64,
            },
        },
    ),
    custom=Settings(
        {"hideFrom": HIDE_FROM, "scaleDistribution": _SCALE},
        defaults={"hideFrom": HIDE_FROM_DEFAULTS, "scaleDistribution": {"type": "linear"}},
    ),
)  # fmt: skip
