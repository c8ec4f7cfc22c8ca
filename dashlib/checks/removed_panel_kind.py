"""A panel is of a kind that Grafana still has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, ValueFix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Lint

CHECK = Check("removed-panel-kind", "error", "A panel is of a kind that Grafana still has.")

#: Kinds that Grafana removed, each with what replaces it. Grafana 11 no longer loads panels written for AngularJS.
_REMOVED = {
    "graph": "timeseries",
    "singlestat": "stat",
    "grafana-singlestat-panel": "stat",
    "table-old": "table",
    "worldmap": "geomap",
    "grafana-worldmap-panel": "geomap",
    "grafana-piechart-panel": "piechart",
    "heatmap-new": "heatmap",
    "natel-discrete-panel": "state-timeline",
    "flant-statusmap-panel": "status-history",
    "vonage-status-panel": "stat",
    "jdbranham-diagram-panel": "",
    "briangann-gauge-panel": "gauge",
    "briangann-datatable-panel": "table",
    "pluginlist": "",
    "gettingstarted": "",
}


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel of a removed kind."""
    for dashboard in lint.dashboards:
        if isinstance(dashboard.data.get("rows"), list):
            yield dashboard.linted.problem(
                f"{dashboard.pointer}/rows",
                "panels stand in `rows`, which Grafana 5 replaced with a grid",
                suggestion="let Grafana import and save it, or declare it with dashlib",
            )
        for panel in dashboard.panels:
            instead = _REMOVED.get(panel.kind)
            if instead is None:
                continue
            yield dashboard.linted.problem(
                f"{panel.pointer}/type",
                f"{panel.name} is of the kind {panel.kind!r}, which Grafana has removed",
                suggestion=f"make it a {instead!r}" if instead else "leave it out",
                fix=ValueFix(instead) if panel.kind == "heatmap-new" else None,
            )
