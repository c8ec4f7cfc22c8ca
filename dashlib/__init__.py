"""Dashboards and alert rules as code for Debezium change data capture.

These are the names that declarations are written with:

- dashboards: `Dashboard`, `Row`, `datasource_variable`, `label_variable`, `custom_variable`, `link`,
  `dashboard_links`, `annotation`, `unknown_annotation`
- panels: `stat`, `gauge`, `bar_gauge`, `timeseries`, `state_timeline`, `table`, `text`, `data_link`, `runbook_link`,
  `override`, `transformation`, `value_mapping`, `range_mapping`, `special_mapping`
- panels of alerts: `alert_row`, `alert_panel`, `alert_texts`
- rules: `Alert`, `Record`, `RuleGroup`, `Configured`; evaluated by Grafana instead: `GrafanaRuleGroup`, `GrafanaRule`,
  `NoAnswerRule`
- who is told: `Notifications`, `Receiver`, `Email`, `Slack`, `Webhook`, `PagerDuty`, `Smtp`, `Secret`, `Route`,
  `Inhibit`, `MuteTime`, `Period`, `Template`
- what they mean: `Signal`, `Guard`, `State`, `ThresholdSet`, `Level`, `Step`; filters: `one_of`, `none_of`,
  `matching`, `not_matching`
- encoders of panels of your own: `encode`, `panel_json`

Names are imported when they are first used, so that `dashlib --help` does not pay for grafanalib.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashlib.alert_panels import alert_panel, alert_row, alert_texts
    from dashlib.alerting import Alert, Configured, Record, RuleGroup
    from dashlib.dashboard import (
        Dashboard,
        Row,
        annotation,
        custom_variable,
        dashboard_links,
        datasource_variable,
        label_variable,
        link,
        unknown_annotation,
    )
    from dashlib.encoding import encode, panel_json
    from dashlib.errors import DashlibError
    from dashlib.expressions import matching, none_of, not_matching, one_of
    from dashlib.grafana_rules import GrafanaRule, GrafanaRuleGroup, NoAnswerRule
    from dashlib.notifications import (
        Email,
        Inhibit,
        MuteTime,
        Notifications,
        PagerDuty,
        Period,
        Receiver,
        Route,
        Secret,
        Slack,
        Smtp,
        Template,
        Webhook,
    )
    from dashlib.panels import (
        bar_gauge,
        data_link,
        gauge,
        override,
        range_mapping,
        runbook_link,
        special_mapping,
        stat,
        state_timeline,
        table,
        text,
        timeseries,
        transformation,
        value_mapping,
    )
    from dashlib.signals import Guard, Level, Signal, State, Step, ThresholdSet

_HOME = {
    **dict.fromkeys(("alert_panel", "alert_row", "alert_texts"), "alert_panels"),
    **dict.fromkeys(("Alert", "Configured", "Record", "RuleGroup"), "alerting"),
    **dict.fromkeys(
        (
            "Dashboard", "Row", "annotation", "custom_variable", "dashboard_links", "datasource_variable",
            "label_variable", "link", "unknown_annotation",
        ),
        "dashboard",
    ),
    **dict.fromkeys(("encode", "panel_json"), "encoding"),
    "DashlibError": "errors",
    **dict.fromkeys(("matching", "none_of", "not_matching", "one_of"), "expressions"),
    **dict.fromkeys(("GrafanaRule", "GrafanaRuleGroup", "NoAnswerRule"), "grafana_rules"),
    **dict.fromkeys(
        (
            "Email", "Inhibit", "MuteTime", "Notifications", "PagerDuty", "Period", "Receiver", "Route", "Secret",
            "Slack", "Smtp", "Template", "Webhook",
        ),
        "notifications",
    ),
    **dict.fromkeys(
        (
            "bar_gauge", "data_link", "gauge", "override", "range_mapping", "runbook_link", "special_mapping", "stat",
            "state_timeline", "table", "text", "timeseries", "transformation", "value_mapping",
        ),
        "panels",
    ),
    **dict.fromkeys(("Guard", "Level", "Signal", "State", "Step", "ThresholdSet"), "signals"),
}  # fmt: skip

__all__ = [
    "Alert", "Configured", "Dashboard", "DashlibError", "Email", "GrafanaRule", "GrafanaRuleGroup", "Guard", "Inhibit",
    "Level", "MuteTime", "NoAnswerRule", "Notifications", "PagerDuty", "Period", "Receiver", "Record", "Route", "Row",
    "RuleGroup", "Secret", "Signal", "Slack", "Smtp", "State", "Step", "Template", "ThresholdSet", "Webhook",
    "alert_panel", "alert_row", "alert_texts", "annotation", "bar_gauge", "custom_variable", "dashboard_links",
    "data_link", "datasource_variable", "encode", "gauge", "label_variable", "link", "matching", "none_of",
    "not_matching", "one_of", "override", "panel_json", "range_mapping", "runbook_link", "special_mapping", "stat",
    "state_timeline", "table", "text", "timeseries", "transformation", "unknown_annotation", "value_mapping",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'dashlib' has no attribute {name!r}")
    found = getattr(importlib.import_module(f"dashlib.{_HOME[name]}"), name)
    globals()[name] = found
    return found
