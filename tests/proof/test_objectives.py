"""The proof of objectives: it holds for what is compiled, and finds out what is compiled wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.proof.objectives import CompiledGroup, burns_of, parts_of, plainly_wrong
from dashlib.proof.obligations import exporter_of, obligations
from dashlib.proof.prover import prove
from tests.promtool import needed_promtool
from tests.proof.conftest import Proving

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashlib.proof.objectives import BurnRules

CONFIGURATION = """
[tool.dashlib]
declarations = ["alerts"]

[tool.dashlib.catalog.requests]
type = "counter"
unit = "count"
labels = ["instance", "code"]
help = "Requests."
"""
DECLARATIONS = """
from dashlib import Level, Objective, RuleGroup, Signal, ThresholdSet

DELAY = Signal(
    "delay",
    "Delay",
    expression='max by (job, plugin, server) (MilliSecondsBehindSource{context="streaming"})',
    unit="s",
    description="Delay.",
    drops_unknown=True,
)


def events(name, series):
    expression = f"sum by (job) (increase({series}[$__rate_interval]))"
    return Signal(name, name.title(), expression=expression, unit="short", description="Events.")


objectives = RuleGroup(
    "objectives",
    file="objectives.yml",
    thresholds=ThresholdSet("delays", [Level(DELAY, "warning", above=5)]),
    rules=[
        Objective("orders fresh", good=DELAY.within("warning"), target=99.9),
        Objective("orders there", good=DELAY.within("warning"), target=99, window="7d", missing="bad"),
        Objective(
            "creates",
            good=events("creates", 'TotalNumberOfCreateEventsSeen{context="streaming"}'),
            total=events("events", 'TotalNumberOfEventsSeen{context="streaming"}'),
            target=95,
        ),
        Objective("answered", good=events("ok", 'requests{code!~"5.."}'), total=events("asked", "requests"), target=95),
    ],
)
"""


@pytest.fixture(scope="module")
def proving(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Proving:
    folder = tmp_path_factory.mktemp("objectives")
    (folder / "pyproject.toml").write_text(CONFIGURATION)
    (folder / "alerts").mkdir()
    (folder / "alerts" / "objectives.py").write_text(DECLARATIONS)
    project = load_project(folder)
    alerts = obligations(project, compile_project(project))
    return Proving({each.alert: each for each in alerts}, exporter_of(project), needed_promtool(request))


def burn(proving: Proving, name: str) -> BurnRules:
    rules = proving.alerts[name].burn
    assert rules is not None
    return rules


def changed(
    proving: Proving, name: str, change: Callable[[dict[str, Any], float], tuple[dict[str, Any], float]]
) -> Any:
    """Return the proof of an objective's alert whose compiled rules are changed; each with the pace of its group."""
    rules = burn(proving, name)
    groups = []
    for group in rules.groups:
        made = [change(dict(rule), group.interval) for rule in group.rules]
        groups.append(CompiledGroup(made[0][1], tuple(rule for rule, _ in made)))
    [proof] = prove(
        [evolve(proving.alerts[name], burn=evolve(rules, groups=tuple(groups)))], proving.exporter, proving.promtool
    )
    return proof


def test_the_windows_are_the_workbooks_also_for_another_period(proving: Proving) -> None:
    found = [(each.rate, each.long, each.short) for each in burns_of(burn(proving, "OrdersFreshBudgetBurnsFast"))]
    assert [tuple(map(round, each)) for each in found] == [(14, 3600, 300), (6, 21600, 1800), (1, 259200, 21600)]
    of_week = [(each.long, each.short) for each in burns_of(burn(proving, "OrdersThereBudgetBurnsFast"))]
    assert of_week == [(840, 70), (5040, 420), (60480, 5040)]


def test_each_evaluation_is_proven_to_be_bad_good_or_missing(proving: Proving) -> None:
    names = ["OrdersFreshIsBad", "OrdersFreshIsGood", "OrdersThereIsBad", "OrdersThereIsMissing"]
    names += [
        "CreatesAreCounted",
        "CreatesAreBad",
        "CreatesAreAllBad",
        "AnsweredAreCounted",
        "AnsweredAreBad",
        "AnsweredAreGood",
    ]
    proofs = proving.prove_all([proving.alerts[name] for name in names])
    assert [(proof.obligation.alert, proof.outcome) for proof in proofs] == [(name, "proven") for name in names]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "OrdersFreshBudgetBurnsFast", "OrdersFreshBudgetBurnsSlowly", "OrdersThereBudgetBurnsFast",
        "OrdersThereBudgetBurnsSlowly", "CreatesBudgetBurnsFast", "CreatesBudgetBurnsSlowly",
    ],
)  # fmt: skip
def test_what_is_compiled_burns_as_it_is_declared(proving: Proving, name: str) -> None:
    [proof] = proving.prove_all([proving.alerts[name]])
    assert proof.outcome == "proven", [(phase.name, phase.unmet) for phase in proof.phases if phase.unmet]


def test_a_rule_that_is_gone_or_too_slow_is_found_without_promtool(proving: Proving) -> None:
    rules = burn(proving, "OrdersFreshBudgetBurnsFast")
    assert plainly_wrong(rules) == ""
    for interval, to, wrong in (
        (30, 90, ":bad "),
        (300, 600, ":bad_5m "),
        (3600, 1800, ":bad_1h "),
        (120, 600, "_open "),
    ):
        groups = [evolve(group, interval=to) if group.interval == interval else group for group in rules.groups]
        assert f"{wrong}evaluated every {to} s" in plainly_wrong(evolve(rules, groups=tuple(groups)))
    silent = [evolve(group, rules=tuple(one for one in group.rules if "alert" not in one)) for group in rules.groups]
    assert "no rule for OrdersFreshBudgetBurnsFast" in plainly_wrong(evolve(rules, groups=tuple(silent)))
    assert plainly_wrong(evolve(rules, groups=())) == "no recording rule of its bad time"
    assert "links to" in plainly_wrong(evolve(rules, runbooks="https://elsewhere.example.com"))


@pytest.mark.parametrize(
    ("name", "pattern", "replacement"),
    [
        ("CreatesAreCounted", r"TotalNumberOfEventsSeen", "TotalNumberOfCreateEventsSeen"),
        ("CreatesAreCounted", r"increase\(", "rate("),
        ("CreatesAreBad", r"\s*- sum by[^,]*,", ","),  # all events are bad
        ("CreatesAreAllBad", r"or \S+:events$", ""),  # where none is good, nothing counts
        ("AnsweredAreBad", r'!~"5', '!~"4'),
        ("AnsweredAreGood", r"\s*- sum by[^,]*(\([^,]*)*,", ","),
    ],
)
def test_events_that_are_counted_wrong_are_found_out(
    proving: Proving, name: str, pattern: str, replacement: str
) -> None:
    alert = proving.alerts[name]
    records = [{**each, "expr": re.sub(pattern, replacement, each["expr"])} for each in alert.records]
    assert records != list(alert.records)
    [proof] = proving.prove_all([evolve(alert, records=tuple(records))])
    assert proof.outcome == "failed"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "replacement", "phase"),
    [
        (r"> 14\.4", "> 13", "not quite 14.4 times too fast"),
        (r"bad_ratio_1h / 0\.001", "bad_ratio_2h / 0.001", "14.4 times too fast"),
        ("avg_over_time", "max_over_time", "not quite 14.4 times too fast"),
        (r"0\.001$", "0.002", "14.4 times too fast"),
    ],
)
def test_wrong_arithmetic_is_found_out(proving: Proving, pattern: str, replacement: str, phase: str) -> None:
    def change(rule: dict[str, Any], interval: float) -> tuple[dict[str, Any], float]:
        return {**rule, "expr": re.sub(pattern, replacement, rule["expr"])}, interval

    proof = changed(proving, "OrdersFreshBudgetBurnsFast", change)
    assert proof.outcome == "failed"
    assert phase in {each.name for each in proof.phases if each.unmet} or pattern.endswith("$")


def test_a_part_says_for_people_what_is_made_up(proving: Proving) -> None:
    part = next(parts_of(burn(proving, "OrdersFreshBudgetBurnsFast"), "critical"))
    assert part.input == "0 % bad for 6h, then 2.2608 % bad for 40m, then 0 % bad for 9m"


def test_the_proof_knows_nothing_of_what_compiles_objectives() -> None:
    text = (Path(__file__).parents[2] / "dashlib" / "proof" / "objectives.py").read_text(encoding="utf-8")
    assert "dashlib.compile" not in text
