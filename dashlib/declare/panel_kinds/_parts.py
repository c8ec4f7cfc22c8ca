"""What several kinds of panels say, and the words in which their schemas are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from dashlib.declare.panels import as_written, range_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.panels import Panel, Shown
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


def legend(display_mode: str, placement: str, calculations: Iterable[str], sort_by: str = "") -> Json:
    """Return `legend`; for none, Grafana writes a hidden list.

    Args:
        display_mode: `list`, `table` or `hidden`.
        placement: `bottom` or `right`.
        calculations: what it says of each series, by id.
        sort_by: name of the calculation whose highest value stands first; empty for the series' own order.
    """
    shown = display_mode != "hidden"
    return {
        "calcs": list(calculations),
        "displayMode": display_mode if shown else "list",
        "placement": placement,
        "showLegend": shown,
        **({"sortBy": sort_by, "sortDesc": True} if sort_by else {}),
    }


# A size that Grafana chooses by itself depends on how many series there are, and on the longest of their texts.
STAT_TEXT: Final[Json] = {"titleSize": 14, "valueSize": 48}
BAR_TEXT: Final[Json] = {"titleSize": 14, "valueSize": 14}


def color(said: object, default: str = "thresholds") -> Json | None:
    """Return the color scheme of a panel's fields; None for its kind's default."""
    if said is None or said == default:
        return None
    return dict(said) if isinstance(said, Mapping) else {"mode": said}


def without_defaults(settings: Mapping[str, tuple[object, object]]) -> Json:
    """Return the settings that are not at their default, each given as a pair of value and default."""
    return {name: value for name, (value, default) in settings.items() if value != default}


def plain_fields(shown: Shown) -> Json:
    """Return the field settings that a kind without a range of its own has."""
    return {"unit": shown.unit, "decimals": shown.decimals, "mappings": shown.mappings}


def gauge_fields(shown: Shown, minimum: float | None, maximum: float | None) -> Json:
    """Return the field settings of a gauge, round or not, whose range begins at 0 unless somebody says otherwise."""
    low, high = range_of(shown.note, minimum, maximum)
    return {
        "unit": shown.unit,
        "decimals": shown.decimals,
        "min": as_written(0 if low is None else low),
        "max": high,
        "mappings": shown.mappings,
    }


def up_to_twice_the_last_step(
    panel: Panel, steps: Sequence[ColorStep]
) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Return the settings of a gauge whose range, unless it has an end, reaches beyond the highest step."""
    note, fields = panel.note, panel.fields
    if note is not None and fields.get("max") is None:
        last = max((step.value for step in steps if step.value is not None), default=None)
        if last is not None:
            fields = {**fields, "max": as_written(2 * last * note.factor)}
    return fields, panel.custom


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
    "scaleDistribution": shared("scale"),
    "hideFrom": settings({"tooltip": BOOLEAN, "legend": BOOLEAN, "viz": BOOLEAN}, ["tooltip", "legend", "viz"]),
    "spanNulls": NUMBER_OR_BOOLEAN,
    "insertNulls": NUMBER_OR_BOOLEAN,
}
HIDE_FROM_DEFAULTS: Final[Json] = {"legend": False, "tooltip": False, "viz": False}
AXIS_DEFAULTS: Final[Json] = {
    "axisBorderShow": False, "axisCenteredZero": False, "axisColorMode": "text", "axisPlacement": "auto",
    "hideFrom": HIDE_FROM_DEFAULTS, "insertNulls": False, "spanNulls": False,
}  # fmt: skip
# Of a kind that has no time across, and so no gaps.
AXES: Final[Json] = {name: schema for name, schema in AXIS.items() if name not in ("spanNulls", "insertNulls")}
AXES_DEFAULTS: Final[Json] = {name: value for name, value in AXIS_DEFAULTS.items() if name in AXES}
# What draws lines, bars and points.
GRAPH: Final[Json] = {
    **AXIS,
    "drawStyle": choice("line", "bars", "points"),
    "lineInterpolation": choice("linear", "smooth", "stepBefore", "stepAfter"),
    "lineWidth": number(minimum=0),
    "lineColor": TEXT,
    "lineStyle": shared("line_style"),
    "fillOpacity": number(minimum=0, maximum=100),
    "fillColor": TEXT,
    "fillBelowTo": TEXT,
    "gradientMode": choice("none", "opacity", "hue", "scheme"),
    "showPoints": choice("auto", "never", "always"),
    "showValues": BOOLEAN,
    "pointSize": NUMBER,
    "pointColor": TEXT,
    "pointSymbol": TEXT,
    "barAlignment": choice(-1, 0, 1),
    "barWidthFactor": NUMBER,
    "barMaxWidth": NUMBER,
    "transform": choice("constant", "negative-Y"),
    "stacking": shared("stacking"),
    "thresholdsStyle": shared("thresholds_style"),
}
GRAPH_DEFAULTS: Final[Json] = {
    **AXIS_DEFAULTS, "axisGridShow": True, "barAlignment": 0, "barWidthFactor": 0.6, "drawStyle": "line",
    "fillOpacity": 0, "gradientMode": "none", "lineInterpolation": "linear", "lineStyle": {"fill": "solid"},
    "lineWidth": 1, "pointSize": 5, "scaleDistribution": {"type": "linear"}, "showPoints": "auto",
    "showValues": False, "stacking": {"group": "A", "mode": "none"}, "thresholdsStyle": {"mode": "off"},
}  # fmt: skip
HIDE_FROM: Final[Json] = AXIS["hideFrom"]
LEGEND: Final = shared("legend")
TOOLTIP: Final = shared("tooltip")
FREE: Final = shared("free_object")
ANNOTATIONS: Final = shared("panel_annotations")
LEGEND_DEFAULTS: Final[Json] = {"displayMode": "list", "placement": "bottom", "showLegend": True}
TOOLTIP_DEFAULTS: Final[Json] = {"hideZeros": False, "mode": "single", "sort": "none"}
REDUCTION_DEFAULTS: Final[Json] = {"calcs": ["lastNotNull"], "values": False}
