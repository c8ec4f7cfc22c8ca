"""Objects of grafanalib's become dashlib's values, and cost nothing where there are none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import PurePosixPath
from typing import Any

import attr
import pytest
from grafanalib import cloudwatch, core

from dashlib import Dashboard, Json, Panel, Row, datasource_variable, encode, panel_json
from dashlib.compile.encoding import Context
from dashlib.compile.outputs.dashboard_json import compile_dashboard
from dashlib.compile.rendering import Rendering
from dashlib.compile.validation import load_schema
from dashlib.declare.panel_kinds import panel_kinds
from dashlib.errors import DeclarationError
from dashlib.from_grafanalib import READERS, as_panel, declarations, gone_in, read
from dashlib.from_grafanalib.plain import json_of
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.schemas import findings
from dashlib.sources import Source
from tests.from_grafanalib.test_classes import compiled

PANELS = [each for each in READERS if issubclass(each, core.Panel)]
RENDERING = Rendering(catalog(), load_profile("lab"))
CONTEXT = Context(RENDERING)

# A build of a dashboard and of rules, on a machine without grafanalib.
WITHOUT = """
import sys
sys.modules["grafanalib"] = None
from pathlib import PurePosixPath
from dashlib import Dashboard, Row, alert_row, datasource_variable, encode, stat, table
from dashlib.compile.outputs.dashboard_json import compile_dashboard
from dashlib.compile.rendering import Rendering
from dashlib.debezium.connectors import LAG
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
panels = [stat(LAG), table(LAG, "Table", columns={"server": "Connector"})]
dashboard = Dashboard(uid="a", title="A", variables=[datasource_variable()], rows=[Row("R", panels)])
made = compile_dashboard(dashboard, Rendering(catalog(), load_profile("lab")), PurePosixPath("a.json"), "a.py")
print(len(made.data["panels"]))
try:
    Dashboard(uid="a", title="A", rows=[Row("R", [object()])])
except Exception as error:
    print(error.message)
"""


def test_grafanalib_is_not_needed_where_nothing_of_it_is_declared() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    panels, refusal = done.stdout.splitlines() or ("", done.stderr)
    assert panels == "3", refusal
    assert refusal.endswith(
        "must be a panel, made by stat(…), timeseries(…) or similar, or a grafanalib panel; got an object"
    )


@pytest.mark.parametrize("kind", PANELS, ids=lambda kind: kind.__name__)
def test_a_bare_panel_is_encoded_and_fits_the_schema(kind: type[core.Panel]) -> None:
    panel = kind(title="Bare")
    dashboard = Dashboard(uid="mine", title="Mine", variables=[datasource_variable()], rows=[Row("Row", [panel])])
    document = compile_dashboard(dashboard, RENDERING, PurePosixPath("mine.json"), "mine.py")
    assert list(findings("dashboard", document.data, load_schema)) == []
    known = panel_kinds().get(as_panel(panel).kind)
    assert document.data["panels"][1]["gridPos"]["h"] == (8 if known is None else known.height)


def test_what_all_panels_may_say_is_read() -> None:
    panel = core.Text(
        title="T", description="D", transparent=True, repeat=core.Repeat("v", "server", 3), interval="30s",
        maxDataPoints=500, timeFrom="2h", timeShift="1d", hideTimeOverride=True, cacheTimeout="60",
        gridPos=core.GridPos(h=5, w=7, x=3, y=9), extraJson={"a": 1},
    )  # fmt: skip
    own = read(panel)
    assert isinstance(own, Panel)
    assert own.settings == {
        "transparent": True, "repeat": "server", "repeatDirection": "v", "maxPerRow": 3, "maxDataPoints": 500,
        "interval": "30s", "timeFrom": "2h", "timeShift": "1d", "cacheTimeout": "60", "hideTimeOverride": True,
    }  # fmt: skip
    assert own.position == {"h": 5, "w": 7, "x": 3, "y": 9}
    assert (own.title, own.description, own.extra, own.note) == ("T", "D", {"a": 1}, None)


@attr.s(auto_attribs=True)
class Tuned(core.Stat):
    marks: int = 3


def test_the_nearest_encoder_serves_a_class_of_a_users_own() -> None:
    assert as_panel(Tuned(title="T")).kind == "stat"  # grafanalib does not write `marks` either

    @encode.register(Tuned)
    def _(panel: Tuned, context: Context) -> Json:
        return panel_json(panel, context, "tuned", options={"marks": panel.marks})

    steps: Any = [core.Threshold("green", 0, 0.0), core.Threshold("red", 1, 80.0)]
    panel = Tuned(title="T", thresholds=steps)
    encoded = encode(panel, CONTEXT)
    assert (encoded["type"], encoded["options"]) == ("tuned", {"marks": 3})
    assert [step["value"] for step in encoded["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [None, 80]
    assert encode(core.Stat(title="T"), CONTEXT)["type"] == "stat"


QUERY = core.Target(expr="up", legendFormat="{{job}}", refId="A")
STEPS = [core.Threshold("green", 0, 0.0), core.Threshold("red", 1, 5.0)]
STEPS_AS_JSON = [{"color": "green", "value": None}, {"color": "red", "value": 5}]
ON_IN_GRAFANA_7: Any = {"id": 0, "op": "=", "text": "on", "type": 1, "value": "1"}
LINK = core.DataLink(title="More", linkUrl="https://example.org")
LINK_AS_JSON: Any = {"title": "More", "url": "https://example.org", "targetBlank": False}


def board(*panels: Any, **more: Any) -> dict[str, Any]:
    return compiled(core.Dashboard(title="Board", uid="board", panels=list(panels), **more))[0].data


def of_rows(*rows: Any) -> dict[str, Any]:
    return compiled(core.Dashboard(title="Board", uid="board", rows=list(rows)))[0].data


@pytest.mark.parametrize(
    ("as_object", "as_json"),
    [
        pytest.param(
            board(core.Stat(title="S", targets=[QUERY])),
            board(core.Stat(title="S", targets=[json_of(QUERY)])),
            id="a target",
        ),
        pytest.param(
            board(core.Stat(title="S", targets=[QUERY])),
            board(core.Stat(title="S", targets=[{"expr": "up", "legendFormat": "{{job}}", "datasource": None}])),
            id="a target in short",
        ),
        pytest.param(
            board(core.Stat(title="S", thresholds=STEPS)),
            board(core.Stat(title="S", thresholds=STEPS_AS_JSON)),
            id="thresholds",
        ),
        pytest.param(
            board(core.Stat(title="S", mappings=[core.StatValueMapping("on", "1")])),
            board(core.Stat(title="S", mappings=[ON_IN_GRAFANA_7])),
            id="a mapping of Grafana 7",
        ),
        pytest.param(
            board(core.Graph(title="G", dataLinks=[LINK], links=[LINK])),
            board(core.Graph(title="G", dataLinks=[LINK_AS_JSON], links=[LINK_AS_JSON])),
            id="links of a panel",
        ),
        pytest.param(
            board(links=[core.ExternalLink("https://example.org", "More", keepTime=False)]),
            board(links=[{"title": "More", "url": "https://example.org", "icon": "external link"}]),
            id="a link of a dashboard",
        ),
        pytest.param(
            board(core.RowPanel(title="R", collapsed=True, panels=[core.Text(title="T", content="c")])),
            board({"type": "row", "title": "R", "collapsed": True, "panels": [core.Text(title="T", content="c")]}),
            id="a row in the grid",
        ),
        pytest.param(
            of_rows(core.Row(title="R", panels=[core.Text(title="T", content="c", span=12)])),  # type: ignore[call-arg]
            of_rows({"title": "R", "panels": [core.Text(title="T", content="c", span=12)]}),
            id="a row",
        ),
        pytest.param(
            board(core.Text(title="T", content="c", gridPos=core.GridPos(2, 4, 6, 8))),
            board(
                {
                    "type": "text", "title": "T", "options": {"mode": "markdown", "content": "c"},
                    "gridPos": core.GridPos(2, 4, 6, 8), "datasource": None, "description": None,
                }
            ),
            id="a panel",
        ),
    ],
)  # fmt: skip
def test_json_in_the_place_of_an_object_says_the_same(as_object: dict[str, Any], as_json: dict[str, Any]) -> None:
    assert as_json == as_object


def test_a_panel_in_json_asks_the_default_datasource_as_others_do() -> None:
    (panel,) = board({"type": "stat", "title": "S", "targets": [QUERY]})["panels"]
    assert panel["datasource"] == {"uid": "default"}
    assert panel["targets"][0]["datasource"] == {"uid": "default"}
    assert panel["targets"][0]["legendFormat"] == "{{job}}"


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (core.AlertFileBasedProvisioning(groups=[{"name": "G"}]), "the groups of an AlertFileBasedProvisioning are"),
        (core.Dashboard(title="B", panels=[7]), "found an int where an object of grafanalib's or dashlib's is due"),
        (core.Dashboard(title="B", inputs=[7]), "an input of a dashboard is a DataSourceInput"),
        (core.Dashboard(title="B", panels=[{"gridPos": {"h": 4}}]), "Dashboard 'B' cannot be compiled: KeyError: 'y'"),
    ],
)
def test_what_cannot_be_read_is_a_sentence_with_its_place(declared: Any, said: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        declarations(declared, Source("a.dashboard.py", 3))
    assert said in refused.value.message
    assert refused.value.source == Source("a.dashboard.py", 3)


@attr.s(auto_attribs=True)
class Shortened(core.Target):
    """A query with an attribute of its own, as people derive them."""

    legendFormat: Any = attr.ib(default="{{ le }}")  # noqa: N815  # grafanalib's name


def test_a_derived_query_of_a_heatmap_keeps_its_legend() -> None:
    query = Shortened(expr="sum by (le) (x)", format="heatmap")
    (panel,) = board(core.Heatmap(title="H", dataFormat="tsbuckets", targets=[query]))["panels"]
    assert panel["targets"][0]["legendFormat"] == "{{ le }}"


def test_two_panels_may_have_alerts_of_one_name() -> None:
    condition = core.AlertCondition(QUERY, core.Evaluator("gt", [5]), core.TimeRange("5m", "now"))
    graphs = [
        core.Graph(title=title, targets=[QUERY], alert=core.Alert("High", "", [condition])) for title in ("A", "B")
    ]
    (group,) = compiled(core.Dashboard(title="Board", uid="board", panels=graphs))[1].data["groups"]
    assert [rule["title"] for rule in group["rules"]] == ["High", "High (panel 2)"]


@pytest.mark.parametrize("of_condition", [core.Target(refId="A"), QUERY], ids=["a letter", "a query"])
def test_an_alert_asks_what_its_panel_asks_under_that_letter(of_condition: core.Target) -> None:
    condition = core.AlertCondition(of_condition, core.Evaluator("gt", [5]), core.TimeRange("5m", "now"))
    asked = cloudwatch.CloudwatchMetricsTarget(metricName="Errors", statistics=["Sum"], refId="A")
    graph = core.Graph(title="A", targets=[asked], alert=core.Alert("High", "", [condition]))
    (group,) = compiled(core.Dashboard(title="Board", uid="board", panels=[graph]))[1].data["groups"]
    model = group["rules"][0]["data"][0]["model"]
    assert model.get("expr", "") == of_condition.expr
    assert of_condition.expr or (model["metricName"], model["statistic"], "statistics" in model) == (
        "Errors", "Sum", False,
    )  # fmt: skip


@attr.s
class Named(core.BarGauge):
    """A bar gauge with JSON of its own, where Grafana looked for fields before version 7."""

    def to_json_data(self) -> Any:
        found = super().to_json_data()  # type: ignore[no-untyped-call]
        found["options"]["fieldOptions"]["defaults"] |= {"noValue": "-", "title": "named"}
        return found


def test_fields_that_stood_in_options_stand_where_grafana_looks_for_them() -> None:
    panels = board(
        Named(title="B", format="s"),
        core.Stat(
            title="S", format="s", extraJson={"options": {"fieldOptions": {"calcs": ["max"], "defaults": {"min": 3}}}}
        ),
    )["panels"]
    assert ["fieldOptions" in each["options"] for each in panels] == [False, False]
    own, extra = (each["fieldConfig"]["defaults"] for each in panels)
    assert (own["unit"], own["noValue"], own["displayName"]) == ("s", "-", "named")
    assert (extra["unit"], extra["min"], panels[1]["options"]["reduceOptions"]["calcs"]) == ("s", 3, ["max"])


@pytest.mark.parametrize(
    ("statistics", "taken", "gone"), [(["Maximum"], "Maximum", []), (["Sum", "Maximum"], "Sum", ["statistics"])]
)
def test_what_is_taken_of_several_statistics(statistics: list[str], taken: str, gone: list[str]) -> None:
    query = cloudwatch.CloudwatchMetricsTarget(statistics=statistics)
    dashboard = core.Dashboard(title="B", panels=[core.TimeSeries(title="T", targets=[query])])
    assert compiled(dashboard)[0].data["panels"][0]["targets"][0]["statistic"] == taken
    assert [attribute for owner, attribute in gone_in(dashboard)] == gone
