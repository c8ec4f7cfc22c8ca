"""What the page draws of a panel: every text and color is the panel reader's."""

from __future__ import annotations

from typing import Any

import pytest

from dashlib.glance import Answer, Series, see
from dashlib.preview.colors import css_color
from dashlib.preview.drawing import Answered
from dashlib.preview.panels import drawn

NOW, STEP = 1000.0, 10.0


def series(name: str, *values: float | None) -> Series:
    begin = NOW - STEP * (len(values) - 1)
    samples = [(begin + STEP * place, value) for place, value in enumerate(values) if value is not None]
    return Series({"server": name}, tuple(samples))


def answered(*found: Series, step: float = STEP) -> Answered:
    longest = max((len(one.samples) for one in found), default=2)
    return Answered((Answer("A", found),), NOW, NOW - STEP * (longest + 1), step=step)


def panel(kind: str, defaults: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "type": kind,
        "title": "Lag",
        "targets": [{"refId": "A", "expr": "lag", "legendFormat": "{{server}}"}],
        "fieldConfig": {"defaults": defaults or {}, "overrides": []},
        **more,
    }


def test_a_legend_calculates_what_the_reader_calculates() -> None:
    data = panel("timeseries", {"unit": "ms"}, options={"legend": {"calcs": ["mean", "max"], "displayMode": "table"}})
    given = answered(series("a", 10, 30, 1500), series("b", 2, 2, 2))
    body = drawn(data, given)
    assert body["legend"]["columns"] == ["Mean", "Max"]
    for one, shown in zip(body["series"], see(data, given.answers).shown, strict=True):
        assert one["name"] == shown.name
        assert (
            ", ".join(
                f"{column}: {each['text']}"
                for column, each in zip(body["legend"]["columns"], one["calculated"], strict=True)
            )
            == shown.text
        )
        assert one["color"] == css_color(shown.color)
    first = body["series"][0]
    assert [first["texts"][place] for place in first["places"]] == ["10 ms", "30 ms", "1.50 s"]


def test_where_a_series_has_no_value_there_is_a_gap_even_if_no_other_has_one() -> None:
    body = drawn(panel("timeseries"), answered(series("a", 1, None, None, 4)))
    assert body["series"][0]["values"] == [1, None, None, 4]
    assert body["series"][0]["places"][1] == -1


@pytest.mark.parametrize(
    ("legend", "expected"),
    [
        ({"sortBy": "Max", "sortDesc": True}, {"column": 1, "down": True}),
        ({"sortBy": "Mean"}, {"column": 0, "down": False}),
        ({"sortBy": "Last"}, None),
        ({}, None),
    ],
)
def test_a_legend_is_sorted_as_the_panel_says(legend: dict[str, object], expected: dict[str, object] | None) -> None:
    options = {"legend": {"calcs": ["mean", "max"], "displayMode": "table", **legend}}
    assert drawn(panel("timeseries", options=options), answered(series("a", 1)))["legend"]["sorted"] == expected


def test_tiles_have_the_size_of_text_that_the_panel_says() -> None:
    text = {"titleSize": 14, "valueSize": 48}
    for kind in ("bargauge", "stat"):
        assert drawn(panel(kind, options={"text": text}), answered(series("a", 1)))["options"]["text"] == text


def test_each_series_and_each_value_of_a_filter_has_an_axis() -> None:
    body = drawn(panel("timeseries"), answered(series("a", 1, 2), series("b", 1, 900)), ["server"])
    assert set(body["axes"]) == {"", "#0", "#1", "server=a", "server=b"}
    assert body["axes"][""]["high"] > 900
    assert body["axes"]["server=a"]["high"] < 5


def test_stacked_series_reach_their_sum() -> None:
    data = panel("timeseries", {"custom": {"stacking": {"mode": "normal", "group": "A"}}})
    assert drawn(data, answered(series("a", 40, 40), series("b", 50, 50)))["axes"][""]["high"] > 90


def test_threshold_lines_are_drawn_where_the_panel_wants_them() -> None:
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 90}]
    data = panel(
        "timeseries",
        {"thresholds": {"mode": "absolute", "steps": steps}, "custom": {"thresholdsStyle": {"mode": "line"}}},
    )
    assert drawn(data, answered(series("a", 1)))["thresholds"] == {
        "style": "line",
        "steps": [{"value": 0.0, "color": css_color("green")}, {"value": 90.0, "color": css_color("red")}],
    }
    data["fieldConfig"]["defaults"]["custom"] = {}
    assert drawn(data, answered(series("a", 1)))["thresholds"]["style"] == ""


def test_tiles_say_where_their_value_lies_in_the_range() -> None:
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 80}]
    defaults = {"min": 0, "max": 200, "unit": "percent", "thresholds": {"mode": "absolute", "steps": steps}}
    for kind in ("gauge", "bargauge", "stat"):
        (one, other) = drawn(panel(kind, defaults), answered(series("a", 50), series("b", 400)))["tiles"]
        assert (one["text"], one["share"]) == ("50%", 0.25)
        assert (other["share"], other["color"]) == (1.0, css_color("red"))
        assert one["steps"] == [[0.0, css_color("green")], [0.4, css_color("red")]]
        assert one["labels"] == {"server": "a"}


def test_a_table_has_its_cells_in_the_readers_order_and_sorts_by_values() -> None:
    data = panel("table", {"unit": "s"})
    data["targets"][0] |= {"format": "table", "instant": True}
    body = drawn(data, answered(Series({"server": "b"}, ((NOW, 90.0),)), Series({"server": "a"}, ((NOW, 9.0),))))
    assert [column["title"] for column in body["columns"]] == ["Time", "server", "Value"]
    assert [[cell["text"] for cell in row[1:]] for row in body["rows"]] == [["b", "1.50 mins"], ["a", "9 s"]]
    assert [row[2]["value"] for row in body["rows"]] == [90.0, 9.0]


def test_a_timeline_has_a_stretch_for_each_state_and_none_where_nothing_is() -> None:
    mappings = [
        {"type": "value", "options": {"0": {"text": "Down", "color": "red"}, "1": {"text": "Up", "color": "green"}}}
    ]
    steps = [{"color": "red", "value": None}, {"color": "green", "value": 1}]
    defaults = {"mappings": mappings, "thresholds": {"mode": "absolute", "steps": steps}}
    data = panel("state-timeline", defaults, options={"mergeValues": False})
    (lane,) = drawn(data, answered(series("a", 1, 1, 0, None, None, 1)))["lanes"]
    assert [(each["text"], each["color"]) for each in lane["stretches"]] == [
        ("Up", css_color("green")),
        ("Down", css_color("red")),
        ("Up", css_color("green")),
    ]
    assert [each["to"] - each["from"] for each in lane["stretches"]][:2] == [20, 10]


@pytest.mark.parametrize(
    ("data", "given", "said"),
    [
        (panel("flamegraph"), answered(series("a", 1)), "flamegraph"),
        (panel("stat", transformations=[{"id": "calculateField"}]), answered(series("a", 1)), "calculateField"),
        (panel("stat"), Answered((), NOW, NOW - 60, error="Prometheus refused the query"), "refused"),
    ],
)
def test_what_cannot_be_drawn_says_why(data: dict[str, Any], given: Answered, said: str) -> None:
    body = drawn(data, given)
    assert body["kind"] == "error"
    assert said in body["error"]


def test_nothing_reads_as_grafana_writes_it() -> None:
    given = Answered((Answer("A", ()),), NOW, NOW - 60, step=STEP)
    assert drawn(panel("stat", {"noValue": "–"}), given)["empty"] == "–"
    assert drawn(panel("timeseries"), given)["empty"] == "No data"


def test_a_scheme_by_value_colors_a_series_by_where_its_last_value_lies() -> None:
    defaults = {"color": {"mode": "continuous-BlPu"}, "min": 0, "max": 100}
    lines = [series(str(last), 50, last) for last in (0, 50, 100)]
    colors = [one["color"] for one in drawn(panel("timeseries", defaults), answered(*lines))["series"]]
    assert colors == [css_color("blue"), "#8886E6", css_color("purple")]


def test_shares_of_a_whole_have_an_axis_of_percent() -> None:
    data = panel("timeseries", {"unit": "s", "custom": {"stacking": {"mode": "percent", "group": "A"}}})
    body = drawn(data, answered(series("a", 40, 40), series("b", 50, 50)))
    assert [text for _, text in body["axes"][""]["ticks"]] == ["0%", "20%", "40%", "60%", "80%", "100%"]
    assert all(one["shares"] for one in body["series"])
    assert body["series"][0]["texts"] == ["40 s"]


@pytest.mark.parametrize(
    ("name", "css"),
    [("semi-dark-yellow", "#F2CC0C"), ("#abc", "#abc"), ("text", ""), ("continuous-GrYlRd", "#E2C03D"), ("x;}", "")],
)
def test_colors_are_css(name: str, css: str) -> None:
    assert css_color(name) == css
