"""`Alert`, `Record` and `RuleGroup`: Prometheus rules that read the way an operator would put it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import attrs

from dashlib import promql
from dashlib.declare.arguments import checked
from dashlib.declare.labels import label_matches
from dashlib.declare.objectives import Objective, check_window
from dashlib.declare.signals import Condition, Guard, Signal, duration, is_duration
from dashlib.declare.thresholds import NO_THRESHOLDS, Level, ThresholdSet
from dashlib.errors import DeclarationError
from dashlib.sources import Source, declared_here
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dashlib.declare.labels import LabelMatch
    from dashlib.declare.words import RunbookPage, SettingName, Severity

_ALERT_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
_RECORD_NAME = re.compile(r"[a-z_][a-z0-9_]*:[a-z_][a-z0-9_]*:[a-z_][a-z0-9_]*")
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\.yml")
SEVERITIES: tuple[str, ...] = ("critical", "warning", "info")


@checked
@attrs.frozen(repr=False)
class Configured(Value):
    """A label value that the configuration gives: `Configured("team")` is `team = "…"` in `[tool.dashlib.labels]`.

    Attributes:
        key: name of the setting.
    """

    key: SettingName


LabelValue: TypeAlias = str | Configured


def _check_alert_name(_instance: object, _attribute: attrs.Attribute[str], value: str) -> None:
    if not _ALERT_NAME.fullmatch(value):
        raise DeclarationError(f"an alert name must be CamelCase, for example DebeziumHighLag; got {value!r}")


def _check_labels(
    instance: object, _attribute: attrs.Attribute[Mapping[str, LabelValue]], value: Mapping[str, LabelValue]
) -> None:
    for name, text in value.items():
        if not _LABEL_NAME.fullmatch(name):
            raise DeclarationError(
                f"{name!r} is not a valid label name: expected letters, digits and '_', not starting with a digit"
            )
        if name == "severity" and isinstance(instance, Alert):
            raise DeclarationError(
                f"alert {instance.name}: label 'severity' is the argument severity: severity={text!r}"
            )
        if isinstance(text, str) and "$value" in text:
            raise DeclarationError(
                f"label {name!r} contains $value, so every new value would create a new alert; put it in an annotation"
            )


@checked
@attrs.frozen(eq=False, repr=False)
class Alert(Value):
    """An alert rule: a condition on a signal, and what the person who is woken needs to know.

    `summary` and `description` may hold, in single braces, what dashlib fills in: `{threshold}` and `{for}` (from
    the level), `{value}` (the value in the signal's unit, made readable by Prometheus), and any logical label, such
    as `{server}`. Double braces are Prometheus' own templates and stay as they are.

    Attributes:
        name: CamelCase, unique in its group.
        condition: made by `Signal.above` and similar methods; it knows signal, level and kind.
        severity: one of the project's: `critical` pages, `warning` opens a ticket, `info` informs, unless
            `[tool.dashlib] severities` lists others.
        summary: one static sentence.
        description: what it means here, what follows from it and what to do first.
        thresholds: the set that the condition's level is in; by default the group's.
        labels: beside `severity`.
        runbook: page in the project's runbooks, without folder and `.md`; by default the signal's.
        dashboard: uid of the dashboard that it links to; by default the group's.
        panel: key of the panel there that it links to; by default the alert's own, made by `alert_panel`, or else the
            first one that shows the signal.
        heartbeat_table: True for an alert that covers only connectors that `[tool.dashlib.connectors]` declares to
            capture a heartbeat table, at the level's value or six times the table's interval, whichever is more; False
            for one that covers only the others; None for all.
        source: where it was declared.
    """

    name: str = attrs.field(validator=_check_alert_name)
    condition: Condition
    severity: Severity = attrs.field(kw_only=True)
    summary: str = attrs.field(kw_only=True)
    description: str = attrs.field(kw_only=True)
    thresholds: ThresholdSet | None = attrs.field(kw_only=True, default=None)
    labels: Mapping[str, LabelValue] = attrs.field(kw_only=True, factory=dict, validator=_check_labels)
    runbook: RunbookPage = attrs.field(kw_only=True, default="")
    dashboard: str = attrs.field(kw_only=True, default="")
    panel: str = attrs.field(kw_only=True, default="")
    heartbeat_table: bool | None = attrs.field(kw_only=True, default=None)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    @summary.validator
    def _check_summary(self, _attribute: attrs.Attribute[str], value: str) -> None:
        if not value.strip() or "\n" in value or "{{" in value:
            raise DeclarationError(f"alert {self.name}: the summary must be one static sentence; got {value!r}")

    @description.validator
    def _check_description(self, _attribute: attrs.Attribute[str], value: str) -> None:
        if not value.strip():
            raise DeclarationError(f"alert {self.name} has no description")

    @property
    def signal(self) -> Signal:
        """The signal that it watches."""
        return self.condition.signal

    def level(self, default: ThresholdSet) -> Level | None:
        """Return the level that it fires at; None for an absence.

        Args:
            default: the group's set, for an alert that names none.

        Raises:
            DeclarationError: the set has no such level, or it points the other way than the condition.
        """
        condition = self.condition
        if not condition.level:
            return None
        thresholds = self.thresholds if self.thresholds is not None else default
        try:
            level = thresholds.level(self.signal, condition.level)
        except DeclarationError as error:
            raise DeclarationError(f"alert {self.name}: {error.message}", self.source) from None
        if level.direction != condition.direction:
            raise DeclarationError(
                f"alert {self.name} fires {condition.direction} {condition.level!r}, but threshold set "
                f"{thresholds.name!r} says that {self.signal.name} is {level.name} {level.direction} {level.value:g}",
                self.source,
            )
        return level


@checked
@attrs.frozen(eq=False, repr=False)
class Record(Value):
    """A recording rule: an expression that is computed once, for rules and panels that use it often.

    Attributes:
        name: `level:metric:operations`, for example `server:debezium_lag_seconds:max`.
        signal: the signal, or guard, whose expression is recorded.
        labels: beside the expression's.
        source: where it was declared.
    """

    name: str = attrs.field()
    signal: Signal | Guard
    labels: Mapping[str, LabelValue] = attrs.field(kw_only=True, factory=dict, validator=_check_labels)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    @name.validator
    def _check_name(self, _attribute: attrs.Attribute[str], value: str) -> None:
        if not _RECORD_NAME.fullmatch(value):
            raise DeclarationError(
                f"a recording rule must be named level:metric:operations, for example server:debezium_lag_seconds:max; "
                f"got {value!r}"
            )


def _check_group_name(_instance: object, _attribute: attrs.Attribute[str], value: str) -> None:
    if not value.strip():
        raise DeclarationError("a rule group needs a name")


def _check_file(_instance: object, _attribute: attrs.Attribute[str], value: str) -> None:
    if not _FILE_NAME.fullmatch(value):
        raise DeclarationError(
            f"a rule file must be a plain file name ending in .yml, for example mysql.yml; got {value!r}"
        )


def _rules(items: Iterable[Alert | Record | Objective]) -> tuple[Alert | Record | Objective, ...]:
    return tuple(items)


@checked
@attrs.frozen(eq=False, repr=False)
class RuleGroup(Value):
    """Rules that are evaluated together.

    Attributes:
        name: unique in its file.
        file: name of the compiled rule file; groups that name the same file are written into it together.
        rules: alerts, recording rules and objectives, in order.
        interval: how often they are evaluated, a duration.
        thresholds: the set that alerts' levels are in, unless they name another.
        where: label filters of every rule, by logical label.
        dashboard: uid of the dashboard that the alerts link to; empty for none.
        labels: of every rule, beside its own.
        rate_interval: what stands for `$__rate_interval` in signals, a duration of at least four scrapes.
        source: where it was declared.
    """

    name: str = attrs.field(validator=_check_group_name)
    file: str = attrs.field(kw_only=True, validator=_check_file)
    rules: tuple[Alert | Record | Objective, ...] = attrs.field(kw_only=True, converter=_rules)
    interval: str = attrs.field(kw_only=True, default="30s", converter=duration, validator=is_duration)
    thresholds: ThresholdSet = attrs.field(kw_only=True, default=NO_THRESHOLDS)
    where: Mapping[str, LabelMatch] = attrs.field(kw_only=True, factory=dict, converter=label_matches)
    dashboard: str = attrs.field(kw_only=True, default="")
    labels: Mapping[str, LabelValue] = attrs.field(kw_only=True, factory=dict, validator=_check_labels)
    rate_interval: str = attrs.field(kw_only=True, default="5m", converter=duration, validator=is_duration)
    source: Source = attrs.field(kw_only=True, factory=declared_here, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse two rules with the same name, and an objective that the group's interval is too long for."""
        seen: dict[str, Source] = {}
        for rule in self.rules:
            if rule.name in seen:
                raise DeclarationError(
                    f"rule group {self.name!r} has two rules named {rule.name}; the other is at {seen[rule.name]}: "
                    "rename one",
                    rule.source,
                )
            seen[rule.name] = rule.source
        for objective in objectives_of(self):
            check_window(objective, self.interval)


def alerts_of(group: RuleGroup) -> Sequence[Alert]:
    """Return a group's alerts, without its recording rules and objectives."""
    return [rule for rule in group.rules if isinstance(rule, Alert)]


def objectives_of(group: RuleGroup) -> Sequence[Objective]:
    """Return a group's objectives."""
    return [rule for rule in group.rules if isinstance(rule, Objective)]


def bad_time(objective: Objective, group: RuleGroup) -> Alert:
    """Return the alert that would fire whenever an objective's time is bad: what the objective says, as a condition.

    Args:
        objective: of the group, on a level.
        group: its group.

    Raises:
        DeclarationError: the threshold set has no such level, or the objective counts events.
    """
    level = objective.level(group.thresholds)
    if level is None:
        raise DeclarationError(f"objective {objective.name!r} counts events, and has no bad time", objective.source)
    condition = Condition(
        objective.signal,
        "state" if level.direction == "equals" else "threshold",
        level=level.name,
        direction=level.direction,
    )
    return Alert(
        objective.alert_name(objective.page),
        condition,
        severity=objective.page,
        summary=f"The objective {objective.name} is missed.",
        description="It is bad.",
        thresholds=objective.thresholds,
        source=objective.source,
    )


def check_for_against_interval(lasting: str, group: RuleGroup, alert: Alert, source: Source) -> None:
    """Refuse a `for` that passes before a second evaluation: one bad sample would page.

    Args:
        lasting: the `for`, a duration.
        group: of the alert.
        alert: the rule.
        source: where the `for` was declared.

    Raises:
        DeclarationError: it is above zero and shorter than two evaluations.
    """
    interval = promql.duration_seconds(group.interval)
    if 0 < promql.duration_seconds(lasting) < 2 * interval:
        raise DeclarationError(
            f"alert {alert.name} fires after {lasting}, less than two evaluation intervals of {group.interval}; "
            f"make it at least {2 * interval:g}s",
            source,
        )
