"""The round gauge: the value that each series has now, within a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    BOOLEAN,
    NUMBER,
    REDUCTION_DEFAULTS,
    choice,
    gauge_fields,
    reduction,
    settings,
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
def gauge(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a round gauge for the value that each series has now; for many connectors see `bar_gauge` and `table`.

    Args:
        signals: what is shown, signals or `promql(…)`.
        title: by default the signal's title.
        minimum: lower end of the range, in the panel's unit; by default the signal's, or 0.
        maximum: upper end, in the panel's unit; by default the signal's, or twice the highest threshold step.
        no_value: as for `stat`.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, now=True, ranged=True, **options)
    return shown.panel(
        KIND.id,
        options={
            "minVizHeight": 75,
            "minVizWidth": 75,
            "orientation": "auto",
            "reduceOptions": reduction("lastNotNull"),
            "showThresholdLabels": False,
            "showThresholdMarkers": True,
            "sizing": "auto",
        },
        fields=gauge_fields(shown, minimum, maximum),
        extra=last_fields(noValue=no_value),
    )


KIND = PanelKind(
    "gauge",
    "Gauge",
    shows="value",
    least_width=4,
    with_steps=up_to_twice_the_last_step,
    options=Settings(
        {
            "minVizHeight": whole_number(minimum=0),
            "minVizWidth": whole_number(minimum=0),
            "orientation": shared("orientation"),
            "reduceOptions": shared("reduction"),
            "showThresholdLabels": BOOLEAN,
            "showThresholdMarkers": BOOLEAN,
            "sizing": choice("auto", "manual"),
            "text": shared("value_text"),
            # Grafana 13.2 has these, and fills in what is missing; the schema of 12.3 refuses them. So none is written
            # that nobody sets, and both read such a gauge.
            "barShape": choice("flat", "rounded"),
            "barWidthFactor": NUMBER,
            "effects": settings({"barGlow": BOOLEAN, "centerGlow": BOOLEAN, "gradient": BOOLEAN}),
            "endpointMarker": choice("point", "glow", "none"),
            "neutral": NUMBER,
            "segmentCount": NUMBER,
            "segmentSpacing": NUMBER,
            "shape": choice("circle", "gauge"),
            "sparkline": BOOLEAN,
            "textMode": choice("auto", "value_and_name", "value", "name", "none"),
        },
        required=(
            "minVizHeight", "minVizWidth", "orientation", "reduceOptions", "showThresholdLabels",
            "showThresholdMarkers", "sizing",
        ),
        defaults={
            "minVizHeight": 75, "minVizWidth": 75, "orientation": "auto", "reduceOptions": REDUCTION_DEFAULTS,
            "showThresholdLabels": False, "showThresholdMarkers": True, "sizing": "auto", "barShape": "flat",
            "barWidthFactor": 0.5, "effects": {}, "endpointMarker": "point", "segmentCount": 1, "segmentSpacing": 0.3,
            "shape": "gauge", "sparkline": True, "textMode": "auto",
        },
    ),
)  # fmt: skip
