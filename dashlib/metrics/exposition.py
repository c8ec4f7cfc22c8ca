"""What an exporter serves as `/metrics`: the names and labels in Prometheus' text format or in OpenMetrics. Pure.

Whatever else is saved in its place (a web page, an archive, half of it) is refused in one sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from dashlib.errors import DashlibError

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST: Final = 64 * 2**20
"""Bytes. A worker with a thousand tasks serves about ten megabytes."""
_MOST_SHOWN: Final = 80
_SAVE: Final = "save it again with curl -s http://WORKER:9404/metrics"
_PACKED: Final = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"BZh": "bzip2"}
_TEXT: Final = r'"(?:[^"\\]|\\.)*+"'
_SAMPLE: Final = re.compile(
    rf"[ \t]*(?P<name>[a-zA-Z_:][\w:.]*+)?[ \t]*(?P<labels>\{{(?:[^\"{{}}]++|{_TEXT})*+\}})?"
    r"[ \t]*(?P<value>[+-]?[\w.][\w.+-]*+)(?:[ \t]+-?[\d.]+(?:[eE][+-]?\d+)?)?[ \t]*(?:#[ \t]*\{.*)?\r?"
)
_LABEL: Final = re.compile(rf"[ \t]*(?:(?P<label>[a-zA-Z_][\w.]*|{_TEXT})[ \t]*=[ \t]*)?(?P<value>{_TEXT})[ \t]*,?")
_ANNOUNCED: Final = re.compile(
    rf"[ \t]*#[ \t]+(?P<key>TYPE|HELP|UNIT)[ \t]+(?P<name>{_TEXT}|[^\s\"]+)[ \t]+(?P<said>.*)"
)
_ESCAPE: Final = re.compile(r"\\(.)")


class MetricsTextError(DashlibError):
    """The text of `/metrics` cannot be read, or tells too little."""


def decode(content: bytes, name: str) -> str:
    """Return the text of `/metrics`.

    Args:
        content: the file, of which at most `LARGEST` bytes and one more were read.
        name: how it is called in messages.

    Raises:
        MetricsTextError: it is too large, or plainly something else: an archive, a web page, JSON, no text.
    """
    if len(content) > LARGEST:
        raise MetricsTextError(
            f"{name} is larger than {LARGEST >> 20} MiB, too large for the /metrics of a worker; {_SAVE}"
        )
    packed = next((kind for magic, kind in _PACKED.items() if content.startswith(magic)), "")
    if packed:
        raise MetricsTextError(f"{name} is compressed with {packed}, not the text of /metrics: decompress it first")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise MetricsTextError(f"{name} is UTF-16, but /metrics is UTF-8: save it as UTF-8 (curl -o FILE does)")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MetricsTextError(f"{name} is not text: byte {error.start} is not UTF-8; {_SAVE}") from None
    if "\0" in text:
        raise MetricsTextError(f"{name} is not text: byte {content.index(0)} is zero; {_SAVE}")
    begin = text.lstrip()[:1]
    if not begin:
        raise MetricsTextError(f"{name} is empty: is the exporter running? {_SAVE}")
    if begin == "<":
        raise MetricsTextError(f"{name} is HTML or XML, not the text of /metrics: a proxy's or login page? {_SAVE}")
    if begin == "[" or re.match(r'\{\s*"[^"]*"\s*:', text.lstrip()):
        raise MetricsTextError(f"{name} is JSON, not the text of /metrics; {_SAVE}")
    return text


def series(text: str, name: str = "this") -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name and labels of each sample; otherwise as `samples`."""
    return ((metric, labels) for metric, labels, _ in samples(text, name))


def samples(text: str, name: str = "this") -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield the name, labels and value of each sample in Prometheus' text format or in OpenMetrics.

    Args:
        text: what an exporter served, or several of them one behind the other.
        name: how the file is called in messages.

    Raises:
        MetricsTextError: a line is not a sample, or the text ends in the middle of one; the message shows it.
    """
    lines = text.split("\n")
    # Both formats end each line, the last one too, with a line feed; only `# EOF` says itself that it is the last.
    last = lines.pop()
    ends = not last.strip() or last.strip() == "# EOF"
    for number, line in enumerate(lines if ends else [*lines, last], start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        found = _sample(line)
        if found is not None:
            yield found
        elif ends or number <= len(lines):
            shown = stripped if len(stripped) <= _MOST_SHOWN else f"{stripped[:_MOST_SHOWN]}…"
            raise MetricsTextError(
                f"{name} is not the text of /metrics, in Prometheus' text format or OpenMetrics: line {number} is "
                f"{shown!r}; {_SAVE}"
            )
    is_open = any(line.startswith(("# UNIT ", "# EOF")) for line in lines)
    if not ends or (is_open and "# EOF" not in (line.strip() for line in (*lines, last))):
        where = f"line {len(lines) + 1} is {last[-_MOST_SHOWN:]!r}" if not ends else "it does not end with # EOF"
        raise MetricsTextError(f"{name} is cut off, not the whole text of /metrics: {where}; {_SAVE}")


def _sample(line: str) -> tuple[str, dict[str, str], float] | None:
    """Return the name, labels and value of a line; None where it is not a sample."""
    match = _SAMPLE.fullmatch(line)
    if match is None or not _is_number(match["value"]):
        return None
    name = match["name"] or ""
    if name and not match["labels"] and line[match.end("name") : match.end("name") + 1] not in (" ", "\t"):
        return None
    labels: dict[str, str] = {}
    inside = match["labels"][1:-1] if match["labels"] else ""
    position = 0
    while position < len(inside) and inside[position:].strip():
        found = _LABEL.match(inside, position)
        if found is None:
            return None
        value = _unquoted(found["value"])
        if found["label"] is not None:
            label = found["label"]
            labels[_unquoted(label) if label.startswith('"') else label] = value
        elif not name:
            name = value  # Prometheus 3 writes names that are not plain words like this: {"my.metric", label="value"}
        else:
            return None
        position = found.end()
    return (name, labels, float(match["value"])) if name else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _unquoted(text: str) -> str:
    return _unescaped(text[1:-1])


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text)


class Announced(NamedTuple):
    """What an exporter says of a metric beside its samples.

    Attributes:
        type: `counter`, `gauge`, `histogram`, `summary`, …; empty where it says none.
        help: in words; empty for none.
        unit: of OpenMetrics, such as `seconds`; empty for none.
    """

    type: str = ""
    help: str = ""
    unit: str = ""


def announced(text: str) -> dict[str, Announced]:
    """Return what the comments `# TYPE`, `# HELP` and `# UNIT` say, by the metric's name; the first of two counts."""
    found: dict[str, dict[str, str]] = {}
    for line in text.split("\n"):
        match = _ANNOUNCED.match(line)
        if match is not None:
            name = match["name"]
            said = match["said"].strip()
            of_name = found.setdefault(_unquoted(name) if name.startswith('"') else name, {})
            of_name.setdefault(match["key"].lower(), _unescaped(said) if match["key"] == "HELP" else said)
    return {name: Announced(**said) for name, said in found.items()}
