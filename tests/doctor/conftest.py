"""A real Prometheus with the metrics of running connectors, and the project's own set examined on it."""

from __future__ import annotations

import contextlib
import functools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import yaml

from dashlib.compile.project import compile_project, rendering_of
from dashlib.doctor import examination, sets
from dashlib.servers.kafka_connect import KafkaConnect
from dashlib.servers.prometheus import Prometheus
from tests.compiled import DOCUMENTS, PROJECT
from tests.doctor.running import Pages, running
from tests.programs import needed_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashlib.compile.rendering import Rendering
    from dashlib.doctor.report import DoctorReport
    from dashlib.documents.document import Document

ROOT = Path(__file__).parents[2]
METRICS = ROOT / "tests" / "metrics"
JOB = "kafka-connect"
TEXT = "text/plain; version=0.0.4"
CONNECTORS = {"mysql-connector": "mysql", "mariadb-connector": "mariadb", "postgres-connector": "postgresql"}


@functools.cache
def compiled(profile: str = "") -> tuple[tuple[Document, ...], Rendering]:
    documents = compile_project(PROJECT, profile) if profile else DOCUMENTS
    return tuple(documents), rendering_of(PROJECT, profile)


def metrics(capture: str = "streaming.own-rules.prom") -> str:
    return (METRICS / capture).read_text()


def rest(connectors: dict[str, str], state: str = "RUNNING") -> dict[str, tuple[str, str]]:
    """Return the pages of a Kafka Connect that knows these connectors, by name with the package of their kind."""
    answer = {
        name: {
            "status": {"connector": {"state": state}, "tasks": [{"id": 0, "state": state}]},
            "info": {
                "config": {
                    "connector.class": f"io.debezium.connector.{kind}.Connector",
                    "topic.prefix": name.replace("-connector", "-server"),
                    "heartbeat.interval.ms": "10000",
                    "heartbeat.action.query": "INSERT …",
                }
            },
        }
        for name, kind in connectors.items()
    }
    plugins = [{"class": "io.debezium.connector.mysql.MySqlConnector", "version": "3.6.1.Final"}]
    kind = "application/json"
    return {"/connectors": (json.dumps(answer), kind), "/connector-plugins": (json.dumps(plugins), kind)}


@attrs.frozen
class Lab:
    """What runs for one test.

    Attributes:
        url: of the Prometheus.
        exporter: what it scrapes.
        connect: the pages of Kafka Connect.
    """

    url: str
    exporter: Pages
    connect: Pages

    def examine(self, *, profile: str = "", with_connect: bool = False, connect_url: str = "") -> DoctorReport:
        documents, rendering = compiled(profile)
        url = connect_url or (self.connect.url if with_connect else "")
        connect = KafkaConnect(url) if url else None
        return examination.examine(Prometheus(self.url), sets.of_project(documents, rendering, 15.0), connect)


class Labs:
    """Starts a Prometheus for a test."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def rule_files(self, profile: str = "") -> list[Path]:
        """Write the compiled rules, evaluated each second: it takes half a minute otherwise until each was once."""
        folder = self._folder / "rules"
        folder.mkdir(exist_ok=True)
        files = []
        for document in compiled(profile)[0]:
            if document.kind == "rules":
                groups: list[dict[str, Any]] = [{**group, "interval": "1s"} for group in document.data["groups"]]
                files.append(folder / document.path.name)
                files[-1].write_text(yaml.safe_dump({"groups": groups}, sort_keys=False))
        return files

    @contextlib.contextmanager
    def lab(
        self,
        text: str | None = None,
        *,
        rule_files: Sequence[Path] | None = None,
        interval: str = "1s",
        history: str = "",
    ) -> Iterator[Lab]:
        pages = {"/metrics": (metrics() if text is None else text, TEXT)}
        files = self.rule_files() if rule_files is None else rule_files
        with (
            Pages(pages) as exporter,
            Pages(rest(CONNECTORS)) as connect,
            running(
                self._program,
                self._folder / "prometheus",
                {JOB: [exporter.port]},
                rule_files=files,
                interval=interval,
                history=history,
            ) as url,
        ):
            yield Lab(url, exporter, connect)


@pytest.fixture
def labs(request: pytest.FixtureRequest, tmp_path: Path) -> Labs:
    return Labs(needed_program(request, "prometheus"), tmp_path)


@pytest.fixture(scope="module")
def healthy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Where all is well; for tests that change nothing there."""
    with Labs(needed_program(request, "prometheus"), tmp_path_factory.mktemp("healthy")).lab() as lab:
        yield lab


def without(text: str, pattern: str) -> str:
    """Return a page of metrics without the lines that a pattern is found in; there must be some."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if re.search(pattern, line) is None]
    assert len(kept) < len(lines), pattern
    return "".join(kept)
