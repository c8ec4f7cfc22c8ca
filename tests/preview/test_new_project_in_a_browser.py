"""A new project's CI takes the pictures that it says it takes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.conftest import Shell
from tests.forking import run_dashlib
from tests.programs import needed_program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser


def test_the_command_of_the_ci_takes_a_picture_of_every_dashboard(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("prometheus", "promtool"):
        needed_program(request, program)
    pytest.importorskip("playwright")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    new = Shell(tmp_path.resolve() / "new")
    new.folder.mkdir()
    assert new.dashlib("init", "--yes", "--watch", "mysql", "--ci", "github").returncode == 0
    assert new.dashlib("build").returncode == 0
    workflow = yaml.safe_load((new.folder / ".github/workflows/dashboards.yml").read_text())
    steps = workflow["jobs"]["check"]["steps"]
    (command,) = [step["run"] for step in steps if step.get("run", "").startswith("dashlib preview")]
    (kept,) = [step["with"]["path"] for step in steps if step.get("uses", "").startswith("actions/upload-artifact")]
    result = run_dashlib(command.split()[1:], new.folder, os.environ, seconds=600)
    assert result.returncode == 0, result.stderr
    assert {file.stem for file in (new.folder / kept).glob("*.png")} == {"cdc"}
