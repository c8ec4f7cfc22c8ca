"""Panels of an objective: how much of its budget is left, how fast it burns, and how much of the time is good."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import attrs

from dashlib.compile.encoding import encode, encode_query
from dashlib.compile.objectives import series_of
from dashlib.compile.readable import readable_duration
from dashlib.compile.recording import labels_kept
from dashlib.compile.rendering import Recorded
from dashlib.declare.arguments import checked
from dashlib.declare.dashboards import Row
from dashlib.declare.panel_kinds.bar_gauge import bar_gauge
from dashlib.declare.panel_kinds.stat import stat
from dashlib.declare.panel_kinds.timeseries import timeseries
from dashlib.declare.panels import SignalTarget
from dashlib.declare.thresholds import Level, ThresholdSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.compile.encoding import Context, Json
    from dashlib.declare.objectives import Objective
    from dashlib.declare.panels import Panel
    from dashlib.declare.signals import Signal

#: So many connectors are drawn: the worst.
_WORST = 20
#: Percent of the budget from which on a person should know.
_LITTLE = 25
_HEIGHT = 8


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ObjectiveTarget(SignalTarget):
    """A query for what is recorded of an objective.

    Attributes:
        objective: the objective.
        form: PromQL in which `{}` stands for the recorded series.
        seconds: over which time bad time is averaged; 0 for the budget that is left.
    """

    objective: Objective
    form: str = "{}"
    seconds: int = 0


class _Asked(NamedTuple):
    """A query for what is recorded of an objective; see `ObjectiveTarget`."""

    form: str
    seconds: int = 0
    legend: str = ""


@checked
def objective_row(objective: Objective, *, title: str = "", collapsed: bool = False) -> Row:
    """Return a row of panels about an objective: budget left, burn rates, the share of good time, the worst.

    Args:
        objective: stands in a `RuleGroup` of the project, whose recording rules the panels ask.
        title: by default the objective's name.
        collapsed: closed until somebody opens it.
    """
    within = readable_duration(objective.period)
    left = _shown(objective, "budget_left", "percent")
    burn = _shown(objective, "burn_rate", "short")
    good = _shown(objective, "good_share", "percent")
    budget = ThresholdSet("budget", [Level(left, "warning", below=_LITTLE), Level(left, "critical", below=0)])
    # The level of each severity that is reached first.
    levels = {"critical" if each.severity == objective.page else "warning": each.rate for each in objective.burns}
    rate = ThresholdSet("burn", [Level(burn, level, above=above) for level, above in levels.items()])
    target = ThresholdSet("target", [Level(good, "critical", below=objective.target)])
    said = f"{objective.target:g} % of the time that counts within {within} must be good."
    no_value = "No time has counted yet"
    panels: list[Panel] = [
        _asking(
            objective,
            stat(
                left, "Budget Left, the Worst", thresholds=budget, decimals=1, no_value=no_value,
                description=f"{said} What is left of the rest, in the worst case; below 0 the objective is missed.",
                key=f"{objective.identifier} budget", width=4, height=_HEIGHT,
            ),
            [_Asked("bottomk(1, {})")],
        ),
        _asking(
            objective,
            bar_gauge(
                left, f"Budget Left, the Worst {_WORST}", thresholds=budget, decimals=1, no_value=no_value, minimum=0,
                maximum=100, description=f"{said} Who has the least of the rest left.",
                key=objective.alert_name(objective.ticket), width=8, height=_HEIGHT,
            ),
            [_Asked(f"bottomk({_WORST}, {{}})")],
        ),
        _asking(
            objective,
            timeseries(
                [burn] * len(objective.burns), "Burn Rate", thresholds=rate, decimals=1, no_value=no_value,
                description="How many times as fast as it may the budget burns: at 1 it lasts just as long as the "
                f"objective's {within}. Averages over several times, of the {_WORST} that burn fastest.",
                key=objective.alert_name(objective.page), width=12, height=_HEIGHT,
            ),
            [
                _Asked(
                    f"topk({_WORST}, {{}} / {objective.budget:.12g})", each.long,
                    f"{objective.signal.legend}, {readable_duration(each.long)}",
                )
                for each in objective.burns
            ],
        ),
        _asking(
            objective,
            timeseries(
                good, "Good Time", thresholds=target, decimals=2, no_value=no_value,
                description=f"{said} The share within {readable_duration(objective.averaged[2])} before, of the "
                f"{_WORST} with the least.",
                key=f"{objective.identifier} good", width=24, height=_HEIGHT,
            ),
            [_Asked(f"bottomk({_WORST}, 100 - 100 * {{}})", objective.averaged[2])],
        ),
    ]  # fmt: skip
    return Row(title or f"Objective: {objective.name}", panels, collapsed=collapsed)


def _shown(objective: Objective, name: str, unit: str) -> Signal:
    """Return what a panel shows: it has the labels of the objective's signal."""
    return attrs.evolve(
        objective.signal.base,
        name=f"{objective.identifier}_{name}",
        unit=unit,
        states=(),
        minimum=None,
        maximum=None,
        color="green",
        source=objective.source,
    )


def _asking(objective: Objective, panel: Panel, asked: Sequence[_Asked]) -> Panel:
    """Return a panel with other queries, which keep what its kind made of them."""
    targets = [
        ObjectiveTarget(
            objective=objective,
            form=each.form,
            seconds=each.seconds,
            signal=own.signal,
            ref_id=own.ref_id,
            legend=each.legend or own.legend,
            format=own.format,
            instant=own.instant,
        )
        for own, each in zip(panel.targets, asked, strict=True)
        if isinstance(own, SignalTarget)
    ]
    return attrs.evolve(panel, targets=targets)


@encode.register(ObjectiveTarget)
def _(target: ObjectiveTarget, context: Context) -> Json:
    objective = target.objective
    series = series_of(objective, context.rendering)
    name = series.bad_ratio(target.seconds) if target.seconds else series.budget_left
    labels = labels_kept(objective.signal, context.rendering)
    recorded = context.rendering.recorded(Recorded(name, labels))
    return encode_query(target, target.form.replace("{}", recorded), context)
