"""Which naming profile a foreign file is read with, and what is said where none fits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest

from dashlib.lint import engine
from dashlib.lint.settings import Settings
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from tests.linting import dashboard, panel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dashlib.lint.findings import Finding

ABOUT_NAMES = frozenset({"unknown-metric", "unknown-label", "gone-metric", "unknown-label-value", "optional-label"})
ONLY_THEM = Settings(disable=tuple(engine.check_modules().keys() - ABOUT_NAMES))


class Read(NamedTuple):
    """What `dashlib lint FILE` says of names and labels, and the profile with which it read the file."""

    profile: str
    findings: tuple[Finding, ...]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    def read(*expressions: str, profile: str = "", variable: str = "", configured: str = "lab") -> Read:
        listed = [{"type": "query", "name": "one", "query": variable, "refresh": 2}] if variable else []
        shown = [panel(one, id=number) for number, one in enumerate(expressions)]
        file = tmp_path / "board.json"
        file.write_text(json.dumps(dashboard(*shown, templating={"list": listed})))
        naming = load_profile(profile or configured)
        lint = engine.lint_of_files([(file, "board.json")], ONLY_THEM, catalog(), naming, guess=not profile)
        return Read(lint.documents[0].names.profile.name, engine.run(lint).findings)

    return read


@pytest.mark.parametrize(
    ("expressions", "profile"),
    [
        (['debezium_metrics_Connected{name="a"}'], "debezium-examples"),
        (['debezium_metrics_Connected{server="a"}'], "lab"),
        (['debezium_metrics_Connected{server="a",task="0"}'], "lab"),
        (['debezium_metrics_connected{name="a"}'], "debezium-examples-lowercase"),
        (['debezium_metrics_connected{server="a"}'], "lab-lowercase"),
        (['debezium_mysql_connector_metrics_connected{server="a"}'], "rhel-connect"),
        (['debezium_mysql_connector_metrics_Connected{server="a"}'], "no-rules"),
        (
            ['debezium_metrics_Connected{name="a"}', "kafka_connect_source_task_source_record_poll_total"],
            "debezium-examples and lab",
        ),
        (
            ['kafka_connect_connect_worker_metrics_task_count{kafka_connect_cluster_id="a", connector="aggregate"}'],
            "confluent-jmx-stacks",
        ),
        (["node_load1"], "lab"),
    ],
)
def test_names_decide_and_then_labels(read: Callable[..., Read], expressions: list[str], profile: str) -> None:
    result = read(*expressions)
    assert result.profile == profile
    assert not result.findings


def test_a_variable_that_lists_a_label_decides_too(read: Callable[..., Read]) -> None:
    result = read("debezium_metrics_Connected", variable="label_values(debezium_metrics_Connected, name)")
    assert result.profile == "debezium-examples"
    assert not result.findings


def test_the_configured_profile_wins_where_another_fits_no_better(read: Callable[..., Read]) -> None:
    assert read("debezium_metrics_Connected", configured="course").profile == "course"


def test_a_spelling_that_no_profile_has_is_one_hint_that_says_how_to_write_one(read: Callable[..., Read]) -> None:
    attributes = ("Connected", "MilliSecondsBehindSource", "QueueTotalCapacity", "QueueRemainingCapacity")
    (only,) = read(*(f'acme_cdc_{name}{{topic="a"}}' for name in attributes)).findings
    assert (only.check, only.severity) == ("unknown-metric", "info")
    assert "4 metrics are spelled acme_cdc_{name}" in only.problem.message
    assert "dashlib profile --metrics metrics.txt --write ours.json" in only.problem.suggestion


@pytest.mark.parametrize("label", ["topic", "kafka_topic", "connector_name"])
def test_a_label_that_no_profile_has_is_one_hint_a_file(read: Callable[..., Read], label: str) -> None:
    filtered = [f'debezium_metrics_Connected{{{label}="a"}}', f'debezium_metrics_QueueTotalCapacity{{{label}=~"$one"}}']
    (only,) = read(*filtered).findings
    assert (only.check, only.severity) == ("unknown-label", "info")
    assert "(and 1 more query of this file)" in only.problem.message
    assert "dashlib profile" in only.problem.suggestion


def test_a_slip_is_an_error_whatever_the_profile(read: Callable[..., Read]) -> None:
    (label,) = read('debezium_metrics_Connected{srver="a"}').findings
    assert (label.severity, label.problem.suggestion) == ("error", "did you mean 'server'?")
    (metric,) = read("debezium_metrics_MilliSecondBehindSource").findings
    assert (metric.check, metric.severity) == ("unknown-metric", "error")


@pytest.mark.parametrize(
    "name",
    [
        "kafka_connect_sink_task_metrics_put_batch_avg_time_ms",
        "kafka_connect_sink_task_sink_record_read_total",
        "kafka_connect_app_info",
        "kafka_connect_mirror_mirrorsourceconnector_record_count",
        "kafka_connect_mirror_source_connector_replication_latency_ms_avg",
        "kafka_connect_connect_node_metrics_request_rate",
        "kafka_connect_connect_metrics_failed_authentication_total",
        "kafka_connect_connector_transform_metrics_class",
        "kafka_consumer_consumer_fetch_manager_metrics_records_lag_max",
        "kafka_consumer_fetch_manager_records_lag",
        "kafka_producer_producer_metrics_record_send_total",
        "kafka_producer_producer_topic_metrics_record_send_total",
        "kafka_producer_app_info",
        "kafka_server_brokertopicmetrics_messagesin_total",
        "kafka_admin_client_metrics_request_total",
    ],
)
@pytest.mark.parametrize("profile", ["", "confluent-jmx-stacks", "strimzi", "no-rules"])
def test_nothing_is_said_of_groups_that_the_catalog_does_not_cover(
    read: Callable[..., Read], name: str, profile: str
) -> None:
    assert not [one for one in read(name, profile=profile).findings if one.check == "unknown-metric"]


def test_a_slip_in_a_group_that_the_catalog_covers_is_found(read: Callable[..., Read]) -> None:
    name = "kafka_connect_connect_worker_metrics_connector_startup_sucess_total"
    (only,) = read(name, profile="confluent-jmx-stacks").findings
    assert only.problem.message == f"there is no metric {name}"
    assert only.problem.suggestion.startswith(
        "did you mean kafka_connect_connect_worker_metrics_connector_startup_success"
    )


def test_what_looks_like_nothing_known_is_one_hint_a_file(read: Callable[..., Read]) -> None:
    (only,) = read("debezium_orders_lag", "debezium_orders_up", "kafka_connect_orders_lag").findings
    assert only.severity == "info"
    assert "debezium_orders_lag, debezium_orders_up, kafka_connect_orders_lag" in only.problem.message


@pytest.mark.parametrize("label", ["connector_class", "connector_type", "connector_version", "connector", "status"])
def test_connector_metrics_carry_what_confluents_rules_give(read: Callable[..., Read], label: str) -> None:
    assert not read(f'kafka_connect_connector_metrics{{{label}!=""}}', profile="confluent-jmx-stacks").findings


@pytest.mark.parametrize(
    ("profile", "name", "label"),
    [
        ("strimzi", "kafka_connect_worker_connector_count", "strimzi_io_kind"),
        ("strimzi", "kafka_connect_worker_connector_count", "strimzi_io_name"),
        ("strimzi", "kafka_connect_worker_connector_count", "kubernetes_pod_name"),
        ("strimzi-metrics-reporter", "kafka_connect_connect_worker_metrics_connector_count", "strimzi_io_cluster"),
        ("confluent-jmx-stacks", "kafka_connect_connect_worker_metrics_task_count", "kafka_connect_cluster_id"),
        ("lab", "debezium_metrics_Connected", "exported_job"),
        ("lab", "debezium_metrics_Connected", "app_kubernetes_io_name"),
    ],
)
def test_a_profile_knows_the_labels_of_its_targets(
    read: Callable[..., Read], profile: str, name: str, label: str
) -> None:
    assert not read(f'{name}{{{label}=~"a.*"}}', profile=profile).findings
    assert not read(f'{name}{{{label}=~"a.*"}}').findings


def test_another_profiles_target_labels_are_a_warning_once_a_file(read: Callable[..., Read]) -> None:
    name = 'kafka_connect_worker_connector_count{kafka_connect_cluster_id="a"}'
    (only,) = read(name, f"sum({name})", f"max({name})", profile="strimzi").findings
    assert (only.severity, "and 2 more queries of this file" in only.problem.message) == ("warning", True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("jvm_memory_bytes_used", "jvm_memory_used_bytes"),
        ("jvm_memory_bytes_committed", "jvm_memory_committed_bytes"),
        ("jvm_memory_bytes_max", "jvm_memory_max_bytes"),
        ("jvm_memory_bytes_init", "jvm_memory_init_bytes"),
        ("jvm_memory_pool_bytes_used", "jvm_memory_pool_used_bytes"),
        ("jvm_memory_pool_bytes_max", "jvm_memory_pool_max_bytes"),
        ("jvm_memory_pool_collection_bytes_used", "jvm_memory_pool_collection_used_bytes"),
    ],
)
def test_names_that_newer_agents_do_not_export_are_gone(read: Callable[..., Read], old: str, new: str) -> None:
    (only,) = read(old, f"sum({old})", "jmx_scrape_error").findings
    assert (only.check, only.severity) == ("gone-metric", "warning")
    (elsewhere,) = read(old, "kafka_consumergroup_lag").findings
    assert elsewhere.severity == "info"
    assert only.problem.suggestion == f"ask for {new}"
    assert not read(new).findings
    assert not read(f"{new} or {old}").findings


def test_a_name_that_other_programs_have_is_gone_only_beside_the_jmx_exporters(read: Callable[..., Read]) -> None:
    assert not read("jvm_info").findings
    (only,) = read("jvm_info", "jmx_scrape_error").findings
    assert only.problem.suggestion == "ask for jvm_runtime_info"
