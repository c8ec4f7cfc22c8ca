"""What stands in grafanalib's panels and dashboards as dashlib's values, a function for each class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from dashlib.declare.dashboards import DashboardLink, Variable
from dashlib.declare.fields import DataLink, MappedValue, Override, RangeMapping, ValueMapping
from dashlib.declare.panels import as_written
from dashlib.declare.thresholds import ColorStep
from dashlib.from_grafanalib.plain import json_of, number, say, text, written

if TYPE_CHECKING:
    from grafanalib import core


def dashboard_link(link: core.DashboardLink) -> DashboardLink:
    """Return a link of a dashboard or panel."""
    return DashboardLink(
        title=link.title,
        type=link.type,
        url=link.uri,
        tags=tuple(link.tags),
        tooltip=link.tooltip,
        icon=link.icon,
        keep_time=link.keepTime,
        new_tab=link.targetBlank,
        as_dropdown=link.asDropdown,
        include_variables=link.includeVars,
    )


def external_link(link: core.ExternalLink) -> DashboardLink:
    """Return a link of a dashboard that leads to an address."""
    return DashboardLink(title=link.title, type="link", url=link.uri, keep_time=link.keepTime)


# What Grafana requires of a link; a link's JSON that somebody wrote seldom has all of it.
_LINK: Final[Mapping[str, object]] = MappingProxyType(
    {
        "type": "link", "icon": "", "tooltip": "", "tags": (), "asDropdown": False, "targetBlank": False,
        "includeVars": False, "keepTime": False,
    }
)  # fmt: skip


def link(said: object) -> object:
    """Return a link; JSON that somebody wrote in its place with what Grafana requires."""
    if not isinstance(said, Mapping):
        return said
    return {"title": "", **_LINK, "tags": [], **written(said)}


def mapping(said: object) -> object:
    """Return a mapping; of JSON in its place the one of Grafana 7, which numbered its kinds, as today's."""
    if not isinstance(said, Mapping):
        return said
    if "options" in said:
        return written(said)
    by_value = "value" in said and str(say(said, "type") or 1) != "2"
    return mapped_value(said) if by_value else mapped_range(said)


def data_link(link: core.DataLink) -> DataLink:
    """Return a link that a click on a value offers."""
    return DataLink(title=link.title, url=link.linkUrl, new_tab=link.isNewTab)


def grid_position(position: core.GridPos) -> dict[str, int]:
    """Return the JSON of a place in the grid."""
    return {"h": position.h, "w": position.w, "x": position.x, "y": position.y}


def range_mapping(mapping: core.StatRangeMappings) -> RangeMapping:
    """Return the text and color of a range of values."""
    return RangeMapping(mapping.startValue, mapping.endValue, mapping.text, mapping.color, mapping.index)


def value_mapping(mapping: core.StatValueMappings) -> ValueMapping:
    """Return texts and colors for values."""
    return ValueMapping(
        tuple(
            MappedValue(item.mapValue, item.text, item.color, index if item.index is None else item.index)
            for index, item in enumerate(mapping.mappingItems)
        )
    )


def old_mapping(mapping: core.StatMapping) -> ValueMapping | RangeMapping:
    """Return the text of a value, or of a range of values: the mappings of Grafana 7, which name no color."""
    value = getattr(mapping, "mapValue", "")
    if value:
        return ValueMapping((MappedValue(value, mapping.text, "", 0),))
    start, end = number(getattr(mapping, "startValue", "")), number(getattr(mapping, "endValue", ""))
    return RangeMapping(start, end, mapping.text, "")


def mapped_value(mapping: core.ValueMap | Mapping[str, Any]) -> ValueMapping | dict[str, Any]:
    """Return the text of a value; `null` stands for what has none."""
    value = str(say(mapping, "value"))
    said = str(say(mapping, "text"))
    if value == "null":
        return {"type": "special", "options": {"match": "null", "result": {"text": said, "index": 0}}}
    return ValueMapping((MappedValue(value, said, "", 0),))


def mapped_range(mapping: core.RangeMap | Mapping[str, Any]) -> RangeMapping | dict[str, Any]:
    """Return the text of a range of values; from `null` to `null` stands for what has none."""
    start = say(mapping, "start" if hasattr(mapping, "start") else "from")
    end = say(mapping, "end" if hasattr(mapping, "end") else "to")
    said = str(say(mapping, "text"))
    if "null" in (start, end):
        return {"type": "special", "options": {"match": "null", "result": {"text": said, "index": 0}}}
    return RangeMapping(number(start), number(end), said, "")


def column_style(style: core.ColumnStyle | dict[str, Any]) -> Override:
    """Return the settings of the columns that a style of the old table is for."""
    said: dict[str, Any] = json_of(style)
    pattern = str(said.get("pattern") or "")
    properties: dict[str, object] = {}
    if said.get("alias"):
        properties["displayName"] = said["alias"]
    if said.get("align", "auto") not in ("auto", ""):
        properties["custom.align"] = said["align"]
    if said.get("link"):
        link = {"title": said.get("linkTooltip") or "", "url": said.get("linkUrl") or ""}
        properties["links"] = [{**link, "targetBlank": bool(said.get("linkTargetBlank"))}]
    kind = said.get("type")
    if kind == "hidden":
        properties["custom.hidden"] = True
    elif kind == "date":
        properties["unit"] = f"time: {said['dateFormat']}"
    else:
        if said.get("unit"):
            properties["unit"] = said["unit"]
        if said.get("decimals") is not None:
            properties["decimals"] = said["decimals"]
        mode = {"cell": "color-background", "row": "color-background", "value": "color-text"}.get(
            said.get("colorMode") or ""
        )
        if mode:
            properties["custom.cellOptions"] = {"type": mode}
        steps = color_steps(said.get("colors") or (), said.get("thresholds") or ())
        if mode and steps:
            properties["thresholds"] = {"mode": "absolute", "steps": steps}
        maps = said.get("valueMaps") if said.get("mappingType", 1) == 1 else said.get("rangeMaps")
        if maps:
            properties["mappings"] = [mapped_value(each) if "value" in each else mapped_range(each) for each in maps]
    is_pattern = pattern.startswith("/") or re.escape(pattern).replace("\\ ", " ") != pattern
    if is_pattern and not pattern.startswith("/"):
        pattern = f"/{pattern}/"
    return Override("byRegexp" if is_pattern else "byName", pattern, properties)


def color_steps(colors: Any, values: Any) -> list[dict[str, object]]:  # noqa: ANN401  # lists, of numbers or texts
    """Return color steps from colors and the values between them: `10,20`, a list of numbers or of texts."""
    limits = [number(each) for each in (values.split(",") if isinstance(values, str) else values)]
    limits = [each for each in limits if each is not None]
    if not limits or not colors:
        return []
    return [
        {"color": text(color), "value": value}
        for color, value in zip(colors, [None, *limits], strict=False)
    ]  # fmt: skip


def sorted_by(field: core.TableSortByField) -> dict[str, object]:
    """Return the JSON of what a table is sorted by."""
    return {"displayName": field.displayName, **({"desc": True} if field.desc else {})}


def threshold(step: core.Threshold) -> ColorStep:
    """Return a color step."""
    return ColorStep(text(step.color), as_written(step.value))


def variable(template: core.Template) -> Variable:
    """Return a variable."""
    return Variable(
        name=template.name,
        type=template.type,
        query=template.query,
        label=template.label or "",
        default=template.default or None,
        options=tuple(template.options),
        datasource=template.dataSource,
        regex=template.regex or "",
        include_all=template.includeAll,
        all_value=template.allValue or "",
        multi=template.multi,
        refresh=template.refresh,
        sort=template.sort,
        hide=template.hide,
        auto=template.auto,
        auto_count=template.autoCount,
        auto_min=template.autoMin,
    )
