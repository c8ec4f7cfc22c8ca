"""What Prometheus 2.42 does not accept, or 3.x reads as something else, although `promql_parser` may take it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dashlib.promql.durations import duration_seconds
from dashlib.promql.layout import WORDS, place_of, variable_name
from dashlib.promql.tokens import is_plain_label, unquoted
from dashlib.promql.variables import DURATIONS, NUMBERS

if TYPE_CHECKING:
    from dashlib.promql.layout import Layout

#: What is against a name in quotes, where rules are evaluated.
QUOTED: Final = "quoted metric and label names came with Prometheus 3.0: Prometheus 2.42 does not accept them"
#: They have a list of labels, always.
LISTS: Final = frozenset({"by", "without", "on", "ignoring"})
_IN_RANGE: Final = frozenset({"duration", "number", "variable"})
_NEWER_FUNCTIONS: Final = {
    "histogram_stddev": "2.47",
    "histogram_stdvar": "2.47",
    "mad_over_time": "2.49",
    "sort_by_label": "2.49",
    "sort_by_label_desc": "2.49",
    "histogram_avg": "2.51",
    "limitk": "2.54",
    "limit_ratio": "2.54",
    "info": "2.55",
    "double_exponential_smoothing": "3.0",
    "ts_of_min_over_time": "3.5",
    "ts_of_max_over_time": "3.5",
    "ts_of_last_over_time": "3.5",
    "step": "3.6",
    "first_over_time": "3.7",
    "ts_of_first_over_time": "3.7",
    "fill": "3.10",
    "fill_left": "3.10",
    "fill_right": "3.10",
    "histogram_quantiles": "3.11",
    "start": "3.12",
    "end": "3.12",
    "range": "3.12",
    "start_timestamp": "3.12",
    "max_of": "3.13",
    "min_of": "3.13",
}
_NEWER: Final = _NEWER_FUNCTIONS.keys() | {"holt_winters", "anchored", "smoothed"}


def objection(layout: Layout, index: int, kind: str, text: str) -> str | None:
    """Return why Prometheus 2.42 (or 3) does not take a word that `promql_parser` may take, or None."""
    reason = None
    if kind not in _IN_RANGE and text != ":" and layout.bracket(index) == "[":
        before = layout.text(layout.opened[index] - 1)
        if before in LISTS:
            return labels_in_parentheses(before)
        reason = "arithmetic in durations came with Prometheus 3.4: Prometheus 2.42 does not accept it"
    elif text in _NEWER:
        reason = _objection_to_name(layout, index)
    elif kind in {"number", "duration"}:
        reason = _objection_to_literal(layout, index)
    elif kind == "variable":
        reason = _objection_to_variable(layout.words[index].text, place_of(layout, index))
    elif kind == "string" and layout.text(index - 1) in {"{", ",", "("} and place_of(layout, index) == "label":
        reason = _objection_to_quotes(layout, index)
    elif text == "or" and layout.bracket(index) == "{" and layout.kind(index - 1) == "string":
        reason = "`or` between matchers is not PromQL (it is VictoriaMetrics' MetricsQL): use =~ or two selectors"
    elif text == ":" and layout.bracket(index) != "[":
        reason = "unexpected ':'"
    return reason


def labels_in_parentheses(keyword: str) -> str:
    """Return what is wrong with `by job` and `by [job]`."""
    return f"{keyword} takes its labels in parentheses: {keyword} (job, instance)"


def _objection_to_quotes(layout: Layout, index: int) -> str | None:
    """Return why a name should not stand in quotes, or None for a label that no Prometheus before 3.0 can have."""
    text = layout.words[index].text
    if layout.bracket(index) == "{" and layout.text(index + 1) in {"}", ","}:
        return f"{QUOTED}; write {{__name__={text}}}, which every Prometheus accepts"
    label = unquoted(text)
    if not label:
        return "a label's name is empty"
    return f"{QUOTED}; write {label}, which every Prometheus accepts" if is_plain_label(label) else None


def _objection_to_name(layout: Layout, index: int) -> str | None:
    """Return why a function or modifier is not for Prometheus 2.42 and 3, or None."""
    name, following = layout.text(index), layout.text(index + 1)
    if name in {"anchored", "smoothed"} and layout.text(index - 1) == "]":
        return f"the modifier {name} came with Prometheus 3.7: Prometheus 2.42 does not accept it"
    if following != "(" and not (name in {"limitk", "limit_ratio"} and following in {"by", "without"}):
        return None
    if name == "holt_winters":
        return "Prometheus 3.0 renamed holt_winters to double_exponential_smoothing: neither name works in 2.42 and 3"
    if name in _NEWER_FUNCTIONS and layout.text(index - 1) != "@":  # @ start() is old
        return f"{name} came with Prometheus {_NEWER_FUNCTIONS[name]}: Prometheus 2.42 does not have it"
    return None


def _objection_to_literal(layout: Layout, index: int) -> str | None:
    """Return why a number or a duration is not valid, or cannot stand where it stands, or None."""
    kind, text, _, end = layout.words[index]
    place, following = place_of(layout, index), layout.text(index + 1)
    reason = None
    if layout.kind(index + 1) in WORDS and layout.words[index + 1].start == end:
        reason = f"{text + following!r} is neither a number nor a duration (such as 5m or 1h30m)"
        if re.match("_[0-9]", following):
            reason = "underscores in numbers came with Prometheus 2.54: Prometheus 2.42 does not accept them"
    elif kind == "number" and place == "duration":
        reason = "numbers as durations came with Prometheus 2.54: write a unit, such as 300s or 5m"
    elif kind == "number":
        # beyond 64 bits Prometheus takes no hexadecimal number, and no milliseconds behind @
        hexadecimal = text[:2] in {"0x", "0X"}
        value = int(text, 16) if hexadecimal else float(text)
        limit = 2**63 / 1000 if place == "timestamp" else 2**63 if hexadecimal else float("inf")
        if value >= limit and text[0] in "0123456789.":  # not Inf
            reason = f"the number {text[:80]} is out of range"
    elif place != "duration":
        reason = "durations as numbers came with Prometheus 2.54: write seconds for Prometheus 2.42"
    else:
        try:
            duration_seconds(text)
        except ValueError as error:
            reason = str(error)
    return reason


def _objection_to_variable(text: str, place: str) -> str | None:
    """Return why one of Grafana's own variables cannot stand where it stands, or None."""
    name = variable_name(text)
    if place == "expression" and name in DURATIONS:
        return f"{text} is a duration, and durations as numbers came with Prometheus 2.54: use a number of seconds"
    if place == "duration" and name in NUMBERS:
        unit = "ms" if name.endswith("_ms") else "s"
        return f"{text} is a number, and numbers as durations came with Prometheus 2.54: write ${{{name}}}{unit}"
    return None
