"""The same declarations on the same MBeans through three agents: our rules, debezium-examples' way, and no rules."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project, rendering_of
from dashlib.doctor import examination, sets
from dashlib.doctor.examination import observe_prometheus
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import profile_from_data, profile_to_data
from dashlib.metrics.recognition import derive, recognize
from dashlib.servers.prometheus import Prometheus
from tests.doctor.running import running

from . import lab
from .components import program
from .mirror import mirrored
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .components import Components
    from .stack import Stack

EXPORTERS = Path(__file__).parent / "exporters"
CONFIGURATIONS = {
    "lab": lab.EXPORTER_CONFIGURATION,
    "debezium-examples": EXPORTERS / "debezium-examples.yml",
    "no-rules": EXPORTERS / "no-rules.yml",
}
#: Panels that answer, at least: the rest is left out because the profile lacks a metric, or shows alerts.
LEAST_PANELS = {"lab": 20, "debezium-examples": 12, "no-rules": 15}


@contextlib.contextmanager
def prometheus(stack: Stack, installed: Components, profile: str, folder: Path) -> Iterator[str]:
    """A Prometheus that scrapes both workers through agents with the rules of a profile."""
    with contextlib.ExitStack() as agents:
        ports = [
            agents.enter_context(mirrored(worker.running, installed.agent, CONFIGURATIONS[profile], folder))
            for worker in stack.workers
        ]
        url = agents.enter_context(
            running(str(program("prometheus")), folder / "prometheus", {"kafka-connect": ports}, interval="2s")
        )
        yield url


@pytest.mark.parametrize("profile", CONFIGURATIONS)
def test_the_set_answers_through_this_agent_and_a_profile_written_for_it_is_as_good(
    stack: Stack, installed: Components, profile: str, tmp_path: Path
) -> None:
    with prometheus(stack, installed, profile, tmp_path) as url:
        asked = Prometheus(url)
        seen = observe_prometheus(asked, catalog())
        recognized = recognize(seen, catalog())
        assert recognized.best is not None
        assert recognized.best.profile.name == profile
        assert not recognized.best.missing_labels
        assert recognized.kinds == ("mysql", "mariadb", "postgres")

        derived = derive(seen, catalog(), "own", url)
        assert profile_from_data(profile_to_data(derived)) == derived
        fits = recognize(seen, catalog(), [derived]).best
        assert fits is not None
        assert not fits.missing_labels

        project = load_project(lab.ROOT)
        panels = [each for each in compile_project(project, profile) if each.kind == "dashboard"]
        examined = sets.of_project(panels, rendering_of(project, profile), 15.0)

        def well() -> bool:
            report = examination.examine(asked, examined)
            problems = {(each.kind, each.subject) for each in report.problems}
            answered = {cost.place for cost in report.costs if cost.series and cost.place.kind == "panel"}
            assert {kind for kind, _ in problems} <= {"just-started", "no-sample-now"}, problems
            return not problems and len(answered) >= LEAST_PANELS[profile]

        wait_until(well, f"the panels for {profile} do not all answer", seconds=90, every=2)
