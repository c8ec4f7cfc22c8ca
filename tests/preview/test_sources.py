"""What is looked at: recordings, a page of metrics, and what is recorded of a Prometheus."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, cast

import pytest

from dashlib.metrics.exposition import MetricsTextError
from dashlib.preview.recording import metrics_of, of_metrics, record
from dashlib.preview.sources import NOW, of_recording, recording_named, shipped
from dashlib.recordings.drawing_out import is_any_counter
from dashlib.recordings.recording import Recording, RecordingError, Series, written
from dashlib.servers.local_prometheus import find_program
from tests.compiled import DOCUMENTS

if TYPE_CHECKING:
    from pathlib import Path

    from dashlib.servers.prometheus import Prometheus


def test_every_recorded_fault_comes_with_dashlib() -> None:
    assert {"healthy", "database-hung", "kafka-slow", "worker-killed"} <= set(shipped())


def test_a_recorded_fault_begins_with_minutes_in_which_all_is_well_and_ends_before_it_is_mended() -> None:
    source = of_recording(recording_named("database-hung"))
    begin = NOW - source.length
    (events,) = [
        [(at, value) for at, value in samples if not math.isnan(value)]
        for labels, samples in source.samples([], cast("Path", None))
        if labels["__name__"] == "debezium_metrics_TotalNumberOfEventsSeen"
        and labels["server"] == "postgres-server"
        and labels["context"] == "streaming"
    ]
    well = [value for at, value in events if at < begin + 400]
    assert len(well) > 60
    assert all(later >= before >= 0 for before, later in itertools.pairwise(well))
    assert well[-1] > well[0]
    hung = [value for at, value in events if at > NOW - 600]
    assert hung[-1] == hung[0]
    assert events[-1][0] <= NOW


def test_a_series_that_ended_is_marked_as_ended(tmp_path: Path) -> None:
    source = of_recording(Recording("mine", 15, {}, [], [Series({"__name__": "up"}, "1x2 stale _ 1")]))
    ((_, samples),) = source.samples([], tmp_path)
    assert [math.isnan(value) for _, value in samples] == [False, False, False, True, False]
    assert samples[-1][0] == NOW


def test_an_unknown_recording_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="database-hung"):
        recording_named("database-hang")
    broken = tmp_path / "broken.json.gz"
    broken.write_bytes(b"\x1f\x8b nothing")
    with pytest.raises(RecordingError, match="not a recording"):
        recording_named(str(broken))


def test_a_page_of_metrics_is_looked_at_as_if_it_stayed_so() -> None:
    recording = of_metrics('# TYPE lag gauge\nlag{server="a"} 1500\nlag{server="b"} NaN\n', "metrics.txt")
    assert {each.labels["__name__"] for each in recording.series} == {"lag", "up"}
    (first, _) = [each for each in recording.series if each.labels["__name__"] == "lag"]
    assert set(first.samples()) == {"1500"}
    with pytest.raises(MetricsTextError):
        of_metrics("<html>", "page.html")


def test_what_dashboards_and_rules_ask_for_is_recorded_and_what_rules_make_is_not() -> None:
    names = metrics_of(DOCUMENTS)
    assert {"up", "debezium_metrics_Connected", "debezium_metrics_MilliSecondsBehindSource"} <= set(names)
    assert not [name for name in names if ":" in name or name.startswith("ALERTS")]


class Answering:
    """A Prometheus that has one series, which ended."""

    def targets(self) -> list[Any]:
        return []

    def query_range(self, expression: str, start: float, end: float, step: float) -> Any:  # noqa: ARG002
        return (({"__name__": expression}, ((start, 1.0), (start + step, 2.5))),)


def test_a_recording_is_read_back_as_it_was(tmp_path: Path) -> None:
    recording = record(cast("Prometheus", Answering()), ["lag"], "mine", 1_000_000.0, 60)
    file = tmp_path / "mine.json.gz"
    recording.write(file)
    again = recording_named(str(file))
    assert again == recording
    assert again.series[0].samples() == ["1", "2.5", "stale", "_", "_"]


def test_a_missing_program_names_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Exception, match="package `prometheus`"):
        find_program("prometheus", tmp_path)


def test_nothing_of_the_fault_is_in_the_minutes_before_it(tmp_path: Path) -> None:
    source = of_recording(recording_named("worker-killed"))
    began = NOW - source.length + 400
    for labels, samples in source.samples([], tmp_path):
        if labels["__name__"] == "up":
            assert {value for at, value in samples if at < began} == {1.0}


@pytest.mark.parametrize(
    ("number", "text"), [(math.inf, "Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"), (2.0, "2"), (0.25, "0.25")]
)
def test_a_number_is_written_as_promtool_reads_it_however_large(number: float, text: str) -> None:
    assert written(number) == text


def test_every_shipped_recording_can_be_looked_at_and_no_counter_begins_anew_before_it_does(tmp_path: Path) -> None:
    """It would be drawn as a burst of events, a restart and a rebalance that nobody saw."""
    for name in shipped():
        source = of_recording(recording_named(name))
        assert source.length > 0, name
        for labels, samples in source.samples([], tmp_path):
            if is_any_counter(labels["__name__"]):
                lead = [value for at, value in samples if at < NOW - source.length + 470 and not math.isnan(value)]
                assert lead == sorted(lead), (name, labels)
