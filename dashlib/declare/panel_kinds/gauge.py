"""The round gauge: the value that each series has now, within a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from grafanalib import core

from dashlib.declare.arguments import checked
from dashlib.declare.panel_kinds import PanelKind, Parts, Settings
from dashlib.declare.panel_kinds._parts import (
    BOOLEAN,
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
def gauge(
    signals: Signal | Sequence[Signal],
    title: str = "",
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> core.GaugePanel:
    """Return a round gauge for the value that each series has now; for many connectors see `bar_gauge` and `table`.

    Args:
        signals: what is shown.
        title: by default the signal's title.
        minimum: lower end of the range, in the panel's unit; by default the signal's, or 0.
        maximum: upper end, in the panel's unit; by default the signal's, or twice the highest threshold step.
        no_value: as for `stat`.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, now=True, ranged=True, **options)
    low, high = range_of(shown.note, minimum, maximum)
    return shown.remember(
        core.GaugePanel(
            title=shown.title,
            description=shown.description,
            format=shown.unit,
            decimals=shown.decimals,
            valueMaps=shown.mappings,
            calc="lastNotNull",
            min=0 if low is None else low,
            max=high,
            thresholds=[],
            maxDataPoints=None,
            extraJson=field_defaults(noValue=no_value),
            targets=shown.targets,
        )
    )


def _parts(panel: core.GaugePanel, steps: Sequence[ColorStep]) -> Parts:
    return Parts(
        options={
            "minVizHeight": 75,
            "minVizWidth": 75,
            "orientation": "auto",
            "reduceOptions": reduction(panel.calc, values=panel.allValues, limit=panel.limit),
            "showThresholdLabels": panel.thresholdLabels,
            "showThresholdMarkers": panel.thresholdMarkers,
            "sizing": "auto",
        },
        fields=gauge_fields(panel, steps),
    )


KIND = PanelKind(
    "gauge",
    "Gauge",
    core.GaugePanel,
    _parts,
    shows="value",
    least_width=4,
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
