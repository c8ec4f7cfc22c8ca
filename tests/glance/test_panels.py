"""What `@grafana/data` does not decide: frames and names, tables' order, timelines, legends, what is empty."""

from __future__ import annotations

import math
from typing import Any

import pytest

from dashlib.glance import Answer, GlanceError, Seen, Series, is_about_now, see
from dashlib.glance.frames import frames_of
from dashlib.glance.questions import Look

NAN = math.nan
DASH = "\u2013"
STATES = {"type": "value", "options": {"0": {"text": "Down", "color": "red"}, "1": {"text": "Up", "color": "green"}}}
UNKNOWN = {"type": "special", "options": {"match": "null+nan", "result": {"text": DASH, "color": "#7a7a7a"}}}
THRESHOLDS = {"mode": "absolute", "steps": [{"color": "green", "value": None}, {"color": "red", "value": 10}]}


def series(*values: float, **labels: str) -> Series:
    return Series(labels, tuple((100.0 + 15 * number, value) for number, value in enumerate(values)))


def panel(kind: str, *targets: dict[str, Any], **settings: Any) -> dict[str, Any]:
    asked = [{"refId": "ABC"[number], "expr": "lag", **target} for number, target in enumerate(targets or ({},))]
    return {"id": 7, "type": kind, "title": "A panel", "targets": asked, **settings}


def fields(*overrides: Any, **defaults: Any) -> dict[str, Any]:
    return {"defaults": {"thresholds": THRESHOLDS, **defaults}, "overrides": list(overrides)}


def seen(look: dict[str, Any], *answers: tuple[Series, ...], now: float | None = None) -> Seen:
    return see(look, [Answer("ABC"[number], answer) for number, answer in enumerate(answers)], now=now)


def texts(result: Seen) -> list[tuple[str, str, str]]:
    return [(item.name, item.text, item.color) for item in result.shown]


LEGEND = {"legendFormat": "{{ server }}"}
TABLE = {"format": "table", "instant": True}


def test_a_stat_shows_the_last_number_and_says_when_that_was() -> None:
    result = seen(panel("stat", LEGEND, fieldConfig=fields(unit="ms")), (series(2, 264, NAN, server="a"),))
    (tile,) = result.shown
    assert (tile.name, tile.text, tile.color, tile.value, tile.labels) == ("a", "264 ms", "red", 264.0, {"server": "a"})
    assert tile.at == 115.0  # NaN is passed over like null: an older value is shown
    assert (result.id, result.kind, result.title, result.empty) == (7, "stat", "A panel", "")


def test_nan_alone_is_null_to_last_not_null_and_nan_to_last() -> None:
    mapped = fields(mappings=[UNKNOWN])
    only_nan = fields(mappings=[{**UNKNOWN, "options": {**UNKNOWN["options"], "match": "nan"}}])  # type: ignore[dict-item]
    answer = (series(NAN, server="a"),)
    last = {"options": {"reduceOptions": {"calcs": ["last"]}}}
    not_null = {"options": {"reduceOptions": {"calcs": ["lastNotNull"]}}}
    assert texts(seen(panel("stat", LEGEND, fieldConfig=mapped, **not_null), answer)) == [("a", DASH, "#7a7a7a")]
    assert texts(seen(panel("stat", LEGEND, fieldConfig=mapped, **last), answer)) == [("a", DASH, "#7a7a7a")]
    assert texts(seen(panel("stat", LEGEND, fieldConfig=only_nan, **last), answer)) == [("a", DASH, "#7a7a7a")]
    # Without a mapping that fits, what is not known is green.
    assert texts(seen(panel("stat", LEGEND, fieldConfig=only_nan, **not_null), answer)) == [("a", "", "green")]
    assert texts(seen(panel("stat", LEGEND, fieldConfig=fields(), **last), answer)) == [("a", "NaN", "green")]


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("stat", {}, "No data"),
        ("stat", {"noValue": "Nothing"}, "Nothing"),
        ("bargauge", {"mappings": [UNKNOWN], "noValue": "Nothing"}, DASH),
        ("table", {"noValue": "Nothing fires"}, "Nothing fires"),
        ("timeseries", {}, "No data"),
        ("state-timeline", {"noValue": "Nothing"}, "Data does not have a time field"),
    ],
)
def test_what_stands_where_there_is_nothing(kind: str, settings: dict[str, Any], said: str) -> None:
    result = seen(panel(kind, LEGEND, fieldConfig=fields(**settings)), ())
    assert (result.shown, result.empty) == ((), said)


@pytest.mark.parametrize(
    ("legend", "labels", "name"),
    [
        ("{{server}} - {{absent}}", {"server": "a"}, "a - "),
        ("", {"__name__": "lag", "task": "0", "server": "a"}, 'lag{server="a", task="0"}'),
        ("", {}, "lag"),
        ("__auto", {"server": "a"}, "a"),
        ("__auto", {"server": "a", "task": "0"}, '{server="a", task="0"}'),
        ("__auto", {"__name__": "lag", "server": "a"}, '{__name__="lag", server="a"}'),
        ("__auto", {}, "lag"),
    ],
)
def test_a_series_is_named_as_the_datasource_names_it(legend: str, labels: dict[str, str], name: str) -> None:
    (tile,) = seen(panel("stat", {"legendFormat": legend}), (Series(labels, ((0.0, 1.0),)),)).shown
    assert tile.name == name


def test_a_display_name_may_hold_the_series_labels() -> None:
    named = fields(displayName="${__field.labels.server}: ${__series.name}")
    (tile,) = seen(panel("stat", LEGEND, fieldConfig=named), (series(1, server="a", task="0"),)).shown
    assert tile.name == "a: a"


def test_overrides_go_by_the_name_and_a_list_goes_before_the_defaults() -> None:
    special = {
        "id": "mappings",
        "value": [{"type": "range", "options": {"from": 1, "to": None, "result": {"text": "many"}}}],
    }
    override = {"matcher": {"id": "byName", "options": "a"}, "properties": [special, {"id": "unit", "value": "s"}]}
    result = seen(
        panel("bargauge", LEGEND, fieldConfig=fields(override, unit="percent", mappings=[STATES])),
        (series(1, server="a"), series(0, server="a"), series(2, server="b")),
    )
    assert texts(result) == [("a", "many", "green"), ("a", "Down", "red"), ("b", "2%", "green")]


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"textMode": "name"}, ("a", "a", "red")),
        ({"textMode": "none"}, ("a", "", "red")),
        ({"colorMode": "none"}, ("a", "12", "text")),
        ({"colorMode": "background"}, ("a", "12", "red")),
    ],
)
def test_a_stat_shows_what_its_modes_say(options: dict[str, Any], shown: tuple[str, str, str]) -> None:
    assert texts(seen(panel("stat", LEGEND, fieldConfig=fields(), options=options), (series(12, server="a"),))) == [
        shown
    ]


def test_a_hidden_query_is_not_asked_and_a_missing_answer_is_an_error() -> None:
    look = panel("stat", LEGEND, {**LEGEND, "hide": True})
    assert texts(seen(look, (series(1, server="a"),))) == [("a", "1", "green")]
    with pytest.raises(GlanceError, match="'A panel' has no answer to its query 'B'"):
        seen(panel("stat", LEGEND, LEGEND), ())
    with pytest.raises(GlanceError, match="has an answer to 'B', but no such query"):
        seen(panel("stat", LEGEND), (), ())


def test_a_table_with_columns_and_no_row_says_so() -> None:
    merged = {"transformations": [{"id": "merge", "options": {}}]}
    assert seen(panel("table", TABLE, TABLE, **merged), (), ()).empty == "No rows"
    own = panel("table", TABLE, TABLE, **merged, fieldConfig=fields(noValue="All is well"))
    assert seen(own, (), ()).empty == "All is well"


def test_a_table_has_a_column_a_label_and_one_a_query() -> None:
    look = panel("table", TABLE, TABLE, transformations=[{"id": "merge", "options": {}}])
    result = seen(look, (series(1, server="a"), series(0, server="b")), (series(50, server="b"),))
    assert [(item.row, item.name, item.text) for item in result.shown if item.name != "Time"] == [
        (0, "server", "a"), (0, "Value #A", "1"), (0, "Value #B", ""),
        (1, "server", "b"), (1, "Value #A", "0"), (1, "Value #B", "50"),
    ]  # fmt: skip
    # Times within a minute have milliseconds.
    assert result.shown[0].text == "1970-01-01 00:01:40.000"


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ([], ["b10", "a", "B2"]),
        ([{"displayName": "server"}], ["a", "B2", "b10"]),
        ([{"displayName": "server", "desc": True}], ["b10", "B2", "a"]),
        ([{"displayName": "Value"}], ["b10", "B2", "a"]),
        ([{"displayName": "Value", "desc": True}], ["a", "B2", "b10"]),
        ([{"displayName": "absent"}], ["b10", "a", "B2"]),
    ],
)
def test_a_table_is_sorted_as_its_options_say(sort: list[Any], order: list[str]) -> None:
    answer = (series(1, server="b10"), series(math.inf, server="a"), series(5, server="B2"))
    result = seen(panel("table", TABLE, options={"sortBy": sort}), answer)
    assert [item.text for item in result.shown if item.name == "server"] == order
    assert [item.row for item in result.shown if item.name == "server"] == [0, 1, 2]


def test_nan_in_the_column_leaves_a_table_unsorted() -> None:
    answer = tuple(series(value, server=str(value)) for value in (3, NAN, 1, 2))
    result = seen(panel("table", TABLE, options={"sortBy": [{"displayName": "Value"}]}), answer)
    assert [item.text for item in result.shown if item.name == "Value"] == ["3", "NaN", "1", "2"]


def test_a_cell_has_the_colour_of_its_kind() -> None:
    def cell(name: str, **options: Any) -> dict[str, Any]:
        return {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "custom.cellOptions", "value": options}],
        }

    hidden = {"matcher": {"id": "byName", "options": "Time"}, "properties": [{"id": "custom.hidden", "value": True}]}
    answer = (series(12, server="a"),)
    plain = panel("table", TABLE, fieldConfig=fields(hidden))
    assert texts(seen(plain, answer)) == [("server", "a", "text"), ("Value", "12", "text")]
    colored = panel("table", TABLE, fieldConfig=fields(hidden, cell("Value", type="color-text")))
    assert texts(seen(colored, answer)) == [("server", "a", "text"), ("Value", "12", "red")]
    row = panel("table", TABLE, fieldConfig=fields(hidden, cell("Value", type="color-background", applyToRow=True)))
    assert texts(seen(row, answer)) == [("server", "a", "red"), ("Value", "12", "red")]
    with pytest.raises(GlanceError, match="table cells of type 'sparkline'"):
        seen(panel("table", TABLE, fieldConfig=fields(cell("Value", type="sparkline"))), answer)


def test_a_state_timeline_shows_the_last_stretch_of_each_lane() -> None:
    look = panel("state-timeline", LEGEND, fieldConfig=fields(mappings=[STATES]))
    result = seen(look, (series(1, 0, server="a"), series(1, NAN, server="b")))
    assert texts(result) == [("a", "Down", "red"), ("b", "", "")]  # NaN is drawn only where it is mapped
    assert [item.at for item in result.shown] == [115.0, 115.0]
    mappings = [STATES, UNKNOWN]
    mapped = panel("state-timeline", LEGEND, fieldConfig=fields(mappings=mappings, color={"mode": "palette-classic"}))
    assert texts(seen(mapped, (series(1, NAN, server="b"),))) == [("b", DASH, "#7a7a7a")]
    # Not even then where the colours run through a range, as they do by default.
    by_default = panel("state-timeline", LEGEND, fieldConfig=fields(mappings=mappings))
    assert texts(seen(by_default, (series(1, NAN, server="b"),))) == [("b", "", "")]


def test_a_state_timeline_in_the_colours_of_its_thresholds_names_the_step() -> None:
    look = panel(
        "state-timeline", LEGEND, fieldConfig=fields(mappings=[STATES], unit="s", color={"mode": "thresholds"})
    )
    assert texts(seen(look, (series(1, server="a"), series(12, server="b")))) == [
        ("a", "< 10 s", "green"),
        ("b", "10 s+", "red"),
    ]


def test_a_time_series_shows_its_legend() -> None:
    options = {"legend": {"calcs": ["lastNotNull", "max"]}}
    look = panel("timeseries", LEGEND, options=options, fieldConfig=fields(unit="ms"))
    result = seen(look, (series(3, 2, server="a"), series(4, server="b")))
    assert texts(result) == [
        ("a", "Last *: 2 ms, Max: 3 ms", "green"),
        ("b", "Last *: 4 ms, Max: 4 ms", "semi-dark-yellow"),
    ]
    assert [(item.value, item.at) for item in result.shown] == [(2.0, 115.0), (4.0, 100.0)]


def test_a_transformation_may_be_for_one_query_only() -> None:
    only_b = {"id": "limit", "options": {"limitField": 1}, "filter": {"id": "byRefId", "options": "B"}}
    look = panel("table", TABLE, TABLE, transformations=[only_b, {"id": "merge", "options": {}}])
    result = seen(look, (series(1, server="a"), series(2, server="b")), (series(3, server="a"), series(4, server="b")))
    assert [item.text for item in result.shown if item.name == "Value #B"] == ["3", ""]


def test_a_colour_scheme_through_a_range_has_names_at_its_ends() -> None:
    look = panel("stat", LEGEND, fieldConfig=fields(color={"mode": "continuous-GrYlRd"}, min=0, max=10))
    result = seen(look, (series(0, server="a"), series(5, server="b"), series(10, server="c")))
    assert [item.color for item in result.shown] == ["green", "continuous-GrYlRd", "red"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"type": "flamegraph"}, "panels of type 'flamegraph'"),
        ({"transformations": [{"id": "calculateField"}]}, "the transformation 'calculateField'"),
        ({"options": {"reduceOptions": {"calcs": ["best"]}}}, "calculation 'best'"),
        ({"fieldConfig": fields(color={"mode": "rainbow"})}, "color scheme 'rainbow'"),
        ({"fieldConfig": fields(mappings=[{"type": "guess"}])}, "value mapping type 'guess'"),
        ({"fieldConfig": fields({"matcher": {"id": "byFeel"}, "properties": []})}, "matcher 'byFeel'"),
        ({"fieldConfig": fields(unit="dateTimeFromNow")}, "relative to the current time"),
        ({"targets": [{"refId": "A", "format": "logs"}]}, "query format 'logs'"),
    ],
)
def test_what_the_reader_does_not_know_it_names(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(GlanceError, match=said):
        seen({**panel("stat", LEGEND), **settings}, (series(1, server="a"),))


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (1, "a few seconds ago"), (44, "a few seconds ago"), (45, "a minute ago"), (180, "3 minutes ago"),
        (-180, "in 3 minutes"), (45 * 60, "an hour ago"), (5 * 3600, "5 hours ago"), (22 * 3600, "a day ago"),
        (10 * 86400, "10 days ago"), (26 * 86400, "a month ago"), (60 * 86400, "2 months ago"),
        (400 * 86400, "a year ago"),
    ],
)  # fmt: skip
def test_a_time_from_now_counts_from_the_moment_of_looking(ago: float, text: str) -> None:
    now = 1_700_000_000.0
    look = panel("stat", LEGEND, fieldConfig=fields(unit="dateTimeFromNow"))
    (tile,) = seen(look, (series((now - ago) * 1000, server="a"),), now=now).shown
    assert tile.text == text


def test_a_date_of_today_is_written_without_the_date() -> None:
    look = panel("stat", LEGEND, fieldConfig=fields(unit="dateTimeAsIsoNoDateIfToday"))
    answer = (series(1_700_000_000_000, server="a"),)
    assert seen(look, answer, now=1_700_000_100.0).shown[0].text == "22:13:20"
    assert seen(look, answer, now=1_700_100_000.0).shown[0].text == "2023-11-14 22:13:20"


def test_which_panels_are_about_now() -> None:
    now = ["stat", "gauge", "bargauge", "piechart", "table", "state-timeline", "status-history"]
    assert [kind for kind in (*now, "timeseries", "text", "row") if is_about_now({"type": kind})] == now


def test_a_pie_chart_shows_each_series_in_a_color_of_its_own() -> None:
    result = seen(panel("piechart", LEGEND), (series(30, 60, server="a"), series(20, server="b")))
    assert [(item.name, item.text, item.color) for item in result.shown] == [
        ("a", "60", "green"),
        ("b", "20", "semi-dark-yellow"),
    ]


def test_a_status_history_says_the_value_where_a_timeline_says_the_step() -> None:
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 10}]
    config = fields(color={"mode": "thresholds"}, thresholds={"mode": "absolute", "steps": steps}, unit="s")
    for kind, text in (("status-history", "12 s"), ("state-timeline", "10 s+")):
        (item,) = seen(panel(kind, LEGEND, fieldConfig=config), (series(1, 12, server="a"),)).shown
        assert (item.text, item.color) == (text, "red")


def test_buckets_of_a_heatmap_stand_in_their_order_and_none_holds_those_below_it() -> None:
    buckets = tuple(series(count, le=le) for le, count in (("+Inf", 9), ("0.5", 4), ("10", 8), ("0.05", 1)))
    (frame,) = frames_of(panel("heatmap", {"refId": "A", "format": "heatmap"}), [Answer("A", buckets)])
    assert [(field.name, field.values) for field in frame.fields[1:]] == [
        ("0.05", [1.0]),
        ("0.5", [3.0]),
        ("10", [4.0]),
        ("+Inf", [1.0]),
    ]


def test_a_range_of_a_month_is_a_duration_that_prometheus_takes() -> None:
    target = {"refId": "A", "expr": "increase(x[$__range]) / $__range_s"}
    graph = {"type": "timeseries", "gridPos": {"w": 24}, "targets": [target]}
    dashboard = {"time": {"from": "now-30d", "to": "now"}, "templating": {"list": []}, "panels": [graph]}
    (question,) = Look(dashboard, now=0.0).questions(graph)
    assert question.expression == "increase(x[30d]) / 2592000"


def test_several_values_of_a_variable_are_one_expression() -> None:
    graph = {
        "type": "timeseries",
        "gridPos": {"w": 24},
        "targets": [{"refId": "A", "expr": 'x{server=~"$worst"} or x{server=~"${worst:pipe}"}'}],
    }
    variable = {"name": "worst", "type": "query", "multi": True, "includeAll": True, "current": {"value": "$__all"}}
    dashboard = {"time": {"from": "now-1h", "to": "now"}, "templating": {"list": [variable]}, "panels": [graph]}
    (question,) = Look(dashboard, now=0.0, chosen={"worst": ["a.b", "c"]}).questions(graph)
    assert question.expression == r'x{server=~"(a\\.b|c)"} or x{server=~"a.b|c"}'
