"""The datasource in place of its placeholder, and the placeholder back in its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.grafana.datasources import (
    Datasource,
    asked_for,
    in_order_of,
    placeholders,
    with_datasources,
    without_datasources,
)
from tests.compiled import DASHBOARDS

THERE = {"prometheus": Datasource("prom-1", "Prometheus One"), "loki": Datasource("logs-1", "Logs One")}


@pytest.mark.parametrize("uid", sorted(DASHBOARDS))
def test_what_is_pushed_and_pulled_is_what_was_compiled(uid: str) -> None:
    compiled = DASHBOARDS[uid]
    pushed = with_datasources(compiled, THERE)
    assert "${DS_PROMETHEUS}" in json.dumps(pushed["panels"])
    assert "__inputs" not in pushed
    pulled = without_datasources(json.loads(json.dumps(pushed, sort_keys=True)), compiled, THERE)
    assert json.dumps(pulled) == json.dumps(compiled)


@pytest.mark.parametrize("text", ["${DS_P}", "$DS_P", "[[DS_P]]", "${DS_P:raw}"])
def test_every_spelling_of_the_placeholder_is_known(text: str) -> None:
    data: dict[str, Any] = {
        "uid": "a",
        "__inputs": [{"name": "DS_P", "type": "datasource", "pluginId": "prometheus"}],
        "panels": [{"datasource": {"type": "prometheus", "uid": text}, "title": "$DS_Python ${DS_Python}"}],
    }
    panel = with_datasources(data, THERE)["panels"][0]
    assert panel == {"datasource": {"type": "prometheus", "uid": "prom-1"}, "title": "$DS_Python ${DS_Python}"}


def test_a_dashboard_without_placeholder_stays_as_it_is() -> None:
    data = {"uid": "a", "panels": [{"datasource": {"type": "loki", "uid": "${DS_LOKI}"}}], "templating": {"list": []}}
    assert placeholders(data) == {}
    assert with_datasources(data, THERE) == data


def test_a_text_that_holds_the_uid_by_chance_stays() -> None:
    declared = {"uid": "a", "__inputs": [{"name": "DS_P", "type": "datasource", "pluginId": "prometheus"}]}
    present = {"uid": "a", "title": "prom-1", "panels": [{"datasource": {"type": "prometheus", "uid": "prom-1"}}]}
    pulled = without_datasources(present, declared, THERE)
    assert pulled["title"] == "prom-1"
    assert pulled["panels"][0]["datasource"]["uid"] == "${DS_P}"


TWO: dict[str, Any] = {
    "uid": "a",
    "__inputs": [
        {"name": "DS_P", "type": "datasource", "pluginId": "prometheus"},
        {"name": "DS_PG", "type": "datasource", "pluginId": "postgres"},
    ],
    "templating": {
        "list": [
            {"type": "datasource", "name": "DS_P", "query": "prometheus", "current": {"value": "Prometheus"}},
            {"type": "datasource", "name": "DS_LOKI", "query": "loki", "refresh": 1},
        ]
    },
    "panels": [
        {
            "datasource": {"type": "datasource", "uid": "-- Mixed --"},
            "targets": [
                {"datasource": {"type": "prometheus", "uid": "${DS_P}"}},
                {"datasource": {"type": "loki", "uid": "${DS_LOKI}"}},
                {"datasource": {"type": "grafana-postgresql-datasource", "uid": "${DS_PG}"}},
                {"datasource": {"type": "loki", "uid": "archive"}},
            ],
        }
    ],
}


def test_each_datasource_gets_that_of_its_type_and_a_round_trip_gives_back_what_was_declared() -> None:
    there = {**THERE, "grafana-postgresql-datasource": Datasource("orders-1", "Orders")}
    assert asked_for(TWO) == list(there)
    pushed = with_datasources(TWO, there)
    chosen = {each["name"]: each["current"] for each in pushed["templating"]["list"]}
    assert chosen == {
        "DS_P": {"text": "Prometheus One", "value": "prom-1"},
        "DS_LOKI": {"text": "Logs One", "value": "logs-1"},
    }
    uids = [target["datasource"]["uid"] for target in pushed["panels"][0]["targets"]]
    assert uids == ["${DS_P}", "${DS_LOKI}", "orders-1", "archive"]
    assert without_datasources(pushed, TWO, there) == TWO


@given(st.recursive(st.integers(), lambda inner: st.dictionaries(st.text(max_size=2), inner) | st.lists(inner)))
def test_the_order_of_keys_is_all_that_changes(model: Any) -> None:
    shuffled = json.loads(json.dumps(model, sort_keys=True))
    ordered = in_order_of(shuffled, model)
    assert ordered == model
    assert json.dumps(ordered) == json.dumps(model)
