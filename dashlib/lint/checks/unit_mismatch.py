"""A panel's unit fits what its expression returns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dashlib.lint.findings import Check
from dashlib.lint.grafana_units import GRAFANA_UNITS, makes_other_values, units_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint
    from dashlib.promql.types import Unit

CHECK = Check(
    "unit-mismatch",
    "error",
    "A panel's unit is the unit of its expression's result.",
)

_COUNTS_OF = "count"


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every query whose values are of another unit than their panel says."""
    for panel in lint.panels:
        # a heatmap's unit is that of its buckets' bounds, not of what its query counts in them
        if panel.kind == "heatmap" or makes_other_values(panel):
            continue
        for query in panel.promql:
            # What is drawn of a hidden query is what an expression makes of it.
            if query.of_panel is not None and query.of_panel.is_hidden:
                continue
            name, *others = units_of(panel, query)
            shown = GRAFANA_UNITS.get(name)
            unit = query.type_of(query.tree).unit if query.tree is not None else None
            if shown is None or unit is None:
                continue
            if not any(other not in GRAFANA_UNITS or _fits(unit, GRAFANA_UNITS[other]) for other in (name, *others)):
                yield query.problem(
                    f"{panel.name} shows the unit {name!r} but its expression returns {unit.name}",
                    suggestion=_suggestion(unit, shown, name),
                )
                break


def _fits(unit: Unit, shown: Unit) -> bool:
    if shown.base == _COUNTS_OF:
        return unit.base.removesuffix("/s") not in {"s", "bytes", "epoch_s", "bool"}
    if shown.base == f"{_COUNTS_OF}/s":
        return unit.base.endswith("/s") and unit.base != "bytes/s"
    if unit.base in {"count", "number"} and shown.base == "ratio":
        return False
    return unit.base == shown.base and math.isclose(unit.factor, shown.factor, rel_tol=1e-6)


def _suggestion(unit: Unit, shown: Unit, name: str) -> str:
    fitting = [grafana for grafana, known in GRAFANA_UNITS.items() if _fits(unit, known)]
    if unit.base == shown.base:
        factor = unit.factor / shown.factor
        change = f"multiply by {factor:g}" if factor >= 1 else f"divide by {1 / factor:g}"
        return f"{change} to show {name!r}" + (f", or show {fitting[0]!r}" if fitting else "")
    return f"show {fitting[0]!r}" if fitting else f"{name!r} is not a unit for such values"
