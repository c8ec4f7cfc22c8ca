"""The proof of alerts: promtool tries one candidate of each phase after the other until its premise holds."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal

from attrs import define, field, frozen

from dashlib import promql_tree
from dashlib.promql import PromQLError
from dashlib.proof.invention import NoSeriesError, plugins_of
from dashlib.proof.promtool import TestFile, run_tests
from dashlib.proof.scenarios import Phase, fires_only, make_plan, phases, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dashlib.lint.metric_names import MetricNames
    from dashlib.proof.obligations import Obligation
    from dashlib.proof.scenarios import About, Check, Plan, Scenario

PREMISE = 0
#: How many candidates of a phase are tried, at most.
MOST_CANDIDATES = 90
_AT_ONCE = 3
#: The connector's kind where nothing says which: where no metric is Debezium's.
_ANY_PLUGIN = "mysql"


@frozen
class Unmet:
    """A check that did not hold.

    Attributes:
        check: what was expected, and when.
        got: what promtool said instead.
        input: what the series did.
    """

    check: Check
    got: str
    input: str


@frozen
class PhaseProof:
    """What came of a phase.

    Attributes:
        name: what it is about.
        about: as of the phase.
        says: what its checks mean.
        unmet: what did not hold.
        reason: why it could not be tried; empty where it was.
    """

    name: str
    about: About
    says: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    reason: str = ""

    @property
    def outcome(self) -> Literal["proven", "failed", "untried"]:
        """Whether it holds."""
        return "untried" if self.reason else "failed" if self.unmet else "proven"


@frozen(eq=False)
class Proof:
    """What came of the proof of an alert.

    Attributes:
        obligation: the alert.
        phases: each part.
    """

    obligation: Obligation
    phases: tuple[PhaseProof, ...]

    @property
    def outcome(self) -> Literal["proven", "failed", "untried"]:
        """Whether all of it holds; a failure says more than what could not be tried."""
        outcomes = {phase.outcome for phase in self.phases}
        return "failed" if "failed" in outcomes else "untried" if "untried" in outcomes else "proven"


@define(eq=False)
class _Trial:
    """A phase that is being tried."""

    phase: Phase
    reasons: dict[str, None]
    scenarios: list[Scenario] = field(factory=list)
    tried: int = 0
    proof: PhaseProof | None = None

    def advance(self) -> None:
        """Take the next candidates, or give up: one at first, which mostly does it, and then some at a time."""
        count = min(1 if not self.tried else _AT_ONCE, MOST_CANDIDATES - self.tried)
        self.scenarios = list(itertools.islice(self.phase.candidates, count))
        if not self.scenarios:
            self.proof = PhaseProof(self.phase.name, self.phase.about, reason=self._reason())
        self.tried += len(self.scenarios)

    def _reason(self) -> str:
        if self.tried:
            return f"none of {self.tried} inputs that were tried does it"
        return "; ".join(self.reasons) or "the expression has no solution in the search"

    def judge(self, answers: Sequence[Mapping[int, str]]) -> None:
        """Take in what promtool said to each of the candidates: the first whose premise holds decides."""
        for scenario, unmet in zip(self.scenarios, answers, strict=True):
            if PREMISE not in unmet:
                self.scenarios = []
                self.proof = PhaseProof(
                    self.phase.name,
                    self.phase.about,
                    tuple(check.says for check in scenario.checks),
                    tuple(
                        Unmet(scenario.checks[order - 1], got, scenario.input) for order, got in sorted(unmet.items())
                    ),
                )
                return
        self.advance()


@define(eq=False)
class _Case:
    """An alert that is being proven."""

    obligation: Obligation
    reason: str = ""
    trials: list[_Trial] = field(factory=list)

    @property
    def is_open(self) -> bool:
        return any(trial.scenarios for trial in self.trials)

    def files(self) -> dict[int, TestFile]:
        """Return the tests of what is being tried, by the seconds between two evaluations."""
        # No proof looks at the texts of an alert.
        rule = {key: value for key, value in self.obligation.rule.items() if key != "annotations"}
        rules = (*self.obligation.records, rule)
        tests: dict[int, list[dict[str, Any]]] = {}
        for trial in self.trials:
            for scenario in trial.scenarios:
                tests.setdefault(scenario.tick, []).append(scenario.test())
        return {tick: TestFile(rules, tick, of_tick) for tick, of_tick in tests.items()}

    def judge(self, answers: Mapping[int, Mapping[tuple[int, int], str]]) -> None:
        """Take in what promtool said to the tests, by the seconds between two evaluations."""
        order = dict.fromkeys(answers, 0)
        for trial in [trial for trial in self.trials if trial.scenarios]:
            of_trial = []
            for scenario in trial.scenarios:
                number = order[scenario.tick]
                order[scenario.tick] += 1
                unmet = answers[scenario.tick]
                of_trial.append({check: got for (test, check), got in unmet.items() if test == number})
            trial.judge(of_trial)

    def proof(self) -> Proof:
        if self.reason:
            return Proof(self.obligation, (PhaseProof("its series", "condition", reason=self.reason),))
        return Proof(self.obligation, tuple(trial.proof for trial in self.trials if trial.proof))


def prove(
    obligations: Sequence[Obligation],
    names: MetricNames,
    promtool: str,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Proof]:
    """Return the proof of each alert.

    Args:
        obligations: the alerts.
        names: the metrics that there are, as their profile spells them.
        promtool: path of the program.
        progress: is called with the number of phases that are done, and of all.

    Raises:
        OtherSideError: promtool failed.
    """
    cases = [_begin(obligation, names) for obligation in obligations]
    total = sum(len(case.trials) for case in cases)
    while still_open := [case for case in cases if case.is_open]:
        files = [(case, tick, file) for case in still_open for tick, file in case.files().items()]
        answers: dict[int, dict[int, Mapping[tuple[int, int], str]]] = {}
        for (case, tick, _), unmet in zip(files, run_tests(promtool, [file for *_, file in files]), strict=True):
            answers.setdefault(id(case), {})[tick] = unmet
        for case in still_open:
            case.judge(answers[id(case)])
        progress(sum(trial.proof is not None for case in cases for trial in case.trials), total)
    return [case.proof() for case in cases]


def _begin(obligation: Obligation, names: MetricNames) -> _Case:
    case = _Case(obligation)
    try:
        roots = [promql_tree.tree(text) for text in (obligation.signal, *(one.expression for one in obligation.guards))]
        (plugin, _), *others = plugins_of(names, roots) or [(_ANY_PLUGIN, True)]
        plan = make_plan(obligation, names, plugin)
        case.trials = [_Trial(phase, plan.solver.reasons) for phase in phases(plan)]
        case.trials.extend(_on_other_kinds(plan, names, [plugin for plugin, has_all in others if has_all]))
    except (NoSeriesError, PromQLError, ValueError) as error:
        case.reason = str(error)
        return case
    for trial in case.trials:
        trial.advance()
    return case


def _on_other_kinds(plan: Plan, names: MetricNames, plugins: Sequence[str]) -> Iterator[_Trial]:
    """Yield the first phase again for connectors whose series have other labels: by task, or by database."""
    seen = {shape(plan)}
    for plugin in plugins:
        other = make_plan(plan.obligation, names, plugin)
        if shape(other) not in seen:
            seen.add(shape(other))
            first = phases(other)[0]
            yield _Trial(Phase(f"on {plugin}", fires_only(first.candidates), "connector"), other.solver.reasons)
