"""What the page draws of kinds that the shipped dashboards do not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dashlib.preview.asking import look_at
from dashlib.preview.page import model, panels_of
from dashlib.preview.panels import drawn
from tests.preview.kinds import DASHBOARD, NAMES, NOW, PANELS, Known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashlib.preview.asking import Looked


@pytest.fixture(scope="module")
def looked() -> Looked:
    (found,) = look_at([DASHBOARD], Known(), NOW)
    return found


@pytest.fixture(scope="module")
def bodies(looked: Looked) -> Mapping[str, Any]:
    (board,) = model([looked], "made up")["dashboards"]
    return {panel["title"]: panel["body"] for panel in panels_of(board)}


def test_every_kind_is_drawn_as_itself_and_logs_as_their_query(bodies: Mapping[str, Any]) -> None:
    for panel in PANELS:
        title = panel["title"].replace("$server", NAMES[0])
        assert bodies[title]["kind"] == ("error" if panel["type"] == "logs" else panel["type"])
        assert not bodies[title].get("empty")


@pytest.mark.parametrize("kind", ["piechart", "barchart", "histogram", "heatmap", "status-history", "xychart", "trend"])
def test_a_kind_without_an_answer_says_that_there_is_nothing(looked: Looked, kind: str) -> None:
    data = next(panel for panel in PANELS if panel["type"] == kind)
    named = {**data, "fieldConfig": {"defaults": {"noValue": "Nothing"}, "overrides": []}}
    nothing = [type(each)(each.ref_id, ()) for each in looked.answers[PANELS.index(data)].answers]
    body = drawn(named, type(looked.answers[0])(tuple(nothing), NOW, NOW - 1800, step=15.0))
    expected = "Data does not have a time field" if kind == "status-history" else "Nothing"
    assert (body["kind"], body["empty"]) == (kind, expected)


def test_a_pie_has_the_greatest_slice_first_and_percents_for_each_filter(bodies: Mapping[str, Any]) -> None:
    body = bodies["Pie"]
    assert [(each["name"], each["text"]) for each in body["slices"]] == [
        ("accounts", "4 MB"),
        ("orders", "3 MB"),
        ("payments", "2 MB"),
    ]
    assert body["percents"][""] == {"0": "44%", "1": "33%", "2": "22%"}
    assert body["percents"]["server=orders"] == {"1": "100%"}
    assert (body["donut"], body["legend"]["columns"]) == (True, ["value", "percent"])


def test_bars_are_named_by_their_row(bodies: Mapping[str, Any]) -> None:
    body = bodies["Bars"]
    assert [(row["name"], row["labels"]) for row in body["rows"]] == [(name, {"server": name}) for name in NAMES]
    assert body["series"][0]["texts"] == ["4 MB", "3 MB", "2 MB"]
    assert body["axes"][""]["low"] == 0
    assert not body["horizontal"]
    assert bodies["Lying Bars"]["horizontal"]


def test_a_histogram_counts_every_value_in_one_bucket(bodies: Mapping[str, Any], looked: Looked) -> None:
    body = bodies["Distribution"]
    samples = looked.answers[3].answers[0].series
    assert [sum(each["counts"]) for each in body["series"]] == [len(each.samples) for each in samples]
    assert body["edges"][:2] == ["30 ms", "35 ms"]
    assert len(body["edges"]) == len(body["series"][0]["counts"]) + 1


def test_a_heatmap_has_a_row_for_each_bucket_and_hides_nothing_but_zero(bodies: Mapping[str, Any]) -> None:
    body = bodies["Buckets"]
    assert [row["name"] for row in body["rows"]] == ["100 ms", "500 ms", "1 s", "+Inf"]
    shares = [share for row in body["rows"] for share in row["shares"]]
    assert (min(shares), max(shares)) == (0, 1)
    made = bodies["Made of Values"]
    assert sum(float(text) for row in made["rows"] for text in row["texts"] if text) == 3 * 121
    assert any(share is None for row in made["rows"] for share in row["shares"])


def test_a_status_history_has_a_box_for_each_sample(bodies: Mapping[str, Any]) -> None:
    (first, second, _) = bodies["History"]["lanes"]
    assert {each["text"] for each in first["stretches"]} == {"Up"}
    assert [each["text"] for each in second["stretches"]].count("Down") == 41
    box = first["stretches"][-1]
    assert ((box["from"] + box["to"]) / 2, box["to"] - box["from"]) == (NOW, 15)


@pytest.mark.parametrize(("title", "show"), [("Size by Speed", "points"), ("Rising", "lines")])
def test_points_lie_where_two_columns_say(bodies: Mapping[str, Any], title: str, show: str) -> None:
    body = bodies[title]
    (series,) = body["series"]
    assert series["show"] == show
    assert [(point["x"], point["y"]) for point in series["points"]] == [(10, 4e6), (20, 3e6), (30, 2e6)]
    assert body["x"]["low"] <= min(point["x"] for point in series["points"])
    assert body["x"]["high"] >= max(point["x"] for point in series["points"])


def test_axes_run_as_declared(bodies: Mapping[str, Any]) -> None:
    assert bodies["Logarithmic"]["axes"][""]["scale"] == {"kind": "log", "base": 10, "threshold": 1}
    assert bodies["Around Zero"]["axes"][""]["scale"]["kind"] == "symlog"
    assert "scale" not in bodies["Shares"]["axes"][""]
