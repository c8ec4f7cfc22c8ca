"""`dashlib test` as a person types it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashlib.commands.shared import progress
from tests.programs import find_program
from tests.promtool import needed_promtool
from tests.proof.conftest import UNDRIVEN

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

SCENARIO = """\
rule_files: [../../rules/undriven.yml]
evaluation_interval: 30s
tests:
  - interval: 30s
    input_series:
      - series: debezium_metrics_MilliSecondsBehindSource{job="a",plugin="mysql",server="s",context="streaming"}
        values: 1000x10 100000x10
    promql_expr_test:
      - {expr: 'count(ALERTS{alertname="LogarithmHigh"})', eval_time: 4m, exp_samples: []}
      - expr: count(ALERTS{alertname="LogarithmHigh",alertstate="firing"})
        eval_time: 9m
        exp_samples: [{labels: '{}', value: 1}]
"""


@pytest.fixture(autouse=True)
def _promtool(request: pytest.FixtureRequest) -> None:
    needed_promtool(request)


def dashlib(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    named = {"PROMTOOL": str(find_program("promtool"))}
    return subprocess.run(
        [sys.executable, "-m", "dashlib", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, **named, **variables},
    )


def test_every_alert_of_this_project_is_covered_and_proven() -> None:
    ran = dashlib(ROOT, "test", "--format", "json")
    assert ran.stdout, ran.stderr
    data = json.loads(ran.stdout)
    failed = [alert for alert in data["alerts"] if alert["status"] in ("uncovered", "failed")]
    assert failed == []
    assert [scenario for scenario in data["scenarios"] if not scenario["holds"]] == []
    assert data["coverage"]["generated"] > 0
    assert data["coverage"]["uncovered"] == 0
    assert ran.returncode == 0


def test_all_is_well(project_folder: Callable[..., Path]) -> None:
    ran = dashlib(project_folder(), "test")
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert lines[0] == "alerts/every_kind.py"
    assert lines[1].split()[0] == "Flapping"  # it has no guard, so that somebody who waits sees it first
    assert lines[2].split("  ", 3)[1:3] == ["LagHigh", ""]
    assert "generated  just above 60: pending for 5m, fires after 5m, resolved; silent not above 60, stale" in lines[2]
    assert lines[-1] == "10 alert rules: 10 generated, 0 written, 0 uncovered"


def test_an_alert_that_cannot_be_driven_is_uncovered_until_a_scenario_is_written(
    project_folder: Callable[..., Path],
) -> None:
    folder = project_folder(UNDRIVEN)
    ran = dashlib(folder, "test", "LogarithmHigh", "TaskFailed")
    assert ran.returncode == 1
    assert "LogarithmHigh  uncovered" in ran.stdout
    assert "alerts/every_kind.py:" in ran.stdout
    assert "not generated: cannot invert ln(); write a scenario for it" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "2 alert rules: 1 generated, 0 written, 1 uncovered"
    scenarios = folder / "tests" / "rules"
    scenarios.mkdir(parents=True)
    (scenarios / "logarithm.yml").write_text(SCENARIO)
    assert dashlib(folder, "build").returncode == 0
    again = dashlib(folder, "test", "LogarithmHigh", "TaskFailed")
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.splitlines()[-2:] == [
        "1 of 1 scenario file holds",
        "2 alert rules: 1 generated, 1 written, 0 uncovered",
    ]


def test_a_scenario_that_does_not_hold_covers_nothing(project_folder: Callable[..., Path]) -> None:
    folder = project_folder(UNDRIVEN)
    scenarios = folder / "tests" / "rules"
    scenarios.mkdir(parents=True)
    (scenarios / "logarithm.yml").write_text(SCENARIO.replace("value: 1", "value: 2"))
    early = dashlib(folder, "test", "LogarithmHigh")
    stale = "rules/proven.yml, rules/undriven.yml, rules/recorded.yml"
    assert f"out of date: {stale}; the scenarios read these files" in early.stderr
    dashlib(folder, "build")
    ran = dashlib(folder, "test", "LogarithmHigh", "--format", "json")
    data = json.loads(ran.stdout)
    assert ran.returncode == 1
    assert data["coverage"] == {"generated": 0, "written": 0, "uncovered": 1, "failed": 0}
    assert [(one["file"], one["holds"]) for one in data["scenarios"]] == [("tests/rules/logarithm.yml", False)]
    assert "out of date" not in ran.stderr
    elsewhere = dashlib(folder, "test", "LogarithmHigh", "--profile", "course").stderr
    assert "not as profile course spells them: rules/" in elsewhere
    assert "dashlib build" not in elsewhere
    lacking = dashlib(folder, "test", "LogarithmHigh", "--profile", "aiven")
    assert lacking.returncode == 2
    assert "LogarithmHigh is left out: profile 'aiven' has no " in lacking.stderr


def test_a_rule_that_is_wrong_in_its_design_fails_with_its_place(project_folder: Callable[..., Path]) -> None:
    wrong = """
HOLDS_NOTHING_BACK = Guard(
    "maintenance", expression="group by (job) (worker_connector_count) == 1", on=["server"],
)
wrong = RuleGroup("wrong", file="wrong.yml", thresholds=LEVELS, rules=[
    Alert("LagAlways", LAG.unless(HOLDS_NOTHING_BACK).above("warning"), severity="warning", summary="S.",
        description="D."),
])
"""
    folder = project_folder(wrong)
    lines = (folder / "alerts" / "every_kind.py").read_text().splitlines()
    line = next(number for number, line in enumerate(lines, 1) if '"LagAlways"' in line)
    ran = dashlib(folder, "test", "LagAlways")
    assert ran.returncode == 1
    assert "LagAlways  failed" in ran.stdout
    assert f"alerts/every_kind.py:{line}: unless maintenance: not silent when maintenance" in ran.stdout
    assert "      expected: nothing\n      promtool: {} " in ran.stdout
    assert 'MilliSecondsBehindSource{connector="orders-connector"' in ran.stdout


def test_a_file_or_a_name_restricts_what_is_proven(project_folder: Callable[..., Path]) -> None:
    folder = project_folder(UNDRIVEN)
    by_rules = json.loads(dashlib(folder, "test", "rules/undriven.yml", "--format", "json").stdout)
    assert [alert["alert"] for alert in by_rules["alerts"]] == ["LogarithmHigh", "NeverTrue"]
    by_name = json.loads(dashlib(folder, "test", "TaskFailed", "--format", "json").stdout)
    assert [(alert["alert"], alert["status"]) for alert in by_name["alerts"]] == [("TaskFailed", "generated")]
    assert by_name["alerts"][0]["phases"][0]["checks"][-2:] == ["resolved", "as declared"]
    by_declaration = json.loads(dashlib(folder, "test", "alerts/every_kind.py", "--format", "json").stdout)
    assert len(by_declaration["alerts"]) == 12


def test_a_name_that_is_none_is_wrong_use(project_folder: Callable[..., Path]) -> None:
    ran = dashlib(project_folder(), "test", "TaskFaild")
    assert ran.returncode == 2
    assert "'TaskFaild' is not an alert" in ran.stderr
    assert "did you mean 'TaskFailed'?" in ran.stderr


def test_without_promtool_it_says_how_to_get_it(project_folder: Callable[..., Path]) -> None:
    ran = dashlib(project_folder(), "test", PROMTOOL="/nowhere/promtool")
    assert ran.returncode == 3
    assert "/nowhere/promtool, which PROMTOOL names" in ran.stderr
    assert "make promtool" in ran.stderr
    assert "Traceback" not in ran.stderr


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_shows_how_far_it_is_and_clears_that(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress("proving alert rules") as show:
        show(3, 10)
    cleared = "\r\x1b[K"
    assert terminal.getvalue() == f"{cleared}proving alert rules{cleared}proving alert rules: 3 of 10{cleared}"


def test_a_project_without_alerts_has_nothing_to_prove(tmp_path: Path) -> None:
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts" / "none.py").write_text("")
    (tmp_path / "pyproject.toml").write_text("[tool.dashlib]\n")
    ran = dashlib(tmp_path, "test")
    assert (ran.returncode, ran.stdout) == (0, "0 alert rules: 0 generated, 0 written, 0 uncovered\n")
