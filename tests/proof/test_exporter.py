"""How an exporter gives a logical series: under each spelling, and beside what only a label tells apart from it."""

from __future__ import annotations

import pytest

from dashlib.metrics.catalog import catalog
from dashlib.metrics.kinds import PLUGINS
from dashlib.metrics.profiles import load_profile
from dashlib.proof.courses import ABSENT, Line, Segment, Series, input_series
from dashlib.proof.exporter import Exporter
from dashlib.proof.scenarios.others import other_values

CREATES = Series(
    "TotalNumberOfCreateEventsSeen", (("server", "orders"),), catalog().metric("TotalNumberOfCreateEventsSeen")
)


def exporter(spelling: int = 0) -> Exporter:
    return Exporter(catalog(), load_profile("debezium-server-otel"), spelling)


@pytest.mark.parametrize(("spelling", "name"), [(0, "debezium_event_count_total"), (1, "debezium_event_count")])
def test_a_series_has_the_name_of_the_spelling(spelling: int, name: str) -> None:
    assert exporter(spelling).exported(CREATES).series.name == name


def test_what_a_label_tells_apart_is_always_there_larger_and_smaller() -> None:
    segments = [Segment(60, {CREATES: Line(8.0)}), Segment(60, {CREATES: ABSENT})]
    written = {
        each["series"]: each["values"]
        for each in input_series(segments, 30, lambda series: exporter().voices(series, frozenset()))
    }

    def of(kind: str) -> str:
        labels = f'debezium_event_type="{kind}", debezium_logical_name="orders"'
        return written[f"debezium_event_count_total{{{labels}}}"]

    assert of("create") == "8+0x1 stale _x1"
    assert of("larger") == "25+0x1 25+0x1"
    assert of("smaller") == "1+0x1 1+0x1"


def test_a_kind_that_is_no_part_of_a_name_has_one_that_prometheus_reads() -> None:
    metric = catalog().metric("SnapshotRunning")
    of_kind_in_name = Exporter(catalog(), load_profile("rhel-connect"))
    exported = of_kind_in_name.exported(Series("SnapshotRunning", (("plugin", "sql-any"),), metric))
    assert str(exported.series) == "debezium_sql_any_connector_metrics_snapshotrunning{}"


def test_other_kinds_of_a_connector_are_kinds_and_alike_ones_come_first() -> None:
    others = list(other_values(Series("SnapshotRunning", (("plugin", "mongodb"),)), "plugin"))
    assert set(others) == {*PLUGINS} - {"mongodb"}
    assert next(other_values(Series("SnapshotRunning", (("plugin", "mysql"),)), "plugin")) == "mariadb"
    assert len({*other_values(CREATES, "server"), "orders"}) == 3
