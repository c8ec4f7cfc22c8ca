# ruff: noqa: S608 - SQL for throw-away databases of our own
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

from . import lab
from .servers import MySqlFamily
from .stack import MARIADB, MYSQL, POSTGRES
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .recording import Recorder
    from .servers import ConnectWorker
    from .stack import Stack

Happening: TypeAlias = "Callable[[Stack, Recorder], None]"

ALL = (MYSQL, MARIADB, POSTGRES)
ORDERS = {MYSQL: "inventory.orders", MARIADB: "inventory.orders", POSTGRES: "public.orders"}
# seconds of healthy load after the end of a fault
SETTLED = 10
# rows of a table whose snapshot takes long enough to be seen
LARGE = 1_000_000
MANY = 200_000
# rows of a snapshot whose query waits 10 ms for each tenth
SLOWLY = 50_000
# more often than an alert allows within half an hour
FLAPS = 5


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
    """All three databases are stopped cleanly, and started again after 70 s."""
    with _databases_back(stack, recorder):
        recorder.mark("stop the databases")
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda database: database.stop(), stack.databases.values()))
        recorder.mark("databases are down")
        recorder.watch(70)


def database_killed(stack: Stack, recorder: Recorder) -> None:
    """All three databases are killed, and started again after 70 s."""
    with _databases_back(stack, recorder):
        recorder.mark("kill the databases")
        for database in stack.databases.values():
            database.kill()
        recorder.watch(70)


def database_hung(stack: Stack, recorder: Recorder) -> None:
    """All three databases hang with open connections until the binlog connectors notice, after one to two minutes."""
    with _databases_frozen(stack, recorder):
        connected = 'debezium_metrics_Connected{context="streaming", plugin=~"mysql|mariadb"}'
        wait_until(
            lambda: stack.metrics.value(f"sum({connected})") == 0,
            "the binlog connectors do not notice that their databases hang",
            seconds=240,
            every=1,
        )
        recorder.mark("the binlog connectors have noticed")
        recorder.watch(2 * SETTLED)
    _streaming_again(stack, recorder)


def connection_killed(stack: Stack, recorder: Recorder) -> None:
    """The databases cut the connections that the connectors read changes from; each comes back when it notices."""
    recorder.mark("kill the connections that changes are read from")
    _kill_connections(stack)
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
    """The broker hangs until the workers have given their connectors up, and for 40 s more.

    That they did so without a rebalance is seen only when the last one is more than a minute ago.
    """
    rebalanced = "min(kafka_connect_worker_rebalance_time_since_last_rebalance_ms)"
    wait_until(lambda: (stack.metrics.value(rebalanced) or 0) > 90_000, "the workers rebalance", seconds=180, every=1)
    recorder.mark("freeze Kafka")
    stack.kafka.running.hang()
    try:
        wait_until(
            lambda: stack.metrics.value("sum(kafka_connect_worker_connector_count)") == 0,
            "the workers do not give their connectors up",
            seconds=180,
            every=1,
        )
        recorder.mark("the workers have no connectors")
        recorder.watch(40)
    finally:
        recorder.mark("let Kafka go on")
        stack.kafka.running.wake()
    _streaming_again(stack, recorder)


def kafka_slow(stack: Stack, recorder: Recorder) -> None:
    """The broker lets producers write 3000 bytes a second while many rows come: the connectors' small queues fill."""
    _small_queues(stack, recorder)
    _slow_kafka(stack, recorder)


def queue_full_by_bytes(stack: Stack, recorder: Recorder) -> None:
    """Kafka is slow, and the connectors' queues are full by bytes long before they are full by records."""
    _small_queues(stack, recorder, records=8192, size=40_000)
    _slow_kafka(stack, recorder)


def _slow_kafka(stack: Stack, recorder: Recorder) -> None:
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
    _large_queues_again(stack, recorder)


def binlogs_purged_soon(stack: Stack, recorder: Recorder) -> None:
    """Binlogs are kept for five minutes, and connectors that lag are some files behind."""
    binlog = (stack.mysql, stack.mariadb)
    _small_queues(stack, recorder)
    kept = [server.sql("SELECT @@GLOBAL.binlog_expire_logs_seconds").strip() for server in binlog]
    recorder.mark("keep binlogs for five minutes, limit the producers, and write into four binlogs")
    stack.kafka.limit_producers(3000)
    try:
        for name, server in zip((MYSQL, MARIADB), binlog, strict=True):
            server.sql("SET GLOBAL binlog_expire_logs_seconds = 300")
            newest = server.sql("SHOW BINARY LOGS").split("\n")[-2].split("\t")[0]
            server.sql(f"PURGE BINARY LOGS TO '{newest}'")
            stack.write(name, 4000)
            for _ in range(4):
                server.sql("FLUSH BINARY LOGS")
        recorder.watch(75)
    finally:
        recorder.mark("lift the limits")
        stack.kafka.limit_producers(None)
        for server, seconds in zip(binlog, kept, strict=True):
            server.sql(f"SET GLOBAL binlog_expire_logs_seconds = {seconds}")
    recorder.watch(SETTLED)
    _large_queues_again(stack, recorder)


def connections_flapping(stack: Stack, recorder: Recorder) -> None:
    """The databases cut the connections that changes are read from again and again; each comes back at once."""
    for name in (MYSQL, MARIADB):
        stack.connect.configure(name, stack.configuration(name) | {"connect.keep.alive.interval.ms": "2000"})
    _running(stack)
    stack.wait_for_streaming(ALL)
    recorder.watch(SETTLED)
    recorder.mark("kill the connections again and again")
    for _ in range(FLAPS):
        _kill_connections(stack)
        recorder.watch(SETTLED)
        stack.wait_for_streaming(ALL)
    recorder.watch(SETTLED)
    recorder.mark("leave the connections alone")
    stack.register()
    _streaming_again(stack, recorder)


def gtids_off(stack: Stack, recorder: Recorder) -> None:
    """MySQL goes on without GTIDs, as a replica without them would after a failover; its connector begins anew."""
    modes = ("ON_PERMISSIVE", "OFF_PERMISSIVE", "OFF")
    recorder.mark("turn GTIDs off")
    for mode in modes:
        stack.mysql.sql(f"SET GLOBAL gtid_mode = {mode}")
    try:
        stack.begin_again(MYSQL)
        stack.wait_for_streaming([MYSQL])
        recorder.mark("the connector streams without GTIDs")
        recorder.watch(3 * SETTLED)
    finally:
        recorder.mark("turn GTIDs on")
        for mode in (*reversed(modes[:-1]), "ON"):
            stack.mysql.sql(f"SET GLOBAL gtid_mode = {mode}")
        stack.begin_again(MYSQL)
    _streaming_again(stack, recorder)


def offsets_lost(stack: Stack, recorder: Recorder) -> None:
    """The connectors lose their offsets and take a new snapshot, in which the databases hang."""
    for name in ALL:
        stack.write(name, 4000)
    _small_queues(stack, recorder)
    recorder.mark("lose the offsets")
    stack.kafka.limit_producers(3000)
    for name in ALL:
        stack.begin_again(name)
    wait_until(
        lambda: len(stack.metrics.query("debezium_metrics_SnapshotRunning == 1")) == len(ALL),
        "the snapshots do not begin",
        seconds=90,
        every=1,
    )
    recorder.mark("the snapshots run")
    recorder.watch(SETTLED)
    with _databases_frozen(stack, recorder):
        stack.kafka.limit_producers(None)  # rows that were read already are delivered now
        recorder.watch(80)
    _large_queues_again(stack, recorder)


def records_skipped(stack: Stack, recorder: Recorder) -> None:
    """A transformation fails on every change, and Kafka Connect was told to drop such records."""
    broken = {
        "errors.tolerance": "all",
        "transforms": "broken",
        "transforms.broken.type": "org.apache.kafka.connect.transforms.Cast$Value",
        "transforms.broken.spec": "op:int32",
    }
    recorder.mark("let a transformation fail")
    for name in ALL:
        stack.connect.configure(name, stack.configuration(name) | broken)
    _running(stack)
    recorder.watch(70)
    recorder.mark("take the transformation away")
    stack.register()
    _streaming_again(stack, recorder)


def events_erroneous(stack: Stack, recorder: Recorder) -> None:
    """Rows come of a table that the schema history does not know, and the connectors were told to warn and go on."""
    names = (MYSQL, MARIADB)
    servers = (stack.mysql, stack.mariadb)
    lenient = {"inconsistent.schema.handling.mode": "warn"}
    for name in names:
        stack.connect.configure(name, stack.configuration(name) | lenient)
    _running(stack)
    stack.wait_for_streaming(names)
    recorder.watch(SETTLED)
    recorder.mark("write into a table that the schema history does not know")
    for server in servers:
        # made without a trace in the binlog
        server.sql("SET SESSION sql_log_bin = 0; CREATE TABLE inventory.unknown (id INT AUTO_INCREMENT PRIMARY KEY)")
    for _ in range(9):
        for server in servers:
            server.sql("INSERT INTO inventory.unknown VALUES (NULL)")
        recorder.watch(5)
    recorder.mark("drop the table")
    for server in servers:
        server.sql("SET SESSION sql_log_bin = 0; DROP TABLE inventory.unknown")
    recorder.mark("let the connectors begin again: what was written meanwhile stays unreadable")
    for name in names:
        stack.begin_again(name)
    stack.register(names)
    _streaming_again(stack, recorder)


def offsets_refused(stack: Stack, recorder: Recorder) -> None:
    """The topic of offsets takes records of 64 bytes at most, and none of the connectors' is so small."""
    topic = lab.worker_properties()["offset.storage.topic"]
    share = "kafka_connect_connector_task_offset_commit_failure_percentage"
    recorder.mark("let the topic of offsets take no record over 64 bytes")
    stack.kafka.limit_records(topic, 64)
    try:
        wait_until(lambda: (stack.metrics.value(f"min({share})") or 0) > 0, "no commits fail", seconds=90, every=1)
        recorder.mark("commits fail")
        recorder.watch(2 * SETTLED)
    finally:
        recorder.mark("let it take records of any size")
        stack.kafka.limit_records(topic, None)
    # the share is that of a minute
    wait_until(lambda: stack.metrics.value(f"max({share})") == 0, "commits go on failing", seconds=120, every=1)
    _streaming_again(stack, recorder)


def tasks_refused(stack: Stack, recorder: Recorder) -> None:
    """New connectors are to have two tasks, which those for MySQL and MariaDB refuse: they run, without any."""
    names = (MYSQL, MARIADB)
    new = dict(map(stack.archive_connector, names))
    # the REST interface may still know a task of an earlier connector of the same name
    running = f'kafka_connect_connector_status{{status="running", connector=~"{"|".join(new)}"}}'
    recorder.mark("register connectors with two tasks")
    try:
        for name, configuration in new.items():
            stack.connect.configure(name, configuration | {"tasks.max": "2"})
        wait_until(lambda: len(stack.metrics.query(running)) == len(new), "they do not run", seconds=90, every=1)
        recorder.watch(60)
    finally:
        recorder.mark("delete them")
        for name in names:
            stack.remove_archive(name)
    _streaming_again(stack, recorder)


def schema_history_slow(stack: Stack, recorder: Recorder) -> None:
    """Kafka gives two connectors 100 bytes a second of their schema history, and their tasks begin anew."""
    names = (MYSQL, MARIADB)
    clients = [f"{stack.configuration(name)['topic.prefix']}-schemahistory" for name in names]
    recorder.mark("limit the consumers of schema histories to 100 bytes a second")
    for client in clients:
        stack.kafka.limit_consumers(100, client)
    try:
        for name in names:
            stack.connect.restart(name)
        recorder.watch(45)
    finally:
        recorder.mark("lift the limit")
        for client in clients:
            stack.kafka.limit_consumers(None, client)
    _streaming_again(stack, recorder)


def slot_left_behind(stack: Stack, recorder: Recorder) -> None:
    """PostgreSQL's connector is stopped while the database goes on writing: its slot keeps all WAL, up to 16 GB."""
    keep_wal(stack, "16GB")
    recorder.watch(SETTLED)
    recorder.mark("stop PostgreSQL's connector")
    stack.connect.stop(POSTGRES)
    try:
        for _ in range(14):
            _write_wal(stack, 6)
            recorder.watch(5)
    finally:
        recorder.mark("resume PostgreSQL's connector")
        stack.connect.resume(POSTGRES)
    _streaming_again(stack, recorder)
    keep_wal(stack, None)


def keep_wal(stack: Stack, size: str | None) -> None:
    """Let slots keep so much WAL at most, or as much as they like."""
    setting = "RESET max_slot_wal_keep_size" if size is None else f"SET max_slot_wal_keep_size = '{size}'"
    stack.postgres.sql(f"ALTER SYSTEM {setting}")
    stack.postgres.sql("SELECT pg_reload_conf()")


def slot_lost(stack: Stack, recorder: Recorder) -> None:
    """PostgreSQL's connector is stopped until the database throws its slot's WAL away; it begins anew."""
    lost = "SELECT count(*) FROM pg_replication_slots WHERE wal_status = 'lost'"
    recorder.mark("stop PostgreSQL's connector, and let slots keep no WAL")
    stack.connect.stop(POSTGRES)
    keep_wal(stack, "16MB")
    try:
        _write_wal(stack, 20)
        stack.postgres.sql("CHECKPOINT")
        wait_until(lambda: stack.postgres.sql(lost).strip() == "1", "the slot is not lost", seconds=60)
        recorder.mark("the slot is lost")
        recorder.watch(65)
    finally:
        recorder.mark("let the connector begin anew")
        keep_wal(stack, None)
        stack.begin_again(POSTGRES)
    _streaming_again(stack, recorder)


def source_idle(stack: Stack, recorder: Recorder) -> None:
    """Nothing is written but the heartbeat table, for 75 s."""
    recorder.mark("stop the load")
    stack.stop_load()
    recorder.watch(75)
    recorder.mark("start the load")
    stack.start_load()
    recorder.watch(SETTLED)


def source_idle_without_heartbeat(stack: Stack, recorder: Recorder) -> None:
    """Nothing is written at all, for 75 s: the connectors have no heartbeat table."""
    for name in ALL:
        without = {key: value for key, value in stack.configuration(name).items() if not key.startswith("heartbeat.")}
        stack.connect.configure(name, without)
    _running(stack)
    stack.wait_for_streaming(ALL)
    recorder.watch(SETTLED)
    recorder.mark("stop the load")
    stack.stop_load()
    recorder.watch(75)
    recorder.mark("start the load")
    stack.start_load()
    recorder.watch(SETTLED)
    recorder.mark("give the connectors their heartbeat back")
    stack.register()
    _streaming_again(stack, recorder)


def source_written_elsewhere(stack: Stack, recorder: Recorder) -> None:
    """PostgreSQL is written to in another database than the connector's, which has no heartbeat table."""
    without = {key: value for key, value in stack.configuration(POSTGRES).items() if not key.startswith("heartbeat.")}
    stack.connect.configure(POSTGRES, without)
    _running(stack)
    stack.wait_for_streaming([POSTGRES])
    stack.postgres.sql("CREATE DATABASE elsewhere")
    stack.postgres.sql("CREATE TABLE notes (note text)", database="elsewhere")
    recorder.watch(SETTLED)
    recorder.mark("write into another database")
    stack.stop_load(POSTGRES)
    rows = "INSERT INTO notes SELECT repeat('row ', 20) FROM generate_series(1, 1000)"
    for _ in range(9):
        stack.postgres.sql(rows, database="elsewhere")
        recorder.watch(5)
    recorder.mark("write into the connector's database again")
    stack.start_load(POSTGRES)
    stack.postgres.sql("DROP DATABASE elsewhere")
    recorder.watch(SETTLED)
    recorder.mark("give the connector its heartbeat back")
    stack.register([POSTGRES])
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
    """A snapshot of a table is asked for by signal, and streaming waits for it: a minute, on whatever machine."""
    wait = {MYSQL: "SLEEP(0.01) = 0", MARIADB: "SLEEP(0.01) = 0", POSTGRES: "pg_sleep(0.01) IS NOT NULL"}
    _snapshot_by_signal(
        stack,
        recorder,
        kind="blocking",
        rows=SLOWLY,
        conditions={
            name: f"SELECT * FROM {table} WHERE id % 10 > 0 OR {wait[name]} LIMIT {SLOWLY}"
            for name, table in ORDERS.items()
        },
    )


def snapshot_aborted(stack: Stack, recorder: Recorder) -> None:
    """A blocking snapshot is asked for with a query that fails: it is aborted, and streaming goes on."""
    aborted = "debezium_metrics_SnapshotAborted == 1"
    recorder.mark("ask for a blocking snapshot by a query that fails")
    for name, table in ORDERS.items():
        wrong = {"data-collection": table, "filter": f"SELECT * FROM {table} WHERE no_such_column = 1"}
        asked = {"type": "blocking", "data-collections": [table], "additional-conditions": [wrong]}
        stack.signal(name, "execute-snapshot", asked)
    wait_until(lambda: len(stack.metrics.query(aborted)) == len(ALL), "no snapshot is aborted", seconds=60, every=1)
    recorder.mark("the snapshots are aborted")
    recorder.watch(45)
    recorder.mark("restart the connectors")
    for name in ALL:
        stack.connect.restart(name)
    _streaming_again(stack, recorder)


def incremental_snapshot(stack: Stack, recorder: Recorder) -> None:
    """A snapshot of a table of many rows is asked for by signal while streaming goes on."""
    _snapshot_by_signal(stack, recorder, kind="incremental", rows=MANY)


def _snapshot_by_signal(
    stack: Stack, recorder: Recorder, *, kind: str, rows: int, conditions: Mapping[str, str] | None = None
) -> None:
    for name in ALL:
        stack.write(name, rows)
    recorder.watch(SETTLED)
    lag = 'max(debezium_metrics_MilliSecondsBehindSource{context="streaming"})'
    wait_until(lambda: (stack.metrics.value(lag) or 0) < 2000, "the connectors do not catch up", seconds=300, every=1)
    recorder.begin_now()
    recorder.watch(SETTLED)
    recorder.mark(f"ask for {'an' if kind == 'incremental' else 'a'} {kind} snapshot of orders")
    for name in ALL:
        asked: dict[str, object] = {"type": kind, "data-collections": [ORDERS[name]]}
        if conditions is not None:
            asked["additional-conditions"] = [{"data-collection": ORDERS[name], "filter": conditions[name]}]
        stack.signal(name, "execute-snapshot", asked)
    running = "debezium_metrics_SnapshotRunning == 1"
    wait_until(lambda: stack.metrics.query(running), f"no {kind} snapshot begins", seconds=60)
    wait_until(lambda: not stack.metrics.query(running), f"the {kind} snapshots do not end", seconds=300, every=1)
    recorder.mark(f"the {kind} snapshots are done")
    recorder.watch(SETTLED)


def _small_queues(stack: Stack, recorder: Recorder, *, records: int = 64, size: int = 400_000) -> None:
    """Give the connectors queues that a slow Kafka fills within seconds.

    Args:
        stack: theirs.
        recorder: watches until they have settled.
        records: how many a queue holds at most.
        size: of all records in a queue at most, in bytes.
    """
    small_queue = {
        "max.queue.size": str(records),
        "max.batch.size": "16",
        "max.queue.size.in.bytes": str(size),
        "poll.interval.ms": "100",
        "producer.override.buffer.memory": "32768",
        "producer.override.batch.size": "4096",
    }
    for name in ALL:
        stack.connect.configure(name, stack.configuration(name) | small_queue)
    _running(stack)
    stack.wait_for_streaming(ALL)
    recorder.watch(SETTLED)


def _large_queues_again(stack: Stack, recorder: Recorder) -> None:
    recorder.mark("give the connectors their queues back")
    stack.register()
    _streaming_again(stack, recorder)


def _kill_connections(stack: Stack) -> None:
    for server in (stack.mysql, stack.mariadb):
        dumps = "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'"
        for number in server.sql(dumps).split():
            if number.isdigit():
                server.sql(f"KILL {number}")
    stack.postgres.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_replication")


def _write_wal(stack: Stack, files: int) -> None:
    """Let PostgreSQL fill so many files of its WAL, of 16 MB each, which a slot that nobody reads keeps."""
    for _ in range(files):
        stack.postgres.sql("SELECT pg_logical_emit_message(false, 'dashlib', 'next'), pg_switch_wal()")


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
def _databases_frozen(stack: Stack, recorder: Recorder) -> Iterator[None]:
    recorder.mark("freeze the databases")
    for database in stack.databases.values():
        database.running.hang()
    try:
        yield
        # A scrape that waits for a database now is answered after it goes on: it tells nothing of the fault.
        recorder.mark("the databases still hang")
        recorder.watch(SETTLED)
    finally:
        recorder.mark("let the databases go on")
        for database in stack.databases.values():
            database.running.wake()


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
        Fault("connections-flapping", "Binlog threads and walsenders killed again and again", connections_flapping),
        Fault("gtids-off", "MySQL goes on without GTIDs", gtids_off),
        Fault("offsets-lost", "Offsets lost, and the databases hang in the new snapshot", offsets_lost),
        Fault("events-erroneous", "Rows of a table that the schema history does not know", events_erroneous),
        Fault("offsets-refused", "The topic of offsets refuses them", offsets_refused),
        Fault("tasks-refused", "MySQL and MariaDB connectors with two tasks", tasks_refused),
        Fault("records-skipped", "A transformation fails, and its records are dropped", records_skipped),
        Fault("schema-history-slow", "Kafka gives the schema history back slowly", schema_history_slow),
        Fault("slot-left-behind", "PostgreSQL's slot left behind while WAL is written", slot_left_behind),
        Fault("slot-lost", "PostgreSQL's slot lost", slot_lost),
        Fault("kafka-hung", "Kafka hung", kafka_hung),
        Fault("kafka-slow", "Kafka slow: the queue fills", kafka_slow),
        Fault("queue-full-by-bytes", "Kafka slow: the queue fills by bytes", queue_full_by_bytes),
        Fault("binlogs-purged-soon", "Binlogs about to be purged", binlogs_purged_soon),
        Fault("source-idle", "Source idle, with a heartbeat table", source_idle),
        Fault("source-idle-without-heartbeat", "Source idle, without a heartbeat table", source_idle_without_heartbeat),
        Fault(
            "source-written-elsewhere",
            "PostgreSQL written to in another database, without a heartbeat table",
            source_written_elsewhere,
        ),
        Fault("worker-killed", "One worker killed: rebalance", worker_killed),
        Fault("workers-stopped", "All workers killed", workers_stopped),
        Fault("rolling-restart", "Rolling restart of both workers", rolling_restart),
        Fault("first-snapshot", "First snapshot of a large table", first_snapshot),
        Fault("blocking-snapshot", "Blocking snapshot", blocking_snapshot),
        Fault("snapshot-aborted", "Blocking snapshot by a query that fails", snapshot_aborted),
        Fault("incremental-snapshot", "Incremental snapshot", incremental_snapshot),
    )
}
