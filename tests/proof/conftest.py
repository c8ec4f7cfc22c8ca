"""A project with an alert of every kind, and promtool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve, field, frozen

from dashlib.compile.loading import load_project
from dashlib.compile.outputs import rule_yaml
from dashlib.compile.project import compile_project
from dashlib.compile.recording import Recording
from dashlib.proof.obligations import exporter_of, obligations
from dashlib.proof.prover import prove
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dashlib.proof.exporter import Exporter
    from dashlib.proof.obligations import Obligation
    from dashlib.proof.prover import Proof

DECLARATIONS = Path(__file__).parent / "alerts_of_every_kind.py"

#: What follows the declarations where a test wants alerts that nothing can be made for.
UNDRIVEN = """
undriven = RuleGroup(
    "undriven",
    file="undriven.yml",
    thresholds=LEVELS,
    rules=[
        alert("LogarithmHigh", LOGARITHM.above("warning")),
        alert("NeverTrue", IMPOSSIBLE.above("warning")),
    ],
)
"""


@frozen
class Proving:
    """A project's alerts, and how they are proven."""

    # A failure of Hypothesis shows its arguments, and half a megabyte of these would hide it.
    alerts: Mapping[str, Obligation] = field(repr=False)
    exporter: Exporter = field(repr=False)
    promtool: str

    def prove(self, name: str, **rule: str) -> Proof:
        """Return the proof of an alert; keywords change the compiled rule, and not what is declared."""
        return self.prove_all([self.wrong(name, **rule)])[0]

    def prove_all(self, alerts: list[Obligation]) -> list[Proof]:
        return list(prove(alerts, self.exporter, self.promtool))

    def finds_out(self, wrong: Obligation, *phases: str) -> bool:
        """Tell whether these phases find out a rule that is wrong; without any, whether some phase does."""

        def failed(*likeliest: str) -> set[str]:
            (proof,) = prove([wrong], self.exporter, self.promtool, until_failure=True, likeliest=likeliest)
            return {phase.name for phase in proof.phases if phase.outcome == "failed"}

        return all(phase in failed(phase) for phase in phases) if phases else bool(failed())

    def wrong(self, name: str, **rule: Any) -> Obligation:
        """Return an alert with another compiled rule than is declared."""
        return evolve(self.alerts[name], rule={**self.rule(name), **rule})

    def changed(self, name: str, old: str, new: str) -> Obligation:
        """Return an alert with a text of its rule, and of what is recorded for it, replaced."""
        own = self.alerts[name]
        records = tuple({**record, "expr": record["expr"].replace(old, new)} for record in own.records)
        wrong = evolve(self.wrong(name, expr=self.expression(name).replace(old, new)), records=records)
        assert (wrong.rule, records) != (own.rule, own.records)
        return wrong

    def rule(self, name: str) -> Mapping[str, Any]:
        rule = self.alerts[name].rule
        assert rule is not None
        return rule

    def expression(self, name: str) -> str:
        return str(self.rule(name)["expr"])


def write_project(folder: Path, more: str = "") -> Path:
    """Write the project, with more declarations behind its own."""
    (folder / "alerts").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[tool.dashlib]\nrules = "rules"\n')
    (folder / "alerts" / "every_kind.py").write_text(DECLARATIONS.read_text() + more)
    return folder


@pytest.fixture(scope="session")
def proving(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Proving:
    promtool = needed_promtool(request)
    project = load_project(write_project(tmp_path_factory.mktemp("project"), UNDRIVEN))
    with pytest.MonkeyPatch.context() as patch:  # tests change what stands in the alert itself
        patch.setattr(rule_yaml, "derive", lambda *_: Recording())
        documents = compile_project(project)
    alerts = obligations(project, documents)
    return Proving({alert.alert: alert for alert in alerts}, exporter_of(project), promtool)


@pytest.fixture(scope="session")
def recorded(proving: Proving, tmp_path_factory: pytest.TempPathFactory) -> Proving:
    """Return the same alerts as they are compiled, with what is recorded for them."""
    project = load_project(write_project(tmp_path_factory.mktemp("project")))
    alerts = obligations(project, compile_project(project))
    return Proving({alert.alert: alert for alert in alerts}, proving.exporter, proving.promtool)


@pytest.fixture
def project_folder(tmp_path: Path) -> Callable[..., Path]:
    def write(more: str = "") -> Path:
        return write_project(tmp_path / "project", more)

    return write
