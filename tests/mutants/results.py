"""What came of the mutants: for the terminal, for machines, and for the page on testing."""

from __future__ import annotations

import fnmatch
import itertools
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, field, frozen

from tests.mutants import equivalence
from tests.mutants.mutations import MUTATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.mutants.mutating import Mutation
    from tests.mutants.trials import Rule, Trial, Verdict

PAGE: Final = Path(__file__).parents[2] / "docs" / "testing.md"
LIST: Final = Path(__file__).with_name("unobservable.toml")
BEGIN, END = "<!-- mutants: `make mutants-record` writes this table -->", "<!-- end of mutants -->"
#: So many of a survivor's rules are named.
_NAMED: Final = 12


def _texts(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items)


@frozen
class Listed:
    """A mutant, or some of the rules that it changes, of which nobody can observe that they are wrong.

    Attributes:
        mutant: its name.
        rules: names of rules, or patterns of them (`*`).
        reason: why nobody can.
    """

    mutant: str
    rules: tuple[str, ...] = field(converter=_texts)
    reason: str

    def covers(self, rule: Rule) -> bool:
        """Tell whether a rule is among them."""
        return any(fnmatch.fnmatchcase(str(rule), pattern) for pattern in self.rules)


def read_listed(file: Path = LIST) -> list[Listed]:
    """Return the list of what nobody can observe."""
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return [Listed(**entry) for entry in data.get("unobservable", [])]


@frozen
class Report:
    """What came of some mutants.

    Attributes:
        mutations: what was tried.
        trials: what came of each.
        listed: what nobody can observe.
        every: whether each changed rule was proven.
        broken: proofs that fail without any mutation, so that they say nothing of a mutant.
    """

    mutations: Sequence[Mutation]
    trials: Sequence[Trial]
    listed: Sequence[Listed]
    every: bool = field(kw_only=True)
    broken: tuple[Verdict, ...] = field(kw_only=True, default=())

    @property
    def killing_rules(self) -> list[Rule]:
        """The rules whose proofs found a mutant out."""
        return list(dict.fromkeys(verdict.rule for trial in self.trials for verdict in trial.killers))

    def held_against(self, declared: Sequence[Verdict]) -> Report:
        """Return the report with the proofs of the same rules by the compiler as it is."""
        return evolve(self, broken=tuple(verdict for verdict in declared if verdict.outcome != "proven"))

    @property
    def is_fine(self) -> bool:
        """Whether every mutant is found out or listed, and the list is true."""
        return not list(self.findings())

    def findings(self) -> Iterator[str]:
        """Yield what is wrong, a sentence each."""
        for verdict in self.broken:
            yield f"{verdict.rule} is not proven without any mutation ({verdict.phase}), so that it finds nothing out"
        for trial in self.trials:
            yield from self._findings(trial)
        names = {mutation.name for mutation in MUTATIONS}
        for entry in self.listed:
            if entry.mutant not in names:
                yield f"{LIST.name} names {entry.mutant!r}, and there is no such mutant"

    def _findings(self, trial: Trial) -> Iterator[str]:
        entries = [entry for entry in self.listed if entry.mutant == trial.mutant]
        if trial.fate == "crashed":
            yield f"{trial.mutant}: the program crashed, which is no proof: {trial.crash}"
        elif trial.fate == "no change" and not entries:
            yield f"{trial.mutant} changes no alert: give tests/mutants/corpus something that it changes"
        elif trial.fate == "survived" or self.every:
            left = [each for each in trial.survivors if not any(entry.covers(each.rule) for entry in entries)]
            if left:
                yield f"{trial.mutant} is not found out by the proof of {_named(left)}"
        for entry in entries:
            found_out = [verdict.rule for verdict in trial.killers if entry.covers(verdict.rule)]
            if found_out and "*" not in entry.rules:
                yield f"{trial.mutant} is found out by {found_out[0]}, and {LIST.name} says that nobody can"
            elif entry.rules and not any(entry.covers(rule) for rule in trial.changed):
                yield f"{trial.mutant} changes nothing that matches {', '.join(entry.rules)} in {LIST.name}"

    def text(self) -> str:
        """Return it for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        width = max(len(trial.mutant) for trial in self.trials)
        for trial in self.trials:
            yield f"{trial.mutant:<{width}}  {self.fate(trial):<12}  {self._details(trial)}".rstrip()
            yield from (f"{'':<{width}}  unobservable  {rule}: {reason}" for rule, reason in self._unobservable(trial))
        findings = list(self.findings())
        yield from (f"! {finding}" for finding in findings)
        counts: dict[str, int] = {}
        for trial in self.trials:
            counts[self.fate(trial)] = counts.get(self.fate(trial), 0) + 1
        yield f"{len(self.trials)} mutants: {', '.join(f'{count} {fate}' for fate, count in counts.items())}"

    def _unobservable(self, trial: Trial) -> Iterator[tuple[Rule, str]]:
        """Yield the rules of which nobody can observe that a mutant changes them, each with the reason."""
        if not self.every:
            return
        yield from ((rule, equivalence.REASON) for rule in trial.same)
        for verdict in trial.survivors:
            entries = (entry for entry in self.listed if entry.mutant == trial.mutant and entry.covers(verdict.rule))
            yield from ((verdict.rule, entry.reason) for entry in itertools.islice(entries, 1))

    def fate(self, trial: Trial) -> str:
        """Return what came of a mutant, in a word or two."""
        is_listed = any(entry.mutant == trial.mutant for entry in self.listed)
        return "unobservable" if trial.fate in ("survived", "no change") and is_listed else trial.fate

    def _details(self, trial: Trial) -> str:
        if trial.crash:
            return trial.crash.splitlines()[0]
        proven = f"{len(trial.changed)} changed, {len(trial.verdicts)} proven"
        if trial.killers:
            return f"{trial.killers[0].rule}: {trial.killers[0].phase} ({proven})"
        return proven

    def data(self) -> dict[str, Any]:
        """Return it for machines."""
        touches = {mutation.name: (mutation.target, mutation.says) for mutation in self.mutations}
        return {
            "fine": self.is_fine,
            "findings": list(self.findings()),
            "mutants": [
                {
                    "name": trial.mutant,
                    "says": touches[trial.mutant][1],
                    "touches": touches[trial.mutant][0],
                    "fate": self.fate(trial),
                    "crash": trial.crash,
                    "changed": [str(rule) for rule in trial.changed],
                    "unobservable": {str(rule): reason for rule, reason in self._unobservable(trial)},
                    "proofs": [
                        {"rule": str(verdict.rule), "outcome": verdict.outcome, "phase": verdict.phase}
                        for verdict in trial.verdicts
                    ],
                }
                for trial in self.trials
            ],
        }


def _named(verdicts: Sequence[Verdict]) -> str:
    names = [f"{each.rule}{' (untried: ' + each.phase + ')' if each.phase else ''}" for each in verdicts]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


# --- the page ----------------------------------------------------------------------------------------------------


def table(report: Report) -> str:
    """Return the table of the page on testing."""
    lines = ["| The compiler … | by a change of | is found out by |", "|---|---|---|"]
    for mutation, trial in zip(report.mutations, report.trials, strict=True):
        reasons = [entry.reason for entry in report.listed if entry.mutant == mutation.name]
        if trial.killers:
            outcome = f"`{trial.killers[0].rule.alert}`, {trial.killers[0].phase}"
        else:
            outcome = f"nobody: {' '.join(reasons)}" if reasons else f"**nothing: it {report.fate(trial)}**"
        lines.append(f"| {mutation.says} | `{mutation.touches}` | {outcome} |")
    return "\n".join(lines)


def write_page(report: Report, page: Path = PAGE) -> None:
    """Put the table of all mutants between its marks on the page."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n{table(report)}\n{END}{after}", encoding="utf-8")
