"""The page on 127.0.0.1, drawn again whenever a file of the project changes.

Declarations are Python modules, which a process imports once: so each page is drawn by a process of its own. What it
says when it fails stands above the page that was drawn last, and at the panel that the error's line belongs to.
"""

from __future__ import annotations

import http.server
import json
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_LOOPBACK: Final = "127.0.0.1"
#: Seconds between two looks at the project's files.
_EVERY: Final = 0.5
_PLACE: Final = re.compile(r"(?P<file>[^\s:]+\.py):(?P<line>\d+): ")
_MODEL: Final = re.compile(rb'(<script type="application/json" id="model">)(.*?)(</script>)', re.DOTALL)
# The page asks whether there is a newer one, and where it was scrolled to stays.
RELOADING: Final = """
(() => {
  let version = null;
  const ask = () => fetch("version").then((answer) => answer.text()).then((now) => {
    if (version !== null && now !== version) location.reload();
    version = now;
  }).catch(() => {}).finally(() => setTimeout(ask, 700));
  ask();
})();
"""


class Watched:
    """A page that is drawn again when a file changes.

    Attributes:
        content: the HTML to serve.
        version: grows with every page.
    """

    def __init__(self, draw: Callable[[], tuple[bytes, str]], files: Callable[[], Iterable[Path]]) -> None:
        """Draw the first page.

        Args:
            draw: returns a page, and what went wrong: one of them is empty.
            files: whose changes matter.
        """
        self._draw, self._files = draw, files
        self.content = b""
        self.version = 0
        self._seen = self._state()
        self.refresh()

    def refresh(self) -> None:
        """Draw the page again."""
        page, error = self._draw()
        self.content = page or with_error(self.content, error)
        self.version += 1

    def look(self) -> bool:
        """Draw the page again if a file has changed; return whether."""
        state = self._state()
        if state == self._seen:
            return False
        self._seen = state
        self.refresh()
        return True

    def _state(self) -> dict[Path, float]:
        found = {}
        for file in self._files():
            try:
                found[file] = file.stat().st_mtime
            except OSError:
                continue
        return found


def with_error(page: bytes, error: str) -> bytes:
    """Return a page with an error above everything, and at the panels whose declaration its line is in."""
    found = _MODEL.search(page)
    model = json.loads(found[2]) if found is not None else {"source": "", "errors": [], "dashboards": []}
    model["errors"] = [error]
    place = _PLACE.search(error)
    if place is not None:
        panel = _panel_at(model, place["file"], int(place["line"]))
        if panel is not None:
            panel["findings"] = [error]
    if found is None:
        from dashlib.preview.page import as_html

        return as_html(model, script=RELOADING)
    data = json.dumps(model).replace("<", "\\u003c").encode()
    return page[: found.start(2)] + data + page[found.end(2) :]


def _panel_at(model: dict[str, object], file: str, line: int) -> dict[str, object] | None:
    """Return the panel that is declared last before a line of a file."""
    best: tuple[int, dict[str, object]] | None = None
    for board in model["dashboards"]:  # type: ignore[attr-defined]  # a page's model
        for row in board["rows"]:
            for panel in row["panels"]:
                name, _, number = str(panel.get("declared", "")).rpartition(":")
                if (
                    name
                    and Path(file).name == Path(name).name
                    and int(number) <= line
                    and (best is None or int(number) >= best[0])
                ):
                    best = (int(number), panel)
    return None if best is None else best[1]


def drawn_by_a_process(arguments: Sequence[str], out: Path) -> tuple[bytes, str]:
    """Return the page that `dashlib preview` draws, or what it says where it fails.

    Args:
        arguments: behind `dashlib preview`.
        out: a folder for the page.
    """
    page = out / "index.html"
    page.unlink(missing_ok=True)
    done = subprocess.run(  # noqa: S603  # dashlib itself
        [sys.executable, "-m", "dashlib", "preview", *arguments, "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    if not page.exists():
        return b"", done.stderr.strip().removeprefix("dashlib: ") or f"it ended with {done.returncode}"
    return page.read_bytes(), ""


def serve(watched: Watched, announce: Callable[[str], None], port: int = 0) -> None:
    """Serve a page until Ctrl-C.

    Args:
        watched: the page.
        announce: is told the URL.
        port: on 127.0.0.1; 0 for a free one.
    """
    server = http.server.ThreadingHTTPServer((_LOOPBACK, port), _handler(watched))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    announce(f"http://{_LOOPBACK}:{server.server_port}/")
    stopped = threading.Event()
    try:
        while not stopped.wait(_EVERY):
            watched.look()
    finally:
        server.shutdown()
        server.server_close()


def _handler(watched: Watched) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/":
                self._answer(watched.content, "text/html; charset=utf-8")
            elif self.path == "/version":
                self._answer(str(watched.version).encode(), "text/plain")
            else:
                self.send_error(http.HTTPStatus.NOT_FOUND)

        def _answer(self, content: bytes, kind: str) -> None:
            self.send_response(http.HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing: the page asks every second."""

    return Handler
