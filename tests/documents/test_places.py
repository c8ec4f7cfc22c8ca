"""A finding is where a person finds it: the line and column of the offending character, however it is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dashlib.documents import places
from tests.linting import dashboard, linted, panel, run

if TYPE_CHECKING:
    from dashlib.lint.subjects import Linted

EXPRESSION = 'sum(up{job=~"kafka", path="ü\\\\x"} > bool $nothing)'


def offending(text: str, line: int, column: int) -> str:
    return text.split("\n")[line - 1][column - 1 :]


@pytest.mark.parametrize(
    "text",
    [
        "expr: up{job=~'a'}",
        "expr:   'up{job=~\"a\"}'",
        "expr: 'up{x=''y'',job=~\"a\"}'",
        'expr: "up{job=~\\"a\\"}"',
        'expr: "up{x=\\"\\u00e4\\", job=~\\"a\\"}"',
        "expr: |\n            up{\n              job=~'a'\n            }",
        "expr: |-\n            up{job=~'a'}\n\n            # more",
    ],
)
def test_in_each_style_of_yaml(text: str) -> None:
    rules = f"groups:\n  - name: 😀\n    rules:\n      - alert: A\n        {text}\n        for: 5m\n"
    (finding,) = [one for one in run(linted(rules)) if one.check == "needless-regexp"]
    assert offending(rules, finding.line, finding.column).startswith("job=~")


def test_in_json_behind_escapes() -> None:
    documents: tuple[Linted, ...] = linted(dashboard(panel('up{x="\\u00e4\\\\", job=~"a"}')))
    source = documents[0].source
    assert source is not None
    (finding,) = [one for one in run(documents) if one.check == "needless-regexp"]
    assert offending(source.text, finding.line, finding.column).startswith("job=~")


def test_of_what_is_not_there_it_is_what_surrounds_it() -> None:
    documents = linted(dashboard({"id": 1, "type": "stat", "title": "x", "description": "y"}))
    (finding,) = [one for one in run(documents) if one.check == "panel-without-query"]
    source = documents[0].source
    assert source is not None
    assert json.loads(json.dumps(source.text)).split("\n")[finding.line - 1].strip() == "{"


def test_a_file_elsewhere_keeps_its_whole_path() -> None:
    assert places.shown("/somewhere/else.py") == "/somewhere/else.py"
