"""Which kind of datasource a dashboard asks: by type, variable, input, panel, or elsewhere in the dashboard."""

from __future__ import annotations

from typing import Any

import pytest

from dashlib.documents.datasource_kinds import DatasourceKinds, is_logql, takes_promql


def kinds(**dashboard: Any) -> DatasourceKinds:
    variables = [
        {"type": "datasource", "name": "metrics", "query": "prometheus"},
        {"type": "datasource", "name": "logs", "query": "loki"},
        {"type": "datasource", "name": "unsaid", "query": ""},
    ]
    inputs = [{"name": "DS_LOKI", "type": "datasource", "pluginId": "loki"}]
    return DatasourceKinds({"templating": {"list": variables}, "__inputs": inputs, **dashboard})


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ({"type": "prometheus", "uid": "a"}, "prometheus"),
        ({"type": "cloudwatch"}, "cloudwatch"),
        ({"uid": "$logs"}, "loki"),
        ({"uid": "${logs}"}, "loki"),
        ({"uid": "${logs:raw}"}, "loki"),
        ({"uid": "[[logs]]"}, "loki"),
        ("$logs", "loki"),
        ("[[metrics]]", "prometheus"),
        ({"uid": "${DS_LOKI}"}, "loki"),
        ("${DS_LOKI}", "loki"),
        # what the variable stands for is asked, whatever type was saved with it
        ({"type": "prometheus", "uid": "$logs"}, "loki"),
        ({"type": "loki", "uid": "$unsaid"}, "loki"),
        ({"uid": "$unsaid"}, ""),
        ({"uid": "$nothing"}, ""),
        ({"type": "$kind", "uid": "a"}, ""),
        (None, ""),
        ({}, ""),
        ("default", ""),
        ("-- Mixed --", ""),
        ({"type": "datasource", "uid": "-- Mixed --"}, ""),
        ("-- Grafana --", "datasource"),
        ({"type": "__expr__", "uid": "__expr__"}, "datasource"),
        ("My Loki", "loki"),
        ("CloudWatch eu", "cloudwatch"),
        ("Thanos", ""),
    ],
)
def test_what_a_reference_says(reference: object, kind: str) -> None:
    assert kinds().of(reference) == kind


@pytest.mark.parametrize(
    ("target", "panel", "kind"),
    [
        (None, {"type": "loki", "uid": "a"}, "loki"),
        ({}, {"type": "loki", "uid": "a"}, "loki"),
        ({"uid": "a"}, {"type": "loki", "uid": "a"}, "loki"),
        ({"uid": "b"}, {"type": "loki", "uid": "a"}, ""),
        ({"uid": "$unsaid"}, {"type": "loki", "uid": "$unsaid"}, "loki"),
        ({"type": "prometheus", "uid": "b"}, {"type": "datasource", "uid": "-- Mixed --"}, "prometheus"),
        (None, {"type": "datasource", "uid": "-- Mixed --"}, ""),
        (None, "-- Mixed --", ""),
        (None, None, ""),
    ],
)
def test_a_target_asks_its_panels_datasource_unless_it_has_its_own(target: object, panel: object, kind: str) -> None:
    assert kinds().of_target({"datasource": target}, {"datasource": panel}) == kind


def test_another_panel_says_what_a_uid_is() -> None:
    panels = [{"panels": [{"targets": [{"datasource": {"type": "elasticsearch", "uid": "logs-eu"}}]}]}]
    assert kinds(panels=panels).of({"uid": "logs-eu"}) == "elasticsearch"
    assert kinds(panels=panels).of("logs-eu") == "elasticsearch"


def test_an_export_that_needs_one_kind_means_it_by_the_default() -> None:
    requires = [{"type": "grafana", "id": "grafana"}, {"type": "datasource", "id": "loki"}]
    assert kinds(__requires=requires).of(None) == "loki"
    assert kinds(__requires=[*requires, {"type": "datasource", "id": "prometheus"}]).of(None) == ""


@pytest.mark.parametrize(
    ("expression", "is_logs"),
    [
        ('{app="x"} |= "error"', True),
        ('sum(count_over_time({app="x"} | json [$__interval]))', True),
        ('sum(bytes_rate({app="x"}[5m]))', True),
        ("up{job=~`a|b`}", False),
        ('up{job=~"a|b"} or up{job=~"c|\\"d"}', False),
        ("up +", False),
    ],
)
def test_logql_where_nothing_says_which_datasource(expression: str, is_logs: bool) -> None:  # noqa: FBT001
    assert is_logql(expression) is is_logs
    assert kinds().asks_promql({"expr": expression}, {}) is not is_logs


@pytest.mark.parametrize(
    ("kind", "takes"),
    [("prometheus", True), ("", True), ("grafana-amazonprometheus-datasource", True), ("loki", False),
     ("camptocamp-prometheus-alertmanager-datasource", False), ("victoriametrics-metrics-datasource", False)],
)  # fmt: skip
def test_plugins_that_take_promql(kind: str, takes: bool) -> None:  # noqa: FBT001
    assert takes_promql(kind) is takes
