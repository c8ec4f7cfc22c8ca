from __future__ import annotations

import pytest

from dashlib.lint.findings import ValueFix
from tests.linting import dashboard, found, linted, panel, run


def test_the_fix_takes_a_free_letter() -> None:
    targets = [{"refId": "A", "expr": "up"}, {"refId": "B", "expr": "up"}, {"refId": "A", "expr": "up"}]
    (finding,) = [one for one in run(linted(dashboard(panel(targets=targets)))) if one.check == "duplicate-ref-id"]
    assert finding.problem.fix == ValueFix("C")
    assert finding.problem.pointer == "/panels/0/targets/2/refId"


def test_two_panels_may_use_the_same() -> None:
    assert not found("duplicate-ref-id", dashboard(panel("up", id=1), panel("up", id=2)))


@pytest.mark.parametrize("name", ["", None, 0])
def test_grafana_gives_a_letter_to_a_query_without_one(name: object) -> None:
    targets = [
        {"refId": name, "expr": "up"},
        {"refId": name, "expr": "up"},
        {"expr": "up"},
        {"refId": "A", "expr": "up"},
    ]
    assert not found("duplicate-ref-id", dashboard(panel(targets=targets)))


def test_what_is_hidden_is_not_asked() -> None:
    targets = [{"refId": "A", "expr": "up"}, {"refId": "A", "expr": "up", "hide": True}]
    assert not found("duplicate-ref-id", dashboard(panel(targets=targets)))


def test_two_datasources_are_asked_apart() -> None:
    targets = [
        {"refId": "A", "expr": "up", "datasource": {"type": "prometheus", "uid": "a"}},
        {"refId": "A", "expr": "up", "datasource": {"type": "loki", "uid": "b"}},
    ]
    assert not found("duplicate-ref-id", dashboard(panel(targets=targets)))
