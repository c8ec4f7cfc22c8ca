"""What `dashlib test` says: each alert with what proves it, what does not hold, and how many are covered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashlib.proof.prover import PhaseProof, Proof, Unmet
    from dashlib.proof.written import ScenarioFile

Status = Literal["generated", "written", "uncovered", "failed"]
_STATUSES: Final[tuple[Status, ...]] = ("generated", "written", "uncovered", "failed")
#: So much of what a series does is shown, in characters.
_SHOWN: Final = 2000


@frozen(eq=False)
class Report:
    """What came of all proofs and scenarios.

    Attributes:
        root: the project's folder.
        proofs: of each alert rule.
        scenarios: that somebody wrote.
    """

    root: Path
    proofs: Sequence[Proof]
    scenarios: Sequence[ScenarioFile]

    def status(self, proof: Proof) -> Status:
        """Return what covers an alert: what dashlib made, or what somebody wrote where it could not."""
        if proof.outcome == "failed":
            return "failed"
        if proof.outcome == "proven":
            return "generated"
        written = any(proof.obligation.alert in file.covered for file in self.scenarios if file.holds)
        return "written" if written else "uncovered"

    @property
    def counts(self) -> dict[Status, int]:
        """How many alert rules have each status."""
        found = [self.status(proof) for proof in self.proofs]
        return {status: found.count(status) for status in _STATUSES}

    @property
    def is_fine(self) -> bool:
        """Whether every alert is covered and everything holds."""
        counts = self.counts
        return not counts["uncovered"] and not counts["failed"] and all(file.holds for file in self.scenarios)

    def text(self) -> str:
        """Return it for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        width = max((len(_name(proof)) for proof in self.proofs), default=0)
        file = ""
        for proof in self.proofs:
            if proof.obligation.declared_in != file:
                file = proof.obligation.declared_in
                yield file
            status = self.status(proof)
            yield f"  {_name(proof):<{width}}  {status:<9}  {_summary(proof)}".rstrip()
            if status != "generated":
                yield from self._details(proof)
        for scenario in self.scenarios:
            if not scenario.holds:
                yield f"{self._shown(scenario.path)}: promtool says:"
                yield from (f"    {line}" for line in scenario.said.splitlines())
        if self.scenarios:
            holding = sum(scenario.holds for scenario in self.scenarios)
            yield f"{holding} of {_number(len(self.scenarios), 'scenario file')} hold"
        counts = self.counts
        failed = f", {counts['failed']} failed" if counts["failed"] else ""
        yield (
            f"{_number(len(self.proofs), 'alert rule')}: {counts['generated']} generated, {counts['written']} written, "
            f"{counts['uncovered']} uncovered{failed}"
        )

    def _details(self, proof: Proof) -> Iterator[str]:
        place = f"{self._shown(Path(proof.obligation.source.file))}:{proof.obligation.source.line}"
        for phase in proof.phases:
            if phase.reason:
                yield f"    {place}: {phase.name}: not generated: {phase.reason}; write a scenario for it"
            for unmet in phase.unmet:
                yield f"    {place}: {phase.name}: not {unmet.check.says}"
                yield f"      asked:    {unmet.check.expression} at {unmet.check.at}s"
                yield f"      expected: {_expected(unmet)}"
                yield f"      promtool: {_got(unmet)}"
                yield f"      input:    {unmet.input[:_SHOWN]}"

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def data(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "root": str(self.root),
            "alerts": [
                {
                    "alert": proof.obligation.alert,
                    "covers": proof.obligation.covers,
                    "group": proof.obligation.group,
                    "file": proof.obligation.path,
                    "declared": f"{self._shown(Path(proof.obligation.source.file))}:{proof.obligation.source.line}",
                    "kind": proof.obligation.kind,
                    "status": self.status(proof),
                    "phases": [_phase(phase) for phase in proof.phases],
                }
                for proof in self.proofs
            ],
            "scenarios": [
                {
                    "file": self._shown(file.path),
                    "holds": file.holds,
                    "covers": sorted(file.covered),
                    "promtool": file.said,
                }
                for file in self.scenarios
            ],
            "coverage": self.counts,
            "fine": self.is_fine,
        }


def _phase(phase: PhaseProof) -> dict[str, Any]:
    return {
        "phase": phase.name,
        "about": phase.about,
        "outcome": phase.outcome,
        "checks": list(phase.says),
        "reason": phase.reason,
        "failures": [
            {
                "check": unmet.check.says,
                "expression": unmet.check.expression,
                "at": unmet.check.at,
                "expected": unmet.check.expected,
                "promtool": unmet.got,
                "input": unmet.input,
            }
            for unmet in phase.unmet
        ],
    }


def _name(proof: Proof) -> str:
    obligation = proof.obligation
    return f"{obligation.alert} ({obligation.covers})" if obligation.covers else obligation.alert


def _summary(proof: Proof) -> str:
    """Return in one line what is proven of an alert."""
    proven = [phase for phase in proof.phases if phase.outcome == "proven"]
    of_condition = [phase for phase in proven if phase.about == "condition"]
    if not of_condition:
        return ""
    first, *others = of_condition
    if first is not proof.phases[0]:
        return f"silent {', '.join(phase.name for phase in of_condition)}"
    what = ", ".join(says for says in first.says if says.startswith(("pending for", "fires", "ends", "resolved")))
    parts = [f"{first.name}: {what}"]
    if others:
        parts.append(f"silent {', '.join(phase.name for phase in others)}")
    guards = sum(phase.about == "guard" for phase in proven)
    if guards:
        parts.append(_number(guards, "guard"))
    parts.extend(phase.name for phase in proven if phase.about == "connector")
    return "; ".join(parts)


def _expected(unmet: Unmet) -> str:
    return "nothing" if unmet.check.expected is None else f"{unmet.check.expected:g}"


def _got(unmet: Unmet) -> str:
    return "nothing" if unmet.got == "nil" else unmet.got


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
