"""Panels made from alerts: what a rule compares with its level, guards included, and the level as a line.

A person who is woken sees the very expression that woke them. Nothing is declared twice: expression, threshold, unit
and description are the alert's. Where the rule's expression has no series because all is well, the panel fills it up:
`… or 0 * …` for what is there, so that nothing looks broken and nothing that vanished looks well.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import attrs

from dashlib import promql
from dashlib.compile.conditions import measured_expression, operand, signal_expression
from dashlib.compile.encoding import encode, encode_query
from dashlib.compile.readable import readable, readable_duration
from dashlib.declare.alerts import SEVERITIES, Alert, RuleGroup, alerts_of
from dashlib.declare.arguments import checked
from dashlib.declare.dashboards import Row, panel_id
from dashlib.declare.fields import Override, override, range_mapping, value_mapping
from dashlib.declare.panel_kinds.state_timeline import state_timeline
from dashlib.declare.panel_kinds.timeseries import timeseries
from dashlib.declare.panels import NO_VALUE, NO_VALUE_COLOR, Panel, SignalTarget
from dashlib.declare.thresholds import NO_THRESHOLDS, ColorStep, ThresholdSet, severity_color
from dashlib.errors import DeclarationError
from dashlib.metrics.profiles import MissingInProfileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dashlib.compile.encoding import Context, Json
    from dashlib.compile.rendering import Rendering
    from dashlib.declare import foreign
    from dashlib.declare.fields import Mappings
    from dashlib.declare.signals import Signal
    from dashlib.declare.thresholds import Level

_HEIGHT = 7
# What a state timeline draws where the rule's expression has no series: of what is there, and where nothing is. A
# timeline without any series is called broken by Grafana, which has no `noValue` for it.
_THERE, _NOTHING = -1, -2
_LARGEST = 10**9
# A count of one is not drawn on an axis of tenths.
_LEAST_COUNTS = 4
# Grafana colors from a step on, the step included, and a rule fires above its level: no failed task is not red.
_ABOVE = 0.01
_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AlertTarget(SignalTarget):
    """A query for what an alert compares with its level; its PromQL is rendered when the dashboard is compiled.

    Attributes:
        alert: the rule.
        group: its group, whose filters hold for the panel too.
    """

    alert: Alert
    group: RuleGroup


@checked
def alert_row(
    title: str,
    groups: Iterable[RuleGroup],
    *,
    only: Sequence[str] = (),
    without: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
    no_values: Mapping[str, str] | None = None,
    more: Sequence[Panel | foreign.Panel] = (),
) -> Row:
    """Return a collapsed row with a panel for each alert of some rule groups.

    Args:
        title: heading, for people.
        groups: in the order of the panels.
        only: names of the alerts that are shown; by default all.
        without: names of alerts that are shown elsewhere.
        titles: of panels, by the alert's name; by default the signal's. The alert's severity and level are added.
        no_values: what panels say where nothing is there that the alert could be about, by the alert's name; by default
            what the signal's absence means.
        more: panels after those of the alerts.

    Raises:
        DeclarationError: an alert is named that the groups do not have.
    """
    shown = [(alert, group) for group in groups for alert in alerts_of(group)]
    known = {alert.name for alert, _ in shown}
    titles, no_values = titles or {}, no_values or {}
    for name in (*only, *without, *titles, *no_values):
        if name not in known:
            raise DeclarationError(f"row {title!r} names alert {name}, which is not in its rule groups")
    panels = [
        alert_panel(alert, group, title=titles.get(alert.name, ""), no_value=no_values.get(alert.name, ""))
        for alert, group in shown
        if alert.name not in without and (not only or alert.name in only)
    ]
    return Row(title, [*panels, *more], collapsed=True, height=_HEIGHT)


@checked
def alert_panel(alert: Alert, group: RuleGroup, *, title: str = "", no_value: str = "") -> Panel:
    """Return the panel of an alert: its expression without the comparison, and its level.

    A state is a state timeline, in words; anything else a time series, in the level's color from the level on.

    Args:
        alert: of the group.
        group: its group.
        title: by default the signal's; severity and level are added. The panel's id is made from the alert's name.
        no_value: what it says where nothing is there that the alert could be about.
    """
    level = alert.level(group.thresholds)
    signal = alert.signal.base
    held = (
        ""
        if level is None or level.direction == "equals"
        else f" {level.direction} {readable(level.value, signal.unit)}"
    )
    title = f"{title or signal.title} ({alert.severity}{held})"
    no_value = no_value or _nothing(alert)
    description = _description(alert, group)
    if _is_state(alert):
        panel = state_timeline(
            signal, title, description=description, mappings=_states(alert, group, no_value), key=alert.name
        )
    else:
        counts = signal.unit == "short"
        panel = timeseries(
            signal,
            title,
            description=description,
            thresholds=ThresholdSet("alert", [level]) if level is not None else NO_THRESHOLDS,
            decimals=0 if counts else 1 if signal.unit == "percent" and signal.decimals is None else None,
            no_value=no_value,
            key=alert.name,
        )
        panel = _with_level(panel, level, signal, counts=counts)
    target = AlertTarget(legend=signal.legend, ref_id="A", signal=signal, alert=alert, group=group)
    return attrs.evolve(panel, targets=[target])


def _with_level(panel: Panel, level: Level | None, signal: Signal, *, counts: bool) -> Panel:
    """Return a panel whose axis reaches to the level, and whose series are in its color from there on."""
    reaches = level.value if level is not None and level.direction == "above" else 0.0
    reaches = max(reaches, _LEAST_COUNTS if counts else 0.0)
    steps = None
    if level is not None and level.direction == "above" and counts:
        steps = (ColorStep(signal.color, None), ColorStep(level.color, level.value + _ABOVE))
    return attrs.evolve(
        panel,
        fields={**panel.fields, "color": {"mode": "thresholds"}},
        custom={**panel.custom, "axisSoftMax": math.ceil(reaches) or None, "gradientMode": "scheme"},
        thresholds=steps,
    )


@checked
def alert_texts(
    groups: Iterable[RuleGroup], *, dashboard: str, meaning: str, panel: str, runbook: str
) -> list[Override]:
    """Return what a table says in columns that hold the name of an alert: Prometheus' series carry no annotations.

    Args:
        groups: of the alerts.
        dashboard: uid of the dashboard that has their panels, made by `alert_row`.
        meaning: title of the column that shows the alert's summary.
        panel: of the column that shows the id of its panel, for links.
        runbook: of the column that shows its runbook's page and heading, for `runbook_link`.
    """
    alerts = [(alert, group) for group in groups for alert in alerts_of(group)]
    columns = {
        meaning: {alert.name: _filled(alert.summary, alert, group) for alert, group in alerts},
        panel: {alert.name: str(panel_id(dashboard, alert.name)) for alert, _ in alerts},
        runbook: {
            alert.name: f"{alert.runbook or alert.signal.runbook}.md#{alert.name.lower()}" for alert, _ in alerts
        },
    }
    return [
        override(name=title, mappings=[value_mapping({name: (text, "") for name, text in texts.items()})])
        for title, texts in columns.items()
    ]


def _is_state(alert: Alert) -> bool:
    return bool(alert.signal.base.states) or alert.condition.kind == "absence"


def _states(alert: Alert, group: RuleGroup, no_value: str) -> Mappings:
    """Return what a state timeline calls the values of an alert's panel."""
    nothing = value_mapping({_NOTHING: (no_value, NO_VALUE_COLOR)})
    color = severity_color(alert.severity)
    level = alert.level(group.thresholds)
    if level is None:
        there = value_mapping({_THERE: ("There", "green")})
        return [nothing, there, range_mapping(0, _LARGEST, "Gone", color)]
    texts: dict[object, tuple[str, str]] = {each.value: (each.text, each.color) for each in alert.signal.base.states}
    if level.name not in SEVERITIES:  # a state that is bad under conditions only has a name of its own: stalled, lost
        texts[int(level.value)] = (level.name.capitalize(), color)
    return [nothing, value_mapping({**texts, _THERE: ("No alert", NO_VALUE_COLOR)})]


def _nothing(alert: Alert) -> str:
    """Return what it means that an alert's panel has no series."""
    signal = alert.signal.base
    absent = "Nothing is there that this alert could be about." if signal.population else signal.absent
    if _is_state(alert):
        return absent or "Nothing is there that this alert could be about."
    parts = []
    for before, keyword, between in (("unless", "and", " and "), ("while", "unless", " or ")):
        names = [guarded.guard.name for guarded in alert.signal.guards if guarded.keyword == keyword]
        if names:
            parts.append(f"{before} {between.join(names)}")
    judged = f"Nothing is judged {', and not '.join(parts)}." if parts else ""
    return f"{judged} {absent}".strip()


def _description(alert: Alert, group: RuleGroup) -> str:
    """Return what it means when an alert's panel is red, and what to do first."""
    level = alert.level(group.thresholds)
    signal = alert.signal.base
    lasting = readable_duration(promql.duration_seconds(level.for_ if level is not None else alert.condition.for_))
    if level is None:
        within = readable_duration(promql.duration_seconds(alert.condition.window))
        when = f"gone for {lasting}, and until {within} later"
    elif level.direction == "equals":
        state = next((each.text for each in signal.states if each.value == level.value), f"{level.value:g}")
        when = f"it is {state} for {lasting}"
    else:
        when = f"{level.direction} {readable(level.value, signal.unit)} for {lasting}"
    what_to_do = alert.description.partition("\n")[2]
    parts = [
        f"{_filled(alert.summary, alert, group)} {alert.name}: {alert.severity} when {when}.",
        signal.description,
        _filled(what_to_do, alert, group),
    ]
    return "\n\n".join(part for part in parts if part)


def _filled(text: str, alert: Alert, group: RuleGroup) -> str:
    """Fill in what an annotation says of the alert's level; labels, which only a series knows, stay in braces."""
    level = alert.level(group.thresholds)
    lasting = level.for_ if level is not None else alert.condition.for_
    values = {
        "for": readable_duration(promql.duration_seconds(lasting)),
        "within": readable_duration(promql.duration_seconds(alert.condition.window)),
    }
    if level is not None:
        values["threshold"] = readable(level.value, alert.signal.unit)
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


@encode.register(AlertTarget)
def _(target: AlertTarget, context: Context) -> Json:
    rendering = context.rendering
    in_scope = rendering.within({**rendering.scope, **target.group.where}, target.group.rate_interval)
    records = rendering.records
    if id(target.alert) in records:
        from dashlib.compile.recording import is_chosen_behind  # only where panels ask recording rules

        if not is_chosen_behind(target.alert.signal, in_scope.scope, in_scope):
            records = {}
    expression = measured_expression(target.alert, target.group, in_scope, records)
    fillings = " or ".join([expression, *_fillings(target.alert, in_scope)])
    if _is_state(target.alert):
        fillings += f" or on () {_nothing_at_all(target.alert, in_scope)}"
    return encode_query(target, fillings, context)


def _fillings(alert: Alert, rendering: Rendering) -> Iterator[str]:
    """Yield what an alert's panel draws of that for which the rule's expression has no series."""
    signal = alert.signal.base
    if signal.population:
        try:
            yield f"0 * {operand(rendering.render(rendering.known(signal.population)))}"
        except MissingInProfileError:
            return  # then what serves in the signal's place has series
    elif alert.condition.kind == "absence" or (signal.states and alert.signal.guards):
        yield f"0 * {operand(signal_expression(signal, rendering, rendering.records))} + {_THERE}".replace("+ -", "- ")


def _nothing_at_all(alert: Alert, rendering: Rendering) -> str:
    signal = alert.signal.base
    match = _LABEL.search(signal.legend)
    label = rendering.label(match.group(1), rendering.known(signal.expressions)) if match else "server"
    return f'label_replace(vector({_NOTHING}), "{label}", "{NO_VALUE}", "", "")'
