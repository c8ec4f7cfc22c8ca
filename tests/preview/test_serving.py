"""The page on 127.0.0.1: it follows the files, and an error stands at the panel it belongs to."""

from __future__ import annotations

import json
import os
import re
import threading
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from dashlib.preview.serving import Watched, serve, with_error

if TYPE_CHECKING:
    from pathlib import Path


def page(**panel: Any) -> bytes:
    rows = [{"panels": [{"title": "Lag", "declared": "/p/dashboards/a.py:10", "findings": []}, panel]}]
    data = json.dumps({"source": "", "errors": [], "dashboards": [{"rows": rows}]})
    return f'<script type="application/json" id="model">{data}</script>'.encode()


def model_of(content: bytes) -> Any:
    found = re.search(rb'id="model">(.*?)</script>', content, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_an_error_stands_above_and_at_the_panel_whose_declaration_its_line_is_in() -> None:
    content = page(title="Queue", declared="/p/dashboards/a.py:20", findings=[])
    found = model_of(with_error(content, "dashboards/a.py:22: unknown metric 'Queu'"))
    lag, queue = found["dashboards"][0]["rows"][0]["panels"]
    assert found["errors"] == ["dashboards/a.py:22: unknown metric 'Queu'"]
    assert lag["findings"] == []
    assert queue["findings"] == found["errors"]


def test_an_error_of_no_panel_stands_above_only() -> None:
    content = page(title="Queue", declared="/p/dashboards/a.py:20", findings=[])
    found = model_of(with_error(content, "no [tool.dashlib] in pyproject.toml"))
    assert found["errors"]
    assert [panel["findings"] for panel in found["dashboards"][0]["rows"][0]["panels"]] == [[], []]


@pytest.fixture
def watched(tmp_path: Path) -> tuple[Watched, Path]:
    file = tmp_path / "a.py"
    file.write_text("1")
    # What is drawn is the file; a 0 is one that cannot be.
    drawn = lambda: (b"", "a.py:1: broken") if file.read_text() == "0" else (page(title=file.read_text()), "")  # noqa: E731
    return Watched(drawn, lambda: [file]), file


def change(file: Path, text: str) -> None:
    before = file.stat().st_mtime
    file.write_text(text)
    os.utime(file, (before + 5, before + 5))


def test_a_saved_file_is_drawn_again_and_a_broken_one_keeps_the_last_page(watched: tuple[Watched, Path]) -> None:
    page_, file = watched
    assert not page_.look()
    change(file, "2")
    assert page_.look()
    assert model_of(page_.content)["dashboards"][0]["rows"][0]["panels"][1]["title"] == "2"
    change(file, "0")
    assert page_.look()
    found = model_of(page_.content)
    assert found["errors"] == ["a.py:1: broken"]
    assert found["dashboards"][0]["rows"][0]["panels"][1]["title"] == "2"
    assert page_.version == 3


def test_it_is_served_on_this_machine_only(watched: tuple[Watched, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    page_, _ = watched
    urls: list[str] = []
    answers: list[bytes] = []

    def announce(url: str) -> None:
        urls.append(url)
        for path in ("", "version"):
            with urllib.request.urlopen(url + path, timeout=10) as answer:  # noqa: S310 - http://127.0.0.1
                answers.append(answer.read())
        monkeypatch.setattr(threading.Event, "wait", lambda *_: True)

    serve(page_, announce)
    assert urls[0].startswith("http://127.0.0.1:")
    assert answers == [page_.content, b"1"]
