from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dashlib.lint.findings import TextFix
from tests.linting import dashboard, in_panel, linted, panel, run

if TYPE_CHECKING:
    from tests.conftest import Shell


@pytest.mark.parametrize(
    ("expression", "fixed"),
    [
        ('up{job=~"a"}', 'up{job="a"}'),
        ('up{job!~"a", x="y"}', 'up{job!="a", x="y"}'),
        ('up{x="y", job=~".+"}', 'up{x="y", job!=""}'),
    ],
)
def test_the_fix_is_the_plain_form(expression: str, fixed: str) -> None:
    (finding,) = [one for one in run(linted(dashboard(panel(expression)))) if one.check == "needless-regexp"]
    fix = finding.problem.fix
    assert isinstance(fix, TextFix)
    assert expression[: fix.start] + fix.text + expression[fix.end :] == fixed


@pytest.mark.parametrize("pattern", ["a|b", "a.*", "[ab]", "$job", "${job:regex}", "[[job]]", "a\\\\.b", ""])
def test_one_that_is_needed(pattern: str) -> None:
    assert not in_panel("needless-regexp", f'up{{job=~"{pattern}"}}')


def test_a_selector_must_keep_one_matcher() -> None:
    assert not in_panel("needless-regexp", '{__name__=~".+"}')


def test_the_same_filter_of_many_queries_is_one_finding_and_each_is_mended(shell: Shell) -> None:
    panels = [panel('up{job=~"a"}', id=number) for number in range(3)]
    file = shell.write("shown.json", json.dumps(dashboard(*panels)))
    assert shell.dashlib("lint", "shown.json").stdout.count("needless-regexp") == 1
    assert shell.dashlib("lint", "--fix", "shown.json").stderr.count("needless-regexp: fixed") == 3
    assert "=~" not in file.read_text(encoding="utf-8")
