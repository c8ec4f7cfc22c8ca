"""The time series: a line per series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Unpack

from dashlib.declare.calculations import NAMES
from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    ANNOTATIONS,
    GRAPH,
    GRAPH_DEFAULTS,
    LEGEND_DEFAULTS,
    TEXT,
    TOOLTIP_DEFAULTS,
    legend,
    list_of,
    shared,
)
from dashlib.declare.panels import last_fields, panel_builder, range_of, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal
    from dashlib.declare.thresholds import ColorStep
    from dashlib.declare.words import Calculations, Percentage


_LINES: Final[Mapping[str, object]] = {"mode": "dashed"}


@panel_builder
def timeseries(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    legend_calculations: Sequence[Calculations] = ("max",),
    legend_placement: Literal["right", "bottom"] = "right",
    threshold_lines: bool = True,
    stacked: bool = False,
    fill: Percentage = 0,
    minimum: float | None = None,
    maximum: float | None = None,
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a time series panel: a line per series, the set's threshold steps as dashed lines across.

    Beside threshold lines no series has their colors: the higher its last value, the more purple it is, the lower the
    more blue. `color_scheme="palette-classic"` gives each a color of its own, as in a panel without such lines.

    Args:
        signals: what is drawn.
        title: by default the signal's title.
        legend_calculations: columns of the legend table (`mean`, `max`, `lastNotNull`), whose rows are sorted by the
            last of them, the highest first; empty for a plain list.
        legend_placement: where the legend is. On the right a panel of eight units has room for seven rows; at the
            bottom, for a panel that is narrow or has long names, for two.
        threshold_lines: draw the set's steps as dashed lines, where it has any for the signal.
        stacked: stack the series.
        fill: opacity below the line, percent 0-100; for series that are stacked or alone: areas that overlap mix their
            colors.
        minimum: lower end of the axis, in the panel's unit; by default the signal's.
        maximum: upper end of the axis, in the panel's unit; by default the signal's.
        no_value: as for `stat`.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, **options)
    low, high = range_of(shown.note, minimum, maximum)
    soft = minimum is None and low == 0 and high is None
    return shown.panel(
        KIND.id,
        options={
            "legend": legend(
                "table" if legend_calculations else "list",
                legend_placement if legend_calculations else "bottom",
                legend_calculations,
                sort_by=NAMES.get(legend_calculations[-1], "") if legend_calculations else "",
            ),
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        fields={"unit": shown.unit, "decimals": shown.decimals, "mappings": shown.mappings},
        custom={
            # A measure without an upper end starts at its minimum, but a value below it is still drawn.
            "axisSoftMin": 0 if soft else None,
            "axisSoftMax": None,
            "lineWidth": 2,
            "fillOpacity": fill or None,
            "gradientMode": None,
            "showPoints": "never",
            "stacking": {"mode": "normal", "group": "A"} if stacked else None,
            "thresholdsStyle": _LINES if threshold_lines else None,
        },
        extra=last_fields(min=None if soft else low, max=high, noValue=no_value),
    )


# The classic palette begins with green, yellow, blue, orange and red: beside threshold lines a healthy connector would
# be red because it is the fifth. Of Grafana's schemes this alone has none of the thresholds' colors and no end that
# fades into the panel; the shades of one color differ too little to tell three lines apart.
_BESIDE_THRESHOLDS: Final = {"mode": "continuous-BlPu"}


def _with_steps(panel: Panel, steps: Sequence[ColorStep]) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Return a panel's settings with its signal's color steps: without lines for none, else with series beside them.

    A series is then colored by its last value, from blue for the least to purple for the greatest of the panel.
    """
    style = panel.custom.get("thresholdsStyle")
    if style is None or "thresholds" in panel.fields:
        return panel.fields, panel.custom
    if len(steps) <= 1 and style == _LINES:
        return panel.fields, {**panel.custom, "thresholdsStyle": None}
    if "color" in panel.fields:
        return panel.fields, panel.custom
    return {**panel.fields, "color": _BESIDE_THRESHOLDS}, panel.custom


KIND = PanelKind(
    "timeseries",
    "Time series",
    shows="lines",
    color_mode="palette-classic",
    with_steps=_with_steps,
    options=Settings(
        {
            "legend": shared("legend"),
            "tooltip": shared("tooltip"),
            "timezone": list_of(TEXT),
            "orientation": shared("orientation"),
            "annotations": ANNOTATIONS,
        },
        required=("legend", "tooltip"),
        defaults={"legend": LEGEND_DEFAULTS, "tooltip": TOOLTIP_DEFAULTS},
    ),
    custom=Settings(GRAPH, defaults=GRAPH_DEFAULTS),
)
