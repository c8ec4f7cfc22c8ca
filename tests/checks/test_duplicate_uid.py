from __future__ import annotations

from tests.linting import dashboard, found


def test_it_has_at_most_40_characters() -> None:
    assert not found("duplicate-uid", dashboard(uid="x" * 40))
    assert "41 characters" in found("duplicate-uid", dashboard(uid="x" * 41))[0]


def test_dashboards_without_one_get_one_from_grafana() -> None:
    assert not found("duplicate-uid", dashboard(uid="", title="One"), dashboard(uid="", title="Other"))
