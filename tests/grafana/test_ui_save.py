"""A Save in the UI: without an edit it is none, and of an edit it is that edit alone.

The fixture is what Grafana 12.3.0 had before and after somebody pressed Save without a change, a panel of each kind of
each dashboard; `make contract` holds the whole dashboards.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.grafana.compare import describe
from dashlib.grafana.edits import Spelled, carried_over
from dashlib.grafana.normal_form import normal_form
from dashlib.grafana.objects import dashboard_item

SAVED = json.loads((Path(__file__).parents[1] / "fixtures/grafana/ui_save.json").read_text())


def pulled(declared: dict[str, Any], present: dict[str, Any]) -> dict[str, Any]:
    return carried_over(Spelled(declared, normal_form(declared, {})), Spelled(present, normal_form(present, {})))


def panels(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for panel in data["panels"] for each in (panel, *panel.get("panels", ())) if each["type"] != "row"]


@pytest.mark.parametrize("uid", sorted(SAVED))
def test_a_save_without_an_edit_is_no_difference_and_pulls_nothing(uid: str) -> None:
    before, after = SAVED[uid]["before"], SAVED[uid]["after"]
    assert before != after
    one, other = dashboard_item(before, "f"), dashboard_item(after, "f")
    assert one.same(other)
    assert one.hash == other.hash
    assert describe(other, one) == []
    assert json.dumps(pulled(before, after)) == json.dumps(before)


def retitled(panel: dict[str, Any]) -> None:
    panel["title"] = "By hand"


def another_query(panel: dict[str, Any]) -> None:
    panel["targets"][0]["expr"] = "by_hand"


def another_unit(panel: dict[str, Any]) -> None:
    panel["fieldConfig"]["defaults"]["unit"] = "bytes"


def another_step(panel: dict[str, Any]) -> None:
    panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1].update(color="purple", value=4321)


def another_mapping(panel: dict[str, Any]) -> None:
    fields = panel["fieldConfig"]["defaults"]
    if fields.get("mappings"):
        next(iter(fields["mappings"][0]["options"].values()))["text"] = "By hand"
    else:
        fields["mappings"] = [{"type": "value", "options": {"4321": {"index": 0, "text": "By hand"}}}]


def moved(panel: dict[str, Any]) -> None:
    panel["gridPos"]["x"] = 7


def without_panel(data: dict[str, Any], panel_id: int) -> None:
    for owner in (data, *data["panels"]):
        owner["panels"] = [panel for panel in owner.get("panels", ()) if panel["id"] != panel_id]


EDITS = (retitled, another_query, another_unit, another_step, another_mapping, moved)


@given(st.data())
def test_any_edit_after_a_save_is_reported_and_pulled_alone(data: st.DataObject) -> None:
    uid = data.draw(st.sampled_from(sorted(SAVED)))
    before, saved = (copy.deepcopy(SAVED[uid][state]) for state in ("before", "after"))
    index = data.draw(st.integers(0, len(panels(saved)) - 1))
    edit = data.draw(st.sampled_from(EDITS))
    expected = copy.deepcopy(before)
    for changed in (saved, expected):
        edit(panels(changed)[index])
    lines = describe(dashboard_item(saved, "f"), dashboard_item(before, "f"))
    assert len(lines) == 1, lines
    assert pulled(before, saved) == expected


@given(st.data())
def test_a_panel_that_somebody_removed_is_reported_and_pulled_alone(data: st.DataObject) -> None:
    uid = data.draw(st.sampled_from(sorted(SAVED)))
    before, saved = (copy.deepcopy(SAVED[uid][state]) for state in ("before", "after"))
    gone = data.draw(st.sampled_from(panels(before)))
    without_panel(saved, gone["id"])
    assert describe(dashboard_item(saved, "f"), dashboard_item(before, "f")) == [f"{gone['title']}: new panel"]
    left = pulled(before, saved)
    assert [panel["id"] for panel in panels(left)] == [panel["id"] for panel in panels(before) if panel != gone]
    assert [panel for panel in panels(before) if panel != gone] == panels(left)
