"""Files of grafanalib's compile as they are: which objects they declare, where they lie, and what is said of them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.compile.validation import validate
from dashlib.errors import DeclarationError
from tests.forking import run_dashlib
from tests.promtool import needed_promtool

if TYPE_CHECKING:
    from dashlib.documents.document import Document

EXAMPLE = Path(__file__).parents[2] / "examples" / "grafanalib"
HEADER = "from grafanalib.core import *\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.dashlib]\ndeclarations = ["dashboards"]\ndashboards = "out"\ngrafana_provisioning = "rules"\n'
    )
    return tmp_path.resolve()


def write(folder: Path, content: str, name: str = "a.dashboard.py") -> Path:
    file = folder / "dashboards" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(HEADER + content)
    return file


def compiled(folder: Path) -> list[Document]:
    documents = compile_project(load_project(folder))
    for document in documents:
        validate(document)
    return documents


def only(folder: Path) -> dict[str, Any]:
    (document,) = compiled(folder)
    return document.data


def positions(data: dict[str, Any]) -> list[tuple[str, tuple[int, ...]]]:
    return [(each["title"], tuple(each["gridPos"][name] for name in "xywh")) for each in data["panels"]]


def test_a_file_has_what_lies_beside_it_for_itself(folder: Path) -> None:
    # As `generate-dashboard` runs each file by itself: what one does to shared panels, another does not see.
    write(folder, "PANELS = [Stat(title='Up', targets=[Target(expr='up')])]", "shared.py")
    for name, change in (("a", "PANELS[0].title = 'Changed'\n"), ("b", "")):
        take = f"from shared import PANELS\n{change}dashboard = Dashboard(title='{name}', panels=PANELS)"
        write(folder, take, f"{name}.dashboard.py")
    found = {each.data["title"]: each.data["panels"][0]["title"] for each in compiled(folder)}
    assert found == {"a": "Changed", "b": "Up"}


NOT_INSTALLED = "ModuleNotFoundError: No module named 'not_installed'"
UPLOAD = (
    "import requests\nfrom grafanalib._gen import loader\nDashboard(title='Mine')\nrequests.post('http://127.0.0.1:1')"
)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("upload.py", UPLOAD, "not run, as it uploads dashboards; a file of grafanalib's is called NAME.dashboard.py"),
        (
            "tool.py", "import not_installed",
            f"passed over, as it cannot be imported, and seems to declare nothing: {NOT_INSTALLED}",
        ),
    ],
)  # fmt: skip
def test_programs_beside_files_of_grafanalibs_stop_no_build(folder: Path, name: str, content: str, said: str) -> None:
    write(folder, "dashboard = Dashboard(title='D')")
    write(folder, content, name)
    project = load_project(folder)
    assert [(each.said, each.source.file, each.is_lost) for each in project.passed_over] == [
        (said, str(folder / "dashboards" / name), False)
    ]
    assert [each.data["title"] for each in compiled(folder)] == ["D"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("other.py", "dashboard = Dashboard(title='O')\nimport not_installed"),
        ("own.py", "import not_installed  # dashlib"),
        ("b.dashboard.py", "import not_installed"),
    ],
)
def test_what_may_declare_something_must_be_importable(folder: Path, name: str, content: str) -> None:
    write(folder, "dashboard = Dashboard(title='D')")
    write(folder, content, name)
    with pytest.raises(DeclarationError, match="No module named 'not_installed'"):
        load_project(folder)


@pytest.mark.parametrize("form", ["heatmap", "table", "time_series"])
def test_a_legend_is_kept_in_every_format(folder: Path, form: str) -> None:
    target = f"Target(expr='x', legendFormat='{{{{le}}}}', format='{form}')"
    write(folder, f"dashboard = Dashboard(title='D', panels=[Heatmap(title='H', targets=[{target}])])")
    assert only(folder)["panels"][0]["targets"][0]["legendFormat"] == "{{le}}"


def test_what_has_no_place_beside_something_else_is_named(folder: Path) -> None:
    stat = (
        "SingleStat(title='S', targets=[Target(expr='up')], format={}, prefix='p', postfix='s', gauge=Gauge(show={}))"
    )
    said = {"a": ("'none'", False), "b": ("'s'", True)}
    for name, values in said.items():
        write(folder, f"dashboard = Dashboard(title='{name}', panels=[{stat.format(*values)}])", f"{name}.dashboard.py")
    a, b = compiled(folder)
    assert a.gone == (("SingleStat", "postfix"),)
    assert sorted(b.gone) == [("SingleStat", "postfix"), ("SingleStat", "prefix")]


# --- which objects --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "declared", "uids"),
    [
        ("a.dashboard.py", "base = Dashboard(title='A')\ndashboard = base.auto_panel_ids()", ["a"]),
        ("a.dashboard.py", "one = Dashboard(title='One')\ntwo = Dashboard(title='Two')", ["one", "two"]),
        ("a.py", "many = [Dashboard(title=f'Number {n}') for n in range(2)]", ["number-0", "number-1"]),
        ("below/a.dashboard.py", "dashboard = Dashboard(title='A', uid='mine')", ["mine"]),
        ("below/a.py", "dashboard = Dashboard(title='A', uid='mine')", []),
    ],
)
def test_what_generate_dashboard_reads_is_compiled(folder: Path, name: str, declared: str, uids: list[str]) -> None:
    write(folder, "from dashlib import Dashboard as Own\nown = Own(uid='own', title='Own', rows=[])", "own.py")
    write(folder, declared, name)
    assert [document.data["uid"] for document in compiled(folder)] == ["own", *uids]


def test_dashboards_share_functions_with_a_sibling_that_declares_nothing(folder: Path) -> None:
    write(folder, "def graph(title):\n    return Graph(title=title)\n", "common.py")
    write(folder, "import common\ndashboard = Dashboard(title='A', panels=[common.graph('G')])")
    project = load_project(folder)
    assert not project.passed_over
    assert [panel["title"] for panel in compile_project(project)[0].data["panels"]] == ["G"]


@pytest.mark.parametrize(
    ("declared", "line", "said"),
    [
        ("dashboard = Dashboard(title='')", 2, "a dashboard needs a title"),
        ("dashboard = Dashboard(title='…')", 2, "has no uid, and its title has no letter"),
        ("dashboard = Dashboard(title='A', uid='a b')", 2, "uid must be at most 40"),
        (
            "dashboard = Dashboard(title='A', panels=[\n    Stat(title='S'),\n    Panel(title='P')])",
            4,
            "no encoder for",
        ),
        ("one = Dashboard(title='A')\ntwo = Dashboard(title='A')", 3, "uid 'a' is also used at"),
        ("alertgroup = AlertGroup('A')", 2, "alert group 'A' has no rules"),
        ("alertgroup = AlertGroup('A', rules=[1])", 2, "holds 1; its rules are AlertRulev8 and AlertRulev9"),
        ("rule = AlertRulev9(title='x', triggers=[])", 2, "stands in no AlertGroup"),
    ],
)
def test_what_cannot_be_compiled_is_said_with_its_line(folder: Path, declared: str, line: int, said: str) -> None:
    file = write(folder, declared)
    with pytest.raises(DeclarationError, match=said) as raised:
        compile_project(load_project(folder))
    assert str(raised.value).startswith(f"{file}:{line}: ")


# --- which datasource -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("panel", "query", "asked"),
    [
        ("None", "None", {"uid": "default"}),
        ("'default'", "None", {"uid": "default"}),
        ("'Prom One'", "None", {"uid": "Prom One"}),  # as Grafana 12.3 migrates it
        ("'Prom One'", "'Prom Two'", {"uid": "Prom Two"}),
        ("'-- Mixed --'", "'Prom Two'", {"uid": "Prom Two"}),
        ("'-- Mixed --'", "None", {"uid": "default"}),
    ],
)
def test_a_query_without_a_datasource_asks_its_panels_or_grafanas_default_one(
    folder: Path, panel: str, query: str, asked: dict[str, str]
) -> None:
    target = f"Target(expr='up', refId='A', datasource={query})"
    shown = f"TimeSeries(title='T', dataSource={panel}, gridPos=GridPos(8, 9, 0, 0), targets=[{target}])"
    write(folder, f"dashboard = Dashboard(title='A', panels=[{shown}])")
    assert only(folder)["panels"][0]["targets"][0]["datasource"] == asked


# --- where panels lie -----------------------------------------------------------------------------------------------


def test_panels_lie_where_they_say_and_others_below(folder: Path) -> None:
    write(
        folder,
        "dashboard = Dashboard(title='A', panels=[\n"
        "    Stat(title='placed', gridPos=GridPos(h=3, w=5, x=2, y=1)),\n"
        "    Graph(title='beside', span=6), Graph(title='wide', span=8), Graph(title='high', height='380px'),\n"
        "    RowPanel(title='open', panels=[Text(title='inside', gridPos=GridPos(2, 24, 0, 30))]),\n"
        "    RowPanel(title='closed', collapsed=True, panels=[Text(title='hidden')]),\n"
        "])",
    )
    data = only(folder)
    assert positions(data) == [
        ("placed", (2, 1, 5, 3)),
        ("beside", (0, 4, 12, 8)),
        ("wide", (0, 12, 16, 8)),
        ("high", (0, 20, 12, 10)),
        ("open", (0, 30, 24, 1)),
        ("inside", (0, 30, 24, 2)),
        ("closed", (0, 32, 24, 1)),
    ]
    assert [panel["title"] for panel in data["panels"][-1]["panels"]] == ["hidden"]


def test_rows_of_spans_lie_in_the_grid(folder: Path) -> None:
    write(
        folder,
        "dashboard = Dashboard(title='A', rows=[\n"
        "    Row(title='First', panels=[Text(title='a'), Text(title='b'), Text(title='c')]),\n"
        "    Row(panels=[Text(title='d', span=8), Text(title='e', span=8)], height=Pixels(114)),\n"
        "    Row(title='Shut', collapse=True, repeat='job', panels=[Text(title='f')]),\n"
        "])",
    )
    data = only(folder)
    assert positions(data) == [
        ("First", (0, 0, 24, 1)),
        ("a", (0, 1, 8, 7)), ("b", (8, 1, 8, 7)), ("c", (16, 1, 8, 7)),
        ("New row", (0, 8, 24, 1)),
        ("d", (0, 9, 16, 3)), ("e", (0, 12, 16, 3)),
        ("Shut", (0, 15, 24, 1)),
    ]  # fmt: skip
    assert data["panels"][-1]["repeat"] == "job"
    assert len({each["id"] for each in [*data["panels"], *data["panels"][-1]["panels"]]}) == 9


def test_ids_are_kept_and_no_two_panels_have_one(folder: Path) -> None:
    write(folder, "dashboard = Dashboard(title='A', panels=[Text(), Text(id=7), Text(id=1), Text(id=7)])")
    assert [panel["id"] for panel in only(folder)["panels"]] == [2, 7, 1, 3]


# --- the whole dashboard --------------------------------------------------------------------------------------------


def test_an_input_is_a_variable_too(folder: Path) -> None:
    write(
        folder,
        "dashboard = Dashboard(title='A', inputs=[\n"
        "    DataSourceInput('DS', 'Source', 'loki', 'Loki'), ConstantInput('ENV', 'Environment', 'live')],\n"
        "    panels=[Logs(title='L', dataSource='${DS}', targets=[Target(expr='{app=\"a\"}')])])",
    )
    data = only(folder)
    assert [(each["type"], each["name"], each["query"]) for each in data["templating"]["list"]] == [
        ("datasource", "DS", "loki"), ("constant", "ENV", "live"),
    ]  # fmt: skip
    assert [each["pluginName"] for each in data["__inputs"]] == ["Loki"]
    assert data["panels"][0]["datasource"] == {"type": "loki", "uid": "${DS}"}


def test_a_constant_is_filled_in_where_grafana_replaces_no_variable(folder: Path) -> None:
    write(
        folder,
        "dashboard = Dashboard(title='A', inputs=[ConstantInput('most', 'Most', '8')], panels=[\n"
        "    Stat(title='S', extraJson={'fieldConfig': {'defaults': {'min': '0', 'max': '${most}'}}})])",
    )
    defaults = only(folder)["panels"][0]["fieldConfig"]["defaults"]
    assert (defaults["min"], defaults["max"]) == (0, 8)


def test_annotations_stand_beside_grafanas_own(folder: Path) -> None:
    write(
        folder,
        "dashboard = Dashboard(title='A', annotations=Annotations([\n"
        "    {'builtIn': 1, 'name': 'Annotations & Alerts'},\n"
        "    {'name': 'Deploys', 'datasource': 'events', 'query': 'SELECT 1', 'enable': True, 'iconColor': 'blue'},\n"
        "    {'name': 'Tagged', 'datasource': '-- Grafana --', 'type': 'tags', 'tags': ['a'], 'limit': 9},\n"
        "    {'name': 'Up', 'datasource': {'type': 'prometheus', 'uid': 'p'}, 'expr': 'up'}]))",
    )
    own, deploys, tagged, up = only(folder)["annotations"]["list"]
    assert own["builtIn"] == 1
    assert (up["titleFormat"], up["enable"]) == ("Up", True)
    assert (deploys["datasource"], deploys["query"]) == ({"uid": "events"}, "SELECT 1")
    assert tagged["target"] == {"type": "tags", "tags": ["a"], "limit": 9}


def test_an_alert_on_a_graph_is_a_rule_that_links_to_its_panel(folder: Path) -> None:
    write(
        folder,
        "target = Target(expr='up', refId='A')\n"
        "dashboard = Dashboard(title='A', uid='a', panels=[Graph(title='G', id=4, targets=[target], alert=Alert(\n"
        "    name='Down', message='It is down', frequency='5m', gracePeriod='10m', noDataState=STATE_OK,\n"
        "    executionErrorState=STATE_KEEP_LAST_STATE, alertRuleTags={'team': 'data'}, alertConditions=[\n"
        "        AlertCondition(target, LowerThan(1), TimeRange('15m', 'now'), OP_AND, RTYPE_AVG)]))])",
    )
    dashboard, rules = compiled(folder)
    (group,) = rules.data["groups"]
    assert (group["name"], group["folder"], group["interval"]) == ("A", "General Alerting", "5m")
    (rule,) = group["rules"]
    assert {name: rule[name] for name in ("title", "for", "noDataState", "execErrState", "panelId", "labels")} == {
        "title": "Down", "for": "10m", "noDataState": "OK", "execErrState": "KeepLast", "panelId": 4,
        "labels": {"team": "data"},
    }  # fmt: skip
    query, condition = rule["data"]
    assert (query["model"]["expr"], query["relativeTimeRange"]) == ("up", {"from": 900, "to": 0})
    assert query["datasourceUid"] == "prometheus"
    (found,) = condition["model"]["conditions"]
    assert (found["evaluator"], found["query"], found["reducer"]["type"]) == (
        {"type": "lt", "params": [1]}, {"params": ["A"]}, "avg",
    )  # fmt: skip
    assert rules.sources["/groups/0/rules/0"].source.line == 3
    assert dashboard.sources["/panels/0"].source.line == 3


def test_an_alert_may_be_json_that_names_a_query_of_its_panel(folder: Path) -> None:
    alert = (
        "{'name': 'Low', 'frequency': '1m', 'for': '5m', 'conditions': [{'type': 'query', 'evaluator': "
        "{'type': 'lt', 'params': [4]}, 'query': {'params': [REF, '5m', 'now']}, 'operator': {'type': 'and'}}]}"
    )
    graph = "dashboard = Dashboard(title='A', panels=[Graph(title='G', targets=[Target(expr='up', refId='A')], alert="
    write(folder, f"{graph}{alert.replace('REF', repr('A'))})])")
    _, rules = compiled(folder)
    (rule,) = rules.data["groups"][0]["rules"]
    assert (rule["title"], rule["data"][0]["model"]["expr"]) == ("Low", "up")
    for wrong, said in (
        (alert.replace("REF", repr("B")), "asks query 'B', which the panel does not have"),
        ("[1]", "an alert without a name"),
    ):
        write(folder, f"{graph}{wrong})])")
        with pytest.raises(DeclarationError, match=said):
            load_project(folder)


def test_a_panel_is_told_by_its_line_however_often_it_is_copied(folder: Path) -> None:
    write(
        folder,
        "panels = [\n    Stat(title='S'),\n    Graph(title='G'),\n]\n"
        "dashboard = Dashboard(title='A', panels=panels).auto_panel_ids()",
    )
    (document,) = compiled(folder)
    assert [document.sources[f"/panels/{index}"].source.line for index in range(2)] == [3, 4]
    assert document.sources[""].source.line == 6


def test_a_panel_in_a_row_of_dashlibs_is_told_by_its_line_too(folder: Path) -> None:
    write(
        folder,
        "from dashlib import Dashboard as Own, Row as OwnRow, datasource_variable\n"
        "own = Own(uid='own', title='Own', variables=[datasource_variable()], rows=[OwnRow([\n"
        "    Stat(title='S', targets=[Target(expr='up', step=3)]),\n])])",
        "own.py",
    )
    (document,) = compiled(folder)
    assert document.sources["/panels/0/targets/0/expr"].source.line == 4
    assert document.gone == (("Target", "step"),)


def test_what_is_gone_is_noted_once_for_a_class(folder: Path) -> None:
    write(
        folder,
        "dashboard = Dashboard(title='A', style='light', panels=[\n"
        "    Graph(title=t, renderer='x', legend=Legend(hideZero=True)) for t in 'ab'])",
    )
    (document,) = compiled(folder)
    assert sorted(document.gone) == [("Dashboard", "style"), ("Graph", "renderer"), ("Legend", "hideZero")]


# --- the example ----------------------------------------------------------------------------------------------------


def test_the_example_builds_lints_and_tests_clean(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    project = shutil.copytree(EXAMPLE, tmp_path / "project", ignore=shutil.ignore_patterns("build"))
    environment = {**os.environ, "PROMTOOL": needed_promtool(request)}
    built = run_dashlib(["build"], project, environment)
    assert (built.returncode, built.stdout.count("created")) == (0, 3), built.stderr
    assert "Graph: nullPointMode\n" in built.stderr
    said = run_dashlib(["build", "--format", "json"], project, environment).stdout
    assert json.loads(said)["gone"] == {"Graph": ["nullPointMode"], "Tooltip": ["valueType"]}
    for command in (["build", "--check"], ["lint"], ["test"]):
        done = run_dashlib(command, project, environment)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in built.stderr
