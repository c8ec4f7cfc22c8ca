"""Scenarios with those rules only of which something can come hold where the whole file holds, and nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dashlib.proof.promtool import run_file, run_files
from dashlib.proof.reduction import IrreducibleError, reduced
from dashlib.proof.written import run_scenarios
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

SERIES = [{"series": 'up{job="a", instance="x:1"}', "values": "1 0x20"}, {"series": "depth", "values": "1x20"}]
#: A rule, and whether something can come of it where the series are these.
RULES = {
    "up == 0": True,
    'up{job="b"} == 0': False,
    'up{job=~"a|b", instance!=""} == 0': True,
    'up{job!~"a|b"} == 0': False,
    'up{env=""} == 0': True,
    'up{env!=""} == 0': False,
    "down == 0": False,
    "down or up": True,
    "up unless down": True,
    "down unless up": False,
    "up and down": False,
    "up > on () group_left () down": False,
    "depth / 2 > 1 - 3": True,
    "absent(down)": True,
    "absent_over_time(down[5m])": True,
    "count(down) > 1": False,
    "vector(1) unless down": True,
    "sum(up) > scalar(down)": True,
    "sum(down) > scalar(up)": False,
    "time() > bool 5": True,
    "max_over_time(down[5m]) > 0": False,
    "rate((down)[5m:1m]) > 0": False,
    "-down": False,
    "topk(1, down)": False,
    'label_replace(down, "a", "b", "", "")': False,
    "histogram_quantile(0.9, down)": False,
    '{job="a"}': True,
    '{__name__=~"u.+"}': True,
    '{__name__=~"d.wn"}': False,
    '{__name__="depth"}': True,
    "ALERTS": True,
    'ALERTS_FOR_STATE{alertname="x"}': True,
}


def write(folder: Path, rules: Sequence[Mapping[str, Any]], **test: object) -> Path:
    """Write a file of one scenario, and the rules."""
    (folder / "all.rules").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": list(rules)}]}))
    file = folder / "scenario.yml"
    tests = [{"interval": "1m", "input_series": SERIES, **test}]
    file.write_text(yaml.safe_dump({"rule_files": ["*.rules"], "evaluation_interval": "1m", "tests": tests}))
    return file


def rules_of(folder: Path, part: str) -> list[Mapping[str, Any]]:
    """Return the rules that stand in a part."""
    files = yaml.safe_load((folder / part).read_text())["rule_files"]
    groups = [group for each in files for group in yaml.safe_load((folder / each).read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


def test_a_part_has_the_rules_of_which_something_can_come(tmp_path: Path) -> None:
    file = write(tmp_path, [{"alert": "A", "expr": each} for each in RULES])
    folder = made(tmp_path)
    every, part = reduced(file, folder)
    assert [rule["expr"] for rule in rules_of(folder, every)] == list(RULES)
    assert [rule["expr"] for rule in rules_of(folder, part)] == [each for each, comes in RULES.items() if comes]


def test_what_can_come_of_a_rule_is_what_promtool_says_comes_of_it(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    vectors = [each for each in RULES if each != "time() > bool 5"]
    checks = [{"expr": each, "eval_time": "5m", "exp_samples": []} for each in vectors]
    said = run_file(needed_promtool(request), write(tmp_path, [], promql_expr_test=checks))
    something = [each for each in vectors if f"expr: {json.dumps(each)}," in said]
    assert something
    # Nothing alerts here; and a scalar that is not there is no number, than which nothing is greater.
    assert set(something) == {each for each in vectors if RULES[each] and "ALERTS" not in each and "scalar" not in each}


def test_a_record_counts_for_whoever_asks_it_and_what_comes_of_nothing_does_not(tmp_path: Path) -> None:
    rules = [
        {"alert": "Late", "expr": 'second{any="thing"} > 0'},  # asks what is recorded after it
        {"record": "first", "expr": "sum(up)"},
        {"record": "second", "expr": "first * 2"},
        {"record": "none", "expr": "sum(down)"},
        {"alert": "Never", "expr": "none > 0"},
    ]
    folder = made(tmp_path)
    _, part = reduced(write(tmp_path, rules), folder)
    assert [rule.get("record", rule.get("alert")) for rule in rules_of(folder, part)] == ["Late", "first", "second"]


def test_scenarios_with_the_same_rules_stay_together(tmp_path: Path) -> None:
    file = write(tmp_path, [{"alert": "A", "expr": "up == 0"}, {"alert": "B", "expr": "down == 0"}])
    data = yaml.safe_load(file.read_text())
    other = {"interval": "1m", "input_series": [{"series": "down", "values": "0x5"}]}
    file.write_text(yaml.safe_dump({**data, "tests": [data["tests"][0], other, data["tests"][0]]}))
    folder = made(tmp_path)
    _, *parts = reduced(file, folder)
    assert [len(yaml.safe_load((folder / part).read_text())["tests"]) for part in parts] == [2, 1]


ASKED = {
    "alert_rule_test": [
        {
            "eval_time": "5m",
            "alertname": "A",
            "exp_alerts": [{"exp_labels": {"job": "a", "instance": "x:1", "n": "007"}}],
        }
    ],
    "promql_expr_test": [{"expr": "depth", "eval_time": "1m", "exp_samples": [{"labels": "depth", "value": 1.0}]}],
}
DOWN: dict[str, Any] = {"alert": "A", "expr": "up == 0", "labels": {"n": "007"}}


def test_numbers_and_texts_stay_what_they_are(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    file = write(tmp_path, [DOWN], **ASKED)
    file.write_text(file.read_text().replace("value: 1.0", "value: 1e0"))
    folder = made(tmp_path)
    assert run_files(needed_promtool(request), folder, reduced(file, folder)) == ""


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ([{**DOWN, "labels": {"n": "7"}}], 'n="7"'),  # what comes of it is not what is expected
        ([DOWN, {"alert": "B", "expr": "down == "}], "could not parse expression"),
        ([DOWN, {"alert": "B", "expr": "down", "labels": {"1 a": "x"}}], "invalid label name"),
        ([DOWN, {"alert": "B", "expr": "label_replace({job='a'} or depth, 'x', 'y', '', '') + on () up"}], "err:"),
    ],
)
def test_what_does_not_hold_is_told_in_the_words_for_the_whole_file(
    rules: list[dict[str, Any]], says: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    promtool = needed_promtool(request)
    file = write(tmp_path, rules, **ASKED)
    (ran,) = run_scenarios(promtool, [file])
    assert says in ran.said
    assert ran.said == run_file(promtool, file)


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda text: text.replace("rule_files", "rule_file"),
        lambda text: text.replace("*.rules", "*.none"),
        lambda text: text.replace("*.rules", "[a]ll.rules"),
        lambda text: f"{text}tests: []\n",
        lambda text: f"---\n{text}---\n{text}",
        lambda text: text.replace("series: depth", "series: sum(depth)"),
        lambda text: text.replace("tests:", "tests: 5 #"),
        lambda _: "\x00",
    ],
)
def test_what_is_other_than_expected_is_left_to_promtool(spoiled: Callable[[str], str], tmp_path: Path) -> None:
    file = write(tmp_path, [DOWN], **ASKED)
    file.write_text(spoiled(file.read_text()))
    with pytest.raises(IrreducibleError):
        reduced(file, made(tmp_path))


def test_a_rule_that_is_not_read_is_left_to_promtool(tmp_path: Path) -> None:
    with pytest.raises(IrreducibleError):
        reduced(write(tmp_path, [{"alert": "A", "expr": "up =="}]), made(tmp_path))
