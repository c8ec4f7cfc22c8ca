"""A dashboard is read the same whatever its schema version, and whatever stands in it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.documents.dashboards import Annotation, Dashboard, Panel, Query, Variable
from dashlib.documents.forms import dashboard_in
from dashlib.documents.values import steps_to

PROMETHEUS = {"type": "prometheus", "uid": "p"}
TARGET = {"refId": "A", "expr": "up", "legendFormat": "{{job}}", "datasource": PROMETHEUS}
PANEL = {"id": 7, "type": "stat", "title": "Up", "targets": [TARGET], "repeat": "job"}
VARIABLE = {"name": "job", "type": "query", "query": "label_values(up, job)", "datasource": PROMETHEUS}
VERSION_1 = {
    "uid": "one",
    "title": "One",
    "panels": [{"type": "row", "title": "Health", "collapsed": True, "panels": [PANEL]}],
    "templating": {"list": [VARIABLE]},
    "annotations": {"list": [{"name": "Starts", "expr": "changes(up[1m])", "datasource": PROMETHEUS}]},
}
OLD = {
    **{key: VERSION_1[key] for key in ("uid", "title", "templating", "annotations")},
    "rows": [{"title": "Health", "panels": [PANEL]}],
}
QUERY = {"kind": "DataQuery", "group": "prometheus", "datasource": {"name": "p"}}
VERSION_2 = {
    "apiVersion": "dashboard.grafana.app/v2",
    "kind": "Dashboard",
    "metadata": {"name": "one"},
    "spec": {
        "title": "One",
        "layout": {
            "kind": "GridLayout",
            "spec": {
                "items": [
                    {
                        "kind": "GridLayoutItem",
                        "spec": {
                            "element": {"name": "panel-7"},
                            "x": 0, "y": 0, "width": 6, "height": 4,
                            "repeat": {"mode": "variable", "value": "job"},
                        },
                    }
                ]
            },
        },
        "elements": {
            "panel-7": {
                "kind": "Panel",
                "spec": {
                    "id": 7,
                    "title": "Up",
                    "vizConfig": {"kind": "VizConfig", "group": "stat", "spec": {}},
                    "data": {
                        "spec": {
                            "queries": [
                                {
                                    "spec": {
                                        "refId": "A",
                                        "query": {**QUERY, "spec": {"expr": "up", "legendFormat": "{{job}}"}},
                                    }
                                }
                            ]
                        }
                    },
                },
            }
        },
        "variables": [
            {
                "kind": "QueryVariable",
                "spec": {"name": "job", "query": {**QUERY, "spec": {"query": "label_values(up, job)", "refId": "x"}}},
            }
        ],
        "annotations": [{"spec": {"name": "Starts", "query": {**QUERY, "spec": {"expr": "changes(up[1m])"}}}}],
    },
}  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [VERSION_1, OLD, VERSION_2, {"dashboard": VERSION_1, "meta": {}}, {"spec": VERSION_1}],
    ids=["schema version 1", "rows", "schema version 2", "answer of the API", "resource"],
)
def test_a_dashboard_is_the_same_in_every_form(data: dict[str, Any]) -> None:
    dashboard = dashboard_in(data)
    assert (dashboard.uid, dashboard.title) == ("one", "One")
    (panel,) = dashboard.panels
    assert (panel.id, panel.kind, panel.title, panel.repeat) == (7, "stat", "Up", "job")
    (query,) = panel.queries
    assert (query.ref_id, query.text, query.legend, query.datasource_kind) == ("A", "up", "{{job}}", "prometheus")
    assert (query.is_instant, query.is_hidden, query.asks_promql) == (False, False, True)
    (variable,) = dashboard.variables
    assert (variable.name, variable.kind, variable.asks_prometheus) == ("job", "query", True)
    _, _, asked = variable.asked
    assert asked is not None
    assert (asked.function, asked.label) == ("label_values", "job")
    (annotation,) = dashboard.annotations
    assert (annotation.name, annotation.text, annotation.asks_promql) == ("Starts", "changes(up[1m])", True)


@pytest.mark.parametrize(
    ("panels", "rows"),
    [
        ([{"type": "row", "title": "A", "panels": [{"id": 1}]}, {"type": "row", "title": "B"}, {"id": 2}], ["A", "B"]),
        ([{"id": 1}, {"type": "row", "title": "A"}, {"id": 2}, {"id": 3}], ["", "A", "A"]),
        ([{"type": "row", "title": "A", "panels": [{"type": "row", "title": "B", "panels": [{"id": 1}]}]}], ["B"]),
    ],
)
def test_a_panel_knows_the_row_that_it_stands_in_or_behind(panels: list[Any], rows: list[str]) -> None:
    assert [panel.row for panel in Dashboard({"panels": panels}).panels] == rows


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["panels", "rows", "targets", "list", "templating", "type", "expr", "datasource", "title"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.fixed_dictionaries({"panels": ANY, "rows": ANY, "templating": ANY, "annotations": ANY}))
def test_each_part_stands_where_its_pointer_leads_and_wrong_types_are_passed_over(data: dict[str, Any]) -> None:
    dashboard = Dashboard(data)
    queries = [query for panel in dashboard.all_panels for query in panel.queries]
    parts: list[Panel | Query | Variable | Annotation] = [*dashboard.all_panels, *queries]
    for part in (*parts, *dashboard.variables, *dashboard.annotations):
        *_, there = steps_to(data, part.pointer)
        assert there is part.data
    texts: list[Query | Annotation] = [*queries, *dashboard.annotations]
    for asking in texts:
        *_, there = steps_to(data, asking.text_pointer) if asking.text else ("",)
        assert (asking.text, asking.asks_promql) in {(there, True), (there, False)}
    assert all(isinstance(variable.asks_prometheus, bool) for variable in dashboard.variables)
    assert all(panel.name and isinstance(panel.defaults, dict) for panel in dashboard.panels)
