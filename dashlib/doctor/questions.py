"""What a set of dashboards and rules asks Prometheus: every target, variable, annotation and rule. Pure.

Reads what dashlib compiled and what others made alike: whatever is not in the shape of a dashboard or rule file is
passed over, as Grafana and Prometheus would show nothing there either.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from dashlib import promql
from dashlib.documents.datasource_kinds import DatasourceKinds, takes_promql
from dashlib.documents.variable_queries import SERIES, is_of_prometheus, query_of
from dashlib.promql.variables import Reference, is_global, references, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dashlib.documents.document import Document, Origin
    from dashlib.documents.variable_queries import Asked

    Choose = Callable[[Asked, str], str]

#: Seconds that a dashboard without a readable time range shows.
DEFAULT_RANGE = 3600.0
#: What Grafana takes for a datasource's scrape interval unless it is told another: seconds.
DEFAULT_DATASOURCE_INTERVAL = 15.0
LONGEST_RANGE = 86400.0
# About as many points as a panel of half a screen has.
_POINTS = 1000
_ALL = "$__all"
_QUOTED = {"doublequote": '"{}"', "singlequote": "'{}'"}
_RELATIVE = re.compile(r"now-([0-9]+[smhdw])(?:/[smhdwMy])?")


@attrs.frozen
class Place:
    """Where a question stands.

    Attributes:
        kind: `panel`, `variable`, `annotation`, `alert` or `record`.
        owner: title of the dashboard, or name of the rule group.
        name: title of the panel, or name of the variable, annotation or rule.
        file: the compiled or given file; a URL for a dashboard of a Grafana.
        source: file and line of the declaration; empty for what dashlib did not make.
    """

    kind: str
    owner: str
    name: str
    file: str = ""
    source: str = ""

    def __str__(self) -> str:
        """Return it as a person reads it."""
        return f"{self.owner} › {self.name}"


@attrs.frozen
class Question:
    """One thing that the set asks.

    Attributes:
        place: where it stands.
        expression: as it is written.
        asked: as Prometheus is asked, with Grafana's variables put in.
        range: seconds that the dashboard shows; for a rule, what it looks back at.
        label: for a variable, the label whose values it lists.
        regex: for a variable, what it takes of each value.
        datasource: uid or name of the datasource, where one is named; `${…}` is a variable.
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
        """Whether an empty answer is the healthy one, because nothing is wrong."""
        return self.place.kind == "alert"


def of_document(document: Document, choose: Choose, interval: float) -> Iterator[Question]:
    """Yield what a compiled document asks; nothing for the kinds that ask nothing.

    Args:
        document: from `compile_project`.
        choose: returns one value of a variable that stands behind `=`, given what it asks and its regex.
        interval: seconds that Grafana takes for the datasource's scrape interval.
    """
    if document.kind == "dashboard":
        yield from of_dashboard(document.data, str(document.path), choose, interval, document.sources)
    elif document.kind == "rules":
        yield from of_rules(document.data, str(document.path), document.sources)


def of_rules(data: object, file: str, sources: Mapping[str, Origin] | None = None) -> Iterator[Question]:
    """Yield what a rule file asks, also one wrapped in a `PrometheusRule` resource."""
    table = _table(data)
    groups = _list(table.get("groups") or _table(table.get("spec")).get("groups"))
    for group_index, group in enumerate(map(_table, groups)):
        for rule_index, rule in enumerate(map(_table, _list(group.get("rules")))):
            kind = "alert" if "alert" in rule else "record"
            expression = rule.get("expr")
            if isinstance(expression, str) and kind in rule:
                pointer = f"/groups/{group_index}/rules/{rule_index}"
                place = Place(kind, str(group.get("name", "")), str(rule[kind]), file, _declared(sources, pointer))
                yield Question(place, expression, expression)


def of_dashboard(
    data: object,
    file: str,
    choose: Choose,
    interval: float = DEFAULT_DATASOURCE_INTERVAL,
    sources: Mapping[str, Origin] | None = None,
) -> Iterator[Question]:
    """Yield what a dashboard asks of Prometheus.

    Args:
        data: its JSON, also as `{"dashboard": …}`.
        file: where it is, for places.
        choose: returns one value of a variable, given what it asks and its regex.
        interval: seconds that Grafana takes for the datasource's scrape interval.
        sources: where its parts were declared, by JSON pointer.
    """
    dashboard = _table(_table(data).get("dashboard") or data)
    owner = str(dashboard.get("title") or dashboard.get("uid") or file)
    shown = range_seconds(dashboard)
    variables = [_table(each) for each in _list(_table(dashboard.get("templating")).get("list"))]
    filling = _Filling(variables, shown, interval, choose, DatasourceKinds(dashboard))
    for index, variable in enumerate(variables):
        place = Place(
            "variable", owner, f"${variable.get('name', '')}", file, _declared(sources, f"/templating/list/{index}")
        )
        yield from _of_variable(variable, place, filling, shown)
    for index, annotation in enumerate(map(_table, _list(_table(dashboard.get("annotations")).get("list")))):
        expression = annotation.get("expr")
        if isinstance(expression, str) and expression and filling.kinds.asks_promql(annotation, annotation):
            name = str(annotation.get("name", ""))
            place = Place("annotation", owner, name, file, _declared(sources, f"/annotations/list/{index}"))
            yield Question(place, expression, filling.fill(expression), shown)
    for pointer, panel in _panels(dashboard):
        yield from _of_panel(panel, pointer, owner, file, filling, shown, sources)


def range_seconds(dashboard: Mapping[str, Any]) -> float:
    """Return how many seconds a dashboard shows when it is opened; an hour when it does not say."""
    time = _table(dashboard.get("time"))
    found = _RELATIVE.fullmatch(str(time.get("from", "")))
    if found is None or time.get("to", "now") != "now":
        return DEFAULT_RANGE
    try:
        return min(promql.duration_seconds(found[1]), LONGEST_RANGE) or DEFAULT_RANGE
    except ValueError:  # longer than Prometheus takes
        return LONGEST_RANGE


def rate_interval(shown: float, interval: float) -> tuple[float, float]:
    """Return what Grafana puts in for `$__interval` and `$__rate_interval`, in seconds.

    Args:
        shown: seconds that the dashboard shows.
        interval: the datasource's scrape interval, in seconds.
    """
    step = max(interval, round(shown / _POINTS))
    return step, max(step + interval, 4 * interval)


@attrs.frozen
class _Filling:
    """Puts into an expression what Grafana would."""

    variables: list[dict[str, Any]]
    shown: float
    interval: float
    choose: Choose
    kinds: DatasourceKinds

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
        variable = next((each for each in self.variables if each.get("name") == name), None)
        if variable is None:
            return one.text
        before = expression[: one.start].rstrip()
        after = expression[one.end :].lstrip()
        alone = before.endswith(('"', "'")) and after[:1] in ('"', "'")
        exact = alone and re.search(r"(?:^|[^=!~])(?:!=|=)\s*[\"']$", before) is not None
        value = self._chosen(variable, step, exact=exact)
        return _QUOTED.get(one.format, "{}").format(value)

    def _chosen(self, variable: dict[str, Any], step: float, *, exact: bool) -> str:
        value = _table(variable.get("current")).get("value")
        if isinstance(value, list):
            value = _ALL if _ALL in value else "|".join(map(str, value))
        if value in (None, "") and variable.get("type") in ("custom", "interval"):
            value = next(iter(_options(str(variable.get("query") or ""))), "")
        if value in (None, "") and variable.get("type") in ("constant", "textbox"):
            value = str(variable.get("query") or "")
        if value == "auto" or str(value).startswith("$__auto_interval"):
            return promql.format_duration(step)
        if value not in (None, "", _ALL):
            return str(value)
        if not exact:
            return str(variable.get("allValue") or ".*")
        _, _, asked = query_of(variable)
        if asked is None or not _asks_prometheus(variable, self.kinds):
            return ""
        # one that depends on itself would never be filled
        others = attrs.evolve(self, variables=[each for each in self.variables if each is not variable])
        filled = attrs.evolve(asked, expression=others.fill(asked.expression), label=others.fill(asked.label))
        return self.choose(filled, others.fill(str(variable.get("regex") or "")))


def _options(query: str) -> list[str]:
    """Return the values of a variable that lists its own: `a, b`, or `Text : a, Other : b`."""
    found = [each.strip() for each in query.split(",")]
    return [each.rpartition(" : ")[2].strip() for each in found if each]


def _asks_prometheus(variable: dict[str, Any], kinds: DatasourceKinds) -> bool:
    kind = kinds.of(variable.get("datasource"))
    return takes_promql(kind) and bool(kind or is_of_prometheus(variable))


def _of_variable(variable: dict[str, Any], place: Place, filling: _Filling, shown: float) -> Iterator[Question]:
    if variable.get("type") != "query" or not _asks_prometheus(variable, filling.kinds):
        return
    _, _, asked = query_of(variable)
    if asked is None or not asked.expression or asked.function not in {"label_values", "query_result", SERIES}:
        return
    yield Question(
        place,
        asked.expression,
        filling.fill(asked.expression),
        shown,
        filling.fill(asked.label),
        _uid(variable.get("datasource")),
        filling.fill(str(variable.get("regex") or "")),
    )


def _panels(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield panels with their JSON pointers, those in rows too, today's and those of before Grafana 5."""
    for index, panel in enumerate(map(_table, _list(dashboard.get("panels")))):
        yield f"/panels/{index}", panel
        for inner, nested in enumerate(map(_table, _list(panel.get("panels")))):
            yield f"/panels/{index}/panels/{inner}", nested
    for index, row in enumerate(map(_table, _list(dashboard.get("rows")))):
        for inner, panel in enumerate(map(_table, _list(row.get("panels")))):
            yield f"/rows/{index}/panels/{inner}", panel


def _of_panel(
    panel: dict[str, Any],
    pointer: str,
    owner: str,
    file: str,
    filling: _Filling,
    shown: float,
    sources: Mapping[str, Origin] | None,
) -> Iterator[Question]:
    title = filling.fill(str(panel.get("title") or f"panel {panel.get('id', '')}"))
    for index, target in enumerate(map(_table, _list(panel.get("targets")))):
        expression = target.get("expr")
        datasource = target.get("datasource") or panel.get("datasource")
        if not isinstance(expression, str) or not expression.strip():
            continue
        if not filling.kinds.asks_promql(target, panel):
            continue
        place = Place("panel", owner, title, file, _declared(sources, f"{pointer}/targets/{index}/expr"))
        legend = tuple(re.findall(r"\{\{\s*(\w+)\s*\}\}", str(target.get("legendFormat", ""))))
        asked = filling.fill(expression)
        if any(is_global(one.name) for one in references(asked)):
            continue  # what only Grafana knows: who looks, and at which dashboard
        yield Question(place, expression, asked, shown, datasource=_uid(datasource), legend=legend)


def _uid(datasource: object) -> str:
    found = datasource.get("uid") if isinstance(datasource, dict) else datasource
    return found if isinstance(found, str) else ""


def _declared(sources: Mapping[str, Origin] | None, pointer: str) -> str:
    if sources is None:
        return ""
    while pointer and pointer not in sources:
        pointer = pointer.rpartition("/")[0]
    return str(sources[pointer].source) if pointer in sources else ""


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def without_all(expression: str) -> str:
    """Return an expression without the filters that take everything, which a variable at `All` leaves behind.

    It means the same, and is the same for a panel and a rule: Prometheus is asked once.
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
    """Return why a question cannot be asked, a variable that nothing stands for; empty where it can."""
    left = next(references(question.asked), None) if question.place.kind not in ("alert", "record") else None
    return f"{left.text} is no variable of the dashboard" if left is not None else ""
