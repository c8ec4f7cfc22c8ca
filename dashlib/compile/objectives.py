"""Objectives, compiled: what is recorded of good and bad time, and the alerts on budgets that burn too fast.

Recorded is at each evaluation whether an objective's time is bad (1), good (0), or does not count (no sample). Short
averages read these samples. Long ones read sums over five minutes, and over hours, so that a month of 10,000 connectors
costs 720 samples each instead of 86,400. Each of these sums is recorded in a group of its own pace: a sample stands
for all of the time since the one before it, and none is counted twice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs

from dashlib import promql
from dashlib.compile.conditions import (
    growth_expression,
    guards_held,
    guards_text,
    measured_expression,
    operand,
    signal_expression,
)
from dashlib.compile.coverage import variants
from dashlib.compile.readable import readable, readable_duration
from dashlib.compile.recording import OUTAGE, chosen_text, series_name
from dashlib.compile.rendering import grouping_labels
from dashlib.declare.alerts import Alert, bad_time, objectives_of
from dashlib.declare.signals import Condition
from dashlib.errors import DeclarationError
from dashlib.promql import format_duration
from dashlib.promql.writing import over_lines
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.compile.declared_connectors import DeclaredConnectors
    from dashlib.compile.recording import Recording
    from dashlib.compile.rendering import Recorded, Rendering
    from dashlib.declare.alerts import RuleGroup
    from dashlib.declare.objectives import Objective
    from dashlib.declare.words import Severity

#: The longest average that reads each evaluation, and the longest that reads sums over five minutes, in seconds.
_FROM_EVALUATIONS: Final = 3600
_FROM_SUMS: Final = 86399
#: The longest average that is computed at each evaluation; longer ones change slowly.
_OFTEN: Final = 6 * 3600
#: How often long averages are computed: Prometheus sees a sample for five minutes.
_SELDOM: Final = "2m"
#: How long a connector counts as missing, where missing time is bad, in seconds.
_MISSED: Final = 86400
_OPERATORS: Final = {"above": ">", "below": "<", "equals": "=="}
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9_]+")

Rule = dict[str, Any]


@attrs.frozen(repr=False)
class ObjectiveGroup(Value):
    """Rules of the objectives of a group that are evaluated together.

    Attributes:
        name: of the compiled group.
        interval: how often they are evaluated, a duration.
        rules: each with the objective that it is of.
    """

    name: str
    interval: str
    rules: tuple[tuple[Rule, Objective], ...]


@attrs.frozen(repr=False)
class Series(Value):
    """The recorded series of an objective, by what they say.

    Attributes:
        stem: what their names begin with: `server:debezium_objective_orders_fresh`.
    """

    stem: str

    def of(self, operation: str) -> str:
        """Return the name of a series."""
        return f"{self.stem}:{operation}"

    def bad_ratio(self, seconds: float) -> str:
        """Return the name of the share of bad time over a time."""
        return self.of(f"bad_ratio_{format_duration(seconds)}")

    @property
    def budget_left(self) -> str:
        """The name of how much of the budget is left, in percent."""
        return self.of("budget_left_percent")


def series_of(objective: Objective, rendering: Rendering) -> Series:
    """Return the names of what is recorded of an objective."""
    expression = objective.signal.expression
    stem, _, _ = series_name(expression, f"objective_{objective.identifier}", "bad", rendering).rpartition(":")
    return Series(stem)


def objective_groups(
    group: RuleGroup,
    rendering: Rendering,
    connectors: DeclaredConnectors,
    recording: Recording | None,
    records: Mapping[int, Recorded],
) -> list[ObjectiveGroup]:
    """Return the recording rules of a group's objectives; the first ones are evaluated as often as the group.

    Args:
        group: the group.
        rendering: catalog and profile.
        connectors: what the configuration says of them.
        recording: what is recorded for the project; None for rules that ask exported series only.
        records: recording rules of the file.

    Raises:
        DeclarationError: an objective cannot be compiled; the message names the place.
        MissingInProfileError: the profile cannot spell its signal.
    """
    objectives = objectives_of(group)
    if not objectives:
        return []
    hour_ended = f"all:{_NOT_IN_NAMES.sub('_', group.name.lower())}_objectives:hour_ended"
    often: list[tuple[Rule, Objective]] = []
    sums: list[tuple[Rule, Objective]] = []
    hours: list[tuple[Rule, Objective]] = []
    seldom: list[tuple[Rule, Objective]] = []
    for objective in objectives:
        series = series_of(objective, rendering)
        whole = _Whole(objective, series)
        evaluated = list(_evaluated(objective, group, series, rendering, connectors, recording, records))
        often.extend((rule, objective) for rule in evaluated)
        sums.extend((_record(series.of(f"{what}_5m"), whole.over(what, 300)), objective) for what in whole.summed)
        hours.extend(
            (_record(series.of(f"{what}_1h"), f"sum_over_time({series.of(f'{what}_5m')}[1h])"), objective)
            for what in whole.summed
        )
        seldom.extend(
            (_record(series.of(f"{what}_open"), whole.since(what, hour_ended)), objective) for what in whole.summed
        )
        for seconds in dict.fromkeys(objective.averaged):
            rule = _record(series.bad_ratio(seconds), whole.average(seconds))
            (often if seconds <= _OFTEN else seldom).append((rule, objective))
        left = f"100 - 100 * {series.bad_ratio(objective.period)} / {_number(objective.budget)}"
        seldom.append((_record(series.budget_left, left), objective))
    hours.append((_record(hour_ended, "vector(time())"), objectives[-1]))
    return [
        ObjectiveGroup(group.name, group.interval, tuple(often)),
        ObjectiveGroup(f"{group.name}_5m", "5m", tuple(sums)),
        ObjectiveGroup(f"{group.name}_1h", "1h", tuple(hours)),
        ObjectiveGroup(f"{group.name}_long", _SELDOM, tuple(seldom)),
    ]


@attrs.frozen(repr=False)
class _Whole(Value):
    """Sums of bad time, and of all time that counts."""

    objective: Objective
    series: Series

    summed = ("bad", "counted")

    def over(self, what: str, seconds: float) -> str:
        """Return a sum over the evaluations of a time."""
        range_ = f"[{format_duration(seconds)}]"
        if what == "counted" and self.objective.total is None:  # each evaluation counts as one
            return f"count_over_time({self.series.of('bad')}{range_})"
        return f"sum_over_time({self.series.of('bad' if what == 'bad' else 'events')}{range_})"

    def since(self, what: str, hour_ended: str) -> str:
        """Return a sum over the hour that is not over yet: of the sums over five minutes that no hour's sum has."""
        of_sums = self.series.of(f"{what}_5m")
        ended = f"last_over_time({hour_ended}[2h] @ end())"
        return f"sum_over_time(({of_sums} unless timestamp({of_sums}) <= on () group_left () {ended})[1h:5m])"

    def average(self, seconds: int) -> str:
        """Return the share of bad time over a time."""
        if seconds <= _FROM_EVALUATIONS:
            if self.objective.total is None:
                return f"avg_over_time({self.series.of('bad')}[{format_duration(seconds)}])"
            return f"{self.over('bad', seconds)} / {self.over('counted', seconds)}"
        return " / ".join(operand(self._long(what, seconds)) for what in self.summed)

    def _long(self, what: str, seconds: int) -> str:
        range_ = f"[{format_duration(seconds)}]"
        if seconds <= _FROM_SUMS:
            return f"sum_over_time({self.series.of(f'{what}_5m')}{range_})"
        hours, since = f"sum_over_time({self.series.of(f'{what}_1h')}{range_})", self.series.of(f"{what}_open")
        return f"{hours} + {since} or {hours} or {since}"


def _evaluated(
    objective: Objective,
    group: RuleGroup,
    series: Series,
    rendering: Rendering,
    connectors: DeclaredConnectors,
    recording: Recording | None,
    records: Mapping[int, Recorded],
) -> Iterator[Rule]:
    """Yield the rules that say of each evaluation whether it is bad."""
    in_group = rendering.within(group.where, group.rate_interval)
    if objective.total is not None:
        yield from _events(objective, group, series, in_group)
        return
    alert = bad_time(objective, group)
    missing = ""
    if objective.missing == "bad":
        present = signal_expression(objective.signal.base, in_group, records)
        last_seen = series.of("last_seen")
        yield _record(last_seen, f"timestamp({present}) or last_over_time({last_seen}[{OUTAGE}]) >= time() - {_MISSED}")
        never = [each for each in guards_held(objective.signal, in_group) if each.keyword == "unless"]
        guards = guards_text(objective.signal, never, in_group, records)
        missing = f" or (0 * ({last_seen} unless {operand(present)}) + 1{guards})"
    for declared in variants(alert, group, connectors):
        variant = declared if recording is None else declared.behind(group)
        in_scope = rendering.within(variant.where, group.rate_interval)
        recorded = None if recording is None else recording.of_alert(objective, variant.where, rendering)
        asked = records if recorded is None else {**records, id(alert): recorded}
        level = variant.level
        assert level is not None  # noqa: S101  # a bad time has one
        measured = operand(measured_expression(alert, group, in_scope, asked))
        text = f"{measured} {_OPERATORS[level.direction]} bool {_number(level.value)}"
        chosen = "" if recording is None else chosen_text(alert, variant, in_scope)
        yield _record(series.of("bad"), text + chosen + missing)
        missing = ""  # of all connectors of the group at once


def _events(objective: Objective, group: RuleGroup, series: Series, rendering: Rendering) -> Iterator[Rule]:
    assert objective.total is not None  # noqa: S101  # whoever asks has looked
    kept = [set(grouping_labels(each.expression)) for each in (objective.signal, objective.total)]
    if kept[0] != kept[1]:
        raise DeclarationError(
            f"objective {objective.name!r} divides {objective.signal.name!r} by {objective.total.name!r}, whose series "
            f"have other labels: {_listed(kept[0])}, and {_listed(kept[1])}; group both by the same labels",
            objective.source,
        )
    good, total = (
        operand(growth_expression(each, rendering, group.rate_interval)) for each in (objective.signal, objective.total)
    )
    events = series.of("events")
    yield _record(events, f"{total} > 0")
    yield _record(series.of("bad"), f"clamp_min({events} - {good}, 0) or {events}")


def _listed(labels: set[str]) -> str:
    return ", ".join(sorted(labels)) or "all"


# --- alerts ------------------------------------------------------------------------------------------------------


def burn_expression(objective: Objective, severity: Severity, rendering: Rendering) -> str:
    """Return the PromQL of an alert of an objective: how many times as fast as it may the budget burns, where it does.

    Empty where its target is so low that the budget cannot burn that fast.
    """
    series, budget = series_of(objective, rendering), _number(objective.budget)

    def burns(seconds: int, rate: float) -> str:
        return f"{series.bad_ratio(seconds)} / {budget} > {_number(rate)}"

    parts = [
        f"{burns(burn.long, burn.rate)} and {burns(burn.short, burn.rate)}"
        for burn in objective.burns
        if burn.severity == severity
    ]
    return parts[0] if len(parts) == 1 else " or ".join(f"({part})" for part in parts)


def burn_alert(
    objective: Objective, severity: Severity, group: RuleGroup, rendering: Rendering, labels: Mapping[str, str]
) -> Alert:
    """Return the alert of an objective and severity, with its texts; its expression is `burn_expression`.

    Args:
        objective: of the group.
        severity: of the alert.
        group: its group.
        rendering: catalog and profile.
        labels: of its series, their exported names by their logical ones.
    """
    of_severity = [burn for burn in objective.burns if burn.severity == severity]
    shares = " or ".join(f"{burn.share} % within {readable_duration(burn.long)}" for burn in of_severity)
    who = (
        "Connector {server}"
        if "server" in labels
        else ", ".join(f"{label} {{{label}}}" for label in labels if label not in ("job", "plugin"))
    )
    series = series_of(objective, rendering)
    matchers = ",".join(f"{exported}=%q" for exported in labels.values())
    values = "".join(f" $labels.{exported}" for exported in labels.values())
    left = f"{series.budget_left}{{{matchers}}}"
    shown = _asked(left, values, 'printf "%.1f"') + " %"
    ends = _asked(f"clamp_min({left}, 0) / 100 * {objective.period} / %f", f"{values} $value", "humanizeDuration")
    description = (
        f"{who or 'It'} uses up the error budget of {objective.name!r} "
        '{{ $value | printf "%.1f" }} times as fast as it may: '
        f"{shown} is left, and at this rate that is used up in {ends}. "
        f"The objective: {_promise(objective, group)}.\n"
    )
    description += f"{objective.description}\n" if objective.description else ""
    description += (
        "Look at the signal's own alerts and panels first: what is slow or down now? While the budget is used up, put "
        "changes off that risk more of it."
    )
    return attrs.evolve(
        _any_alert(objective, group),
        name=objective.alert_name(severity),
        severity=severity,
        summary=f"The error budget of the objective {objective.name!r} burns too fast: {shares}.",
        description=description,
        runbook=objective.runbook or "objectives",
        # A budget goes on burning when the trouble has ended: it is no signal of what is slow or down now.
        labels={"objective": objective.name, "signal": f"{objective.identifier}_budget"},
    )


def _any_alert(objective: Objective, group: RuleGroup) -> Alert:
    """Return an alert that is about the signal of an objective."""
    if objective.total is None:
        return bad_time(objective, group)
    return Alert(
        objective.alert_name(objective.page),
        Condition(objective.signal, "threshold"),
        severity=objective.page,
        summary="-",
        description="-",
        source=objective.source,
    )


def _asked(expression: str, values: str, shown: str) -> str:
    """Return Prometheus' template for the answer to a query about the labels of an alert."""
    asked = f'printf "{expression}"{values} | query'
    return f"{{{{ with {asked} }}}}{{{{ . | first | value | {shown} }}}}{{{{ else }}}}?{{{{ end }}}}"


def _promise(objective: Objective, group: RuleGroup) -> str:
    within = readable_duration(objective.period)
    level = objective.level(group.thresholds)
    if level is None:
        assert objective.total is not None  # noqa: S101  # see above
        return f"{objective.target:g} % of {objective.total.title} within {within} are {objective.signal.title}"
    signal = objective.signal.base
    if level.direction == "equals":
        state = next((each.text for each in signal.states if each.value == level.value), f"{level.value:g}")
        good = f"{signal.title} is not {state}"
    else:
        good = f"{signal.title} is not {level.direction} {readable(level.value, signal.unit)}"
    return f"{objective.target:g} % of the time that counts within {within}, {good}"


def _record(name: str, expression: str) -> Rule:
    promql.read(expression).check_composed()
    return {"record": name, "expr": over_lines(expression)}


def _number(value: float) -> str:
    return f"{value:.12g}"


def check_names(groups: Sequence[RuleGroup]) -> None:
    """Refuse two objectives with one name, wherever they are: their recording rules and alerts would have it too.

    Raises:
        DeclarationError: the message names both places.
    """
    seen: dict[str, Objective] = {}
    for group in groups:
        for objective in objectives_of(group):
            other = seen.setdefault(objective.identifier, objective)
            if other is not objective:
                raise DeclarationError(
                    f"two objectives are named {objective.name!r}; the other is at {other.source}; rename one: their "
                    "recording rules and alerts are named after them",
                    objective.source,
                )
