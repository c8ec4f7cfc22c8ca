"""The XY chart: one column of the answer against another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    AXES,
    AXES_DEFAULTS,
    LEGEND,
    LEGEND_DEFAULTS,
    NUMBER,
    TEXT,
    TOOLTIP,
    TOOLTIP_DEFAULTS,
    choice,
    legend,
    list_of,
    number,
    plain_fields,
    settings,
    shared,
)
from dashlib.declare.panels import panel_builder, show
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal
    from dashlib.declare.words import Calculations


@panel_builder
def xy_chart(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    x_field: str = "",
    y_field: str = "",
    draw: Literal["points", "lines", "points+lines"] = "points",
    legend_calculations: Sequence[Calculations] = (),
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return an XY chart (scatter plot): a point for each row of the values of now.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        x_field: column whose values are across; by default the first number.
        y_field: column whose values are up; by default all other numbers.
        draw: points, lines, or both.
        legend_calculations: columns of the legend table; empty for a plain list.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    if bool(x_field) != bool(y_field):
        raise DeclarationError("xy_chart() needs both x_field and y_field, or neither")
    shown = show(signals, title, as_table=True, **options)
    series = [{"x": _matcher(x_field), "y": _matcher(y_field)}] if x_field else []
    return shown.panel(
        KIND.id,
        options={
            "legend": legend("table" if legend_calculations else "list", "bottom", legend_calculations),
            "mapping": "manual" if series else "auto",
            "series": series,
            "tooltip": {"mode": "single", "sort": "none"},
        },
        fields=plain_fields(shown),
        custom={"show": None if draw == "points" else draw},
    )


def _matcher(field: str) -> dict[str, object]:
    return {"matcher": {"id": "byName", "options": field}}


_FIELD = settings({"matcher": settings({"id": TEXT, "options": shared("free")}, ["id"])}, ["matcher"])
KIND = PanelKind(
    "xychart",
    "XY chart",
    shows="numbers",
    color_mode="palette-classic",
    options=Settings(
        {
            "legend": LEGEND,
            "mapping": choice("auto", "manual"),
            "series": list_of(
                settings(
                    {
                        "color": _FIELD, "frame": _FIELD, "name": settings({"fixed": TEXT}), "size": _FIELD,
                        "x": _FIELD, "y": _FIELD,
                    }
                )
            ),
            "tooltip": TOOLTIP,
        },
        required=("legend", "mapping", "series", "tooltip"),
        defaults={"legend": LEGEND_DEFAULTS, "mapping": "auto", "tooltip": TOOLTIP_DEFAULTS},
    ),
    custom=Settings(
        {
            **AXES,
            "fillOpacity": number(minimum=0, maximum=100),
            "lineStyle": shared("line_style"),
            "lineWidth": number(minimum=0),
            "pointShape": choice("circle", "square"),
            "pointSize": settings({"fixed": NUMBER, "max": NUMBER, "min": NUMBER}),
            "pointStrokeWidth": NUMBER,
            "show": choice("points", "lines", "points+lines"),
        },
        defaults={**AXES_DEFAULTS, "fillOpacity": 50, "show": "points"},
    ),
)  # fmt: skip
