"""Somebody else writes the very object that a push is about to write: their work stays, and a person is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import orjson
import pytest

from dashlib.grafana.session import PushOptions
from tests.grafana.double import GrafanaDouble
from tests.grafana.faults.proxy import FaultProxy
from tests.grafana.faults.pushing import STATE, contents, push, quick
from tests.grafana.faults.scenario import PRUNING, Scenario, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.grafana.faults.proxy import Exchange

pytestmark = pytest.mark.slow

BASE = "/api/v1/provisioning"
Body = dict[str, Any]


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
def proxy(grafana: GrafanaDouble) -> Iterator[FaultProxy]:
    port = urlsplit(grafana.url).port
    assert port is not None
    with FaultProxy(("127.0.0.1", port)) as opened:
        yield opened


def their_dashboard(grafana: GrafanaDouble, body: Body) -> str:
    """Save a dashboard of the same uid as the one that is about to be saved; return its key."""
    uid = body["dashboard"]["uid"]
    theirs = {"dashboard": {"uid": uid, "title": "Theirs now"}, "folderUid": body["folderUid"], "overwrite": True}
    assert grafana.call("POST", "/api/dashboards/db", theirs).status == 200
    return f"dashboard/{uid}"


def their_mute_timing(grafana: GrafanaDouble, name: str) -> str:
    """Change a mute timing."""
    body = {"name": name, "time_intervals": [{"weekdays": ["sunday"]}]}
    assert grafana.call("PUT", f"{BASE}/mute-timings/{name}", body).status == 202
    return f"mute timing/{name}"


def their_template(grafana: GrafanaDouble, name: str) -> str:
    """Change a template."""
    body = {"template": '{{ define "theirs" }}x{{ end }}'}
    assert grafana.call("PUT", f"{BASE}/templates/{name}", body).status == 202
    return f"template/{name}"


def their_group(grafana: GrafanaDouble, folder: str, name: str) -> str:
    """Change a rule of a group."""
    rule = grafana.call("GET", f"{BASE}/folder/{folder}/rule-groups/{name}").body["rules"][0]
    changed = rule | {"labels": {"tuned": "by hand"}}
    assert grafana.call("PUT", f"{BASE}/alert-rules/{rule['uid']}", changed).status == 200
    return f"rule group/{folder}/{name}"


def their_contact_point(grafana: GrafanaDouble, uid: str) -> str:
    """Change a contact point."""
    points = grafana.call("GET", f"{BASE}/contact-points").body
    point = next(entry for entry in points if entry["uid"] == uid)
    settings = point["settings"] | {"title": "by hand", "subject": "by hand"}
    assert grafana.call("PUT", f"{BASE}/contact-points/{uid}", point | {"settings": settings}).status == 202
    return f"contact point/{uid}"


# What Grafana guards with a version: nobody's work is lost even if it comes between our last look and our write.
GUARDED: list[tuple[str, Callable[[GrafanaDouble, re.Match[str], Body], str]]] = [
    (r"POST /api/dashboards/db", lambda grafana, _, body: their_dashboard(grafana, body)),
    (rf"PUT {BASE}/mute-timings/([^?]+)", lambda grafana, path, _: their_mute_timing(grafana, path[1])),
    (rf"PUT {BASE}/templates/([^?]+)", lambda grafana, path, _: their_template(grafana, path[1])),
]
# What it guards with nothing: work is safe up to the look that dashlib takes right before it writes.
LOOKED_AT: list[tuple[str, Callable[[GrafanaDouble, re.Match[str], Body], str]]] = [
    (
        rf"PUT {BASE}/folder/([^/]+)/rule-groups/([^?]+)",
        lambda grafana, path, _: their_group(grafana, path[1], path[2]),
    ),
    (rf"PUT {BASE}/contact-points/([^?]+)", lambda grafana, path, _: their_contact_point(grafana, path[1])),
]


def writes_of(trace: list[tuple[str, str]], kinds: list[tuple[str, Any]]) -> list[tuple[int, re.Match[str], Any]]:
    """Return place (from 1), match and deed for each request that writes an object of these kinds."""
    found = []
    for place, (method, path) in enumerate(trace, start=1):
        for pattern, deed in kinds:
            match = re.fullmatch(pattern, unquote(f"{method} {path}"))
            if match:
                found.append((place, match, deed))
    return found


class Meanwhile:
    """A fault: somebody does something just before a request arrives, which is then carried out.

    Attributes:
        key: what they changed; empty if it was dashlib's own memory, which is nobody's work.
        left: what the Grafana says after it.
    """

    def __init__(self, grafana: GrafanaDouble, path: re.Match[str], deed: Any) -> None:
        self.key = ""
        self.left: dict[str, Any] = {}
        self._grafana, self._path, self._deed = grafana, path, deed

    def __call__(self, exchange: Exchange) -> None:
        body = orjson.loads(exchange.request.body) if exchange.request.body else {}
        if not STATE.fullmatch(body.get("dashboard", {}).get("uid", "")):
            self.key = self._deed(self._grafana, self._path, body)
            self.left = contents(self._grafana)
        exchange.reply(exchange.forward())


def traced(grafana: GrafanaDouble, scenario: Scenario, proxy: FaultProxy) -> list[tuple[str, str]]:
    """Return the requests of an undisturbed push."""
    grafana.restore(scenario.start)
    proxy.heal()
    assert push(scenario.declared, proxy.url, scenario.token, PRUNING).complete
    return list(proxy.trace)


@pytest.mark.parametrize("guarded", [True, False], ids=["between look and write", "right before the look"])
def test_somebody_is_faster(
    guarded: bool,  # noqa: FBT001
    grafana: GrafanaDouble,
    scenario: Scenario,
    proxy: FaultProxy,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried = 0
    for place, path, deed in writes_of(traced(grafana, scenario, proxy), GUARDED if guarded else LOOKED_AT):
        meanwhile = Meanwhile(grafana, path, deed)
        grafana.restore(scenario.start)
        proxy.spoil(place if guarded else place - 1, meanwhile)
        pushed = push(scenario.declared, proxy.url, scenario.token, PRUNING)
        proxy.heal()
        if not meanwhile.key:
            continue
        tried += 1
        key, theirs = meanwhile.key, meanwhile.left
        assert contents(grafana)[key] == theirs[key], f"{key} was overwritten; said: {pushed.messages}"
        assert pushed.report is not None
        assert [entry.change.key for entry in pushed.report.failed if entry.status == "failed"] == [key]
        again = push(scenario.declared, grafana.url, scenario.token, PRUNING)
        assert again.plan is not None
        assert [change.key for change in again.plan.left] == [key]
        assert contents(grafana)[key] == theirs[key]
        last = push(scenario.declared, grafana.url, scenario.token, PushOptions(prune=True, overwrite=True))
        assert last.complete, last.messages
        assert contents(grafana) == scenario.new
    assert tried >= (4 if guarded else 3)
    with capsys.disabled():
        print(f"\n{tried} writes at which somebody was faster")  # noqa: T201
