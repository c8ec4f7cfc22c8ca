"""From the condition of an alert to PromQL: the signal with its guards, compared with a level or gone.

A rule fires at `alert_expression`; what a panel draws beside the level, and what Grafana compares itself, is
`measured_expression`: the same without the comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib import promql
from dashlib.compile.rendering import Recorded, grouping_labels, number_text
from dashlib.declare.alerts import Record
from dashlib.declare.signals import Guard
from dashlib.errors import DeclarationError
from dashlib.metrics.profiles import MissingInProfileError
from dashlib.promql.variables import has_variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.compile.rendering import Rendering
    from dashlib.declare.alerts import Alert, RuleGroup
    from dashlib.declare.signals import Guarded, Signal
    from dashlib.declare.thresholds import Level

_OPERATORS = {"above": ">", "below": "<", "equals": "=="}
_NEED_PARENTHESES = frozenset({"and", "or", "unless", "==", "!=", ">", "<", ">=", "<="})


def alert_expression(
    alert: Alert, group: RuleGroup, level: Level | None, rendering: Rendering, records: Mapping[int, Recorded]
) -> str:
    """Return the PromQL at whose series a rule fires.

    Args:
        alert: the rule.
        group: its group.
        level: the level that its condition names; None for an absence.
        rendering: in the scope of the group.
        records: recording rules that it may use, by the identity of what they stand for: the alert itself, a signal or
            a guard.

    Raises:
        DeclarationError: the signal works only in a dashboard, or a guard does not fit it.
    """
    condition = alert.condition
    if condition.kind == "absence":
        if id(alert) not in records:
            return measured_expression(alert, group, rendering, records)
        return _recorded_absence(alert, rendering, records)
    if level is None:
        raise DeclarationError(f"a {condition.kind} condition needs a level of a threshold set")
    comparison = f" {_OPERATORS[level.direction]} {number_text(level.value)}"
    if id(alert) in records:
        return rendering.recorded(records[id(alert)]) + comparison
    return _guarded(alert.signal, in_condition(alert, rendering), records, comparison, _grows_within(alert))


def measured_expression(alert: Alert, group: RuleGroup, rendering: Rendering, records: Mapping[int, Recorded]) -> str:
    """Return the PromQL of what an alert compares with its level, guards included.

    For an absence, which compares nothing, it is what the rule fires at. Arguments as of `alert_expression`.
    """
    condition = alert.condition
    if id(alert) in records:
        if condition.kind == "absence":  # the value is a time: of what is gone a panel draws only that it is
            return f"0 * ({_recorded_absence(alert, rendering, records)}) + 1"
        return rendering.recorded(records[id(alert)])
    rendering = in_condition(alert, rendering)
    if condition.kind != "absence":
        return _guarded(alert.signal, rendering, records, "", _grows_within(alert))
    present = signal_expression(alert.signal.base, rendering, records)
    window, step, interval = condition.window, condition.resolution, group.interval
    if id(alert.signal.base) in records:
        was_there = f"last_over_time({present}[{window}])"
    elif promql.duration_seconds(step) <= promql.duration_seconds(interval):
        was_there = f"last_over_time(({present})[{window}:{interval}])"
    else:  # what was there for less than a long step is known by short ones
        long, short = (f"last_over_time(({present})[{each}])" for each in (f"{window}:{step}", f"{step}:{interval}"))
        was_there = f"({long} or {short})"
    guards = guards_text(alert.signal, guards_held(alert.signal, rendering), rendering, records)
    return f"{was_there} unless {operand(present)}{guards}"


def _recorded_absence(alert: Alert, rendering: Rendering, records: Mapping[int, Recorded]) -> str:
    """Return the PromQL of what was last there within the window of an absence, and is gone."""
    seconds = promql.duration_seconds(alert.condition.window)
    return f"{rendering.recorded(records[id(alert)])} >= time() - {seconds:.0f}"


def signal_expression(signal: Signal, rendering: Rendering, records: Mapping[int, Recorded]) -> str:
    """Return the PromQL of a signal with all its guards, or of the recording rule that stands for it.

    Raises:
        DeclarationError: it holds a variable that only a Grafana dashboard has, and is for a rule.
    """
    return _guarded(signal, rendering, records, "", "")


def growth_expression(signal: Signal, rendering: Rendering, window: str) -> str:
    """Return the PromQL of how much the counters of a signal grew within a window, guards included.

    Raises:
        DeclarationError: the signal is not a counter, nor the rate or increase of one.
    """
    return _guarded(signal, rendering, {}, "", window)


def _grows_within(alert: Alert) -> str:
    """Return over which time the growth of an alert's signal is counted; empty where its value is compared."""
    return alert.condition.window if alert.condition.kind == "change" else ""


def in_condition(alert: Alert, rendering: Rendering) -> Rendering:
    """Return the rendering in which a guard, too, looks back over the window of a change."""
    if alert.condition.kind != "change":
        return rendering
    return rendering.within(rendering.scope, alert.condition.window)


def _guarded(
    signal: Signal, rendering: Rendering, records: Mapping[int, Recorded], comparison: str, grows_within: str
) -> str:
    # What is recorded of a signal is its value, not its growth.
    of_signal = {} if grows_within else records
    recorded = of_signal.get(id(signal))
    if recorded is not None:
        return rendering.recorded(recorded) + comparison
    recorded = of_signal.get(id(signal.base))
    held = guards_held(signal, rendering)
    inner = [guarded for guarded in held if guarded.guard.each]
    if recorded is not None and not inner:
        text = rendering.recorded(recorded)
    else:
        logical = rendering.known(signal.expressions)
        for guarded in inner:
            logical = _filter_each(logical, guarded, rendering)
        if grows_within:
            from dashlib.compile.growth import (
                growth,  # brings a parser along, and most builds have no change to measure
            )

            logical = growth(logical, grows_within, rendering.catalog)
        text = _render(signal, logical, rendering)
    guards = guards_text(signal, held, rendering, records)
    return (operand(text) + comparison if comparison or guards else text) + guards


def guard_expression(guard: Guard, rendering: Rendering, records: Mapping[int, Recorded]) -> str:
    """Return the PromQL of a guard, or of the recording rule that stands for it."""
    recorded = records.get(id(guard))
    if recorded is not None:
        return rendering.recorded(recorded)
    return _render(guard, rendering.known(guard.expressions), rendering)


def guards_held(signal: Signal, rendering: Rendering) -> tuple[Guarded, ...]:
    """Return the guards of a signal without those that an alert can do without and the profile cannot query."""
    missing = [guarded for guarded, _ in guards_missing(signal, rendering)]
    return tuple(guarded for guarded in signal.guards if guarded not in missing)


def guards_missing(signal: Signal, rendering: Rendering) -> Iterator[tuple[Guarded, str]]:
    """Yield the guards that an alert can do without and the profile cannot query, each with the reason."""
    for guarded in signal.guards:
        if guarded.guard.if_missing:
            try:
                guard_expression(guarded.guard, rendering, {})
                joined_labels(signal, guarded.guard, rendering)
            except MissingInProfileError as error:
                yield guarded, error.message


def joined_labels(signal: Signal, guard: Guard, rendering: Rendering) -> list[str]:
    """Return the exported names of the labels by which a guard is matched with a signal."""
    expressions = rendering.known(signal.expressions), rendering.known(guard.expressions)
    try:
        rendering.check_labels(guard.on, *expressions)
    except DeclarationError as error:
        raise DeclarationError(f"on of guard {guard.name!r}: {error.message}", guard.source) from None
    return rendering.join_labels(guard.on, *expressions)


def guards_text(signal: Signal, held: Sequence[Guarded], rendering: Rendering, records: Mapping[int, Recorded]) -> str:
    """Return ` and on (…) (…)` for each guard that applies to the signal's result."""
    parts = []
    for guarded in held:
        guard = guarded.guard
        if not guard.each:
            text = guard_expression(guard, rendering, records)
            parts.append(f" {guarded.keyword} on ({', '.join(joined_labels(signal, guard, rendering))}) ({text})")
    return "".join(parts)


def _filter_each(expression: str, guarded: Guarded, rendering: Rendering) -> str:
    """Apply a guard to each series of the only metric of an expression, inside its aggregation."""
    guard = guarded.guard
    selectors = promql.read(expression).selectors
    if len(selectors) != 1 or selectors[0].range is not None:
        raise DeclarationError(
            f"guard {guard.name!r} applies to each series of a signal's metric, but {expression!r} does not have "
            "exactly one metric without a range"
        )
    start, end = selectors[0].start, selectors[0].end_of_modifiers
    held = rendering.known(guard.expressions)
    text = f"{expression[start:end]} {guarded.keyword} on ({', '.join(guard.on)}) ({held})"
    alone = expression[:start].endswith("(") and expression[end:].startswith(")")
    return expression[:start] + (text if alone else f"({text})") + expression[end:]


def _render(declared: Signal | Guard, expression: str, rendering: Rendering) -> str:
    try:
        rendered = rendering.render(expression, filter_unknown=declared.drops_unknown)
    except MissingInProfileError:
        raise  # whoever leaves the rule out names it
    except DeclarationError as error:
        raise type(error)(f"{declared.name!r}: {error.message}", error.source or declared.source) from None
    # In a dashboard, Grafana fills its variables in; most rules have none to look for.
    if not rendering.rate_interval or not has_variable(expression):
        return rendered
    for token in promql.read(expression).tokens:
        if token.kind == "variable" and token.text != "$__rate_interval":  # for which the rule's interval stands
            raise DeclarationError(
                f"{declared.name!r} uses {token.text}, which exists only in Grafana dashboards: Prometheus "
                "cannot evaluate it in a rule"
            )
    return rendered


def operand(expression: str) -> str:
    """Return an expression that an operator may follow: in parentheses where it has a comparison or a set operator."""
    depth = 0
    for token in promql.read(expression).tokens:
        if token.text in "([{":
            depth += 1
        elif token.text in ")]}":
            depth -= 1
        elif depth == 0 and token.text in _NEED_PARENTHESES:
            return f"({expression})"
    return expression


def recorded_series(name: str, subject: Signal | Guard) -> Recorded:
    """Return what a recording rule of a signal or guard makes: its series' name and labels."""
    return Recorded(name, subject.on if isinstance(subject, Guard) else grouping_labels(subject.expression))


def records_of(groups: Sequence[RuleGroup]) -> dict[int, Recorded]:
    """Return the recording rules of a file, by the identity of the signal that each stands for."""
    return {
        id(rule.signal): recorded_series(rule.name, rule.signal)
        for group in groups
        for rule in group.rules
        if isinstance(rule, Record)
    }
