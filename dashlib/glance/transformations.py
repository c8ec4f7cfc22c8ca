"""A panel's transformations: what Grafana does to the frames before a person sees them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import attrs

from dashlib.glance import reducers
from dashlib.glance.answers import GlanceError
from dashlib.glance.frames import (
    BOOLEAN,
    NUMBER,
    OTHER,
    STRING,
    TIME,
    TIME_NAME,
    VALUE_NAME,
    Field,
    Frame,
    Json,
    display_name,
    frame_display_name,
    ordered,
)
from dashlib.glance.javascript import Value, compare_texts, key_of, regular_expression, sorted_by, to_number
from dashlib.glance.matchers import Matcher, by_names, by_pattern, matcher

_LIMIT = 10


def transformed(frames: Sequence[Frame], transformations: Sequence[Json]) -> list[Frame]:
    """Return the frames after a panel's transformations, in their order.

    Raises:
        GlanceError: the reader does not know a transformation, or one of its options; the message names it.
    """
    result = list(frames)
    for item in transformations:
        if item.get("disabled"):
            continue
        name = str(item.get("id"))
        if name not in _TRANSFORMATIONS:
            raise GlanceError(
                f"the transformation {name!r} is not supported; supported are: {', '.join(sorted(_TRANSFORMATIONS))}"
            )
        options = cast("Json", item.get("options") or {})
        result = _with_others(result, item, lambda chosen: _TRANSFORMATIONS[name](chosen, options))  # noqa: B023
    return result


def _with_others(frames: list[Frame], item: Json, transform: Callable[[list[Frame]], list[Frame]]) -> list[Frame]:
    """Return the frames with those transformed that the transformation's filter chooses; without one, all."""
    rule = cast("Json", item.get("filter") or {})
    if not rule.get("options"):
        return transform(frames)
    if rule.get("id") != "byRefId":
        raise GlanceError(f"the transformation filter {rule.get('id')!r} is not supported; use byRefId")
    pattern = str(rule["options"])
    names = set(pattern.split("|"))
    compiled = regular_expression(pattern) if pattern.startswith("/") else None
    is_chosen = [compiled.search(f.ref_id) is not None if compiled else f.ref_id in names for f in frames]
    others = [frame for frame, chosen in zip(frames, is_chosen, strict=True) if not chosen]
    # Grafana puts the others together, where the first of them was that was not the first of all.
    place = next((place for place, chosen in enumerate(is_chosen) if place and not chosen), 0)
    result = transform([frame for frame, chosen in zip(frames, is_chosen, strict=True) if chosen])
    return [*result[:place], *others, *result[place:]]


# --- rows together --------------------------------------------------------------------------------------------------


def _merge(frames: list[Frame], _: Json) -> list[Frame]:
    """Put the rows of all frames into one, and into one row those that agree wherever both have a value."""
    if len(frames) <= 1:
        return frames
    data = [frame for frame in frames if frame.fields]
    if not data:
        return frames[:1]
    columns: dict[str, Field] = {}
    for frame in data:
        for field in frame.fields:
            columns.setdefault(field.name, _emptied(field))
    shared = [field.name for field in data[-1].fields if all(_column(frame, field.name) for frame in data)]
    if not shared:
        return frames
    by_key: dict[str, list[dict[str, Value]]] = {}
    order: list[tuple[str, int]] = []
    for frame in data:
        names = {field.name: field for field in frame.fields}
        for row in range(frame.length):
            key = "".join(key_of(names[name].values[row]) for name in shared)
            values = {name: names[name].values[row] for name in columns if name in names}
            rows = by_key.setdefault(key, [])
            fitting = [number for number, existing in enumerate(rows) if _agree(existing, values)]
            for number in fitting:
                rows[number] = {**rows[number], **values}
            if not fitting:
                rows.append(values)
                order.append((key, len(rows) - 1))
    for key, number in order:
        for name, column in columns.items():
            column.values.append(by_key[key][number].get(name))
    return [Frame(list(columns.values()), "merge-" + "-".join(frame.ref_id for frame in data))]


def _emptied(field: Field, name: str = "") -> Field:
    config = {key: value for key, value in field.config.items() if key != "displayName"}
    return Field(name or field.name, field.kind, [], config)


def _column(frame: Frame, name: str) -> Field | None:
    return next((field for field in frame.fields if field.name == name), None)


def _agree(existing: Mapping[str, Value], values: Mapping[str, Value]) -> bool:
    return all(existing.get(name) is None or existing[name] == value for name, value in values.items())


def _join_by_field(frames: list[Frame], options: Json) -> list[Frame]:
    """Put the frames beside one another, row by row where one field has the same value."""
    mode = options.get("mode") or "outer"
    if mode not in ("outer", "inner"):
        raise GlanceError(f"the joinByField mode {mode!r} is not supported; use outer or inner")
    if len(frames) <= 1:
        return frames
    name = options.get("byField")
    matches = by_names({str(name)}) if name else _best_join(frames)
    fields: list[Field] = []
    tables: list[list[list[Value]]] = []
    dropped = False
    for frame in frames:
        key = next((field for field in frame.fields if matches(field, frame, frames)), None)
        if key is None:
            dropped = True
            continue
        rest = [field for field in frame.fields if field is not key]
        if not fields:
            fields.append(key)
        fields.extend(attrs.evolve(field, labels=field.labels or {}) for field in rest)
        tables.append([key.values, *(field.values for field in rest)])
    ref_id = "joinByField-" + "-".join(frame.ref_id for frame in frames)
    if not tables:
        return [Frame([], ref_id)]
    if dropped and mode == "inner":
        joined: list[list[Value]] = [[] for _ in fields]
    else:
        joined = _inner(tables) if mode == "inner" else _outer(tables)
    return [Frame([attrs.evolve(field, values=values) for field, values in zip(fields, joined, strict=True)], ref_id)]


def _best_join(frames: list[Frame]) -> Matcher:
    if frames[0].time is None:
        raise GlanceError("joinByField needs byField for tables without a time field")
    return lambda field, frame, _: field is frame.time


def _outer(tables: Sequence[Sequence[list[Value]]]) -> list[list[Value]]:
    first = tables[0][0]
    if all(table[0] == first for table in tables):
        joined = [list(first), *(list(column) for table in tables for column in table[1:])]
        if all(isinstance(value, float) for value in first) and not _ascends(first):
            order = sorted(range(len(first)), key=lambda row: to_number(first[row]))
            return [[column[row] for row in order] for column in joined]
        return joined
    seen = {key_of(value) + type(value).__name__: value for table in tables for value in table[0]}
    keys = sorted_by(seen.values(), lambda left, right: to_number(left) - to_number(right))
    rows = {key_of(value) + type(value).__name__: row for row, value in enumerate(keys)}
    joined = [keys]
    for table in tables:
        for column in table[1:]:
            values: list[Value] = [None] * len(keys)
            for key, value in zip(table[0], column, strict=True):
                values[rows[key_of(key) + type(key).__name__]] = value
            joined.append(values)
    return joined


def _ascends(values: Sequence[Value]) -> bool:
    numbers = [to_number(value) for value in values]
    return all(before < after for before, after in itertools.pairwise(numbers))


def _inner(tables: Sequence[Sequence[list[Value]]]) -> list[list[Value]]:
    left = [list(column) for column in tables[0]]
    for right in tables[1:]:
        rows: dict[str, list[int]] = {}
        for row, value in enumerate(right[0]):
            rows.setdefault(key_of(value), []).append(row)
        pairs = [
            (row, other)
            for row, value in enumerate(left[0])
            if value is not None
            for other in rows.get(key_of(value), ())
        ]
        left = [
            *([column[row] for row, _ in pairs] for column in left),
            *([column[other] for _, other in pairs] for column in right[1:]),
        ]
    return left


def _series_to_rows(frames: list[Frame], _: Json) -> list[Frame]:
    """Write all series below one another, their names in a column, the newest first."""
    data = [frame for frame in frames if frame.length > 0]
    if not all(_is_time_series(frame) for frame in data):
        return data
    if not data:
        return [Frame([], "seriesToRows-")]
    times: list[Value] = []
    names: list[Value] = []
    values: list[Value] = []
    time_config: dict[str, object] = {}
    value_field: Field | None = None
    for frame in data:
        time = cast("Field", frame.time)
        value = frame.fields[1] if frame.fields[0] is time else frame.fields[0]
        value_field = value_field or value
        times.extend(time.values)
        names.extend([frame_display_name(frame)] * frame.length)
        values.extend(value.values)
    config = {key: item for key, item in cast("Field", value_field).config.items() if not key.startswith("displayName")}
    frame = Frame(
        [
            Field(TIME_NAME, TIME, times, time_config),
            Field("Metric", STRING, names),
            Field(VALUE_NAME, cast("Field", value_field).kind, values, config),
        ],
        "seriesToRows-" + "-".join(frame.ref_id for frame in data),
    )
    return [_sorted(frame, 0, descending=True)]


def _is_time_series(frame: Frame) -> bool:
    numbers = any(field.kind == NUMBER for field in frame.fields)
    return numbers and any(field.kind == TIME and _ascends(field.values) for field in frame.fields)


# --- fields -----------------------------------------------------------------------------------------------------------


def _filtered(frames: list[Frame], include: Matcher | None, exclude: Matcher | None) -> list[Frame]:
    if include is None and exclude is None:
        return frames
    result: list[Frame] = []
    for frame in frames:
        kept = [
            field
            for field in frame.fields
            if not (exclude is not None and exclude(field, frame, frames))
            and (include is None or include(field, frame, frames))
        ]
        if kept:
            result.append(attrs.evolve(frame, fields=kept))
    return result


def _filter_by_name(frames: list[Frame], options: Json) -> list[Frame]:
    if options.get("byVariable"):
        raise GlanceError("filterFieldsByName by a variable is not supported; name the fields")
    return _filtered(frames, _names_or_pattern(options.get("include")), _names_or_pattern(options.get("exclude")))


def _names_or_pattern(options: object) -> Matcher | None:
    if not isinstance(options, Mapping):
        return None
    names = cast("Sequence[str]", options.get("names") or ())
    pattern = str(options.get("pattern") or "")
    if not pattern:
        return by_names(set(names)) if names else None
    if not names:
        return by_pattern(pattern)
    named, found = by_names(set(names)), by_pattern(pattern)
    return lambda field, frame, all_frames: named(field, frame, all_frames) or found(field, frame, all_frames)


def _organize(frames: list[Frame], options: Json) -> list[Frame]:
    """Leave out, order and rename fields, all by the name that a person reads."""
    included = _true_names(options.get("includeByName"))
    excluded = _true_names(options.get("excludeByName"))
    result = _filtered(frames, by_names(included) if included else None, by_names(excluded) if excluded else None)
    if (options.get("orderByMode") or "manual") != "manual":
        raise GlanceError(f"the orderByMode {options['orderByMode']!r} of organize is not supported; use indexByName")
    places = cast("Mapping[str, int]", options.get("indexByName") or {})
    titles = cast("Mapping[str, str]", options.get("renameByName") or {})
    organized: list[Frame] = []
    for frame in result:
        fields = sorted(frame.fields, key=lambda field: places.get(display_name(field, frame, result), math.inf))
        renamed = attrs.evolve(frame, fields=fields)
        renamed.fields = [
            attrs.evolve(field, config={**field.config, "displayName": title})
            if (title := titles.get(display_name(field, renamed)))
            else field
            for field in fields
        ]
        organized.append(renamed)
    return organized


def _true_names(by_name: object) -> set[str]:
    return {str(name) for name, is_chosen in cast("Mapping[str, bool]", by_name or {}).items() if is_chosen}


def _labels_to_fields(frames: list[Frame], options: Json) -> list[Frame]:
    """Make a column of each label; in mode `rows`, a table of labels and values of each series."""
    kept = cast("Sequence[str]", options.get("keepLabels") or ())
    if options.get("mode") == "rows":
        return _labels_as_rows(frames, kept)
    result: list[Frame] = []
    for frame in frames:
        fields: list[Field] = []
        found: dict[str, dict[str, None]] = {}
        for field in frame.fields:
            if field.labels is None:
                fields.append(field)
                continue
            config = {key: value for key, value in field.config.items() if not key.startswith("displayName")}
            plain = attrs.evolve(field, labels=None, config=config)
            fields.append(plain)
            for label, value in field.labels.items():
                if kept and label not in kept:
                    continue
                if options.get("valueLabel") == label:
                    plain.name = value
                else:
                    found.setdefault(label, {})[value] = None
        fields.extend(
            Field(label, STRING, [value] * frame.length) for label, values in found.items() for value in values
        )
        result.append(attrs.evolve(frame, fields=fields))
    return result


def _labels_as_rows(frames: list[Frame], kept: Sequence[str]) -> list[Frame]:
    result: list[Frame] = []
    for frame in frames:
        for field in frame.fields:
            if field.labels is None:
                continue
            labels: list[Value] = list(kept or field.labels)
            values: list[Value] = [field.labels.get(str(label)) for label in labels]
            if values:
                columns = [Field("label", STRING, labels), Field("value", STRING, values)]
                result.append(Frame(columns, frame.ref_id, display_name(field, frame, frames)))
    return result


# --- fewer rows -------------------------------------------------------------------------------------------------------


def _sort_by(frames: list[Frame], options: Json) -> list[Frame]:
    """Sort by one field; Grafana looks at the first rule only."""
    rules = cast("Sequence[Json]", options.get("sort") or ())
    if not rules:
        return frames
    rule = rules[0]
    result: list[Frame] = []
    for frame in frames:
        names = [display_name(field, frame) for field in frame.fields]
        index = rule.get("index")
        if index is None:
            index = names.index(str(rule.get("field"))) if rule.get("field") in names else -1
        place = int(cast("int", index))
        known = 0 <= place < len(frame.fields)
        result.append(_sorted(frame, place, descending=bool(rule.get("desc"))) if known else frame)
    return result


def _sorted(frame: Frame, index: int, *, descending: bool) -> Frame:
    field = frame.fields[index]
    compare = _COMPARISONS.get(field.kind, _difference)

    def order(left: int, right: int) -> float:
        a, b = field.values[left], field.values[right]
        return compare(b, a) if descending else compare(a, b)

    return ordered(frame, sorted_by(range(frame.length), order))


def _difference(left: Value, right: Value) -> float:
    return (to_number(left) if left is not None else 0.0) - (to_number(right) if right is not None else 0.0)


def _by_text(left: Value, right: Value) -> float:
    return compare_texts(str(left), str(right)) if left and right else _empty_last(left, right)


def _empty_last(left: Value, right: Value) -> float:
    return float(bool(right)) - float(bool(left))


_COMPARISONS: dict[str, Callable[[Value, Value], float]] = {STRING: _by_text, BOOLEAN: _empty_last}


def _limit(frames: list[Frame], options: Json) -> list[Frame]:
    setting = options.get("limitField", _LIMIT)
    limit = int(cast("float | str", setting))
    return [
        ordered(frame, range(limit) if limit >= 0 else range(frame.length + limit, frame.length))
        if frame.length > abs(limit)
        else frame
        for frame in frames
    ]


def _reduce(frames: list[Frame], options: Json) -> list[Frame]:
    """Make one value of each field: a row a field, or in mode `reduceFields` fields of one row."""
    calculations = [reducers.canonical(name) for name in cast("Sequence[str]", options.get("reducers") or ())]
    if not calculations:
        return frames
    rule = options.get("fields")
    fields_only = options.get("mode") == "reduceFields"
    if rule:
        matches = matcher(cast("Json", rule))
    elif options.get("includeTimeField") and fields_only:
        matches = _always
    else:
        matches = _no_time
    if fields_only:
        return _reduced_fields(frames, matches, calculations)
    return _reduced_rows(frames, matches, calculations, labeled=bool(options.get("labelsToFields")))


def _always(_: Field, __: Frame, ___: Sequence[Frame]) -> bool:
    return True


def _no_time(field: Field, _: Frame, __: Sequence[Frame]) -> bool:
    return field.kind != TIME


def _reduced_rows(frames: list[Frame], matches: Matcher, calculations: Sequence[str], *, labeled: bool) -> list[Frame]:
    labels = list(dict.fromkeys(label for frame in frames for f in frame.fields for label in f.labels or ()))
    tables: list[Frame] = []
    for frame in frames:
        chosen = [field for field in frame.fields if matches(field, frame, frames)]
        names: list[Value] = [field.name if labeled else display_name(field, frame, frames) for field in chosen]
        columns = [Field("Field", STRING, names)]
        if labeled:
            columns.extend(
                Field(label, STRING, [(field.labels or {}).get(label) for field in chosen]) for label in labels
            )
        for name in calculations:
            values = [_reduced_value(field, name) for field in chosen]
            columns.append(Field(reducers.name_of(name), _kind_of(values), values))
        tables.append(attrs.evolve(frame, fields=columns, name=""))
    if not tables:
        return []
    first = tables[0]
    for table in tables[1:]:
        for place, column in enumerate(first.fields):
            for other_place, other in enumerate(table.fields):
                same = column.kind == other.kind and column.name == other.name
                if same or place == other_place == 0:
                    column.values = [*column.values, *other.values]
    first.ref_id = "reduce-" + "-".join(frame.ref_id for frame in frames)
    return [first]


def _reduced_value(field: Field, calculation: str) -> Value:
    """Return a row's value: NaN where a calculation finds none, null where it had nothing to look at."""
    value = reducers.reduce(field.values, calculation, numeric=field.kind in (NUMBER, TIME))
    return math.nan if value is None and field.values else value


def _kind_of(values: Sequence[Value]) -> str:
    value = next((value for value in values if value is not None), None)
    if isinstance(value, bool):
        return BOOLEAN
    return STRING if isinstance(value, str) else NUMBER if isinstance(value, float) else OTHER


def _reduced_fields(frames: list[Frame], matches: Matcher, calculations: Sequence[str]) -> list[Frame]:
    result: list[Frame] = []
    for frame in frames:
        fields: list[Field] = []
        for field in frame.fields:
            if not matches(field, frame, frames):
                continue
            for name in calculations:
                value = reducers.reduce(field.values, name, numeric=field.kind in (NUMBER, TIME))
                labels = dict(field.labels or {})
                if len(calculations) > 1:
                    labels["reducer"] = reducers.name_of(name)
                kind = (
                    OTHER
                    if name in ("allValues", "uniqueValues")
                    else field.kind
                    if name in ("first", "firstNotNull", "last", "lastNotNull")
                    else NUMBER
                )
                fields.append(Field(field.name, kind, [value], dict(field.config), labels))
        if fields:
            result.append(attrs.evolve(frame, fields=fields))
    return result


def _group_by(frames: list[Frame], options: Json) -> list[Frame]:
    """Make one row of those with the same values, and calculate the other fields of each group."""
    settings = cast("Mapping[str, Json]", options.get("fields") or {})
    keys = [name for name, setting in settings.items() if setting.get("operation") == "groupby"]
    if not keys:
        return frames
    matches = by_names(set(keys))
    result: list[Frame] = []
    for frame in frames:
        grouping = [field for field in frame.fields if matches(field, frame, frames)]
        if not grouping:
            continue
        groups: dict[str, list[int]] = {}
        for row in range(frame.length):
            groups.setdefault(",".join(_listed(field.values[row]) for field in grouping), []).append(row)
        fields = [
            Field(field.name, field.kind, [field.values[rows[0]] for rows in groups.values()], dict(field.config))
            for field in grouping
        ]
        for field in frame.fields:
            name = display_name(field, None)
            setting = settings.get(name, settings.get(field.name, {}))
            fields.extend(
                Field(
                    f"{name} ({calculation})",
                    _calculated_kind(calculation, field.kind),
                    [
                        reducers.reduce(
                            [field.values[row] for row in rows], calculation, numeric=field.kind in (NUMBER, TIME)
                        )
                        for rows in groups.values()
                    ],
                )
                for calculation in _aggregations(setting)
            )
        result.append(Frame(fields, frame.ref_id))
    return result


def _listed(value: Value) -> str:
    return "" if value is None else key_of(value)


def _aggregations(setting: Json) -> Sequence[str]:
    names = setting.get("aggregations")
    if not isinstance(names, list):
        return ()
    if setting.get("operation") == "aggregate":
        return names
    return names if setting.get("operation") == "groupby" and names == ["count"] else ()


def _calculated_kind(calculation: str, kind: str) -> str:
    if calculation in ("count", "distinctCount", "changeCount", "countAll"):
        return NUMBER
    return BOOLEAN if calculation in ("allIsNull", "allIsZero") else kind


_TRANSFORMATIONS: dict[str, Callable[[list[Frame], Json], list[Frame]]] = {
    "merge": _merge,
    "joinByField": _join_by_field,
    "seriesToColumns": _join_by_field,
    "seriesToRows": _series_to_rows,
    "filterFieldsByName": _filter_by_name,
    "organize": _organize,
    "labelsToFields": _labels_to_fields,
    "sortBy": _sort_by,
    "limit": _limit,
    "reduce": _reduce,
    "groupBy": _group_by,
}
