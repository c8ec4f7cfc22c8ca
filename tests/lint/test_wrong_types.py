"""A wrong type anywhere in somebody's file is passed over, or found; it never breaks off the run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.linting import dashboard, linted, panel, rule_file, run


@pytest.mark.parametrize("odd", [[], ["x"], {}, {"a": 1}])
@pytest.mark.parametrize("key", ["for", "keep_firing_for", "labels", "annotations", "expr", "alert"])
def test_in_a_rule(key: str, odd: Any) -> None:
    run(linted(rule_file({key: odd}, {key: odd})))


@pytest.mark.parametrize("key", ["type", "interval", "name", "limit", "rules"])
def test_in_a_group(key: str) -> None:
    run(linted(rule_file({}).replace("groups:\n- ", f"groups:\n- {key}: [x]\n- ")))
    run(linted(rule_file({}, type=["graphite"])))


@pytest.mark.parametrize("odd", [["x"], {"a": 1}, 5, None])
@pytest.mark.parametrize(
    "changes",
    [
        lambda odd: {"id": odd},
        lambda odd: {"type": odd, "repeat": odd},
        lambda odd: {"transformations": [{"id": odd}]},
        lambda odd: {"targets": [{"refId": odd, "expr": "up", "datasource": odd}, {"refId": odd, "expr": odd}]},
        lambda odd: {"fieldConfig": {"defaults": odd, "overrides": [odd]}},
    ],
    ids=["id", "type", "transformation", "target", "field"],
)
def test_in_a_panel(changes: Any, odd: Any) -> None:
    link = {"url": "/d/dashboard?viewPanel=1", "title": "x"}
    run(linted(dashboard({**panel("up"), **changes(odd)}, panel("up"), links=[link])))
