"""A page as pictures, by Playwright's Python package and the system's Chromium."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dashlib.errors import RemoteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Page

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_HEIGHT: Final = 900
# How long a step may take, in milliseconds: a busy machine draws a large page for longer than Playwright would wait.
_PATIENCE: Final = 180_000
# A picture is as high as what it shows, and at least this.
_LEAST: Final = 200


def find_chromium() -> str:
    """Return the Chromium to use.

    Raises:
        RemoteError: it is not installed; the message says which package brings it.
    """
    found = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if found is None:
        raise RemoteError(
            "Chromium, which takes the pictures, is not on PATH: install Debian's package `chromium`, or write a page "
            "with --out DIR and open it in any browser"
        )
    return found


@contextlib.contextmanager
def opened(page: bytes, *, width: int, height: int = _HEIGHT) -> Iterator[Page]:
    """Yield a page opened from disk in a headless Chromium.

    Raises:
        RemoteError: Playwright or Chromium is not installed, or does not start.
    """
    program = find_chromium()
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise RemoteError(
            "the Python package playwright, which takes the pictures, is not installed: pip install 'dashlib[preview]'"
        ) from None
    with tempfile.TemporaryDirectory(prefix="dashlib-preview-") as folder, sync_playwright() as playwright:
        file = Path(folder) / "index.html"
        file.write_bytes(page)
        try:
            # Without a sandbox, because root has none; the page is our own and asks nothing of anybody.
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        except Error as error:
            raise RemoteError(f"{program} does not start: {error.message.splitlines()[0]}") from None
        with contextlib.closing(browser):
            try:
                tab = browser.new_page(viewport={"width": width, "height": height})
                tab.set_default_timeout(_PATIENCE)
                tab.goto(file.as_uri())
                yield tab
            except Error as error:
                raise RemoteError(f"{program} failed: {error.message.splitlines()[0]}") from None


def take(
    page: bytes,
    folder: Path,
    uids: Sequence[str],
    panels: Sequence[str] = (),
    *,
    width: int,
    theme: str = "",
    open_rows: bool = False,
) -> list[Path]:
    """Write a picture of each dashboard, or of some of its panels; return the files.

    Args:
        page: HTML of `as_html`.
        folder: for the pictures.
        uids: of the dashboards, in the order of the page.
        panels: titles; without any the whole dashboard is pictured.
        width: of the window, in pixels.
        theme: `dark` or `light`; by default what the page begins with.
        open_rows: rows that begin collapsed are opened.

    Raises:
        RemoteError: as `opened`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    with opened(page, width=width, height=_LEAST) as tab:
        for uid in uids:
            settings = {"uid": uid, "open": open_rows or bool(panels), "theme": theme}
            tab.evaluate("({uid, open, theme}) => window.dashlib.show(uid, {open, theme})", settings)
            if not panels:
                files.append(folder / f"{uid}.png")
                tab.screenshot(path=files[-1], full_page=True)
                continue
            for title in panels:
                for place, found in enumerate(tab.get_by_role("region", name=title, exact=True).all()):
                    if not found.evaluate("each => each.classList.contains('panel')"):
                        continue
                    files.append(folder / f"{uid}-{_file_name(title)}{f'-{place + 1}' if place else ''}.png")
                    found.screenshot(path=files[-1])
    return files


def _file_name(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "panel"
