"""Documents as checks look at them: dashboards, panels, queries, rule groups and rules.

Compiled documents and files that dashlib did not make have one shape here. A dashboard may be of any schema version
from 16 to 42: panels in `rows`, nested in a collapsed row, of kinds that Grafana has removed, with datasources by name.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, Literal

from attrs import define, field, frozen

from dashlib import promql
from dashlib.declare.panel_kinds import kinds_that_show
from dashlib.documents.datasource_kinds import DatasourceKinds, takes_promql
from dashlib.documents.variable_queries import is_of_prometheus, query_of
from dashlib.lint.findings import Problem, TextFix
from dashlib.promql import tree as promql_tree
from dashlib.promql.types import Type, types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dashlib.documents.document import Document
    from dashlib.lint.findings import Severity, ValueFix
    from dashlib.lint.foreign import SourceText, UnreadableFileError
    from dashlib.lint.metric_names import MetricNames
    from dashlib.lint.settings import Settings
    from dashlib.metrics.catalog import Catalog
    from dashlib.metrics.recognition import Observed

#: Panel kinds that draw no data of a query.
KINDS_WITHOUT_QUERY = kinds_that_show("text") | {
    "row", "dashlist", "alertlist", "news", "welcome", "gettingstarted", "pluginlist", "annolist", "debug",
}  # fmt: skip
_KEYS_OF_A_RULE = frozenset({"alert", "record", "expr", "for", "labels", "annotations"})


@define(eq=False)
class Linted:
    """One document that is looked at.

    Attributes:
        document: data, and where its parts were declared.
        names: the metrics as the document's exporter spells them.
        source: the text of a file that dashlib did not make; None for what is declared in Python.
        prefix: JSON pointer to the dashboard, or to the object with the rule groups, in the document.
        error: what is wrong with the file itself; the document is empty then.
        moved: where its parts stand in the file, by JSON pointer into the document, for those that stand elsewhere.
        is_surplus: it is a further YAML document of a rule file, which Prometheus does not read.
    """

    document: Document
    names: MetricNames
    source: SourceText | None = None
    prefix: str = ""
    error: UnreadableFileError | None = None
    moved: Mapping[str, str] = field(factory=dict, kw_only=True)
    is_surplus: bool = field(default=False, kw_only=True)

    def written(self, pointer: str) -> str:
        """Return where a part of the document stands in its file, as a JSON pointer."""
        here = pointer
        while here not in self.moved:
            if not here:
                return pointer
            here = here.rpartition("/")[0]
        return self.moved[here] + pointer[len(here) :]

    def problem(
        self,
        pointer: str,
        message: str,
        *,
        suggestion: str = "",
        fix: ValueFix | None = None,
        text: str = "",
        severity: Severity | None = None,
    ) -> Problem:
        """Return a problem at a place of the document.

        Args:
            pointer: JSON pointer to it.
            message: what is wrong.
            suggestion: what would be right.
            fix: what `--fix` puts there, where that is certain to be right.
            text: the text at the place, to show the whole of it.
            severity: if not the check's own.
        """
        return Problem(
            linted=self,
            pointer=pointer,
            message=message,
            suggestion=suggestion,
            fix=fix,
            expression=text,
            span=(0, len(text)) if text else None,
            severity=severity,
        )

    @property
    def is_declared(self) -> bool:
        """Whether it is compiled from Python."""
        return self.source is None

    @property
    def is_of_victoria_metrics(self) -> bool:
        """Whether it is a VMRule, whose expressions are MetricsQL: all of PromQL, and more."""
        data: Any = self.document.data
        for part in ("", *self.prefix.split("/")[1:]):
            data = data[_key(data, part)] if part else data
            if isinstance(data, dict) and data.get("kind") == "VMRule":
                return True
        return False

    @property
    def data(self) -> dict[str, Any]:
        """The dashboard, or the object with the rule groups."""
        data: Any = self.document.data
        for part in self.prefix.split("/")[1:]:
            data = data[_key(data, part)]
        return data if isinstance(data, dict) else {}


def _key(data: object, part: str) -> int | str:
    """Return the index or key that a part of a JSON pointer names."""
    return int(part) if isinstance(data, list) else part.replace("~1", "/").replace("~0", "~")


@frozen(eq=False)
class Query:
    """PromQL somewhere in a document.

    Attributes:
        linted: the document.
        pointer: JSON pointer to the text.
        expression: the text.
        role: what asks: `panel`, `annotation`, `variable` (the selector in `label_values(…)`), `alert`, `record`, or
            `grafana-alert` (a rule that Grafana manages, whose condition stands outside of the expression).
        text: the whole text at the pointer, for a variable.
        offset: where the expression begins in that text.
        legend: name of the series, for a panel.
        legend_pointer: JSON pointer to it.
        values_of: the label whose values a variable lists; empty for anything else.
        is_instant: it is asked of one moment only, not also over a range, for a panel.
        panel: the panel that asks.
        rule: the rule that asks.
        dashboard: the dashboard that asks.
        is_promql: it is PromQL, not the language of another datasource, of which nothing is known.
    """

    linted: Linted
    pointer: str
    expression: str
    role: Literal["panel", "annotation", "variable", "alert", "record", "grafana-alert"]
    text: str = field(default="", kw_only=True)
    offset: int = field(default=0, kw_only=True)
    legend: str = field(default="", kw_only=True)
    legend_pointer: str = field(default="", kw_only=True)
    values_of: str = field(default="", kw_only=True)
    is_instant: bool = field(default=False, kw_only=True)
    panel: Panel | None = field(default=None, kw_only=True)
    rule: Rule | None = field(default=None, kw_only=True)
    dashboard: Dashboard | None = field(default=None, kw_only=True)
    is_promql: bool = field(default=True, kw_only=True)

    @functools.cached_property
    def _parsed(self) -> promql_tree.Node | promql.PromQLError | None:
        if not self.is_promql:
            return None
        try:
            return promql.read(self.expression).tree
        except promql.PromQLError as error:
            return error

    @property
    def tree(self) -> promql_tree.Node | None:
        """The expression as a tree; None when it is no PromQL. A query has one tree as long as it lives."""
        return self._parsed if isinstance(self._parsed, promql_tree.Node) else None

    @property
    def error(self) -> promql.PromQLError | None:
        """Why it is no PromQL; None when it is."""
        return self._parsed if isinstance(self._parsed, promql.PromQLError) else None

    @functools.cached_property
    def types(self) -> Mapping[int, Type]:
        """The type of each node of its tree, by the node's `id`; empty when it is no PromQL."""
        return types(self.tree, self.linted.names.facts) if self.tree is not None else {}

    def type_of(self, node: promql_tree.Node) -> Type:
        """Return the type of a node of the tree."""
        return self.types[id(node)]

    def keeps_no_value(self, node: promql_tree.Node) -> bool:
        """Tell whether a part of the tree is a product with 0 or NaN: of its series only that they are there counts."""
        if not isinstance(node, promql_tree.Binary) or node.operator != "*":
            return False
        constants = (self.type_of(node.left).constant, self.type_of(node.right).constant)
        return any(constant is not None and (constant == 0 or math.isnan(constant)) for constant in constants)

    def written(self, node: promql_tree.Node) -> str:
        """Return a part of the expression as written."""
        return self.expression[node.start : node.end]

    def problem(
        self,
        message: str,
        place: promql_tree.Node | tuple[int, int] | None = None,
        *,
        suggestion: str = "",
        replace: tuple[int, int, str] | None = None,
        severity: Severity | None = None,
    ) -> Problem:
        """Return a problem of the expression.

        Args:
            message: what is wrong.
            place: the offending part; None for the whole.
            suggestion: what would be right.
            replace: start, end and text of what `--fix` puts in, where that is certain to be right.
            severity: if not the check's own.
        """
        if place is None:
            place = (0, len(self.expression))
        start, end = place if isinstance(place, tuple) else (place.start, place.end)
        fix = TextFix(replace[0] + self.offset, replace[1] + self.offset, replace[2]) if replace is not None else None
        return Problem(
            linted=self.linted,
            pointer=self.pointer,
            message=message,
            suggestion=suggestion,
            expression=self.text or self.expression,
            span=(start + self.offset, end + self.offset),
            fix=fix,
            severity=severity,
        )

    @property
    def is_rule(self) -> bool:
        """Whether a rule asks, not a dashboard."""
        return self.role in {"alert", "record", "grafana-alert"}


@frozen(eq=False)
class Panel:
    """A panel, wherever it stands in a dashboard.

    Attributes:
        dashboard: the dashboard.
        pointer: JSON pointer to it.
        data: what the file says.
        depth: 0 on the dashboard itself, 1 in a row.
    """

    dashboard: Dashboard
    pointer: str
    data: dict[str, Any]
    depth: int = 0

    @property
    def kind(self) -> str:
        """Its kind: `timeseries`, `stat`, …."""
        return text_of(self.data.get("type"))

    @property
    def is_open_row(self) -> bool:
        """Whether it is a row that is not collapsed: Grafana does not show what is inside such a one."""
        return self.kind == "row" and not self.data.get("collapsed")

    @property
    def title(self) -> str:
        """Its title."""
        return text_of(self.data.get("title"))

    @property
    def name(self) -> str:
        """How a message calls it."""
        return f"panel {self.title!r}" if self.title else f"a panel without a title ({self.kind or 'no kind'})"

    @property
    def defaults(self) -> dict[str, Any]:
        """`fieldConfig.defaults`, in the place where its schema version has it."""
        config = object_of(self.data.get("fieldConfig"))
        if "defaults" in config:
            return object_of(config["defaults"])
        options = object_of(self.data.get("options"))
        return object_of(object_of(options.get("fieldOptions")).get("defaults"))

    @property
    def targets(self) -> list[tuple[str, dict[str, Any]]]:
        """Its queries of whatever datasource, with their pointers."""
        return list(objects_in(self.data.get("targets"), f"{self.pointer}/targets"))

    @functools.cached_property
    def queries(self) -> tuple[Query, ...]:
        """Its PromQL."""
        found = []
        for pointer, target in self.targets:
            expression = target.get("expr")
            if not isinstance(expression, str) or not expression.strip():
                continue
            if not self.dashboard.datasources.asks_promql(target, self.data):
                continue
            found.append(
                Query(
                    self.dashboard.linted,
                    f"{pointer}/expr",
                    expression,
                    "panel",
                    # a table has the labels as columns, and shows no legend
                    legend="" if target.get("format") == "table" else text_of(target.get("legendFormat")),
                    legend_pointer=f"{pointer}/legendFormat",
                    is_instant=bool(target.get("instant") and not target.get("range")),
                    panel=self,
                    dashboard=self.dashboard,
                )
            )
        return tuple(found)


@frozen(eq=False)
class Dashboard:
    """A Grafana dashboard.

    Attributes:
        linted: the document.
        data: what the file says.
    """

    linted: Linted
    data: dict[str, Any]

    @property
    def pointer(self) -> str:
        """JSON pointer to it."""
        return self.linted.prefix

    @property
    def uid(self) -> str:
        """Its uid."""
        return text_of(self.data.get("uid"))

    @property
    def title(self) -> str:
        """Its title."""
        return text_of(self.data.get("title"))

    @functools.cached_property
    def all_panels(self) -> tuple[Panel, ...]:
        """Every panel and row, in the order of the file."""
        return tuple(self._panels())

    @functools.cached_property
    def panels(self) -> tuple[Panel, ...]:
        """Every panel, rows left out."""
        return tuple(panel for panel in self.all_panels if panel.kind != "row")

    def _panels(self) -> Iterator[Panel]:
        waiting = [
            (pointer, data, 0) for pointer, data in objects_in(self.data.get("panels"), f"{self.pointer}/panels")
        ]
        for pointer, row in objects_in(self.data.get("rows"), f"{self.pointer}/rows"):
            waiting += [(inner, data, 1) for inner, data in objects_in(row.get("panels"), f"{pointer}/panels")]
        while waiting:
            pointer, data, depth = waiting.pop(0)
            yield Panel(self, pointer, data, depth)
            inner = objects_in(data.get("panels"), f"{pointer}/panels")
            waiting[:0] = [(place, panel, depth + 1) for place, panel in inner]

    @functools.cached_property
    def variables(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Its variables, with their pointers."""
        templating = object_of(self.data.get("templating"))
        return tuple(objects_in(templating.get("list"), f"{self.pointer}/templating/list"))

    @property
    def variable_names(self) -> tuple[str, ...]:
        """Names of its variables, in order."""
        return tuple(text_of(variable.get("name")) for _, variable in self.variables)

    @property
    def annotations(self) -> list[tuple[str, dict[str, Any]]]:
        """Its annotations, with their pointers."""
        annotations = object_of(self.data.get("annotations"))
        return list(objects_in(annotations.get("list"), f"{self.pointer}/annotations/list"))

    @functools.cached_property
    def queries(self) -> tuple[Query, ...]:
        """All its PromQL: of panels, annotations and variables."""
        found = [query for panel in self.panels for query in panel.queries]
        for pointer, annotation in self.annotations:
            expression = annotation.get("expr")
            asks = self.datasources.asks_promql(annotation, annotation)
            if isinstance(expression, str) and expression and asks:
                found.append(Query(self.linted, f"{pointer}/expr", expression, "annotation", dashboard=self))
        found.extend(query for _, query in self.variable_queries)
        return tuple(found)

    @functools.cached_property
    def variable_queries(self) -> tuple[tuple[dict[str, Any], Query], ...]:
        """The selectors and expressions that its variables ask with, each with its variable."""
        found = []
        for pointer, variable in self.prometheus_variables:
            place, text, asked = query_of(variable)
            if asked is not None and asked.expression and asked.function != "metrics":
                query = Query(
                    self.linted,
                    f"{pointer}{place}",
                    asked.expression,
                    "variable",
                    text=text,
                    offset=asked.offset,
                    values_of=asked.label if asked.function == "label_values" else "",
                    dashboard=self,
                )
                found.append((variable, query))
        return tuple(found)

    @functools.cached_property
    def promql_places(self) -> frozenset[str]:
        """Pointers to the texts in which its PromQL stands, and to the names of its series."""
        return frozenset({query.pointer for query in self.queries} | {query.legend_pointer for query in self.queries})

    @functools.cached_property
    def datasources(self) -> DatasourceKinds:
        """Which kinds of datasource it asks."""
        return DatasourceKinds(self.data)

    @functools.cached_property
    def prometheus_variables(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Its query variables that ask Prometheus, or may, with their pointers."""
        return tuple(
            (pointer, variable)
            for pointer, variable in self.variables
            if variable.get("type") == "query" and self._is_of_prometheus(variable)
        )

    def _is_of_prometheus(self, variable: dict[str, Any]) -> bool:
        kind = self.datasources.of(variable.get("datasource"))
        return takes_promql(kind) and bool(kind or is_of_prometheus(variable))


@frozen(eq=False)
class Group:
    """A rule group.

    Attributes:
        linted: the document.
        pointer: JSON pointer to it.
        data: what the file says.
    """

    linted: Linted
    pointer: str
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name."""
        return text_of(self.data.get("name"))

    @functools.cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules, in order."""
        return tuple(
            Rule(self, pointer, data) for pointer, data in objects_in(self.data.get("rules"), f"{self.pointer}/rules")
        )

    def interval(self, settings: Settings) -> float:
        """Return how often it is evaluated, seconds; the installation's where it does not say; 0 when not known."""
        return seconds_of(self.data.get("interval")) or seconds_of(settings.evaluation_interval) or 0.0


@frozen(eq=False)
class Rule:
    """An alert or recording rule.

    Attributes:
        group: its group.
        pointer: JSON pointer to it.
        data: what the file says.
    """

    group: Group
    pointer: str
    data: dict[str, Any]

    @property
    def linted(self) -> Linted:
        """The document."""
        return self.group.linted

    @property
    def is_alert(self) -> bool:
        """Whether it is an alert rule."""
        return "alert" in self.data

    @property
    def name(self) -> str:
        """Name of the alert, or of the recorded metric."""
        return text_of(self.data.get("alert") or self.data.get("record"))

    @property
    def has_keys_in_capitals(self) -> bool:
        """Whether it has `Expr` or `Labels`, which nothing reads: what it lacks then is not missing."""
        return any(key != key.lower() and key.lower() in _KEYS_OF_A_RULE for key in self.data)

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return {key: text_of(value) for key, value in object_of(self.data.get("labels")).items()}

    @property
    def annotations(self) -> dict[str, str]:
        """Its annotations."""
        return {key: text_of(value) for key, value in object_of(self.data.get("annotations")).items()}

    @property
    def lasting(self) -> float:
        """Its `for`, seconds; 0 when it has none."""
        return seconds_of(self.data.get("for")) or 0.0

    @functools.cached_property
    def query(self) -> Query:
        """Its expression."""
        role: Literal["alert", "record"] = "alert" if self.is_alert else "record"
        return Query(
            self.linted,
            f"{self.pointer}/expr",
            text_of(self.data.get("expr")).rstrip(),
            role,
            rule=self,
            is_promql=self.group.data.get("type") in {None, "", "prometheus"},  # vmalert asks others, too
        )


@define(eq=False)
class Lint:
    """All that is looked at together, and what is known about the installation.

    Attributes:
        documents: what is looked at.
        settings: `[tool.dashlib.lint]`.
        catalog: the metrics that there are.
        root: the project's folder; None when single files are looked at without one.
        is_project: the whole project is looked at, so that what is missing in it is missing.
        grafana_url: where the project's dashboards are read.
        runbook_url: address of the project's runbooks.
        scraped: what the exporters serve; None where nobody has said.
        passed_over: how many files of folders are neither dashboards nor rules.
        templates: how many of them are templates, from which one may be made.
    """

    documents: tuple[Linted, ...]
    settings: Settings
    catalog: Catalog
    root: Path | None = None
    is_project: bool = False
    grafana_url: str = ""
    runbook_url: str = ""
    scraped: Observed | None = None
    passed_over: int = 0
    templates: int = 0

    @functools.cached_property
    def dashboards(self) -> tuple[Dashboard, ...]:
        """Every dashboard."""
        return tuple(Dashboard(linted, linted.data) for linted in self.documents if linted.document.kind == "dashboard")

    @functools.cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every rule group."""
        return tuple(
            Group(linted, pointer, data)
            for linted in self.documents
            if linted.document.kind == "rules"
            for pointer, data in objects_in(linted.data.get("groups"), f"{linted.prefix}/groups")
        )

    @functools.cached_property
    def panels(self) -> tuple[Panel, ...]:
        """Every panel of every dashboard, rows left out."""
        return tuple(panel for dashboard in self.dashboards for panel in dashboard.panels)

    @functools.cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, those left out of which nothing reads more than a part (the check `rule-file` says so)."""
        return tuple(rule for group in self.groups for rule in group.rules if not rule.has_keys_in_capitals)

    @functools.cached_property
    def alerts(self) -> tuple[Rule, ...]:
        """Every alert rule."""
        return tuple(rule for rule in self.rules if rule.is_alert)

    @functools.cached_property
    def queries(self) -> tuple[Query, ...]:
        """All PromQL, of dashboards and rules."""
        of_dashboards = [query for dashboard in self.dashboards for query in dashboard.queries]
        return (
            *of_dashboards,
            *(rule.query for rule in self.rules if rule.query.expression),
            *(
                query
                for linted in self.documents
                if linted.document.kind == "grafana-alerting"
                for query in _managed(linted)
            ),
        )

    @functools.cached_property
    def recorded(self) -> frozenset[str]:
        """Names of the metrics that recording rules make."""
        return frozenset(rule.name for rule in self.rules if not rule.is_alert)


def _managed(linted: Linted) -> Iterator[Query]:
    """Yield the PromQL of rules that Grafana manages."""
    for rule_pointer, rule in objects_in(linted.data.get("rules"), f"{linted.prefix}/rules"):
        for pointer, asked in objects_in(rule.get("data"), f"{rule_pointer}/data"):
            model = object_of(asked.get("model"))
            kind = text_of(object_of(model.get("datasource")).get("type"))
            expression = text_of(model.get("expr"))
            if expression and asked.get("datasourceUid") != "__expr__" and kind in {"", "prometheus"}:
                yield Query(linted, f"{pointer}/model/expr", expression, "grafana-alert")


def text_of(value: object) -> str:
    """Return a value that should be a text; empty when it is none."""
    return value if isinstance(value, str) else ""


def object_of(value: object) -> dict[str, Any]:
    """Return a value that should be an object; empty when it is none."""
    return value if isinstance(value, dict) else {}


def objects_in(value: object, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects in a value that should be a list of them, each with its pointer."""
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield f"{pointer}/{index}", item


def seconds_of(value: object) -> float | None:
    """Return the seconds of a value that should be a duration; None when it is none."""
    try:
        return promql.duration_seconds(value) if isinstance(value, str) else None
    except ValueError:
        return None
