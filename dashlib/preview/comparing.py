"""Dashboards before and after a change, as one page: what changed side by side, the rest folded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dashlib.documents.dashboards import Dashboard
from dashlib.preview.page import panels_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Json = dict[str, Any]

_HALF: Final = 12
_WHOLE: Final = 24
#: What people call the parts of a panel's JSON.
_PARTS: Final = {
    "targets": "queries",
    "fieldConfig": "field settings",
    "options": "options",
    "title": "title",
    "description": "description",
    "type": "kind",
    "gridPos": "place",
    "transformations": "transformations",
    "links": "links",
}


def compared(before: Json, after: Json, compiled: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Json:
    """Return a page of what changed.

    Args:
        before: the page's model of the old dashboards.
        after: of the new ones, over the same data.
        compiled: the compiled JSON of each dashboard by its uid: old and new, empty where one is missing.

    Returns:
        A model as `page.model` returns, its rows by what happened to their panels. `changes` lists them in words.
    """
    old = {each["uid"]: each for each in before["dashboards"]}
    new = {each["uid"]: each for each in after["dashboards"]}
    dashboards, changes = [], []
    for uid in [*new, *(uid for uid in old if uid not in new)]:
        then, now = compiled.get(uid, ({}, {}))
        board, said = _dashboard(old.get(uid), new.get(uid), _panels(then), _panels(now))
        dashboards.append(board)
        changes.append({"title": board["title"], "uid": uid, "changed": said})
    return {**after, "dashboards": dashboards, "changes": changes}


def _dashboard(
    old: Json | None,
    new: Json | None,
    then: Mapping[str, Mapping[str, Any]],
    now: Mapping[str, Mapping[str, Any]],
) -> tuple[Json, list[Json]]:
    before = {panel["id"]: panel for panel in panels_of(old)}
    after = {panel["id"]: panel for panel in panels_of(new)}
    changed, added, removed, same, said = [], [], [], [], []
    for number, panel in after.items():
        if number not in before:
            added.append({**panel, "mark": "added"})
            said.append({"title": panel["title"], "change": "added"})
            continue
        source = _source(number)
        parts = _parts(then.get(source, {}), now.get(source, {}))
        looks = before[number]["body"] != panel["body"]
        if not parts and not looks:
            same.append(panel)
            continue
        told = ", ".join(parts) or "what its queries are answered"
        changed.append(({**before[number], "mark": "before"}, {**panel, "mark": "after", "changed": told}))
        said.append({"title": panel["title"], "change": told})
    for number, panel in before.items():
        if number not in after:
            removed.append({**panel, "mark": "removed"})
            said.append({"title": panel["title"], "change": "removed"})
    rows = [
        _row("Changed", _pairs(changed)),
        _row("Added", _stacked(added)),
        _row("Removed", _stacked(removed)),
        _row("Unchanged", _stacked(same), collapsed=True),
    ]
    board = new or old or {}
    return {**board, "rows": [row for row in rows if row["panels"]]}, said


def _panels(dashboard: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(panel.id): panel.data for panel in Dashboard(dashboard).panels}


def _source(number: object) -> str:
    """Return the id of the panel that one was made of, if it repeats."""
    return str(number).partition("/")[0]


def _parts(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the parts that changed, in words; a panel that moved only down or up did not change."""
    keys = [key for key in dict.fromkeys([*then, *now]) if then.get(key) != now.get(key)]
    parts = []
    for key in keys:
        if key == "gridPos" and _without_y(then.get(key)) == _without_y(now.get(key)):
            continue
        parts.append(_PARTS.get(key, key))
    return parts


def _without_y(place: object) -> object:
    return {key: value for key, value in place.items() if key != "y"} if isinstance(place, dict) else place


def _row(title: str, panels: list[Json], *, collapsed: bool = False) -> Json:
    return {"title": title, "collapsed": collapsed, "panels": panels}


def _pairs(pairs: Sequence[tuple[Json, Json]]) -> list[Json]:
    placed, y = [], 0
    for before, after in pairs:
        height = max(before["h"], after["h"])
        wide = max(before["w"], after["w"]) > _HALF
        if wide:
            placed += [
                {**before, "x": 0, "w": _WHOLE, "y": y},
                {**after, "x": 0, "w": _WHOLE, "y": y + before["h"]},
            ]
            y += before["h"] + after["h"]
        else:
            placed += [{**before, "x": 0, "w": _HALF, "y": y}, {**after, "x": _HALF, "w": _HALF, "y": y}]
            y += height
    return placed


def _stacked(panels: Iterable[Json]) -> list[Json]:
    placed, x, y, height = [], 0, 0, 0
    for panel in panels:
        if x + panel["w"] > _WHOLE:
            x, y, height = 0, y + height, 0
        placed.append({**panel, "x": x, "y": y})
        x, height = x + panel["w"], max(height, panel["h"])
    return placed


def as_markdown(page: Mapping[str, Any], revision: str) -> str:
    """Return what changed as Markdown, for a pull request; the pictures stand beside it as `UID.png`.

    Args:
        page: what `compared` returns.
        revision: what is compared with.
    """
    lines = [f"# Dashboards, compared with `{revision}`", ""]
    for board in page["changes"]:
        if not board["changed"]:
            continue
        lines += [f"## {board['title']}", "", "| panel | what changed |", "|---|---|"]
        lines += [f"| {_cell(each['title'])} | {_cell(each['change'])} |" for each in board["changed"]]
        lines += ["", f"![{board['title']}]({board['uid']}.png)", ""]
    unchanged = [board["title"] for board in page["changes"] if not board["changed"]]
    if unchanged:
        lines += [f"Unchanged: {', '.join(unchanged)}.", ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
