"""`dashlib build` says of the given declarations of grafanalib's what each EXPECT.txt says it should."""

from __future__ import annotations

import json
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
def test_a_dashboard_of_grafanalibs_is_compiled(case: Path) -> None:
    assert ran(case, "build")[0] == 0
    data = json.loads((case / "out" / "t.json").read_bytes())
    (panel,) = data["panels"]
    assert (panel["id"], panel["title"], panel["targets"][0]["expr"]) == (1, "p", "up")
    assert panel["gridPos"] == {"h": 8, "w": 12, "x": 0, "y": 0}
    assert ran(case, "build", "dashboards/good.py")[0] == 0
    assert ran(case, "list")[0] == 0


@pytest.mark.parametrize("case", ["grafanalib-subclass-target"], indirect=True)
def test_no_target_loses_what_it_asks(case: Path) -> None:
    assert ran(case, "build")[0] == 0
    _, *panels = json.loads((case / "out" / "loss.json").read_bytes())["panels"]
    metrics, logs, sql, tuned = (panel["targets"][0] for panel in panels)
    assert (metrics["namespace"], metrics["metricName"]) == ("AWS/RDS", "AuroraBinlogReplicaLag")
    assert (logs["queryMode"], logs["expression"]) == ("Logs", "fields @message")
    assert sql["rawSql"] == "select 1"
    assert (tuned["expr"], tuned["exemplar"], "step" in tuned) == ("up", True, False)
    assert ran(case, "build", "--check")[0] == 0
