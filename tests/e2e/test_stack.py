"""The running stack says of itself what its databases and Kafka Connect say of it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from . import lab
from .components import VERSIONS
from .servers import MySqlFamily
from .stack import MARIADB, MYSQL, POSTGRES
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .stack import Stack

ALL = (MYSQL, MARIADB, POSTGRES)
MEMORY = 6 * 2**30
# 20 rows updated and 7 deleted
CHANGES = {
    "mysql": (
        "UPDATE inventory.orders SET note = 'changed' ORDER BY id DESC LIMIT 20",
        "DELETE FROM inventory.orders ORDER BY id DESC LIMIT 7",
    ),
    "postgres": (
        "UPDATE orders SET note = 'changed' WHERE id IN (SELECT id FROM orders ORDER BY id DESC LIMIT 20)",
        "DELETE FROM orders WHERE id IN (SELECT id FROM orders ORDER BY id DESC LIMIT 7)",
    ),
}


def test_everything_is_scraped(stack: Stack) -> None:
    instances = {
        "localhost:9090",
        "connect:9404",
        "connect-2:9404",
        "postgres-exporter:9187",
        "mysqld-exporter:9104",
        "mariadb-exporter:9104",
    }
    wait_until(lambda: stack.metrics.targets() == dict.fromkeys(instances, "up"), "a target is not up", seconds=30)


def test_the_connectors_are_those_of_the_lab(stack: Stack) -> None:
    assert stack.connect.names() == lab.connector_names() == sorted(ALL)
    assert stack.metrics.label_values("kafka_connect_connector_status", "connector") == sorted(ALL)
    assert stack.metrics.label_values("debezium_metrics_Connected", "connector") == sorted(ALL)
    servers = [lab.connector(name)["topic.prefix"] for name in lab.connector_names()]
    assert stack.metrics.label_values("debezium_metrics_Connected", "server") == sorted(servers)


def test_versions_are_those_that_are_pinned(stack: Stack) -> None:
    samples = stack.metrics.query("kafka_connect_connector_connector_version")
    versions = {each.labels["connector"]: each.labels["connector_version"] for each in samples}
    assert versions == {f"{kind}-connector": version for kind, version in VERSIONS["debezium"].items()}


@pytest.mark.parametrize("name", [MYSQL, MARIADB])
def test_a_database_keeps_its_temporary_tables_to_itself(stack: Stack, name: str) -> None:
    database = stack.databases[name]
    assert database.sql("SELECT @@tmpdir").strip() == str(database.folder)


def test_the_memory_is_what_was_promised(stack: Stack) -> None:
    assert sum(stack.memory().values()) < MEMORY


@pytest.fixture
def quiet(stack: Stack) -> Iterator[Stack]:
    """Return the stack without its load, with everything that was written before seen."""
    stack.stop_load()
    try:
        yield stack
    finally:
        stack.start_load()


def rows(stack: Stack, name: str) -> int:
    """Return how many rows a connector has seen since its task began."""
    kinds = "|".join(f"TotalNumberOf{each}EventsSeen" for each in ("Create", "Update", "Delete"))
    selector = f'{{__name__=~"debezium_metrics_({kinds})", context="streaming", connector="{name}"}}'
    return int(stack.metrics.value(f"sum({selector})") or 0)


def without_heartbeat(stack: Stack, name: str) -> dict[str, str]:
    return {key: value for key, value in stack.configuration(name).items() if not key.startswith("heartbeat.")}


def test_rows_written_are_creates_updates_and_deletes(quiet: Stack) -> None:
    for name in ALL:
        quiet.connect.configure(name, without_heartbeat(quiet, name))
    try:
        for name in ALL:
            quiet.connect.wait_for_states(name, "running", "running")
        # a restarted task counts from 0: the counts are those of this test only
        wait_until(lambda: all(rows(quiet, name) == 0 for name in ALL), "the tasks do not count anew", seconds=60)
        quiet.wait_for_streaming(ALL)
        for name in ALL:
            quiet.write(name, 50)
            for change in CHANGES["mysql" if isinstance(quiet.databases[name], MySqlFamily) else "postgres"]:
                quiet.databases[name].sql(change)
        for name in ALL:
            wait_until(lambda name=name: rows(quiet, name) >= 77, f"{name} does not see its rows", seconds=60)  # type: ignore[misc]
            counted = {
                kind: quiet.metrics.value(
                    f'debezium_metrics_TotalNumberOf{kind}EventsSeen{{context="streaming", connector="{name}"}}'
                )
                for kind in ("Create", "Update", "Delete")
            }
            assert counted == {"Create": 50, "Update": 20, "Delete": 7}, name
    finally:
        quiet.register()


@pytest.mark.parametrize("name", [MYSQL, MARIADB])
def test_the_binlog_file_is_the_servers_current_one(stack: Stack, name: str) -> None:
    database = stack.databases[name]
    database.sql("FLUSH BINARY LOGS")
    file = database.sql("SHOW MASTER STATUS").split("\t")[0]
    shown = f'debezium_metrics_BinlogFilename{{connector="{name}", value="{file}"}} == 1'
    wait_until(lambda: stack.metrics.query(shown), f"{name} does not show {file}", seconds=60)
    number = f'debezium_metrics_BinlogFileNumber{{connector="{name}"}} == {int(file.rpartition(".")[2])}'
    wait_until(lambda: stack.metrics.query(number), f"{name} does not show the number of {file}", seconds=60)
    assert len(stack.metrics.query(f'debezium_metrics_BinlogFilename{{connector="{name}"}}')) == 1
    server = stack.configuration(name)["topic.prefix"]
    exporters = f'mysql_binlog_file_number{{server="{server}"}} == {int(file.rpartition(".")[2])}'
    wait_until(lambda: stack.metrics.query(exporters), f"the exporter of {name} does not show {file}", seconds=60)


@pytest.mark.parametrize("name", ALL)
def test_the_queue_is_as_long_as_the_connector_says(stack: Stack, name: str) -> None:
    asked = stack.connect.configuration(name).get("max.queue.size", "8192")
    size = f'debezium_metrics_QueueTotalCapacity{{context="streaming", connector="{name}"}}'
    assert stack.metrics.value(size) == float(asked)


def shows(stack: Stack, name: str, state: str, *, task: str | None) -> None:
    """Wait until the metrics show a connector and its task in these states, and in no other."""
    connector = f'kafka_connect_connector_status{{connector="{name}"}}'
    tasks = f'kafka_connect_connector_task_status{{connector="{name}"}}'

    def reached() -> bool:
        found = {each.labels["status"] for each in stack.metrics.query(connector)}
        found_tasks = {each.labels["status"] for each in stack.metrics.query(tasks)}
        return found == {state} and found_tasks == ({task} if task else set())

    wait_until(reached, f"the metrics do not show {name} {state} with task {task}", seconds=60)


def test_a_paused_and_a_stopped_connector_show_it(stack: Stack) -> None:
    stack.connect.pause(POSTGRES)
    try:
        shows(stack, POSTGRES, "paused", task="paused")
        stack.connect.stop(POSTGRES)
        shows(stack, POSTGRES, "stopped", task=None)
    finally:
        stack.connect.resume(POSTGRES)
    shows(stack, POSTGRES, "running", task="running")
    stack.wait_for_streaming([POSTGRES])


def test_a_failed_task_shows_it(stack: Stack) -> None:
    stack.connect.configure(POSTGRES, stack.configuration(POSTGRES) | {"publication.name": "nowhere"})
    try:
        stack.connect.wait_for_states(POSTGRES, "running", "failed")
        shows(stack, POSTGRES, "running", task="failed")
    finally:
        stack.register([POSTGRES])
    shows(stack, POSTGRES, "running", task="running")


def test_no_label_grows_with_the_transactions(stack: Stack) -> None:
    stack.wait_for_streaming(ALL)

    def series() -> set[frozenset[tuple[str, str]]]:
        return {
            frozenset(each.labels.items()) for each in stack.metrics.query('{__name__=~"(debezium|kafka_connect)_.+"}')
        }

    def goes_on() -> None:
        before = {name: rows(stack, name) for name in ALL}
        wait_until(
            lambda: all(rows(stack, name) > before[name] + 20 for name in ALL), "the load is not seen", seconds=90
        )

    goes_on()
    first = series()
    goes_on()
    assert series() == first


def test_the_lab_registers_its_connectors_by_script(stack: Stack, tmp_path: Path) -> None:
    import json

    for name in ALL:
        (tmp_path / f"{name}.json").write_text(json.dumps(stack.configuration(name)))
    done = subprocess.run(
        ["sh", lab.LABS / "connect" / "register.sh", *ALL],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "CONNECT_URL": stack.workers[0].url, "CONNECTORS": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [word for name in ALL for word in ("registered", name)]
