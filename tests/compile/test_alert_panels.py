"""The panels that are made of alerts."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from dashlib import (
    Alert,
    Dashboard,
    RuleGroup,
    alert_row,
    alert_texts,
    datasource_variable,
    label_variable,
    one_of,
    runbook_link,
    table,
)
from dashlib.compile.outputs.dashboard_json import compile_dashboard, ids_of
from dashlib.debezium.connectors import (
    FIRST_SNAPSHOT_RUNS,
    LAG,
    LIVE_LAG,
    METRICS_PRESENT,
    SNAPSHOT_RUNNING,
    STREAMING_CONNECTED,
)
from dashlib.debezium.databases import SLOT_LOST
from dashlib.debezium.kafka_connect import TASKS_FAILED
from dashlib.debezium.thresholds import KAFKA_CONNECT, MYSQL, OPERATIONS, POSTGRES
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from dashlib.compile.rendering import Rendering
    from dashlib.declare.dashboards import Row

TEXTS: dict[str, Any] = {"severity": "warning", "summary": "Lag.", "description": "{server}.\nCheck: {server}, {for}."}
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
OTHERS = RuleGroup(
    "others",
    file="others.yml",
    rules=[
        Alert("TaskFailed", TASKS_FAILED.above("critical"), thresholds=KAFKA_CONNECT, **TEXTS),
        Alert("SlotLost", SLOT_LOST.is_at("critical"), thresholds=POSTGRES, **TEXTS),
        Alert(
            "SnapshotStalled",
            SNAPSHOT_RUNNING.unless(FIRST_SNAPSHOT_RUNS).is_at("stalled"),
            thresholds=OPERATIONS,
            **TEXTS,
        ),
    ],
)


def dashboard_of(row: Row) -> Dashboard:
    return Dashboard(
        uid="alerts",
        title="Alerts",
        variables=[datasource_variable(), label_variable("job", "Job", label="job", metric="up")],
        rows=[row],
    )


def panels(rendering: Rendering, row: Row | None = None) -> list[dict[str, Any]]:
    dashboard = dashboard_of(row or alert_row("MySQL connectors", [GROUP]))
    (heading,) = compile_dashboard(dashboard, rendering, PurePosixPath("alerts.json"), "dashboards/alerts.py").data[
        "panels"
    ]
    assert heading["collapsed"] is True
    found: list[dict[str, Any]] = heading["panels"]
    return found


def states(panel: dict[str, Any]) -> dict[str, str]:
    return {
        value: result["text"]
        for mapping in panel["fieldConfig"]["defaults"]["mappings"]
        if mapping["type"] == "value"
        for value, result in mapping["options"].items()
    }


def test_each_alert_has_a_panel_with_its_own_expression_in_its_groups_and_the_dashboards_filters(
    rendering: Rendering,
) -> None:
    lag, connected, gone = panels(rendering)
    for panel in (lag, connected, gone):
        (target,) = panel["targets"]
        assert 'plugin=~"mysql|mariadb"' in target["expr"]
        assert 'job=~"$job"' in target["expr"]
        assert target["legendFormat"] == "{{server}}"
    assert " > 60" not in lag["targets"][0]["expr"]
    assert " unless on (" in lag["targets"][0]["expr"]
    assert gone["targets"][0]["expr"].startswith("last_over_time(")


def test_a_panel_has_a_title_for_people_and_the_id_of_the_alerts_name(rendering: Rendering) -> None:
    row = alert_row("MySQL connectors", [GROUP], titles={"DebeziumGone": "Metrics that vanished"})
    assert [panel["title"] for panel in panels(rendering, row)] == [
        "Lag (warning above 1 minute)",
        "Connected (warning)",
        "Metrics that vanished (warning)",
    ]
    untitled = alert_row("MySQL connectors", [GROUP])
    assert [panel["id"] for panel in panels(rendering, row)] == [
        ids_of(dashboard_of(untitled))[0][name] for name in ("DebeziumLag", "DebeziumDisconnected", "DebeziumGone")
    ]


def test_a_row_may_show_some_of_the_alerts_only(rendering: Rendering) -> None:
    assert len(panels(rendering, alert_row("Some", [GROUP, OTHERS], only=["TaskFailed", "DebeziumLag"]))) == 2
    assert len(panels(rendering, alert_row("Some", [GROUP, OTHERS], without=["TaskFailed"]))) == 5
    with pytest.raises(DeclarationError, match="DebeziumLagg"):
        alert_row("Some", [GROUP], titles={"DebeziumLagg": "Lag"})


def test_a_threshold_is_a_line_in_whose_color_the_series_is_from_there_on_and_a_state_a_band(
    rendering: Rendering,
) -> None:
    lag, connected, gone = panels(rendering)
    assert lag["type"] == "timeseries"
    assert lag["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] == 60
    assert lag["fieldConfig"]["defaults"]["color"] == {"mode": "thresholds"}
    assert lag["fieldConfig"]["defaults"]["custom"]["gradientMode"] == "scheme"
    assert lag["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"] == {"mode": "dashed"}
    assert connected["type"] == gone["type"] == "state-timeline"


def test_a_description_says_what_it_means_and_what_to_do(rendering: Rendering) -> None:
    lag, connected, gone = (panel["description"] for panel in panels(rendering))
    assert lag.startswith("Lag. DebeziumLag: warning when above 1 minute for 5 minutes.\n\n")
    assert lag.endswith("\n\nCheck: {server}, 5 minutes.")
    assert "warning when it is Disconnected for 2 minutes." in connected
    assert "warning when gone for 2 minutes, and until 1 hour later." in gone


def test_what_is_there_is_drawn_while_all_is_well(rendering: Rendering) -> None:
    failed, lost, stalled = panels(rendering, alert_row("Others", [OTHERS]))
    (_, _, gone) = panels(rendering)
    assert " or 0 * group by (job, connector) (kafka_connect_connector_status" in failed["targets"][0]["expr"]
    assert " or 0 * group by (job, instance, server, slot_name) (" in lost["targets"][0]["expr"]
    assert states(lost) | {"-2": ""} == {"0": "Kept", "1": "Lost", "-1": "No alert", "-2": ""}
    assert " or 0 * max by (job, plugin, server, connector) (" in stalled["targets"][0]["expr"]
    assert " - 1 or on () label_replace(vector(-2), " in stalled["targets"][0]["expr"]
    assert states(stalled) | {"-2": ""} == {"0": "Not Running", "1": "Stalled", "-1": "No alert", "-2": ""}
    assert states(gone) | {"-2": ""} == {"-1": "There", "-2": ""}
    (present,) = (m for m in gone["fieldConfig"]["defaults"]["mappings"] if m["type"] == "range")
    assert (present["options"]["from"], present["options"]["result"]["text"]) == (0, "Gone")


def test_counts_are_whole_numbers_on_an_axis_of_whole_numbers(rendering: Rendering) -> None:
    failed, *_ = panels(rendering, alert_row("Others", [OTHERS]))
    assert failed["fieldConfig"]["defaults"]["decimals"] == 0
    assert failed["fieldConfig"]["defaults"]["custom"]["axisSoftMax"] >= 4


def test_a_panel_says_what_it_means_that_nothing_is_there(rendering: Rendering) -> None:
    lag, _, gone = panels(rendering, alert_row("MySQL", [GROUP], no_values={"DebeziumGone": "No connector"}))
    assert lag["fieldConfig"]["defaults"]["noValue"].startswith(
        "Nothing is judged unless events arrive, or the queue is full, and not while a first or blocking snapshot"
    )
    assert states(gone)["-2"] == "No connector"


def test_a_table_of_alerts_says_what_they_mean_and_leads_to_panel_and_runbook(rendering: Rendering) -> None:
    row = alert_row("MySQL connectors", [GROUP])
    shown = table(
        LAG,
        columns={"server": "Alert", "job": "Meaning", "plugin": "Panel", "connector": "Runbook"},
        links={"Alert": [runbook_link("Its runbook", '${__data.fields["Runbook"].text:raw}')]},
        overrides=alert_texts([GROUP], dashboard="alerts", meaning="Meaning", panel="Panel", runbook="Runbook"),
    )
    dashboard = Dashboard(
        uid="alerts", title="Alerts", variables=dashboard_of(row).variables, rows=[type(row)([shown])]
    )
    (panel,) = compile_dashboard(
        dashboard, rendering, PurePosixPath("a.json"), "a.py", runbook_url="https://wiki.example/runbooks/"
    ).data["panels"]
    texts = {
        override["matcher"]["options"]: property_["value"][0]["options"]["DebeziumLag"]["text"]
        for override in panel["fieldConfig"]["overrides"]
        for property_ in override["properties"]
        if property_["id"] == "mappings"
    }
    assert texts == {
        "Meaning": "Lag.",
        "Panel": str(ids_of(dashboard_of(row))[0]["DebeziumLag"]),
        "Runbook": "lag.md#debeziumlag",
    }
    (link,) = next(
        property_["value"]
        for override in panel["fieldConfig"]["overrides"]
        for property_ in override["properties"]
        if property_["id"] == "links"
    )
    assert link["url"] == 'https://wiki.example/runbooks/${__data.fields["Runbook"].text:raw}'
