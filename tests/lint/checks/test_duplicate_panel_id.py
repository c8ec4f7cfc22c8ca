from __future__ import annotations

from tests.linting import dashboard, found


def test_rows_and_what_they_hold_count() -> None:
    row = {"id": 1, "type": "row", "panels": [{"id": 1, "type": "text"}]}
    assert found("duplicate-panel-id", dashboard(row))


def test_panels_without_an_id_are_given_one_by_grafana() -> None:
    assert not found("duplicate-panel-id", dashboard({"type": "text"}, {"type": "text"}))


def test_grafana_gives_the_second_another_id() -> None:
    assert (
        "Grafana assigns this panel another id"
        in found("duplicate-panel-id", dashboard(*[{"id": 7, "type": "text"}] * 2))[0]
    )


def test_zero_is_no_id() -> None:
    assert not found("duplicate-panel-id", dashboard({"id": 0, "type": "text"}, {"id": 0, "type": "text"}))
