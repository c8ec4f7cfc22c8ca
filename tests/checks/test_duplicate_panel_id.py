from __future__ import annotations

from tests.linting import dashboard, found


def test_rows_and_what_they_hold_count() -> None:
    row = {"id": 1, "type": "row", "panels": [{"id": 1, "type": "text"}]}
    assert found("duplicate-panel-id", dashboard(row))


def test_panels_without_an_id_are_given_one_by_grafana() -> None:
    assert not found("duplicate-panel-id", dashboard({"type": "text"}, {"type": "text"}))
