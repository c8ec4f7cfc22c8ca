"""Rule groups and rules, read once: those that Prometheus evaluates, and those that Grafana does.

Wrong types are passed over, as nothing would evaluate what they say.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from attrs import frozen

from dashlib.documents.values import object_of, objects_in, seconds_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What Grafana calls the datasource of expressions about other queries.
EXPRESSION = "__expr__"
_KEYS_OF_A_RULE = frozenset({"alert", "record", "expr", "for", "labels", "annotations"})


def groups_in(data: object, pointer: str = "") -> tuple[RuleGroup, ...]:
    """Return the rule groups of a rule file, of a file of Grafana's alerting provisioning, or of a PrometheusRule.

    Args:
        data: the object with the `groups`, or with a `spec` that has them.
        pointer: JSON pointer to it.
    """
    table = object_of(data)
    if "groups" not in table and "groups" in object_of(table.get("spec")):
        table, pointer = table["spec"], f"{pointer}/spec"
    return tuple(RuleGroup(group, place) for place, group in objects_in(table.get("groups"), f"{pointer}/groups"))


@frozen(eq=False)
class RuleGroup:
    """A rule group.

    Attributes:
        data: what the file says.
        pointer: JSON pointer to it.
    """

    data: Mapping[str, Any]
    pointer: str = ""

    @property
    def name(self) -> str:
        """Its name."""
        return text_of(self.data.get("name"))

    @property
    def interval(self) -> float | None:
        """How often it is evaluated, seconds; None where it does not say."""
        return seconds_of(self.data.get("interval"))

    @functools.cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules, in order."""
        return rules_in(self)

    @property
    def prometheus_rules(self) -> tuple[Rule, ...]:
        """Its rules that are an alert or a recording rule."""
        return tuple(rule for rule in self.rules if rule.kind in {"alert", "record"})


def rules_in(group: RuleGroup) -> tuple[Rule, ...]:
    """Return the rules of a group, in order."""
    return tuple(
        Rule(group, pointer, data) for pointer, data in objects_in(group.data.get("rules"), f"{group.pointer}/rules")
    )


@frozen(eq=False)
class Rule:
    """An alert or recording rule of Prometheus, or a rule that Grafana manages.

    Attributes:
        group: its group.
        pointer: JSON pointer to it.
        data: what the file says.
    """

    group: RuleGroup
    pointer: str
    data: dict[str, Any]

    @property
    def kind(self) -> str:
        """What it is: `alert`, `record`, or `managed` by Grafana; empty where it is none of them."""
        return next((key for key in ("alert", "record") if key in self.data), "managed" if "data" in self.data else "")

    @property
    def is_alert(self) -> bool:
        """Whether it is an alert rule of Prometheus."""
        return "alert" in self.data

    @property
    def name(self) -> str:
        """Name of the alert, or of the recorded metric."""
        return text_of(self.data.get("alert") or self.data.get("record"))

    @property
    def title(self) -> str:
        """Title of a rule that Grafana manages."""
        return text_of(self.data.get("title"))

    @property
    def text(self) -> str:
        """Its expression; empty for a rule that Grafana manages, which has `queries`."""
        return text_of(self.data.get("expr"))

    @property
    def text_pointer(self) -> str:
        """JSON pointer to its expression."""
        return f"{self.pointer}/expr"

    @property
    def is_promql(self) -> bool:
        """Whether its expression is PromQL: vmalert asks others, too."""
        return self.group.data.get("type") in (None, "", "prometheus")

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
    def queries(self) -> tuple[ManagedQuery, ...]:
        """What a rule that Grafana manages asks, expressions about other queries included."""
        return tuple(
            ManagedQuery(pointer, data) for pointer, data in objects_in(self.data.get("data"), f"{self.pointer}/data")
        )


@frozen(eq=False)
class ManagedQuery:
    """One query of a rule that Grafana manages.

    Attributes:
        pointer: JSON pointer to it.
        data: what the file says.
    """

    pointer: str
    data: dict[str, Any]

    @property
    def ref_id(self) -> str:
        """Its letter."""
        return text_of(self.data.get("refId"))

    @property
    def _model(self) -> dict[str, Any]:
        return object_of(self.data.get("model"))

    @property
    def text(self) -> str:
        """What it asks a Prometheus; empty for nothing."""
        return text_of(self._model.get("expr"))

    @property
    def text_pointer(self) -> str:
        """JSON pointer to what it asks."""
        return f"{self.pointer}/model/expr"

    @property
    def datasource_uid(self) -> object:
        """UID of the data source that it queries; None if it has none."""
        return self.data.get("datasourceUid")

    @property
    def asks_promql(self) -> bool:
        """Whether it asks something, and that in PromQL; where its datasource is not known, whether it may be."""
        kind = text_of(object_of(self._model.get("datasource")).get("type"))
        return bool(self.text) and self.datasource_uid != EXPRESSION and kind in {"", "prometheus"}
