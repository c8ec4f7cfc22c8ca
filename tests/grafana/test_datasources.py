"""The datasource in place of its placeholder, and the placeholder back in its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.grafana.datasources import Datasource, in_order_of, placeholders, with_datasource, without_datasource
from tests.compiled import DASHBOARDS

THERE = Datasource("prom-1", "Prometheus One")


@pytest.mark.parametrize("uid", sorted(DASHBOARDS))
def test_what_is_pushed_and_pulled_is_what_was_compiled(uid: str) -> None:
    compiled = DASHBOARDS[uid]
    pushed = with_datasource(compiled, THERE)
    assert "${DS_PROMETHEUS}" in json.dumps(pushed["panels"])
    assert "__inputs" not in pushed
    pulled = without_datasource(json.loads(json.dumps(pushed, sort_keys=True)), compiled, THERE)
    assert json.dumps(pulled) == json.dumps(compiled)


@pytest.mark.parametrize("text", ["${DS_P}", "$DS_P", "[[DS_P]]", "${DS_P:raw}"])
def test_every_spelling_of_the_placeholder_is_known(text: str) -> None:
    data: dict[str, Any] = {
        "uid": "a",
        "__inputs": [{"name": "DS_P", "type": "datasource", "pluginId": "prometheus"}],
        "panels": [{"datasource": {"type": "prometheus", "uid": text}, "title": "$DS_Python ${DS_Python}"}],
    }
    panel = with_datasource(data, THERE)["panels"][0]
    assert panel == {"datasource": {"type": "prometheus", "uid": "prom-1"}, "title": "$DS_Python ${DS_Python}"}


def test_a_dashboard_without_placeholder_stays_as_it_is() -> None:
    data = {"uid": "a", "panels": [{"datasource": {"type": "loki", "uid": "${DS_LOKI}"}}], "templating": {"list": []}}
    assert placeholders(data) == []
    assert with_datasource(data, THERE) == data


def test_a_text_that_holds_the_uid_by_chance_stays() -> None:
    declared = {"uid": "a", "__inputs": [{"name": "DS_P", "type": "datasource", "pluginId": "prometheus"}]}
    present = {"uid": "a", "title": "prom-1", "panels": [{"datasource": {"type": "prometheus", "uid": "prom-1"}}]}
    pulled = without_datasource(present, declared, THERE)
    assert pulled["title"] == "prom-1"
    assert pulled["panels"][0]["datasource"]["uid"] == "${DS_P}"


@given(st.recursive(st.integers(), lambda inner: st.dictionaries(st.text(max_size=2), inner) | st.lists(inner)))
def test_the_order_of_keys_is_all_that_changes(model: Any) -> None:
    shuffled = json.loads(json.dumps(model, sort_keys=True))
    ordered = in_order_of(shuffled, model)
    assert ordered == model
    assert json.dumps(ordered) == json.dumps(model)
