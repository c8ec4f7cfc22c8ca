"""Kinds that the shipped dashboards do not have, in a real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib.preview.asking import look_at
from dashlib.preview.page import as_html, model
from dashlib.preview.pictures import opened
from tests.preview.browsing import UNREADABLE, show
from tests.preview.kinds import DASHBOARD, NAMES, NOW, PANELS, Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
#: What a person reads in a panel, by its title.
SHOWN = {
    "Pie": ["accounts", "4 MB", "44%"],
    "Bars": ["accounts", "4 MB", "Value"],
    "Lying Bars": ["payments", "2000000"],
    "Distribution": ["30 ms", "orders"],
    "Buckets": ["+Inf", "500 ms", "11:50"],
    "Made of Values": ["150", "11:50"],
    "History": ["orders", "Up", "Down"],
    "Size by Speed": ["4000000", "30"],
    "Rising": ["4000000", "30"],
    "Words": ["Read this first", "two"],
    "Log Lines": ['{app="orders"}'],
}


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    return []


@pytest.fixture(scope="module")
def tab(complaints: list[str]) -> Iterator[Page]:
    pytest.importorskip("playwright")
    page = as_html(model(look_at([DASHBOARD], Known(), NOW), "made up"))
    with opened(page, width=1280) as found:
        found.on("console", lambda said: complaints.append(said.text))
        found.on("pageerror", lambda error: complaints.append(str(error)))
        found.reload()
        yield found


def panel(tab: Page, title: str) -> Locator:
    return tab.locator(f'.panel[aria-label="{title}"]')


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_kind_is_drawn_and_can_be_read(tab: Page, complaints: list[str], theme: str) -> None:
    show(tab, "kinds", theme)
    assert tab.evaluate(UNREADABLE) == []
    for title, texts in SHOWN.items():
        text = panel(tab, title).evaluate("each => each.innerText + ' ' + each.textContent")
        assert [each for each in texts if each not in text] == [], title
    for tag, count in (("h4", 1), ("p", 1), ("ul li", 2), ("ol li", 1)):
        assert panel(tab, "Words").locator(f".words {tag}").count() == count
    assert panel(tab, "Pie").locator("path").count() == len(NAMES)
    assert panel(tab, "Bars").locator("rect").count() == len(NAMES)
    assert panel(tab, "Size by Speed").locator("circle").count() == len(NAMES)
    assert complaints == []


def test_a_shape_says_what_it_stands_for(tab: Page) -> None:
    show(tab, "kinds")
    panel(tab, "Bars").locator("rect").first.hover()
    assert tab.get_by_role("tooltip").inner_text() == "accounts · Value: 4 MB"


def test_a_chosen_value_leaves_what_was_made_for_it(tab: Page) -> None:
    show(tab, "kinds")
    assert all(panel(tab, f"Lag of {name}").count() == 1 for name in NAMES)
    tab.get_by_label("Server", exact=True).select_option("orders")
    assert [panel(tab, f"Lag of {name}").count() for name in NAMES] == [0, 1, 0]
    assert panel(tab, "Bars").locator("rect").count() == 1
    assert "100%" in panel(tab, "Pie").inner_text()
    tab.get_by_label("Server", exact=True).select_option("")
    assert len(PANELS) + len(NAMES) - 1 == tab.locator(".panel").count()
