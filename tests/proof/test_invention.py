"""Series that selectors find and that join."""

from __future__ import annotations

import pytest

from dashlib import promql
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.promql import tree as promql_tree
from dashlib.proof.courses import Line, Segment, Voice, input_series
from dashlib.proof.exporter import Exporter
from dashlib.proof.invention import Invention, NoSeriesError, plugins_of
from dashlib.proof.promtool import TestFile, run_tests
from tests.promtool import needed_promtool

EXPORTER = Exporter(catalog(), load_profile("lab"))

SELECTORS = [
    'Connected{context="streaming",plugin=~"mysql|mariadb"}',
    'Connected{context="streaming",plugin!~"mysql|mariadb"}',
    'MilliSecondsBehindSource{server!~"orders|other"}',
    'MilliSecondsBehindSource{server=~"shop\\\\.eu|shop\\\\.us"}',
    'QueueTotalCapacity{context="streaming",connector=""}',
    'SchemaHistoryStatus{context="schema-history",value!="RUNNING"}',
    'connector_task_status{status="failed"}',
    'connector_status{status=~"paused|stopped"}',
    'pg_replication_slots_wal_status{wal_status="lost"}',
    'up{job=~"kafka-.+"}',
    'somebody_elses_metric{a="b",c!="",d=~"x[0-9]+"}',
]


def series_of(selector: str, plugin: str) -> tuple[Invention, promql_tree.Vector]:
    root = promql.read(selector).tree
    invention = Invention(EXPORTER, plugin)
    invention.learn([root])
    return invention, next(promql_tree.vectors(root))


def test_every_selector_finds_its_series(request: pytest.FixtureRequest) -> None:
    promtool = needed_promtool(request)
    tests = []
    for selector in SELECTORS:
        plugin = "postgres" if '!~"mysql' in selector else "mysql"
        invention, vector = series_of(selector, plugin)
        tests.append(
            {
                "interval": "15s",
                "input_series": input_series(
                    [Segment(60, {invention.own(vector): Line(1.0)})], 15, lambda series: [Voice(series)]
                ),
                "promql_expr_test": [{"expr": f"count({selector}) # 1", "eval_time": "30s", "exp_samples": []}],
            }
        )
    unmet = run_tests(promtool, [TestFile([], 30, tests)])[0]
    assert [selector for index, selector in enumerate(SELECTORS) if (index, 1) not in unmet] == []


@pytest.mark.parametrize(
    ("plugin", "labels"),
    [
        ("mysql", {"connector", "context", "instance", "job", "plugin", "server"}),
        ("sql_server", {"connector", "context", "database", "instance", "job", "plugin", "server", "task"}),
        ("mongodb", {"connector", "context", "instance", "job", "plugin", "server", "task"}),
    ],
)
def test_a_series_has_the_labels_of_its_connector(plugin: str, labels: set[str]) -> None:
    invention, vector = series_of('MilliSecondsBehindSource{context="streaming"}', plugin)
    assert {label for label, _ in invention.own(vector).labels} == labels


def test_labels_that_a_scrape_configuration_adds_are_there_where_they_are_joined_by() -> None:
    root = promql.read(
        'max by (server) (BinlogFileNumber{context="streaming"})'
        " - on (server) max by (server) (mysql_binlog_file_number)"
    ).tree
    invention = Invention(EXPORTER, "mysql")
    invention.learn([root])
    servers = [dict(invention.own(vector).labels)["server"] for vector in promql_tree.vectors(root)]
    assert servers == ["orders", "orders"]


@pytest.mark.parametrize(
    ("selector", "differ"),
    [
        ("QueueTotalCapacity", True),
        ('QueueTotalCapacity{connector=~"orders|invoices"}', True),
        ('label_replace(QueueTotalCapacity, "server", "$1", "connector", "(.+)")', False),
    ],
)
def test_labels_have_unlike_values_unless_one_is_copied(selector: str, *, differ: bool) -> None:
    invention, vector = series_of(selector, "mysql")
    labels = dict(invention.own(vector).labels)
    assert (labels["server"] != labels["connector"]) is differ


def test_selectors_that_one_series_satisfies_share_it() -> None:
    root = promql.read('group(connector_status) or group(connector_status{status="running"})').tree
    invention = Invention(EXPORTER, "mysql")
    invention.learn([root])
    assert len({invention.own(vector) for vector in promql_tree.vectors(root)}) == 1


def test_a_bare_selector_finds_the_series_of_narrower_ones_too() -> None:
    root = promql.read('group(connector_status) or group(connector_status{status="failed"})').tree
    invention = Invention(EXPORTER, "mysql")
    invention.learn([root])
    bare, failed = promql_tree.vectors(root)
    assert set(invention.matched(bare)) == {invention.own(bare), invention.own(failed)}
    assert invention.matched(failed) == (invention.own(failed),)


def test_a_selector_that_nothing_passes_is_said() -> None:
    with pytest.raises(NoSeriesError, match="label 'server'"):
        series_of('Connected{server="a",server="b"}', "mysql")


def test_connectors_that_lack_a_metric_come_last_or_not_at_all() -> None:
    disconnects = promql.read('NumberOfDisconnects{context="streaming"}').tree
    connected = promql.read('Connected{context="streaming"}').tree
    assert {plugin for plugin, _ in plugins_of(EXPORTER, [disconnects])} == {"mysql", "mariadb", "mongodb"}
    found = dict(plugins_of(EXPORTER, [connected, disconnects]))
    assert found["mysql"]
    assert not found["postgres"]
