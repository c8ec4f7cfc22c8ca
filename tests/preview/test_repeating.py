"""What repeats by a variable is drawn once for each of its values."""

from __future__ import annotations

from typing import Any

import pytest

from dashlib.documents.dashboards import Dashboard
from dashlib.preview.asking import look_at
from dashlib.preview.comparing import compared
from dashlib.preview.page import Finding, model, panels_of
from dashlib.preview.repeating import Repeated, repeated, values_offered
from tests.preview.kinds import DASHBOARD, NAMES, NOW, Known


def panel(title: str, x: int, y: int, w: int = 12, **more: Any) -> dict[str, Any]:
    place = {"x": x, "y": y, "w": w, "h": 4}
    return {"id": y + x, "type": "stat", "title": title, "gridPos": place, "targets": [], **more}


def row(title: str, y: int, *inside: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 100 + y, "type": "row", "title": title, "gridPos": {"y": y}, "panels": list(inside), **more}


def of(*panels: dict[str, Any], **values: list[str]) -> Repeated:
    return repeated({"uid": "x", "panels": list(panels)}, values)


def places(found: Repeated) -> list[tuple[Any, ...]]:
    listed = Dashboard(found.dashboard).panels
    return [(each.title, *(each.data["gridPos"][part] for part in "xyw")) for each in listed]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"maxPerRow": 2},
            [("Lag of a", 0, 0, 12), ("Lag of b", 12, 0, 12), ("Lag of c", 0, 4, 12), ("Below", 0, 8, 24)],
        ),
        ({}, [("Lag of a", 0, 0, 8), ("Lag of b", 8, 0, 8), ("Lag of c", 16, 0, 8), ("Below", 0, 4, 24)]),
        (
            {"repeatDirection": "v"},
            [("Lag of a", 6, 0, 6), ("Lag of b", 6, 4, 6), ("Lag of c", 6, 8, 6), ("Below", 0, 12, 24)],
        ),
    ],
)
def test_copies_stand_where_grafana_puts_them(settings: dict[str, Any], expected: list[Any]) -> None:
    found = of(panel("Lag of $server", 6, 0, 6, repeat="server", **settings), panel("Below", 0, 4, 24), server=[*"abc"])
    assert places(found) == expected
    assert found.origins == ["/panels/0"] * 3 + ["/panels/1"]
    assert found.chosen == [{"server": "a"}, {"server": "b"}, {"server": "c"}, {}]


@pytest.mark.parametrize("nested", [True, False])
def test_a_row_is_repeated_with_all_that_is_in_it(nested: bool) -> None:  # noqa: FBT001
    inside = [panel("Lag of ${server}", 0, 1), panel("Task $task", 12, 1, repeat="task")]
    rows = (
        [row("$server", 0, *inside, repeat="server", collapsed=True)]
        if nested
        else [row("$server", 0, repeat="server"), *inside]
    )
    found = of(*rows, row("Last", 9), panel("z", 0, 10), server=["a", "b"], task=["0", "1"])
    assert [each.title for each in Dashboard(found.dashboard).all_panels] == [
        *("a", "Lag of a", "Task 0", "Task 1"),
        *("b", "Lag of b", "Task 0", "Task 1"),
        *("Last", "z"),
    ]
    assert found.chosen[6] == {"server": "b", "task": "0"}


def test_what_repeats_by_nothing_known_stays() -> None:
    alone = panel("Lag of $server", 6, 0, 6, repeat="server")
    assert places(of(alone, server=[])) == [("Lag of $server", 6, 0, 6)]
    assert places(of(alone, server=["a"])) == [("Lag of a", 6, 0, 6)]


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ({"type": "custom", "includeAll": True, "query": "1m, Five : 5m"}, ["1m", "5m"]),
        ({"type": "custom", "query": "1m,5m", "current": {"value": "5m"}}, ["5m"]),
        ({"type": "query", "multi": True, "current": {"value": ["a", "b"]}}, ["a", "b"]),
        ({"type": "query", "current": {"value": "$__all"}}, []),
        ({"type": "textbox"}, []),
    ],
)
def test_the_values_are_those_that_are_chosen(variable: dict[str, Any], expected: list[str]) -> None:
    assert values_offered(variable) == expected


def test_each_copy_has_the_answer_of_its_own_value_and_is_declared_where_its_panel_is() -> None:
    looked = look_at([DASHBOARD], Known(), NOW)
    place = len(DASHBOARD["panels"]) - 2
    findings = [Finding("kinds", f"/panels/{place}/targets/0", "too slow")]
    made = model(looked, "", findings=findings, declared={("kinds", f"/panels/{place}"): "kinds.py:7"})
    copies = [each for each in panels_of(made["dashboards"][0]) if each["made_for"]]
    assert [each["title"] for each in copies] == [f"Lag of {name}" for name in NAMES]
    assert [each["body"]["tiles"][0]["text"] for each in copies] == ["1", "2", "3"]
    assert [each["id"] for each in copies] == [f"14/{name}" for name in NAMES]
    assert all(each["findings"] == ["too slow"] and each["declared"] == "kinds.py:7" for each in copies)


def test_a_change_of_what_repeats_is_told_of_each_copy() -> None:
    renamed = {**DASHBOARD, "panels": [{**each, "description": "New"} for each in DASHBOARD["panels"]]}
    before, after = (model(look_at([each], Known(), NOW), "") for each in (DASHBOARD, renamed))
    (change,) = compared(before, after, {"kinds": (DASHBOARD, renamed)})["changes"]
    assert {each["change"] for each in change["changed"]} == {"description"}
    assert len(change["changed"]) == len(DASHBOARD["panels"]) + len(NAMES) - 1
