"""`labs/monitoring/jmx-exporter/config.yml` against every MBean that was seen and every shape that cannot run here."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .exporting import Series, exported, parse, types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .components import Components

SEEN = json.loads((Path(__file__).parent / "mbeans.json").read_text())
OWN = re.compile(r"^(debezium|kafka)_")
# what may become a label value, because it has few values
TEXT = {"BinlogFilename", "Status"}


@pytest.fixture(scope="module", params=["agent", "old_agent"])
def agent(request: pytest.FixtureRequest, installed: Components) -> Path:
    found: Path = getattr(installed, request.param)
    return found


def series(name: str, **labels: str) -> Series:
    return name, frozenset(labels.items())


def own(text: str) -> dict[Series, float]:
    return {each: value for each, value in parse(text).items() if OWN.match(each[0])}


def expected(object_name: str, attributes: Mapping[str, Any]) -> dict[Series, float]:
    """Return what an MBean of Debezium becomes, said once more in another way than the configuration says it."""
    domain, _, properties = object_name.partition(":")
    keys = dict(each.split("=", 1) for each in properties.split(","))
    labels = {"plugin": domain.removeprefix("debezium.")}
    labels |= {key: keys[key] for key in ("context", "server", "connector", "task", "database") if key in keys}
    found: dict[Series, float] = {}
    for name, value in attributes.items():
        metric = f"debezium_metrics_{name}"
        match value:
            case bool() | int() | float():
                found[series(metric, **labels)] = float(value)
            case dict() if name == "SourceEventPosition":
                if file := value.get("filename"):
                    number = series("debezium_metrics_BinlogFileNumber", **labels)
                    found[number] = float(file.rpartition(".")[2])
            case dict():
                found |= {series(metric, **labels, table=table): float(rows) for table, rows in value.items()}
            case str() if name == "BinlogFilename" and value:
                found[series(metric, **labels, value=value)] = 1
            case str() if name == "Status":
                found[series("debezium_metrics_SchemaHistoryStatus", **labels, value=value)] = 1
            case str() if name == "LastTransactionId" and labels["plugin"] in {"mysql", "mariadb"}:
                source, number_ = re.fullmatch(r"(.+)[:-](\d+)", value).groups()  # type: ignore[union-attr]
                found[series("debezium_metrics_GtidPosition", **labels, gtid_source=source)] = float(number_)
    return found


@pytest.mark.parametrize("capture", SEEN, ids=[f"{i}-{each['captured'][:24]}" for i, each in enumerate(SEEN)])
def test_every_mbean_that_was_seen(capture: dict[str, Any], agent: Path, tmp_path: Path) -> None:
    mbeans = {
        bean["objectName"]: {each["name"]: each["value"] for each in bean["attributes"]} for bean in capture["mbeans"]
    }
    wanted: dict[Series, float] = {}
    for name, attributes in mbeans.items():
        wanted |= expected(name, attributes)
    with exported(mbeans, agent, tmp_path) as text:
        assert own(text) == pytest.approx(wanted)


def test_shapes_that_cannot_run_here(agent: Path, tmp_path: Path) -> None:
    streaming = {"Connected": True, "MilliSecondsBehindSource": -1, "LastEvent": "{x}><>Connected: 3, server=evil"}
    mbeans: dict[str, dict[str, Any]] = {
        "debezium.mongodb:type=connector-metrics,context=streaming,server=mongo,task=0": streaming
        | {"RowsScanned": {"shop.orders, 2": 7}},
        "debezium.sql_server:type=connector-metrics,server=mssql,task=1,context=streaming": {
            "QueueTotalCapacity": 8192
        },
        "debezium.sql_server:type=connector-metrics,server=mssql,task=1,context=snapshot,database=sales": {
            "RowsScanned": {"sales.dbo.orders": 9, "sales.dbo.odd>name": 1},
            "NumberOfCreateEventsSeen": {"sales.dbo.orders": 2},
            "TableChunkCounts": {"sales.dbo.orders": 4},
        },
        'debezium.sql_server:type=connector-metrics,server=mssql,task=1,context=streaming,database="My, own",'
        'connector="team:orders",env=prod': {"MilliSecondsBehindSource": 5},
        "debezium.oracle:type=connector-metrics,context=streaming,server=ora,connector=oracle-orders": {
            "CurrentScn": 123456789012,
            "LastTransactionId": "0a001f00b2030000",
            "AbandonedTransactionIds": ["a", "b"],
        },
        "debezium.jdbc:type=connector-metrics,context=sink,server=jdbc-sink,task=0": {"TotalNumberOfErrantRecords": 2},
        "debezium.mysql:type=connector-metrics,context=streaming,server=tagged,connector=c": {
            "BinlogFilename": "bin.log.0001234",
            "SourceEventPosition": {"filename": "bin.log.0001234", "position": "5", "gtid": "x:1-7"},
            "LastTransactionId": "0e66d937-e58b-11f1-8bea-02fc00000001:blue_1:17",
            "GtidSet": "0e66d937-e58b-11f1-8bea-02fc00000001:1-17,\nffffffff-e58b-11f1-8bea-02fc00000001:1-4",
        },
        "debezium.mysql:type=connector-metrics,context=schema-history,server=tagged,connector=c": {
            "Status": "RECOVERING",
            "LastAppliedChange": "Status: STOPPED",
        },
        "debezium.postgres:type=connector-metrics,context=streaming,server=pg": {
            "LastTransactionId": "1081",
            "MilliSecondsBehindSourceP99": 13.5,
            "MilliSecondsBehindSourceP50": math.nan,
            "SourceEventPosition": {"lsn": "36466936"},
        },
    }
    mongo = {"plugin": "mongodb", "context": "streaming", "server": "mongo", "task": "0"}
    task = {"plugin": "sql_server", "server": "mssql", "task": "1"}
    snapshot = {**task, "context": "snapshot", "database": "sales"}
    mysql = {"plugin": "mysql", "server": "tagged", "connector": "c", "context": "streaming"}
    postgres = {"plugin": "postgres", "server": "pg", "context": "streaming"}
    metric = "debezium_metrics_{}".format
    gtid_source = "0e66d937-e58b-11f1-8bea-02fc00000001:blue_1"
    wanted = {
        series(metric("Connected"), **mongo): 1,
        series(metric("MilliSecondsBehindSource"), **mongo): -1,
        series(metric("RowsScanned"), **mongo, table="shop.orders, 2"): 7,
        series(metric("QueueTotalCapacity"), **task, context="streaming"): 8192,
        series(metric("RowsScanned"), **snapshot, table="sales.dbo.orders"): 9,
        series(metric("RowsScanned"), **snapshot, table="sales.dbo.odd>name"): 1,
        series(metric("NumberOfCreateEventsSeen"), **snapshot, table="sales.dbo.orders"): 2,
        series(metric("TableChunkCounts"), **snapshot, table="sales.dbo.orders"): 4,
        series(
            metric("MilliSecondsBehindSource"),
            **task,
            context="streaming",
            database="My, own",
            connector="team:orders",
        ): 5,
        series(
            metric("CurrentScn"), plugin="oracle", context="streaming", server="ora", connector="oracle-orders"
        ): 123456789012,
        series(metric("TotalNumberOfErrantRecords"), plugin="jdbc", context="sink", server="jdbc-sink", task="0"): 2,
        series(metric("BinlogFilename"), **mysql, value="bin.log.0001234"): 1,
        series(metric("BinlogFileNumber"), **mysql): 1234,
        series(metric("GtidPosition"), **mysql, gtid_source=gtid_source): 17,
        series(metric("SchemaHistoryStatus"), **{**mysql, "context": "schema-history"}, value="RECOVERING"): 1,
        series(metric("MilliSecondsBehindSourceP99"), **postgres): 13.5,
        series(metric("MilliSecondsBehindSourceP50"), **postgres): math.nan,
    }
    with exported(mbeans, agent, tmp_path) as text:
        assert own(text) == pytest.approx(wanted, nan_ok=True)


def test_kafka_connect(agent: Path, tmp_path: Path) -> None:
    mbeans: dict[str, dict[str, Any]] = {
        "kafka.connect:type=connector-metrics,connector=orders": {
            "status": "running",
            "connector-class": "io.debezium.connector.mysql.MySqlConnector",
            "connector-type": "source",
            "connector-version": "3.6.1.Final",
        },
        "kafka.connect:type=connector-metrics,connector=second one": {"status": "paused"},
        'kafka.connect:type=connector-task-metrics,connector="team:orders",task=0': {
            "status": "failed",
            "running-ratio": 0.5,
            "task-class": "io.debezium.connector.mysql.MySqlConnectorTask",
        },
        "kafka.connect:type=source-task-metrics,connector=orders,task=0": {
            "source-record-poll-total": 12.0,
            "source-record-active-count": 3.0,
            "source-record-active-count-max": 4.0,
            "poll-batch-avg-time-ms": math.nan,
        },
        "kafka.connect:type=sink-task-metrics,connector=sink,task=3": {"sink-record-read-total": 8.0},
        "kafka.connect:type=task-error-metrics,connector=orders,task=0": {
            "total-retries": 1.0,
            "deadletterqueue-produce-requests": 2.0,
        },
        "kafka.connect:type=connect-worker-metrics": {"task-count": 3.0, "task-startup-attempts-total": 5.0},
        "kafka.connect:type=connect-worker-metrics,connector=orders": {"connector-failed-task-count": 1.0},
        "kafka.connect:type=connect-worker-rebalance-metrics": {
            "leader-name": "worker",
            "rebalancing": 0.0,
            "completed-rebalances-total": 2.0,
        },
        "kafka.connect:type=connect-coordinator-metrics,client-id=connect-1": {"assigned-tasks": 3.0},
    }
    connect = "kafka_connect_{}".format
    orders = {"connector": "orders"}
    task = {**orders, "task": "0"}
    wanted = {
        series(connect("connector_status"), **orders, status="running"): 1,
        series(connect("connector_status"), connector="second one", status="paused"): 1,
        series(
            connect("connector_connector_class"),
            **orders,
            connector_class="io.debezium.connector.mysql.MySqlConnector",
        ): 1,
        series(connect("connector_connector_type"), **orders, connector_type="source"): 1,
        series(connect("connector_connector_version"), **orders, connector_version="3.6.1.Final"): 1,
        series(connect("connector_task_status"), connector="team:orders", task="0", status="failed"): 1,
        series(connect("connector_task_running_ratio"), connector="team:orders", task="0"): 0.5,
        series(connect("source_task_source_record_poll_total"), **task): 12,
        series(connect("source_task_source_record_active_count"), **task): 3,
        series(connect("source_task_source_record_active_count_max"), **task): 4,
        series(connect("source_task_poll_batch_avg_time_ms"), **task): math.nan,
        series(connect("sink_task_sink_record_read_total"), connector="sink", task="3"): 8,
        series(connect("task_error_total_retries"), **task): 1,
        series(connect("task_error_deadletterqueue_produce_requests"), **task): 2,
        series(connect("worker_task_count")): 3,
        series(connect("worker_task_startup_attempts_total")): 5,
        series(connect("worker_connector_failed_task_count"), **orders): 1,
        series(connect("worker_rebalance_rebalancing")): 0,
        series(connect("worker_rebalance_completed_rebalances_total")): 2,
    }
    with exported(mbeans, agent, tmp_path) as text:
        assert own(text) == pytest.approx(wanted, nan_ok=True)
        assert {name for name, kind in types(text).items() if kind == "counter" and OWN.match(name)} == {
            name for name, _ in wanted if name.endswith("_total")
        }
