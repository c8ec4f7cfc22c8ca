"""The exporter agent on MBeans of our choice: registered by a small Java program, asked for as Prometheus would."""

from __future__ import annotations

import contextlib
import re
import subprocess
from typing import TYPE_CHECKING, Any, TypeAlias

from . import lab
from .components import program
from .errors import StackError
from .network import free_ports, get
from .servers import LOOPBACK
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

Attributes: TypeAlias = "Mapping[str, Any]"
Series: TypeAlias = "tuple[str, frozenset[tuple[str, str]]]"
"""Name and labels."""

JAVA = lab.ROOT / "tests" / "e2e" / "java" / "MBeans.java"
_SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def parse(text: str) -> dict[Series, float]:
    """Return the samples of a page of metrics; a series that is there twice is an error."""
    found: dict[Series, float] = {}
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        sample = _SAMPLE.match(line)
        assert sample, line
        labels = frozenset(
            (label, re.sub(r"\\(.)", r"\1", value)) for label, value in _LABEL.findall(sample["labels"] or "")
        )
        series = (sample["name"], labels)
        assert series not in found, f"twice: {line}"
        found[series] = float(sample["value"])
    return found


def types(text: str) -> dict[str, str]:
    """Return the type of each metric of a page of metrics."""
    return dict(line.split()[2:4] for line in text.splitlines() if line.startswith("# TYPE "))


@contextlib.contextmanager
def exported(mbeans: Mapping[str, Attributes], agent: Path, folder: Path) -> Iterator[str]:
    """Register MBeans (object name → attributes) in a Java machine with the agent, and yield its page of metrics.

    Raises:
        StackError: the agent does not serve.
    """
    described = folder / "mbeans.tsv"
    described.write_text("".join(f"{line}\n" for line in _describe(mbeans)))
    [port] = free_ports(1)
    log = folder / "mbeans.log"
    options = ["-XX:TieredStopAtLevel=1", f"-javaagent:{agent}={LOOPBACK}:{port}:{lab.EXPORTER_CONFIGURATION}"]
    with log.open("wb") as output:
        java = subprocess.Popen(
            [program("java"), *options, JAVA, described], stdin=subprocess.PIPE, stdout=output, stderr=output
        )
    with java:
        try:
            registered = f"registered {len(mbeans)}"

            def serves() -> bool:
                if java.poll() is not None:
                    raise StackError(f"the MBeans ended by themselves: {log.read_text()[-300:]}")
                return registered in log.read_text()

            wait_until(serves, f"the MBeans are not registered (log: {log})", seconds=60)
            yield get(f"http://{LOOPBACK}:{port}/metrics", seconds=60).decode()
        finally:
            java.kill()


def _describe(mbeans: Mapping[str, Attributes]) -> Iterable[str]:
    """Write MBeans in the lines that `MBeans.java` reads."""
    for name, attributes in mbeans.items():
        yield f"bean\t{name}"
        for attribute, value in attributes.items():
            if isinstance(value, dict):
                for key, each in value.items():
                    if each is not None:
                        yield f"row\t{attribute}\t{'string' if isinstance(each, str) else 'long'}\t{key}\t{each}"
            else:
                yield f"attr\t{attribute}\t{_type(value)}\t{_text(value)}"


def _type(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "long"
        case float():
            return "double"
        case str():
            return "string"
        case list():
            return "strings"
    raise TypeError(type(value))


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return "|".join(value)
    return str(value).replace("\n", "\\n").replace("nan", "NaN")
