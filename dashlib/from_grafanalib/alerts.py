"""grafanalib's alerts as Grafana-managed rules: those of Grafana 8 and 9, and the alerts that stood on graphs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs
from grafanalib import core

from dashlib.declare.placed import WrittenRule, WrittenRuleGroup
from dashlib.errors import DeclarationError
from dashlib.from_grafanalib.places import place_of
from dashlib.from_grafanalib.plain import json_of, say, without_nulls
from dashlib.from_grafanalib.targets import OLD, for_influx, of_cloudwatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashlib.declare.placed import PlacedDashboard, PlacedPanel
    from dashlib.sources import Source

_EXPRESSIONS: Final = "__expr__"
_OF_EXPRESSIONS: Final = ("-100", "__expr__")
_CONDITION: Final = "CONDITION"
_STATES: Final = {
    "OK": "OK", "No Data": "NoData", "Alerting": "Alerting", "Error": "Error",
    "no_data": "NoData", "alerting": "Alerting", "keep_state": "KeepLast", "ok": "OK",
}  # fmt: skip
# Where the rules of dashboards lie that lie in no folder: rules have to lie in one.
_FOLDER: Final = "General Alerting"
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def group(declared: core.AlertGroup, source: Source, gone: Sequence[tuple[str, str]]) -> WrittenRuleGroup:
    """Return a group of rules.

    Raises:
        DeclarationError: one of its rules is not one.
    """
    if not declared.rules:
        raise DeclarationError(f"alert group {declared.name!r} has no rules; Grafana deletes empty groups", source)
    return WrittenRuleGroup(
        name=declared.name,
        folder=declared.folder,
        interval=declared.evaluateInterval,
        rules=[_rule(each, declared, source) for each in declared.rules],
        gone=gone,
        source=source,
    )


def _rule(declared: Any, of: core.AlertGroup, source: Source) -> WrittenRule:  # noqa: ANN401  # checked here
    place = place_of(declared, source)
    if not isinstance(declared, core.AlertRulev8 | core.AlertRulev9):
        raise DeclarationError(
            f"alert group {of.name!r} holds {declared!r}; its rules are AlertRulev8 and AlertRulev9", place
        )
    said: dict[str, Any] = without_nulls(json_of(declared))
    alert = said["grafana_alert"]
    queries = [_query(each) for each in alert["data"]]
    return WrittenRule(
        uid=declared.uid or "",
        data={
            "title": declared.title,
            "condition": alert["condition"],
            "data": queries,
            **_panel_of(declared.dashboard_uid, declared.panel_id),
            "noDataState": _STATES[declared.noDataAlertState],
            "execErrState": _STATES[declared.errorAlertState],
            "for": declared.evaluateFor,
            "annotations": _texts(declared.annotations),
            "labels": _texts(declared.labels),
            "isPaused": False,
        },
        source=place,
    )


def _panel_of(uid: str, panel: int) -> dict[str, object]:
    return {"dashboardUid": uid, "panelId": panel} if uid and panel else {}


def _texts(said: dict[str, object]) -> dict[str, str]:
    return {str(name): str(value) for name, value in said.items()}


def _query(said: dict[str, Any]) -> dict[str, Any]:
    """Return a query or an expression in the words of today's Grafana."""
    datasource = said.get("datasourceUid")
    uid = datasource.get("uid", "") if isinstance(datasource, dict) else str(datasource or "")
    model = dict(said["model"])
    if uid in _OF_EXPRESSIONS:
        uid = _EXPRESSIONS
        model["datasource"] = {"type": _EXPRESSIONS, "uid": _EXPRESSIONS}
        if model.get("type") == "reduce" and model["settings"].get("mode") == "strict":
            model["settings"] = {"mode": "strict"}
    else:
        model.pop("datasource", None)
        influx = for_influx(model)
        if "statistics" in model:
            model = of_cloudwatch(model)
        elif influx is not None:
            model = influx
        elif model.get("expr"):
            model = {name: value for name, value in model.items() if name not in OLD}
        elif model.get("target"):
            model = {name: model[name] for name in ("refId", "hide", "target") if name in model}
    return {
        "refId": said["refId"],
        "relativeTimeRange": said.get("relativeTimeRange", {"from": 0, "to": 0}),
        "datasourceUid": uid,
        "model": {"intervalMs": 1000, "maxDataPoints": 43200, **model},
    }


# --- alerts of graphs -------------------------------------------------------------------------------------------


def groups_of_panels(declared: core.Dashboard, placed: PlacedDashboard) -> list[WrittenRuleGroup]:
    """Return the alerts that stand on a dashboard's panels, those that are evaluated as often in one group."""
    found: dict[str, list[WrittenRule]] = {}
    titles: set[str] = set()
    for panel in placed.panels:
        alert = getattr(panel.panel, "alert", None)
        if alert is not None:
            rule = _of_panel(alert, panel, placed)
            # A panel's alert was told by its panel; a rule is told by its title.
            if (title := str(rule.data["title"])) in titles:
                rule = attrs.evolve(rule, data={**rule.data, "title": f"{title} (panel {panel.id})"})
            titles.add(title)
            found.setdefault(str(say(alert, "frequency") or "60s"), []).append(rule)
    return [
        WrittenRuleGroup(
            name=declared.title if len(found) == 1 else f"{declared.title} {interval}",
            folder=_FOLDER,
            interval=interval,
            rules=rules,
            source=placed.source,
        )
        for interval, rules in found.items()
    ]


def _of_panel(alert: object, panel: PlacedPanel, of: PlacedDashboard) -> WrittenRule:
    """Return the rule of an alert, grafanalib's or the JSON that some write in its place."""
    said = without_nulls(json_of(alert))
    if not isinstance(said, dict) or not said.get("conditions") or not said.get("name"):
        raise DeclarationError(
            f"panel {say(panel.panel, 'title')!r} has an alert without a name or conditions; make it a "
            "grafanalib.core.Alert",
            panel.source,
        )
    annotations = {"__dashboardUid__": of.uid, "__panelId__": str(panel.id)}
    if said.get("message"):
        annotations["message"] = str(said["message"])
    return WrittenRule(
        uid="",
        data={
            "title": said["name"],
            "condition": _CONDITION,
            "data": list(_conditions(said["conditions"], panel)),
            "dashboardUid": of.uid,
            "panelId": panel.id,
            "noDataState": _STATES.get(said.get("noDataState", ""), "NoData"),
            "execErrState": _STATES.get(said.get("executionErrorState", ""), "Alerting"),
            "for": said.get("for", "0s"),
            "annotations": annotations,
            "labels": dict(said.get("alertRuleTags", {})),
            "isPaused": False,
        },
        source=place_of(alert, panel.source),
    )


def _conditions(said: Sequence[dict[str, Any]], panel: PlacedPanel) -> Iterator[dict[str, Any]]:
    """Yield a query for each target and range that a condition asks, and the classic expression over them."""
    named: dict[tuple[str, int, int], str] = {}
    models = {str(model.get("refId")): model for model in _models(panel.panel)}
    conditions = []
    for condition in said:
        asked, *times = condition["query"]["params"]
        begin, end = [*map(_ago, times), 0, 0][:2] if times else (600, 0)
        model = condition["query"].get("model")
        # Grafana evaluated the panel's query of that letter, so that many write a query without words here.
        if model is None or model == without_nulls(json_of(core.Target(refId=asked))):
            model = models.get(asked)
        if model is None:
            raise DeclarationError(
                f"the alert of panel {say(panel.panel, 'title')!r} asks query {asked!r}, which the panel does not have",
                panel.source,
            )
        key = (asked, begin, end)
        if key not in named:
            named[key] = asked if asked not in named.values() else f"{asked}{len(named)}"
            yield _query(
                {
                    "refId": named[key],
                    "relativeTimeRange": {"from": begin, "to": end},
                    "datasourceUid": _named(model.get("datasource") or say(panel.panel, "dataSource")),
                    "model": {**model, "refId": named[key]},
                }
            )
        conditions.append({**condition, "query": {"params": [named[key]]}})
    yield {
        "refId": _CONDITION,
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": _EXPRESSIONS,
        "model": {"type": "classic_conditions", "refId": _CONDITION, "conditions": conditions},
    }


def _models(panel: object) -> list[dict[str, Any]]:
    """Return the queries of a panel as grafanalib writes them."""
    targets = say(panel, "targets")
    return [without_nulls(json_of(each)) for each in targets] if isinstance(targets, list) else []


def _named(datasource: object) -> object:
    """Return a datasource that a rule can ask: a rule has no variables, so that the project's stands for one."""
    if isinstance(datasource, str) and ("$" in datasource or datasource == "default"):
        return ""
    return datasource


def _ago(said: object) -> int:
    """Return how many seconds ago a time is that is written as `5m` or `now`, or `now-5m`."""
    found = re.fullmatch(r"(?:now-)?(\d+)([smhdw])", str(said))
    return 0 if found is None else int(found.group(1)) * _SECONDS[found.group(2)]
