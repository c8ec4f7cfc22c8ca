"""The dashboards of a Grafana as a set: those that concern us, and their datasources."""

from __future__ import annotations

import json
import math

from dashlib.doctor import sets
from dashlib.grafana.targets import Target, connect
from dashlib.servers.access import Access
from tests.doctor.conftest import compiled
from tests.doctor.running import Pages

JSON = "application/json"


def dashboard(title: str, expression: str, datasource: str) -> tuple[str, str]:
    panel = {"title": "P", "datasource": {"uid": datasource}, "targets": [{"expr": expression}]}
    return json.dumps({"dashboard": {"title": title, "panels": [panel]}, "meta": {}}), JSON


def test_the_dashboards_of_a_grafana_that_ask_for_our_metrics() -> None:
    pages = {
        "/api/search": (json.dumps([{"uid": "a"}, {"uid": "b"}, {"uid": "c"}]), JSON),
        "/api/dashboards/uid/a": dashboard(
            "A", "rate(debezium_metrics_TotalNumberOfEventsSeen[$__rate_interval])", "p"
        ),
        "/api/dashboards/uid/b": dashboard("B", "node_load1", "gone"),
        "/api/dashboards/uid/c": dashboard("C", "kafka_connect_connector_status", "gone"),
        "/api/datasources": (
            json.dumps(
                [
                    {
                        "uid": "p",
                        "name": "Prometheus",
                        "type": "prometheus",
                        "url": "http://u:secret@prometheus:9090",
                        "jsonData": {"timeInterval": "30s"},
                    }
                ]
            ),
            JSON,
        ),
    }
    _, rendering = compiled()
    with Pages(pages) as grafana:
        examined = sets.of_grafana(connect(Target(grafana.url), Access()), (), rendering, math.nan)
    asked = list(examined.questions(lambda _selector, _label: ""))
    assert [str(each.place) for each in asked] == ["A › P", "C › P"]
    assert asked[0].asked == "rate(debezium_metrics_TotalNumberOfEventsSeen[2m])"
    assert asked[0].place.file == f"{grafana.url}/d/a"
    [(cause, place)] = examined.placed
    assert (cause.kind, cause.subject) == ("datasource", "gone")
    assert "Prometheus" in cause.message
    assert place is not None
    assert str(place) == "C › P"
    assert examined.looked_at == (
        ("Grafana", f"{grafana.url}: 2 of 3 dashboards use these metrics"),
        ("dashboards", "A, C"),
        ("datasources", "Prometheus (uid p, http://prometheus:9090): 1 query, gone: 1 query"),
    )


def test_what_a_library_panel_asks_is_examined_in_its_place() -> None:
    shown = json.loads(dashboard("A", "rate(debezium_metrics_TotalNumberOfEventsSeen[5m])", "p")[0])
    [panel] = shown["dashboard"]["panels"]
    shown["dashboard"]["panels"] = [{"id": 1, "libraryPanel": {"uid": "events", "name": "Events"}}]
    elements = {"elements": [{"uid": "events", "name": "Events", "kind": 1, "model": {**panel, "title": "Events"}}]}
    pages = {
        "/api/search": (json.dumps([{"uid": "a"}]), JSON),
        "/api/dashboards/uid/a": (json.dumps(shown), JSON),
        "/api/library-elements": (json.dumps({"result": elements}), JSON),
        "/api/datasources": ("[]", JSON),
    }
    with Pages(pages) as grafana:
        examined = sets.of_grafana(connect(Target(grafana.url), Access()), (), compiled()[1], math.nan)
    [asked] = examined.questions(lambda _selector, _label: "")
    assert (str(asked.place), asked.asked) == ("A › Events", "rate(debezium_metrics_TotalNumberOfEventsSeen[5m])")


def test_a_grafana_without_our_dashboards_says_what_was_looked_at() -> None:
    pages = {
        "/api/search": (json.dumps([{"uid": "b"}]), JSON),
        "/api/dashboards/uid/b": dashboard("B", "node_load1", "gone"),
        "/api/datasources": ("[]", JSON),
    }
    with Pages(pages) as grafana:
        examined = sets.of_grafana(connect(Target(grafana.url), Access()), (), compiled()[1], math.nan)
    assert examined.looked_at == (
        ("Grafana", f"{grafana.url}: 0 of 1 dashboard uses these metrics"),
        ("dashboards", "none"),
        ("datasources", "none"),
    )
