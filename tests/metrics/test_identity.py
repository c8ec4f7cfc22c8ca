"""What tells Kafka Connect clusters apart: in expressions, and in the series that there are."""

from __future__ import annotations

import pytest

from dashlib import promql
from dashlib.metrics.catalog import catalog
from dashlib.metrics.clusters import merged
from dashlib.metrics.identity import Identity

IDENTITY = Identity(("cluster", "namespace"))
OWN = ("server", "plugin", "context", "connector", "task", "database")


@pytest.mark.parametrize(
    ("declared", "apart"),
    [
        ("max by (job, server) (Connected)", "max by (job, cluster, namespace, server) (Connected)"),
        ("max(Connected) by (server,job)", "max(Connected) by (server,job, cluster, namespace)"),
        ("max by (job, cluster) (Connected)", "max by (job, namespace, cluster) (Connected)"),
        (
            "Connected and on (job, server) SnapshotRunning",
            "Connected and on (job, cluster, namespace, server) SnapshotRunning",
        ),
        # What is copied must not be matched by, too.
        (
            "Connected * on (job, server) group_left (plugin) SnapshotRunning",
            "Connected * on (job, cluster, namespace, server) group_left (plugin) SnapshotRunning",
        ),
        (
            "up * on (instance) group_left (job) worker_connector_count",
            "up * on (instance) group_left (job, cluster, namespace) worker_connector_count",
        ),
        # A database's exporter has another job: its series belong to a connector by the topic prefix.
        (
            "max by (job, server) (Connected) * on (server) group_left () max by (server) (mysql_up)",
            (
                "max by (job, cluster, namespace, server) (Connected) * on (server, cluster, namespace) group_left () "
                "max by (server, cluster, namespace) (mysql_up)"
            ),
        ),
        # What does not ask for the job is left as it is.
        ("max by (server) (Connected)", "max by (server) (Connected)"),
        ("Connected and on (server) SnapshotRunning", "Connected and on (server) SnapshotRunning"),
        ("sum without (job) (Connected)", "sum without (job) (Connected)"),
        ("Connected", "Connected"),
    ],
)
def test_labels_of_a_cluster_follow_the_job(declared: str, apart: str) -> None:
    assert IDENTITY.expanded(declared, catalog()) == apart
    assert IDENTITY.expanded(apart, catalog()) == apart
    promql.read(apart).check()
    assert Identity().expanded(declared, catalog()) == declared


def test_a_join_asks_for_no_label_that_one_side_lacks() -> None:
    identity = Identity(("cluster", "namespace"), {"mysqld_exporter": ("cluster",), "postgres_exporter": ()})
    joined = "max by (job, server) (Connected) * on (server) group_left () max by (server) ({})"
    assert identity.expanded(joined.format("mysql_up"), catalog()) == (
        "max by (job, cluster, namespace, server) (Connected) * on (server, cluster) group_left () "
        "max by (server, cluster) (mysql_up)"
    )
    assert identity.expanded(joined.format("pg_up"), catalog()) == (
        "max by (job, cluster, namespace, server) (Connected) * on (server) group_left () max by (server) (pg_up)"
    )
    assert identity.everywhere == ()


def series(**labels: str) -> dict[str, str]:
    return {"job": "connect", "server": "orders", "plugin": "mysql", "context": "streaming", **labels}


def test_one_connector_in_two_clusters_is_told_apart_by_what_differs() -> None:
    found = merged(
        [
            series(cluster="eu-1", namespace="shop", pod="connect-0", instance="10.0.0.1:9404"),
            series(cluster="us-1", namespace="shop", pod="connect-0", instance="10.0.0.1:9404"),
            series(server="stock", cluster="us-1", namespace="shop"),
        ],
        OWN,
        (),
        "server",
    )
    assert found is not None
    assert found.line == 'identity = ["cluster"]'
    assert found.described == "cluster (eu-1, us-1)"
    assert found.connectors == (("connect", "orders"),)


def test_as_few_labels_as_tell_all_apart_the_widest_first() -> None:
    there = [
        series(cluster=cluster, namespace=namespace, team=f"{cluster} {namespace}")
        for cluster in ("eu-1", "us-1")
        for namespace in ("shop", "test")
    ]
    found = merged(there, OWN, (), "server")
    assert found is not None
    assert found.labels == ("cluster", "namespace")
    kept = merged(there, OWN, ("cluster", "namespace"), "server")
    assert kept is None


@pytest.mark.parametrize(
    "others",
    [
        [series(instance="connect-1:9404"), series(instance="connect-2:9404")],  # it moves to another worker
        [series(pod="connect-0", node="a"), series(pod="connect-1", node="b")],
        [series(prometheus_replica="a"), series(prometheus_replica="b")],
        [series(task="0"), series(task="1")],
        [series(cluster="eu-1"), series(server="stock", cluster="us-1")],
        [],
    ],
)
def test_nothing_is_merged_where_no_two_clusters_have_one_connector(others: list[dict[str, str]]) -> None:
    assert merged(others, OWN, (), "server") is None
