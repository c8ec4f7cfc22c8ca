"""An object of each of grafanalib's classes, set as people set it, and where in a dashboard it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import attr
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

# From an object of a class to the dashboard, or the group of alerts, that it stands in.
Place: TypeAlias = Callable[[Any], Any]

MODULES: Final = (
    core, cloudwatch, elasticsearch, influxdb, opentsdb, zabbix, humio, azuremonitor, azuredataexplorer,
)  # fmt: skip
CLASSES: Final[list[type]] = [
    each
    for module in MODULES
    for each in vars(module).values()
    if isinstance(each, type) and each.__module__ == module.__name__
]

TARGET: Final = core.Target(expr="up", legendFormat="{{job}}", refId="A")
EVALUATOR: Final = core.Evaluator("gt", [5])
ROW: Final[Any] = core.Row  # mypy does not know the converter of its panels
RANGE: Final = core.TimeRange("5m", "now")


def board(*panels: Any, **more: Any) -> core.Dashboard:
    return core.Dashboard(title="Board", uid="board", panels=list(panels), **more)


def graph(**more: Any) -> core.Dashboard:
    return board(core.Graph(title="G", targets=[TARGET], **more))


def stat(**more: Any) -> core.Dashboard:
    return board(core.Stat(title="S", targets=[TARGET], **more))


def single(**more: Any) -> core.Dashboard:
    return board(core.SingleStat(title="S", targets=[TARGET], **more))


def asked(target: Any) -> core.Dashboard:
    return board(core.TimeSeries(title="T", targets=[target], dataSource="theirs"))


def styled(style: Any) -> core.Dashboard:
    return board(core.Table(title="T", targets=[TARGET], extraJson={"styles": [style]}))


def column(kind: Any) -> core.Dashboard:
    return styled(core.ColumnStyle(pattern="Value", type=kind))


def condition(found: Any) -> core.Dashboard:
    alert = core.Alert(name="High", message="It is high", alertConditions=[found])
    return graph(alert=alert)


def rules(*found: Any) -> core.AlertGroup:
    return core.AlertGroup(name="Group", folder="Folder", rules=list(found))


def expression(found: Any) -> core.AlertGroup:
    query = core.Target(expr="up", refId="A", datasource="prom")
    return rules(core.AlertRulev9(title="Rule", triggers=[query, found], condition="B"))


def aggregated(metric: Any) -> core.Dashboard:
    return asked(elasticsearch.ElasticsearchTarget(metricAggs=[metric], refId="A"))


def grouped(by: Any) -> core.Dashboard:
    return asked(elasticsearch.ElasticsearchTarget(bucketAggs=[by], refId="A"))


def called(function: Any) -> core.Dashboard:
    return asked(zabbix.ZabbixTarget(functions=[function], refId="A"))


def heat(color: Any) -> core.Dashboard:
    return board(core.Heatmap(title="H", targets=[TARGET], color=color))


def discrete(**more: Any) -> core.Dashboard:
    return board(core.Discrete(title="D", targets=[TARGET], **more))


def triggers(**more: Any) -> core.Dashboard:
    return board(zabbix.ZabbixTriggersPanel(dataSource="theirs", title="Z", **more))


SERIES_ON_THE_RIGHT: Final = [core.SeriesOverride(alias="b", yaxis=2)]
CONDITION: Final = {"target": TARGET, "evaluator": EVALUATOR, "timeRange": RANGE}

# What a class needs to be made, beside what has a default.
ARGUMENTS: Final[Mapping[type, Mapping[str, Any]]] = {
    core.RGBA: {"r": 1, "g": 2, "b": 3, "a": 0.5},
    core.RGB: {"r": 1, "g": 2, "b": 3},
    core.Pixels: {"num": 300},
    core.Mapping: {"name": "value to text", "value": 1},
    core.GridPos: {"h": 4, "w": 8, "x": 4, "y": 2},
    core.DataLink: {"title": "More", "linkUrl": "https://example.org"},
    core.DataSourceInput: {"name": "DS", "label": "Source", "pluginId": "prometheus", "pluginName": "Prometheus"},
    core.ConstantInput: {"name": "ENV", "label": "Environment", "value": "live"},
    core.DashboardLink: {"title": "More", "type": "link", "uri": "https://example.org"},
    core.ExternalLink: {"title": "More", "uri": "https://example.org"},
    core.Template: {"name": "job", "query": "label_values(up, job)", "dataSource": "theirs", "default": "api"},
    core.Time: {"start": "now-6h", "end": "now"},
    core.TimePicker: {"refreshIntervals": ["30s"], "timeOptions": ["1h"]},
    core.Evaluator: {"type": "gt", "params": [1]},
    core.TimeRange: {"from_time": "10m", "to_time": "now"},
    core.AlertCondition: CONDITION,
    elasticsearch.ElasticsearchAlertCondition: {**CONDITION, "target": elasticsearch.ElasticsearchTarget(refId="A")},
    core.AlertExpression: {"refId": "B", "expression": "A", "conditions": [core.AlertCondition(**CONDITION)]},
    core.Alert: {"name": "High", "message": "It is high", "alertConditions": [core.AlertCondition(**CONDITION)]},
    core.AlertGroup: {
        "name": "Group",
        "rules": [core.AlertRulev9(title="Rule", triggers=[core.Target(expr="up", refId="B", datasource="prom")])],
    },
    core.AlertRulev8: {
        "title": "Rule",
        "triggers": [(core.Target(expr="up", refId="A", datasource="prom"), core.AlertCondition(evaluator=EVALUATOR))],
        "dashboard_uid": "board",
        "panel_id": 3,
    },
    core.AlertRulev9: {
        "title": "Rule",
        "triggers": [core.Target(expr="up", refId="B", datasource="prom")],
        "dashboard_uid": "board",
        "panel_id": 3,
    },
    core.AlertFileBasedProvisioning: {
        "groups": [
            core.AlertGroup(
                name="Group",
                rules=[core.AlertRulev9(title="Rule", triggers=[core.Target(expr="up", refId="B", datasource="prom")])],
            )
        ]
    },
    core.Notification: {"uid": "chat"},
    core.Dashboard: {"title": "Board", "uid": "board"},
    core.Row: {"title": "Row", "panels": [core.Text(title="T", content="text")]},
    core.RowPanel: {"title": "Row", "panels": [core.Text(title="T", content="text")]},
    core.ValueMap: {"text": "off", "value": "0"},
    core.RangeMap: {"start": 0, "end": 5, "text": "low"},
    core.DiscreteColorMappingItem: {"text": "off"},
    core.StatValueMappingItem: {"text": "off", "mapValue": "0"},
    core.StatRangeMappings: {"text": "low", "startValue": 0, "endValue": 5, "color": "red"},
    core.StatMapping: {"text": "off", "mapValue": "0"},
    core.StatValueMapping: {"text": "off", "mapValue": "0"},
    core.StatRangeMapping: {"text": "low", "startValue": "0", "endValue": "5"},
    core.Threshold: {"color": "red", "index": 1, "value": 5.0},
    core.GraphThreshold: {"value": 5.0},
    core.SeriesOverride: {"alias": "b"},
    core.ColumnStyle: {"pattern": "Value", "link": True, "linkUrl": "https://example.org"},
    core.NumberColumnStyleType: {"colorMode": "cell", "thresholds": ["5", "9"]},
    core.StringColumnStyleType: {
        "colorMode": "value",
        "thresholds": ["5", "9"],
        "valueMaps": [{"value": "1", "text": "on"}],
        "rangeMaps": [{"from": "1", "to": "2", "text": "some"}],
    },
    core.Worldmap: {"locationData": "geohash"},
    core.SingleStat: {
        "thresholds": "5,9",
        "valueMaps": [core.ValueMap("on", "1")],
        "rangeMaps": [core.RangeMap(0, 1, "low")],
    },
    core.Graph: {"stack": False},
    core.Ae3ePlotly: {"data": [{"x": 1}]},
    core.Repeat: {"variable": "job", "direction": "h"},
    elasticsearch.TermsGroupBy: {"field": "host"},
    opentsdb.OpenTSDBFilter: {"value": "a", "tag": "host"},
    opentsdb.OpenTSDBTarget: {"metric": "load"},
    zabbix.ZabbixSetAliasFunction: {"alias": "a"},
    zabbix.ZabbixSetAliasByRegexFunction: {"regexp": "a"},
    zabbix.ZabbixColor: {"color": "#B7DBAB", "priority": 0, "severity": "High"},
    zabbix.ZabbixTriggersPanel: {"dataSource": "theirs", "title": "Z"},
    core.TableSortByField: {"displayName": "Value", "desc": True},
    core.SqlTarget: {"rawSql": "SELECT 1", "refId": "A"},
    core.Legend: {"avg": True, "total": True},
    core.Stat: {"thresholds": [core.Threshold("green", 0, 0.0)]},
}


def _alone(panel: Any) -> core.Dashboard:
    if isinstance(panel, core.Panel) and not isinstance(panel, core.RowPanel) and not panel.targets:
        panel = attr.evolve(panel, targets=[TARGET])
    return board(panel)


PLACES: Final[Mapping[type, Place]] = {
    core.RGBA: lambda found: discrete(backgroundColor=found),
    core.RGB: lambda found: discrete(backgroundColor=found),
    core.Pixels: lambda found: core.Dashboard(title="B", uid="b", rows=[ROW(panels=[core.Text()], height=found)]),
    core.Percent: lambda found: triggers(fontSize=found),
    core.Mapping: lambda found: single(mappingTypes=[found]),
    core.ePictBox: lambda found: board(core.ePict(title="E", boxes=[found])),
    core.Grid: lambda found: graph(grid=found),
    core.Legend: lambda found: graph(legend=found),
    core.Repeat: lambda found: graph(repeat=found),
    core.Target: asked,
    core.SqlTarget: asked,
    core.Tooltip: lambda found: graph(tooltip=found),
    core.XAxis: lambda found: graph(xAxis=found),
    core.YAxis: lambda found: graph(yAxes=core.YAxes(left=found)),
    core.YAxes: lambda found: graph(yAxes=found, seriesOverrides=SERIES_ON_THE_RIGHT),
    core.GridPos: lambda found: graph(gridPos=found),
    core.Annotations: lambda found: board(annotations=found),
    core.DataLink: lambda found: graph(dataLinks=[found]),
    core.DataSourceInput: lambda found: board(inputs=[found]),
    core.ConstantInput: lambda found: board(inputs=[found]),
    core.DashboardLink: lambda found: board(links=[found]),
    core.ExternalLink: lambda found: board(links=[found]),
    core.Template: lambda found: board(templating=core.Templating([found])),
    core.Templating: lambda found: board(templating=found),
    core.Time: lambda found: board(time=found),
    core.TimePicker: lambda found: board(timePicker=found),
    core.Evaluator: lambda found: condition(core.AlertCondition(**{**CONDITION, "evaluator": found})),
    core.TimeRange: lambda found: condition(core.AlertCondition(**{**CONDITION, "timeRange": found})),
    core.AlertCondition: condition,
    elasticsearch.ElasticsearchAlertCondition: condition,
    core.AlertExpression: expression,
    core.Alert: lambda found: graph(alert=found),
    core.AlertGroup: lambda found: found,
    core.AlertRulev8: rules,
    core.AlertRulev9: rules,
    core.AlertFileBasedProvisioning: lambda found: found,
    core.Notification: lambda found: graph(
        alert=core.Alert("High", "", [core.AlertCondition(**CONDITION)], notifications=[found])
    ),
    core.Dashboard: lambda found: found,
    core.Panel: lambda found: found,
    core.Row: lambda found: core.Dashboard(title="B", uid="b", rows=[found, ROW(panels=[core.Text()])]),
    core.RowPanel: board,
    core.ValueMap: lambda found: single(valueMaps=[found]),
    core.SparkLine: lambda found: single(sparkline=found),
    core.Gauge: lambda found: single(gauge=attr.evolve(found, show=True)),
    core.RangeMap: lambda found: single(rangeMaps=[found], mappingType=2),
    core.DiscreteColorMappingItem: lambda found: discrete(colorMaps=[found]),
    core.StatValueMappingItem: lambda found: stat(mappings=[core.StatValueMappings(found)]),
    core.StatValueMappings: lambda found: stat(mappings=[found]),
    core.StatRangeMappings: lambda found: stat(mappings=[found]),
    core.StatMapping: lambda found: stat(mappings=[found]),
    core.StatValueMapping: lambda found: stat(mappings=[found]),
    core.StatRangeMapping: lambda found: stat(mappings=[found]),
    core.DateColumnStyleType: column,
    core.NumberColumnStyleType: column,
    core.StringColumnStyleType: column,
    core.HiddenColumnStyleType: column,
    core.ColumnStyle: styled,
    core.ColumnSort: lambda found: board(core.Table(title="T", targets=[TARGET], extraJson={"sort": found})),
    core.Column: lambda found: board(core.Table(title="T", targets=[TARGET], columns=[found])),
    core.TableSortByField: lambda found: board(core.Table(title="T", targets=[TARGET], sortBy=[found])),
    core.HeatmapColor: heat,
    core.StatusmapColor: lambda found: board(core.Statusmap(title="S", targets=[TARGET], color=found)),
    core.Threshold: lambda found: stat(thresholds=[core.Threshold("green", 0, 0.0), found]),
    core.GraphThreshold: lambda found: graph(thresholds=[found]),
    core.SeriesOverride: lambda found: graph(seriesOverrides=[found]),
    elasticsearch.DateHistogramGroupBy: grouped,
    elasticsearch.FiltersGroupBy: grouped,
    elasticsearch.TermsGroupBy: grouped,
    elasticsearch.Filter: lambda found: grouped(elasticsearch.FiltersGroupBy(filters=[found])),
    opentsdb.OpenTSDBFilter: lambda found: asked(opentsdb.OpenTSDBTarget(metric="m", filters=[found], refId="A")),
    zabbix.ZabbixTargetOptions: lambda found: asked(zabbix.ZabbixTarget(options=found, refId="A")),
    zabbix.ZabbixTargetField: called,
    zabbix.ZabbixColor: lambda found: triggers(triggerSeverity=[(found.color, found.severity)]),
    zabbix.ZabbixTrigger: lambda found: triggers(triggers=found),
    zabbix.ZabbixTriggersPanel: board,
}


def place_of(kind: type) -> Place:
    """Return what puts an object of a class where it belongs."""
    if kind in PLACES:
        return PLACES[kind]
    if kind.__name__.endswith("Agg"):
        return aggregated
    if kind.__module__ == "grafanalib.zabbix" and kind.__name__.endswith("Function"):
        return called
    if kind.__name__.endswith("Target"):
        return asked
    return _alone


def made(kind: type, **changes: Any) -> Any:
    """Return an object of a class, as people set it, with some attributes set otherwise."""
    given = {**ARGUMENTS.get(kind, {}), **changes}
    if kind is core.StatValueMappings:
        items = given.get("mappingItems", [core.StatValueMappingItem("off", "0", "red")])
        return core.StatValueMappings(*items)
    if issubclass(kind, core.Panel) or kind is core.AlertList:
        given.setdefault("title", "Panel")
    return kind(**{name.lstrip("_"): value for name, value in given.items()})


# --- what an attribute may be, where its default says too little ----------------------------------------------------

LINK: Final = core.DataLink(title="More", linkUrl="https://example.org")
OVERRIDE: Final = {"matcher": {"id": "byName", "options": "x"}, "properties": [{"id": "unit", "value": "s"}]}
RED: Final = core.RGBA(255, 0, 0, 1.0)
ANOTHER_TEXT: Final = core.Text(title="U", content="another")
OTHER_RULE: Final = core.AlertRulev9(title="Other", triggers=[core.Target(expr="down", refId="B", datasource="prom")])

# By the attribute's name, whatever its class.
BY_NAME: Final[Mapping[str, Any]] = {
    "alertRuleTags": {"team": "data"},
    "alias": "an alias",
    "aliasColors": {"up": "red"},
    "allValue": ".*",
    "annotations": {"summary": "high"},
    "axisSoftMax": 9,
    "axisSoftMin": 1,
    "boxes": [core.ePictBox(text="x")],
    "bucketAggs": [elasticsearch.TermsGroupBy(field="host")],
    "cacheTimeout": "60",
    "cards": {"cardPadding": 3, "cardRound": 2},
    "color": "blue",
    "colorMaps": [core.DiscreteColorMappingItem("on", "red")],
    "colors": ["blue", "red", "green"],
    "columns": [core.Column("Max", "max")],
    "counterMax": 9,
    "counterResetValue": 1,
    "custom": {"hideFrom": {"legend": True, "tooltip": False, "viz": False}},
    "dataLinks": [LINK],
    "dataSource": "another",
    "datasource": "another",
    "decimals": 3,
    "description": "what it shows",
    "dimensions": {"host": "a"},
    "downsampleInterval": "5m",
    "evaluator": core.Evaluator("lt", [3]),
    "extraJson": {"fieldConfig": {"defaults": {"unit": "m"}}},
    "fields": {"a": 1},
    "fillBelowTo": "low",
    "filters": [elasticsearch.Filter("a", "b")],
    "fillColor": RED,
    "lineColor": RED,
    "backgroundColor": RED,
    "format": "bytes",
    "functions": [zabbix.ZabbixDeltaFunction()],
    "gauge": core.Gauge(show=True),
    "gnetId": 12,
    "gridPos": core.GridPos(1, 2, 3, 4),
    "height": "500px",
    "id": 7,
    "index": 4,
    "interval": "1m",
    "inputs": [core.DataSourceInput("DS", "Source", "prometheus", "Prometheus")],
    "label": "named",
    "labels": {"team": "data"},
    "layout": {"title": "x"},
    "configuration": {"scroll": True},
    "legend": core.Legend(show=False),
    "legendCalcs": ["max"],
    "legendValues": ["percent"],
    "limit": 9,
    "links": [LINK],
    "logGroupNames": ["group"],
    "mappings": [core.StatValueMappings(core.StatValueMappingItem("on", "1", "green"))],
    "max": 9,
    "min": 1,
    "maxPerRow": 3,
    "metricAggs": [elasticsearch.MaxMetricAgg(field="a")],
    "minSpan": 4,
    "nowDelay": "1m",
    "nullText": "none",
    "overrides": [OVERRIDE],
    "panels": [ANOTHER_TEXT],
    "percents": ["95"],
    "rangeMaps": [core.RangeMap(3, 4, "mid")],
    "reduceOptionsCalcs": ["max"],
    "refreshIntervals": ["45s"],
    "regex": "/a(.*)/",
    "repeat": core.Repeat("v", "job", 2),
    "searchTags": ["a"],
    "searchQuery": "a",
    "seriesOverrides": [core.SeriesOverride(alias="b", color="red")],
    "settings": {"a": 1},
    "showDistinctCount": True,
    "showLegendCounts": True,
    "showLegendTime": True,
    "showTransitionCount": True,
    "sideWidth": 200,
    "sort": "avg",
    "statistics": ["Maximum"],
    "sortBy": [core.TableSortByField("a")],
    "span": 3,
    "sparkline": core.SparkLine(show=True),
    "sqlParams": {},
    "stacking": {"mode": "normal", "group": "A"},
    "stateFilter": ["alerting"],
    "statsGroups": ["a"],
    "tags": ["a"],
    "targets": [core.Target(expr="down", refId="B")],
    "thresholds": [core.Threshold("blue", 0, 0.0), core.Threshold("red", 1, 3.0)],
    "thresholdColors": ["red", "blue", "green", "red"],
    "thresholdSteps": [{"value": None, "color": "blue"}],
    "thresholdType": "percentage",
    "timeFrom": "2h",
    "timeRange": core.TimeRange("9m", "now"),
    "timeShift": "1d",
    "tooltip": core.Tooltip(shared=False),
    "transformations": [{"id": "merge", "options": {}}],
    "uid": "another",
    "valueDecimals": 2,
    "valueMap": 1,
    "valueMaps": [core.ValueMap("some", "4")],
    "valueMax": 9,
    "valueMin": 1,
    "xAxis": core.XAxis(show=False),
    "xBucketNumber": 9,
    "xBucketSize": "1m",
    "yAxis": core.YAxis(format="s"),
    "yBucketBound": "upper",
    "yBucketNumber": 9,
    "yBucketSize": 5,
    "dimensionFilters": [{"dimension": "a"}],
    "showTitle": False,
    "values": ["max"],
    "options": {"cellGap": 4},
}

OTHERWISE: Final[Mapping[tuple[type, str], Any]] = {
    **{(kind, "interval"): "7d" for kind in CLASSES if kind.__name__.startswith("Zabbix")},
    (core.Pixels, "num"): 600,
    (core.Target, "format"): "table",
    (core.ePictBox, "thresholds"): "5,9",
    (core.DashboardLink, "tooltip"): "where it leads",
    (core.GraphThreshold, "colorMode"): "ok",
    (core.GraphThreshold, "op"): "lt",
    (core.SeriesOverride, "dashLength"): 4,
    (core.SeriesOverride, "spaceLength"): 4,
    (core.Worldmap, "aggregation"): "avg",
    (core.Worldmap, "mapCenter"): "Europe",
    (core.Graph, "legend"): core.Legend(show=False),
    (core.AlertCondition, "target"): core.Target(expr="down", refId="A"),
    (elasticsearch.ElasticsearchAlertCondition, "target"): elasticsearch.ElasticsearchTarget(query="a", refId="A"),
    (core.AlertExpression, "conditions"): [
        core.AlertCondition(**{**CONDITION, "evaluator": core.Evaluator("lt", [1])})
    ],
    (core.Alert, "alertConditions"): [core.AlertCondition(**{**CONDITION, "evaluator": core.Evaluator("lt", [1])})],
    (core.Alert, "frequency"): "5m",
    (core.Alert, "noDataState"): "ok",
    (core.Alert, "executionErrorState"): "keep_state",
    (core.AlertGroup, "rules"): [OTHER_RULE],
    (core.AlertFileBasedProvisioning, "groups"): [core.AlertGroup(name="Another", rules=[OTHER_RULE])],
    (core.AlertRulev8, "triggers"): [
        (core.Target(expr="down", refId="A", datasource="prom"), core.AlertCondition(evaluator=EVALUATOR))
    ],
    (core.AlertRulev9, "triggers"): [core.Target(expr="down", refId="B", datasource="prom")],
    (core.AlertRulev9, "condition"): "A",
    (core.Annotations, "list"): [{"name": "Deploys", "expr": "deploy", "titleFormat": "a", "textFormat": "b"}],
    (core.Ae3ePlotly, "data"): [{"x": 2}],
    (core.ColumnStyle, "type"): core.HiddenColumnStyleType(),
    (core.ConstantInput, "value"): "test",
    (core.Dashboard, "annotations"): core.Annotations(
        [{"name": "Deploys", "expr": "deploy", "titleFormat": "a", "textFormat": "b"}]
    ),
    (core.Dashboard, "graphTooltip"): 2,
    (core.Dashboard, "rows"): [ROW(panels=[ANOTHER_TEXT])],
    (core.Dashboard, "templating"): core.Templating([core.Template(name="job", query="a")]),
    (core.Dashboard, "time"): core.Time("now-3h", "now"),
    (core.Dashboard, "timePicker"): core.TimePicker(["30s"], []),
    (core.Dashboard, "links"): [core.ExternalLink("https://example.org", "More")],
    (core.Dashboard, "refresh"): "1m",
    (core.DashboardLink, "type"): "dashboards",
    (core.Discrete, "rangeMaps"): [core.RangeMap(3, 4, "mid")],
    (core.Evaluator, "type"): "lt",
    (core.Evaluator, "params"): [3],
    (core.Graph, "alert"): core.Alert("High", "", [core.AlertCondition(**CONDITION)]),
    (core.Graph, "thresholds"): [core.GraphThreshold(3.0)],
    (core.Graph, "nullPointMode"): "null",
    (core.Graph, "yAxes"): core.YAxes(core.YAxis(format="s")),
    (core.Graph, "percentage"): True,
    (core.Heatmap, "legend"): {"show": True},
    (core.Heatmap, "color"): core.HeatmapColor(mode="opacity"),
    (core.Heatmap, "dataFormat"): "tsbuckets",
    (core.HeatmapColor, "mode"): "opacity",
    (core.HeatmapColor, "colorScale"): "linear",
    (core.Legend, "values"): False,
    (core.NumberColumnStyleType, "thresholds"): ["4", "8"],
    (core.PieChart, "legendType"): "Under graph",
    (core.PieChart, "overrides"): [OVERRIDE],
    (core.Repeat, "direction"): "v",
    (core.Row, "height"): core.Pixels(500),
    (core.Row, "repeat"): "job",
    (core.SingleStat, "thresholds"): "4,8",
    (core.SingleStat, "valueName"): "max",
    (core.SingleStat, "mappingType"): 2,
    (core.Stat, "thresholds"): [core.Threshold("blue", 0, 0.0), core.Threshold("red", 1, 3.0)],
    (core.Statusmap, "alert"): core.Alert("High", "", [core.AlertCondition(**CONDITION)]),
    (core.Statusmap, "color"): core.StatusmapColor(mode="opacity"),
    (core.StatValueMappings, "mappingItems"): [core.StatValueMappingItem("on", "1")],
    (core.StringColumnStyleType, "thresholds"): ["4", "8"],
    (core.StringColumnStyleType, "mappingType"): 2,
    (core.StringColumnStyleType, "rangeMaps"): [{"from": "3", "to": "4", "text": "some"}],
    (core.Svg, "svgFilePath"): __file__,
    (core.Svg, "jsCodeFilePath"): __file__,
    (core.Svg, "jsCodeInitFilePath"): __file__,
    (core.SqlTarget, "srcFilePath"): "",
    (core.Template, "options"): [{"text": "a", "value": "a", "selected": True}],
    (core.Template, "type"): "textbox",
    (core.Templating, "list"): [core.Template(name="job", query="a")],
    (core.TimeRange, "from_time"): "20m",
    (core.TimeRange, "to_time"): "now-1m",
    (core.Tooltip, "sort"): 1,
    (core.Worldmap, "thresholds"): "1,2,3",
    (core.XAxis, "mode"): "series",
    (core.YAxes, "left"): core.YAxis(format="s"),
    (core.YAxes, "right"): core.YAxis(format="s"),
    (core.YAxis, "logBase"): 10,
    (core.StatMapping, "startValue"): "",
    (core.StatMapping, "endValue"): "",
    (core.StatRangeMapping, "startValue"): "1",
    (core.StatRangeMapping, "endValue"): "9",
    (core.RangeMap, "start"): 2,
    (opentsdb.OpenTSDBTarget, "filters"): [opentsdb.OpenTSDBFilter("a", "b")],
    (opentsdb.OpenTSDBTarget, "downsampleFillPolicy"): "zero",
    (opentsdb.OpenTSDBFilter, "type"): "wildcard",
    (zabbix.ZabbixTarget, "options"): zabbix.ZabbixTargetOptions(showDisabledItems=True),
    (zabbix.ZabbixTarget, "slaProperty"): {"name": "SLA", "property": "sla"},
    (zabbix.ZabbixColor, "color"): "#000000",
    (zabbix.ZabbixGroupByFunction, "function"): "max",
    (zabbix.ZabbixAggregateByFunction, "function"): "max",
    (zabbix.ZabbixBottomFunction, "function"): "max",
    (zabbix.ZabbixTopFunction, "function"): "max",
    (zabbix.ZabbixTrendValueFunction, "type"): "max",
    (zabbix.ZabbixTriggersPanel, "ackEventColor"): RED,
    (zabbix.ZabbixTriggersPanel, "okEventColor"): RED,
    (zabbix.ZabbixTriggersPanel, "fontSize"): core.Percent(80),
    (zabbix.ZabbixTriggersPanel, "height"): core.Pixels(500),
    (zabbix.ZabbixTriggersPanel, "links"): [core.DashboardLink(title="More", type="link", uri="https://example.org")],
    (zabbix.ZabbixTriggersPanel, "repeat"): "job",
    (zabbix.ZabbixTriggersPanel, "showEvents"): zabbix.ZABBIX_EVENT_OK,
    (zabbix.ZabbixTriggersPanel, "sortTriggersBy"): zabbix.ZABBIX_SORT_TRIGGERS_BY_SEVERITY,
    (zabbix.ZabbixTriggersPanel, "triggerSeverity"): [("#000000", "High")],
    (zabbix.ZabbixTriggersPanel, "triggers"): zabbix.ZabbixTrigger(host="a"),
}

STEPS: Final = {"thresholds": [core.Threshold("blue", 0, 0.0), core.Threshold("red", 1, 3.0)]}

# What an attribute means only together with another.
TOGETHER: Final[Mapping[tuple[type, str], Mapping[str, Any]]] = {
    (core.Panel, "minSpan"): {"repeat": core.Repeat("h", "job")},
    (core.Panel, "thresholdType"): STEPS,
    (core.BarGauge, "limit"): {"allValues": True},
    (core.Discrete, "thresholdType"): STEPS,
    (core.GaugePanel, "limit"): {"allValues": True},
    (core.Graph, "percentage"): {"stack": True},
    (core.Graph, "thresholdType"): {"thresholds": [core.GraphThreshold(3.0)]},
    (core.GraphThreshold, "fillColor"): {"colorMode": "custom"},
    (core.GraphThreshold, "lineColor"): {"colorMode": "custom", "fill": False},
    (core.Legend, "sortDesc"): {"sort": "avg"},
    (core.SeriesOverride, "dashLength"): {"dashes": True},
    (core.SeriesOverride, "spaceLength"): {"dashes": True},
    (core.SingleStat, "rangeMaps"): {"mappingType": 2},
    (core.SingleStat, "thresholdType"): {},
    (core.StringColumnStyleType, "rangeMaps"): {"mappingType": 2},
    (core.Template, "allValue"): {"includeAll": True},
    (core.Template, "auto"): {"type": "interval"},
    (core.Template, "autoCount"): {"type": "interval", "auto": True},
    (core.Template, "autoMin"): {"type": "interval", "auto": True},
    (core.Template, "options"): {"type": "custom"},
    (core.TimeSeries, "scaleDistributionLog"): {"scaleDistributionType": "log"},
    (core.Worldmap, "aggregation"): {"locationData": "countries"},
    (core.Worldmap, "geoPoint"): {"locationData": "geohash"},
    (core.Worldmap, "jsonUrl"): {"locationData": "json_endpoint"},
    (core.Worldmap, "mapCenterLatitude"): {"mapCenter": "custom"},
    (core.Worldmap, "mapCenterLongitude"): {"mapCenter": "custom"},
    (core.Worldmap, "thresholdType"): {},
    (core.XAxis, "values"): {"mode": "series"},
}
