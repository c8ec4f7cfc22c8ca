"""`dashlib build` says of the given declarations of grafanalib's what each EXPECT.txt says it should."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def ran(project: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "dashlib", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def case(shared: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return shutil.copytree(shared / "cases" / request.param, tmp_path / "case")


@pytest.mark.parametrize("case", ["grafanalib-dashboard"], indirect=True)
def test_a_dashboard_of_grafanalibs_is_named_and_does_not_stop_another_file(case: Path) -> None:
    code, said = ran(case, "build")
    assert code == 2
    assert "a.dashboard.py:7: dashboard is a grafanalib Dashboard" in said
    assert not (case / "out").exists()
    assert ran(case, "build", "dashboards/good.py")[0] == 0
    assert (case / "out" / "ok.json").exists()


@pytest.mark.parametrize("case", ["grafanalib-subclass-target"], indirect=True)
def test_a_target_that_would_lose_what_it_asks_is_named(case: Path) -> None:
    code, said = ran(case, "build")
    assert code == 2
    assert "dashlib has no encoder for grafanalib.cloudwatch.CloudwatchMetricsTarget" in said
    assert not (case / "out").exists()
