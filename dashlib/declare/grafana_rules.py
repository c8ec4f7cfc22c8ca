"""`GrafanaRuleGroup` and `GrafanaRule`: the alerts of Prometheus rule groups, evaluated by Grafana instead.

Nothing is repeated: a Grafana-managed rule is one of a `RuleGroup`'s alerts, with its condition, level, labels and
texts. Only what Grafana alone has is declared here: the folder, the group's name, the title, what the rule says when
there is no data or no answer, and the one rule that Prometheus cannot have: that Prometheus does not answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import attrs

from dashlib import promql
from dashlib.declare.alerts import Alert, LabelValue, RuleGroup, alerts_of, objectives_of
from dashlib.declare.arguments import checked, nearest
from dashlib.declare.labels import label_matches
from dashlib.declare.signals import duration, is_duration
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dashlib.declare.labels import LabelMatch
    from dashlib.declare.words import RunbookPage, Severity

NoDataState = Literal["OK", "NoData", "Alerting", "KeepLast"]
ErrorState = Literal["OK", "Error", "Alerting", "KeepLast"]

NO_DATA_STATES: tuple[NoDataState, ...] = ("OK", "NoData", "Alerting", "KeepLast")
ERROR_STATES: tuple[ErrorState, ...] = ("OK", "Error", "Alerting", "KeepLast")

# Grafana's scheduler looks for rules to evaluate every ten seconds, and rejects an interval that is not a multiple.
SCHEDULER_SECONDS = 10
LONGEST_UID = 40
_LONGEST_NAME = 190
_UID = re.compile(r"[a-zA-Z0-9_-]+")


def _check_name(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not value.strip() or len(value) > _LONGEST_NAME:
        raise DeclarationError(
            f"{type(instance).__name__} {attribute.name} must have 1 to {_LONGEST_NAME} characters; got {value!r}"
        )


def _check_uid(_instance: object, _attribute: attrs.Attribute[str], value: str) -> None:
    if value and (not _UID.fullmatch(value) or len(value) > LONGEST_UID):
        raise DeclarationError(
            f"a rule uid must be at most {LONGEST_UID} letters, digits, '-' and '_'; got {value!r} ({len(value)})"
        )


@checked
@attrs.frozen(eq=False, repr=False)
class GrafanaRule(Value):
    """An alert of a Prometheus rule group, as a Grafana-managed rule.

    Attributes:
        title: what Grafana calls it; also the label `alertname` of what it fires.
        group: the Prometheus rule group that declares the alert.
        name: the alert's name in that group.
        no_data: the rule's state when its query has no series.
        on_error: its state when the datasource does not answer. That it does not is the business of a `NoAnswerRule`.
        uid: by default made from the Grafana group's and the alert's name. It is what Grafana knows the rule by: a
            rule that comes with another uid has lost its state and history.
        source: where it was declared.
    """

    title: str = attrs.field(validator=_check_name)
    group: RuleGroup
    name: str
    no_data: NoDataState = attrs.field(kw_only=True, default="OK")
    on_error: ErrorState = attrs.field(kw_only=True, default="KeepLast")
    uid: str = attrs.field(kw_only=True, default="", validator=_check_uid)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse an alert that the group does not have."""
        _ = self.alert

    @property
    def alert(self) -> Alert:
        """The alert.

        Raises:
            DeclarationError: the group has no alert of that name; the message lists those it has.
        """
        for alert in alerts_of(self.group):
            if alert.name == self.name:
                return alert
        known = [alert.name for alert in alerts_of(self.group)]
        raise DeclarationError(
            f"rule group {self.group.name!r} has no alert {self.name!r}; "
            f"{nearest(self.name, known, fallback='it has')}",
            self.source,
        )


@checked
@attrs.frozen(eq=False, repr=False)
class NoAnswerRule(Value):
    """The rule that says that Prometheus does not answer, once and for all rules, which keep their last state.

    It queries a constant, which every Prometheus that answers returns, so that it fires only without an answer.

    Attributes:
        title: what Grafana calls it; also the label `alertname` of what it fires, and its heading in the runbook.
        severity: as an alert's.
        summary: one static sentence.
        description: what follows and what to do first; `{for}` is filled in. No label and no value is known.
        for_: how long there is no answer before it fires, a duration; a restart of Prometheus should be shorter.
        labels: beside `severity`.
        runbook: page in the project's runbooks, without folder and `.md`; empty for none.
        uid: by default made from the Grafana group's name and the title.
        source: where it was declared.
    """

    title: str = attrs.field(validator=_check_name)
    severity: Severity = attrs.field(kw_only=True)
    summary: str = attrs.field(kw_only=True)
    description: str = attrs.field(kw_only=True)
    for_: str = attrs.field(kw_only=True, default="2m", converter=duration, validator=is_duration)
    labels: Mapping[str, LabelValue] = attrs.field(kw_only=True, factory=dict)
    runbook: RunbookPage = attrs.field(kw_only=True, default="")
    uid: str = attrs.field(kw_only=True, default="", validator=_check_uid)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    @property
    def name(self) -> str:
        """What its uid is made of."""
        return self.title

    @summary.validator
    @description.validator
    def _check_static(self, attribute: attrs.Attribute[str], value: str) -> None:
        if not value.strip():
            raise DeclarationError(f"{attribute.name} of {self.title!r} must not be empty")
        if "{{" in value:
            raise DeclarationError(
                f"{attribute.name} of {self.title!r} contains a template, but without an answer there is nothing to "
                f"fill in; got {value!r}"
            )


def _rules(items: Iterable[GrafanaRule | NoAnswerRule | RuleGroup]) -> tuple[GrafanaRule | NoAnswerRule, ...]:
    """Return the rules; a Prometheus rule group stands for all its alerts, each under its own name."""
    rules: list[GrafanaRule | NoAnswerRule] = []
    for item in items:
        if isinstance(item, RuleGroup):
            for objective in objectives_of(item):
                raise DeclarationError(
                    f"rule group {item.name!r} has the objective {objective.name!r}, and Grafana-managed rules record "
                    "nothing that its alerts could ask; leave it to Prometheus, in a rule group of its own",
                    objective.source,
                )
            rules.extend(GrafanaRule(alert.name, item, alert.name, source=alert.source) for alert in alerts_of(item))
        else:
            rules.append(item)
    return tuple(rules)


def _label_matches_or_none(
    items: Mapping[str, str | Iterable[str] | LabelMatch] | None,
) -> Mapping[str, LabelMatch] | None:
    return None if items is None else label_matches(items)


def _check_interval(_instance: object, _attribute: attrs.Attribute[str], value: str) -> None:
    seconds = promql.duration_seconds(value)
    if seconds <= 0 or seconds % SCHEDULER_SECONDS:
        raise DeclarationError(
            f"Grafana evaluates rules at multiples of {SCHEDULER_SECONDS} s and rejects an interval of {value}"
        )


@checked
@attrs.frozen(eq=False, repr=False)
class GrafanaRuleGroup(Value):
    """Grafana-managed rules that are evaluated together: an alternative to the Prometheus rules, not an addition.

    Attributes:
        name: the evaluation group's name, unique in its folder.
        folder: title of the Grafana folder that holds the rules.
        rules: in order; a `RuleGroup` stands for all its alerts.
        interval: how often they are evaluated, a multiple of ten seconds.
        where: label filters of every rule, by logical label; None for those of each alert's Prometheus group.
        source: where it was declared.
    """

    name: str = attrs.field(validator=_check_name)
    folder: str = attrs.field(kw_only=True, validator=_check_name)
    rules: tuple[GrafanaRule | NoAnswerRule, ...] = attrs.field(kw_only=True, converter=_rules)
    interval: str = attrs.field(
        kw_only=True, default="1m", converter=duration, validator=[is_duration, _check_interval]
    )
    where: Mapping[str, LabelMatch] | None = attrs.field(kw_only=True, default=None, converter=_label_matches_or_none)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse an empty group, and two rules with one title: their alerts could not be told apart."""
        if not self.rules:
            raise DeclarationError(f"Grafana rule group {self.name!r} has no rules; Grafana deletes empty groups")
        seen: set[str] = set()
        for rule in self.rules:
            if rule.title in seen:
                raise DeclarationError(
                    f"Grafana rule group {self.name!r} has two rules titled {rule.title!r}", rule.source
                )
            seen.add(rule.title)
