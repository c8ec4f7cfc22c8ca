from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib import Alert, Dashboard, Level, Row, RuleGroup, Step, ThresholdSet, datasource_variable, timeseries
from dashlib.compile.configuration import Configuration
from dashlib.compile.loading import Declared, Project
from dashlib.compile.project import compile_project
from dashlib.debezium.connectors import LAG
from dashlib.lint import engine
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from tests.linting import dashboard, found, rule_file, settings

if TYPE_CHECKING:
    from pathlib import Path


def test_single_files_hear_nothing() -> None:
    assert not found("level-not-drawn", rule_file({"expr": "up > 5"}))


def test_documents_without_declarations_have_no_levels() -> None:
    assert not found("level-not-drawn", dashboard(), rule_file({"expr": "up > 5"}), is_project=True)


def said_of(panel_levels: ThresholdSet, unit: str, folder: Path) -> list[str]:
    """Return what the check says of a project that fires above 120 s and draws the lag in a unit."""
    levels = ThresholdSet("night", [Level(LAG, "warning", above=120, for_="5m")])
    alert = Alert("Late", LAG.above("warning"), severity="warning", summary="Late.", description="Late.")
    drawn = Dashboard(
        uid="night",
        title="Night",
        thresholds=panel_levels,
        variables=[datasource_variable()],
        rows=[Row("Row", [timeseries(LAG, unit=unit)])],
    )
    group = RuleGroup("night", file="night.yml", thresholds=levels, rules=[alert])
    project = Project(folder, Configuration(), (Declared(drawn, "night.py"), Declared(group, "night.py")))
    lint = engine.lint_of_project(project, compile_project(project), settings(), catalog(), load_profile("lab"))
    return [one.problem.message for one in engine.run(lint).findings if one.check == "level-not-drawn"]


@pytest.mark.parametrize("unit", ["s", "ms", "m", "h", "d"])
def test_a_level_is_drawn_in_whichever_unit_the_panel_shows(unit: str, tmp_path: Path) -> None:
    drawn = ThresholdSet("night", [Level(LAG, "warning", above=120, for_="5m")])
    assert not said_of(drawn, unit, tmp_path)
    assert said_of(ThresholdSet("night", display=[Step(LAG, 50, "yellow")]), unit, tmp_path)
