from __future__ import annotations

import pytest

from tests.linting import dashboard, found, linted, panel, run


def test_text_needs_none() -> None:
    assert not found("panel-without-query", dashboard({"id": 1, "type": "text", "title": "Text"}))


def test_a_library_panel_has_it_elsewhere() -> None:
    assert not found("panel-without-query", dashboard({"id": 1, "type": "stat", "libraryPanel": {"uid": "x"}}))


def test_panels_in_rows_count() -> None:
    assert found("panel-without-query", dashboard({"type": "row", "panels": [{"id": 2, "type": "stat"}]}))


@pytest.mark.parametrize("kind", ["canvas", "grafana-clock-panel", "volkovlabs-form-panel", "geomap", "row"])
def test_a_kind_that_may_need_none(kind: str) -> None:
    assert not found("panel-without-query", dashboard({"id": 1, "type": kind, "title": "Panel"}))


def test_the_empty_expression_of_another_datasource_is_none_of_its_keys() -> None:
    cloudwatch = {"type": "cloudwatch", "uid": "x"}
    target = {"refId": "A", "expr": "", "metricName": "CPUUtilization", "datasource": cloudwatch}
    assert not found("panel-without-query", dashboard(panel(datasource=cloudwatch, targets=[target])))


def test_one_empty_query_among_others_is_for_information() -> None:
    targets = [{"refId": "A", "expr": "up"}, {"refId": "B", "expr": " "}]
    findings = run(linted(dashboard(panel(targets=targets))))
    assert [one.severity for one in findings if one.check == "panel-without-query"] == ["info"]
