"""What is said, and what is left, when the stack cannot be had."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from . import components, lab
from .errors import StackError
from .processes import Process
from .servers import Server
from .stack import PORTS, Stack, choose_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .components import Components


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port that something listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    package = components.__name__.rpartition(".")[0]
    where = lab.ROOT if package.startswith("tests.") else lab.ROOT / "tests"
    command = [sys.executable, "-m", package, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=where)


def test_a_port_in_use(taken: int) -> None:
    done = cli("up", "--port", f"prometheus={taken}")
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        f"e2e: port {taken} of 127.0.0.1, wanted for prometheus, cannot be had: Address already in use"
    ]


def test_a_part_that_does_not_exist() -> None:
    with pytest.raises(StackError, match="there is no part called grafana; the parts are mariadb, "):
        choose_ports({"grafana": 3000})


def test_a_port_that_is_no_number() -> None:
    done = cli("up", "--port", "prometheus=x")
    assert done.returncode == 2
    assert "prometheus=9090" in done.stderr


def test_nothing_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHLIB_E2E_CACHE", str(tmp_path))
    done = cli("down")
    assert (done.returncode, done.stderr) == (3, "e2e: no stack was left running\n")


def test_a_missing_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(components, "PROGRAM_FOLDERS", (str(tmp_path),))
    with pytest.raises(StackError, match=r"^java is missing .*: apt-get install openjdk-17-jre-headless$"):
        components.program("java")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(components, "CACHE", tmp_path)
    with pytest.raises(StackError, match=r"^missing on this machine: openjdk-17-jre-headless, .*as root: apt-get"):
        components.install()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "is Java 11.0.2; the stack needs 17 or newer"),
        ("Error: no JVM", "does not run: Error: no JVM"),
    ],
)
def test_an_old_or_broken_java(said: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setattr(components, "PROGRAM_FOLDERS", (str(tmp_path),))
    with pytest.raises(StackError, match=message):
        components._check_java()


def test_a_download_that_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(components, "CACHE", tmp_path)
    monkeypatch.setitem(components.VERSIONS["jmx-exporter"], "version", "0.0.0")
    told: list[str] = []
    artefact = "io.prometheus.jmx:jmx_prometheus_javaagent:0.0.0"
    with pytest.raises(StackError, match=rf"^{artefact} could not be fetched from Maven Central: .*log: {tmp_path}"):
        components._part("agent", lambda to: components._fetch_agent("0.0.0", to), told.append)
    assert "\n" not in told[0]
    assert [each.name for each in tmp_path.iterdir()] == ["install.log"]


def test_a_download_that_is_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(components, "CACHE", tmp_path)

    def broken(to: Path) -> None:
        (to / "half").write_text("")
        raise OSError("unexpected end of file")

    with pytest.raises(StackError, match=r"^part was fetched but cannot be unpacked: unexpected end of file"):
        components._part("part", broken, lambda _: None)
    assert list(tmp_path.iterdir()) == []


class Failing(Server):
    """A server that says why it ends."""

    def command(self) -> list[str | Path]:
        return ["sh", "-c", "echo the disk is full; exit 1"]


class Silent(Server):
    """A server that runs and never answers."""

    seconds_to_start = 0.5

    def command(self) -> list[str | Path]:
        return ["sleep", "60"]


def test_a_server_that_ends(tmp_path: Path) -> None:
    server = Failing("broken", tmp_path / "broken", 1)
    with pytest.raises(StackError) as error:
        server.start()
    assert str(error.value) == f"broken ended by itself: the disk is full (log: {tmp_path}/broken/broken.log)"


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    server = Silent("silent", tmp_path / "silent", 1)
    with pytest.raises(StackError) as error:
        server.start()
    assert str(error.value) == f"silent does not answer, for 0 s (log: {tmp_path}/silent/silent.log)"
    server.stop()
    assert server.process is None


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"^one cannot be started: .*No such file"):
        Process.start("one", [tmp_path / "nothing"], tmp_path / "log")


def test_everything_is_stopped_when_one_server_does_not_come_up(installed: Components, taken: int) -> None:
    ports = dict(zip(PORTS, choose_ports({}).values(), strict=True)) | {"mysql": taken}
    stack = Stack(installed, ports=ports)
    with pytest.raises(StackError, match=rf"^mysql ended by itself: .* \(log: {stack.folder}/mysql/mysql.log\)$"):
        stack.start()
    assert stack.processes == []
    stack.discard()
