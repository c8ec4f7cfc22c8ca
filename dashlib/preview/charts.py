"""What the page draws of pie charts, bar charts, histograms, heatmaps, XY charts and trends."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Final, cast

from dashlib.documents.values import object_of, text_of
from dashlib.glance import GlanceError
from dashlib.glance.fields import display
from dashlib.glance.formatting import formatted
from dashlib.glance.frames import NUMBER, STRING, TIME, display_name
from dashlib.glance.javascript import to_number
from dashlib.glance.matchers import matcher
from dashlib.preview.axes import Bounds, axis
from dashlib.preview.colors import css_color, heat_colors
from dashlib.preview.drawing import (
    axis_json,
    bound,
    calculated,
    custom_of,
    heights,
    is_by_value,
    is_hidden,
    legend_of,
    name_of_series,
    number_of,
    series_color,
    shown_of,
    value_axis,
    value_color,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dashlib.glance.frames import Field, Frame
    from dashlib.preview.drawing import Drawing

Json = dict[str, Any]

_BUCKETS: Final = 30
_MOST_BUCKETS: Final = 1000
_ROWS: Final = 20
#: Widths of buckets that Grafana chooses from, of each decade.
_WIDTHS: Final = (1.0, 2.0, 2.5, 4.0, 5.0)
_MARGIN: Final = 0.04


# --- pie chart -------------------------------------------------------------------------------------------------------


def pie(drawing: Drawing) -> Json:
    """Return the slices of a pie chart, the greatest first unless the panel says otherwise."""
    options = drawing.options
    slices = [
        {**shown_of(shown), "value": value}
        for shown in drawing.seen.shown
        if (value := number_of(shown.value)) is not None and value >= 0
    ]
    order = text_of(options.get("sort")) or "desc"
    if order != "none":
        slices.sort(key=lambda each: cast("float", each["value"]), reverse=order == "desc")
    decimals = int(object_of(object_of(drawing.data.get("fieldConfig")).get("defaults")).get("decimals") or 0)
    for number, each in enumerate(slices):
        each["number"] = number

    def percents(chosen: Sequence[Json]) -> dict[int, str]:
        whole = sum(each["value"] for each in chosen)
        return {each["number"]: f"{100 * each['value'] / whole if whole else 0:.{decimals}f}%" for each in chosen}

    legend = object_of(options.get("legend"))
    return {
        "slices": slices,
        "percents": {
            key: {str(number): text for number, text in found.items()}
            for key, found in drawing.by_filter(slices, _labels, percents).items()
        },
        "donut": options.get("pieType") == "donut",
        "labels": list(options.get("displayLabels") or ()),
        "legend": {**legend_of(drawing), "columns": list(legend.get("values") or ())},
        "empty": drawing.seen.empty or ("" if slices else drawing.no_value),
    }


def _labels(item: Json) -> Mapping[str, str]:
    return cast("Mapping[str, str]", item["labels"])


# --- bar chart -------------------------------------------------------------------------------------------------------


def bars(drawing: Drawing) -> Json:
    """Return a bar chart: its rows by name, and for each column of numbers a bar in each row."""
    options = drawing.options
    rows: dict[str, Json] = {}
    columns: list[tuple[Frame, Field, dict[str, int]]] = []
    for frame in drawing.frames:
        across = _named_field(frame, text_of(options.get("xField"))) or _first(frame, STRING) or _first(frame, TIME)
        if across is None:
            continue
        names = [drawing.text(across, value) for value in across.values]
        for place, name in enumerate(names):
            rows.setdefault(name, {"name": name, "labels": _texts(frame, place)})
        places = {name: place for place, name in enumerate(names)}
        numbers = [field for field in frame.fields if field.kind == NUMBER and field is not across]
        columns += [(frame, field, places) for field in numbers if not is_hidden(field, "viz")]
    if not columns or not rows:
        return {"rows": [], "empty": drawing.no_value}
    stacking = text_of(options.get("stacking")) or "none"
    listed = list(rows.values())
    series = [_column(drawing, frame, field, places, list(rows)) for frame, field, places in columns]
    for place, row in enumerate(listed):
        row["place"] = place

    def value_axis_of(chosen: Sequence[Json]) -> Json:
        by_row = [[each["values"][row["place"]] for each in series] for row in chosen]
        reached = heights(by_row if stacking != "none" else ([value] for stack in by_row for value in stack))
        return value_axis(columns[0][1], reached, shares=stacking == "percent")

    return {
        "rows": listed,
        "series": series,
        "axes": drawing.by_filter(listed, _labels, value_axis_of),
        "stacking": stacking,
        "horizontal": options.get("orientation") == "horizontal",
        "values": text_of(options.get("showValue")) or "auto",
        "legend": legend_of(drawing),
    }


def _column(drawing: Drawing, frame: Frame, field: Field, places: Mapping[str, int], rows: Sequence[str]) -> Json:
    values = [field.values[places[row]] if row in places else None for row in rows]
    by = _named_field(frame, text_of(drawing.options.get("colorByField")))
    colored = by or (field if is_by_value(field) else None)
    return {
        "name": name_of_series(field, frame, drawing),
        "color": series_color(field, drawing.frames),
        "values": [number_of(value) for value in values],
        "texts": [drawing.text(field, value) for value in values],
        "colors": []
        if colored is None
        else [_own_color(drawing, colored, places[row]) if row in places else "" for row in rows],
        "calculated": calculated(drawing, field),
        "legend": not is_hidden(field, "legend"),
    }


def _own_color(drawing: Drawing, field: Field, place: int) -> str:
    value = field.values[place]
    seen = display(field, value, drawing.frames, drawing.answered.now)
    return value_color(field, to_number(value), drawing.frames) if is_by_value(field) else css_color(seen.color)


def _first(frame: Frame, kind: str) -> Field | None:
    return next((field for field in frame.fields if field.kind == kind), None)


def _named_field(frame: Frame, name: str) -> Field | None:
    return next((field for field in frame.fields if name and name in (field.name, display_name(field, frame))), None)


def _texts(frame: Frame, place: int) -> dict[str, str]:
    """Return the texts of a row, by which it is filtered."""
    return {field.name: str(field.values[place] or "") for field in frame.fields if field.kind == STRING}


# --- histogram -------------------------------------------------------------------------------------------------------


def histogram(drawing: Drawing) -> Json:
    """Return how many values of each series there are in each bucket."""
    options = drawing.options
    found = [
        (frame, field, numbers)
        for frame in drawing.frames
        for field in frame.fields
        if field.kind == NUMBER
        and not is_hidden(field, "viz")
        and (numbers := [number for value in field.values if (number := number_of(value)) is not None])
    ]
    if not found:
        return {"series": [], "empty": drawing.no_value}
    everything = [number for _, _, numbers in found for number in numbers]
    width = float(options.get("bucketSize") or 0) or _width(everything, float(options.get("bucketCount") or _BUCKETS))
    offset = float(options.get("bucketOffset") or 0)
    first = math.floor((min(everything) - offset) / width + 1e-9)
    count = math.floor((max(everything) - offset) / width + 1e-9) - first + 1
    if count > _MOST_BUCKETS:
        raise GlanceError(f"buckets of {width:g} make {count} of these values; at most {_MOST_BUCKETS} are drawn")
    field = found[0][1]
    series = [
        {
            "name": name_of_series(each_field, each_frame, drawing),
            "color": series_color(each_field, drawing.frames),
            "labels": dict(each_field.labels or {}),
            "counts": _counts(numbers, offset, width, first, count),
            "calculated": calculated(drawing, each_field),
            "legend": not is_hidden(each_field, "legend"),
        }
        for each_frame, each_field, numbers in found
    ]
    if options.get("combine"):
        together = [sum(counts) for counts in zip(*(each["counts"] for each in series), strict=True)]
        series = [{**series[0], "name": "Count", "labels": {}, "counts": together, "calculated": []}]

    def counts_axis(chosen: Sequence[Json]) -> Json:
        highest = [float(value) for each in chosen for value in each["counts"]]
        return axis_json(axis([0.0, *highest], Bounds(low=0.0), "none", lambda value: f"{value:g}", 0))

    return {
        "edges": [drawing.text(field, offset + (first + number) * width) for number in range(count + 1)],
        "series": series,
        "axes": drawing.by_filter(series, _labels, counts_axis),
        "legend": legend_of(drawing),
    }


def _width(values: Sequence[float], count: float) -> float:
    """Return the width of buckets for some values: about so many of them, and none narrower than two values differ."""
    listed = sorted(set(values))
    least = min((b - a for a, b in itertools.pairwise(listed)), default=0.0)
    return _wider((listed[-1] - listed[0]) / count, least)


def _wider(than: float, least: float = 0.0) -> float:
    """Return the next of Grafana's widths."""
    wanted = max(than, least)
    if wanted <= 0:
        return 1.0
    decade = 10.0 ** math.floor(math.log10(wanted))
    sizes = [width * decade * power for power in (1.0, 10.0) for width in _WIDTHS]
    return next(size for size in sizes if size > than and size >= least * (1 - 1e-9))


def _counts(values: Iterable[float], offset: float, width: float, first: int, count: int) -> list[int]:
    counts = [0] * count
    for value in values:
        counts[min(count - 1, math.floor((value - offset) / width + 1e-9) - first)] += 1
    return counts


# --- heatmap ---------------------------------------------------------------------------------------------------------


def heatmap(drawing: Drawing) -> Json:
    """Return the cells of a heatmap: a row a bucket, a column a moment, each with its share of the color scale."""
    fields = [
        (frame, field)
        for frame in drawing.frames
        if frame.time is not None
        for field in frame.fields
        if field.kind == NUMBER and not is_hidden(field, "viz")
    ]
    if not fields:
        return {"rows": [], "empty": drawing.no_value}
    made = _calculated_rows if drawing.options.get("calculate") else _bucket_rows
    times, rows = made(drawing, fields)
    if not times or not rows:
        return {"rows": [], "empty": drawing.no_value}
    settings = object_of(drawing.options.get("color"))
    hidden = float(object_of(drawing.options.get("filterValues")).get("le", 1e-9))
    known = [value for _, values in rows for value in values if value is not None and value > hidden]
    low = _or(bound(settings.get("min")), min(known, default=0.0))
    high = _or(bound(settings.get("max")), max(known, default=1.0))

    def share(value: float | None) -> float | None:
        if value is None or value <= hidden:
            return None
        return round(min(1.0, max(0.0, (value - low) / (high - low) if high > low else 1.0)), 3)

    field = fields[0][1]
    return {
        "begins": drawing.answered.begins,
        "ends": drawing.answered.now,
        "times": times,
        "width": min((b - a for a, b in itertools.pairwise(times)), default=drawing.answered.step or 60.0),
        "rows": [
            {
                "name": name,
                "shares": [share(value) for value in values],
                "texts": ["" if value is None else drawing.text(field, value) for value in values],
            }
            for name, values in rows
        ],
        "colors": heat_colors(settings),
        "scale": [drawing.text(field, low), drawing.text(field, high)],
        "legend": object_of(drawing.options.get("legend")).get("show") is not False,
    }


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _bucket_rows(
    drawing: Drawing, fields: Sequence[tuple[Frame, Field]]
) -> tuple[list[float], list[tuple[str, list[float | None]]]]:
    """Return moments, and a row for each series, the first one lowest."""
    found = []
    for frame, field in fields:
        points = {
            to_number(at) / 1000: number_of(value)
            for at, value in zip(cast("Field", frame.time).values, field.values, strict=True)
        }
        found.append((_row_name(drawing, name_of_series(field, frame, drawing)), points))
    times = sorted({at for _, points in found for at in points})
    return times, [(name, [points.get(at) for at in times]) for name, points in found]


def _row_name(drawing: Drawing, name: str) -> str:
    """Return the text of a bucket at the axis: a number with the axis' unit."""
    try:
        edge = float(name)
    except ValueError:
        return name
    if not math.isfinite(edge):
        return name
    y_axis = object_of(drawing.options.get("yAxis"))
    decimals = y_axis.get("decimals")
    return "".join(formatted(edge, text_of(y_axis.get("unit")) or "none", None if decimals is None else int(decimals)))


def _calculated_rows(
    drawing: Drawing, fields: Sequence[tuple[Frame, Field]]
) -> tuple[list[float], list[tuple[str, list[float | None]]]]:
    """Return moments, and a row for each bucket of the series' values with how many are in it."""
    points = [
        (to_number(at) / 1000, number)
        for frame, field in fields
        for at, value in zip(cast("Field", frame.time).values, field.values, strict=True)
        if (number := number_of(value)) is not None
    ]
    if not points:
        return [], []
    wanted = object_of(drawing.options.get("calculation"))
    width = _size(object_of(wanted.get("xBuckets")), [at for at, _ in points], _BUCKETS, 1000.0)
    height = _size(object_of(wanted.get("yBuckets")), [value for _, value in points], _ROWS, 1.0)
    counted: dict[tuple[int, int], int] = {}
    for at, value in points:
        place = (math.floor(at / width), math.floor(value / height + 1e-9))
        counted[place] = counted.get(place, 0) + 1
    columns = range(min(x for x, _ in counted), max(x for x, _ in counted) + 1)
    rows = range(min(y for _, y in counted), max(y for _, y in counted) + 1)
    if len(rows) > _MOST_BUCKETS or len(columns) > _MOST_BUCKETS:
        raise GlanceError(f"a heatmap of {len(columns)} by {len(rows)} cells is not drawn; at most {_MOST_BUCKETS}")
    times = [(x + 1) * width for x in columns]
    named = [(_row_name(drawing, f"{y * height:.7g}"), [_counted(counted, x, y) for x in columns]) for y in rows]
    return times, named


def _counted(counted: Mapping[tuple[int, int], int], x: int, y: int) -> float | None:
    return float(counted[x, y]) if (x, y) in counted else None


def _size(said: Json, values: Sequence[float], count: int, factor: float) -> float:
    """Return the size of buckets along an axis: as the panel says, by size or by count."""
    try:
        value = float(said.get("value") or 0)
    except ValueError:
        value = 0.0
    if value > 0 and said.get("mode") == "size":
        return value / factor
    return _wider((max(values) - min(values)) / (value if value > 0 else count))


# --- XY chart and trend -----------------------------------------------------------------------------------------------


def xy_chart(drawing: Drawing) -> Json:
    """Return the points of an XY chart."""
    options = drawing.options
    pairs: list[tuple[Frame, Field, Field, str]] = []
    if options.get("mapping") == "manual":
        for said in options.get("series") or ():
            pairs += _chosen(drawing, object_of(said))
    else:
        for frame in drawing.frames:
            numbers = _numbers(frame)
            pairs += [(frame, numbers[0], field, "") for field in numbers[1:]]
    return _points(drawing, pairs, "points")


def trend(drawing: Drawing) -> Json:
    """Return the lines of a trend, whose numbers across rise."""
    pairs: list[tuple[Frame, Field, Field, str]] = []
    for frame in drawing.frames:
        numbers = _numbers(frame)
        across = _named_field(frame, text_of(drawing.options.get("xField"))) or next(iter(numbers), None)
        if across is not None:
            pairs += [(frame, across, field, "") for field in numbers if field is not across]
    return _points(drawing, pairs, "lines")


def _numbers(frame: Frame) -> list[Field]:
    return [field for field in frame.fields if field.kind == NUMBER and not is_hidden(field, "viz")]


def _chosen(drawing: Drawing, said: Json) -> list[tuple[Frame, Field, Field, str]]:
    """Return the pairs of columns that one series of a manual mapping chooses."""
    across, up = object_of(object_of(said.get("x")).get("matcher")), object_of(object_of(said.get("y")).get("matcher"))
    found = []
    for frame in drawing.frames:
        x = next((field for field in frame.fields if across and matcher(across)(field, frame, drawing.frames)), None)
        if x is None:
            continue
        name = text_of(object_of(said.get("name")).get("fixed"))
        found += [
            (frame, x, field, name)
            for field in _numbers(frame)
            if field is not x and (not up or matcher(up)(field, frame, drawing.frames))
        ]
    return found


def _points(drawing: Drawing, pairs: Sequence[tuple[Frame, Field, Field, str]], draw: str) -> Json:
    series = [_line(drawing, *pair, draw) for pair in pairs]
    if not any(each["points"] for each in series):
        return {"series": [], "empty": drawing.no_value}
    frame, x, y, _ = pairs[0]
    across = [point["x"] for each in series for point in each["points"]]
    margin = (max(across) - min(across)) * _MARGIN if draw == "points" else 0.0
    return {
        "series": series,
        "x": value_axis(x, across, bounds=Bounds(min(across) - margin, max(across) + margin))
        | {"time": x.kind == TIME},
        "y": value_axis(y, [point["y"] for each in series for point in each["points"]]),
        "names": [display_name(field, frame, drawing.frames) for field in (x, y)],
        "legend": legend_of(drawing),
    }


def _line(drawing: Drawing, frame: Frame, x: Field, y: Field, name: str, draw: str) -> Json:
    points = []
    for place in range(frame.length):
        across, up = to_number(x.values[place]), number_of(y.values[place])
        if up is None or not math.isfinite(across):
            continue
        points.append(
            {
                "x": across / 1000 if x.kind == TIME else across,
                "y": up,
                "text": f"{drawing.text(x, x.values[place])}: {drawing.text(y, y.values[place])}",
                "labels": _texts(frame, place),
            }
        )
    custom = custom_of(y)
    return {
        "name": name or name_of_series(y, frame, drawing),
        "color": series_color(y, drawing.frames),
        "points": sorted(points, key=lambda point: cast("float", point["x"])) if draw == "lines" else points,
        "show": text_of(custom.get("show")) or draw,
        "size": float(object_of(custom.get("pointSize")).get("fixed") or 5),
        "width": float(custom.get("lineWidth") or 1),
        "fill": float(custom.get("fillOpacity") or 0) if draw == "lines" else 0.0,
        "calculated": calculated(drawing, y),
        "legend": not is_hidden(y, "legend"),
    }
