"""What the APIs of Prometheus and Kafka Connect have in common: JSON over HTTP, read only."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING

from dashlib.errors import RefusedError, UnreachableError
from dashlib.servers.transport import (
    FOR_THE_MOMENT,
    FORBIDDEN,
    OK,
    UNAUTHORIZED,
    Patience,
    Request,
    Response,
    Server,
    Transport,
    TryAgainError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.servers.access import Access

LARGEST_ANSWER = 64 * 1024 * 1024
#: What Mimir, Cortex and Thanos answer where the header X-Scope-OrgID is missing.
_NO_TENANT = "no org id"


class JsonApi:
    """One server's API.

    Attributes:
        transport: sends the requests.
    """

    def __init__(
        self, server: Server, sign_in: str, url: str, access: Access, *, seconds: float, connections: int = 4
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            server: for messages.
            sign_in: how to provide credentials: `export PROMETHEUS_TOKEN`.
            url: its URL.
            access: the credentials for it.
            seconds: how long one answer may take in all.
            connections: how many requests run side by side.
        """
        self.transport = Transport(
            server, url, access, Patience(silence=seconds, whole=seconds), connections=connections
        )
        self._sign_in = sign_in

    @property
    def url(self) -> str:
        """Its URL, without a trailing slash."""
        return self.transport.url

    @property
    def sent(self) -> int:
        """How many requests were sent."""
        return sum(self.transport.sent.values())

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    def get(self, path: str, parameters: Mapping[str, str | list[str]] | None = None) -> object:
        """Return the JSON at a path.

        Raises:
            RemoteError: what went wrong, in one sentence.
        """
        return self._sent(Request("GET", path, parameters or {}, largest=LARGEST_ANSWER))

    def post(self, path: str, form: Mapping[str, str | list[str]]) -> object:
        """Return the JSON answer to a form; for queries that are too long for a URL."""
        body = urllib.parse.urlencode(form, doseq=True).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._sent(Request("POST", path, body=body, headers=headers, largest=LARGEST_ANSWER))

    def _sent(self, request: Request) -> object:
        return self.transport.send(request, lambda response: self._judge(request, response))

    def _judge(self, request: Request, response: Response) -> object:
        status, server = response.status, self.transport.server
        if response.is_page:
            raise self.transport.page(request, response)
        if status == OK:
            if response.broken or not response.text:
                why = response.broken or "the answer is empty"
                raise TryAgainError(self.transport.unclear(request, f"answered {request} with invalid JSON: {why}"))
            return response.data
        reason = response.message or response.text
        said = f" ({reason})" if reason else ""
        if status in (UNAUTHORIZED, FORBIDDEN) and _NO_TENANT in reason.casefold():
            raise UnreachableError(
                f"{server.name} at {self.url} serves several tenants and was not told which ({status}: {reason}); pass "
                "--tenant NAME, or set tenant in the target's table"
            )
        if status in (UNAUTHORIZED, FORBIDDEN):
            because = f": {reason}" if reason else ""
            what = "authentication failed" if status == UNAUTHORIZED else "access denied"
            raise UnreachableError(f"{server.name} at {self.url}: {what} ({status}{because}); {self._sign_in}")
        refused = RefusedError(f"{server.name} at {self.url} answered {request} with {status}{said}", status, reason)
        # An error from the API itself (a query that takes too long is a 503) would come back on a retry.
        if status in FOR_THE_MOMENT and not (isinstance(response.data, dict) and response.data.get("errorType")):
            raise TryAgainError(refused, response.retry_after)
        raise refused
