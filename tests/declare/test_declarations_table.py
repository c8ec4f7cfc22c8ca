"""Every parameter of every public name, given None, a string, a wrong class, a slip: taken, or told in one sentence.

The names come from `dashlib.__all__` and the parameters from their signatures, so that a new one is in the table by
itself: it fails until `VALID` has a call of it, and `SLIPS` a slip for each of its parameters.
"""

from __future__ import annotations

import inspect
import re
import tomllib
import types
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import dashlib
from dashlib import (  # fmt: skip
    Alert,
    Dashboard,
    GrafanaRuleGroup,
    Guard,
    Level,
    Objective,
    PagerDuty,
    Period,
    Receiver,
    Route,
    Row,
    RuleGroup,
    Secret,
    Slack,
    Smtp,
    Template,
    ThresholdSet,
    Webhook,
    link,
    none_of,
    one_of,
    override,
    stat,
    table,
    value_mapping,
)
from dashlib.compile.encoding import Context
from dashlib.compile.rendering import Rendering
from dashlib.debezium.connectors import CONNECTED, EVENTS_ARRIVE, LAG
from dashlib.declare.labels import LabelMatch
from dashlib.errors import DeclarationError
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SET = ThresholdSet("mine", [Level(LAG, "warning", above=5)])
ALERT = Alert("Lag", LAG.above("warning"), severity="warning", summary="Late.", description="Look.")
GROUP = RuleGroup("cdc", file="cdc.yml", rules=[ALERT], thresholds=SET)
OBJECTIVE = Objective("orders fresh", good=LAG.within("warning"), target=99.9)
SECRET = Secret.env("X")
CONTEXT = Context(Rendering(catalog(), load_profile("lab")))

# A call of each name that is right: arguments by name, those that have no name first.
VALID: dict[str, tuple[tuple[object, ...], dict[str, object]]] = {
    "Alert": ((), {"name": "Lag", "condition": LAG.above("warning"), "severity": "warning", "summary": "Late.",
                   "description": "Look."}),
    "Configured": ((), {"key": "team"}),
    "DashlibError": ((), {"message": "wrong"}),
    "Dashboard": ((), {"uid": "mine", "title": "Mine", "rows": []}),
    "Email": ((), {"to": "a@example.com"}),
    "GrafanaRule": ((), {"title": "Lag", "group": GROUP, "name": "Lag"}),
    "GrafanaRuleGroup": ((), {"name": "cdc", "folder": "Debezium", "rules": [GROUP]}),
    "Guard": ((), {"name": "it runs", "expression": "Connected == 1"}),
    "Inhibit": ((), {"source": {"a": "b"}, "target": {"a": "c"}, "equal": ["job"], "reason": "it follows"}),
    "Level": ((), {"signal": LAG, "name": "warning", "above": 5}),
    "MuteTime": ((), {"name": "nights", "periods": [Period()]}),
    "NoAnswerRule": ((), {"title": "Gone", "severity": "critical", "summary": "Gone.", "description": "Look."}),
    "Notifications": ((), {"receivers": [Receiver("team")], "route": Route("team")}),
    "Objective": ((), {"name": "orders fresh", "good": LAG.within("warning"), "target": 99.9}),
    "Objective.alert_name": ((OBJECTIVE,), {"severity": "critical"}),
    "Objective.level": ((OBJECTIVE,), {"default": SET}),
    "PagerDuty": ((), {"routing_key": SECRET}),
    "Period": ((), {}),
    "Period.interval": ((Period(),), {"location": "UTC"}),
    "Query": ((), {"expression": "up"}),
    "Receiver": ((), {"name": "team"}),
    "Record": ((), {"name": "a:b:c", "signal": LAG}),
    "Route": ((), {}),
    "Row": ((), {"title": "Row", "panels": [stat(LAG)]}),
    "RuleGroup": ((), {"name": "cdc", "file": "cdc.yml", "rules": [ALERT]}),
    "Secret": ((), {"kind": "env", "name": "X"}),
    "Secret.env": ((), {"name": "X"}),
    "Secret.file": ((), {"path": "/run/x"}),
    "Signal": ((), {"name": "late", "title": "Late", "expression": "Connected", "unit": "s", "description": "Late."}),
    "Signal.above": ((LAG,), {"level": "warning"}),
    "Signal.below": ((LAG,), {"level": "warning"}),
    "Signal.is_at": ((LAG,), {"level": "warning"}),
    "Signal.is_absent": ((LAG,), {"within": "1h", "for_": "5m"}),
    "Signal.within": ((LAG,), {"level": "warning"}),
    "Signal.increases_above": ((LAG,), {"level": "warning", "within": "5m"}),
    "Signal.named": ((LAG,), {"name": "live_lag"}),
    "Signal.when": ((LAG, EVENTS_ARRIVE), {}),
    "Signal.unless": ((LAG, EVENTS_ARRIVE), {}),
    "Slack": ((), {"channel": "#cdc", "url": SECRET}),
    "Smtp": ((), {"host": "mail:25", "sender": "a@example.com"}),
    "State": ((), {"value": 0, "text": "Off", "color": "red"}),
    "Step": ((), {"signal": LAG, "above": 5, "color": "red"}),
    "Template": ((), {"name": "short"}),
    "ThresholdSet": ((), {"name": "mine"}),
    "ThresholdSet.level": ((SET,), {"signal": LAG, "name": "warning"}),
    "ThresholdSet.steps": ((SET,), {"signal": LAG}),
    "ThresholdSet.levels_of": ((SET,), {"signal": LAG}),
    "worst_variable": ((), {"name": "worst", "label": "server", "highest": [LAG]}),
    "Webhook": ((), {"url": "https://example.com"}),
    "Alert.level": ((ALERT,), {"default": SET}),
    "alert_panel": ((), {"alert": ALERT, "group": GROUP}),
    "objective_row": ((), {"objective": OBJECTIVE}),
    "alert_row": ((), {"title": "Alerts", "groups": [GROUP]}),
    "alert_texts": ((), {"groups": [GROUP], "dashboard": "d", "meaning": "M", "panel": "P", "runbook": "R"}),
    "annotation": ((), {"name": "Late", "signal": LAG}),
    "bar_gauge": ((), {"signals": LAG}),
    "custom_variable": ((), {"name": "team", "title": "Team", "values": ["a"]}),
    "dashboard_links": ((), {"title": "Others", "tag": "cdc"}),
    "data_link": ((), {"title": "Alone", "url": "/d/x"}),
    "datasource_variable": ((), {}),
    "encode": ((), {"declared": stat(LAG), "context": CONTEXT}),
    "gauge": ((), {"signals": LAG}),
    "label_variable": ((), {"name": "job", "title": "Job", "label": "job", "metric": "Connected"}),
    "library_panel": ((), {"name": "Errors", "panel": stat(LAG)}),
    "link": ((), {"title": "Wiki", "url": "https://example.com"}),
    "matching": ((), {"pattern": "a.*"}),
    "none_of": (("a",), {}),
    "not_matching": ((), {"pattern": "a.*"}),
    "one_of": (("a",), {}),
    "override": ((), {"name": "Lag", "unit": "s"}),
    "panel_json": ((), {"panel": stat(LAG), "context": CONTEXT, "kind": "stat"}),
    "range_mapping": ((), {"start": 0, "end": 1, "text": "x", "color": "red"}),
    "runbook_link": ((), {"title": "Runbook", "page": "lag.md"}),
    "special_mapping": ((), {"match": "null", "text": "x", "color": "red"}),
    "stat": ((), {"signals": LAG}),
    "state_timeline": ((), {"signals": CONNECTED}),
    "table": ((), {"signals": LAG, "columns": {"server": "Connector", LAG: "Lag"}}),
    "text": ((), {"content": "x", "title": "X"}),
    "timeseries": ((), {"signals": LAG}),
    "transformation": ((), {"id_": "vendorThing"}),
    "unknown_annotation": ((), {"name": "Unknown", "signal": LAG}),
    "alert_list": ((), {"title": "Alerts"}),
    "annotations_list": ((), {"title": "Marks"}),
    "azure_logs": ((), {"expression": "Heartbeat", "resources": ["/a"]}),
    "azure_metrics": ((), {"namespace": "N", "metric": "M", "resources": [{"resourceName": "a"}]}),
    "bar_chart": ((), {"signals": LAG}),
    "candlestick": ((), {"signals": LAG}),
    "canvas": ((), {"signals": LAG, "elements": []}),
    "cloudwatch": ((), {"namespace": "AWS/RDS", "metric": "CPUUtilization"}),
    "cloudwatch_logs": ((), {"expression": "fields @message", "log_groups": ["a"]}),
    "dashboard_list": ((), {"title": "Others"}),
    "elasticsearch": ((), {"expression": "a:b"}),
    "flame_graph": ((), {"signals": LAG}),
    "from_library": ((), {"panel": "Errors"}),
    "geomap": ((), {"signals": LAG}),
    "graphite": ((), {"target": "a.b"}),
    "heatmap": ((), {"signals": LAG}),
    "histogram": ((), {"signals": LAG}),
    "influxdb": ((), {"statement": "from(bucket: 1)"}),
    "logs": ((), {"signals": LAG}),
    "loki": ((), {"expression": "{}"}),
    "math": ((), {"expression": "$A"}),
    "news": ((), {"title": "News", "feed": "https://example.com"}),
    "node_graph": ((), {"signals": LAG}),
    "of_panel": ((), {"panel": "Lag"}),
    "panel": ((), {"plugin": "vendor", "signals": LAG}),
    "pie_chart": ((), {"signals": LAG}),
    "query": ((), {"datasource": "P1"}),
    "reduce": ((), {"of": "A"}),
    "sample_data": ((), {}),
    "sql": ((), {"statement": "SELECT 1", "database": "mysql"}),
    "status_history": ((), {"signals": LAG}),
    "tempo": ((), {"expression": "{}"}),
    "threshold": ((), {"of": "A", "above": 1}),
    "traces": ((), {"signals": LAG}),
    "trend": ((), {"signals": LAG}),
    "xy_chart": ((), {"signals": LAG}),
    "constant_variable": ((), {"name": "team", "value": "a"}),
    "filter_variable": ((), {"name": "filters", "title": "Filters"}),
    "interval_variable": ((), {"name": "window", "title": "Window", "values": ["1m"]}),
    "query_variable": ((), {"name": "job", "title": "Job", "query": "label_values(up, job)"}),
    "regex_mapping": ((), {"pattern": "a.*"}),
    "text_variable": ((), {"name": "like", "title": "Like"}),
    "value_mapping": ((), {"texts": {0: ("Off", "red")}}),
}  # fmt: skip

TAKEN = ""  # what looks like a slip and is taken
# A plausible slip for each parameter, and what the message says of it. `name.parameter` goes before `parameter`.
SLIPS: dict[str, tuple[object, str]] = {
    "from_library.panel": (stat(LAG), r"must be a library panel, made by library_panel\(…\) or a string; got a Panel"),
    "library_panel.panel": ("Errors", "must be a panel, made by stat"),
    "above": ("5", "must be a finite number; got '5'"),
    "absent": (["gone"], "must be a string; got a list"),
    "alert": ("Lag", "must be an Alert; got 'Lag'"),
    "annotations": ([link("a", "/a")], r"annotations\[0\] must be an Annotation; got a DashboardLink"),
    "below": ("5", "must be a finite number"),
    "calculation": ("men", "did you mean 'mean'"),
    "cells": ({"Lag": "bakground"}, r"cells\['Lag'\] must be one of .*did you mean 'background'"),
    "channel": (["#cdc"], "must be a string; got a list"),
    "collapsed": ("yes", "must be True or False; got 'yes'"),
    "color": ("gren", "did you mean 'green'"),
    "base_color": ("gren", "did you mean 'green'"),
    "columns": (["server"], "must be a dict from a string or a Signal or promql.* to a string; got a list"),
    "condition": (LAG, "must be a condition, such as LAG.above.*; got a Signal 'lag'"),
    "content": (3, "must be a string; got 3"),
    "context": (None, "must be a Context; got None"),
    "continue_": ("no", "must be True or False"),
    "custom": ([("a", 1)], "must be a dict"),
    "dashboard": (Dashboard(uid="d", title="D", rows=[]), "must be a string; got a Dashboard"),
    "days_of_month": ("0", "got '0'"),
    "decimals": (-1, "must be a number of digits, 0 or more; got -1"),
    "declared": (object, "found a type where an object of grafanalib's or dashlib's is due"),
    "Inhibit.declared": ("here", "must be a Source"),
    "default": ("mine", "must be a ThresholdSet; got 'mine'"),
    "defaults": ("s", "must be a dict"),
    "description": (["a", "b"], "must be a string; got a list"),
    "display": ([Level(LAG, "warning", above=1)], r"display\[0\] must be a Step; got a Level 'warning'"),
    "drops_unknown": (-1, "must be True or False; got -1"),
    "each": ("task", "must be True or False"),
    "end": ("1", "must be a finite number"),
    "range_mapping.end": (-1, "starts at 0 and ends at -1"),
    "equal": (["jo b"], "'jo b' is not a valid label name"),
    "equal_or_absent": ({"job"}, "which has no order; write a list"),
    "equals": ("5", "must be a finite number"),
    "expression": ("rate(Connected[5m]", "is not valid PromQL"),
    "field_type": ("numbr", "did you mean 'number'"),
    "file": ("cdc.yaml", "ending in .yml"),
    "fill": (400, "must be a whole number from 0 to 100; got 400"),
    "folder": (None, "must be a string|is a string"),
    "for_": ("5 minutes", "must be a duration"),
    "group": ("cdc", "must be a RuleGroup; got 'cdc'"),
    "good": (LAG.above("warning"), "must be .*; got a Condition"),
    "group_by": ("job", TAKEN),
    "group_interval": ("5", "must be a duration"),
    "group_wait": (30, "must be a duration such as '5m', or a timedelta; got 30"),
    "groups": (GROUP, TAKEN),
    "guards": (CONNECTED, "must be a Guard; got a Signal 'connected'"),
    "Signal.guards": ([EVENTS_ARRIVE], r"guards\[0\] must be a Guarded; got a Guard"),
    "heartbeat_table": ("10s", "must be True or False; got '10s'"),
    "height": (0, "1 to 1000 grid units; got 0"),
    "Row.height": ("6", "must be a whole number"),
    "hidden": ("Lagg", "has no column 'Lagg'"),
    "host": ("mail", "host:port"),
    "id_": ("sort", "did you mean 'sortBy'"),
    "identity": ([], "needs at least one label"),
    "include_all": ("All", "must be True or False"),
    "inhibit": ([{"source": {}}], r"inhibit\[0\] must be an Inhibit; got a dict"),
    "integrations": (["#cdc"], r"integrations\[0\] must be an Email or a Slack"),
    "interval": (timedelta(seconds=30), TAKEN),
    "GrafanaRuleGroup.interval": ("15s", "multiples of 10 s"),
    "keep_time": ("yes", "must be True or False"),
    "keep_variables": ("yes", "must be True or False"),
    "key": (7, "must be .*; got 7"),
    "kind": ("environment", "must be one of 'env', 'file'"),
    "panel_json.kind": (None, "must be a string"),
    "label": ("jo b", "must be a label's name"),
    "labels": ({"team": 3}, r"labels\['team'\] must be a string or a Configured; got 3"),
    "legend": ("{server}", "must be a legend, in which labels stand in double braces"),
    "legend_calculations": (["men"], "did you mean 'mean'"),
    "legend_placement": ("rigth", "did you mean 'right'"),
    "level": (5, "must be a string; got 5"),
    "levels": ([LAG.above("warning")], r"levels\[0\] must be a Level; got a Condition"),
    "links": (["https://example.com"], r"must be a link, made by link\(…\)"),
    "table.links": ({"Lag": ["/d/x"]}, r"links\['Lag'\]\[0\] must be a link, made by data_link"),
    "Template.links": ({"Graph": 3}, r"links\['Graph'\] must be a string"),
    "location": ("Berlin", "not an IANA time zone"),
    "Period.interval.location": (3, "must be a string"),
    "mappings": ({0: ("Off", "red")}, "must be a list"),
    "match": ("nul", "did you mean 'null'"),
    "matchers": ({"severity": 3}, r"matchers\['severity'\] must be a string or a list of strings or one_of"),
    "maximum": ("100", "must be a finite number; got '100'"),
    "meaning": (3, "must be a string"),
    "message": (3, "must be a string"),
    "metric": (LAG, "must be a string; got a Signal 'lag'"),
    "minimum": ("0", "must be a finite number"),
    "mode": ("markdwn", "did you mean 'markdown'"),
    "months": ("dezember", "Period months must be"),
    "more": (stat(LAG, "More"), TAKEN),
    "most": (0, "got 0"),
    "mute": ("nights", TAKEN),
    "mute_times": ("nights", "must be a MuteTime; got 'nights'"),
    "name": (7, "got 7"),
    "Secret.name": (7, "must be a string; got a value that is not shown"),
    "Secret.env.name": ("sesame", "the name of an environment variable in capitals"),
    "new_tab": (1, "must be True or False; got 1"),
    "no_data": ("Ok", "did you mean 'OK'"),
    "no_value": (0, "must be a string; got 0"),
    "no_values": ({"Lagg": "none"}, "names alert Lagg"),
    "Objective.missing": ("good", "must be one of 'uncounted', 'bad'"),
    "Objective.page": ("Wake me", "a severity such as 'critical'"),
    "Objective.ticket": ("To do", "a severity such as 'critical'"),
    "Objective.target": (100, "must be above 0 and below 100 percent"),
    "Objective.total": (LAG, "takes a level, .*or events"),
    "Objective.window": ("30 days", "must be a duration"),
    "objective": ("orders fresh", "must be an Objective; got 'orders fresh'"),
    "on": (["jo b"], r"on\[0\] must be a label's name"),
    "on_error": ("Eror", "did you mean 'Error'"),
    "only": (["Lagg"], "names alert Lagg"),
    "options": ("x", "must be a dict"),
    "order": ({"Lag": "desc"}, "did you mean 'descending'"),
    "fallback": ("rate(", "is not valid PromQL"),
    "also": ("$job", "must be a label's name"),
    "lowest": (["lag"], "must be a Signal"),
    "highest": (["lag"], "must be a Signal"),
    "label_variable.fallback": (None, "must be a string"),
    "overrides": ([{"matcher": {}}], r"overrides\[0\] must be an override, made by"),
    "panel_json.overrides": (3, "found an int where an object of grafanalib's or dashlib's is due"),
    "page": ("lag", "must be a page with '.md'"),
    "panel": (stat(LAG), "must be a string; got a Panel"),
    "panel_json.panel": ("Lag", "must be a panel, made by"),
    "panel_ids": ({"Lag": "7"}, r"panel_ids\['Lag'\] must be a whole number, 1 or more; got '7'"),
    "panels": ([[stat(LAG)]], r"panels\[0\] must be a panel, made by .*; got a list"),
    "password": ("sesame", "must be a Secret"),
    "path": ("secret", "absolute path of a file"),
    "pattern": ("(a", "regular expression"),
    "periods": ("22:00-24:00", "must be a Period"),
    "population": ("rate(", "is not valid PromQL"),
    "properties": ("x", TAKEN),
    "query": (["A"], "must be a string"),
    "rate_interval": ("5 m", "must be a duration"),
    "reason": ("", "not be empty"),
    "receiver": (Receiver("team"), "must be a string; got a Receiver 'team'"),
    "receivers": (["team"], r"receivers\[0\] must be a Receiver; got 'team'"),
    "refresh": ("30 s", "refresh is a number"),
    "refresh_intervals": ("30 s", "must be an interval"),
    "repeat_interval": ("often", "must be a duration"),
    "require_tls": ("yes", "must be True or False"),
    "resolution": ("fine", "must be a duration"),
    "rest": ("jo b", "must be a label's name"),
    "route": ("team", "must be a Route; got 'team'"),
    "routes": (["team"], r"routes\[0\] must be a Route; got 'team'"),
    "routing_key": ("sesame", "must be a Secret"),
    "rows": ([stat(LAG)], r"rows\[0\] must be a Row; got a Panel"),
    "rules": ([LAG.above("warning")], r"rules\[0\] must be an Alert or a Record or an Objective; got a Condition"),
    "GrafanaRuleGroup.rules": ([ALERT], r"rules\[0\] must be a GrafanaRule or a NoAnswerRule or a RuleGroup; got an A"),
    "parts": (["sum(x)"], "must be a dict"),
    "remembers": (["group(x)"], "must be a dict"),
    "recorded_as": ("Live lag", "must be lowercase letters, digits and underscores.*got 'Live lag'"),
    "runbook": ("lag.md", "without folder and '.md'"),
    "alert_texts.runbook": (None, "must be a string"),
    "send_resolved": ("no", "must be True or False"),
    "sender": ("platform", "e-mail address"),
    "severity": ("Warn me", "a severity such as 'critical'"),
    "signal": ("MilliSecondsBehindSource", "must be a Signal"),
    "signals": (
        "MilliSecondsBehindSource",
        "must be a Signal, promql.*, a query such as loki.*, or a list of them",
    ),
    "smtp": ("mail:25", "must be a Smtp; got 'mail:25'"),
    "source": ("here", "must be a Source; got 'here'"),
    "Inhibit.source": ({"a": 3}, r"source\['a'\] must be"),
    "sparkline": ("max", "must be True or False"),
    "stacked": ("normal", "must be True or False"),
    "start": ("0", "must be a finite number"),
    "states": ({0: "Off"}, "must be a list, each a State; got a dict"),
    "summary": ("Late.\nLook.", "one static sentence"),
    "NoAnswerRule.summary": ("", "must not be empty"),
    "tag": (["cdc"], "must be a string; got a list"),
    "tags": ("cdc", TAKEN),
    "target": ({"a": None}, r"target\['a'\] must be"),
    "template": (Template("short"), "must be a string; got a Template 'short'"),
    "templates": (["short"], r"templates\[0\] must be a Template"),
    "text": (3, "must be a string; got 3"),
    "texts": ({0: "Off"}, r"texts\[0\] must be 2 values"),
    "threshold_lines": ("line", "must be True or False"),
    "thresholds": ([Level(LAG, "warning", above=1)], "must be a ThresholdSet; got a list"),
    "panel_json.thresholds": ([], TAKEN),
    "Dashboard.time_from": ("6h", "must be a time such as 'now-6h'"),
    "time_from": ("now-24h", "must be how far to look back"),
    "time_to": ("today", "must be a time"),
    "times": ("22-24", "Period times must be"),
    "title": (7, "got 7"),
    "Configured.key": (" ", "must be the name of a setting"),
    "label_variable.name": ("$job", "must be a variable's name"),
    "Row.title": (LAG, "must be a string or a list"),
    "titles": ({"Lagg": "Late"}, "names alert Lagg"),
    "to": ("platform", "e-mail address"),
    "tooltip": ("shared", "must be one of .*did you mean 'shared tooltip'"),
    "link.tooltip": (True, "must be a string"),
    "transformations": (["merge"], r"transformations\[0\] must be a transformation, made by"),
    "uid": ("my uid", "letters, digits, '-' and '_'"),
    "unguarded": ("lag", "must be a Signal"),
    "unit": ("secs", "no unit 'secs'"),
    "transformation.options": ("x", TAKEN),
    "url": ("www.example.com", "must be a URL|http or https URL"),
    "Slack.url": ("https://example.com/sesame", "must be a Secret"),
    "user": ("me", "both user and password"),
    "value": ("1", "must be a whole number; got '1'"),
    "values": (3, "must be a string or a list of them; got 3"),
    "custom_variable.values": ([], "at least one value"),
    "variables": (["connector"], r"variables\[0\] must be a variable, made by"),
    "weekdays": ("monday:sunday", "the week begins on Sunday"),
    "well": ("yes", "must be True or False"),
    "where": ({"plugin": "mysql"}, TAKEN),
    "width": (25, "1 to 24 grid units; got 25"),
    "widths": ({"Lag": "120"}, r"widths\['Lag'\] must be a whole number"),
    "within": (30, "must be a duration such as '5m', or a timedelta; got 30"),
    "without": (["Lagg"], "names alert Lagg"),
    "actions": ("restart", "must be a dict"),
    "aggregation": (1, "must be a string"),
    "alias": (1, "must be a string"),
    "bucket_count": ("10", "must be a whole number"),
    "bucket_size": ("10", "must be a finite number"),
    "buckets": ("time", "must be a dict"),
    "cache_timeout": (60, "must be a string"),
    "calculate": ("yes", "must be True or False"),
    "reduce.calculation": ("men", "did you mean 'mean'"),
    "center": ([1], "must be 2 values"),
    "close_field": (1, "must be a string"),
    "color_palette": (1, "must be a string"),
    "color_scheme": ("palette", "did you mean 'palette-classic'"),
    "column_width": ("1", "must be a finite number"),
    "combine": ("yes", "must be True or False"),
    "panel.custom": (3, "must be a dict"),
    "data_links": (["https://example.com"], "must be a link, made by data_link"),
    "database": ("postgre", "did you mean 'postgres'"),
    "datasource": (3, "must be a string"),
    "deduplicate": ("exakt", "did you mean 'exact'"),
    "details": ("yes", "must be True or False"),
    "dimensions": (["a"], "must be a dict"),
    "donut": ("yes", "must be True or False"),
    "draw": ("point", "must be one of"),
    "drop_nulls": ("yes", "must be True or False"),
    "edge_units": (["s"], "must be 2 values"),
    "elements": ("box", "must be a dict"),
    "exemplar": ("yes", "must be True or False"),
    "feed": ("example.com", "http or https URL"),
    "field_config": (3, "must be a dict"),
    "fields": (3, "must be a dict"),
    "hide": ("yes", "must be True or False"),
    "hide_time_override": ("yes", "must be True or False"),
    "high_field": (1, "must be a string"),
    "horizontal": ("yes", "must be True or False"),
    "images": ("yes", "must be True or False"),
    "instances": ("yes", "must be True or False"),
    "instant": ("yes", "must be True or False"),
    "language": ("flx", "did you mean 'flux'"),
    "latitude": (1, "must be a string"),
    "layer": ("marker", "did you mean 'markers'"),
    "layout": ("forced", "did you mean 'force'"),
    "legend_values": (["percnt"], "did you mean 'percent'"),
    "limit": ("5", "must be a whole number"),
    "log_groups": ([], "at least one log group"),
    "longitude": (1, "must be a string"),
    "lookup": (1, "must be a string"),
    "low_field": (1, "must be a string"),
    "max_data_points": (0, "1 or more; got 0"),
    "max_lines": ("5", "must be a whole number"),
    "max_per_row": (0, "1 or more; got 0"),
    "metrics": ("count", "must be a dict"),
    "min_interval": (30, "must be a string"),
    "model": ("x", "must be a dict"),
    "namespace": (1, "must be a string"),
    "node_units": (["s"], "must be 2 values"),
    "of": (1, "must be a string"),
    "oldest_first": ("yes", "must be True or False"),
    "only_this_dashboard": ("yes", "must be True or False"),
    "only_time_range": ("yes", "must be True or False"),
    "open_field": (1, "must be a string"),
    "pan_and_zoom": ("yes", "must be True or False"),
    "panel_links": (["https://example.com"], r"must be a link, made by link"),
    "period": ("5min", "an interval such as"),
    "plugin": (3, "must be a string"),
    "recent": ("yes", "must be True or False"),
    "ref_id": ("a b", "letters, digits and '_'"),
    "region": ("eu_west_1", "an AWS region"),
    "repeat": ("$job", "must be a variable's name"),
    "repeat_direction": ("x", "must be one of 'h', 'v'"),
    "resources": (3, "must be"),
    "row_height": ("1", "must be a finite number"),
    "scenario": (1, "must be a string"),
    "search": (1, "must be a string"),
    "show_values": ("allways", "did you mean 'always'"),
    "stacking": ("norml", "did you mean 'normal'"),
    "starred": ("yes", "must be True or False"),
    "statement": (1, "must be a string"),
    "alert_list.states": (["fireing"], "did you mean 'firing'"),
    "statistic": ("avg", "a statistic of CloudWatch"),
    "time_field": (1, "must be a string"),
    "time_grain": (1, "must be a string"),
    "time_series": ("yes", "must be True or False"),
    "time_shift": ("yesterday", "must be how far to look back"),
    "transparent": ("yes", "must be True or False"),
    "volume_field": (1, "must be a string"),
    "wrap": ("yes", "must be True or False"),
    "x_field": (1, "must be a string"),
    "y_field": (1, "must be a string"),
    "y_unit": (1, "must be a string"),
    "zoom": ("1", "must be a finite number"),
    "azure_logs.expression": (3, "must be a string"),
    "cloudwatch_logs.expression": (3, "must be a string"),
    "elasticsearch.expression": (3, "must be a string"),
    "loki.expression": (3, "must be a string"),
    "math.expression": (3, "must be a string"),
    "tempo.expression": (3, "must be a string"),
    "alert_list.labels": ({"a": "b"}, "must be a string"),
    "query.model": ("x", TAKEN),
    "cloudwatch.label": (1, "must be a string"),
    "graphite.target": (1, "must be a string"),
    "logs.labels": ("yes", "must be True or False"),
    "pie_chart.labels": (["nam"], "did you mean 'name'"),
    "auto": ("yes", "must be True or False"),
    "constant_variable.value": (3, "must be a string"),
    "text_variable.value": (3, "must be a string"),
    "editable": ("no", "must be True or False"),
    "interval_variable.values": (["1 m"], "must be an interval"),
    "multi": ("yes", "must be True or False"),
    "query_variable.hidden": ("yes", "must be True or False"),
    "query_variable.query": (3, "must be a string or a query such as loki"),
    "timezone": ("Berlin", "IANA time zone"),
    "week_start": ("mon", "must be one of"),
    "Guard.if_missing": (True, "must be a string"),
    "years": ("27", "Period years must be"),
}
PUBLIC = tomllib.loads((Path(__file__).parent / "public_names.toml").read_text(encoding="utf-8"))
# Parameters of which None means something, though their annotation does not say `None`.
ANYTHING = {"override.properties", "query.model", "transformation.options", "panel_json.thresholds"}


def names() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield every public name that declarations call, and every public method of the classes among them."""
    for name in sorted(set(dashlib.__all__) - {*PUBLIC["types"], *PUBLIC["packages"]}):
        found = getattr(dashlib, name)
        yield name, found
        if isinstance(found, type) and not issubclass(found, Exception):
            for method, value in vars(found).items():
                if not method.startswith("_") and isinstance(value, types.FunctionType | classmethod):
                    yield f"{name}.{method}", getattr(found, method)


CALLED = dict(names())


def parameters(name: str) -> dict[str, str]:
    """Return the annotations of a callable's parameters, those of `PanelOptions` among them, without `self`."""
    found: dict[str, str] = {}
    for index, parameter in enumerate(inspect.signature(CALLED[name]).parameters.values()):
        annotation = str(parameter.annotation)
        if index == 0 and parameter.name == "self":
            continue
        if annotation.startswith("Unpack["):
            more = getattr(dashlib, annotation.removeprefix("Unpack[").removesuffix("]"))
            found |= {key: str(value.__forward_arg__) for key, value in more.__annotations__.items()}
        else:
            found[parameter.name] = annotation
    return found


ROWS = [(name, parameter) for name in CALLED for parameter in parameters(name)]


def called(name: str, parameter: str, value: object) -> DeclarationError | None:
    """Call a name with one argument replaced; return what was said, or None where it was taken."""
    function = CALLED[name]
    given, named = VALID[name]
    kinds = inspect.signature(function).parameters
    try:
        if parameter in kinds and kinds[parameter].kind is inspect.Parameter.VAR_POSITIONAL:
            function(*given[: "." in name], value)
        elif f"{name}.{parameter}" in ANYTHING and kinds[parameter].kind is inspect.Parameter.VAR_KEYWORD:
            function(*given, **named, custom__x=value)
        else:
            function(*given, **{**named, parameter: value})
    except DeclarationError as error:
        return error
    return None


def check(name: str, error: DeclarationError) -> None:
    """A sentence, with the place of the call in this file, and nothing of Python's machinery."""
    said = str(error)
    if error.source is None:  # whoever compiles a panel says where it is
        assert name in ("encode", "panel_json", "ThresholdSet.level"), said
    else:
        assert error.source.file == __file__, said
    assert not re.search(r"Traceback|attr\.ib|Attribute\(name|object at 0x|<class|TypeError|\\n *\^", said), said
    assert len(said.splitlines()) <= 4, said  # an expression shows the place in it


def test_every_public_name_has_a_row() -> None:
    assert set(VALID) == set(CALLED), "write a call of it into VALID"
    missing = {f"{name}.{each}" for name, each in ROWS if not {each, f"{name}.{each}"} & SLIPS.keys()}
    assert not missing, "write a slip for it into SLIPS"


@pytest.mark.parametrize("name", CALLED)
def test_a_call_that_is_right_is_taken(name: str) -> None:
    given, named = VALID[name]
    CALLED[name](*given, **named)


@pytest.mark.parametrize("name", CALLED)
def test_none_is_taken_where_the_annotation_says_so(name: str) -> None:
    for parameter in parameters(name):
        error = called(name, parameter, None)
        annotation = parameters(name)[parameter]
        if "None" in annotation or annotation == "object" or f"{name}.{parameter}" in ANYTHING:
            assert error is None or "got None" not in str(error)
        else:
            assert error is not None, f"{name}({parameter}=None) is taken"
            check(name, error)
            assert parameter in str(error) or re.search("argument|no encoder|is due", str(error))


@pytest.mark.parametrize("name", CALLED)
def test_a_text_is_taken_only_where_a_text_may_stand(name: str) -> None:
    for parameter in parameters(name):
        error = called(name, parameter, "no such thing (")
        annotation = parameters(name)[parameter]
        if error is not None:
            check(name, error)
        elif annotation != "object":
            # All these are texts to a person, or become one.
            assert re.search(r"\bstr\b|LabelName|SettingName|Legend", annotation), f"{name}({parameter}='…') is taken"


class Wrong:
    """What no parameter is."""


@pytest.mark.parametrize("name", CALLED)
def test_a_wrong_class_is_refused_everywhere(name: str) -> None:
    for parameter in parameters(name):
        error = called(name, parameter, Wrong())
        if parameters(name)[parameter] == "object" and error is None:
            continue
        assert error is not None, f"{name}({parameter}=Wrong()) is taken"
        check(name, error)
        assert "Wrong" in str(error) or "Secret" in str(error)
        assert "must be" in str(error) or "no encoder" in str(error)


@pytest.mark.parametrize("name", CALLED)
def test_a_slip_says_what_was_meant(name: str) -> None:
    for parameter in parameters(name):
        value, said = SLIPS.get(f"{name}.{parameter}") or SLIPS[parameter]
        error = called(name, parameter, value)
        if said == TAKEN:
            assert error is None, error
            continue
        assert error is not None, f"{name}({parameter}={value!r}) is taken"
        check(name, error)
        assert re.search(said, str(error)), error


@pytest.mark.parametrize("name", CALLED)
def test_a_misspelt_argument_names_the_nearest(name: str) -> None:
    for parameter in parameters(name):
        given, named = VALID[name]
        kinds = inspect.signature(CALLED[name]).parameters
        if (
            name in ("override", "query", "transformation")
            or parameter == "source"
            or (parameter in kinds and kinds[parameter].kind is inspect.Parameter.VAR_POSITIONAL)
        ):
            continue  # any name is one of Grafana's settings; what has no name, or is dashlib's own, is not misspelt
        wrong = parameter[:-1] + "x" if len(parameter) > 4 else parameter + "x"
        with pytest.raises(DeclarationError, match=rf"no argument '{wrong}'; did you mean '") as raised:
            CALLED[name](*given, **named, **{wrong: 1})
        check(name, raised.value)


@pytest.mark.parametrize("name", CALLED)
def test_a_missing_argument_is_named(name: str) -> None:
    given, named = VALID[name]
    for parameter, value in inspect.signature(CALLED[name]).parameters.items():
        if parameter in named and value.default is value.empty:
            with pytest.raises(DeclarationError, match=rf"needs {parameter}\b") as raised:
                CALLED[name](*given, **{key: each for key, each in named.items() if key != parameter})
            check(name, raised.value)


@pytest.mark.parametrize("name", [name for name in CALLED if isinstance(CALLED[name], type) and name != "DashlibError"])
def test_a_misspelt_attribute_names_the_nearest(name: str) -> None:
    _, named = VALID[name]
    made: Any = CALLED[name](**named)
    for attribute in (each for each in dir(made) if not each.startswith("_")):
        with pytest.raises(DeclarationError, match=rf"{name} has no '{attribute}x'; did you mean '") as raised:
            getattr(made, f"{attribute}x")
        check(name, raised.value)
        assert not hasattr(made, f"{attribute}x")


def test_a_step_too_many_by_position_is_told_by_name() -> None:
    with pytest.raises(DeclarationError, match=r"Alert takes 2 positional arguments \(name, condition\); got 3"):
        Alert("Lag", LAG.above("warning"), "warning")  # type: ignore[call-arg]
    with pytest.raises(DeclarationError, match="got 'title' twice"):
        stat(LAG, "Lag", title="Lag")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: Row([stat(LAG)], [stat(CONNECTED)]), "pass a row's panels only once"),
        (lambda: table(LAG, columns={"server": "A", "job": "A"}), "has two columns titled 'A'"),
        (lambda: attrs.evolve(LAG, minimum=5, maximum=1), "minimum 5, not below the maximum 1"),
        (
            lambda: value_mapping({0: ("Off", "gren")}),
            r"texts\[0\]\[1\] must be a Grafana color .*did you mean 'green'",
        ),
        (lambda: override(name="Lag", untis="s"), "no field setting 'untis'; did you mean 'unit'"),
    ],
)
def test_arguments_that_contradict_each_other_are_told(declare: Callable[[], object], said: str) -> None:
    with pytest.raises(DeclarationError, match=said) as raised:
        declare()
    assert raised.value.source is not None
    assert raised.value.source.file == __file__


def test_what_says_the_same_is_taken() -> None:
    assert Dashboard(uid="d", title="D", rows=[], where={"plugin": "mysql"}).where == {"plugin": one_of("mysql")}
    several: Any = {"plugin": ["mysql", "mariadb"]}
    assert RuleGroup("g", file="g.yml", rules=[], where=several).where == {"plugin": one_of("mysql", "mariadb")}
    assert GrafanaRuleGroup("g", folder="F", rules=[GROUP], where=several).where == {
        "plugin": LabelMatch("=~", "mysql|mariadb")
    }
    assert one_of(["a", "b"]) == one_of("a", "b")
    assert none_of(("a",)) == none_of("a")
    assert Level(LAG, "warning", above=5, for_=timedelta(minutes=90)).for_ == "1h30m"
    assert LAG.is_absent(within=timedelta(days=1), for_=timedelta(seconds=0.5)).window == "1d"
    assert RuleGroup("g", file="g.yml", rules=ALERT).rules == (ALERT,)  # type: ignore[arg-type]
    assert Dashboard(uid="d", title="D", rows=Row("R", stat(LAG)), tags="cdc").tags == ("cdc",)  # type: ignore[arg-type]
    assert Guard("g", expression="Connected", on="server").on == ("server",)
    whole: Any = 12.0
    note = stat(LAG, width=whole).note
    assert note is not None
    assert note.width == 12


def test_thresholds_belong_to_a_signal_by_its_name() -> None:
    titled = attrs.evolve(LAG, title="Lag of orders", color="blue")
    assert SET.level(titled, "warning") is SET.level(LAG, "warning")
    assert SET.levels_of(titled.when(EVENTS_ARRIVE)) == SET.levels_of(LAG)
    assert [step.value for step in SET.steps(titled)] == [None, 5]
    assert [step.color for step in SET.steps(titled)] != [step.color for step in SET.steps(LAG)]


def test_a_secret_is_not_shown_in_a_message() -> None:
    slips: list[Callable[[], object]] = [
        lambda: Slack("#cdc", url="sesame"),  # type: ignore[arg-type]
        lambda: Slack("#cdc", "sesame"),  # type: ignore[arg-type, call-arg]
        lambda: PagerDuty(b"sesame"),  # type: ignore[arg-type]
        lambda: Webhook(b"sesame"),  # type: ignore[arg-type]
        lambda: Smtp("mail:25", sender="a@example.com", user="me", password="sesame"),  # type: ignore[arg-type]  # noqa: S106
        lambda: Secret.env(b"sesame"),  # type: ignore[arg-type]
        lambda: Secret("sesame", "sesame"),  # type: ignore[arg-type]
    ]
    for slip in slips:
        with pytest.raises(DeclarationError) as raised:
            slip()
        assert "sesame" not in str(raised.value)


# Further slips that a person writes, some of which Python takes as they are.
FURTHER: list[tuple[str, str, object, str]] = [
    ("Signal.increases_above", "within", "0s", "must be longer than 0"),
    ("Signal.is_absent", "within", "0m", "must be longer than 0"),
    ("Objective", "target", 0.999, "is in percent.* write 99.9"),
    ("Alert", "labels", {"severity": "page"}, "is the argument severity"),
    ("Smtp", "host", "mail:99999", "host:port"),
    ("Route", "matchers", {"severity": "critical|warning"}, r"write a list, \['critical', 'warning'\]"),
    ("library_panel", "where", {"plugin": "mysql|postgres"}, "write a list"),
    ("custom_variable", "values", "a,b", "list each"),
    ("custom_variable", "values", ["a", "a"], "'a' twice"),
    ("label_variable", "name", "__job", "without .* '__'"),
    ("cloudwatch", "statistic", "average", "did you mean 'Average'"),
    ("cloudwatch", "period", "5min", "an interval such as '5m'"),
    ("cloudwatch", "region", "eu_west_1", "'eu-west-1'"),
    ("cloudwatch_logs", "region", "ireland", "'eu-west-1'"),
    ("math", "expression", "A / B", r"write \$A"),
    ("stat", "legend", "{server}", "double braces"),
    ("timeseries", "legend", "{{ server }", "double braces"),
    ("Query", "legend", "{job}", "double braces"),
    ("loki", "legend", "{app}", "double braces"),
    ("Signal", "legend", "{server}", "double braces"),
]


@pytest.mark.parametrize(("name", "parameter", "slip", "said"), FURTHER)
def test_a_further_slip_is_told(name: str, parameter: str, slip: object, said: str) -> None:
    error = called(name, parameter, slip)
    assert error is not None
    check(name, error)
    assert re.search(said, str(error)), error


@pytest.mark.parametrize(
    ("name", "parameter", "right"),
    [
        ("stat", "legend", "{{server}} of ${connector} (${__field.name})"),
        ("cloudwatch", "statistic", "p99.9"),
        ("cloudwatch", "statistic", "$statistic"),
        ("cloudwatch", "region", "us-gov-west-1"),
        ("cloudwatch", "period", "300"),
        ("Route", "matchers", {"team": one_of("a|b")}),
        ("Objective", "target", 50),
    ],
)
def test_what_looks_like_a_slip_and_is_none(name: str, parameter: str, right: object) -> None:
    assert called(name, parameter, right) is None
