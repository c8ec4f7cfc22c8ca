"""A kind of panel is one file: what knows kinds reads them from there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from dashlib import gauge, stat
from dashlib.debezium.connectors import LAG
from dashlib.declare.panel_kinds import PanelKind, kinds_that_show, panel_kinds
from dashlib.errors import DeclarationError
from dashlib.grafana.normal_form import normal_form

ROOT = Path(__file__).resolve().parents[2]
LIST = 4
# The reader of panels has a function for each kind that it can read, and the preview for each that it can draw; neither
# knows how panels are made. A check says what replaces kinds that Grafana dropped; documents, whoever wrote them, know
# nothing of declarations.
OTHERS = {
    ROOT / each
    for each in (
        "dashlib/glance/fields.py",
        "dashlib/glance/panels.py",
        "dashlib/lint/checks/removed_panel_kind.py",
        "dashlib/documents/dashboards.py",
        "dashlib/preview/panels.py",
    )
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
    texts = {file: file.read_text(encoding="utf-8") for file in files if "panel_kinds" not in file.parts}
    assert not [
        file
        for file, text in texts.items()
        if sum(kind in text for kind in KINDS) >= LIST  # to look is cheaper than to parse
        and any(len(kinds) >= LIST for kinds in listed(ast.parse(text)))
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


def test_a_kind_is_found_by_its_id_alone_and_no_other_is_imported() -> None:
    code = (
        "import sys; from dashlib.declare.panel_kinds import panel_kinds; assert panel_kinds()['dashlist'].title; "
        "print([each for each in sys.modules if each.startswith('dashlib.declare.panel_kinds.')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "dashboard_list" in found.stdout
    assert "heatmap" not in found.stdout
    assert [kind for kind in KINDS if KINDS[kind].id != kind] == []


def test_an_id_that_is_nobodys_is_none() -> None:
    assert [KINDS.get(each) for each in ("vendor-plugin", "node-graph", "dashboardlist", "")] == [None] * 4


def test_what_grafana_fills_in_is_no_difference() -> None:
    said = {"type": "stat", "title": "Lag", "options": {"graphMode": "none"}}
    saved = {**said, "options": {**KINDS["stat"].options.defaults, "graphMode": "none"}}
    assert normal_form({"panels": [said]}, {}) == normal_form({"panels": [saved]}, {})


def test_a_gauge_takes_what_newer_grafanas_have_and_writes_none_of_it_unasked() -> None:
    looks = {"shape": "circle", "segmentCount": 20, "effects": {"gradient": True}}
    plain, shown = gauge(LAG).options, gauge(LAG, options=looks).options
    assert not looks.keys() & plain.keys()
    assert shown == {**plain, **looks}
    saved = {**plain, "barShape": "flat", "shape": "gauge", "segmentCount": 1, "effects": {}, "sparkline": True}
    one, other = ({"panels": [{"type": "gauge", "options": options}]} for options in (plain, saved))
    assert normal_form(one, {}) == normal_form(other, {})


def test_what_is_remembered_of_a_call_is_not_taken_for_another() -> None:
    def panel(*, width: object) -> object:
        return gauge(LAG, "Lag", width=width)  # type: ignore[arg-type]

    assert panel(width=1) is panel(width=1)
    with pytest.raises(DeclarationError, match="width must be a whole number; got True"):
        panel(width=True)
    assert panel(width=2) is not panel(width=1)


def test_a_panel_is_of_the_line_where_it_was_declared() -> None:
    panels = [
        stat(LAG, "Lag"),
        stat(LAG, "Lag"),
    ]
    first, second = [panel.note.source.line for panel in panels if panel.note is not None]
    assert second == first + 1
