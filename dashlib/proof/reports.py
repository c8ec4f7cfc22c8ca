"""What `dashlib test` says: each alert with what proves it, what does not hold, and how many are covered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dashlib.proof.obligations import Obligation
    from dashlib.proof.prover import PhaseProof, Proof, Unmet
    from dashlib.proof.written import ScenarioFile

Status = Literal["generated", "written", "uncovered", "failed"]
_STATUSES: Final[tuple[Status, ...]] = ("generated", "written", "uncovered", "failed")
#: So much of what a series does is shown, in characters.
_SHOWN: Final = 2000
#: What phases show that are about no more than that.
_ALIKE: Final = ("as declared", "of the declared value")


@define(eq=False)
class ProofReport:
    """What comes of the proofs and scenarios; each proof is told when it is there, and not kept.

    Attributes:
        root: the project's folder.
        scenarios: returns the files that somebody wrote, once they have been tried.
        width: characters of the longest name of an alert.
        counts: how many alert rules have each status.
    """

    root: Path
    scenarios: Callable[[], Sequence[ScenarioFile]]
    width: int = 0
    counts: dict[Status, int] = field(factory=lambda: dict.fromkeys(_STATUSES, 0))
    _file: str = ""

    def status(self, proof: Proof) -> Status:
        """Return what covers an alert: what dashlib made, or what somebody wrote where it could not."""
        if proof.outcome == "failed":
            return "failed"
        if proof.outcome == "proven":
            return "generated"
        written = any(proof.obligation.alert in file.covered for file in self.scenarios() if file.holds)
        return "written" if written else "uncovered"

    @property
    def is_fine(self) -> bool:
        """Whether every alert that was told of is covered and everything holds."""
        return not self.counts["uncovered"] and not self.counts["failed"] and all(one.holds for one in self.scenarios())

    def text(self, proof: Proof) -> Iterator[str]:
        """Count a proof, and yield for people what came of it."""
        status = self.status(proof)
        self.counts[status] += 1
        if proof.obligation.declared_in != self._file:
            self._file = proof.obligation.declared_in
            yield self._file
        yield f"  {name(proof.obligation):<{self.width}}  {status:<9}  {_summary(proof)}".rstrip()
        if status != "generated":
            yield from self._details(proof)

    def end(self) -> Iterator[str]:
        """Yield for people what came of the scenarios and of all."""
        scenarios, counts = self.scenarios(), self.counts
        for scenario in scenarios:
            if not scenario.holds:
                yield f"{self._shown(scenario.path)}: promtool says:"
                yield from (f"    {line}" for line in scenario.said.splitlines())
        if scenarios:
            holding = sum(scenario.holds for scenario in scenarios)
            hold = "holds" if len(scenarios) == 1 else "hold"
            yield f"{holding} of {_number(len(scenarios), 'scenario file')} {hold}"
        failed = f", {counts['failed']} failed" if counts["failed"] else ""
        yield (
            f"{_number(sum(counts.values()), 'alert rule')}: {counts['generated']} generated, "
            f"{counts['written']} written, {counts['uncovered']} uncovered{failed}"
        )

    def _details(self, proof: Proof) -> Iterator[str]:
        place = f"{self._shown(Path(proof.obligation.source.file))}:{proof.obligation.source.line}"
        for phase in proof.phases:
            if phase.reason:
                yield f"    {place}: {phase.name}: not generated: {phase.reason}; write a scenario for it"
            for unmet in phase.unmet:
                if not unmet.input:  # what is compiled was compared, and promtool not asked
                    yield f"    {place}: declared: {unmet.check.says}; compiled: {_got(unmet)}"
                    continue
                yield f"    {place}: {phase.name}: not {unmet.check.says}"
                asked = f"{unmet.check.words}, asked" if unmet.check.words else unmet.check.expression
                yield f"      asked:    {asked} at {unmet.check.at}s"
                yield f"      expected: {_expected(unmet)}"
                yield f"      promtool: {_got(unmet)}"
                yield f"      input:    {unmet.input[:_SHOWN]}"

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def alert_data(self, proof: Proof) -> dict[str, Any]:
        """Count a proof, and return for machines what came of it."""
        status = self.status(proof)
        self.counts[status] += 1
        obligation = proof.obligation
        return {
            "alert": obligation.alert,
            "covers": obligation.covers,
            "group": obligation.group,
            "file": obligation.path,
            "declared": f"{self._shown(Path(obligation.source.file))}:{obligation.source.line}",
            "kind": obligation.kind,
            "grafana": None if obligation.managed is None else f"{obligation.managed.group}/{obligation.managed.title}",
            "status": status,
            "phases": [_phase(phase) for phase in proof.phases],
        }

    def data(self, alerts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return for machines what came of all.

        Args:
            alerts: of each, from `alert_data`.
        """
        return {
            "root": str(self.root),
            "alerts": list(alerts),
            "scenarios": [
                {
                    "file": self._shown(file.path),
                    "holds": file.holds,
                    "covers": sorted(file.covered),
                    "promtool": file.said,
                }
                for file in self.scenarios()
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


def name(obligation: Obligation) -> str:
    """Return what a rule is called: by its alert, and by what it covers where the alert has several rules."""
    return f"{obligation.alert} ({obligation.covers})" if obligation.covers else obligation.alert


def _summary(proof: Proof) -> str:
    """Return in one line what is proven of an alert."""
    proven = [phase for phase in proof.phases if phase.outcome == "proven"]
    of_condition = [phase for phase in proven if phase.about == "condition"]
    if not of_condition:
        return ""
    if proof.obligation.burn is not None:
        firing = [phase.name for phase in of_condition if "fires" in phase.says]
        calm = [phase.name for phase in of_condition if "silent" in phase.says]
        return f"fires {', '.join(firing)}; silent {', '.join(calm)}; what is left, labels and text"
    first, *others = of_condition
    if first is not proof.phases[0]:
        return f"silent {', '.join(phase.name for phase in of_condition)}"
    what = ", ".join(says for says in first.says if says.startswith(("pending for", "fires", "ends", "resolved")))
    parts = [f"{first.name}: {what}"]
    if others:
        parts.append(f"silent {', '.join(phase.name for phase in others if phase.says[0] not in _ALIKE)}")
    guards = sum(phase.about == "guard" for phase in proven)
    if guards:
        parts.append(_number(guards, "guard"))
    parts.extend(phase.name for phase in proven if phase.about == "connector")
    parts.extend(["labels and text"] if any(phase.about == "text" for phase in proven) else [])
    parts.extend(["the same in Grafana"] if proof.obligation.managed is not None else [])
    return "; ".join(parts)


def _expected(unmet: Unmet) -> str:
    return "nothing" if unmet.check.expected is None else f"{unmet.check.expected:g}"


def _got(unmet: Unmet) -> str:
    return "nothing" if unmet.got == "nil" else unmet.got


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
