"""What a panel's field settings make of a value: text and color.

Settings come from the panel's defaults and its overrides, and where neither says anything from what Grafana sets for
that kind of panel.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, cast

import attrs

from dashlib.glance import dates
from dashlib.glance.answers import GlanceError
from dashlib.glance.formatting import formatted, is_date
from dashlib.glance.frames import (
    BOOLEAN,
    NUMBER,
    STRING,
    TIME,
    Field,
    Frame,
    Json,
    display_name,
    format_labels,
    frame_display_name,
)
from dashlib.glance.javascript import Value, text_of, to_number
from dashlib.glance.mappings import mapped
from dashlib.glance.matchers import matcher
from dashlib.promql.variables import Reference, replaced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Grafana's color where nothing gives one.
FALLBACK_COLOR = "#808080"
_DEFAULT_THRESHOLDS: Json = {
    "mode": "absolute",
    "steps": [{"color": "green", "value": None}, {"color": "red", "value": 80}],
}
# The color scheme of a panel whose JSON names none.
_DEFAULT_SCHEMES = {
    **dict.fromkeys(
        ("barchart", "candlestick", "histogram", "piechart", "timeseries", "trend", "xychart"), "palette-classic"
    ),
    "state-timeline": "continuous-GrYlRd",
}
# Grafana's classic palette, as its default theme has it.
_CLASSIC = [
    "green",
    "semi-dark-yellow",
    "blue",
    "orange",
    "red",
    "purple",
    "dark-green",
    "dark-yellow",
    "dark-blue",
    "dark-orange",
    "dark-red",
    "dark-purple",
    "super-light-green",
    "super-light-yellow",
    "super-light-blue",
    "super-light-orange",
    "super-light-red",
    "super-light-purple",
    "#447EBC",
    "#C15C17",
    "#890F02",
    "#0A437C",
    "#6D1F62",
    "#584477",
    "#B7DBAB",
    "#F4D598",
    "#70DBED",
    "#F9BA8F",
    "#F29191",
    "#82B5D8",
    "#E5A8E2",
    "#AEA2E0",
    "#629E51",
    "#E5AC0E",
    "#64B0C8",
    "#E0752D",
    "#BF1B00",
    "#0A50A1",
    "#962D82",
    "#614D93",
    "#9AC48A",
    "#F2C96D",
    "#65C5DB",
    "#F9934E",
    "#EA6460",
    "#5195CE",
    "#D683CE",
    "#806EB7",
    "#3F6833",
    "#967302",
    "#2F575E",
    "#99440A",
    "#58140C",
    "#052B51",
    "#511749",
    "#3F2B5B",
    "#E0F9D7",
    "#FCEACA",
    "#CFFAFF",
    "#F9E2D2",
    "#FCE2DE",
    "#BADFF4",
    "#F9D9F9",
    "#DEDAF7",
]
# Those of them that the dark theme finds too dark to tell a series by name.
_TOO_DARK = frozenset(
    [
        "dark-blue",
        "dark-red",
        "dark-purple",
        "#890F02",
        "#0A437C",
        "#6D1F62",
        "#584477",
        "#BF1B00",
        "#0A50A1",
        "#962D82",
        "#614D93",
        "#3F6833",
        "#2F575E",
        "#99440A",
        "#58140C",
        "#052B51",
        "#511749",
        "#3F2B5B",
    ]
)
_CLASSIC_BY_NAME = tuple(color for color in _CLASSIC if color not in _TOO_DARK)
# The ends of the color schemes that run through a range.
_CONTINUOUS = {
    "continuous-GrYlRd": ("green", "red"),
    "continuous-RdYlGr": ("red", "green"),
    "continuous-BlYlRd": ("dark-blue", "dark-red"),
    "continuous-YlRd": ("super-light-yellow", "dark-red"),
    "continuous-BlPu": ("blue", "purple"),
    "continuous-YlBl": ("super-light-yellow", "dark-blue"),
    "continuous-blues": ("panel-bg", "dark-blue"),
    "continuous-reds": ("panel-bg", "dark-red"),
    "continuous-greens": ("panel-bg", "dark-green"),
    "continuous-purples": ("panel-bg", "dark-purple"),
}
_BOOLEAN_UNIT = "bool"
# Times within so many seconds are written with milliseconds.
_MINUTE = 60


@attrs.frozen
class Display:
    """What a person sees of one value."""

    text: str
    color: str
    # Without prefix and suffix.
    bare: str = ""


def configured(frames: Sequence[Frame], panel: Json, kind: str) -> list[Frame]:
    """Return the frames with each field's settings: the panel's defaults, then its overrides in their order.

    Args:
        frames: after the transformations.
        panel: its `fieldConfig` is read.
        kind: of the panel, for what Grafana sets itself.

    Raises:
        GlanceError: an override chooses fields in a way the reader does not know.
    """
    settings = cast("Json", panel.get("fieldConfig") or {})
    defaults = dict(cast("Json", settings.get("defaults") or {}))
    defaults.setdefault("thresholds", _DEFAULT_THRESHOLDS)
    color = cast("Json", defaults.get("color") or {})
    if not color.get("mode"):
        defaults["color"] = {"mode": _DEFAULT_SCHEMES.get(kind, "thresholds")}
    rules = [
        (matcher(cast("Json", rule["matcher"])), cast("Sequence[Json]", rule["properties"]))
        for rule in cast("Sequence[Json]", settings.get("overrides") or ())
    ]
    result: list[Frame] = []
    index = 0
    for frame in frames:
        fields = [attrs.evolve(field, config=dict(field.config)) for field in frame.fields]
        copy = attrs.evolve(frame, fields=fields)
        result.append(copy)
        for field in fields:
            for name, value in defaults.items():
                if field.config.get(name) is None and value is not None:
                    field.config[name] = _named(value, field, copy, frames) if name == "displayName" else value
            for matches, properties in rules:
                if matches(field, copy, frames):
                    for item in properties:
                        _set(field, str(item["id"]), item.get("value"), copy, frames)
            field.index = index
            index += field.kind != TIME
    return result


def _set(field: Field, name: str, value: object, frame: Frame, frames: Sequence[Frame]) -> None:
    """Set one property of an override; a list is put before the existing one."""
    if name == "displayName" and value is not None:
        field.config.pop("displayName", None)
        value = _named(value, field, frame, frames)
    *path, last = name.split(".")
    place = field.config
    for step in path:
        inner = dict(cast("Json", place.get(step) or {}))
        place[step] = inner
        place = inner
    if value is None:
        place.pop(last, None)
    elif isinstance(value, list) and isinstance(place.get(last), list):
        place[last] = [*value, *cast("list[object]", place[last])]
    else:
        place[last] = value


_FIELD_LABEL = re.compile(r'__field\.labels(?:\.(?P<plain>[\w-]+)|\[["\']?(?P<quoted>[^"\'\]]+)["\']?\])')
# Known only when a value has been calculated.
_LATER = ("__calc", "__cell", "__data", "__value")


def _named(template: object, field: Field, frame: Frame, frames: Sequence[Frame]) -> str:
    """Return a display name with what stands for the field's labels and names filled in."""

    def fill(one: Reference) -> str:
        if not one.name.startswith("__"):
            return one.text
        name = f"{one.name}.{one.path}" if one.path else one.name
        label = _FIELD_LABEL.fullmatch(name)
        if label is not None:
            return (field.labels or {}).get(label["plain"] or label["quoted"], "")
        if name == "__field.labels":
            return format_labels(field.labels or {}).strip("{}")
        if name in ("__field.name", "__field.displayName"):
            return field.name if name == "__field.name" else display_name(field, frame, frames)
        if name == "__series.name":
            return frame_display_name(frame)
        if name.startswith(_LATER):
            return one.text
        raise GlanceError(f"the reader does not know {one.text!r} in the display name {template!r}")

    return replaced(str(template), fill)


# --- one value ------------------------------------------------------------------------------------------------------


def display(field: Field, value: Value, frames: Sequence[Frame], now: float | None = None) -> Display:
    """Return text and color of one value of a field.

    A value that is not a number and has no mapping is written as it is in the color of the lowest threshold step: NaN
    reads `NaN`, null the panel's `noValue`, or nothing.

    Args:
        field: with its settings.
        value: one of its values, or what a calculation made of them.
        frames: all of the panel, for the ends of a range.
        now: as for `formatted`.

    Raises:
        GlanceError: unit, mapping or color scheme is one that the reader does not know.
    """
    config = field.config
    unit = _unit(field)
    text: str | None = None
    color: str | None = None
    prefix = suffix = ""
    number = math.nan if unit == "string" else to_number(value)
    mappings = config.get("mappings")
    if mappings:
        found = mapped(cast("Sequence[Json]", mappings), value)
        if found is not None:
            text, color = found.text, found.color
    if not math.isnan(number):
        if text is None and not isinstance(value, bool):
            prefix, text, suffix = formatted(number, unit, _decimals(config), now)
        color = color or scheme_color(field, number, frames)
    if text is None:
        if isinstance(value, list):
            text = ", ".join(text_of(item) for item in value)
        else:
            text = text_of(value) or str(config.get("noValue") or "")
    return Display(prefix + text + suffix, color or scheme_color(field, -math.inf, frames), text)


def _unit(field: Field) -> str:
    unit = str(field.config.get("unit") or "")
    if field.kind == TIME and not (unit and is_date(unit) and unit != "dateTimeAsSystem"):
        times = field.values
        close = len(times) > 1 and abs(to_number(times[-1]) - to_number(times[0])) / 1000 < _MINUTE
        return f"time:{dates.SYSTEM_WITH_MILLISECONDS}" if close else "dateTimeAsSystem"
    if field.kind == BOOLEAN:
        return unit if unit.startswith(_BOOLEAN_UNIT) else _BOOLEAN_UNIT
    return unit or (STRING if field.kind == STRING else "none")


def _decimals(config: Mapping[str, object]) -> int | None:
    decimals = config.get("decimals")
    return None if decimals is None else int(cast("float", decimals))


# --- colors --------------------------------------------------------------------------------------------------------


def scheme_color(field: Field, number: float, frames: Sequence[Frame]) -> str:
    """Return the color that a field's color scheme gives a number, as the panel's JSON names it.

    A scheme that runs through a range has names at its two ends only; between them its own name is returned.

    Args:
        field: with its settings.
        number: the value; -∞ if it is not a number.
        frames: all of the panel, for the ends of a range.

    Raises:
        GlanceError: the reader does not know the scheme.
    """
    color = cast("Json", field.config.get("color") or {})
    mode = str(color.get("mode") or "thresholds")
    if field.kind == BOOLEAN:
        low, high = _CONTINUOUS.get(mode, ("red", "green"))
        # What is no number is drawn as true: Grafana asks whether -∞ is something.
        return high if number else low
    if mode == "thresholds":
        return threshold_color(field, number, frames)
    if mode in ("fixed", "shades"):
        return str(color.get("fixedColor") or FALLBACK_COLOR)
    if mode == "palette-classic":
        return _CLASSIC[field.index % len(_CLASSIC)]
    if mode == "palette-classic-by-name":
        return _CLASSIC_BY_NAME[_hash(display_name(field, None)) % len(_CLASSIC_BY_NAME)]
    if mode in _CONTINUOUS:
        share = range_share(field, number, frames)
        low, high = _CONTINUOUS[mode]
        return low if share <= 0 else high if share >= 1 else mode
    raise GlanceError(f"the color scheme {mode!r} is not supported")


def threshold_color(field: Field, number: float, frames: Sequence[Frame]) -> str:
    """Return the color of the highest threshold step that a number reaches; the lowest step's for NaN."""
    thresholds = cast("Json", field.config.get("thresholds") or {})
    steps = cast("Sequence[Json]", thresholds.get("steps") or ())
    return str(steps[active_step(field, number, frames)]["color"]) if steps else FALLBACK_COLOR


def active_step(field: Field, number: float, frames: Sequence[Frame]) -> int:
    """Return the index of the threshold step that a number reaches."""
    thresholds = cast("Json", field.config.get("thresholds") or {})
    steps = cast("Sequence[Json]", thresholds.get("steps") or ())
    mode = thresholds.get("mode") or "absolute"
    if mode == "percentage":
        number = range_share(field, number, frames) * 100
    elif mode != "absolute":
        raise GlanceError(f"the threshold mode {mode!r} is not valid; expected absolute or percentage")
    active = 0
    for index, step in enumerate(steps[1:], start=1):
        # Only the first step may be without a value; a later null is 0, as JavaScript compares it.
        if not number >= cast("float", step.get("value") or 0):
            break
        active = index
    return active


def range_share(field: Field, number: float, frames: Sequence[Frame]) -> float:
    """Return where a number lies in the field's range: 0 to 1 within it, and outside what continues that."""
    if number == -math.inf:
        return 0.0
    low, high = field_range(field, frames)
    if high == low:
        return 0.0 if number == low or math.isnan(number) else math.copysign(math.inf, number - low)
    share = (number - low) / (high - low)
    return 0.0 if math.isnan(share) else share


def field_range(field: Field, frames: Sequence[Frame]) -> tuple[float, float]:
    """Return the ends of a field's range: its own, or the least and greatest of the panel's numbers."""
    low, high = field.config.get("min"), field.config.get("max")
    if low is None or high is None:
        if field.kind != NUMBER:
            return 0.0, 100.0
        fields = [field] if field.config.get("fieldMinMax") else [f for frame in frames for f in frame.fields]
        numbers = [
            number
            for other in fields
            if other.kind == NUMBER
            for number in cast("list[float | None]", other.values)
            if number is not None and not math.isnan(number)
        ]
        low = min(numbers, default=0.0) if low is None else low
        high = max(numbers, default=0.0) if high is None else high
    return float(cast("float", low)), float(cast("float", high))


def _hash(text: str) -> int:
    """Return the hash by which Grafana chooses a color for a name."""
    result = 5381
    units = text.encode("utf-16-le")
    for place in range(len(units) - 2, -1, -2):
        # JavaScript multiplies doubles and then keeps 32 bits with a sign.
        result = _signed(_signed(result * 33) ^ int.from_bytes(units[place : place + 2], "little"))
    return result % 2**32


def _signed(number: int) -> int:
    return (number + 2**31) % 2**32 - 2**31
