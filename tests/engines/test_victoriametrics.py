"""The compiled rules and the doctor on a running VictoriaMetrics, which Debian packages.

What the alerts say over the recorded faults `make verify-victoriametrics` shows; it needs vmalert-tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib.debezium.states import CONNECTED, FAILED, PAUSED
from dashlib.doctor import examination, sets
from dashlib.doctor.report import Style, as_text
from dashlib.servers.prometheus import Prometheus
from tests.compiled import panels, records, rules
from tests.doctor.conftest import JOB, TEXT, compiled, metrics
from tests.doctor.running import Pages
from tests.engines import functions
from tests.engines.functions import ASKED, COURSES, DIFFERENT, of_promtool, of_victoriametrics, same
from tests.engines.victoriametrics import victoriametrics
from tests.programs import needed_program
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.engines.victoriametrics import VictoriaMetrics

pytestmark = pytest.mark.slow

BEGINNING = functions.BEGINNING
NAN = float("nan")
CONNECTOR = {"job": JOB, "plugin": "mysql", "server": "orders", "context": "streaming", "connector": "orders"}
TASK = {"job": JOB, "connector": "orders", "task": "0"}
SLOT = {"job": "postgres", "instance": "pg:9187", "slot_name": "orders"}


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    program = needed_program(request, "victoria-metrics")
    with victoriametrics(program, tmp_path_factory.mktemp("victoria-metrics")) as running:
        functions.write(running)
        yield running


def fires(engine: VictoriaMetrics, alert: str, at: int) -> list[str]:
    """Return the connectors or slots for which the condition of a compiled rule holds, at a number of samples."""
    [rule] = [each for each in rules() if each["alert"] == alert]
    time = BEGINNING + functions.STEP * at
    [recorded] = [each for each in records() if each["record"] in rule["expr"]]
    engine.write(
        [
            ({**labels, "__name__": recorded["record"]}, [(time, value)])
            for labels, value in engine.ask(recorded["expr"], time)
        ]
    )
    found = engine.ask(rule["expr"], time)
    return sorted(labels.get("connector") or labels["slot_name"] for labels, _ in found)


def store(engine: VictoriaMetrics, labels: dict[str, str], values: Sequence[float], *, start: int = 0) -> None:
    samples = [(BEGINNING + functions.STEP * (start + at), value) for at, value in enumerate(values)]
    engine.write([(labels, samples)])


@pytest.mark.parametrize(
    ("alert", "metric", "labels"),
    [
        ("DebeziumErroneousEvents", "debezium_metrics_NumberOfErroneousEvents", CONNECTOR),
        ("DebeziumEventsSkipped", "debezium_metrics_NumberOfSkippedEvents", CONNECTOR),
        ("DebeziumConnectionFlapping", "debezium_metrics_NumberOfDisconnects", CONNECTOR),
        ("KafkaConnectRecordsSkipped", "kafka_connect_task_error_total_records_skipped", TASK),
    ],
)
def test_a_counter_that_is_first_seen_above_0_has_not_grown(
    engine: VictoriaMetrics, alert: str, metric: str, labels: dict[str, str]
) -> None:
    """After a first scrape, and after one of its labels changed; what grows fires as it does on Prometheus."""
    standing = {**labels, "connector": "standing"}
    store(engine, {"__name__": metric, **standing, "instance": "connect-1:9404"}, [5.0] * 20)
    store(engine, {"__name__": metric, **standing, "instance": "connect-2:9404"}, [5.0] * 20, start=20)
    store(engine, {"__name__": metric, **labels, "connector": "growing"}, [0.0] * 20 + [6.0] * 20)
    assert fires(engine, alert, 19) == []
    assert fires(engine, alert, 39) == ["growing"]


def test_a_lost_slot_whose_wal_is_nan_is_told(engine: VictoriaMetrics) -> None:
    """postgres_exporter before 0.16; a slot whose WAL is not exported at all is not lost."""
    known = {"kept": [35544.0] * 60, "lost": [35544.0] * 20 + [NAN] * 40}
    for slot in (*known, "without WAL"):
        store(engine, {"__name__": "pg_replication_slots_active", **SLOT, "slot_name": slot}, [1.0] * 60)
    for slot, values in known.items():
        store(engine, {"__name__": "pg_replication_slots_pg_wal_lsn_diff", **SLOT, "slot_name": slot}, values)
    assert fires(engine, "ReplicationSlotWalLost", 19) == []
    assert fires(engine, "ReplicationSlotWalLost", 59) == ["lost"]


def test_a_status_panel_shows_the_worst_and_counts_the_rest_as_on_prometheus(engine: VictoriaMetrics) -> None:
    cluster = {"job": "many", "instance": "connect:9404"}
    store(engine, {"__name__": "up", **cluster}, [1.0] * 20)
    store(engine, {"__name__": "kafka_connect_worker_connector_count", **cluster}, [22.0] * 20)
    for number in range(22):
        name = f"orders-{number}"
        connector = {**CONNECTOR, **cluster, "server": name, "connector": name}
        store(engine, {"__name__": "debezium_metrics_QueueTotalCapacity", **connector}, [8192.0] * 20)
        store(engine, {"__name__": "debezium_metrics_Connected", **connector}, [1.0] * 20)
    for name, status in (("orders-3", "failed"), ("never-seen", "paused")):
        task = {**cluster, "connector": name, "task": "0", "status": status}
        store(engine, {"__name__": "kafka_connect_connector_task_status", **task}, [1.0] * 20)
    [panel] = [panel for uid, panel in panels(["debezium-production"]) if panel["title"] == "Connector Status"]
    asked = panel["targets"][0]["expr"].replace("$job", "many").replace("$connector", ".*").replace("$__range", "1h")
    shown = [(labels["server"], value) for labels, value in engine.ask(asked, BEGINNING + functions.STEP * 19)]
    assert sorted(shown, key=lambda each: each[1])[:2] == [("orders-3", FAILED), ("never-seen", PAUSED)]
    assert sum(value == CONNECTED for _, value in shown) == 18
    assert [server for server, value in shown if value > CONNECTED] == ["and 3 more are well"]


def test_the_functions_of_the_rules_differ_only_as_the_page_says(
    engine: VictoriaMetrics, request: pytest.FixtureRequest
) -> None:
    ours, theirs = of_promtool(needed_promtool(request), ASKED), of_victoriametrics(engine, ASKED)
    found = {
        (asked, course)
        for asked, one, other in zip(ASKED, ours, theirs, strict=True)
        for course in COURSES
        if course != functions.NAN and not same(one, other, course)
    }
    assert found == DIFFERENT


def test_every_function_of_the_rules_is_asked() -> None:
    asked = " ".join(ASKED)
    assert {each for each in functions.functions_of_the_rules() if f"{each}(" not in asked} == set()


def test_doctor_on_a_healthy_victoriametrics_has_no_finding(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Without vmalert behind it nothing is known of rules, and it does not tell what a query costs."""
    program = needed_program(request, "victoria-metrics")
    documents, rendering = compiled()
    examined = sets.of_project(documents, rendering, 15.0)
    page = {"/metrics": (metrics(), TEXT)}
    with Pages(page) as exporter, victoriametrics(program, tmp_path, {JOB: exporter.port}) as engine:
        engine.wait_for(f'count_over_time(up{{job="{JOB}"}}[5m]) >= 2')
        report = examination.examine(Prometheus(engine.url), examined)
    assert report.problems == ()
    assert dict(report.facts)["engine"].startswith("VictoriaMetrics")
    assert "pass --rules-url" in dict(report.facts)["rules"]
    text = as_text(report, Style(color=False))
    assert text.startswith(f"VictoriaMetrics at {engine.url}")
    assert "most expensive queries" not in text
    assert "rule not loaded" not in text
