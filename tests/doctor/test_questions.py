"""What a set asks: of dashlib's own files, and of whatever others call a dashboard or a rule file."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.doctor import questions
from dashlib.doctor.questions import Question
from dashlib.documents.document import Document
from dashlib.documents.library import with_library_panels
from tests.doctor.conftest import compiled

if TYPE_CHECKING:
    from dashlib.documents.variable_queries import Asked

ANY: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["panels", "rows", "targets", "expr", "templating", "list", "name", "type", "query", "current", "value",
             "time", "from", "groups", "rules", "alert", "record", "annotations", "datasource", "dashboard", "spec"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


def nobody(_asked: Asked, _regex: str) -> str:
    return ""


def asked(dashboard: dict[str, Any]) -> list[str]:
    return [each.asked for each in questions.of_dashboard(dashboard, "f.json", nobody)]


def test_everything_that_the_set_asks_is_collected() -> None:
    documents, _ = compiled()
    found = [each for document in documents for each in questions.of_document(document, nobody, 15.0)]
    kinds = {each.place.kind for each in found}
    assert kinds == {"panel", "variable", "annotation", "alert", "record"}
    assert not [each.asked for each in found if questions.unasked(each)]
    panels = {str(each.place) for each in found if each.place.kind == "panel"}
    assert "Debezium Production Monitoring › Lag Trend" in panels
    assert all(each.place.source.count(":") == 1 for each in found)


def test_a_library_panel_is_asked_where_it_is_shown() -> None:
    library = Document(PurePosixPath("lib/e.json"), "library-panel", {"uid": "e", "model": PANEL}, {}, "x.py")
    board = {"title": "D", "panels": [{"id": 1, "libraryPanel": {"uid": "e", "name": "E"}}]}
    shown = with_library_panels([library, Document(PurePosixPath("d.json"), "dashboard", board, {}, "x.py")])
    found = [each for document in shown for each in questions.of_document(document, nobody, 15.0)]
    assert [(str(each.place), each.asked) for each in found] == [("D › Errors", "sum(errors)")]


PANEL = {"title": "Errors", "type": "stat", "targets": [{"refId": "A", "expr": "sum(errors)"}]}


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("rate(x[$__rate_interval])", "rate(x[1m])"),
        ("rate(x[${__rate_interval}])", "rate(x[1m])"),
        ("increase(x[$__range]) / $__range_s", "increase(x[1h]) / 3600"),
        ("increase(x[${__range_ms}ms])", "increase(x[3600000ms])"),
        ('x{a=~"$name"}', 'x{a=~".*"}'),
        ('x{a=~"${name:regex}"}', 'x{a=~".*"}'),
        ('x{a=~"[[name]]"}', 'x{a=~".*"}'),
        ('x{a="$name"}', 'x{a="chosen a of up"}'),
        ('x{a=~"$several"}', 'x{a=~"one|two"}'),
        ('x{a="$custom"}', 'x{a="first"}'),
        ("x > $custom", "x > first"),
        ('label_replace(x, "a", "$1", "b", "(.*)")', 'label_replace(x, "a", "$1", "b", "(.*)")'),
    ],
)
def test_variables_stand_for_what_grafana_puts_in(expression: str, shown: str) -> None:
    dashboard = {
        "title": "D",
        "templating": {
            "list": [
                {"name": "name", "type": "query", "query": "label_values(up, a)", "includeAll": True},
                {"name": "several", "type": "query", "query": "", "current": {"value": ["one", "two"]}},
                {"name": "custom", "type": "custom", "query": "first, second"},
            ]
        },
        "panels": [{"title": "P", "targets": [{"expr": expression}]}],
    }

    def choose(asked: Asked, _regex: str) -> str:
        return f"chosen {asked.label} of {asked.expression}"

    found = list(questions.of_dashboard(dashboard, "f.json", choose))
    assert found[-1].asked == shown
    assert not questions.unasked(found[-1])


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ('sum(x{a=~".*",b="c"}) / y{a=~".*"}', 'sum(x{b="c"}) / y'),
        ('{a=~".*"}', '{a=~".*"}'),
        ('rate(x{a=~".*"}[5m] offset 1h)', "rate(x[5m] offset 1h)"),
        ('x{a!~".*"}', 'x{a!~".*"}'),
        ("no promql {", "no promql {"),
    ],
)
def test_filters_that_take_everything_are_not_asked(expression: str, shown: str) -> None:
    assert questions.without_all(expression) == shown


def test_a_variable_that_is_not_there_cannot_be_asked() -> None:
    [question] = questions.of_dashboard({"panels": [{"targets": [{"expr": "x > $nothing"}]}]}, "f", nobody)
    assert questions.unasked(question) == "$nothing is not a variable of the dashboard"


def test_old_and_nested_dashboards_are_read() -> None:
    assert asked({"rows": [{"panels": [{"targets": [{"expr": "a"}]}]}]}) == ["a"]
    assert asked({"dashboard": {"panels": [{"panels": [{"targets": [{"expr": "b"}]}]}]}}) == ["b"]


def test_a_dashboard_of_schema_version_2_is_read() -> None:
    query = {"kind": "DataQuery", "group": "prometheus", "spec": {"expr": "up"}}
    panel = {"data": {"spec": {"queries": [{"spec": {"refId": "A", "query": query}}]}}}
    board = {"title": "Two", "layout": {"kind": "GridLayout"}, "elements": {"p": {"kind": "Panel", "spec": panel}}}
    assert asked({"metadata": {"name": "two"}, "spec": board}) == asked({"dashboard": board}) == ["up"]


def test_other_datasources_are_not_asked() -> None:
    loki = {"type": "loki", "uid": "l"}
    assert asked({"panels": [{"datasource": loki, "targets": [{"expr": "{a=1}"}]}]}) == []
    assert asked({"panels": [{"targets": [{"expr": "{a=1}", "datasource": loki}, {"expr": "up"}]}]}) == ["up"]


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ({"from": "now-15m", "to": "now"}, 900),
        ({"from": "now-90d", "to": "now"}, 86400),
        ({"from": "now-999999999999w", "to": "now"}, 86400),
        ({"from": "now/d", "to": "now"}, 3600),
        ({"from": "2020-01-01", "to": "2020-01-02"}, 3600),
        ({"from": 5}, 3600),
        (None, 3600),
    ],
)
def test_the_range_is_what_the_dashboard_shows_first(time: object, seconds: float) -> None:
    assert questions.range_seconds({"time": time}) == seconds


@pytest.mark.parametrize(
    ("shown", "interval", "rate"), [(3600, 15, 60), (3600, 5, 20), (86400, 15, 101), (3600, 120, 480)]
)
def test_the_rate_interval_is_grafanas(shown: float, interval: float, rate: float) -> None:
    assert questions.rate_interval(shown, interval)[1] == rate


def test_rules_wrapped_in_a_resource_are_read() -> None:
    groups = {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up"}, {"record": "r", "expr": "x"}, {}]}]}
    found = [(each.place.kind, each.asked) for each in questions.of_rules({"spec": groups}, "f")]
    assert (
        found
        == [("alert", "up"), ("record", "x")]
        == [(each.place.kind, each.asked) for each in questions.of_rules(groups, "f")]
    )


@given(ANY)
def test_whatever_is_called_a_dashboard_or_a_rule_file_is_read(data: Any) -> None:
    found = [*questions.of_dashboard(data, "f", nobody), *questions.of_rules(data, "f")]
    assert all(isinstance(each, Question) for each in found)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("debezium_metrics_Connected", ("series", "debezium_metrics_Connected", "")),
        ('up{job="$job"}', ("series", 'up{job="connect"}', "")),
        ({"qryType": 4, "seriesQuery": "up"}, ("series", "up", "")),
        ({"qryType": 3, "varQuery": "sum(up)"}, ("query_result", "sum(up)", "")),
        ("label_values(up, $label)", ("label_values", "up", "plugin")),
        ("metrics(up.*)", ("metrics", "up.*", "")),
        ("label_names()", ("label_names", "", "")),
    ],
)
def test_a_variable_behind_an_equals_sign_is_chosen_by_its_query_and_its_regex(
    query: object, asked: tuple[str, str, str]
) -> None:
    chosen = []

    def choose(asked: Asked, regex: str) -> str:
        chosen.append((asked.function, asked.expression, asked.label, regex))
        return "mysql"

    variables: list[dict[str, Any]] = [
        {"name": "job", "type": "constant", "current": {"value": "connect"}},
        {"name": "label", "type": "custom", "current": {"value": "plugin"}},
        {"name": "x", "type": "query", "query": query, "regex": "/$label=(.*)/"},
    ]
    if isinstance(query, str) and not query.startswith(("label", "metrics")):
        variables[-1]["datasource"] = {"type": "prometheus", "uid": "p"}
    dashboard = {"templating": {"list": variables}, "panels": [{"targets": [{"expr": 'up{plugin="$x"}'}]}]}
    found = list(questions.of_dashboard(dashboard, "f.json", choose))
    assert found[-1].asked == 'up{plugin="mysql"}'
    assert chosen == [(*asked, "/plugin=(.*)/")]


@pytest.mark.parametrize(
    "panel",
    [
        {"datasource": {"uid": "$logs"}, "targets": [{"expr": '{a="b"}'}]},
        {"datasource": "$logs", "targets": [{"expr": '{a="b"}'}]},
        {"datasource": {"type": "loki", "uid": "$x"}, "targets": [{"expr": '{a="b"}', "datasource": {"uid": "$x"}}]},
        {"targets": [{"expr": 'rate({a="b"} | json [5m])'}]},
    ],
)
def test_logs_are_not_asked_for_whoever_says_that_they_are_logs(panel: dict[str, Any]) -> None:
    variables = [{"type": "datasource", "name": "logs", "query": "loki"}]
    assert asked({"panels": [panel], "templating": {"list": variables}}) == []


@pytest.mark.parametrize(
    ("variable", "expression", "shown"),
    [
        ({"type": "custom", "query": "sum,avg"}, "$x(up)", "sum(up)"),
        ({"type": "custom", "query": "Sum : sum, Mean : avg"}, "${x:raw}(up)", "sum(up)"),
        ({"type": "custom", "query": "<,>"}, "up $x 1", "up < 1"),
        ({"type": "textbox", "query": "3"}, "topk($x, up)", "topk(3, up)"),
        ({"type": "constant", "query": "rate"}, "$x(a_total[5m])", "rate(a_total[5m])"),
        ({"type": "interval", "query": "1m,5m"}, "rate(a_total[$x])", "rate(a_total[1m])"),
        ({"type": "interval", "query": "1m", "current": {"value": "$__auto_interval_x"}}, "a[$x]", "a[15s]"),
        ({"type": "custom", "query": "a"}, "up{job=~${x:doublequote}}", 'up{job=~"a"}'),
    ],
)
def test_variables_that_stand_for_parts_of_an_expression(variable: dict[str, str], expression: str, shown: str) -> None:
    dashboard = {"templating": {"list": [{"name": "x", **variable}]}, "panels": [{"targets": [{"expr": expression}]}]}
    assert asked(dashboard) == [shown]


def test_what_only_grafana_knows_is_not_asked() -> None:
    assert asked({"panels": [{"targets": [{"expr": 'x{by="${__user.login}"}'}, {"expr": "up"}]}]}) == ["up"]


def test_a_variable_that_depends_on_itself_ends() -> None:
    variables = [
        {"name": "x", "type": "query", "query": 'label_values(up{job="$x",a="$y"}, job)'},
        {"name": "y", "type": "query", "query": 'label_values(up{job="$x"}, a)'},
    ]
    dashboard = {"templating": {"list": variables}, "panels": [{"targets": [{"expr": 'up{job="$x"}'}]}]}
    assert asked(dashboard)[-1] == 'up{job=""}'
