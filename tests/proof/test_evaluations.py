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


def times(obligation: Obligation, proving: Proving) -> dict[str, tuple[int, int]]:
    """Return the seconds between two evaluations, and between two samples, of the first candidate of each phase."""
    found = phases(make_plan(obligation, proving.exporter, "mysql"))
    firsts = {phase.name: next(phase.candidates, None) for phase in found}
    return {name: (first.tick, first.scrape) for name, first in firsts.items() if first is not None}


def ticks(obligation: Obligation, proving: Proving) -> dict[str, int]:
    return {name: tick for name, (tick, _) in times(obligation, proving).items()}


def test_a_level_is_crossed_at_each_evaluation_that_is_declared_and_other_phases_are_evaluated_seldom(
    proving: Proving,
) -> None:
    obligation = proving.alerts["LagHigh"]
    found = ticks(obligation, proving)
    assert found["just above 60"] == obligation.tick
    assert {found[name] for name in ("not above 60", "stale", "absent", "unless a snapshot runs")} == {120}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("lag > 60", (120, 30)),
        ("max_over_time(lag[10m]) > 60", (60, 60)),
        ("max_over_time(lag[2m]) > 60", (30, 30)),  # of which two samples would be left
        ("max_over_time((lag > 1)[10m:30s]) > 60", (60, 60)),
        ("deriv((lag > 1)[10m:30s]) > 60", (30, 30)),  # which would find each sample twice
    ],
)
def test_a_recording_rule_that_something_looks_back_at_has_all_of_its_samples(
    expression: str, expected: tuple[int, int], proving: Proving
) -> None:
    obligation = proving.alerts["LagHigh"]
    record = {"record": "lag", "expr": proving.expression("LagHigh")}
    rule = {**proving.rule("LagHigh"), "expr": expression}
    assert times(evolve(obligation, rule=rule, records=(record,)), proving)["absent"] == expected


def test_what_looks_back_over_a_day_is_evaluated_a_hundred_times_in_it(proving: Proving) -> None:
    obligation = proving.alerts["LagHigh"]
    signal = f"last_over_time(({obligation.signal})[1d:1m])"
    assert ticks(evolve(obligation, signal=signal), proving)["absent"] == 840


@pytest.mark.parametrize("name", ["LagHigh", "Flapping", "ConnectorGone"])
def test_no_check_depends_on_whether_a_range_holds_the_sample_at_its_beginning(name: str, proving: Proving) -> None:
    """On Prometheus 2 it does, on Prometheus 3 it does not: no evaluation may be there."""
    obligation = proving.alerts[name]
    own = obligation.composed.expression if obligation.composed is not None else ""
    scenarios = [
        scenario
        for phase in phases(make_plan(obligation, proving.exporter, "mysql"))
        if (scenario := next(phase.candidates, None)) is not None
    ]
    beyond = [
        duration_seconds(found) % scenario.tick
        for scenario in scenarios
        for check in (*scenario.checks, *([scenario.premise] if scenario.premise else []))
        for either in re.findall(r"\[(\w+):\d+s\]|ALERTS{[^}]*}\[(\w+)\]", check.expression.replace(own, "own"))
        for found in either
        if found
    ]
    assert beyond
    assert 0 not in beyond
