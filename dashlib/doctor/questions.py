"""The queries of a set of dashboards and rules: every target, variable, annotation and rule. Pure.

Reads files of dashlib and of others alike: whatever does not have the shape of a dashboard or rule file is ignored, as
Grafana and Prometheus would show nothing there either.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from dashlib import promql
from dashlib.documents.forms import dashboard_in
from dashlib.documents.rules import groups_in
from dashlib.documents.values import object_of
from dashlib.documents.variable_queries import SERIES
from dashlib.promql.variables import Reference, is_global, references, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dashlib.documents.dashboards import Panel, Variable
    from dashlib.documents.document import Document, Origin
    from dashlib.documents.variable_queries import Asked

    Choose = Callable[[Asked, str], str]

#: Seconds that a dashboard shows if its time range cannot be parsed.
DEFAULT_RANGE = 3600.0
#: Grafana's default scrape interval of a datasource, in seconds.
DEFAULT_DATASOURCE_INTERVAL = 15.0
LONGEST_RANGE = 86400.0
# About as many points as a panel half a screen wide has.
_POINTS = 1000
_ALL = "$__all"
_QUOTED = {"doublequote": '"{}"', "singlequote": "'{}'"}
_RELATIVE = re.compile(r"now-([0-9]+[smhdw])(?:/[smhdwMy])?")


@attrs.frozen
class Place:
    """Where a query is used.

    Attributes:
        kind: `panel`, `variable`, `annotation`, `alert` or `record`.
        owner: title of the dashboard, or name of the rule group.
        name: title of the panel, or name of the variable, annotation or rule.
        file: the compiled or given file; a URL for a dashboard of a Grafana.
        source: file and line of the declaration; empty for what dashlib did not generate.
    """

    kind: str
    owner: str
    name: str
    file: str = ""
    source: str = ""

    def __str__(self) -> str:
        """Return it for messages."""
        return f"{self.owner} › {self.name}"


@attrs.frozen
class Question:
    """One query of the set.

    Attributes:
        place: where it is used.
        expression: as it is written.
        asked: as it is sent to Prometheus, with Grafana's variables replaced.
        range: seconds that the dashboard shows; for a rule, how far it looks back.
        label: for a variable, the label whose values it lists.
        regex: for a variable, the regex that filters its values.
        datasource: UID or name of the datasource, if it has one; `${…}` is a variable.
        legend: labels that the legend shows.
    """

    place: Place
    expression: str
    asked: str
    range: float = DEFAULT_RANGE
    label: str = ""
    datasource: str = ""
    regex: str = ""
    legend: tuple[str, ...] = ()

    @property
    def is_alert(self) -> bool:
        """Whether an empty answer is healthy."""
        return self.place.kind == "alert"


def of_document(document: Document, choose: Choose, interval: float) -> Iterator[Question]:
    """Yield the queries of a compiled document, if it is of a kind that has any.

    Args:
        document: from `compile_project`.
        choose: returns one value of a variable used with `=`, given its query and regex.
        interval: scrape interval that Grafana assumes for the datasource, in seconds.
    """
    if document.kind == "dashboard":
        yield from of_dashboard(document.data, str(document.path), choose, interval, document.sources)
    elif document.kind == "rules":
        yield from of_rules(document.data, str(document.path), document.sources)


def of_rules(data: object, file: str, sources: Mapping[str, Origin] | None = None) -> Iterator[Question]:
    """Yield the queries of a rule file, also if wrapped in a `PrometheusRule` resource."""
    for group in groups_in(data):
        for rule in group.rules:
            if isinstance(rule.data.get("expr"), str) and rule.kind in {"alert", "record"}:
                place = Place(rule.kind, group.name, rule.name, file, _declared(sources, rule.pointer))
                yield Question(place, rule.text, rule.text)


def of_dashboard(
    data: object,
    file: str,
    choose: Choose,
    interval: float = DEFAULT_DATASOURCE_INTERVAL,
    sources: Mapping[str, Origin] | None = None,
) -> Iterator[Question]:
    """Yield the Prometheus queries of a dashboard.

    Args:
        data: its JSON, also as `{"dashboard": …}`.
        file: where it is, for places.
        choose: returns one value of a variable, given its query and regex.
        interval: scrape interval that Grafana assumes for the datasource, in seconds.
        sources: where its parts were declared, by JSON pointer.
    """
    dashboard = dashboard_in(data)
    owner = dashboard.title or dashboard.uid or file
    shown = range_seconds(dashboard.data)
    filling = _Filling(dashboard.variables, shown, interval, choose)
    for variable in dashboard.variables:
        place = Place("variable", owner, f"${variable.name}", file, _declared(sources, variable.pointer))
        yield from _of_variable(variable, place, filling, shown)
    for annotation in dashboard.annotations:
        if annotation.asks_promql:
            place = Place("annotation", owner, annotation.name, file, _declared(sources, annotation.pointer))
            yield Question(place, annotation.text, filling.fill(annotation.text), shown)
    for panel in dashboard.panels:
        yield from _of_panel(panel, owner, file, filling, sources)


def range_seconds(dashboard: Mapping[str, Any]) -> float:
    """Return how many seconds a dashboard shows when it is opened; an hour by default."""
    time = object_of(dashboard.get("time"))
    found = _RELATIVE.fullmatch(str(time.get("from", "")))
    if found is None or time.get("to", "now") != "now":
        return DEFAULT_RANGE
    try:
        return min(promql.duration_seconds(found[1]), LONGEST_RANGE) or DEFAULT_RANGE
    except ValueError:  # longer than Prometheus accepts
        return LONGEST_RANGE


def rate_interval(shown: float, interval: float) -> tuple[float, float]:
    """Return Grafana's values of `$__interval` and `$__rate_interval`, in seconds.

    Args:
        shown: seconds that the dashboard shows.
        interval: the datasource's scrape interval, in seconds.
    """
    step = max(interval, round(shown / _POINTS))
    return step, max(step + interval, 4 * interval)


@attrs.frozen
class _Filling:
    """Replaces variables in an expression as Grafana would."""

    variables: Sequence[Variable]
    shown: float
    interval: float
    choose: Choose

    def fill(self, expression: str) -> str:
        return replaced(expression, lambda one: self._value(one, expression))

    def _value(self, one: Reference, expression: str) -> str:
        name = one.name
        step, rate = rate_interval(self.shown, self.interval)
        built_in = {
            "__interval": promql.format_duration(step),
            "__rate_interval": promql.format_duration(rate),
            "__range": promql.format_duration(self.shown),
            "__interval_ms": f"{step * 1000:.0f}",
            "__range_s": f"{self.shown:.0f}",
            "__range_ms": f"{self.shown * 1000:.0f}",
        }
        if name in built_in:
            return built_in[name]
        variable = next((each for each in self.variables if each.name == name), None)
        if variable is None:
            return one.text
        before = expression[: one.start].rstrip()
        after = expression[one.end :].lstrip()
        alone = before.endswith(('"', "'")) and after[:1] in ('"', "'")
        exact = alone and re.search(r"(?:^|[^=!~])(?:!=|=)\s*[\"']$", before) is not None
        value = self._chosen(variable, step, exact=exact)
        return _QUOTED.get(one.format, "{}").format(value)

    def _chosen(self, variable: Variable, step: float, *, exact: bool) -> str:
        value = variable.current
        if isinstance(value, list):
            value = _ALL if _ALL in value else "|".join(map(str, value))
        if value in (None, "") and variable.kind in {"custom", "interval"}:
            value = next(iter(_options(str(variable.data.get("query") or ""))), "")
        if value in (None, "") and variable.kind in {"constant", "textbox"}:
            value = str(variable.data.get("query") or "")
        if value == "auto" or str(value).startswith("$__auto_interval"):
            return promql.format_duration(step)
        if value not in (None, "", _ALL):
            return str(value)
        if not exact:
            return str(variable.data.get("allValue") or ".*")
        _, _, asked = variable.asked
        if asked is None or not variable.asks_prometheus:
            return ""
        # one that depends on itself would recurse forever
        others = attrs.evolve(self, variables=[each for each in self.variables if each is not variable])
        filled = attrs.evolve(asked, expression=others.fill(asked.expression), label=others.fill(asked.label))
        return self.choose(filled, others.fill(variable.regex))


def _options(query: str) -> list[str]:
    """Return the values of a variable with a fixed list: `a, b`, or `Text : a, Other : b`."""
    found = [each.strip() for each in query.split(",")]
    return [each.rpartition(" : ")[2].strip() for each in found if each]


def _of_variable(variable: Variable, place: Place, filling: _Filling, shown: float) -> Iterator[Question]:
    if not variable.asks_prometheus:
        return
    _, _, asked = variable.asked
    if asked is None or not asked.expression or asked.function not in {"label_values", "query_result", SERIES}:
        return
    yield Question(
        place,
        asked.expression,
        filling.fill(asked.expression),
        shown,
        filling.fill(asked.label),
        _uid(variable.datasource),
        filling.fill(variable.regex),
    )


def _of_panel(
    panel: Panel, owner: str, file: str, filling: _Filling, sources: Mapping[str, Origin] | None
) -> Iterator[Question]:
    title = filling.fill(panel.title or f"panel {panel.data.get('id', '')}")
    for query in panel.queries:
        if not query.asks_promql:
            continue
        place = Place("panel", owner, title, file, _declared(sources, query.text_pointer))
        legend = tuple(re.findall(r"\{\{\s*([^\s{}]+)\s*\}\}", query.legend))
        asked = filling.fill(query.text)
        if any(is_global(one.name) for one in references(asked)):
            continue  # what only Grafana knows: the user and the dashboard
        yield Question(place, query.text, asked, filling.shown, datasource=_uid(query.datasource), legend=legend)


def _uid(datasource: object) -> str:
    found = datasource.get("uid") if isinstance(datasource, dict) else datasource
    return found if isinstance(found, str) else ""


def _declared(sources: Mapping[str, Origin] | None, pointer: str) -> str:
    if sources is None:
        return ""
    while pointer and pointer not in sources:
        pointer = pointer.rpartition("/")[0]
    return str(sources[pointer].source) if pointer in sources else ""


def without_all(expression: str) -> str:
    """Return an expression without the filters that match everything, which a variable at `All` leaves behind.

    The meaning stays the same, and a panel and a rule end up with the same query, which runs once.
    """
    try:
        found = promql.read(expression).selectors
    except promql.PromQLError:
        return expression
    for selector in reversed(found):
        kept = [each for each in selector.matchers if (each.operator, each.value) != ("=~", ".*")]
        if selector.open_brace is not None and len(kept) < len(selector.matchers) and (selector.metric or kept):
            matchers = promql.format_matchers(kept)
            expression = expression[: selector.open_brace] + matchers + expression[selector.end :]
    return expression


def unasked(question: Question) -> str:
    """Return why a query cannot run (an unknown variable); empty if it can."""
    left = next(references(question.asked), None) if question.place.kind not in ("alert", "record") else None
    return f"{left.text} is not a variable of the dashboard" if left is not None else ""
