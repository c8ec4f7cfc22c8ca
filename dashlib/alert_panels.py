"""Panels made from alerts: what a rule compares with its level, guards included, and the level as a line.

A person who is woken sees the very expression that woke them. Nothing is declared twice: expression, threshold, title,
unit and description are the alert's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attr

from dashlib.alerting import Alert, RuleGroup, alerts_of
from dashlib.conditions import measured_expression
from dashlib.dashboard import Row
from dashlib.encoding import encode, encode_query
from dashlib.panels import SignalTarget, state_timeline, timeseries, value_mapping
from dashlib.signals import NO_THRESHOLDS, ThresholdSet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grafanalib import core

    from dashlib.encoding import Context, Json

_HEIGHT = 7


@attr.s(auto_attribs=True)
class AlertTarget(SignalTarget):
    """A query for what an alert compares with its level; its PromQL is rendered when the dashboard is compiled.

    Attributes:
        alert: the rule.
        group: its group, whose filters hold for the panel too.
    """

    alert: Alert | None = None
    group: RuleGroup | None = None


def alert_rows(groups: Iterable[RuleGroup]) -> list[Row]:
    """Return a collapsed row for each rule group that has alerts, with a panel for each of them.

    Args:
        groups: in the order of the rows.
    """
    return [
        Row(group.name, [alert_panel(alert, group) for alert in alerts_of(group)], collapsed=True, height=_HEIGHT)
        for group in groups
        if alerts_of(group)
    ]


def alert_panel(alert: Alert, group: RuleGroup) -> core.Panel:
    """Return the panel of an alert: its expression without the comparison, and its level.

    Args:
        alert: of the group.
        group: its group.
    """
    level = alert.level(group.thresholds)
    signal = alert.signal.base
    lasting = level.for_ if level is not None else alert.condition.for_
    when = f"{level.direction} {level.value:g}" if level is not None else f"gone, within {alert.condition.window}"
    description = f"{alert.severity.capitalize()} when {when} for {lasting}. {signal.description}"
    thresholds = ThresholdSet("alert", [level]) if level is not None and not signal.states else NO_THRESHOLDS
    panel: core.Panel
    if signal.states:
        gone = alert.condition.kind == "absence"
        panel = state_timeline(
            signal,
            alert.name,
            description=description,
            thresholds=thresholds,
            mappings=[value_mapping({1: ("Gone", "red")})] if gone else None,
        )
    else:
        panel = timeseries(signal, alert.name, description=description, thresholds=thresholds)
    target = panel.targets[0]
    panel.targets = [
        AlertTarget(
            expr=target.expr,
            legendFormat=target.legendFormat,
            refId=target.refId,
            signal=signal,
            factor=target.factor,
            alert=alert,
            group=group,
        )
    ]
    return panel


@encode.register(AlertTarget)
def _(target: AlertTarget, context: Context) -> Json:
    assert target.alert is not None  # noqa: S101  # alert_panel always sets both
    assert target.group is not None  # noqa: S101
    rendering = context.rendering
    in_scope = rendering.within({**rendering.scope, **target.group.where}, target.group.rate_interval)
    expression = measured_expression(target.alert, target.group, in_scope, rendering.records)
    return encode_query(target, expression, context)
