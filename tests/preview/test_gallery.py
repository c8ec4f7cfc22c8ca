"""The preview of a dashboard with every kind and every query: it draws what it can, and says what it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dashlib.glance import Series
from dashlib.preview.asking import look_at
from dashlib.preview.page import model, panels_of
from tests import gallery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.glance.questions import Question

ASKED: list[str] = []


class Prometheus:
    """One that answers all with one series."""

    def series(self, question: Question) -> tuple[Series, ...]:
        ASKED.append(question.expression)
        return (Series({"job": "debezium"}, tuple((at, 1.0) for at in question.times)),)

    def values(self, label: str, begin: float, end: float, selectors: Sequence[str]) -> list[str]:
        del begin, end, selectors
        return [label]


@pytest.fixture(scope="module")
def panels() -> dict[str, Any]:
    found = model(look_at([gallery.gallery().data], Prometheus(), 1_767_268_800.0), "made up")
    return {each["title"]: each for each in panels_of(found["dashboards"][0])}


def test_a_kind_that_cannot_be_drawn_says_so_with_its_queries(panels: dict[str, Any]) -> None:
    found = next(each for each in panels.values() if each["type"] == "vendor-plugin")
    assert found["body"]["kind"] == "error"
    assert "panels of type 'vendor-plugin' are not drawn" in found["body"]["error"]
    assert [each["text"] for each in found["queries"]]


@pytest.mark.parametrize(
    ("title", "query"),
    [("loki", 'rate({app="x"}[5m])'), ("mysql", "rawSql: SELECT"), ("cloudwatch", "metricName: ")],
)
def test_a_query_of_another_datasource_is_shown_and_not_asked_of_prometheus(
    panels: dict[str, Any], title: str, query: str
) -> None:
    found = panels[title]
    assert "is not a Prometheus query" in found["body"]["error"]
    assert query in found["queries"][0]["text"]
    assert not [each for each in ASKED if "app=" in each]


def test_every_panel_is_drawn_or_says_why_it_is_not(panels: dict[str, Any]) -> None:
    assert all(each["body"]["kind"] != "error" or each["body"]["error"] for each in panels.values())
    assert {each["body"]["kind"] for each in panels.values()} >= {"timeseries", "stat", "table", "error"}
