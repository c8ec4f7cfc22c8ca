"""Where promtool is found, and what becomes of what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashlib.errors import RemoteError
from dashlib.proof.promtool import TestFile, find_promtool, run_file, run_tests
from tests.promtool import needed_promtool


def program(folder: Path, text: str) -> str:
    file = folder / "promtool"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def test_a_named_one_wins_then_one_on_path_then_the_projects_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = program(tmp_path / ".tools", "")
    on_path = program(tmp_path / "bin", "")
    named = program(tmp_path / "named", "")
    monkeypatch.delenv("PROMTOOL", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert find_promtool(tmp_path) == own
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_promtool(tmp_path) == on_path
    monkeypatch.setenv("PROMTOOL", named)
    assert find_promtool(tmp_path) == named
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROMTOOL", str(Path(named).relative_to(tmp_path)))
    assert find_promtool(tmp_path) == named  # whichever folder it is run in


def test_where_there_is_none_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMTOOL", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RemoteError, match=r"there is no promtool.*make promtool") as raised:
        find_promtool(tmp_path)
    assert raised.value.exit_code == 3
    monkeypatch.setenv("PROMTOOL", "/nowhere/promtool")
    with pytest.raises(RemoteError, match=r"/nowhere/promtool, which PROMTOOL names"):
        find_promtool(tmp_path)


def check(expression: str, expected: float | None, number: int) -> dict[str, object]:
    samples = [] if expected is None else [{"labels": "{}", "value": expected}]
    return {"expr": f"{expression} # {number}", "eval_time": "1m", "exp_samples": samples}


def test_what_is_unmet_is_told_by_test_and_check(request: pytest.FixtureRequest) -> None:
    test = {"interval": "30s", "input_series": [{"series": 'up{a="x # 1/1\\" y"}', "values": "5x10"}]}
    first = {**test, "promql_expr_test": [check("sum(up)", 5, 0), check("sum(up) * 2", 11, 1)]}
    second = {**test, "promql_expr_test": [check('up{a!=""}', None, 0), check("sum(up) > 7", 1, 1)]}
    fine = {**test, "promql_expr_test": [check("sum(up)", 5, 0)]}
    files = [TestFile([], 30, [first, second]), TestFile([], 30, [fine]), TestFile([], 30, [fine, first])]
    found = run_tests(needed_promtool(request), files)
    assert [sorted(unmet) for unmet in found] == [[(0, 1), (1, 0), (1, 1)], [], [(1, 1)]]
    assert found[0][0, 1] == "{} 1E+01"
    assert found[0][1, 1] == "nil"


def test_a_rule_that_promtool_does_not_take_is_an_error_with_what_it_says(request: pytest.FixtureRequest) -> None:
    test = {"interval": "30s", "input_series": [], "promql_expr_test": [check("vector(1)", 1, 0)]}
    with pytest.raises(RemoteError, match=r"promtool could not run a proof: (?s:.*)unclosed left parenthesis"):
        run_tests(needed_promtool(request), [TestFile([{"alert": "A", "expr": "nonsense("}], 30, [test])])


def test_a_rule_that_cannot_be_evaluated_holds_in_none_of_its_tests(request: pytest.FixtureRequest) -> None:
    series = [{"series": f'{name}{{job="a"}}', "values": "1x10"} for name in ("a", "b")]
    test = {"interval": "30s", "input_series": series, "promql_expr_test": [check("vector(1)", 1, 1)]}
    same = {"alert": "A", "expr": "label_replace({job='a'}, '__name__', 'c', '', '')"}
    (unmet,) = run_tests(needed_promtool(request), [TestFile([same], 30, [test, test])])
    assert set(unmet) == {(0, 1), (1, 1)}
    assert "labelset" in unmet[0, 1]


def test_only_the_test_whose_rule_cannot_be_evaluated_does_not_hold(request: pytest.FixtureRequest) -> None:
    one, two = ([{"series": f'a{{job="{job}"}}', "values": "1x10"} for job in jobs] for jobs in ("a", "ab"))
    asked = {"interval": "30s", "promql_expr_test": [check("vector(1)", 1, 0), check("vector(1)", 2, 1)]}
    tests = [{**asked, "input_series": series} for series in (two, one, two)]
    doubled = "label_replace(a, 'job', 'c', '', '')"
    rules = [{"alert": "A", "expr": doubled}]
    (unmet,) = run_tests(needed_promtool(request), [TestFile(rules, 30, tests)])
    assert sorted(unmet) == [(0, 1), (1, 1), (2, 1)]
    assert ["labelset" in unmet[order, 1] for order in range(3)] == [True, False, True]
    # Where it is the declaration that cannot be evaluated, the input is none that anything can be asked of.
    rules.append({"alert": "declared", "expr": doubled})
    (unmet,) = run_tests(needed_promtool(request), [TestFile(rules, 30, tests)])
    assert sorted(unmet) == [(0, 0), (1, 1), (2, 0)]


def test_a_test_that_promtool_does_not_read_is_an_error_beside_checks_that_do_not_hold(
    request: pytest.FixtureRequest,
) -> None:
    asked = {"interval": "30s", "promql_expr_test": [check("vector(1)", 2, 1)]}
    tests = [{**asked, "input_series": [{"series": name, "values": "1x10"}]} for name in ("up", "not-a-name", "up")]
    with pytest.raises(RemoteError, match=r"could not run a proof: (?s:.*)unexpected <op:-> in series values"):
        run_tests(needed_promtool(request), [TestFile([], 30, tests)])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo out of memory; exit 137", "out of memory"),
        ("exit 9", r"answered 'nothing' \(exit code 9\)"),
        ("echo Unit Testing: 0.yml; exit 137", "could not run a proof: it ended with 137"),
    ],
)
def test_a_promtool_that_breaks_down_is_an_error(text: str, message: str, tmp_path: Path) -> None:
    test = {"interval": "30s", "input_series": [], "promql_expr_test": [check("vector(1)", 1, 0)]}
    with pytest.raises(RemoteError, match=message):
        run_tests(program(tmp_path, text), [TestFile([], 30, [test])])


#: What promtool itself says to three files, of which the second holds and the third has rules that cannot be evaluated.
SAID = sorted(Path(__file__).parent.glob("promtool_says/*.txt"))


@pytest.mark.parametrize("said", SAID, ids=[file.stem for file in SAID])
def test_what_each_promtool_says_is_read_alike(said: Path, tmp_path: Path) -> None:
    test = {"interval": "30s", "input_series": [], "promql_expr_test": [check("vector(1)", 1, 0)]}
    alone = f"sed -n '/2.yml/,$p' {said} | sed 's/2.yml/0.yml/'"
    promtool = program(tmp_path, f"if [ -e ../2.yml ]; then {alone}; else cat {said}; fi; exit 1")
    found = run_tests(promtool, [TestFile([], 30, [test, test]), TestFile([], 30, [test]), TestFile([], 30, [test])])
    assert found == [
        {(0, 1): "{} 1E+01", (1, 0): '{__name__="up", a="x # 1/1\\" y"} 5E+00', (1, 1): "nil"},
        {},
        {(0, 1): "error: vector cannot contain metrics with the same labelset"},
    ]


@pytest.mark.parametrize("status", [0, 1])
def test_a_program_that_does_not_say_which_files_it_tested_is_none(status: int, tmp_path: Path) -> None:
    test = {"interval": "30s", "input_series": [], "promql_expr_test": [check("vector(1)", 1, 0)]}
    promtool = program(tmp_path, f"echo; echo Testing: 0.yml; echo SUCCESS; exit {status}")
    with pytest.raises(RemoteError, match=r"answered 'Testing: 0\.yml'.*'Processing test file:'") as raised:
        run_tests(promtool, [TestFile([], 30, [test])])
    assert raised.value.exit_code == 3
    assert "\n" not in raised.value.message
    with pytest.raises(RemoteError, match=r"answered 'Testing: 0\.yml'"):
        run_file(promtool, tmp_path / "scenario.yml")


def test_a_promtool_that_cannot_be_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match="cannot be run"):
        run_tests(str(tmp_path / "nowhere"), [TestFile([], 30, [])])
