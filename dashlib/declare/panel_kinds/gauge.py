"""The round gauge: the value that each series has now, within a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from dashlib.declare.arguments import checked
from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    BOOLEAN,
    REDUCTION_DEFAULTS,
    choice,
    gauge_fields,
    reduction,
    shared,
    up_to_twice_the_last_step,
    whole_number,
)
from dashlib.declare.panels import last_fields, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal


@checked
def gauge(
    signals: Signal | Query | Sequence[Signal | Query],
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
        },
        required=(
            "minVizHeight", "minVizWidth", "orientation", "reduceOptions", "showThresholdLabels",
            "showThresholdMarkers", "sizing",
        ),
        defaults={
            "minVizHeight": 75, "minVizWidth": 75, "orientation": "auto", "reduceOptions": REDUCTION_DEFAULTS,
            "showThresholdLabels": False, "showThresholdMarkers": True, "sizing": "auto",
        },
    ),
)  # fmt: skip
