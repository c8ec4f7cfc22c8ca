"""The proof of alerts: promtool tries one candidate of each phase after the other until its premise holds."""

from __future__ import annotations

import concurrent.futures
import functools
import itertools
import re
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from attrs import define, evolve, field, frozen

from dashlib import promql
from dashlib.promql import PromQLError
from dashlib.proof.invention import NoSeriesError, plugins_of
from dashlib.proof.objectives import in_files, parts_of, plainly_wrong
from dashlib.proof.obligations import exporter_of, obligations
from dashlib.proof.promtool import DECLARED_ALERT, ERROR, MANAGED_ALERT, PREMISE, TestFile, run_tests
from dashlib.proof.scenarios.checks import OF_GRAFANA
from dashlib.proof.scenarios.model import Check, Phase
from dashlib.proof.scenarios.phases import OF_ANOTHER, WHATEVER, elsewhere_too, phases, spelled_otherwise, without_label
from dashlib.proof.scenarios.plan import make_plan, shape, spellings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document
    from dashlib.proof.exporter import Exporter
    from dashlib.proof.objectives import Part
    from dashlib.proof.obligations import Obligation
    from dashlib.proof.scenarios.model import About, Scenario
    from dashlib.proof.scenarios.plan import Plan

#: How many candidates of a phase are tried, at most.
MOST_CANDIDATES = 90
_AT_ONCE = 3
#: The connector's kind where nothing says which: where no metric is Debezium's.
_ANY_PLUGIN = "mysql"
#: How many alerts are proven at the same time, of the first ones fewer, so that somebody who waits sees something; and
#: how many phases of one where the first failure is enough.
_FIRST, _TOGETHER = 1, 16
#: So many portions of them are proven side by side: while promtool is asked of one, the next is searched for inputs.
_PORTIONS = 2
_IN_TURN = 3
_ALL = 1000
#: A value that every way of telling one tells otherwise.
_MANY: Final = 1234.5
_NUMBER: Final = re.compile(r"-?\d[\d.]*")
#: What is asked of a candidate: all of it, of compiled rules or of one expression; what the texts say; its premise
#: alone, or what is declared, which need no compiled rule.
_Asked: TypeAlias = Literal["rules", "expression", "texts", "premise", "declared"]
#: Tests that go into one file: by the seconds between two evaluations, and by what is asked.
_Key: TypeAlias = "tuple[int, _Asked]"


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
    """A phase that is being tried.

    Attributes:
        phase: the phase.
        reasons: why none of its states was found, as the search notes them.
        scenarios: the candidates that are asked next.
        tried: how many candidates there were.
        is_found: the premise of the next one holds.
        doubt: what promtool said of the next one, of which something could not be evaluated: if that is what is
            declared, it says nothing.
        proof: what came of the phase, once that is known.
    """

    phase: Phase
    reasons: dict[str, None]
    scenarios: list[Scenario] = field(factory=list)
    tried: int = 0
    is_found: bool = False
    doubt: Mapping[int, str] | None = None
    proof: PhaseProof | None = None

    @property
    def is_of_grafana(self) -> bool:
        """Whether the Grafana-managed rule is asked, too.

        Both are made by one compiler. What the rule of Grafana's may have got wrong alone is what is recorded for the
        other: its guards and how they are joined, its scope, its level.
        """
        return not self.phase.is_extra or kind_of(self.phase.name) in (WHATEVER, OF_ANOTHER)

    def asked(self, scenario: Scenario) -> _Asked:
        """Return what is asked of a candidate: where the first did not do it, most do not; all is asked of one only."""
        if self.doubt is not None:
            return "declared"
        if self.phase.texts:
            return "texts"
        if self.tried > 1 and not self.is_found:
            return "premise"
        return "rules" if scenario.is_by_rules else "expression"

    def test(self, scenario: Scenario) -> dict[str, Any]:
        """Return a candidate as a test of promtool."""
        checks = {"premise": (), "declared": scenario.declared}.get(self.asked(scenario), scenario.checks)
        return scenario.test(checks)

    @property
    def is_open(self) -> bool:
        """Whether it can be asked: its next candidates are searched for only now, as somebody may not want to know."""
        if self.proof is None and not self.scenarios:
            self._advance()
        return self.proof is None

    def _advance(self) -> None:
        """Take the next candidates, or give up: one at first, which mostly does it, and then some at a time."""
        count = min(1 if not self.tried else _AT_ONCE, MOST_CANDIDATES - self.tried)
        self.scenarios = list(itertools.islice(self.phase.candidates, count))
        if not self.is_of_grafana:
            self.scenarios = [evolve(each, checks=_without_grafana(each.checks)) for each in self.scenarios]
        if not self.scenarios:
            self.proof = PhaseProof(self.phase.name, self.phase.about, reason=self._reason())
        self.tried += len(self.scenarios)

    def _reason(self) -> str:
        if self.tried:
            return f"none of {self.tried} inputs that were tried does it"
        return "; ".join(self.reasons) or "the expression has no solution in the search"

    def judge(self, answers: Sequence[Mapping[int, str]]) -> None:
        """Take in what promtool said to each of the candidates: the first whose premise holds decides.

        Nothing is asked of input for which what is declared cannot be evaluated.
        """
        candidates, self.scenarios = self.scenarios, []
        for scenario, unmet in zip(candidates, answers, strict=True):
            asked, is_broken = self.asked(scenario), any(got.startswith(ERROR) for got in unmet.values())
            if asked == "declared":
                doubt, self.doubt = self.doubt, None
                if is_broken:
                    continue
                self.proof = self._proof(scenario, doubt or {})
            elif PREMISE in unmet:
                continue
            elif asked == "premise":
                self.scenarios, self.is_found = [scenario], True
            elif is_broken:
                self.scenarios, self.doubt = [scenario], unmet
            else:
                self.proof = self._proof(scenario, unmet)
            return
        self.is_found = False

    def _proof(self, scenario: Scenario, unmet: Mapping[int, str]) -> PhaseProof:
        return PhaseProof(
            self.phase.name,
            self.phase.about,
            tuple(dict.fromkeys(check.says for check in scenario.checks)),
            tuple(Unmet(scenario.checks[order - 1], got, scenario.input) for order, got in sorted(unmet.items())),
        )


@define(eq=False)
class _Case:
    """An alert that is being proven.

    Attributes:
        obligation: the alert.
        reason: why nothing of it can be tried; empty where it can.
        trials: its phases, in order.
        is_given_up: nothing more of it is tried.
    """

    obligation: Obligation
    reason: str = ""
    trials: list[_Trial] = field(factory=list)
    is_given_up: bool = False

    @property
    def is_plainly_wrong(self) -> bool:
        """Whether what promtool says makes no difference."""
        obligation = self.obligation
        is_seldom = obligation.interval != obligation.tick or bool(obligation.seldom)
        return obligation.rule is None or is_seldom or self._unlike() is not None

    def asked(self, most: int, likeliest: Sequence[str] = ()) -> list[_Trial]:
        """Return the trials that are asked next: the likeliest alone, and where none of those is open, so many."""
        if self.is_given_up:
            return []
        for likely in likeliest:
            for trial in self.trials:
                if likely in (trial.phase.name, kind_of(trial.phase.name)) and trial.is_open:
                    return [trial]
        return list(itertools.islice((trial for trial in self.trials if trial.is_open), most))

    def files(self, trials: Sequence[_Trial]) -> dict[_Key, TestFile]:
        """Return the tests of what is being tried."""
        tests: dict[_Key, list[dict[str, Any]]] = {}
        for trial in trials:
            for scenario in trial.scenarios:
                tests.setdefault(_key(trial, scenario), []).append(trial.test(scenario))
        return {key: self._file(key, of_all) for key, of_all in tests.items()}

    def _file(self, key: _Key, tests: Sequence[Mapping[str, Any]]) -> TestFile:
        tick, asked = key
        return TestFile(self._rules(asked), tick, tests)

    def _rules(self, asked: _Asked) -> Sequence[Mapping[str, Any]]:
        """Return the rules that are evaluated: what is declared is asked for where it is checked.

        The labels of the compiled rule are compared as they stand (`_unlike`); to expand them costs promtool a fifth
        of its time.
        """
        composed = self.obligation.composed
        if asked == "texts":
            return self._texts()
        if asked == "expression" and composed is not None:
            return composed.records
        if asked == "rules":
            return [*self.obligation.records, {**(self.obligation.rule or {}), "annotations": {}, "labels": {}}]
        return []

    def _texts(self) -> list[Mapping[str, Any]]:
        """Return rules with the texts as labels, of the compiled alerts and of the declared one."""
        obligation = self.obligation
        rules = {obligation.alert: obligation.rule or {}}
        if obligation.managed is not None and obligation.managed.rule is not None:
            rules[MANAGED_ALERT] = obligation.managed.rule
        # What a text says can be asked for only where it is a label.
        asked = {name: (rule["expr"], _text_of(rule)) for name, rule in rules.items()}
        asked[DECLARED_ALERT] = obligation.reference, obligation.text
        # A state has no other value than its own; whatever else may be as many as promtool cannot look back at.
        values = ("({})",) if obligation.kind == "state" else ("({})", f"{_MANY} * ({{}}) ^ 0")
        return [
            *obligation.records,
            *(
                {"alert": name, "expr": value.format(expression), "labels": {"text": text}}
                for value in values
                for name, (expression, text) in asked.items()
            ),
        ]

    def judge(self, trials: Sequence[_Trial], answers: Mapping[_Key, Mapping[tuple[int, int], str]]) -> None:
        """Take in what promtool said to the tests of some trials."""
        order = dict.fromkeys(answers, 0)
        for trial in trials:
            of_trial = []
            for scenario in trial.scenarios:
                key = _key(trial, scenario)
                number = order[key]
                order[key] += 1
                of_trial.append({check: got for (test, check), got in answers[key].items() if test == number})
            trial.judge(of_trial)

    @property
    def has_failed(self) -> bool:
        return any(trial.proof is not None and trial.proof.outcome == "failed" for trial in self.trials)

    def _otherwise(self, says: str, expected: float, got: str) -> Proof:
        """Return the proof of a rule that is plainly not what is declared."""
        unmet = Unmet(Check(says, self.obligation.alert, 0, expected), got, "")
        return Proof(self.obligation, (PhaseProof("compiled", "condition", unmet=(unmet,)),))

    def _unlike(self) -> Proof | None:
        """Return the proof of rules that differ from what is declared in what promtool does not look at."""
        obligation = self.obligation
        wanted = {"runbook_url": {obligation.runbook}, "dashboard_url": set(obligation.panels) or {""}}
        managed = obligation.managed.rule if obligation.managed is not None else None
        for rule, where in ((obligation.rule, ""), (managed, "in Grafana: ")):
            said, labels = ((rule or {}).get(each, {}) for each in ("annotations", "labels"))
            for name, links in wanted.items():
                if rule is not None and said.get(name, "") not in links:
                    expected = " or ".join(each or "none" for each in sorted(links))
                    return self._otherwise(f"{name} is {expected}", 1.0, said.get(name, "none"))
            for name in dict.fromkeys((*obligation.labels, *labels)) if rule is not None else ():
                declared, compiled = (each.get(name, "none") for each in (obligation.labels, labels))
                if declared != compiled:
                    return self._otherwise(f"{where}label {name} is {declared}", 1.0, compiled)
        if obligation.unlike is not None:
            says, got = obligation.unlike
            return self._otherwise(f"in Grafana: {says}", 1.0, got)
        return None

    def proof(self) -> Proof:
        obligation = self.obligation
        if obligation.rule is None:
            return self._otherwise("a rule for it", 1.0, "another number of rules than is declared")
        if obligation.interval != obligation.tick:  # promtool does not look at it
            return self._otherwise("evaluated as often as declared", obligation.tick, f"{obligation.interval:g}")
        if obligation.seldom:
            says = f"{', '.join(obligation.seldom)} evaluated as often as the alert, or as declared"
            return self._otherwise(says, 1.0, "less often")
        if unlike := self._unlike():
            return unlike
        if self.reason:
            return Proof(self.obligation, (PhaseProof("its series", "condition", reason=self.reason),))
        tried = (trial for trial in self.trials if trial.proof is not None)
        return Proof(
            self.obligation,
            tuple(
                trial.proof
                for trial in tried
                if trial.proof is not None and not (trial.phase.is_extra and trial.proof.outcome == "untried")
            ),
        )


def _key(trial: _Trial, scenario: Scenario) -> _Key:
    return scenario.tick, trial.asked(scenario)


def _without_grafana(checks: Sequence[Check]) -> tuple[Check, ...]:
    return tuple(check for check in checks if check.says != OF_GRAFANA)


def _text_of(rule: Mapping[str, Any]) -> str:
    said = rule.get("annotations", {})
    return f"{said.get('summary', '')}\n{said.get('description', '')}"


def prove_project(
    project: Project,
    documents: Sequence[Document],
    promtool: str,
    *,
    profile: str = "",
    chosen: Callable[[Obligation], bool] = lambda _: True,
    until_failure: bool = False,
) -> list[Proof]:
    """Return the proofs of a project's alerts, whatever compiled them.

    Args:
        project: from `load_project`.
        documents: what it was compiled to.
        promtool: path of the program.
        profile: naming profile that it was compiled for; by default the configuration's.
        chosen: tells which rules are proven.
        until_failure: try nothing more of an alert of which something does not hold.

    Raises:
        RemoteError: promtool failed.
    """
    alerts = [each for each in obligations(project, documents, profile) if chosen(each)]
    return list(prove(alerts, exporter_of(project, profile), promtool, until_failure=until_failure))


def prove(
    alerts: Sequence[Obligation],
    exporter: Exporter,
    promtool: str,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    *,
    until_failure: bool = False,
    likeliest: Sequence[str] = (),
) -> Iterator[Proof]:
    """Yield the proof of each alert, in order, a few at a time: as soon as they are there, and none is kept.

    Args:
        alerts: what has to be proven.
        exporter: the metrics that there are, as it gives them.
        promtool: path of the program.
        progress: is called with the number of alerts that are proven, and of all.
        until_failure: try nothing more of an alert of which something does not hold.
        likeliest: names of phases, or kinds of them (`kind_of`), that are tried before all others, one after another.

    Raises:
        RemoteError: promtool failed.
    """
    portions = [alerts[start:end] for start, end in _portions(len(alerts))]
    prove_together = functools.partial(
        _prove_together, exporter=exporter, promtool=promtool, until_failure=until_failure, likeliest=likeliest
    )
    # The first is waited for; and whoever stops at a failure wants nothing begun before the last is judged.
    alone = len(portions) if until_failure else 1
    done = 0
    progress(done, len(alerts))
    pool = concurrent.futures.ThreadPoolExecutor(_PORTIONS)
    try:
        ways = ((map, portions[:alone]), (pool.map, portions[alone:]))
        for proven in itertools.chain.from_iterable(way(prove_together, some) for way, some in ways):
            yield from proven
            done += len(proven)
            progress(done, len(alerts))
    finally:
        pool.shutdown(cancel_futures=True)


def _prove_together(
    alerts: Sequence[Obligation],
    exporter: Exporter,
    promtool: str,
    *,
    until_failure: bool,
    likeliest: Sequence[str],
) -> list[Proof]:
    """Return the proofs of some alerts, of which each round asks promtool together."""
    most = _IN_TURN if until_failure else _ALL
    cases = [_begin(each, exporter) for each in alerts if each.burn is None]
    while still_open := [(case, asked) for case in cases if (asked := case.asked(most, likeliest))]:
        files = [(case, key, file) for case, asked in still_open for key, file in case.files(asked).items()]
        answers: dict[int, dict[_Key, Mapping[tuple[int, int], str]]] = {}
        for (case, key, _), unmet in zip(files, run_tests(promtool, [file for *_, file in files]), strict=True):
            answers.setdefault(id(case), {})[key] = unmet
        for case, asked in still_open:
            case.judge(asked, answers[id(case)])
            case.is_given_up = until_failure and case.has_failed
    proofs = (case.proof() for case in cases)
    return [
        next(proofs) if each.burn is None else _of_burn(each, promtool, likeliest, until_failure=until_failure)
        for each in alerts
    ]


def _of_burn(obligation: Obligation, promtool: str, likeliest: Sequence[str], *, until_failure: bool) -> Proof:
    """Return the proof of an objective's alert."""
    rules = obligation.burn
    assert rules is not None  # noqa: S101  # whoever asks has looked
    wrong = plainly_wrong(rules)
    if wrong:
        unmet = Unmet(Check("its rules as declared", obligation.alert, 0, 1.0), wrong, "")
        return Proof(obligation, (PhaseProof("compiled", "condition", unmet=(unmet,)),))
    parts = list(parts_of(rules, obligation.labels["severity"]))
    files = in_files(rules, parts)
    if until_failure:
        files.sort(key=lambda file: min(_rank(part.name, likeliest) for part in file[1]))
    at_once = 1 if until_failure else len(files)
    found: dict[str, PhaseProof] = {}
    for start in range(0, len(files), at_once):
        some = files[start : start + at_once]
        for (_, alike), got in zip(some, run_tests(promtool, [file for file, _ in some]), strict=True):
            found |= {part.name: _proof_of(part, number, got) for number, part in enumerate(alike)}
        if until_failure and any(phase.outcome == "failed" for phase in found.values()):
            break
    return Proof(obligation, tuple(found[part.name] for part in parts if part.name in found))


def _proof_of(part: Part, number: int, got: Mapping[tuple[int, int], str]) -> PhaseProof:
    """Return what came of a part, by its number among those that were asked together."""
    unmet = tuple(
        Unmet(part.checks[order - 1], said, part.input) for (test, order), said in sorted(got.items()) if test == number
    )
    about: About = "text" if part.texts else "condition"
    return PhaseProof(part.name, about, tuple(check.says for check in part.checks), unmet)


def _rank(name: str, likeliest: Sequence[str]) -> int:
    kind = kind_of(name)
    return likeliest.index(kind) if kind in likeliest else len(likeliest)


def kind_of(name: str) -> str:
    """Return what phases of several alerts have in common: their names without numbers, and without those of guards.

    `just above 60` of one alert is `just above 300` of another, `unless a snapshot runs` is `unless it is paused`.
    """
    begins = next((each for each in ("unless", "not when") if name.startswith(f"{each} ")), "")
    return begins or _NUMBER.sub("#", name.rpartition(", ")[2])


def _portions(count: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of what is proven together."""
    begin, size = 0, _FIRST
    while begin < count:
        end = min(begin + size, count)
        yield begin, end
        begin, size = end, min(2 * size, _TOGETHER)


def _begin(obligation: Obligation, exporter: Exporter) -> _Case:
    case = _Case(obligation)
    if case.is_plainly_wrong:
        return case
    try:
        roots = [promql.read(text).tree for text in (obligation.signal, *(one.expression for one in obligation.guards))]
        (plugin, _), *others = plugins_of(exporter, roots) or [(_ANY_PLUGIN, True)]
        plan = make_plan(obligation, exporter, plugin)
        case.trials = [_Trial(phase, plan.solver.reasons) for phase in phases(plan)]
        case.trials.extend(_on_other_kinds(plan, exporter, [plugin for plugin, has_all in others if has_all]))
        case.trials.extend(_in_other_spellings(plan, exporter, plugin))
        case.trials.extend(_without_optional_labels(plan, exporter, plugin))
        if obligation.again:
            case.trials = [each for each in case.trials if each.is_of_grafana]
    except (NoSeriesError, PromQLError, ValueError) as error:
        case.reason = str(error)
    return case


def _on_other_kinds(plan: Plan, exporter: Exporter, plugins: Sequence[str]) -> Iterator[_Trial]:
    """Yield the first phase again for connectors whose series have other labels: by task, or by database."""
    seen, before = {shape(plan)}, [plan]
    for plugin in plugins:
        other = make_plan(plan.obligation, exporter, plugin)
        if shape(other) not in seen:
            seen.add(shape(other))
            yield from (_Trial(phase, other.solver.reasons) for phase in elsewhere_too(other, before, plugin))
            before.append(other)


def _in_other_spellings(plan: Plan, exporter: Exporter, plugin: str) -> Iterator[_Trial]:
    """Yield the first phase again for an exporter that has another spelling of a metric's name."""
    for spelling in range(1, spellings_of(plan)):
        other = make_plan(plan.obligation, evolve(exporter, spelling=spelling), plugin)
        yield from (_Trial(phase, other.solver.reasons) for phase in spelled_otherwise(other, spelling))


def _without_optional_labels(plan: Plan, exporter: Exporter, plugin: str) -> Iterator[_Trial]:
    """Yield the first phase, and those of guards, again where series lack a label that not all installations set."""
    optional = dict.fromkeys(
        label
        for series in plan.own
        for label, _ in series.labels
        if series.metric is not None and exporter.is_optional(label, series.metric)
    )
    for label in optional:
        try:
            other = make_plan(plan.obligation, evolve(exporter, lacking=frozenset({label})), plugin)
        except NoSeriesError:  # the alert itself filters by it
            continue
        if shape(other) != shape(plan):
            yield from (_Trial(phase, other.solver.reasons) for phase in without_label(other, label))
