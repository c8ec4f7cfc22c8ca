"""A kind of panel is one file: what knows kinds reads them from there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from dashlib.declare.panel_kinds import PanelKind, kinds_that_show, panel_kinds
from dashlib.grafana.normal_form import normal_form

ROOT = Path(__file__).resolve().parents[2]
LIST = 4
# The reader of panels has a function for each kind that it can read, and the preview for each that it can draw; neither
# knows how panels are made. A check says what replaces kinds that Grafana dropped.
OTHERS = {
    ROOT / "dashlib/glance/panels.py",
    ROOT / "dashlib/lint/checks/removed_panel_kind.py",
    ROOT / "dashlib/preview/panels.py",
}
KINDS = panel_kinds()


def listed(tree: ast.AST) -> list[set[str]]:
    """Return the kinds of panels that each collection of a module names."""
    return [
        {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}
        & set(KINDS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict)
    ]


def test_no_module_lists_kinds_of_its_own() -> None:
    files = {*ROOT.glob("dashlib/**/*.py"), *ROOT.glob("tools/*.py")} - OTHERS
    assert not [
        file
        for file in files
        if "panel_kinds" not in file.parts and any(len(kinds) >= LIST for kinds in listed(ast.parse(file.read_bytes())))
    ]


def test_the_dashboard_schema_lists_none() -> None:
    text = (ROOT / "dashlib/schemas/dashboard.schema.json").read_text(encoding="utf-8")
    assert not [kind for kind in KINDS if f'"const": "{kind}"' in text]


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_kind_requires_nothing_that_its_schema_does_not_have(kind: PanelKind) -> None:
    for settings in filter(None, (kind.options, kind.custom)):
        assert set(settings.required) <= set(settings.schema)


def test_a_kind_is_told_by_what_it_shows() -> None:
    assert kinds_that_show("value") == {"stat", "gauge", "bargauge"}
    assert kinds_that_show("lines") == {"timeseries"}


def test_what_grafana_fills_in_is_no_difference() -> None:
    said = {"type": "stat", "title": "Lag", "options": {"graphMode": "none"}}
    saved = {**said, "options": {**KINDS["stat"].options.defaults, "graphMode": "none"}}
    assert normal_form({"panels": [said]}, {}) == normal_form({"panels": [saved]}, {})
