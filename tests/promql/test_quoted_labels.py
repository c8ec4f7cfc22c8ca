"""Labels that need quotes, which Prometheus 3 keeps: `{"my.label"="x"}`, `by ("my.label")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashlib import promql
from dashlib.documents.variable_queries import query_of
from dashlib.promql.tree import Aggregation, Binary
from dashlib.promql.types import types
from dashlib.servers.prometheus import in_path

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Shell


@pytest.mark.parametrize(
    "written",
    [
        'up{"my.label"="x"}',
        '{"my.label"="x"}',
        '{__name__="my.metric","my.label"!~"x|y"}',
        'sum by ("my.label", job) (up)',
        "sum without (`my.label`) (up)",
        "up * on ('my.label') group_left (job) up",
        'up * on (job) group_left ("my.label") up',
    ],
)
def test_a_label_in_quotes_is_read_by_its_name(written: str) -> None:
    read = promql.read(written)
    assert read.quoted_labels == ("my.label",)
    assert read.tree is not None


def test_a_list_of_labels_may_hold_a_comma_in_quotes() -> None:
    tree = promql.read('sum by ("a, b", c) (up)').tree
    assert isinstance(tree, Aggregation)
    assert tree.labels == ("a, b", "c")


def test_labels_in_quotes_are_kept_and_joined_as_others() -> None:
    root = promql.read('sum by ("a.b") (x) * on ("a.b") group_left ("c.d") y').tree
    assert isinstance(root, Binary)
    assert (root.labels, root.included) == (("a.b",), ("c.d",))
    assert types(root)[id(root)].labels.possible == frozenset({"a.b", "c.d"})


def test_matchers_are_written_as_they_are_read() -> None:
    written = '{"a.b"="x",job=~"y"}'
    (selector,) = promql.read(f"up{written}").selectors
    assert [one.label for one in selector.matchers] == ["a.b", "job"]
    assert promql.format_matchers(selector.matchers) == written


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('{"up"}', 'write {__name__="up"}, which every Prometheus accepts'),
        ('{"my.metric",job="a"}', 'write {__name__="my.metric"}, which every Prometheus accepts'),
        ('up{"job"="a"}', "write job, which every Prometheus accepts"),
        ('sum by ("job") (up)', "write job, which every Prometheus accepts"),
        ('up{""="a"}', "a label's name is empty"),
        ("sum by (my.label) (up)", 'a name with such characters is quoted: {__name__="my.metric"}, {"my.label"="x"}'),
    ],
)
def test_quotes_stand_where_they_must_and_nowhere_else(written: str, said: str) -> None:
    with pytest.raises(promql.PromQLError) as refused:
        promql.read(written).check()
    assert said in refused.value.reason


CONFIGURATION = """\
[tool.dashlib]
declarations = ["declared"]
target_labels = ["k8s.cluster"]

[tool.dashlib.catalog.requests_total]
type = "counter"
unit = "count"
labels = ["http.route", "code", "k8s.pod"]
"""
BOARD = """\
from dashlib import *
REQUESTS = Signal(
    "requests",
    title="Requests",
    expression='sum by ("http.route", code) (rate(requests_total{"k8s.cluster"="a"}[$__rate_interval]))',
    description="How many there are.",
)
board = Dashboard(
    uid="x", title="X", where={"http.route": ["/a", "/b"]},
    variables=[datasource_variable(), label_variable("host", "Host", label="k8s.pod", metric="requests_total")],
    rows=[Row("R", [timeseries(REQUESTS)])],
)
"""
RULES = """\
from declared.board import REQUESTS
from dashlib import *
levels = ThresholdSet("levels", [Level(REQUESTS, "warning", above=5, for_="5m")])
group = RuleGroup("g", file="g.yml", thresholds=levels, rules=[
    Alert("Many", REQUESTS.above("warning"), severity="warning", summary="Many.", description="{value}."),
])
"""


@pytest.fixture
def project(shell: Shell) -> Path:
    shell.write("pyproject.toml", CONFIGURATION)
    shell.write("declared/board.py", BOARD)
    return shell.folder


def test_a_panel_groups_and_filters_by_such_a_label(shell: Shell, project: Path) -> None:
    built = shell.dashlib("build")
    assert built.returncode == 0, built.stderr
    written = (project / "build/dashboards/x.json").read_text()
    written = written.replace('\\"', "'")
    assert (
        "sum by ('http.route', code) (rate(requests_total{'k8s.cluster'='a','http.route'=~'/a|/b','k8s.pod'=~'$host'}"
        in written
    )
    assert '"legendFormat": "{{http.route}} {{code}}"' in written
    assert "label_values(requests_total{'http.route'=~'/a|/b'}, 'k8s.pod')" in written
    assert shell.dashlib("lint").returncode == 0


@pytest.mark.parametrize("place", ['sum by ("http.route"', '"k8s.cluster"=', 'where={"http.route"'])
@pytest.mark.usefixtures("project")
def test_a_slip_in_such_a_label_has_a_nearest_name(shell: Shell, place: str) -> None:
    shell.write("declared/board.py", BOARD.replace(place, place.replace("route", "rute").replace("cluster", "cluter")))
    built = shell.dashlib("build")
    assert built.returncode == 2
    assert "did you mean 'http.route'?" in built.stderr or "did you mean 'k8s.cluster'?" in built.stderr


@pytest.mark.usefixtures("project")
def test_a_rule_cannot_name_such_a_label(shell: Shell) -> None:
    shell.write("declared/rules.py", RULES)
    built = shell.dashlib("build")
    assert built.returncode == 2
    assert "a rule cannot name the label 'k8s.cluster': Prometheus 2.42, which rules are compiled for" in built.stderr


def test_lint_takes_such_a_label_in_a_panel_and_not_in_a_rule(shell: Shell) -> None:
    shell.write("rules.yml", "groups: [{name: g, rules: [{record: 'a:b', expr: 'sum by (\"c.d\") (up)'}]}]\n")
    said = shell.dashlib("lint", "rules.yml", "--format", "json").stdout
    assert "quoted metric and label names came with Prometheus 3.0" in said


def test_a_variable_asks_for_the_label_without_its_quotes() -> None:
    _, _, asked = query_of({"query": 'label_values(up, "http.route")'})
    assert asked is not None
    assert asked.label == "http.route"


@pytest.mark.parametrize(
    ("label", "path"),
    [("job", "job"), ("http.route", "U__http_2e_route"), ("a_b-c", "U__a__b_2d_c")],
)
def test_a_label_in_a_path_is_spelled_as_prometheus_3_reads_it(label: str, path: str) -> None:
    assert in_path(label) == path
