"""The preview in a real Chromium: every panel shows what the panel reader says, and a person can read it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import pytest

from dashlib.documents.dashboards import Dashboard
from dashlib.glance import see
from dashlib.preview.looking import Started
from dashlib.preview.page import as_html, model
from dashlib.preview.pictures import opened
from dashlib.preview.sources import of_recording, recording_named
from tests.compiled import DASHBOARDS, DOCUMENTS, ROOT
from tests.preview.browsing import UNREADABLE, show
from tests.programs import needed_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Page

    from dashlib.preview.asking import Looked

pytestmark = pytest.mark.browser

# A fault that colors much of what there is.
RECORDING = "kafka-slow"
WIDTHS = (1280, 1920)
THEMES = ("dark", "light")

# What of a dashboard a person cannot read: text that is cut, panels that overlap, too little contrast (WCAG AA).


@pytest.fixture(scope="module")
def looked(request: pytest.FixtureRequest) -> list[Looked]:
    for program in ("prometheus", "promtool"):
        needed_program(request, program)
    answering = Started(of_recording(recording_named(RECORDING)), ROOT, ())
    rules = [document for document in DOCUMENTS if document.kind == "rules"]
    return answering.look(list(DASHBOARDS.values()), rules)


@pytest.fixture(scope="module")
def requests() -> list[str]:
    return []


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    return []


@pytest.fixture(scope="module")
def tab(looked: list[Looked], requests: list[str], complaints: list[str]) -> Iterator[Page]:
    pytest.importorskip("playwright")
    with opened(as_html(model(looked, RECORDING)), width=WIDTHS[0]) as page:
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.reload()
        yield page


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_every_panel_shows_what_the_reader_says(tab: Page, looked: list[Looked], uid: str) -> None:
    (board,) = [each for each in looked if each.dashboard["uid"] == uid]
    show(tab, uid)
    texts = {
        int(panel.get_attribute("data-panel") or 0): panel.evaluate("each => each.innerText + ' ' + each.textContent")
        for panel in tab.locator(".panel").all()
    }
    shown = 0
    for panel, answered in zip(Dashboard(board.dashboard).panels, board.answers, strict=True):
        assert not answered.error, answered.error
        seen = see(panel.data, answered.answers, now=answered.now)
        text = texts[panel.data["id"]]
        assert panel.title in text
        for each in wanted(panel.data, seen):
            shown += 1
            assert each in text, f"{panel.title}: {each!r} is not in {text!r}"
    assert shown > len(board.answers)


def wanted(panel: Mapping[str, Any], seen: Any) -> Iterator[str]:
    """Yield what a panel must show: all values of now, or each row of a legend."""
    if seen.empty:
        yield seen.empty
    for each in seen.shown:
        if panel["type"] == "timeseries":
            yield each.name
            yield from (calculated.partition(": ")[2] for calculated in each.text.split(", ") if each.text)
        elif panel["type"] == "state-timeline":
            yield each.name
        else:
            yield html.unescape(each.text)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("uid", DASHBOARDS)
def test_a_person_can_read_it(tab: Page, uid: str, width: int, theme: str) -> None:
    tab.set_viewport_size({"width": width, "height": 1000})
    tab.wait_for_timeout(250)  # the page draws anew when its window has come to rest
    show(tab, uid, theme)
    assert tab.evaluate(UNREADABLE) == []


def test_the_alerts_of_a_fault_fire_in_its_recording(tab: Page) -> None:
    show(tab, "debezium-alerts")
    firing = tab.locator(".panel", has_text="Firing and Pending").first.inner_text()
    assert "Firing" in firing.partition("What it means")[2]
    assert "Queue" in firing


def test_a_variable_filters_what_carries_its_label(tab: Page) -> None:
    show(tab, "debezium-production")
    panel = tab.locator(".panel", has_text="Lag Trend")
    assert "mariadb-server" in panel.inner_text()
    tab.get_by_label("Connector", exact=True).first.select_option("mysql-server")
    for title in ("Lag Trend", "Connector Status"):
        text = tab.locator(".panel", has_text=title).first.inner_text()
        assert "mysql-server" in text
        assert "mariadb-server" not in text
    tab.get_by_label("Connector", exact=True).first.select_option("")


def test_a_table_sorts_and_a_legend_isolates_by_keyboard(tab: Page) -> None:
    show(tab, "debezium-production")
    table = tab.locator(".panel", has_text="Current Lag").first
    header = table.get_by_role("button", name="Connector", exact=True)
    header.press("Enter")
    first = table.locator("tbody tr").first.inner_text()
    table.get_by_role("button", name="Connector").press("Enter")
    assert table.locator("tbody tr").last.inner_text() == first
    series = tab.locator(".panel", has_text="Lag Trend").get_by_role("button", name="mysql-server")
    series.press("Enter")
    pressed = tab.locator(".panel", has_text="Lag Trend").get_by_role("button", name="mysql-server")
    assert pressed.get_attribute("aria-pressed") == "true"


def test_a_tooltip_says_what_the_reader_would(tab: Page) -> None:
    tab.set_viewport_size({"width": 1280, "height": 1000})
    tab.wait_for_timeout(250)
    show(tab, "debezium-production")
    tab.locator(".panel", has_text="Queue Utilization").locator(".u-over").hover()
    text = tab.get_by_role("tooltip").inner_text()
    assert "2026-01-01" in text
    assert "100%" in text


def test_a_row_folds(tab: Page) -> None:
    tab.evaluate("() => window.dashlib.show('debezium-production')")
    row = tab.get_by_role("button", name="Detailed Metrics")
    assert row.get_attribute("aria-expanded") == "false"
    assert tab.locator(".panel", has_text="Transactions/sec").count() == 0
    row.press("Enter")
    assert tab.locator(".panel", has_text="Transactions/sec").count() == 1


def test_nobody_else_is_asked_and_nothing_is_complained_of(
    tab: Page, requests: list[str], complaints: list[str]
) -> None:
    assert tab.title()
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
