from __future__ import annotations

from tests.linting import dashboard, found, in_panel


def test_rows_and_texts_need_none() -> None:
    assert not found("panel-text", dashboard({"id": 1, "type": "text"}, {"id": 2, "type": "row", "panels": []}))


def test_both_are_named_at_once() -> None:
    assert "no title and no description" in in_panel("panel-text", "up", title="", description="")[0]
