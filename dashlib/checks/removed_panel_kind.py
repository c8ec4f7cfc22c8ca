"""A panel is of a kind that Grafana still has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.lint.findings import Check, ValueFix
from dashlib.lint.subjects import object_of, objects_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Dashboard, Lint

CHECK = Check("removed-panel-kind", "error", "A panel is of a kind that Grafana still has.")

#: Kinds that Grafana turns into one of today's when it loads a dashboard (`getPanelPluginToMigrateTo`); `graph` depends
#: on its axis.
_MIGRATED = {
    "graph": "timeseries",
    "singlestat": "stat",
    "grafana-singlestat-panel": "stat",
    "table-old": "table",
    "grafana-piechart-panel": "piechart",
    "grafana-worldmap-panel": "geomap",
    "heatmap-new": "heatmap",
}
_BY_AXIS = {"series": "bargauge", "histogram": "histogram"}
#: Kinds that nothing turns into another, each with what replaces it. They were written for AngularJS, which Grafana 12
#: no longer has, and their authors have made no version without it; or Grafana has dropped them.
_GONE = {
    "worldmap": "geomap",
    "natel-discrete-panel": "state-timeline",
    "natel-plotly-panel": "xychart",
    "flant-statusmap-panel": "status-history",
    "blackmirror1-singlestat-math-panel": "stat",
    "corpglory-progresslist-panel": "bargauge",
    "farski-blendstat-panel": "stat",
    "michaeldmoore-multistat-panel": "bargauge",
    "mtanda-histogram-panel": "histogram",
    "petrslavotinek-carpetplot-panel": "heatmap",
    "savantly-heatmap-panel": "heatmap",
    "agenty-flowcharting-panel": "canvas",
    "yesoreyeram-boomtable-panel": "table",
    "pluginlist": "",
}
_GRID_SINCE = 16


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel of a kind that Grafana removed or turns into another, and the panels in `rows`."""
    for dashboard in lint.dashboards:
        yield from _rows(dashboard)
        for panel in dashboard.panels:
            instead = _MIGRATED.get(panel.kind, _GONE.get(panel.kind))
            if instead is None:
                continue
            axis = object_of(panel.data.get("xaxis")).get("mode")
            instead = _BY_AXIS.get(str(axis), instead) if panel.kind == "graph" else instead
            is_migrated = panel.kind in _MIGRATED
            yield dashboard.linted.problem(
                f"{panel.pointer}/type",
                f"{panel.name} is of the kind {panel.kind!r}, which Grafana turns into {instead!r} when it loads it"
                if is_migrated
                else f"{panel.name} is of the kind {panel.kind!r}, which Grafana no longer has",
                suggestion="save it there once, and keep what it made of it"
                if is_migrated
                else f"make it a {instead!r}"
                if instead
                else "leave it out",
                fix=ValueFix(instead) if panel.kind == "heatmap-new" else None,
                severity="info" if is_migrated else None,
            )


def _rows(dashboard: Dashboard) -> Iterator[Problem]:
    rows = [row for _, row in objects_in(dashboard.data.get("rows"), "")]
    if not any(row.get("panels") for row in rows):
        return
    version = dashboard.data.get("schemaVersion") or 0
    if isinstance(version, int) and version < _GRID_SINCE:
        yield dashboard.linted.problem(
            f"{dashboard.pointer}/rows",
            "panels stand in `rows`, which Grafana turns into a grid when it loads the dashboard",
            suggestion="save it there once, and keep what it made of it",
            severity="info",
        )
        return
    yield dashboard.linted.problem(
        f"{dashboard.pointer}/rows",
        f"panels stand in `rows`, which Grafana does not read with a schemaVersion from {_GRID_SINCE} on: they vanish",
        suggestion="put them into `panels`, each with its gridPos",
    )
