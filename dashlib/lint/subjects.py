"""Documents as checks look at them: dashboards, panels, queries, rule groups and rules.

What they hold, `documents` reads. Here each knows the metrics as its exporter spells them, its PromQL has types, and a
problem can be said of it.
"""

from __future__ import annotations

import functools
import math
import re
from typing import TYPE_CHECKING, Final, Literal

from attrs import define, field, frozen

from dashlib import promql
from dashlib.documents import dashboards, rules
from dashlib.documents.reading import Reading
from dashlib.documents.values import seconds_of
from dashlib.lint.findings import Problem, TextFix
from dashlib.metrics.identity import Identity
from dashlib.promql import tree as promql_tree
from dashlib.promql.types import Type, types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dashlib.documents.dashboards import Variable
    from dashlib.documents.rules import RuleGroup
    from dashlib.lint.findings import Severity, ValueFix
    from dashlib.lint.metric_names import MetricNames
    from dashlib.lint.settings import Settings
    from dashlib.metrics.catalog import Catalog
    from dashlib.metrics.recognition import Observed

# A comparison read from its other side.
_TURNED: Final = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
# A string, which is kept, or a comment.
_COMMENT: Final = re.compile(r"""("(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|`[^`]*+`)|#[^\n]*""")


@frozen(eq=False)
class Linted(Reading):
    """One document that is looked at.

    Attributes:
        names: the metrics as the document's exporter spells them.
    """

    names: MetricNames = field(kw_only=True)

    @classmethod
    def of(cls, reading: Reading, names: MetricNames) -> Linted:
        """Return a document that was read as checks look at it."""
        return cls(
            reading.document,
            reading.source,
            reading.prefix,
            moved=reading.moved,
            error=reading.error,
            is_surplus=reading.is_surplus,
            names=names,
        )

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
        of_panel: the query of a panel that it is.
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
    of_panel: dashboards.Query | None = field(default=None, kw_only=True)
    panel: Panel | None = field(default=None, kw_only=True)
    rule: Rule | None = field(default=None, kw_only=True)
    dashboard: Dashboard | None = field(default=None, kw_only=True)
    is_promql: bool = field(default=True, kw_only=True)

    @property
    def is_instant(self) -> bool:
        """Whether it is asked of one moment only, not also over a range, for a panel."""
        return self.of_panel is not None and self.of_panel.is_instant

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
        """The expression as a tree; None if it is not PromQL. A query has one tree as long as it lives."""
        return self._parsed if isinstance(self._parsed, promql_tree.Node) else None

    @property
    def error(self) -> promql.PromQLError | None:
        """Why it is not PromQL; None if it is."""
        return self._parsed if isinstance(self._parsed, promql.PromQLError) else None

    @functools.cached_property
    def types(self) -> Mapping[int, Type]:
        """The type of each node of its tree, by the node's `id`; empty if it is not PromQL."""
        return types(self.tree, self.linted.names.facts) if self.tree is not None else {}

    def type_of(self, node: promql_tree.Node) -> Type:
        """Return the type of a node of the tree."""
        return self.types[id(node)]

    def logical(self, node: promql_tree.Vector) -> str:
        """Return what the catalog calls the metric of a selector; empty if it does not know it."""
        metric = self.linted.names.metric(node.metric)
        return metric.name if metric is not None else ""

    def compared(
        self, node: promql_tree.Node, above: tuple[promql_tree.Node, ...]
    ) -> Iterator[tuple[str, float | None]]:
        """Yield what a part is compared with, the innermost first, unless it only says whether something is there.

        Args:
            node: the part.
            above: what it stands in, as `with_ancestors` gives it.

        Yields:
            the operator as read from the part, so that `1 > up` is `<`, and the number; None if it is not constant.
        """
        if promql_tree.is_in_guard(node, above):
            return
        below = node
        for parent in above:
            if isinstance(parent, promql_tree.Binary) and parent.operator in promql_tree.COMPARISONS:
                is_left = below is parent.left
                operator = parent.operator if is_left else _TURNED.get(parent.operator, parent.operator)
                yield operator, self.type_of(parent.right if is_left else parent.left).constant
            below = parent

    def keeps_no_value(self, node: promql_tree.Node) -> bool:
        """Tell whether a part of the tree is a product with 0 or NaN: of its series only that they are there counts."""
        if not isinstance(node, promql_tree.Binary) or node.operator != "*":
            return False
        constants = (self.type_of(node.left).constant, self.type_of(node.right).constant)
        return any(constant is not None and (constant == 0 or math.isnan(constant)) for constant in constants)

    def written(self, node: promql_tree.Node) -> str:
        """Return a part of the expression as written, on one line and without comments."""
        text = self.expression[node.start : node.end]
        return " ".join(_COMMENT.sub(r"\1", text).split()) if "\n" in text else text

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
class Panel(dashboards.Panel):
    """A panel, wherever it stands in a dashboard.

    Attributes:
        of: the dashboard, as checks look at it.
    """

    of: Dashboard = field(kw_only=True)

    @property
    def linted(self) -> Linted:
        """The document."""
        return self.of.linted

    @functools.cached_property
    def promql(self) -> tuple[Query, ...]:
        """Its PromQL."""
        return tuple(
            Query(
                self.linted,
                query.text_pointer,
                query.text,
                "panel",
                # a table has the labels as columns, and shows no legend
                legend="" if query.format == "table" else query.legend,
                legend_pointer=query.legend_pointer,
                of_panel=query,
                panel=self,
                dashboard=self.of,
            )
            for query in self.queries
            if query.asks_promql
        )


@frozen(eq=False)
class Dashboard(dashboards.Dashboard):
    """A Grafana dashboard.

    Attributes:
        linted: the document.
    """

    linted: Linted = field(kw_only=True)

    @functools.cached_property
    def all_panels(self) -> tuple[Panel, ...]:
        """Every panel and row, in the order of the file."""
        return tuple(
            Panel(self, panel.pointer, panel.data, panel.depth, panel.row, of=self)
            for panel in dashboards.panels_in(self)
        )

    @functools.cached_property
    def panels(self) -> tuple[Panel, ...]:
        """Every panel, rows left out."""
        return tuple(panel for panel in self.all_panels if panel.kind != "row")

    @functools.cached_property
    def promql(self) -> tuple[Query, ...]:
        """All its PromQL: of panels, annotations and variables."""
        of_annotations = [
            Query(self.linted, annotation.text_pointer, annotation.text, "annotation", dashboard=self)
            for annotation in self.annotations
            if annotation.asks_promql
        ]
        of_variables = [query for _, query in self.variable_queries]
        return (*(query for panel in self.panels for query in panel.promql), *of_annotations, *of_variables)

    @functools.cached_property
    def variable_queries(self) -> tuple[tuple[Variable, Query], ...]:
        """The selectors and expressions that its variables ask with, each with its variable."""
        found = []
        for variable in self.prometheus_variables:
            pointer, text, asked = variable.asked
            if asked is not None and asked.expression and asked.function != "metrics":
                query = Query(
                    self.linted,
                    pointer,
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
        return frozenset({query.pointer for query in self.promql} | {query.legend_pointer for query in self.promql})

    @property
    def prometheus_variables(self) -> tuple[Variable, ...]:
        """Its query variables that ask Prometheus, or may."""
        return tuple(variable for variable in self.variables if variable.asks_prometheus)


@frozen(eq=False)
class Group(rules.RuleGroup):
    """A rule group.

    Attributes:
        linted: the document.
    """

    linted: Linted = field(kw_only=True)

    @functools.cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules, in order."""
        return tuple(Rule(self, rule.pointer, rule.data, of=self) for rule in rules.rules_in(self))


@frozen(eq=False)
class Rule(rules.Rule):
    """An alert or recording rule.

    Attributes:
        of: its group, as checks look at it.
    """

    of: Group = field(kw_only=True)

    @property
    def linted(self) -> Linted:
        """The document."""
        return self.of.linted

    @functools.cached_property
    def query(self) -> Query:
        """Its expression."""
        return self._asking(self.text.rstrip())

    @functools.cached_property
    def computed(self) -> Query:
        """Its expression without the recording rules that the compiler made for it."""
        origin = self.linted.document.sources.get(self.text_pointer)
        return self._asking(origin.computes) if origin is not None and origin.computes else self.query

    def _asking(self, expression: str) -> Query:
        role: Literal["alert", "record"] = "alert" if self.is_alert else "record"
        return Query(self.linted, self.text_pointer, expression, role, rule=self, is_promql=self.is_promql)


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
        identity: labels by which the project tells Kafka Connect clusters apart.
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
    identity: Identity = field(factory=Identity)

    @functools.cached_property
    def dashboards(self) -> tuple[Dashboard, ...]:
        """Every dashboard."""
        return tuple(
            Dashboard(found.data, found.pointer, linted=linted)
            for linted in self.documents
            if (found := linted.dashboard) is not None
        )

    @functools.cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every rule group."""
        return tuple(
            Group(group.data, group.pointer, linted=linted) for linted in self.documents for group in linted.groups
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
        of_dashboards = [query for dashboard in self.dashboards for query in dashboard.promql]
        of_rules = [rule.query for rule in self.rules if rule.query.expression]
        managed = [
            Query(linted, query.text_pointer, query.text, "grafana-alert")
            for linted in self.documents
            for rule in linted.managed_rules
            for query in rule.queries
            if query.asks_promql
        ]
        return (*of_dashboards, *of_rules, *managed)

    @functools.cached_property
    def recorded(self) -> frozenset[str]:
        """Names of the metrics that recording rules make."""
        return frozenset(rule.name for rule in self.rules if not rule.is_alert)

    @functools.cached_property
    def guards(self) -> frozenset[str]:
        """Names of the metrics that recording rules make, and of which others ask only whether they are there."""
        places = [
            (node.metric, promql_tree.is_in_guard(node, above))
            for query in self.queries
            if query.tree is not None
            for node, above in promql_tree.with_ancestors(query.tree)
            if isinstance(node, promql_tree.Vector)
        ]
        read = {name for name, is_guard in places if not is_guard}
        return frozenset({name for name, _ in places} & self.recorded - read)

    def is_of_victoria_metrics(self, linted: Linted) -> bool:
        """Tell whether VictoriaMetrics evaluates a document, by its kind or by the configuration."""
        return linted.is_of_victoria_metrics or self.settings.engine == "victoriametrics"

    def interval(self, group: RuleGroup) -> float:
        """Return how often a group is evaluated, seconds: as it says, or as the installation does; 0 when not known."""
        return group.interval or seconds_of(self.settings.evaluation_interval) or 0.0
