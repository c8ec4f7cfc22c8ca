"""Guards of several parts: each part is made the one that decides, so that none can be lost or changed unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from dashlib import promql
from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.proof.obligations import exporter_of, obligations
from dashlib.proof.scenarios.guards import parts
from tests.promtool import needed_promtool
from tests.proof.conftest import Proving, write_project

if TYPE_CHECKING:
    from collections.abc import Callable

MORE = """
BACK = Guard(
    "it came back within the hour, and ten minutes ago",
    expression='(min by (job, plugin, server) (min_over_time(Connected{context="streaming"}[1h])) == 0'
    ' or max by (job, plugin, server) (resets(TotalNumberOfEventsSeen{context="streaming"}[1h])) > 0)'
    ' and on (job, plugin, server) '
    'min by (job, plugin, server) (min_over_time(Connected{context="streaming"}[10m])) == 1'
    ' and on (job, plugin, server) min by (job, plugin, server) (Connected{context="streaming"} offset 10m) == 1',
)
RECENT = Guard(
    "its last event is recent",
    expression='min by (job, plugin, server) (MilliSecondsSinceLastEvent{context="streaming"}) < 300',
)
returned = alert("LagAfterReturn", LAG.when(RECENT, BACK).above("warning"))
several = RuleGroup("several", file="several.yml", thresholds=LEVELS, rules=[returned])
"""
BACK = "it came back within the hour, and ten minutes ago"


@pytest.fixture(scope="module")
def several(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Proving:
    promtool = needed_promtool(request)
    project = load_project(write_project(tmp_path_factory.mktemp("several"), MORE))
    alerts = obligations(project, compile_project(project))
    return Proving({each.alert: each for each in alerts}, exporter_of(project), promtool)


def test_each_part_decides_where_the_others_leave_it_to_it() -> None:
    text = "(a == 1 or b) and on (x) max(c) unless d"
    found = [
        (text[part.start : part.end], gives.name, [(text[each.start : each.end], want.name) for each, want in beside])
        for part, gives, beside in parts(promql.read(text).tree)
    ]
    joined = ("(a == 1 or b) and on (x) max(c)", "ANYTHING")
    assert found == [
        ("a == 1", "ANYTHING", [("b", "NOTHING"), ("max(c)", "ANYTHING"), ("d", "NOTHING")]),
        ("b", "ANYTHING", [("a == 1", "NOTHING"), ("max(c)", "ANYTHING"), ("d", "NOTHING")]),
        ("max(c)", "NOTHING", [("(a == 1 or b)", "ANYTHING"), ("d", "NOTHING")]),
        ("d", "ANYTHING", [joined]),
    ]
    assert list(parts(promql.read("max(a and b) > 1").tree)) == []


def test_a_guard_of_several_parts_is_proven_part_by_part(several: Proving) -> None:
    proof = several.prove("LagAfterReturn")
    assert proof.outcome == "proven"
    names = {phase.name for phase in proof.phases}
    assert names >= {f"{BACK}, part {number}" for number in (1, 2, 3, 4)}
    assert "its last event is recent, MilliSecondsSinceLastEvent at -1" in names


@pytest.mark.parametrize(
    ("change", "phase"),
    [
        (lambda text: text.replace(" offset 10m", ""), f"{BACK}, part 4"),
        (
            lambda text: text.replace("/ 1000\n) < 300", "/ 1000 >= 0\n) < 300"),
            "its last event is recent, MilliSecondsSinceLastEvent at -1",
        ),
    ],
    ids=["an offset that another part seems to imply", "a value that means unknown"],
)
def test_a_part_that_is_compiled_otherwise_is_found_out(
    several: Proving, change: Callable[[str], str], phase: str
) -> None:
    alert = several.alerts["LagAfterReturn"]
    changed = tuple({**record, "expr": change(record["expr"])} for record in alert.records)
    assert changed != alert.records
    assert several.finds_out(evolve(alert, records=changed), phase)
