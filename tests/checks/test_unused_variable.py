from __future__ import annotations

from tests.linting import dashboard, found, panel


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
