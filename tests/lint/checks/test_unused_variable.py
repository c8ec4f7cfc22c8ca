from __future__ import annotations

import pytest

from tests.linting import dashboard, found, linted, panel, run


def variables(*extra: dict[str, object]) -> dict[str, object]:
    return {"list": [*extra]}


def test_a_title_a_link_and_a_repetition_are_uses() -> None:
    variable = variables({"type": "custom", "name": "x"})
    assert found("unused-variable", dashboard(templating=variable))
    assert not found("unused-variable", dashboard(panel("up", title="$x"), templating=variable))
    assert not found("unused-variable", dashboard(panel("up", repeat="x"), templating=variable))
    links = [{"type": "link", "url": "https://example.com/${x}"}]
    assert not found("unused-variable", dashboard(templating=variable, links=links))


def test_itself_is_no_use() -> None:
    variable = variables({"type": "query", "name": "x", "query": "label_values(up, job)", "regex": "$x"})
    assert found("unused-variable", dashboard(templating=variable))


def test_ad_hoc_filters_apply_by_themselves() -> None:
    assert not found("unused-variable", dashboard(templating=variables({"type": "adhoc", "name": "filters"})))


def test_a_description_and_an_exported_library_panel_are_uses() -> None:
    variable = variables({"type": "custom", "name": "x"})
    assert not found("unused-variable", dashboard(panel("up", description="Of $x"), templating=variable))
    elements = {"uid": {"model": {"targets": [{"expr": "up > $x"}]}}}
    assert not found("unused-variable", dashboard(templating=variable, __elements=elements))


@pytest.mark.parametrize(
    "changes",
    [
        {"links": [{"type": "dashboards", "tags": ["a"], "includeVars": True}]},
        {"links": [{"type": "link", "url": "/d/x?${__all_variables}"}]},
        {"panels": [panel("up", links=[{"url": "/d/x", "includeVars": True}])]},
        {"panels": [panel("up", fieldConfig={"defaults": {"links": [{"url": "/d/x?${__all_variables}"}]}})]},
        {"panels": [{"id": 1, "type": "dashlist", "options": {"includeVars": True}}]},
        {"panels": [{"id": 1, "libraryPanel": {"uid": "x", "name": "Shared"}}]},
    ],
)
def test_what_is_handed_on_may_be_used_elsewhere(changes: dict[str, object]) -> None:
    assert not found("unused-variable", dashboard(templating=variables({"type": "custom", "name": "x"}), **changes))


def test_one_that_is_hidden_is_a_hint() -> None:
    variable = variables({"type": "custom", "name": "x", "hide": 2}, {"type": "custom", "name": "y"})
    findings = [one for one in run(linted(dashboard(templating=variable))) if one.check == "unused-variable"]
    assert [(one.severity, "'x'" in one.problem.message) for one in findings] == [("info", True), ("warning", False)]
