"""What can go wrong, one function a fault: each brings it about on a stack that streams under load, and mends it again.

A fault gets the stack and the recorder. It marks what it does, watches as long as Debezium's own timers need to show
themselves (a binlog heartbeat every 48 s, a keep-alive every 60 s), and leaves the connectors streaming.
"""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from .servers import MySqlFamily
from .stack import MARIADB, MYSQL, POSTGRES
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .recording import Recorder
    from .servers import ConnectWorker
    from .stack import Stack

Happening: TypeAlias = "Callable[[Stack, Recorder], None]"

ALL = (MYSQL, MARIADB, POSTGRES)
# seconds of healthy load after the end of a fault
SETTLED = 10
# rows of a table whose snapshot takes long enough to be seen
LARGE = 1_000_000
MANY = 200_000


@frozen
class Fault:
    """Something that goes wrong.

    Attributes:
        name: what the command line calls it.
        title: what the table in `docs/faults.md` calls it.
        happen: brings it about and mends it.
    """

    name: str
    title: str
    happen: Happening


def healthy(_: Stack, recorder: Recorder) -> None:
    """Nothing goes wrong: the load goes on."""
    recorder.watch(60)


def database_stopped(stack: Stack, recorder: Recorder) -> None:
    """All three databases are stopped cleanly, and started again after 80 s."""
    with _databases_back(stack, recorder):
        recorder.mark("stop the databases")
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda database: database.stop(), stack.databases.values()))
        recorder.mark("databases are down")
        recorder.watch(80)


def database_killed(stack: Stack, recorder: Recorder) -> None:
    """All three databases are killed, and started again after 80 s."""
    with _databases_back(stack, recorder):
        recorder.mark("kill the databases")
        for database in stack.databases.values():
            database.kill()
        recorder.watch(80)


def database_hung(stack: Stack, recorder: Recorder) -> None:
    """All three databases hang with open connections until the binlog connectors notice, after one to two minutes."""
    recorder.mark("freeze the databases")
    for database in stack.databases.values():
        database.running.hang()
    try:
        connected = 'debezium_metrics_Connected{context="streaming", plugin=~"mysql|mariadb"}'
        wait_until(
            lambda: stack.metrics.value(f"sum({connected})") == 0,
            "the binlog connectors do not notice that their databases hang",
            seconds=240,
            every=1,
        )
        recorder.mark("the binlog connectors have noticed")
        recorder.watch(2 * SETTLED)
    finally:
        recorder.mark("let the databases go on")
        for database in stack.databases.values():
            database.running.wake()
    _streaming_again(stack, recorder)


def connection_killed(stack: Stack, recorder: Recorder) -> None:
    """The databases cut the connections that the connectors read changes from; each comes back when it notices."""
    recorder.mark("kill the connections that changes are read from")
    for server in (stack.mysql, stack.mariadb):
        dumps = "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'"
        for number in server.sql(dumps).split():
            if number.isdigit():
                server.sql(f"KILL {number}")
    stack.postgres.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_replication")
    recorder.watch(25)
    recorder.mark("wait until they come back")
    _streaming_again(stack, recorder)


def password_changed(stack: Stack, recorder: Recorder) -> None:
    """The connectors' password is changed in the databases and the connectors are restarted: their tasks fail."""
    recorder.mark("change the password of the connectors' user in the databases")
    password = "another"  # noqa: S105 - of a server that lives for minutes
    _set_password(stack, password)
    try:
        recorder.mark("restart the connectors")
        for name in ALL:
            stack.connect.restart(name)
        for name in ALL:
            stack.connect.wait_for_states(name, "running", "failed", seconds=180)
        recorder.mark("the tasks have failed")
        recorder.watch(40)
    finally:
        recorder.mark("change the password back and restart the connectors")
        _set_password(stack, stack.workers[0].environment()["DEBEZIUM_PASSWORD"])
        for name in ALL:
            stack.connect.restart(name)
    _streaming_again(stack, recorder)


def connector_paused(stack: Stack, recorder: Recorder) -> None:
    """The connectors are paused for 40 s."""
    recorder.mark("pause the connectors")
    for name in ALL:
        stack.connect.pause(name)
    try:
        for name in ALL:
            stack.connect.wait_for_states(name, "paused", "paused")
        recorder.watch(40)
    finally:
        recorder.mark("resume the connectors")
        for name in ALL:
            stack.connect.resume(name)
    _streaming_again(stack, recorder)


def connector_stopped(stack: Stack, recorder: Recorder) -> None:
    """The connectors are stopped for 40 s."""
    recorder.mark("stop the connectors")
    for name in ALL:
        stack.connect.stop(name)
    try:
        for name in ALL:
            stack.connect.wait_for_states(name, "stopped")
        recorder.watch(40)
    finally:
        recorder.mark("resume the connectors")
        for name in ALL:
            stack.connect.resume(name)
    _streaming_again(stack, recorder)


def connector_deleted(stack: Stack, recorder: Recorder) -> None:
    """The connectors are deleted, and registered again after 40 s."""
    recorder.mark("delete the connectors")
    for name in ALL:
        stack.connect.delete(name)
    recorder.watch(40)
    recorder.mark("register the connectors again")
    stack.register()
    _streaming_again(stack, recorder)


def schema_changed(stack: Stack, recorder: Recorder) -> None:
    """The tables change behind the connectors' backs, so that their tasks fail.

    On MySQL and MariaDB a column is added without a trace in the binlog, so that the next row has more columns than the
    schema history; on PostgreSQL the publication is dropped.
    """
    binlog = (stack.mysql, stack.mariadb)
    recorder.mark("change the schema")
    for server in binlog:
        server.sql("SET SESSION sql_log_bin = 0; ALTER TABLE inventory.orders ADD COLUMN surprise INT NULL")
    stack.postgres.sql("DROP PUBLICATION debezium")
    stack.connect.restart(POSTGRES)
    try:
        for name in ALL:
            stack.connect.wait_for_states(name, "running", "failed", seconds=180)
        recorder.mark("the tasks have failed")
        recorder.watch(40)
    finally:
        recorder.mark("mend the schema")
        for server in binlog:
            server.sql("SET SESSION sql_log_bin = 0; ALTER TABLE inventory.orders DROP COLUMN surprise")
        stack.postgres.sql("CREATE PUBLICATION debezium FOR ALL TABLES")
    recorder.mark("let the connectors begin again: what was written meanwhile stays unreadable")
    for name in ALL:
        stack.begin_again(name)
    _streaming_again(stack, recorder)


def kafka_hung(stack: Stack, recorder: Recorder) -> None:
    """The broker hangs for 60 s."""
    recorder.mark("freeze Kafka")
    stack.kafka.running.hang()
    try:
        recorder.watch(60)
    finally:
        recorder.mark("let Kafka go on")
        stack.kafka.running.wake()
    _streaming_again(stack, recorder)


def kafka_slow(stack: Stack, recorder: Recorder) -> None:
    """The broker lets producers write 3000 bytes a second while many rows come: the connectors' small queues fill."""
    small_queue = {
        "max.queue.size": "64",
        "max.batch.size": "16",
        "max.queue.size.in.bytes": "400000",
        "poll.interval.ms": "100",
        "producer.override.buffer.memory": "32768",
        "producer.override.batch.size": "4096",
    }
    for name in ALL:
        stack.connect.configure(name, stack.configuration(name) | small_queue)
    _running(stack)
    stack.wait_for_streaming(ALL)
    recorder.watch(SETTLED)
    recorder.mark("limit the producers to 3000 bytes a second")
    stack.kafka.limit_producers(3000)
    try:
        recorder.mark("write 2000 rows into each database")
        for name in ALL:
            stack.write(name, 2000)
        recorder.watch(90)
    finally:
        recorder.mark("lift the limit")
        stack.kafka.limit_producers(None)
    recorder.watch(SETTLED)
    recorder.mark("give the connectors their queues back")
    stack.register()
    _streaming_again(stack, recorder)


def source_idle(stack: Stack, recorder: Recorder) -> None:
    """Nothing is written but the heartbeat table, for 110 s."""
    recorder.mark("stop the load")
    stack.stop_load()
    recorder.watch(110)
    recorder.mark("start the load")
    stack.start_load()
    recorder.watch(SETTLED)


def source_idle_without_heartbeat(stack: Stack, recorder: Recorder) -> None:
    """Nothing is written at all, for 110 s: the connectors have no heartbeat table."""
    for name in ALL:
        without = {key: value for key, value in stack.configuration(name).items() if not key.startswith("heartbeat.")}
        stack.connect.configure(name, without)
    _running(stack)
    stack.wait_for_streaming(ALL)
    recorder.watch(SETTLED)
    recorder.mark("stop the load")
    stack.stop_load()
    recorder.watch(110)
    recorder.mark("start the load")
    stack.start_load()
    recorder.watch(SETTLED)
    recorder.mark("give the connectors their heartbeat back")
    stack.register()
    _streaming_again(stack, recorder)


def worker_killed(stack: Stack, recorder: Recorder) -> None:
    """One of two workers is killed: its tasks wait for scheduled.rebalance.max.delay.ms, then the other has them.

    The second worker is the one that does not lead: were the leader killed, the new one would know nothing of the delay
    and give the tasks away at once.
    """
    worker, survivor = sorted(stack.workers, key=lambda each: each.url == stack.workers[0].leader())
    recorder.mark("kill the second worker")
    worker.kill()
    try:
        wait_until(
            lambda: _tasks_on(survivor, stack) == len(ALL),
            "the other worker does not take the tasks over",
            seconds=420,
            every=2,
        )
        recorder.mark("the first worker has all tasks")
        # until they have caught up with what was written while nobody had them
        recorder.watch(3 * SETTLED)
    finally:
        recorder.mark("start the second worker")
        worker.start()
    _streaming_again(stack, recorder)


def workers_stopped(stack: Stack, recorder: Recorder) -> None:
    """All workers are killed: nobody is left to take their tasks."""
    recorder.mark("kill the workers")
    for worker in stack.workers:
        worker.kill()
    try:
        recorder.watch(40)
    finally:
        recorder.mark("start the workers")
        for worker in stack.workers:
            worker.start()
    _streaming_again(stack, recorder)


def rolling_restart(stack: Stack, recorder: Recorder) -> None:
    """Both workers are stopped and started, one after the other."""
    for worker in stack.workers:
        recorder.mark(f"stop {worker.name}")
        worker.stop()
        recorder.mark(f"start {worker.name}")
        worker.start()
        _running(stack)
        recorder.mark("all tasks run")
        recorder.watch(SETTLED)
    _streaming_again(stack, recorder)


def first_snapshot(stack: Stack, recorder: Recorder) -> None:
    """New connectors begin with a snapshot of a large table, beside those that stream."""
    names = [stack.archive_connector(name)[0] for name in ALL]
    connected = f'debezium_metrics_Connected{{connector=~"{"|".join(names)}"}} == 1'
    try:
        recorder.mark(f"fill a table with {LARGE} rows")
        for name in ALL:
            stack.fill_archive(name, LARGE)
        recorder.watch(SETTLED)
        recorder.mark("register new connectors")
        for name in ALL:
            stack.connect.configure(*stack.archive_connector(name))
        wait_until(
            lambda: len(stack.metrics.query(connected)) == len(names), "the snapshots do not end", seconds=900, every=1
        )
        recorder.mark("the snapshots are done")
        recorder.watch(SETTLED)
    finally:
        recorder.mark("delete the new connectors")
        for name in ALL:
            stack.remove_archive(name)
    _streaming_again(stack, recorder)


def blocking_snapshot(stack: Stack, recorder: Recorder) -> None:
    """A snapshot of a table of many rows is asked for by signal, and streaming waits for it."""
    _snapshot_by_signal(stack, recorder, "blocking")


def incremental_snapshot(stack: Stack, recorder: Recorder) -> None:
    """A snapshot of a table of many rows is asked for by signal while streaming goes on."""
    _snapshot_by_signal(stack, recorder, "incremental")


def _snapshot_by_signal(stack: Stack, recorder: Recorder, kind: str) -> None:
    tables = {MYSQL: "inventory.orders", MARIADB: "inventory.orders", POSTGRES: "public.orders"}
    for name in ALL:
        stack.write(name, MANY)
    recorder.watch(SETTLED)
    recorder.mark(f"ask for {'an' if kind == 'incremental' else 'a'} {kind} snapshot of orders")
    for name in ALL:
        stack.signal(name, "execute-snapshot", {"type": kind, "data-collections": [tables[name]]})
    running = "debezium_metrics_SnapshotRunning == 1"
    wait_until(lambda: stack.metrics.query(running), f"no {kind} snapshot begins", seconds=60)
    wait_until(lambda: not stack.metrics.query(running), f"the {kind} snapshots do not end", seconds=300, every=1)
    recorder.mark(f"the {kind} snapshots are done")
    recorder.watch(SETTLED)


def _running(stack: Stack) -> None:
    """Wait until the metrics show every task running.

    The REST interface is not asked: a worker that ends can take a task's status with it, which then stays away although
    another worker runs the task.
    """
    metric = "kafka_connect_connector_task_status"
    expression = f'{metric}{{status="running"}} and timestamp({metric}) >= {time.time():.3f}'
    wait_until(
        lambda: {each.labels["connector"] for each in stack.metrics.query(expression)} >= set(ALL),
        "not all tasks run",
        seconds=420,
        every=1,
    )


def _tasks_on(worker: ConnectWorker, stack: Stack) -> float | None:
    return stack.metrics.value(f'kafka_connect_worker_task_count{{instance="{stack.instance(worker)}"}}')


def _streaming_again(stack: Stack, recorder: Recorder) -> None:
    """Wait until all connectors stream again; restart those whose task failed, as an operator would."""
    for name in ALL:
        if "failed" in stack.connect.states(name):
            recorder.mark(f"restart {name}, whose task failed")
            stack.connect.restart(name)
    _running(stack)
    stack.wait_for_streaming(ALL, seconds=180)
    recorder.mark("all connectors stream")
    recorder.watch(SETTLED)


@contextlib.contextmanager
def _databases_back(stack: Stack, recorder: Recorder) -> Iterator[None]:
    try:
        yield
    finally:
        recorder.mark("start the databases")
        for database in stack.databases.values():
            if database.process is None:
                database.start()
        recorder.mark("databases are up")
    recorder.watch(SETTLED)
    _streaming_again(stack, recorder)


def _set_password(stack: Stack, password: str) -> None:
    for database in stack.databases.values():
        if isinstance(database, MySqlFamily):
            database.sql(f"ALTER USER 'debezium'@'%' IDENTIFIED BY '{password}'")
        else:
            database.sql(f"ALTER ROLE debezium PASSWORD '{password}'")


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("healthy", "Healthy under load", healthy),
        Fault("database-stopped", "Database stopped cleanly", database_stopped),
        Fault("database-killed", "Database killed", database_killed),
        Fault("database-hung", "Database hung", database_hung),
        Fault("connection-killed", "Binlog thread or walsender killed", connection_killed),
        Fault("password-changed", "Password changed, task restarted: FAILED", password_changed),
        Fault("connector-paused", "Connector paused", connector_paused),
        Fault("connector-stopped", "Connector stopped", connector_stopped),
        Fault("connector-deleted", "Connector deleted", connector_deleted),
        Fault("schema-changed", "Schema changed so that the task fails", schema_changed),
        Fault("kafka-hung", "Kafka hung", kafka_hung),
        Fault("kafka-slow", "Kafka slow: the queue fills", kafka_slow),
        Fault("source-idle", "Source idle, with a heartbeat table", source_idle),
        Fault("source-idle-without-heartbeat", "Source idle, without a heartbeat table", source_idle_without_heartbeat),
        Fault("worker-killed", "One worker killed: rebalance", worker_killed),
        Fault("workers-stopped", "All workers killed", workers_stopped),
        Fault("rolling-restart", "Rolling restart of both workers", rolling_restart),
        Fault("first-snapshot", "First snapshot of a large table", first_snapshot),
        Fault("blocking-snapshot", "Blocking snapshot", blocking_snapshot),
        Fault("incremental-snapshot", "Incremental snapshot", incremental_snapshot),
    )
}
