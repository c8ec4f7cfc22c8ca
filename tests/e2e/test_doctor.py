"""`dashlib doctor` on the running stack: all is well, and each fault is named, and nothing else."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project, rendering_of
from dashlib.doctor import examination, sets
from dashlib.servers.kafka_connect import KafkaConnect
from dashlib.servers.prometheus import Prometheus
from tests.doctor.running import running

from . import lab
from .components import program
from .mirror import mirrored
from .servers import LOOPBACK
from .stack import MYSQL
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dashlib.doctor.report import DoctorReport

    from .components import Components
    from .stack import Stack

SERVER = lab.connector(MYSQL)["topic.prefix"]
RULES = sorted(lab.RULES.glob("*.yml"))
WELL: set[tuple[str, str]] = set()


def examine(stack: Stack, url: str, *, profile: str = "") -> DoctorReport:
    project = load_project(lab.ROOT)
    examined = sets.of_project(compile_project(project, profile), rendering_of(project, profile), 15.0)
    return examination.examine(Prometheus(url), examined, KafkaConnect(stack.workers[0].url))


def problems(report: DoctorReport) -> set[tuple[str, str]]:
    return {(each.kind, each.subject) for each in report.problems}


def wait_for(stack: Stack, url: str, expected: set[tuple[str, str]], *, profile: str = "", seconds: float = 90) -> None:
    """Examine until exactly these problems are found; rates need two scrapes, rules an evaluation."""
    last: list[set[tuple[str, str]]] = [set()]

    def found() -> bool:
        last[0] = problems(examine(stack, url, profile=profile))
        return last[0] == expected

    try:
        wait_until(found, "the doctor does not find what it should", seconds=seconds, every=3)
    finally:
        assert last[0] == expected


@contextlib.contextmanager
def prometheus(
    ports: Sequence[int], folder: Path, *, rules: Sequence[Path] = RULES, interval: str = "2s", samples: int = 2
) -> Iterator[str]:
    targets = {"kafka-connect": ports}
    with running(
        str(program("prometheus")), folder / "prometheus", targets, rule_files=rules, interval=interval, samples=samples
    ) as url:
        yield url


def workers(stack: Stack) -> list[int]:
    return [worker.metrics_port for worker in stack.workers]


def test_all_is_well(stack: Stack) -> None:
    wait_for(stack, stack.prometheus.url, WELL, seconds=180)


def test_the_wrong_profile(stack: Stack) -> None:
    found = problems(examine(stack, stack.prometheus.url, profile="debezium-examples"))
    assert ("wrong-profile", "lab") in found
    assert {kind for kind, _ in found} <= {"wrong-profile", "rules-differ"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[^>]*><>([A-Za-z0-9]+): (?:true", "[^>]*><>(?!QueueRemainingCapacity)([A-Za-z0-9]+): (?:true",
         {("metric-missing", "debezium_metrics_QueueRemainingCapacity")}),
        ('server: "$3"', 'srv: "$3"', {("label-missing", "server")}),
    ],
)  # fmt: skip
def test_a_changed_exporter_configuration(
    stack: Stack, installed: Components, tmp_path: Path, old: str, new: str, expected: set[tuple[str, str]]
) -> None:
    text = lab.EXPORTER_CONFIGURATION.read_text()
    assert old in text
    changed = tmp_path / "exporter.yml"
    changed.write_text(text.replace(old, new))
    with contextlib.ExitStack() as agents:
        ports = [
            agents.enter_context(mirrored(worker.running, installed.agent, changed, tmp_path))
            for worker in stack.workers
        ]
        url = agents.enter_context(prometheus(ports, tmp_path))
        wait_for(stack, url, expected)


def test_a_rule_file_that_is_not_loaded(stack: Stack, tmp_path: Path) -> None:
    missing = next(file for file in RULES if file.name == "debezium-mysql.yml")
    with prometheus(workers(stack), tmp_path, rules=[file for file in RULES if file != missing]) as url:
        path = missing.relative_to(lab.ROOT)
        wait_for(stack, url, {("rules-not-loaded", str(path))})


def test_a_connector_that_is_deleted(stack: Stack) -> None:
    stack.connect.delete(MYSQL)
    try:
        gone = f'debezium_metrics_Connected{{server="{SERVER}"}}'
        wait_until(lambda: not stack.metrics.query(gone), f"{gone} is still there", seconds=60)
        # The others may be moved to another worker by that, and have no position until their next event.
        wait_for(stack, stack.prometheus.url, {("connector-deleted", SERVER)})
    finally:
        stack.register([MYSQL])


@pytest.mark.whole
def test_a_scrape_interval_of_two_minutes(stack: Stack, tmp_path: Path) -> None:
    with running(
        str(program("prometheus")),
        tmp_path / "prometheus",
        {"kafka-connect": workers(stack)},
        rule_files=RULES,
        interval="2m",
        samples=1,
        seconds=300,
    ) as url:
        found = problems(examine(stack, url))
    assert {kind for kind, _ in found} == {"scrape-interval"}


def test_its_report_holds_no_credentials(stack: Stack) -> None:
    from dashlib.doctor import report

    said = report.as_text(examine(stack, stack.prometheus.url), report.Style(color=False))
    assert lab.environment()["DEBEZIUM_PASSWORD"] not in said
    assert LOOPBACK in said
