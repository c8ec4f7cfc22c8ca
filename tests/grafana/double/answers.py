"""Reading a request and writing an answer the way Grafana does."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any, cast

import orjson
from flask import Response, request

if TYPE_CHECKING:
    from tests.grafana.double.state import Json, State

MAXIMUM_EXACT = 2**53
# Where a request carries the state of the double that it came to.
STATE = "dashlib.grafana_double.state"


class Refused(Exception):  # noqa: N818  (it is an answer, not a mistake of ours)
    """An answer that is not the one hoped for.

    Attributes:
        status: HTTP status.
        body: JSON body, or None for an empty one.
    """

    def __init__(self, status: int, body: Json | None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


def refused(status: int, message: str, /, **more: object) -> Refused:
    """Return the common refusal: a message, and sometimes a short status word."""
    return Refused(status, {"message": message, **more})


def coded(status: int, message_id: str, message: str, /, **more: object) -> Refused:
    """Return the refusal of newer parts of Grafana: with status code and message id."""
    return Refused(status, {"statusCode": status, "messageId": message_id, "message": message, **more})


def bad_request() -> Refused:
    """Return what Grafana says to a body that it cannot read, without naming the field."""
    return refused(400, "bad request data")


def state() -> State:
    """Return the state of the double that serves this request."""
    return cast("State", request.environ[STATE])


def answer(body: object, status: int = 200, content_type: str = "application/json") -> Response:
    """Return a JSON answer; `None` is an empty body."""
    content = b"" if body is None else orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return Response(content, status, content_type=content_type)


def as_go_reads(value: Any) -> Any:
    """Return parsed JSON as Grafana keeps it: every number is a 64-bit float, and 1.0 is written 1."""
    if isinstance(value, dict):
        return {key: as_go_reads(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_go_reads(entry) for entry in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAXIMUM_EXACT else shortest(float(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return shortest(value)
    return value


def shortest(value: float) -> int:
    """Return the whole number that a float is written as: its shortest digits, filled up with zeros."""
    digits, _, exponent = repr(value).partition("e")
    whole, _, fraction = digits.partition(".")
    fraction = "" if fraction == "0" else fraction
    zeros = int(exponent or 0) - len(fraction)
    return int(whole + fraction + "0" * zeros)


def read_json(*, content_type: bool = True) -> Any:
    """Return the request's body; a body that is not JSON is `bad request data`, which names nothing."""
    if content_type and request.mimetype != "application/json":
        raise bad_request()
    if request.headers.get("Content-Encoding"):
        raise bad_request()
    try:
        return as_go_reads(orjson.loads(request.get_data()))
    except orjson.JSONDecodeError as error:
        raise bad_request() from error


class Body(dict[str, Any]):
    """A JSON object of a request: a key that a rule needs and that is not there is `bad request data`."""

    def __missing__(self, key: str) -> Any:
        raise bad_request()


def read_object(*, content_type: bool = True) -> Json:
    """Return the request's body, which must be a JSON object."""
    body = read_json(content_type=content_type)
    if not isinstance(body, dict):
        raise bad_request()
    return Body(body)


def made_uid() -> str:
    """Return a uid like the ones that Grafana makes for folders, rules and contact points."""
    return "g" + secrets.token_hex(7)[:13]


def made_long_uid() -> str:
    """Return a uid like the ones that Grafana makes for dashboards."""
    return str(uuid.uuid4())
