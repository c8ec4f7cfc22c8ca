"""What differs, in words that name the panel and the field."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.grafana import objects
from dashlib.grafana.compare import describe
from tests.compiled import DASHBOARDS

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]


def dashboard(**changed: Any) -> Json:
    return {
        "uid": "one",
        "title": "One",
        "refresh": "10s",
        "templating": {"list": [{"name": "connector", "type": "query", "query": "label_values(up, server)"}]},
        "panels": [
            {
                "id": 1,
                "type": "gauge",
                "title": "Lag",
                "fieldConfig": {
                    "defaults": {
                        "unit": "s",
                        "thresholds": {"steps": [{"color": "green", "value": None}, {"color": "red", "value": 30}]},
                    }
                },
                "gridPos": {"x": 0, "y": 0, "w": 6, "h": 4},
                "targets": [{"refId": "A", "expr": "max(lag)"}],
            },
            {"id": 2, "type": "row", "title": "More", "panels": [{"id": 3, "type": "stat", "title": "Queue"}]},
        ],
        **changed,
    }


def lines(old: Json, new: Json) -> list[str]:
    return describe(objects.dashboard_item(old, "f"), objects.dashboard_item(new, "f"))


def edited(change: Callable[[Json], object]) -> Json:
    made = copy.deepcopy(dashboard())
    change(made)
    return made


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d.update(title="Two"), ["title: One → Two"]),
        (lambda d: d.pop("refresh"), ["refresh: 10s → (none)"]),
        (lambda d: d["panels"][0]["fieldConfig"]["defaults"].update(unit="ms"), ["Lag › unit: s → ms"]),
        (
            lambda d: d["panels"][0]["fieldConfig"]["defaults"]["thresholds"]["steps"][1].update(value=60),
            ["Lag › thresholds: red 30 → 60"],
        ),
        (
            lambda d: d["panels"][0]["fieldConfig"]["defaults"]["thresholds"]["steps"].append(
                {"color": "purple", "value": 90}
            ),
            ["Lag › thresholds: green, red 30 → green, red 30, purple 90"],
        ),
        (lambda d: d["panels"][0]["targets"][0].update(expr="min(lag)"), ["Lag › query A: max(lag) → min(lag)"]),
        (lambda d: d["panels"][0]["gridPos"].update(x=6), ["Lag › position.x: 0 → 6"]),
        (lambda d: d["panels"][1]["panels"][0].update(title="Depth"), ["Depth › title: Queue → Depth"]),
        (lambda d: d["panels"].pop(0), ["Lag: panel removed"]),
        (lambda d: d["panels"].append({"id": 9, "type": "text", "title": "Note"}), ["Note: new panel"]),
        (lambda d: d["panels"].reverse(), ["panels: order changed"]),
        (
            lambda d: d["templating"]["list"][0].update(query="label_values(up, job)"),
            ["variables.connector.query: label_values(up, server) → label_values(up, job)"],
        ),
        (lambda d: d["panels"].append(d["panels"][1].pop("panels")[0]), ["only the order differs"]),
        (lambda d: d.update(editable=False), ["editable: (none) → false"]),
        (lambda d: d.update(editable=True), []),
    ],
)
def test_one_change_is_one_line(change: Callable[[Json], object], expected: list[str]) -> None:
    assert lines(dashboard(), edited(change)) == expected


def test_a_long_query_is_shown_where_it_differs() -> None:
    text = (
        "sum by (server) (rate(debezium_metrics_TotalNumberOfEventsSeen{job=~'$job'}[%s])) > 0 unless on () vector(1)"
    )
    old, new = dashboard(), dashboard()
    old["panels"][0]["targets"][0]["expr"] = text % "1m"
    new["panels"][0]["targets"][0]["expr"] = text % "5m"
    (line,) = lines(old, new)
    assert line == "Lag › query A: …en{job=~'$job'}[1m])) > 0 unless … → …en{job=~'$job'}[5m])) > 0 unless …"


def test_what_grafana_adds_or_respells_is_no_difference() -> None:
    assert lines(dashboard(), {**dashboard(), "id": 7, "version": 3}) == []
    assert lines(dashboard(x=[1, 1000.0, 2**60]), dashboard(x=[1.0, 1e3, float(2**60)])) == []
    assert lines(dashboard(x=True), dashboard(x=1)) == ["x: true → 1"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(old=st.dictionaries(st.text(max_size=5), JSON), new=st.dictionaries(st.text(max_size=5), JSON))
def test_there_is_a_line_exactly_where_something_differs(old: Json, new: Json) -> None:
    one = objects.dashboard_item({**old, "uid": "a", "title": "A", "panels": []}, "")
    other = objects.dashboard_item({**new, "uid": "a", "title": "A", "panels": []}, "")
    assert bool(describe(one, other)) == (not one.same(other))


@given(data=st.data())
def test_any_change_of_a_real_dashboard_is_found(data: st.DataObject) -> None:
    declared = DASHBOARDS["debezium-production"]
    changed = json.loads(json.dumps(declared))
    place: Any = changed
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and data.draw(st.integers(0, 3)):
            place = place[key]
            continue
        place[key] = data.draw(st.sampled_from(["another text", 4711, False, None, ["x"]]))
        break
    one, other = objects.dashboard_item(declared, ""), objects.dashboard_item({**changed, "uid": "u"}, "")
    assert bool(describe(one, other)) == (not one.same(other))


@given(JSON)
def test_canonical_is_the_same_after_a_round_trip(value: Any) -> None:
    encoded = objects.canonical(value)
    assert objects.canonical(json.loads(encoded)) == encoded
