"""How an exporter gives a logical series: under each spelling, and beside what only a label tells apart from it."""

from __future__ import annotations

import pytest

from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.proof.courses import ABSENT, Line, Segment, Series, input_series
from dashlib.proof.exporter import Exporter

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
