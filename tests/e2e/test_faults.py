"""Each fault, brought about on the running stack and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib.recordings.recording import Recording, contract, expand

from .components import VERSIONS, program
from .fault_table import expected
from .faults import FAULTS
from .recording import Recorder
from .replay import RECORDINGS, replay

if TYPE_CHECKING:
    from pathlib import Path

    from .stack import Stack

SECONDS_BEFORE = 10

# Faults that last long enough for every alert that they must raise: test_alerts_arrive.py brings them about.
LIVE = ("database-stopped", "connector-paused", "workers-stopped", "kafka-hung")

# With those of LIVE, one of each kind: of the connection, the task, the slot, the queue, the workers and a snapshot.
SHORT = ("connection-killed", "schema-changed", "slot-lost", "kafka-slow", "rolling-restart", "blocking-snapshot")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fault" in metafunc.fixturenames:
        only = metafunc.config.getoption("--fault")
        some = SHORT if metafunc.config.getoption("--short") else FAULTS
        metafunc.parametrize("fault", [only] if only else [fault for fault in some if fault not in LIVE])


def test_fault(stack: Stack, fault: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Bring a fault about, record it, and replay the rules over the recording, which `--record` keeps."""
    hold(record(stack, fault), RECORDINGS if request.config.getoption("--record") else tmp_path)


def record(stack: Stack, fault: str) -> Recording:
    """Bring a fault about and return what the series did."""
    recorder = Recorder(fault, stack.metrics)
    recorder.watch(SECONDS_BEFORE)
    FAULTS[fault].happen(stack, recorder)
    return recorder.finish({"kafka": VERSIONS["kafka"]["version"], **VERSIONS["debezium"]})


def hold(recording: Recording, folder: Path) -> None:
    """Write a recording, and hold what its replay makes fire to what it must."""
    path = folder / f"{recording.fault}.json.gz"
    recording.write(path)
    assert Recording.read(path) == recording
    fired = replay(recording, str(program("promtool")))
    assert expected()[recording.fault].difference(fired) == ""


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], ""),
        (["0"] * 12 + ["1", "stale", "_", "_", "_", "_"], "0x11 1 stale _x4"),
        (["-1", "-1", "NaN", "NaN", "_", "2.5"], "-1x1 NaN NaN _ 2.5"),
    ],
)
def test_notation(values: list[str], text: str) -> None:
    assert contract(values) == text
    assert expand(text) == values
