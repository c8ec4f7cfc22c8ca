"""Grafana's units, as far as they measure what Debezium's and Kafka Connect's metrics measure.

Source of the names: Grafana's own list of value formats, as its unit picker offers them.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dashlib.documents.values import object_of, objects_in, text_of
from dashlib.promql.types import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.lint.subjects import Panel, Query

#: What a value of each unit measures; `count` stands for anything that is counted. Units that suit any number (`none`,
#: `short`) are not here.
GRAFANA_UNITS: Final[Mapping[str, Unit]] = {
    "s": Unit("s"),
    "ms": Unit("s", 0.001),
    "µs": Unit("s", 1e-6),
    "ns": Unit("s", 1e-9),
    "m": Unit("s", 60),
    "h": Unit("s", 3600),
    "d": Unit("s", 86400),
    "dtdurations": Unit("s"),
    "dtdurationms": Unit("s", 0.001),
    "dthms": Unit("s"),
    "dtdhms": Unit("s"),
    "clocks": Unit("s"),
    "clockms": Unit("s", 0.001),
    "percentunit": Unit("ratio"),
    "percent": Unit("ratio", 0.01),
    "bytes": Unit("bytes"),
    "decbytes": Unit("bytes"),
    "kbytes": Unit("bytes", 1024),
    "deckbytes": Unit("bytes", 1000),
    "mbytes": Unit("bytes", 1024**2),
    "decmbytes": Unit("bytes", 1000**2),
    "gbytes": Unit("bytes", 1024**3),
    "decgbytes": Unit("bytes", 1000**3),
    "Bps": Unit("bytes/s"),
    "binBps": Unit("bytes/s"),
    "cps": Unit("count/s"),
    "ops": Unit("count/s"),
    "reqps": Unit("count/s"),
    "rps": Unit("count/s"),
    "wps": Unit("count/s"),
    "eps": Unit("count/s"),
    "mps": Unit("count/s"),
    "recps": Unit("count/s"),
    "rowsps": Unit("count/s"),
    "iops": Unit("count/s"),
    "bool": Unit("bool"),
    "bool_yes_no": Unit("bool"),
    "bool_on_off": Unit("bool"),
    "dateTimeAsIso": Unit("epoch_s", 0.001),
    "dateTimeAsUS": Unit("epoch_s", 0.001),
    "dateTimeAsLocal": Unit("epoch_s", 0.001),
    "dateTimeAsSystem": Unit("epoch_s", 0.001),
    "dateTimeFromNow": Unit("epoch_s", 0.001),
}


@functools.cache
def known_units() -> frozenset[str]:
    """Return the units that Grafana's picker offers, as far as dashboard-linter knows them, and newer ones."""
    text = (Path(__file__).parent / "grafana_units.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(unit for line in lines for unit in line.split())


# Where kinds of panels have a unit beside `fieldConfig`: of their axis, their cells, and before Grafana 9.
_ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "heatmap": ("options/yAxis/unit", "options/cellValues/unit", "yAxis/format"),
    "gauge": ("options/valueOptions/unit",),
}


def configured_unit(panel: Panel) -> tuple[str, str]:
    """Return where a panel says its unit, and the unit; both empty where it says none.

    An override for every field of the panel would be more exact, but names its fields in ways that only data can tell.
    """
    unit = text_of(panel.defaults.get("unit"))
    if unit:
        place = "fieldConfig" if "defaults" in object_of(panel.data.get("fieldConfig")) else "options/fieldOptions"
        return f"{panel.pointer}/{place}/defaults/unit", unit
    if panel.kind == "graph":
        axes = panel.data.get("yaxes")
        if isinstance(axes, list) and axes and isinstance(axes[0], dict):
            return f"{panel.pointer}/yaxes/0/format", text_of(axes[0].get("format"))
    for place in _ELSEWHERE.get(panel.kind, ()):
        inner: object = panel.data
        for step in place.split("/"):
            inner = object_of(inner).get(step)
        if text_of(inner):
            return f"{panel.pointer}/{place}", text_of(inner)
    if panel.kind == "singlestat" or text_of(panel.data.get("format")):
        return f"{panel.pointer}/format", text_of(panel.data.get("format"))
    return "", ""


# Transformations behind which a value is another one than its query's. Those that rename, sort, join or hide leave it.
_OTHER_VALUES: Final = frozenset(
    {"calculateField", "configFromData", "convertFieldType", "groupBy", "groupingToMatrix", "heatmap", "histogram",
     "reduce", "regression", "rowsToFields", "spatial", "timeSeriesTable"}
)  # fmt: skip


def makes_other_values(panel: Panel) -> bool:
    """Tell whether a transformation of a panel makes values of its own, in whatever unit."""
    return any(
        text_of(step.get("id")) in _OTHER_VALUES and not step.get("disabled")
        for _, step in objects_in(panel.data.get("transformations"), "")
    )


def unit_overrides(panel: Panel) -> tuple[str, ...]:
    """Return the units that a panel's overrides give, and those of an old table's columns."""
    return tuple(unit for _, unit in _overridden_units(panel))


def units_of(panel: Panel, query: Query) -> tuple[str, ...]:
    """Return the units in which a panel may show the values of one of its queries, most likely first.

    An override for the query itself decides; one for a field's name or kind may be about any query.
    """
    overridden = _overridden_units(panel)
    ref_id = query.of_panel.ref_id if query.of_panel is not None else ""
    of_query = [unit for matcher, unit in overridden if matcher == ("byFrameRefID", ref_id)]
    if of_query:
        return (of_query[-1],)
    return (configured_unit(panel)[1], *(unit for (kind, _), unit in overridden if kind != "byFrameRefID"))


def mapping_overrides(panel: Panel) -> int:
    """Return how many of a panel's overrides map values to texts."""
    overrides = objects_in(object_of(panel.data.get("fieldConfig")).get("overrides"), "")
    return sum(
        any(item.get("id") == "mappings" and item.get("value") for _, item in objects_in(one.get("properties"), ""))
        for _, one in overrides
    )


def _overridden_units(panel: Panel) -> list[tuple[tuple[str, str], str]]:
    """Return the units of a panel's overrides, each with the kind and the options of its matcher."""
    found = []
    overrides = object_of(panel.data.get("fieldConfig")).get("overrides")
    for override in overrides if isinstance(overrides, list) else ():
        matcher = object_of(object_of(override).get("matcher"))
        for item in object_of(override).get("properties") or ():
            if isinstance(item, dict) and item.get("id") == "unit":
                key = (text_of(matcher.get("id")), text_of(matcher.get("options")))
                found.append((key, text_of(item.get("value"))))
    # of a table before Grafana 7, by column
    styles = objects_in(panel.data.get("styles"), "")
    return found + [(("byName", text_of(style.get("pattern"))), text_of(style.get("unit"))) for _, style in styles]
