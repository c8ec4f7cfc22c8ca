"""Dashboards and alert rules as code for Debezium change data capture.

These are the names that declarations are written with:

- dashboards: `Dashboard`, `Row`, `datasource_variable`, `label_variable`, `custom_variable`, `link`, `annotation`,
  `unknown_annotation`
- panels: `stat`, `gauge`, `bar_gauge`, `timeseries`, `state_timeline`, `table`, `text`, `override`,
  `transformation`, `value_mapping`, `range_mapping`, `special_mapping`
- rules: `Alert`, `Record`, `RuleGroup`, `Configured`
- what they mean: `Signal`, `State`, `ThresholdSet`, `Level`, `Step`, `one_of`, `none_of`
- encoders of panels of your own: `encode`, `panel_json`

Names are imported when they are first used, so that `dashlib --help` does not pay for grafanalib.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashlib.alerting import Alert, Configured, Record, RuleGroup
    from dashlib.dashboard import (
        Dashboard,
        Row,
        annotation,
        custom_variable,
        datasource_variable,
        label_variable,
        link,
        unknown_annotation,
    )
    from dashlib.encoding import encode, panel_json
    from dashlib.errors import DashlibError
    from dashlib.expressions import none_of, one_of
    from dashlib.panels import (
        bar_gauge,
        gauge,
        override,
        range_mapping,
        special_mapping,
        stat,
        state_timeline,
        table,
        text,
        timeseries,
        transformation,
        value_mapping,
    )
    from dashlib.signals import Level, Signal, State, Step, ThresholdSet

_HOME = {
    **dict.fromkeys(("Alert", "Configured", "Record", "RuleGroup"), "alerting"),
    **dict.fromkeys(
        (
            "Dashboard", "Row", "annotation", "custom_variable", "datasource_variable", "label_variable", "link",
            "unknown_annotation",
        ),
        "dashboard",
    ),
    **dict.fromkeys(("encode", "panel_json"), "encoding"),
    "DashlibError": "errors",
    **dict.fromkeys(("none_of", "one_of"), "expressions"),
    **dict.fromkeys(
        (
            "bar_gauge", "gauge", "override", "range_mapping", "special_mapping", "stat", "state_timeline", "table",
            "text", "timeseries", "transformation", "value_mapping",
        ),
        "panels",
    ),
    **dict.fromkeys(("Level", "Signal", "State", "Step", "ThresholdSet"), "signals"),
}  # fmt: skip

__all__ = [
    "Alert", "Configured", "Dashboard", "DashlibError", "Level", "Record", "Row", "RuleGroup", "Signal", "State",
    "Step", "ThresholdSet", "annotation", "bar_gauge", "custom_variable", "datasource_variable", "encode", "gauge",
    "label_variable", "link", "none_of", "one_of", "override", "panel_json", "range_mapping", "special_mapping",
    "stat", "state_timeline", "table", "text", "timeseries", "transformation", "unknown_annotation", "value_mapping",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'dashlib' has no attribute {name!r}")
    found = getattr(importlib.import_module(f"dashlib.{_HOME[name]}"), name)
    globals()[name] = found
    return found
