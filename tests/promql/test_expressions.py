"""What a user of `promql.read` relies on: one value for one text, and as much of it as the text allows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from dashlib import promql
from dashlib.promql.matchers import Matcher, passes

ROOM = Path(promql.__file__).parent


def test_one_text_is_read_once() -> None:
    expression = promql.read("sum by (a) (rate(x[5m]))")
    assert promql.read("sum by (a) (rate(x[5m]))") is expression
    assert expression.tree is expression.tree
    assert expression.selectors is expression.selectors


def test_an_expression_says_what_is_in_it() -> None:
    expression = promql.read('max by (a, b) (x{c="d"}) / on (a) group_left () y # z\n + x')
    assert expression.metrics == ("x", "y")
    assert [(one.keyword, [each.text for each in one.labels]) for one in expression.groupings] == [
        ("by", ["a", "b"]),
        ("on", ["a"]),
    ]
    assert "".join(token.text for token in expression.tokens) == expression.text
    assert {token.kind for token in expression.words}.isdisjoint({"space", "comment"})


def test_what_is_not_valid_still_has_tokens() -> None:
    expression = promql.read("sum by (a) (")
    assert [token.text for token in expression.words] == ["sum", "by", "(", "a", ")", "("]
    assert [one.keyword for one in expression.groupings] == ["by"]
    for _ in range(2):  # asked again, it is no more valid
        with pytest.raises(promql.PromQLError, match="not closed"):
            expression.check()
        with pytest.raises(promql.PromQLError, match="not closed"):
            _ = expression.tree


def test_two_spellings_have_one_normal_form() -> None:
    assert promql.read("sum( x ) by (a)").normal() == promql.read("sum by(a)(x)").normal()


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "is_let_pass"),
    [
        ("=", "a", "a", True), ("=", "a", "ab", False), ("=", "", "", True),
        ("!=", "a", "b", True), ("!=", "", "", False),
        ("=~", "a|b", "b", True), ("=~", "a", "ab", False), ("=~", "a.*", "ab", True), ("=~", "a|", "", True),
        ("!~", "a.*", "ab", False), ("!~", "a", "ab", True), ("!~", "", "", False),
    ],
)  # fmt: skip
def test_a_matcher_lets_values_pass_as_in_prometheus(
    operator: str, wanted: str, value: str, *, is_let_pass: bool
) -> None:
    assert passes(Matcher("label", operator, wanted), value) is is_let_pass


@pytest.mark.parametrize("operator", ["=~", "!~"])
def test_a_pattern_that_is_not_pythons_gets_the_answer_that_was_asked_for(operator: str) -> None:
    of_go = Matcher("label", operator, r"\p{L}+")
    assert not passes(of_go, "a")
    assert passes(of_go, "a", unreadable=True)


def test_no_module_of_the_room_asks_the_whole_room() -> None:
    """So that there are no circles: a module imports what it needs from where it stands."""
    for file in ROOM.glob("[!_]*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in {"dashlib", "dashlib.promql"}:
                assert {alias.name for alias in node.names} <= {"tree", "variables"}, f"{file.name}:{node.lineno}"


def test_no_other_module_decides_what_passes_a_matcher() -> None:
    decides = re.compile(r"fullmatch\((?:\w+\.)+value,")
    found = [str(file) for file in ROOM.parent.rglob("*.py") if decides.search(file.read_text(encoding="utf-8"))]
    assert found == [str(ROOM / "matchers.py")]
