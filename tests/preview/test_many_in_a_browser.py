"""The preview of many connectors in a real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib.preview.looking import Started
from dashlib.preview.page import as_html, model
from dashlib.preview.pictures import opened, take
from dashlib.preview.simulation import with_connectors
from dashlib.preview.sources import of_recording, recording_named
from tests.compiled import DASHBOARDS, ROOT
from tests.preview.browsing import UNREADABLE, show
from tests.programs import needed_program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("count", [16, 36])
def test_many_connectors_can_be_read(request: pytest.FixtureRequest, count: int) -> None:
    needed_program(request, "prometheus")
    pytest.importorskip("playwright")
    source = of_recording(with_connectors(recording_named("healthy"), count))
    boards = [DASHBOARDS[uid] for uid in ("debezium-production", "debezium-connect")]
    found = Started(source, ROOT, ()).look(boards, [])
    with opened(as_html(model(found, f"{count} connectors")), width=1920, height=1000) as page:
        for board in boards:
            show(page, board["uid"])
            assert page.evaluate(UNREADABLE) == []
        show(page, "debezium-production")
        rows = page.locator(".panel", has_text="Current Lag").first.locator("tbody tr")
        assert rows.count() >= 16
        # What has no room can be scrolled to.
        rows.last.scroll_into_view_if_needed()
        assert rows.last.is_visible()


def test_panels_are_pictured_wherever_they_stand(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    needed_program(request, "prometheus")
    pytest.importorskip("playwright")
    board = DASHBOARDS["debezium-production"]
    found = Started(of_recording(recording_named("healthy")), ROOT, ()).look([board], [])
    titles = ["Connector Status", "Time Since Last Event", "Transactions/sec"]
    files = take(as_html(model(found, "healthy")), tmp_path, [board["uid"]], titles, width=1000)
    assert [file.name for file in files] == [
        "debezium-production-connector-status.png",
        "debezium-production-time-since-last-event.png",
        "debezium-production-transactions-sec.png",
    ]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)
