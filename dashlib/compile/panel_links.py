"""The panel that an alert links to: the one that shows what its rule compares."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import attrs

from dashlib.compile.outputs.dashboard_json import ids_of
from dashlib.declare.dashboards import LabelVariable
from dashlib.errors import DeclarationError
from dashlib.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dashlib.compile.loading import Project
    from dashlib.declare.alerts import Alert, RuleGroup
    from dashlib.declare.dashboards import Dashboard
    from dashlib.documents.document import Document


@attrs.frozen(repr=False)
class PanelLink(Value):
    """The panel that an alert links to.

    Attributes:
        url: of the dashboard with this panel alone.
        variables: name of each of the dashboard's variables, by the logical label whose values it lists.
    """

    url: str
    variables: Mapping[str, str]


def panel_links(project: Project, documents: Sequence[Document]) -> Callable[[Alert, RuleGroup], PanelLink | None]:
    """Return a function that finds the panel of an alert in a group.

    Args:
        project: its dashboards are looked through.
        documents: the compiled ones, from which the naming profile may have left panels out.
    """
    grafana_url = project.configuration.grafana_url
    dashboards = {dashboard.uid: dashboard for dashboard, _ in project.dashboards}
    compiled = {document.data["uid"]: document for document in documents if document.kind == "dashboard"}
    ids = functools.cache(lambda uid: ids_of(dashboards[uid]))
    return lambda alert, group: _panel_link(alert, group, dashboards, ids, compiled, grafana_url)


def _panel_link(
    alert: Alert,
    group: RuleGroup,
    dashboards: Mapping[str, Dashboard],
    ids: Callable[[str], tuple[Mapping[str, int], Mapping[str, int]]],
    compiled: Mapping[str, Document],
    grafana_url: str,
) -> PanelLink | None:
    """Return the panel that an alert links to; None where the group names no dashboard.

    A panel that the profile leaves out cannot be linked to: then there is no link.

    Raises:
        DeclarationError: the group's dashboard is not declared, or has no panel for the alert.
    """
    uid = alert.dashboard or group.dashboard
    if not uid:
        return None
    if uid not in dashboards:
        known = ", ".join(sorted(dashboards)) or "none"
        raise DeclarationError(
            f"{'alert' if alert.dashboard else 'rule group'} links to dashboard {uid!r}; declared dashboards: {known}",
            alert.source if alert.dashboard else group.source,
        )
    dashboard = dashboards[uid]
    by_key, by_signal = ids(uid)
    number = by_key.get(alert.panel or alert.name)
    if number is None and not alert.panel:
        number = by_signal.get(alert.signal.base.name)
    if number is None:
        wanted = f"panel {alert.panel!r}" if alert.panel else f"panel that shows signal {alert.signal.name!r}"
        raise DeclarationError(
            f"dashboard {dashboard.uid!r} has no {wanted}; name the panel that the alert links to: panel='…'",
            alert.source,
        )
    document = compiled[dashboard.uid]
    if document.left_out and number not in _panel_ids(document):
        return None
    there = {variable["name"] for variable in document.data["templating"]["list"]}
    variables = {
        item.values_of: item.name
        for item in dashboard.variables
        if isinstance(item, LabelVariable) and item.name in there
    }
    return PanelLink(panel_url(grafana_url, dashboard.uid, number), variables)


def _panel_ids(document: Document) -> set[int]:
    panels = document.data["panels"]
    return {panel["id"] for row in panels for panel in (row, *row.get("panels", ()))}


def panel_url(grafana_url: str, uid: str, panel: int) -> str:
    """Return the URL of a dashboard with one of its panels alone."""
    return f"{grafana_url.rstrip('/')}/d/{uid}?viewPanel={panel}"
