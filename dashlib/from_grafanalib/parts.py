"""What stands in grafanalib's panels and dashboards as dashlib's values, a function for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.declare.dashboards import DashboardLink, Variable
from dashlib.declare.fields import DataLink, MappedValue, RangeMapping, ValueMapping
from dashlib.declare.panels import PromqlTarget, as_written
from dashlib.declare.thresholds import ColorStep
from dashlib.errors import DeclarationError

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


def sorted_by(field: core.TableSortByField) -> dict[str, object]:
    """Return the JSON of what a table is sorted by."""
    return {"displayName": field.displayName, **({"desc": True} if field.desc else {})}


def target(query: core.Target) -> PromqlTarget:
    """Return a query of a Prometheus."""
    if query.target:
        raise DeclarationError(
            f"dashlib has no encoder for the Graphite query of a grafanalib.core.Target: target={query.target!r}"
        )
    return PromqlTarget(
        expression=query.expr,
        legend=query.legendFormat,
        ref_id=query.refId,
        format=query.format,
        instant=query.instant,
        interval=query.interval,
        hide=query.hide,
        datasource=query.datasource,
    )


def threshold(step: core.Threshold) -> ColorStep:
    """Return a color step."""
    return ColorStep(step.color, as_written(step.value))


def variable(template: core.Template) -> Variable:
    """Return a variable."""
    return Variable(
        name=template.name,
        type=template.type,
        query=template.query,
        label=template.label or "",
        default=template.default,
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
