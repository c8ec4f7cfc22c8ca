"""Every fault at every single request of a push of the whole project: nothing lost, nothing doubled, and it goes on.

One run a point: the push meets the fault; then each object is old or new and nothing is there twice, what a person is
told is one sentence without a secret, the next push completes, and one more has nothing to write.
"""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.grafana.double import GrafanaDouble
from tests.grafana.faults.faults import FAULTS, Fault
from tests.grafana.faults.proxy import FaultProxy
from tests.grafana.faults.pushing import PATIENT, Pushed, contents, doubled, push, quick
from tests.grafana.faults.scenario import PRUNING, THEIRS, Scenario, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

# Seconds that a slow fault is waited for. A busy machine may need longer for an answer before it: then once more.
HURRIED = (0.2, 1.0, 5.0, PATIENT)


class Elsewhere:
    """Another host, which must not be asked anything."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.asked = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connected, _ = self.socket.accept()
            except OSError:
                return
            self.asked += 1
            connected.close()


@pytest.fixture(scope="module", autouse=True)
def hurry() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(scope="module")
def grafana() -> Iterator[GrafanaDouble]:
    with GrafanaDouble() as double:
        yield double


@pytest.fixture(scope="module")
def scenario(grafana: GrafanaDouble, tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return prepare(grafana, tmp_path_factory.mktemp("project"))


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    found = Elsewhere()
    yield found
    found.socket.shutdown(socket.SHUT_RDWR)
    found.socket.close()


@pytest.fixture
def proxy(grafana: GrafanaDouble, elsewhere: Elsewhere) -> Iterator[FaultProxy]:
    port = urlsplit(grafana.url).port
    assert port is not None
    with FaultProxy(("127.0.0.1", port), elsewhere.url) as opened:
        yield opened


def test_the_scenario_has_every_kind_of_change(scenario: Scenario) -> None:
    created, removed = scenario.new.keys() - scenario.old.keys(), scenario.old.keys() - scenario.new.keys()
    changed = {key for key in scenario.old.keys() & scenario.new.keys() if scenario.old[key] != scenario.new[key]}
    kinds = {key.partition("/")[0] for key in changed}
    assert {key.partition("/")[0] for key in created} >= {"contact point", "dashboard"}
    assert {key.partition("/")[0] for key in removed} >= {"contact point", "dashboard", "folder", "mute timing"}
    assert kinds >= {"contact point", "dashboard", "mute timing", "notification policy", "rule group", "template"}
    assert scenario.length > 40


def neither_old_nor_new(scenario: Scenario, now: dict[str, Any]) -> list[str]:
    """Return the objects that are neither as they were nor as they are to be."""
    keys = scenario.old.keys() | scenario.new.keys() | now.keys()
    return sorted(key for key in keys if now.get(key) not in (scenario.old.get(key), scenario.new.get(key)))


def wrong_sentences(pushed: Pushed, scenario: Scenario) -> list[str]:
    """Return the messages that are no single sentence, or that tell a secret."""
    secrets = [scenario.token, *scenario.declared.environment.values()]
    return [
        message
        for message in pushed.messages
        if "\n" in message
        or not message.strip()
        or "Traceback" in message
        or any(secret in message for secret in secrets)
    ]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name.replace(" ", "-") for fault in FAULTS])
def test_a_fault_at_any_request(
    fault: Fault,
    grafana: GrafanaDouble,
    scenario: Scenario,
    proxy: FaultProxy,
    elsewhere: Elsewhere,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried = failed = 0
    for at in range(1, scenario.length + 1):
        for timeout in HURRIED if fault.slow else (PATIENT,):
            grafana.restore(scenario.start)
            proxy.spoil(at, fault.inject, lasting=fault.lasting)
            pushed = push(scenario.declared, proxy.url, scenario.token, PRUNING, timeout)
            if proxy.spoiled:
                break
        where = f"{fault.name} at request {at}: {proxy.trace[at - 1 : at]}, said {pushed.messages}"
        assert proxy.spoiled, where
        proxy.heal()
        assert not neither_old_nor_new(scenario, contents(grafana)), where
        assert not doubled(grafana), where
        assert not wrong_sentences(pushed, scenario), where
        tried += 1
        failed += not pushed.complete
        if not pushed.complete:
            again = push(scenario.declared, grafana.url, scenario.token, PRUNING)
            assert again.complete, (
                f"{where}; the next push said {again.messages}, left {again.plan and again.plan.left}"
            )
        assert contents(grafana) == scenario.new, where
        before = len(grafana.requests)
        once_more = push(scenario.declared, grafana.url, scenario.token, PRUNING)
        assert once_more.complete, where
        assert not [request for request in grafana.requests[before:] if request.writes], where
    assert elsewhere.asked == 0
    assert THEIRS["dashboard"]["uid"] in grafana.state.dashboards
    with capsys.disabled():
        print(f"\n{tried} points: {fault.name}; {failed} pushes did not get through it")  # noqa: T201
