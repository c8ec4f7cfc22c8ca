"""What is printed for people, machines and code hosts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dashlib.lint import engine, reports
from dashlib.lint.subjects import Lint
from dashlib.metrics.catalog import catalog
from tests.linting import dashboard, linted, panel, rule_file, settings

if TYPE_CHECKING:
    from dashlib.lint.engine import Result


def result(*subjects: dict[str, object] | str) -> Result:
    return engine.run(Lint(linted(*subjects), settings(), catalog()))


BAD = rule_file({"alert": "A", "expr": 'up{job=~"kafka"} == 0'})


def test_a_line_for_the_place_then_the_expression_with_a_caret_then_what_is_right() -> None:
    lines = reports.text(result(BAD)).splitlines()
    place = "rules-0.yml:6:14  info  needless-regexp"
    assert lines == [
        f'{place}  job=~"kafka" does not need to be a regular expression',
        '    up{job=~"kafka"} == 0',
        "       ^^^^^^^^^^^^",
        '    write job="kafka"',
        f"1 finding: 1 info (1 file, {len(engine.all_checks()) - 6} checks)",
    ]


def test_nothing_found_is_said() -> None:
    assert reports.text(result(rule_file({}))).startswith("no findings (1 file, ")


def test_json_says_the_same() -> None:
    (finding,) = json.loads(reports.json(result(BAD)))["findings"]
    assert finding == {
        "file": "rules-0.yml",
        "line": 6,
        "column": 14,
        "severity": "info",
        "check": "needless-regexp",
        "message": 'job=~"kafka" does not need to be a regular expression',
        "document": "rules-0.yml",
        "pointer": "/groups/0/rules/0/expr",
        "expression": 'up{job=~"kafka"} == 0',
        "span": [3, 15],
        "suggestion": 'write job="kafka"',
        "fixable": True,
    }


def test_sarif_is_what_code_hosts_read() -> None:
    data = json.loads(reports.sarif(result(BAD, dashboard(panel("sum(")))))
    assert data["version"] == "2.1.0"
    (run,) = data["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert set(rules) == {"needless-regexp", "promql-syntax"}
    for found in run["results"]:
        assert rules[found["ruleIndex"]] == found["ruleId"]
        assert found["level"] in {"error", "warning", "note"}
        place = found["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert place["artifactLocation"]["uri"] in {"rules-0.yml", "dashboard-1.json"}


def test_github_marks_the_line() -> None:
    first, summary = reports.github(result(BAD)).splitlines()
    assert first.startswith("::notice file=rules-0.yml,line=6,col=14,title=needless-regexp::job=~")
    assert "%0Awrite job=" in first
    assert summary.startswith("1 finding")


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred", "😀", '"', "a\u2028b"])
def test_a_label_never_steers_the_terminal_or_breaks_a_line(name: str) -> None:
    found = result(dashboard(panel("up", title=name, description="")))
    lines = reports.text(found).splitlines()
    assert len(lines) == 3
    assert "\x1b" not in lines[0]
    assert reports.github(found).count("\n") == 1


def test_a_long_expression_is_cut_around_the_place() -> None:
    expression = " + ".join(["aaaaaaaaaa"] * 50) + ' + up{job=~"x"} + ' + " + ".join(["bbbbbbbbbb"] * 50)
    start = expression.index("job=~")
    line, carets = reports.marked(expression, start, start + 8)
    assert len(line) < 250
    assert line[carets.index("^") : carets.rindex("^") + 1] == 'job=~"x"'
    assert line.startswith("…")
    assert line.endswith("…")


def test_a_part_that_is_everything_needs_no_caret() -> None:
    assert reports.marked("up == 0", 0, 7) == ("up == 0",)
    assert reports.marked("up ==\n 0", 0, 5) == ("up ==",)
