from __future__ import annotations

from tests.linting import dashboard, found


def test_a_title_that_is_missing_is_no_title() -> None:
    assert not found("duplicate-title", dashboard(uid="a", title=""), dashboard(uid="b", title=""))


def test_the_first_is_named() -> None:
    assert "dashboard-0.json" in found("duplicate-title", dashboard(uid="a"), dashboard(uid="b"))[0]
