"""Answers as Grafana holds them: frames of named, typed fields.

How Grafana's Prometheus datasource makes frames of an answer is told by its source (`pkg/promlib/querydata` and
`packages/grafana-prometheus`): a frame a series, or one table a query; a query without an answer is a frame without
fields.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

import attrs

from dashlib.documents.dashboards import Panel
from dashlib.glance.answers import Answer, GlanceError, Series
from dashlib.glance.javascript import to_number

if TYPE_CHECKING:
    from dashlib.documents.dashboards import Query
    from dashlib.glance.javascript import Value

Json: TypeAlias = Mapping[str, object]

TIME, NUMBER, STRING, BOOLEAN, OTHER = "time", "number", "string", "boolean", "other"
VALUE_NAME = "Value"
TIME_NAME = "Time"
_METRIC = "__name__"


@attrs.define(eq=False)
class Field:
    """A named column of values.

    Attributes:
        name: its own name; what a person reads is `display_name`.
        kind: `time` (milliseconds since 1970), `number`, `string`, `boolean` or `other`.
        values: None is null.
        config: field settings: what the datasource and the transformations set, later also the panel's.
        labels: of the series that it came from; None where it has none.
        index: its number among the panel's fields other than time, for colors by series.
    """

    name: str
    kind: str
    values: list[Value]
    config: dict[str, object] = attrs.field(factory=dict)
    labels: Mapping[str, str] | None = None
    index: int = 0


@attrs.define(eq=False)
class Frame:
    """Fields of one length.

    Attributes:
        fields: in order.
        ref_id: of the query.
        name: its own name, mostly none.
    """

    fields: list[Field]
    ref_id: str = ""
    name: str = ""

    @property
    def length(self) -> int:
        """How many rows there are."""
        return len(self.fields[0].values) if self.fields else 0

    @property
    def time(self) -> Field | None:
        """The first field of times."""
        return next((field for field in self.fields if field.kind == TIME), None)


def frames_of(panel: Json, answers: Sequence[Answer]) -> list[Frame]:
    """Return the frames that Grafana makes of a panel's answers: series first, then tables, each in the queries' order.

    Raises:
        GlanceError: a query has no answer, an answer no query, or a query wants its answer in an unknown form.
    """
    by_ref = {answer.ref_id: answer for answer in answers}
    all_queries = Panel.alone(panel).queries
    queries = [query for query in all_queries if not query.is_hidden]
    surplus = sorted(set(by_ref) - {query.ref_id for query in all_queries})
    if surplus:
        raise GlanceError(f"panel {panel.get('title')!r} has an answer to {surplus[0]!r}, but no such query")
    series: list[Frame] = []
    tables: list[tuple[str, tuple[Series, ...]]] = []
    for query in queries:
        ref_id = query.ref_id
        answer = by_ref.get(ref_id)
        if answer is None:
            raise GlanceError(f"panel {panel.get('title')!r} has no answer to its query {ref_id!r}")
        kind = query.format or "time_series"
        if kind == "table":
            tables.append((ref_id, answer.series))
        elif kind == "time_series":
            series.extend(_series_frames(query, answer.series))
        elif kind == "heatmap":
            series.extend(_bucket_frames(ref_id, answer.series))
        else:
            raise GlanceError(f"the query format {kind!r} is not supported; expected time_series, table or heatmap")
    automatic = {query.ref_id for query in queries if query.legend == "__auto"}
    _name_by_labels([frame for frame in series if frame.ref_id in automatic], series)
    return [*series, *_table_frames(tables)]


def _series_frames(query: Query, answer: Sequence[Series]) -> list[Frame]:
    frames: list[Frame] = []
    for series in answer:
        name = legend_name(query.legend, series.labels, query.text)
        value = Field(
            series.labels.get(_METRIC, VALUE_NAME),
            NUMBER,
            [float(sample) for _, sample in series.samples],
            {"displayNameFromDS": name} if name else {},
            series.labels,
        )
        frames.append(Frame([_times(series), value], query.ref_id))
    return frames or [Frame([], query.ref_id)]


_LE = "le"


def _bucket_frames(ref_id: str, answer: Sequence[Series]) -> list[Frame]:
    """Return the buckets of a classic histogram as columns of one frame, the lowest first, none holding those below it.

    Series without `le` are columns as they are.
    """
    times = sorted({at for series in answer for at, _ in series.samples})
    if not times:
        return [Frame([], ref_id)]
    listed = sorted(answer, key=lambda series: to_number(series.labels.get(_LE, "NaN").replace("Inf", "Infinity")))
    columns: list[Field] = []
    below: dict[str, dict[float, float]] = {}
    for series in listed:
        of = format_labels({label: value for label, value in series.labels.items() if label != _LE})
        counts = dict(series.samples)
        lower = below.get(of, {}) if _LE in series.labels else {}
        values: list[Value] = [
            None if (count := counts.get(at)) is None else float(count - lower.get(at, 0.0)) for at in times
        ]
        below[of] = counts
        columns.append(Field(series.labels.get(_LE, series.labels.get(_METRIC, VALUE_NAME)), NUMBER, values))
    return [Frame([Field(TIME_NAME, TIME, [at * 1000.0 for at in times]), *columns], ref_id)]


def _name_by_labels(automatic: Sequence[Frame], frames: Sequence[Frame]) -> None:
    """Name series of a query with the legend `__auto` by their labels, without the metric's name before them."""
    for frame in automatic:
        value = frame.fields[1] if frame.fields else None
        if value is not None and value.labels and value.labels.get(_METRIC) == value.name:
            value.config["displayNameFromDS"] = display_name(attrs.evolve(value, name=VALUE_NAME), frame, frames)


def _times(series: Series) -> Field:
    return Field(TIME_NAME, TIME, [time * 1000.0 for time, _ in series.samples])


_LEGEND = re.compile(r"\{\{\s*(.+?)\s*\}\}")


def legend_name(legend: str, labels: Mapping[str, str], expression: str) -> str:
    """Return how the datasource names a series; empty where it leaves that to Grafana's display names.

    Args:
        legend: the query's `legendFormat`; empty for `metric{label="value"}`, `__auto`, or a string with `{{label}}`.
        labels: of the series.
        expression: the query, which names a series without labels.
    """
    if legend == "__auto" and labels:
        return ""
    if legend and legend != "__auto":
        name = _LEGEND.sub(lambda match: labels.get(match[1].strip(), ""), legend)
    else:
        texts = sorted(f'{label}="{value}"' for label, value in labels.items() if label != _METRIC)
        metric = labels.get(_METRIC, "")
        name = f"{metric}{{{', '.join(texts)}}}" if texts or not metric else metric
    return expression if name == "{}" else name


def _table_frames(tables: Sequence[tuple[str, tuple[Series, ...]]]) -> list[Frame]:
    if len(tables) == 1 and not tables[0][1]:
        return [Frame([], tables[0][0])]
    frames: list[Frame] = []
    for ref_id, answer in tables:
        labels: dict[str, list[Value]] = {}
        for series in answer:
            labels.update({label: [] for label in sorted(series.labels) if label not in labels})
        times: list[Value] = []
        values: list[Value] = []
        for series in answer:
            for time, value in series.samples:
                times.append(time * 1000.0)
                values.append(float(value))
                for label, column in labels.items():
                    column.append(series.labels.get(label, ""))
        frame = Frame(
            [
                Field(TIME_NAME, TIME, times),
                *(Field(label, STRING, column) for label, column in labels.items()),
                Field(f"{VALUE_NAME} #{ref_id}" if len(tables) > 1 else VALUE_NAME, NUMBER, values),
            ],
            ref_id,
        )
        frames.append(_by_time(frame))
    return frames


def _by_time(frame: Frame) -> Frame:
    times = cast("list[float]", frame.fields[0].values)
    if all(before <= after for before, after in itertools.pairwise(times)):
        return frame
    order = sorted(range(len(times)), key=times.__getitem__)
    return ordered(frame, order)


def ordered(frame: Frame, order: Iterable[int]) -> Frame:
    """Return a frame with its rows in another order, or with fewer of them."""
    rows = list(order)
    fields = [attrs.evolve(field, values=[field.values[row] for row in rows]) for field in frame.fields]
    return attrs.evolve(frame, fields=fields)


# --- names -------------------------------------------------------------------------------------------------------


def display_name(field: Field, frame: Frame | None, frames: Sequence[Frame] = ()) -> str:
    """Return the name that a person reads: set by the panel, by the datasource's legend, or made of name and labels.

    Args:
        field: the field.
        frame: the frame it is in.
        frames: all frames of the panel; with several of them a frame's own name counts.
    """
    named = field.config.get("displayName")
    if named:
        return str(named)
    if frame is not None and field.config.get("displayNameFromDS"):
        return str(field.config["displayNameFromDS"])
    if field.kind == TIME and field.labels is None:
        return field.name
    return _name_from_labels(field, frame, frames)


def _name_from_labels(field: Field, frame: Frame | None, frames: Sequence[Frame]) -> str:
    parts: list[str] = []
    frame_name = frame.name if frame is not None else ""
    named_by_frame = bool(frame_name) and any(other.name != frames[0].name for other in frames[1:])
    if named_by_frame:
        parts.append(frame_name)
    if field.name and field.name != VALUE_NAME:
        parts.append(field.name)
    labeled = False
    if field.labels is not None and frame is not None:
        single = _single_label(frames or (frame,))
        text = field.labels.get(single, "") if single else format_labels(field.labels)
        if text:
            parts.append(text)
            labeled = True
    if frame_name and not named_by_frame and not labeled and field.name == VALUE_NAME:
        parts.append(frame_name)
    name = " ".join(parts) or field.name or VALUE_NAME
    return _unique(field, frame) if name == field.name else name


def format_labels(labels: Mapping[str, str]) -> str:
    """Return labels as Grafana writes them: `{server="a", task="0"}`, empty for none."""
    texts = [f'{label}="{labels[label]}"' for label in sorted(labels)]
    return "{" + ", ".join(texts) + "}" if texts else ""


def _single_label(frames: Sequence[Frame]) -> str | None:
    names = {label for frame in frames for field in frame.fields for label in field.labels or ()}
    return names.pop() if len(names) == 1 else None


def _unique(field: Field, frame: Frame | None) -> str:
    """Return the field's name, numbered where the frame has several of that name."""
    if frame is None:
        return field.name
    same = [other for other in frame.fields if other is field or other.name == field.name]
    if len(same) == 1:
        return field.name
    return f"{field.name} {same.index(field) + 1}"


def frame_display_name(frame: Frame) -> str:
    """Return the name of a frame: its own, or its values'."""
    if frame.name:
        return frame.name
    return ", ".join(display_name(field, frame) for field in frame.fields if field.kind != TIME)
