"""`dashlib lint` on the given inputs that are about Grafana itself: what their EXPECT says, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib.lint import engine
from dashlib.lint.settings import Settings
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from pathlib import Path

# folder, file, what is found in it: severity and check, each once
CASES: list[tuple[str, str, set[tuple[str, str]]]] = [
    ("refid-empty", "dashboard.json", set()),
    ("row-open-nested", "open.json", {("error", "row-panels")}),
    ("row-open-nested", "missing.json", {("error", "row-panels")}),
    ("row-open-nested", "collapsed-siblings.json", {("warning", "row-panels")}),
    ("migrated-panel-kinds", "dashboard.json", {("info", "removed-panel-kind"), ("error", "removed-panel-kind")}),
    ("loki-by-variable", "variable.json", set()),
    ("loki-by-variable", "panel.json", set()),
    ("series-query-variable", "classic.json", set()),
    ("series-query-variable", "editor.json", set()),
]


@pytest.mark.parametrize(("folder", "file", "expected"), CASES)
def test_lint_says_what_is_expected(shared: Path, folder: str, file: str, expected: set[tuple[str, str]]) -> None:
    path = shared / "cases" / folder / file
    lint = engine.lint_of_files([(path, file)], Settings(), catalog(), load_profile("lab"), guess=True)
    assert {(one.severity, one.check) for one in engine.run(lint).findings} == expected


def test_only_what_grafana_has_no_successor_for_is_an_error(shared: Path) -> None:
    path = shared / "cases/migrated-panel-kinds/dashboard.json"
    lint = engine.lint_of_files([(path, "d.json")], Settings(), catalog(), load_profile("lab"), guess=True)
    found = [one for one in engine.run(lint).findings if one.severity == "error"]
    assert ["natel-discrete-panel" in one.problem.message for one in found] == [True]
