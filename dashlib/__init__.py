"""Dashboards and alert rules as code for Debezium change data capture.

These are the names that declarations are written with:

- dashboards: `Dashboard`, `Row`, `datasource_variable`, `label_variable`, `worst_variable`, `custom_variable`, `link`,
  `dashboard_links`, `annotation`, `unknown_annotation`; `query_variable`, `constant_variable`, `text_variable`,
  `interval_variable`, `filter_variable`
- panels: a builder for each kind, such as `stat`, `timeseries` and `table`, in `dashlib/declare/panel_kinds/`;
  `data_link`, `runbook_link`, `override`, `transformation`, `value_mapping`, `range_mapping`, `regex_mapping`,
  `special_mapping`; `panel` for any other plugin
- panels of alerts: `alert_row`, `alert_panel`, `alert_texts`
- rules: `Alert`, `Record`, `RuleGroup`, `Configured`; evaluated by Grafana instead: `GrafanaRuleGroup`, `GrafanaRule`,
  `NoAnswerRule`
- who is notified: `Notifications`, `Receiver`, `Email`, `Slack`, `Webhook`, `PagerDuty`, `Smtp`, `Secret`, `Route`,
  `Inhibit`, `MuteTime`, `Period`, `Template`
- PromQL as it is, in a signal's place: `promql`, which makes a `Query`
- queries of other datasources: `loki`, `tempo`, `cloudwatch`, `sql` and so on, `query` for any; `math`, `reduce`,
  `threshold` of other queries, `of_panel`
- what they mean: `Signal`, `Guard`, `State`, `ThresholdSet`, `Level`, `Step`; filters: `one_of`, `none_of`,
  `matching`, `not_matching`
- encoders of panels of your own: `encode`, `panel_json`, `Context`, `Json`
- types, for annotations of functions of your own: `Condition`, `Duration`, `LabelMatch`, `Override`, `PanelOptions`,
  `Transformation` and others

Names are imported when they are first used, so that `dashlib --help` does not pay for what it does not use.
"""

from __future__ import annotations

import importlib
import re
from functools import cache


@cache
def _homes() -> dict[str, str]:
    """Every public name and the module it lives in: `__init__.pyi`, which type checkers read, lists each once."""
    from pathlib import Path  # `dashlib --help` asks for no name

    listing = Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for module, names in re.findall(r"^from (\S+) import (\([^)]*\)|.+)", listing, re.MULTILINE):
        found |= dict.fromkeys(re.findall(r"(\w+) as", names), module)
    return found


def __getattr__(name: str) -> object:
    if name == "__all__":
        return sorted([*_homes(), "promql"])  # the package that reads PromQL makes a query where it is called
    if name == "__version__":
        from importlib.metadata import version

        return version("dashlib")
    if name.startswith("_") or name not in _homes():
        raise AttributeError(f"module 'dashlib' has no attribute {name!r}")
    found: object = getattr(importlib.import_module(_homes()[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_homes()})
