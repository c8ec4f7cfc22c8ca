"""What the tests in a browser share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# A script that returns what of the page a person cannot read.
UNREADABLE = Path(__file__).with_name("unreadable.js").read_text(encoding="utf-8")


def show(tab: Page, uid: str, theme: str = "dark") -> None:
    """Draw all of a dashboard, its collapsed rows opened."""
    tab.evaluate("([uid, theme]) => window.dashlib.show(uid, {open: true, theme})", [uid, theme])
