"""A panel as a person sees it: `see` gives the text, color and value of each thing it shows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import attrs

from dashlib.glance import reducers
from dashlib.glance.answers import Answer, GlanceError
from dashlib.glance.fields import Display, active_step, configured, display, scheme_color
from dashlib.glance.formatting import formatted
from dashlib.glance.frames import (
    BOOLEAN,
    NUMBER,
    OTHER,
    STRING,
    TIME,
    Field,
    Frame,
    Json,
    display_name,
    frames_of,
)
from dashlib.glance.javascript import Value, compare_texts, key_of, sorted_by, text_of, to_number
from dashlib.glance.matchers import by_kind, by_pattern
from dashlib.glance.transformations import transformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_NO_DATA = "No data"
_NO_ROWS = "No rows"
_NO_TIME = "Data does not have a time field"
# The color of what has none of its own.
TEXT_COLOR = "text"
# How many values a panel shows that shows all of a series.
_VALUES_LIMIT = 25
_NOW_KINDS = frozenset({"stat", "gauge", "bargauge", "piechart", "table", "state-timeline", "status-history"})


@attrs.frozen
class Shown:
    """One thing that a person sees on a panel.

    It is a stat's tile, a bar, a gauge, a table's cell, the last stretch of a state timeline's lane, or a row of a time
    series' legend.

    Attributes:
        name: what names it: the series' display name; for a table's cell the title of its column.
        text: the value as displayed, with mapping, prefix, suffix and unit: `Failed`, `2 ms`, `0%`.
        color: as the panel's JSON names it: `red`, `#7a7a7a`; `text` where the panel colors nothing.
        value: before formatting; None is null, a list of values is its text.
        labels: of the series; empty for a table's cell.
        row: of a table, from 0 in the order displayed; -1 elsewhere.
        at: Unix seconds of the sample shown; None where the value is calculated from several, or a table's cell.
    """

    name: str
    text: str
    color: str
    value: float | str | None
    labels: Mapping[str, str] = attrs.field(factory=dict)
    row: int = -1
    at: float | None = None


@attrs.frozen
class Seen:
    """What a person sees on one panel.

    Attributes:
        id: of the panel.
        kind: Grafana's id of the panel plugin.
        title: of the panel.
        shown: in the order displayed.
        empty: what Grafana writes where there is nothing to show: the panel's `noValue`, `No data`,
            `Data does not have a time field`; empty when something is shown.
    """

    id: int
    kind: str
    title: str
    shown: tuple[Shown, ...]
    empty: str = ""


def is_about_now(panel: Json) -> bool:
    """Return whether a panel says how something is now.

    Those are stat, gauge, bar gauge, pie chart, table, and the last stretch of a state timeline or status history.
    """
    return panel.get("type") in _NOW_KINDS


def see(panel: Json, answers: Sequence[Answer], *, now: float | None = None) -> Seen:
    """Return what a person sees on a panel.

    Variables (`$server`) in titles, names and texts must have been replaced before.

    Args:
        panel: its compiled JSON.
        answers: what its queries were answered, one an answer for each target that is not hidden.
        now: Unix seconds of the moment of looking; only units that count from it (`dateTimeFromNow`) need it.

    Raises:
        GlanceError: the panel has something whose look the reader does not know, or an answer is missing.
    """
    kind = str(panel.get("type"))
    look = _KINDS.get(kind)
    if look is None:
        raise GlanceError(f"panels of type {kind!r} are not supported; supported are: {', '.join(sorted(_KINDS))}")
    shown, empty = look(_Panel(panel, kind, answers, now))
    return Seen(int(cast("int", panel.get("id") or 0)), kind, str(panel.get("title") or ""), tuple(shown), empty)


class _Panel:
    """A panel, its frames and what its kinds share."""

    __slots__ = ("_answers", "json", "kind", "now", "options")

    def __init__(self, panel: Json, kind: str, answers: Sequence[Answer], now: float | None) -> None:
        self.json = panel
        self.kind = kind
        self.now = now
        self._answers = answers
        self.options = cast("Json", panel.get("options") or {})

    def frames(self) -> list[Frame]:
        """Return the frames that the panel draws: transformed, with their settings."""
        frames = transformed(
            frames_of(self.json, self._answers), cast("Sequence[Json]", self.json.get("transformations") or ())
        )
        return configured(frames, self.json, self.kind)

    @property
    def no_value(self) -> str:
        """What the panel writes where it has nothing."""
        return self.no_value_or(_NO_DATA)

    def no_value_or(self, otherwise: str) -> str:
        """Return the panel's own text where it has nothing, or what Grafana writes otherwise."""
        defaults = cast("Json", cast("Json", self.json.get("fieldConfig") or {}).get("defaults") or {})
        return str(defaults.get("noValue") or otherwise)

    def display(self, field: Field, value: Value, frames: Sequence[Frame]) -> Display:
        return display(field, value, frames, self.now)


def _custom(field: Field) -> Json:
    return cast("Json", field.config.get("custom") or {})


def _is_hidden(field: Field, where: str) -> bool:
    hidden = cast("Json", _custom(field).get("hideFrom") or {})
    return bool(hidden.get(where))


def _raw(value: Value) -> float | str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(text_of(item) for item in value)
    return float(value)


def _at(frame: Frame, index: int | None) -> float | None:
    time = frame.time
    if index is None or time is None or index >= len(time.values):
        return None
    value = time.values[index]
    return None if value is None else to_number(value) / 1000


# --- stat, gauge, bar gauge ---------------------------------------------------------------------------------


def _values(panel: _Panel) -> tuple[list[Shown], str]:
    """Return the tiles of a panel that reduces each series, or shows all its values."""
    options = cast("Json", panel.options.get("reduceOptions") or {})
    # Grafana's default where the panel says nothing; where it says "none", the last value, NaN too.
    calculations = cast("Sequence[str]", options.get("calcs", ("lastNotNull",))) or ("last",)
    pattern = str(options.get("fields") or "")
    matches = by_pattern(pattern) if pattern else by_kind(NUMBER)
    frames = panel.frames()
    shown: list[Shown] = []
    limit = int(cast("int", options.get("limit") or _VALUES_LIMIT))
    for frame in frames:
        for field in frame.fields:
            if not matches(field, frame, frames):
                continue
            if options.get("values"):
                shown.extend(_each_value(panel, field, frame, frames, len(shown), limit))
                if len(shown) >= limit:
                    return shown, ""
            else:
                shown.extend(_reduced(panel, field, frame, frames, calculation) for calculation in calculations)
    return shown, "" if shown else _nothing(panel, frames)


def _nothing(panel: _Panel, frames: Sequence[Frame]) -> str:
    """Return what stands where there is no value at all: what the panel makes of null."""
    empty = Frame([Field("", OTHER, [])])
    settings = cast("Json", panel.json.get("fieldConfig") or {})
    (field,) = configured([empty], {"fieldConfig": {**settings, "overrides": []}}, panel.kind)[0].fields
    return panel.display(field, None, frames).text or _NO_DATA


def _reduced(panel: _Panel, field: Field, frame: Frame, frames: Sequence[Frame], calculation: str) -> Shown:
    value = reducers.reduce(field.values, calculation, numeric=field.kind in (NUMBER, TIME))
    name = str(field.config.get("displayName") or "").replace("${__calc}", calculation)
    seen = panel.display(field, value, frames)
    return _tile(
        panel,
        seen,
        name or display_name(field, frame, frames),
        value,
        field,
        _at(frame, reducers.index_of(field.values, calculation)),
    )


def _each_value(
    panel: _Panel, field: Field, frame: Frame, frames: Sequence[Frame], before: int, limit: int
) -> list[Shown]:
    shown: list[Shown] = []
    drawn: dict[str, Display] = {}
    for row, value in enumerate(field.values[: limit - before]):
        # Colors of a palette go by the tile; a value that comes again keeps the color it had.
        field.index = before + row
        seen = drawn.setdefault(key_of(value), panel.display(field, value, frames))
        name = str(field.config.get("displayName") or "") or _row_name(panel, field, frame, row)
        shown.append(_tile(panel, seen, name, value, field, _at(frame, row)))
    return shown


def _row_name(panel: _Panel, field: Field, frame: Frame, row: int) -> str:
    """Return the name of one of all values: the texts of its row, and the field's where there are several."""
    others = [other for other in frame.fields if other is not field]
    texts = [
        panel.display(other, other.values[row], ()).bare
        for other in others
        if other.kind == STRING and row < len(other.values)
    ]
    parts = [text for text in texts if text]
    if not parts or any(other.kind == NUMBER for other in others):
        parts.append(display_name(field, frame))
    return " ".join(parts)


def _tile(panel: _Panel, seen: Display, name: str, value: Value, field: Field, at: float | None) -> Shown:
    """Return a tile, a gauge or a bar as its panel's options draw it."""
    text, color = seen.text, seen.color
    if panel.kind == "stat":
        mode = panel.options.get("textMode") or "auto"
        text = {"name": name, "none": ""}.get(str(mode), text)
        if panel.options.get("colorMode") == "none":
            color = TEXT_COLOR
    elif panel.kind == "bargauge" and panel.options.get("valueMode") == "hidden":
        text = ""
    return Shown(name, text, color, _raw(value), field.labels or {}, at=at)


# --- table --------------------------------------------------------------------------------------------------


_PLAIN_CELLS = frozenset({"auto", "json-view", "data-links", "actions", "markdown", "image"})
_COLORED_CELLS = frozenset({"color-text", "color-background", "gauge", "pill"})


def _table(panel: _Panel) -> tuple[list[Shown], str]:
    """Return the cells of a table, row by row."""
    frames = panel.frames()
    if not any(frame.fields for frame in frames):
        return [], panel.no_value
    index = int(cast("int", panel.options.get("frameIndex") or 0))
    frame = frames[index] if 0 < index < len(frames) else frames[0]
    titles = [display_name(field, frame) for field in frame.fields]
    columns = [
        (title, field, _cell_kind(field))
        for title, field in zip(titles, frame.fields, strict=True)
        if not _custom(field).get("hidden") and not _is_hidden(field, "viz")
    ]
    if not columns or frame.length == 0:
        return [], panel.no_value_or(_NO_ROWS)
    row_field = next((f for _, f, kind in columns if kind == "color-background" and _applies_to_row(f)), None)
    shown: list[Shown] = []
    for row, source in enumerate(_row_order(panel, frame, titles)):
        row_color = (
            TEXT_COLOR if row_field is None else panel.display(row_field, row_field.values[source], frames).color
        )
        for title, field, kind in columns:
            value = field.values[source]
            seen = panel.display(field, value, frames)
            color = seen.color if kind in _COLORED_CELLS else row_color
            shown.append(Shown(title, seen.text, color, _raw(value), {}, row))
    return shown, ""


def _cell_kind(field: Field) -> str:
    options = cast("Json", _custom(field).get("cellOptions") or {})
    kind = str(options.get("type") or "auto")
    if kind not in _PLAIN_CELLS and kind not in _COLORED_CELLS:
        raise GlanceError(f"table cells of type {kind!r} are not supported (column {field.name!r})")
    return kind


def _applies_to_row(field: Field) -> bool:
    return cast("Json", _custom(field).get("cellOptions") or {}).get("applyToRow") is True


def _row_order(panel: _Panel, frame: Frame, titles: Sequence[str]) -> list[int]:
    """Return the rows in the order of the table's `sortBy`: null first, NaN equal to everything."""
    rules = [
        (frame.fields[titles.index(title)], bool(rule.get("desc")))
        for rule in cast("Sequence[Json]", panel.options.get("sortBy") or ())
        if (title := str(rule.get("displayName"))) in titles
    ]

    def compare(left: int, right: int) -> float:
        for field, descending in rules:
            by = _by_number if field.kind in (NUMBER, TIME, BOOLEAN) else _by_text
            result = by(field.values[left], field.values[right])
            if result != 0:
                return -result if descending else result
        return 0.0

    return sorted_by(range(frame.length), compare) if rules else list(range(frame.length))


def _by_number(left: Value, right: Value) -> float:
    if left is None or right is None:
        return float((right is None) - (left is None)) * 1.0
    a, b = to_number(left), to_number(right)
    return 0.0 if a == b else a - b


def _by_text(left: Value, right: Value) -> float:
    return compare_texts(text_of(left), text_of(right), numeric=True)


# --- state timeline -----------------------------------------------------------------------------------------


def _timeline(panel: _Panel) -> tuple[list[Shown], str]:
    """Return the last stretch of each lane, of a status history the last box.

    A value that is not mapped and not drawn (NaN, null) is empty.
    """
    frames = panel.frames()
    if not frames:
        return [], panel.no_value
    timed = [frame for frame in frames if frame.time is not None and frame.length]
    if not timed:
        return [], _NO_TIME
    shown: list[Shown] = []
    for frame in timed:
        for field in frame.fields:
            if field.kind not in (NUMBER, STRING, BOOLEAN) or _is_hidden(field, "viz"):
                continue
            times = cast("Field", frame.time).values
            last = max(range(frame.length), key=lambda row: to_number(times[row]))
            value = field.values[last]
            seen = _stretch(panel, field, value, frames)
            text = "" if panel.options.get("showValue") == "never" else seen.text
            name = display_name(field, frame, frames)
            shown.append(Shown(name, text, seen.color, _raw(value), field.labels or {}, at=_at(frame, last)))
    return shown, "" if shown else "No graphable fields"


def _stretch(panel: _Panel, field: Field, value: Value, frames: Sequence[Frame]) -> Display:
    if _is_gap(field, value):
        return Display("", "")
    color = cast("Json", field.config.get("color") or {})
    thresholds = cast("Json", field.config.get("thresholds") or {})
    merged = (
        panel.kind == "state-timeline"
        and panel.options.get("mergeValues", True)
        and color.get("mode") == "thresholds"
        and field.kind == NUMBER
    )
    steps = cast("Sequence[Json]", thresholds.get("steps") or ())
    if merged and steps and value is not None:
        # Grafana then names the threshold step instead of the value, whatever the mappings say.
        step = active_step(field, to_number(value), frames)
        return Display(_step_text(field, steps, step, thresholds), str(steps[step]["color"]))
    return panel.display(field, value, frames)


def _is_gap(field: Field, value: Value) -> bool:
    """Return whether a timeline draws nothing: null or NaN that no special mapping is for.

    Where the colors run through a range, which is a timeline's default, not even those with a mapping are drawn.
    """
    not_a_number = isinstance(value, float) and math.isnan(value)
    if value is not None and not not_a_number:
        return False
    scheme = str(cast("Json", field.config.get("color") or {}).get("mode") or "")
    if scheme.startswith("continuous-"):
        return True
    wanted = ("null", "null+nan") if value is None else ("nan", "null+nan")
    return not any(
        mapping.get("type") == "special" and cast("Json", mapping.get("options") or {}).get("match") in wanted
        for mapping in cast("Sequence[Json]", field.config.get("mappings") or ())
    )


def _step_text(field: Field, steps: Sequence[Json], step: int, thresholds: Json) -> str:
    unit = "percent" if thresholds.get("mode") == "percentage" else str(field.config.get("unit") or "")
    decimals = cast("int | None", field.config.get("decimals"))
    below = step == 0 and len(steps) > 1
    bound = steps[1].get("value") if below else steps[step].get("value") if step else -math.inf
    text = "".join(formatted(float(cast("float", bound or 0)), unit, decimals))
    return f"< {text}" if below else f"{text}+"


# --- time series --------------------------------------------------------------------------------------------


def _time_series(panel: _Panel) -> tuple[list[Shown], str]:
    """Return the rows of the legend, each with its calculations; `value` and `at` are the last number drawn."""
    frames = panel.frames()
    if all(frame.length == 0 for frame in frames):
        return [], panel.no_value
    timed = [frame for frame in frames if frame.time is not None]
    if not timed:
        return [], "Data is missing a time field"
    legend = cast("Json", panel.options.get("legend") or {})
    calculations = cast("Sequence[str]", legend.get("calcs") or ())
    shown: list[Shown] = []
    for frame in timed:
        for field in frame.fields:
            if field.kind not in (NUMBER, BOOLEAN) or _is_hidden(field, "viz") or _is_hidden(field, "legend"):
                continue
            texts = [
                f"{reducers.name_of(name)}: {panel.display(field, reducers.reduce(field.values, name), frames).text}"
                for name in calculations
            ]
            index = reducers.index_of(field.values, "lastNotNull")
            value = None if index is None else field.values[index]
            name = display_name(field, frame, frames)
            color = _series_color(field, frames)
            shown.append(Shown(name, ", ".join(texts), color, _raw(value), field.labels or {}, at=_at(frame, index)))
    return shown, "" if shown else "Data is missing a number field"


def _series_color(field: Field, frames: Sequence[Frame]) -> str:
    color = cast("Json", field.config.get("color") or {})
    value = reducers.reduce(field.values, str(color.get("seriesBy") or "last"))
    return scheme_color(field, 0.0 if value is None else to_number(value), frames)


# --- panels without queries ---------------------------------------------------------------------------------


def _text(panel: _Panel) -> tuple[list[Shown], str]:
    return [Shown("", str(panel.options.get("content") or ""), TEXT_COLOR, None)], ""


def _row(_: _Panel) -> tuple[list[Shown], str]:
    return [], ""


_KINDS: dict[str, Callable[[_Panel], tuple[list[Shown], str]]] = {
    "stat": _values,
    "gauge": _values,
    "bargauge": _values,
    "piechart": _values,
    "table": _table,
    "state-timeline": _timeline,
    "status-history": _timeline,
    "timeseries": _time_series,
    "text": _text,
    "row": _row,
}
