"""Two Kafka Connect clusters of equal names under one ruler: a fault in one of them is that one's alone.

The project is compiled with `identity = ["cluster"]`. Every recorded fault of one cluster fires as it does alone, while
the other's alerts are silent and its panels show it well.
"""

from __future__ import annotations

import pytest

from tests.e2e.fault_table import expected, recording_of
from tests.e2e.faults import FAULTS
from tests.e2e.glances import tables, wrong_in
from tests.e2e.two_clusters import ILL, WELL, healthy, replay_two
from tests.promtool import needed_promtool


def test_what_fires_for_one_cluster_does_not_fire_for_the_other(request: pytest.FixtureRequest) -> None:
    fired = replay_two(recording_of("workers-stopped"), needed_promtool(request), None).fired
    assert expected()["workers-stopped"].difference(fired[ILL]) == ""
    assert fired == {ILL: fired[ILL], WELL: []}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_one_cluster_is_not_the_others(fault: str, request: pytest.FixtureRequest) -> None:
    recording = recording_of(fault)
    found = replay_two(recording, needed_promtool(request))
    assert expected()[fault].difference(found.fired[ILL]) == ""
    assert found.fired == {ILL: found.fired[ILL], WELL: []}
    assert list(wrong_in(recording, found.of(ILL))) == []
    assert list(wrong_in(healthy(), found.of(WELL))) == []


@pytest.mark.slow
def test_who_chooses_a_cluster_sees_no_other(request: pytest.FixtureRequest) -> None:
    found = replay_two(recording_of("connector-stopped"), needed_promtool(request), WELL)
    listed = [row for glance in found.seen for _, shown in tables(glance) for row in shown]
    assert {row["Cluster"].text for row in listed} == {WELL}
    assert {row["State"].text for row in listed if "State" in row} == {"Connected"}
    assert list(wrong_in(healthy(), found.of(WELL))) == []
