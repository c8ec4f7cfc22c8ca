"""What this project's own dashboards and rules promise their readers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashlib import promql
from dashlib.compile.coverage import covers
from dashlib.compile.declared_connectors import DeclaredConnector
from dashlib.compile.outputs.dashboard_json import OUTPUT
from dashlib.compile.project import serialize
from dashlib.declare.alerts import alerts_of
from dashlib.declare.panels import note_of
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.promql import tree as promql_tree
from tests.compiled import DOCUMENTS, PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.documents.document import Document

ROOT = Path(__file__).parents[2]
DASHBOARDS = [document for document in DOCUMENTS if document.kind == "dashboard"]
RULE_FILES = [document for document in DOCUMENTS if document.kind == "rules"]
LAB = load_profile("lab")
EXPORTED = {
    LAB.metric_name(metric): metric for metric in catalog() if metric.gone_since is None and LAB.exports(metric)
}
LESSONS = ("debezium-connect", "debezium-production", "debezium-mysql")


def panels_of(document: Document) -> list[dict[str, Any]]:
    rows = document.data["panels"]
    return [panel for row in rows for panel in (row, *row.get("panels", ())) if panel["type"] != "row"]


def test_what_the_lessons_name_is_there() -> None:
    assert {str(document.path) for document in DOCUMENTS} >= {
        "labs/monitoring/grafana/dashboards/debezium-connect.json",
        "labs/monitoring/grafana/dashboards/debezium-production.json",
        "labs/monitoring/grafana/dashboards/debezium-mysql.json",
        "labs/monitoring/grafana/dashboards/debezium-alerts.json",
        "labs/monitoring/prometheus/alerts/debezium-mysql.yml",
        "labs/monitoring/prometheus/alerts/debezium-production.yml",
        "labs/monitoring/prometheus/alerts/aurora-cdc.yml",
    }
    assert {document.data["uid"]: document.data["title"] for document in DASHBOARDS} == {
        "debezium-connect": "Debezium Connect Monitoring",
        "debezium-production": "Debezium Production Monitoring",
        "debezium-mysql": "Debezium MySQL Connector",
        "debezium-alerts": "Debezium Alerts",
        "debezium-fleet": "Debezium Fleet",
        "debezium-postgres": "Debezium PostgreSQL Connector",
        "debezium-snapshots": "Debezium Snapshots",
        "debezium-failover": "Debezium Failover",
    }
    assert {
        document.data["uid"]: len(panels_of(document)) for document in DASHBOARDS if document.data["uid"] in LESSONS
    } == {
        "debezium-connect": 15,
        "debezium-production": 10,
        "debezium-mysql": 13,
    }
    assert all(OUTPUT.is_compiled(serialize(document)) for document in DASHBOARDS)


def is_added_where_all_is_chosen(selector: promql.Selector) -> bool:
    """Tell whether a selector of Kafka Connect's adds what Debezium's metrics know nothing of (`$__chosen`)."""
    chosen = promql.Matcher("server", "=~", "$connector")
    return EXPORTED[selector.metric].family == "kafka_connect" and chosen in selector.matchers


def test_a_panel_asks_the_datasource_that_is_chosen_and_names_its_lines() -> None:
    """No check of lint asks for it: another datasource, and a line without a name, are sound elsewhere."""
    for document in DASHBOARDS:
        for panel in panels_of(document):
            assert panel["datasource"] == {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}, panel["title"]
            assert panel["type"] != "gauge", panel["title"]
            for target in panel["targets"]:
                assert target.get("format") == "table" or target["legendFormat"], panel["title"]


def test_what_stands_in_two_contexts_is_asked_for_in_one() -> None:
    """No check of lint asks for it: a sum over snapshot and streaming may be meant."""
    queries = [target["expr"] for each in DASHBOARDS for panel in panels_of(each) for target in panel["targets"]]
    rules = [rule["expr"] for each in RULE_FILES for group in each.data["groups"] for rule in group["rules"]]
    for selector in (one for text in {*queries, *rules} for one in promql.read(text).selectors):
        metric = EXPORTED.get(selector.metric)
        if metric is not None and metric.family == "debezium":
            assert len({one.value for one in selector.matchers if one.label == "context"}) == 1, selector.metric


def test_what_an_alert_says_names_where_it_is() -> None:
    """No check of lint asks for it: an alert may be about all that there is."""
    for document in RULE_FILES:
        for rule in (rule for group in document.data["groups"] for rule in group["rules"] if "alert" in rule):
            assert "{{ $labels." in rule["annotations"]["description"], rule["alert"]


OF_THE_LESSONS = [
    pytest.param(panel, id=f"{document.data['uid']}-{panel['title']}")
    for document in DASHBOARDS
    if document.data["uid"] in LESSONS
    for panel in panels_of(document)
]


@pytest.mark.parametrize("panel", OF_THE_LESSONS)
def test_a_panel_about_now_is_one_number_or_a_table_of_twenty_rows_the_worst_first(panel: dict[str, Any]) -> None:
    assert panel["type"] in ("timeseries", "state-timeline", "stat", "table")
    if panel["type"] not in ("stat", "table"):
        return
    assert all(target["instant"] and not target.get("range") for target in panel["targets"])
    if panel["type"] == "stat":
        (target,) = panel["targets"]
        assert not promql_groupings(target["expr"]), "one number"
        return
    assert panel["fieldConfig"]["overrides"][0]["matcher"]["options"] == "State"
    *_, limit = panel["transformations"]
    if limit["id"] == "limit":
        *_, by_state, _ = panel["transformations"]
        assert limit["options"]["limitField"] == 20
        assert by_state == {"id": "sortBy", "options": {"sort": [{"field": "State"}]}}
    else:
        (target,) = panel["targets"]
        assert target["expr"].startswith("bottomk(20, ")
        assert panel["options"]["sortBy"][0] == {"displayName": "State"}


def promql_groupings(expression: str) -> bool:
    """Tell whether an expression's outermost aggregation keeps labels."""
    return " by " in expression.partition("(")[0]


@pytest.mark.parametrize("panel", OF_THE_LESSONS)
def test_what_is_not_known_now_is_a_grey_dash(panel: dict[str, Any]) -> None:
    for override in panel["fieldConfig"]["overrides"]:
        settings = {each["id"]: each["value"] for each in override["properties"]}
        if "mappings" in settings:
            last = settings["mappings"][-1]
            assert last["type"] == "special"
            assert last["options"]["match"] == "null+nan"
            assert {"text": "–", "color": "#8e8e8e"}.items() <= last["options"]["result"].items()
        else:
            assert settings["noValue"] == "–"


@pytest.mark.parametrize("panel", OF_THE_LESSONS)
def test_a_panel_that_may_be_red_says_what_to_do_then(panel: dict[str, Any]) -> None:
    config = panel["fieldConfig"]
    settings = [config["defaults"]] + [
        {each["id"]: each["value"] for each in override["properties"]}
        for override in config["overrides"]
        if override["matcher"]["options"] != "State" or len(panel["targets"]) == 1
    ]
    colors = {step["color"] for each in settings for step in each.get("thresholds", {}).get("steps", ())}
    bad = {
        result["text"]
        for each in settings
        for mapping in each.get("mappings", ())
        for result in ([mapping["options"]["result"]] if mapping["type"] == "special" else mapping["options"].values())
        if result["color"] == "red"
    }
    if "red" in colors or bad:
        assert any(f"{said}: " in panel["description"] for said in {"Red", *bad})


def test_every_panel_says_more_than_its_signal_what_to_do() -> None:
    by_title = {
        panel["title"]: panel["description"]
        for document in DASHBOARDS
        if document.data["uid"] in LESSONS
        for panel in panels_of(document)
    }
    signals = {
        signal.description
        for dashboard, _ in PROJECT.dashboards
        if dashboard.uid in LESSONS
        for row in dashboard.rows
        for each in row.panels
        for signal in getattr(note_of(each), "signals", ())
    }
    # the state's own description says what to do
    untold = {title for title, text in by_title.items() if text in signals}
    assert untold <= {"Connector Status", "Connected Status"}


def test_minus_one_is_never_drawn_as_a_lag() -> None:
    lessons = [document for document in DASHBOARDS if document.data["uid"] in LESSONS]
    queries = [
        (panel, target["expr"]) for document in lessons for panel in panels_of(document) for target in panel["targets"]
    ]
    drawn = 0
    for panel, expression in queries:
        values = measured(promql.read(expression).tree)
        for vector in values:
            if (
                (metric := EXPORTED.get(vector.metric))
                and metric.unknown
                and vector.selector.range is None
                and panel["type"] != "state-timeline"
            ):
                assert expression[vector.selector.end_of_modifiers :].startswith(" != -1"), panel["title"]
                drawn += 1
    assert drawn >= 7


def measured(node: promql_tree.Node) -> Iterator[promql_tree.Vector]:
    """Yield the selectors whose values become an expression's: none of a condition, or of what is only counted."""
    match node:
        case promql_tree.Vector():
            yield node
        case promql_tree.Binary(operator="and" | "unless"):
            yield from measured(node.left)
        case promql_tree.Binary(operator=operator) if operator in promql_tree.COMPARISONS:
            if isinstance(node.right, promql_tree.Number) or operator == "!=":
                yield from measured(node.left)
        case promql_tree.Binary():
            yield from measured(node.left)
            yield from measured(node.right)
        case promql_tree.Aggregation(operator="group" | "count" | "count_values"):
            return
        case promql_tree.Aggregation() | promql_tree.Subquery() | promql_tree.Negation():
            yield from measured(node.operand)
        case promql_tree.Call():
            for argument in node.arguments:
                yield from measured(argument)


def test_a_mysql_panel_shows_mysql_and_mariadb_connectors_only() -> None:
    (mysql,) = (document for document in DASHBOARDS if document.data["uid"] == "debezium-mysql")
    for panel in panels_of(mysql):
        for target in panel["targets"]:
            for selector in promql.read(target["expr"]).selectors:
                if EXPORTED[selector.metric].family == "debezium" or is_added_where_all_is_chosen(selector):
                    assert promql.Matcher("plugin", "=~", "mysql|mariadb") in selector.matchers


@pytest.mark.parametrize(
    ("plugin", "name"),
    [("mysql", "shop"), ("mariadb", "shop"), ("postgres", "shop"), ("postgres", "aurora-shop"), ("oracle", "erp")],
)
def test_no_connector_is_covered_by_two_groups_for_the_same_signal(plugin: str, name: str) -> None:
    covering: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for group, _ in PROJECT.rule_groups:
        if covers(group, DeclaredConnector(name, plugin)):
            for alert in alerts_of(group):
                # What is told of a signal in one state (ten minutes after a reconnect) is not told in another.
                states = tuple(guarded.guard.name for guarded in alert.signal.guards if guarded.keyword == "and")
                key = (alert.signal.name, f"{alert.condition.kind} {alert.severity}", states)
                covering.setdefault(key, []).append(group.name)
    assert {key: groups for key, groups in covering.items() if len(set(groups)) > 1} == {}


def test_every_level_that_a_rule_fires_at_is_a_step_of_the_panel_that_it_leads_to() -> None:
    by_uid = {dashboard.uid: dashboard for dashboard, _ in PROJECT.dashboards}
    shown = 0
    for group, _ in PROJECT.rule_groups:
        for alert in alerts_of(group):
            level = alert.level(group.thresholds)
            dashboard = by_uid[alert.dashboard or group.dashboard]
            for row in dashboard.rows:
                for panel in row.panels:
                    note = note_of(panel)
                    if note is None or level is None or alert.signal.base is not note.signals[0]:
                        continue
                    thresholds = note.thresholds or dashboard.thresholds
                    if note.thresholds is not None and note.key != alert.name:
                        continue  # another alert's own panel
                    shown += 1
                    steps = thresholds.steps(alert.signal.base)
                    if level.direction == "equals":
                        assert {step.color for step in steps if step.value in (None, level.value)} & {
                            state.color for state in alert.signal.states if state.value == level.value
                        }
                    elif level.direction == "above":
                        assert (level.color, level.value) in {(step.color, step.value) for step in steps}
                    else:
                        assert steps[0].color == level.color
    assert shown >= 40


def test_every_declaration_is_known_by_file_and_line() -> None:
    for document in DOCUMENTS:
        for pointer, origin in document.sources.items():
            assert Path(origin.source.file).is_file(), pointer
            assert origin.source.line > 1, pointer
