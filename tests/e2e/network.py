"""Ports of 127.0.0.1 and plain HTTP to the stack's own servers."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from typing import Any

from attrs import frozen

from .errors import StackError


@frozen
class HttpError(Exception):
    """A server answered, but not with success."""

    method: str
    url: str
    status: int
    body: str

    def __str__(self) -> str:
        """Return request, status and the beginning of the answer."""
        return f"{self.method} {self.url}: HTTP {self.status} {self.body[:300]}"


def request(method: str, url: str, body: Any = None, *, seconds: float = 10) -> bytes:
    """Send one HTTP request to a server of the stack and return what it answers.

    Raises:
        HttpError: the server refused.
        OSError: there is no answer.
    """
    asked = urllib.request.Request(url, method=method)  # noqa: S310 - the URLs are the stack's own
    if body is not None:
        asked.data = json.dumps(body).encode()
        asked.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(asked, timeout=seconds) as answer:  # noqa: S310
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        with error:
            raise HttpError(method, url, error.code, error.read().decode(errors="replace")) from None


def get(url: str, *, seconds: float = 10) -> bytes:
    """Return what a URL of the stack holds."""
    return request("GET", url, seconds=seconds)


def answers(url: str) -> bool:
    """Tell whether a URL of the stack answers with success."""
    try:
        get(url, seconds=5)
    except HttpError:
        return False
    return True


def listens(port: int) -> bool:
    """Tell whether something accepts connections on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nothing listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def must_be_free(port: int, name: str) -> int:
    """Return the port when nothing uses it.

    Raises:
        StackError: something does.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StackError(f"port {port} of 127.0.0.1, wanted for {name}, cannot be had: {error.strerror}") from None
    return port
