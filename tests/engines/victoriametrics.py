"""A VictoriaMetrics of our own on the loopback: takes samples of any time, or scrapes, and is asked.

Samples come by Prometheus' remote write, as vmagent and Prometheus send them: only so a series can be marked as gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import struct
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import yaml

from tests.doctor.running import LOOPBACK, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Labels: TypeAlias = "Mapping[str, str]"
#: Seconds since 1970, and the value.
Sample: TypeAlias = "tuple[float, float]"

#: The value by which Prometheus marks that a series is gone; a NaN of its own bits.
GONE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]

_A_LITERAL = 1 << 16


@attrs.frozen
class VictoriaMetrics:
    """One that runs.

    Attributes:
        url: its URL.
    """

    url: str

    def write(self, series: Sequence[tuple[Labels, Sequence[Sample]]]) -> None:
        """Store samples, and wait until they can be asked for."""
        body = b"".join(_field(1, _time_series(labels, samples)) for labels, samples in series)
        headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
        request = urllib.request.Request(f"{self.url}/api/v1/write", _snappy(body), headers)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=60):  # noqa: S310 - loopback
            pass
        self.flush()

    def version(self) -> str:
        """Return the version it tells in its own metrics; empty where it was built without one."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:  # noqa: S310 - loopback
            found = re.search(r'vm_app_version{version="([^"]*)"', answer.read().decode())
        return found[1] if found else ""

    def flush(self) -> None:
        """Wait until what was written can be asked for."""
        with urllib.request.urlopen(f"{self.url}/internal/force_flush", timeout=60):  # noqa: S310 - loopback
            pass

    def ask(self, expression: str, at: float) -> list[tuple[Labels, float]]:
        """Return the labels and values of an instant query."""
        found = self._asked("query", {"query": expression, "time": f"{at:.3f}", "nocache": "1"})
        return [(each["metric"], float(each["value"][1])) for each in found]

    def wait_for(self, expression: str) -> None:
        """Wait until an expression has a result now."""
        deadline = time.monotonic() + 60
        while not self.ask(expression, time.time()):
            assert time.monotonic() < deadline, f"{expression} gives nothing"
            threading.Event().wait(0.2)

    def _asked(self, what: str, form: Mapping[str, str]) -> list[dict[str, Any]]:
        body = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/{what}", body, timeout=120) as answer:  # noqa: S310 - loopback
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found


@contextlib.contextmanager
def victoriametrics(program: str, folder: Path, targets: Mapping[str, int] | None = None) -> Iterator[VictoriaMetrics]:
    """Start one in a folder and yield it when it answers.

    Args:
        program: the executable.
        folder: an empty one.
        targets: ports on the loopback that it scrapes each second, by job.
    """
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "victoria-metrics.log"
    scrapes = folder / "scrapes.yml"
    configuration = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"{LOOPBACK}:{each}"]}]}
            for job, each in (targets or {}).items()
        ],
    }
    scrapes.write_text(yaml.safe_dump(configuration))
    url = f"http://{LOOPBACK}:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                program,
                f"-storageDataPath={folder / 'data'}",
                f"-httpListenAddr={LOOPBACK}:{port}",
                f"-promscrape.config={scrapes}",
                "-retentionPeriod=100y",
                "-search.latencyOffset=0s",  # else what it scraped is told half a minute later
                "-search.disableCache",
                "-memory.allowedBytes=512MB",
                "-loggerLevel=WARN",
            ],
            stdout=output,
            stderr=output,
            env=_few_threads(),
        )
        try:
            wait_until(lambda: _answers(url), process, log, 60.0)
            yield VictoriaMetrics(url)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _answers(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/health", timeout=10) as answer:  # noqa: S310 - loopback
        return bool(answer.status == 200)


def _few_threads() -> dict[str, str]:
    return {**os.environ, "GOMAXPROCS": "2"}


# --- remote write: protobuf, WriteRequest of TimeSeries of Label and Sample, in snappy's frame without compression ----


def _time_series(labels: Labels, samples: Sequence[Sample]) -> bytes:
    names = b"".join(
        _field(1, _field(1, name.encode()) + _field(2, value.encode())) for name, value in sorted(labels.items())
    )
    values = b"".join(
        _field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(round(at * 1000))) for at, value in samples
    )
    return names + values


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _snappy(content: bytes) -> bytes:
    pieces = [_varint(len(content))]
    for start in range(0, len(content), _A_LITERAL):
        piece = content[start : start + _A_LITERAL]
        pieces.append(b"\xf4" + struct.pack("<H", len(piece) - 1) + piece)  # a literal, its length in two bytes
    return b"".join(pieces)
