from __future__ import annotations

from typing import Any

import pytest

from tests.linting import dashboard, linted, panel, run


def said(*panels: dict[str, Any], **changes: Any) -> list[tuple[str, str, str]]:
    findings = run(linted(dashboard(*panels, **changes)))
    return [
        (one.severity, one.problem.message, one.problem.suggestion)
        for one in findings
        if one.check == "removed-panel-kind"
    ]


@pytest.mark.parametrize(
    ("changes", "becomes"),
    [
        ({"type": "graph"}, "timeseries"),
        ({"type": "graph", "xaxis": {"mode": "time"}}, "timeseries"),
        ({"type": "graph", "xaxis": {"mode": "series"}}, "bargauge"),
        ({"type": "graph", "xaxis": {"mode": "histogram"}}, "histogram"),
        ({"type": "singlestat"}, "stat"),
        ({"type": "grafana-singlestat-panel"}, "stat"),
        ({"type": "table-old"}, "table"),
        ({"type": "grafana-piechart-panel"}, "piechart"),
        ({"type": "grafana-worldmap-panel"}, "geomap"),
        ({"type": "heatmap-new"}, "heatmap"),
    ],
)
def test_what_grafana_migrates_is_for_information(changes: dict[str, Any], becomes: str) -> None:
    ((severity, message, _),) = said(panel("up", **changes))
    assert severity == "info"
    assert f"converts to {becomes!r}" in message


@pytest.mark.parametrize(("kind", "instead"), [("natel-discrete-panel", "state-timeline"), ("pluginlist", "remove")])
def test_what_has_no_successor_is_an_error(kind: str, instead: str) -> None:
    ((severity, message, suggestion),) = said(panel("up", type=kind))
    assert severity == "error"
    assert "no longer exists in Grafana" in message or "Grafana 12 does not load it" in message
    assert instead in suggestion


@pytest.mark.parametrize(
    "kind",
    # the last five were AngularJS once, and their authors have made them anew
    ["marcusolsson-treemap-panel", "timeseries", "gettingstarted", "vonage-status-panel", "briangann-gauge-panel",
     "briangann-datatable-panel", "jdbranham-diagram-panel", "grafana-polystat-panel"],
)  # fmt: skip
def test_a_plugins_panel_is_nobodys_business(kind: str) -> None:
    assert not said(panel("up", type=kind))


ROWS = [{"panels": [{"id": 1, "type": "text", "span": 12}]}]


@pytest.mark.parametrize(("version", "severity"), [(14, "info"), (None, "info"), (16, "error"), (39, "error")])
def test_rows_are_read_of_old_dashboards_only(version: int | None, severity: str) -> None:
    ((found, _, _),) = said(panels=None, rows=ROWS, schemaVersion=version)
    assert found == severity


def test_rows_without_panels_are_what_old_exports_have_left() -> None:
    assert not said(rows=[])
    assert not said(rows=[{"title": "Empty", "panels": []}])


def test_panels_of_old_rows_are_looked_at() -> None:
    old = [{"panels": [{"id": 1, "type": "natel-discrete-panel", "span": 12}]}]
    assert {one[0] for one in said(panels=None, rows=old, schemaVersion=14)} == {"info", "error"}
