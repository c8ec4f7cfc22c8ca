"""Each fault does what it says: seen by a plain client."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from tests.grafana.double import GrafanaDouble
from tests.grafana.faults import faults
from tests.grafana.faults.proxy import FaultProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.grafana.faults.proxy import Exchange


@pytest.fixture(scope="module")
def grafana() -> Iterator[GrafanaDouble]:
    with GrafanaDouble() as double:
        yield double


@pytest.fixture
def proxy(grafana: GrafanaDouble) -> Iterator[FaultProxy]:
    port = urlsplit(grafana.url).port
    assert port is not None
    with FaultProxy(("127.0.0.1", port)) as opened:
        yield opened


def ask(proxy: FaultProxy, timeout: float = 5) -> requests.Response:
    return requests.get(f"{proxy.url}/api/health", timeout=timeout, allow_redirects=False)


@pytest.mark.parametrize(
    ("fault", "heard"),
    [
        (faults.connection_refused, False),
        (faults.reset_unheard, False),
        (faults.reset_unanswered, True),
        (faults.reset_mid_body, True),
    ],
)
def test_connections_break_off(
    fault: Callable[[Exchange], None],
    heard: bool,  # noqa: FBT001
    grafana: GrafanaDouble,
    proxy: FaultProxy,
) -> None:
    before = len(grafana.requests)
    proxy.spoil(1, fault)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        ask(proxy)
    assert (len(grafana.requests) > before) is heard
    proxy.heal()
    assert ask(proxy).status_code == 200


def test_refused_stays_refused_until_it_is_healed(proxy: FaultProxy) -> None:
    proxy.spoil(1, faults.connection_refused, lasting=True)
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            ask(proxy)
    proxy.heal()
    assert ask(proxy).status_code == 200


def test_silence_is_silent(proxy: FaultProxy) -> None:
    proxy.spoil(1, faults.silence)
    with pytest.raises(requests.exceptions.ReadTimeout):
        ask(proxy, timeout=0.1)


def test_a_drip_is_never_silent_for_long_and_never_done(proxy: FaultProxy) -> None:
    proxy.spoil(1, faults.drip_for_ever)
    with requests.get(f"{proxy.url}/api/health", timeout=5, stream=True) as answered:
        assert [answered.raw.read(1) for _ in range(20)] == [b" "] * 20
        assert int(answered.headers["Content-Length"]) > 20


@pytest.mark.parametrize(
    ("fault", "status", "content_type"),
    [
        (faults.drip_in_time, 200, "application/json; charset=UTF-8"),
        (faults.error_after_the_write, 500, "application/json"),
        (faults.unavailable, 503, "text/plain"),
        (faults.precondition_failed, 412, "application/json"),
        (faults.conflict, 409, "application/json"),
        (faults.too_many_requests, 429, "application/json"),
        (faults.unauthorized, 401, "application/json"),
        (faults.half_json, 200, "application/json"),
        (faults.login_page, 200, "text/html; charset=utf-8"),
        (faults.redirect_elsewhere, 302, "application/json"),
        (faults.large_body, 200, "application/json"),
        (faults.wrong_content_type, 200, "text/plain"),
        (faults.wrong_json, 200, "application/json"),
    ],
)
def test_answers(fault: Callable[[Exchange], None], status: int, content_type: str, proxy: FaultProxy) -> None:
    proxy.spoil(2, fault)
    assert ask(proxy).json()["database"] == "ok"
    answered = ask(proxy)
    assert (answered.status_code, answered.headers["Content-Type"]) == (status, content_type)
    assert ask(proxy).json()["database"] == "ok"
    assert proxy.spoiled == 1


def test_every_fault_is_tried() -> None:
    functions = {
        entry for name, entry in vars(faults).items() if callable(entry) and name.islower() and name != "answer"
    }
    assert functions == {fault.inject for fault in faults.FAULTS}
