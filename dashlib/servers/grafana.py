"""Grafana's HTTP API over one kept-alive connection: reads, queries and writes, and what its errors mean."""

from __future__ import annotations

import itertools
import time
import urllib.parse
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson

from dashlib.errors import RefusedError, RemoteError, UnreachableError
from dashlib.servers.transport import (
    BAD_REQUEST,
    FOR_THE_MOMENT,
    FORBIDDEN,
    NOT_FOUND,
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
    from collections.abc import Callable, Mapping

    from dashlib.servers.access import Access

__all__ = (
    "ACCEPTED", "BAD_REQUEST", "CONFLICT", "CREATED", "DONE", "FORBIDDEN", "LARGEST_LIST", "LARGEST_OBJECT",
    "NOT_FOUND", "NO_CONTENT", "OK", "PRECONDITION_FAILED", "SERVER_ERROR", "TOO_LARGE", "TOO_MANY", "UNAUTHORIZED",
    "Client", "Response", "all_library_panels", "quoted",
)  # fmt: skip

# Bytes. Grafana takes dashboards up to 16 MB, so no single object is larger than this; a page of a list may be.
LARGEST_OBJECT = 18 * 1024 * 1024
LARGEST_LIST = 160 * 1024 * 1024
_PAGE: Final = 100  # library panels

CREATED, ACCEPTED, NO_CONTENT = 201, 202, 204
CONFLICT, PRECONDITION_FAILED, TOO_LARGE, TOO_MANY = 409, 412, 413, 429
SERVER_ERROR = 500
DONE = (OK, CREATED, ACCEPTED, NO_CONTENT)

_GRAFANA = Server("Grafana", "ca = … in [tool.dashlib.grafana.NAME], or --ca")
# A whole answer may take four times the timeout: a large list is slow, but keeps flowing.
_TIMES_SILENCE = 4


class Client:
    """One Grafana, over one kept-alive connection.

    Attributes:
        url: its URL, without a trailing slash.
        org_id: ID of the organization; 0 for the user's own.
        attempts: how often a request that failed temporarily is sent in all.
        sent: how many requests were sent, by method.
    """

    def __init__(
        self,
        url: str,
        access: Access,
        *,
        org_id: int = 0,
        timeout: float = 30.0,
        attempts: int = 5,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: its URL, including its sub-path.
            access: the credentials for it.
            org_id: ID of the organization, for a user of several; 0 for the user's own.
            timeout: seconds that Grafana may be silent; four times that for one whole answer.
            attempts: how often a request that failed temporarily is sent in all.
            sleep: waits between attempts.

        Raises:
            AccessError: the URL is not valid, or a certificate file does not exist.
        """
        self.org_id = org_id
        self.attempts = attempts
        self._is_anonymous = access.is_anonymous
        if org_id:
            access = attrs.evolve(access, headers={**access.headers, "X-Grafana-Org-Id": str(org_id)})
        patience = Patience(
            timeout, timeout * _TIMES_SILENCE, attempts, pause=8.0, asked_pause=60.0, again_when_slow=True
        )
        self._transport = Transport(_GRAFANA, url, access, patience, sleep=sleep)
        self.url = self._transport.url
        self.sent = self._transport.sent

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def pause(self, seconds: float) -> None:
        """Wait before writing an object again."""
        self._transport.sleep(seconds)

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (OK,),
        largest: int = LARGEST_OBJECT,
        needs: tuple[str, ...] | None = None,
        each: tuple[str, ...] | None = None,
    ) -> Response:
        """Read. Retried with growing pauses while the failure is temporary.

        Args:
            path: below Grafana's URL, starts with `/`, quoted.
            params: the query.
            accept: statuses that the caller handles; all others raise.
            largest: maximum size of the answer, in bytes.
            needs: keys that an object must have, where the status is 200.
            each: keys that each object of a list must have, where the status is 200.

        Raises:
            RemoteError: what is wrong, in one sentence.
        """
        request = Request("GET", path, params or {}, largest=largest)
        answer = self._sent(request, accept)
        if answer.status == OK and not _has_shape(answer.data, needs, each):
            raise self._of_another_api(request)
        return answer

    def query(
        self, path: str, body: object, *, accept: tuple[int, ...] = (OK,), needs: tuple[str, ...] = ()
    ) -> Response:
        """POST something that changes nothing (`/api/ds/query`); retried like a read.

        Args:
            path: as for `get`.
            body: what is asked.
            accept: statuses that the caller handles; all others raise.
            needs: keys that the object must have, where the status is 200.
        """
        request = _with_body("POST", path, body, {}, LARGEST_LIST, is_read=True)
        answer = self._sent(request, accept)
        if answer.status == OK and not _has_shape(answer.data, needs, None):
            raise self._of_another_api(request)
        return answer

    def write(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = DONE,
    ) -> Response:
        """Create, replace or delete. Sent once; retried only if it cannot have taken effect.

        Raises:
            RefusedError: Grafana refused.
            OutcomeUnknownError: it may have taken effect.
            UnreachableError: Grafana cannot be reached, or authentication failed.
        """
        request = _with_body(method, path, body, headers or {}, LARGEST_OBJECT, is_read=False)
        answer = self._sent(request, accept)
        if answer.data is not None and not isinstance(answer.data, dict):
            raise self._transport.unclear(request, f"answered {request} with unexpected JSON")
        return answer

    # --- what an answer means

    def _sent(self, request: Request, accept: tuple[int, ...]) -> Response:
        return self._transport.send(request, lambda response: self._judged(request, response, accept))

    def _judged(self, request: Request, response: Response, accept: tuple[int, ...]) -> Response:
        status = response.status
        if response.broken and status in DONE:
            # Grafana's API never declares an answer as plain text, not even a truncated one.
            if response.is_text:
                raise UnreachableError(
                    f"{self.url} is not Grafana: it answered {request} with plain text instead of JSON; use the URL of "
                    "Grafana, including its sub-path"
                )
            raise TryAgainError(
                self._transport.unclear(request, f"answered {request} with invalid JSON: {response.broken}")
            )
        if status in accept and not response.is_page:
            return response
        if status in FOR_THE_MOMENT:
            raise TryAgainError(self._for_the_moment(request, response), response.retry_after)
        if response.is_page:
            raise self._transport.page(request, response)
        raise self._refused(request, response)

    def _for_the_moment(self, request: Request, response: Response) -> RemoteError:
        if response.status == TOO_MANY:
            return RefusedError(
                f"Grafana at {self.url} is rate limiting requests ({TOO_MANY}); try again later", TOO_MANY
            )
        return self._transport.unclear(request, f"answered {request} with {response.status}{_said(response)}")

    def _of_another_api(self, request: Request) -> UnreachableError:
        return UnreachableError(
            f"Grafana at {self.url} answered {request} with unexpected JSON; is there a proxy in between?"
        )

    def no_organization(self) -> UnreachableError:
        """Return the error for an organization that the token does not belong to."""
        return UnreachableError(
            f"Grafana at {self.url} has no organization {self.org_id}, or the token is not a member of "
            "it; pass another --org-id (org_id in the configuration), or leave it out to use the token's own"
        )

    def _refused(self, request: Request, answer: Response) -> RemoteError:
        if answer.status == UNAUTHORIZED:
            if self.org_id and "organization" in answer.message:
                return self.no_organization()
            if self._is_anonymous:
                return UnreachableError(
                    f"Grafana at {self.url} requires authentication; export GRAFANA_TOKEN with the token of a service "
                    "account, or pass --token-file"
                )
            return UnreachableError(
                f"Grafana at {self.url}: authentication failed ({UNAUTHORIZED}: {answer.message or 'Unauthorized'}); "
                "create a new token under Administration › Service accounts and export it as GRAFANA_TOKEN"
            )
        if answer.status == FORBIDDEN:
            return RefusedError(
                f"the token may not {_verb(request.method)} {request.path} in Grafana at {self.url}{_said(answer)}; "
                "give its service account the Editor role, or the missing permission",
                FORBIDDEN,
                answer.message,
            )
        if answer.status == TOO_LARGE:
            return RefusedError(
                f"Grafana at {self.url}, or a proxy in front of it, rejected the body of {request.path} as too large"
                f"{_said(answer)}; Grafana's own limit is 16 MB per dashboard",
                TOO_LARGE,
                answer.message,
            )
        return RefusedError(
            f"Grafana at {self.url} answered {request} with {answer.status}{_said(answer)}",
            answer.status,
            answer.message,
        )


def _has_shape(data: Any, needs: tuple[str, ...] | None, each: tuple[str, ...] | None) -> bool:  # noqa: ANN401
    """Tell whether an answer has the keys that the caller reads; a missing list counts as an empty one."""
    if needs is not None:
        return isinstance(data, dict) and all(key in data for key in needs)
    if each is not None:
        entries = data or []
        return isinstance(entries, list) and all(
            isinstance(item, dict) and all(key in item for key in each) for item in entries
        )
    return True


def _with_body(
    method: str, path: str, body: object, headers: Mapping[str, str], largest: int, *, is_read: bool
) -> Request:
    if body is None:
        return Request(method, path, headers=headers, largest=largest, is_read=is_read)
    headers = {"Content-Type": "application/json", **headers}
    return Request(method, path, body=orjson.dumps(body), headers=headers, largest=largest, is_read=is_read)


def _said(answer: Response) -> str:
    return f" ({answer.message})" if answer.message else ""


def _verb(method: str) -> str:
    return {"GET": "read", "DELETE": "delete"}.get(method, "write")


def quoted(part: str) -> str:
    """Return one part of a path, quoted: a name may contain spaces and slashes."""
    return urllib.parse.quote(part, safe="")


def all_library_panels(client: Client) -> dict[str, dict[str, Any]]:
    """Return every readable library panel by its UID, as the API has it."""
    found: dict[str, dict[str, Any]] = {}
    for page in itertools.count(1):
        params = {"kind": "1", "perPage": str(_PAGE), "page": str(page)}
        answer = client.get(
            "/api/library-elements",
            params=params,
            accept=(OK, FORBIDDEN, NOT_FOUND),
            largest=LARGEST_LIST,
            needs=("result",),
        )
        listed = answer.data["result"].get("elements") or [] if answer.status == OK else []
        found |= {str(each["uid"]): each for each in listed}
        if len(listed) < _PAGE:
            break
    return found
