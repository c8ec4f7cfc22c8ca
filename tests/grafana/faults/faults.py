"""What can go wrong between a client and Grafana, one function each: see `FAULTS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from tests.grafana.faults.proxy import Gone, answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.grafana.faults.proxy import Exchange

LARGE = b'{"message": "' + b"x" * (20 * 1024 * 1024) + b'"}'
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form></form></body></html>"
# Seconds between two pieces of a slow answer.
SHORT_PAUSE, LONG_PAUSE = 0.005, 0.02


def connection_refused(exchange: Exchange) -> None:
    """Nobody listens any more."""
    exchange.proxy.refuse()
    raise Gone


def reset_unheard(exchange: Exchange) -> None:
    """The connection breaks off before Grafana hears of the request."""
    exchange.client.reset()
    raise Gone


def reset_unanswered(exchange: Exchange) -> None:
    """The connection breaks off after Grafana has done what was asked."""
    exchange.forward()
    exchange.client.reset()
    raise Gone


def reset_mid_body(exchange: Exchange) -> None:
    """The connection breaks off in the middle of the answer."""
    content = exchange.forward().encoded()
    exchange.client.send(content[: (content.index(b"\r\n\r\n") + 4 + len(content)) // 2])
    exchange.client.reset()
    raise Gone


def drip_in_time(exchange: Exchange) -> None:
    """The answer comes in small pieces, in time."""
    content = exchange.forward().encoded()
    size = len(content) // 5 + 1
    for start in range(0, len(content), size):
        exchange.client.send(content[start : start + size])
        exchange.patience.wait(SHORT_PAUSE)


def drip_for_ever(exchange: Exchange) -> None:
    """The answer comes byte by byte: never silent for long, and never done."""
    content = exchange.forward()
    exchange.client.send(
        content.head.replace(b"Content-Length: ", b"X-Length: ") + b"\r\nContent-Length: 1000000\r\n\r\n"
    )
    while not exchange.patience.wait(LONG_PAUSE):
        exchange.client.send(b" ")
    exchange.client.reset()
    raise Gone


def silence(exchange: Exchange) -> None:
    """Grafana does what was asked and says nothing."""
    exchange.forward()
    exchange.patience.wait()
    exchange.client.reset()
    raise Gone


def error_after_the_write(exchange: Exchange) -> None:
    """Grafana does what was asked and answers 500."""
    exchange.forward()
    exchange.reply(answer("500 Internal Server Error", b'{"message": "Internal Server Error"}'))


def unavailable(exchange: Exchange) -> None:
    """A load balancer has no Grafana to send the request to."""
    exchange.reply(answer("503 Service Unavailable", b"no healthy upstream", "text/plain"))


def precondition_failed(exchange: Exchange) -> None:
    """Grafana says that somebody else was faster."""
    body = b'{"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}'
    exchange.reply(answer("412 Precondition Failed", body))


def conflict(exchange: Exchange) -> None:
    """Grafana says that somebody else was faster, in the words of alerting."""
    body = b'{"statusCode": 409, "messageId": "alerting.notifications.conflict", "message": "Conflict"}'
    exchange.reply(answer("409 Conflict", body))


def too_many_requests(exchange: Exchange) -> None:
    """A proxy wants us to wait a moment."""
    exchange.reply(answer("429 Too Many Requests", b"{}", headers="Retry-After: 2"))


def unauthorized(exchange: Exchange) -> None:
    """The token has just expired."""
    body = b'{"extra": null, "message": "Expired API key", "messageId": "api-key.expired", "statusCode": 401}'
    exchange.reply(answer("401 Unauthorized", body))


def half_json(exchange: Exchange) -> None:
    """Grafana does what was asked; half of its answer arrives as if it were all."""
    body = exchange.forward().body
    exchange.reply(answer("200 OK", body[: max(len(body) // 2, 1)] or b"{"))


def login_page(exchange: Exchange) -> None:
    """A login page answers in Grafana's place."""
    exchange.reply(answer("200 OK", LOGIN_PAGE, "text/html; charset=utf-8"))


def redirect_elsewhere(exchange: Exchange) -> None:
    """Something sends the client, with its token, to another host."""
    exchange.reply(answer("302 Found", b"", headers=f"Location: {exchange.proxy.elsewhere}/steal"))


def large_body(exchange: Exchange) -> None:
    """The answer has 20 MB."""
    exchange.reply(answer("200 OK", LARGE))


def wrong_content_type(exchange: Exchange) -> None:
    """A proxy calls the answer plain text."""
    message = exchange.forward()
    status = message.first_line.partition(" ")[2]
    exchange.reply(answer(status, message.body, "text/plain"))


def wrong_json(exchange: Exchange) -> None:
    """Something that is no Grafana answers in JSON."""
    exchange.reply(answer("200 OK", b'["ok"]'))


@attrs.frozen
class Fault:
    """A fault and how it is tried.

    Attributes:
        lasting: it stays until the proxy is healed; otherwise it happens once.
        slow: the client's time limit is shortened for it.
    """

    inject: Callable[[Exchange], None]
    lasting: bool = False
    slow: bool = False

    @property
    def name(self) -> str:
        """What it is called in the report."""
        return self.inject.__name__.replace("_", " ") + (", and on" if self.lasting else "")


FAULTS = [
    Fault(connection_refused, lasting=True),
    Fault(reset_unheard),
    Fault(reset_unanswered),
    Fault(reset_mid_body),
    Fault(drip_in_time),
    Fault(drip_for_ever, slow=True),
    Fault(silence, slow=True),
    Fault(error_after_the_write),
    Fault(unavailable, lasting=True),
    Fault(precondition_failed),
    Fault(conflict),
    Fault(too_many_requests),
    Fault(unauthorized, lasting=True),
    Fault(half_json),
    Fault(login_page, lasting=True),
    Fault(redirect_elsewhere),
    Fault(large_body),
    Fault(wrong_content_type),
    Fault(wrong_json),
]
