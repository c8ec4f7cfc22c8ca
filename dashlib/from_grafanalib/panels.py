"""grafanalib's panels as dashlib's, a function for each class that dashlib reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from dashlib.declare.panel_kinds._parts import legend, reduction
from dashlib.declare.panels import Panel, as_written
from dashlib.from_grafanalib import parts, targets
from dashlib.from_grafanalib.plain import json_of, number, say, with_todays_fields, without_nulls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grafanalib import core


# What grafanalib writes where its user says nothing, which would make Grafana ask for fewer samples than it draws.
_FORCED_MAX_DATA_POINTS = 100

_SPANS = 12

# What the old table made of time series, as transformations.
_SHAPES: Final[Mapping[str, list[object]]] = {
    "timeseries_to_rows": [{"id": "seriesToRows", "options": {}}],
    "timeseries_to_columns": [{"id": "joinByField", "options": {"byField": "Time", "mode": "outer"}}],
    "table": [{"id": "merge", "options": {}}],
}

# The calculations of grafanalib's older classes, by Grafana's present names.
CALCULATIONS: Final[Mapping[str, str]] = {
    "avg": "mean", "current": "lastNotNull", "total": "sum", "last": "last", "first": "first", "min": "min",
    "max": "max", "delta": "delta", "range": "range", "count": "count", "diff": "diff",
}  # fmt: skip

# What became of the table's display modes when they turned into cell types (Grafana 9.4).
_CELL_OPTIONS: dict[str, dict[str, str]] = {
    "gradient-gauge": {"type": "gauge", "mode": "gradient"},
    "lcd-gauge": {"type": "gauge", "mode": "lcd"},
    "basic": {"type": "gauge", "mode": "basic"},
    "color-background": {"type": "color-background", "mode": "gradient"},
    "color-background-solid": {"type": "color-background", "mode": "basic"},
}


def shared(
    panel: core.Panel,
    kind: str,
    *,
    options: Mapping[str, object] | None = None,
    fields: Mapping[str, object] | None = None,
    custom: Mapping[str, object] | None = None,
    overrides: Sequence[object] = (),
    thresholds: Sequence[object] | None = None,
    transformations: Sequence[object] = (),
) -> Panel:
    """Return what all panels say, with what one class adds; see `dashlib.declare.panels.Panel`.

    Args:
        panel: grafanalib's.
        kind: Grafana's id of the panel plugin.
        options: the plugin's.
        fields: settings of all series.
        custom: settings of all series that only this plugin knows.
        overrides: settings of some series.
        thresholds: color steps; None for the panel's own.
        transformations: of its data, before those that it names itself.
    """
    position = panel.gridPos
    said = dict(fields or {})
    for name, read in (("mappings", parts.mapping), ("links", parts.link)):
        if isinstance(items := said.get(name), list):
            said[name] = [read(each) for each in items]
    return Panel(
        kind=kind,
        title=panel.title or "",
        description=panel.description or "",
        targets=tuple(targets.given(each) for each in panel.targets),
        options=options or {},
        fields=said,
        custom=custom or {},
        overrides=[json_of(each) if isinstance(each, Mapping) else each for each in overrides],
        thresholds=_steps(panel.thresholds) if thresholds is None else thresholds,
        threshold_mode=panel.thresholdType,
        transformations=[*transformations, *map(json_of, panel.transformations)],
        links=[parts.link(each) for each in panel.links or ()],
        datasource=panel.dataSource,
        settings=_settings(panel),
        extra=with_todays_fields(json_of(panel.extraJson or {})),
        id=panel.id,
        position=None if position is None else json_of(position),
    )


def _steps(said: object) -> Sequence[object] | None:
    """Return color steps; some classes write an empty string instead."""
    return said if isinstance(said, list) and said else None


def _settings(panel: core.Panel) -> dict[str, object]:
    """Return the settings that few panels have, in the order in which Grafana's JSON names them."""
    repeat = panel.repeat
    points = panel.maxDataPoints
    found: dict[str, object] = {
        "transparent": panel.transparent,
        "repeat": repeat.variable,
        "repeatDirection": repeat.direction if repeat.variable and repeat.direction != "h" else None,
        "maxPerRow": (repeat.maxPerRow or _per_row(panel.minSpan)) if repeat.variable else None,
        "maxDataPoints": None if points == _FORCED_MAX_DATA_POINTS else points,
        "interval": panel.interval,
        "timeFrom": panel.timeFrom,
        "timeShift": panel.timeShift,
        "cacheTimeout": panel.cacheTimeout,
        "hideTimeOverride": panel.hideTimeOverride,
    }
    return {name: value for name, value in found.items() if value or (name == "maxDataPoints" and value is not None)}


def _per_row(least: float | None) -> int | None:
    """Return how many panels stand in a row where each has at least so many of the twelve spans that there were."""
    return max(1, int(_SPANS // least)) if least else None


def bar_gauge(panel: core.BarGauge) -> Panel:
    """Return a bar gauge."""
    return shared(
        panel,
        "bargauge",
        options={
            "displayMode": panel.displayMode,
            "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False},
            "maxVizHeight": 300,
            "minVizHeight": 16,
            "minVizWidth": 8,
            "namePlacement": "auto",
            "orientation": panel.orientation,
            "reduceOptions": reduction(panel.calc, values=panel.allValues, limit=panel.limit),
            "showUnfilled": True,
            "sizing": "auto",
            "valueMode": "color",
        },
        fields=_gauge_fields(panel),
    )


def gauge(panel: core.GaugePanel) -> Panel:
    """Return a round gauge."""
    return shared(
        panel,
        "gauge",
        options={
            "minVizHeight": 75,
            "minVizWidth": 75,
            "orientation": "auto",
            "reduceOptions": reduction(panel.calc, values=panel.allValues, limit=panel.limit),
            "showThresholdLabels": panel.thresholdLabels,
            "showThresholdMarkers": panel.thresholdMarkers,
            "sizing": "auto",
        },
        fields=_gauge_fields(panel),
    )


def _gauge_fields(panel: core.GaugePanel | core.BarGauge) -> dict[str, object]:
    return {
        "displayName": panel.label,
        "unit": panel.format,
        "decimals": panel.decimals,
        "min": as_written(panel.min),
        "max": as_written(panel.max),
        "mappings": [*panel.valueMaps, *panel.rangeMaps],
        "links": list(panel.dataLinks),
    }


def stat(panel: core.Stat) -> Panel:
    """Return a stat."""
    return shared(
        panel,
        "stat",
        options={
            "colorMode": panel.colorMode,
            "graphMode": panel.graphMode,
            "justifyMode": panel.alignment,
            "orientation": panel.orientation,
            "percentChangeColorMode": "standard",
            "reduceOptions": reduction(panel.reduceCalc, fields=panel.fields),
            "showPercentChange": False,
            "textMode": panel.textMode,
            "wideLayout": True,
        },
        fields={
            "unit": panel.format,
            "decimals": panel.decimals,
            "noValue": panel.noValue,
            "mappings": panel.mappings,
            "color": _color(panel.color),
        },
        overrides=panel.overrides,
    )


def state_timeline(panel: core.StateTimeline) -> Panel:
    """Return a state timeline."""
    return shared(
        panel,
        "state-timeline",
        options={
            "legend": legend(panel.legendDisplayMode, panel.legendPlacement, ()),
            "rowHeight": panel.rowHeight,
            "showValue": panel.showValue,
            "tooltip": {"mode": panel.tooltipMode, "sort": "none"},
            **_changed({"mergeValues": (panel.mergeValues, True), "alignValue": (panel.alignValue, "left")}),
        },
        fields={"mappings": panel.mappings, "color": _color(panel.colorMode)},
        custom=_changed({"lineWidth": (panel.lineWidth, 0), "fillOpacity": (panel.fillOpacity, 70)}),
        overrides=panel.overrides,
    )


def table(panel: core.Table) -> Panel:
    """Return a table."""
    custom = _changed(
        {
            "align": (panel.align, "auto"),
            "cellOptions": (_CELL_OPTIONS.get(panel.displayMode, {"type": panel.displayMode}), {"type": "auto"}),
            "filterable": (panel.filterable, False),
        }
    )
    sort_by = [field if isinstance(field, Mapping) else parts.sorted_by(field) for field in panel.sortBy]
    # What the table of before Grafana 7 had, people write as JSON.
    extra = {
        name: value for name, value in (panel.extraJson or {}).items() if name not in ("sort", "styles", "transform")
    }
    if extra.get("type") == "table-old":
        del extra["type"]
    styles = [parts.column_style(style) for style in (panel.extraJson or {}).get("styles", ())]
    shaped = _SHAPES.get((panel.extraJson or {}).get("transform", ""), [])
    found = shared(
        panel,
        "table",
        options={
            "frameIndex": 0,
            "showHeader": panel.showHeader,
            **({"sortBy": sort_by} if sort_by else {}),
        },
        fields={"unit": panel.unit, "mappings": panel.mappings, "color": _color(panel.colorMode)},
        # Grafana requires these two of any column settings.
        custom={"align": panel.align, "inspect": False, **custom} if custom else None,
        overrides=[*styles, *panel.overrides],
        transformations=[*shaped, *_aggregated(panel.columns)],
    )
    return attrs.evolve(found, extra=json_of(extra))


def _aggregated(columns: Sequence[core.Column | Mapping[str, str]]) -> list[object]:
    """Return what makes a row of each series, with a column for each calculation."""
    if not columns:
        return []
    reducers = [CALCULATIONS.get(value := str(say(column, "value")), value) for column in columns]
    return [{"id": "reduce", "options": {"reducers": reducers}}]


def text_panel(panel: core.Text) -> Panel:
    """Return what a panel of text shows."""
    return shared(panel, "text", options={"mode": panel.mode, "content": panel.content})


def timeseries(panel: core.TimeSeries) -> Panel:
    """Return a time series."""
    log_scale = {"type": panel.scaleDistributionType, "log": panel.scaleDistributionLog}
    return shared(
        panel,
        "timeseries",
        options={
            "legend": legend(panel.legendDisplayMode, panel.legendPlacement, panel.legendCalcs),
            "tooltip": {"mode": panel.tooltipMode, "sort": panel.tooltipSort},
        },
        fields={
            "unit": panel.unit,
            "decimals": panel.valueDecimals,
            "min": panel.valueMin,
            "max": panel.valueMax,
            "mappings": panel.mappings,
            "color": _color(panel.colorMode, default="palette-classic"),
        },
        custom=_changed(
            {
                "axisPlacement": (panel.axisPlacement, "auto"),
                "axisLabel": (panel.axisLabel, ""),
                "axisSoftMin": (panel.axisSoftMin, None),
                "axisSoftMax": (panel.axisSoftMax, None),
                "drawStyle": (panel.drawStyle, "line"),
                "barAlignment": (panel.barAlignment, 0),
                "lineInterpolation": (panel.lineInterpolation, "linear"),
                "lineWidth": (panel.lineWidth, 1),
                "fillOpacity": (panel.fillOpacity, 0),
                "gradientMode": (panel.gradientMode, "none"),
                "spanNulls": (panel.spanNulls, False),
                "showPoints": (panel.showPoints, "auto"),
                "pointSize": (panel.pointSize, 5),
                "stacking": (panel.stacking, {}),
                "scaleDistribution": (log_scale if panel.scaleDistributionType != "linear" else None, None),
                "thresholdsStyle": ({"mode": panel.thresholdsStyleMode}, {"mode": "off"}),
            }
        ),
        overrides=panel.overrides,
    )


def _color(said: object, default: object = "thresholds") -> dict[str, Any] | None:
    """Return the color scheme of a panel's fields; None for its kind's default."""
    if said is None or said == default:
        return None
    return dict(said) if isinstance(said, Mapping) else {"mode": said}


def _changed(settings: Mapping[str, tuple[object, object]]) -> dict[str, object]:
    """Return the settings that are not at their default, each given as a pair of value and default."""
    return {name: value for name, (value, default) in settings.items() if value != default}


def _tooltip(mode: str, sort: str = "none") -> dict[str, object]:
    return {"mode": mode, "sort": sort}


def bar_chart(panel: core.BarChart) -> Panel:
    """Return a bar chart."""
    hidden = {"tooltip": panel.hideFromTooltip, "legend": panel.hideFromLegend, "viz": panel.hideFromViz}
    color = {"mode": panel.colorMode, **({"fixedColor": panel.fixedColor} if panel.colorMode == "fixed" else {})}
    found = shared(
        panel,
        "barchart",
        options={
            "barWidth": panel.barWidth,
            "fullHighlight": False,
            "groupWidth": panel.groupWidth,
            "legend": legend(
                panel.legendDisplayMode if panel.showLegend else "hidden", panel.legendPlacement, panel.legendCalcs
            ),
            "orientation": panel.orientation,
            "showValue": panel.showValue,
            "stacking": panel.stacking,
            "tooltip": _tooltip(panel.tooltipMode, panel.tooltipSort),
            "xTickLabelMaxLength": 0,
            "xTickLabelRotation": panel.xTickLabelRotation,
            **_changed({"xTickLabelSpacing": (panel.xTickLabelSpacing, 0), "barRadius": (panel.barRadius, 0.0)}),
        },
        fields={"mappings": panel.mappings, "color": _color(color, default={"mode": "palette-classic"})},
        custom=_changed(
            {
                "axisPlacement": (panel.axisPlacement, "auto"),
                "axisLabel": (panel.axisLabel, ""),
                "axisColorMode": (panel.axisColorMode, "text"),
                "axisCenteredZero": (panel.axisCenteredZero, False),
                "fillOpacity": (panel.fillOpacity, 80),
                "gradientMode": (panel.gradientMode, "none"),
                "hideFrom": (hidden, dict.fromkeys(hidden, False)),
                "lineWidth": (panel.lineWidth, 1),
                "scaleDistribution": ({"type": panel.scaleDistributionType}, {"type": "linear"}),
            }
        ),
        overrides=panel.overrides,
        thresholds=panel.thresholds or panel.thresholdSteps or None,
    )
    own = panel.thresholdsMode if panel.thresholdType == "absolute" else panel.thresholdType
    return attrs.evolve(found, threshold_mode=own)


def heatmap(panel: core.Heatmap) -> Panel:
    """Return a heatmap; of time series it counts the buckets itself."""
    calculates = panel.dataFormat == "timeseries"
    said = json_of(panel.options) if isinstance(panel.options, Mapping) else {}
    options: dict[str, Any] = {
        "calculate": calculates,
        "cellGap": number(say(panel.cards, "cardPadding")),
        "cellRadius": number(say(panel.cards, "cardRound")),
        "color": _heatmap_color(panel.color),
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "legend": {"show": bool(say(panel.legend, "show"))},
        "showValue": "never",
        "tooltip": {"mode": "multi" if panel.tooltip.shared else "single", "yHistogram": False},
        "yAxis": {
            "axisPlacement": "left" if panel.yAxis.show else "hidden",
            "axisLabel": panel.yAxis.label,
            "unit": panel.yAxis.format,
            "decimals": panel.yAxis.decimals,
            "min": number(panel.yAxis.min),
            "max": number(panel.yAxis.max),
            "reverse": panel.reverseYBuckets,
        },
    }
    if calculates:
        calculation: dict[str, Any] = {
            "xBuckets": _buckets(panel.xBucketNumber, panel.xBucketSize),
            "yBuckets": _buckets(panel.yBucketNumber, panel.yBucketSize),
        }
        if panel.yAxis.logBase != 1:
            calculation["yBuckets"] = {
                **(calculation["yBuckets"] or {}),
                "scale": {"type": "log", "log": panel.yAxis.logBase},
            }
        calculation = without_nulls(calculation)
        options["calculation"] = calculation or None
    if panel.yBucketBound not in (None, "auto"):
        options["rowsFrame"] = {"layout": _BOUNDS.get(panel.yBucketBound, "unknown")}
    if panel.hideZeroBuckets:
        options["filterValues"] = {"le": 1e-9}
    return shared(panel, "heatmap", options={**without_nulls(options), **said})


_BOUNDS = {"upper": "le", "lower": "ge", "middle": "unknown"}


def _buckets(count: object, size: object) -> dict[str, str] | None:
    if size is not None:
        return {"mode": "size", "value": str(size)}
    return None if count is None else {"mode": "count", "value": str(count)}


def _heatmap_color(color: core.HeatmapColor) -> dict[str, object]:
    opacity = color.mode == "opacity"
    return {
        "mode": "opacity" if opacity else "scheme",
        "exponent": color.exponent,
        "fill": color.cardColor,
        "min": number(color.min),
        "max": number(color.max),
        "reverse": False,
        "scale": "linear" if color.colorScale == "linear" else "exponential",
        "scheme": str(color.colorScheme).removeprefix("interpolate"),
        "steps": 64,
    }


def histogram(panel: core.Histogram) -> Panel:
    """Return a histogram."""
    return shared(
        panel,
        "histogram",
        options={
            "legend": legend(panel.legendDisplayMode, panel.legendPlacement, ()),
            "tooltip": _tooltip("single"),
            **_changed(
                {
                    "bucketOffset": (panel.bucketOffset, 0),
                    "bucketSize": (max(panel.bucketSize, 0), 0),
                    "combine": (panel.combine, False),
                }
            ),
        },
        fields={"mappings": panel.mappings, "color": _color(panel.colorMode)},
        custom=_changed({"lineWidth": (panel.lineWidth, 1), "fillOpacity": (panel.fillOpacity, 80)}),
        overrides=panel.overrides,
    )


def pie_chart(panel: core.PieChartv2) -> Panel:
    """Return a pie chart."""
    calculations = panel.reduceOptionsCalcs or ["lastNotNull"]
    reduced = reduction(calculations[0], values=panel.reduceOptionsValues, fields=panel.reduceOptionsFields)
    shown = legend(panel.legendDisplayMode, panel.legendPlacement, ())
    return shared(
        panel,
        "piechart",
        options={
            "displayLabels": [],
            "legend": {**shown, "values": panel.legendValues},
            "orientation": "auto",
            "pieType": panel.pieType,
            "reduceOptions": {**reduced, "calcs": calculations},
            "sort": "desc",
            "tooltip": _tooltip(panel.tooltipMode),
        },
        fields={
            "unit": panel.unit,
            "mappings": panel.mappings,
            "color": _color(panel.colorMode, default="palette-classic"),
        },
        custom=panel.custom,
        overrides=panel.overrides,
    )


def logs(panel: core.Logs) -> Panel:
    """Return a list of logs."""
    return shared(
        panel,
        "logs",
        options={
            "dedupStrategy": panel.dedupStrategy,
            "enableLogDetails": panel.enableLogDetails,
            "prettifyLogMessage": panel.prettifyLogMessage,
            "showCommonLabels": panel.showCommonLabels,
            "showLabels": panel.showLabels,
            "showLogContextToggle": False,
            "showTime": panel.showTime,
            "sortOrder": panel.sortOrder,
            "wrapLogMessage": panel.wrapLogMessages,
        },
        overrides=panel.overrides,
    )


def news(panel: core.News) -> Panel:
    """Return a list of news."""
    return shared(panel, "news", options={"feedUrl": panel.feedUrl, "showImage": panel.showImage})


def dashboard_list(panel: core.DashboardList) -> Panel:
    """Return a list of dashboards."""
    return shared(
        panel,
        "dashlist",
        options={
            "includeVars": False,
            "keepTime": False,
            "maxItems": panel.maxItems,
            "query": panel.searchQuery,
            "showFolderNames": True,
            "showHeadings": panel.showHeadings,
            "showRecentlyViewed": panel.showRecent,
            "showSearch": panel.showSearch,
            "showStarred": panel.showStarred,
            "tags": panel.searchTags,
        },
        overrides=panel.overrides,
    )


_ALERT_STATES = {
    "alerting": "firing", "pending": "pending", "no_data": "noData", "ok": "normal", "execution_error": "error",
}  # fmt: skip


def alert_list(panel: core.AlertList) -> Panel:
    """Return a list of alerts; grafanalib's is not derived from its panels."""
    wanted = [_ALERT_STATES[state] for state in panel.stateFilter if state in _ALERT_STATES]
    position = panel.gridPos
    return Panel(
        kind="alertlist",
        title=panel.title or "",
        description=panel.description or "",
        options={
            "alertInstanceLabelFilter": "",
            "alertName": panel.alertName or panel.nameFilter,
            "dashboardAlerts": panel.onlyAlertsOnDashboard,
            "groupBy": [],
            "groupMode": "default",
            "maxItems": panel.limit,
            "sortOrder": panel.sortOrder,
            "stateFilter": {name: not wanted or name in wanted for name in _ALERT_STATES.values()},
            "viewMode": "list",
        },
        links=[parts.link(each) for each in panel.links or ()],
        settings={"transparent": True} if panel.transparent else {},
        id=panel.id,
        position=None if position is None else json_of(position),
    )
