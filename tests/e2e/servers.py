# ruff: noqa: S608 - SQL for throw-away databases of our own, made of the lab's own files
"""The servers of the stack, one class each: how it is set up, started, asked whether it is ready, and stopped.

Each lives in a folder of its own with its configuration, its data and its log, and listens on 127.0.0.1 only.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
from typing import TYPE_CHECKING, ClassVar

import yaml
from attrs import define, field

from . import lab
from .components import program
from .errors import StackError
from .network import answers, get, listens
from .processes import Process, run
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .components import Components

LOOPBACK = "127.0.0.1"


def unprivileged(user: str) -> str | None:
    """Return the user that a database runs as: the package's own when we are root, else ourselves."""
    return user if os.geteuid() == 0 else None


def write_properties(path: Path, properties: Mapping[str, object]) -> Path:
    """Write a Java properties file."""
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
    return path


@define
class Server:
    """A server: what all of them have.

    Attributes:
        name: what messages, folder and log call it.
        folder: its own.
        port: where it listens.
        process: while it runs.
    """

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    seconds_to_start: ClassVar[float] = 90
    seconds_to_stop: ClassVar[float] = 40

    name: str
    folder: Path
    port: int
    process: Process | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """Its log."""
        return self.folder / f"{self.name}.log"

    @property
    def running(self) -> Process:
        """The process.

        Raises:
            StackError: it does not run.
        """
        if self.process is None:
            raise StackError(f"{self.name} does not run")
        return self.process

    def set_up(self) -> None:
        """Write configuration and first data; once, before the first start."""

    def command(self) -> list[str | Path]:
        """Return what starts it."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """Return the variables it gets beside ours."""
        return {}

    def user(self) -> str | None:
        """Return the user it runs as, when that is not ours."""
        return None

    def is_ready(self) -> bool:
        """Ask whether it serves."""
        return listens(self.port)

    def first_steps(self) -> None:
        """Do what is to be done once it serves for the first time."""

    def start(self) -> None:
        """Start it and return when it serves.

        Raises:
            StackError: it does not come up; the message ends with the place of its log.
        """
        first = not self.folder.exists()
        if first:
            self.folder.mkdir(parents=True)
            if (user := self.user()) is not None:
                shutil.chown(self.folder, user)
            self.set_up()
        self.process = Process.start(
            self.name, self.command(), self.log, environment=self.environment(), folder=self.folder, user=self.user()
        )
        try:
            wait_until(
                self.is_ready,
                f"{self.name} does not answer",
                seconds=self.seconds_to_start,
                every=0.1,
                watched=self.process,
            )
        except StackError as error:
            text = str(error)
            raise StackError(text if str(self.log) in text else f"{text} (log: {self.log})") from None
        if first:
            self.first_steps()

    def stop(self) -> None:
        """Stop it cleanly and return when it is gone."""
        if self.process is not None:
            self.process.stop(self.stop_signal, self.seconds_to_stop)
            self.process = None

    def kill(self) -> None:
        """End it without a chance to clean up."""
        if self.process is not None:
            self.process.kill()
            self.process = None


@define
class MySqlFamily(Server):
    """What MySQL and MariaDB have in common: the lab's init scripts, and SQL over the socket as root."""

    seconds_to_start: ClassVar[float] = 60
    service: ClassVar[str] = "mysql"
    user_table: ClassVar[str] = "user"

    @property
    def socket(self) -> Path:
        """Its Unix socket."""
        return self.folder / "sock"

    def user(self) -> str | None:
        """Return the packages' user."""
        return unprivileged("mysql")

    @property
    def temporary_tables(self) -> str:
        """Return the option that keeps them here: a MariaDB that starts removes those it finds, whosever they are."""
        return f"--tmpdir={self.folder}"

    def common_options(self) -> list[str | Path]:
        """Return the options that both servers take, and then those of the lab."""
        return [
            f"--datadir={self.folder / 'data'}",
            f"--socket={self.socket}",
            f"--pid-file={self.folder / 'pid'}",
            self.temporary_tables,
            f"--bind-address={LOOPBACK}",
            f"--port={self.port}",
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=64M",
            *lab.server_options(self.service),
        ]

    def client(self, *options: str) -> list[str | Path]:
        """Return a command of the client as root."""
        return [
            program("mariadb"),
            "--no-defaults",
            f"--socket={self.socket}",
            "--user=root",
            "--batch",
            "--skip-column-names",
            *options,
        ]

    def sql(self, statements: str) -> str:
        """Run statements as root and return the rows, tab-separated."""
        return run(
            f"SQL on {self.name}",
            self.client(f"--execute={statements}"),
            log=self.folder / "client.log",
            environment=self._root(),
        )

    def is_ready(self) -> bool:
        """Ask with a query."""
        try:
            return listens(self.port) and bool(self.sql("SELECT 1"))
        except StackError:
            return False

    def first_steps(self) -> None:
        """Do what the image does on its first start: root's password, user and database, then the init scripts."""
        environment = lab.service(self.service)["environment"]
        database, user, password = (environment[f"MYSQL_{each}"] for each in ("DATABASE", "USER", "PASSWORD"))
        self.sql(
            f"CREATE DATABASE IF NOT EXISTS `{database}`; CREATE USER '{user}'@'%' IDENTIFIED BY '{password}';"
            f"GRANT ALL ON `{database}`.* TO '{user}'@'%';"
            # a fresh MariaDB has nameless users, who would come before 'user'@'%'
            f"DELETE FROM mysql.{self.user_table} WHERE User = ''; FLUSH PRIVILEGES"
        )
        self.sql(f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{environment['MYSQL_ROOT_PASSWORD']}'")
        (self.folder / "password").touch()
        for script in sorted((lab.LABS / "mysql" / "init").iterdir()):
            name = f"{script.name} on {self.name}"
            if script.suffix == ".sql":
                run(name, self.client(database), log=self.folder / "client.log", stdin=script, environment=self._root())
            else:
                # inside the image the client finds the socket where it always is; Debian's finds it by this file
                (self.folder / "my.cnf").write_text(f"[client]\nsocket={self.socket}\n")
                here = {**environment, "MYSQL_HOME": str(self.folder), "MARIADB_HOME": str(self.folder)}
                run(name, ["sh", script], log=self.folder / "client.log", environment=here)

    def _root(self) -> dict[str, str]:
        has_password = (self.folder / "password").exists()
        return {"MYSQL_PWD": lab.environment()["MYSQL_ROOT_PASSWORD"]} if has_password else {}


@define
class MySql(MySqlFamily):
    """The MySQL server."""

    components: Components = field(kw_only=True)

    def user(self) -> str | None:
        """Return none: its program lies in our cache, which no other user may be able to read."""
        return None

    @property
    def _mysqld(self) -> list[str | Path]:
        program = self.components.mysql / "bin" / "mysqld"
        ourselves = ["--user=root"] if os.geteuid() == 0 else []
        return [program, "--no-defaults", *ourselves, f"--basedir={self.components.mysql}"]

    def set_up(self) -> None:
        """Make an empty data folder."""
        options = ["--initialize-insecure", f"--datadir={self.folder / 'data'}"]
        run(f"setting up {self.name}", [*self._mysqld, *options], log=self.log, user=self.user())

    def command(self) -> list[str | Path]:
        """Return what starts it."""
        return [*self._mysqld, *self.common_options(), "--mysqlx=OFF"]


@define
class MariaDb(MySqlFamily):
    """The MariaDB server."""

    service: ClassVar[str] = "mariadb"
    user_table: ClassVar[str] = "global_priv"

    def set_up(self) -> None:
        """Make an empty data folder."""
        options = [f"--datadir={self.folder / 'data'}", self.temporary_tables]
        accounts = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        run(
            f"setting up {self.name}",
            [program("mariadb-install-db"), "--no-defaults", *options, *accounts],
            log=self.log,
            user=self.user(),
        )

    def command(self) -> list[str | Path]:
        """Return what starts it."""
        return [program("mariadbd"), "--no-defaults", *self.common_options()]


@define
class PostgreSql(Server):
    """The PostgreSQL server."""

    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # a fast shutdown
    seconds_to_start: ClassVar[float] = 60

    def user(self) -> str | None:
        """Return the package's user."""
        return unprivileged("postgres")

    @property
    def _environment(self) -> dict[str, str]:
        variables = lab.service("postgres")["environment"]
        return {
            **variables,
            "PGHOST": LOOPBACK,
            "PGPORT": str(self.port),
            "PGUSER": variables["POSTGRES_USER"],
            "PGPASSWORD": variables["POSTGRES_PASSWORD"],
            "PGCONNECT_TIMEOUT": "5",
        }

    def set_up(self) -> None:
        """Make an empty data folder, with the superuser of the lab."""
        environment = self._environment
        password = self.folder / "password"
        password.write_text(environment["PGPASSWORD"])
        password.chmod(0o600)
        if (user := self.user()) is not None:
            shutil.chown(password, user)
        options = [
            f"--pgdata={self.folder / 'data'}",
            f"--username={environment['PGUSER']}",
            f"--pwfile={password}",
            "--encoding=UTF8",
        ]
        authentication = ["--auth=scram-sha-256", "--no-sync"]
        run(f"setting up {self.name}", [program("initdb"), *options, *authentication], log=self.log, user=self.user())
        password.unlink()

    def command(self) -> list[str | Path]:
        """Return what starts it."""
        own = {"listen_addresses": LOOPBACK, "port": self.port, "unix_socket_directories": ""}
        options = [part for name, value in own.items() for part in ("-c", f"{name}={value}")]
        return [program("postgres"), "-D", self.folder / "data", *options, *lab.server_options("postgres")]

    def sql(self, statements: str, *, database: str = "") -> str:
        """Run statements as superuser and return the rows, with `|` between columns."""
        return self._psql(
            f"SQL on {self.name}", "--tuples-only", "--no-align", f"--command={statements}", database=database
        )

    def _psql(self, name: str, *options: str, database: str = "") -> str:
        command: list[str | Path] = [program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *options]
        where = {**self._environment, "PGDATABASE": database or self._environment["POSTGRES_DB"]}
        return run(name, command, log=self.folder / "client.log", environment=where)

    def is_ready(self) -> bool:
        """Ask with a query."""
        try:
            return listens(self.port) and bool(self.sql("SELECT 1", database="postgres"))
        except StackError:
            return False

    def first_steps(self) -> None:
        """Do what the image does on its first start: the database, then the init scripts."""
        self.sql(f'CREATE DATABASE "{self._environment["POSTGRES_DB"]}"', database="postgres")
        for script in sorted((lab.LABS / "postgres" / "init").iterdir()):
            self._psql(f"{script.name} on {self.name}", f"--file={script}")


@define
class JavaServer(Server):
    """What the broker and the workers have in common."""

    components: Components = field(kw_only=True)

    def java(self, *options: str | Path) -> list[str | Path]:
        """Return a Java command with Kafka's jars, which logs to standard output."""
        settings = self.folder / "log4j2.properties"
        settings.write_text(
            "status=warn\nappender.out.type=Console\nappender.out.name=out\nappender.out.layout.type=PatternLayout\n"
            "appender.out.layout.pattern=[%d] %p %m (%c)%n\nrootLogger.level=INFO\nrootLogger.appenderRef.out.ref=out\n"
        )
        small: list[str | Path] = [
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            f"-Dlog4j2.configurationFile={settings}",
        ]
        return [program("java"), *small, *options]


@define
class Kafka(JavaServer):
    """The broker, which is its own controller."""

    controller_port: int = field(kw_only=True)

    @property
    def bootstrap(self) -> str:
        """Where clients find it."""
        return f"{LOOPBACK}:{self.port}"

    def set_up(self) -> None:
        """Write its settings and format its storage."""
        own = {
            "controller.quorum.voters": f"1@{LOOPBACK}:{self.controller_port}",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{LOOPBACK}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": self.folder / "data",
            # of a share group, which Kafka 4 sets up and Kafka 3 does not know
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
        }
        settings = write_properties(self.folder / "kafka.properties", lab.broker_properties() | own)
        identity = str(lab.service("kafka")["environment"]["CLUSTER_ID"])
        format_it: list[str | Path] = [
            "-cp",
            self.components.class_path,
            "kafka.tools.StorageTool",
            "format",
            "-t",
            identity,
            "-c",
            settings,
        ]
        run(f"formatting the storage of {self.name}", self.java(*format_it), log=self.log)

    def command(self) -> list[str | Path]:
        """Return what starts it."""
        memory = ["-Xms256m", "-Xmx512m"]
        return self.java(*memory, "-cp", self.components.class_path, "kafka.Kafka", self.folder / "kafka.properties")

    def limit_producers(self, bytes_a_second: int | None) -> None:
        """Let every producer write only so many bytes a second, or lift the limit."""
        self._limit("producer_byte_rate", bytes_a_second)

    def limit_consumers(self, bytes_a_second: int | None, client: str) -> None:
        """Let the consumers of a client id read only so many bytes a second, or lift the limit."""
        self._limit("consumer_byte_rate", bytes_a_second, client)

    def limit_records(self, topic: str, size: int | None) -> None:
        """Let a topic take only records of so many bytes, or lift the limit."""
        self._configure("max.message.bytes", size, "--entity-type=topics", f"--entity-name={topic}")

    def _limit(self, name: str, value: int | None, client: str = "") -> None:
        clients = f"--entity-name={client}" if client else "--entity-default"
        self._configure(name, value, "--entity-type=clients", clients)

    def _configure(self, name: str, value: int | None, *entity: str) -> None:
        change = f"--delete-config={name}" if value is None else f"--add-config={name}={value}"
        admin = ["kafka.admin.ConfigCommand", f"--bootstrap-server={self.bootstrap}", "--alter", *entity, change]
        run(
            f"setting {name}",
            self.java("-Xmx64m", "-cp", self.components.class_path, *admin),
            log=self.folder / "admin.log",
        )


@define
class ConnectWorker(JavaServer):
    """A Kafka Connect worker with the exporter agent."""

    metrics_port: int = field(kw_only=True)
    kafka: Kafka = field(kw_only=True)

    @property
    def url(self) -> str:
        """Where its REST interface is."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def metrics(self) -> str:
        """Where its metrics are."""
        return f"http://{LOOPBACK}:{self.metrics_port}/metrics"

    def set_up(self) -> None:
        """Write its settings: the lab's, with our hosts, ports and folders."""
        own = {
            "bootstrap.servers": self.kafka.bootstrap,
            "listeners": self.url,
            "rest.advertised.host.name": LOOPBACK,
            "rest.advertised.port": self.port,
            "plugin.path": self.components.plugins,
        }
        write_properties(self.folder / "connect.properties", lab.worker_properties() | own)

    def environment(self) -> dict[str, str]:
        """Return the variables that the connectors' configurations name."""
        return {"DEBEZIUM_PASSWORD": lab.environment()["DEBEZIUM_PASSWORD"]}

    def command(self) -> list[str | Path]:
        """Return what starts it."""
        agent = f"-javaagent:{self.components.agent}={LOOPBACK}:{self.metrics_port}:{lab.EXPORTER_CONFIGURATION}"
        main = "org.apache.kafka.connect.cli.ConnectDistributed"
        settings = self.folder / "connect.properties"
        return self.java(*lab.worker_memory(), agent, "-cp", self.components.class_path, main, settings)

    def leader(self) -> str:
        """Return the REST interface of the worker that leads, as this one's log last said."""
        found = re.findall(r"leaderUrl='([^']+?)/?'", self.log.read_text(errors="replace"))
        if not found:
            raise StackError(f"{self.name} has not said who leads (log: {self.log})")
        return str(found[-1])

    def is_ready(self) -> bool:
        """Ask REST interface and exporter."""
        return listens(self.port) and listens(self.metrics_port) and answers(f"{self.url}/connectors")


@define
class PostgresExporter(Server):
    """The exporter of PostgreSQL's own metrics."""

    database: PostgreSql = field(kw_only=True)

    def environment(self) -> dict[str, str]:
        """Return what the compose file gives it, with our host and port."""
        given = lab.service("postgres-exporter")["environment"]
        return {
            **given,
            "DATA_SOURCE_URI": given["DATA_SOURCE_URI"].replace("postgres:5432", f"{LOOPBACK}:{self.database.port}"),
        }

    def command(self) -> list[str | Path]:
        """Return what starts it."""
        return [program("prometheus-postgres-exporter"), f"--web.listen-address={LOOPBACK}:{self.port}"]

    def is_ready(self) -> bool:
        """Ask whether it sees its database."""
        return b"\npg_up 1" in get(f"http://{LOOPBACK}:{self.port}/metrics")


@define
class MysqldExporter(Server):
    """The exporter of MySQL's or MariaDB's own metrics."""

    database: MySqlFamily = field(kw_only=True)

    def environment(self) -> dict[str, str]:
        """Return where its database is, in the words of Debian's older exporter."""
        password = lab.service("mysqld-exporter")["environment"]["MYSQLD_EXPORTER_PASSWORD"]
        return {"DATA_SOURCE_NAME": f"exporter:{password}@({LOOPBACK}:{self.database.port})/"}

    def command(self) -> list[str | Path]:
        """Return what starts it: with the collectors of the compose file."""
        collectors = [option for option in lab.service("mysqld-exporter")["command"] if option.startswith("--collect.")]
        return [program("prometheus-mysqld-exporter"), f"--web.listen-address={LOOPBACK}:{self.port}", *collectors]

    def is_ready(self) -> bool:
        """Ask whether it sees its database."""
        return b"\nmysql_up 1" in get(f"http://{LOOPBACK}:{self.port}/metrics")


@define
class Alertmanager(Server):
    """The Alertmanager, with the lab's configuration or another."""

    configuration: Path = field(kw_only=True, default=lab.LABS / "monitoring" / "alertmanager" / "alertmanager.yml")

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://{LOOPBACK}:{self.port}"

    def command(self) -> list[str | Path]:
        """Return what starts it."""
        return [
            program("prometheus-alertmanager"),
            f"--config.file={self.configuration}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{self.port}",
            "--cluster.listen-address=",
        ]

    def is_ready(self) -> bool:
        """Ask it."""
        return answers(f"{self.url}/-/ready")


@define
class Prometheus(Server):
    """The Prometheus: the lab's configuration with our targets, which keep the lab's names as the label `instance`.

    Attributes:
        targets: job → name of the target in the lab → address here; a name of our own is one more target.
        alertmanager: where alerts go.
        rules: the rule files.
    """

    targets: Mapping[str, Mapping[str, str]] = field(kw_only=True)
    alertmanager: Alertmanager = field(kw_only=True)
    rules: str = field(kw_only=True, default=f"{lab.RULES}/*.yml")

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://{LOOPBACK}:{self.port}"

    def set_up(self) -> None:
        """Write its configuration."""
        content = lab.prometheus_configuration()
        content["rule_files"] = [self.rules]
        content["alerting"] = {
            "alertmanagers": [{"static_configs": [{"targets": [f"{LOOPBACK}:{self.alertmanager.port}"]}]}]
        }
        for job in content["scrape_configs"]:
            [given] = job["static_configs"]
            labels = given.get("labels", {})
            here = self.targets.get(job["job_name"], {given["targets"][0]: f"{LOOPBACK}:{self.port}"})
            job["static_configs"] = [
                {"targets": [address], "labels": {**_labels_of(labels, name), "instance": name}}
                for name, address in here.items()
            ]
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump(content, sort_keys=False))

    def command(self) -> list[str | Path]:
        """Return what starts it."""
        return [
            program("prometheus"),
            f"--config.file={self.folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{self.port}",
            "--web.enable-lifecycle",
        ]

    def is_ready(self) -> bool:
        """Ask it."""
        return answers(f"{self.url}/-/ready")


def _labels_of(labels: Mapping[str, str], target: str) -> dict[str, str]:
    """Return the labels of a target; MariaDB's exporter is MySQL's again, with its own connector's topic prefix."""
    return {
        name: value.replace("mysql", "mariadb") if target.startswith("mariadb") else value
        for name, value in labels.items()
    }
