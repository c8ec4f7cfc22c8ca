"""Every kind of panel and every query together: one dashboard, as dashlib's own schema and lint see it."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import dashlib
from dashlib import (
    Dashboard,
    DashlibError,
    Panel,
    Query,
    Row,
    annotation,
    azure_logs,
    azure_metrics,
    canvas,
    dashboard_list,
    datasource_variable,
    elasticsearch,
    graphite,
    loki,
    math,
    of_panel,
    override,
    panel,
    pie_chart,
    query,
    range_mapping,
    sql,
    stat,
    table,
    timeseries,
)
from dashlib.compile.outputs.dashboard_json import compile_dashboard
from dashlib.compile.validation import validate
from dashlib.debezium.connectors import LAG
from dashlib.debezium.thresholds import MYSQL
from dashlib.declare.datasource_queries import DATASOURCES, query_of_variable
from dashlib.declare.panel_kinds import panel_kinds
from dashlib.declare.panels import MoreOptions
from dashlib.grafana.normal_form import normal_form
from tests import gallery
from tests.linting import linted, run

if TYPE_CHECKING:
    from collections.abc import Iterator

UP = Query("up", name="Up")


@pytest.fixture(scope="module")
def document() -> Any:
    return gallery.gallery()


@pytest.fixture(scope="module")
def panels(document: Any) -> dict[str, dict[str, Any]]:
    return {each["title"]: each for each in document.data["panels"]}


def compiled(*shown: Panel, variables: Any = ()) -> dict[str, Any]:
    whole = attrs.evolve(
        gallery.dashboard(),
        rows=[Row(list(shown))],
        variables=[datasource_variable(), *variables],
        uid="one",
        annotations=(),
    )
    found: dict[str, Any] = compile_dashboard(whole, *gallery.AROUND).data["panels"][0]
    return found


def test_it_has_every_kind_and_is_valid(document: Any, panels: dict[str, Any]) -> None:
    assert {each["type"] for each in panels.values()} == {*panel_kinds(), "row", "vendor-plugin"}
    validate(document)


def test_it_sets_every_argument_of_every_builder() -> None:
    called = {builder: arguments for builder, (_, arguments) in gallery.KINDS.items()} | gallery.PAGES
    for builder, arguments in called.items():
        own = set(inspect.signature(builder).parameters) - {"signals", "title", "options"}
        assert own == set(arguments), builder.__name__
    assert set(gallery.EVERYTHING) == set(MoreOptions.__annotations__)


def test_it_asks_every_datasource(panels: dict[str, Any]) -> None:
    asked = {target["datasource"].get("type") for each in panels.values() for target in each.get("targets", ())}
    assert asked >= {*DATASOURCES, "prometheus", "vendor-datasource"}


def test_what_any_panel_may_set_is_set(panels: dict[str, Any]) -> None:
    found = panels["Everything"]
    assert {
        "transparent": True, "repeat": "DS_LOKI", "repeatDirection": "v", "maxPerRow": 4, "interval": "30s",
        "maxDataPoints": 300, "timeFrom": "24h", "timeShift": "1d", "hideTimeOverride": True, "cacheTimeout": "60",
    }.items() <= found.items()  # fmt: skip
    defaults = found["fieldConfig"]["defaults"]
    assert defaults["color"] == {"mode": "continuous-GrYlRd"}
    assert defaults["displayName"] == "Name"
    assert defaults["custom"]["hideFrom"]["legend"] is True
    assert defaults["links"][0]["url"] == "/d/more"
    assert found["links"][0]["title"] == "Wiki"


def test_queries_of_one_datasource_are_the_panels_and_of_several_mixed(panels: dict[str, Any]) -> None:
    assert panels["loki"]["datasource"] == {"type": "loki", "uid": "${DS_LOKI}"}
    assert panels["Mixed"]["datasource"] == {"type": "datasource", "uid": "-- Mixed --"}
    assert [target["refId"] for target in panels["Mixed"]["targets"]] == ["A", "old"]
    assert panels["The same"]["targets"][0]["panelId"] == panels["Mixed"]["id"]
    assert panels["Expressions"]["targets"][2]["datasource"] == {"type": "__expr__", "uid": "__expr__"}


def test_both_spellings_of_a_variable_are_one_datasource() -> None:
    lines = [loki("rate({}[5m])"), loki("rate({}[1m])", datasource="$DS_LOKI")]
    found = compiled(timeseries(lines, "Lines"), variables=[datasource_variable("DS_LOKI", plugin="loki")])
    assert found["datasource"] == {"type": "loki", "uid": "${DS_LOKI}"}


def test_a_save_in_grafana_is_no_difference(document: Any) -> None:
    saved = json.loads(json.dumps(document.data))
    for each in saved["panels"]:
        kind = panel_kinds().get(each["type"])
        if kind is not None:
            each["options"] = {**kind.options.defaults, **each.get("options", {})}
    assert normal_form(saved, {}) == normal_form(json.loads(json.dumps(document.data)), {})


def test_an_edited_query_of_a_variable_is_a_difference(document: Any) -> None:
    edited = json.loads(json.dumps(document.data))
    team = next(each for each in edited["templating"]["list"] if each["name"] == "team")
    team["query"] = {"refId": "A", "query": "x", "rawSql": "SELECT 1"}
    other = json.loads(json.dumps(edited))
    next(each for each in other["templating"]["list"] if each["name"] == "team")["query"]["rawSql"] = "SELECT 2"
    assert normal_form(edited, {}) != normal_form(other, {})


def test_lint_leaves_other_languages_alone(document: Any) -> None:
    found = run(linted(json.loads(json.dumps(document.data))))
    assert {each.check for each in found} <= {"panel-text", "hard-coded-datasource"}


def test_buckets_are_asked_for_as_a_heatmap_and_values_are_not(panels: dict[str, Any]) -> None:
    assert panels["Plain heatmap"]["targets"][0]["format"] == "heatmap"
    calculated = compiled(dashlib.heatmap(UP, calculate=True))
    assert "format" not in calculated["targets"][0]
    assert calculated["options"]["calculate"] is True


def test_options_are_put_into_those_of_the_builder() -> None:
    found = compiled(timeseries(UP, options={"legend": {"width": 200}}, custom={"spanNulls": True}))
    assert found["options"]["legend"] == {
        "calcs": ["max"], "displayMode": "table", "placement": "right", "showLegend": True, "sortBy": "Max",
        "sortDesc": True, "width": 200,
    }  # fmt: skip
    assert found["fieldConfig"]["defaults"]["custom"]["spanNulls"] is True


def test_a_table_of_sql_shows_all_its_columns(panels: dict[str, Any]) -> None:
    assert "transformations" not in panels["Rows of SQL"]


def test_variables_of_every_type_are_grafanas(document: Any) -> None:
    found = {each["name"]: each for each in document.data["templating"]["list"]}
    assert found["job"]["multi"]
    assert found["job"]["includeAll"]
    assert (found["instance"]["regex"], found["instance"]["hide"]) == ("(.*):.*", 2)
    assert found["team"]["query"] == "SELECT name FROM teams"
    assert found["team"]["datasource"] == {"type": "mysql", "uid": "${DS_MYSQL}"}
    assert (found["region"]["type"], found["region"]["query"], found["region"]["hide"]) == (
        "constant",
        "eu-central-1",
        2,
    )
    assert found["like"]["current"]["value"] == ".*"
    assert (found["window"]["query"], found["window"]["auto"]) == ("1m,1h", True)
    assert found["filters"]["datasource"] == {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}


def test_a_row_is_repeated_and_the_dashboard_has_its_own_time(document: Any, panels: dict[str, Any]) -> None:
    assert panels["Of $job"]["repeat"] == "job"
    mapping = panels["Of each"]["fieldConfig"]["defaults"]["mappings"][0]
    assert mapping["options"] == {"pattern": "^(\\d+)$", "result": {"text": "$1 up", "color": "green"}}
    data = document.data
    assert (data["timezone"], data["weekStart"], data["editable"]) == ("utc", "monday", False)


def test_an_annotation_may_ask_any_datasource(document: Any) -> None:
    _, of_loki, of_prometheus, of_sql = document.data["annotations"]["list"]
    assert of_loki["datasource"]["type"] == "loki"
    # Grafana's Loki reads the annotation itself, and no target.
    assert (of_loki["expr"], of_loki["textFormat"], "target" in of_loki) == ('{app="deploy"}', "{{version}}", False)
    assert of_prometheus["expr"] == "changes(process_start_time_seconds[1m]) > bool 0"
    assert (of_sql["datasource"]["type"], of_sql["target"]["rawSql"]) == (
        "mysql",
        "SELECT at AS time, text FROM releases",
    )
    assert "textFormat" not in of_sql
    assert "titleFormat" not in of_sql


def test_a_mark_of_elasticsearch_has_its_query_in_the_target_and_its_fields_beside_it() -> None:
    # As Grafana's editor of such annotations writes it, and its datasource reads it.
    asked = elasticsearch("tags:deploy", time_field="at", datasource="logs")
    whole = attrs.evolve(gallery.dashboard(), annotations=(annotation("Deploys", asked, text="message"),))
    document = compile_dashboard(whole, *gallery.AROUND)
    validate(document)
    _, mark = document.data["annotations"]["list"]
    assert mark["target"] == {"refId": "Anno", "query": "tags:deploy"}
    assert (mark["timeField"], mark["textField"]) == ("at", "message")
    assert not {"titleFormat", "textFormat", "expr"} & set(mark)


def test_findings_name_the_line_of_an_annotation_and_of_a_variable(document: Any) -> None:
    lines = [document.sources[f"/annotations/list/{index}"].source.line for index in (1, 2, 3)]
    assert lines == sorted(set(lines))
    asked = [index for index, each in enumerate(document.data["templating"]["list"]) if each["type"] == "query"]
    lines = [document.sources[f"/templating/list/{index}"].source.line for index in asked]
    assert lines == sorted(set(lines))


def test_a_variable_of_loki_or_elasticsearch_lists_values_in_its_own_words() -> None:
    asked = {
        'label_values({a="b"}, app)': loki('label_values({a="b"}, app)'),
        '{"find": "terms", "field": "host"}': elasticsearch('{"find": "terms", "field": "host"}'),
        "servers.*": graphite("servers.*"),
    }
    assert [query_of_variable(each) for each in asked.values()] == [*asked]
    for wrong, said in ((loki('{a="b"}'), "label_values"), (elasticsearch("level:error"), "find")):
        with pytest.raises(DashlibError, match=said):
            query_of_variable(wrong)


@pytest.mark.parametrize("kind", sorted({*panel_kinds()} - {"row"}))
def test_any_kind_may_be_named_by_its_plugin(kind: str) -> None:
    found = compiled(panel(kind, LAG, "Lag", field_config={"min": 0}, thresholds=MYSQL))
    assert (found["type"], found["targets"][0]["refId"]) == (kind, "A")
    assert found["fieldConfig"]["defaults"]["min"] == 0


def test_a_range_may_have_no_limit_and_no_whole_numbers() -> None:
    found = compiled(
        stat(UP, mappings=[range_mapping(None, 0.5, "low", "red"), range_mapping(0.5, None, "high", "blue")])
    )
    ranges = [each["options"] for each in found["fieldConfig"]["defaults"]["mappings"]]
    assert [(each["from"], each["to"]) for each in ranges] == [(None, 0.5), (0.5, None)]


def wrong() -> Iterator[tuple[str, Any, str]]:
    """Yield a slip, and what is said of it."""
    yield "option", lambda: compiled(pie_chart(UP, options={"pieTyp": 1})), "no option 'pieTyp'; did you mean 'pieType'"
    yield "custom", lambda: compiled(timeseries(UP, custom={"linWidth": 1})), "did you mean 'lineWidth'"
    yield "plugin", lambda: compiled(panel("piechart", UP, options={"sortt": 1})), "did you mean 'sort'"
    yield "no field", lambda: query("loki", query="x"), "a query of Loki needs 'expr'; got 'query'"
    yield "empty", lambda: loki(""), "a query of Loki needs 'expr'"
    yield "prometheus", lambda: query("prometheus", expr="up"), r"made by promql\('…'\)"
    yield (
        "no variable",
        lambda: compiled(timeseries(loki("{}"), "L")),
        r"datasource_variable\('DS_LOKI', plugin='loki'\)",
    )
    yield "refId", lambda: timeseries([UP, sql("x", database="mysql", ref_id="A")], "T"), "two queries .* 'A'"
    yield "expression", lambda: timeseries([UP, math("$B * 2", ref_id="C")], "T"), "computes with 'B', .* it has: A, C"
    yield "panel", lambda: compiled(timeseries(of_panel("Lagg"), "Lag of others")), "shows panel 'Lagg'"
    yield "repeat", lambda: compiled(timeseries(UP, repeat="jobb")), "'Up' .* repeated by 'jobb', which is not a var"
    yield (
        "row",
        lambda: compile_dashboard(
            Dashboard(
                uid="d", title="D", rows=[Row("R", [timeseries(UP)], repeat="x")], variables=[datasource_variable()]
            ),
            *gallery.AROUND,
        ),
        "row 'R' .* repeated by 'x', .* it has: DS_PROMETHEUS",
    )
    yield "element", lambda: canvas(UP, elements=[{"name": "x"}]), r"elements\[0\] of a canvas needs a name and a type"
    yield "least step", lambda: timeseries(UP, min_interval="soon"), "min_interval must be a duration"
    yield "most", lambda: dashboard_list("Others", most=0), "1 or more; got 0"
    yield "value", lambda: compiled(pie_chart(UP, options={"pieType": "dount"})), "'dount', .* did you mean 'donut'"
    yield "type", lambda: compiled(timeseries(UP, custom={"spanNulls": "yes"})), "'spanNulls' must be True or False or"
    yield "inside", lambda: compiled(timeseries(UP, custom={"hideFrom": {"viz": "no"}})), "'viz' must be True or False"
    yield "field", lambda: timeseries(UP, fields={"unti": "s"}), "no field setting 'unti'; did you mean 'unit'"
    yield "unit of a field", lambda: timeseries(UP, fields={"unit": "secs"}), "no unit 'secs'; did you mean 's'"
    yield "unit of an override", lambda: override(name="a", unit="seconds"), "no unit 'seconds'; did you mean 's'"
    yield (
        "setting of an override",
        lambda: compiled(timeseries(UP, overrides=[override(name="a", custom__drawStlye="bars")])),
        "no custom field setting 'drawStlye'; did you mean 'drawStyle'",
    )
    yield (
        "query of an override",
        lambda: compiled(timeseries(UP, overrides=[override(query="B", unit="s")])),
        "for the query 'B', which the panel does not ask; it has: A",
    )
    yield "kind", lambda: panel("timeserie", UP), "no panel plugin 'timeserie'; did you mean 'timeseries'"
    yield (
        "field of a plugin",
        lambda: panel("timeseries", UP, field_config={"custom": {"drawStyle": "barz"}}),
        "did you mean 'bars'",
    )
    yield "range", lambda: range_mapping(None, None, "x", "red"), "needs a start or an end"
    yield "resources", lambda: azure_metrics("n", "m", resources=[]), "at least one resource"
    yield "ids", lambda: azure_logs("Heartbeat", resources=[]), "at least one resource"
    yield (
        "text of a mark",
        lambda: annotation("R", sql("SELECT 1", database="mysql"), text="{{v}}"),
        "text is not for MySQL, whose marks have the column 'text' of the answer",
    )
    yield (
        "text of a mark of Elasticsearch",
        lambda: annotation("R", elasticsearch("a:b"), text="{{v}}"),
        "text is, of Elasticsearch, the name of the field with a mark's text, such as 'message'",
    )
    yield "columns", lambda: table(UP, "T"), "has no columns"
    yield "type", lambda: compiled(timeseries(loki("{}", datasource="$DS_PROMETHEUS"), "L")), "is of type 'prometheus'"


SLIPS = list(wrong())


@pytest.mark.parametrize(("slip", "said"), [each[1:] for each in SLIPS], ids=[each[0] for each in SLIPS])
def test_a_slip_is_told(slip: Any, said: str) -> None:
    with pytest.raises(DashlibError, match=said):
        slip()


def test_a_dashboard_of_loki_alone_asks_loki_where_nothing_else_is_said() -> None:
    whole = Dashboard(
        uid="logs",
        title="Logs",
        rows=[Row([timeseries(loki("rate({a='b'}[5m])"), "L")])],
        variables=[datasource_variable("DS_LOKI", plugin="loki")],
    )
    found = compile_dashboard(whole, *gallery.AROUND).data
    assert found["panels"][0]["datasource"] == {"type": "loki", "uid": "${DS_LOKI}"}
    assert found["__inputs"][0]["pluginId"] == "loki"
