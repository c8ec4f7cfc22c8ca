"""A connector with a level of its own: each panel that shows the level draws it, and lint and proof stay content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from dashlib import (
    Alert,
    Dashboard,
    Level,
    Row,
    RuleGroup,
    ThresholdSet,
    alert_row,
    bar_gauge,
    datasource_variable,
    promql,
    stat,
    timeseries,
)
from dashlib.compile.configuration import Configuration
from dashlib.compile.loading import Declared, Project
from dashlib.compile.project import compile_project
from dashlib.debezium.connectors import CONNECTED, LAG
from dashlib.lint import engine
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from tests.linting import found, rule_file, settings

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = ThresholdSet(
    "night", [Level(LAG, "warning", above=5, for_="2m"), Level(CONNECTED, "critical", equals=0, for_="2m")]
)


def project(folder: Path, **overrides: object) -> Project:
    alerts = RuleGroup(
        "night",
        file="night.yml",
        thresholds=LEVELS,
        rules=[
            Alert("Late", LAG.above("warning"), severity="warning", summary="Late.", description="Late."),
        ],
    )
    dashboard = Dashboard(
        uid="night",
        title="Night",
        thresholds=LEVELS,
        variables=[datasource_variable()],
        rows=[
            Row("Row", [timeseries(LAG, unit="ms"), bar_gauge(LAG, "Now"), stat(CONNECTED)]),
            alert_row("Alerts", [alerts], titles={"Late": "Lag of each"}),
        ],
    )
    configuration = Configuration(
        connectors={"orders": {"plugin": "postgres"}, "stock": {"plugin": "mysql"}}, overrides={"orders": overrides}
    )
    return Project(folder, configuration, (Declared(dashboard, "night.py"), Declared(alerts, "night.py")))


def panels(declared: Project) -> dict[str, dict[str, Any]]:
    document = compile_project(declared)[0]
    return {panel["title"]: panel for row in document.data["panels"] for panel in (row, *row.get("panels", ()))}


def lines(panel: dict[str, Any]) -> dict[str, float]:
    """Return the lines of a panel: where each lies, by its name."""
    return {
        target["legendFormat"]: float(re.split(r" \+ 0 \* ", target["expr"])[0])
        for target in panel["targets"]
        if " + 0 * " in target["expr"]
    }


def test_a_time_series_has_a_line_for_the_connector_in_its_own_unit(tmp_path: Path) -> None:
    found = panels(project(tmp_path, alerts={"Late": {"threshold": 20}}))
    assert lines(found["Lag of each (warning above 5 seconds)"]) == {"orders: warning above 20 seconds": 20}
    assert lines(found[LAG.title]) == {"orders: warning above 20 seconds": 20_000}
    for panel in found.values():
        for target in panel.get("targets", ()):
            promql.read(target["expr"]).check()


def test_a_value_is_colored_by_the_connectors_own_level(tmp_path: Path) -> None:
    found = panels(project(tmp_path, alerts={"Late": {"threshold": 20}}))
    [override] = found["Now"]["fieldConfig"]["overrides"]
    assert override["matcher"] == {"id": "byName", "options": "orders"}
    [thresholds] = override["properties"]
    assert [step["value"] for step in thresholds["value"]["steps"]] == [None, 20]
    assert found[CONNECTED.title]["fieldConfig"]["overrides"] == []


@pytest.mark.parametrize("override", [{}, {"Late": {"for": "10m"}}, {"Late": {"enabled": False}}])
def test_without_a_level_of_its_own_there_is_no_line(override: dict[str, object], tmp_path: Path) -> None:
    assert not any(lines(panel) for panel in panels(project(tmp_path, alerts=override)).values() if "targets" in panel)


def test_lint_is_content_with_an_override(tmp_path: Path) -> None:
    declared = project(tmp_path, alerts={"Late": {"threshold": 20}})
    documents = compile_project(declared)
    lint = engine.lint_of_project(declared, documents, settings(), catalog(), load_profile("lab"))
    asked = {"alert-without-panel", "level-not-drawn", "duplicate-rule", "unit-mismatch"}
    assert [one.problem.message for one in engine.run(lint).findings if one.check in asked] == []


@pytest.mark.parametrize(
    ("filters", "is_twice"),
    [
        (['server!="orders"', 'server="orders"'], False),
        (['server!~"orders|stock"', 'server=~"orders|stock"'], False),
        (['server="a"', 'server="b"'], False),
        (['server!="orders"', 'server="stock"'], True),
        (['server=~"orders|stock"', 'server="stock"'], True),
        (['plugin="mysql"', 'server="stock"'], True),
        (["", 'server="stock"'], True),
    ],
)
def test_rules_that_divide_the_series_are_no_duplicates(filters: list[str], is_twice: bool) -> None:  # noqa: FBT001
    rules = rule_file(*({"alert": "Late", "expr": f"lag{{{each}}} > {n}"} for n, each in enumerate(filters)))
    assert bool(found("duplicate-rule", rules)) is is_twice
