"""The stat: the value that each series has now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import BOOLEAN, REDUCTION_DEFAULTS, STAT_TEXT, choice, reduction, shared
from dashlib.declare.panels import panel_builder, show
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal

Calculation = Literal["mean", "max", "min", "sum", "range"]


@panel_builder
def stat(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    calculation: Calculation | None = None,
    sparkline: bool = False,
    no_value: str | None = None,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a stat panel: the value that each series has now, in its threshold's or state's color.

    It queries this moment only. The last value of a range would stay visible long after its series has vanished, which
    is when it matters.

    Args:
        signals: what is shown, signals or `promql(…)`.
        title: by default the signal's title.
        calculation: show this of the dashboard's range instead of the value now.
        sparkline: draw the course behind what was calculated.
        no_value: text where there is no series.
        options: unit, decimals, description and so on; see `PanelOptions`.

    Raises:
        DeclarationError: an argument is wrong; the message says which.
    """
    if sparkline and calculation is None:
        raise DeclarationError(
            "a sparkline needs a range, whose last value still shows long after its series vanished: choose "
            "what to calculate from it, for example calculation='max'"
        )
    shown = show(signals, title, now=calculation is None, **options)
    return shown.panel(
        KIND.id,
        options={
            "colorMode": "value",
            "graphMode": "area" if sparkline else "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "percentChangeColorMode": "standard",
            "reduceOptions": reduction(calculation or "lastNotNull"),
            "showPercentChange": False,
            "text": STAT_TEXT,
            "textMode": "auto",
            "wideLayout": True,
        },
        fields={"unit": shown.unit, "decimals": shown.decimals, "noValue": no_value, "mappings": shown.mappings},
    )


KIND = PanelKind(
    "stat",
    "Stat",
    shows="value",
    least_width=4,
    height=4,
    options=Settings(
        {
            "colorMode": choice("value", "background", "background_solid", "none"),
            "graphMode": choice("none", "line", "area"),
            "justifyMode": choice("auto", "center"),
            "orientation": shared("orientation"),
            "percentChangeColorMode": choice("standard", "inverted", "same_as_value"),
            "reduceOptions": shared("reduction"),
            "showPercentChange": BOOLEAN,
            "textMode": choice("auto", "value", "value_and_name", "name", "none"),
            "wideLayout": BOOLEAN,
            "text": shared("value_text"),
        },
        required=(
            "colorMode", "graphMode", "justifyMode", "orientation", "percentChangeColorMode", "reduceOptions",
            "showPercentChange", "textMode", "wideLayout",
        ),
        defaults={
            "colorMode": "value", "graphMode": "area", "justifyMode": "auto", "orientation": "auto",
            "percentChangeColorMode": "standard", "reduceOptions": REDUCTION_DEFAULTS, "showPercentChange": False,
            "textMode": "auto", "wideLayout": True,
        },
    ),
)  # fmt: skip
