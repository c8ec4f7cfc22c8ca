from __future__ import annotations

import pytest

from tests.linting import dashboard, found, in_alert, in_panel, linted, panel, run


@pytest.mark.parametrize(
    "expression",
    [
        "a_events_total",
        "sum by (x) (a_events_total)",
        "a_events_total * 2",
        "max_over_time(a_events_total[5m])",
        "delta(a_events_total[5m])",
        "a_events_total or b",
    ],
)
def test_as_it_is(expression: str) -> None:
    assert in_panel("raw-counter", expression)


@pytest.mark.parametrize(
    "expression",
    [
        "rate(a_events_total[$__rate_interval])",
        "sum(increase(a_events_total[1h]))",
        "resets(a_events_total[1h])",
        "count(a_events_total)",
        "absent(a_events_total)",
        "b and a_events_total",
        "0 * rate(a_events_total[5m])",
        "rate(a_events_total[5m]) or NaN * max by (a) (last_over_time(a_events_total[1h]))",
        "0 * a_events_total",
        "rate((a_events_total)[5m:])",
        "debezium_metrics_QueueRemainingCapacity",
    ],
)
def test_through_a_function_for_counters(expression: str) -> None:
    assert not in_panel("raw-counter", expression)


def test_an_alert_on_its_absence_looks_at_no_value() -> None:
    assert not in_alert("raw-counter", "last_over_time(a_events_total[1h]) unless a_events_total")
    assert in_alert("raw-counter", "a_events_total > 5")


def test_a_variable_lists_labels_only() -> None:
    query = {"type": "query", "name": "job", "query": "label_values(a_events_total, job)"}
    assert not found("raw-counter", dashboard(templating={"list": [query]}))


@pytest.mark.parametrize(
    "metric",
    ["kafka_log_capacity_total", "debezium_queue_limit_total", "kafka_partitions_total", "memory_available_total",
     "job:errors_total", "nodes_offline_total", "hdfs_bytes_total", "apache_uptime_seconds_total",
     "jvm_heap_max_total", "nodejs_active_requests_total", "argocd_repo_pending_request_total",
     "mongodb_collections_total"],
)  # fmt: skip
def test_what_there_is_now_is_called_a_total_too(metric: str) -> None:
    assert not in_alert("raw-counter", f"{metric} > 5")
    assert not in_panel("raw-counter", metric)


@pytest.mark.parametrize(
    "metric",
    ["container_memory_failures_total", "disk_errors_total", "network_receive_bytes_total", "cpu_seconds_total"],
)
def test_what_counts_events_is_a_counter_whatever_it_is_about(metric: str) -> None:
    assert in_alert("raw-counter", f"{metric} > 5")


@pytest.mark.parametrize(
    "expression",
    [
        "a_events_total - a_events_total offset 5m > 3",
        "a_events_total == a_events_total offset 1h",
        "sum(a_events_total) - sum(a_events_total offset 1d) < 1",
        "histogram_quantile(0.9, sum by (le) (a_bucket)) > 1",
        "sum(max_over_time(a_events_total[1h]) - min_over_time(a_events_total[1h])) > 1",
    ],
)
def test_growth_by_hand_and_quantiles_since_the_start_say_something(expression: str) -> None:
    assert not in_alert("raw-counter", expression)


def test_of_a_difference_the_restart_is_said() -> None:
    assert "a reset makes its difference negative" in in_panel("raw-counter", "delta(a_events_total[5m])")[0]


def test_one_counter_taken_from_another_grows_as_well() -> None:
    assert in_alert("raw-counter", "a_events_total - b_events_total offset 5m > 3")
    assert in_alert("raw-counter", 'a_events_total{x="1"} - a_events_total{x="2"} > 3')


def test_what_began_less_what_ended_is_what_is_under_way() -> None:
    assert not in_panel("raw-counter", 'sum(a_calls_started_total{x="1"}) - sum(a_calls_handled_total)')
    assert in_panel("raw-counter", "a_calls_started_total - b_errors_seen_total")
    assert in_panel("raw-counter", "a_calls_started_total + a_calls_handled_total")


@pytest.mark.parametrize(
    ("kind", "growth"),
    [
        ("stat", "increase(a_events_total[$__range]), or rate("),
        ("timeseries", "rate(a_events_total[$__rate_interval])"),
    ],
)
def test_a_number_is_told_to_show_the_growth_of_what_is_looked_at(kind: str, growth: str) -> None:
    findings = run(linted(dashboard(panel("a_events_total", type=kind))))
    (finding,) = [one for one in findings if one.check == "raw-counter"]
    assert growth in finding.problem.suggestion
