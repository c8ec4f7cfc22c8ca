"""A panel's type still exists in Grafana."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashlib.documents.values import object_of
from dashlib.lint.findings import Check, ValueFix, hints_once_a_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashlib.lint.findings import Problem
    from dashlib.lint.subjects import Dashboard, Lint

CHECK = Check(
    "removed-panel-kind",
    "error",
    "A panel's type still exists in Grafana.",
    together=hints_once_a_file,
)

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
#: Plugins that nothing turns into another kind, each with what replaces it: they were written for AngularJS, which
#: Grafana 12 no longer has, and there is no version without it.
_ANGULAR = {
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
}
#: Kinds of its own that Grafana has dropped.
_DROPPED = frozenset({"pluginlist"})
_GRID_SINCE = 16


def find(lint: Lint) -> Iterator[Problem]:
    """Yield every panel of a kind that Grafana removed or turns into another, and the panels in `rows`."""
    for dashboard in lint.dashboards:
        yield from _rows(dashboard)
        for panel in dashboard.panels:
            kind, instead = panel.kind, _MIGRATED.get(panel.kind)
            if kind == "graph":
                instead = _BY_AXIS.get(str(object_of(panel.data.get("xaxis")).get("mode")), instead)
            if instead is not None:
                yield dashboard.linted.problem(
                    f"{panel.pointer}/type",
                    f"{panel.name} has the type {kind!r}, which Grafana converts to {instead!r} on load",
                    suggestion="save it in Grafana once, and keep the result",
                    fix=ValueFix(instead) if kind == "heatmap-new" else None,
                    severity="info",
                )
            elif kind in _ANGULAR:
                yield dashboard.linted.problem(
                    f"{panel.pointer}/type",
                    f"{panel.name} has the type {kind!r}, an AngularJS plugin: Grafana 12 does not load it",
                    suggestion=f"make it a {_ANGULAR[kind]!r}",
                )
            elif kind in _DROPPED:
                yield dashboard.linted.problem(
                    f"{panel.pointer}/type",
                    f"{panel.name} has the type {kind!r}, which no longer exists in Grafana",
                    suggestion="remove it",
                )


def _rows(dashboard: Dashboard) -> Iterator[Problem]:
    if not any(row.has_panels for row in dashboard.old_rows):
        return
    version = dashboard.data.get("schemaVersion") or 0
    if isinstance(version, int) and version < _GRID_SINCE:
        yield dashboard.linted.problem(
            f"{dashboard.pointer}/rows",
            "panels are in `rows`, which Grafana converts to a grid when it loads the dashboard",
            suggestion="save it in Grafana once, and keep the result",
            severity="info",
        )
        return
    yield dashboard.linted.problem(
        f"{dashboard.pointer}/rows",
        f"panels are in `rows`, which Grafana ignores from schemaVersion {_GRID_SINCE} on: they vanish",
        suggestion="move them to `panels`, each with its gridPos",
    )
