from __future__ import annotations

from typing import Any

import pytest

from tests.linting import DATASOURCE, dashboard, found, in_panel, linted, panel, run


def test_an_override_is_enough() -> None:
    override = {"matcher": {"id": "byName", "options": "Value"}, "properties": [{"id": "unit", "value": "s"}]}
    config = {"defaults": {"unit": None}, "overrides": [override]}
    assert not in_panel("panel-unit", "up", fieldConfig=config)


def test_states_need_none() -> None:
    config = {"defaults": {"unit": None, "mappings": [{"type": "value", "options": {"0": {"text": "Down"}}}]}}
    assert not in_panel("panel-unit", "up", fieldConfig=config)


def test_the_places_of_older_versions_are_read() -> None:
    assert not in_panel("panel-unit", "up", type="graph", fieldConfig=None, yaxes=[{"format": "ms"}])
    assert not in_panel("panel-unit", "up", type="singlestat", fieldConfig=None, format="ms")
    options = {"fieldOptions": {"defaults": {"unit": "percent"}}}
    assert not in_panel("panel-unit", "up", type="gauge", fieldConfig=None, options=options)


def test_a_misspelt_unit_is_named() -> None:
    shown = dashboard(panel("up", fieldConfig={"defaults": {"unit": "percentUnit"}}))
    (finding,) = [one for one in run(linted(shown)) if one.check == "panel-unit"]
    assert finding.problem.suggestion == "did you mean 'percentunit'?"


def test_a_unit_of_ones_own_is_fine() -> None:
    assert not in_panel("panel-unit", "up", fieldConfig={"defaults": {"unit": "suffix:tasks"}})


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("heatmap", {"options": {"yAxis": {"unit": "s"}}}),
        ("heatmap", {"options": {"cellValues": {"unit": "short"}}}),
        ("heatmap", {"yAxis": {"format": "s"}}),
        ("gauge", {"options": {"valueOptions": {"unit": "percent"}}}),
        ("table", {"styles": [{"pattern": "Value", "unit": "bytes"}]}),
    ],
)
def test_other_places_of_a_unit(kind: str, changes: dict[str, object]) -> None:
    assert not in_panel("panel-unit", "up", type=kind, fieldConfig=None, **changes)
    assert in_panel("panel-unit", "up", type=kind, fieldConfig=None)


@pytest.mark.parametrize("unit", ["${unit}", "bool:up/down", "currency:EUR", "prefix:No. "])
def test_a_unit_that_only_grafana_knows(unit: str) -> None:
    assert not in_panel("panel-unit", "up", fieldConfig={"defaults": {"unit": unit}})


def test_a_unit_that_is_none_is_written_as_it_is() -> None:
    findings = run(linted(dashboard(panel("up", fieldConfig={"defaults": {"unit": "req/s"}}))))
    assert [one.severity for one in findings if one.check == "panel-unit"] == ["info"]


@pytest.mark.parametrize("unit", ["operations", "nodes", "segments"])
def test_no_unit_is_proposed_that_is_not_meant(unit: str) -> None:
    findings = run(linted(dashboard(panel("up", fieldConfig={"defaults": {"unit": unit}}))))
    (finding,) = [one for one in findings if one.check == "panel-unit"]
    assert finding.problem.suggestion == f"write 'suffix:{unit}' for a custom unit"


def test_units_of_ones_own_are_one_finding_a_file_and_misspelt_ones_are_not() -> None:
    panels = [
        panel(id=number, fieldConfig={"defaults": {"unit": unit}})
        for number, unit in enumerate(("errors", "nodes", "Percent"))
    ]
    own, misspelt = found("panel-unit", dashboard(*panels))
    assert own.endswith(" (and 1 more in this file)")
    assert "'Percent'" in misspelt


def test_columns_that_are_mapped_to_texts_need_none() -> None:
    mapping = {"id": "mappings", "value": [{"type": "value", "options": {"0": {"text": "Down"}}}]}
    override = {"matcher": {"id": "byName", "options": "Value"}, "properties": [mapping]}
    config = {"defaults": {"unit": None}, "overrides": [override]}
    assert not in_panel("panel-unit", "up", type="table", fieldConfig=config)
    two = [{"refId": each, "expr": "up", "datasource": DATASOURCE} for each in "AB"]
    assert found("panel-unit", dashboard(panel(type="table", fieldConfig=config, targets=two)))


@pytest.mark.parametrize(
    ("step", "shows_numbers"),
    [
        ({"id": "organize", "options": {"excludeByName": {"Time": True, "Value": True}}}, False),
        ({"id": "organize", "options": {"excludeByName": {"Time": True, "Value": False}}}, True),
        ({"id": "groupBy", "options": {"fields": {"version": {"operation": "groupby"}}}}, False),
        ({"id": "groupBy", "options": {"fields": {"Value": {"operation": "aggregate"}}}}, True),
    ],
)
def test_a_table_of_labels_needs_none(step: dict[str, Any], shows_numbers: bool) -> None:  # noqa: FBT001
    shown = panel("build_info", type="table", fieldConfig={"defaults": {"unit": None}}, transformations=[step])
    assert bool(found("panel-unit", dashboard(shown))) is shows_numbers
