from __future__ import annotations

import pytest

from tests.linting import dashboard, found


def said(query: object) -> list[str]:
    variable = {"type": "query", "name": "x", "query": query}
    return found("variable-query", dashboard(templating={"list": [variable]}))


@pytest.mark.parametrize(
    "query",
    [
        "label_values(up, job)",
        "label_values(job)",
        'label_values(up{a="b,c"}, job)',
        "label_names()",
        "metrics(up.*)",
        "query_result(topk(3, up))",
        {"query": "label_values(up, job)", "refId": "A"},
        " label_values(up,job) ",
    ],
)
def test_grafana_answers(query: object) -> None:
    assert not said(query)


@pytest.mark.parametrize("query", ["", "up", "values(up, job)", "label_values(up, job", None])
def test_grafana_answers_nothing(query: object) -> None:
    assert said(query)


def test_other_datasources_have_their_own() -> None:
    variable = {"type": "query", "name": "x", "query": "SELECT 1", "datasource": {"type": "postgres", "uid": "x"}}
    assert not found("variable-query", dashboard(templating={"list": [variable]}))
