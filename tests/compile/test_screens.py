"""What operators rely on of the dashboards beside the lessons': they lead to each other, and the fleet stays small."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dashlib import promql
from dashlib.debezium.states import STATES
from dashlib.documents.dashboards import Dashboard
from dashlib.glance import Answer, Series, see
from dashlib.promql import types as promql_types
from tests.compiled import DASHBOARDS as BOARDS

if TYPE_CHECKING:
    from collections.abc import Iterator

FLEET = "debezium-fleet"


def texts(value: object) -> Iterator[str]:
    """Yield every address in a compiled dashboard."""
    if isinstance(value, dict):
        if isinstance(url := value.get("url"), str):
            yield url
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def expressions(uid: str) -> list[tuple[str, str]]:
    panels = (panel.data for panel in Dashboard(BOARDS[uid]).panels)
    return [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", ())]


def labels_of(expression: str) -> promql_types.Labels:
    root = promql.read(expression).tree
    return promql_types.types(root)[id(root)].labels


@pytest.mark.parametrize(("title", "expression"), expressions(FLEET))
def test_no_query_of_the_fleet_answers_more_the_more_connectors_there_are(title: str, expression: str) -> None:
    is_limited = re.search(r"\b(topk|bottomk)\((10|20), ", expression)
    labels = labels_of(expression)
    assert is_limited or not labels.may_have("server"), title


def test_the_fleet_marks_nothing_by_connector() -> None:
    for each in BOARDS[FLEET]["annotations"]["list"]:
        if "expr" in each:
            assert not labels_of(each["expr"]).may_have("server"), each["name"]


def test_a_fleet_of_none_is_told_so_and_why() -> None:
    panels = {panel["title"]: panel for panel in BOARDS[FLEET]["panels"]}
    first = panels["Connectors"]
    assert first["fieldConfig"]["defaults"]["noValue"] == "No connector is known"
    assert "does not scrape the workers" in first["description"]
    for title in ("Connectors by State", "Worst Connectors"):
        assert "Prometheus does not scrape Kafka Connect" in panels[title]["fieldConfig"]["defaults"]["noValue"]


# The lesson's panels, which its dashboards had before, say Grafana's own *No data*.
OF_LESSONS = ("debezium-production", "debezium-mysql")


@pytest.mark.parametrize("uid", [uid for uid in BOARDS if uid not in OF_LESSONS])
def test_a_panel_without_an_answer_says_what_is_not_there(uid: str) -> None:
    of_the_lesson = BOARDS[uid].get("panels", []) if uid == "debezium-connect" else []
    known = {panel["title"] for panel in of_the_lesson if panel["type"] != "row"}
    for panel in Dashboard(BOARDS[uid]).panels:
        asked = [target["refId"] for target in panel.data.get("targets", ())]
        if asked and panel.title not in known and "vector(0)" not in str(panel.data["targets"]):
            assert see(panel.data, [Answer(each, ()) for each in asked]).empty not in ("", "No data"), panel.title


def test_a_fleet_of_one_is_one_row() -> None:
    [worst] = [panel.data for panel in Dashboard(BOARDS[FLEET]).panels if panel.title == "Worst Connectors"]
    [asked] = worst["targets"]
    labels = {"job": "kafka-connect", "plugin": "mysql", "server": "orders", "connector": "orders"}
    connected = next(str(state.value) for state in STATES if state.text == "Connected")
    seen = see(worst, [Answer(asked["refId"], (Series(labels, ((0.0, float(connected)),)),))])
    assert [shown.text for shown in seen.shown] == ["Connected", "orders", "kafka-connect"]


@pytest.mark.parametrize("uid", [uid for uid in BOARDS if uid != FLEET])
def test_the_fleet_leads_to_every_dashboard_and_each_leads_back(uid: str) -> None:
    assert any(url.startswith(f"/d/{uid}") for url in texts(BOARDS[FLEET])) or uid == "debezium-failover"
    back = [link for link in BOARDS[uid]["links"] if link.get("url", "").startswith(f"/d/{FLEET}")]
    assert back, uid
    assert all(link["keepTime"] and not link["targetBlank"] for link in back)
    assert all(link["includeVars"] or "${job:queryparam}" in link["url"] for link in back)


def test_a_row_of_the_fleet_takes_connector_cluster_and_time_along() -> None:
    [table] = [panel for panel in BOARDS[FLEET]["panels"] if panel["title"] == "Lag"]
    urls = [url for url in texts(table) if url.startswith("/d/debezium-production?")]
    assert urls
    for each in (
        "var-connector=${__data.fields",
        "var-job=${__data.fields",
        "var-DS_PROMETHEUS=",
        "${__url_time_range}",
    ):
        assert each in urls[0]


@pytest.mark.parametrize("board", ["production", "mysql", "postgres", "snapshots", "failover"])
def test_restarts_rebalances_and_snapshots_are_marked_each_in_its_color(board: str) -> None:
    marks = {each["name"]: each["iconColor"] for each in BOARDS[f"debezium-{board}"]["annotations"]["list"]}
    assert marks.keys() >= {"Restarts", "Rebalances", "Snapshot begins", "Snapshot ends"}
    assert len({*marks.values()}) == len(marks)
