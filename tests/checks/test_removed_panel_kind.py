from __future__ import annotations

import pytest

from tests.linting import dashboard, found, linted, panel, run


@pytest.mark.parametrize(
    ("kind", "instead"), [("graph", "timeseries"), ("singlestat", "stat"), ("grafana-worldmap-panel", "geomap")]
)
def test_the_successor_is_named(kind: str, instead: str) -> None:
    findings = run(linted(dashboard(panel("up", type=kind))))
    (finding,) = [one for one in findings if one.check == "removed-panel-kind"]
    assert instead in finding.problem.suggestion


def test_panels_of_old_rows_are_looked_at() -> None:
    old = dashboard(panels=None, rows=[{"panels": [{"id": 1, "type": "graph", "span": 12}]}])
    assert len(found("removed-panel-kind", old)) == 2


def test_a_plugins_panel_is_nobodys_business() -> None:
    assert not found("removed-panel-kind", dashboard(panel("up", type="marcusolsson-treemap-panel")))
