"""What becomes of each class of grafanalib's: the compiler reads this table, `docs/from-grafanalib.md` prints it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias, cast

import attrs
from grafanalib import (
    azuredataexplorer,
    azuremonitor,
    cloudwatch,
    core,
    elasticsearch,
    humio,
    influxdb,
    opentsdb,
    zabbix,
)

from dashlib.from_grafanalib import panels, parts, removed, targets
from dashlib.from_grafanalib.plain import default_of

# From an object of the class to dashlib's value for it, or to its JSON, a dict, where dashlib declares no such thing.
Reader: TypeAlias = Callable[[Any], object]

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Class(NamedTuple):
    """What becomes of a class.

    Attributes:
        becomes: what it is in today's Grafana, in words.
        read: makes dashlib's value of it; None for what is read with the object that it stands in.
        gone: its attributes that Grafana no longer has, each with why, or what to do instead.
        refused: why it is not compiled, and what to do; empty for what is.
    """

    becomes: str
    read: Reader | None = None
    gone: Mapping[str, str] = _NONE
    refused: str = ""


_AS_IT_IS = "its query as it is"
_STYLE = "a panel's look is its kind's"
_OF_THE_DASHBOARD = "whether a panel can be edited is the dashboard's"
_NO_ERROR = "Grafana marks a failed panel itself"
_PANEL = {"editable": _OF_THE_DASHBOARD, "error": _NO_ERROR}
_NO_QUERY = "a row asks nothing"
_SIZE_OF_TEXT = "Grafana fits the size of text to the panel"
_IN_AGGREGATION = f"part of an `ElasticsearchTarget`: {_AS_IT_IS}"
_IN_ZABBIX = f"part of a `ZabbixTarget`: {_AS_IT_IS}"
_NEW_ALERTS = {"useNewAlerts": "all alerts are new ones"}
_SEE_TARGET = {
    "intervalFactor": "the minimum interval says it: `interval`",
    "metric": "Grafana's editor of that time is gone",
    "step": "the minimum interval says it: `interval`",
}

CLASSES: Final[Mapping[type, Class]] = MappingProxyType(
    {
        # --- dashboards
        core.Dashboard: Class(
            "a dashboard, with Grafana's schema version 42; without a `uid`, one is made from its title",
            gone={
                "hideControls": "Grafana hides its controls in kiosk mode",
                "id": "a Grafana numbers its dashboards itself",
                "schemaVersion": "it is today's",
                "style": "a user chooses light or dark",
                "version": "a Grafana counts versions itself",
            },
        ),
        core.Row: Class("a row in the grid", gone={"editable": _OF_THE_DASHBOARD}),
        core.RowPanel: Class(
            "a row in the grid; the panels of an open one follow it",
            gone={
                **_PANEL,
                **dict.fromkeys(
                    ("cacheTimeout", "dataSource", "hideTimeOverride", "interval", "maxDataPoints", "targets",
                     "thresholds", "thresholdType", "timeFrom", "timeShift", "transformations"),
                    _NO_QUERY,
                ),
                **dict.fromkeys(
                    ("description", "extraJson", "height", "links", "minSpan", "span", "transparent"),
                    "a row is its title",
                ),
            },
        ),
        core.GridPos: Class("`gridPos`", parts.grid_position),
        core.Pixels: Class("a height in grid units, 38 pixels each"),
        core.Percent: Class("a size in percent, as it is, in a plugin's panel"),
        core.RGBA: Class("a color as text"),
        core.RGB: Class("a color as text"),
        core.Repeat: Class("`repeat`, `repeatDirection` and `maxPerRow` of a panel"),
        core.Time: Class("the time range"),
        core.TimePicker: Class(
            "the time picker", gone={"timeOptions": "Grafana offers its own quick ranges"}
        ),
        core.Templating: Class("the dashboard's variables"),
        core.Template: Class(
            "a variable",
            parts.variable,
            gone=dict.fromkeys(
                ("tagValuesQuery", "tagsQuery", "useTags"), "Grafana has no tags of values since version 8"
            ),
        ),
        core.Annotations: Class("the dashboard's annotations, beside Grafana's own"),
        core.DataSourceInput: Class("an input, and the datasource variable of its name unless there is one"),
        core.ConstantInput: Class(
            "a hidden constant variable of its name", gone={"description": "a hidden variable shows none"}
        ),
        core.DashboardLink: Class("a link", parts.dashboard_link),
        core.ExternalLink: Class("a link", parts.external_link),
        core.DataLink: Class("a link", parts.data_link),
        # --- panels that Grafana has
        core.Panel: Class(
            "what all panels say", gone=_PANEL,
        ),
        core.AlertList: Class(
            "`alertlist`",
            panels.alert_list,
            gone={
                "dashboardTags": "the list filters by folder, name and label",
                "show": "the list shows present states",
            },
        ),
        core.BarChart: Class("`barchart`", panels.bar_chart),
        core.BarGauge: Class(
            "`bargauge`",
            panels.bar_gauge,
            gone=dict.fromkeys(("thresholdLabels", "thresholdMarkers"), "a bar gauge never had them"),
        ),
        core.DashboardList: Class("`dashlist`", panels.dashboard_list),
        core.GaugePanel: Class("`gauge`", panels.gauge),
        core.Heatmap: Class(
            "`heatmap`",
            panels.heatmap,
            gone={"highlightCards": _STYLE, "xAxis": "the x axis is time and always shown"},
        ),
        core.HeatmapColor: Class("the colors of a heatmap"),
        core.Histogram: Class("`histogram`", panels.histogram),
        core.Logs: Class("`logs`", panels.logs),
        core.News: Class("`news`", panels.news, gone={"useProxy": "Grafana asks the feed itself"}),
        core.PieChartv2: Class("`piechart`", panels.pie_chart),
        core.Stat: Class("`stat`", panels.stat),
        core.StateTimeline: Class("`state-timeline`", panels.state_timeline),
        core.Table: Class(
            "`table`; `columns` become a calculation of each series, `styles` in `extraJson` overrides",
            panels.table,
            gone={"fontSize": _SIZE_OF_TEXT},
        ),
        core.Text: Class("`text`", panels.text_panel),
        core.TimeSeries: Class("`timeseries`", panels.timeseries),
        # --- panels that Grafana no longer has
        core.Graph: Class(
            "`timeseries`; `barchart` where the x axis lists series",
            removed.graph,
            gone={
                **dict.fromkeys(("align", "alignLevel"), "axes are not aligned; give them a `min` and a `max`"),
                "alertThreshold": "an alert's threshold is drawn where the panel names it",
                "grid": "thresholds are the panel's",
                "isNew": "Grafana's own mark of that time",
                "renderer": "Grafana has one",
            },
        ),
        core.Grid: Class(
            "nothing",
            gone=dict.fromkeys(
                ("threshold1", "threshold1Color", "threshold2", "threshold2Color"), "thresholds are the panel's"
            ),
        ),
        core.Legend: Class(
            "the legend of a time series",
            gone=dict.fromkeys(("hideEmpty", "hideZero"), "a legend lists all series; filter the query"),
        ),
        core.Tooltip: Class(
            "the tooltip of a time series",
            gone={
                "msResolution": "Grafana chooses the resolution",
                "valueType": "a tooltip shows each series by itself",
            },
        ),
        core.XAxis: Class(
            "whether the time axis is shown; the bars of a bar chart", gone={"name": "the x axis has no name"}
        ),
        core.YAxis: Class("unit, range, label and scale; the right one's for the series on it"),
        core.YAxes: Class("the axes of a time series"),
        core.SeriesOverride: Class(
            "an override of the series' settings", gone={"zindex": "series are drawn in their order"}
        ),
        core.GraphThreshold: Class(
            "a step of the thresholds, drawn as a line or an area", gone={"yaxis": "thresholds are the left axis'"}
        ),
        core.SingleStat: Class(
            "`stat`; `gauge` where it shows one, without sparkline and colors of its own; `prefix` or `postfix` become "
            "the unit where there is no other",
            removed.single_stat,
            gone={
                "mappingTypes": "Grafana knows its kinds of mappings",
                "nullPointMode": "a calculation leaves nulls out",
                "postfixFontSize": _SIZE_OF_TEXT,
                "prefixFontSize": _SIZE_OF_TEXT,
                "valueFontSize": _SIZE_OF_TEXT,
            },
        ),
        core.Gauge: Class("the range and marks of a `gauge`"),
        core.SparkLine: Class(
            "the graph behind a `stat`", gone=dict.fromkeys(("fillColor", "full", "lineColor"), _STYLE)
        ),
        core.Mapping: Class(
            "nothing", gone=dict.fromkeys(("name", "value"), "Grafana knows its kinds of mappings")
        ),
        core.PieChart: Class(
            "`piechart`", removed.old_pie_chart, gone={"thresholds": "the plugin had none"}
        ),
        core.Worldmap: Class(
            "`geomap` with a layer of markers",
            removed.world_map,
            gone={
                "hideEmpty": "filter the query",
                "hideZero": "filter the query",
                "jsonpCallback": "a map reads JSON",
                "stickyLabels": "labels are a style of the layer",
            },
        ),
        # --- panels of plugins
        core.Ae3ePlotly: Class("the plugin's panel as it is", removed.plugin),
        core.Discrete: Class("the plugin's panel as it is; `state-timeline` is Grafana's own", removed.plugin),
        core.DiscreteColorMappingItem: Class("part of a `Discrete`"),
        core.Statusmap: Class("the plugin's panel as it is; `status-history` is Grafana's own", removed.status_map),
        core.StatusmapColor: Class("the colors of a `Statusmap`"),
        core.Svg: Class("the plugin's panel as it is, with the files that it names", removed.plugin),
        core.ePict: Class("the plugin's panel as it is; `canvas` is Grafana's own", removed.plugin),
        core.ePictBox: Class("part of an `ePict`"),
        zabbix.ZabbixTriggersPanel: Class(
            "the plugin's panel as it is",
            removed.zabbix_triggers,
            gone={"minSpan": "a repeated panel says how many stand in a row"},
        ),
        # --- what stands in panels
        core.Threshold: Class(
            "a step of the thresholds",
            parts.threshold,
            gone=dict.fromkeys(("index", "line", "op", "yaxis"), "steps stand in order, each from its value on"),
        ),
        core.StatValueMappings: Class("a mapping of values", parts.value_mapping),
        core.StatValueMappingItem: Class("one of a mapping's values"),
        core.StatRangeMappings: Class("a mapping of a range", parts.range_mapping),
        core.StatMapping: Class(
            "a mapping of a value or a range", parts.old_mapping, gone={"id": "mappings stand in order"}
        ),
        core.StatValueMapping: Class("a mapping of a value", parts.old_mapping, gone={"id": "mappings stand in order"}),
        core.StatRangeMapping: Class(
            "a mapping of a range", parts.old_mapping, gone={"id": "mappings stand in order"}
        ),
        core.ValueMap: Class(
            "a mapping of a value", parts.mapped_value, gone={"op": "a value is compared for equality"}
        ),
        core.RangeMap: Class("a mapping of a range", parts.mapped_range),
        core.TableSortByField: Class("what a table is sorted by", parts.sorted_by),
        core.Column: Class("a calculation of each series, in a table", gone={"text": "Grafana names the calculation"}),
        core.ColumnSort: Class(
            "nothing", gone=dict.fromkeys(("col", "desc"), "a table is sorted by a column's name: `sortBy`")
        ),
        core.ColumnStyle: Class("an override of a column's settings", parts.column_style),
        core.DateColumnStyleType: Class("a unit of time for a column"),
        core.HiddenColumnStyleType: Class("a hidden column"),
        core.NumberColumnStyleType: Class("unit, decimals and colors of a column"),
        core.StringColumnStyleType: Class(
            "mappings and colors of a column",
            gone={
                "preserveFormat": "a cell is shown as it is",
                "sanitize": "Grafana always sanitizes",
            },
        ),
        # --- queries
        core.Target: Class(
            "a query of Prometheus; of InfluxDB where it is Flux or InfluxQL, of Graphite where only `target` is set",
            targets.target,
            gone=_SEE_TARGET,
        ),
        core.SqlTarget: Class(
            "a query in SQL",
            targets.sql,
            gone={
                **_SEE_TARGET,
                **dict.fromkeys(("expr", "instant", "interval", "legendFormat", "target"), "an SQL query has none"),
            },
        ),
        cloudwatch.CloudwatchMetricsTarget: Class(
            f"{_AS_IT_IS}, with `statistic`, or else the first of its `statistics`; a query has one",
            targets.cloudwatch_metrics,
        ),
        cloudwatch.CloudwatchLogsInsightsTarget: Class(_AS_IT_IS, targets.as_it_is),
        elasticsearch.ElasticsearchTarget: Class(_AS_IT_IS, targets.as_it_is),
        **dict.fromkeys(
            (
                elasticsearch.AverageMetricAgg, elasticsearch.BucketScriptAgg, elasticsearch.CardinalityMetricAgg,
                elasticsearch.CountMetricAgg, elasticsearch.DateHistogramGroupBy, elasticsearch.DerivativeMetricAgg,
                elasticsearch.Filter, elasticsearch.FiltersGroupBy, elasticsearch.MaxMetricAgg,
                elasticsearch.MinMetricAgg, elasticsearch.PercentilesMetricAgg, elasticsearch.RateMetricAgg,
                elasticsearch.SumMetricAgg, elasticsearch.TermsGroupBy,
            ),
            Class(_IN_AGGREGATION),
        ),
        influxdb.InfluxDBTarget: Class(_AS_IT_IS, targets.as_it_is),
        opentsdb.OpenTSDBTarget: Class(_AS_IT_IS, targets.as_it_is),
        opentsdb.OpenTSDBFilter: Class(f"part of an `OpenTSDBTarget`: {_AS_IT_IS}"),
        humio.HumioTarget: Class(_AS_IT_IS, targets.as_it_is),
        azuremonitor.AzureLogsTarget: Class(_AS_IT_IS, targets.as_it_is),
        azuremonitor.AzureMonitorMetricsTarget: Class(_AS_IT_IS, targets.as_it_is),
        azuremonitor.AzureResourceGraphTarget: Class(_AS_IT_IS, targets.as_it_is),
        azuredataexplorer.AzureDataExplorerTarget: Class(_AS_IT_IS, targets.as_it_is),
        zabbix.ZabbixTarget: Class(_AS_IT_IS, targets.as_it_is),
        **dict.fromkeys(
            (
                zabbix.ZabbixAggregateByFunction, zabbix.ZabbixAverageFunction, zabbix.ZabbixBottomFunction,
                zabbix.ZabbixDeltaFunction, zabbix.ZabbixGroupByFunction, zabbix.ZabbixMaxFunction,
                zabbix.ZabbixMedianFunction, zabbix.ZabbixMinFunction, zabbix.ZabbixScaleFunction,
                zabbix.ZabbixSetAliasByRegexFunction, zabbix.ZabbixSetAliasFunction, zabbix.ZabbixSumSeriesFunction,
                zabbix.ZabbixTargetField, zabbix.ZabbixTargetOptions, zabbix.ZabbixTimeShiftFunction,
                zabbix.ZabbixTopFunction, zabbix.ZabbixTrendValueFunction,
            ),
            Class(_IN_ZABBIX),
        ),
        **dict.fromkeys((zabbix.ZabbixColor, zabbix.ZabbixTrigger), Class("part of a `ZabbixTriggersPanel`")),
        # --- alerts
        core.AlertGroup: Class("a group of Grafana-managed rules, in `alerting/rules.yaml`"),
        core.AlertFileBasedProvisioning: Class("its groups, in `alerting/rules.yaml`"),
        core.AlertRulev8: Class(
            "a Grafana-managed rule",
            gone={
                "evaluateInterval": "the group's rules are evaluated together: `AlertGroup.evaluateInterval`",
                "rule_group": "a rule's group is the one that lists it",
            },
        ),
        core.AlertRulev9: Class("a Grafana-managed rule"),
        core.AlertExpression: Class("an expression of a rule"),
        core.AlertCondition: Class("a condition of a classic expression", gone=_NEW_ALERTS),
        elasticsearch.ElasticsearchAlertCondition: Class("a condition of a classic expression", gone=_NEW_ALERTS),
        core.Evaluator: Class("the comparison of a condition"),
        core.TimeRange: Class("the range of the query of a condition"),
        core.Alert: Class(
            "a Grafana-managed rule that links to its panel, in the folder General Alerting",
            gone={
                "handler": "Grafana evaluates all rules itself",
                "notifications": "notification policies choose receivers by label: `alertRuleTags`",
            },
        ),
        core.Notification: Class(
            "nothing", gone={"uid": "notification policies choose receivers by label"},
            refused="which Grafana no longer has; declare Notifications",
        ),
    }
)  # fmt: skip

# Values that Grafana has no word for any more, of attributes that it has.
GONE_VALUES: Final[Mapping[tuple[type, str], tuple[tuple[object, ...], str]]] = {
    (core.Graph, "nullPointMode"): (
        ("null as zero",), "nulls are gaps; write `or vector(0)` into the query where they mean 0",
    ),
}  # fmt: skip


# What is gone beside something else that the same object says.
_GONE_BESIDE: Mapping[tuple[type, str], Callable[[Any], bool]] = {
    (cloudwatch.CloudwatchMetricsTarget, "statistics"): lambda query: (
        len(query.statistics) > 1 or query.statistic != targets.USUAL_STATISTIC
    ),
    (core.SingleStat, "prefix"): lambda panel: panel.format not in removed.NO_UNIT,
    (core.SingleStat, "postfix"): lambda panel: panel.format not in removed.NO_UNIT or bool(panel.prefix),
    **{
        (core.SingleStat, attribute): lambda panel: bool(panel.gauge.show)
        for attribute in ("sparkline", "colorBackground", "colorValue")
    },
}


def known_class(kind: type) -> type | None:
    """Return the class of grafanalib's that a class is, or is derived from."""
    return next((each for each in kind.__mro__ if each in CLASSES), None)


def gone_in(value: object) -> list[tuple[str, str]]:
    """Return what is set in an object and all that stands in it and Grafana no longer has: class and attribute."""
    found: dict[tuple[str, str], None] = {}
    _collect(value, found, set())
    return list(found)


def _collect(value: object, found: dict[tuple[str, str], None], seen: set[int]) -> None:
    if isinstance(value, Mapping):
        for each in value.values():
            _collect(each, found, seen)
    elif isinstance(value, list | tuple):
        for each in value:
            _collect(each, found, seen)
    elif attrs.has(type(value)) and id(value) not in seen:
        seen.add(id(value))
        kind = known_class(type(value))
        for field in attrs.fields(cast("Any", type(value))):
            said = getattr(value, field.name, None)
            if said == default_of(field):
                continue
            # What a class demands its author could not leave out.
            if kind is not None and field.default is not attrs.NOTHING and _is_gone(kind, field.name, value):
                found[kind.__name__, field.name] = None
            _collect(said, found, seen)


def _is_gone(kind: type, attribute: str, value: object) -> bool:
    for each in kind.__mro__:
        if each in CLASSES and attribute in CLASSES[each].gone:
            return True
        if (each, attribute) in GONE_VALUES:
            return getattr(value, attribute) in GONE_VALUES[each, attribute][0]
        if (each, attribute) in _GONE_BESIDE:
            return _GONE_BESIDE[each, attribute](value)
    return False
