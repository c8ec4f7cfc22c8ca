"""The geomap: values at their places on a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    BOOLEAN,
    HIDE_FROM,
    HIDE_FROM_DEFAULTS,
    NUMBER,
    TEXT,
    choice,
    list_of,
    plain_fields,
    settings,
)
from dashlib.declare.panels import panel_builder, show
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal


@panel_builder
def geomap(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    latitude: str = "",
    longitude: str = "",
    lookup: str = "",
    layer: Literal["markers", "heatmap"] = "markers",
    center: tuple[float, float] = (0, 0),
    zoom: float = 1,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a map of the values of now: a marker, or warmth, for each row.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        latitude: column with the latitude; by default Grafana looks for one.
        longitude: column with the longitude.
        lookup: column with a country, state or airport code, instead of both.
        layer: what is drawn.
        center: latitude and longitude of the middle.
        zoom: 1 for the world.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    if bool(latitude) != bool(longitude):
        raise DeclarationError("geomap() needs both latitude and longitude, or neither")
    shown = show(signals, title, as_table=True, **options)
    location: dict[str, object] = {"mode": "auto"}
    if latitude:
        location = {"mode": "coords", "latitude": latitude, "longitude": longitude}
    elif lookup:
        location = {"mode": "lookup", "lookup": lookup}
    return shown.panel(
        KIND.id,
        options={
            "basemap": {"config": {}, "name": "Layer 0", "type": "default"},
            "controls": {"mouseWheelZoom": True, "showAttribution": True, "showZoom": True},
            "layers": [{"config": {}, "location": location, "name": "Layer 1", "tooltip": True, "type": layer}],
            "tooltip": {"mode": "details"},
            "view": {"allLayers": True, "id": "coords", "lat": center[0], "lon": center[1], "zoom": zoom},
        },
        fields=plain_fields(shown),
    )


_LAYER = {"$ref": "#/$defs/free_object", "required": ["name", "type"]}
KIND = PanelKind(
    "geomap",
    "Geomap",
    shows="picture",
    height=10,
    derived=True,
    options=Settings(
        {
            "basemap": _LAYER,
            "controls": settings(
                {
                    "mouseWheelZoom": BOOLEAN, "showAttribution": BOOLEAN, "showDebug": BOOLEAN, "showMeasure": BOOLEAN,
                    "showScale": BOOLEAN, "showZoom": BOOLEAN,
                }
            ),
            "layers": list_of(_LAYER),
            "tooltip": settings({"mode": choice("none", "details")}, ["mode"]),
            "view": settings(
                {
                    "allLayers": BOOLEAN, "id": TEXT, "lastOnly": BOOLEAN, "lat": NUMBER, "layer": TEXT, "lon": NUMBER,
                    "maxZoom": NUMBER, "minZoom": NUMBER, "noRepeat": BOOLEAN, "padding": NUMBER, "shared": BOOLEAN,
                    "zoom": NUMBER,
                },
                ["id"],
            ),
        },
        required=("basemap", "controls", "layers", "tooltip", "view"),
    ),
    custom=Settings({"hideFrom": HIDE_FROM}, defaults={"hideFrom": HIDE_FROM_DEFAULTS}),
)  # fmt: skip
