"""What the alert rules do, proven by Prometheus' own promtool: each compiled file loads, each scenario holds.

promtool is `$PROMTOOL`, or one on PATH, or `.tools/promtool`. Where there is none these tests do not run: they say so,
and in CI (`CI` is set) they fail.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.promtool import needed_promtool

ROOT = Path(__file__).resolve().parent.parent
RULES = sorted((ROOT / "labs/monitoring/prometheus/alerts").glob("*.yml"))
SCENARIOS = sorted((ROOT / "tests/rules").glob("*.yml"))


def run_promtool(request: pytest.FixtureRequest, *arguments: str | Path) -> str:
    """Run promtool and return what it says; the test ends here if it fails, or if there is none."""
    promtool = needed_promtool(request)
    ran = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    if ran.returncode:
        pytest.fail(f"{' '.join(map(str, ran.args))}\n{ran.stdout}\n{ran.stderr}", pytrace=False)
    return ran.stdout


@pytest.mark.parametrize("file", RULES, ids=lambda file: file.name)
def test_prometheus_loads_the_compiled_rule_file(file: Path, request: pytest.FixtureRequest) -> None:
    rules = [rule for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]
    said = run_promtool(request, "check", "rules", file)
    assert f"SUCCESS: {len(rules)} rules found" in said


@pytest.mark.slow
@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_scenarios_hold(file: Path, request: pytest.FixtureRequest) -> None:
    assert "SUCCESS" in run_promtool(request, "test", "rules", file)


def test_there_are_rule_files_and_scenarios() -> None:
    assert len(RULES) >= 6
    assert SCENARIOS


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_every_scenario_asserts_something_and_has_a_name_of_its_own(file: Path) -> None:
    scenarios = yaml.safe_load(file.read_text())["tests"]
    names = [scenario["name"] for scenario in scenarios]
    assert len(set(names)) == len(names)
    assert all(scenario.get("alert_rule_test") or scenario.get("promql_expr_test") for scenario in scenarios)


def test_without_promtool_a_run_says_which_tests_did_not_run_and_fails_in_ci(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMTOOL", "/nowhere/promtool")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"NOT RUN: test_without_promtool.*/nowhere/promtool.*PROMTOOL="):
        run_promtool(request, "--version")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"NOT RUN: test_without_promtool"):
        run_promtool(request, "--version")
