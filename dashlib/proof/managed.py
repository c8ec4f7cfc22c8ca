"""Grafana-managed rules: each as the rule that Prometheus could evaluate in its place, and what Grafana alone has.

Nothing of what compiles them is asked. What a query measures and an expression compares is one PromQL expression, and
Grafana expands texts with Prometheus' own templates, where only the value has another name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, frozen

from dashlib.declare.grafana_rules import GrafanaRule, GrafanaRuleGroup
from dashlib.promql import duration_seconds
from dashlib.proof.meaning import Covering, coverings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.compile.declared_connectors import DeclaredConnectors
    from dashlib.declare.alerts import RuleGroup

#: As `docs/grafana-alerting.md` says: by it routes tell dashlib's alerts from others'.
_OURS: Final = {"managed_by": "dashlib"}
_EXPRESSIONS: Final = "__expr__"
#: How a threshold expression compares.
_OPERATORS: Final = {"gt": ">", "lt": "<", "eq": "==", "ne": "!=", "gte": ">=", "lte": "<="}
#: What is so of every series, whatever its value: the rule fires where its query has one.
_ANY_VALUE: Final = re.compile(r"is_number\(\$(\w+)\) \|\| is_nan\(\$\1\) \|\| is_inf\(\$\1\)")
#: A part of a link that is there where the label is.
_WITH_LABEL: Final = re.compile(r"\{\{ with (\$labels\.\w+) \}\}(&var-\w+=)\{\{ \. \| urlquery \}\}\{\{ end \}\}")
#: The dashboard and panel of a link.
_PANEL: Final = re.compile(r"/d/([^/?]+)[^?]*\?viewPanel=(?:panel-)?(\d+)")


@frozen(eq=False)
class Managed:
    """A Grafana-managed rule as it is compiled.

    Attributes:
        title: what Grafana calls it.
        group: name of its group.
        path: of the compiled file, relative to the project's root.
        rule: as a rule that Prometheus could evaluate; None where that is missing, or measures and compares
            otherwise than dashlib's do.
        unlike: what Grafana alone has of it and is not as declared, and what is there instead.
        resolution: in which steps it looks back at what is gone, in seconds; 0 where it does not say.
    """

    title: str
    group: str
    path: str
    resolution: float
    rule: Mapping[str, Any] | None = None
    unlike: tuple[str, str] | None = None


@frozen(eq=False)
class Wanted:
    """What an alert is to be as a Grafana-managed rule.

    Attributes:
        group: in which it is evaluated.
        rule: as declared.
        scope: the alert's Prometheus group, with the filters that the rule has.
        covering: which connectors it is for.
        title: what Grafana is to call it.
        index: its place among the rules of the alert.
    """

    group: GrafanaRuleGroup
    rule: GrafanaRule
    scope: RuleGroup
    covering: Covering
    title: str
    index: int

    @property
    def is_for_the_same(self) -> bool:
        """Whether it is for the series that the alert's rule in Prometheus is for."""
        return dict(self.scope.where) == dict(self.rule.group.where)


def wanted_of(group: GrafanaRuleGroup, connectors: DeclaredConnectors) -> Iterator[Wanted]:
    """Yield what the alerts of a group are to be; a rule about Prometheus itself is about no series."""
    for rule in group.rules:
        if isinstance(rule, GrafanaRule):
            where = rule.group.where if group.where is None else group.where
            scope = evolve(rule.group, rules=(rule.alert,), where=where)
            for index, covering in enumerate(coverings(rule.alert, scope, connectors)):
                title = f"{rule.title} ({index + 1})" if index else rule.title
                yield Wanted(group, rule, scope, covering, title, index)


def managed(wanted: Wanted, compiled: Mapping[str, Any], path: str, datasource: str) -> Managed:
    """Return what a rule was compiled to.

    Args:
        wanted: what it is to be.
        compiled: its group, as compiled; empty where it is missing.
        path: of the compiled file.
        datasource: uid of the Prometheus datasource that its query is to ask.
    """
    steps = duration_seconds(wanted.rule.alert.condition.resolution)
    found = Managed(wanted.title, wanted.group.name, path, steps)
    rules = [each for each in compiled.get("rules", ()) if each["title"] == wanted.title]
    if len(rules) != 1:
        return evolve(found, unlike=(f"one rule {wanted.title!r} in {path}", str(len(rules))))
    [data] = rules
    facts = {
        "interval": (wanted.group.interval, compiled["interval"]),
        "for": (f"{wanted.covering.lasting:g}s", f"{duration_seconds(data['for']):g}s"),
        "noDataState": (wanted.rule.no_data, data["noDataState"]),
        "execErrState": (wanted.rule.on_error, data["execErrState"]),
        "isPaused": (False, data.get("isPaused", False)),
        "managed_by": (_OURS["managed_by"], data["labels"].get("managed_by", "")),
        "its panel": (_panel(data["annotations"].get("dashboard_url", "")), _panel_of(data)),
        "its query's datasource, instant and relativeTimeRange.to": (
            [(datasource, True, 0)],
            [*map(_asked, filter(_is_query, data["data"]))],
        ),
    }
    unlike = next(((f"{what} is {want}", str(got)) for what, (want, got) in facts.items() if want != got), None)
    expression = _condition(data["data"], data["condition"])
    if expression is None:
        return evolve(found, unlike=("one query, and a comparison of it", str(data["data"])))
    rule = {
        "alert": wanted.title,
        "expr": expression,
        "for": data["for"],
        "labels": {name: value for name, value in data["labels"].items() if name not in _OURS},
        "annotations": {name: _template(text) for name, text in data["annotations"].items()},
    }
    return evolve(found, rule=rule, unlike=unlike)


def _is_query(part: Mapping[str, Any]) -> bool:
    return bool(part["datasourceUid"] != _EXPRESSIONS)


def _asked(query: Mapping[str, Any]) -> tuple[str, bool, int]:
    """Return the datasource of a query, whether it asks for one moment, and how many seconds ago that was."""
    return query["datasourceUid"], query["model"]["instant"], query["relativeTimeRange"]["to"]


def _condition(data: Sequence[Mapping[str, Any]], name: str) -> str | None:
    """Return what a rule measures and compares, as PromQL; None where it does anything else."""
    parts = {each["refId"]: each for each in data}
    model = parts.get(name, {}).get("model", {})
    if model.get("type") != "threshold" or model.get("expression") not in parts:
        return None
    [evaluator] = [each["evaluator"] for each in model["conditions"]]
    compared, limits = parts[model["expression"]], evaluator["params"]
    if _is_query(compared):
        operator = _OPERATORS.get(evaluator["type"])
        return f"({compared['model']['expr']}) {operator} {limits[0]}" if operator and len(limits) == 1 else None
    there = _ANY_VALUE.fullmatch(compared["model"].get("expression", ""))
    if there is None or there[1] not in parts or not _is_query(parts[there[1]]):
        return None
    # It is 1 where there is a value.
    return str(parts[there[1]]["model"]["expr"]) if (evaluator["type"], limits) == ("gt", [0]) else None


def _template(text: str) -> str:
    """Return an annotation as Prometheus would expand it."""
    linked = _WITH_LABEL.sub(r"\2{{ \1 | urlquery }}", text)
    return linked.replace("$values.A.Value", "$value").replace("$values.A", "true")


def _panel(link: str) -> tuple[str, str]:
    """Return uid and panel that a link goes to; both empty where it goes to none."""
    found = _PANEL.search(link)
    return (found[1], found[2]) if found else ("", "")


def _panel_of(data: Mapping[str, Any]) -> tuple[str, str]:
    """Return uid and panel that a rule belongs to, if it says the same in both places."""
    own = str(data.get("dashboardUid", "")), str(data.get("panelId", ""))
    said = tuple(data["annotations"].get(name, "") for name in ("__dashboardUid__", "__panelId__"))
    return own if own == said else ("", f"{own} beside {said}")
