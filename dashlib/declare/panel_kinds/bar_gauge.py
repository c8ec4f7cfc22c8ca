"""The bar gauge: a bar for the value that each series has now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from grafanalib import core

from dashlib.declare.arguments import checked
from dashlib.declare.panel_kinds import PanelKind, Parts, Settings
from dashlib.declare.panel_kinds._parts import (
    BOOLEAN,
    LEGEND_DEFAULTS,
    REDUCTION_DEFAULTS,
    choice,
    gauge_fields,
    reduction,
    shared,
    whole_number,
)
from dashlib.declare.panels import field_defaults, range_of, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.panels import PanelOptions
    from dashlib.declare.signals import Signal
    from dashlib.declare.thresholds import ColorStep


@checked
def bar_gauge(
    signals: Signal | Sequence[Signal],
    title: str = "",
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> core.BarGauge:
    """Return a bar gauge: one horizontal bar for the value that each series has now.

    Args:
        signals: what is shown.
        title: by default the signal's title.
        minimum: left end of the range, in the panel's unit; by default the signal's, or 0.
        maximum: right end, in the panel's unit; by default the signal's, or twice the highest threshold step.
        no_value: as for `stat`.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, now=True, ranged=True, **options)
    low, high = range_of(shown.note, minimum, maximum)
    return shown.remember(
        core.BarGauge(
            title=shown.title,
            description=shown.description,
            format=shown.unit,
            decimals=shown.decimals,
            valueMaps=shown.mappings,
            calc="lastNotNull",
            displayMode="gradient",
            orientation="horizontal",
            min=0 if low is None else low,
            max=high,
            thresholds=[],
            maxDataPoints=None,
            extraJson=field_defaults(noValue=no_value),
            targets=shown.targets,
        )
    )


def _parts(panel: core.BarGauge, steps: Sequence[ColorStep]) -> Parts:
    return Parts(
        options={
            "displayMode": panel.displayMode,
            "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
            "maxVizHeight": 300,
            "minVizHeight": 16,
            "minVizWidth": 8,
            "namePlacement": "auto",
            "orientation": panel.orientation,
            "reduceOptions": reduction(panel.calc, values=panel.allValues, limit=panel.limit),
            "showUnfilled": True,
            "sizing": "auto",
            "valueMode": "color",
        },
        fields=gauge_fields(panel, steps),
    )


KIND = PanelKind(
    "bargauge",
    "Bar gauge",
    core.BarGauge,
    _parts,
    shows="value",
    least_width=4,
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
