# Every public name, each listed once: type checkers read this file, and `__init__.py` finds the names by it.

from dashlib.compile.alert_panels import alert_panel as alert_panel
from dashlib.compile.alert_panels import alert_row as alert_row
from dashlib.compile.alert_panels import alert_texts as alert_texts
from dashlib.compile.encoding import Context as Context
from dashlib.compile.encoding import Json as Json
from dashlib.compile.encoding import encode as encode
from dashlib.compile.encoding import panel_json as panel_json
from dashlib.compile.objective_panels import objective_row as objective_row
from dashlib.declare.alerts import Alert as Alert
from dashlib.declare.alerts import Configured as Configured
from dashlib.declare.alerts import LabelValue as LabelValue
from dashlib.declare.alerts import Record as Record
from dashlib.declare.alerts import RuleGroup as RuleGroup
from dashlib.declare.dashboards import Annotation as Annotation
from dashlib.declare.dashboards import Dashboard as Dashboard
from dashlib.declare.dashboards import DashboardLink as DashboardLink
from dashlib.declare.dashboards import LabelVariable as LabelVariable
from dashlib.declare.dashboards import Row as Row
from dashlib.declare.dashboards import Variable as Variable
from dashlib.declare.dashboards import WorstVariable as WorstVariable
from dashlib.declare.dashboards import annotation as annotation
from dashlib.declare.dashboards import constant_variable as constant_variable
from dashlib.declare.dashboards import custom_variable as custom_variable
from dashlib.declare.dashboards import dashboard_links as dashboard_links
from dashlib.declare.dashboards import datasource_variable as datasource_variable
from dashlib.declare.dashboards import filter_variable as filter_variable
from dashlib.declare.dashboards import interval_variable as interval_variable
from dashlib.declare.dashboards import label_variable as label_variable
from dashlib.declare.dashboards import link as link
from dashlib.declare.dashboards import query_variable as query_variable
from dashlib.declare.dashboards import text_variable as text_variable
from dashlib.declare.dashboards import unknown_annotation as unknown_annotation
from dashlib.declare.dashboards import worst_variable as worst_variable
from dashlib.declare.datasource_queries import DatasourceQuery as DatasourceQuery
from dashlib.declare.datasource_queries import QueryOptions as QueryOptions
from dashlib.declare.datasource_queries import azure_logs as azure_logs
from dashlib.declare.datasource_queries import azure_metrics as azure_metrics
from dashlib.declare.datasource_queries import cloudwatch as cloudwatch
from dashlib.declare.datasource_queries import cloudwatch_logs as cloudwatch_logs
from dashlib.declare.datasource_queries import elasticsearch as elasticsearch
from dashlib.declare.datasource_queries import graphite as graphite
from dashlib.declare.datasource_queries import influxdb as influxdb
from dashlib.declare.datasource_queries import loki as loki
from dashlib.declare.datasource_queries import math as math
from dashlib.declare.datasource_queries import of_panel as of_panel
from dashlib.declare.datasource_queries import query as query
from dashlib.declare.datasource_queries import reduce as reduce
from dashlib.declare.datasource_queries import sample_data as sample_data
from dashlib.declare.datasource_queries import sql as sql
from dashlib.declare.datasource_queries import tempo as tempo
from dashlib.declare.datasource_queries import threshold as threshold
from dashlib.declare.fields import DataLink as DataLink
from dashlib.declare.fields import Mappings as Mappings
from dashlib.declare.fields import Override as Override
from dashlib.declare.fields import RangeMapping as RangeMapping
from dashlib.declare.fields import RegexMapping as RegexMapping
from dashlib.declare.fields import RunbookLink as RunbookLink
from dashlib.declare.fields import SpecialMapping as SpecialMapping
from dashlib.declare.fields import Transformation as Transformation
from dashlib.declare.fields import ValueMapping as ValueMapping
from dashlib.declare.fields import data_link as data_link
from dashlib.declare.fields import override as override
from dashlib.declare.fields import range_mapping as range_mapping
from dashlib.declare.fields import regex_mapping as regex_mapping
from dashlib.declare.fields import runbook_link as runbook_link
from dashlib.declare.fields import special_mapping as special_mapping
from dashlib.declare.fields import transformation as transformation
from dashlib.declare.fields import value_mapping as value_mapping
from dashlib.declare.grafana_rules import ErrorState as ErrorState
from dashlib.declare.grafana_rules import GrafanaRule as GrafanaRule
from dashlib.declare.grafana_rules import GrafanaRuleGroup as GrafanaRuleGroup
from dashlib.declare.grafana_rules import NoAnswerRule as NoAnswerRule
from dashlib.declare.grafana_rules import NoDataState as NoDataState
from dashlib.declare.labels import LabelMatch as LabelMatch
from dashlib.declare.labels import matching as matching
from dashlib.declare.labels import none_of as none_of
from dashlib.declare.labels import not_matching as not_matching
from dashlib.declare.labels import one_of as one_of
from dashlib.declare.library import LibraryPanel as LibraryPanel
from dashlib.declare.library import from_library as from_library
from dashlib.declare.library import library_panel as library_panel
from dashlib.declare.notifications import Notifications as Notifications
from dashlib.declare.notifications.inhibition import Inhibit as Inhibit
from dashlib.declare.notifications.matchers import Matchers as Matchers
from dashlib.declare.notifications.mute_times import MuteTime as MuteTime
from dashlib.declare.notifications.mute_times import Period as Period
from dashlib.declare.notifications.receivers import Email as Email
from dashlib.declare.notifications.receivers import Integration as Integration
from dashlib.declare.notifications.receivers import PagerDuty as PagerDuty
from dashlib.declare.notifications.receivers import Receiver as Receiver
from dashlib.declare.notifications.receivers import Slack as Slack
from dashlib.declare.notifications.receivers import Smtp as Smtp
from dashlib.declare.notifications.receivers import Webhook as Webhook
from dashlib.declare.notifications.routes import Route as Route
from dashlib.declare.notifications.secrets import Secret as Secret
from dashlib.declare.notifications.templates import Template as Template
from dashlib.declare.objectives import Objective as Objective
from dashlib.declare.panel_kinds.alert_list import alert_list as alert_list
from dashlib.declare.panel_kinds.annotations_list import annotations_list as annotations_list
from dashlib.declare.panel_kinds.bar_chart import bar_chart as bar_chart
from dashlib.declare.panel_kinds.bar_gauge import bar_gauge as bar_gauge
from dashlib.declare.panel_kinds.candlestick import candlestick as candlestick
from dashlib.declare.panel_kinds.canvas import canvas as canvas
from dashlib.declare.panel_kinds.dashboard_list import dashboard_list as dashboard_list
from dashlib.declare.panel_kinds.flame_graph import flame_graph as flame_graph
from dashlib.declare.panel_kinds.gauge import gauge as gauge
from dashlib.declare.panel_kinds.geomap import geomap as geomap
from dashlib.declare.panel_kinds.heatmap import heatmap as heatmap
from dashlib.declare.panel_kinds.histogram import histogram as histogram
from dashlib.declare.panel_kinds.logs import logs as logs
from dashlib.declare.panel_kinds.news import news as news
from dashlib.declare.panel_kinds.node_graph import node_graph as node_graph
from dashlib.declare.panel_kinds.pie_chart import pie_chart as pie_chart
from dashlib.declare.panel_kinds.stat import Calculation as Calculation
from dashlib.declare.panel_kinds.stat import stat as stat
from dashlib.declare.panel_kinds.state_timeline import state_timeline as state_timeline
from dashlib.declare.panel_kinds.status_history import status_history as status_history
from dashlib.declare.panel_kinds.table import Cell as Cell
from dashlib.declare.panel_kinds.table import table as table
from dashlib.declare.panel_kinds.text import text as text
from dashlib.declare.panel_kinds.timeseries import timeseries as timeseries
from dashlib.declare.panel_kinds.traces import traces as traces
from dashlib.declare.panel_kinds.trend import trend as trend
from dashlib.declare.panel_kinds.xy_chart import xy_chart as xy_chart
from dashlib.declare.panels import MoreOptions as MoreOptions
from dashlib.declare.panels import PageOptions as PageOptions
from dashlib.declare.panels import Panel as Panel
from dashlib.declare.panels import PanelOptions as PanelOptions
from dashlib.declare.panels import PanelSettings as PanelSettings
from dashlib.declare.plugin_panel import panel as panel
from dashlib.declare.queries import Query as Query
from dashlib.declare.signals import Condition as Condition
from dashlib.declare.signals import Duration as Duration
from dashlib.declare.signals import Guard as Guard
from dashlib.declare.signals import Guarded as Guarded
from dashlib.declare.signals import Signal as Signal
from dashlib.declare.signals import State as State
from dashlib.declare.signals import Within as Within
from dashlib.declare.thresholds import ColorStep as ColorStep
from dashlib.declare.thresholds import Level as Level
from dashlib.declare.thresholds import Step as Step
from dashlib.declare.thresholds import ThresholdSet as ThresholdSet
from dashlib.declare.words import Color as Color
from dashlib.declare.words import Severity as Severity
from dashlib.errors import DashlibError as DashlibError
from dashlib.sources import Source as Source

# To a type checker a name is a function or a package, and to users of declarations `promql` is what makes a query. The
# code of dashlib itself reads PromQL with the package; mypy is told so in its own configuration (`always_true`).
INSIDE_DASHLIB: bool
if not INSIDE_DASHLIB:  # noqa: PYI002
    def promql(
        expression: str,
        *,
        unit: str = "",
        name: str = "",
        legend: str = "",
        datasource: str = "",
        ref_id: str = "",
        exemplar: bool = False,
        hide: bool = False,
    ) -> Query: ...

__all__: list[str]  # noqa: PYI035  # a second list; `__init__.py` makes it of the lines above

__version__: str
