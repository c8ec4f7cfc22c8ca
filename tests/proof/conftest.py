"""A project with an alert of every kind, and promtool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve, field, frozen

from dashlib import project as projects
from dashlib.lint.metric_names import MetricNames
from dashlib.proof.obligations import obligations
from dashlib.proof.prover import prove
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    names: MetricNames = field(repr=False)
    promtool: str

    def prove(self, name: str, **rule: str) -> Proof:
        """Return the proof of an alert; keywords change the compiled rule, and not what is declared."""
        alert = self.alerts[name]
        return self.prove_all([evolve(alert, rule={**alert.rule, **rule})])[0]

    def prove_all(self, alerts: list[Obligation]) -> list[Proof]:
        return prove(alerts, self.names, self.promtool)

    def expression(self, name: str) -> str:
        return str(self.alerts[name].rule["expr"])


def write_project(folder: Path, more: str = "") -> Path:
    """Write the project, with more declarations behind its own."""
    (folder / "alerts").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[tool.dashlib]\nrules = "rules"\n')
    (folder / "alerts" / "every_kind.py").write_text(DECLARATIONS.read_text() + more)
    return folder


@pytest.fixture(scope="session")
def proving(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Proving:
    promtool = needed_promtool(request)
    project = projects.load_project(write_project(tmp_path_factory.mktemp("project"), UNDRIVEN))
    rendering = projects.rendering_of(project)
    alerts = obligations(project, projects.compile_project(project))
    return Proving(
        {alert.alert: alert for alert in alerts}, MetricNames(rendering.catalog, rendering.profile), promtool
    )


@pytest.fixture
def project_folder(tmp_path: Path) -> Callable[..., Path]:
    def write(more: str = "") -> Path:
        return write_project(tmp_path / "project", more)

    return write
