"""`examples/platform` is a whole project without Debezium: it builds, lints and tests clean."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashlib.recordings.recording import Recording
from tests.forking import run_dashlib
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE = Path(__file__).parents[1] / "examples" / "platform"
KINDS = {"timeseries", "table", "bargauge", "stat", "heatmap", "barchart", "state-timeline", "logs", "row"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built in a folder of its own."""
    folder = tmp_path_factory.mktemp("example") / "platform"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("build", "__pycache__"))
    built = run_dashlib(["build"], folder, os.environ)
    assert (built.returncode, built.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def dashboards(project: Path) -> Mapping[str, dict[str, Any]]:
    return {file.stem: json.loads(file.read_text()) for file in sorted((project / "build/dashboards").glob("*.json"))}


@pytest.mark.parametrize(
    ("command", "said"), [(["build", "--check"], "files up to date"), (["lint"], "no findings (7 files")]
)
def test_it_is_clean(project: Path, command: list[str], said: str) -> None:
    result = run_dashlib(command, project, os.environ)
    assert (result.returncode, result.stderr) == (0, "")
    assert said in result.stdout


def test_its_scenarios_hold(project: Path, request: pytest.FixtureRequest) -> None:
    [scenarios] = sorted((project / "scenarios").iterdir())
    said = subprocess.run(
        [needed_promtool(request), "test", "rules", scenarios], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.slow
def test_every_alert_is_proven(project: Path, request: pytest.FixtureRequest) -> None:
    environment = {**os.environ, "PROMTOOL": needed_promtool(request)}
    result = run_dashlib(["test"], project, environment, seconds=600)
    assert (result.returncode, result.stderr) == (0, "")
    assert "18 alert rules: 17 generated, 1 written, 0 uncovered" in result.stdout


def test_it_shows_what_a_platform_has_and_nothing_of_debezium(dashboards: Mapping[str, dict[str, Any]]) -> None:
    panels = [
        panel for each in dashboards.values() for top in each["panels"] for panel in (top, *top.get("panels", ()))
    ]
    assert {panel["type"] for panel in panels} == KINDS
    assert {panel["repeat"] for panel in panels if "repeat" in panel} == {"service", "host", "group"}
    assert all(
        target["datasource"] == {"type": "loki", "uid": "${DS_LOKI}"}
        for panel in panels
        if panel["type"] == "logs"
        for target in panel["targets"]
    )
    assert "debezium" not in json.dumps(dashboards).lower()


def test_the_hour_that_is_made_up_has_every_metric_that_panels_ask(project: Path) -> None:
    made = subprocess.run([sys.executable, "recording.py"], cwd=project, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    names = {each.labels["__name__"] for each in Recording.read(project / "build/recording.json.gz").series}
    asked = "".join(file.read_text() for file in (project / "build/dashboards").iterdir())
    catalog = (project / "pyproject.toml").read_text()
    assert {"up", *(name for name in names if f"catalog.{name.removesuffix('_bucket')}]" in catalog)} == names
    assert not {name for name in names if name not in asked}
