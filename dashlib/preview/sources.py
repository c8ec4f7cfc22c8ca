"""What is looked at where no Prometheus of yours is: a recording, a page of metrics, or made-up series."""

from __future__ import annotations

import functools
import importlib.resources
import math
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from dashlib.recordings.drawing_out import (
    BEFORE,
    BEGINS_AND_ENDS,
    began_at,
    drawn_out,
    height_ends_at,
    is_any_counter,
    led_in,
)
from dashlib.recordings.recording import ABSENT, GONE, Recording, RecordingError, Series, contract
from dashlib.servers.local_prometheus import STALE, evaluated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.documents.document import Document
    from dashlib.servers.local_prometheus import Samples

#: When every recording is looked at, Unix seconds: the same page for the same recording (2026-01-01, 12:00 UTC).
NOW: Final = 1_767_268_800.0
_SUFFIX: Final = ".json.gz"
#: The series that tells by its values when a pending alert became one, in Unix seconds.
_SINCE: Final = "ALERTS_FOR_STATE"
_MINUTE: Final = 60.0
#: How long all was well before a recorded fault, in seconds.
_LEAD: Final = 480.0


@attrs.frozen
class Source:
    """Series of the past, which end at the moment of looking.

    Attributes:
        title: what it is, in a few words.
        series: names with labels, and values in promtool's notation, one an interval.
        interval: seconds between two values.
        length: seconds that are looked at; later values are not.
    """

    title: str
    series: Sequence[Series]
    interval: float
    length: float

    @property
    def back(self) -> float:
        """How far a dashboard looks back, in seconds: whole minutes."""
        return max(_MINUTE, self.length // _MINUTE * _MINUTE)

    def samples(self, rules: Sequence[Document], root: Path) -> list[Samples]:
        """Return its samples, and those of what rules make of them.

        Args:
            rules: compiled rule files.
            root: the project's folder.

        Raises:
            RemoteError: there is no promtool, or it refuses the rules.
        """
        begin = NOW - self.length
        count = int(self.length // self.interval) + 1
        found: list[Samples] = []
        for each in self.series:
            values = each.samples()[:count]
            samples = [
                (begin + self.interval * number, STALE if value == GONE else float(value))
                for number, value in enumerate(values)
                if value != ABSENT
            ]
            found.append((each.labels, samples))
        named = [(each.name, each.values) for each in self.series]
        for labels, recorded in evaluated(named, self.interval, self.length, rules, root):
            # promtool's clock begins at 0.
            moved = begin if labels.get("__name__") == _SINCE else 0.0
            found.append(
                (labels, [(begin + at, value if math.isnan(value) else value + moved) for at, value in recorded])
            )
        return found


def is_shipped(recording: Recording) -> bool:
    """Tell whether a recording is a fault that comes with dashlib."""
    return recording.fault in BEGINS_AND_ENDS


def of_recording(recording: Recording, title: str = "") -> Source:
    """Return what a recording shows: a shipped fault drawn out at its height, until it is mended.

    Args:
        recording: the recording.
        title: what it is, in a few words; by default that it is a recording, and its name.
    """
    if is_shipped(recording):
        interval = recording.interval
        well = int((began_at(recording) - BEFORE) // interval) or recording.length
        lead, before = round(_LEAD / interval), round(BEFORE / interval)
        drawn, _ = drawn_out(recording)
        series = [
            Series(
                labels,
                contract(led_in(values[before:], lead, well, interval, counts=is_any_counter(labels["__name__"]))),
            )
            for labels, values in drawn
        ]
        end = height_ends_at(recording)
        whole = (max(len(each.samples()) for each in series) - 1) * interval
        # The last scrape before it is mended, or ends on its own.
        length = whole if end is None else ((end - BEFORE) // interval - 1) * interval + _LEAD
        return Source(f"recording {recording.fault}", series, interval, length)
    length = (recording.length - 1) * recording.interval
    return Source(title or f"recording {recording.fault}", recording.series, recording.interval, length)


def shipped() -> dict[str, Path]:
    """Return the recorded faults that come with dashlib, by name."""
    return {file.name.removesuffix(_SUFFIX): file for file in sorted(_folder().glob(f"*{_SUFFIX}"))}


@functools.cache
def _folder() -> Path:
    package = Path(str(importlib.resources.files("dashlib")))
    in_wheel = package / "bundle" / "recordings"
    # A checkout has them where the tests that made them are.
    return in_wheel if in_wheel.is_dir() else package.parent / "tests" / "e2e" / "recordings"


def recording_named(name: str) -> Recording:
    """Return a recording: a file, or the name of one that comes with dashlib.

    Raises:
        RecordingError: no recording has that name, or the file is not a recording.
    """
    file = Path(name)
    known = shipped()
    if not file.is_file():
        if name not in known:
            raise RecordingError(
                f"{name!r} is neither a file nor a recording that comes with dashlib; those are: {', '.join(known)}"
            )
        file = known[name]
    try:
        return Recording.read(file)
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise RecordingError(
            f"{file} is not a recording made by `dashlib record` ({type(error).__name__}: {error})"
        ) from None
