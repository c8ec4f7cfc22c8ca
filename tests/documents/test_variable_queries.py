"""What a query variable asks, and which values it offers of the answer, as Grafana does."""

from __future__ import annotations

import pytest

from dashlib.documents.variable_queries import Asked, query_of, sample_text, series_text, values

SERIES = [
    {"__name__": "debezium_metrics_Connected", "plugin": "mysql", "server": "a"},
    {"__name__": "debezium_metrics_Connected", "plugin": "postgres", "server": "b"},
    {"__name__": "debezium_metrics_Connected", "plugin": "mysql", "server": "c"},
]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("label_values(up, job)", Asked("label_values", "up", "job", 13)),
        ("debezium_metrics_Connected", Asked("series", "debezium_metrics_Connected")),
        (" up", Asked("series", "up", offset=1)),
        ({"qryType": 4, "seriesQuery": "up"}, Asked("series", "up")),
        ({"qryType": 3, "varQuery": "sum(up)"}, Asked("query_result", "sum(up)")),
        ({"qryType": 1, "metric": "up", "label": "job"}, Asked("label_values", "up", "job")),
        (
            {"qryType": 1, "metric": "up", "label": "job", "labelFilters": [{"label": "a", "op": "!=", "value": "b"}]},
            Asked("label_values", 'up{a!="b"}', "job"),
        ),
        ({"qryType": 1, "label": "job", "query": "metrics(up)"}, Asked("metrics", "up", offset=8)),
        ("values(up)", None),
        ({}, None),
    ],
)
def test_what_is_asked(query: object, asked: Asked | None) -> None:
    assert query_of({"query": query})[2] == asked


def test_a_series_and_a_sample_as_texts() -> None:
    assert series_text(SERIES[0]) == 'debezium_metrics_Connected{plugin="mysql",server="a"}'
    assert series_text({}) == "{}"
    assert sample_text({"a": "b"}, 3, 1000) == '{a="b"} 3 1000000'


@pytest.mark.parametrize(
    ("regex", "offered"),
    [
        ('/.*plugin="([^"]*).*/', ["mysql", "postgres"]),
        ('/plugin="(?<value>[^"]*)"/', ["mysql", "postgres"]),
        ('/(server)="(?<value>[^"]*)"/', ["a", "b", "c"]),
        ('.*server="(.)"}', ["a", "b", "c"]),
        ("plugin.*", []),  # without slashes the whole text is meant
        ("/POSTGRES/i", [series_text(SERIES[1])]),
        ("/POSTGRES/", []),
        ('/="([^"]*)/g', ["mysql", "a", "postgres", "b", "c"]),
        ("/(/", []),
        ("", [series_text(one) for one in SERIES]),
    ],
)
def test_the_regex_takes_a_part_of_each_text(regex: str, offered: list[str]) -> None:
    assert values([series_text(one) for one in SERIES], regex) == offered
