"""What `bench/scale.py` fills a Prometheus with, and how it reads what it measured."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.fleet import KINDS, fleet
from bench.scale import Cost, Line, Measured, goals, opened
from dashlib.servers.remote_write import labels_bytes, samples_bytes

CONNECTORS = 250


def test_a_fleet_has_every_kind_cluster_and_trouble_and_no_series_twice() -> None:
    series = list(fleet(CONNECTORS, 15))
    labels = [dict(each.labels) for each in series]
    assert len({tuple(sorted(one.items())) for one in labels}) == len(labels)
    assert 80 < len(series) / CONNECTORS < 110
    up = [one for one in labels if one["__name__"] == "debezium_metrics_Connected"]
    assert {one["plugin"] for one in up} == set(KINDS)
    assert len({(one["job"], one["instance"]) for one in up}) == 20
    states = Counter(one["status"] for one in labels if one["__name__"] == "kafka_connect_connector_task_status")
    assert (states["failed"], states["paused"]) == (1, 1)
    assert any(each.vanishes for each in series)
    failed = next(one for one in labels if one.get("status") == "failed")
    assert not [one for one in labels if one.get("connector") == failed["connector"] and "plugin" in one]


def test_samples_are_written_as_remote_write_has_them() -> None:
    assert labels_bytes({"b": "2", "__name__": "up"}) == b"\x0a\x0e\x0a\x08__name__\x12\x02up\x0a\x06\x0a\x01b\x12\x012"
    assert samples_bytes([(300, 1.0)]) == b"\x12\x0c\x09\x00\x00\x00\x00\x00\x00\xf0\x3f\x10\xac\x02"


@pytest.mark.parametrize("cpu", [0.9, 1.1])
def test_a_dashboard_costs_what_is_asked_at_first_and_is_held_against_its_original(cpu: float) -> None:
    lines = (
        Line("debezium-mysql", "worst", "variable", Cost(cpu=0.2)),
        Line("debezium-mysql", "Connected Status", "panel", Cost(cpu=cpu - 0.2, series=21, size=1000)),
        Line("debezium-mysql", "opened later", "collapsed", Cost(cpu=9, series=1001)),
        Line("debezium-mysql (original)", "Connected Status", "panel", Cost(cpu=1, series=10_000)),
    )
    measured = Measured(1000, 90_000, lines, 1.0, 1.0, 0, 1.0, 1.0, 2**30)
    assert opened(measured)["debezium-mysql"].cpu == pytest.approx(cpu)
    found = {name: (value, limit) for name, value, limit, _ in goals(measured)}
    value, limit = found["debezium-mysql, CPU by its original's"]
    assert value == pytest.approx(cpu)
    assert limit == 1.0
    assert found["most series of a panel (debezium-mysql: opened later)"] == (1001, 1000)
