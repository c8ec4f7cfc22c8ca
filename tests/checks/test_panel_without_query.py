from __future__ import annotations

from tests.linting import dashboard, found


def test_text_needs_none() -> None:
    assert not found("panel-without-query", dashboard({"id": 1, "type": "text", "title": "Text"}))


def test_a_library_panel_has_it_elsewhere() -> None:
    assert not found("panel-without-query", dashboard({"id": 1, "type": "stat", "libraryPanel": {"uid": "x"}}))


def test_panels_in_rows_count() -> None:
    assert found("panel-without-query", dashboard({"type": "row", "panels": [{"id": 2, "type": "stat"}]}))
