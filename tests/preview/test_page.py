"""The model of a page and its HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from dashlib.documents.dashboards import Annotation, Dashboard
from dashlib.glance import Series
from dashlib.preview import page as page_module
from dashlib.preview.asking import Looked
from dashlib.preview.colors import css_color
from dashlib.preview.drawing import Answered
from dashlib.preview.page import AssetsMissingError, Finding, as_html, model
from tests.compiled import DASHBOARDS

if TYPE_CHECKING:
    from pathlib import Path


def board(*panels: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"uid": "overview", "title": "Overview", "panels": list(panels), "templating": {"list": []}, **more}


def text(title: str, y: int = 0) -> dict[str, Any]:
    place = {"x": 0, "y": y, "w": 12, "h": 4}
    return {"id": y, "type": "text", "title": title, "gridPos": place, "options": {"content": "hello"}}


def row(title: str, y: int, *inside: dict[str, Any], collapsed: bool = False) -> dict[str, Any]:
    return {
        "id": 90 + y,
        "type": "row",
        "title": title,
        "collapsed": collapsed,
        "panels": list(inside),
        "gridPos": {"y": y},
    }


def looked(dashboard: dict[str, Any], **more: Any) -> Looked:
    answers = [Answered((), 1000.0, 400.0) for _ in Dashboard(dashboard).panels]
    return Looked(dashboard, 1000.0, 600.0, more.get("options", {}), answers)


def test_panels_stand_in_their_rows_and_count_from_the_rows_top() -> None:
    dashboard = board(
        text("alone"),
        row("Open", 4),
        text("first", 5),
        text("second", 9),
        row("Folded", 13, text("inside", 14), collapsed=True),
    )
    (found,) = model([looked(dashboard)], "made up")["dashboards"]
    assert [
        (each["title"], each["collapsed"], [(one["title"], one["y"]) for one in each["panels"]])
        for each in found["rows"]
    ] == [
        ("", False, [("alone", 0)]),
        ("Open", False, [("first", 0), ("second", 4)]),
        ("Folded", True, [("inside", 0)]),
    ]
    assert found["range"] == "Last 10 minutes"


def test_every_panel_of_the_project_has_its_place() -> None:
    for dashboard in DASHBOARDS.values():
        (found,) = model([looked(dashboard)], "")["dashboards"]
        placed = [panel for each in found["rows"] for panel in each["panels"]]
        assert [panel["title"] for panel in placed] == [panel.title for panel in Dashboard(dashboard).panels]
        assert all(panel["queries"] for panel in placed)


def test_a_variable_offers_the_values_of_its_label() -> None:
    variable = {"name": "connector", "label": "Connector", "type": "query", "query": "label_values(up, server)"}
    dashboard = board(text("x"), templating={"list": [variable, {**variable, "name": "hidden", "hide": 2}]})
    (found,) = model([looked(dashboard, options={"connector": ["a", "b"]})], "")["dashboards"]
    (only,) = found["variables"]
    assert (only["title"], only["label_name"], only["options"]) == ("Connector", "server", ["a", "b"])


def test_a_title_says_what_is_chosen_of_its_variables() -> None:
    listed = [
        {"name": "connector", "type": "query", "query": "label_values(up, server)", "includeAll": True},
        {"name": "unit", "type": "custom", "current": {"text": "seconds", "value": "s"}},
    ]
    dashboard = board(text("Lag of $connector in ${unit} $other"), templating={"list": listed})
    (found,) = model([looked(dashboard)], "")["dashboards"]
    assert found["rows"][0]["panels"][0]["title"] == "Lag of All in seconds $other"


def test_a_finding_stands_at_its_panel_and_so_does_its_declaration() -> None:
    dashboard = board(text("one"), text("other", 4))
    finding = Finding("overview", "/panels/1/targets/0/expr", "a.py:3: warning: no such metric")
    declared = {("overview", "/panels/0"): "dashboards/overview.py:7"}
    (found,) = model([looked(dashboard)], "", findings=[finding], declared=declared)["dashboards"]
    one, other = found["rows"][0]["panels"]
    assert (one["findings"], other["findings"]) == ([], [finding.text])
    assert one["declared"] == "dashboards/overview.py:7"


def test_an_annotation_marks_the_stretches_in_which_its_series_are_there() -> None:
    data = {"name": "Lag unknown", "iconColor": "purple", "titleFormat": "Unknown", "textFormat": "{{server}}"}
    series = Series({"server": "a"}, ((60.0, 1.0), (120.0, 1.0), (360.0, 1.0), (420.0, 0.0)))
    annotation = Annotation(Dashboard({}), "", data)
    (found,) = model([attrs.evolve(looked(board(text("x"))), annotations=[(annotation, (series,))])], "")["dashboards"]
    (only,) = found["annotations"]
    assert (only["name"], only["color"]) == ("Lag unknown", css_color("purple"))
    assert [(each["from"], each["to"], each["title"], each["text"]) for each in only["regions"]] == [
        (60.0, 120.0, "Unknown", "a"),
        (360.0, 360.0, "Unknown", "a"),
    ]


@pytest.fixture
def assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chart library is fetched where a browser opens the page; here its place is enough."""
    monkeypatch.setattr(page_module, "_LIBRARY", ("page.js", "page.css", "page.css"))


@pytest.mark.usefixtures("assets")
def test_the_page_needs_nothing_but_itself_and_no_title_ends_its_script() -> None:
    dashboard = board(text("</script><script>alert(1)</script>"), title="A & <b>")
    content = as_html(model([looked(dashboard)], "made up"), dark=False).decode()
    assert 'data-theme="light"' in content
    assert "<title>A &amp; &lt;b&gt;</title>" in content
    assert "<script>alert" not in content
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"(?!data:)[^\"]*\"", content) == []
    assert not re.search(r"\bfetch\(|XMLHttpRequest|@import|url\(", content)


def test_a_checkout_without_the_chart_library_says_how_to_fetch_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(page_module, "_LIBRARY", ("no-such-library.js", "page.css", "page.css"))
    with pytest.raises(AssetsMissingError, match="make preview-assets"):
        as_html(model([], str(tmp_path)))
