"""How often the rules of a proof are evaluated: as declared where time is what a phase is about, else seldom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

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
