"""A TCP proxy between a client and a server that lets requests through and spoils one of them.

It speaks just enough HTTP/1.1 to know where a request and an answer end. A fault is a function of one exchange: it may
forward the request or not, and answer as it likes, or break the connection off.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING, Self

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

CHUNK = 1 << 16
BACKLOG = 64


class Gone(Exception):  # noqa: N818  (it is an event, not a mistake)
    """The other side has closed the connection."""


@attrs.frozen
class Message:
    """A request or answer: its head without the empty line, and its body."""

    head: bytes
    body: bytes

    @property
    def first_line(self) -> str:
        """`GET /api/health HTTP/1.1`, or `HTTP/1.1 200 OK`."""
        return self.head.partition(b"\r\n")[0].decode("latin-1")

    @property
    def method(self) -> str:
        """The method of a request."""
        return self.first_line.partition(" ")[0]

    @property
    def path(self) -> str:
        """The path of a request, with its query."""
        return self.first_line.split(" ")[1]

    def encoded(self) -> bytes:
        """Return it as it travels."""
        return self.head + b"\r\n\r\n" + self.body


def answer(status: str, body: bytes, content_type: str = "application/json", headers: str = "") -> Message:
    """Return an answer that nobody gave."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}"
    return Message((head + (f"\r\n{headers}" if headers else "")).encode(), body)


class Wire:
    """One connection, read message by message."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self._read = b""

    def _more(self) -> None:
        try:
            received = self.socket.recv(CHUNK)
        except OSError as error:
            raise Gone from error
        if not received:
            raise Gone
        self._read += received

    def receive(self, *, body: bool = True) -> Message:
        """Return the next message.

        Args:
            body: whether it may have one; the answer to HEAD has none.
        """
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
            assert not line.startswith(b"transfer-encoding:"), "neither side speaks in chunks"
        length = length if body else 0
        while len(self._read) < length:
            self._more()
        content, self._read = self._read[:length], self._read[length:]
        return Message(head, content)

    def send(self, content: bytes) -> None:
        """Send bytes."""
        try:
            self.socket.sendall(content)
        except OSError as error:
            raise Gone from error

    def reset(self) -> None:
        """Break the connection off, so that the other side hears of it (RST)."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self.socket.close()


@attrs.frozen
class Exchange:
    """One request that a fault may spoil.

    Attributes:
        client: where the request came from.
        request: what was asked.
        forward: sends the request to the server and returns its answer.
        proxy: the proxy.
        patience: set when the proxy is healed or closed; a slow fault waits on it and never sleeps in vain.
    """

    client: Wire
    request: Message
    forward: Callable[[], Message]
    proxy: FaultProxy
    patience: threading.Event

    def reply(self, message: Message) -> None:
        """Answer the client."""
        self.client.send(message.encoded())


class FaultProxy:
    """`with FaultProxy(("127.0.0.1", port)) as proxy:`; `proxy.url` is where the client goes.

    Attributes:
        count: requests since `spoil` or `heal`.
        spoiled: how many of them were spoiled.
        trace: method and path of each.
        elsewhere: the URL of another host, to which a fault may send the client.
    """

    def __init__(self, server: tuple[str, int], elsewhere: str = "http://127.0.0.1:9") -> None:
        self._server = server
        self.elsewhere = elsewhere
        self._lock = threading.Lock()
        self._wires: list[Wire] = []
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])
        self._fault: Callable[[Exchange], None] | None = None
        self._at = 0
        self._lasting = False
        self._patience = threading.Event()
        self.count = 0
        self.spoiled = 0
        self.trace: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        """Where the client goes."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._accept_in_background()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuse()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(BACKLOG)
        return listener

    def _accept_in_background(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def spoil(self, at: int, fault: Callable[[Exchange], None], *, lasting: bool = False) -> None:
        """Let requests through until number `at` (from 1), and spoil that one; `lasting`: and each one after it."""
        with self._lock:
            self._fault, self._at, self._lasting = fault, at, lasting
            self._patience = threading.Event()
            self.count, self.spoiled, self.trace = 0, 0, []

    def heal(self) -> None:
        """Let everything through again, and listen again if nobody did."""
        self._patience.set()
        with self._lock:
            self._fault = None
            self.count, self.trace = 0, []
            if self._listener.fileno() == -1:
                self._listener = self._listen(self.port)
                self._accept_in_background()

    def refuse(self) -> None:
        """Listen no more, and break off what is connected: the next connection is refused."""
        self._patience.set()
        with self._lock:
            with contextlib.suppress(OSError):  # wakes the thread that accepts
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            wires, self._wires = self._wires, []
        for wire in wires:
            wire.reset()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connected, _ = listener.accept()
            except OSError:
                return
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wire = Wire(connected)
            with self._lock:
                self._wires.append(wire)
            threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, client: Wire) -> None:
        """Pass on what one connection asks, over one connection to the server."""
        upstream: list[Wire] = []
        try:
            while True:
                self._exchange(client, client.receive(), upstream)
        except Gone:
            client.close()
        finally:
            for wire in upstream:
                wire.close()

    def _exchange(self, client: Wire, request: Message, upstream: list[Wire]) -> None:
        def forward() -> Message:
            if not upstream:
                connected = socket.create_connection(self._server)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                upstream.append(Wire(connected))
            upstream[0].send(request.encoded())
            return upstream[0].receive(body=request.method != "HEAD")

        with self._lock:
            self.count += 1
            self.trace.append((request.method, request.path))
            due = self.count == self._at or (self._lasting and self.count > self._at)
            fault = self._fault if due else None
            self.spoiled += fault is not None
            patience = self._patience
        if fault is None:
            client.send(forward().encoded())
        else:
            fault(Exchange(client, request, forward, self, patience))
