"""Slips of a declaration file that no signature tells: each is one sentence, at the line of whoever made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from pathlib import Path

HEADER = """\
from datetime import timedelta
from dashlib import *
from dashlib.debezium.connectors import LAG, QUEUE_USED
UP = promql("up", unit="short")
def board(*panels, **more):
    named = {"uid": "x", "title": "X", "variables": [datasource_variable()], "rows": [Row("R", list(panels))], **more}
    return Dashboard(**named)
"""
FIRST = HEADER.count("\n") + 1
INSIDE = HEADER.count("\n")  # the line of the `Dashboard(…)` above

SLIPS = {
    "half of a character": (
        'a = board(timeseries(UP, "T\\ud83d\\ude00"))',
        r"a string has '\ud83d', half of a character",
    ),
    "a blank title": ('a = board(timeseries(UP, "  "))', "a panel of 'up' needs a title"),
    "a range the wrong way round": (
        'a = board(gauge(UP, "T", minimum=5, maximum=1))',
        "a panel's minimum must be below its maximum; got 5 and 1",
    ),
    "a minimum above the signal's maximum": (
        "a = board(gauge(QUEUE_USED, minimum=200))",
        "a panel's minimum must be below its maximum; got 200 and 100",
    ),
    "an override that sets nothing": (
        'a = board(timeseries(UP, "T", overrides=[override(name="a")]))',
        "override() sets nothing: name a setting",
    ),
    "a color of an override in short": (
        'a = board(timeseries(UP, "T", overrides=[override(name="a", color="red")]))',
        "the field setting 'color' must be a dict, such as {'mode': 'fixed', 'fixedColor': 'red'} or",
    ),
    "thresholds of an override in short": (
        'a = board(timeseries(UP, "T", overrides=[override(name="a", thresholds=[("red", 5)])]))',
        "the field setting 'thresholds' must be a dict, {'mode': 'absolute', 'steps': [",
    ),
    "a field that is a number in a string": (
        'a = board(timeseries(UP, "T", fields={"decimals": "2"}))',
        "the field setting 'decimals' must be a number; got '2'",
    ),
    "a custom setting of an override that is none of Grafana's words": (
        'a = board(timeseries(UP, "T", overrides=[override(name="a", custom__axisPlacement="rigth")]))',
        "an override's custom 'axisPlacement' is 'rigth', which Grafana does not know; did you mean 'right'?",
    ),
    "a datasource that is a variable's name": (
        'a = board(logs(loki("{}", datasource="DS_PROMETHEUS"), "T"))',
        "datasource 'DS_PROMETHEUS' is a variable of the dashboard; write '$DS_PROMETHEUS'",
    ),
    "a word inside an option that Grafana does not know": (
        'a = board(timeseries(UP, "T", options={"tooltip": {"mode": "al"}}))',
        "options of a Time series panel: 'tooltip' 'mode' is 'al', which Grafana does not know; it takes: single, ",
    ),
    "a name inside an option that its schema forbids": (
        'a = board(panel("timeseries", UP, "T", options={"legend": {"placment": "bottom"}}))',
        "options of a Time series panel: 'legend' has no 'placment'; did you mean 'placement'?",
    ),
    "a text for an option with parts": (
        'a = board(panel("timeseries", UP, "T", options={"legend": "bottom"}))',
        "options of a Time series panel: 'legend' must be a dict; got 'bottom'",
    ),
    "a panel of its own data": (
        'a = board(timeseries(of_panel("T"), "T"))',
        "panel 'T' of dashboard 'x' shows its own data",
    ),
    "a datasource plugin with a letter too many": (
        'a = datasource_variable("L", "Logs", plugin="lokki")',
        "Grafana has no datasource plugin 'lokki'; did you mean 'loki'?",
    ),
    "an override by regex": (
        'a = board(timeseries(UP, "T", overrides=[override(regex="a", unit="s")]))',
        "override() has no argument 'regex'; did you mean 'pattern'?",
    ),
    "an override by type": (
        'a = board(timeseries(UP, "T", overrides=[override(type="time", unit="s")]))',
        "override() has no argument 'type'; did you mean 'field_type'?",
    ),
    "two queries of one name": (
        'a = board(timeseries([promql("up", ref_id="A"), promql("up", ref_id="A")], "T"))',
        "a panel has two queries with the ref_id 'A'",
    ),
    "an expression over itself": (
        'a = board(timeseries([promql("up"), math("$B * 2", ref_id="B")], "T"))',
        "the expression 'B' computes with itself",
    ),
    "a negative duration": (
        'a = Level(LAG, "warning", above=1, for_=timedelta(minutes=-5))',
        "a duration must be whole milliseconds and not negative; got datetime.timedelta(",
    ),
    "a duration of microseconds": (
        'a = Level(LAG, "warning", above=1, for_=timedelta(microseconds=5))',
        "a duration must be whole milliseconds and not negative; got datetime.timedelta(microseconds=5)",
    ),
    "a regular expression for a value": (
        'a = Row("R", [])\nb = board(where={"server": "orders.*"})',
        "server must be 'orders.*' to the letter; for a regular expression write matching('orders.*')",
    ),
    "a signal that is compared": ("a = LAG > 5", "Signal 'lag' is not a number: compare it with a level, LAG.above("),
    "a signal that is computed with": ("a = 100 * LAG", "Signal 'lag' is not a number"),
    "a signal that is changed": (
        'LAG.title = "Mine"',
        "what is declared cannot be changed; attrs.evolve(…) makes a copy (FrozenInstanceError",
    ),
    "a generator that raises": (
        'def rows():\n    yield Row("R", [])\n    raise ValueError("mid")\na = board(rows=rows())',
        "Dashboard rows must be a list, each a Row; got a generator, which raised ValueError: mid",
    ),
    "options within themselves": (
        'o = {}\no["a"] = o\na = board(panel("v-x", UP, "T", options=o))',
        "must be JSON of at most 100 levels; got a dict; is it part of itself?",
    ),
    "an option that is no number": (
        'a = board(panel("v-x", UP, "T", options={"a": [{"b": float("nan")}]}))',
        "panel() options['a'][0]['b'] must be a number that JSON knows; got nan",
    ),
    "an option that is a set": (
        'a = board(panel("v-x", UP, "T", options={"a": {1}}))',
        "panel() options['a'] must be JSON: a string, a number, a list, a dict, True, False or None; got a set",
    ),
    "a setting of an override that is no number": (
        'a = board(timeseries(UP, "T", overrides=[override(name="a", max=float("inf"))]))',
        "override() max must be a number that JSON knows; got inf",
    ),
    "an option of a transformation that is no number": (
        'a = transformation("limit", limitField=float("nan"))',
        "transformation() limitField must be a number that JSON knows; got nan",
    ),
    "a function of a variable's query with a letter too few": (
        'a = query_variable("job", "Job", "label_value(up, job)")',
        "variable 'job' asks by label_value(), which Prometheus does not know; did you mean 'label_values'?",
    ),
    "an option that a transformation lacks": (
        'a = transformation("joinByField", byFeild="server")',
        "the transformation 'joinByField' has no option 'byFeild'; did you mean 'byField'?",
    ),
    "an option of a transformation that takes none": (
        'a = transformation("merge", byField="server")',
        "the transformation 'merge' has no option 'byField'; it has: none",
    ),
    "a word that a transformation does not know": (
        'a = transformation("joinByField", byField="server", mode="outr")',
        "the transformation 'joinByField': 'mode' is 'outr', which Grafana does not know; did you mean 'outer'?",
    ),
    "a name inside an option of a transformation": (
        'a = transformation("sortBy", sort=[{"feild": "Value", "desc": True}])',
        "the transformation 'sortBy': 'sort' has no 'feild'; did you mean 'field'?",
    ),
    "one thing where a transformation takes a list": (
        'a = transformation("sortBy", sort={"field": "Value"})',
        "the transformation 'sortBy': 'sort' must be a list; got a dict",
    ),
    "a transformation with a letter too few": (
        'a = transformation("organise", renameByName={"a": "b"})',
        "Grafana has no transformation 'organise'; did you mean 'organize'?",
    ),
    "a filter of a transformation that names no matcher": (
        'a = transformation("merge", filter={"refId": "A"})',
        "a transformation's 'filter' has no 'refId'; it takes: id, options, scope",
    ),
    "a room of dashlib's": (
        "from dashlib.panels import timeseries",
        "No module named 'dashlib.panels'; names of dashlib are imported from dashlib itself: from dashlib import",
    ),
    "a module with a letter too few": (
        "from dashlib.debezium.conectors import LAG",
        "No module named 'dashlib.debezium.conectors'; did you mean 'connectors'?",
    ),
    "labels in brackets": (
        'a = promql("sum by [job] (up)")',
        "by takes its labels in parentheses: by (job, instance)",
    ),
    "labels without parentheses": (
        'a = promql("sum(up) by job")',
        "by takes its labels in parentheses: by (job, instance)",
    ),
    "a rate without a range": (
        'a = promql("rate(x_total)")',
        "rate() takes a range, such as x[5m]; it got an instant vector",
    ),
    "braces doubled as in an f-string": ('a = promql("up{{job=1}}")', "inside braces (only an f-string doubles them)"),
    "a legend as in an alert's text": (
        'a = promql("up", legend="{{ $labels.job }}")',
        "in which labels stand in double braces: '{{server}}'; got '{{ $labels.job }}'",
    ),
    "grafanalib's width": (
        'a = board(timeseries(UP, "T", span=6))',
        "timeseries() has no argument 'span'; dashlib calls it 'width'",
    ),
    "grafanalib's queries": (
        'a = board(timeseries(targets=[UP], title="T"))',
        "timeseries() has no argument 'targets'; dashlib calls it 'signals'",
    ),
    "a setting of Grafana's for an argument": (
        'a = board(timeseries(UP, "T", lineWidth=3))',
        "timeseries() has no argument 'lineWidth'; a setting of Grafana's is written custom={'lineWidth': …}",
    ),
    "an option of Grafana's for an argument": (
        'a = board(stat(UP, "T", justifyMode="center"))',
        "stat() has no argument 'justifyMode'; a setting of Grafana's is written options={'justifyMode': …}",
    ),
    "a row of grafanalib's": (
        "from grafanalib.core import Row as Old\na = board(rows=[Old(panels=[])])",
        "Dashboard rows[0] must be a Row; got grafanalib's Row",
    ),
    "a query of grafanalib's": (
        'from grafanalib.core import Target\na = board(timeseries(Target(expr="up"), "T"))',
        "or a list of them; got grafanalib's Target",
    ),
    "a text for a template of grafanalib's": (
        "from grafanalib import core\na = core.Dashboard(title='T', templating=core.Templating(['job']))",
        "found a str where an object of grafanalib's or dashlib's is due",
    ),
    "a panel of dashlib's in grafanalib's dashboard": (
        "from grafanalib import core\na = core.Dashboard(title='T', panels=[timeseries(UP, 'T')])",
        "found a Panel of dashlib's, which stands in a Dashboard of dashlib's; grafanalib's takes grafanalib's panels",
    ),
    "a number for a uid of grafanalib's": (
        "from grafanalib import core\na = core.Dashboard(title='T', uid=5)",
        "a dashboard's uid must be at most 40 letters, digits, '-' and '_'; got 5",
    ),
    "a method of grafanalib's that is not called": (
        "from grafanalib import core\na = core.Dashboard(title='T').auto_panel_ids",
        "a is the method auto_panel_ids of a Dashboard, which is not called; write auto_panel_ids()",
    ),
    "an alert of a query": (
        "a = UP.is_absent(within='1d')",
        "Query has no 'is_absent'; what alerts compare is declared as a Signal",
    ),
    "a query for a condition": (
        'a = Alert("Gone", promql("up == 0"), severity="warning", summary="S.", description="D.")',
        "Alert condition must be a condition, such as LAG.above('warning'); got promql('up == 0')",
    ),
    "a query that is not called": ('a = board(timeseries(promql, "T"))', "got promql, which is not called"),
    "a dict of texts for mappings": (
        'a = board(stat(UP, "T", mappings={0: "Down"}))',
        "must be a list, each a mapping, made by value_mapping(…), range_mapping(…) or similar; got a dict",
    ),
    "a color that is none": (
        'a = board(timeseries(UP, "T", fields={"color": {"mode": "fixed", "fixedColor": "#gg0000"}}))',
        "the field setting 'color' 'fixedColor' must be a Grafana color such as 'green'",
    ),
    "a color mode with a letter too few": (
        'a = board(timeseries(UP, "T", fields={"color": {"mode": "fixd"}}))',
        "the field setting 'color' 'mode' must be a Grafana color scheme such as 'palette-classic'; got 'fixd'; did",
    ),
    "a key of a color": (
        'a = board(timeseries(UP, "T", overrides=[override(name="a", color={"fixed": "red"})]))',
        "the field setting 'color' has no 'fixed'; did you mean 'fixedColor'?",
    ),
    "a mail address of a receiver": (
        'a = Receiver("x", email="ops@example.org")',
        "Receiver has no argument 'email'; dashlib calls it 'integrations'",
    ),
    "dashboards in a deque": (
        'import collections\na = collections.deque([board(timeseries(UP, "T"))])',
        "a is a deque that holds Dashboard, and dashlib does not look into deques; make it a list",
    ),
    "dashboards in a namespace": (
        'import types\na = types.SimpleNamespace(b=board(timeseries(UP, "T")))',
        "a is an object that holds Dashboard, and dashlib does not look into objects; make it a list",
    ),
    "dashboards in an object": (
        'class Held:\n    def __init__(self, b): self.b = b\na = Held(board(timeseries(UP, "T")))',
        "a is an object that holds Dashboard, and dashlib does not look into objects; make it a list",
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "dashboards").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.dashlib]\ndeclarations = ["dashboards"]\n')
    return tmp_path.resolve()


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_one_sentence_with_its_line(folder: Path, slip: str) -> None:
    declared, said = SLIPS[slip]
    file = folder / "dashboards" / "mine.py"
    file.write_text(HEADER + declared)
    with pytest.raises(DeclarationError) as refused:
        compile_project(load_project(folder))
    assert said in refused.value.message
    source = refused.value.source
    assert source is not None
    assert source.file == str(file)
    assert source.line == INSIDE or source.line >= FIRST


@pytest.mark.parametrize(
    "declared",
    [
        'import collections\na = collections.namedtuple("Found", "one")(board(timeseries(UP, "T")))',
        'class Mine(list):\n    def __iter__(self): raise RuntimeError\na = Mine([board(timeseries(UP, "T"))])',
    ],
    ids=["a named tuple", "a list of a class of its own"],
)
def test_what_is_derived_from_a_list_is_one(folder: Path, declared: str) -> None:
    (folder / "dashboards" / "mine.py").write_text(HEADER + declared)
    assert [document.data["uid"] for document in compile_project(load_project(folder))] == ["x"]


def test_a_transformation_is_written_with_its_filter(folder: Path) -> None:
    (folder / "dashboards" / "mine.py").write_text(
        HEADER
        + 'own = transformation("vendorThing", anything=1)\n'
        + 'only = transformation("organize", renameByName={"a": "b"}, filter={"id": "byRefId", "options": "A"})\n'
        + 'off = transformation("merge", disabled=True, topic="annotations")\n'
        + 'a = board(timeseries(UP, "T", transformations=[own, only, off, transformation("merge", disabled=False)]))'
    )
    (document,) = compile_project(load_project(folder))
    assert document.data["panels"][-1]["transformations"] == [
        {"id": "vendorThing", "options": {"anything": 1}},
        {"id": "organize", "options": {"renameByName": {"a": "b"}}, "filter": {"id": "byRefId", "options": "A"}},
        {"id": "merge", "options": {}, "disabled": True, "topic": "annotations"},
        {"id": "merge", "options": {}},
    ]


def test_links_of_an_override_are_written_as_links_of_a_field(folder: Path) -> None:
    (folder / "dashboards" / "mine.py").write_text(
        HEADER
        + 'l = [data_link("a", "https://example.org")]\n'
        + 'a = board(timeseries(UP, "T", overrides=[override(name="a", links=l)], fields={"links": l}))'
    )
    (document,) = compile_project(load_project(folder))
    fields = document.data["panels"][-1]["fieldConfig"]
    assert fields["overrides"][0]["properties"] == [{"id": "links", "value": fields["defaults"]["links"]}]


def test_half_a_character_may_stand_in_a_comment(folder: Path) -> None:
    (folder / "dashboards" / "mine.py").write_text(
        HEADER + '# "\\ud83d"\nPATTERN = r"\\ud83d"\na = board(timeseries(UP, "T"))'
    )
    assert compile_project(load_project(folder))


def test_a_value_with_a_pattern_s_characters_can_be_meant(folder: Path) -> None:
    (folder / "dashboards" / "mine.py").write_text(
        HEADER + 'a = board(timeseries(LAG), where={"server": one_of("orders.*")})'
    )
    (document,) = compile_project(load_project(folder))
    assert 'server="orders.*"' in document.data["panels"][-1]["targets"][0]["expr"]
