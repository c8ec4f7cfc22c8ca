"""The histogram: how often which value occurs in the time range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    AXES,
    AXES_DEFAULTS,
    BOOLEAN,
    LEGEND,
    LEGEND_DEFAULTS,
    NUMBER,
    TOOLTIP,
    TOOLTIP_DEFAULTS,
    choice,
    legend,
    number,
    plain_fields,
    shared,
    without_defaults,
)
from dashlib.declare.panels import panel_builder, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal
    from dashlib.declare.words import Calculations


@panel_builder
def histogram(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    bucket_size: float | None = None,
    bucket_count: int | None = None,
    combine: bool = False,
    legend_calculations: Sequence[Calculations] = (),
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a histogram: a bar for each bucket, as high as there are values in it within the time range.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        bucket_size: width of a bucket, in the panel's unit; by default Grafana's choice.
        bucket_count: how many buckets there are about; by default 30.
        combine: count all series together.
        legend_calculations: columns of the legend table; empty for a plain list.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, **options)
    sizes = without_defaults(
        {"bucketSize": (bucket_size, None), "bucketCount": (bucket_count, None), "combine": (combine, False)}
    )
    return shown.panel(
        KIND.id,
        options={
            **sizes,
            "legend": legend("table" if legend_calculations else "list", "bottom", legend_calculations),
            "tooltip": {"mode": "single", "sort": "none"},
        },
        fields=plain_fields(shown),
    )


KIND = PanelKind(
    "histogram",
    "Histogram",
    shows="numbers",
    color_mode="palette-classic",
    least_width=6,
    options=Settings(
        {
            "bucketCount": number(exclusiveMinimum=0),
            "bucketOffset": NUMBER,
            "bucketSize": number(exclusiveMinimum=0),
            "combine": BOOLEAN,
            "legend": LEGEND,
            "tooltip": TOOLTIP,
        },
        required=("legend", "tooltip"),
        defaults={
            "bucketCount": 30, "bucketOffset": 0, "combine": False, "legend": LEGEND_DEFAULTS,
            "tooltip": TOOLTIP_DEFAULTS,
        },
    ),
    custom=Settings(
        {
            **AXES,
            "fillOpacity": number(minimum=0, maximum=100),
            "gradientMode": choice("none", "opacity", "hue", "scheme"),
            "lineWidth": number(minimum=0),
            "stacking": shared("stacking"),
        },
        defaults={
            **AXES_DEFAULTS, "fillOpacity": 80, "gradientMode": "none", "lineWidth": 1,
            "stacking": {"group": "A", "mode": "none"},
        },
    ),
)  # fmt: skip
