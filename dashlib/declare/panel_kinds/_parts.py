"""What several kinds of panels say, and the words in which their schemas are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grafanalib import core

    from dashlib.declare.thresholds import ColorStep

Json: TypeAlias = dict[str, Any]

# --- parts ------------------------------------------------------------------------------------------------------


def reduction(calculation: str, *, values: bool = False, fields: str = "", limit: int | None = None) -> Json:
    """Return `reduceOptions`: what becomes of the many values of a series."""
    reduced: Json = {"calcs": [calculation]}
    if fields:
        reduced["fields"] = fields
    if values:
        reduced["values"] = True
        if limit is not None:
            reduced["limit"] = limit
    return reduced


def legend(display_mode: str, placement: str, calculations: Iterable[str]) -> Json:
    """Return `legend`; for none, Grafana writes a hidden list."""
    shown = display_mode != "hidden"
    return {
        "calcs": list(calculations),
        "displayMode": display_mode if shown else "list",
        "placement": placement,
        "showLegend": shown,
    }


def color(said: object, default: str = "thresholds") -> Json | None:
    """Return the color scheme of a panel's fields; None for its kind's default."""
    if said is None or said == default:
        return None
    return dict(said) if isinstance(said, Mapping) else {"mode": said}


def without_defaults(settings: Mapping[str, tuple[object, object]]) -> Json:
    """Return the settings that are not at their default, each given as a pair of value and default."""
    return {name: value for name, (value, default) in settings.items() if value != default}


def gauge_fields(panel: core.GaugePanel | core.BarGauge, steps: Sequence[ColorStep]) -> Json:
    """Return the field settings of a gauge, round or not."""
    from dashlib.declare.panels import as_written, note_of

    note = note_of(panel)
    highest = cast("float | None", panel.max)
    if highest is None and note is not None and note.ranged:
        last = max((step.value for step in steps if step.value is not None), default=None)
        highest = None if last is None else 2 * last * note.factor
    return {
        "displayName": panel.label,
        "unit": panel.format,
        "decimals": panel.decimals,
        "min": as_written(panel.min),
        "max": as_written(highest),
        "mappings": [*panel.valueMaps, *getattr(panel, "rangeMaps", ())],
        "links": list(panel.dataLinks),
    }


# --- words of schemas -------------------------------------------------------------------------------------------

BOOLEAN: Final[Json] = {"type": "boolean"}
NUMBER: Final[Json] = {"type": "number"}
NUMBER_OR_BOOLEAN: Final[Json] = {"type": ["boolean", "number"]}
ANY_TEXT: Final[Json] = {"type": "string"}


def shared(name: str) -> Json:
    """Return a part that the dashboard's schema defines for all panels, such as `legend`."""
    return {"$ref": f"#/$defs/{name}"}


TEXT: Final = shared("text")


def choice(*values: str | int) -> Json:
    """Return a setting that is one of some values."""
    return {"enum": list(values)}


def number(**limits: float) -> Json:
    """Return a number within limits: `minimum`, `maximum`, `exclusiveMinimum`."""
    return {"type": "number", **limits}


def whole_number(**limits: int) -> Json:
    """Return a whole number within limits."""
    return {"type": "integer", **limits}


def list_of(item: Json) -> Json:
    """Return a list of such items."""
    return {"type": "array", "items": item}


def settings(schema: Mapping[str, object], required: Iterable[str] = ()) -> Json:
    """Return an object with these settings and no others."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", **needed, "properties": dict(schema), "additionalProperties": False}


# --- what kinds share -------------------------------------------------------------------------------------------

# The axes of what is drawn over time.
AXIS: Final[Json] = {
    "axisPlacement": choice("auto", "left", "right", "top", "bottom", "hidden"),
    "axisLabel": ANY_TEXT,
    "axisSoftMin": NUMBER,
    "axisSoftMax": NUMBER,
    "axisWidth": NUMBER,
    "axisColorMode": choice("text", "series"),
    "axisGridShow": BOOLEAN,
    "axisBorderShow": BOOLEAN,
    "axisCenteredZero": BOOLEAN,
    "scaleDistribution": settings(
        {"type": choice("linear", "log", "symlog", "ordinal"), "log": NUMBER, "linearThreshold": NUMBER}, ["type"]
    ),
    "hideFrom": settings({"tooltip": BOOLEAN, "legend": BOOLEAN, "viz": BOOLEAN}, ["tooltip", "legend", "viz"]),
    "spanNulls": NUMBER_OR_BOOLEAN,
    "insertNulls": NUMBER_OR_BOOLEAN,
}
HIDE_FROM_DEFAULTS: Final[Json] = {"legend": False, "tooltip": False, "viz": False}
AXIS_DEFAULTS: Final[Json] = {
    "axisBorderShow": False, "axisCenteredZero": False, "axisColorMode": "text", "axisPlacement": "auto",
    "hideFrom": HIDE_FROM_DEFAULTS, "insertNulls": False, "spanNulls": False,
}  # fmt: skip
LEGEND_DEFAULTS: Final[Json] = {"displayMode": "list", "placement": "bottom", "showLegend": True}
TOOLTIP_DEFAULTS: Final[Json] = {"hideZeros": False, "mode": "single", "sort": "none"}
REDUCTION_DEFAULTS: Final[Json] = {"calcs": ["lastNotNull"], "values": False}
