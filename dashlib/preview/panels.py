"""A panel and the answers of its queries → what the page draws of it, as plain JSON.

Every text and every color is what `glance` reads: the page formats nothing. What `glance` does not know, and what this
room cannot draw, says so with its queries.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from dashlib.documents.dashboards import Panel
from dashlib.documents.values import object_of, text_of
from dashlib.glance import Answer, GlanceError, Series, see
from dashlib.glance.fields import display, field_range
from dashlib.glance.frames import NUMBER, TIME, Field, Frame, display_name
from dashlib.glance.javascript import to_number
from dashlib.glance.matchers import by_kind, by_pattern
from dashlib.preview import charts
from dashlib.preview.colors import css_color
from dashlib.preview.drawing import (
    Answered,
    Drawing,
    calculated,
    custom_of,
    heights,
    is_hidden,
    legend_of,
    name_of_series,
    number_of,
    series_color,
    shown_of,
    stacking_of,
    steps_of,
    value_axis,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dashlib.glance import Seen, Shown

Json = dict[str, Any]

#: A series has an axis of its own for when it is shown alone, up to so many series.
_MOST_AXES: Final = 60
#: What a query has beside what it asks.
_NOT_ASKED: Final = frozenset({"datasource", "hide", "legendFormat", "refId"})
#: The share of its place that a box of a status history fills, unless the panel says otherwise.
_COLUMN: Final = 0.9
#: Samples of a sparkline, at most.
_MOST_SPARKS: Final = 200


def drawn(data: Mapping[str, Any], answered: Answered, labels: Sequence[str] = ()) -> Json:
    """Return what the page draws of a panel.

    Args:
        data: the panel's compiled JSON, its variables replaced.
        answered: what its queries were answered.
        labels: those by which the page filters; an axis is made for each of their values.

    Returns:
        `kind`, and what that kind has; `empty` where Grafana writes that there is nothing; `error` where it cannot be
        drawn.
    """
    kind = text_of(data.get("type"))
    if answered.error:
        return {"kind": "error", "error": answered.error}
    try:
        drawing = Drawing(data, kind, answered, labels)
        if kind in _CHARTS:
            return {"kind": kind, **_CHARTS[kind](drawing)}
        if kind not in _KINDS:
            return {"kind": "error", "error": f"panels of type {kind!r} are not drawn"}
        body = _KINDS[kind](drawing)
        empty = drawing.seen.empty
    except GlanceError as error:
        return {"kind": "error", "error": error.message}
    return {"kind": kind, **({"empty": empty} if empty else {}), **body}


# --- stat, gauge, bar gauge ------------------------------------------------------------------------------------------


def _tiles(drawing: Drawing) -> Json:
    frames = drawing.frames
    fields = _fields_of_tiles(drawing, frames)
    tiles = []
    for number, shown in enumerate(drawing.seen.shown):
        field = fields[number] if number < len(fields) else None
        tiles.append({**shown_of(shown), **(_gauged(field, frames, shown) if field is not None else {})})
        if field is not None and drawing.kind == "stat" and drawing.options.get("graphMode") == "area":
            tiles[-1]["spark"] = _sparkline(field)
    options = drawing.options
    wanted = ("colorMode", "displayMode", "justifyMode", "orientation", "showThresholdLabels", "text", "textMode")
    return {"tiles": tiles, "options": {name: options[name] for name in wanted if name in options}}


def _fields_of_tiles(drawing: Drawing, frames: Sequence[Frame]) -> list[Field]:
    """Return the field of each tile, in the order in which they are shown."""
    reducing = object_of(drawing.options.get("reduceOptions"))
    if reducing.get("values"):
        return []
    pattern = text_of(reducing.get("fields"))
    matches = by_pattern(pattern) if pattern else by_kind(NUMBER)
    each = max(1, len(reducing.get("calcs", ("lastNotNull",)) or ("last",)))
    return [field for frame in frames for field in frame.fields if matches(field, frame, frames) for _ in range(each)]


def _gauged(field: Field, frames: Sequence[Frame], shown: Shown) -> Json:
    low, high = field_range(field, frames)
    value = shown.value
    share = (value - low) / (high - low) if isinstance(value, float) and math.isfinite(value) and high > low else 0.0
    steps = steps_of(field)
    span = high - low
    return {
        "share": round(min(1.0, max(0.0, share)), 4),
        "steps": [
            [round(min(1.0, max(0.0, (step["value"] - low) / span)), 4) if span > 0 and index else 0.0, step["color"]]
            for index, step in enumerate(steps)
        ],
    }


def _sparkline(field: Field) -> list[float | None]:
    values = [number_of(value) for value in field.values]
    if len(values) < 2:  # noqa: PLR2004  # one point is no line
        return []
    every = max(1, len(values) // _MOST_SPARKS)
    return values[::every]


# --- table -----------------------------------------------------------------------------------------------------------


def _table(drawing: Drawing) -> Json:
    shown = drawing.seen.shown
    if not shown:
        return {"columns": [], "rows": []}
    rows = [list(cells) for _, cells in itertools.groupby(shown, key=lambda cell: cell.row)]
    frames = drawing.frames
    index = int(drawing.options.get("frameIndex") or 0)
    frame = frames[index] if 0 < index < len(frames) else frames[0]
    fields = {display_name(field, frame): field for field in frame.fields}
    columns = [_column(cell.name, fields.get(cell.name)) for cell in rows[0]]
    return {
        "columns": columns,
        "header": drawing.options.get("showHeader", True) is not False,
        "rows": [
            [
                {
                    "text": cell.text,
                    "color": css_color(cell.color),
                    "value": _sortable(cell.value),
                    **_bar(column, cell, fields.get(cell.name), frames),
                }
                for column, cell in zip(columns, row, strict=True)
            ]
            for row in rows
        ],
    }


def _column(title: str, field: Field | None) -> Json:
    config = {} if field is None else field.config
    custom = object_of(config.get("custom"))
    cells = object_of(custom.get("cellOptions"))
    links = [_link(link) for link in cast("Sequence[Json]", config.get("links") or ())]
    numeric = field is not None and field.kind == NUMBER and not config.get("mappings")
    align = text_of(custom.get("align"))
    return {
        "title": title,
        "align": align if align in ("left", "center", "right") else "right" if numeric else "left",
        "width": custom.get("width") or 0,
        "cell": text_of(cells.get("type")) or "auto",
        "mode": text_of(cells.get("mode")),
        "links": links,
    }


def _bar(column: Json, cell: Shown, field: Field | None, frames: Sequence[Frame]) -> Json:
    if column["cell"] != "gauge" or field is None or not isinstance(cell.value, float):
        return {}
    return {"share": _gauged(field, frames, cell)["share"]}


def _sortable(value: float | str | None) -> float | str | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value


# --- state timeline ---------------------------------------------------------------------------------------------------


def _timeline(drawing: Drawing) -> Json:
    """Return the stretches of each lane: what the panel shows last if its answers end there."""
    answered = drawing.answered
    lanes: dict[tuple[str, int], Json] = {}
    known: dict[tuple[float | None, ...], Seen] = {}
    every = [[dict(series.samples) for series in answer.series] for answer in answered.answers]
    times = sorted({at for answer in every for samples in answer for at in samples})
    for at, until in itertools.pairwise([*times, answered.now]):
        values = tuple(samples.get(at) for answer in every for samples in answer)
        seen = known.get(values)
        if seen is None:
            seen = see(drawing.data, _at(answered.answers, at), now=at)
            known[values] = seen
        counted: dict[str, int] = {}
        end = min(until, at + answered.step) if answered.step else until
        for shown in seen.shown:
            number = counted[shown.name] = counted.get(shown.name, -1) + 1
            lane = lanes.setdefault(
                (shown.name, number), {"name": shown.name, "labels": dict(shown.labels), "stretches": []}
            )
            if shown.color:
                _extend(lane["stretches"], at, max(end, at), shown.text, css_color(shown.color))
    order = {(each.name): index for index, each in enumerate(drawing.seen.shown)}
    listed = sorted(lanes.values(), key=lambda lane: order.get(lane["name"], len(order)))
    return {"begins": answered.begins, "ends": answered.now, "lanes": listed, "legend": _timeline_legend(drawing)}


def _history(drawing: Drawing) -> Json:
    """Return the boxes of each lane of a status history: one for each sample, around its moment."""
    answered = drawing.answered
    half = answered.step / 2
    lanes: list[Json] = []
    for frame in drawing.frames:
        if frame.time is None:
            continue
        for field in frame.fields:
            if field.kind == TIME or is_hidden(field, "viz"):
                continue
            boxes = []
            for at, value in zip(frame.time.values, field.values, strict=True):
                if value is None:
                    continue
                moment, seen = to_number(at) / 1000, display(field, value, drawing.frames, answered.now)
                boxes.append(
                    {"from": moment - half, "to": moment + half, "text": seen.text, "color": css_color(seen.color)}
                )
            lanes.append(
                {"name": name_of_series(field, frame, drawing), "labels": dict(field.labels or {}), "stretches": boxes}
            )
    return {
        "begins": answered.begins,
        "ends": answered.now,
        "lanes": lanes,
        "legend": _timeline_legend(drawing),
        "column": float(drawing.options.get("colWidth") or _COLUMN),
        "height": float(drawing.options.get("rowHeight") or _COLUMN),
    }


def _timeline_legend(drawing: Drawing) -> bool:
    return object_of(drawing.options.get("legend")).get("showLegend") is not False


def _at(answers: Iterable[Answer], at: float) -> list[Answer]:
    return [
        Answer(
            answer.ref_id,
            tuple(
                Series(series.labels, tuple(sample for sample in series.samples if sample[0] == at))
                for series in answer.series
                if any(time == at for time, _ in series.samples)
            ),
        )
        for answer in answers
    ]


def _extend(stretches: list[Json], begin: float, end: float, text: str, color: str) -> None:
    last = stretches[-1] if stretches else None
    if last is not None and last["to"] >= begin and (last["text"], last["color"]) == (text, color):
        last["to"] = end
    else:
        stretches.append({"from": begin, "to": end, "text": text, "color": color})


# --- time series ------------------------------------------------------------------------------------------------------


def _time_series(drawing: Drawing) -> Json:
    frames = drawing.frames
    drawable = [
        (frame, field)
        for frame in frames
        if frame.time is not None
        for field in frame.fields
        if field.kind == NUMBER and not is_hidden(field, "viz")
    ]
    if not drawable:
        return {"series": []}
    answered = drawing.answered
    grid = {
        answered.begins + answered.step * number
        for number in range(round((answered.now - answered.begins) / answered.step) + 1 if answered.step else 0)
    }
    found = [_points(frame, field) for frame, field in drawable]
    times = sorted({at for points in found for at in points} | _between(grid, found))
    series = [
        _one_series(drawing, frame, field, [points.get(at) for at in times])
        for (frame, field), points in zip(drawable, found, strict=True)
    ]
    field = drawable[0][1]
    return {
        "begins": answered.begins,
        "ends": answered.now,
        "times": times,
        "series": series,
        "axes": _axes(drawing, [field for _, field in drawable], series),
        "thresholds": _thresholds(field),
        "legend": legend_of(drawing),
        "tooltip": object_of(drawing.options.get("tooltip")),
    }


def _between(grid: set[float], found: Sequence[Mapping[float, object]]) -> set[float]:
    """Return the moments of a grid at which no series has a value, so that a gap is drawn as one.

    Range queries begin at a multiple of their step; the grid is moved there.
    """
    times = [at for points in found for at in points]
    if not times or len(grid) < 2:  # noqa: PLR2004  # one moment has no step
        return set()
    first, last = min(times), max(times)
    step = min(b - a for a, b in itertools.pairwise(sorted(grid)))
    return {first + step * number for number in range(round((last - first) / step) + 1)} - set(times)


def _points(frame: Frame, field: Field) -> dict[float, object]:
    times = cast("Field", frame.time).values
    return {to_number(at) / 1000: value for at, value in zip(times, field.values, strict=True)}


def _one_series(drawing: Drawing, frame: Frame, field: Field, values: Sequence[object]) -> Json:
    custom = custom_of(field)
    texts: dict[str, int] = {}
    known: dict[float, int] = {}
    numbers = [number_of(value) for value in values]
    places = []
    for number in numbers:
        if number is None:
            places.append(-1)
            continue
        if number not in known:
            known[number] = texts.setdefault(drawing.text(field, number), len(texts))
        places.append(known[number])
    stack, shares = stacking_of(field)
    return {
        "name": name_of_series(field, frame, drawing),
        "labels": dict(field.labels or {}),
        "color": series_color(field, drawing.frames),
        "values": numbers,
        "texts": list(texts),
        "places": places,
        "calculated": calculated(drawing, field),
        "legend": not is_hidden(field, "legend"),
        "draw": text_of(custom.get("drawStyle")) or "line",
        "width": custom.get("lineWidth", 1),
        "fill": custom.get("fillOpacity", 0),
        "interpolation": text_of(custom.get("lineInterpolation")) or "linear",
        "dash": (object_of(custom.get("lineStyle")).get("dash") or []),
        "points": text_of(custom.get("showPoints")) == "always",
        "span": bool(custom.get("spanNulls")),
        "stack": stack,
        "shares": shares,
    }


def _thresholds(field: Field) -> Json:
    style = text_of(object_of(object_of(field.config.get("custom")).get("thresholdsStyle")).get("mode"))
    absolute = object_of(field.config.get("thresholds")).get("mode") != "percentage"
    shown = bool(style) and style != "off" and absolute
    return {"style": style if shown else "", "steps": steps_of(field) if shown else []}


def _axes(drawing: Drawing, fields: Sequence[Field], series: Sequence[Json]) -> Json:
    """Return the axis of all series, of each alone (`#2`), and of those with one value of a filter's label."""
    field = fields[0]

    def of(chosen: Sequence[Json]) -> Json:
        return value_axis(field, _reached(chosen), shares=any(one["shares"] for one in chosen))

    axes = drawing.by_filter(series, lambda one: one["labels"], of)
    if 1 < len(series) <= _MOST_AXES:
        axes |= {f"#{index}": of([one]) for index, one in enumerate(series)}
    return axes


def _reached(series: Sequence[Json]) -> Iterable[float]:
    """Yield the values that are drawn: of stacked series their sums."""
    groups: dict[str, list[Json]] = {}
    for one in series:
        if one["stack"]:
            groups.setdefault(one["stack"], []).append(one)
        else:
            yield from (value for value in one["values"] if value is not None)
    for stacked in groups.values():
        yield from heights(zip(*(one["values"] for one in stacked), strict=True))


# --- other kinds ------------------------------------------------------------------------------------------------------


def _text(drawing: Drawing) -> Json:
    return {"content": text_of(drawing.options.get("content")), "mode": text_of(drawing.options.get("mode"))}


def _link(link: Mapping[str, Any]) -> Json:
    return {"title": text_of(link.get("title")), "url": text_of(link.get("url"))}


def queries_of(data: Mapping[str, Any]) -> list[Json]:
    """Return what a panel asks, for people: letter, expression as declared, and legend."""
    return [
        {"ref": query.ref_id, "text": text, "legend": query.legend}
        for query in Panel.alone(data).queries
        if (text := query.text or _other_words(query.data))
    ]


def _other_words(query: Mapping[str, Any]) -> str:
    """Return a query without PromQL or LogQL in its datasource's own words, a line each."""
    said = {name: value for name, value in query.items() if name not in _NOT_ASKED and value not in ("", None)}
    return "\n".join(
        f"{name}: {value if isinstance(value, str) else orjson.dumps(value).decode()}" for name, value in said.items()
    )


_KINDS: Final[dict[str, Callable[[Drawing], Json]]] = {
    "stat": _tiles,
    "gauge": _tiles,
    "bargauge": _tiles,
    "table": _table,
    "state-timeline": _timeline,
    "status-history": _history,
    "timeseries": _time_series,
    "text": _text,
}
#: Kinds that say themselves when there is nothing to show.
_CHARTS: Final[dict[str, Callable[[Drawing], Json]]] = {
    "barchart": charts.bars,
    "heatmap": charts.heatmap,
    "histogram": charts.histogram,
    "piechart": charts.pie,
    "trend": charts.trend,
    "xychart": charts.xy_chart,
}
