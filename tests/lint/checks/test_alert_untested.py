from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

from tests.linting import found, rule_file, settings

TEST = """\
tests:
  - alert_rule_test:
      - {alertname: SomethingIsWrong, eval_time: 1m, exp_alerts: []}
      - {alertname: SomethingIsWrong, eval_time: 9m, exp_alerts: [{}]}
"""


def said(folder: Path, text: str) -> list[str]:
    (folder / "tests").mkdir()
    (folder / "tests/one.yml").write_text(text, encoding="utf-8")
    return found("alert-untested", rule_file({}), is_project=True, root=folder, settings=settings(rule_tests=["tests"]))


def test_it_fires_in_one_and_not_in_another(tmp_path: Path) -> None:
    assert not said(tmp_path, TEST)


def test_one_that_only_fires_is_half_a_test(tmp_path: Path) -> None:
    only = TEST.replace("      - {alertname: SomethingIsWrong, eval_time: 1m, exp_alerts: []}\n", "")
    assert said(tmp_path, only) == ["SomethingIsWrong has no test in which it stays silent"]


def test_a_broken_test_file_tests_nothing(tmp_path: Path) -> None:
    assert said(tmp_path, "tests: [")


def test_a_project_without_such_tests_hears_nothing(tmp_path: Path) -> None:
    assert not found("alert-untested", rule_file({}), is_project=True, root=tmp_path)


ASKED = """\
tests:
  - promql_expr_test:
      - {expr: 'count by (alertname) (ALERTS{alertstate="firing"})', eval_time: 1m, exp_samples: []}
      - expr: 'count by (alertname) (ALERTS{alertstate="firing"})'
        eval_time: 9m
        exp_samples: [{labels: '{alertname="SomethingIsWrong"}', value: 1}]
"""


def test_asking_for_the_alerts_that_fire_is_a_test_too(tmp_path: Path) -> None:
    assert not said(tmp_path, ASKED)


def test_one_that_is_pending_does_not_fire(tmp_path: Path) -> None:
    pending = ASKED.replace('"SomethingIsWrong"}', '"SomethingIsWrong", alertstate="pending"}')
    assert "in which it fires" in said(tmp_path, pending)[0]
