"""The double's own knobs. What it answers is held against the recording in `tests/contract/test_grafana_double.py`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.grafana.double import Datasource, GrafanaDouble

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = "/api/v1/provisioning"
DASHBOARDS = "/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards"


@pytest.fixture
def grafana() -> Iterator[GrafanaDouble]:
    with GrafanaDouble() as double:
        yield double


def asked(grafana: GrafanaDouble, path: str, token: str) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answered = requests.get(grafana.url + path, headers=headers, timeout=10, allow_redirects=False)
    return answered.status_code, answered.json() if "json" in answered.headers["Content-Type"] else answered.text


def test_one_connection_is_kept_alive(grafana: GrafanaDouble) -> None:
    with requests.Session() as session:
        session.auth = ("admin", "admin")
        for _ in range(3):
            assert session.get(f"{grafana.url}/api/org", timeout=10).headers.get("Connection") != "close"
        pools = session.get_adapter("http://").poolmanager.pools  # type: ignore[attr-defined]
        assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118  (it is no dict)


def test_what_came_in_is_noted_without_secrets(grafana: GrafanaDouble) -> None:
    token = grafana.token("Editor", name="pipeline")
    headers = {"Authorization": f"Bearer {token}", "X-Disable-Provenance": "true"}
    body = {"uid": "f", "title": "F"}
    requests.post(f"{grafana.url}/api/folders", json=body, headers=headers, timeout=10)
    grafana.call("GET", "/api/org")
    (noted,) = grafana.requests
    assert (noted.method, noted.path, noted.body, noted.status) == ("POST", "/api/folders", body, 200)
    assert (noted.identity, noted.headers["X-Disable-Provenance"]) == ("pipeline", "true")
    assert token not in repr(noted)


@pytest.mark.parametrize(
    ("method", "path", "writes"),
    [
        ("GET", "/api/org", False),
        ("POST", "/api/ds/query", False),
        ("POST", f"{DASHBOARDS}?dryRun=All", False),
        ("POST", DASHBOARDS, True),
        ("DELETE", "/api/folders/absent", True),
    ],
)
def test_which_requests_write(method: str, path: str, writes: bool, grafana: GrafanaDouble) -> None:  # noqa: FBT001
    requests.request(method, grafana.url + path, json={}, auth=("admin", "admin"), timeout=10)
    assert (len(grafana.writes()) == 1) is writes


def test_tokens(grafana: GrafanaDouble) -> None:
    assert asked(grafana, "/api/org", grafana.token("Viewer"))[0] == 200
    assert asked(grafana, "/api/org", grafana.token("Admin", seconds=0))[1]["messageId"] == "api-key.expired"
    assert asked(grafana, "/api/org", "glsa_unknown")[1]["messageId"] == "api-key.invalid"
    assert asked(grafana, "/api/org", "")[1]["messageId"] == "auth.unauthorized"


def test_role_none_with_edit_on_a_folder(grafana: GrafanaDouble) -> None:
    """What a trial met on a Grafana 12.3."""
    token = grafana.token("None")
    grafana.add_folder("cdc", "CDC")
    grafana.grant(token, "cdc")
    for path in ("/api/health", "/api/user", "/api/folders", "/api/search", "/api/folders/cdc"):
        assert asked(grafana, path, token)[0] == 200, path
    for path, right in (("/api/datasources", "datasources:read"), ("/api/org", "orgs:read")):
        status, body = asked(grafana, path, token)
        assert (status, body["message"].rpartition(" ")[2]) == (403, right)


def test_the_folders_of_a_missing_folder_are_not_found(grafana: GrafanaDouble) -> None:
    """What a trial met on a Grafana 12.3."""
    expected = (404, {"message": "folder not found", "status": "not-found"})
    assert asked(grafana, "/api/folders?parentUid=missing", grafana.token("Editor")) == expected


def test_below_a_sub_path() -> None:
    with GrafanaDouble(sub_path="/grafana") as grafana:
        assert grafana.url.endswith("/grafana")
        assert asked(grafana, "/api/health", "")[0] == 200
        outside = requests.get(grafana.url.removesuffix("/grafana") + "/api/health", timeout=10)
        assert (outside.status_code, outside.headers["Content-Type"]) == (404, "text/html; charset=UTF-8")


def test_without_the_kubernetes_api() -> None:
    with GrafanaDouble(kubernetes=False) as grafana:
        assert asked(grafana, "/apis", grafana.token())[0] == 404


def test_a_list_goes_on_where_the_last_piece_ended(grafana: GrafanaDouble) -> None:
    for number in range(5):
        grafana.call("POST", "/api/dashboards/db", {"dashboard": {"uid": f"d{number}", "title": "D"}})
    found, more = [], ""
    for _ in range(3):
        page = grafana.call("GET", f"{DASHBOARDS}?limit=2&continue={more}").body
        found += [entry["metadata"]["name"] for entry in page["items"]]
        more = page["metadata"].get("continue", "")
    assert (found, more) == (["d4", "d3", "d2", "d1", "d0"], "")


def test_role_none_with_a_right_in_a_folder(grafana: GrafanaDouble) -> None:
    grafana.add_folder("mine", "Mine")
    token = grafana.token("None")
    body = {"dashboard": {"uid": "d", "title": "D"}, "folderUid": "mine"}
    assert grafana.call("POST", "/api/dashboards/db", body, token=token).status == 403
    grafana.grant(token, "mine")
    assert grafana.call("POST", "/api/dashboards/db", body, token=token).status == 200
    assert grafana.call("GET", "/api/datasources", token=token).status == 403


def test_permissions_are_cached_where_that_is_asked_for() -> None:
    with GrafanaDouble(caches_permissions=True) as grafana:
        token = grafana.token("Editor")
        assert grafana.call("GET", "/api/folders", token=token).body == []
        grafana.add_folder("new", "New")
        assert grafana.call("GET", "/api/folders/new", token=token).status == 403
        grafana.forget_cached_permissions()
        assert grafana.call("GET", "/api/folders/new", token=token).status == 200


def test_a_dead_datasource() -> None:
    with GrafanaDouble(datasources=[Datasource("dead", "Dead", default=True, answers=False)]) as grafana:
        assert grafana.call("GET", "/api/datasources/uid/dead/health").status == 400
        query = {"refId": "A", "expr": "up", "datasource": {"uid": "dead"}}
        assert grafana.call("POST", "/api/ds/query", {"queries": [query]}).body["results"]["A"]["status"] == 502


def test_of_two_notification_writes_at_once_one_fails(grafana: GrafanaDouble) -> None:
    grafana.state.meeting = threading.Barrier(2)

    def post(number: int) -> int:
        point = {"uid": f"p{number}", "name": f"p{number}", "type": "webhook", "settings": {"url": "http://h/"}}
        answered = requests.post(f"{grafana.url}{BASE}/contact-points", json=point, auth=("admin", "admin"), timeout=10)
        return answered.status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(post, range(2))) == [202, 500]
    assert len(grafana.state.alertmanager.integrations) == 2


def test_what_a_file_provisions_belongs_to_it(grafana: GrafanaDouble) -> None:
    grafana.provision_dashboard({"uid": "filed", "title": "Filed"})
    rule = {"uid": "r", "title": "R", "condition": "A", "noDataState": "OK", "execErrState": "OK", "data": []}
    groups = [{"name": "g", "folder": "Filed", "interval": "1m", "rules": [rule]}]
    grafana.provision_alerting({"apiVersion": 1, "groups": groups})
    assert grafana.call("GET", "/api/dashboards/uid/filed").body["meta"]["provisioned"] is True
    assert grafana.call("DELETE", "/api/dashboards/uid/filed").status == 400
    assert grafana.call("GET", f"{BASE}/alert-rules/r").body["provenance"] == "file"
    assert grafana.call("DELETE", f"{BASE}/alert-rules/r").status == 409


def test_it_can_be_put_back_to_what_it_was(grafana: GrafanaDouble) -> None:
    token = grafana.token("Editor")
    grafana.add_folder("kept", "Kept")
    remembered = grafana.remember()
    assert grafana.call("DELETE", "/api/folders/kept", token=token).status == 200
    grafana.restore(remembered)
    assert grafana.call("GET", "/api/folders/kept", token=token).body["title"] == "Kept"
