"""Scenarios of a signal that goes, moves, comes back or never was."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from dashlib.metrics.profiles import BY_RULES
from dashlib.promql import format_duration
from dashlib.proof.courses import ABSENT, Line
from dashlib.proof.scenarios.checks import (
    is_declared,
    lasting_checks,
    not_firing_check,
    premise_check,
    silent_check,
)
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out, silent_throughout
from dashlib.proof.scenarios.states import courses_before, gone_states
from dashlib.proof.solver import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan

#: So many evaluations at most are made of the window after which an absence ends.
_ENDS: Final = 100
#: So many of these evaluations the signal is there before: promtool's time begins at 0, and a rule that takes its
#: beginning for the time when a series was last there ends by as much too early.
_STEPS_BEFORE: Final = 5
#: Scrapes in which no worker has a connector that moves to another one.
_SCRAPES_OF_A_REBALANCE: Final = 2


def disappears(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which the signal's series go away for longer than the alert's `for`."""
    plan = plan.by_rules()
    for there, gone in gone_states(plan):
        before = {**courses_before(gone), **there.now}
        begin = beginning(plan, before)
        lasting = plan.whole(plan.obligation.lasting)
        end = begin + plan.settling(before, gone.now) + lasting + AFTER * plan.tick
        yield lay_out(
            plan,
            [(begin, before), (end - begin + plan.tick, gone.now)],
            {**there.now, **gone.now},
            premise_check(plan, is_declared(plan), begin, end),
            [silent_check(plan, "silent while it is there", 0, begin - 1), *lasting_checks(plan, begin, end)],
        )


def disappears_from_zero(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which the signal's series go away after they were 0 all the time, which is there, too."""
    for there, gone in gone_states(plan):
        before = {**courses_before(gone), **dict.fromkeys(there.now, Line(0.0))}
        begin = beginning(plan, before)
        end = begin + plan.settling(before, gone.now) + plan.whole(plan.obligation.lasting) + AFTER * plan.tick
        yield lay_out(
            plan,
            [(begin, before), (end - begin + plan.tick, gone.now)],
            {**before, **gone.now},
            premise_check(plan, is_declared(plan), begin, end),
            [],
        )


def window_passes(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios of an alert that ends when the window has passed; a long one is evaluated less often."""
    window = plan.whole(plan.obligation.window)
    tick = plan.whole(max(plan.tick, window / _ENDS))
    for there, gone in gone_states(plan):
        before = {**courses_before(gone), **there.now}
        begin = math.ceil(beginning(plan, before) / tick + _STEPS_BEFORE) * tick
        ended = begin + math.ceil(window / tick) * tick
        last = ended + AFTER * tick
        # In which step it ends is nobody's promise; one that is evaluated less often sees its beginning late, too.
        same = begin + window - max(tick, plan.coarsest_step) - (tick if tick > plan.tick else 0)
        yield lay_out(
            plan,
            [(begin, before), (last - begin + tick, gone.now)],
            {**there.now, **gone.now},
            premise_check(plan, is_declared(plan), begin, min(ended, begin + 3600)),
            [silent_check(plan, f"ends {format_duration(window)} later", ended, last, tick)],
            tick=tick,
            as_declared_for=plan.whole(same),
        )


def rebalances(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which the signal's series move to another worker, with a gap."""
    plan = plan.by_rules()
    for there, gone in gone_states(plan):
        before = {**courses_before(gone), **there.now}
        begin, gap = beginning(plan, before), max(_SCRAPES_OF_A_REBALANCE * plan.scrape, plan.tick)
        moved = {each.with_label("instance", "connect-2:9404"): course for each, course in there.now.items()}
        last = begin + gap + plan.whole(plan.obligation.lasting) * 2 + AFTER * plan.tick
        back = begin + plan.whole(gap) + plan.tick
        yield lay_out(
            plan,
            [(begin, before), (gap, gone.now), (last - begin - gap + plan.tick, {**gone.now, **moved})],
            there.now,
            premise_check(plan, is_declared(plan), begin, back),
            [
                not_firing_check(plan, "silent across a rebalance", last),
                silent_check(plan, "not pending after a rebalance", back, last),
            ],
        )


def returns(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which the signal's series come back after the alert has fired."""
    for there, gone in gone_states(plan):
        before = {**courses_before(gone), **there.now}
        begin = beginning(plan, before)
        settling = plan.settling(before, gone.now)
        end = begin + min(
            settling + plan.whole(plan.obligation.lasting) + 2 * plan.tick, plan.whole(plan.obligation.window)
        )
        back = end + 2 * plan.tick
        last = back + AFTER * plan.tick
        yield lay_out(
            plan,
            [(begin, before), (end - begin, gone.now), (last - end + plan.tick, {**gone.now, **there.now})],
            there.now,
            premise_check(plan, is_declared(plan), begin, end),
            [silent_check(plan, "resolved when it is back", back, last)],
        )


def never_there(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which the signal never had a series."""
    for _, gone in gone_states(plan):
        without = State(gone.now, {**gone.past, **dict.fromkeys(plan.own, ABSENT)})
        yield silent_throughout(plan, without, "", "silent when it was never there")


def moves(plan: Plan) -> bool:
    """Tell whether the signal's series come from workers, between which connectors move."""
    families = {series.metric.family for series in plan.own if series.metric is not None}
    return bool(families & BY_RULES)
