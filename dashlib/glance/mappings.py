"""Value mappings: which text and color a panel gives a value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import cast

import attrs

from dashlib.glance.answers import GlanceError
from dashlib.glance.javascript import Value, key_of, parse_float, regular_expression, replaced


@attrs.frozen
class Mapped:
    """What a mapping says of a value; None where it says nothing of text or color."""

    text: str | None = None
    color: str | None = None


def mapped(mappings: Sequence[Mapping[str, object]], value: Value) -> Mapped | None:
    """Return what the first mapping that knows a value says, None if none does.

    NaN is found by a special mapping for NaN, or as the text `NaN` in a value mapping; ranges never hold it. Infinity
    is in a range that is open to its side.

    Args:
        mappings: a panel's `fieldConfig.defaults.mappings`.
        value: as it comes from the query; None is null.

    Raises:
        GlanceError: a mapping has a type or a match that Grafana does not have.
    """
    for mapping in mappings:
        kind = mapping.get("type")
        options = cast("Mapping[str, object]", mapping.get("options") or {})
        if kind == "value":
            result = None if value is None else options.get(key_of(value))
        elif kind == "range":
            result = options.get("result", {}) if value is not None and _in_range(options, value) else None
        elif kind == "regex":
            result = _by_pattern(options, value)
        elif kind == "special":
            result = options.get("result", {}) if _is_special(options.get("match"), value) else None
        else:
            raise GlanceError(f"the value mapping type {kind!r} is not valid; expected value, range, regex or special")
        if isinstance(result, Mapping):
            text, color = result.get("text"), result.get("color")
            return Mapped(None if text is None else str(text), None if color is None else str(color))
    return None


def _in_range(options: Mapping[str, object], value: Value) -> bool:
    number = parse_float(value)
    if math.isnan(number):
        return False
    low, high = _bound(options.get("from"), -math.inf), _bound(options.get("to"), math.inf)
    return not (number < low or number > high)


def _bound(bound: object, otherwise: float) -> float:
    if bound is None:
        return otherwise
    return float(cast("float", bound)) if isinstance(bound, int | float) else parse_float(str(bound))


def _by_pattern(options: Mapping[str, object], value: Value) -> Mapping[str, object] | None:
    if not isinstance(value, str):
        return None
    written = str(options.get("pattern", ""))
    pattern = regular_expression(written)
    if pattern.search(value) is None:
        return None
    result = cast("Mapping[str, object]", options.get("result") or {})
    if result.get("text") is None:
        return result
    every = written.startswith("/") and "g" in written.rpartition("/")[2]
    return {**result, "text": replaced(pattern, str(result["text"]), value, every=every)}


def _is_special(match: object, value: Value) -> bool:
    not_a_number = isinstance(value, float) and math.isnan(value)
    if match == "null":
        return value is None
    if match == "nan":
        return not_a_number
    if match == "null+nan":
        return value is None or not_a_number
    if match == "true":
        return value is True or value == "true"
    if match == "false":
        return value is False or value == "false"
    if match == "empty":
        return value == ""
    raise GlanceError(f"the special value {match!r} is not valid; expected null, nan, null+nan, true, false or empty")
