"""The tool that mutates the compiler: that its table fits the compiler and the page, and that it calls nothing killed
that nobody found out. Whether the proofs find the mutants out is what `make mutants` says.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from attrs import evolve

from dashlib.compile import conditions
from dashlib.compile.outputs import rule_yaml
from tests.mutants import results, trials
from tests.mutants.mutating import Mutation, NoSuchTargetError, resolve, with_result
from tests.mutants.mutations import MUTATIONS
from tests.mutants.results import Listed, Report
from tests.mutants.running import run_all
from tests.mutants.trials import Case, Rule, Trial, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

RULE = Rule(Case(Path("tests/mutants/corpus")), "LagHigh", "proven")
SCALE = Mutation("scale", "scales nothing", "dashlib.compile.rendering._scale_text", with_result(lambda _: ""))


def report(trial: Trial, listed: Sequence[Listed] = (), *, every: bool = False) -> Report:
    return Report([MUTATIONS[0]], [evolve(trial, mutant=MUTATIONS[0].name)], listed, every=every)


def tried(outcome: Literal["proven", "failed", "untried"]) -> Trial:
    return Trial("", (RULE,), (Verdict(RULE, outcome, "" if outcome == "proven" else "just above 60"),))


def listed(*rules: str) -> list[Listed]:
    return [Listed(MUTATIONS[0].name, rules, "It makes no difference.")]


def test_every_mutation_finds_what_it_changes_and_puts_it_back() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
    for mutation in MUTATIONS:
        owner, name = resolve(mutation.target)
        original = vars(owner)[name]
        with mutation.applied():
            assert vars(owner)[name] is not original
        assert vars(owner)[name] is original


def test_a_mutation_reaches_every_module_that_has_taken_the_function_over() -> None:
    mutation = Mutation("x", "x", "dashlib.compile.conditions.alert_expression", with_result(lambda _: "up"))
    original = conditions.alert_expression
    with mutation.applied():
        assert vars(rule_yaml)["alert_expression"] is conditions.alert_expression is not original
    assert vars(rule_yaml)["alert_expression"] is conditions.alert_expression is original


@pytest.mark.parametrize(
    "target", ["dashlib.compile.conditions.gone", "dashlib.compile.rendering.Rendering.gone", "dashlib.gone.at_all"]
)
def test_a_mutation_of_what_is_not_there_any_more_says_so(target: str) -> None:
    with (
        pytest.raises(
            NoSuchTargetError, match=f"there is no {target}: name in .*mutations.py what has taken its place"
        ),
        evolve(SCALE, target=target).applied(),
    ):
        pass


def test_a_mutant_counts_as_killed_by_a_proof_that_fails_only() -> None:
    assert tried("failed").fate == "killed"
    assert report(tried("failed")).is_fine
    assert list(report(tried("proven")).findings()) == [
        "scale-tenfold is not found out by the proof of LagHigh [corpus]"
    ]
    assert list(report(tried("untried")).findings()) == [
        "scale-tenfold is not found out by the proof of LagHigh [corpus] (untried: just above 60)"
    ]
    assert list(report(Trial("", crash="KeyError: 'x'")).findings()) == [
        "scale-tenfold: the program crashed, which is no proof: KeyError: 'x'"
    ]
    assert list(report(Trial("")).findings()) == [
        "scale-tenfold changes no alert: give tests/mutants/corpus something that it changes"
    ]


def test_a_proof_that_fails_without_the_mutant_finds_nothing_out() -> None:
    broken = report(tried("failed")).held_against([Verdict(RULE, "failed", "absent")])
    assert list(broken.findings()) == [
        "LagHigh [corpus] is not proven without any mutation (absent), so that it finds nothing out"
    ]


def test_what_nobody_can_observe_is_listed_with_its_reason_and_the_list_is_held_against_the_proofs() -> None:
    assert report(tried("proven"), listed("LagHigh*")).is_fine
    assert report(Trial(""), listed()).is_fine
    assert list(report(tried("failed"), listed("LagHigh*")).findings()) == [
        "scale-tenfold is found out by LagHigh [corpus], and unobservable.toml says that nobody can"
    ]
    assert list(report(tried("failed"), listed("Other")).findings()) == [
        "scale-tenfold changes nothing that matches Other in unobservable.toml"
    ]


def test_with_every_rule_proven_one_that_is_not_found_out_is_named_beside_those_that_are() -> None:
    other = evolve(RULE, alert="QueueFull")
    trial = Trial("", (RULE, other), (Verdict(RULE, "failed"), Verdict(other, "proven")))
    assert report(trial).is_fine
    assert list(report(trial, every=True).findings()) == [
        "scale-tenfold is not found out by the proof of QueueFull [corpus]"
    ]


def test_a_mutant_that_crashes_or_changes_nothing_is_not_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "PROJECTS", (RULE.case.folder,))

    def raising(_text: str) -> str:
        raise KeyError("x")

    crashing = evolve(SCALE, change=with_result(raising))
    trial = trials.try_mutant(crashing, every=False)
    assert (trial.fate, trial.crash) == ("crashed", "KeyError: 'x'")
    assert trials.try_mutant(evolve(SCALE, change=with_result(str)), every=False).fate == "no change"


def test_a_rule_that_a_mutant_leaves_out_is_one_that_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "PROJECTS", (RULE.case.folder,))
    monkeypatch.setattr(trials, "_proofs", lambda _case, _wanted, _killing: iter(()))
    (lost,) = [mutation for mutation in MUTATIONS if mutation.name == "rule-lost"]
    assert "QueueFull [corpus]" in {str(rule) for rule in trials.try_mutant(lost, every=True).changed}


def test_of_an_objective_only_what_a_mutant_changes_has_to_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "PROJECTS", (RULE.case.folder,))
    monkeypatch.setattr(trials, "_proofs", lambda _case, _wanted, _killing: iter(()))
    by_name = {mutation.name: mutation for mutation in MUTATIONS}

    def of_objective(name: str) -> set[str]:
        changed = trials.try_mutant(by_name[name], every=True).changed
        return {rule.alert.removeprefix("OrdersFresh") for rule in changed if rule.alert.startswith("OrdersFresh")}

    assert of_objective("burn-either") == {"BudgetBurnsFast", "BudgetBurnsSlowly"}
    assert of_objective("bad-time-inverted") == {"IsBad", "IsGood"}


def test_a_mutant_that_takes_its_process_along_is_not_killed() -> None:
    (trial,) = run_all([SCALE], lambda _: os._exit(1), lambda _done, _name: None)
    assert (trial.fate, trial.crash) == ("crashed", "its process died")


def test_the_list_names_mutants_that_there_are_with_a_reason_each() -> None:
    names = {mutation.name for mutation in MUTATIONS}
    for entry in results.read_listed():
        assert entry.mutant in names
        assert entry.reason.endswith(".")


def test_the_page_on_testing_has_the_table_of_the_mutants_as_they_are() -> None:
    page = results.PAGE.read_text()
    rows = page.split(results.BEGIN)[1].split(results.END)[0].strip().splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]
    assert [(says, touches.strip("`")) for says, touches, _ in cells] == [
        (mutation.says, mutation.touches) for mutation in MUTATIONS
    ], "the table is old: run `make mutants-record`"
    reasons = {entry.mutant: entry.reason for entry in results.read_listed()}
    for mutation, (*_, outcome) in zip(MUTATIONS, cells, strict=True):
        if outcome.startswith("nobody"):
            assert reasons[mutation.name] in outcome
