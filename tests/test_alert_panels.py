"""The panels that are made of alerts."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from dashlib import Alert, Dashboard, RuleGroup, alert_rows, datasource_variable, label_variable, one_of
from dashlib.debezium.connectors import LIVE_LAG, METRICS_PRESENT, STREAMING_CONNECTED
from dashlib.debezium.thresholds import MYSQL
from dashlib.outputs.dashboard_json import compile_dashboard

if TYPE_CHECKING:
    from dashlib.expressions import Rendering

TEXTS: dict[str, Any] = {"severity": "warning", "summary": "Lag.", "description": "{server}."}
GROUP = RuleGroup(
    "debezium_mysql",
    file="mysql.yml",
    thresholds=MYSQL,
    where={"plugin": one_of("mysql", "mariadb")},
    rules=[
        Alert("DebeziumLag", LIVE_LAG.above("warning"), **TEXTS),
        Alert("DebeziumDisconnected", STREAMING_CONNECTED.is_at("critical"), **TEXTS),
        Alert("DebeziumGone", METRICS_PRESENT.is_absent(within="1h", for_="2m"), **TEXTS),
    ],
)


def panels(rendering: Rendering) -> list[dict[str, Any]]:
    dashboard = Dashboard(
        uid="alerts",
        title="Alerts",
        variables=[datasource_variable(), label_variable("job", "Job", label="job", metric="up")],
        rows=alert_rows([GROUP]),
    )
    (row,) = compile_dashboard(dashboard, rendering, PurePosixPath("alerts.json"), "dashboards/alerts.py").data[
        "panels"
    ]
    assert (row["title"], row["collapsed"]) == ("debezium_mysql", True)
    found: list[dict[str, Any]] = row["panels"]
    return found


def test_each_alert_has_a_panel_with_its_own_expression_in_its_groups_and_the_dashboards_filters(
    rendering: Rendering,
) -> None:
    lag, connected, gone = panels(rendering)
    assert [panel["title"] for panel in (lag, connected, gone)] == [
        "DebeziumLag",
        "DebeziumDisconnected",
        "DebeziumGone",
    ]
    for panel in (lag, connected, gone):
        (target,) = panel["targets"]
        assert 'plugin=~"mysql|mariadb"' in target["expr"]
        assert 'job=~"$job"' in target["expr"]
        assert target["legendFormat"] == "{{server}}"
    assert " > 60" not in lag["targets"][0]["expr"]
    assert " unless on (" in lag["targets"][0]["expr"]
    assert gone["targets"][0]["expr"].startswith("last_over_time(")


def test_a_threshold_is_a_line_and_a_state_a_band(rendering: Rendering) -> None:
    lag, connected, gone = panels(rendering)
    assert lag["type"] == "timeseries"
    assert lag["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] == 60
    assert lag["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] == {"mode": "line"}
    assert lag["description"].startswith("Warning when above 60 for 5m. ")
    assert connected["type"] == gone["type"] == "state-timeline"
    assert connected["description"].startswith("Warning when equals 0 for 2m. ")
    (mapping,) = gone["fieldConfig"]["defaults"]["mappings"]
    assert mapping["options"]["1"]["text"] == "Gone"
    assert gone["description"].startswith("Warning when gone, within 1h for 2m. ")
