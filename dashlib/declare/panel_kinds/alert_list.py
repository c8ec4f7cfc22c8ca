"""The alert list: which alerts of this Grafana are what now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack

from dashlib.declare.panel_kinds import PanelKind, Settings
from dashlib.declare.panel_kinds._parts import (
    ANY_TEXT,
    BOOLEAN,
    FREE,
    TEXT,
    choice,
    list_of,
    settings,
    whole_number,
)
from dashlib.declare.panels import page, panel_builder
from dashlib.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashlib.declare.panels import PageOptions, Panel


@panel_builder
def alert_list(
    title: str,
    *,
    states: Sequence[Literal["firing", "pending", "recovering", "noData", "error", "normal"]] = (
        "firing",
        "pending",
        "recovering",
        "error",
    ),
    name: str = "",
    labels: str = "",
    folder: str = "",
    only_this_dashboard: bool = False,
    group_by: Sequence[str] = (),
    instances: bool = False,
    most: int = 20,
    **options: Unpack[PageOptions],
) -> Panel:
    """Return a list of this Grafana's alerts.

    Args:
        title: of the panel.
        states: which alerts are listed.
        name: part of an alert's name; empty for all.
        labels: matchers in braces, such as `{severity="critical"}`; empty for all.
        folder: uid of the folder with the rules; empty for all.
        only_this_dashboard: alerts that are linked to a panel of the dashboard.
        group_by: labels by which they are put together; empty for none.
        instances: open the instances of each rule.
        most: how many are listed at most.
        options: description, width, height and so on; see `PageOptions`.
    """
    if most < 1:
        raise DeclarationError(f"alert_list(): most must be a number of alerts, 1 or more; got {most!r}")
    said: dict[str, object] = {
        "alertInstanceLabelFilter": labels,
        "alertName": name,
        "dashboardAlerts": only_this_dashboard,
        "folder": {"uid": folder} if folder else "",
        "groupBy": list(group_by),
        "groupMode": "custom" if group_by else "default",
        "maxItems": most,
        "showInstances": instances,
        "stateFilter": {state: state in states for state in _STATES},
    }
    defaults = KIND.options.defaults
    shown = {key: value for key, value in said.items() if value != defaults.get(key) and value not in ("", [])}
    return page(KIND.id, title, shown, **options)


_STATES = ("firing", "pending", "recovering", "noData", "normal", "error")


KIND = PanelKind(
    "alertlist",
    "Alert list",
    shows="text",
    least_width=6,
    derived=True,
    options=Settings(
        {
            "alertInstanceLabelFilter": ANY_TEXT,
            "alertName": ANY_TEXT,
            "dashboardAlerts": BOOLEAN,
            "dashboardTitle": ANY_TEXT,
            "datasource": TEXT,
            "folder": FREE,
            "groupBy": list_of(TEXT),
            "groupMode": choice("default", "custom"),
            "maxItems": whole_number(minimum=1),
            "showInactiveAlerts": BOOLEAN,
            "showInstances": BOOLEAN,
            "sortOrder": choice(1, 2, 3, 4, 5),
            "stateFilter": settings(dict.fromkeys(_STATES, BOOLEAN)),
            "viewMode": choice("list", "stat"),
        },
        defaults={
            "dashboardAlerts": False, "groupMode": "default", "maxItems": 20, "showInactiveAlerts": False,
            "showInstances": False, "sortOrder": 1, "viewMode": "list",
            "stateFilter": {
                "error": True, "firing": True, "noData": False, "normal": False, "pending": True, "recovering": True,
            },
        },
    ),
)  # fmt: skip
