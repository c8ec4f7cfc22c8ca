"""Which alerts a written scenario covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from dashlib.proof.written import mentioned, run_scenarios, scenario_files
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from pathlib import Path

RULES = {"groups": [{"name": "g", "rules": [{"alert": "Down", "expr": "up == 0"}, {"alert": "Up", "expr": "up == 1"}]}]}
SERIES = [{"series": 'up{job="a"}', "values": "1 1 0 0 0"}]


def write(folder: Path, test: dict[str, object]) -> Path:
    (folder / "rules.txt").write_text(yaml.safe_dump(RULES))
    file = folder / "scenario.yml"
    tests = [{"interval": "1m", "input_series": SERIES, **test}]
    file.write_text(yaml.safe_dump({"rule_files": ["rules.txt"], "evaluation_interval": "1m", "tests": tests}))
    return file


DOWN = {"exp_labels": {"job": "a"}}


@pytest.mark.parametrize(
    ("test", "covered"),
    [
        (
            {
                "alert_rule_test": [
                    {"eval_time": "1m", "alertname": "Down", "exp_alerts": []},
                    {"eval_time": "3m", "alertname": "Down", "exp_alerts": [DOWN]},
                ]
            },
            {"Down"},
        ),
        ({"alert_rule_test": [{"eval_time": "3m", "alertname": "Down", "exp_alerts": [DOWN]}]}, set()),
        ({"alert_rule_test": [{"eval_time": "1m", "alertname": "Down", "exp_alerts": []}]}, set()),
        (
            {
                "promql_expr_test": [
                    {"expr": 'count(ALERTS{alertname="Down"})', "eval_time": "1m", "exp_samples": []},
                    {
                        "expr": 'count(ALERTS{alertname="Down",alertstate="firing"})',
                        "eval_time": "3m",
                        "exp_samples": [{"labels": "{}", "value": 1}],
                    },
                ]
            },
            {"Down"},
        ),
    ],
    ids=["firing and silent", "only firing", "only silent", "by its series"],
)
def test_an_alert_is_covered_when_it_is_shown_firing_and_silent(
    test: dict[str, object], covered: set[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = write(tmp_path, test)
    (ran,) = run_scenarios(needed_promtool(request), [file])
    assert ran.said == ""
    assert set(ran.covered) == covered
    assert mentioned(file) == {"Down"}


def test_a_scenario_that_does_not_hold_says_what_promtool_says(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    file = write(tmp_path, {"alert_rule_test": [{"eval_time": "3m", "alertname": "Up", "exp_alerts": [DOWN]}]})
    (ran,) = run_scenarios(needed_promtool(request), [file])
    assert not ran.holds
    assert "alertname: Up, time: 3m" in ran.said


@pytest.mark.parametrize("text", ["tests: [", "- 1\n- 2\n", "tests: 5\n", "\x00"])
def test_a_broken_file_covers_nothing_and_does_not_hold(
    text: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = tmp_path / "broken.yml"
    file.write_text(text)
    (ran,) = run_scenarios(needed_promtool(request), [file])
    assert not ran.covered
    assert not ran.holds


def test_files_are_found_sorted_and_a_missing_folder_has_none(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "notes.md"):
        (tmp_path / name).touch()
    assert [file.name for file in scenario_files(tmp_path)] == ["a.yaml", "b.yml"]
    assert scenario_files(tmp_path / "nowhere") == []
