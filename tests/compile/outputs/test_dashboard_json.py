from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from grafanalib import core
from hypothesis import given
from hypothesis import strategies as st

from dashlib import (
    Dashboard,
    Row,
    Signal,
    annotation,
    custom_variable,
    dashboard_links,
    datasource_variable,
    label_variable,
    matching,
    none_of,
    one_of,
    stat,
    text,
    timeseries,
    unknown_annotation,
    worst_variable,
)
from dashlib.compile.outputs.dashboard_json import OUTPUT, compile_dashboard, serialize
from dashlib.debezium.connectors import CONNECTED, LAG
from dashlib.debezium.events import CONNECTOR_RESTARTED
from dashlib.debezium.thresholds import PRODUCTION
from dashlib.declare.dashboards import panel_id
from dashlib.documents.variable_queries import values
from dashlib.errors import DashlibError

if TYPE_CHECKING:
    from dashlib import Panel
    from dashlib.compile.rendering import Rendering
    from dashlib.documents.document import Document

PATH = PurePosixPath("out/d.json")
DEFAULTS = {"uid": "d", "title": "D", "thresholds": PRODUCTION, "variables": [datasource_variable()]}
CHOOSES = label_variable("connector", "Connector", label="server", metric="Connected")


def make(rendering: Rendering, *rows: Row, **settings: Any) -> Document:
    dashboard = Dashboard(**{**DEFAULTS, "rows": rows, **settings})
    return compile_dashboard(dashboard, rendering, PATH, "dashboards/d.py")


def texts(*titles: str) -> list[Panel]:
    return [text("…", title) for title in titles]


def ids(document: Document) -> dict[str, int]:
    panels = [panel for row in document.data["panels"] for panel in (row, *row.get("panels", ()))]
    return {panel["title"]: panel["id"] for panel in panels}


titles = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="$[\x00"), min_size=1), unique=True, max_size=8
)


@given(titles, st.text("abc", min_size=1))
def test_an_insert_changes_no_other_panels_id(rendering: Rendering, existing: list[str], inserted: str) -> None:
    before = ids(make(rendering, Row("Row", texts(*(f"p {title}" for title in existing)))))
    after = ids(make(rendering, Row("Row", texts(f"new {inserted}", *(f"p {title}" for title in existing)))))
    assert {title: after[title] for title in before} == before
    assert all(0 < number < 2**31 for number in after.values())


def test_an_id_depends_on_dashboard_and_key_only(rendering: Rendering) -> None:
    (number,) = ids(make(rendering, Row([text("a", "Title", key="note")]))).values()
    assert number == panel_id("d", "note")
    assert number != panel_id("e", "note")


def test_promised_ids_are_kept(rendering: Rendering) -> None:
    assert ids(make(rendering, Row("Row", texts("A")), panel_ids={"Row": 20, "A": 1})) == {"Row": 20, "A": 1}


def test_collapsed_rows_hold_their_panels_and_expanded_ones_precede_them(rendering: Rendering) -> None:
    document = make(rendering, Row("Open", texts("A", "B")), Row("Closed", texts("C"), collapsed=True))
    panels = document.data["panels"]
    assert [panel["title"] for panel in panels] == ["Open", "A", "B", "Closed"]
    assert [panel["title"] for panel in panels[3]["panels"]] == ["C"]
    assert panels[0]["panels"] == []
    assert panels[3]["collapsed"] is True


def test_variables_filter_every_query_and_the_variables_after_them(rendering: Rendering) -> None:
    document = make(
        rendering,
        Row([stat(CONNECTED)]),
        where={"plugin": one_of("mysql")},
        variables=[
            datasource_variable(),
            label_variable("job", "Cluster", label="job", metric="Connected"),
            label_variable("connector", "Connector", label="server", metric="Connected"),
        ],
    )
    datasource, job, connector = document.data["templating"]["list"]
    assert datasource["query"] == "prometheus"
    assert job["definition"] == 'label_values(debezium_metrics_Connected{plugin="mysql"}, job)'
    assert connector["definition"] == 'label_values(debezium_metrics_Connected{plugin="mysql",job=~"$job"}, server)'
    assert connector["current"] == {"selected": True, "text": "All", "value": "$__all"}
    assert connector["allValue"] == ".*"
    expression = document.data["panels"][0]["targets"][0]["expr"]
    assert '{context="streaming",plugin="mysql",job=~"$job",server=~"$connector"}' in expression


@pytest.mark.parametrize(
    ("held", "means"),
    [("orders", "orders"), (one_of("a.b"), "a\\.b"), (matching("shop-.+"), "shop-.+"), (none_of("old"), None)],
)
def test_all_values_of_a_label_are_those_that_the_dashboard_is_about(
    held: Any, means: str | None, rendering: Rendering
) -> None:
    document = make(
        rendering, Row([stat(CONNECTED)]), variables=[datasource_variable(), CHOOSES], where={"server": held}
    )
    variable = document.data["templating"]["list"][1]
    assert variable.get("allValue") == means


def test_an_import_by_hand_asks_for_the_datasource(rendering: Rendering) -> None:
    document = make(rendering, Row([stat(CONNECTED)]), variables=[datasource_variable()])
    (asked,) = document.data["__inputs"]
    assert (asked["name"], asked["type"], asked["pluginId"]) == ("DS_PROMETHEUS", "datasource", "prometheus")
    assert {"type": "panel", "id": "stat", "name": "Stat", "version": ""} in document.data["__requires"]


def test_a_dashboard_leads_to_the_others_of_its_tag_for_the_same_time(rendering: Rendering) -> None:
    (link,) = make(rendering, links=[dashboard_links("Others", tag="cdc")]).data["links"]
    assert (link["type"], link["tags"], link["asDropdown"], link["keepTime"]) == ("dashboards", ["cdc"], True, True)
    assert not link.get("includeVars")


def test_unknown_lag_is_an_annotation(rendering: Rendering) -> None:
    document = make(rendering, Row([stat(LAG)]), annotations=[unknown_annotation("Lag unknown", LAG)])
    built_in, unknown = document.data["annotations"]["list"]
    assert built_in["builtIn"] == 1
    assert "== -1)" in unknown["expr"]
    assert unknown["enable"] is True


def test_the_marks_of_a_whole_fleet_do_not_hide_the_graph(rendering: Rendering) -> None:
    """Grafana paints each series of an annotation over the others."""
    marks = [unknown_annotation("Lag unknown", LAG), annotation("Restarts", CONNECTOR_RESTARTED)]
    document = make(rendering, Row([stat(LAG)]), annotations=marks)
    for item in document.data["annotations"]["list"][1:]:
        assert item["expr"].startswith("topk(3, group by ("), item["name"]


def test_each_part_knows_where_it_was_declared(rendering: Rendering) -> None:
    row = Row("Row", [timeseries(LAG)])
    document = make(rendering, row)
    assert document.sources["/panels/0"].source == row.source
    panel = document.sources["/panels/1"]
    assert (panel.source.file, panel.signal) == (__file__, "lag")
    query = document.sources["/panels/1/targets/0/expr"]
    assert query.source.file.endswith("dashlib/debezium/connectors.py")
    step = document.sources["/panels/1/fieldConfig/defaults/thresholds/steps/1"]
    assert step.source.file.endswith("dashlib/debezium/thresholds.py")
    assert (step.signal, step.level) == ("lag", "production")


def test_bytes_are_the_same_every_time_and_read_back_as_they_were(rendering: Rendering) -> None:
    document = make(rendering, Row("Zeile ü", texts("A")), description="naïve, ok")
    content = serialize(document)
    assert content == serialize(make(rendering, Row("Zeile ü", texts("A")), description="naïve, ok"))
    assert content.endswith(b"\n}\n")
    assert b"\n  " in content
    assert "Zeile ü".encode() in content
    assert orjson.loads(content) == document.data
    assert OUTPUT.is_compiled(content)
    assert not OUTPUT.is_compiled(b'{\n  "annotations": {}\n}\n')


UNKNOWN = Signal("unknown", "U", expression="MilliSecondsBehindSorce", unit="s", description="No such metric.")
OWN_VARIABLE = Signal("own", "O", expression='up{job="$cluster"}', unit="none", description="Uses a variable.")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"uid": "a" * 41}, "uid is at most 40 characters in Grafana; '" + "a" * 41 + "' has 41"),
        ({"uid": "a b"}, "uid must be letters, digits, '-' and '_'; got 'a b'"),
        ({"title": " "}, "title must not be empty"),
        ({"refresh": "often"}, "refresh is a number and s, m, h or d"),
        ({"tooltip": "shared"}, "tooltip"),
        ({"rows": [stat(LAG)]}, r"rows\[0\] must be a Row; got a Panel"),
        ({"variables": [datasource_variable(), datasource_variable()]}, "declares variable 'DS_PROMETHEUS' twice"),
        ({"panel_ids": {"Gone": 3}}, "panel_ids names 'Gone', but the dashboard has no such panel or row"),
        ({"rows": [Row([stat(LAG, key="a"), stat(LAG, key="a")])]}, "has two panels 'a'; give one of them a key"),
        ({"rows": [Row(texts("A", "B"))], "panel_ids": {"A": 7, "B": 7}}, "'A' and 'B'.*would have the same id"),
        (
            {"rows": [Row([stat(OWN_VARIABLE)])]},
            r"\$cluster is not a variable of the dashboard; it has \$DS_PROMETHEUS",
        ),
        (
            {"rows": [Row([stat(LAG)])], "variables": []},
            r"DS_PROMETHEUS.*is not a variable.*add datasource_variable\(\)",
        ),
        ({"rows": [Row([stat(UNKNOWN)])]}, 'did you mean "MilliSecondsBehindSource"'),
        ({"rows": [Row([core.Panel(title="W")])]}, "panel 'W' of dashboard 'd': dashlib has no encoder for"),
        (
            {"rows": [Row([core.Text(title="T", gridPos=core.GridPos(h=3, w=30, x=0, y=0))])]},
            "panel 'T' is 30 wide and 3 high; Grafana's grid has 24 columns",
        ),
    ],
)
def test_a_dashboard_that_cannot_be_compiled_says_why(
    rendering: Rendering, settings: dict[str, Any], message: str
) -> None:
    rows = settings.pop("rows", [])
    with pytest.raises((DashlibError, ValueError), match=message):
        make(rendering, *rows, **settings)


TASKS = Signal("tasks", "Tasks", expression="count(Connected)", unit="short", description="D.")


def test_panels_show_the_worst_of_many_and_say_so_and_sums_are_of_all(rendering: Rendering) -> None:
    worst = worst_variable("worst", label="server", also="connector", lowest=[CONNECTED], highest=[LAG], most=5)
    data = make(
        rendering, Row([timeseries(LAG), stat(TASKS, "Tasks")]), variables=[datasource_variable(), CHOOSES, worst]
    ).data
    variable = data["templating"]["list"][-1]
    by = "by (job, plugin, server, connector)"
    connected = f'min {by} (debezium_metrics_Connected{{context="streaming",server=~"$connector"}})'
    assert variable["query"].startswith(f"query_result(bottomk(5, {connected}) or topk(5, max {by} (")
    assert variable["query"].endswith(")")
    assert (variable["hide"], variable["multi"], variable["includeAll"], variable["refresh"]) == (2, True, True, 2)
    assert "allValue" not in variable  # of All Grafana then fills in each value
    texts = [
        '{connector="c1",job="j",server="s1"} 1 1700000000000',
        '{exported_server="x",server="s2"} 0 1700000000000',
    ]
    assert values(texts, variable["regex"]) == ["c1", "s1", "s2"]
    lag, tasks = data["panels"]
    assert 'server=~"$connector",server=~"${worst:pipe}"' in lag["targets"][0]["expr"]
    assert "worst" not in tasks["targets"][0]["expr"]
    assert "only the 5 worst now by each measure are shown: choose one above to see it." in lag["description"]
    assert "worst" not in tasks["description"]


def test_what_lacks_the_label_is_listed_by_the_other_one(rendering: Rendering) -> None:
    failed = 'label_replace(connector_status{connector=~"$__listed"}, "server", "$1", "connector", "(.+)")'
    signal = Signal("failed", "Failed", expression=failed, unit="none", description="D.")
    worst = worst_variable("worst", label="server", highest=[LAG])
    rows = Row([timeseries(signal, "Failed")])
    for variables, filters in (([worst], '{connector=~"${worst:pipe}"}'), ([], "")):
        data = make(rendering, rows, variables=[datasource_variable(), *variables]).data
        assert f"kafka_connect_connector_status{filters}," in data["panels"][0]["targets"][0]["expr"]
        assert "choose one above" not in data["panels"][0]["description"]  # by no variable of this dashboard


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({}, "needs a signal that says what is worst"), ({"highest": [LAG], "most": 0}, "a number of series, 1 or more")],
)
def test_a_variable_of_the_worst_that_makes_no_sense_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(DashlibError, match=message):
        worst_variable("worst", label="server", **arguments)


def test_a_variable_of_ones_own_may_be_used(rendering: Rendering) -> None:
    make(
        rendering,
        Row([stat(OWN_VARIABLE)]),
        variables=[datasource_variable(), custom_variable("cluster", "Cluster", values=["blue", "green"])],
    )


def test_a_datasource_variable_may_have_another_name(rendering: Rendering) -> None:
    document = make(rendering, Row([stat(CONNECTED)]), variables=[datasource_variable("DS_MIMIR", "Mimir")])
    assert document.data["panels"][0]["datasource"] == {"type": "prometheus", "uid": "${DS_MIMIR}"}


def test_a_row_holds_panels_only() -> None:
    with pytest.raises(DashlibError, match=r"Row panels\[0\] must be a panel, made by .*; got a list"):
        Row("R", [[stat(LAG)]])  # type: ignore[list-item]
    with pytest.raises(DashlibError, match="a collapsed row needs a title"):
        Row([], collapsed=True)
