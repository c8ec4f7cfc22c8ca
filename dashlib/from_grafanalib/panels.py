"""grafanalib's panels as dashlib's, a function for each class that dashlib reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dashlib.declare.panel_kinds._parts import legend, reduction
from dashlib.declare.panels import Panel, as_written
from dashlib.from_grafanalib import parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grafanalib import core


# What grafanalib writes where its user says nothing, which would make Grafana ask for fewer samples than it draws.
_FORCED_MAX_DATA_POINTS = 100

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
) -> Panel:
    """Return what all panels say, with what one class adds; see `dashlib.declare.panels.Panel`.

    Args:
        panel: grafanalib's.
        kind: Grafana's id of the panel plugin.
        options: the plugin's.
        fields: settings of all series.
        custom: settings of all series that only this plugin knows.
        overrides: settings of some series.
    """
    position = panel.gridPos
    return Panel(
        kind=kind,
        title=panel.title,
        description=panel.description or "",
        targets=tuple(panel.targets),
        options=options or {},
        fields=fields or {},
        custom=custom or {},
        overrides=overrides,
        thresholds=panel.thresholds or None,
        threshold_mode=panel.thresholdType,
        transformations=panel.transformations,
        links=panel.links or (),
        datasource=panel.dataSource,
        settings=_settings(panel),
        extra=panel.extraJson or {},
        id=panel.id,
        position=None if position is None else parts.grid_position(position),
    )


def _settings(panel: core.Panel) -> dict[str, object]:
    """Return the settings that few panels have, in the order in which Grafana's JSON names them."""
    repeat = panel.repeat
    points = panel.maxDataPoints
    found: dict[str, object] = {
        "transparent": panel.transparent,
        "repeat": repeat.variable,
        "repeatDirection": repeat.direction if repeat.variable and repeat.direction != "h" else None,
        "maxPerRow": repeat.maxPerRow if repeat.variable else None,
        "maxDataPoints": None if points == _FORCED_MAX_DATA_POINTS else points,
        "interval": panel.interval,
        "timeFrom": panel.timeFrom,
        "timeShift": panel.timeShift,
        "cacheTimeout": panel.cacheTimeout,
        "hideTimeOverride": panel.hideTimeOverride,
    }
    return {name: value for name, value in found.items() if value or (name == "maxDataPoints" and value is not None)}


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
    return shared(
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
        overrides=panel.overrides,
    )


def text(panel: core.Text) -> Panel:
    """Return a panel of text."""
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


def _color(said: object, default: str = "thresholds") -> dict[str, Any] | None:
    """Return the color scheme of a panel's fields; None for its kind's default."""
    if said is None or said == default:
        return None
    return dict(said) if isinstance(said, Mapping) else {"mode": said}


def _changed(settings: Mapping[str, tuple[object, object]]) -> dict[str, object]:
    """Return the settings that are not at their default, each given as a pair of value and default."""
    return {name: value for name, (value, default) in settings.items() if value != default}
