from __future__ import annotations

from tests.linting import PANEL, dashboard, declared, found, in_panel, run


def test_rows_and_texts_need_none() -> None:
    assert not found("panel-text", dashboard({"id": 1, "type": "text"}, {"id": 2, "type": "row", "panels": []}))


def test_both_are_named_at_once() -> None:
    assert "no title and no description" in in_panel("panel-text", "up", title="", description="")[0]


def test_what_a_file_of_others_lacks_everywhere_is_one_finding_with_a_number() -> None:
    bare = dashboard(*({**PANEL, "id": number, "title": f"P{number}", "description": ""} for number in (1, 2, 3)))
    assert found("panel-text", bare) == ["panel 'P1' has no description (and 2 more in this file)"]


def test_what_is_declared_is_said_of_each() -> None:
    bare = dashboard(*({**PANEL, "id": number, "title": f"P{number}", "description": ""} for number in (1, 2, 3)))
    assert len([one for one in run(declared(bare)) if one.check == "panel-text"]) == 3
