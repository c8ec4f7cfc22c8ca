"""grafanalib's dashboards: every panel at its place and with its number, as Grafana would have placed them."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from grafanalib import core

from dashlib.declare.dashboards import Variable
from dashlib.declare.panel_kinds import panel_kind
from dashlib.declare.placed import PlacedDashboard, PlacedPanel, PlacedRow
from dashlib.errors import DeclarationError
from dashlib.from_grafanalib.parts import link
from dashlib.from_grafanalib.places import place_of
from dashlib.from_grafanalib.plain import json_of, number, say, without_nulls, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dashlib.declare.panels import Panel
    from dashlib.sources import Source

GRID_WIDTH: Final = 24
_SPANS: Final = 12  # what the width of a row was before the grid
_SPAN: Final = 4
_WIDTH: Final = 12
_HEIGHT: Final = 8
_PIXELS: Final = 38  # a grid unit, and the gap below it
_LONGEST_UID: Final = 40
_UID: Final = re.compile(r"[A-Za-z0-9_-]+")
_NEW_ROW: Final = "New row"


def dashboard(
    declared: core.Dashboard, source: Source, as_panel: Callable[[Any], Panel], gone: Sequence[tuple[str, str]]
) -> PlacedDashboard:
    """Return a dashboard with every panel at its place.

    Args:
        declared: grafanalib's.
        source: where it was declared.
        as_panel: reads one of its panels, for the size of one that nobody placed.
        gone: what is set in it and Grafana no longer has.

    Raises:
        DeclarationError: it cannot be a dashboard.
    """
    if not str(declared.title or "").strip():
        raise DeclarationError("a dashboard needs a title; Grafana rejects an empty one", source)
    items = _Places(declared, source, as_panel).items()
    inputs = [_input(each) for each in declared.inputs]
    variables = [written(each) if isinstance(each, Mapping) else _variable(each) for each in declared.templating.list]
    named = {str(say(each, "name")) for each in variables}
    return PlacedDashboard(
        uid=_uid(declared, source),
        title=declared.title,
        items=items,
        variables=[*(each for one in inputs for each in _asked(one) if each.name not in named), *variables],
        links=[link(each) for each in declared.links],
        annotations=[_annotation(without_nulls(json_of(each))) for each in declared.annotations.list],
        inputs=[each for each in inputs if each.get("type") == "datasource"],
        settings=_settings(declared),
        gone=gone,
        source=source,
    )


def _uid(declared: core.Dashboard, source: Source) -> str:
    """Return the uid, or one made from the title: Grafana would invent another at every import."""
    if not declared.uid:
        made = re.sub(r"[^a-z0-9]+", "-", declared.title.lower()).strip("-")[:_LONGEST_UID].strip("-")
        if not made:
            raise DeclarationError(
                f"dashboard {declared.title!r} has no uid, and its title has no letter to make one of; give it a uid",
                source,
            )
        return made
    if not isinstance(declared.uid, str) or not _UID.fullmatch(declared.uid) or len(declared.uid) > _LONGEST_UID:
        raise DeclarationError(
            f"a dashboard's uid must be at most {_LONGEST_UID} letters, digits, '-' and '_'; got {declared.uid!r}",
            source,
        )
    return str(declared.uid)


def _settings(declared: core.Dashboard) -> dict[str, object]:
    """Return what is said of the whole dashboard and not at Grafana's default."""
    picker = declared.timePicker
    tooltip = declared.graphTooltip or int(declared.sharedCrosshair)
    timepicker: dict[str, object] = {}
    if list(picker.refreshIntervals or ()) != core.DEFAULT_TIME_PICKER.refreshIntervals:
        timepicker["refresh_intervals"] = list(picker.refreshIntervals or ())
    if picker.nowDelay:
        timepicker["nowDelay"] = picker.nowDelay
    if picker.hidden:
        timepicker["hidden"] = True
    found: dict[str, object] = {
        "description": declared.description,
        "tags": list(dict.fromkeys(declared.tags)),
        "editable": None if declared.editable else False,
        "gnetId": declared.gnetId,
        "graphTooltip": tooltip or None,
        "time": {"from": declared.time.start, "to": declared.time.end},
        "timezone": declared.timezone,
        "refresh": declared.refresh or None,
        "timepicker": timepicker or None,
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def _annotation(said: dict[str, Any]) -> dict[str, Any]:
    """Return an annotation; what Grafana's own ones are chosen by stands in its query today."""
    if said.get("datasource") != "-- Grafana --" or "target" in said:
        return said
    chosen = {name: said[name] for name in ("type", "tags", "limit", "matchAny") if name in said}
    return {**{name: value for name, value in said.items() if name not in chosen}, "target": chosen}


# --- what an import asks for --------------------------------------------------------------------------------------


def _input(declared: object) -> dict[str, Any]:
    found = json_of(declared)
    if not isinstance(found, dict):
        raise DeclarationError(
            f"an input of a dashboard is a DataSourceInput, a ConstantInput or a dict; got {found!r}"
        )
    return without_nulls({"description": "", **found})  # type: ignore[no-any-return]  # JSON of a dict is one


def _asked(said: Mapping[str, Any]) -> Iterator[Variable]:
    """Yield the variable that stands for an input, so that the dashboard shows data however it comes to a Grafana."""
    name, label = str(said.get("name", "")), str(said.get("label", ""))
    if said.get("type") == "datasource":
        yield Variable(name=name, label=label, type="datasource", query=said.get("pluginId", ""))
    elif said.get("type") == "constant":
        yield Variable(name=name, label=label, type="constant", query=str(said.get("value", "")), hide=2)


def _variable(template: core.Template) -> object:
    from dashlib.from_grafanalib import read

    return read(template)


def _repeated_by(said: object) -> str:
    """Return the variable that something is repeated by: grafanalib's object, its name, or nothing."""
    return str(getattr(said, "variable", said) or "")


# --- places -------------------------------------------------------------------------------------------------------


def grid_height(said: object) -> int:
    """Return a height in grid units: `250px`, or 250."""
    found = re.match(r"\d+", str(json_of(said)))
    return max(1, math.ceil(int(found.group()) / _PIXELS)) if found else _HEIGHT


def _all_panels(declared: core.Dashboard) -> Iterator[object]:
    for row in declared.rows:
        yield from say(row, "panels") or ()  # type: ignore[misc]  # a list
    for panel in declared.panels:
        yield panel
        yield from say(panel, "panels") or ()  # type: ignore[misc]


def _is_row(panel: object) -> bool:
    return say(panel, "type") == "row" if isinstance(panel, Mapping) else hasattr(panel, "panels")


class _Places:
    """Where the panels of a dashboard lie, and what their numbers are."""

    def __init__(self, declared: core.Dashboard, source: Source, as_panel: Callable[[Any], Panel]) -> None:
        self.declared = declared
        self.source = source
        self.as_panel = as_panel
        taken = {found for panel in _all_panels(declared) if (found := say(panel, "id"))}
        self.free = (each for each in itertools.count(1) if each not in taken)
        self.used: set[int] = set()
        self.bottom = 0
        self.line: tuple[int, int, int] | None = None  # of panels that nobody placed: x, y and height

    def items(self) -> list[PlacedPanel | PlacedRow]:
        """Return panels and rows in the order of the JSON."""
        if self.declared.rows:
            return list(self._rows(self.declared.rows))
        return [item for panel in self.declared.panels for item in self._item(panel)]

    def _id(self, said: object) -> int:
        """Return the number that a panel has, or a free one: none has two, and no number has two panels."""
        found = said if isinstance(said, int) and said > 0 and said not in self.used else next(self.free)
        self.used.add(found)
        return found

    def _item(self, panel: Any) -> Iterator[PlacedPanel | PlacedRow]:  # noqa: ANN401  # duck-typed, as grafanalib does
        if not _is_row(panel):
            yield self._placed(panel)
            return
        position = json_of(say(panel, "gridPos"))
        top = self.bottom if position is None else position["y"]
        own_id, source = self._id(say(panel, "id")), place_of(panel, self.source)
        self.bottom, self.line = max(self.bottom, top + 1), None
        inside = [self._placed(each) for each in say(panel, "panels") or ()]  # type: ignore[attr-defined]  # a list
        closed = bool(say(panel, "collapsed"))
        if closed:
            self.bottom, self.line = top + 1, None
        repeat = _repeated_by(say(panel, "repeat"))
        yield PlacedRow(str(say(panel, "title") or ""), own_id, top, source, inside if closed else None, repeat)
        if not closed:
            yield from inside

    def _placed(self, panel: Any) -> PlacedPanel:  # noqa: ANN401  # see above
        position = say(panel, "gridPos")
        if position is None:
            found = self._flowing(panel)
        else:
            found = dict(json_of(position))
            self.line = None
        self.bottom = max(self.bottom, found["y"] + found["h"])
        return self._as_placed(panel, found)

    def _as_placed(self, panel: object, position: Mapping[str, int]) -> PlacedPanel:
        shown = self.as_panel(panel) if isinstance(panel, Mapping) else panel
        return PlacedPanel(shown, self._id(say(panel, "id")), position, place_of(panel, self.source))

    def _flowing(self, panel: object) -> dict[str, int]:
        """Return the place of a panel that nobody placed: beside the one before it, or below."""
        width, height = self._size(panel)
        x, y, high = self.line or (0, self.bottom, 0)
        if x + width > GRID_WIDTH:
            x, y, high = 0, y + high, 0
        self.line = (x + width, y, max(high, height))
        return {"h": height, "w": width, "x": x, "y": y}

    def _size(self, panel: object, height: int = 0) -> tuple[int, int]:
        span, own = number(say(panel, "span")), say(panel, "height")
        width = int(span) * (GRID_WIDTH // _SPANS) if span else _WIDTH
        if own is not None:
            return min(max(width, 1), GRID_WIDTH), grid_height(own)
        if height:
            return min(max(width, 1), GRID_WIDTH), height
        kind = panel_kind(self.as_panel(panel).kind)
        return min(max(width, 1), GRID_WIDTH), _HEIGHT if kind is None else kind.height

    def _rows(self, rows: Sequence[Any]) -> Iterator[PlacedPanel | PlacedRow]:
        """Yield the rows of before there was a grid: twelve spans wide, each as high as it says."""
        titled = [bool(say(row, "title" if say(row, "showTitle") is None else "showTitle")) for row in rows]
        closes = [bool(say(row, "collapse")) for row in rows]
        repeats = [_repeated_by(say(row, "repeat")) for row in rows]
        headed = any((*titled, *closes, *repeats))
        top = 0
        for row, is_closed, repeat in zip(rows, closes, repeats, strict=True):
            own_id = self._id(None) if headed else 0
            first, height = top + headed, grid_height(say(row, "height") or core.DEFAULT_ROW_HEIGHT)
            inside: list[PlacedPanel] = []
            x, y, high = 0, first, height
            for panel in say(row, "panels") or ():  # type: ignore[attr-defined]  # a list
                width, own = self._size(panel, height)
                if x + width > GRID_WIDTH:
                    x, y, high = 0, y + high, own
                position = {"h": own, "w": width, "x": x, "y": y}
                x, high = x + width, max(high, own)
                inside.append(self._as_placed(panel, position))
            if headed:
                closed = inside if is_closed else None
                source = place_of(row, self.source)
                yield PlacedRow(str(say(row, "title") or _NEW_ROW), own_id, top, source, closed, repeat)
            if not is_closed:
                yield from inside
            top = first if is_closed else y + high
