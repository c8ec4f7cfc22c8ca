"""The flame graph: where a program spends its time, of Pyroscope and similar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    BOOLEAN,
)
from dashlib.declare.panels import panel_builder, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.datasource_queries import DatasourceQuery
    from dashlib.declare.panels import Panel, PanelOptions
    from dashlib.declare.queries import Query
    from dashlib.declare.signals import Signal


@panel_builder
def flame_graph(
    signals: Signal | Query | DatasourceQuery | Sequence[Signal | Query | DatasourceQuery],
    title: str = "",
    **options: Unpack[PanelOptions],
) -> Panel:
    """Return a flame graph of a query that answers with a profile.

    Args:
        signals: what is shown, signals or queries.
        title: by default the signal's title.
        options: unit, decimals, description and so on; see `PanelOptions`.
    """
    return show(signals, title, **options).panel(KIND.id, options={}, fields={}, thresholds=())


KIND = PanelKind(
    "flamegraph",
    "Flame graph",
    shows="records",
    height=12,
    derived=True,
    options=Settings({"showFlameGraphOnly": BOOLEAN}),
)
