"""Before and after a change: what changed side by side, the rest folded."""

from __future__ import annotations

import json
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from dashlib.errors import ConfigurationError
from dashlib.preview.comparing import as_markdown, compared
from dashlib.preview.revisions import documents_at
from tests.compiled import DOCUMENTS

if TYPE_CHECKING:
    from pathlib import Path


def panel(number: int, title: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "title": title,
        "x": 0,
        "y": 0,
        "w": 12,
        "h": 8,
        "body": {"kind": "stat", "tiles": []},
        **more,
    }


def page(*panels: dict[str, Any]) -> dict[str, Any]:
    board = {"uid": "a", "title": "Overview", "rows": [{"title": "", "collapsed": False, "panels": list(panels)}]}
    return {"source": "healthy", "errors": [], "dashboards": [board]}


def compiled(*panels: dict[str, Any]) -> dict[str, Any]:
    return {"uid": "a", "panels": list(panels)}


def test_a_changed_panel_stands_beside_what_it_was_and_the_rest_is_folded() -> None:
    before = page(panel(1, "Lag"), panel(2, "Queue"), panel(3, "Gone"))
    after = page(panel(1, "Lag"), panel(2, "Queue"), panel(4, "New"))
    then = compiled({"id": 1, "targets": [1]}, {"id": 2, "gridPos": {"x": 0, "y": 0}}, {"id": 3})
    now = compiled({"id": 1, "targets": [2]}, {"id": 2, "gridPos": {"x": 0, "y": 8}}, {"id": 4})
    found = compared(before, after, {"a": (then, now)})
    rows = {row["title"]: row for row in found["dashboards"][0]["rows"]}
    assert list(rows) == ["Changed", "Added", "Removed", "Unchanged"]
    assert [(each["mark"], each["x"], each["w"]) for each in rows["Changed"]["panels"]] == [
        ("before", 0, 12),
        ("after", 12, 12),
    ]
    assert rows["Unchanged"]["collapsed"]
    text = as_markdown(found, "main")
    for line in ("| Lag | queries |", "| New | added |", "| Gone | removed |", "![Overview](a.png)"):
        assert line in text


def test_a_panel_that_only_shows_something_else_has_changed() -> None:
    shown = panel(1, "Alerts", body={"kind": "stat", "tiles": [{"text": "2"}]})
    found = compared(page(panel(1, "Alerts")), page(shown), {"a": (compiled({"id": 1}), compiled({"id": 1}))})
    assert found["changes"][0]["changed"] == [{"title": "Alerts", "change": "what its queries are answered"}]


def test_without_a_change_the_markdown_says_so() -> None:
    same = page(panel(1, "Lag"))
    found = compared(same, same, {"a": (compiled({"id": 1}), compiled({"id": 1}))})
    assert "Unchanged: Overview." in as_markdown(found, "main")


def test_the_older_documents_are_what_was_committed(tmp_path: Path) -> None:
    document = next(each for each in DOCUMENTS if each.kind == "dashboard")
    file = tmp_path / "project" / document.path
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"uid": "old", "title": "Old", "panels": []}))
    element = attrs.evolve(document, path=PurePosixPath("lib/e.json"), kind="library-panel")
    (tmp_path / "project" / "lib").mkdir()
    (tmp_path / "project" / element.path).write_text(json.dumps({"uid": "e", "name": "E", "model": {"type": "stat"}}))

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    file.write_text(json.dumps({"uid": "new", "panels": []}))
    found, library = documents_at("HEAD", [document, element], tmp_path / "project")
    assert (found.kind, found.data["uid"], found.path) == ("dashboard", "old", document.path)
    assert (library.kind, library.data["uid"], library.path) == ("library-panel", "e", element.path)
    with pytest.raises(ConfigurationError, match="no-such-revision"):
        documents_at("no-such-revision", [document], tmp_path / "project")
