"""Scenarios in which an alert's texts are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from dashlib.proof.promtool import DECLARED_ALERT, MANAGED_ALERT
from dashlib.proof.scenarios.checks import (
    alerts_selector,
    back,
    is_declared,
    lasting,
    premise_check,
)
from dashlib.proof.scenarios.layout import AFTER, beginning, lay_out
from dashlib.proof.scenarios.model import Check
from dashlib.proof.scenarios.states import calm_around, courses_before, gone_states, guard_goals, solutions_for
from dashlib.proof.scenarios.values import firing_values, lines_at, told_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.proof.scenarios.model import Scenario
    from dashlib.proof.scenarios.plan import Plan


def as_declared(plan: Plan) -> Iterator[Scenario]:
    """Yield scenarios in which the compiled alert's texts are those that are declared."""
    declared, managed = (f'ALERTS{{alertname="{name}"}}' for name in (DECLARED_ALERT, MANAGED_ALERT))
    compiled = {"told as declared": alerts_selector(plan)}
    if plan.obligation.managed is not None:
        compiled["told as declared, in Grafana"] = managed
    if plan.obligation.kind == "absence":
        states = (({**courses_before(gone), **there.now}, gone.now, gone) for there, gone in gone_states(plan))
    else:
        values = [*told_values(plan.obligation), *firing_values(plan.obligation)]
        solutions = solutions_for(plan, lines_at(values), guard_goals(plan))
        states = ((calm_around(plan, state)[0], state.now, state) for _, state in solutions)
    for before, now, state in states:
        begin = beginning(plan, before)
        end = begin + plan.settling(before, now) + AFTER * plan.tick
        found = lay_out(
            plan,
            [(begin, before), (end - begin, now)],
            now,
            premise_check(plan, is_declared(plan), begin, end),
            [],
            state,
        )
        checks = []
        for says, own in compiled.items():
            otherwise = f"{own} unless on (text) {declared} or {declared} unless on (text) {own}"
            otherwise = lasting(plan, otherwise, plan.tick) if own == managed else otherwise
            asked = f"last_over_time(({otherwise})[{back(end - begin)}:{plan.tick}s])"
            checks.append(Check(says, asked, end - plan.tick))
        yield evolve(found, checks=tuple(checks))
