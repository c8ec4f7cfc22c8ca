"""Rules are read the same wherever they stand: for Prometheus, in an object of Kubernetes, managed by Grafana."""

from __future__ import annotations

from typing import Any

import pytest

from dashlib.documents.rules import groups_in
from dashlib.documents.values import steps_to

ALERT = {"alert": "Down", "expr": "up == 0", "for": "5m", "labels": {"severity": "page", "tier": 1}}
RECORD = {"record": "job:up:sum", "expr": "sum by (job) (up)"}
GROUPS = {"groups": [{"name": "g", "interval": "30s", "rules": ["odd", ALERT, RECORD, {}]}]}


@pytest.mark.parametrize("data", [GROUPS, {"kind": "PrometheusRule", "spec": GROUPS}])
def test_a_rule_file_and_a_resource_hold_the_same(data: dict[str, Any]) -> None:
    (group,) = groups_in(data)
    assert (group.name, group.interval) == ("g", 30.0)
    assert [(rule.kind, rule.name) for rule in group.rules] == [("alert", "Down"), ("record", "job:up:sum"), ("", "")]
    alert, record = group.prometheus_rules
    assert (alert.text, alert.lasting, alert.labels["severity"], alert.is_promql) == ("up == 0", 300.0, "page", True)
    for rule in (alert, record):
        *_, text = steps_to(data, rule.text_pointer)
        assert text == rule.text


def test_a_rule_that_grafana_manages_has_queries() -> None:
    asked = {"refId": "A", "datasourceUid": "p", "model": {"expr": "up", "datasource": {"type": "prometheus"}}}
    reduced = {"refId": "B", "datasourceUid": "__expr__", "model": {"expr": "$A > 0"}}
    other = {"refId": "C", "datasourceUid": "l", "model": {"expr": '{a="b"}', "datasource": {"type": "loki"}}}
    data = {"groups": [{"name": "g", "rules": [{"title": "Down", "data": [asked, reduced, other, None]}]}]}
    ((rule,),) = (group.rules for group in groups_in(data))
    assert (rule.kind, rule.title) == ("managed", "Down")
    assert [(query.ref_id, query.asks_promql) for query in rule.queries] == [("A", True), ("B", False), ("C", False)]
    *_, text = steps_to(data, rule.queries[0].text_pointer)
    assert text == "up"


@pytest.mark.parametrize("data", [None, [], "x", {"groups": 5}, {"groups": [None, {"rules": {}}]}, {"spec": []}])
def test_wrong_types_hold_no_rules(data: object) -> None:
    assert [rule for group in groups_in(data) for rule in group.rules] == []
