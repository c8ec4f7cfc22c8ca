"""What differs between two objects, in words: panel › field: what is in Grafana → what is declared. Pure."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from dashlib.documents.dashboards import Dashboard
from dashlib.grafana.edits import Spelled, spelled_out
from dashlib.grafana.objects import DASHBOARD, FOLDER, POLICY, RULE_GROUP
from dashlib.grafana.secret_references import HIDDEN, REDACTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dashlib.grafana.json_types import JsonValue
    from dashlib.grafana.objects import Item

_ABSENT: Final = object()
_LONGEST = 60
_CONTEXT = 16
_MANY = 4
# Parts of a path that mean nothing to a reader, and what people call the others.
_SILENT = frozenset({"fieldConfig", "defaults", "options", "custom", "model", "list", "settings"})
_WORDS = {
    "gridPos": "position", "expr": "query", "legendFormat": "legend", "templating": "variables", "execErrState":
    "state on error", "noDataState": "state on no data", "datasourceUid": "datasource", "isPaused": "paused",
}  # fmt: skip
_NAMED_BY = ("refId", "name", "uid", "id", "title", "receiver")


def describe(present: Item, declared: Item) -> list[str]:
    """Return one line for each difference between two items of one kind; none if they mean the same.

    Args:
        present: as it is in Grafana.
        declared: as it is declared.
    """
    old = spelled_out(Spelled(present.content, present.meaning), declared.meaning)
    new = spelled_out(Spelled(declared.content, declared.meaning), present.meaning)
    lines: list[str] = []
    if present.folder != declared.folder and present.kind != FOLDER:
        lines.append(f"folder: {present.folder or '(root)'} → {declared.folder or '(root)'}")
    lines.extend(_BY_KIND.get(declared.kind, _plain)(old, new))
    return lines or ([] if present.same(declared) else ["only the order differs"])


def _dashboard(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    without = {"panels"}
    yield from _differences(_less(old, without), _less(new, without))
    before, after = _panels(old), _panels(new)
    pairs = _paired(before, after)
    lines: list[tuple[str, str]] = []
    for panel, other in pairs:
        if panel is None:
            lines.append((f"{_panel_title(other)}: new panel", ""))
        elif other is None:
            lines.append((f"{_panel_title(panel)}: panel removed", ""))
        else:
            differences = _differences(_less(panel, {"panels"}), _less(other, {"panels"}))
            lines.extend((f"{_panel_title(other)} › {line}", line) for line in differences)
    yield from _together(lines)
    kept = [item for item, panel in pairs if item is not None and panel is not None]
    places = {id(item): index for index, item in enumerate(before)}
    if [places[id(item)] for item in kept] != sorted(places[id(item)] for item in kept):
        yield "panels: order changed"


def _together(lines: list[tuple[str, str]]) -> Iterator[str]:
    """Merge a difference that many panels share: a datasource replaced in all of them is one difference."""
    counts = Counter(line for _, line in lines if line)
    said: set[str] = set()
    for whole, line in lines:
        if counts[line] < _MANY:
            yield whole
        elif line not in said:
            said.add(line)
            yield f"{counts[line]} panels › {line}"


def _panels(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [panel.data for panel in Dashboard(dashboard).all_panels]


def _paired(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> list[tuple[dict[str, Any] | None, dict[str, Any] | None]]:
    """Pair panels by id, then by kind and title; those of `after` in their order, then the removed ones."""
    left = list(before)
    pairs: list[tuple[dict[str, Any] | None, dict[str, Any] | None]] = []
    for panel in after:
        match = next((item for item in left if item.get("id") is not None and item.get("id") == panel.get("id")), None)
        if match is None:
            alike = (panel.get("type"), panel.get("title"))
            match = next((item for item in left if (item.get("type"), item.get("title")) == alike), None)
        if match is not None:
            left = [item for item in left if item is not match]
        pairs.append((match, panel))
    return [*pairs, *((item, None) for item in left)]


def _panel_title(panel: Mapping[str, Any] | None) -> str:
    panel = panel or {}
    place = panel.get("libraryPanel") or {}
    title = str(
        panel.get("title") or place.get("name") or f"{panel.get('type', 'panel')} {panel.get('id', '')}".strip()
    )
    return f"row {title}" if panel.get("type") == "row" else title


def _rule_group(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    yield from _differences(_less(old, {"rules"}), _less(new, {"rules"}))
    before = {rule.get("uid"): rule for rule in old["rules"]}
    for rule in new["rules"]:
        other = before.pop(rule.get("uid"), None)
        if other is None:
            yield f"{rule.get('title')}: new rule"
        else:
            yield from (f"{rule.get('title')} › {line}" for line in _differences(other, rule))
    yield from (f"{rule.get('title')}: rule removed" for rule in before.values())
    kept = [rule.get("uid") for rule in old["rules"]]
    if sorted(map(str, kept)) == sorted(str(rule.get("uid")) for rule in new["rules"]) and kept != [
        rule.get("uid") for rule in new["rules"]
    ]:
        yield "rules: order changed"


def _policy(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    yield from _differences(old.get("root") or {}, new.get("root") or {})
    yield from _list_differences(old["routes"], new["routes"], ("routes",))


def _plain(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    yield from _differences(old, new)


_BY_KIND: Final[dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Iterator[str]]]] = {
    DASHBOARD: _dashboard,
    RULE_GROUP: _rule_group,
    POLICY: _policy,
}


def _less(data: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in keys}


# --- any two JSON values ---------------------------------------------------------------------------------------------


def _differences(old: JsonValue, new: JsonValue, path: tuple[str, ...] = ()) -> Iterator[str]:
    if _equal(old, new):
        return
    if path[-1:] == ("steps",) and isinstance(old, list) and isinstance(new, list):
        yield from _steps(old, new, path[:-1])
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            yield from _differences(old.get(key, _ABSENT), new.get(key, _ABSENT), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_differences(old, new, path)
    else:
        yield _said(path, old, new)


def _equal(old: JsonValue, new: JsonValue) -> bool:
    """Compare so that `true` is not 1, though 1.0 is."""
    if isinstance(old, bool) != isinstance(new, bool):
        return False
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_equal(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_equal, old, new))
    return bool(old == new)


def _list_differences(old: list[Any], new: list[Any], path: tuple[str, ...]) -> Iterator[str]:
    key = _identity(old, new)
    if key is not None:
        before = {item[key]: item for item in old}
        for item in new:
            name = str(item[key])
            yield from _differences(before.pop(item[key], _ABSENT), item, (*path, name))
        for name, item in before.items():
            yield from _differences(item, _ABSENT, (*path, str(name)))
    elif len(old) == len(new) and all(isinstance(item, dict) for item in (*old, *new)):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(one, other, (*path, str(index + 1)))
    else:
        yield _said(path, old, new)


def _identity(old: list[Any], new: list[Any]) -> str | None:
    """Return the key that identifies the entries of two lists, if there is one."""
    for key in _NAMED_BY:
        if all(isinstance(item, dict) and isinstance(item.get(key), str | int) for item in (*old, *new)) and all(
            len({item[key] for item in entries}) == len(entries) for entries in (old, new)
        ):
            return key if old or new else None
    return None


def _steps(old: list[Any], new: list[Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield how the steps of a threshold differ, by color: `red 30 → 60`."""
    before = [(step.get("color"), step.get("value")) for step in old if isinstance(step, dict)]
    after = [(step.get("color"), step.get("value")) for step in new if isinstance(step, dict)]
    place = _place(path) or "thresholds"
    if [color for color, _ in before] == [color for color, _ in after]:
        for (color, value), (_, other) in zip(before, after, strict=True):
            if value != other:
                yield f"{place}: {color} {_show(value)} → {_show(other)}"
        return
    yield f"{place}: {_show_steps(before)} → {_show_steps(after)}"


def _show_steps(steps: list[tuple[Any, Any]]) -> str:
    return ", ".join(str(color) if value is None else f"{color} {_show(value)}" for color, value in steps) or "(none)"


def _said(path: tuple[str, ...], old: JsonValue, new: JsonValue) -> str:
    one, other = (_hide(value) for value in (old, new))
    if isinstance(one, str) and isinstance(other, str) and max(len(one), len(other)) > _LONGEST:
        one, other = _where_they_differ(one, other)
    return f"{_place(path)}: {_show(one)} → {_show(other)}"


def _hide(value: JsonValue) -> JsonValue:
    return HIDDEN if value == REDACTED else value


def _place(path: tuple[str, ...]) -> str:
    words: list[str] = []
    for index, part in enumerate(path):
        if part in _SILENT and index + 1 < len(path):
            continue
        if part == "targets" and index + 1 < len(path):
            continue
        if index and path[index - 1] in ("targets", "data"):
            words.append(f"query {part}")
        elif part == "expr" and words and words[-1].startswith("query "):
            continue
        elif part != "data":
            words.append(_WORDS.get(part, part))
    return ".".join(words)


def _show(value: JsonValue) -> str:
    if value is _ABSENT:
        return "(none)"
    if isinstance(value, str):
        text = value or '""'
    elif isinstance(value, dict | list) and len(json.dumps(value)) > _LONGEST:
        text = f"({len(value)} {'entry' if len(value) == 1 else 'entries'})"
    else:
        text = json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= 2 * _LONGEST else text[: 2 * _LONGEST - 1] + "…"


def _where_they_differ(one: str, other: str) -> tuple[str, str]:
    """Return the parts of two long texts that differ, with a little context."""
    start = next(
        (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    most = min(len(one), len(other)) - start
    end = next((index for index in range(most) if one[-1 - index] != other[-1 - index]), most)
    begin = max(0, start - _CONTEXT)

    def part(text: str) -> str:
        stop = min(len(text), len(text) - end + _CONTEXT)
        return f"{'…' if begin else ''}{text[begin:stop]}{'…' if stop < len(text) else ''}"

    return part(one), part(other)
