"""Panels and rows that repeat by a variable → one of them for each of its values, placed as Grafana places them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import attrs

from dashlib.documents.dashboards import Dashboard, Panel
from dashlib.documents.values import object_of, text_of
from dashlib.promql.variables import Reference, replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Json = dict[str, Any]

_COLUMNS: Final = 24
_PER_ROW: Final = 4
_HEIGHT: Final = 8


@attrs.frozen
class Repeated:
    """A dashboard of which everything that repeats stands there for each value.

    Attributes:
        dashboard: its JSON; a copy has the id of what it was made of.
        origins: of each panel and row, in the order of the file: the JSON pointer to what it was made of.
        chosen: of each panel and row, in that order: the values that it was made for, by the variable's name.
    """

    dashboard: Mapping[str, Any]
    origins: Sequence[str]
    chosen: Sequence[Mapping[str, str]]


@attrs.frozen
class _Copy:
    """A panel or row, made for some values.

    Attributes:
        data: its JSON.
        origin: JSON pointer to what it was made of.
        chosen: the values, by the variable's name.
        inside: what stands inside a collapsed row.
    """

    data: Json
    origin: str
    chosen: Mapping[str, str]
    inside: Sequence[_Copy] = ()

    def json(self) -> Json:
        return {**self.data, "panels": [each.data for each in self.inside]} if self.inside else self.data


def repeats(dashboard: Mapping[str, Any]) -> list[str]:
    """Return the names of the variables by which a dashboard repeats something, in the order of the file."""
    return list(dict.fromkeys(panel.repeat for panel in Dashboard(dashboard).all_panels if panel.repeat))


def repeated(dashboard: Mapping[str, Any], values: Mapping[str, Sequence[str]]) -> Repeated:
    """Return a dashboard with a panel, or a row and all that is in it, for each value of the variable it repeats by.

    Args:
        dashboard: compiled JSON.
        values: of each variable that something repeats by. What repeats by one without values stays as it is.
    """
    panels = Dashboard(dashboard).all_panels
    values = {name: found for name, found in values.items() if found}
    if not any(panel.repeat in values for panel in panels):
        return Repeated(dashboard, [panel.pointer for panel in panels], [{} for _ in panels])
    copies: list[_Copy] = []
    for row, inside, nested in _sections(panels):
        if row is None:
            copies += _expanded(inside, values, {})
            continue
        for chosen in _choices(row, values, {}):
            made = list(_expanded(inside, values, chosen))
            copies.append(_copy(row, chosen, made if nested else ()))
            copies += [] if nested else made
    flat = list(itertools.chain.from_iterable((each, *each.inside) for each in copies))
    return Repeated(
        {**dashboard, "panels": [each.json() for each in copies]},
        [each.origin for each in flat],
        [each.chosen for each in flat],
    )


def _sections(panels: Sequence[Panel]) -> Iterator[tuple[Panel | None, list[Panel], bool]]:
    """Yield each row, the panels that belong to it, and whether they stand inside of it; before the first row, None."""
    row: Panel | None = None
    inside: list[Panel] = []
    for panel in panels:
        if panel.kind == "row":
            if row is not None or inside:
                yield row, inside, any(each.depth for each in inside)
            row, inside = panel, []
        else:
            inside.append(panel)
    if row is not None or inside:
        yield row, inside, any(each.depth for each in inside)


def _choices(panel: Panel, values: Mapping[str, Sequence[str]], chosen: Mapping[str, str]) -> list[Mapping[str, str]]:
    """Return the values for each copy of a panel: those that its row was made for, and one of its own variable."""
    if panel.repeat not in values or panel.repeat in chosen:
        return [chosen]
    return [{**chosen, panel.repeat: value} for value in values[panel.repeat]]


def _expanded(
    panels: Sequence[Panel], values: Mapping[str, Sequence[str]], chosen: Mapping[str, str]
) -> Iterator[_Copy]:
    """Yield the copies of a row's panels; what stands below them moves down."""
    grown: dict[int, int] = {}
    choices = [_choices(panel, values, chosen) for panel in panels]
    for panel, each in zip(panels, choices, strict=True):
        _, y, _, height = _place(panel)
        lines = max(line for _, line, _ in _places(panel, len(each)))
        grown[y + height] = max(grown.get(y + height, 0), lines * height)
    for panel, each in zip(panels, choices, strict=True):
        x, y, width, height = _place(panel)
        y += sum(more for below, more in grown.items() if y >= below)
        for one, (column, line, own) in zip(each, _places(panel, len(each)), strict=True):
            place = {"x": column if own else x, "y": y + line * height, "w": own or width, "h": height}
            yield _copy(panel, one, place=place)


def _place(panel: Panel) -> tuple[int, int, int, int]:
    place = object_of(panel.data.get("gridPos"))
    return place.get("x", 0), place.get("y", 0), place.get("w", _COLUMNS // 2), place.get("h", _HEIGHT)


def _places(panel: Panel, count: int) -> list[tuple[int, int, int]]:
    """Return column, line and width of each copy; a width of 0 is the panel's own, as its column then is."""
    if count == 1:
        return [(0, 0, 0)]
    if panel.data.get("repeatDirection") == "v":
        return [(0, line, 0) for line in range(count)]
    across = min(count, int(panel.data.get("maxPerRow") or _PER_ROW))
    width = max(1, _COLUMNS // across)
    return [(number % across * width, number // across, width) for number in range(count)]


def _copy(panel: Panel, chosen: Mapping[str, str], inside: Sequence[_Copy] = (), place: Json | None = None) -> _Copy:
    data = {name: value for name, value in panel.data.items() if name != "panels"}
    if chosen:
        data = _filled(data, lambda one: chosen.get(one.name, one.text))
    if place is not None:
        data["gridPos"] = {**object_of(panel.data.get("gridPos")), **place}
    return _Copy(data, panel.pointer, chosen, inside)


def _filled(value: Any, text: Callable[[Reference], str]) -> Any:  # noqa: ANN401  # whatever stands in JSON
    """Return JSON with variables in its texts filled in; queries keep theirs, which are escaped when they are asked."""
    if isinstance(value, str):
        return replaced(value, text)
    if isinstance(value, dict):
        return {name: each if name == "expr" else _filled(each, text) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, text) for each in value]
    return value


def values_offered(data: Mapping[str, Any]) -> list[str]:
    """Return the values that a variable offers without a query: those of its list, or the chosen ones.

    Args:
        data: the variable's JSON.
    """
    current = object_of(data.get("current")).get("value")
    if data.get("type") == "custom" and data.get("includeAll"):
        return [each.split(" : ")[-1].strip() for each in text_of(data.get("query")).split(",") if each.strip()]
    chosen = current if isinstance(current, list) else [current]
    return [each for each in chosen if isinstance(each, str) and each and each != "$__all"]
