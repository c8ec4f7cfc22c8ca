"""Compiled documents as the objects of Grafana's API, and what Grafana adds to them taken away again."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashlib.documents.document import Document
from dashlib.errors import DeclarationError
from dashlib.grafana import objects
from dashlib.promql import duration_seconds
from tests.grafana.trial import alerting, rule

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("text", "as_grafana_writes_it"),
    [
        ("60s", "1m"), ("90s", "1m30s"), ("24h", "1d"), ("7d", "1w"), ("25h", "25h"), ("1500ms", "1s500ms"),
        ("0", "0s"),
        ("", ""), ("soon", "soon"),
    ],
)  # fmt: skip
def test_a_duration_is_written_in_one_way(text: str, as_grafana_writes_it: str) -> None:
    assert objects.duration(text) == as_grafana_writes_it


@given(st.integers(1, 10**11))
def test_a_duration_keeps_its_length(milliseconds: int) -> None:
    written = str(objects.duration(f"{milliseconds}ms"))
    assert round(duration_seconds(written) * 1000) == milliseconds
    assert objects.duration(written) == written


def test_what_grafana_adds_to_a_rule_is_no_difference() -> None:
    declared = {"name": "lag", "rules": [rule("a")]}
    read = json.loads(json.dumps({"title": "lag", "rules": [rule("a")]}, sort_keys=True))
    read["rules"][0] |= {
        "id": 7, "updated": "2026-11-21T09:31:49Z", "provenance": "api", "orgID": 1, "folderUID": "f",
        "ruleGroup": "lag",
        "keep_firing_for": "0s", "isPaused": False, "notification_settings": None, "record": None,
    }  # fmt: skip
    for query in read["rules"][0]["data"]:
        query["queryType"] = ""
        query["model"] |= {"intervalMs": 1000, "maxDataPoints": 43200}
    read["rules"][0]["data"][1]["relativeTimeRange"] = {"from": 0, "to": 0}
    assert objects.rule_group_item(declared, "f", 60).same(objects.rule_group_item(read, "f", 60))


@pytest.mark.parametrize(
    ("key", "value"), [("isPaused", True), ("for", "6m"), ("labels", {}), ("keep_firing_for", "5m"), ("title", "B")]
)
def test_what_a_person_changes_in_a_rule_is_one(key: str, value: object) -> None:
    one, other = {"name": "lag", "rules": [rule("a")]}, {"name": "lag", "rules": [{**rule("a"), key: value}]}
    assert not objects.rule_group_item(one, "f", 60).same(objects.rule_group_item(other, "f", 60))


def test_a_link_to_a_panel_of_the_file_is_an_annotation_of_the_api() -> None:
    item = objects.rule_group_item({"name": "g", "rules": [rule("a", dashboardUid="one", panelId=3)]}, "f", 60)
    annotations = item.content["rules"][0]["annotations"]
    assert annotations["__dashboardUid__"] == "one"
    assert annotations["__panelId__"] == "3"
    assert "dashboardUid" not in item.content["rules"][0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda data: data["groups"].append(data["groups"][0]), "rule group 'lag' .* is declared twice"),
        (
            lambda data: data["groups"].append({**data["groups"][0], "name": "b"}),
            "rule UID 'lag-high' is used in the gr",
        ),
        (lambda data: data["contactPoints"][0]["receivers"][0].pop("uid"), "contact point 'oncall' .* has the UID ''"),
        (
            lambda data: data["contactPoints"][0]["receivers"][0].update(uid="a b"),
            "has the UID 'a b'; expected 1",
        ),
        (lambda data: data["policies"].append(data["policies"][0]), "is declared twice"),
    ],
)
def test_what_grafana_would_make_a_mess_of_is_refused(change: Callable[[Any], object], expected: str) -> None:
    data = json.loads(json.dumps(alerting().data))
    change(data)
    document = Document(PurePosixPath("a.yaml"), "grafana-alerting", data, {}, "a.py")
    with pytest.raises(DeclarationError, match=expected):
        objects.alerting_items([document], {"Debezium": "f"})


OURS, THEIRS = {"receiver": "a", "object_matchers": [["managed_by", "=", "dashlib"]]}, {"receiver": "b"}
PROMETHEUS_STYLE = {"receiver": "a", "matchers": ['managed_by="dashlib"']}
ROUTES = st.lists(st.sampled_from([OURS, THEIRS, PROMETHEUS_STYLE, {"receiver": "c", "continue": True}]), max_size=6)


@given(ROUTES, st.booleans())
def test_the_policies_of_others_stay_in_their_order_whatever_ours_are(routes: list[dict[str, Any]], own: bool) -> None:  # noqa: FBT001
    tree = {"receiver": "root", "group_by": ["x"], "group_wait": "45s", "routes": routes, "provenance": "api"}
    declared = objects.declared_policy({"receiver": "mine", "routes": [OURS, OURS]}, own_root=own)
    merged = objects.merged_policy(tree, declared)
    assert [route for route in merged["routes"] if not objects.is_ours(route)] == [
        route for route in routes if not objects.is_ours(route)
    ]
    assert [route for route in merged["routes"] if objects.is_ours(route)] == [OURS, OURS]
    assert (merged["receiver"], merged.get("group_wait")) == (("mine", None) if own else ("root", "45s"))
    assert "provenance" not in merged
    assert objects.policy_item(merged, own_root=own).same(declared)


@given(st.text(min_size=1))
def test_the_uid_of_a_folder_is_one_that_grafana_takes(path: str) -> None:
    uid = objects.folder_uid(path)
    assert 1 <= len(uid) <= objects.LONGEST_UID
    assert set(uid) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_folders_that_read_alike_are_two() -> None:
    assert len({objects.folder_uid(path) for path in ("A B", "A/B", "a-b", "A-B")}) == 4
