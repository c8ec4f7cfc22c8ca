"""One more exporter agent for a running worker: its MBeans under their own names in a Java machine of ours.

Two agents cannot live in one Java machine. So another machine has every MBean of the worker, read through at each
scrape, and the agent in it serves them by whatever rules a test is about.
"""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING

from . import lab
from .components import program
from .errors import StackError
from .network import free_ports, get
from .servers import LOOPBACK
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .processes import Process

JAVA = lab.ROOT / "tests" / "e2e" / "java" / "Mirror.java"
PATTERNS = ("debezium.*:*", "kafka.connect:*")


@contextlib.contextmanager
def mirrored(worker: Process, agent: Path, configuration: Path, folder: Path) -> Iterator[int]:
    """Serve a worker's MBeans through an agent with this configuration; yield its port.

    Args:
        worker: a Java process of our own user.
        agent: the exporter's jar.
        configuration: of the exporter.
        folder: for the log.

    Raises:
        StackError: the agent does not serve.
    """
    [port] = free_ports(1)
    log = folder / f"mirror-{configuration.stem}-{worker.pid}.log"
    options = ["-XX:TieredStopAtLevel=1", "-Xmx96m", f"-javaagent:{agent}={LOOPBACK}:{port}:{configuration}"]
    with log.open("wb") as output:
        java = subprocess.Popen(
            [program("java"), *options, JAVA, str(worker.pid), *PATTERNS],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
    with java:
        try:

            def serves() -> bool:
                if java.poll() is not None:
                    raise StackError(f"the mirror of {worker.name} ended by itself: {log.read_text()[-300:]}")
                return "mirrored " in log.read_text() and b"kafka_connect" in get(
                    f"http://{LOOPBACK}:{port}/metrics", seconds=30
                )

            wait_until(serves, f"the mirror of {worker.name} does not serve (log: {log})", seconds=90)
            yield port
        finally:
            java.kill()
