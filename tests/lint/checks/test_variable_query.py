from __future__ import annotations

from typing import Any

import pytest

from tests.linting import DATASOURCE, dashboard, found, linted, run


def said(query: object, **changes: Any) -> list[str]:
    variable = {"type": "query", "name": "x", "query": query, "datasource": DATASOURCE, **changes}
    templating = {"list": [{"type": "datasource", "name": "DS_PROMETHEUS", "query": "prometheus"}, variable]}
    return found("variable-query", dashboard(templating=templating))


@pytest.mark.parametrize(
    "query",
    [
        "label_values(up, job)",
        "label_values(job)",
        'label_values(up{a="b,c"}, job)',
        "label_values(up, $label)",
        "label_values(up, ${label})",
        "label_values(${metric:raw}, [[label]])",
        'label_values({__name__=~"a,b"},job)',
        "label_names()",
        "label_names(up)",
        "metrics(up.*)",
        "query_result(topk(3, up))",
        "query_result(topk($n, $fn(up[5m])))",
        {"query": "label_values(up, job)", "refId": "A"},
        " label_values(up,job) ",
        # series queries
        "up",
        'up{job="$job"}',
        '{__name__=~"debezium.*", job=~"$job"}',
        "$metric",
        "${metric:raw}{job='a'}",
        {"query": "up", "refId": "StandardVariableQuery"},
        # of the editor
        {"qryType": 0, "refId": "A"},
        {"qryType": 1, "label": "job"},
        {"qryType": 1, "label": "job", "metric": "up", "labelFilters": [{"label": "a", "op": "=~", "value": "b"}]},
        {"qryType": 2, "metric": "up.*"},
        {"qryType": 3, "varQuery": "sum(up)"},
        {"qryType": 4, "seriesQuery": "up"},
        {"qryType": 5, "classicQuery": "label_values(job)"},
        {"qryType": 1, "query": "label_values(job)", "refId": "A"},
    ],
)
def test_grafana_answers(query: object) -> None:
    assert not said(query)


@pytest.mark.parametrize(
    "query",
    ["", "values(up, job)", "label_values(up, job", "label_values(up{a='b'})", "up + up", "rate(up[5m])", "up[5m]",
     None, {"refId": "A"},
     {"qryType": 4, "seriesQuery": ""}, {"qryType": 1, "metric": "up"}, {"qryType": 3, "varQuery": ""}],
)  # fmt: skip
def test_grafana_answers_nothing(query: object) -> None:
    assert said(query)


@pytest.mark.parametrize(
    ("source", "query"),
    [
        ({"type": "postgres", "uid": "x"}, "SELECT 1"),
        ({"type": "loki", "uid": "x"}, {"label": "app", "stream": "", "type": 1}),
        ({"uid": "$logs"}, "label_values(app"),
        ("Loki", ""),
        # a default that nobody here knows
        (None, "SHOW TAG VALUES WITH KEY = host"),
        (None, {"queryType": "regions"}),
        (None, "regions()"),
        (None, ""),
        ("Some database", "SELECT 1"),
    ],
)
def test_other_datasources_have_their_own(source: object, query: object) -> None:
    variables = [
        {"type": "datasource", "name": "logs", "query": "loki"},
        {"type": "query", "name": "x", "query": query, "datasource": source},
    ]
    assert not found("variable-query", dashboard(templating={"list": variables}))


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("label_value(up, job)", "did you mean label_values? label_values(metric, label) lists the values of a label"),
        ("metric(up.*)", "did you mean metrics? metrics(pattern) lists the names of metrics"),
        ("sum(up)", "query_result(…) takes an expression; label_values(metric, label) lists the values of a label"),
        ("label_values(up job)", "label_values(metric, label) lists the values of a label"),
    ],
)
def test_the_nearest_function_is_named(query: str, hint: str) -> None:
    variable = {"type": "query", "name": "x", "query": query, "datasource": DATASOURCE}
    findings = run(linted(dashboard(templating={"list": [variable]})))
    (finding,) = [each for each in findings if each.check == "variable-query"]
    assert finding.problem.suggestion == hint
