"""How often the rules of a proof are evaluated: as declared where time is what a phase is about, else seldom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from dashlib.promql import duration_seconds
from dashlib.proof.scenarios.phases import phases
from dashlib.proof.scenarios.plan import make_plan

if TYPE_CHECKING:
    from dashlib.proof.obligations import Obligation
    from tests.proof.conftest import Proving


def ticks(obligation: Obligation, proving: Proving) -> dict[str, int]:
    found = phases(make_plan(obligation, proving.exporter, "mysql"))
    return {phase.name: scenario.tick for phase in found if (scenario := next(phase.candidates, None)) is not None}


def test_a_level_is_crossed_at_each_evaluation_that_is_declared_and_other_phases_are_evaluated_seldom(
    proving: Proving,
) -> None:
    obligation = proving.alerts["LagHigh"]
    found = ticks(obligation, proving)
    assert found["just above 60"] == obligation.tick
    assert {found[name] for name in ("not above 60", "stale", "absent", "unless a snapshot runs")} == {120}


def test_a_recording_rule_that_something_looks_back_at_has_all_of_its_samples(proving: Proving) -> None:
    obligation = proving.alerts["LagHigh"]
    record = {"record": "lag", "expr": proving.expression("LagHigh")}
    for expression, tick in (("lag > 60", 120), ("max_over_time(lag[10m]) > 60", int(obligation.tick))):
        rule = {**proving.rule("LagHigh"), "expr": expression}
        assert ticks(evolve(obligation, rule=rule, records=(record,)), proving)["absent"] == tick


def test_what_looks_back_over_a_day_is_evaluated_a_hundred_times_in_it(proving: Proving) -> None:
    obligation = proving.alerts["LagHigh"]
    signal = f"last_over_time(({obligation.signal})[1d:1m])"
    assert ticks(evolve(obligation, signal=signal), proving)["absent"] == 840


@pytest.mark.parametrize("name", ["LagHigh", "Flapping", "ConnectorGone"])
def test_no_check_depends_on_whether_a_range_holds_the_sample_at_its_beginning(name: str, proving: Proving) -> None:
    """On Prometheus 2 it does, on Prometheus 3 it does not: no evaluation may be there."""
    plan = make_plan(proving.alerts[name], proving.exporter, "mysql")
    scenarios = [scenario for phase in phases(plan) if (scenario := next(phase.candidates, None)) is not None]
    beyond = [
        duration_seconds(found) % scenario.tick
        for scenario in scenarios
        for check in (*scenario.checks, *([scenario.premise] if scenario.premise else []))
        for either in re.findall(r"\[(\w+):\d+s\]|ALERTS{[^}]*}\[(\w+)\]", check.expression)
        for found in either
        if found
    ]
    assert beyond
    assert 0 not in beyond
