"""A real Prometheus that scrapes a page of our own on the loopback, started in a folder and stopped by its process."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LOOPBACK = "127.0.0.1"


class Pages:
    """Serves texts on the loopback; a page may be changed while it is served.

    Attributes:
        pages: content and content type by path.
    """

    def __init__(self, pages: Mapping[str, tuple[str, str]]) -> None:
        self.pages = dict(pages)
        serving = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = serving.pages.get(urllib.parse.urlsplit(self.path).path)
                body, kind = found if found is not None else ("", "text/plain")
                content = body.encode()
                with contextlib.suppress(ConnectionError):  # a Prometheus that is being stopped
                    self.send_response(200 if found is not None else 404)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def ask(url: str, expression: str) -> list[dict[str, Any]]:
    form = urllib.parse.urlencode({"query": expression}).encode()
    with urllib.request.urlopen(f"{url}/api/v1/query", form, timeout=10) as answer:  # noqa: S310 - http://127.0.0.1
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return found


def wait_until(holds: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    """Ask again and again until something holds."""
    deadline = time.monotonic() + seconds
    while True:
        assert process.poll() is None, log.read_text()[-2000:]
        with contextlib.suppress(OSError, urllib.error.URLError):
            if holds():
                return
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        threading.Event().wait(0.05)


def _rules_are_evaluated(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/api/v1/rules", timeout=10) as answer:  # noqa: S310 - http://127.0.0.1
        groups = json.load(answer)["data"]["groups"]
    return all(not group["lastEvaluation"].startswith("0001") for group in groups)


def _backfill(program: str, folder: Path, history: str) -> None:
    """Write samples of the past into the database, with the promtool beside Prometheus."""
    text = folder / "history.txt"
    text.write_text(history)
    promtool = Path(program).with_name("promtool")
    command: list[str | Path] = [promtool, "tsdb", "create-blocks-from", "openmetrics", text, folder / "data"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


@contextlib.contextmanager
def running(
    program: str,
    folder: Path,
    targets: Mapping[str, Sequence[int]],
    *,
    rule_files: Sequence[Path] = (),
    interval: str = "1s",
    timeout: str = "1s",
    evaluation: str = "1s",
    samples: int = 2,
    history: str = "",
    seconds: float = 60.0,
) -> Iterator[str]:
    """Start a Prometheus and yield its URL when it has scraped every target a few times.

    Args:
        program: the executable.
        folder: an empty one.
        targets: ports on the loopback, by job.
        rule_files: what it loads.
        interval: between scrapes.
        timeout: of one scrape.
        evaluation: interval between evaluations of a rule group.
        samples: scrapes to wait for.
        seconds: how long to wait for them.
        history: OpenMetrics text with times, put into its database before it starts; then no scrape is waited for.
    """
    port = free_port()
    configuration = {
        "global": {"scrape_interval": interval, "scrape_timeout": timeout, "evaluation_interval": evaluation},
        "rule_files": [str(file) for file in rule_files],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"{LOOPBACK}:{each}" for each in ports]}]}
            for job, ports in targets.items()
        ],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    log = folder / "prometheus.log"
    if history:
        _backfill(program, folder, history)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={LOOPBACK}:{port}",
            ],
            stdout=output,
            stderr=output,
            env={**os.environ, "GOMAXPROCS": "2"},
        )
        url = f"http://{LOOPBACK}:{port}"
        try:
            scraped = targets and not history
            count = sum(map(len, targets.values()))
            seen = f"count(count_over_time(up[1h]) >= {samples}) == {count}" if scraped else "time()"
            wait_until(lambda: bool(ask(url, seen)), process, log, seconds)
            if rule_files and not history:
                wait_until(lambda: _rules_are_evaluated(url), process, log, seconds)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=30)
            shutil.rmtree(folder / "data", ignore_errors=True)
