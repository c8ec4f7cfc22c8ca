"""What a query variable of a dashboard asks Prometheus, and which values it offers of the answer. Pure.

Facts are from Grafana's Prometheus datasource (12.3, `variableMigration` and `metric_find_query`). The query is a
string or an object; an object holds that text (`query`), or what the editor's fields say (`qryType` and the field of
that kind). What is none of the four functions is a *series query*: a selector, for which `/api/v1/series` is asked.
Each series is a value as text, of which the variable's `regex` takes a part.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from dashlib import promql
from dashlib.promql.variables import reference_of, replaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The function of a series query.
SERIES: Final = "series"

_FUNCTION: Final = re.compile(r"\s*(label_values|label_names|metrics|query_result)\s*\((.*)\)\s*", re.DOTALL)
_LABEL: Final = re.compile(r'[A-Za-z_]\w*|"[^"]+"', re.ASCII)
_BETWEEN_SLASHES: Final = re.compile(r"/(.*)/([a-z]*)", re.DOTALL)


@frozen
class Asked:
    """What a query variable asks.

    Attributes:
        function: `label_values`, `label_names`, `metrics`, `query_result` or `series`.
        expression: the selector, expression or pattern in it; empty if it has none.
        label: the label whose values it lists, without quotes; empty if it has none.
        offset: where the expression begins in the text.
    """

    function: str
    expression: str = ""
    label: str = ""
    offset: int = 0


def query_of(variable: Mapping[str, Any]) -> tuple[str, str, Asked | None]:
    """Return what a query variable asks, and where that stands.

    Returns:
        A JSON pointer below the variable; the text there; what it asks, None where Prometheus would refuse it, or is
        asked for nothing.
    """
    query = variable.get("query")
    if not isinstance(query, dict):
        return "/query", _text(query), _asked_by(_text(query))
    text = _text(query.get("query"))
    if text:
        return "/query/query", text, _asked_by(text)
    return _of_editor(query)


def _of_editor(query: Mapping[str, Any]) -> tuple[str, str, Asked | None]:
    """Return what the fields of Grafana's editor say, which are complete without the text beside them."""
    match query.get("qryType"):
        case 0:
            return "/query", "", Asked("label_names")
        case 1:
            metric, filters = _text(query.get("metric")), _filters(query.get("labelFilters"))
            label = _text(query.get("label"))
            place = "/query" if filters else "/query/metric"  # with filters the text stands nowhere as it is
            return place, metric + filters, Asked("label_values", metric + filters, label) if label else None
        case 2:
            pattern = _text(query.get("metric"))
            return "/query/metric", pattern, Asked("metrics", pattern) if pattern else None
        case 3:
            text = _text(query.get("varQuery"))
            return "/query/varQuery", text, Asked("query_result", text) if text.strip() else None
        case 4 | 5 as kind:
            field = "seriesQuery" if kind == 4 else "classicQuery"  # noqa: PLR2004  # Grafana's numbers
            text = _text(query.get(field))
            return f"/query/{field}", text, _asked_by(text)
    return "/query", "", None


def is_of_prometheus(variable: Mapping[str, Any]) -> bool:
    """Tell whether a variable's query has the shape of one to Prometheus, where its datasource is not known."""
    query = variable.get("query")
    if isinstance(query, dict):
        return "qryType" in query or _FUNCTION.fullmatch(_text(query.get("query"))) is not None
    return _text(query).lstrip().startswith(("label_values", "label_names", "metrics(", "query_result"))


def _asked_by(text: str) -> Asked | None:
    found = _FUNCTION.fullmatch(text)
    if found is None:
        return Asked(SERIES, text.strip(), offset=len(text) - len(text.lstrip())) if _is_selector(text) else None
    function, inside, start = found[1], found[2], found.start(2)
    if function == "label_names":
        return Asked(function)
    if function in {"metrics", "query_result"}:
        return Asked(function, inside, offset=start) if inside.strip() else None
    selector, _, label = inside.rpartition(",")
    label = label.strip()
    if _LABEL.fullmatch(replaced(label, lambda _: "x")) is None:
        return None
    return Asked(function, selector, label.strip('"'), start)


def series_text(labels: Mapping[str, str]) -> str:
    """Return a series as Grafana writes it for a series query: `name{label="value",…}`."""
    inside = ",".join(f'{name}="{value}"' for name, value in labels.items() if name != "__name__")
    return f"{labels.get('__name__', '')}{{{inside}}}"


def sample_text(labels: Mapping[str, str], value: float, at: float) -> str:
    """Return a sample as Grafana writes it for `query_result`: the series, its value and the time in milliseconds."""
    return f"{series_text(labels)} {value:g} {at * 1000:.0f}"


def values(texts: Iterable[str], regex: str) -> list[str]:
    """Return the values that a variable offers: of each text what its regex takes, each once, in their order.

    A group called `value` is taken (or `text`), or else the first group; a pattern without a group only chooses among
    the texts. It may stand between slashes, with flags behind them, and matches the whole of a string otherwise. A
    invalid pattern offers nothing.

    Args:
        texts: what the datasource answered.
        regex: of the variable; empty to take the texts as they are.
    """
    if not regex:
        return list(dict.fromkeys(texts))
    between = _BETWEEN_SLASHES.fullmatch(regex)
    pattern, flags = (between[1], between[2]) if between is not None else (f"^{regex}$", "")
    try:
        compiled = re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", pattern), re.IGNORECASE if "i" in flags else 0)
    except re.error:
        return []
    found: dict[str, None] = {}
    for text in texts:
        matches = list(compiled.finditer(text)) if "g" in flags else list(filter(None, [compiled.search(text)]))
        for match in matches if compiled.groups else matches[:1]:
            named = match.groupdict()
            value = named.get("value") or named.get("text") or (match[1] if compiled.groups else text)
            if value:
                found[value] = None
    return list(found)


def _is_selector(text: str) -> bool:
    if not text.strip():
        return False
    if reference_of(text.strip()) is not None:
        return True
    try:
        [selector] = promql.read(text).selectors
    except (promql.PromQLError, ValueError):
        return False
    return (selector.start, selector.end) == (len(text) - len(text.lstrip()), len(text.rstrip()))


def _filters(filters: object) -> str:
    if not isinstance(filters, list):
        return ""
    return promql.format_matchers(
        promql.Matcher(_text(one.get("label")), _text(one.get("op")) or "=", _text(one.get("value")))
        for one in filters
        if isinstance(one, dict)
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
