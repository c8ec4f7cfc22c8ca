"""The node graph: what is connected with what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    TEXT,
    choice,
    list_of,
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
def node_graph(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    *,
    layout: Literal["layered", "force", "grid"] = "layered",
    node_units: tuple[str, str] = ("", ""),
    edge_units: tuple[str, str] = ("", ""),
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a node graph of a query that answers with nodes and edges.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        layout: how nodes are placed.
        node_units: Grafana units of a node's main and second value.
        edge_units: Grafana units of an edge's main and second value.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    shown = show(signals, title, **options)
    said = {"nodes": _stats(node_units), "edges": _stats(edge_units)}
    return shown.panel(
        KIND.id,
        options={"layoutAlgorithm": layout, **{name: units for name, units in said.items() if units}},
        fields={},
        thresholds=(),
    )


def _stats(units: tuple[str, str]) -> dict[str, object]:
    named = zip(("mainStatUnit", "secondaryStatUnit"), units, strict=True)
    return {name: unit for name, unit in named if unit}


_UNITS = {"mainStatUnit": TEXT, "secondaryStatUnit": TEXT}
KIND = PanelKind(
    "nodeGraph",
    "Node graph",
    shows="records",
    height=12,
    options=Settings(
        {
            "edges": settings(_UNITS),
            "layoutAlgorithm": choice("force", "grid", "layered"),
            "nodes": settings({**_UNITS, "arcs": list_of(settings({"color": TEXT, "field": TEXT}))}),
            "zoomMode": choice("cooperative", "greedy"),
        },
        defaults={"zoomMode": "cooperative"},
    ),
)
