"""Whatever an expression is, looking for its proof ends, with scenarios that promtool can read."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from attrs import evolve
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dashlib import promql
from dashlib.proof.invention import NoSeriesError
from dashlib.proof.meaning import HeldGuard
from dashlib.proof.scenarios.phases import phases
from dashlib.proof.scenarios.plan import make_plan

if TYPE_CHECKING:
    from tests.proof.conftest import Proving

METRICS = [
    'known:MilliSecondsBehindSource{context="streaming"}',
    'declared:Connected{plugin!~"mysql"}',
    'declared:connector_task_status{status=~"failed|paused"}',
    "up",
    'somebodys{a="b",c!~"d.*"}',
    "up offset 10m",
]
RANGES = [
    "up[5m]",
    'declared:NumberOfDisconnects{context="streaming"}[30m]',
    "(up)[1h:30s]",
    "up[5m] offset 1h",
]
FUNCTIONS = ["rate", "increase", "deriv", "changes", "resets", "max_over_time", "absent_over_time", "stddev_over_time"]
NUMBERS = ["0", "-1", "2.5", "1e300", "Inf", "NaN", "0x1F"]

vectors = st.recursive(
    st.one_of(
        st.sampled_from(METRICS),
        st.tuples(st.sampled_from(FUNCTIONS), st.sampled_from(RANGES)).map(lambda part: f"{part[0]}({part[1]})"),
    ),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["sum", "max", "count", "group", "stddev"]), inner).map(
            lambda part: f"{part[0]} by (job) ({part[1]})"
        ),
        st.tuples(inner, st.sampled_from([*"+-*/%^<>", "==", "!=", ">=", "> bool"]), st.sampled_from(NUMBERS)).map(
            lambda part: f"({part[0]} {part[1]} {part[2]})"
        ),
        st.tuples(inner, st.sampled_from([*"+-*/><", "and", "or", "unless"]), inner).map(
            lambda part: f"({part[0]} {part[1]} {'' if part[1] == 'or' else 'on (job)'} {part[2]})"
        ),
        inner.map(lambda text: f"-({text})"),
        inner.map(lambda text: f"absent({text})"),
        inner.map(lambda text: f"ln({text})"),
        inner.map(lambda text: f"(time() - {text})"),
        inner.map(lambda text: f'label_replace({text}, "a", "$1", "job", "(.*)")'),
        inner.map(lambda text: f"min_over_time(({text})[10m:1m])"),
    ),
    max_leaves=6,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    vectors,
    st.lists(st.tuples(vectors, st.sampled_from(["and", "unless"])), max_size=2),
    st.sampled_from(["LagHigh", "ConnectorGone", "ConnectionLost"]),
)
@example(  # more changes than fit into memory
    'absent_over_time(declared:NumberOfDisconnects{context="streaming"}[30m])',
    [("min_over_time((absent((changes(up[5m]) != 1e300)))[10m:1m])", "unless")],
    "ConnectorGone",
)
@example("up", [("absent(absent((changes(up[5m]) == Inf)))", "and")], "LagHigh")  # more than any number of changes
@example('-(known:MilliSecondsBehindSource{context="streaming"} < Inf)', [], "LagHigh")  # a limit that is none
@example("rate((up)[1h:30s])", [("time() - (resets(up[5m]) != 1e300)", "unless")], "LagHigh")
def test_the_search_ends_with_scenarios_that_can_be_written(
    proving: Proving, signal: str, guards: list[tuple[str, str]], name: str
) -> None:
    promql.read(signal).check()
    alert = evolve(
        proving.alerts[name],
        signal=signal,
        reference=signal,
        guards=tuple(HeldGuard(f"guard {index}", keyword, text) for index, (text, keyword) in enumerate(guards)),
    )
    try:
        plan = make_plan(alert, proving.exporter, "mysql")
    except NoSeriesError:
        return
    for phase in phases(plan):
        for scenario in itertools.islice(phase.candidates, 3):
            test = scenario.test((*scenario.checks, *scenario.declared))
            json.dumps(test, allow_nan=False)
            assert test["promql_expr_test"]
            for series in test["input_series"]:
                assert "inf" not in series["values"].lower()
                assert "nan" not in series["values"].lower()
            for check in test["promql_expr_test"]:
                promql.read(check["expr"]).check()
