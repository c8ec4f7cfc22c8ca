from __future__ import annotations

import pytest

from dashlib.lint.checks.alert_comparison import CHECK
from tests.linting import in_alert, linted, rule_file, run


@pytest.mark.parametrize(
    "expression",
    [
        "up",
        "sum(up)",
        "up == bool 0",
        "up == 0 or vector(1)",
        "rate(debezium_metrics_TotalNumberOfEventsSeen[5m])",
        "label_replace(up, 'a', 'b', 'c', 'd')",
        "-up",
        "up * 2",
        "count_values('x', up == 1)",
        "kube_pod_info",
        "max(kube_pod_info)",
        'x_information{ready!="True"}',
    ],
)
def test_it_always_fires(expression: str) -> None:
    assert in_alert("alert-comparison", expression)


@pytest.mark.parametrize(
    "expression",
    [
        "up == 0",
        "sum by (job) (up == 0)",
        "absent(up)",
        "up unless on (job) up offset 5m",
        "up and on (job) (up == 0)",
        "(up == 0) * 2",
        "ALERTS",
        "up == bool 0 == 1",
        "max_over_time((up == 0)[5m:])",
    ],
)
def test_it_has_a_condition(expression: str) -> None:
    assert not in_alert("alert-comparison", expression)


@pytest.mark.parametrize(
    "expression",
    ["vector(1)", "vector(time())", "1", "label_replace(vector(1), 'cluster', 'a', '', '')", "sum(vector(1))"],
)
def test_a_dead_mans_switch_fires_on_purpose(expression: str) -> None:
    assert not in_alert("alert-comparison", expression)
    assert not in_alert("alert-for", expression, **{"for": None})


@pytest.mark.parametrize(
    "expression",
    [
        'strimzi_kafka_topic_resource_info{ready!="True"}',
        'sum by (name) (kube_persistentvolume_info{phase=~"Failed|Pending"})',
        '{__name__="x_info", state="bad"}',
        'volume_labels{reporting="true"} and volume_labels{enforcement="false"}',
        'kube_pod_info{pod="a"} * on (pod) group_left () x_info{state="bad"}',
    ],
)
def test_the_state_of_an_info_metric_is_its_matcher(expression: str) -> None:
    assert not in_alert("alert-comparison", expression)


def test_a_label_may_choose_a_state_whose_series_is_there_only_then() -> None:
    def severities(expression: str) -> list[str]:
        return [one.severity for one in run(linted(rule_file({"expr": expression}))) if one.check == CHECK.name]

    assert severities('sync_status{sync_status="failed"} and on (x) nodes{state="up"}') == ["info"]
    assert severities('index_size{index=~".*invalid.*"}') == ["info"]
    assert severities("sync_errors") == ["error"]
