"""Two Kafka Connect clusters of equal names under one ruler: a fault in one of them is that one's alone.

The project is compiled with `identity = ["cluster"]`. Every recorded fault of one cluster fires as it does alone, while
the other's alerts are silent and its panels show it well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.fault_table import expected, recordings
from tests.e2e.glances import rows, tables, wrong_in
from tests.e2e.two_clusters import ILL, WELL, healthy, replay_two
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from tests.e2e.recording import Recording


def hold(recording: Recording, promtool: str) -> None:
    found = replay_two(recording, promtool)
    assert expected()[recording.fault].difference(found.fired.pop(ILL)) == ""
    assert found.fired == {WELL: []}
    assert list(wrong_in(recording, found.seen[ILL])) == []
    assert list(wrong_in(healthy(), found.seen[WELL])) == []
    for glance in found.both:
        for title, shown in tables(glance):
            assert {row["Cluster"].text for row in shown} == {ILL, WELL}, f"{glance.dashboard} {title}"
            of_well = [row for row in shown if row["Cluster"].text == WELL]
            alone = next(each for each in found.seen[WELL] if each.dashboard == glance.dashboard)
            assert [row["State"].text for row in of_well] == [row["State"].text for row in rows(alone.seen[title])]


def test_a_fault_of_one_cluster_is_not_the_others(request: pytest.FixtureRequest) -> None:
    hold(next(each for each in recordings() if each.fault == "connector-stopped"), needed_promtool(request))


@pytest.mark.slow
@pytest.mark.parametrize("recording", recordings(), ids=lambda recording: recording.fault)
def test_each_fault_of_one_cluster_is_not_the_others(recording: Recording, request: pytest.FixtureRequest) -> None:
    hold(recording, needed_promtool(request))
