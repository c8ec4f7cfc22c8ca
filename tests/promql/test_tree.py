"""The tree of an expression: its shape is Prometheus', and each part knows where it stands."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dashlib import promql
from dashlib.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Negation,
    Node,
    Number,
    Subquery,
    Text,
    Vector,
    is_in_guard,
    vectors,
    walk,
    walk_up,
    with_ancestors,
)


def shape(node: Node) -> str:  # noqa: PLR0911  # one for each kind of node
    """Return a tree with all its parentheses."""
    match node:
        case Binary():
            return f"({shape(node.left)} {node.operator} {shape(node.right)})"
        case Negation():
            return f"-{shape(node.operand)}"
        case Aggregation():
            return f"{node.operator}({shape(node.operand)})"
        case Call():
            return f"{node.function}({', '.join(map(shape, node.arguments))})"
        case Subquery():
            return f"{shape(node.operand)}[{node.range}:{node.step}]"
        case Vector():
            return node.metric
        case Number():
            return "$" if node.value is None else f"{node.value:g}"
        case Text():
            return repr(node.value)
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b * c", "(a + (b * c))"),
        ("a * b + c", "((a * b) + c)"),
        ("a - b - c", "((a - b) - c)"),
        ("a ^ b ^ c", "(a ^ (b ^ c))"),
        ("-a ^ b", "-(a ^ b)"),
        ("-a * b", "(-a * b)"),
        ("a or b and c", "(a or (b and c))"),
        ("a unless b or c", "((a unless b) or c)"),
        ("a > b + 1", "(a > (b + 1))"),
        ("a == b and c == d", "((a == b) and (c == d))"),
        ("(a + b) * c", "((a + b) * c)"),
        ("a % b atan2 c", "((a % b) atan2 c)"),
        ("$n + a", "($ + a)"),
        ("a > bool 0x1f", "(a > 31)"),
        ("topk(3, a)", "topk(a)"),
        ("time()", "time()"),
        ("max_over_time((a - b)[5m:30s] offset 1h)", "max_over_time((a - b)[5m:30s])"),
        ("label_replace(a, 'b', \"c\", `d`, '')", "label_replace(a, 'b', 'c', 'd', '')"),
        (r"label_replace(a, 'b', '\x41\t', '', '')", "label_replace(a, 'b', 'A\\t', '', '')"),
        ('{__name__="a", b="c"} offset -5m', "a"),
        ("a @ end() + b @ 5", "(a + b)"),
        ("a\n# comment\n+ b", "(a + b)"),
        ("inf - NaN", "(inf - nan)"),
    ],
)
def test_the_shape_is_that_of_prometheus(expression: str, expected: str) -> None:
    assert shape(promql.read(expression).tree) == expected


def test_an_operator_knows_how_it_matches() -> None:
    node = promql.read("a / on (b, c) group_left (d) e > bool 5").tree
    assert isinstance(node, Binary)
    assert node.is_bool
    inner = node.left
    assert isinstance(inner, Binary)
    assert (inner.matching, inner.labels, inner.group, inner.included) == ("on", ("b", "c"), "group_left", ("d",))


def test_an_aggregation_knows_what_it_groups_by() -> None:
    for expression in ("sum by (a, b) (c)", "sum(c) by (a, b)", "sum by (a, b,) (c)"):
        node = promql.read(expression).tree
        assert isinstance(node, Aggregation)
        assert (node.grouping, node.labels) == ("by", ("a", "b"))
        assert (node.start, node.end) == (0, len(expression))


def test_parentheses_belong_to_what_they_enclose() -> None:
    expression = "((a + b)) / c"
    node = promql.read(expression).tree
    assert isinstance(node, Binary)
    assert expression[node.left.start : node.left.end] == "((a + b))"


def test_what_is_above_and_below() -> None:
    root = promql.read("a and b unless c").tree
    assert [shape(node) for node in vectors(root)] == ["a", "b", "c"]
    assert walk_up(root)[-1] is root
    guards = {shape(node): is_in_guard(node, above) for node, above in with_ancestors(root) if isinstance(node, Vector)}
    assert guards == {"a": False, "b": True, "c": True}


def test_matchers_know_their_place() -> None:
    expression = 'x{a="1", b=~\'2,}\' , c!="",}'
    (vector,) = vectors(promql.read(expression).tree)
    assert [expression[start:end] for _, start, end in vector.matchers] == ['a="1"', "b=~'2,}'", 'c!=""']


def test_what_is_deep_is_read_or_refused() -> None:
    assert len(list(walk(promql.read("(" * 190 + "a" + ")" * 190).tree))) == 1
    assert len(list(walk(promql.read("+".join(["a"] * 240)).tree))) == 479
    assert len(list(walk(promql.read("^".join(["1"] * 240)).tree))) == 479
    with pytest.raises(promql.PromQLError):
        _ = promql.read("(" * 5000 + "a" + ")" * 5000).tree


parts = st.recursive(
    st.sampled_from(["a", 'b{c="d"}', "1", "time()", "rate(e[5m])"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/^"), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("sum by (f) ({})".format),
        inner.map("-{}".format),
        inner.map("abs({})".format),
    ),
    max_leaves=8,
)


@given(parts)
def test_parts_lie_within_each_other_and_are_expressions_themselves(expression: str) -> None:
    try:
        root = promql.read(expression).tree
    except promql.PromQLError:
        assume(False)  # noqa: FBT003  # a scalar where series must be
    for node in walk(root):
        assert 0 <= node.start < node.end <= len(expression)
        for child in node.children:
            assert node.start <= child.start < child.end <= node.end
        text = expression[node.start : node.end]
        assert shape(promql.read(text).tree) == shape(node)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(promql.PromQLError):
        assert promql.read(text).tree.end <= len(text)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$fn(x[5m])", "$fn(x)"),
        ("${fn}_over_time(x[5m])", "${fn}_over_time(x)"),
        ("$agg by (a) (x) / y", "($agg(x) / y)"),
        ("x $op y + z", "(x $op (y + z))"),
        ("sum(x) $grouping / y", "(sum(x) / y)"),
        ("sum $grouping (x) / y", "(sum(x) / y)"),
        ("rate(x[5m] $offset) > y", "(rate(x) > y)"),
        ("x $offset > y", "(x > y)"),
        ("max_over_time(x $more [1h:])", "max_over_time(x[1h:])"),
    ],
)
def test_variables_that_stand_for_more_than_a_name(expression: str, expected: str) -> None:
    assert shape(promql.read(expression).tree) == expected


def test_matchers_with_variables_for_an_operator_or_a_value() -> None:
    (vector,) = vectors(promql.read('x{a $op "b", c=~${c:doublequote}, $more, d="e"}').tree)
    expression = 'x{a $op "b", c=~${c:doublequote}, $more, d="e"}'
    found = [(one.label, one.value, expression[start:end]) for one, start, end in vector.matchers]
    assert found == [("c", "${c:doublequote}", "c=~${c:doublequote}"), ("d", "e", 'd="e"')]
