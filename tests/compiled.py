"""What is compiled, as Grafana and Prometheus would ask it: for tests that hold it against something that runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashlib.compile.conditions import signal_expression
from dashlib.compile.loading import load_project
from dashlib.compile.project import compile_project
from dashlib.compile.rendering import Rendering
from dashlib.declare.alerts import alerts_of
from dashlib.documents.dashboards import Dashboard
from dashlib.documents.rules import groups_in
from dashlib.metrics.catalog import catalog
from dashlib.metrics.profiles import load_profile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from dashlib.declare.signals import Signal

ROOT = Path(__file__).parents[1]
PROJECT = load_project(ROOT)
DOCUMENTS = compile_project(PROJECT)
DASHBOARDS = {document.data["uid"]: document.data for document in DOCUMENTS if document.kind == "dashboard"}


# Its panels show what rules watch, guards included: what is empty while all is well.
ALERTS = "debezium-alerts"


def panels(uids: Collection[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every panel with its dashboard's uid; by default of all dashboards but that of the alerts."""
    for uid, dashboard in DASHBOARDS.items():
        if uid not in (uids or DASHBOARDS.keys() - {ALERTS}):
            continue
        yield from ((uid, panel.data) for panel in Dashboard(dashboard).panels)


def rules() -> Iterator[dict[str, Any]]:
    """Yield every alert rule."""
    yield from _rules(alerts=True)


def records() -> Iterator[dict[str, Any]]:
    """Yield every recording rule."""
    yield from _rules(alerts=False)


def _rules(*, alerts: bool) -> Iterator[dict[str, Any]]:
    for document in DOCUMENTS:
        if document.kind == "rules":
            for group in groups_in(document.data):
                yield from (rule.data for rule in group.rules if rule.is_alert == alerts)


def variables() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every variable that asks Prometheus, with its dashboard's uid."""
    for uid, dashboard in DASHBOARDS.items():
        if uid != ALERTS:
            yield from ((uid, one.data) for one in Dashboard(dashboard).variables if one.kind == "query")


def asked_by_grafana(expression: str, connector: str = ".*") -> str:
    """Put in what Grafana puts in: a connector or All, and its own intervals."""
    for variable, value in (
        ("$__rate_interval", "1m"),
        ("$__range", "1h"),
        ("$connector", connector),
        ("$job", ".*"),
    ):
        expression = expression.replace(variable, value)
    return expression


def asked_by_variable(variable: dict[str, Any]) -> tuple[str, str]:
    """Return the selector and the label of a variable's `label_values(…)`."""
    asked = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["definition"])
    assert asked is not None
    return asked_by_grafana(asked[1]), asked[2]


# Signals that have no series while all is well, or none where an exporter is too old or a setting is not made.
NOTHING_WHEN_WELL = frozenset(
    {
        "tasks_failed",
        "connectors_paused",
        "kafka_lost",
        "slot_lost",
        "slot_unreserved",
        "slot_time_left",
        "schema_history_not_running",
        "queue_bytes_used",
    }
)


# Signals of databases that only some kinds of connectors read. Of Debezium's own metrics the catalog tells it.
KINDS = {
    "slot_wal": frozenset({"postgres"}),
    "slot_active": frozenset({"postgres"}),
}


def watched_servers(rule: dict[str, Any], servers: Mapping[str, str]) -> set[str]:
    """Return the topic prefixes that a rule covers, of those given with their connectors' kinds."""
    kinds = KINDS.get(rule["labels"]["signal"], WATCHED_KINDS[rule["alert"]])
    servers = {server: plugin for server, plugin in servers.items() if plugin in kinds}
    if 'plugin=~"mysql|mariadb"' in rule["expr"]:
        return {server for server, plugin in servers.items() if plugin in ("mysql", "mariadb")}
    if 'plugin!~"mysql|mariadb"' in rule["expr"]:
        return {server for server, plugin in servers.items() if plugin not in ("mysql", "mariadb")}
    return set(servers)


def watched_by(rule: dict[str, Any]) -> str:
    """Return what a rule watches, whatever the value: its signal, without comparison and guards."""
    return WATCHED[rule["alert"]]


def _watched() -> Iterator[tuple[str, str]]:
    settings = PROJECT.configuration
    rendering = Rendering(catalog(), load_profile(settings.profile))
    for group, _ in PROJECT.rule_groups:
        in_scope = rendering.within(group.where, group.rate_interval)
        for alert in alerts_of(group):
            window = alert.condition.window if alert.condition.kind == "change" else group.rate_interval
            yield alert.name, signal_expression(alert.signal.base, in_scope.within(group.where, window), {})


WATCHED = dict(_watched())


def _kinds(signal: Signal) -> frozenset[str]:
    """Return the kinds of connectors that have all the metrics of Debezium's that a signal asks for."""
    every = frozenset(kind for metric in catalog().metrics("debezium") for kind in metric.connectors)
    asked = [metric for metric in catalog().metrics("debezium") if re.search(rf"\b{metric.name}\b", signal.expression)]
    return every.intersection(*(metric.connectors for metric in asked))


WATCHED_KINDS = {
    alert.name: _kinds(alert.signal.base) for group, _ in PROJECT.rule_groups for alert in alerts_of(group)
}
