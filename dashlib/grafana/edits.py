"""Carry edits made in Grafana into the dashboard as it is declared. Pure.

Both sides come with their normal forms. Where those are equal, the declared spelling stays, however Grafana spells it;
where they differ, Grafana's value is taken. So a pulled file shows the edit and nothing else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from dashlib.documents.dashboards import Dashboard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashlib.grafana.json_types import Json, JsonValue

# What identifies the entries of a list, where they have it and it is unique.
_NAMED_BY = ("refId", "name", "id")


class Spelled(NamedTuple):
    """A value as it is written, and its normal form.

    Attributes:
        written: as it is written.
        meant: its normal form; for a list, entry by entry.
    """

    written: Any
    meant: Any


def carried_over(declared: Spelled, present: Spelled) -> Json:
    """Return the declared dashboard with only the differences of the present one."""
    panels = {name: panel for panel in _panels(declared) if (name := _names([panel.meant])[0])}
    made: Json = _carried(declared, present, panels)
    return made


def spelled_out(one: Spelled, other: JsonValue) -> Any:  # noqa: ANN401  # any JSON
    """Return a normal form, plus the defaults that it leaves out and the other one does not."""
    if all(isinstance(value, dict) for value in (*one, other)):
        made = {key: spelled_out(Spelled(one.written.get(key), own), other.get(key)) for key, own in one.meant.items()}
        for key, theirs in other.items():
            if key not in one.meant and key in one.written:
                written = one.written[key]
                made[key] = spelled_out(Spelled(written, {} if isinstance(written, dict) else written), theirs)
        return made
    if all(isinstance(value, list) for value in (*one, other)):
        counterparts = _counterparts(other, one.meant)
        pairs = zip(_entries(one), counterparts, strict=True)
        return [entry.meant if index is None else spelled_out(entry, other[index]) for entry, index in pairs]
    return one.meant


def _carried(declared: Spelled, present: Spelled, panels: Mapping[str, Spelled]) -> Any:  # noqa: ANN401  # any JSON
    if declared.meant == present.meant:
        return declared.written
    if all(isinstance(value, dict) for value in (*declared, *present)):
        return _carried_object(declared, present, panels)
    if all(isinstance(value, list) for value in (*declared, *present)):
        return _carried_list(declared, present, panels)
    return present.written


def _carried_object(declared: Spelled, present: Spelled, panels: Mapping[str, Spelled]) -> Json:
    made: Json = {}
    for key, written in declared.written.items():
        own, found = (_at(side, key) for side in (declared, present))
        if own.meant == found.meant:
            made[key] = written
        elif key == "panels":
            made[key] = _carried_panels(found, panels)
        elif key in present.written:
            made[key] = _carried(own, found, panels)
    return made | {key: meant for key, meant in present.meant.items() if key not in declared.written}


def _at(side: Spelled, key: str) -> Spelled:
    """Return the value at a key; if the normal form leaves it out, an empty one."""
    written = side.written.get(key)
    nothing: Any = {} if isinstance(written, dict) else [] if key == "panels" else None
    return Spelled(written, side.meant.get(key, nothing))


def _carried_panels(present: Spelled, panels: Mapping[str, Spelled]) -> list[Any]:
    """Return panels, each carried into the declared one with its id, even if it has moved to another row."""
    named = zip(_names(present.meant), _entries(present), strict=True)
    return [_carried(panels[name], item, panels) if name in panels else item.written for name, item in named]


def _carried_list(declared: Spelled, present: Spelled, panels: Mapping[str, Spelled]) -> list[Any]:
    counterparts = _counterparts(list(declared.meant), list(present.meant))
    own = list(_entries(declared))
    return [
        item.written if index is None else _carried(own[index], item, panels)
        for item, index in zip(_entries(present), counterparts, strict=True)
    ]


def _entries(spelled: Spelled) -> Iterator[Spelled]:
    return (Spelled(*each) for each in zip(spelled.written or (), spelled.meant, strict=True))


def _counterparts(old: list[Any], new: list[Any]) -> list[int | None]:
    """Return for each new entry the index of the old one that it matches: by name, by value, or by position."""
    before, after = _names(old), _names(new)
    if all(before) and all(after):
        return [before.index(name) if name in before else None for name in after]
    left = list(range(len(old)))
    found: list[int | None] = []
    for item in new:
        index = next((index for index in left if old[index] == item), None)
        found.append(index)
        left = [other for other in left if other != index]
    if len(old) == len(new):
        return [left.pop(0) if index is None else index for index in found]
    return found


def _names(entries: list[Any]) -> list[str]:
    """Return the name of each entry; empty if it has none, or shares it."""
    names = [_name(item) for item in entries]
    return [name if names.count(name) == 1 else "" for name in names]


def _name(entry: JsonValue) -> str:
    known = entry if isinstance(entry, dict) else {}
    return next((f"{key} {json.dumps(known[key])}" for key in _NAMED_BY if key in known), "")


def _panels(dashboard: Spelled) -> Iterator[Spelled]:
    panels = (Dashboard(side).all_panels for side in dashboard)
    return (Spelled(written.data, meant.data) for written, meant in zip(*panels, strict=True))
