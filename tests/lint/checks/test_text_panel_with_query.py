from __future__ import annotations

from tests.linting import dashboard, found, in_panel, panel


def test_each_kind_that_shows_no_data() -> None:
    for kind in ("text", "dashlist", "news"):
        assert in_panel("text-panel-with-query", "up", type=kind)


def test_a_text_without_a_query_is_right() -> None:
    assert not found("text-panel-with-query", dashboard(panel(None, type="text", targets=[])))
