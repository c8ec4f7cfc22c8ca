"""The candlestick: how a price opened, moved and closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    ANNOTATIONS,
    BOOLEAN,
    GRAPH,
    GRAPH_DEFAULTS,
    LEGEND,
    LEGEND_DEFAULTS,
    TEXT,
    TOOLTIP,
    TOOLTIP_DEFAULTS,
    choice,
    legend,
    plain_fields,
    settings,
)
from dashlib.declare.panels import panel_builder, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal


@panel_builder
def candlestick(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    open_field: str = "",
    high_field: str = "",
    low_field: str = "",
    close_field: str = "",
    volume_field: str = "",
    draw: Literal["candles", "volume", "candles+volume"] = "candles+volume",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a candlestick panel: a candle for each step of a query with open, high, low and close.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        open_field: column at the beginning of a step; by default Grafana looks for one named so, as for all of them.
        high_field: highest of the step.
        low_field: lowest of the step.
        close_field: at its end.
        volume_field: how much was traded.
        draw: candles, volume, or both.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, **options)
    fields = {"open": open_field, "high": high_field, "low": low_field, "close": close_field, "volume": volume_field}
    return shown.panel(
        KIND.id,
        options={
            "candleStyle": "candles",
            "colorStrategy": "open-close",
            "colors": {"down": "red", "flat": "gray", "up": "green"},
            "fields": {name: field for name, field in fields.items() if field},
            "legend": legend("list", "bottom", ()),
            "mode": draw,
            "tooltip": {"mode": "multi", "sort": "none"},
        },
        fields=plain_fields(shown),
    )


KIND = PanelKind(
    "candlestick",
    "Candlestick",
    shows="records",
    color_mode="palette-classic",
    options=Settings(
        {
            "annotations": ANNOTATIONS,
            "candleStyle": choice("candles", "ohlcbars"),
            "colorStrategy": choice("open-close", "close-close"),
            "colors": settings({"down": TEXT, "flat": TEXT, "up": TEXT}, ["down", "flat", "up"]),
            "fields": settings(dict.fromkeys(("close", "high", "low", "open", "volume"), TEXT)),
            "includeAllFields": BOOLEAN,
            "legend": LEGEND,
            "mode": choice("candles", "candles+volume", "volume"),
            "tooltip": TOOLTIP,
        },
        required=("candleStyle", "colorStrategy", "colors", "fields", "legend", "mode", "tooltip"),
        defaults={
            "candleStyle": "candles", "colorStrategy": "open-close", "includeAllFields": False,
            "colors": {"down": "red", "flat": "gray", "up": "green"}, "legend": LEGEND_DEFAULTS,
            "mode": "candles+volume", "tooltip": TOOLTIP_DEFAULTS,
        },
    ),
    custom=Settings(GRAPH, defaults=GRAPH_DEFAULTS),
)  # fmt: skip
