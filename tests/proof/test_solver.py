"""Whether what the solver finds gives the value that was wanted: promtool says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashlib import promql
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.proof.courses import Line, Segment, Voice, input_series, number
from dashlib.proof.exporter import Exporter
from dashlib.proof.invention import Invention
from dashlib.proof.promtool import TestFile, run_tests
from dashlib.proof.solver import Goal, Solver, State, Want, calculate, left_operand, right_operand
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from dashlib.promql.tree import Node

SCRAPE = 15
SECONDS = 2 * 3600
EVALUATION = 60  # promtool loads no sample behind the last evaluation


def solver_for(*expressions: str) -> tuple[Solver, list[Node]]:
    invention = Invention(Exporter(catalog(), load_profile("lab")), "mysql")
    roots = [promql.read(expression).tree for expression in expressions]
    invention.learn(roots)
    return Solver(invention, SCRAPE), roots


def solved(expression: str, goal: Goal) -> State | None:
    solver, (root,) = solver_for(expression)
    return next(solver.solutions([(root, goal)]), None)


def asked(promtool: str, cases: list[tuple[str, State, str]]) -> list[bool]:
    """Return for each expression and state whether another expression has a sample in the end."""
    tests: list[dict[str, Any]] = []
    for _, state, holds in cases:
        before = {**state.now, **state.past}
        segments = [Segment(SECONDS - 600, before), Segment(600, state.now)]
        check = {"expr": f"count({holds}) # 1", "eval_time": f"{SECONDS - EVALUATION}s", "exp_samples": []}
        tests.append(
            {
                "interval": f"{SCRAPE}s",
                "input_series": input_series(segments, SCRAPE, lambda series: [Voice(series)]),
                "promql_expr_test": [check],
            }
        )
    unmet = run_tests(promtool, [TestFile([], EVALUATION, tests)])[0]
    return [(index, 1) in unmet for index in range(len(cases))]


EXPRESSIONS = [
    "a",
    "a / 1000",
    "(a != -1) / 1000",
    "100 * (1 - a / b)",
    "sum by (job) (a) - sum by (job) (b)",
    "b - a",
    "10 / a",
    "-a",
    "a + b + c",
    "a or b",
    "max by (job) (a) and on (job) (b > 5)",
    "max by (job) (a) unless on (job) (b > 5)",
    "rate(a[5m])",
    "increase(a[10m])",
    "60 * deriv((max by (job) (a / 1000))[10m:30s])",
    "delta(a[10m])",
    "last_over_time(a[20m]) >= -1e15",
    "max_over_time(a[5m])",
    "time() - a",
    'label_replace(a, "x", "$1", "job", "(.+)")',
    "avg by (job) (sum by (job, instance) (a) * 3)",
    "a > bool 5",
    "histogram_quantile(0.9, sum by (job, le) (rate(a[5m])))",
    "predict_linear(a[30m], 3600)",
]


def test_a_value_that_is_wanted_is_the_value_that_prometheus_gets(request: pytest.FixtureRequest) -> None:
    promtool = needed_promtool(request)
    cases = []
    for expression in EXPRESSIONS:
        for value in (0.0, 1.0) if "bool" in expression else (0.25, 3.0, 61.5):
            state = solved(expression, Line(value))
            assert state is not None, expression
            cases.append((expression, state, f"abs(({expression}) - {number(value)}) < 1e-6"))
    assert [case[0] for case, holds in zip(cases, asked(promtool, cases), strict=True) if not holds] == []


CONDITIONS = [
    "a > 5",
    "5 < a",
    "a == 1",
    "a != 1",
    "a <= 0",
    "a > b",
    "a / 1000 < 15 and on (job) b >= 0",
    "100 * (1 - a / b) > 80",
    "a == 1 unless on (job) (b < 15 and on (job) c >= 0)",
    "count by (job) (a) > 2",
    "changes(a[10m]) > 0",
    "increase(a[10m]) > 3",
    "absent(a)",
    "a > 1 or b > 1",
    'group by (job) (a{state="failed"})',
    "sum by (job) (delta(a[10m])) > 1048576",
]


def test_a_condition_that_is_wanted_holds_and_one_that_is_not_does_not(request: pytest.FixtureRequest) -> None:
    promtool = needed_promtool(request)
    cases = []
    for condition in CONDITIONS:
        for goal, holds in ((Want.ANYTHING, condition), (Want.NOTHING, f"vector(1) unless on () ({condition})")):
            state = solved(condition, goal)
            assert state is not None, condition
            if not state.copies:
                cases.append((condition, state, holds))
    assert [case[0] for case, holds in zip(cases, asked(promtool, cases), strict=True) if not holds] == []


affine = st.recursive(
    st.sampled_from(["a", "max by (job) (a)", "last_over_time(a[5m])"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), st.integers(1, 50)).map(
            lambda part: f"({part[0]} {part[1]} {part[2]})"
        ),
        st.tuples(st.integers(1, 50), st.sampled_from("+-*"), inner).map(
            lambda part: f"({part[0]} {part[1]} {part[2]})"
        ),
        st.tuples(inner, st.sampled_from("+-"), st.just("sum by (job) (b)")).map(
            lambda part: f"({part[0]} {part[1]} on (job) {part[2]})"
        ),
    ),
    max_leaves=4,
)


@settings(max_examples=3, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(affine, st.integers(-1000, 1000)), min_size=30, max_size=30))
def test_any_affine_expression_is_turned_round(request: pytest.FixtureRequest, drawn: list[tuple[str, int]]) -> None:
    promtool = needed_promtool(request)
    cases = []
    for expression, value in drawn:
        state = solved(expression, Line(float(value)))
        assert state is not None, expression
        cases.append((expression, state, f"abs(({expression}) - {value}) < 1e-3"))
    assert [case[0] for case, holds in zip(cases, asked(promtool, cases), strict=True) if not holds] == []


values = st.floats(-1e6, 1e6, allow_nan=False).filter(lambda value: abs(value) > 1e-3)


@given(st.sampled_from("+-*/"), values, values)
def test_an_operand_is_what_makes_the_result(operator: str, result: float, known: float) -> None:
    for found, order in (
        (left_operand(operator, Line(result), Line(known)), 1),
        (right_operand(operator, Line(result), Line(known)), -1),
    ):
        assert found is not None
        again = calculate(operator, *((found, Line(known))[::order]))
        assert again is not None
        assert again.constant == pytest.approx(result, rel=1e-6, abs=1e-6)


def test_a_past_is_used_where_now_and_before_differ() -> None:
    solver, roots = solver_for("a == 0", "max_over_time(a[1h]) == 1")
    state = next(solver.solutions([(roots[0], Line(0.0)), (roots[1], Want.ANYTHING)]))
    assert list(state.now.values()) == [Line(0.0)]
    assert list(state.past.values()) == [Line(1.0)]


@pytest.mark.parametrize("expression", ["ln(a)", "stddev by (job) (a)", "a ^ 2", "a % 3"])
def test_what_it_cannot_turn_round_has_no_solution(expression: str) -> None:
    assert solved(expression, Line(3.0)) is None


def test_an_expression_that_is_nested_very_deeply_ends_with_a_reason() -> None:
    expression = " or ".join(f"a{index}" for index in range(240))
    solver, (root,) = solver_for(expression)
    assert next(solver.solutions([(root, Want.NOTHING)]), None) is not None or solver.reasons
