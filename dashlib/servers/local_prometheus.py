"""A Prometheus of our own: started on a free port of this machine with samples of the past, asked, and stopped.

PromQL is evaluated by Prometheus, never by dashlib. Samples get in by remote write, which alone can say that a series
ended; what rules make of them is asked of promtool, because a Prometheus evaluates no rule over the past.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dashlib.errors import RemoteError
from dashlib.servers.remote_write import Writer, labels_bytes, samples_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dashlib.documents.document import Document

Labels = dict[str, str]
#: A series, and its samples: Unix seconds and value, oldest first.
Samples = tuple["Mapping[str, str]", "Sequence[tuple[float, float]]"]

#: The value that says that a series ended (Prometheus, `model/value`).
STALE: Final = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
#: Seconds between two evaluations of the rules.
EVERY: Final = 15.0
_LOOPBACK: Final = "127.0.0.1"
#: Prometheus takes no sample that is older than its newest by more than an hour: series are written by the half hour.
_SLICE: Final = 1800.0
_STARTED_WITHIN: Final = 60.0
_STOPPED_WITHIN: Final = 10.0
_PROMTOOL_WITHIN: Final = 600.0
_SAID: Final = 400
_HOW_TO_GET_IT: Final = (
    "install Debian's or Ubuntu's package `prometheus`, or put it on PATH from prometheus.io/download"
)
_RECORDED: Final = '{__name__=~"ALERTS|ALERTS_FOR_STATE|.+:.+"}'
_GOT: Final = re.compile(r"^ *got:(.*)", re.MULTILINE)
_SAMPLE: Final = re.compile(r"(\w*(?::\w+)*)\{([^}]*)\} ([^\s,]+)")
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def find_program(name: str, root: Path) -> str:
    """Return one of Prometheus' programs: the one on PATH, or in a project's `.tools`.

    Args:
        name: `prometheus` or `promtool`.
        root: the project's folder.

    Raises:
        RemoteError: it is not installed; the message says which package brings it.
    """
    found = shutil.which(name) or shutil.which(root / ".tools" / name)
    if found is None:
        raise RemoteError(f"{name} is not on PATH; it evaluates the queries of the preview: {_HOW_TO_GET_IT}")
    return str(found)


@contextlib.contextmanager
def local_prometheus(series: Sequence[Samples], root: Path) -> Iterator[str]:
    """Start a Prometheus that holds series, yield its URL, and stop it.

    Args:
        series: with samples of the past; `STALE` ends one.
        root: the project's folder, whose `.tools` may have the program.

    Raises:
        RemoteError: there is no Prometheus, or it does not start.
    """
    program = find_program("prometheus", root)
    with tempfile.TemporaryDirectory(prefix="dashlib-prometheus-") as name:
        folder = Path(name)
        (folder / "prometheus.yml").write_text("{}", encoding="utf-8")
        port = _free_port()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  # the Prometheus that the user has
                [
                    program,
                    f"--config.file={folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    "--storage.tsdb.retention.time=100y",
                    f"--web.listen-address={_LOOPBACK}:{port}",
                    "--web.enable-remote-write-receiver",
                ],
                stdout=log,
                stderr=log,
                env={"GOGC": "400", **os.environ},
            )
        try:
            _wait_for(process, port, folder / "log")
            _write(series, port)
            yield f"http://{_LOOPBACK}:{port}"
        finally:
            process.terminate()
            try:
                process.wait(_STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import http.client

    deadline = time.monotonic() + _STARTED_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(_LOOPBACK, port, timeout=5)
        try:
            connection.request("GET", "/-/ready")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    said = log.read_text(encoding="utf-8", errors="replace")[-_SAID:].strip()
    raise RemoteError(f"a Prometheus for the preview did not start on {_LOOPBACK}:{port}; it wrote: {said}")


def _write(series: Sequence[Samples], port: int) -> None:
    """Write series half an hour after half an hour."""
    times = [at for _, samples in series for at, _ in (samples[:1] + samples[-1:] if samples else ())]  # type: ignore[operator]
    if not times:
        return
    begin, end = min(times), max(times)
    encoded = [labels_bytes(labels) for labels, _ in series]
    try:
        with Writer(_LOOPBACK, port) as writer:
            while begin <= end:
                until = begin + _SLICE
                for labels, (_, samples) in zip(encoded, series, strict=True):
                    part = [(round(at * 1000), value) for at, value in samples if begin <= at < until]
                    writer.write(labels, samples_bytes(part))
                writer.flush()
                begin = until
    except OSError as error:
        raise RemoteError(f"the Prometheus of the preview refused samples: {error}") from None


def evaluated(
    series: Sequence[tuple[str, str]], interval: float, length: float, rules: Sequence[Document], root: Path
) -> list[tuple[Labels, list[tuple[float, float]]]]:
    """Return what rules make of series: the recorded ones, `ALERTS` and `ALERTS_FOR_STATE`.

    Args:
        series: names with labels, and values in promtool's notation, one an interval.
        interval: seconds between two values.
        length: seconds for which the rules are evaluated.
        rules: compiled rule files.
        root: the project's folder, whose `.tools` may have promtool.

    Returns:
        Labels, and samples: seconds since the beginning and value, `STALE` where one ended.

    Raises:
        RemoteError: there is no promtool, or it refuses the rules.
    """
    if not rules:
        return []
    moments = [EVERY * number for number in range(int(length // EVERY) + 1)]
    with tempfile.TemporaryDirectory(prefix="dashlib-rules-") as name:
        folder = Path(name)
        files = {}
        for number, document in enumerate(rules):
            # JSON is YAML, and is written a hundred times as fast.
            files[f"{number}.yml"] = [group["name"] for group in document.data["groups"]]
            (folder / f"{number}.yml").write_text(json.dumps(document.data), encoding="utf-8")
        scenario = {
            "rule_files": list(files),
            "evaluation_interval": f"{EVERY:g}s",
            "group_eval_order": [group for groups in files.values() for group in groups],
            "tests": [
                {
                    "interval": f"{interval:g}s",
                    "input_series": [{"series": each, "values": values} for each, values in series],
                    "promql_expr_test": [
                        # What nothing is, so that promtool says what it got.
                        {"expr": _RECORDED, "eval_time": f"{at:g}s", "exp_samples": [{"labels": '{x="y"}', "value": 1}]}
                        for at in moments
                    ],
                }
            ],
        }
        (folder / "test.yml").write_text(json.dumps(scenario), encoding="utf-8")
        done = subprocess.run(  # noqa: S603  # the promtool that the user has
            [find_program("promtool", root), "test", "rules", "test.yml"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PROMTOOL_WITHIN,
            env={"GOGC": "400", **os.environ},
        )
    output = done.stdout + done.stderr
    got = _GOT.findall(output)
    if len(got) != len(moments):
        raise RemoteError(f"promtool could not evaluate the rules: {output.strip()[:_SAID]}")
    return _as_series(zip(moments, got, strict=True))


def _as_series(got: Iterator[tuple[float, str]]) -> list[tuple[Labels, list[tuple[float, float]]]]:
    found: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    before: set[tuple[tuple[str, str], ...]] = set()
    for at, line in got:
        now = set()
        for name, inside, value in _SAMPLE.findall(line):
            labels = {label: json.loads(f'"{text}"') for label, text in _LABEL.findall(inside)}
            if name:
                labels["__name__"] = name
            key = tuple(sorted(labels.items()))
            now.add(key)
            found.setdefault(key, []).append((at, float(value)))
        for key in before - now:
            found[key].append((at, STALE))
        before = now
    return [(dict(key), samples) for key, samples in found.items()]
