"""A kind of panel is one file: what knows kinds reads them from there."""

from __future__ import annotations

import ast
from pathlib import Path, PurePosixPath

import pytest
from grafanalib import core

from dashlib import Dashboard, Row, datasource_variable, encode
from dashlib.compile.encoding import Context
from dashlib.compile.outputs.dashboard_json import compile_dashboard
from dashlib.compile.rendering import Rendering
from dashlib.compile.validation import load_schema
from dashlib.declare.panel_kinds import PanelKind, kinds_that_show, panel_kinds
from dashlib.grafana.normal_form import normal_form
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile
from dashlib.schemas import findings

ROOT = Path(__file__).resolve().parents[2]
LIST = 4
# The reader of panels has a function for each kind that it can read, and knows nothing of how panels are made; a check
# says what replaces kinds that Grafana dropped.
OTHERS = {ROOT / "dashlib/glance/panels.py", ROOT / "dashlib/lint/checks/removed_panel_kind.py"}
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


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_bare_panel_of_grafanalib_is_encoded_and_fits_the_schema(kind: PanelKind) -> None:
    context = Context(Rendering(catalog(), load_profile("lab")))
    encoded = encode(kind.panel(title="Bare"), context)
    assert encoded["type"] == kind.id
    rows = [Row("Row", [kind.panel(title="Bare")])]
    dashboard = Dashboard(uid="mine", title="Mine", variables=[datasource_variable()], rows=rows)
    document = compile_dashboard(dashboard, context.rendering, PurePosixPath("mine.json"), "mine.py")
    assert list(findings("dashboard", document.data, load_schema)) == []


def test_a_kind_is_told_by_what_it_shows() -> None:
    assert kinds_that_show("value") == {"stat", "gauge", "bargauge"}
    assert {id_ for id_, kind in KINDS.items() if kind.panel is core.TimeSeries} == kinds_that_show("lines")


def test_what_grafana_fills_in_is_no_difference() -> None:
    said = {"type": "stat", "title": "Lag", "options": {"graphMode": "none"}}
    saved = {**said, "options": {**KINDS["stat"].options.defaults, "graphMode": "none"}}
    assert normal_form({"panels": [said]}, {}) == normal_form({"panels": [saved]}, {})
