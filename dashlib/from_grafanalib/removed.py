"""grafanalib's panels that Grafana no longer has, as those that took their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from dashlib.declare.fields import Override
from dashlib.declare.panel_kinds._parts import reduction
from dashlib.declare.thresholds import ColorStep
from dashlib.from_grafanalib import parts
from dashlib.from_grafanalib.panels import CALCULATIONS, shared
from dashlib.from_grafanalib.plain import json_of, number, say, text, without_nulls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grafanalib import core

    from dashlib.declare.panels import Panel

# --- Graph ------------------------------------------------------------------------------------------------------

_LEGEND: Final = (("min", "min"), ("max", "max"), ("avg", "mean"), ("current", "lastNotNull"), ("total", "sum"))
_COLUMNS: Final = {"min": "Min", "max": "Max", "avg": "Mean", "current": "Last *", "total": "Total"}
_TOOLTIP_ORDERS: Final = {1: "asc", 2: "desc"}
_THRESHOLD_COLORS: Final = {"critical": "red", "warning": "orange", "ok": "green"}
NO_UNIT: Final = ("", "none", "short")


def graph(panel: core.Graph) -> Panel:
    """Return a time series; a graph whose x axis lists series is a bar chart."""
    legend, left = panel.legend, panel.yAxes.left
    hidden = [] if panel.xAxis.show else [Override("byType", "time", {"custom.axisPlacement": "hidden"})]
    thresholds, style = _graph_thresholds(panel.thresholds)
    by_series = panel.xAxis.mode == "series"
    options: dict[str, Any] = {"legend": _graph_legend(legend), "tooltip": _graph_tooltip(panel.tooltip)}
    if by_series:
        options = {
            "barWidth": 0.97, "fullHighlight": False, "groupWidth": 0.7, **options, "orientation": "auto",
            "showValue": "auto", "stacking": "none", "xTickLabelMaxLength": 0, "xTickLabelRotation": 0,
        }  # fmt: skip
    values = panel.xAxis.values or ["total"]
    custom = {**_axis(left), **_drawn(panel), "thresholdsStyle": style}
    return shared(
        panel,
        "barchart" if by_series else "timeseries",
        options=options,
        fields={
            "unit": panel.unit or left.format or "",
            "decimals": left.decimals,
            "min": number(left.min),
            "max": number(left.max),
            "links": list(panel.dataLinks),
        },
        custom={name: value for name, value in custom.items() if name in _OF_BARS} if by_series else custom,
        overrides=[
            *(Override("byName", name, {"color": _fixed(color)}) for name, color in panel.aliasColors.items()),
            *(_series_override(each, panel) for each in panel.seriesOverrides),
            *hidden,
        ],
        thresholds=thresholds,
        transformations=[{"id": "reduce", "options": {"reducers": [CALCULATIONS.get(each, each) for each in values]}}]
        if by_series
        else (),
    )


_OF_BARS: Final = frozenset({"axisLabel", "axisPlacement", "fillOpacity", "lineWidth", "scaleDistribution"})


def _drawn(panel: core.Graph) -> dict[str, object]:
    """Return how a graph draws its series."""
    lines = panel.lines and not panel.bars
    custom: dict[str, object] = {}
    if panel.bars:
        custom["drawStyle"] = "bars"
    elif panel.points and not panel.lines:
        custom["drawStyle"] = "points"
    if lines and panel.steppedLine:
        custom["lineInterpolation"] = "stepAfter"
    custom["lineWidth"] = panel.lineWidth if panel.lines or panel.bars else 0
    custom["fillOpacity"] = panel.fill * 10 if panel.lines or panel.bars else 0
    if panel.fillGradient:
        custom["gradientMode"] = "opacity"
        custom["fillOpacity"] = panel.fillGradient * 10
    if panel.nullPointMode == "connected":
        custom["spanNulls"] = True
    custom["showPoints"] = "always" if panel.points else "never"
    custom["pointSize"] = 2 + panel.pointRadius * 2
    if panel.stack:
        custom["stacking"] = {"mode": "percent" if panel.percentage else "normal", "group": "A"}
    return custom


def _axis(axis: core.YAxis) -> dict[str, object]:
    """Return the settings of a y axis that only what is drawn over time has."""
    custom: dict[str, object] = {}
    if not axis.show:
        custom["axisPlacement"] = "hidden"
    if axis.label:
        custom["axisLabel"] = axis.label
    if axis.logBase not in (None, 1):
        custom["scaleDistribution"] = {"type": "log", "log": axis.logBase}
    return custom


def _graph_legend(legend: core.Legend) -> dict[str, object]:
    values = legend.values
    if values is None:
        values = legend.avg or legend.current or legend.max or legend.min
    calculations = [name for flag, name in _LEGEND if getattr(legend, flag)] if values else []
    found: dict[str, object] = {
        "calcs": calculations,
        "displayMode": "table" if legend.alignAsTable else "list",
        "placement": "right" if legend.rightSide else "bottom",
        "showLegend": legend.show,
    }
    if legend.sort:
        found["sortBy"] = _COLUMNS.get(legend.sort, legend.sort)
        found["sortDesc"] = bool(legend.sortDesc)
    if number(legend.sideWidth) is not None:
        found["width"] = number(legend.sideWidth)
    return found


def _graph_tooltip(tooltip: core.Tooltip) -> dict[str, object]:
    return {"mode": "multi" if tooltip.shared else "single", "sort": _TOOLTIP_ORDERS.get(tooltip.sort, "none")}


def _fixed(color: object) -> dict[str, object]:
    return {"mode": "fixed", "fixedColor": text(color)}


def _graph_thresholds(thresholds: Sequence[object]) -> tuple[list[object] | None, dict[str, str] | None]:
    """Return the color steps of a graph's thresholds, and whether they are lines, areas or both."""
    found = sorted((each for each in thresholds if number(say(each, "value")) is not None), key=_value)
    if not found:
        return None, None
    colors = ["transparent"] * (len(found) + 1)
    for index, each in enumerate(found):
        colors[index if say(each, "op") == "lt" else index + 1] = _threshold_color(each)
    values = [None, *(number(say(each, "value")) for each in found)]
    line, fill = (any(say(each, name) not in (None, False) for each in found) for name in ("line", "fill"))
    mode = "line+area" if line and fill else "line" if line else "area" if fill else "off"
    steps: list[object] = [ColorStep(color, value) for color, value in zip(colors, values, strict=True)]
    return steps, {"mode": mode}


def _value(threshold: object) -> float:
    return number(say(threshold, "value")) or 0


def _threshold_color(threshold: object) -> str:
    mode = say(threshold, "colorMode")
    if mode == "custom":
        return text(say(threshold, "fillColor" if say(threshold, "fill") else "lineColor"))
    return text(_THRESHOLD_COLORS.get(str(mode)) or say(threshold, "color") or "red")


def _series_override(series: core.SeriesOverride | Mapping[str, object], panel: core.Graph) -> Override:
    """Return what some series have of their own; a name between slashes is a regular expression."""
    name = str(say(series, "alias") or "")
    return Override(
        "byRegexp" if name.startswith("/") else "byName", name, dict(_of_series(series, panel))
    )  # fmt: skip


def _of_series(series: object, panel: core.Graph) -> Iterator[tuple[str, object]]:
    if say(series, "color"):
        yield "color", _fixed(say(series, "color"))
    if say(series, "bars"):
        yield "custom.drawStyle", "bars"
    elif say(series, "bars") is False and panel.bars:
        yield "custom.drawStyle", "line"
    if say(series, "lines") is False and not say(series, "bars"):
        yield "custom.lineWidth", 0
        yield "custom.fillOpacity", 0
    elif say(series, "fill") is not None and say(series, "fill") != panel.fill:
        yield "custom.fillOpacity", (number(say(series, "fill")) or 0) * 10
    if say(series, "fillBelowTo"):
        yield "custom.fillBelowTo", say(series, "fillBelowTo")
    if say(series, "dashes"):
        dash = [number(say(series, each)) or 10 for each in ("dashLength", "spaceLength")]
        yield "custom.lineStyle", {"fill": "dash", "dash": dash}
    if say(series, "yaxis") == 2:  # noqa: PLR2004  # the right one
        yield from _right_axis(panel.yAxes.right)
    if isinstance(series, Mapping):
        yield from _of_dict(series)


def _of_dict(series: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield what grafanalib's class lacks, and a dict in its place may say."""
    if "linewidth" in series:
        yield "custom.lineWidth", series["linewidth"]
    if "points" in series:
        yield "custom.showPoints", "always" if series["points"] else "never"
    if "pointradius" in series:
        yield "custom.pointSize", 2 + 2 * (number(series["pointradius"]) or 0)
    if "steppedLine" in series:
        yield "custom.lineInterpolation", "stepAfter" if series["steppedLine"] else "linear"
    if "stack" in series:
        stack = series["stack"]
        mode = "normal" if stack else "none"
        yield "custom.stacking", {"mode": mode, "group": stack if isinstance(stack, str) else "A"}
    if series.get("nullPointMode") is not None:
        yield "custom.spanNulls", series["nullPointMode"] == "connected"
    if series.get("transform") == "negative-Y":
        yield "custom.transform", "negative-Y"
    hidden = {"tooltip": bool(series.get("hideTooltip")), "legend": series.get("legend") is False, "viz": False}
    if any(hidden.values()):
        yield "custom.hideFrom", hidden


def _right_axis(axis: core.YAxis) -> Iterator[tuple[str, object]]:
    yield "custom.axisPlacement", "right" if axis.show else "hidden"
    if axis.format:
        yield "unit", axis.format
    for name, value in (("decimals", axis.decimals), ("min", number(axis.min)), ("max", number(axis.max))):
        if value is not None:
            yield name, value
    for name, value in _axis(axis).items():
        if name != "axisPlacement":
            yield f"custom.{name}", value


# --- SingleStat -------------------------------------------------------------------------------------------------


def single_stat(panel: core.SingleStat) -> Panel:
    """Return a stat, or a gauge where it draws one."""
    gauge = panel.gauge
    name_only = panel.valueName == "name"
    reduced = reduction(CALCULATIONS.get(panel.valueName, "lastNotNull" if name_only else panel.valueName))
    if gauge.show:
        options: dict[str, Any] = {
            "minVizHeight": 75, "minVizWidth": 75, "orientation": "auto", "reduceOptions": reduced,
            "showThresholdLabels": gauge.thresholdLabels, "showThresholdMarkers": gauge.thresholdMarkers,
            "sizing": "auto",
        }  # fmt: skip
    else:
        options = {
            "colorMode": "background" if panel.colorBackground else "value" if panel.colorValue else "none",
            "graphMode": "area" if panel.sparkline.show else "none",
            "justifyMode": "auto", "orientation": "horizontal", "percentChangeColorMode": "standard",
            "reduceOptions": reduced, "showPercentChange": False, "textMode": "name" if name_only else "auto",
            "wideLayout": True,
        }  # fmt: skip
    by_value = panel.mappingType == 1
    said: Any = panel.thresholds
    maps = panel.valueMaps if by_value else panel.rangeMaps
    steps = said if isinstance(said, list) and all(say(each, "color") for each in said) else None
    if steps is None:
        steps = parts.color_steps(panel.colors, said or "")
    return shared(
        panel,
        "gauge" if gauge.show else "stat",
        options=options,
        fields={
            "unit": _with_affixes(panel.format, panel.prefix, panel.postfix),
            "decimals": panel.decimals,
            "noValue": panel.nullText,
            "min": gauge.minValue if gauge.show else None,
            "max": gauge.maxValue if gauge.show else None,
            "mappings": [*map(parts.mapped_value if by_value else parts.mapped_range, maps)],
        },
        thresholds=steps,
    )


def _with_affixes(unit: str, prefix: str, postfix: str) -> str:
    """Return a unit; where there is no other, what stood in front of or behind the number."""
    if unit not in NO_UNIT or not (prefix or postfix):
        return unit
    return f"prefix:{prefix}" if prefix else f"suffix:{postfix}"


# --- PieChart ---------------------------------------------------------------------------------------------------


def old_pie_chart(panel: core.PieChart) -> Panel:
    """Return a pie chart of Grafana's own, which was a plugin."""
    on_graph = panel.legendType == "On graph"
    values = [
        name
        for name, shown in (("value", panel.showLegendValues), ("percent", panel.showLegendPercentage))
        if shown
    ]  # fmt: skip
    return shared(
        panel,
        "piechart",
        options={
            "displayLabels": ["name", *values] if on_graph and panel.showLegend else [],
            "legend": {
                "calcs": [],
                "displayMode": "table" if values and not on_graph else "list",
                "placement": "right" if panel.legendType == "Right side" else "bottom",
                "showLegend": bool(panel.showLegend) and not on_graph,
                "values": values,
            },
            "orientation": "auto",
            "pieType": panel.pieType,
            "reduceOptions": reduction("lastNotNull"),
            "sort": "desc",
            "tooltip": {"mode": "single", "sort": "none"},
        },
        fields={"unit": panel.format, "decimals": panel.percentageDecimals or None},
        overrides=[
            *(Override("byName", name, {"color": _fixed(color)}) for name, color in panel.aliasColors.items()),
            *panel.overrides,
        ],
    )


# --- Worldmap ---------------------------------------------------------------------------------------------------

# Where the plugin looked at by these names: degrees north and east.
_CENTERS: Final[Mapping[str, tuple[float, float]]] = {
    "(0°, 0°)": (0, 0), "North America": (40, -100), "Europe": (46, 14), "West Asia": (26, 53), "SE Asia": (10, 106),
}  # fmt: skip
_GAZETTEERS: Final = {
    "countries": "public/gazetteer/countries.json",
    "countries_3letter": "public/gazetteer/countries.json",
    "states": "public/gazetteer/usa-states.json",
}


def world_map(panel: core.Worldmap) -> Panel:
    """Return a map with a circle at each place."""
    latitude, longitude = _CENTERS.get(panel.mapCenter, (panel.mapCenterLatitude, panel.mapCenterLongitude))
    fits = panel.mapCenter == "Last GeoHash"
    metric = {"field": panel.metric} if panel.locationData in ("table", "geohash") else {}
    style: dict[str, Any] = {
        "color": {"fixed": "dark-green", **metric},
        "size": {"fixed": 5, "min": panel.circleMinSize, "max": panel.circleMaxSize, **metric},
        "opacity": 0.4,
        "symbol": {"fixed": "img/icons/marker/circle.svg", "mode": "fixed"},
    }
    if panel.locationName:
        style["text"] = {"field": panel.locationName, "fixed": "", "mode": "field"}
    from_series = panel.locationData not in ("table", "geohash", "json result")
    unit = panel.unitPlural or panel.unitSingular or panel.unitSingle
    return shared(
        panel,
        "geomap",
        options={
            "basemap": {"name": "Basemap", "type": "default"},
            "controls": {"mouseWheelZoom": panel.mouseWheelZoom, "showAttribution": True, "showZoom": True},
            "layers": [
                {
                    "config": {"showLegend": True, "style": style},
                    "location": _location(panel),
                    "name": panel.title or "Places",
                    "tooltip": True,
                    "type": "markers",
                }
            ],
            "tooltip": {"mode": "details"},
            "view": without_nulls(
                {
                    "allLayers": True,
                    "id": "fit" if fits else "coords",
                    "lat": None if fits else latitude,
                    "lon": None if fits else longitude,
                    "zoom": panel.initialZoom,
                }
            ),
        },
        fields={"unit": f"suffix: {unit}" if unit else "", "decimals": panel.decimals},
        thresholds=parts.color_steps(panel.thresholdColors, panel.thresholds),
        transformations=[
            {"id": "reduce", "options": {"reducers": [CALCULATIONS.get(panel.aggregation, panel.aggregation)]}}
        ]
        if from_series
        else (),
    )


def _location(panel: core.Worldmap) -> dict[str, object]:
    if panel.locationData == "geohash":
        return {"mode": "geohash", "geohash": panel.geoPoint}
    if panel.jsonUrl:
        return {"mode": "lookup", "gazetteer": panel.jsonUrl, "lookup": "Field"}
    if panel.locationData in _GAZETTEERS:
        return {"mode": "lookup", "gazetteer": _GAZETTEERS[panel.locationData], "lookup": "Field"}
    return {"mode": "auto"}


# --- plugins that Grafana never had itself ----------------------------------------------------------------------

# What every panel has, and `shared` reads from the object.
_COMMON: Final = frozenset({
    "cacheTimeout", "datasource", "description", "editable", "error", "fieldConfig", "gridPos", "height",
    "hideTimeOverride", "id", "interval", "links", "maxDataPoints", "maxPerRow", "minSpan", "options", "repeat",
    "repeatDirection", "span", "targets", "timeFrom", "timeShift", "title", "transformations", "transparent", "type",
})  # fmt: skip


def plugin(panel: core.Panel) -> Panel:
    """Return the panel of a plugin as it is: what it says beyond all panels, for the plugin to read."""
    said: dict[str, Any] = without_nulls(json_of(panel))
    fields = said.get("fieldConfig", {})
    defaults = dict(fields.get("defaults", {}))
    defaults.pop("thresholds", None)
    own = {name: value for name, value in said.items() if name not in _COMMON and name not in (panel.extraJson or {})}
    found = shared(
        panel,
        said.get("type", ""),
        options=said.get("options") or {},
        custom=defaults.pop("custom", {}),
        fields=defaults,
        overrides=fields.get("overrides", ()),
    )
    return attrs.evolve(found, settings={**found.settings, **own}, extra=json_of(panel.extraJson or {}))


def status_map(panel: core.Statusmap) -> Panel:
    """Return the panel of a plugin as it is, with its cards, which grafanalib leaves out; its old alert is a rule."""
    found = plugin(panel)
    own = {name: value for name, value in found.settings.items() if name != "alert"}
    return attrs.evolve(found, settings={**own, "cards": without_nulls(panel.cards)})


def zabbix_triggers(panel: Any) -> Panel:  # noqa: ANN401  # a panel that is not derived from grafanalib's
    """Return the panel of the Zabbix plugin as it is; grafanalib's is not derived from its panels."""
    from dashlib.declare.panels import Panel as OwnPanel

    said: dict[str, Any] = without_nulls(json_of(panel))
    settings = {name: value for name, value in said.items() if name not in _COMMON}
    for name in ("transparent", "repeat"):
        if said.get(name):
            settings[name] = said[name]
    return OwnPanel(
        kind=said["type"],
        title=panel.title,
        description=panel.description,
        links=[parts.link(each) for each in panel.links or ()],
        datasource=panel.dataSource,
        settings=settings,
        id=panel.id,
    )
