"""How installations tell Kafka Connect clusters apart, each as promtool sees it: what fires for the right one only.

All compiled rules, and series as the exporters give them.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest
import yaml

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project, serialize
from dashlib.recordings.recording import Series
from tests.e2e.replay import run_scenario
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Firing = Callable[..., set[str]]

ROOT = Path(__file__).parents[1]
INTERVAL, LENGTH = 30, 80
THERE, GONE_AFTER_TEN_MINUTES = f"1x{LENGTH}", "1x20 stale"
LAGS_A_DAY, LAGS_A_SECOND = f"86400000x{LENGTH}", f"1000x{LENGTH}"
KEPT_FOR_A_DAY = f"100000x{LENGTH}"


def connect(**labels: str) -> str:
    """Return the number of connectors of a worker: it is gone with its cluster."""
    return _series("kafka_connect_worker_connector_count", {"instance": "connect:9404", **labels})


def lag(**labels: str) -> str:
    own = {"context": "streaming", "plugin": "mysql", "server": "orders", "connector": "orders", **labels}
    return _series("debezium_metrics_MilliSecondsBehindSource", {"instance": "connect:9404", **own})


def retention(**labels: str) -> str:
    own = {"instance": "mysql:9104", "server": "orders", **labels}
    return _series("mysql_global_variables_binlog_expire_logs_seconds", own)


def _series(name: str, labels: Mapping[str, str]) -> str:
    return Series({"__name__": name, **labels}, "").name


@functools.cache
def compiled(identity: tuple[str, ...], lacking: tuple[str, ...]) -> Mapping[str, bytes]:
    """Return the rule files by name.

    Args:
        identity: labels that tell clusters apart.
        lacking: families of metrics that have none of them.
    """
    project = load_project(ROOT)
    configuration = attrs.evolve(project.configuration, identity=identity, identity_of=dict.fromkeys(lacking, ()))
    documents = compile_project(attrs.evolve(project, configuration=configuration))
    return {document.path.name: serialize(document) for document in documents if document.kind == "rules"}


@pytest.fixture
def firing(request: pytest.FixtureRequest, tmp_path: Path) -> Firing:
    """Return what tells for which values of a label an alert fires at the end."""
    promtool = needed_promtool(request)

    def ask(
        alert: str,
        series: Mapping[str, str],
        by: str,
        identity: tuple[str, ...] = (),
        lacking: tuple[str, ...] = (),
    ) -> set[str]:
        files = compiled(identity, lacking)
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        fires = {
            "expr": f'ALERTS{{alertname="{alert}", alertstate="firing"}}',
            "eval_time": f"{INTERVAL * (LENGTH - 1)}s",
            "exp_samples": [{"labels": '{never="so"}', "value": 1}],
        }
        scenario = {
            "rule_files": [str(tmp_path / name) for name in files],
            "evaluation_interval": f"{INTERVAL}s",
            "group_eval_order": [
                group["name"] for content in files.values() for group in yaml.safe_load(content)["groups"]
            ],
            "tests": [
                {
                    "interval": f"{INTERVAL}s",
                    "input_series": [{"series": name, "values": values} for name, values in series.items()],
                    "promql_expr_test": [fires],
                }
            ],
        }
        [answered] = run_scenario(scenario, promtool)
        return {labels.get(by, "") for labels, _ in answered}

    return ask


def test_a_job_per_cluster_needs_no_identity(firing: Firing) -> None:
    series = {connect(job="connect-eu"): GONE_AFTER_TEN_MINUTES, connect(job="connect-us"): THERE}
    assert firing("KafkaConnectDown", series, "job") == {"connect-eu"}


def test_one_job_of_many_clusters_needs_one(firing: Firing) -> None:
    """A PodMonitor of the same name in each cluster gives one job."""
    series = {
        connect(job="shop/connect", cluster="eu-1", namespace="shop"): GONE_AFTER_TEN_MINUTES,
        connect(job="shop/connect", cluster="us-1", namespace="shop"): THERE,
    }
    assert firing("KafkaConnectDown", series, "cluster", ("cluster",)) == {"eu-1"}
    assert firing("KafkaConnectDown", series, "cluster") == set()  # nobody misses a cluster while another is there


def test_databases_exporters_under_other_jobs_are_joined_within_the_cluster(firing: Firing) -> None:
    series = {
        lag(job="connect", cluster="eu-1"): LAGS_A_DAY,
        lag(job="connect", cluster="us-1"): LAGS_A_SECOND,
        retention(job="mysql", cluster="eu-1"): KEPT_FOR_A_DAY,
        retention(job="mysql", cluster="us-1"): KEPT_FOR_A_DAY,
    }
    assert firing("DebeziumBinlogRetentionNear", series, "cluster", ("cluster",)) == {"eu-1"}


def test_databases_exporters_without_the_label_are_joined_by_topic_prefix(firing: Firing) -> None:
    series = {
        lag(job="connect", cluster="eu-1"): LAGS_A_DAY,
        lag(job="connect", cluster="us-1"): LAGS_A_SECOND,
        retention(job="mysql"): KEPT_FOR_A_DAY,
    }
    lacking = ("mysqld_exporter",)
    assert firing("DebeziumBinlogRetentionNear", series, "cluster", ("cluster",), lacking) == {"eu-1"}
    assert firing("DebeziumBinlogRetentionNear", series, "cluster", ("cluster",)) == set()
