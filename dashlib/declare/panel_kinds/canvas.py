"""The canvas: a picture whose elements show values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    BOOLEAN,
    TEXT,
    choice,
    list_of,
    plain_fields,
    settings,
)
from dashlib.declare.panels import panel_builder, show
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal


@panel_builder
def canvas(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    elements: Sequence[Mapping[str, object]],
    pan_and_zoom: bool = False,
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a canvas: elements at places of their own, which may show values of the queries.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        elements: as Grafana writes them, each with `name`, `type` and mostly `placement` and `config`.
        pan_and_zoom: readers may move it and come nearer.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    for index, element in enumerate(elements):
        if not element.get("name") or not element.get("type"):
            raise DeclarationError(f"elements[{index}] of a canvas needs a name and a type; got {dict(element)!r}")
    shown = show(signals, title, **options)
    return shown.panel(
        KIND.id,
        options={
            "inlineEditing": False,
            "panZoom": pan_and_zoom,
            "root": {"elements": [dict(each) for each in elements], "name": "Canvas", "type": "frame"},
            "showAdvancedTypes": False,
            "tooltip": {"mode": "single"},
            "zoomToContent": False,
        },
        fields=plain_fields(shown),
    )


KIND = PanelKind(
    "canvas",
    "Canvas",
    shows="picture",
    options=Settings(
        {
            "inlineEditing": BOOLEAN,
            "panZoom": BOOLEAN,
            "root": {
                "type": "object",
                "required": ["name", "type", "elements"],
                "properties": {
                    "name": TEXT,
                    "type": {"const": "frame"},
                    "elements": list_of({"$ref": "#/$defs/free_object", "required": ["name", "type"]}),
                },
                "additionalProperties": False,
            },
            "showAdvancedTypes": BOOLEAN,
            "tooltip": settings(
                {"disableForOneClick": BOOLEAN, "mode": choice("single", "multi", "none")}, ["mode"]
            ),
            "zoomToContent": BOOLEAN,
        },
        required=("inlineEditing", "panZoom", "root", "showAdvancedTypes", "tooltip", "zoomToContent"),
    ),
)  # fmt: skip
