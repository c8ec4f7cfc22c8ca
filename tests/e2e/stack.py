# ruff: noqa: S608 - SQL for throw-away databases of our own
"""The whole stack: started in a folder of its own on free ports, registered, loaded, and stopped whatever happens."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signal import SIGTERM, Signals
from typing import TYPE_CHECKING, Self

from attrs import Factory, define, field, frozen

from . import lab
from .clients import Connect, PrometheusApi
from .components import program
from .errors import StackError
from .network import free_ports, must_be_free
from .processes import Process
from .servers import (
    LOOPBACK,
    Alertmanager,
    ConnectWorker,
    Kafka,
    MariaDb,
    MySql,
    MysqldExporter,
    MySqlFamily,
    PostgresExporter,
    PostgreSql,
    Prometheus,
    Server,
)
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from .components import Components

PORTS = (
    "mariadb",
    "mysql",
    "postgres",
    "kafka",
    "kafka-controller",
    "connect-1",
    "connect-2",
    "metrics-1",
    "metrics-2",
    "postgres-exporter",
    "mysql-exporter",
    "mariadb-exporter",
    "prometheus",
    "alertmanager",
)
# of the two workers: the lab's, and one more
INSTANCES = ("connect:9404", "connect-2:9404")
MYSQL, MARIADB, POSTGRES = "mysql-connector", "mariadb-connector", "postgres-connector"


def choose_ports(wanted: Mapping[str, int]) -> dict[str, int]:
    """Return a port for each name of `PORTS`: the one that is wanted, else a free one.

    Raises:
        StackError: a port that is wanted is in use, or no such part exists.
    """
    if unknown := sorted(set(wanted) - set(PORTS)):
        raise StackError(f"there is no part called {unknown[0]}; the parts are {', '.join(PORTS)}")
    return dict(zip(PORTS, free_ports(len(PORTS)), strict=True)) | {
        name: must_be_free(port, name) for name, port in wanted.items()
    }


@frozen
class Load:
    """The lab's small load on one database, as a server of ours runs it.

    Attributes:
        name: of the database's server.
        script: the lab's.
        environment: where the database is.
    """

    name: str
    script: str
    environment: Mapping[str, str]

    def start(self, folder: Path, interval: float) -> Process:
        """Begin to write, one transaction every so many seconds."""
        command: list[str | Path] = ["sh", lab.LABS / "load" / self.script]
        environment = {**self.environment, "LOAD_INTERVAL": str(interval)}
        return Process.start(f"load on {self.name}", command, folder / f"load-{self.name}.log", environment=environment)


@define
class Stack:
    """Databases, Kafka, two Kafka Connect workers, the lab's connectors, exporters, Prometheus and Alertmanager.

    Used as a context, it stops everything at the end, and removes its folder when nothing went wrong.

    Attributes:
        components: what it is made of.
        folder: where configurations, data and logs are.
        ports: of each part.
        tell: is given one line a step.
    """

    components: Components
    folder: Path = Factory(lambda: Path(tempfile.mkdtemp(prefix="dashlib-e2e-")))
    ports: Mapping[str, int] = Factory(lambda: choose_ports({}))
    tell: Callable[[str], None] = field(default=lambda _: None, repr=False)
    mariadb: MariaDb = field(init=False)
    mysql: MySql = field(init=False)
    postgres: PostgreSql = field(init=False)
    kafka: Kafka = field(init=False)
    workers: tuple[ConnectWorker, ConnectWorker] = field(init=False)
    exporters: tuple[Server, ...] = field(init=False)
    alertmanager: Alertmanager = field(init=False)
    prometheus: Prometheus = field(init=False)
    connect: Connect = field(init=False)
    metrics: PrometheusApi = field(init=False)
    _loads: dict[str, Process] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        """Lay the parts out, without starting any."""
        components, ports = self.components, self.ports
        at = self.folder.joinpath
        self.mariadb = MariaDb("mariadb", at("mariadb"), ports["mariadb"])
        self.mysql = MySql("mysql", at("mysql"), ports["mysql"], components=components)
        self.postgres = PostgreSql("postgres", at("postgres"), ports["postgres"])
        self.kafka = Kafka(
            "kafka", at("kafka"), ports["kafka"], components=components, controller_port=ports["kafka-controller"]
        )
        first, second = (
            ConnectWorker(
                name,
                at(name),
                ports[name],
                components=components,
                metrics_port=ports[f"metrics-{name[-1]}"],
                kafka=self.kafka,
            )
            for name in ("connect-1", "connect-2")
        )
        self.workers = (first, second)
        self.exporters = (
            PostgresExporter(
                "postgres-exporter", at("postgres-exporter"), ports["postgres-exporter"], database=self.postgres
            ),
            MysqldExporter("mysql-exporter", at("mysql-exporter"), ports["mysql-exporter"], database=self.mysql),
            MysqldExporter(
                "mariadb-exporter", at("mariadb-exporter"), ports["mariadb-exporter"], database=self.mariadb
            ),
        )
        self.alertmanager = Alertmanager("alertmanager", at("alertmanager"), ports["alertmanager"])
        targets = {
            "kafka-connect": {
                name: f"{LOOPBACK}:{worker.metrics_port}" for name, worker in zip(INSTANCES, self.workers, strict=True)
            },
            "postgres": {"postgres-exporter:9187": f"{LOOPBACK}:{ports['postgres-exporter']}"},
            "mysql": {
                "mysqld-exporter:9104": f"{LOOPBACK}:{ports['mysql-exporter']}",
                "mariadb-exporter:9104": f"{LOOPBACK}:{ports['mariadb-exporter']}",
            },
        }
        self.prometheus = Prometheus(
            "prometheus", at("prometheus"), ports["prometheus"], targets=targets, alertmanager=self.alertmanager
        )
        self.connect = Connect(tuple(worker.url for worker in self.workers))
        self.metrics = PrometheusApi(self.prometheus.url)

    @property
    def servers(self) -> tuple[Server, ...]:
        """Every server, in the order in which they can be started."""
        return (
            self.mariadb,
            self.mysql,
            self.postgres,
            self.kafka,
            *self.workers,
            *self.exporters,
            self.alertmanager,
            self.prometheus,
        )

    @property
    def databases(self) -> dict[str, MySqlFamily | PostgreSql]:
        """The database of each connector."""
        return {MYSQL: self.mysql, MARIADB: self.mariadb, POSTGRES: self.postgres}

    def instance(self, worker: ConnectWorker) -> str:
        """Return the label `instance` of a worker's metrics."""
        return INSTANCES[self.workers.index(worker)]

    def configuration(self, name: str) -> dict[str, str]:
        """Return the configuration of one of the lab's connectors with our hosts and ports."""
        configuration = lab.connector(name)
        here = {"database.hostname": LOOPBACK, "database.port": str(self.databases[name].port)}
        if "schema.history.internal.kafka.topic" in configuration:
            here["schema.history.internal.kafka.bootstrap.servers"] = self.kafka.bootstrap
        return configuration | here

    def start(self) -> None:
        """Start everything and return when the lab's connectors stream and Prometheus has their metrics.

        Raises:
            StackError: something does not come up; what was started is stopped.
        """
        self.folder.chmod(0o711)  # the databases run as users of their own
        try:
            self._start_together((self.mariadb, self.mysql, self.postgres, self.kafka))
            self._start_together((*self.workers, *self.exporters, self.alertmanager, self.prometheus))
            self.register()
        except BaseException:
            self.stop()
            raise

    def _start_together(self, servers: Sequence[Server]) -> None:
        def start(server: Server) -> None:
            began = time.monotonic()
            server.start()
            self.tell(f"{server.name} answers on 127.0.0.1:{server.port} after {time.monotonic() - began:.1f} s")

        with ThreadPoolExecutor(len(servers)) as pool:
            for done in [pool.submit(start, server) for server in servers]:
                done.result()

    def register(self, names: Sequence[str] | None = None) -> None:
        """Register connectors of the lab (all by default) and wait until they stream."""
        began = time.monotonic()
        wanted = list(lab.connector_names() if names is None else names)
        for name in wanted:
            self.connect.configure(name, self.configuration(name))
        for name in wanted:
            self.connect.wait_for_states(name, "running", "running")
        self.wait_for_streaming(wanted)
        self.tell(f"{', '.join(wanted)} stream after {time.monotonic() - began:.1f} s")

    def wait_for_streaming(self, names: Sequence[str], *, seconds: float = 120) -> None:
        """Wait until Prometheus has scraped `Connected` at 1 for connectors, from now on."""
        connected = "|".join(names)
        metric = f'debezium_metrics_Connected{{context="streaming", connector=~"{connected}"}}'
        expression = f"{metric} == 1 and timestamp({metric}) >= {time.time():.3f}"
        wait_until(
            lambda: len(self.metrics.query(expression)) == len(names), f"{connected} do not stream", seconds=seconds
        )

    @property
    def loads(self) -> dict[str, Load]:
        """The lab's load of each connector's database."""
        mysql, postgres = (lab.service(f"{each}-load")["environment"] for each in ("mysql", "postgres"))
        return {
            name: Load(
                database.name,
                "mysql.sh",
                {
                    **mysql,
                    "MYSQL_HOST": LOOPBACK,
                    "MYSQL_TCP_PORT": str(database.port),
                    "PATH": str(program("mysql").parent) + ":/bin:/usr/bin",
                },
            )
            if isinstance(database, MySqlFamily)
            else Load(database.name, "postgres.sh", {**postgres, "PGHOST": LOOPBACK, "PGPORT": str(database.port)})
            for name, database in self.databases.items()
        }

    def start_load(self, *names: str, interval: float = 1) -> None:
        """Begin to write into the databases of connectors (all by default)."""
        for name, load in self.loads.items():
            if (not names or name in names) and name not in self._loads:
                self._loads[name] = load.start(self.folder, interval)

    def stop_load(self, *names: str) -> None:
        """End to write into the databases of connectors (all by default)."""
        for name in [each for each in self._loads if not names or each in names]:
            self._loads.pop(name).stop(seconds=5)

    def write(self, name: str, rows: int, *, into: str = "orders") -> None:
        """Write rows into a table of a connector's database, in one transaction."""
        database = self.databases[name]
        columns = "(customer_id, amount, note)"
        note = "repeat('row ', 20)"
        if isinstance(database, MySqlFamily):
            numbers = "inventory.customers a CROSS JOIN inventory.customers b"
            database.sql(f"INSERT INTO inventory.{into} {columns} SELECT a.id, 1, {note} FROM {numbers} LIMIT {rows}")
        else:
            database.sql(
                f"INSERT INTO {into} {columns} SELECT n % 1000, 1, {note} FROM generate_series(1, {rows}) AS n"
            )

    def signal(self, name: str, kind: str, data: Mapping[str, object]) -> None:
        """Send a signal to a connector through its signalling table."""
        table = "inventory.debezium_signal" if name != POSTGRES else "debezium_signal"
        identity = f"{kind}-{time.time_ns()}"
        self.databases[name].sql(f"INSERT INTO {table} VALUES ('{identity}', '{kind}', '{json.dumps(data)}')")

    def fill_archive(self, name: str, rows: int) -> None:
        """Make a table that the lab's connectors do not capture, with so many rows."""
        database = self.databases[name]
        note = "repeat('row ', 20)"
        if isinstance(database, MySqlFamily):
            numbers = "inventory.customers a CROSS JOIN inventory.customers b"
            database.sql(
                "CREATE DATABASE archive;"
                "CREATE TABLE archive.orders (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(200));"
                f"INSERT INTO archive.orders (note) SELECT {note} FROM {numbers} LIMIT {rows}"
            )
        else:
            database.sql(
                "CREATE SCHEMA archive; CREATE TABLE archive.orders (id serial PRIMARY KEY, note varchar(200));"
                f"INSERT INTO archive.orders (note) SELECT {note} FROM generate_series(1, {rows});"
                "GRANT USAGE ON SCHEMA archive TO debezium; GRANT SELECT ON archive.orders TO debezium"
            )

    def archive_connector(self, name: str) -> tuple[str, dict[str, str]]:
        """Return name and configuration of a second connector on a database, which captures the archive too."""
        second = name.replace("-connector", "-archive")
        server = second
        changed = {"topic.prefix": server, "custom.metric.tags": f"connector={second}"}
        if name == POSTGRES:
            changed |= {"slot.name": "archive", "schema.include.list": "public,archive"}
        else:
            changed |= {
                "database.server.id": str(self.ports[self.databases[name].name] + 100_000),
                "database.include.list": "inventory,archive",
                "schema.history.internal.kafka.topic": f"schema-history.{server}",
            }
        return second, self.configuration(name) | changed

    def remove_archive(self, name: str) -> None:
        """Undo `fill_archive` and `archive_connector`."""
        second = name.replace("-connector", "-archive")
        if second in self.connect.names():
            self.connect.delete(second)
            wait_until(lambda: not self.connect.states(second), f"{second} is not deleted", seconds=60)
        database = self.databases[name]
        if isinstance(database, MySqlFamily):
            database.sql("DROP DATABASE IF EXISTS archive")
        else:
            database.sql("DROP SCHEMA IF EXISTS archive CASCADE")
            self.drop_slot("archive")

    def drop_slot(self, slot: str) -> None:
        """Drop a replication slot of PostgreSQL when it is there and no longer in use."""
        gone = f"SELECT NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '{slot}' AND active)"
        wait_until(
            lambda: self.postgres.sql(gone).strip() == "t", f"the replication slot {slot} stays in use", seconds=60
        )
        self.postgres.sql(
            f"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{slot}'"
        )

    def begin_again(self, name: str) -> None:
        """Make a connector forget its offsets, so that it begins with a snapshot.

        Kafka Connect calls it stopped while its task still ends, and commits its offsets once more; the task's metrics
        go after that.
        """
        self.connect.stop(name)
        self.connect.wait_for_states(name, "stopped")
        task = f'kafka_connect_connector_task_status{{connector="{name}"}}'
        wait_until(lambda: not self.metrics.query(task), f"the task of {name} does not end", seconds=90)
        self.connect.forget_offsets(name)
        if name == POSTGRES:
            self.drop_slot(self.configuration(name)["slot.name"])
        self.connect.resume(name)

    @property
    def processes(self) -> list[Process]:
        """Everything that runs."""
        return [*self._loads.values(), *(server.process for server in self.servers if server.process is not None)]

    def memory(self) -> dict[str, int]:
        """Return how many bytes of memory each part holds."""
        return {process.name: process.memory() for process in self.processes}

    def stop(self) -> None:
        """Stop everything that was started, last first."""
        self.stop_load()
        running = [server for server in reversed(self.servers) if server.process is not None]
        monitoring = [server for server in running if server.name not in {"mariadb", "mysql", "postgres", "kafka"}]
        for together in (monitoring, [server for server in running if server not in monitoring]):
            if together:
                with ThreadPoolExecutor(len(together)) as pool:
                    list(pool.map(lambda server: server.stop(), together))

    def discard(self) -> None:
        """Remove the folder with all data and logs."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; keep folder and logs when something went wrong."""
        self.stop()
        if kind is None:
            self.discard()
        else:
            self.tell(f"logs are kept in {self.folder}")

    def save(self, path: Path) -> None:
        """Write down what runs, so that another process can stop it."""
        signals = {server.name: server.stop_signal for server in self.servers}
        processes = [
            {
                "name": each.name,
                "pid": each.pid,
                "began": each.began,
                "log": str(each.log),
                "signal": signals.get(each.name, SIGTERM),
            }
            for each in self.processes
        ]
        content = {"folder": str(self.folder), "ports": dict(self.ports), "processes": processes}
        path.write_text(json.dumps(content, indent=2) + "\n")


def stop_saved(path: Path, tell: Callable[[str], None] = lambda _: None) -> None:
    """Stop a stack that `Stack.save` wrote down, and remove its folder.

    Raises:
        StackError: there is none.
    """
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise StackError("no stack was left running") from None
    found = [
        (Process(each["name"], each["pid"], each["began"], Path(each["log"])), Signals(each["signal"]))
        for each in content["processes"]
    ]
    for process, number in sorted(found, key=lambda each: each[0].name in {"mariadb", "mysql", "postgres", "kafka"}):
        if process.is_running:
            process.stop(number, Server.seconds_to_stop)
            tell(f"{process.name} is stopped")
    shutil.rmtree(content["folder"], ignore_errors=True)
    path.unlink()


def is_saved(path: Path) -> bool:
    """Tell whether something of a stack that `Stack.save` wrote down still runs."""
    if not path.exists():
        return False
    processes = json.loads(path.read_text())["processes"]
    return any(Process(each["name"], each["pid"], each["began"], Path(each["log"])).is_running for each in processes)
