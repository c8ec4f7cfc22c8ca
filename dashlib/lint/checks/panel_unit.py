"""A panel sets the unit of its values."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dashlib.declare.panel_kinds import kinds_that_show
from dashlib.documents.values import object_of, objects_in, text_of
from dashlib.lint.findings import Check, did_you_mean, once_a_file
from dashlib.lint.grafana_units import configured_unit, known_units, mapping_overrides, unit_overrides
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint, Panel

CHECK = Check(
    "panel-unit",
    "warning",
    "A panel of numbers sets their unit.",
    peers=("dashboard-linter panel-units",),
    # those of one's own (`suffix:errors`) are one finding; one that was misspelt, each
    together=functools.partial(once_a_file, alike=lambda problem: problem.suggestion.split("suffix:")[0]),
)

# Kinds of numbers, those that dashlib does not make among them.
_KINDS = kinds_that_show("value", "lines", "rows", "numbers") | {"graph", "singlestat"}
_NEAR = 0.8
# How Grafana calls the columns of a table's values.
_VALUES = ("Value", "Last *")
# Units of one's own: "suffix:lags", "time:HH:mm".
_OWN = ("suffix:", "prefix:", "time:", "si:", "count:", "currency:", "bool:")


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel without a unit, or with one that Grafana does not have."""
    for panel in lint.panels:
        if panel.kind not in _KINDS or not panel.promql:
            continue
        pointer, unit = configured_unit(panel)
        overrides = unit_overrides(panel)
        if not unit and not any(overrides):
            if not _shows_text(panel):
                yield panel.linted.problem(
                    panel.pointer,
                    f"{panel.name} has no unit",
                    suggestion="set one, for example 'bytes', or 'short' or 'none' for plain numbers",
                )
        elif unit and unit not in known_units() and not unit.startswith(_OWN) and not has_variable(unit):
            yield panel.linted.problem(
                pointer,
                f"{panel.name} has the unit {unit!r}, which Grafana does not have: it is shown after the number as is",
                suggestion=did_you_mean(unit, known_units(), cutoff=_NEAR)
                or f"write 'suffix:{unit}' for a custom unit",
                severity="info",
            )


def _shows_text(panel: Panel) -> bool:
    """Tell whether values are mapped to texts, those of each query of a table, or a string field is shown."""
    if panel.defaults.get("mappings") or panel.data.get("valueMaps"):
        return True
    if mapping_overrides(panel) >= len(panel.promql) or _hides_its_values(panel):
        return True
    reduce = object_of(object_of(panel.data.get("options")).get("reduceOptions"))
    return bool(text_of(reduce.get("fields")))


def _hides_its_values(panel: Panel) -> bool:
    """Tell whether a table's transformations leave only labels: the columns `Value`, `Value #A`, … are left out."""
    for _, step in objects_in(panel.data.get("transformations"), ""):
        kind, options = text_of(step.get("id")), object_of(step.get("options"))
        if kind == "organize":
            excluded = object_of(options.get("excludeByName"))
            hidden = [name for name, is_hidden in excluded.items() if is_hidden and name.startswith(_VALUES)]
            if len(hidden) >= len(panel.promql):
                return True
        if kind == "groupBy":
            fields = object_of(options.get("fields"))
            taken = [name for name, how in fields.items() if object_of(how).get("operation")]
            if taken and not any(name.startswith(_VALUES) for name in taken):
                return True
    return False
