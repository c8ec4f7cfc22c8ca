"""The trial of a mutant: which rules it changes, and whether their own proofs say that they are wrong."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import evolve, field, frozen

from dashlib import promql
from dashlib.compile import project as projects
from dashlib.compile.loading import load_project
from dashlib.declare.grafana_rules import GrafanaRuleGroup
from dashlib.proof.obligations import exporter_of, obligations, what_is_proven
from dashlib.proof.promtool import find_promtool
from dashlib.proof.prover import kind_of, prove
from tests.mutants import equivalence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dashlib.compile.loading import Project
    from dashlib.documents.document import Document
    from dashlib.proof.obligations import Obligation
    from dashlib.proof.prover import Proof
    from tests.mutants.mutating import Mutation

ROOT: Final = Path(__file__).parents[2]
#: Projects whose alerts are tried: first that in which each mutation has something to change, then dashlib's own.
PROJECTS: Final = (Path("tests/mutants/corpus"), Path("tests/mutants/clusters"), Path())
#: So many rules are proven side by side at first; then twice as many each time.
_FIRST_BATCH, _LARGEST_BATCH = 2, 16
Fate = Literal["killed", "survived", "crashed", "no change"]
AlertKey = tuple[str, str, str]


@frozen
class Case:
    """A project that is compiled with a naming profile.

    Attributes:
        folder: of the project, relative to the repository.
        profile: name of the naming profile; empty for the project's own.
    """

    folder: Path
    profile: str = ""

    def __str__(self) -> str:
        """Return what it is called in a rule's name: nothing for dashlib's own alerts."""
        return " ".join(filter(None, (self.folder.name, self.profile)))


@frozen
class Rule:
    """A rule that a mutant changes.

    Attributes:
        case: where.
        alert: its name.
        group: name of its rule group.
        covers: which connectors it is for, where an alert has several rules.
    """

    case: Case
    alert: str
    group: str
    covers: str = ""

    def __str__(self) -> str:
        """Return its name for people and for the list of what nobody can observe."""
        where = f" [{self.case}]" if str(self.case) else ""
        return " ".join(filter(None, (self.alert, self.covers))) + where


@frozen
class Verdict:
    """What the proof of a changed rule says.

    Attributes:
        rule: which.
        outcome: of its proof.
        phase: the first part that fails, or why it could not be tried.
    """

    rule: Rule
    outcome: Literal["proven", "failed", "untried"]
    phase: str = ""


@frozen
class Trial:
    """What came of a mutant.

    Attributes:
        mutant: its name.
        changed: the rules that it changes.
        verdicts: of those whose proofs were tried.
        same: rules that it changes into others that say the same, whatever happens.
        crash: why the program crashed; empty where it did not.
    """

    mutant: str
    changed: tuple[Rule, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    same: tuple[Rule, ...] = field(default=(), kw_only=True)
    crash: str = ""

    @property
    def fate(self) -> Fate:
        """Whether a proof says that the compiler is wrong; one that crashes says nothing."""
        if self.crash:
            return "crashed"
        if not self.changed:
            return "no change"
        return "killed" if self.killers else "survived"

    @property
    def killers(self) -> tuple[Verdict, ...]:
        """The proofs that fail."""
        return tuple(verdict for verdict in self.verdicts if verdict.outcome == "failed")

    @property
    def survivors(self) -> tuple[Verdict, ...]:
        """The proofs that do not fail although the rule is wrong."""
        return tuple(verdict for verdict in self.verdicts if verdict.outcome != "failed")


@frozen
class _Compiled:
    """Alerts as they are compiled: each with its rules, and whatever else decides when they fire."""

    documents: tuple[Document, ...] = field(repr=False)
    alerts: Mapping[AlertKey, tuple[Any, ...]]


def try_mutant(mutation: Mutation, *, every: bool) -> Trial:
    """Return what comes of a mutant.

    Args:
        mutation: what the compiler does wrong.
        every: prove each changed rule, not only until the first proof fails.
    """
    bases = {case: as_it_is(case) for case in cases(mutation)}
    changed: list[Rule] = []
    verdicts: list[Verdict] = []
    alike: list[Rule] = []
    try:
        with mutation.applied():
            for case, base in bases.items():
                wanted, same_as_before = _changed(case, base, mutated := _compile(case))
                if base.alerts == mutated.alerts:  # what is wrong in both is a matter of Prometheus' rules
                    wanted = _changed_in_grafana(case)
                alike.extend(same_as_before)
                changed.extend(_rule(case, obligation) for obligation in wanted)
                if every or not any(verdict.outcome == "failed" for verdict in verdicts):
                    verdicts.extend(_prove(case, wanted, every=every, before=verdicts))
    except Exception as error:  # noqa: BLE001  # whatever a mutant raises, nobody has seen that it is wrong
        return Trial(mutation.name, tuple(changed), crash=f"{type(error).__name__}: {error}")
    return Trial(mutation.name, tuple(changed), tuple(verdicts), same=tuple(alike))


def as_it_is(case: Case) -> _Compiled:
    """Return what the compiler as it is makes of a case, and keep all that a trial holds a mutant against."""
    _times(case)
    _in_grafana(case)
    return compiled(case)


def prove_as_declared(rules: Sequence[Rule]) -> list[Verdict]:
    """Return the proofs of rules by the compiler as it is: where they fail, a mutant's proof says nothing."""
    found: list[Verdict] = []
    for case in dict.fromkeys(rule.case for rule in rules):
        wanted = [each for each in _obligations(case, _in_grafana(case).documents) if _rule(case, each) in rules]
        found.extend(_prove(case, wanted, every=True))
    return found


def cases(mutation: Mutation) -> list[Case]:
    """Return where a mutation is looked for, what shows it soonest first."""
    profiles = (*mutation.profiles, "")
    return [Case(folder, profile) for folder in PROJECTS for profile in profiles]


@functools.cache
def compiled(case: Case) -> _Compiled:
    """Return what the compiler as it is makes of a case."""
    return _compile(case)


@functools.cache
def _times(case: Case) -> list[Obligation]:
    """Return what has to be proven of the time of objectives, by the compiler as it is."""
    return [each for each in _obligations(case, compiled(case).documents) if each.serves]


@functools.cache
def _project(folder: Path) -> Project:
    return what_is_proven(load_project(ROOT / folder))


@functools.cache
def _in_grafana(case: Case) -> _Compiled:
    """Return what the compiler as it is makes of a case, Grafana-managed rules and all."""
    return _compile(case, in_grafana=True)


def _compile(case: Case, *, in_grafana: bool = False) -> _Compiled:
    project = _project(case.folder)
    if not in_grafana:  # which is refused where a mutant makes rules that are too quick for Grafana's groups
        others = tuple(each for each in project.declared if not isinstance(each.item, GrafanaRuleGroup))
        project = evolve(project, declared=others)
    documents = tuple(projects.compile_for_profile(project, case.profile).documents)
    return _Compiled(documents, dict(_alerts(documents)))


def _alerts(documents: Sequence[Document]) -> Iterator[tuple[AlertKey, tuple[Any, ...]]]:
    """Yield each alert with its rules, the recording rules that they ask, and how often they are evaluated."""
    rules = [document for document in documents if document.kind == "rules"]
    for document in rules:
        groups = document.data["groups"]
        records = [
            (rule, group["interval"])
            for each in (document, *(other for other in rules if other is not document))
            for group in each.data["groups"]
            for rule in group["rules"]
            if "record" in rule
        ]
        found: dict[AlertKey, list[Any]] = {}
        for group in groups:
            for rule in group["rules"]:
                if "alert" in rule:
                    asked = tuple(_asked(rule, records))
                    key = (str(document.path), group["name"], rule["alert"])
                    found.setdefault(key, []).append((rule, asked, group["interval"]))
        yield from ((key, tuple(rules)) for key, rules in found.items())
    for document in documents:
        if document.kind == "grafana-alerting":
            for group in document.data["groups"]:
                for rule in group["rules"]:
                    yield (str(document.path), group["name"], rule["title"]), ((rule, (), group["interval"]),)


def _asked(rule: Mapping[str, Any], records: Sequence[tuple[Any, str]]) -> Iterator[tuple[Any, str]]:
    """Yield the recording rules that an alert asks, directly, in its texts or through others, in their order."""
    texts = " ".join(rule.get("annotations", {}).values())
    told = [record for record, _ in records if f"{record['record']}{{" in texts]
    asked: set[str] = {record["record"] for record in told}
    waiting = [rule["expr"], *(record["expr"] for record in told)]
    while waiting:
        new = set(promql.read(waiting.pop()).metrics) - asked
        asked |= new
        waiting.extend(record["expr"] for record, _ in records if record["record"] in new)
    yield from (record for record in records if record[0]["record"] in asked)


def _changed(case: Case, base: _Compiled, mutated: _Compiled) -> tuple[list[Obligation | Rule], list[Rule]]:
    """Return what has to be proven of the alerts of which a mutant makes other rules, and what says the same as before.

    Of a rule that nobody proves there is its name.
    """
    alerts = [key for key, rules in base.alerts.items() if mutated.alerts.get(key) != rules]
    unchanged, alike = _as_before(case, base, mutated, alerts)
    times = {(each.group, each.alert, each.covers): _whole(each) for each in _times(case)}
    wanted: list[Obligation | Rule] = []
    same: list[Rule] = []
    asked = set()
    for each in _obligations(case, mutated.documents):
        if (each.path, each.group, each.serves or each.alert) in alerts:
            asked.add((each.group, each.alert))
            time = times.get((each.group, each.alert, each.covers))
            if each.burn is not None and _averages(each.burn.stem, base) == _averages(each.burn.stem, mutated):
                pass  # only what is bad is said otherwise: that has a proof of its own
            elif time == _whole(each) or each.rule in unchanged:
                pass  # only what is computed of it is said otherwise: likewise
            elif each.rule in alike or (time and equivalence.same(time, _whole(each), _values_of(case))):
                same.append(_rule(case, each))
            else:
                wanted.append(each)
    return [*wanted, *(Rule(case, alert, group) for _, group, alert in alerts if (group, alert) not in asked)], same


def _changed_in_grafana(case: Case) -> list[Obligation | Rule]:
    """Return what has to be proven where a mutant makes other Grafana-managed rules only."""
    mutated = _compile(case, in_grafana=True)
    base = _in_grafana(case)
    keys = [key for key, rules in base.alerts.items() if mutated.alerts.get(key) != rules]
    if not keys:
        return []
    wanted: list[Obligation | Rule] = []
    asked = set()
    for each in _obligations(case, mutated.documents):
        of = each.managed
        key = (each.path, each.group, each.alert) if of is None else (of.path, of.group, of.title)
        if key in keys:
            asked.add(key)
            wanted.append(each)
    return [*wanted, *(Rule(case, title, group) for path, group, title in keys if (path, group, title) not in asked)]


def _as_before(
    case: Case, base: _Compiled, mutated: _Compiled, alerts: Iterable[AlertKey]
) -> tuple[list[Any], list[Any]]:
    """Return the rules of some alerts that a mutant leaves as they are, and those that say the same as before."""
    unchanged, alike = [], []
    for key in alerts:
        before, after = base.alerts[key], mutated.alerts.get(key, ())
        for place, (rule, *rest) in enumerate(after):
            if (rule, *rest) in before:
                unchanged.append(rule)
            elif place < len(before) and equivalence.same(before[place], (rule, *rest), _values_of(case)):
                alike.append(rule)
    return unchanged, alike


def _whole(time: Obligation) -> tuple[Any, ...]:
    """Return what says of an objective's time what it is, as `equivalence.same` takes it."""
    often = f"{time.interval:g}s"  # as a proof evaluates all of it
    return time.rule, tuple((record, often) for record in time.records), often


def _averages(stem: str, compiled_: _Compiled) -> list[tuple[Any, ...]]:
    """Return the alerts of an objective with what is computed of the evaluations that its time calls bad."""
    return [
        (rule, interval, [asked for asked in records if _is_average(stem, asked[0]["record"])])
        for rules in compiled_.alerts.values()
        for rule, records, interval in rules
        if any(_is_average(stem, asked[0]["record"]) for asked in records)
    ]


def _is_average(stem: str, name: str) -> bool:
    """Tell whether a record is computed from what is bad and what counts: these have proofs of their own."""
    own = {f"{stem}:{each}" for each in ("bad", "events", "last_seen")}
    return name.startswith(f"{stem}:") and name not in own


def _values_of(case: Case) -> Callable[[str], equivalence.Values]:
    return functools.partial(_values, case)


@functools.cache
def _values(case: Case, name: str) -> equivalence.Values:
    """Return what an exporter's series of a name may be: of those that are 0 or 1, and of counters."""
    exporter = exporter_of(_project(case.folder), case.profile)
    metrics = [
        metric
        for metric in exporter.catalog.metrics()
        if any(_is_spelled(name, pattern) for pattern in exporter.spellings(metric))
    ]
    if not metrics or any(metric.unknown for metric in metrics):
        return equivalence.Values()
    if all(metric.unit == "bool" or metric.type == "info" for metric in metrics):
        return equivalence.Values(0, 1, whole=True)
    return equivalence.Values(0 if all(metric.type == "counter" for metric in metrics) else -math.inf)


def _is_spelled(name: str, pattern: str) -> bool:
    return re.fullmatch(r"\w+".join(map(re.escape, pattern.split("{plugin}"))), name) is not None


def _rule(case: Case, wanted: Obligation | Rule) -> Rule:
    return wanted if isinstance(wanted, Rule) else Rule(case, wanted.alert, wanted.group, wanted.covers)


def _prove(
    case: Case, wanted: Sequence[Obligation | Rule], *, every: bool, before: Sequence[Verdict] = ()
) -> Iterator[Verdict]:
    """Yield the verdicts on rules, until one of them fails unless every one is wanted.

    What has found a mutant out in rules before is asked of the others first: it mostly finds it out there, too.
    """
    yield from (Verdict(each, "untried", "nothing proves it") for each in wanted if isinstance(each, Rule))
    left = [each for each in wanted if not isinstance(each, Rule)]
    size, found = _FIRST_BATCH, [*before]
    while left:
        batch, left = left[:size], left[size:]
        size = min(2 * size, _LARGEST_BATCH)
        verdicts = [_verdict(case, proof) for proof in _proofs(case, batch, _killing(found))]
        yield from verdicts
        found += verdicts
        if not every and any(verdict.outcome == "failed" for verdict in verdicts):
            return


def _killing(verdicts: Iterable[Verdict]) -> list[str]:
    """Return the kinds of phases that found a mutant out, those first that did it most often."""
    counts = Counter(kind_of(verdict.phase) for verdict in verdicts if verdict.outcome == "failed")
    return [kind for kind, _ in counts.most_common()]


def _verdict(case: Case, proof: Proof) -> Verdict:
    by_outcome: dict[str, str] = {}
    for phase in proof.phases:
        says = f"{phase.name}: {phase.reason}" if phase.outcome == "untried" else phase.name
        by_outcome.setdefault(phase.outcome, says)
    why = "" if proof.outcome == "proven" else by_outcome.get(proof.outcome, "")
    return Verdict(_rule(case, proof.obligation), proof.outcome, why)


# --- where the prover is asked: this is all that knows its interface ---------------------------------------------


def _obligations(case: Case, documents: Sequence[Document]) -> list[Obligation]:
    return obligations(_project(case.folder), documents, case.profile)


def _proofs(case: Case, wanted: Sequence[Obligation], likeliest: Sequence[str] = ()) -> Iterator[Proof]:
    exporter = exporter_of(_project(case.folder), case.profile)
    return prove(wanted, exporter, promtool(), until_failure=True, likeliest=likeliest)


@functools.cache
def promtool() -> str:
    """Return the promtool that proves the rules."""
    return find_promtool(ROOT)
