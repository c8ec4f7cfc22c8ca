"""The catalog: names that compile, errors that say what to write instead, metrics of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dashlib.metrics.catalog
from dashlib.errors import ConfigurationError, DeclarationError
from dashlib.metrics.catalog import (
    CANONICAL_UNITS,
    Catalog,
    Metric,
    UnknownMetricError,
    catalog,
    own_metrics,
)

FILES = sorted((Path(dashlib.metrics.catalog.__file__).parent / "data" / "catalog").glob("*.json"))


def message(name: str) -> str:
    with pytest.raises(UnknownMetricError) as caught:
        catalog().metric(name)
    return str(caught.value)


def test_lag_is_in_seconds_and_its_sentinel_is_known() -> None:
    lag = catalog().metric("MilliSecondsBehindSource")
    assert (lag.unit, lag.exported_unit, lag.scale, lag.type) == ("s", "ms", 0.001, "gauge")
    assert lag.unknown == (-1.0,)
    assert lag.contexts == ("streaming",)
    assert {"mysql", "postgres", "sql_server", "mongodb"} <= set(lag.connectors)
    assert {"server", "plugin", "context", "connector", "task", "database"} == set(lag.labels)
    assert "mysql 3.6.1" in lag.observed


def test_connectors_that_differ_are_told_apart() -> None:
    by_connector = {
        (connector, context): variant
        for variant in catalog().metric("MilliSecondsBehindSource").variants
        for connector in variant.connectors
        for context in variant.contexts
    }
    assert by_connector["mariadb", "streaming"].since == "2.7.0"
    assert "database" in by_connector["sql_server", "streaming"].labels
    assert "database" not in by_connector["mysql", "streaming"].labels
    assert by_connector["mysql", "binlog"].gone_since == "2.0.0"


@pytest.mark.parametrize("name", ["MilliSecondsSinceLastEvent", "NumberOfUnchangedEventsSkipped", "RecoveryStartTime"])
def test_minus_one_is_unknown(name: str) -> None:
    assert catalog().metric(name).unknown == (-1.0,)


def test_texts_are_info_metrics_with_the_text_as_a_label() -> None:
    filename = catalog().metric("BinlogFilename")
    assert (filename.type, filename.unit, filename.form, filename.unbounded) == ("info", "text", "text", False)
    assert "value" in filename.labels
    unbounded = {metric.name for metric in catalog() if metric.unbounded}
    assert unbounded == {"GtidSet", "LastEvent", "LastTransactionId", "SourceEventPosition"}


def test_numbers_that_the_exporter_takes_out_of_texts() -> None:
    number, position = catalog().metric("BinlogFileNumber"), catalog().metric("GtidPosition")
    assert (number.derived_from, number.connectors) == ("SourceEventPosition", ("mysql", "mariadb"))
    assert "value" not in number.labels
    assert position.derived_from == "LastTransactionId"
    assert "gtid_source" in position.labels


def test_kafka_connect() -> None:
    total = catalog().metric("source_task_source_record_write_total")
    assert (total.family, total.type, total.labels) == ("kafka_connect", "counter", ("connector", "task"))
    assert set(catalog().metric("connector_task_status").labels) == {"connector", "task", "status"}
    assert catalog().metric("task_error_total_record_failures").type == "counter"
    assert catalog().metric("connector_task_offset_commit_avg_time_ms").scale == 0.001
    assert catalog().metric("connector_task_offset_commit_success_percentage").unit == "ratio"


def test_other_exporters() -> None:
    assert catalog().metric("pg_replication_slots_wal_status").versions == ("0.20+",)
    old = catalog().metric("pg_replication_slot_wal_status")
    assert (old.versions, old.replacement) == (("0.16-0.19",), "pg_replication_slots_wal_status")
    assert catalog().metric("aws_rds_aurora_binlog_replica_lag_average").unknown == (-1.0,)
    assert catalog().metric("aws_rds_change_log_read_iops_average").scale == pytest.approx(1 / 300)
    assert catalog().metric("up").unit == "bool"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "MilliSecondsBehindSorce",
            'there is no metric "MilliSecondsBehindSorce" in the catalog; did you mean "MilliSecondsBehindSource"?',
        ),
        (
            "SecondsBehindMaster",
            '"SecondsBehindMaster" has not been exported since Debezium 1.2.0; use "MilliSecondsBehindSource" instead',
        ),
        (
            "MonitoredTables",
            '"MonitoredTables" has not been exported since Debezium 2.0.0; use "CapturedTables" instead',
        ),
        ("BatchSize", '"BatchSize" has not been exported since Debezium 3.6.0; nothing replaces it'),
        (
            "LastEventTimestamp",
            'there has never been a metric "LastEventTimestamp"; use "MilliSecondsSinceLastEvent" instead',
        ),
        (
            "debezium_metrics_Connected",
            (
                'there is no metric "debezium_metrics_Connected" in the catalog: it is an exported name; '
                'its logical name is "Connected"'
            ),
        ),
        (
            "debezium_mysql_connector_metrics_millisecondsbehindsource",
            (
                'there is no metric "debezium_mysql_connector_metrics_millisecondsbehindsource" in the catalog: '
                'it is an exported name; its logical name is "MilliSecondsBehindSource"'
            ),
        ),
        (
            "kafka_connect_connector_task_status",
            (
                'there is no metric "kafka_connect_connector_task_status" in the catalog: it is an exported name; '
                'its logical name is "connector_task_status"'
            ),
        ),
        (
            "debezium_metrics_SecondsBehindMaster",
            (
                'there is no metric "debezium_metrics_SecondsBehindMaster" in the catalog: it is an exported name; '
                'its logical name is "SecondsBehindMaster", which has not been exported since Debezium 1.2.0; '
                'use "MilliSecondsBehindSource" instead'
            ),
        ),
        (
            "debezium_metrics_SnapshotStartTimestamp",
            (
                'there is no metric "debezium_metrics_SnapshotStartTimestamp" in the catalog: it is an exported name; '
                'its logical name is "SnapshotStartTimestamp", which has never existed; '
                'use "SnapshotDurationInSeconds" instead'
            ),
        ),
        (
            "kafka_connect_source_task_source_record_poll",
            (
                'there is no metric "kafka_connect_source_task_source_record_poll" in the catalog: '
                'it is an exported name; its logical name is "source_task_source_record_poll_total"'
            ),
        ),
        (
            "zzz",
            (
                'there is no metric "zzz" in the catalog; a metric of your own is declared as '
                "[tool.dashlib.catalog.zzz] in pyproject.toml"
            ),
        ),
    ],
)
def test_a_name_that_does_not_compile_says_what_to_write(name: str, expected: str) -> None:
    assert message(name) == expected


def test_an_unknown_metric_is_a_wrong_declaration() -> None:
    assert issubclass(UnknownMetricError, DeclarationError)
    assert UnknownMetricError("x").exit_code == 2


def test_what_is_gone_can_be_found_but_not_compiled() -> None:
    gone = catalog().find("SecondsSinceLastEvent")
    assert gone is not None
    assert (gone.gone_since, gone.replacement) == ("1.2.0", "MilliSecondsSinceLastEvent")
    assert "SecondsSinceLastEvent" in catalog()
    assert catalog().find("LastEventTimestamp") is None
    assert "LastEventTimestamp" not in catalog()
    assert 7 not in catalog()


def test_names_are_unique_over_all_families() -> None:
    names: list[str] = []
    for file in FILES:
        family = orjson.loads(file.read_bytes())
        assert family["family"] == file.stem
        names += [*family["metrics"], *family.get("never", {})]
    assert len(names) == len(set(names))
    assert len(FILES) == 8


def test_every_entry_is_whole() -> None:
    live = {metric.name for metric in catalog() if metric.gone_since is None}
    for metric in catalog():
        assert metric.type in ("counter", "gauge", "info"), metric.name
        assert metric.unit not in CANONICAL_UNITS, metric.name
        assert (metric.scale == 1) == (metric.unit == metric.exported_unit), metric.name
        assert len(set(metric.labels)) == len(metric.labels), metric.name
        assert metric.replacement is None or metric.replacement in live, metric.name
        assert bool(metric.contexts) == (metric.family == "debezium"), metric.name
        assert (metric.unit == "text") == (metric.type == "info"), metric.name


def test_families() -> None:
    assert {metric.family for metric in catalog()} == {file.stem for file in FILES}
    assert {metric.family for metric in catalog().metrics("cloudwatch")} == {"cloudwatch"}
    assert list(catalog().metrics("nothing")) == []
    assert next(iter(catalog())).name in catalog()


def test_what_ships_is_small() -> None:
    assert all(file.stat().st_size < 250_000 for file in FILES)


def test_a_metric_is_made_once() -> None:
    assert catalog().metric("Connected") is catalog().metric("Connected")


# --- the user's own ---------------------------------------------------------------------------------------------------


def test_a_metric_of_the_users_own() -> None:
    table = {"type": "gauge", "unit": "ms", "labels": ["server"], "unknown": [-1]}
    own = own_metrics("heartbeat_age_ms", table)[0]
    assert own == Metric(
        name="heartbeat_age_ms",
        family="user",
        type="gauge",
        unit="s",
        exported_unit="ms",
        scale=0.001,
        labels=("server",),
        unknown=(-1,),
    )
    extended = catalog().extended([own])
    assert extended.metric("heartbeat_age_ms") is own
    assert "heartbeat_age_ms" not in catalog()
    assert list(extended.metrics("user")) == [own]
    assert extended.metric("Connected").family == "debezium"
    with pytest.raises(UnknownMetricError, match='did you mean "heartbeat_age_ms"'):
        extended.metric("heartbeat_age_m")


def test_labels_and_sentinels_may_be_left_out() -> None:
    own = own_metrics("app:rows:rate5m", {"type": "gauge", "unit": "rows/s"})[0]
    assert (own.unit, own.exported_unit, own.scale, own.labels, own.unknown) == ("rows/s", "rows/s", 1.0, (), ())


@pytest.mark.parametrize("taken", ["up", "SecondsBehindMaster"])
def test_a_taken_name_is_refused(taken: str) -> None:
    own = own_metrics(taken, {"type": "gauge", "unit": "s"})[0]
    with pytest.raises(ConfigurationError, match=rf'^\[tool.dashlib.catalog.{taken}\]: found a metric "{taken}" in'):
        catalog().extended([own])


def test_a_name_cannot_be_given_twice() -> None:
    own = own_metrics("mine", {"type": "gauge", "unit": "s"})[0]
    with pytest.raises(ConfigurationError, match="in the family user already"):
        Catalog({}, {}).extended([own, own])


RIGHT: dict[str, Any] = {"type": "gauge", "unit": "s"}
TYPES = 'one of "counter", "gauge", "info", "histogram", "summary"'


@pytest.mark.parametrize(
    ("name", "table", "expected"),
    [
        (
            "m",
            {**RIGHT, "type": "gage"},
            (f'[tool.dashlib.catalog.m] type: found "gage"; expected {TYPES}; did you mean "gauge"?'),
        ),
        ("m", {"unit": "s"}, f"[tool.dashlib.catalog.m] has no type; expected {TYPES}"),
        (
            "m",
            {**RIGHT, "unit": 7},
            (
                "[tool.dashlib.catalog.m] unit: found 7; "
                'expected the unit as exported, such as "s", "ms", "bytes" or "count"'
            ),
        ),
        (
            "m",
            {**RIGHT, "labels": "server"},
            '[tool.dashlib.catalog.m] labels: found "server"; expected a list of label names, such as ["server"]',
        ),
        (
            "m",
            {**RIGHT, "labels": ["a{b"]},
            '[tool.dashlib.catalog.m] labels: found ["a{b"]; expected a list of label names, such as ["server"]',
        ),
        (
            "m",
            {**RIGHT, "unknown": [True]},
            "[tool.dashlib.catalog.m] unknown: found [true]; expected a list of numbers, such as [-1]",
        ),
        ("m", {**RIGHT, "label": []}, '[tool.dashlib.catalog.m] has no setting "label"; did you mean "labels"?'),
        (
            "m",
            {**RIGHT, "zzz": 1},
            '[tool.dashlib.catalog.m] has no setting "zzz"; known: type, unit, labels, unknown, buckets, help',
        ),
        ("m", "gauge", '[tool.dashlib.catalog] m: found "gauge"; expected a table'),
        (
            "m{a}",
            RIGHT,
            (
                "[tool.dashlib] catalog: found \"m{a}\"; expected the name of a metric: letters, digits, '_', ':' and, "
                "with Prometheus 3, '.' and others"
            ),
        ),
        (
            "m_sum",
            {**RIGHT, "type": "histogram"},
            '[tool.dashlib.catalog.m_sum] declares the series of a histogram; declare "m" once, which stands for all',
        ),
        (
            "m",
            {**RIGHT, "buckets": "native"},
            "[tool.dashlib.catalog.m] buckets is not for a gauge; remove it",
        ),
        (
            "m",
            {**RIGHT, "type": "summary", "unknown": [-1]},
            "[tool.dashlib.catalog.m] unknown is not for a summary; remove it",
        ),
    ],
)
def test_a_wrong_configuration_says_which_key_and_what_would_be_right(name: str, table: Any, expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        own_metrics(name, table)[0]
    assert str(caught.value) == expected


@given(
    st.text(max_size=20),
    st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text() | st.lists(st.text())),
)
def test_whatever_a_configuration_holds_is_a_metric_or_a_configuration_error(name: str, table: dict[str, Any]) -> None:
    for found in (table, {**RIGHT, **table}):
        try:
            metric = own_metrics(name, found)[0]
        except ConfigurationError:
            continue
        assert metric.family == "user"


@given(st.text(max_size=40))
def test_any_name_is_known_or_refused_with_a_whole_sentence(name: str) -> None:
    if name not in catalog():
        assert f'"{name}"' in message(name)
