"""What a user of `dashlib.promql` relies on: nothing lost, right places, and Prometheus 2.42's own verdicts."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashlib import promql
from dashlib.promql import (
    Matcher,
    PromQLError,
    Selector,
    duration_seconds,
    format_matchers,
)
from dashlib.promql.layout import arrange
from dashlib.promql.parsing import MAX_OPERATORS, MAX_OPERATORS_IN_ALL
from dashlib.promql.stand_ins import text_for_parser

if TYPE_CHECKING:
    from pathlib import Path

# Verdicts of promtool 2.42.0; `test_promtool_gives_the_same_verdicts` asks it again.
VALID = [
    "up",
    "job:up:sum5m",
    ":node_memory:sum",
    'up{job="a",instance!="b",path=~"/c.*",code!~"5..",}',
    '{__name__=~"a|b",job="c"}',
    r"up{path=~`/a\.b\d+`}",
    r'up{a="\n\"\\\x41\u00e9"}',
    "up{a='it is \"quoted\"'}",
    'up{by="1",on="2",bool="3",inf="4"}',
    "rate(x[5m] offset 1h)",
    "rate(x[1h30m] offset -1w)",
    "rate(x[5m] @ end() offset 5m)",
    "x @ 1.5e3 or y @ start()",
    "max_over_time(rate(x[5m])[1h:1m])",
    "avg_over_time(x[1h:] offset 1d)",
    "sum by (a, b) (x) / on (a) group_left (b) y",
    "SUM(x) WITHOUT (a,)",
    "x > bool 1 and y unless ignoring (a) z",
    "x atan2 y ^ 2 % 3",
    "group by (a) (x)",
    "count_values by (a) ('version', build_info)",
    "topk(3, x) or bottomk(1, y)",
    "quantile(0.9, x)",
    "histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m])))",
    "histogram_count(x) + histogram_sum(x) + histogram_fraction(0, 1, x)",
    "last_over_time(x[5m]) + present_over_time(x[5m]) + absent_over_time(x[5m])",
    "clamp(x, 0, 1) + deg(x) + rad(x) + sinh(x) + pi()",
    'label_replace(x, "a", "$1", "b", "(.*)")',
    "0x1F + 1e3 + .5 + 5. + Inf + NaN",
    "x # a comment\n + y",
    "and and and",
    "sum + by",
]
INVALID = [
    # expression, what the reason names, the character the caret is under (an offset)
    ("", "no expression", 0),
    ("# only a comment", "no expression", 0),
    ("sum(x", "'(' is not closed", 3),
    ("sum(x))", "')' has no opening bracket", 6),
    ("rate(x[5m)", "')' has no opening bracket", 9),
    ('up{a="b}', "string that begins", 5),
    ("up ? 1", "unexpected character '?'", 3),
    ("a b", "unexpected 'b'", 2),
    ("sum(a +)", "unexpected '+'", 6),
    ("a + * b", "unexpected '*'", 4),
    ("sum(rate(x[5m])) / rote(y[5m])", "unknown function with name 'rote'", 19),
    ("sum(rate(x[5m]) + rate(y))", "rate() takes a range, such as x[5m]; it got an instant vector", 18),
    ("rate(x[5m]) / sum(rate(y[5m], 3))", "expected 1 argument", 18),
    ('x + y{a=~"("}', "illegal regex", 9),
    ("x + {}", "at least one non-empty matcher", 4),
    ("x[5m][5m]", "ranges only allowed", 0),
    ("x[1m1h]", "in this order", 2),
    ("x[300y]", "too long", 2),
    ("x[5m30]", "neither a number nor a duration", 2),
    ("x offset 1.5m", "neither a number nor a duration", 9),
    ("a and 1", "'and' not allowed", 2),
    ("1 == 2", "BOOL", 0),
    ("x @ 99999999999999999999", "out of range", 4),
    ("9e999", "out of range", 0),
    # what later versions brought
    ("histogram_stddev(x) + histogram_stdvar(x)", "2.47", 0),
    ("1 + mad_over_time(x[5m])", "2.49", 4),
    ('sort_by_label(x, "a")', "2.49", 0),
    ('sort_by_label_desc(x, "a")', "2.49", 0),
    ("histogram_avg(x)", "2.51", 0),
    ("limitk(3, x)", "2.54", 0),
    ("limit_ratio by (a) (0.5, x)", "2.54", 0),
    ("x > 5m", "2.54", 4),
    ("x[300]", "2.54", 2),
    ("x offset 300", "2.54", 9),
    ("max_over_time(x[1h:30])", "2.54", 19),
    ("1_000", "2.54", 0),
    ("info(x)", "2.55", 0),
    ("double_exponential_smoothing(x[5m], 0.5, 0.5)", "3.0", 0),
    ('{"my.metric"}', "3.0", 1),
    ('x{a="b", "cd"="e"}', "3.0", 9),
    ('sum by ("ab") (x)', "3.0", 8),
    ("rate(x[5m + 1m])", "3.4", 10),
    ("ts_of_max_over_time(x[5m])", "3.5", 0),
    ("first_over_time(x[5m])", "3.7", 0),
    ("rate(x[5m] anchored)", "3.7", 11),
    ("a + fill(0) b", "3.10", 4),
    ("x - start()", "3.12", 4),
    ('x{a="b" or c="d"}', "not PromQL", 8),
]
# Prometheus 2.42 takes it, Prometheus 3 does not.
GONE = ("holt_winters(x[5m], 0.5, 0.5)", "double_exponential_smoothing", 0)


@pytest.mark.parametrize("expression", VALID)
def test_valid_expressions_parse(expression: str) -> None:
    promql.read(expression).check()


@pytest.mark.parametrize(("expression", "reason", "position"), [*INVALID, GONE])
def test_refusals_name_reason_and_place(expression: str, reason: str, position: int) -> None:
    with pytest.raises(PromQLError) as caught:
        promql.read(expression).check()
    assert reason in caught.value.reason
    assert caught.value.position == position
    assert caught.value.expression == expression


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_gives_the_same_verdicts(tmp_path: Path) -> None:
    version = subprocess.run(["promtool", "--version"], capture_output=True, text=True, check=True).stdout
    if "version 2.42" not in version:
        pytest.skip("promtool is not 2.42")

    def accepts(expressions: list[str]) -> list[bool]:
        rules = [{"record": f"r{number}", "expr": expression} for number, expression in enumerate(expressions)]
        path = tmp_path / "rules.yml"
        path.write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}), encoding="utf-8")
        output = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True, check=False)
        return [f'"r{number}": could not parse' not in output.stderr for number in range(len(expressions))]

    assert accepts([*VALID, GONE[0]]) == [True] * (len(VALID) + 1)
    invalid = [expression or " " for expression, _, _ in INVALID]
    assert accepts(invalid) == [False] * len(invalid)


def test_message_has_a_caret_under_the_place() -> None:
    with pytest.raises(PromQLError) as caught:
        promql.read("sum(\n\ta\n) +\n  rote(b) + c").check()
    lines = str(caught.value).splitlines()
    assert lines[1:] == ["    rote(b) + c", "    ^"]
    with pytest.raises(PromQLError) as caught:
        _ = promql.read("\tup ? 1").tokens
    assert str(caught.value).splitlines()[1:] == ["  \tup ? 1", "  \t   ^"]


def test_message_of_a_long_line_stays_short() -> None:
    with pytest.raises(PromQLError) as caught:
        promql.read("a + " * 100 + "? " + "+ b" * 100).check()
    _, line, caret = str(caught.value).splitlines()
    assert len(line) < 150
    assert line[caret.index("^")] == "?"


def test_error_survives_pickling() -> None:
    error: PromQLError = pickle.loads(pickle.dumps(PromQLError("wrong", "a b", 2)))  # noqa: S301 - our own bytes
    assert (str(error), error.position, error.reason) == (str(PromQLError("wrong", "a b", 2)), 2, "wrong")


def test_tokens_have_kinds() -> None:
    kinds = [
        (token.kind, token.text)
        for token in promql.read('sum by(a)(x{b=~"$c"}[5m:$d]) > 1 #e').tokens
        if token.text != " "
    ]
    assert kinds == [
        ("identifier", "sum"),
        ("keyword", "by"),
        ("punctuation", "("),
        ("identifier", "a"),
        ("punctuation", ")"),
        ("punctuation", "("),
        ("identifier", "x"),
        ("punctuation", "{"),
        ("identifier", "b"),
        ("operator", "=~"),
        ("string", '"$c"'),
        ("punctuation", "}"),
        ("punctuation", "["),
        ("duration", "5m"),
        ("punctuation", ":"),
        ("variable", "$d"),
        ("punctuation", "]"),
        ("punctuation", ")"),
        ("operator", ">"),
        ("number", "1"),
        ("comment", "#e"),
    ]


@pytest.mark.parametrize("variable", ["$a", "${a}", "${a:regex}", "[[a]]", "[[a:csv]]", "$__rate_interval", "${DS.x}"])
def test_variables_are_one_token(variable: str) -> None:
    assert [(token.kind, token.text) for token in promql.read(variable).tokens] == [("variable", variable)]


@pytest.mark.parametrize(
    "expression",
    [
        "rate($metric[$__rate_interval])",
        "rate(x[[[range]]])",
        "rate(x[${n}m])",
        "rate(x[${__range_s}s])",
        "x[5${unit}]",
        "max_over_time(x[1h:$__interval])",
        "max_over_time(x[$__range:])",
        "x offset $shift",
        "x offset -${shift}",
        "x @ $time",
        "topk($n, x)",
        "topk by (a) (($n), x)",
        "histogram_quantile($q, $metric)",
        "clamp(x, $low, ${high})",
        "x > $threshold",
        "$a > $b",
        "x / $__range_s * 1000 / ${__interval_ms}",
        "sum by ($label, [[other]]) (x)",
        "x * on ($a) group_left ($b) y",
        'x{$label=~"${value:regex}", [[other]]!="$x"}',
        "kafka_${connector}_total + ${prefix}_total + job:[[name]]:rate5m",
    ],
)
def test_variables_parse_where_grafana_puts_them(expression: str) -> None:
    promql.read(expression).check()


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("rate(x[$__range_s])", "${__range_s}s"),  # would be [3600]
        ("x / $__interval", "$__interval"),  # would be x / 15s
        ("x{a=$b}", "'$b'"),
    ],
)
def test_variables_are_refused_where_their_value_cannot_stand(expression: str, named: str) -> None:
    with pytest.raises(PromQLError) as caught:
        promql.read(expression).check()
    assert named in caught.value.reason


def one(expression: str) -> Selector:
    (selector,) = promql.read(expression).selectors
    return selector


def test_selector_has_its_parts_and_places() -> None:
    expression = 'sum(rate(x_total{a="b", c=~"$d\\n"}[$__rate_interval] offset 5m @ end()) + 1)'
    selector = one(expression)
    assert selector.metric == "x_total"
    assert selector.matchers == (Matcher("a", "=", "b"), Matcher("c", "=~", "$d\n"))
    assert expression[selector.start : selector.end] == 'x_total{a="b", c=~"$d\\n"}'
    assert expression[selector.start : selector.name_end] == "x_total"
    assert selector.open_brace == expression.index("{")
    assert selector.range == "$__rate_interval"
    assert expression[selector.end : selector.end_of_modifiers] == "[$__rate_interval] offset 5m @ end()"
    assert selector.call is not None
    assert expression[slice(*selector.call)] == expression[4 : expression.index(" + 1")]


def test_selector_without_name_keeps_the_name_matcher() -> None:
    selector = one('{__name__="x"}')
    assert (selector.metric, selector.start, selector.name_end, selector.open_brace) == ("", 0, 0, 0)
    assert selector.matchers == (Matcher("__name__", "=", "x"),)
    assert selector.range is None
    assert selector.call is None


def test_subquery_brackets_belong_to_the_subquery() -> None:
    selector = one("max_over_time(x[1h:1m] offset 5m)")
    assert (selector.range, selector.call, selector.end_of_modifiers) == (None, None, 15)
    inner = one("max_over_time(rate((x[5m]))[1h:])")
    assert (inner.range, inner.call) == ("5m", (14, 27))


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        ("1 + time() - 0x1F", []),
        ("sum by (a) (x) / on (b) group_left (c) y", ["x", "y"]),
        ("sum(x) without (a) > bool z", ["x", "z"]),
        ("and and and or by offset 5m", ["and", "and", "by"]),
        ("a[5m]", ["a"]),
        ("topk($n, $metric) + kafka_${c}_total * $__range_s > $threshold", ["$metric", "kafka_${c}_total"]),
        ("max_over_time(sum(x)[1h:] offset 5m) + y @ start() + z", ["x", "y", "z"]),
        ('count_values("a", x) # y', ["x"]),
        ("sum + sum(sum)", ["sum", "sum"]),
    ],
)
def test_selectors_are_the_metrics_in_order(expression: str, metrics: list[str]) -> None:
    assert [selector.metric for selector in promql.read(expression).selectors] == metrics


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("1h30m", 5400), ("500ms", 0.5), ("1d", 86_400), ("1y1w", 32_140_800), ("0", 0), ("0s", 0)],
)
def test_duration_seconds(text: str, seconds: float) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "5 m", "1.5m", "1m1h", "5m5m", "-5m", "m", "\u0665m", "300y", "9" * 9000 + "s"]
)
def test_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"Prometheus.*(write|such as).*\.$"):
        duration_seconds(text)


def test_format_matchers() -> None:
    assert format_matchers([]) == ""
    assert format_matchers([Matcher("a", "=", 'b"\\\n'), Matcher("c", "=~", "d.*")]) == r'{a="b\"\\\n",c=~"d.*"}'


@given(st.lists(st.tuples(st.sampled_from(["a", "le"]), st.sampled_from(["=", "!="]), st.text(max_size=9)), min_size=1))
def test_formatted_matchers_read_back(parts: list[tuple[str, str, str]]) -> None:
    matchers = tuple(Matcher(*part) for part in parts if not any("\ud800" <= char <= "\udfff" for char in part[2]))
    assert one("x" + format_matchers(matchers)).matchers == matchers


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 100_000,
        "(" * 201 + "x" + ")" * 201,
        "x + " * 50_000 + "x",
        "-" * 100_000 + "x",
        "x and " * 20_000 + "x",
        'x{a="' * 20_000,
        "${a:" * 25_000,
        "[[a" * 30_000,
        ":" * 100_000,
        '"' + "\\" * 100_001,
        "a " * 50_000,
        "rate(x[5m]) " * 8_000,
        "x{a=~'" + "(" * 50_000 + "'}",
        "\ud800",
        '"\ud800"',
        "\0",
        "0x" + "f" * 100_000,
        "1" * 100_000,
    ],
    ids=lambda text: ascii(text[:6]),
)
def test_huge_and_odd_expressions_are_refused(expression: str) -> None:
    with pytest.raises(PromQLError):
        _ = promql.read(expression).selectors


def test_large_valid_expressions_parse() -> None:
    promql.read("(" * 190 + "x" + ")" * 190).check()
    promql.read(" + ".join(["x"] * 200)).check()
    assert len(one("x{" + 'a="b",' * 15_000 + "}").matchers) == 15_000


VARIABLES = ["$c", "${c}", "${c:regex}", "[[c]]", "[[c:csv]]", "$__rate_interval", "$__interval", "$__range_s", "${DS}"]
PIECES = [
    *VARIABLES,
    *["x", "up", "job:x:sum", "sum", "rate", "time", "by", "on", "offset", "and", "or", "bool", "inf"],
    *["+", "-", "*", "/", "==", "=~", "=", "1", "2.5", "0x1f", "5m", "1h30m"],
    *"(){}[],:@",
    *[" ", "\n", "#c\n", '"s"', "'q'", "`r\\d`", '{a="b"}', "[5m]", "[1h:5m]", "é", '"', "\\"],
]
NAMES = st.sampled_from(["x", "job:x:sum", "up", "$c_total", "kafka_${c}_total", "[[c]]_x"])
MATCHERS = st.sampled_from(["", "{}", '{a="b"}', '{a=~"$c", b!=`\\d`}', '{$label="x"}'])
MODIFIERS = st.sampled_from(["", " offset 5m", " @ $time", " offset -$shift @ start()"])
RANGES = st.sampled_from(["[5m]", "[$__rate_interval]", "[ ${n}m ]", "[[[range]]]"])


def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        inner.map("({})".format),
        inner.map("sum by (a, $b) ({})".format),
        inner.map("topk($n, {})".format),
        inner.map("max_over_time(({})[1h:$__interval])".format),
        st.builds("{} + on(a) group_left () {}".format, inner, inner),
        st.builds("{}\n or # why\n {}".format, inner, inner),
    )


EXPRESSIONS = st.recursive(
    st.builds("{}{}{}".format, NAMES, MATCHERS, MODIFIERS)
    | st.builds("rate({}{}{}{})".format, NAMES, MATCHERS, RANGES, MODIFIERS),
    grow,
    max_leaves=6,
)


ANY_TEXT = st.text() | st.lists(st.sampled_from(PIECES)).map("".join) | EXPRESSIONS


@given(ANY_TEXT)
def test_tokens_are_the_text(text: str) -> None:
    try:
        tokens = promql.read(text).tokens
    except PromQLError:
        return
    assert "".join(token.text for token in tokens) == text
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert [token.start for token in tokens] == [0, *(token.end for token in tokens)][: len(tokens)]


@given(ANY_TEXT)
@example("x{a=~'\\\\Q'}")
def test_any_text_works_or_raises_promql_error(text: str) -> None:
    mistake = None
    try:
        found = promql.read(text).selectors
    except PromQLError as error:
        mistake = error
    if mistake is None:
        assert all(text[one.start : one.end].startswith(one.metric) for one in found)
    else:
        assert 0 <= mistake.position <= len(text)
        assert str(mistake).endswith("^")


@given(EXPRESSIONS)
def test_selectors_of_valid_expressions_have_ordered_spans(expression: str) -> None:
    end = 0
    for selector in promql.read(expression).selectors:
        assert end <= selector.start <= selector.name_end <= selector.end <= selector.end_of_modifiers
        assert expression[selector.start : selector.name_end] == selector.metric
        assert (selector.open_brace is None) == ("{" not in expression[selector.name_end : selector.end])
        assert (selector.range is None) == (selector.call is None)
        if selector.call is not None:
            assert expression[slice(*selector.call)].startswith("rate(")
        end = selector.end_of_modifiers


@given(EXPRESSIONS)
def test_stand_ins_have_the_length_of_their_variables(expression: str) -> None:
    expression = expression.replace("`\\d`", '"d"')
    text = text_for_parser(arrange(expression, promql.read(expression).words))
    assert len(text) == len(expression)
    assert all(
        text[token.start : token.end] == token.text
        for token in promql.read(expression).tokens
        if token.kind != "variable"
    )
    assert "$" not in "".join(token.text for token in promql.read(text).tokens if token.kind != "string")


def test_operators_are_limited_where_they_nest_and_in_all() -> None:
    deep = MAX_OPERATORS
    promql.read(" or ".join(["a"] * (deep + 1))).check()
    with pytest.raises(promql.PromQLError, match=f"more than {deep} operators in a row"):
        promql.read(" or ".join(["a"] * (deep + 2))).check()
    with pytest.raises(promql.PromQLError, match="operators in a row"):
        promql.read("a + (" + " or ".join(["a"] * (deep + 1)) + ")").check()
    # Beside one another they make no deeper tree.
    beside = "max({})".format(" or ".join(["a"] * 101))
    promql.read(" or ".join([beside] * 15)).check()
    with pytest.raises(promql.PromQLError, match=f"more than {MAX_OPERATORS_IN_ALL} operators in one expr"):
        promql.read(" or ".join([beside] * 25)).check()


@pytest.mark.parametrize(
    "expression",
    [
        "$aggregation(up)",
        "$aggregation by (job) (up)",
        "${aggregation:raw}(up) by ($by)",
        "$aggregation without (a) ($n, up)",
        "$aggregation($n, up)",
        "topk($n, up)",
        "${fn}(x[5m])",
        "[[fn]](x[5m])",
        "${fn}_over_time(x[5m])",
        "$fn(x[5m] offset 1h)",
        "$fn(rate(x[5m])[1h:])",
        "$fn($quantile, x[5m])",
        "$fn(x[5m], 3600)",
        "clamp_max($fn(x), $most)",
        "$outer($inner(x[$__rate_interval]))",
        "x $operator 5",
        "x $operator $threshold",
        "x $operator on (a) group_left y",
        "x $operator bool 5",
        "sum(x) $grouping",
        "sum $grouping (x)",
        "rate(x[5m] $offset) > 1",
        "x{$filters}",
        "{$filters}",
        'x{a="b", $filters, c="d"}',
        'x{a="b"$more}',
        'x{a="b" ${more:raw}, c="d"}',
        'x{job $operator "a"}',
        "x{job=~${job:doublequote}}",
        "x > ${__from:date:seconds}",
    ],
)
def test_variables_stand_for_functions_operators_clauses_and_matchers(expression: str) -> None:
    promql.read(expression).check()
    assert {one.metric for one in promql.read(expression).selectors} <= {"up", "x", "y", ""}


@pytest.mark.parametrize("expression", ["$fn(", "$fn()(x)", "x $op 5 6", "$fn(x[5m]", "x{$a $b}", "x $op > 5 )"])
def test_variables_do_not_hide_what_is_wrong_beside_them(expression: str) -> None:
    with pytest.raises(PromQLError):
        promql.read(expression).check()
