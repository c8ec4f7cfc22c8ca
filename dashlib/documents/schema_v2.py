"""Reads dashboards of Grafana's schema version 2 (`elements`, `layout`) in the shape of version 1.

Grafana 13 exports this form by default (grafana/grafana#126641); `dashboard.grafana.app/v2alpha1`, `v2beta1` and `v2`
spell the kind of a query and of a panel in three ways. What a check finds is said of the place in the file: the table
of places tells where each part of the result stands there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from dashlib.documents.values import escaped, object_of, objects_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VARIABLES: Final = {
    "QueryVariable": "query",
    "TextVariable": "textbox",
    "ConstantVariable": "constant",
    "DatasourceVariable": "datasource",
    "IntervalVariable": "interval",
    "CustomVariable": "custom",
    "AdhocVariable": "adhoc",
    "GroupByVariable": "groupby",
    "SwitchVariable": "switch",
}
_REFRESH: Final = {"never": 0, "onDashboardLoad": 1, "onTimeRangeChanged": 2}
_HIDE: Final = {"dontHide": 0, "hideLabel": 1, "hideVariable": 2, "inControlsMenu": 3}
#: Kinds that say only that there is a query or a panel; of which plugin says `group`.
_GENERIC: Final = frozenset({"DataQuery", "VizConfig"})
_SCHEMA_VERSION: Final = 42
_CHOSEN_BY: Final = "chosen by"
#: Where a dashboard in the shape of version 1 has the names by which rows, tabs and panels are repeated or shown.
CHOSEN_BY: Final = f"/layout/{_CHOSEN_BY}"


def is_schema_v2(data: Mapping[str, Any]) -> bool:
    """Tell whether an object is a dashboard of schema version 2."""
    return isinstance(data.get("elements"), dict) and isinstance(data.get("layout"), dict)


def as_version_1(data: Mapping[str, Any], pointer: str, uid: str = "") -> tuple[dict[str, Any], dict[str, str]]:
    """Return a dashboard in the shape of version 1, and where its parts stand.

    Args:
        data: the dashboard, as `is_schema_v2` tells.
        pointer: JSON pointer to it in the file.
        uid: its uid, which stands outside of it.

    Returns:
        The dashboard; and by pointer into it the pointer into the file, for each part that stands elsewhere.
    """
    reader = _Reader(data, pointer)
    dashboard = reader.read()
    return ({"uid": uid, **dashboard} if uid else dashboard), reader.places


@define
class _Reader:
    data: Mapping[str, Any]
    pointer: str
    places: dict[str, str] = field(factory=dict)

    def read(self) -> dict[str, Any]:
        self.places[""] = self.pointer
        layout = object_of(self.data.get("layout"))
        items = dict(self._items(layout))
        time = object_of(self.data.get("timeSettings"))
        chosen_by = list(_chosen_by(layout, f"{self.pointer}/layout"))
        self.places.update({f"{CHOSEN_BY}/{number}": place for number, (place, _) in enumerate(chosen_by)})
        return {
            "title": self.data.get("title", ""),
            "description": self.data.get("description", ""),
            "tags": self.data.get("tags", []),
            "links": self.data.get("links", []),
            "schemaVersion": _SCHEMA_VERSION,
            "time": {key: time.get(key) for key in ("from", "to")},
            "refresh": time.get("autoRefresh", ""),
            "templating": {"list": list(self._variables())},
            "annotations": {"list": list(self._annotations())},
            "panels": list(self._panels(items)),
            # names that rows and tabs are repeated by or shown for, where a search for variables finds them
            "layout": {**layout, _CHOSEN_BY: [f"${name}" for _, name in chosen_by]},
        }

    def _items(self, layout: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, dict[str, Any], bool]]]:
        """Yield by name of an element the item that places it, its pointer, and whether it is on the only grid."""
        waiting: list[tuple[str, Mapping[str, Any], bool]] = [(f"{self.pointer}/layout", layout, True)]
        while waiting:
            pointer, here, is_only = waiting.pop()
            spec = object_of(here.get("spec"))
            for place, item in objects_in(spec.get("items"), f"{pointer}/spec/items"):
                inner = object_of(item.get("spec"))
                name = object_of(inner.get("element")).get("name")
                if isinstance(name, str):
                    yield name, (f"{place}/spec", inner, is_only and here.get("kind") == "GridLayout")
            for key in ("rows", "tabs"):
                for place, item in objects_in(spec.get(key), f"{pointer}/spec/{key}"):
                    waiting.append(
                        (f"{place}/spec/layout", object_of(object_of(item.get("spec")).get("layout")), False)
                    )

    def _panels(self, items: Mapping[str, tuple[str, dict[str, Any], bool]]) -> Iterator[dict[str, Any]]:
        for number, (name, element) in enumerate(object_of(self.data.get("elements")).items()):
            spec = object_of(object_of(element).get("spec"))
            here, there = f"/panels/{number}", f"{self.pointer}/elements/{escaped(name)}/spec"
            self.places[here] = there
            panel = self._panel(spec, here, there)
            place, item, is_on_grid = items.get(name, ("", {}, False))
            if is_on_grid:
                sides = {"x": "x", "y": "y", "w": "width", "h": "height"}
                panel["gridPos"] = {short: item[side] for short, side in sides.items() if side in item}
                self.places[f"{here}/gridPos"] = place
            repeat = object_of(item.get("repeat")).get("value")
            if isinstance(repeat, str):
                panel["repeat"] = repeat
            yield panel

    def _panel(self, spec: dict[str, Any], here: str, there: str) -> dict[str, Any]:
        panel: dict[str, Any] = {
            key: spec[key] for key in ("id", "title", "description", "links", "libraryPanel") if key in spec
        }
        visual, group = object_of(spec.get("vizConfig")), object_of(object_of(spec.get("data")).get("spec"))
        drawn = object_of(visual.get("spec"))
        panel["type"] = _kind(visual)
        for key in ("options", "fieldConfig"):
            panel[key] = object_of(drawn.get(key))
            self.places[f"{here}/{key}"] = f"{there}/vizConfig/spec/{key}"
        panel.update(object_of(group.get("queryOptions")))
        panel["transformations"] = []
        for index, (place, one) in enumerate(
            objects_in(group.get("transformations"), f"{there}/data/spec/transformations")
        ):
            changed = object_of(one.get("spec"))
            panel["transformations"].append({"id": _kind(one), **changed})
            self.places[f"{here}/transformations/{index}"] = f"{place}/spec"
        panel["targets"] = []
        for index, (place, one) in enumerate(objects_in(group.get("queries"), f"{there}/data/spec/queries")):
            asked = object_of(one.get("spec"))
            query = object_of(asked.get("query"))
            target = f"{here}/targets/{index}"
            self.places[target] = f"{place}/spec/query/spec"
            for key in ("refId", "hidden"):
                self.places[f"{target}/{key}"] = f"{place}/spec/{key}"
            panel["targets"].append(
                {
                    **object_of(query.get("spec")),
                    "refId": asked.get("refId", ""),
                    "hide": asked.get("hidden", False),
                    "datasource": self._datasource(asked, query, f"{target}/datasource", f"{place}/spec"),
                }
            )
        return panel

    def _datasource(self, spec: Mapping[str, Any], query: Mapping[str, Any], here: str, there: str) -> dict[str, Any]:
        """Return the datasource of a query: beside its kind (v2beta1, v2), or beside the query (v2alpha1)."""
        named = object_of(query.get("datasource"))
        if "name" in named:
            self.places[here] = f"{there}/query/datasource/name"
            return {"type": _kind(query), "uid": named["name"]}
        self.places[here] = f"{there}/datasource" if "datasource" in spec else f"{there}/query"
        return {"type": _kind(query), **object_of(spec.get("datasource"))}

    def _variables(self) -> Iterator[dict[str, Any]]:
        for index, (place, variable) in enumerate(objects_in(self.data.get("variables"), f"{self.pointer}/variables")):
            spec = object_of(variable.get("spec"))
            here, there = f"/templating/list/{index}", f"{place}/spec"
            self.places[here] = there
            kind = _VARIABLES.get(str(variable.get("kind")), str(variable.get("kind")))
            result = {**spec, "type": kind}
            if "refresh" in spec:
                result["refresh"] = _REFRESH.get(str(spec["refresh"]), spec["refresh"])
            if "hide" in spec:
                result["hide"] = _HIDE.get(str(spec["hide"]), spec["hide"])
            if kind == "datasource":
                result["query"] = spec.get("pluginId", "")
            elif kind == "query":
                query = object_of(spec.get("query"))
                asked = object_of(query.get("spec"))
                written = "__legacyStringValue"
                result["query"] = asked.get(written, asked)
                self.places[f"{here}/query"] = f"{there}/query/spec" + (f"/{written}" if written in asked else "")
                result["datasource"] = self._datasource(spec, query, f"{here}/datasource", there)
            yield result

    def _annotations(self) -> Iterator[dict[str, Any]]:
        for index, (place, one) in enumerate(objects_in(self.data.get("annotations"), f"{self.pointer}/annotations")):
            spec = object_of(one.get("spec"))
            query = object_of(spec.get("query"))
            here = f"/annotations/list/{index}"
            self.places[here] = f"{place}/spec"
            result = {**spec, **object_of(spec.get("legacyOptions")), **object_of(query.get("spec"))}
            for key in object_of(query.get("spec")):
                self.places[f"{here}/{escaped(key)}"] = f"{place}/spec/query/spec/{escaped(key)}"
            result["datasource"] = self._datasource(spec, query, f"{here}/datasource", f"{place}/spec")
            yield result


def _kind(part: Mapping[str, Any]) -> str:
    """Return the plugin of a query, panel or transformation: `group` since v2beta1, `kind` before."""
    kind, group = part.get("kind"), part.get("group")
    if isinstance(group, str) and group:
        return group
    return kind if isinstance(kind, str) and kind not in _GENERIC else ""


def _chosen_by(layout: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, str]]:
    """Yield the variables by which parts of a layout are repeated or shown, each with its JSON pointer."""
    waiting: list[tuple[str, Any]] = [(pointer, layout)]
    while waiting:
        place, here = waiting.pop()
        if isinstance(here, list):
            waiting.extend((f"{place}/{index}", item) for index, item in enumerate(here))
        elif isinstance(here, dict):
            waiting.extend((f"{place}/{escaped(key)}", item) for key, item in here.items())
            spec = object_of(here.get("spec"))
            repeat = object_of(spec.get("repeat"))
            found: list[tuple[str, Any]] = []
            if repeat.get("mode") == "variable" and "element" not in spec:  # a panel says itself by what it is repeated
                found.append(("repeat/value", repeat.get("value")))
                found.extend((f"repeat/values/{index}", name) for index, name in enumerate(repeat.get("values") or ()))
            if here.get("kind") == "ConditionalRenderingVariable":
                found.append(("variable", spec.get("variable")))
            yield from ((f"{place}/spec/{key}", name) for key, name in found if isinstance(name, str) and name)
