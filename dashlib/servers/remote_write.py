"""Samples of the past for a Prometheus, by its remote-write receiver: as fast as it takes them.

A request is a protobuf `WriteRequest` in snappy's block format. The samples of many series are the same bytes, so each
course is encoded once; snappy's format allows literals, so nothing is compressed.
"""

from __future__ import annotations

import http
import http.client
import struct
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Bytes of a request, about.
_A_REQUEST: Final = 4_000_000
_SEVEN_BITS: Final = 0x7F
_LITERAL_WITH_FOUR_BYTES: Final = 63 << 2


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > _SEVEN_BITS:
        found.append(number & _SEVEN_BITS | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def labels_bytes(labels: Mapping[str, str]) -> bytes:
    """Return the labels of a series, encoded."""
    return b"".join(
        _field(1, _field(1, name.encode()) + _field(2, value.encode())) for name, value in sorted(labels.items())
    )


def samples_bytes(samples: Iterable[tuple[int, float]]) -> bytes:
    """Return samples, encoded: times in milliseconds, and values."""
    return b"".join(_field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(at)) for at, value in samples)


class Writer:
    """Writes series to a Prometheus that was started with `--web.enable-remote-write-receiver`."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=600)
        self._parts: list[bytes] = []
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()
        self._connection.close()

    def write(self, labels: bytes, samples: bytes) -> None:
        """Write samples of a series, at the latest at the next `flush`; both are encoded."""
        if not samples:
            return
        head = b"\x0a" + _varint(len(labels) + len(samples))
        self._parts += (head, labels, samples)
        self._size += len(head) + len(labels) + len(samples)
        if self._size > _A_REQUEST:
            self.flush()

    def flush(self) -> None:
        """Send what was not sent yet.

        Raises:
            OSError: Prometheus does not take it.
        """
        if not self._parts:
            return
        content = b"".join(self._parts)
        literal = bytes([_LITERAL_WITH_FOUR_BYTES]) + struct.pack("<I", len(content) - 1)
        self._connection.request(
            "POST",
            "/api/v1/write",
            _varint(len(content)) + literal + content,
            {
                "Content-Type": "application/x-protobuf",
                "Content-Encoding": "snappy",
                "X-Prometheus-Remote-Write-Version": "0.1.0",
            },
        )
        answer = self._connection.getresponse()
        said = answer.read().decode(errors="replace")
        if answer.status >= http.HTTPStatus.MULTIPLE_CHOICES:
            raise OSError(f"Prometheus does not take the samples: {answer.status} {said[:300]}")
        self._parts.clear()
        self._size = 0
