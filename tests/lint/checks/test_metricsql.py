from __future__ import annotations

from dashlib.lint import engine
from dashlib.metrics.profiles import load_profile
from tests.compiled import DOCUMENTS, PROJECT
from tests.linting import dashboard, found, panel, rule_file, settings

VICTORIAMETRICS = settings(engine="victoriametrics")
GREW = "sum(increase(x_total[30m]) * (rate(x_total[30m]) > bool 0))"


def said(*rules: str) -> list[str]:
    return found("metricsql", rule_file(*({"expr": each} for each in rules)), settings=VICTORIAMETRICS)


def test_of_our_own_rules_it_names_those_that_must_differ_and_no_query_is_too_long() -> None:
    lint = engine.lint_of_project(
        PROJECT, DOCUMENTS, VICTORIAMETRICS, engine.catalog_of(PROJECT.configuration), load_profile("lab")
    )
    problems = [each.problem for each in engine.run(lint).findings if each.check == "metricsql"]
    assert [each.message for each in problems if "bytes long" in each.message] == []
    named = {
        lint_rule.name
        for problem in problems
        for lint_rule in lint.rules
        if lint_rule.query.linted is problem.linted and problem.pointer.startswith(lint_rule.query.pointer)
    }
    assert named == {"server:debezium_disconnects:increase_30m", "slot:postgres_slot_lost:max"}


def test_a_level_is_found_behind_a_recording_rule() -> None:
    rules = [{"record": "shop:x:sum", "expr": GREW}, {"expr": "shop:x:sum > 3"}]
    [message] = found("metricsql", rule_file(*rules), settings=VICTORIAMETRICS)
    assert message.startswith("is compared with 3: on VictoriaMetrics a counter that is first seen above 0")


def test_whether_a_counter_grew_at_all_is_the_same_everywhere() -> None:
    assert said(f"{GREW} > 0") == []
    assert said(f"{GREW} > 3") != []


def test_a_panel_is_only_too_long() -> None:
    long = " or ".join(["increase(debezium_metrics_NumberOfErroneousEvents[10m])"] * 400)
    [message] = found("metricsql", dashboard(panel(long)), settings=VICTORIAMETRICS)
    assert message.endswith("bytes long, and VictoriaMetrics refuses more than 16384")
    assert found("metricsql", dashboard(panel(long))) == []
